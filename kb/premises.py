"""What a question takes for granted, where the sources say otherwise: "Since PTU is 15 %, …", "…, right?".

Told apart by figures: a value that the question asserts, against the value that the sentence nearest in meaning gives for
the same subject in the same unit. By denial: an assertion that one of the nearest sentences answers with "No". And by
reading an assertion together with the nearest sentence (`kb.models.contradiction_reader`). A figure of the asker's own case
("our 40 agents") is no assertion on the law.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from kb.assertions import Assertion, Stance, assertions_of, is_own_case
from kb.figures import Figure, Modality, Role, find_figures, flat, period_of
from kb.records import Language, Notice, NoticeKind
from kb.text.connectives import leans_back
from kb.text.words import fold, number_of, stem

# On folded text. What says that something ended denies it as well.
_DENIES = re.compile(
    r"\b(?:no|not|never|nobody|none|nunca|ningun[oa]?|ni|nadie|without|sin|repealed|abolished|scrapped|vacated|dropped|gone|ended|"
    r"derogad[oa]s?|abrogad[oa]s?|eliminad[oa]s?|suprimid[oa]s?|desaparecieron|desaparecio)\b|n['’]t\b"
)
_WITHIN_ONE = re.compile(r"\b(?:in|en|per|por) (?:one|an?|una?) \w+$")
# But for "those first three days": so long a time is meant, no period of the law.
_THE = re.compile(
    r"\b(?:the|those|these|that|el|la|los|las|esos|esas|ese|esa)\b(?: (?!first|last|primer|ultim)[a-z-]+)?\W*$"
)
_A_YEAR = re.compile(r"(?:19|20)\d\d (?:pesos|dollars|dolares)")
_AGO = re.compile(r" (?:ago|atras)\b")
_SINCE = re.compile(r"\bhace (?:ya |mas de |casi |unos |unas )?$")
_COUNT = re.compile(
    r"(?<![\w.,$%§-])(?P<number>[2-9]|[1-9]\d|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dos|tres|cuatro|cinco|seis|siete|"
    r"ocho|nueve|diez|once|doce) (?:[a-z]+ ){0,2}?(?P<things>[a-z]{3,}s)\b"
)
_CLAUSE_ENDS = re.compile(r"[;:,.] ")
_EVERY = re.compile(
    r"\b(?:(?:every|each|cada) (?P<unit>day|week|month|year|dia|semana|mes|ano)|"
    r"(?P<adverb>annually|yearly|monthly|weekly|daily|anualmente|mensualmente))\b"
)
_MEASURES = frozenset(
    "days dias weeks semanas months meses years anos hours horas minutes minutos times veces pesos dollars dolares umas workers employees "
    "trabajadores empleados individuals patients pacientes personas residents residentes less menos".split()
)
_NO_LAW = frozenset({"person", "minute"})  # units of the asker's own case
_MONEY = frozenset({"MXN", "USD"})  # so much of it stands everywhere that also the period must be the same
# Measured on the fit half of evals/sets/premises.jsonl, by centred cosines, of which 0.5 is near and 0.2 is far.
_BEHIND_THE_NEAREST = 0.047  # how much less near a sentence on the same thing may be than the nearest of all
_BEFORE_AGREEMENT = 0.013  # how much nearer it must be than a sentence that has the asserted value
_OTHER_WORDING = 0.20  # how much less near a sentence in the question's language may be than one in the other
_FIGURES = 5  # a sentence with more of them is a table: one of its figures will differ
_ANSWERED_AMONG = 3  # nearest sentences of which one may deny
# From where a sentence counts as contradicting, and the words of an assertion, beyond which it's unlike those that reading was
# learned from (of these 97 of a hundred are no longer). On the fit half 26 of a hundred false premises in words are so found,
# and 1 of a hundred right ones; without the limit 35 and 5. To read more than the nearest sentence finds more of both.
_CONTRADICTS, _LONGEST_READ = 0.85, 13
_HOURS = {"hour": 1, "day": 24, "business day": 24, "week": 168, "month": 730, "year": 8_760}
_NEARLY = 0.7  # a month is 30 days, or 20 working ones
_FAR = 25  # six hours and two months are no times of one thing, 72 hours and 60 days may be
_SURE = frozenset({Stance.SUPPOSED, Stance.CONFIRM})
_SAME_QUESTION = 0.85  # cosine of assertion and heading
_NEAREST_SAME_QUESTION = 0.83  # that of the nearest sentence


@dataclass(frozen=True, kw_only=True, slots=True)
class Near:
    """A sentence near an assertion."""

    text: str
    language: Language
    meaning: float  # centred cosine of the tuned assertion and the sentence
    heading: float  # cosine of assertion and governing heading; 0 where there is none


@dataclass(frozen=True, kw_only=True, slots=True)
class FalsePremise:
    """What the nearest sentences have instead of what the question asserts."""

    asserted: str
    stated: str
    sentence: str  # in which that stands
    row: int  # of the sentence that says otherwise, among those given
    denies: bool  # with a "No" to the assertion
    read: bool = False  # told by reading both, which errs more than comparing figures


def can_be_read(assertion: Assertion) -> bool:
    """Whether an assertion, be it without figures, is so sure that a sentence may contradict it."""
    short = len(assertion.whole.split()) <= _LONGEST_READ
    return short and assertion.stance in _SURE and not is_own_case(assertion.whole)


def find_contradiction(assertion: Assertion, language: Language, nearest: Near, likely: float) -> FalsePremise | None:
    """What the nearest sentence says otherwise, where it's `likely` enough, in [0, 1], that it contradicts.

    Figures are compared as such: where both have some, reading takes the one for the other's.
    """
    figures = _asserted_figures(assertion, language) and _figures(nearest.text, nearest.language)
    if likely < _CONTRADICTS or figures:
        return None
    text = nearest.text
    return FalsePremise(
        asserted=assertion.text, stated=text, sentence=text, row=0, denies=_opens_with_no(text), read=True
    )


def to_confirm(question: str, *, own_case: bool) -> list[Assertion]:
    """What a question wants to hear confirmed: "…, right?"."""
    return [item for item in assertions_of(question, own_case=own_case) if item.stance is Stance.CONFIRM]


def denies(assertion: Assertion) -> bool:
    """Whether an assertion says that something is not so."""
    return bool(_DENIES.search(fold(assertion.text)))


def states_figures_of(assertion: Assertion, language: Language, text: str, its_language: Language) -> bool:
    """Whether a text states each figure of the law that an assertion has."""
    stated = _figures(text, its_language)
    return all(_states(figure, stated) for figure in _asserted_figures(assertion, language))


def can_be_compared(assertion: Assertion, language: Language) -> bool:
    """Whether an assertion has what could be found to be otherwise: a figure, or something that a "No" could answer."""
    return _could_be_denied(assertion) or bool(_asserted_figures(assertion, language))


def find_false_premise(assertion: Assertion, language: Language, near: Sequence[Near]) -> FalsePremise | None:
    """The denial of what is asserted, else the first asserted figure that the nearest sentence on it contradicts."""
    order = sorted(range(len(near)), key=lambda row: -near[row].meaning)
    stated = {row: _figures(near[row].text, near[row].language) for row in order}
    asserted = _asserted_figures(assertion, language)
    denying = _row_that_denies(asserted, order, near, stated) if _could_be_denied(assertion) else None
    if denying is not None:
        text = near[denying].text
        return FalsePremise(asserted=assertion.text, stated=text, sentence=text, row=denying, denies=True)
    for figure in asserted:
        differing = _another_value(figure, order, near, stated)
        if differing is None and assertion.stance in _SURE:
            differing = _another_time(figure, order, near, stated)
        if differing is not None:
            row, other = _said_best(language, figure, *differing, order, near, stated)
            sentence = near[row].text
            values = {one.values for one in stated[row] if _unit_of(one) == _unit_of(other)}
            return FalsePremise(
                asserted=_written(assertion.text, figure),
                # Of "30 days, and 180 for managers" the one without the other would mislead.
                stated=_written(sentence, other) if len(values) == 1 else sentence,
                sentence=sentence,
                row=row,
                denies=False,
            )
        proposing = None
        if assertion.stance in _SURE:
            proposing = _row_that_denies_or_proposes(language, figure, order, near, stated)
        if proposing is not None:
            text = near[proposing].text
            return FalsePremise(asserted=assertion.text, stated=text, sentence=text, row=proposing, denies=False)
    return None


def _could_be_denied(assertion: Assertion) -> bool:
    return assertion.stance in _SURE and not denies(assertion)


def _asserted_figures(assertion: Assertion, language: Language) -> list[Figure]:
    """The figures of an assertion that are the law's; a rate is also where the rest is the asker's own case."""
    loose = assertion.stance in (Stance.TOLD, Stance.ASKED)
    own_case = loose and is_own_case(assertion.text)
    flattened = flat(assertion.text)

    def is_asserted(figure: Figure) -> bool:
        before = flattened[: figure.start]
        if assertion.stance is Stance.ASKED and not _THE.search(before):
            return False  # "after six years" is a case to be told the law of
        if figure.unit in _MONEY and _A_YEAR.match(flattened[figure.start :]):
            return False  # "the fines in 2026 pesos"
        if _AGO.match(flattened[figure.end :]) or _SINCE.search(before):
            return False  # "three years ago", "desde hace tres años"
        told = loose or (assertion.stance is Stance.SUPPOSED and figure.role is Role.VALUE)
        return not (told and figure.unit in _NO_LAW) and not _WITHIN_ONE.search(flattened[: figure.end])

    return [
        figure
        for figure in _figures(assertion.text, language)
        if figure.unit and (figure.unit == "%" or not own_case) and is_asserted(figure)
    ]


def _figures(text: str, language: Language) -> tuple[Figure, ...]:
    """The figures of a sentence, and how many things of a kind it counts: ten duties."""
    return (*find_figures(text, language), *_periods(text, language), *_counts(text, language))


def _periods(text: str, language: Language) -> Iterator[Figure]:
    """How often something is done, without a number: "every year" is every 1 year."""
    flattened = flat(text)
    for match in _EVERY.finditer(flattened):
        unit = period_of(match)
        clause = _CLAUSE_ENDS.split(flattened[: match.start()])[-1] + _CLAUSE_ENDS.split(flattened[match.end() :])[0]
        concepts = {
            c for figure in find_figures(text[: match.start()] + f" 1 {unit}", language) for c in figure.concepts
        }
        yield Figure(
            values=(Decimal(1),),
            unit=unit,
            per="",
            role=Role.EVERY,
            modality=Modality.STATEMENT,
            negated=bool(_DENIES.search(clause)),
            concepts=frozenset(concepts),
            words=frozenset(),
            years=frozenset(),
            clause=0,
            start=match.start(),
            end=match.end(),
        )


def _counts(text: str, language: Language) -> Iterator[Figure]:
    for match in _COUNT.finditer(flat(text)):
        if match["things"] not in _MEASURES:
            yield Figure(
                values=(Decimal(number_of(match["number"]) or match["number"]),),
                unit=f"of {stem(match['things'], language)}",
                per="",
                role=Role.VALUE,
                modality=Modality.STATEMENT,
                negated=False,
                concepts=frozenset({"count"}),
                words=frozenset(),
                years=frozenset(),
                clause=0,
                start=match.start(),
                end=match.end(),
            )


def _row_that_denies(
    asserted: Sequence[Figure], order: Sequence[int], near: Sequence[Near], stated: dict[int, tuple[Figure, ...]]
) -> int | None:
    """A "No" to the question that the assertion would answer, unless it goes on to state the asserted figure."""
    for place, row in enumerate(order[:_ANSWERED_AMONG]):
        enough = _SAME_QUESTION if place else _NEAREST_SAME_QUESTION
        if near[row].heading < enough or not _opens_with_no(near[row].text):
            continue
        goes_on = [other for other in stated[row] if not other.negated]
        if not any(_states(figure, goes_on) for figure in asserted):
            return row
    return None


def _another_value(
    figure: Figure, order: Sequence[int], near: Sequence[Near], stated: dict[int, tuple[Figure, ...]]
) -> tuple[int, Figure] | None:
    """The row of the nearest sentence on the same thing and its other value, if none about as near has the asserted one."""
    agreeing = max((near[row].meaning for row in order if _states(figure, stated[row])), default=-1.0)
    for row in order:
        meaning = near[row].meaning
        if meaning < near[order[0]].meaning - _BEHIND_THE_NEAREST or agreeing > meaning - _BEFORE_AGREEMENT:
            return None
        others = [other for other in stated[row] if _comparable(figure, other)]
        of_unit = {other.values for other in stated[row] if _unit_of(other) == _unit_of(figure)}
        if others and len(of_unit) == 1 and len(stated[row]) <= _FIGURES:
            return row, others[0]
    return None


def _another_time(
    figure: Figure, order: Sequence[int], near: Sequence[Near], stated: dict[int, tuple[Figure, ...]]
) -> tuple[int, Figure] | None:
    """As `_another_value`, of a time that is told in another unit: two weeks where five days are stated."""
    asserted = _hours(figure)
    if asserted is None:
        return None
    for row in order:
        if near[row].meaning < near[order[0]].meaning - _BEHIND_THE_NEAREST:
            return None
        times = [(hours, other) for other in stated[row] if (hours := _hours(other)) is not None]
        if any(_NEARLY < hours / asserted < 1 / _NEARLY for hours, _ in times):
            return None
        if len(times) == 1 and len(stated[row]) <= _FIGURES:
            hours, other = times[0]
            if 1 / _FAR < hours / asserted < _FAR and _on_the_same(figure, other):
                return row, other
    return None


def _hours(figure: Figure) -> float | None:
    """How long a time of one length is; None of a span between two, a time each so often, and what is no time."""
    if figure.unit not in _HOURS or len(set(figure.values)) != 1 or figure.per or figure.role is Role.EVERY:
        return None
    return float(figure.values[0]) * _HOURS[figure.unit] or None


def _row_that_denies_or_proposes(
    language: Language,
    figure: Figure,
    order: Sequence[int],
    near: Sequence[Near],
    stated: dict[int, tuple[Figure, ...]],
) -> int | None:
    """The nearest sentence with the asserted figure, in the question's language if one is, where those about as near only
    deny it, or propose it.
    """
    if figure.negated or figure.modality is Modality.CONDITIONAL or figure.unit == "date":
        return None  # a date stands beside what is denied: "not known today, it applies from 1 February"
    least = max((near[row].meaning for row in order), default=0.0) - _BEHIND_THE_NEAREST
    stating = [(row, other) for row in order for other in stated[row] if _same(figure, other)]
    found = [(row, other) for row, other in stating if near[row].meaning >= least]
    if not found or not all(_is_denied_or_proposed(other) for _, other in found):
        return None
    nearest = near[found[0][0]].meaning
    in_language = (
        row
        for row, other in stating
        if near[row].language is language
        and near[row].meaning >= nearest - _OTHER_WORDING
        and _is_denied_or_proposed(other)
    )
    return next(in_language, found[0][0])


def _is_denied_or_proposed(figure: Figure) -> bool:
    return figure.negated or figure.modality is Modality.CONDITIONAL


def _said_best(
    language: Language,
    figure: Figure,
    row: int,
    other: Figure,
    order: Sequence[int],
    near: Sequence[Near],
    stated: dict[int, tuple[Figure, ...]],
) -> tuple[int, Figure]:
    """Of the sentences about as near that give the same other value the one in the question's language with the fewest figures.

    That states a rule; one with more works out an example of it. One that leans on another sentence would open the answer.
    """
    least = near[row].meaning
    found = [(row, other)]
    for place in order:
        slack = _OTHER_WORDING if near[row].language is not language is near[place].language else _BEHIND_THE_NEAREST
        if near[place].meaning >= least - slack and len(stated[place]) <= _FIGURES:
            same = next((one for one in stated[place] if _same(one, other) and _comparable(figure, one)), None)
            if same is not None:
                found.append((place, same))
    return min(
        found,
        key=lambda item: (near[item[0]].language is not language, leans_back(near[item[0]].text), len(stated[item[0]])),
    )


def _states(figure: Figure, others: Sequence[Figure]) -> bool:
    return any(_same(figure, other) for other in others)


def _same(one: Figure, other: Figure) -> bool:
    if one.unit == "date":  # as many numbers as it names: month, day and perhaps the year
        return other.unit == "date" and one.values[:2] == other.values[:2]
    return _unit_of(one) == _unit_of(other) and bool(set(one.values) & set(other.values))


def _unit_of(figure: Figure) -> str:
    """The unit; who asks for a bonus of 30 days does not say that they are days of wages, nor of vacation that it is working days."""
    return "day" if figure.unit in ("day of wages", "business day") else figure.unit


def _comparable(one: Figure, other: Figure) -> bool:
    """Whether both figures are of one unit and subject. Concepts are the same in both languages, words are not."""
    if not _on_the_same(one, other):
        return False
    if one.role is Role.EVERY and other.role is not Role.EVERY:
        return False
    if one.unit == "date" and len(one.values) == 3 and one.role is Role.VALUE and other.role is not Role.VALUE:
        return False  # when something of the asker's happens: "it's 21 November 2026", against "from 1 February 2027"
    periods = (one.per, other.per) if one.unit in _MONEY else (one.per or other.per, other.per or one.per)
    return _unit_of(one) == _unit_of(other) and periods[0] == periods[1]


def _on_the_same(one: Figure, other: Figure) -> bool:
    """Whether both figures are of one subject, and none of a year against another year's."""
    return bool(one.concepts & other.concepts) and not (one.years and not one.years & other.years)


def _opens_with_no(text: str) -> bool:
    return bool(re.match(r"no\b", fold(text).lstrip('"“«')))


def _written(text: str, figure: Figure) -> str:
    return text[figure.start : figure.end].strip(" ,.;")


def premise_notice(found: FalsePremise, number: int, language: Language) -> Notice:
    """Says that the source cited under a number differs, and what it says. The wrong assertion isn't said again: it would be read as ours."""
    sentence = found.sentence if len(found.sentence) <= 160 else f"{found.sentence[:157].rsplit(' ', 1)[0]} …"
    # A figure by itself doesn't say of what it is.
    figure = found.stated if found.stated != found.sentence else None
    if language is Language.ES:
        takes = "parece dar" if found.read else "da"
        said = f"«{sentence}»" if figure is None else f"«{figure}», en «{sentence}»"
        text = f"La pregunta {takes} por hecho algo distinto de lo que dice la fuente: {said}."
    else:
        takes = "seems to take" if found.read else "takes"
        said = f"“{sentence}”" if figure is None else f"“{figure}”, in “{sentence}”"
        text = f"The question {takes} for granted something else than the source says: {said}."
    return Notice(kind=NoticeKind.FALSE_PREMISE, text=text, citations=(number,))
