"""References to articles and sections that a held law does not have."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

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


def check_references(documents: Sequence[Document], lines: FileLines) -> list[Finding]:
    """Broken references, each once a document and place. Empty where no law is held."""
    held = _held_articles(documents)
    return [] if not held else [finding for document in documents for finding in _broken(document, held, lines)]


def _held_articles(documents: Sequence[Document]) -> dict[str, set[str]]:
    """The articles of each law whose own text is held."""
    held: dict[str, set[str]] = defaultdict(set)
    for document in documents:
        if document.metadata.authority in _LAWS:
            for pinpoint in _pinpoints(document):
                place = _place(pinpoint)
                if place is not None:
                    held[place[0]].add(place[1])
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


def _broken(document: Document, held: dict[str, set[str]], lines: FileLines) -> Iterator[Finding]:
    seen: set[str] = set()
    for reference in find_references(document.text):
        place = _place(reference.canonical)
        if place is None or place[0] not in held or place[1] in held[place[0]] or reference.canonical in seen:
            continue
        if _RANGE.search(reference.canonical):
            continue  # a range may run over numbers that a reform took out
        seen.add(reference.canonical)
        yield lines.finding(
            document,
            "broken-reference",
            f"refers to {reference.canonical}, but the text of {place[0]} that is held has no such article",
            "correct the number, or take in the edition that has it",
            at=reference.start,
        )
