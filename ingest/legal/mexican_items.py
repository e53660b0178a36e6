"""Fractions, incisos and numerals of one article of a Mexican statute.

Within an article capitals number apartados, Roman numerals fractions, letters with a parenthesis incisos.
"""

import re
from collections.abc import Iterator
from itertools import pairwise

from ingest.legal.lines import Line, lines_of
from ingest.legal.mexican_articles import INSERTED
from ingest.legal.nesting import DIGIT, LOWER, ROMAN, UPPER, UPPER_ROMAN, Label, nest
from ingest.legal.outline import Mark, Place

# Fractions of an apartado, incisos of a fraction, numerals or small Roman numerals of an inciso.
_LEVELS = ((UPPER,), (UPPER_ROMAN,), (LOWER,), (DIGIT, ROMAN))
_ITEM = re.compile(
    rf"(?P<upper>[A-Z]|[IVXLC]+(?: {INSERTED}\b(?: \d{{1,2}}\b)?)?)\s?\.\s?[-–—]?\s*(?=\S)"
    rf"|(?P<roman>[IVXLC]+(?: {INSERTED}\b)?)\s?[-–—]\s*(?=\S)"
    r"|(?P<lower>[a-zñ]{1,2}|[ivx]{1,5})\)\s*(?=\S)|(?P<digit>\d{1,2})[.)]\s+(?=\S)"
)


def item_marks(text: str, start: int, end: int, place: Place) -> Iterator[Mark]:
    """Marks of the fractions and incisos of one article, and of the paragraph that comes back to it behind them."""
    found = [(line, match) for line, match in _labels(text, start, end)]
    readings = nest([Label(text=_label_text(match)) for _, match in found], _LEVELS)
    items = [
        Mark(
            start=line.start,
            body=line.begin + match.end(),
            place=place + tuple(_part(level, label) for level, label in reading),
            item=True,
        )
        for (line, match), reading in zip(found, readings, strict=True)
        if reading is not None
    ]
    for index, mark in enumerate(items):
        yield mark
        following = items[index + 1] if index + 1 < len(items) else None
        outside = following.place[:-1] if following else place
        again = following is not None and outside == mark.place[:-1] and _begins_list(following)
        if len(outside) < len(mark.place) - 1 or following is None or again:
            stop = following.start if following else end
            back = _next_paragraph(text, mark.body, stop)
            if back is not None:
                yield Mark(start=back, body=back, place=outside)


def _begins_list(mark: Mark) -> bool:
    return mark.place[-1] in {"(A)", " fr. I", " inc. a)", " num. 1", " num. i"}


def _labels(text: str, start: int, end: int) -> Iterator[tuple[Line, re.Match[str]]]:
    for line in lines_of(text[start:end]):
        match = None if line.is_note else _ITEM.match(line.text)
        # A reference that goes on in the next line does so in lower case or with a comma.
        if match and (line.after_end or (not match["lower"] and line.text[match.end() : match.end() + 1].isupper())):
            yield (
                Line(line.start + start, line.begin + start, line.end + start, line.text, line.after_end),
                match,
            )


def _label_text(match: re.Match[str]) -> str:
    return re.sub(r"\s+", " ", match["upper"] or match["roman"] or match["lower"] or match["digit"])


def _part(level: int, label: str) -> str:
    """How a level is written in a pinpoint."""
    if level == 0:
        return f"({label})"
    return (f" fr. {label}", f" inc. {label})", f" num. {label}")[level - 1].replace("BIS", "Bis").replace("TER", "Ter")


def _next_paragraph(text: str, start: int, end: int) -> int | None:
    """Where a paragraph begins behind the one at `start`: after a blank line, a note, or a short last line."""
    lines = list(lines_of(text[start:end]))
    longest = max((len(line.text) for line in lines), default=0)
    for before, line in pairwise(lines):
        apart = "\n" in text[start + before.end : start + line.start] or (
            before.text[-1] in ".;" and len(before.text) < 0.85 * longest
        )
        if (apart or before.is_note) and not line.is_note and line.text[:1].isupper():
            return start + line.start
    return None
