"""Headings, paragraphs, list items and tables as they follow each other, written as the stored text."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from ingest.clean.web import find_boilerplate
from ingest.loaders.loaded import Heading, LoadedText, LoadError, check_length
from kb.records import Removal

_INDENT = "  "


class Kind(StrEnum):
    """What a block is."""

    HEADING = "heading"
    PARAGRAPH = "paragraph"
    ITEM = "item"
    TABLE = "table"


@dataclass(frozen=True, kw_only=True, slots=True)
class Block:
    """`level`: of a heading from 1; depth of an item from 0. An item's text begins with its marker."""

    kind: Kind
    text: str
    level: int = 0


def table_block(rows: Sequence[Sequence[str]]) -> Block | None:
    """Rows as `| a | b |` with the first as their header; None where nothing is in them.

    Rows are filled up to the longest. A table of one column or one row is no table: its cells become one paragraph.
    """
    width = max(map(len, rows), default=0)
    filled = [[" ".join(cell.split()).replace("|", "/") for cell in [*row, *[""] * (width - len(row))]] for row in rows]
    filled = [row for row in filled if any(row)]
    if not filled:
        return None
    if width == 1 or len(filled) == 1:
        return Block(kind=Kind.PARAGRAPH, text="\n".join(" ".join(filter(None, row)) for row in filled))
    lines = [f"| {' | '.join(row)} |" for row in filled]
    return Block(kind=Kind.TABLE, text="\n".join([lines[0], f"|{' --- |' * width}", *lines[1:]]))


def write_blocks(blocks: Sequence[Block], removals: Sequence[Removal] = (), *, web: bool = False) -> LoadedText:
    """The stored text of blocks, without what is not the article's. `web`: the blocks are surely a web page's.

    Raises LoadError where nothing is left.
    """
    check_length(sum(len(block.text) for block in blocks))
    found = find_boilerplate([block.text for block in blocks], certain=web)
    left_out = [Removal(text=blocks[index].text, reason=reason) for index, reason in found.items()]
    parts: list[str] = []
    headings: list[Heading] = []
    length = 0
    last: Block | None = None
    for block in (block for index, block in enumerate(blocks) if index not in found):
        tight = last is not None and last.kind is block.kind is Kind.ITEM
        joint = "" if last is None else "\n" if tight or last.kind is Kind.HEADING else "\n\n"
        text = _INDENT * block.level + block.text if block.kind is Kind.ITEM else block.text
        parts += [joint, text]
        start = length + len(joint)
        length = start + len(text)
        if block.kind is Kind.HEADING:
            headings.append(Heading(title=text, level=block.level, start=start, end=length + 1))
        last = block
    if not length:
        raise LoadError("the file holds no text; write it or remove it")
    return LoadedText(text="".join(parts) + "\n", headings=tuple(headings), removals=(*removals, *left_out))
