"""Figures of an answer that another document in force contradicts, and what the reader is told of it."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from kb.contradictions import Difference, Kind, KnownValues, Stated, difference_of, figures_in, kind_of
from kb.records import Authority, Citation, Document, Language, Notice, NoticeKind, Passage, Span, Unit

_AUTHORITIES = {
    Authority.STATUTE: "ley",
    Authority.REGULATION: "reglamento",
    Authority.AGENCY: "autoridad",
    Authority.INTERNAL: "guía interna",
    Authority.VENDOR: "proveedor",
}
_LONGEST_DOCUMENT = (
    100  # passages that are read of a document to see whether it knows both figures; found ones always are
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Conflict:
    """A cited figure and the one that contradicts it, which stands in a sentence that may not be cited yet."""

    cited: Stated
    number: int  # of the citation
    other: Stated
    difference: Difference

    @property
    def span(self) -> Span:
        """The sentence of the other side."""
        return Span(start=self.other.unit.start, end=self.other.unit.end)


def find_conflicts(
    citations: Sequence[Citation], documents: dict[str, Document], found: Iterable[Passage], as_of: date
) -> list[Conflict]:
    """Conflicts of cited sentences with the passages found for the question, at most one for each citation.

    Only documents in force on `as_of` are compared. Misplaced passages contradict nothing: they answer another question.
    """
    passages = {passage.id: passage for passage in found if not passage.misplaced}
    cited = [(citation.number, item) for citation in citations for item in _cited(citation, documents)]
    if not cited:
        return []
    others = [
        item
        for passage in passages.values()
        if documents[passage.document_id].metadata.in_force(as_of)
        for unit in passage.units
        for item in figures_in(documents[passage.document_id], passage, unit)
    ]
    by_kind: dict[Kind, list[Stated]] = defaultdict(list)  # others can't differ: most pairs are of two kinds
    for other in others:
        by_kind[kind_of(other)].append(other)
    conflicts: dict[int, Conflict] = {}
    for number, item in cited:
        for other in by_kind[kind_of(item)]:
            if number in conflicts or not item.document.metadata.in_force(as_of):
                break
            difference = difference_of(item, other, as_of.year)
            if difference is not None and (
                difference is Difference.MODAL or not _either_knows_both(item, other, others, as_of)
            ):
                conflicts[number] = Conflict(cited=item, number=number, other=other, difference=difference)
    return list(conflicts.values())


def _cited(citation: Citation, documents: dict[str, Document]) -> Iterator[Stated]:
    """The figures of the sentences that a citation quotes."""
    document = documents[citation.document]
    for passage in document.passages:
        if passage.start < citation.end and citation.start < passage.end:
            for unit in passage.units:
                if citation.start < unit.end <= citation.end:  # the first may stand without its leading yes or no
                    yield from figures_in(document, passage, unit)


def _either_knows_both(one: Stated, other: Stated, found: Sequence[Stated], as_of: date) -> bool:
    stated = [*found]
    for document in (one.document, other.document):
        if len(document.passages) <= _LONGEST_DOCUMENT:
            stated.extend(_figures(document))
    known = KnownValues(stated, as_of.year)
    return known.know(one, other) or known.know(other, one)


def _figures(document: Document) -> Iterator[Stated]:
    for passage in document.passages:
        for unit in passage.units:
            yield from figures_in(document, passage, unit)


def conflict_notice(conflict: Conflict, other_number: int, language: Language) -> Notice:
    """Says what both sides state and which binds more; its citations are those of both."""
    first, second = sorted((conflict.cited, conflict.other), key=lambda item: item.document.metadata.authority.rank)
    alike = first.document.metadata.authority is second.document.metadata.authority
    spanish = language is Language.ES
    sides = [_side(item, conflict.difference, spanish=spanish) for item in (first, second)]
    if spanish:
        binding = (
            "Ambas fuentes tienen el mismo rango; confirme cuál es correcta."
            if alike
            else f"Obliga más la primera ({_AUTHORITIES[first.document.metadata.authority]})."
        )
        text = f"Las fuentes se contradicen: {sides[0]}; {sides[1]}. {binding}"
    else:
        binding = (
            "Both sources have the same authority; confirm which one is right."
            if alike
            else f"The first is more binding ({first.document.metadata.authority.value})."
        )
        text = f"Sources contradict each other: {sides[0]}; {sides[1]}. {binding}"
    return Notice(kind=NoticeKind.CONFLICT, text=text, citations=tuple(sorted((conflict.number, other_number))))


def _side(item: Stated, difference: Difference, *, spanish: bool) -> str:
    title = f"«{item.document.metadata.title}»" if spanish else f"“{item.document.metadata.title}”"
    said = _sentence(item.document, item.unit) if difference is Difference.MODAL else item.written
    return f"{title} dice {said}" if spanish else f"{title} says {said}"


def _sentence(document: Document, unit: Unit) -> str:
    return "“" + " ".join(document.text[unit.start : unit.end].split()) + "”"
