"""Whether documents in force contradict each other: the same subject, the same unit, another figure or modal verb.

Precision comes first: a missed contradiction costs a second look, a false one costs trust. Two sentences are taken to
speak of one thing only where they name the same telling concepts and nearly the same other words, and not where either
document states the other's figure as well: who knows both figures tells two things apart.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from itertools import chain

from msgspec import Struct

from kb.figures import Figure, Modality, Role, find_figures
from kb.records import Authority, Document, Jurisdiction, Language, Passage, Unit

# Who is meant and on what occasion: sentences on one thing differ in these.
_WEAK = frozenset(
    """worker employer company vendor client mexico usa government document verify payment contract lft finalised media delay
    contributions individual hire audit records""".split()
)
# What a figure is called; its unit and role say the same.
_MEASURES = frozenset("penalty salary cap deadline reserve mandatory share".split())
_PERIODS = frozenset("annual monthly daily".split())
_ALIKE = 0.6  # overlap of two subjects, in [0, 1], from which they count as one
_CONTAINED = 0.4  # the same where one subject holds all of the other
_SAME_WORDS = 0.8  # the same where only the modal verb differs, or no telling concept is named
_ENOUGH_WORDS = 4.0  # weight of the shared words that make a subject without a telling concept
_AGREEING = 3  # documents that make a figure the agreed one, if they are two thirds of those that state one
_AKIN = 0.3  # overlap of subjects that suffices against an agreed figure
_LAW = frozenset({Authority.STATUTE, Authority.REGULATION})
_Polarity = tuple[Modality, bool]
Kind = tuple[Jurisdiction, Language, str, str, int, int, int]
_OPPOSED: frozenset[frozenset[_Polarity]] = frozenset(
    frozenset(pair)
    for pair in (
        ((Modality.DUTY, False), (Modality.PERMISSION, False)),
        ((Modality.DUTY, False), (Modality.ADVICE, False)),
        ((Modality.DUTY, False), (Modality.DUTY, True)),
        ((Modality.DUTY, False), (Modality.PERMISSION, True)),
        ((Modality.PERMISSION, False), (Modality.PERMISSION, True)),
    )
)


class Difference(StrEnum):
    """In what two figures differ."""

    NUMBER = "number"
    DEADLINE = "deadline"
    MODAL = "modal"


class Stated(Struct, frozen=True, kw_only=True):
    """A figure with the sentence that states it."""

    document: Document
    passage: Passage
    unit: Unit
    figure: Figure
    rank: int  # its place among the figures of its unit and role in its clause, from 0
    count: int  # how many those are
    beside: frozenset[tuple[Decimal, ...]]  # values of all figures of its unit in the sentence, its own included

    @property
    def written(self) -> str:
        """The figure as it stands in the sentence."""
        begin = self.unit.start
        return self.document.text[begin + self.figure.start : begin + self.figure.end].strip(" ,")


@dataclass(frozen=True, kw_only=True, slots=True)
class Contradiction:
    """Two figures that can't both hold. `first` is of the more binding document, or of the one that comes first."""

    first: Stated
    second: Stated
    difference: Difference


def figures_in(document: Document, passage: Passage, unit: Unit) -> list[Stated]:
    """The figures of one sentence, in order."""
    figures = find_figures(document.text[unit.start : unit.end], passage.language)
    if not figures:
        return []
    groups: dict[tuple[str, str, Role, int], list[Figure]] = defaultdict(list)
    for figure in figures:
        groups[figure.unit, figure.per, figure.role, figure.clause].append(figure)
    return [
        Stated(
            document=document,
            passage=passage,
            unit=unit,
            figure=figure,
            rank=rank,
            count=len(group),
            beside=frozenset(other.values for other in figures if other.unit == figure.unit),
        )
        for group in groups.values()
        for rank, figure in enumerate(group)
    ]


def kind_of(stated: Stated) -> Kind:
    """What two figures must have in common to be compared at all."""
    figure = stated.figure
    where = stated.document.metadata.jurisdiction, stated.passage.language
    return *where, figure.unit, figure.per, len(figure.values), stated.rank, stated.count


def difference_of(one: Stated, other: Stated, year: int) -> Difference | None:
    """In what two sentences on the same thing differ; None where they agree or speak of different things.

    `year` is the one whose law is meant: what names no year is of that year.
    """
    first, second = one.figure, other.figure
    if not _comparable(one, other, year):
        return None
    overlap = subject_overlap(first, second)
    if first.values == second.values:
        opposed = frozenset({_polarity(first), _polarity(second)}) in _OPPOSED
        return Difference.MODAL if opposed and first.role is second.role and overlap >= _SAME_WORDS else None
    if overlap < _ALIKE or first.negated != second.negated or not _exclude(first, second):
        return None
    if first.values in other.beside or second.values in one.beside:
        return None
    return Difference.DEADLINE if first.role is Role.DEADLINE else Difference.NUMBER


def _polarity(figure: Figure) -> _Polarity:
    return figure.modality, figure.negated


def _comparable(one: Stated, other: Stated, year: int) -> bool:
    """Whether two figures are of one kind and time, whatever they speak of."""
    first, second = one.figure, other.figure
    return (
        one.document.id != other.document.id
        and kind_of(one) == kind_of(other)
        # Two laws set figures for different things in the same words.
        and not {one.document.metadata.authority, other.document.metadata.authority} <= _LAW
        and (first.modality is Modality.CONDITIONAL) == (second.modality is Modality.CONDITIONAL)
        and (first.unit == "date" or _same_years(first, second, year))
        and not (first.unit == "date" and (first.role not in {Role.DEADLINE, Role.AFTER}))
    )


def _same_years(first: Figure, second: Figure, year: int) -> bool:
    return (first.years or {year}) == (second.years or {year})


def _exclude(first: Figure, second: Figure) -> bool:
    """Whether two unequal figures can't both hold in their roles."""
    if first.role is second.role:
        return True
    bounds = {first.role: first.values[-1], second.role: second.values[-1]}
    if Role.VALUE not in bounds or len(first.values) > 1:
        return False
    value = bounds[Role.VALUE]
    return (Role.AT_LEAST in bounds and value < bounds[Role.AT_LEAST]) or (
        Role.AT_MOST in bounds and value > bounds[Role.AT_MOST]
    )


def telling(figure: Figure) -> frozenset[str]:
    """The concepts that say what a figure is of."""
    return figure.concepts - _WEAK - _MEASURES


def subject_overlap(first: Figure, second: Figure) -> float:
    """How far two figures are of the same thing, in [0, 1]; 0 where each names a telling concept that the other lacks."""
    ours, theirs = telling(first), telling(second)
    apart = ours ^ theirs
    if apart & _PERIODS or len(apart) > 1:
        return 0.0
    shared = _weight(first.concepts & second.concepts, first.words & second.words)
    weights = [_weight(figure.concepts, figure.words) for figure in (first, second)]
    overlap = shared / (sum(weights) - shared) if shared else 0.0
    if not ours & theirs:
        return overlap if overlap >= _SAME_WORDS and shared >= _ENOUGH_WORDS else 0.0
    contained = shared >= min(weights) and shared >= 3  # one telling concept alone is no subject
    return max(overlap, _ALIKE) if contained and overlap >= _CONTAINED else overlap


def _weight(concepts: frozenset[str], words: frozenset[str]) -> float:
    return 2.0 * len(concepts - _WEAK - _MEASURES) + 0.5 * len(concepts & (_WEAK | _MEASURES)) + len(words)


class KnownValues:
    """Which values each document states for a year, of what."""

    def __init__(self, stated: Iterable[Stated], year: int) -> None:
        self._of: dict[tuple[str, str, tuple[Decimal, ...]], list[frozenset[str]]] = defaultdict(list)
        for item in stated:
            if item.figure.unit == "date" or year in (item.figure.years or {year}):
                self._of[item.document.id, item.figure.unit, item.figure.values].append(telling(item.figure))

    def know(self, one: Stated, other: Stated) -> bool:
        """Whether the document of `one` states the value of `other` too, of something alike."""
        places = self._of[one.document.id, other.figure.unit, other.figure.values]
        return any(place & telling(other.figure) for place in places)


def contradictions(stated: Sequence[Stated], year: int) -> list[Contradiction]:
    """All contradictions among figures of documents in force, each pair of sentences once, most binding first."""
    known = KnownValues(stated, year)
    found: dict[tuple[str, int, str, int], Contradiction] = {}
    differing = ((one, other, difference_of(one, other, year)) for one, other in _pairs(stated))
    for one, other, difference in chain(differing, _against_many(stated, year)):
        if difference is None:
            continue
        if difference is not Difference.MODAL and (known.know(one, other) or known.know(other, one)):
            continue
        first, second = sorted((one, other), key=_order)
        key = (first.document.id, first.unit.start, second.document.id, second.unit.start)
        found.setdefault(key, Contradiction(first=first, second=second, difference=difference))
    return sorted(found.values(), key=lambda item: (_order(item.first), _order(item.second)))


def _against_many(stated: Sequence[Stated], year: int) -> Iterator[tuple[Stated, Stated, Difference]]:
    """A rate, a date due or a frequency against the one that several documents agree on, whatever else they say."""
    groups: dict[tuple[str, str, str, Role, bool, frozenset[str]], list[Stated]] = defaultdict(list)
    for item in stated:
        figure = item.figure
        if _names_one_thing(item) and (figure.years or {year}) == {year} and telling(figure):
            kind = (item.document.metadata.jurisdiction, figure.unit, figure.per, figure.role, figure.negated)
            groups[*kind, telling(figure)].append(item)
    for members in groups.values():
        documents: dict[tuple[Decimal, ...], set[str]] = defaultdict(set)
        for item in members:
            documents[item.figure.values].add(item.document.id)
        agreed, by = max(documents.items(), key=lambda entry: len(entry[1]))
        if len(by) < _AGREEING or len(by) * 3 < len(set().union(*documents.values())) * 2:
            continue
        for item in members:
            alone = len(documents[item.figure.values]) == 1 and item.document.id not in by
            alike = [o for o in members if o.figure.values == agreed and _overlap(o, item) >= _AKIN] if alone else []
            if alike:
                against = min(alike, key=lambda o: (o.passage.language is not item.passage.language, _order(o)))
                deadline = item.figure.role is Role.DEADLINE
                yield item, against, Difference.DEADLINE if deadline else Difference.NUMBER


def _overlap(one: Stated, other: Stated) -> float:
    """The overlap of two subjects; across languages, where words can't be compared, that of the concepts."""
    if one.passage.language is other.passage.language:
        return subject_overlap(one.figure, other.figure)
    ours, theirs = one.figure.concepts, other.figure.concepts
    return len(ours & theirs) / len(ours | theirs)


def _names_one_thing(item: Stated) -> bool:
    figure = item.figure
    rate = figure.unit == "%" and figure.role in {Role.VALUE, Role.AT_LEAST, Role.AT_MOST}
    due = figure.unit == "date" and figure.role is Role.DEADLINE
    return (
        (rate or due or figure.role is Role.EVERY)
        and len(item.beside) == 1
        and figure.modality is not Modality.CONDITIONAL
    )


def _order(stated: Stated) -> tuple[int, str, int]:
    return stated.document.metadata.authority.rank, stated.document.id, stated.unit.start


def _pairs(stated: Sequence[Stated]) -> Iterator[tuple[Stated, Stated]]:
    """Pairs of one kind that share a telling concept, each once."""
    groups: dict[tuple[str, str, str, str, int, str], list[int]] = defaultdict(list)
    for position, item in enumerate(stated):
        figure, metadata = item.figure, item.document.metadata
        kind = (metadata.jurisdiction, item.passage.language, figure.unit, figure.per, item.rank)
        for concept in telling(figure) or figure.concepts | figure.words:
            groups[*kind, concept].append(position)
    done: set[tuple[int, int]] = set()
    for members in groups.values():
        free = [position for position in members if stated[position].document.metadata.authority not in _LAW]
        for position in free:
            for other in members:
                pair = (min(position, other), max(position, other))
                if other != position and pair not in done:
                    done.add(pair)
                    yield stated[pair[0]], stated[pair[1]]
