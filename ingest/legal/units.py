"""What an answer quotes of a law: sentences, and labelled paragraphs each with the words that introduce its list."""

import re
from collections.abc import Iterator

from ingest.legal.lines import lines_of
from ingest.legal.outline import Mark, Outline, Place
from ingest.split import LONGEST_LEAD_IN, find_units
from kb.records import Section, Span, Unit

_LONGEST_ITEM = 600  # characters of a labelled paragraph that is quoted whole; a longer one by sentences
_WORD = re.compile(r"[^\W\d_]{2}")


def find_legal_units(text: str, section: Section, outline: Outline) -> Iterator[Unit]:
    """Units of one section in order. Notes of the gazette's editors are not quoted."""
    marks = [mark for mark in outline.marks_within(section.start, section.end) if mark.body > section.body_start]
    lead_ins: dict[Place, Span | None] = {}
    here = Mark(start=section.body_start, body=section.body_start, place=outline.place_at(section.body_start))
    for mark, following in zip([here, *marks], [*marks, None], strict=True):
        end = following.start if following else section.end
        begin = max(_behind_signs(text, mark.start, end), section.body_start)
        pieces = list(_pieces(text, begin, mark.body, end))
        lead_in = lead_ins.get(mark.place[:-1]) if mark.item else None
        introduces = following is not None and following.item and following.place[: len(mark.place)] == mark.place
        introduces = introduces and following is not None and len(following.place) > len(mark.place)
        lead_ins[mark.place] = lead_in  # of a label without words, the list's own lead-in goes on
        if introduces and pieces:
            last = pieces[-1]
            lead_ins[mark.place] = last if last.end - last.start <= LONGEST_LEAD_IN else None
            if not mark.item and lead_ins[mark.place]:
                pieces.pop()  # quoted with its list, not alone
        for piece in pieces:
            yield Unit(start=piece.start, end=piece.end, lead_in=lead_in)


def _behind_signs(text: str, start: int, end: int) -> int:
    """Where the words begin behind signs of quotation or emphasis."""
    line = next(lines_of(text[start:end]), None)
    return start if line is None else start + line.begin


def _pieces(text: str, begin: int, body: int, end: int) -> Iterator[Span]:
    """The stretch `[begin, end)` whole where it is a short labelled paragraph, else its sentences, notes left out."""
    for start, stop in _without_notes(text, begin, end):
        if not _WORD.search(text, max(start, body), stop):
            continue
        whole = text[start:stop]
        if body > begin and start == begin and len(whole) <= _LONGEST_ITEM and "\n\n" not in whole and "|" not in whole:
            yield Span(start=start, end=start + len(whole.rstrip()))
            continue
        for unit in find_units(text, start, stop):
            yield Span(start=unit.start, end=unit.end)


def _without_notes(text: str, begin: int, end: int) -> Iterator[tuple[int, int]]:
    start = begin
    for line in lines_of(text[begin:end]):
        if line.is_note:
            if begin + line.start > start:
                yield start, begin + line.start
            start = begin + line.end
    if end > start:
        yield start, end
