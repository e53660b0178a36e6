"""Small knowledge bases for tests of the asking side: articles in, an opened base out."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from functools import partial
from pathlib import Path

from ingest import publish
from kb import KnowledgeBase
from kb.answering import answer_question
from kb.compose import Quoted, compose
from kb.evidence import Candidate, gather, term_weights
from kb.generation import open_generation
from kb.home import Home
from kb.models.question_tuning import question_vectors
from kb.question import Question, understand
from kb.records import Answer, Filters
from kb.retrieve import Found, Prospects, retrieve
from kb.sufficiency import SIGNALS, Calibration, measure
from tests.embedders import HashingEmbedder

TODAY = date(2026, 11, 22)
# The fitted calibration is the real model's. Here any evidence will do, so that only names, years and forms decide.
LENIENT = Calibration(weights=dict.fromkeys(SIGNALS, 1.0), bias=0.0, threshold=0.0)
# Half of the question's words, or the form asked for, must be there; the vectors have no say.
BY_WORDS = Calibration(
    weights={"near": 0.0, "heading": 0.0, "meaning": 0.0, "covered": 8.0, "together": 4.0, "form": 8.0},
    bias=-14.0,
    threshold=0.5,
)


def article(
    name: str,
    body: str,
    *,
    topics: str = "labor",
    authority: str = "internal",
    jurisdiction: str = "MX",
    language: str = "en",
    more: str = "",
) -> str:
    """A Markdown file with front matter. `more` are further lines of front matter."""
    return (
        f"---\nid: {name}\nauthority: {authority}\njurisdiction: {jurisdiction}\ntopics: [{topics}]\n"
        f"language: {language}\nreviewed: 2026-11-01\n{more}\n---\n{body}"
    )


def write(folder: Path, articles: Sequence[str]) -> Path:
    """Write articles to files named by their ids; returns the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for text in articles:
        name = text.split("id: ", 1)[1].split("\n", 1)[0]
        (folder / f"{name}.md").write_text(text, encoding="utf-8")
    return folder


@contextmanager
def opened(home: Path, calibration: Calibration = LENIENT) -> Iterator[KnowledgeBase]:
    """The live generation of a home, with the hashing embedder and a calibration of ours."""
    place = Home(home)
    base = KnowledgeBase(place, open_generation(place, place.live_id()), HashingEmbedder(), calibration)
    try:
        yield base
    finally:
        base.close()


@contextmanager
def published(place: Path, *articles: str, calibration: Calibration = LENIENT) -> Iterator[KnowledgeBase]:
    """A base that holds the articles and nothing else."""
    publish(write(place / "corpus", articles), place / "home", embedder=HashingEmbedder(), today=TODAY)
    with opened(place / "home", calibration) as base:
        yield base


def understood(text: str, *, earlier: Sequence[str] = (), as_of: date = TODAY) -> Question:
    """A question of today."""
    return understand(text, as_of=as_of, today=TODAY, earlier=earlier)


def found_for(base: KnowledgeBase, text: str, filters: Filters | None = None, k: int = 10) -> tuple[Found, ...]:
    """What retrieval finds, best first."""
    return retrieve(
        base.generation, partial(question_vectors, base.embedder), understood(text), filters or Filters(), TODAY, k
    ).found


def candidates_for(base: KnowledgeBase, text: str, as_of: date | None = None) -> list[Candidate]:
    """Units of the passages found, best first."""
    question = understood(text, as_of=as_of or TODAY)
    retrieved = retrieve(
        base.generation, partial(question_vectors, base.embedder), question, Filters(as_of=as_of), TODAY, 30
    )
    return gather(base.generation, question, retrieved, as_of or TODAY, TODAY)


def prospects_of(base: KnowledgeBase, text: str) -> Prospects | None:
    """What the known questions like this one tell."""
    return retrieve(
        base.generation, partial(question_vectors, base.embedder), understood(text), Filters(), TODAY, 1
    ).prospects


def quoted_for(base: KnowledgeBase, text: str) -> list[Quoted]:
    """The statements to be, in reading order."""
    return compose(understood(text), candidates_for(base, text), [])


def signals_of(base: KnowledgeBase, text: str, quoted: Sequence[Quoted] | None = None) -> dict[str, float]:
    """What sufficiency is judged by, of the statements to be or of others."""
    statements = quoted_for(base, text) if quoted is None else quoted
    question = understood(text)
    weights = term_weights(base.generation, question)
    return measure(question, weights, prospects_of(base, text), candidates_for(base, text), statements)


def answered(base: KnowledgeBase, text: str, filters: Filters | None = None) -> Answer:
    """The answer of today, whatever the clock says."""
    chosen = filters or Filters()
    question = understood(text, as_of=chosen.as_of or TODAY)
    return answer_question(base.generation, base.embedder, question, chosen, TODAY, base.calibration).answer


def texts(answer: Answer) -> list[str]:
    """The statements' words."""
    return [statement.text for statement in answer.statements]
