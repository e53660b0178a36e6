"""From printed lines to flowing text: running heads, feet and page numbers removed, broken lines and words joined.

Headings are blocks set larger than the body, or in bold where the body isn't. Each line keeps its box on the page.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from ingest.clean.broken_words import Hyphenation, hyphenation_of, word_joint
from ingest.loaders.loaded import Heading, LoadedText
from ingest.loaders.print_tables import PrintedTable, table_at
from ingest.loaders.printed import PrintedLine, PrintedPage
from ingest.loaders.running_lines import without_running_lines
from kb.records import LineBox, Page, Removal

_BULLET = re.compile(r"\s*(?:[-*•·▪–]|\d{1,2}[.)]|[a-z]\))\s+")
_FRACTION = re.compile(r"[IVXL]{1,8}(?: (?:Bis|Ter))?\s*\.[-\s]")  # of a Mexican statute
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
class _Placed:
    """A line with the page that it stands on."""

    line: PrintedLine
    page: int  # from 1
    margin: float  # where most lines of the page begin
    lines: Sequence[PrintedLine]  # all of the page
    glue: str | None = None  # what stands before it in a table


@dataclass(kw_only=True, slots=True)
class _Block:
    """Lines of one paragraph, list item or heading. `joint` stands before it."""

    joint: str
    lines: list[_Placed]
    tail: str = ""  # what ends a table


@dataclass(frozen=True, kw_only=True, slots=True)
class _Body:
    """How most of the text is set."""

    size: float
    bold: bool
    hyphenation: Hyphenation


@dataclass(kw_only=True, slots=True)
class _Writing:
    """The text so far, in parts, with the boxes of its lines by page."""

    parts: list[str] = field(default_factory=list)
    length: int = 0
    boxes: dict[int, list[LineBox]] = field(default_factory=dict)
    headings: list[Heading] = field(default_factory=list)
    removals: list[Removal] = field(default_factory=list)

    def add(self, text: str) -> None:
        self.parts.append(text)
        self.length += len(text)


def flowing_text(pages: Sequence[PrintedPage]) -> LoadedText:
    """The text of all pages, where each page and line stands in it, its headings, and what was left out."""
    kept, removed = without_running_lines(pages)
    placed = [item for number, page in enumerate(kept, 1) for item in _placed(page, number)]
    body = _body_of([line for page in kept for line in page])
    writing = _Writing()
    for block in _blocks(placed, body):
        _write(writing, block, body)
    text = "".join(writing.parts).rstrip() + "\n"
    return LoadedText(
        text=text,
        headings=tuple(writing.headings),
        pages=tuple(_page_records(pages, writing.boxes, len(text))),
        removals=(*removed, *writing.removals),
    )


def _placed(lines: Sequence[PrintedLine], page: int) -> Iterator[_Placed | _Block]:
    """The lines of a page, with its tables as blocks, and prose in columns that were set line by line in its order."""
    margin = Counter(round(line.left) for line in lines).most_common(1)[0][0] if lines else 0.0
    position = 0
    while position < len(lines):
        table = table_at(lines, position)
        if table is None:
            yield _Placed(line=lines[position], page=page, margin=margin, lines=lines)
            position += 1
            continue
        if table.is_prose:
            yield from (_Placed(line=line, page=page, margin=margin, lines=lines) for line in table.by_column())
        else:
            yield _table_block(table, page, margin)
        position += table.count


def _table_block(table: PrintedTable, page: int, margin: float) -> _Block:
    """`| a | b |` below its header; without one, each row on a line."""
    start, between, end = ("| ", " | ", " |") if table.header else ("", " ", "")
    rule = "\n|" + " --- |" * len(table.rows[0]) if table.header else ""
    placed: list[_Placed] = []
    for number, row in enumerate(table.rows):
        before_row = start if number == 0 else f"{end}{rule if number == 1 else ''}\n{start}"
        for column, cell in enumerate(row):
            for index, line in enumerate(cell):
                glue = " " if index else between if column else before_row
                placed.append(_Placed(line=line, page=page, margin=margin, lines=(), glue=glue))
    return _Block(joint="\n\n", lines=placed, tail=end)


def _body_of(lines: Sequence[PrintedLine]) -> _Body:
    sizes: Counter[tuple[float, bool]] = Counter()
    for line in lines:
        sizes[line.size, line.bold] += len(line.text)
    (size, bold), _ = sizes.most_common(1)[0] if sizes else ((0.0, False), 0)
    return _Body(size=size, bold=bold, hyphenation=hyphenation_of([line.text for line in lines]))


def _blocks(placed: Iterable[_Placed | _Block], body: _Body) -> Iterator[_Block]:
    block: _Block | None = None
    for item in placed:
        if isinstance(item, _Block):
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
        block = _Block(joint=joint, lines=[item])
    if block is not None:
        yield block


def _joint(block: _Block, item: _Placed, body: _Body) -> str:
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
    if gap or _begins_item(last.text, line.text):
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


def _is_cut_short(last: _Placed, line: PrintedLine) -> bool:
    """Whether the last line of a column or page ends a paragraph: lines above it reach further."""
    above = [other for other in last.lines if other.left < last.line.right and other.right > last.line.left]
    reach = max((other.right for other in above), default=0.0)
    indented = line.left - last.margin > _INDENT * line.size
    starts = line.text[0].isupper() or line.text[0] in '(§¿¡«“"'
    return starts and (indented or last.line.right < reach - 2 * line.size)


def _begins_paragraph(first: PrintedLine, last: PrintedLine, line: PrintedLine) -> bool:
    """Whether a line right below another one begins a paragraph: it stands elsewhere, or the other one was cut short."""
    if _BULLET.match(first.text) or _FRACTION.match(first.text):
        return last is not first and line.left < last.left - _INDENT * line.size  # back from a hanging indent
    if line.left - min(first.left, last.left) > _OTHER_EDGE * line.size:
        return True
    ended = last.text.endswith(_ENDED)
    indented = line.left - last.left > _INDENT * line.size and last.left <= first.left
    short = len(last.text) < 60 and line.text[:1].isupper() and last.right < line.right - 3 * line.size
    return ended and (indented or short)


def _changes_style(last: PrintedLine, line: PrintedLine, body: _Body, *, between: bool) -> bool:
    """Whether one of two lines is a heading's and the other isn't its continuation."""
    larger = max(last.size, line.size) > body.size * _LARGER
    if larger and abs(last.size - line.size) > 0.05 * body.size:
        return True
    return last.bold != line.bold and not body.bold and (between or last.bold)


def _is_heading_style(line: PrintedLine, body: _Body) -> bool:
    return line.size > body.size * _LARGER or (line.bold and not body.bold and line.size >= body.size)


def _write(writing: _Writing, block: _Block, body: _Body) -> None:
    in_table = block.lines[0].glue is not None
    level = None if in_table else _heading_level(block, body, first=not writing.headings)
    joint = block.joint if writing.length else ""
    if writing.headings and writing.headings[-1].end == writing.length:
        joint = joint[1:] if level is None else "\n"  # a heading has its line break already
        joint = "" if level is None else joint
    elif level is not None and writing.length:
        joint = "\n\n"
    writing.add(joint)
    start = writing.length
    for index, item in enumerate(block.lines):
        _write_line(writing, item, body, first=index == 0)
    if block.tail:
        writing.add(block.tail)
    if level is not None:
        title = "".join(writing.parts[-_parts_since(writing, start) :])
        writing.add("\n")
        writing.headings.append(Heading(title=title, level=level, start=start, end=writing.length))


def _parts_since(writing: _Writing, start: int) -> int:
    count, position = 0, writing.length
    while position > start:
        count += 1
        position -= len(writing.parts[-count])
    return count


def _write_line(writing: _Writing, item: _Placed, body: _Body, *, first: bool) -> None:
    line = item.line
    if item.glue is not None:
        writing.add(item.glue)
    elif not first:
        joint = word_joint(writing.parts[-1], line.text, body.hyphenation)
        if joint is None:
            broken = f"{writing.parts[-1].split()[-1]} {line.text.split()[0]}"
            writing.removals.append(Removal(text=broken, reason="hyphen at a line end", page=item.page))
            _drop_hyphen(writing)
        else:
            writing.add(joint)
    box = LineBox(
        start=writing.length,
        end=writing.length + len(line.text),
        left=line.left,
        top=line.top,
        right=line.right,
        bottom=line.bottom,
    )
    writing.boxes.setdefault(item.page, []).append(box)
    writing.add(line.text)


def _drop_hyphen(writing: _Writing) -> None:
    writing.parts[-1] = writing.parts[-1][:-1]
    writing.length -= 1
    boxes = next(boxes for boxes in reversed(writing.boxes.values()) if boxes)
    last = boxes[-1]
    boxes[-1] = LineBox(
        start=last.start, end=last.end - 1, left=last.left, top=last.top, right=last.right, bottom=last.bottom
    )


def _heading_level(block: _Block, body: _Body, *, first: bool) -> int | None:
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


def _page_records(pages: Sequence[PrintedPage], boxes: dict[int, list[LineBox]], length: int) -> Iterator[Page]:
    """Pages that tile the text: each begins with its first line and ends where the next begins."""
    end = length
    records: list[Page] = []
    for number in range(len(pages), 0, -1):
        lines = boxes.get(number, [])
        start = 0 if number == 1 else lines[0].start if lines else end
        page = pages[number - 1]
        records.append(
            Page(
                number=number,
                start=min(start, end),
                end=end,
                width=page.width,
                height=page.height,
                lines=tuple(lines),
                confidence=page.confidence,
            )
        )
        end = min(start, end)
    return reversed(records)
