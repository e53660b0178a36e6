"""Printed lines as blocks: paragraphs, items, headings and tables, told by place, size and weight."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ingest.clean.broken_words import Hyphenation, hyphenation_of
from ingest.loaders.print_tables import PrintedTable, table_at
from ingest.loaders.printed import PrintedLine

_BULLET = re.compile(r"\s*(?:[-*•·▪–]|\d{1,2}[.)]|[a-z]\))\s+")
_FRACTION = re.compile(r"(?:[IVXL]{1,8}(?: (?:Bis|Ter))?\s*\.|[a-zñ]\)\.)[-\s]")  # or inciso of a Mexican statute
_REFORM_NOTE = re.compile(
    r"(?:Art[ií]culo|P[aá]rrafo|Fracci[oó]n|Inciso|Apartado|Cap[ií]tulo|T[ií]tulo|Secci[oó]n|Numeral)\b.{0,60}?"
    r"(?:[Rr]eformad|[Aa]dicionad|[Dd]erogad|[Rr]ecorrid|[Mm]odificad)[ao]s?\b.*\d"
)
_BEFORE_ITEM = re.compile(r"(?:[.:;,…]|[.;,] ?(?:y|o|e|u|and|or|y/o))$")
_PART = re.compile(r"\((?:[a-z]|[A-Z]|\d{1,2}|[ivx]{1,5})\)\s|§§?\s?\d")  # of a U.S. regulation
_ENDED_PART = re.compile(r"(?:[.:;—\]]|; ?(?:and|or))$")
_ENDED = tuple('.:;!?…)”"')
_LARGER = 1.12  # times the body's size
_LONGEST_BOLD_HEADING = 110
_PARAGRAPH_GAP = 0.75  # between lines, times their size; lines of one paragraph stand closer
_INDENT = 0.9  # times the size
_OTHER_EDGE = 4.0  # times the size: a line that begins so far to the right is set apart


@dataclass(frozen=True, kw_only=True, slots=True)
class PlacedLine:
    """A line with the page that it stands on."""

    line: PrintedLine
    page: int  # from 1
    margin: float  # where most lines of the page begin
    lines: Sequence[PrintedLine]  # all of the page
    glue: str | None = None  # what stands before it in a table


@dataclass(kw_only=True, slots=True)
class PrintedBlock:
    """Lines of one paragraph, list item or heading. `joint` stands before it."""

    joint: str
    lines: list[PlacedLine]
    tail: str = ""  # what ends a table


@dataclass(frozen=True, kw_only=True, slots=True)
class BodyStyle:
    """How most of the text is set."""

    size: float
    bold: bool
    hyphenation: Hyphenation


def placed_lines(lines: Sequence[PrintedLine], page: int) -> Iterator[PlacedLine | PrintedBlock]:
    """The lines of a page, with its tables as blocks, and prose in columns that were set line by line in its order."""
    margin = Counter(round(line.left) for line in lines).most_common(1)[0][0] if lines else 0.0
    position = 0
    while position < len(lines):
        table = table_at(lines, position)
        if table is None:
            yield PlacedLine(line=lines[position], page=page, margin=margin, lines=lines)
            position += 1
            continue
        if table.is_prose:
            yield from (PlacedLine(line=line, page=page, margin=margin, lines=lines) for line in table.by_column())
        else:
            yield _table_block(table, page, margin)
        position += table.count


def _table_block(table: PrintedTable, page: int, margin: float) -> PrintedBlock:
    """`| a | b |` below its header; without one, each row on a line."""
    start, between, end = ("| ", " | ", " |") if table.header else ("", " ", "")
    rule = "\n|" + " --- |" * len(table.rows[0]) if table.header else ""
    placed: list[PlacedLine] = []
    for number, row in enumerate(table.rows):
        before_row = start if number == 0 else f"{end}{rule if number == 1 else ''}\n{start}"
        for column, cell in enumerate(row):
            for index, line in enumerate(cell):
                glue = " " if index else between if column else before_row
                placed.append(PlacedLine(line=line, page=page, margin=margin, lines=(), glue=glue))
    return PrintedBlock(joint="\n\n", lines=placed, tail=end)


def body_style(lines: Sequence[PrintedLine]) -> BodyStyle:
    """Size and weight of most letters, and how the lines break words."""
    sizes: Counter[tuple[float, bool]] = Counter()
    for line in lines:
        sizes[line.size, line.bold] += len(line.text)
    (size, bold), _ = sizes.most_common(1)[0] if sizes else ((0.0, False), 0)
    return BodyStyle(size=size, bold=bold, hyphenation=hyphenation_of([line.text for line in lines]))


def find_blocks(placed: Iterable[PlacedLine | PrintedBlock], body: BodyStyle) -> Iterator[PrintedBlock]:
    """Blocks in order; each line stands in one. Tables are blocks already."""
    block: PrintedBlock | None = None
    for item in placed:
        if isinstance(item, PrintedBlock):
            if block is not None:
                yield block
            block = item
            continue
        joint = "" if block is None else "\n\n" if block.lines[-1].glue is not None else _joint(block, item, body)
        if block is not None and joint == " ":
            block.lines.append(item)
            continue
        if block is not None:
            yield block
        block = PrintedBlock(joint=joint, lines=[item])
    if block is not None:
        yield block


def _joint(block: PrintedBlock, item: PlacedLine, body: BodyStyle) -> str:
    """What stands between a block and the line after it: a space where the line goes on with the block."""
    first, last, line = block.lines[0].line, block.lines[-1].line, item.line
    below = block.lines[-1].page == item.page and line.top > last.top
    ended = last.text.endswith(_ENDED)
    gap = below and line.top - last.bottom > _PARAGRAPH_GAP * min(line.size, last.size)
    gap = gap and (ended or not line.text[0].islower())  # a figure may stand within a sentence
    if _changes_style(last, line, body, between=gap or ended or not below):
        return "\n\n"
    if _BULLET.match(line.text):
        return "\n"
    if _is_heading_style(line, body) and _is_heading_style(last, body):
        return " " if below and not gap else "\n\n"
    if gap or _begins_item(last.text, line.text) or _is_reform_note(first.text, last.text):
        return "\n\n"
    if below:
        return "\n\n" if _begins_paragraph(first, last, line) else " "
    back = _BULLET.match(first.text) and line.text[0].isupper() and line.left < first.left + _INDENT * line.size
    return "\n\n" if back or (ended and _is_cut_short(block.lines[-1], line)) else " "


def _begins_item(last: str, line: str) -> bool:
    """Whether a line begins an enumerated part of a law, after a line at which one may begin."""
    return bool(
        (_FRACTION.match(line) and _BEFORE_ITEM.search(last)) or (_PART.match(line) and _ENDED_PART.search(last))
    )


def _is_reform_note(first: str, last: str) -> bool:
    """Whether a block is a gazette's note on a reform, "Fracción reformada DOF 30-11-2012", and its date has come."""
    return bool(_REFORM_NOTE.match(first) and last[-1].isdigit())


def _is_cut_short(last: PlacedLine, line: PrintedLine) -> bool:
    """Whether the last line of a column or page ends a paragraph: lines above it reach further."""
    above = [other for other in last.lines if other.left < last.line.right and other.right > last.line.left]
    reach = max((other.right for other in above), default=0.0)
    indented = line.left - last.margin > _INDENT * line.size
    starts = line.text[0].isupper() or line.text[0] in '(§¿¡«“"'
    return starts and (indented or last.line.right < reach - 2 * line.size)


def _begins_paragraph(first: PrintedLine, last: PrintedLine, line: PrintedLine) -> bool:
    """Whether a line right below another one begins a paragraph: it stands elsewhere, or the other one was cut short."""
    far_back = line.left < first.left - _OTHER_EDGE * line.size  # a note set at the right edge stands above
    if far_back and (line.text[0].isupper() or _FRACTION.match(line.text)):
        return True
    if _BULLET.match(first.text) or _FRACTION.match(first.text):
        back = last is not first and line.left < last.left - _INDENT * line.size  # from a hanging indent
        return back or line.left - last.left > (2 * _OTHER_EDGE if last is first else _OTHER_EDGE) * line.size
    if line.left - min(first.left, last.left) > _OTHER_EDGE * line.size:
        return True
    ended = last.text.endswith(_ENDED)
    indented = line.left - last.left > _INDENT * line.size and last.left <= first.left
    short = len(last.text) < 60 and line.text[:1].isupper() and last.right < line.right - 3 * line.size
    return ended and (indented or short)


def _changes_style(last: PrintedLine, line: PrintedLine, body: BodyStyle, *, between: bool) -> bool:
    """Whether one of two lines is a heading's and the other isn't its continuation."""
    larger = max(last.size, line.size) > body.size * _LARGER
    if larger and abs(last.size - line.size) > 0.05 * body.size:
        return True
    return last.bold != line.bold and not body.bold and (between or last.bold)


def _is_heading_style(line: PrintedLine, body: BodyStyle) -> bool:
    return line.size > body.size * _LARGER or (line.bold and not body.bold and line.size >= body.size)


def heading_level(block: PrintedBlock, body: BodyStyle, *, first: bool) -> int | None:
    """1 for the first heading, 2 for larger blocks, 3 for bold ones of the body's size; None for the body."""
    lines = [item.line for item in block.lines]
    if not any(character.isalpha() for line in lines for character in line.text):
        return None  # a number alone
    if all(line.size > body.size * _LARGER for line in lines):
        return 1 if first else 2
    if body.bold or not all(line.bold and line.size >= body.size for line in lines):
        return None
    text = " ".join(line.text for line in lines)
    ends_open = text[-1] in ",;:" or (text[-1] == "." and not text.startswith("§"))
    if len(text) > _LONGEST_BOLD_HEADING or ends_open or _BULLET.match(text):
        return None
    return 1 if first else 3
