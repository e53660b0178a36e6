"""Figures that another document in force contradicts, and figures that only a document out of force still states."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date

from ingest.checks.extract import Extracted, PlacedFigure
from ingest.checks.findings import FileLines
from kb.contradictions import Contradiction, Difference, Stated, contradictions, figures_in, subject_overlap, telling
from kb.figures import Role
from kb.records import Document, Finding

_ALIKE = 0.4  # overlap of two subjects from which an old figure counts as used again
_DIFFERS = {Difference.NUMBER: "figure", Difference.DEADLINE: "deadline", Difference.MODAL: "modal verb"}


def placed_figures(document: Document) -> Iterator[PlacedFigure]:
    """All figures of a document, in order."""
    for row, passage in enumerate(document.passages):
        for number, unit in enumerate(passage.units):
            for item in figures_in(document, passage, unit):
                yield PlacedFigure(
                    passage=row,
                    unit=number,
                    figure=item.figure,
                    rank=item.rank,
                    count=item.count,
                    beside=item.beside,
                )


def check_figures(extracted: Sequence[Extracted], today: date, lines: FileLines) -> list[Finding]:
    """Contradicting and superseded figures, in the order of documents."""
    in_force = [figure for item in extracted if item.document.metadata.in_force(today) for figure in _stated(item)]
    ended = [item for item in extracted if _has_ended(item.document, today)]
    against = [_contradicting(found, lines) for found in contradictions(in_force, today.year)]
    return [*against, *_superseded(in_force, ended, [item.document for item in extracted], today, lines)]


def _stated(item: Extracted) -> Iterator[Stated]:
    return (placed.stated(item.document) for placed in item.extract.figures)


def _has_ended(document: Document, today: date) -> bool:
    return document.metadata.effective_to is not None and document.metadata.effective_to <= today


def _contradicting(found: Contradiction, lines: FileLines) -> Finding:
    """Told of the less binding document; of two alike, of the later one."""
    binding, other = found.first, found.second
    higher = binding.document.metadata.authority
    alike = higher is other.document.metadata.authority
    standing = "of the same authority" if alike else f"{higher.value}, which is more binding"
    said = (
        f"{binding.written!r} with another modal verb"
        if found.difference is Difference.MODAL
        else repr(binding.written)
    )
    return lines.finding(
        other.document,
        "contradicting-figure",
        f"says {other.written!r}, but {lines.place(binding.document, binding.unit.start)} ({standing}) says {said}: "
        f"{_sentence(binding)}",
        f"check the {_DIFFERS[found.difference]} in the source of both; "
        + ("correct the one that is wrong" if alike else "correct this one, or name why it differs"),
        at=other.unit.start,
    )


def _sentence(stated: Stated, longest: int = 160) -> str:
    text = " ".join(stated.document.text[stated.unit.start : stated.unit.end].split())
    return f'"{text}"' if len(text) <= longest else f'"{text[:longest].rsplit(" ", 1)[0]} …"'


def _superseded(
    in_force: Sequence[Stated], ended: Sequence[Extracted], documents: Sequence[Document], today: date, lines: FileLines
) -> Iterator[Finding]:
    """Figures stated as current that stand elsewhere only in a document that is out of force."""
    old = defaultdict(list)
    for former in ended:
        for item in _stated(former):
            old[item.figure.unit, item.figure.values].append(item)
    holders = defaultdict(set)
    for item in in_force:
        if _is_current(item, today):
            holders[item.figure.unit, item.figure.values].add(item.document.id)
    for item in in_force:
        key = (item.figure.unit, item.figure.values)
        if not _is_current(item, today) or item.figure.unit == "date" or holders[key] != {item.document.id}:
            continue
        same = [other for other in old[key] if _is_of_the_same(item, other)]
        if same:
            nearest = max(same, key=lambda other: subject_overlap(item.figure, other.figure))
            yield _superseded_finding(item, nearest, documents, lines)


def _is_current(item: Stated, today: date) -> bool:
    return item.figure.years <= {today.year}


def _is_of_the_same(item: Stated, former: Stated) -> bool:
    roles = {Role.VALUE, Role.AT_LEAST, Role.AT_MOST, item.figure.role}
    return (
        former.document.metadata.jurisdiction is item.document.metadata.jurisdiction
        and former.figure.role in roles
        and bool(telling(item.figure) & telling(former.figure))
        and (
            item.passage.language is not former.passage.language
            or subject_overlap(item.figure, former.figure) >= _ALIKE
        )
    )


def _superseded_finding(item: Stated, former: Stated, documents: Sequence[Document], lines: FileLines) -> Finding:
    successor = next((d for d in documents if former.document.id in d.metadata.supersedes), None)
    then = f"; {successor.path} replaces it" if successor else ""
    return lines.finding(
        item.document,
        "superseded-figure",
        f"says {item.written!r}, which otherwise stands only in "
        f"{lines.place(former.document, former.unit.start)}, out of force since {former.document.metadata.effective_to}{then}",
        "put the present figure, or say for which year this one held",
        at=item.unit.start,
    )
