"""Find passages: dense and BM25 scores, fused, best first.

BM25 speaks for the question's language with all its words and the domain's synonyms of them, and for the other language
with its translated terms.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import isnan

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from kb.generation import Generation, Marks, Rows
from kb.models.answerability import load_answerability
from kb.models.embedding import unit_rows
from kb.models.known_questions import AskedBefore
from kb.models.question_tuning import QuestionVectors
from kb.question import Question, Term
from kb.records import Authority, Filters, Hit, Language, Passage
from kb.text.places_of_law import closeness, place_of
from kb.text.words import stems

Scores = npt.NDArray[np.float64]

POOL = 150  # candidates taken from each retriever before fusion
# Weight of BM25 against dense. On the fit halves 0.4 to 0.55 do the same, on public sets half does best (`make retrieval`).
# The nearness of headings has no weight of its own: it only helped where BM25 knew no pairs of words.
LEXICAL_WEIGHT = 0.50
# A known question is weighed beside these. On the fit halves 0.58 is the median of the nearest ones of questions that can't
# be answered, 0.72 of the others.
ASKED_WEIGHT = 0.20
# Chosen among a few pairs on half of evals/sets/followups.jsonl.
TOWARDS_ITSELF, FROM_BEFORE = 0.5, 0.5
ITSELF_FROM = 2  # things that a follow-up speaks of itself, from where it is turned as a whole: "and in 2025?" has none
# Chosen among a few on the fit halves.
ALIKE_FROM, ALIKE_WIDTH, MOST_ALIKE = 0.50, 0.30, 1.5


class Found(Struct, frozen=True, kw_only=True):
    """What retrieval knows of a passage beside its fused score; ranking of sentences and sufficiency use it."""

    hit: Hit
    cosine: float | None  # of the tuned question, after language centring; None where only BM25 found it
    lexical: float  # BM25 score against the best of its language, in [0, 1]
    heading: float  # cosine of question and governing heading; 0 where there is none
    heading_centred: float  # of the tuned question and the heading, less what all headings of the language share
    # By its index, each unit that answers a known question nearer than ALIKE_FROM, with the nearest one's cosine less what
    # all questions of the language share; None where no question of the passage is known.
    asked: Mapping[int, float] | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Prospects:
    """What questions known to be answered, or not to be, tell of an asked one, whatever was found."""

    share_answered: float  # see `KnownQuestions.share_answered`
    log_odds: float  # see `Answerability.log_odds`; 0 where there is no network for the model


@dataclass(frozen=True, kw_only=True, slots=True)
class Retrieved:
    """What was found for a question, best first."""

    found: tuple[Found, ...]
    vectors: QuestionVectors
    prospects: Prospects | None  # None where no question of the library is known


@dataclass(frozen=True, kw_only=True, slots=True)
class Signals:
    """What each retriever says of the passages, each of shape (passages,), in the order of `Generation.passage_ids`.

    NaN where it didn't find one.
    """

    dense: Scores  # cosines of the tuned question after language centring, of the nearest
    lexical: Scores  # BM25 scores of the best against the best of the passage's language, in [0, 1]
    places: Scores | None = None  # how well each is the legal place asked for, in [0, 1]; None where none was


def retrieve(
    generation: Generation,
    embed: Callable[[str], QuestionVectors],
    question: Question,
    filters: Filters,
    today: date,
    k: int,
) -> Retrieved:
    """Up to k passages and what is known of questions like this one. `embed` as `question_vectors` with an embedder."""
    vectors = turned_vectors(embed, question)
    signals = ask_retrievers(generation, vectors, question, filters, today, max(k, POOL))
    scores = fuse(signals)
    known = _known_near(generation, vectors, question.language)
    highest = 1.0
    if known is not None:
        highest += ASKED_WEIGHT * MOST_ALIKE
        for row, (identifier, units) in zip(generation.rows_of(known.units), known.units.items(), strict=True):
            if generation.passages[identifier].language is question.language:
                scores[row] += ASKED_WEIGHT * alike(max(units.values()))  # NaN stays: by this alone nothing is found
    best = best_rows(scores, generation.passage_ids, k)
    passages = [generation.passages[generation.passage_ids[row]] for row in best]
    columns = (
        scores[best],
        signals.dense[best],
        _or_zero(signals.lexical[best]),
        generation.heading_cosines(best, vectors.plain),
        generation.centred_heading_cosines(best, vectors.tuned),
    )
    found = tuple(
        Found(
            hit=Hit(passage=passage, score=round(score / highest, 6)),
            cosine=None if isnan(cosine) else cosine,
            lexical=lexical,
            heading=heading,
            heading_centred=heading_centred,
            asked=None if known is None else known.of_units(passage),
        )
        for passage, score, cosine, lexical, heading, heading_centred in zip(
            passages, *(column.tolist() for column in columns), strict=True
        )
    )
    return Retrieved(found=found, vectors=vectors, prospects=None if known is None else known.prospects)


def turned_vectors(embed: Callable[[str], QuestionVectors], question: Question) -> QuestionVectors:
    """A question's vectors. A follow-up's tuned one is turned to what it asks itself, and from what was asked before.

    Joined with its question before, a short follow-up is near what answered that one.
    """
    vectors = embed(question.text)
    part = min(question.own_terms / ITSELF_FROM, 1.0)
    if not question.before or not part:
        return vectors
    alone, before = (embed(text).tuned for text in (question.asked, question.before))
    towards, away = part * TOWARDS_ITSELF, part * FROM_BEFORE
    turned = unit_rows(vectors.tuned + towards * alone - away * before)
    return QuestionVectors(plain=vectors.plain, tuned=turned)


def best_rows(scores: Scores, ids: Sequence[str], k: int) -> Rows:
    """The rows of the k highest scores that are numbers, best first; equal ones in the order of their ids."""
    rows = np.flatnonzero(~np.isnan(scores))
    low_first = -scores[rows]
    if len(rows) > k:
        kept = low_first <= np.partition(low_first, k - 1)[k - 1]
        rows, low_first = rows[kept], low_first[kept]
    places = rows.tolist()
    ordered = sorted(zip(low_first.tolist(), map(ids.__getitem__, places), places, strict=True))
    return np.array([row for _, _, row in ordered[:k]], dtype=np.int64)


@dataclass(frozen=True, kw_only=True, slots=True)
class _KnownNear:
    """The known questions near an asked one.

    They speak for passages in the asked one's language: what is asked of an article in one language is asked of its
    translation as well, and the question's language is preferred.
    """

    before: AskedBefore
    language: Language
    units: dict[str, dict[int, float]]  # see `AskedBefore.answered_by`
    prospects: Prospects

    def of_units(self, passage: Passage) -> Mapping[int, float] | None:
        """See `Found.asked`."""
        known = passage.language is self.language and passage.id in self.before.passages
        return self.units.get(passage.id, {}) if known else None


def _known_near(generation: Generation, vectors: QuestionVectors, language: Language) -> _KnownNear | None:
    before = generation.asked_before
    if before is None:
        return None
    near = before.questions.near(vectors, language)
    network = load_answerability()
    prospects = Prospects(
        share_answered=before.questions.share_answered(near),
        log_odds=network.log_odds(vectors, language) if network.model == generation.manifest.model else 0.0,
    )
    return _KnownNear(before=before, language=language, units=before.answered_by(near, ALIKE_FROM), prospects=prospects)


def alike(cosine: float) -> float:
    """How far a known question speaks for what answers it, in [0, MOST_ALIKE]."""
    return min(max((cosine - ALIKE_FROM) / ALIKE_WIDTH, 0.0), MOST_ALIKE)


def ask_retrievers(
    generation: Generation, vectors: QuestionVectors, question: Question, filters: Filters, today: date, pool: int
) -> Signals:
    """The `pool` best of each retriever among what the filters admit."""
    admitted = generation.admitted(filters, today)
    near = dict(generation.dense.query(vectors.tuned, pool, filters, today))
    dense = _of_none(generation)
    dense[generation.rows_of(near)] = list(near.values())
    return Signals(
        dense=dense,
        lexical=_lexical_scores(generation, question, admitted),
        places=_asked_places(generation, question, admitted) if question.references else None,
    )


def _of_none(generation: Generation) -> Scores:
    return np.full(len(generation.passage_ids), np.nan)


def _asked_places(generation: Generation, question: Question, admitted: Marks) -> Scores | None:
    """Passages that are at the legal places that the question names, the law's own text before what speaks of it.

    None where there are none.
    """
    found = _of_none(generation)
    for place in filter(None, map(place_of, question.references)):
        stated = generation.places_of_article(place.article)
        rows = generation.rows_of(identifier for identifier, _ in stated).tolist()
        for row, (identifier, its_place) in zip(rows, stated, strict=True):
            near = closeness(its_place, place)
            if admitted[row] and near > 0:
                document = generation.documents[generation.passages[identifier].document_id]
                own = 1.0 if document.metadata.authority in (Authority.STATUTE, Authority.REGULATION) else 0.9
                found[row] = np.fmax(found[row], own * near)
    return None if np.isnan(found).all() else found


def fuse(signals: Signals) -> Scores:
    """Fused scores in [0, 1] of every passage that a retriever found; NaN for the others."""
    found = ~(np.isnan(signals.dense) & np.isnan(signals.lexical))
    scores = LEXICAL_WEIGHT * _or_zero(signals.lexical) + (1.0 - LEXICAL_WEIGHT) * _spread(signals.dense)
    if signals.places is not None:
        # The place that a question names comes first; what else speaks of the subject comes behind it.
        scores = (scores + _or_zero(signals.places)) / 2
        found |= ~np.isnan(signals.places)
    return np.where(found, scores, np.nan)


def _spread(scores: Scores) -> Scores:
    """Scores stretched over [0, 1]; 0 where there is none."""
    there = ~np.isnan(scores)
    if not there.any():
        return np.zeros(len(scores))
    low, high = float(scores[there].min()), float(scores[there].max())
    return _or_zero((scores - low) / max(high - low, 1e-6))


def _or_zero(scores: Scores) -> Scores:
    """Scores with 0 for those that are no number."""
    return np.where(np.isnan(scores), 0.0, scores)


def _lexical_scores(generation: Generation, question: Question, admitted: Marks) -> Scores:
    """BM25 scores of the best passages of each language, stretched over [0, 1] from the first that is not among them.

    In the other language they count as far as the question's terms have a translation: what only shares a name or a
    number with a question that cannot be translated is hardly about the same.
    """
    found = _of_none(generation)
    for language in Language:
        its_rows = generation.lexical_rows[language]
        scores = generation.lexical[language].scores(_query(question, language)) * admitted[its_rows]
        rows = np.flatnonzero(scores > 0)
        if not len(rows):
            continue
        scores, rest = scores[rows].astype(np.float64), 0.0
        if len(rows) > POOL:
            rest = float(-np.partition(-scores, POOL)[POOL])
            rows, scores = rows[scores > rest], scores[scores > rest]
        width = max(float(scores.max(initial=rest)) - rest, 1e-6)
        found[its_rows[rows]] = _translated_share(question, language) * (scores - rest) / width
    return found


def _translated_share(question: Question, language: Language) -> float:
    """The share of a question's terms that can be looked for in a language; 1 for its own."""
    if language is question.language or not question.terms:
        return 1.0
    return sum(bool(_translated(term, language)) for term in question.terms) / len(question.terms)


def _query(question: Question, language: Language) -> list[list[str]]:
    """What to search one language's passages for: all words in the question's own, translated terms in the other.

    Each run of stems stands for words that follow one another.
    """
    if language is question.language:
        said = stems(question.text, language)
        return [said, *([name] for name in _synonyms(question, said))]
    return [list(name) for term in question.terms for name in _translated(term, language)]


def _synonyms(question: Question, said: Sequence[str]) -> list[str]:
    """Other one-word names of the domain's terms in a question than are said, in its own language: "cap" for "ceiling"."""
    forms = (form for term in question.terms if term.concept for form in term.forms[question.language])
    names = dict.fromkeys(form[0] for form in forms if len(form) == 1)
    return [name for name in names if name not in said]


def _translated(term: Term, language: Language) -> Sequence[Sequence[str]]:
    """The stems by which the other language names a term: a concept's names, or a word with digits as it is."""
    if term.concept is not None:
        return term.forms[language]
    return [[term.surface]] if any(character.isdigit() for character in term.surface) else []
