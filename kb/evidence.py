"""Which sentences speak to a question, and how well: the units of the found passages, scored."""

import re
from collections.abc import Iterator, Sequence
from datetime import date
from functools import lru_cache
from itertools import chain
from operator import itemgetter

import numpy as np
from msgspec import Struct

from kb.follow_up import COUNTRIES
from kb.forms import Form, has_form
from kb.generation import Generation
from kb.lexicon import load_lexicon, terms_of
from kb.models.question_tuning import QuestionVectors
from kb.question import Question, Term
from kb.question_kinds import Kind
from kb.records import Authority, Document, Jurisdiction, Language, Passage, Unit
from kb.retrieve import Found, Retrieved, alike
from kb.text.commonness import information
from kb.text.words import fold, number_of

PASSAGES_READ = 14  # beyond these no sentence was ever chosen on the fit half
# Weights of a unit's score; fitted on the fit half of evals/sets.
MEANING, WORDS, PLACE, HEADING, FIRST, FORM = 0.60, 0.35, 0.25, 0.15, 0.06, 0.06
ASKED = 0.30  # for a known question that the unit answers
DENIAL = 0.12  # taken off a sentence on what is not required where a list of what is was asked for
YEAR = 0.10  # given to a sentence that names the year asked for
OTHER_YEAR = 0.10  # taken off a sentence that names years, but not the one asked for
VENDOR = 0.10  # taken off what a vendor says of itself: it is quoted only where nothing better is nearly as good
MISFIT = 0.25  # taken off a "Yes" or "No" that answers another question than the one asked
UNASKED = 0.10  # taken off a "Yes" or "No" where no yes or no was asked for
COUNTED = 0.20  # given to a sentence that announces as many things as were asked for
OPENING = 0.03  # given to the section that opens an article
OTHER_LANGUAGE = 0.14  # taken off a unit that is not in the question's language
OTHER_LAW = 0.15  # taken off another country's guidance where one country's law is asked for
NOT_ON_PATIENTS = 0.12  # taken off another country's guidance where patients are spoken of, and no Mexican law
THEN = 0.30  # given to a version that was in force on the past date asked about and is no more

_DENIES = re.compile(
    r"^\W*(?:\w+\W+){0,4}?(?:does not|do not|no (?:exige|requiere|obliga)|not (?:require|include))\b", re.IGNORECASE
)
_IN_BRACKETS = re.compile(r"\([^)]*\)")
_ANNOUNCES = re.compile(
    r"\b(?P<number>[2-9]|10|two|three|four|five|six|seven|eight|nine|ten|dos|tres|cuatro|cinco|seis|siete|ocho|nueve|diez) "
    r"(?:of the \w+ |de l[oa]s \w+ )?+"  # "four of the ten duties"
    r"(?!(?:\w+ )?(?:hours?|days?|weeks?|months?|years?|times|workers?|umas?|percent|horas?|dias?|semanas?|mes|meses|anos?|veces|trabajadores|"
    r"pesos|salarios|millones|primeros|ultim[oa]s|first|last)\b)(?:\w+ ){0,3}?\w+s\b"
)
_YEAR = re.compile(r"\b20\d\d\b")
# Between whole dates; "from 2024 to 2026" may as well compare these years.
_DATE = r"\d{{1,2}}(?: de)? [a-záéíóú]+(?: de)? (?P<{}>20\d\d)"
_FROM_TO = re.compile(
    rf"\b{_DATE.format('first')} (?:to|until|through|and|a|al|hasta|y) (?:el )?{_DATE.format('last')}\b", re.IGNORECASE
)
_IN_FORCE_SINCE = re.compile(
    r"\([^)]*?\b(?:since|in force from|desde|a partir del?|vigentes? el)\b[^)]*?\b(?P<year>20\d\d)\b[^)]*\)"
)
# "No new rule was found" is no answer to a question.
_DECIDES = re.compile(r"^(?:(?:yes|sí|not|only|solo|sólo)\b|no[,;:.])", re.IGNORECASE)


class Candidate(Struct, frozen=True, kw_only=True):
    """A unit with its passage and what speaks for it. Scores are comparable within one question.

    A struct, as some fifty are made for each question: a frozen dataclass takes nearly twice as long to make.
    """

    document: Document
    passage: Passage
    index: int  # of the unit in the passage
    text: str  # the words of the unit
    score: float
    near: float  # cosine of question and unit
    meaning: float  # cosine of the tuned question and the unit, less what all texts of its language share
    heading: float  # cosine of question and governing heading; 0 where there is none
    known: bool  # whether a question is known that its passage answers
    subjects: int  # how many of the question's terms, figures left out, the unit, its lead-in and headings name

    @property
    def unit(self) -> Unit:
        """The unit itself."""
        return self.passage.units[self.index]


def gather(
    generation: Generation, question: Question, retrieved: Retrieved, as_of: date, today: date
) -> list[Candidate]:
    """All units of the best passages, best first. Misplaced passages are left out unless nothing else was found.

    Versions that have been replaced by `today`, found because the law `as_of` a past date was asked for, come before
    texts that speak of all years; sentences on what came later are left out, and so is a document where one in force that
    replaces it was found.
    """
    weights = term_weights(generation, question)
    total = sum(weights) or 1.0
    read = _passages_read(generation, question, retrieved, as_of)
    meant = _cosines(generation, retrieved.vectors, [item.hit.passage for item in read])
    telling = [not term.is_figure for term in question.terms]
    wants_verdict = question.kind is Kind.YES_NO
    patients_law = law_of_patients(question)
    named = {language: TermsNamed(question, language).in_text for language in Language}
    ranks = {authority: authority.rank for authority in Authority}
    rows: list[tuple[tuple[float, int, str, int], Candidate]] = []  # each with what it is sorted by
    for item, (nears, meanings) in zip(read, meant, strict=True):
        passage = item.hit.passage
        language = passage.language
        document = generation.documents[passage.document_id]
        named_in = named[language]
        in_heading = named_in(" ".join(passage.context))
        weight_in_heading = sum([weights[i] for i in in_heading])
        telling_in_heading = sum([telling[i] for i in in_heading])
        rank = ranks[document.metadata.authority]
        of_passage = _of_passage(question, item, document, today)
        judged_otherwise = MISFIT * misfit(item.heading) + (0.0 if wants_verdict else UNASKED)
        came_later = False
        for index, (unit, text) in enumerate(zip(passage.units, generation.read_units(passage), strict=True)):
            if as_of < today and _came_later(text, as_of):
                came_later = came_later or unit.lead_in is None
                continue
            if came_later:
                continue  # what follows a sentence on later law goes on from it
            own = named_in(text)
            besides = own - in_heading
            # A heading's words help to find the section; the sentence's own words choose within it.
            covered = weight_in_heading + sum([weights[i] for i in besides])
            words = (0.6 * covered + 0.4 * sum([weights[i] for i in own])) / total
            verdict = decides(text)
            score = (
                of_passage
                + MEANING * meanings[index] / 0.3
                + WORDS * words
                + (FIRST if index == 0 else 0.0)
                + (FORM if _answers_in_form(question, text, verdict=verdict) else 0.0)
                + _of_its_year(question, text)
                - (judged_otherwise if verdict else 0.0)
                - (OTHER_LAW if not is_on_law(question.law, document, text, language) else 0.0)
                - (NOT_ON_PATIENTS if not is_on_law(patients_law, document, text, language) else 0.0)
                + (COUNTED if question.count is not None and announced(text) == question.count else 0.0)
                - (DENIAL if question.kind is Kind.LIST and _DENIES.search(text) else 0.0)
            )
            # Questions for the figures of two years are alike, their answers are not.
            if item.asked and index in item.asked and not names_other_years(question, text):
                score += ASKED * alike(item.asked[index])
            candidate = Candidate(
                document=document,
                passage=passage,
                index=index,
                text=text if unit.lead_in is None else document.text[unit.start : unit.end],
                score=score,
                near=nears[index],
                meaning=meanings[index],
                heading=item.heading,
                known=item.asked is not None,
                subjects=telling_in_heading + sum([telling[i] for i in besides]),
            )
            rows.append(((-score, rank, document.id, unit.start), candidate))
    rows.sort(key=itemgetter(0))
    return [candidate for _, candidate in rows]


def _passages_read(generation: Generation, question: Question, retrieved: Retrieved, as_of: date) -> list[Found]:
    """The found passages whose sentences are compared, best first."""
    held = {item.hit.passage.document_id for item in retrieved.found}
    sound = [item for item in retrieved.found if not item.hit.passage.misplaced] or list(retrieved.found)
    read = []
    behind = [item for item in sound[PASSAGES_READ:] if names_years(question, item.hit.passage.text)]
    for item in (*sound[:PASSAGES_READ], *behind):
        passage = item.hit.passage
        if not passage.units:
            continue
        successor = generation.successor(passage.document_id, as_of)
        if successor is None or successor.id not in held:  # else what replaces it was found too
            read.append(item)
    return read


def _cosines(
    generation: Generation, asked: QuestionVectors, passages: Sequence[Passage]
) -> Iterator[tuple[list[float], list[float]]]:
    """Of each passage's units, those of the plain question, and those of the tuned one less what texts of a language share.

    Ranking compares languages, so the shared part is taken off.
    """
    if not passages:
        return
    vectors = generation.unit_vectors(passages)
    shared = {language: float(mean @ asked.tuned) for language, mean in generation.means.items()}
    of_language = [shared[passage.language] for passage in passages]
    counts = [len(passage.units) for passage in passages]
    nears = (vectors @ asked.plain).tolist()
    meanings = (vectors @ asked.tuned - np.repeat(np.array(of_language, dtype=np.float32), counts)).tolist()
    end = 0
    for count in counts:
        start, end = end, end + count
        yield nears[start:end], meanings[start:end]


def _of_passage(question: Question, item: Found, document: Document, today: date) -> float:
    """What a unit's score has from its passage."""
    metadata = document.metadata
    return (
        PLACE * item.hit.score
        + HEADING * max(item.heading_centred, 0.0) / 0.3
        + (OPENING if item.hit.passage.ordinal == 0 else 0.0)
        + (THEN if metadata.effective_to is not None and metadata.effective_to <= today else 0.0)
        - (VENDOR if metadata.authority is Authority.VENDOR else 0.0)
        - (OTHER_LANGUAGE if item.hit.passage.language is not question.language else 0.0)
    )


def term_weights(generation: Generation, question: Question) -> list[float]:
    """How telling each term of the question is: the rarity of its rarest stem in the guidance of the question's language.

    Words outside the domain's vocabulary count by what they tell in general language: "sold" may be missing from all
    guidance and still be no subject of its own.
    """
    index = generation.lexical[question.language]
    weights = []
    for term in question.terms:
        if is_situation_figure(generation, question, term):
            weights.append(0.0)
            continue
        if term.concept is not None:
            known = [form for form in term.forms[question.language] if all(index.knows(stem) for stem in form)]
            weights.append(min((max(index.rarity(stem) for stem in form) for form in known), default=3.0))
        else:
            rarity = min(max(index.rarity(stem) for stem in form) for form in term.forms[question.language])
            weights.append(rarity * information(term.surface, question.language))
    return weights


def is_situation_figure(generation: Generation, question: Question, term: Term) -> bool:
    """Whether a term is a number of the asker's own case ("812 patients", "300 pesos"), which no guidance need name.

    Years are not, nor numbers that guidance uses where a legal reference was asked for.
    """
    if not term.is_figure or term.surface in {str(year) for year in question.years}:
        return False
    known = any(
        generation.lexical[question.language].knows(root) for form in term.forms[question.language] for root in form
    )
    return not known or not question.references


class TermsNamed:
    """Tells which of a question's terms texts of one language name, in any of their forms."""

    def __init__(self, question: Question, language: Language) -> None:
        self._language = language
        self._of_concept: dict[str, int] = {}
        self._of_first: dict[str, list[tuple[int, tuple[str, ...]]]] = {}  # by the first stem of a form
        for position, term in enumerate(question.terms):
            if term.concept is not None:
                self._of_concept[term.concept] = position
            for form in filter(None, term.forms[language]):
                self._of_first.setdefault(form[0], []).append((position, form))
        self._concepts, self._firsts = frozenset(self._of_concept), frozenset(self._of_first)

    def in_text(self, text: str) -> frozenset[int]:
        """Indices of the terms."""
        read = terms_of(text, self._language)
        named = {self._of_concept[concept] for concept in self._concepts & read.concepts}
        for first in self._firsts & read.stems:
            for position, form in self._of_first[first]:
                if position not in named and read.stems.issuperset(form) and _contains(read.sequence, form):
                    named.add(position)
        return frozenset(named)


def covered_terms(question: Question, text: str, language: Language) -> frozenset[int]:
    """Indices of the question's terms that a text names, in any of their forms."""
    return TermsNamed(question, language).in_text(text)


def _contains(sequence: tuple[str, ...], form: tuple[str, ...]) -> bool:
    if len(form) == 1:
        return form[0] in sequence
    return any(sequence[i : i + len(form)] == form for i in range(len(sequence) - len(form) + 1))


def announced(text: str) -> int | None:
    """How many things a sentence says will follow: 4 for "considers four factors"; None where it announces nothing."""
    match = _ANNOUNCES.search(fold(_IN_BRACKETS.sub("", text)))
    return int(number_of(match["number"]) or match["number"]) if match else None


def decides(text: str) -> bool:
    """Whether a text begins with a yes or a no."""
    return bool(_DECIDES.match(text))


def misfit(heading: float) -> float:
    """How little a heading asks what the question asks, in [0, 1]; E5 gives two wordings of one question 0.91 and more."""
    return min(max((0.91 - heading) / 0.05, 0.0), 1.0)


def names_years(question: Question, text: str) -> bool:
    """Whether the question means certain years and a text names all of them; the dates of laws in brackets don't count."""
    if not question.years_meant:
        return False
    outside, spoken_of = _IN_BRACKETS.sub("", text), years_of(text)
    return all(str(year) in outside or year in spoken_of for year in question.years_meant)


def names_other_years(question: Question, text: str) -> bool:
    """Whether the question means certain years and a text names years, but none of them."""
    if not question.years_meant:
        return False
    named = years_of(text)
    return bool(named) and named.isdisjoint(question.years_meant)


@lru_cache(maxsize=50_000)
def years_of(text: str) -> frozenset[int]:
    """The years of this century that a text speaks of outside of brackets, those within a span of time with them.

    Remembered, since each question reads many of the same sentences.
    """
    outside = _IN_BRACKETS.sub("", text)
    within = (range(int(span["first"]), int(span["last"])) for span in _FROM_TO.finditer(outside))
    return frozenset((*map(int, _YEAR.findall(outside)), *chain(*within)))


def law_of_patients(question: Question) -> Jurisdiction | None:
    """That of the United States, where its patients live, for a question on patients that names nothing of Mexican law.

    That they are called from Mexico makes it no question on Mexican law.
    """
    named = {term.concept for term in question.terms}
    mexican = load_lexicon().of_law(Jurisdiction.MX) - COUNTRIES
    return Jurisdiction.US if question.law is None and "patient" in named and mexican.isdisjoint(named) else None


def is_on_law(law: Jurisdiction | None, document: Document, text: str, language: Language) -> bool:
    """Whether a document's text is on a country's law, filed under it or of words that belong to it; any is where none is asked for."""
    if law is None or document.metadata.jurisdiction is law:
        return True
    return not load_lexicon().of_law(law).isdisjoint(terms_of(text, language).concepts)


def _came_later(text: str, as_of: date) -> bool:
    """Whether a text speaks of later years only, or says in brackets that it's in force since one."""
    since = [int(match["year"]) for match in _IN_FORCE_SINCE.finditer(text)]
    named = [*map(int, _YEAR.findall(_IN_BRACKETS.sub("", text))), *since]
    return bool(named) and min(named) > as_of.year


def _of_its_year(question: Question, text: str) -> float:
    """What speaks for a text that names the years meant, or against one that names others only."""
    if not question.years_meant:
        return 0.0
    if names_years(question, text):
        return YEAR
    return -OTHER_YEAR if names_other_years(question, text) else 0.0


def _answers_in_form(question: Question, text: str, *, verdict: bool) -> bool:
    """Whether a text has the form of an answer: the asked-for thing, or a yes or no to a yes/no question."""
    if question.form is not Form.ANY:
        return has_form(question.form, text)
    return question.kind is Kind.YES_NO and verdict
