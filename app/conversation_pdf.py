"""A conversation as a PDF, in the fonts that every reader has. The only file that uses fpdf.

Those fonts hold the signs of Western European languages (Windows-1252). Any other sign is shown by its code, `[U+2265]`:
nothing vanishes silently.
"""

from collections.abc import Sequence
from datetime import date
from unicodedata import category, normalize

from fpdf import FPDF
from fpdf.enums import XPos, YPos

from app.answer_copy import footnote, standing
from app.asking import Turn
from app.words import Words
from kb.records import Answer, Status

_FONT = "Helvetica"
_ENCODING = "windows-1252"
_LINE_MM = 5.2
_SPELLED = {
    "→": "->",
    "←": "<-",
    "≥": ">=",
    "≤": "<=",
    "≠": "!=",
    "−": "-",
    "‑": "-",
    "›": ">",
    "\t": "    ",
    "\u2028": "\n",
}


def conversation_pdf(title: str, turns: Sequence[Turn], words: Words, today: date) -> bytes:
    """All turns, each with its notices and numbered sources."""
    pdf = FPDF(format="Letter")
    pdf.core_fonts_encoding = _ENCODING
    pdf.set_title(printable(title))
    pdf.set_lang(words.language.value)
    pdf.set_margins(20, 18, 20)
    pdf.set_auto_page_break(auto=True, margin=18)
    pdf.add_page()
    _write(pdf, title, size=16, style="B", after=1)
    _write(pdf, words("export.downloaded", day=words.day(today)), size=9, soft=True, after=4)
    for turn in turns:
        _write(pdf, turn.question, size=12.5, style="B", after=1.5)
        if turn.answer is None:
            _write(pdf, turn.problem or words("ask.not_kept"), size=10.5, after=5)
        else:
            _write_answer(pdf, turn.answer, words)
    _write(pdf, words("site.disclaimer"), size=9, soft=True)
    return bytes(pdf.output())


def _write_answer(pdf: FPDF, answer: Answer, words: Words) -> None:
    if answer.understood_as:
        _write(pdf, words("answer.understood", text=answer.understood_as), size=9.5, soft=True, after=1.5)
    if answer.status is Status.ABSTAINED:
        _write(pdf, f"{words('answer.abstained')}. {answer.reason or ''}", after=2)
    for statement in answer.statements:
        _write(pdf, statement.sentence + " " + "".join(f"[{number}]" for number in statement.citations), after=2)
    if answer.note:
        _write(pdf, answer.note, style="I", after=2)
    for notice in answer.notices:
        marks = "".join(f" [{number}]" for number in notice.citations)
        _write(pdf, f"{words(f'notice.{notice.kind.value}')}: {notice.text}{marks}", style="I", after=2)
    if answer.citations:
        _write(pdf, words("answer.sources"), size=10, style="B", after=0.5)
    for citation in answer.citations:
        authority = words(f"authority.{citation.authority.value}")
        _write(pdf, f"[{citation.number}] {footnote(citation, words)} {authority}.", size=9.5)
        if not any(citation.quote in statement.text for statement in answer.statements):
            _write(pdf, f"“{' '.join(citation.quote.split())}”", size=9.5, soft=True)
        if citation.source_url:
            _write(pdf, citation.source_url, size=8.5, soft=True)
        pdf.ln(1)
    _write(pdf, standing(answer, words), size=8.5, soft=True, after=5)


def _write(pdf: FPDF, text: str, *, size: float = 10.5, style: str = "", soft: bool = False, after: float = 0) -> None:
    """A paragraph over the whole width; `after` is the space below it in millimetres."""
    pdf.set_font(_FONT, style, size)
    pdf.set_text_color(85 if soft else 20)
    pdf.multi_cell(0, _LINE_MM * size / 10.5, printable(text), align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    if after:
        pdf.ln(after)


def printable(text: str) -> str:
    """The text in signs that the fonts hold; what can't be spelled otherwise is shown by its code point."""
    return "".join(_sign(sign) for sign in normalize("NFC", text))


def _sign(sign: str) -> str:
    if sign in _SPELLED:
        return _SPELLED[sign]
    if sign == "\n":
        return sign
    try:
        sign.encode(_ENCODING)
    except UnicodeEncodeError:
        pass
    else:
        if category(sign) != "Cc":
            return sign
    return " " if category(sign) == "Zs" else f"[U+{ord(sign):04X}]"
