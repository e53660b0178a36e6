"""Is there enough to answer? A few signals, weighed by a fitted logistic model, and names that must be treated.

The weights stand in `calibration.yaml`, written by `python -m evals.fit` from the fit half of the evaluation sets.
"""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from importlib.resources import files

import yaml

from kb.compose import Quoted
from kb.evidence import Candidate, covered_terms, is_on_law, names_other_years, term_weights, years_of
from kb.forms import Form, has_form
from kb.generation import Generation
from kb.question import Question
from kb.question_kinds import Kind
from kb.question_names import RequiredName, named_in
from kb.records import Language
from kb.retrieve import Prospects
from kb.text.claims import ClaimKind, find_claims
from kb.text.numbers import years_named
from kb.text.places_of_law import Place, closeness, place_of
from kb.text.references import pinpoints_in
from kb.text.words import fold, stem

_WHOLE_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_SET_BY_STATES = frozenset({"payroll-tax"})
# Who asks how to get around a rule is answered with the rule, though it tells no way around it: by so much of the
# threshold.
RULE_SUFFICES = 0.6
# Where each state sets a thing for itself and the very one is treated, what is known of the others speaks against it.
STATE_SUFFICES = 0.5
# A follow-up takes the subject of an answered question along, which speaks for an answer whatever it asks itself. On the fit
# halves 2 of 178 follow-ups that can be answered are below this, of seven fresh ones that can't be answered two.
FOLLOW_UP_NEEDS = 1.9
SIGNALS = ("near", "heading", "meaning", "covered", "together", "form")
# Where questions that the quoted guidance answers are known. What they tell leaves nothing to the words alone.
SIGNALS_WHERE_KNOWN = ("heading", "meaning", "together", "answered", "answerable")


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """Whether to answer. `probability` in [0, 1]; `missing` are names that no evidence treats."""

    sufficient: bool
    probability: float
    signals: dict[str, float]
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Calibration:
    """A logistic model over SIGNALS and the probability from which an answer is given.

    `where_known` is the one over SIGNALS_WHERE_KNOWN, which tells more.
    """

    weights: dict[str, float]
    bias: float
    threshold: float
    where_known: "Calibration | None" = None

    def for_signals(self, signals: dict[str, float]) -> "Calibration":
        """The model that takes these signals."""
        return self.where_known if self.where_known is not None and "answered" in signals else self

    def probability(self, signals: dict[str, float]) -> float:
        """That the evidence suffices."""
        return _logistic(self.bias + sum(weight * signals[name] for name, weight in self.weights.items()))


@lru_cache(maxsize=1)
def load_calibration() -> Calibration:
    """The fitted weights that come with the package."""
    row = yaml.safe_load(files("kb").joinpath("calibration.yaml").read_text(encoding="utf-8"))
    known = row.pop("where_known", None)
    return Calibration(**row, where_known=None if known is None else Calibration(**known))


def judge(
    generation: Generation,
    question: Question,
    prospects: Prospects | None,
    candidates: Sequence[Candidate],
    quoted: Sequence[Quoted],
    calibration: Calibration,
    today: date,
) -> Verdict:
    """Weigh the evidence that an answer would rest on."""
    weights = term_weights(generation, question)
    if not quoted or not any(weights):  # nothing that can be looked for is asked
        return Verdict(sufficient=False, probability=0.0, signals=dict.fromkeys(SIGNALS, 0.0))
    signals = measure(question, weights, prospects, candidates, quoted)
    calibration = calibration.for_signals(signals)
    probability = calibration.probability(signals)
    names = [name for name in question.names if name.place or not _is_vocabulary(generation, name)]
    enough = calibration.threshold * (RULE_SUFFICES if question.evades else 1.0)
    if question.before is not None:
        enough *= FOLLOW_UP_NEEDS
    if question.localities and _asks_of_a_state(question):
        names.extend(question.localities)
        enough *= STATE_SUFFICES
    missing = (
        *(name.shown for name in names if not _treated(name, quoted)),
        *_missing_places(question, quoted),
        *_missing_years(question, quoted, today),
    )
    return Verdict(
        sufficient=not missing and not question.of_vendors_doings and probability >= enough,
        probability=probability,
        signals=signals,
        missing=missing,
    )


def measure(
    question: Question,
    weights: Sequence[float],
    prospects: Prospects | None,
    candidates: Sequence[Candidate],
    quoted: Sequence[Quoted],
) -> dict[str, float]:
    """The signals; all speak for answering. `weights` are those of the terms.

    Each is about in [0, 1] or a little above, but for `answerable`, which is below 0 where an answer is unlikely.
    """
    total = sum(weights) or 1.0
    covers = [_covered(question, item) for item in quoted]
    return {
        # E5 gives unrelated texts 0.75 and the same text 1.0; the part above is what tells.
        "near": 10 * max(max(c.near for c in candidates) - 0.8, 0.0),
        "heading": 10 * max(max(item.candidate.heading for item in quoted) - 0.8, 0.0),
        # Of the tuned question. In the fit halves 0.58 is the median of those that can be answered, 0.38 of the others.
        "meaning": 4 * max(0.0, *(item.candidate.meaning for item in quoted)),
        "covered": sum(weights[i] for i in frozenset().union(*covers)) / total,
        "together": max(sum(weights[i] for i in cover) for cover in covers) / total,
        "form": float(_form_fits(question, quoted, covers, weights)),
        **_signals_where_known(prospects, quoted),
    }


def _signals_where_known(prospects: Prospects | None, quoted: Sequence[Quoted]) -> dict[str, float]:
    """What known questions tell; nothing of evidence that no known question was written for."""
    if prospects is None or not any(item.candidate.known for item in quoted):
        return {}
    return {"answered": prospects.share_answered, "answerable": prospects.log_odds / 4}


def _covered(question: Question, item: Quoted) -> frozenset[int]:
    """Which terms of the whole question a statement and its headings name; a candidate may count those of one part."""
    return covered_terms(question, item.with_headings, item.candidate.passage.language)


def _form_fits(
    question: Question, quoted: Sequence[Quoted], covers: Sequence[frozenset[int]], weights: Sequence[float]
) -> bool:
    """Whether a quoted sentence that treats the question's subject also has what was asked for."""
    if question.form is Form.ANY:
        return True
    named = [sum(weights[i] for i in cover) for cover in covers]
    return any(
        has_form(question.form, item.text) and weight >= 0.8 * max(named)
        for item, weight in zip(quoted, named, strict=True)
    )


def _missing_places(question: Question, quoted: Sequence[Quoted]) -> Iterator[str]:
    """Legal places that the question names and no quoted sentence, heading, source or place of its passage treats."""
    asked = [(reference, place_of(reference)) for reference in question.references]
    stated = [place for item in quoted for place in _places_stated(item)] if asked else []
    for reference, place in asked:
        if place is not None and not any(closeness(other, place) for other in stated):
            yield reference


def _places_stated(item: Quoted) -> Iterator[Place]:
    passage, metadata = item.candidate.passage, item.candidate.document.metadata
    text = " ".join((item.with_headings, metadata.source or ""))
    for canonical in (*pinpoints_in(text), *filter(None, [passage.pinpoint])):
        place = place_of(canonical)
        if place is not None:
            yield place


def _treated(name: RequiredName, quoted: Sequence[Quoted]) -> bool:
    for item in quoted:
        metadata = item.candidate.document.metadata
        text = " ".join((item.with_headings, metadata.title, metadata.source or ""))
        if named_in(name, text):
            return True
    return False


def _asks_of_a_state(question: Question) -> bool:
    """Whether the question is on something that each Mexican state sets for itself."""
    return any(term.concept in _SET_BY_STATES for term in question.terms)


def _is_vocabulary(generation: Generation, name: RequiredName) -> bool:
    """Whether guidance uses all words of a name ("NOTE", "SYSTEM"), those of a whole name together.

    Then they are weighed like other words.
    """
    runs = [spelling.split() for spelling in name.spellings]
    if name.whole:
        return any(
            index.knows_together([stem(token, language) for token in run])
            for language, index in generation.lexical.items()
            for run in runs
        )
    return all(
        any(index.knows(stem(token, language)) for language, index in generation.lexical.items())
        for run in runs
        for token in run
    )


def _missing_years(question: Question, quoted: Sequence[Quoted], today: date) -> tuple[str, ...]:
    """Years in the question that no quoted sentence on its subject names or comes from a document in force then."""
    missing: list[str] = []
    if not question.years:
        return ()
    subjects = {place for place, term in enumerate(question.terms) if not term.is_figure}
    terms = [len(_covered(question, item) & subjects) for item in quoted]
    told = () if _asks_for_a_figure(question) else _told_years(question.text, today)
    for year in question.years:
        if year in told or (year == today.year and any(_is_in_force(item, question, today) for item in quoted)):
            continue
        if not any(
            (_names_year(year, item) or _in_force_during(year, item, today))
            # next year's fines of one country are not the other's
            and is_on_law(question.law, item.candidate.document, item.text, item.candidate.passage.language)
            and count >= max(1, max(terms) - 1)
            and has_form(question.form, item.text)
            for item, count in zip(quoted, terms, strict=True)
        ):
            missing.append(str(year))
    return tuple(missing)


def _told_years(text: str, today: date) -> frozenset[int]:
    """Years of the asker's story, of which the law is asked and no figure: past ones, and those of whole dates.

    "Its registration ends on 10 March 2027" asks nothing of 2027.
    """
    folded = fold(text)
    elsewhere = folded
    for claim in find_claims(text):
        if claim.kind is ClaimKind.DATE and _WHOLE_DATE.fullmatch(claim.value):
            elsewhere = f"{elsewhere[: claim.start]}{' ' * (claim.end - claim.start)}{elsewhere[claim.end :]}"
    undated = years_named(elsewhere)
    return frozenset(year for year in years_named(text) if year <= today.year or year not in undated)


def _names_year(year: int, item: Quoted) -> bool:
    stated = (item.text, *item.candidate.passage.context)
    return any(str(year) in text or year in years_of(text) for text in stated)


def _asks_for_a_figure(question: Question) -> bool:
    return question.kind is Kind.AMOUNT or question.form in (Form.MONEY, Form.PERCENT, Form.COUNT)


def _in_force_during(year: int, item: Quoted, today: date) -> bool:
    """Whether the quoted document is a yearly version that was in force in that year.

    What has no end yet says nothing of the years to come: this year's figure is not next year's.
    """
    metadata = item.candidate.document.metadata
    start, end = metadata.effective_from, metadata.effective_to
    if start is None or not start.year <= year <= start.year + 1:
        return False
    return year <= (today if end is None else end).year


def _is_in_force(item: Quoted, question: Question, today: date) -> bool:
    """Whether what is quoted is in force today and is no figure of other years than those meant."""
    end = item.candidate.document.metadata.effective_to
    return (end is None or end > today) and not names_other_years(question, item.text)


def _logistic(value: float) -> float:
    return 1.0 / (1.0 + math.exp(-max(-60.0, min(60.0, value))))


def reason(question: Question, verdict: Verdict) -> str:
    """Why the knowledge base doesn't answer, in the question's language."""
    spanish = question.language is Language.ES
    if verdict.missing:
        told = ", ".join(verdict.missing)
        # Much may be held on 2019, and yet nothing on what is asked of it.
        of_years = all(map(str.isdigit, verdict.missing))
        if spanish:
            return f"La base de conocimiento no contiene nada sobre{' esto para' if of_years else ''}: {told}."
        return f"The knowledge base holds nothing on{' this for' if of_years else ''}: {told}."
    if question.of_vendors_doings:
        if spanish:
            return "Ninguna fuente dice qué ha hecho su proveedor; pídale a él la prueba."
        return "No source tells what your vendor has done; ask the vendor for proof."
    if spanish:
        return "La base de conocimiento no contiene una fuente que responda esta pregunta."
    return "The knowledge base holds no source that answers this question."


def unheld_note(question: Question, parts: Sequence[str]) -> str:
    """Which parts of an answered question nothing answers, in the question's language."""
    if question.language is Language.ES:
        told = "; ".join(f"«{part.strip(' .;,')}»" for part in parts)
        return f"No se encontró una fuente para esta parte de la pregunta: {told}."
    told = "; ".join(f"“{part.strip(' .;,')}”" for part in parts)
    return f"No source was found for this part of the question: {told}."


def too_many_note(question: Question, most: int) -> str:
    """That only so many of a question's parts were looked for, in the question's language."""
    if question.language is Language.ES:
        return f"Solo se buscaron respuestas a las primeras {most} preguntas; haga las demás por separado."
    return f"Only the first {most} questions were looked at; ask the others by themselves."
