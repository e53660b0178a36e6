"""Split sections into passages of whole sentences. Nothing is lost: passages, joined, are the document's text."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from hashlib import sha256

from kb.records import Section, Span, Unit
from kb.text.sentences import sentence_spans

# A passage long enough to stand alone and short enough that its vector speaks of one thing; measured on the corpus.
TARGET_CHARACTERS = 1_100
LONGEST_UNIT = 1_100
_SHORTEST_CUT = 32
LONGEST_LEAD_IN = 400  # a longer "sentence" before a list is prose of its own
_BLOCK = re.compile(r"^[^\S\n]*+\S[^\n]*(?:\n(?![^\S\n]*+(?:\n|\Z))[^\n]+)*", re.MULTILINE)
_ITEM = re.compile(r"^(?P<marker>[ \t]*(?:[-*+•·▪–]|\d{1,3}[.)]|[a-z]\))[ \t]+)", re.MULTILINE)
_QUOTATION = re.compile(r"[ \t]*>[ \t>]*")
_ROW = re.compile(r"[^\s](?:[^\n]*[^\s])?")
_WORD = re.compile(r"[^\W_]")
_TABLE_RULE = re.compile(r"^\s*\|?[\s:|-]+\|[\s:|-]*$")


@dataclass(frozen=True, kw_only=True, slots=True)
class Piece:
    """A passage before it has an identity."""

    section: Section
    start: int
    end: int
    units: tuple[Unit, ...]


def split_sections(
    text: str,
    sections: tuple[Section, ...],
    fits: Callable[[Section, str], bool],
    units_of: Callable[[Section], Iterator[Unit]] | None = None,
) -> list[Piece]:
    """Pieces in order; `pieces[i].end == pieces[i + 1].start`, from 0 to len(text).

    `fits(section, body)` says whether a body is embedded whole below the headings of its section. `units_of` finds
    what is quoted of a section; without it, sentences and list items are. Pure if both are.
    """
    find = units_of or (lambda section: find_units(text, section.body_start, section.end))
    pieces: list[Piece] = []
    for section in sections:
        room = partial(fits, section)
        units = [part for unit in find(section) for part in _short_enough(text, unit, room)]
        pieces.extend(_pack(section, units, room, text))
    return pieces


def find_units(text: str, start: int, end: int) -> Iterator[Unit]:
    """Sentences and list items of a stretch of text, in order. An item carries the span of its lead-in."""
    lead_in: Span | None = None
    for block in _BLOCK.finditer(text, start, end):
        if not _WORD.search(block.group()) or block.group().startswith("<!--"):
            continue  # a rule between paragraphs, or an editor's note to editors: nothing to quote
        if _is_table(block.group()):
            yield from _table_rows(text, block.start(), block.end())
            lead_in = None
            continue
        items = list(_ITEM.finditer(text, block.start(), block.end()))
        prose_end = items[0].start() if items else block.end()
        sentences = [
            Span(start=block.start() + a, end=block.start() + b)
            for a, b in sentence_spans(text[block.start() : prose_end])
        ]
        if sentences:
            introduces = _is_lead_in(text, sentences[-1]) and (bool(items) or _item_follows(text, block.end(), end))
            lead_in = sentences[-1] if introduces else None
            # The lead-in is quoted with its items, not alone.
            for sentence in sentences[: len(sentences) - introduces]:
                yield Unit(start=sentence.start, end=sentence.end)
        for item, stop in zip(items, [*(item.start() for item in items[1:]), block.end()], strict=False):
            content = text[item.end() : stop].rstrip()
            if content:
                yield Unit(start=item.end(), end=item.end() + len(content), lead_in=lead_in)


def _is_lead_in(text: str, sentence: Span) -> bool:
    return text[sentence.end - 1] == ":" and sentence.end - sentence.start <= LONGEST_LEAD_IN


def _item_follows(text: str, position: int, end: int) -> bool:
    following = re.compile(r"\s*").match(text, position, end)
    return bool(_ITEM.match(text, following.end() if following else position, end))


def _is_table(block: str) -> bool:
    lines = block.split("\n")
    return len(lines) >= 2 and lines[0].count("|") >= 2 and bool(_TABLE_RULE.match(lines[1]))


def _table_rows(text: str, start: int, end: int) -> Iterator[Unit]:
    """Each row with the header row as its lead-in."""
    header, _, *rows = _ROW.finditer(text, start, end)
    lead_in = Span(start=header.start(), end=header.end())
    if lead_in.end - lead_in.start > LONGEST_LEAD_IN:
        yield Unit(start=lead_in.start, end=lead_in.end)
        yield from (Unit(start=row.start(), end=row.end()) for row in rows)
    else:
        yield from (Unit(start=row.start(), end=row.end(), lead_in=lead_in) for row in rows)


def _short_enough(text: str, unit: Unit, fits: Callable[[str], bool]) -> Iterator[Unit]:
    """Cut a unit that no model reads whole at white space, and where there is none anywhere."""
    before = "" if unit.lead_in is None else text[unit.lead_in.start : unit.lead_in.end] + "\n"
    start, size = unit.start, LONGEST_UNIT
    while unit.end - start > size or not fits(before + text[start : unit.end]):
        cut = _last_space(text, start + size // 2, min(start + size, unit.end))
        if size > _SHORTEST_CUT and not fits(before + text[start:cut]):
            size //= 2
            continue
        yield Unit(start=start, end=start + len(text[start:cut].rstrip()), lead_in=unit.lead_in)
        start = cut + len(text[cut : unit.end]) - len(text[cut : unit.end].lstrip())
        if start >= unit.end:
            return
    yield Unit(start=start, end=unit.end, lead_in=unit.lead_in)


def _last_space(text: str, start: int, end: int) -> int:
    return next((position for position in range(end - 1, start, -1) if text[position].isspace()), end)


def _pack(section: Section, units: list[Unit], fits: Callable[[str], bool], text: str) -> Iterator[Piece]:
    """Fill passages up to the target. A passage begins where the last one ended, the first at the heading."""
    start = section.start
    held: list[Unit] = []
    for unit in units:
        if held and not _has_room(_body(text, start, held[0], unit.end), fits):
            end = _beginning_of(unit, held, text)
            yield Piece(section=section, start=start, end=end, units=tuple(held))
            start, held = end, []
        held.append(unit)
    yield Piece(section=section, start=start, end=section.end, units=tuple(held))


def _body(text: str, start: int, first: Unit, end: int) -> str:
    """What is embedded of a passage that begins at `start` with the unit `first`."""
    lead_in = first.lead_in
    if lead_in is None:
        return text[first.start : end]
    if lead_in.end <= start:
        return text[lead_in.start : lead_in.end] + "\n" + text[first.start : end]
    return text[min(first.start, lead_in.start) : end]


def _has_room(body: str, fits: Callable[[str], bool]) -> bool:
    return len(body) <= TARGET_CHARACTERS and fits(body)


def _beginning_of(unit: Unit, held: list[Unit], text: str) -> int:
    """Where a new passage starts: at a lead-in that no earlier item of this passage needed, else at the unit."""
    if unit.lead_in is not None and unit.lead_in.start >= held[-1].end:
        return unit.lead_in.start
    line = text.rfind("\n", held[-1].end, unit.start) + 1
    marker = (_ITEM.match(text, line) or _QUOTATION.match(text, line)) if line else None
    return line if marker and marker.end() == unit.start else unit.start


def passage_id(document_id: str, section: tuple[str, ...], text: str, repetition: int) -> str:
    """From content only, so that ids survive re-ingest and renaming of other files."""
    return sha256("\x00".join((document_id, *section, text, str(repetition))).encode()).hexdigest()[:20]
