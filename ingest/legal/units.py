"""What an answer quotes of a law: sentences, and labelled paragraphs each with the words that introduce its list."""

import re
from collections.abc import Iterator

from ingest.legal.lines import lines_of
from ingest.legal.outline import Mark, Outline, Place
from ingest.split import LONGEST_LEAD_IN, find_units
from kb.records import Section, Span, Unit
from kb.text.sentences import sentence_spans

_LONGEST_ITEM = 600  # characters of a labelled paragraph that is quoted whole; a longer one by sentences
_QUOTATION = re.compile(r"[ \t>#]*")
_WORD = re.compile(r"[^\W\d_]{2}")


def find_legal_units(text: str, section: Section, outline: Outline) -> Iterator[Unit]:
    """Units of one section in order. Notes of the gazette's editors are not quoted."""
    marks = [mark for mark in outline.marks_within(section.start, section.end) if mark.body > section.body_start]
    lead_ins: dict[Place, Span | None] = {}
    here = Mark(start=section.body_start, body=section.body_start, place=outline.place_at(section.body_start))
    for mark, following in zip([here, *marks], [*marks, None], strict=True):
        end = following.start if following else section.end
        begin = max(mark.start, section.body_start)
        lead_in = lead_ins.get(mark.levels[:-1]) if mark.item else None
        units = list(_units(text, begin, mark.body, end, lead_in))
        lead_ins[mark.levels] = lead_in  # of a label without words, the list's own lead-in goes on
        if following and _introduces(mark, following) and units:
            last = units[-1]
            short = last.end - last.start <= LONGEST_LEAD_IN
            lead_ins[mark.levels] = Span(start=last.start, end=last.end) if short else None
            if short and not mark.item:
                units.pop()  # quoted with its list, not alone
        yield from units


def _introduces(mark: Mark, following: Mark) -> bool:
    """Whether a list begins behind the text of a mark."""
    outer, inner = mark.levels, following.levels
    return following.item and len(inner) > len(outer) and inner[: len(outer)] == outer


def _units(text: str, begin: int, body: int, end: int, lead_in: Span | None) -> Iterator[Unit]:
    """The stretch `[begin, end)` whole where it is a short labelled paragraph, else its sentences, notes left out."""
    for index, (start, stop) in enumerate(_blocks(text, begin, end)):
        if not _WORD.search(text, max(start, body), stop):
            continue
        if index == 0 and body > begin and stop - start <= _LONGEST_ITEM:
            yield Unit(start=start, end=stop, lead_in=lead_in)
        elif start == 0 or text[start - 1] == "\n":
            for unit in find_units(text, start, stop):
                yield Unit(start=unit.start, end=unit.end, lead_in=unit.lead_in or lead_in)
        else:
            for first, last in sentence_spans(text[start:stop]):
                yield Unit(start=start + first, end=start + last, lead_in=lead_in)


def _blocks(text: str, begin: int, end: int) -> Iterator[tuple[int, int]]:
    """Paragraphs between blank lines and notes, without the signs of quotation around them."""
    start: int | None = None
    last = before = begin
    for line in lines_of(text[begin:end]):
        # What holds no words isn't among the lines: a blank one, or only the signs of quotation.
        if start is not None and (line.is_note or begin + line.start > before):
            yield start, last
            start = None
        if not line.is_note:
            signs = _QUOTATION.match(text, begin + line.start, begin + line.begin)
            start = (signs.end() if signs else begin + line.begin) if start is None else start
            last = begin + line.begin + len(line.text)
        before = begin + line.end
    if start is not None:
        yield start, last
