"""Find passages: dense and BM25 scores, fused, best first.

BM25 speaks for the question's language with all its words and for the other language with its translated terms; where
too little of the question could be translated the dense score stands in for it.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np

from kb.generation import Generation
from kb.models.embedding import Embedder, Vectors
from kb.question import Question, Term
from kb.records import Filters, Hit, Language
from kb.text.words import stems

POOL = 60  # candidates taken from each retriever before fusion
# Weight of BM25 against dense, fitted on the fit half of evals/sets (see `make bench` for the gain of each stage).
LEXICAL_WEIGHT = 0.35
HEADING_WEIGHT = 0.25


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """What retrieval knows of a passage beside its fused score; for sufficiency and for receipts."""

    hit: Hit
    cosine: float | None  # after language centring; None where only BM25 found it
    lexical: float  # share of the best BM25 score of its language, in [0, 1]
    heading: float  # cosine of question and governing heading; 0 where there is none
    heading_centred: float  # the same less what all headings of the language share


def retrieve(
    generation: Generation, embedder: Embedder, question: Question, filters: Filters, today: date, k: int
) -> tuple[list[Found], Vectors]:
    """Up to k passages, best first, and the question's vector, shape (dimension,)."""
    vector = embedder.embed_query(question.text)
    dense = dict(generation.dense.query(vector, max(k, POOL), filters, today))
    lexical = _lexical_scores(generation, question, filters, today)
    headings, raw_headings = _heading_scores(generation, vector, filters, today)
    scored = fuse(generation, question, dense, lexical, headings)
    ranked = sorted(scored.items(), key=lambda item: (-item[1], item[0]))[:k]
    found = [
        Found(
            hit=Hit(passage=generation.passages[identifier], score=round(score, 6)),
            cosine=dense.get(identifier),
            lexical=lexical.get(identifier, (0.0, 0.0))[0],
            heading=raw_headings.get(identifier, 0.0),
            heading_centred=headings.get(identifier, 0.0),
        )
        for identifier, score in ranked
    ]
    return found, vector


def fuse(
    generation: Generation,
    question: Question,
    dense: dict[str, float],
    lexical: dict[str, tuple[float, float]],
    headings: dict[str, float],
) -> dict[str, float]:
    """Fused scores in [0, 1]. `lexical` gives for each passage its share of the best score and how much of the question it read."""
    near = _spread(dense)
    titled = _spread(headings)
    scores = {}
    for identifier in dense.keys() | lexical.keys() | set(list(headings)[:POOL]):
        close = near.get(identifier, 0.0)
        share, read = lexical.get(identifier, (0.0, None))
        if read is None:
            read = 1.0 if generation.passages[identifier].language is question.language else _translated_share(question)
        words = share * read + close * (1.0 - read)
        scores[identifier] = (
            LEXICAL_WEIGHT * words
            + HEADING_WEIGHT * titled.get(identifier, 0.0)
            + (1.0 - LEXICAL_WEIGHT - HEADING_WEIGHT) * close
        )
    return scores


def _spread(scores: dict[str, float]) -> dict[str, float]:
    """Scores stretched over [0, 1]."""
    if not scores:
        return {}
    low, high = min(scores.values()), max(scores.values())
    return {identifier: (score - low) / max(high - low, 1e-6) for identifier, score in scores.items()}


def _heading_scores(
    generation: Generation, vector: Vectors, filters: Filters, today: date
) -> tuple[dict[str, float], dict[str, float]]:
    """Centred cosines of the nearest headings, best first, and the plain ones of all headings."""
    near, centred = generation.heading_cosines(vector)
    best: dict[str, float] = {}
    for row in np.argsort(-centred, kind="stable"):
        identifier = generation.passage_ids[row]
        document = generation.documents[generation.passages[identifier].document_id]
        if near[row] > 0 and filters.admits(document.metadata, today):
            best[identifier] = float(centred[row])
        if len(best) == 4 * POOL:
            break
    return best, dict(zip(generation.passage_ids, near.tolist(), strict=True))


def _lexical_scores(
    generation: Generation, question: Question, filters: Filters, today: date
) -> dict[str, tuple[float, float]]:
    found: dict[str, tuple[float, float]] = {}
    for language in Language:
        index = generation.lexical[language]
        own = language is question.language
        query = (
            stems(question.text, language)
            if own
            else [root for term in question.terms for root in _translated(term, language)]
        )
        scores = index.scores(query)
        if not scores.size or scores.max() <= 0:
            continue
        read = 1.0 if own else _translated_share(question)
        taken = 0
        for row in np.argsort(-scores, kind="stable"):
            if scores[row] <= 0 or taken >= POOL:
                break
            identifier = index.ids[row]
            document = generation.documents[generation.passages[identifier].document_id]
            if filters.admits(document.metadata, today):
                found[identifier] = (float(scores[row]), read)
                taken += 1
        best = max((found[i][0] for i in found if generation.passages[i].language is language), default=1.0)
        for identifier, (score, read_share) in list(found.items()):
            if generation.passages[identifier].language is language:
                found[identifier] = (score / best, read_share)
    return found


def _translated(term: Term, language: Language) -> list[str]:
    """The stems by which the other language names a term: a concept's first name, or a word with digits as it is."""
    if term.concept is not None:
        return [root for name in term.forms[language] for root in name]
    return [term.surface] if any(character.isdigit() for character in term.surface) else []


def _translated_share(question: Question) -> float:
    """How much of a question its translated terms carry, in [0, 1]."""
    if not question.terms:
        return 0.0
    return sum(term.concept is not None for term in question.terms) / len(question.terms)
