"""What the checks take from one document and its file alone, so that it is found once and kept with the reading.

Nothing here depends on the day or on other documents; what does is compared anew at each ingest.
"""

from dataclasses import dataclass
from decimal import Decimal

from kb.contradictions import Stated
from kb.figures import Figure
from kb.records import Document, Finding


@dataclass(frozen=True, kw_only=True, slots=True)
class PlacedFigure:
    """A figure as the comparison of figures needs it, with the passage and unit that state it by their numbers."""

    passage: int
    unit: int
    figure: Figure
    rank: int
    count: int
    beside: frozenset[tuple[Decimal, ...]]

    def stated(self, document: Document) -> Stated:
        """The figure with the sentence that states it."""
        passage = document.passages[self.passage]
        return Stated(
            document=document,
            passage=passage,
            unit=passage.units[self.unit],
            figure=self.figure,
            rank=self.rank,
            count=self.count,
            beside=self.beside,
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Reference:
    """The first reference of a document to an article or section of a law."""

    canonical: str
    law: str
    article: str
    start: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Extract:
    """Of one document. Its findings have lines of the file."""

    lines_above: int  # of the file, before the stored text
    headings: tuple[Finding, ...]  # on headings and what stands under them
    text: tuple[Finding, ...]  # on text that is missing
    wording: tuple[Finding, ...]
    figures: tuple[PlacedFigure, ...]
    articles: frozenset[tuple[str, str]]  # law and article of every place whose own text it holds
    references: tuple[Reference, ...]
    shingles: tuple[bytes, ...]  # of each passage, as `ingest.checks.duplicates` packs them


@dataclass(frozen=True, kw_only=True, slots=True)
class Extracted:
    """A document with its extract."""

    document: Document
    extract: Extract
