"""What the structure of a law is made of: headings, and marks where a legal place begins."""

from bisect import bisect_right
from dataclasses import dataclass
from itertools import takewhile

from ingest.loaders.loaded import Heading
from kb.records import Pinpoint

Place = tuple[str, ...]
"""A legal place from the outside in. Joined, its parts are the pinpoint: ("45 CFR 164.308", "(a)", "(1)")."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Mark:
    """From `start` on, up to the next mark, the text belongs to this place. Text proper begins at `body`."""

    start: int
    body: int
    place: Place
    item: bool = False  # a labelled member of a list: a paragraph, fraction or inciso
    unnamed: Place = ()  # further levels, of lists that a pinpoint doesn't name: those of a definition

    @property
    def levels(self) -> Place:
        """All levels from the outside in: the mark is within another one whose levels begin its own."""
        return self.place + self.unnamed


@dataclass(frozen=True, kw_only=True, slots=True)
class Outline:
    """The structure of one law's text. `marks` are in order; text before the first belongs to no place."""

    title: str | None
    headings: tuple[Heading, ...]
    marks: tuple[Mark, ...]

    def marks_within(self, start: int, end: int) -> tuple[Mark, ...]:
        """The marks that begin in `[start, end)`."""
        first = bisect_right(self.marks, start - 1, key=lambda mark: mark.start)
        last = bisect_right(self.marks, end - 1, key=lambda mark: mark.start)
        return self.marks[first:last]

    def place_at(self, position: int) -> Place:
        """The narrowest place of a position; empty before the first mark."""
        index = bisect_right(self.marks, position, key=lambda mark: mark.start) - 1
        return self.marks[index].place if index >= 0 else ()

    def provision_at(self, position: int) -> str | None:
        """The pinpoint of the article or section that holds a position, whatever paragraph of it does."""
        index = bisect_right(self.marks, position, key=lambda mark: mark.start) - 1
        while index >= 0 and self.marks[index].item:
            index -= 1
        return "".join(self.marks[index].place[:1]) or None if index >= 0 else None

    def covering(self, start: int, end: int) -> str | None:
        """The pinpoint of the narrowest place that holds all of `[start, end)`."""
        places = [self.place_at(start), *(mark.place for mark in self.marks_within(start + 1, end))]
        shared = takewhile(lambda parts: len(set(parts)) == 1, zip(*places, strict=False))
        return "".join(part for part, *_ in shared) or None

    def pinpoints(self, length: int) -> tuple[Pinpoint, ...]:
        """The places as they are stored with a document of `length` characters."""
        ends = [*(mark.start for mark in self.marks[1:]), length]
        return tuple(
            Pinpoint(start=mark.start, end=end, text="".join(mark.place))
            for mark, end in zip(self.marks, ends, strict=False)
            if mark.place and mark.start < end
        )


def heaviest_chain(keys: list[tuple[int, ...]], weights: list[float]) -> list[int]:
    """Indices of the strictly increasing subsequence of the greatest weight: the numbering that a text follows.

    A reference at the beginning of a line or a table of contents can look like the beginning of a provision; only
    provisions follow each other in order.
    """
    best: list[tuple[float, int]] = []  # weight of the best chain that ends here, and the index before
    for index, key in enumerate(keys):
        before = max(
            ((best[j][0], j) for j in range(index) if keys[j] < key), default=(0.0, -1), key=lambda pair: pair[0]
        )
        best.append((before[0] + weights[index], before[1]))
    index = max(range(len(best)), key=lambda i: best[i][0], default=-1)
    chain = []
    while index >= 0:
        chain.append(index)
        index = best[index][1]
    return chain[::-1]
