"""From printed lines to flowing text: running heads, feet and page numbers removed, broken lines and words joined.

Each line keeps its box on the page.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from ingest.clean.broken_words import word_joint
from ingest.loaders.loaded import Heading, LoadedText
from ingest.loaders.print_blocks import (
    BodyStyle,
    PlacedLine,
    PrintedBlock,
    body_style,
    find_blocks,
    heading_level,
    placed_lines,
)
from ingest.loaders.printed import PrintedPage
from ingest.loaders.running_lines import without_running_lines
from kb.records import LineBox, Page, Removal


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
    placed = [item for number, page in enumerate(kept, 1) for item in placed_lines(page, number)]
    body = body_style([line for page in kept for line in page])
    writing = _Writing()
    for block in find_blocks(placed, body):
        _write(writing, block, body)
    text = "".join(writing.parts).rstrip() + "\n"
    return LoadedText(
        text=text,
        headings=tuple(writing.headings),
        pages=tuple(_page_records(pages, writing.boxes, len(text))),
        removals=(*removed, *writing.removals),
    )


def _write(writing: _Writing, block: PrintedBlock, body: BodyStyle) -> None:
    in_table = block.lines[0].glue is not None
    level = None if in_table else heading_level(block, body, first=not writing.headings)
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


def _write_line(writing: _Writing, item: PlacedLine, body: BodyStyle, *, first: bool) -> None:
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
