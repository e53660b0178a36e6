"""Where a reader's address leads: which edition of a document, which words of it, and what must be said about that.

Addresses are mailed and kept. When the edition that was quoted is gone, the present text is shown instead, and the quoted
words are marked in it only where they stand in it word for word.
"""

import re
from dataclasses import dataclass
from enum import Enum, auto

from app.live import GenerationNotFoundError, LiveKnowledgeBase
from kb.errors import ReceiptError
from kb.receipts import load_receipt
from kb.records import Answer, Citation, Document, Span

_GENERATION = re.compile(r"g[0-9]{6,}-[0-9a-f]{8}")


class Standing(Enum):
    """How the text that is shown relates to the one that was asked for."""

    PRESENT = auto()  # the live edition, and the one asked for
    EARLIER = auto()  # an earlier edition, as asked for
    SUCCESSOR = auto()  # the live edition, because the one asked for is gone


@dataclass(frozen=True, kw_only=True, slots=True)
class Address:
    """What a reader's address asks for, as it was written: nothing of it is trusted."""

    document: str
    generation: str | None = None
    start: str | None = None
    end: str | None = None
    receipt: str | None = None
    citation: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Trail:
    """The citations of one answer and which of them is shown."""

    answer: Answer
    position: int  # in `answer.citations`, from 0

    @property
    def current(self) -> Citation:
        """The one shown."""
        return self.answer.citations[self.position]

    def neighbour(self, step: int) -> Citation | None:
        """The citation `step` places on, or None past either end."""
        position = self.position + step
        return self.answer.citations[position] if 0 <= position < len(self.answer.citations) else None


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """What to show. `asked_words`: whether particular words were asked for; `words`: what they are, where known."""

    document: Document
    generation: str
    standing: Standing
    quote: Span | None
    asked_words: bool
    words: str | None = None
    asked_generation: str | None = None


def find_trail(live: LiveKnowledgeBase, address: Address) -> Trail | None:
    """The answer's citations, where the address carries a receipt that is still kept and cites this document."""
    if not address.receipt or not address.citation:
        return None
    try:
        answer = load_receipt(live.home, address.receipt).answer
    except ReceiptError:
        return None  # receipts are deleted after a time; the document can be read without
    for position, citation in enumerate(answer.citations):
        if str(citation.number) == address.citation and citation.document == address.document:
            return Trail(answer=answer, position=position)
    return None


def find_place(live: LiveKnowledgeBase, address: Address, trail: Trail | None) -> Place:
    """The edition and the words. Raises DocumentNotFoundError and GenerationError where nothing can be shown.

    A span belongs to the generation that the address names, or else to that of the receipt.
    """
    present, _ = live.documents()
    spans_of = address.generation or (trail.answer.generation if trail else None) or present
    wanted = address.generation or present
    asked = address.start is not None or address.end is not None
    words = trail.current.quote if trail else None
    try:
        found, document = live.document(address.document, wanted)
        standing = Standing.PRESENT if found == present else Standing.EARLIER
    except GenerationNotFoundError:
        if not _GENERATION.fullmatch(wanted):
            raise
        found, document = live.document(address.document)
        standing = Standing.SUCCESSOR
    if found == spans_of:
        quote = _span(address, trail, document)
        asked = asked or trail is not None
    else:
        near = trail.current.start if trail else 0
        quote, asked = _verbatim(words, near, document), asked or words is not None
    return Place(
        document=document,
        generation=found,
        standing=standing,
        quote=quote,
        asked_words=asked,
        words=words,
        asked_generation=wanted,
    )


def _span(address: Address, trail: Trail | None, document: Document) -> Span | None:
    """The span that the address names, else the receipt, if it is one of this text."""
    if trail is not None and address.start is None and address.end is None:
        span = Span(start=trail.current.start, end=trail.current.end)
    else:
        try:
            span = Span(start=int(address.start or ""), end=int(address.end or ""))
        except ValueError:
            return None
    return span if 0 <= span.start < span.end <= len(document.text) else None


def _verbatim(words: str | None, near: int, document: Document) -> Span | None:
    """Where the words stand in a text, at the place nearest to where they stood; never anything merely like them."""
    if not words:
        return None
    starts = [match.start() for match in re.finditer(rf"(?<!\w){re.escape(words)}(?!\w)", document.text)]
    if not starts:
        return None
    start = min(starts, key=lambda place: abs(place - near))
    return Span(start=start, end=start + len(words))
