"""Which sentences speak to a question, and how well: the units of the found passages, scored."""

import re
from dataclasses import dataclass
from datetime import date

from kb.forms import Form, has_form
from kb.generation import Generation
from kb.lexicon import Terms, terms_of
from kb.models.known_questions import UNKNOWN
from kb.question import Question, Term
from kb.question_kinds import Kind
from kb.records import Authority, Document, Language, Passage, Unit
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
THEN = 0.30  # given to a version that was in force on the past date asked about and is no more

_DENIES = re.compile(
    r"^\W*(?:\w+\W+){0,4}?(?:does not|do not|no (?:exige|requiere|obliga)|not (?:require|include))\b", re.IGNORECASE
)
_IN_BRACKETS = re.compile(r"\([^)]*\)")
_ANNOUNCES = re.compile(
    r"\b(?P<number>[2-9]|10|two|three|four|five|six|seven|eight|nine|ten|dos|tres|cuatro|cinco|seis|siete|ocho|nueve|diez) "
    r"(?!(?:\w+ )?(?:hours?|days?|weeks?|months?|years?|times|workers?|umas?|percent|horas?|dias?|semanas?|mes|meses|anos?|veces|trabajadores|"
    r"pesos|salarios|millones|primeros|ultim[oa]s|first|last)\b)(?:\w+ ){0,3}?\w+s\b"
)
_YEAR = re.compile(r"\b20\d\d\b")
_IN_FORCE_SINCE = re.compile(
    r"\([^)]*?\b(?:since|in force from|desde|a partir del?|vigentes? el)\b[^)]*?\b(?P<year>20\d\d)\b[^)]*\)"
)
# "No new rule was found" is no answer to a question.
_DECIDES = re.compile(r"^(?:(?:yes|sí|not|only|solo|sólo)\b|no[,;:.])", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True, slots=True)
class Candidate:
    """A unit with its passage and what speaks for it. Scores are comparable within one question."""

    document: Document
    passage: Passage
    index: int  # of the unit in the passage
    score: float
    near: float  # cosine of question and unit
    meaning: float  # cosine of the tuned question and the unit, less what all texts of its language share
    heading: float  # cosine of question and governing heading; 0 where there is none
    asked: float | None  # as `Found.asked`, of this unit; None where no question of its passage is known
    subjects: int  # how many of the question's terms, figures left out, the unit, its lead-in and headings name

    @property
    def unit(self) -> Unit:
        """The unit itself."""
        return self.passage.units[self.index]

    @property
    def text(self) -> str:
        """The words of the unit."""
        return self.document.text[self.unit.start : self.unit.end]


def gather(
    generation: Generation, question: Question, retrieved: Retrieved, as_of: date, today: date
) -> list[Candidate]:
    """All units of the best passages, best first. Misplaced passages are left out unless nothing else was found.

    Versions that have been replaced by `today`, found because the law `as_of` a past date was asked for, come before
    texts that speak of all years; sentences on what came later are left out, and so is a document where one in force that
    replaces it was found.
    """
    vectors_asked = retrieved.vectors
    held = {item.hit.passage.document_id for item in retrieved.found}
    sound = [item for item in retrieved.found if not item.hit.passage.misplaced] or list(retrieved.found)
    weights = term_weights(generation, question)
    total = sum(weights) or 1.0
    rows: list[Candidate] = []
    for rank, item in enumerate(sound):
        passage = item.hit.passage
        if not passage.units or (rank >= PASSAGES_READ and not names_years(question, passage.text)):
            continue
        document = generation.documents[passage.document_id]
        successor = generation.successor(document.id, as_of)
        if successor is not None and successor.id in held:
            continue  # what replaces it was found too
        ended = document.metadata.effective_to
        then = THEN if ended is not None and ended <= today else 0.0
        vectors = generation.unit_vectors(passage)
        near = vectors @ vectors_asked.plain
        # Ranking compares languages, so the part that all texts of a language share is taken off.
        meanings = (vectors - generation.means[passage.language]) @ vectors_asked.tuned
        heading_cover = covered_terms(question, " ".join(passage.context), passage.language)
        came_later = False
        for index, unit in enumerate(passage.units):
            lead_in = document.text[unit.lead_in.start : unit.lead_in.end] + " " if unit.lead_in else ""
            text = lead_in + document.text[unit.start : unit.end]
            if as_of < today and _came_later(text, as_of):
                came_later = came_later or unit.lead_in is None
                continue
            if came_later:
                continue  # what follows a sentence on later law goes on from it
            answered = _asked_before(question, item, index, text)
            own = covered_terms(question, text, passage.language)
            covered = own | heading_cover
            # A heading's words help to find the section; the sentence's own words choose within it.
            words = (0.6 * sum(weights[i] for i in covered) + 0.4 * sum(weights[i] for i in own)) / total
            score = (
                MEANING * float(meanings[index]) / 0.3
                + WORDS * words
                + PLACE * item.hit.score
                + HEADING * max(item.heading_centred, 0.0) / 0.3
                + ASKED * alike(answered)
                + (FIRST if index == 0 else 0.0)
                + (FORM if _answers_in_form(question, text) else 0.0)
                + _of_its_year(question, text)
                - (MISFIT * misfit(item.heading) if decides(text) else 0.0)
                - (UNASKED if question.kind is not Kind.YES_NO and decides(text) else 0.0)
                + (COUNTED if question.count is not None and announced(text) == question.count else 0.0)
                - (DENIAL if question.kind is Kind.LIST and _DENIES.search(text) else 0.0)
                + (OPENING if passage.ordinal == 0 else 0.0)
                + then
                - (VENDOR if document.metadata.authority is Authority.VENDOR else 0.0)
                - (OTHER_LANGUAGE if passage.language is not question.language else 0.0)
            )
            rows.append(
                Candidate(
                    document=document,
                    passage=passage,
                    index=index,
                    score=score,
                    near=float(near[index]),
                    meaning=float(meanings[index]),
                    heading=item.heading,
                    asked=None if item.asked is None else answered,
                    subjects=sum(not question.terms[i].surface[:1].isdigit() for i in covered),
                )
            )
    rows.sort(key=lambda row: (-row.score, row.document.metadata.authority.rank, row.document.id, row.unit.start))
    return rows


def _asked_before(question: Question, item: Found, index: int, text: str) -> float:
    """The cosine with the nearest known question that a unit answers; UNKNOWN too where it names other years than asked.

    Questions for the figures of two years are alike, their answers are not.
    """
    if item.asked is None or names_other_years(question, text):
        return UNKNOWN
    return float(item.asked[index])


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
    if not term.surface[:1].isdigit() or term.surface in {str(year) for year in question.years}:
        return False
    known = any(
        generation.lexical[question.language].knows(root) for form in term.forms[question.language] for root in form
    )
    return not known or not question.references


def covered_terms(question: Question, text: str, language: Language) -> frozenset[int]:
    """Indices of the question's terms that a text names, in any of their forms."""
    read = terms_of(text, language)
    return frozenset(position for position, term in enumerate(question.terms) if _names(term, read, language))


def _names(term: Term, read: Terms, language: Language) -> bool:
    if term.concept is not None and term.concept in read.concepts:
        return True
    return any(
        form[0] in read.stems and (len(form) == 1 or _contains(read.sequence, form))
        for form in term.forms[language]
        if form
    )


def _contains(sequence: tuple[str, ...], form: tuple[str, ...]) -> bool:
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
    outside = _IN_BRACKETS.sub("", text)
    return all(str(year) in outside for year in question.years_meant)


def names_other_years(question: Question, text: str) -> bool:
    """Whether the question means certain years and a text names years, but none of them."""
    if not question.years_meant:
        return False
    named = set(_YEAR.findall(_IN_BRACKETS.sub("", text)))
    return bool(named) and not named & set(map(str, question.years_meant))


def _came_later(text: str, as_of: date) -> bool:
    """Whether a text speaks of later years only, or says in brackets that it's in force since one."""
    since = [int(match["year"]) for match in _IN_FORCE_SINCE.finditer(text)]
    named = [*map(int, _YEAR.findall(_IN_BRACKETS.sub("", text))), *since]
    return bool(named) and min(named) > as_of.year


def _of_its_year(question: Question, text: str) -> float:
    """What speaks for a text that names the years meant, or against one that names others only."""
    if names_years(question, text):
        return YEAR
    return -OTHER_YEAR if names_other_years(question, text) else 0.0


def _answers_in_form(question: Question, text: str) -> bool:
    """Whether a text has the form of an answer: the asked-for thing, or a yes or no to a yes/no question."""
    if question.form is not Form.ANY:
        return has_form(question.form, text)
    return question.kind is Kind.YES_NO and decides(text)
