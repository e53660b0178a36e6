"""Plain text: paragraphs between blank lines; a short line alone without a closing mark is a heading."""

import re
from typing import ClassVar

from ingest.clean.formulas import plain_formulas
from ingest.clean.paged_text import clean_paged_text
from ingest.clean.run_together import split_rows
from ingest.clean.web import find_boilerplate, is_caption
from ingest.loaders.loaded import LIGATURES, Heading, LoadedText, decode_text
from kb.records import Finding, Removal, Severity

_LONGEST_HEADING = 110
_BLOCK = re.compile(r"[^\n]+(?:\n(?![^\S\n]*\n)[^\n]+)*")
_NO_FINDINGS: tuple[Finding, ...] = ()
_LINE = re.compile(r"[^\n]+")
_NUMBERED = re.compile(r"\d{1,2}[.)]\s+\S")
_BULLET = re.compile(r"\s*(?:[-*•·◦▪–]|\d{1,2}[.)]|[a-z]\))\s+")


class TextLoader:
    """Reads .txt files."""

    endings: ClassVar[tuple[str, ...]] = (".txt",)
    paged: ClassVar[bool] = False
    sidecar: ClassVar[bool] = True

    def load(self, content: bytes) -> LoadedText:
        """The text with the headings that its layout shows. Raises LoadError.

        Ordinary text is stored as it is; what a printed page or a web page left in it is taken out and recorded.
        """
        plain, formulas = plain_formulas(decode_text(content).translate(LIGATURES))
        paged = clean_paged_text(plain)
        text, removals, findings = paged.text, paged.removals, _NO_FINDINGS
        if not paged.pages:
            text, removals, findings = _without_boilerplate(text)
        return LoadedText(
            text=text,
            headings=find_layout_headings(text),
            pages=paged.pages,
            removals=(*formulas, *removals),
            findings=findings,
        )


def _without_boilerplate(text: str) -> tuple[str, tuple[Removal, ...], tuple[Finding, ...]]:
    """The text without what is a web page's and not its article's, and with run-together tables as rows."""
    blocks = [part for block in _BLOCK.finditer(text) for part in _parts_of(text, block)]
    found = find_boilerplate([block.group() for block in blocks])
    rows = {index: table for index, block in enumerate(blocks) if (table := split_rows(block.group())) is not None}
    if not found and not rows:
        return text, (), ()
    parts: list[str] = []
    position, gap = 0, ""
    for index, block in enumerate(blocks):
        gap = max(gap, text[position : block.start()], key=len)  # of those around what is left out
        position = block.end()
        if index not in found:
            parts += [gap if parts else gap.lstrip("\n"), rows.get(index, block.group())]
            gap = ""
    cleaned = "".join([*parts, text[position:]]).rstrip() + "\n"
    removals = tuple(Removal(text=blocks[index].group(), reason=reason) for index, reason in found.items())
    kept = sorted(rows.keys() - found.keys())  # a list of contents that is left out can look like a table
    return cleaned, removals, tuple(_table_finding(cleaned, rows[index]) for index in kept)


def _parts_of(text: str, block: re.Match[str]) -> list[re.Match[str]]:
    """A block, or its lines where a picture's caption stands among them."""
    lines = list(_LINE.finditer(text, block.start(), block.end()))
    return lines if any(is_caption(line.group()) for line in lines) else [block]


def _table_finding(text: str, table: str) -> Finding:
    start = text.index(table)
    return Finding(
        path="",
        severity=Severity.INFO,
        code="table",
        message=f"{table.count(chr(10)) + 1} lines of a table whose cells ran together were parted again",
        line=text.count("\n", 0, start) + 1,
        advice="compare the rows with the page that they come from",
    )


def find_layout_headings(text: str) -> tuple[Heading, ...]:
    """Lines that stand alone, are short, don't end like a sentence and are followed by text."""
    blocks = list(_BLOCK.finditer(text))
    headings: list[Heading] = []
    for index, block in enumerate(blocks):
        line = block.group().strip()
        if not _looks_like_heading(line) or index + 1 == len(blocks):
            continue
        title = re.sub(r"^\d{1,2}[.)]\s+", "", line)
        end = min(len(text), block.end() + 1)
        headings.append(Heading(title=title, level=1 if not headings else 2, start=block.start(), end=end))
    return tuple(headings)


def _looks_like_heading(line: str) -> bool:
    if "\n" in line or not 3 <= len(line) <= _LONGEST_HEADING or line[-1] in '.,;:…)”"':
        return False
    if _BULLET.match(line) and not _NUMBERED.match(line):
        return False
    words = line.split()
    return (
        len(words) <= 16
        and any(character.isalpha() for character in line)
        and (line[0].isupper() or line[0].isdigit() or line[0] in "¿¡")
    )
