"""References to articles and sections that a held law does not have."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

from ingest.checks.extract import Extracted, Reference
from ingest.checks.findings import FileLines
from kb.records import Authority, Document, Finding
from kb.text.references import find_references
from kb.text.words import fold

_LAWS = frozenset({Authority.STATUTE, Authority.REGULATION})
_ENOUGH = 5  # articles; a law of which fewer are held is an excerpt, and what it lacks is not missing
_ARTICLE = re.compile(
    r"(?P<law>.+?) arts?\. (?P<article>\d+(?:-[A-Z]{1,2}\b| [A-Z]\b)?(?: (?:Bis|Ter|Qu[aá]ter|Quinquies)\b)?)",
    re.IGNORECASE,
)
_SECTION = re.compile(r"(?P<law>\d+ CFR \d+)\.(?P<article>\d+)")
_RANGE = re.compile(r" arts\. ")


def articles_of(document: Document) -> frozenset[tuple[str, str]]:
    """Law and article of every place whose own text a document holds; nothing of what is no law."""
    if document.metadata.authority not in _LAWS:
        return frozenset()
    return frozenset(place for pinpoint in _pinpoints(document) if (place := _place(pinpoint)) is not None)


def references_in(document: Document) -> Iterator[Reference]:
    """The references to one article or section, each once, at its first place."""
    seen: set[str] = set()
    for reference in find_references(document.text):
        canonical = reference.canonical
        place = _place(canonical)
        # A range may run over numbers that a reform took out.
        if place is not None and canonical not in seen and not _RANGE.search(canonical):
            seen.add(canonical)
            yield Reference(canonical=canonical, law=place[0], article=place[1], start=reference.start)


def check_references(extracted: Sequence[Extracted], lines: FileLines) -> list[Finding]:
    """Broken references, each once a document and place. Empty where no law is held."""
    held = _held_articles(extracted)
    return [finding for item in extracted for finding in _broken(item, held, lines)]


def _held_articles(extracted: Sequence[Extracted]) -> dict[str, set[str]]:
    """The articles of each law whose own text is held."""
    held: dict[str, set[str]] = defaultdict(set)
    for item in extracted:
        for law, article in item.extract.articles:
            held[law].add(article)
    return {law: articles for law, articles in held.items() if len(articles) >= _ENOUGH}


def _pinpoints(document: Document) -> Iterator[str]:
    for section in document.sections:
        if section.pinpoint:
            yield section.pinpoint
    for passage in document.passages:
        if passage.pinpoint:
            yield passage.pinpoint


def _place(canonical: str) -> tuple[str, str] | None:
    """Law and article of a reference in canonical form; None where it names no single article of a law."""
    match = _SECTION.match(canonical) or _ARTICLE.match(canonical)
    return (match["law"], fold(match["article"])) if match else None


def _broken(item: Extracted, held: dict[str, set[str]], lines: FileLines) -> Iterator[Finding]:
    for reference in item.extract.references:
        if reference.law in held and reference.article not in held[reference.law]:
            yield lines.finding(
                item.document,
                "broken-reference",
                f"refers to {reference.canonical}, but the text of {reference.law} that is held has no such article",
                "correct the number, or take in the edition that has it",
                at=reference.start,
            )
