"""Retrieval on public sets, each stage beside what it is made of: `python -m evals.retrieval_bench FOLDER...`.

Every passage of a set becomes a document, as an editor's file would, and goes through the product's own splitting,
indexing and retrieval with the product's own settings; nothing is set per set. Vectors are kept in `--home`.
"""

import argparse
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from enum import StrEnum
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import numpy as np

from evals.retrieval_sets import RetrievalSet, read_retrieval_sets
from ingest.embedding_cache import EmbeddingCache
from ingest.front_matter import FrontMatter
from ingest.loaders import LoadedText
from ingest.read import build_document
from kb.generation import (
    FORMAT,
    Generation,
    Manifest,
    VectorSet,
    heading_input,
    open_generation,
    passage_input,
    write_generation,
)
from kb.home import Home
from kb.models.embedding import Embedder, load_embedder
from kb.models.question_tuning import question_vectors
from kb.question import understand
from kb.records import Authority, Document, Filters, Jurisdiction, Topic
from kb.retrieve import POOL, Signals, ask_retrievers, best_rows, fuse
from kb.retrieve import Scores as SignalScores
from kb.settings import load_settings

DEPTH = 10  # passages or documents that count
RRF_K = 60  # Cormack, Clarke and Büttcher (2009)
Ranking = Sequence[str]


class Stage(StrEnum):
    """What a ranking is made by."""

    BM25 = "BM25 alone"
    DENSE = "dense alone"
    RRF = "rank fusion of the two"
    TUNED = "dense, question tuned"
    UNTUNED = "the product's, not tuned"
    PRODUCT = "the product's"


_TUNED = frozenset({Stage.TUNED, Stage.PRODUCT})


def rank(signals: Signals, stage: Stage, ids: Sequence[str]) -> list[str]:
    """Passages by one stage, best first. `ids` in the order of the signals."""
    if stage is Stage.BM25:
        return _by_score(signals.lexical, ids)
    if stage in (Stage.DENSE, Stage.TUNED):
        return _by_score(signals.dense, ids)
    if stage in (Stage.UNTUNED, Stage.PRODUCT):
        return _by_score(fuse(signals), ids)
    shares = np.zeros(len(ids))
    for scores in (signals.dense, signals.lexical):
        rows = best_rows(scores, ids, len(ids))
        shares[rows] += 1.0 / (RRF_K + 1 + np.arange(len(rows)))
    return _by_score(np.where(shares > 0, shares, np.nan), ids)


def _by_score(scores: SignalScores, ids: Sequence[str]) -> list[str]:
    return [ids[row] for row in best_rows(scores, ids, len(ids))]


@dataclass(frozen=True, kw_only=True, slots=True)
class Scores:
    """Means over questions, each in [0, 1]; a question without a hit counts as zero. `n` questions."""

    recall_1: float
    recall_10: float
    mean_average_precision: float  # MAP@10, over all relevant ones
    reciprocal_rank: float  # MRR@10
    n: int


def score(rankings: Mapping[str, Ranking], relevant: Mapping[str, frozenset[str]]) -> Scores:
    """Scores of rankings, best first; only the first `DEPTH` of each count."""
    rows = [_of_question(list(rankings[question])[:DEPTH], relevant[question]) for question in rankings]
    means = np.array(rows).mean(axis=0) if rows else np.zeros(4)
    return Scores(
        recall_1=float(means[0]),
        recall_10=float(means[1]),
        mean_average_precision=float(means[2]),
        reciprocal_rank=float(means[3]),
        n=len(rows),
    )


def _of_question(ranking: Ranking, relevant: frozenset[str]) -> tuple[float, float, float, float]:
    hits = [position for position, identifier in enumerate(ranking, 1) if identifier in relevant]
    precisions = [count / position for count, position in enumerate(hits, 1)]
    return (
        float(bool(hits) and hits[0] == 1),
        len(hits) / len(relevant),
        sum(precisions) / len(relevant),
        1.0 / hits[0] if hits else 0.0,
    )


def documents_of(retrieval_set: RetrievalSet, fits: Callable[[str], bool]) -> list[Document]:
    """One document a row, split as an editor's text would be."""
    return [
        build_document(
            f"{number}.txt",
            LoadedText(text=row.text),
            FrontMatter(
                id=f"row-{number}",
                title=row.title or "-",
                authority=Authority.INTERNAL,
                jurisdiction=Jurisdiction.US,
                topics=(Topic.HIPAA,),
                language=retrieval_set.language,
            ),
            fits,
        )
        for number, row in enumerate(retrieval_set.rows)
    ]


def index(retrieval_set: RetrievalSet, embedder: Embedder, home: Home, cache: EmbeddingCache) -> Generation:
    """A generation of the set. Sentences have no vectors in it: retrieval doesn't use them."""
    documents = documents_of(retrieval_set, embedder.fits)
    pairs = [(document, passage) for document in documents for passage in document.passages]
    headings = [heading_input(passage) for _, passage in pairs]
    texts = [passage_input(document, passage) for document, passage in pairs]
    rows, _ = cache.embed(embedder, [*texts, *headings], _tell)
    manifest = Manifest(
        id="g000001-00000000",
        number=1,
        created=datetime.now(tz=UTC),
        parent=None,
        format=FORMAT,
        model=embedder.identity,
        dimension=rows.shape[1],
        fingerprint="",
        documents=len(documents),
        passages=len(pairs),
        units=0,
        documents_sha256="",
    )
    units = np.zeros((sum(len(passage.units) for _, passage in pairs), rows.shape[1]), dtype=np.float32)
    vectors = VectorSet(passages=rows[: len(pairs)], headings=rows[len(pairs) :], units=units)
    write_generation(home.generations / manifest.id, manifest, documents, vectors)
    return open_generation(home, manifest.id)


def _tell(done: int, of: int) -> None:
    if done % 2_048 == 0:
        print(f"  embedded {done} of {of}", flush=True)  # noqa: T201


def compare(retrieval_set: RetrievalSet, embedder: Embedder, cache: EmbeddingCache) -> str:
    """A table of the set: each stage alone, then what the product uses."""
    today = date(2026, 1, 1)
    with TemporaryDirectory() as folder:
        generation = index(retrieval_set, embedder, Home(folder), cache)
        rankings: dict[Stage, dict[str, Ranking]] = {stage: {} for stage in Stage}
        started = perf_counter()
        for identifier, text in retrieval_set.questions.items():
            question = understand(text, as_of=today)
            vectors = question_vectors(embedder, question.text)
            tuned, plain = (
                ask_retrievers(generation, asked, question, Filters(), today, POOL)
                for asked in (vectors, replace(vectors, tuned=vectors.plain))
            )
            for stage in Stage:
                passages = rank(tuned if stage in _TUNED else plain, stage, generation.passage_ids)
                rankings[stage][identifier] = _places(retrieval_set, generation, passages)
        seconds = perf_counter() - started
    lines = [
        f"{retrieval_set.name}: {len(retrieval_set.rows)} passages, {len(retrieval_set.questions)} questions, {seconds:.0f} s"
    ]
    for stage in Stage:
        found = score(rankings[stage], retrieval_set.relevant)
        lines.append(
            f"  {stage.value:28} R@1 {found.recall_1:.4f}  R@10 {found.recall_10:.4f}  "
            f"MAP@10 {found.mean_average_precision:.4f}  MRR@10 {found.reciprocal_rank:.4f}"
        )
    return "\n".join(lines)


def _places(retrieval_set: RetrievalSet, generation: Generation, passages: Sequence[str]) -> list[str]:
    """What the judgements name, best first, each once."""
    numbers = [int(generation.passages[passage].document_id.removeprefix("row-")) for passage in passages]
    rows = [retrieval_set.rows[number] for number in numbers]
    return list(dict.fromkeys(row.document if retrieval_set.by_document else row.id for row in rows))


def main(arguments: Sequence[str] | None = None) -> None:
    """Print a table for each pairing of each folder."""
    parser = argparse.ArgumentParser(prog="python -m evals.retrieval_bench", description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--home", type=Path, default=Path("build/retrieval"), help="where vectors are kept")
    options = parser.parse_args(arguments)
    embedder = load_embedder(load_settings(home=options.home))
    with closing(EmbeddingCache(options.home / "cache")) as cache:
        for folder in options.folders:
            for retrieval_set in read_retrieval_sets(folder):
                print(compare(retrieval_set, embedder, cache), flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
