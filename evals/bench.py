"""Ratios that hold on any machine, and our answers beside the plain starter's: `python -m evals.bench` (`make bench`).

Absolute times are printed for orientation only; nothing here fails on them.
"""

import argparse
from collections.abc import Callable, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

from evals.cases import Case, read_cases
from evals.metrics import CaseResult, measures_of
from evals.run import answer_text, run_set
from evals.starter_baseline import TOP, ask_starter, build_starter, score_starter
from ingest import publish
from kb.knowledge_base import KnowledgeBase
from kb.models.embedding import Embedder, Vectors, rereads
from kb.models.layer_changes import LayerChanges
from kb.records import Filters

ASKED = 30  # questions for the latency ratio
ROUNDS = 3
INGEST_ROUNDS = 2  # the best of them: other work on the machine only ever adds time
_MEASURES = (
    "fact_recall",
    "forbidden_rate",
    "abstention_recall",
    "false_abstention_rate",
    "latency_ms_p50",
    "latency_ms_p95",
)


class RecordingEmbedder:
    """Passes texts on to an embedder and keeps them."""

    def __init__(self, inner: Embedder) -> None:
        self.identity = inner.identity
        self.queries: list[Callable[[], object]] = []  # each the bare call
        self.texts: list[str] = []
        self._inner = inner

    def embed_query(self, text: str) -> Vectors:
        """One question, remembered."""
        self.queries.append(partial(self._inner.embed_query, text))
        return self._inner.embed_query(text)

    def embed_query_twice(self, text: str, changes: LayerChanges) -> tuple[Vectors, Vectors]:
        """One question in both ways, remembered as one call."""
        if not rereads(self._inner):
            raise TypeError(f"{self.identity} can't read a question twice")
        self.queries.append(partial(self._inner.embed_query_twice, text, changes))
        return self._inner.embed_query_twice(text, changes)

    def embed_pairs(self, query: str, passages: Sequence[str], changes: LayerChanges) -> Vectors:
        """A question with passages, remembered as one call."""
        if not rereads(self._inner):
            raise TypeError(f"{self.identity} can't read pairs")
        self.queries.append(partial(self._inner.embed_pairs, query, passages, changes))
        return self._inner.embed_pairs(query, passages, changes)

    def embed_passages(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> Vectors:
        """Passages, remembered."""
        self.texts.extend(texts)
        return self._inner.embed_passages(texts, progress)

    def fits(self, text: str) -> bool:
        """As the inner one says."""
        return self._inner.fits(text)


def ask_ratio(base: KnowledgeBase, cases: Sequence[Case]) -> str:
    """A warm answer against the embeddings it makes and nothing else, medians of several rounds after one to warm up."""
    chosen = list(cases[:ASKED])
    recording = RecordingEmbedder(base.embedder)
    asked = KnowledgeBase(base.home, base.generation, recording, base.calibration)
    asks, embeds = [], []
    for case in chosen * (1 + ROUNDS):
        recording.queries.clear()
        ask = partial(asked.ask, case.question, filters=Filters(as_of=case.as_of), record=False)
        asks.append(_milliseconds(ask))
        embeds.append(sum(map(_milliseconds, recording.queries)))
    warm = slice(len(chosen), None)
    whole, bare = median(asks[warm]), median(embeds[warm])
    return f"warm ask / bare query embeddings: {whole / bare:.2f} ({whole:.1f} ms / {bare:.1f} ms, median of {len(asks[warm])})"


def ingest_ratio(folder: Path, embedder: Embedder) -> str:
    """A whole ingest into an empty home against embedding the same texts and nothing else, in turn, the best of each."""
    wholes, bares = [], []
    for _ in range(INGEST_ROUNDS):
        recording = RecordingEmbedder(embedder)
        with TemporaryDirectory() as home:
            wholes.append(_milliseconds(partial(publish, folder, home, embedder=recording)) / 1000)
        bares.append(_milliseconds(partial(embedder.embed_passages, recording.texts)) / 1000)
    whole, bare = min(wholes), min(bares)
    count = len(recording.texts)
    return (
        f"ingest of {folder} / bare embedder on the same {count} texts: {whole / bare:.2f} "
        f"({count / whole:.1f} and {count / bare:.1f} texts a second)"
    )


def quality_table(base: KnowledgeBase, folder: Path, cases: Sequence[Case]) -> str:
    """Ours and the starter's answers to the same cases by the same measures; the starter's whole and cut to our length."""
    run = run_set(base, "bench", cases)
    our_words = [len(answer_text(scored.answer).split()) for scored in run.scored if scored.answer]
    our_words = [words for words in our_words if words]  # abstentions have none
    length = round(median(our_words)) if our_words else 0
    retriever = build_starter(folder, base.embedder)
    answers = [ask_starter(retriever, case) for case in cases]
    their_words = [len(answer.text.split()) for answer in answers]
    columns: dict[str, list[CaseResult]] = {
        "this project": [scored.result for scored in run.scored],
        f"starter, top {TOP}": [score_starter(case, answer) for case, answer in zip(cases, answers, strict=True)],
        f"its first {length} words": [
            score_starter(case, answer.shortened(length)) for case, answer in zip(cases, answers, strict=True)
        ],
    }
    rows = [[name, *(_value(name, results) for results in columns.values())] for name in _MEASURES]
    rows.append(["words an answer, median", str(length), str(round(median(their_words))), str(length)])
    lines = [f"{row[0]:26}" + "".join(f"{cell:>22}" for cell in row[1:]) for row in (["", *columns], *rows)]
    return "\n".join([f"{len(cases)} cases of the reporting half", *lines])


def _value(name: str, results: Sequence[CaseResult]) -> str:
    found = measures_of(results)[name]
    if not found.n:
        return "-"
    return f"{found.value:.0f} ms" if name.startswith("latency") else f"{found.value:.3f}"


def _milliseconds(function: Callable[[], object]) -> float:
    started = perf_counter()
    function()
    return (perf_counter() - started) * 1000


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the ratios and the table."""
    parser = argparse.ArgumentParser(prog="python -m evals.bench", description=__doc__)
    parser.add_argument("--home", default=".kb", help="a home with a published generation of --corpus")
    parser.add_argument("--corpus", type=Path, default=Path("corpus"))
    parser.add_argument("--ingest", type=Path, default=Path("corpus/ptu"), help="what to ingest for the ingest ratio")
    parser.add_argument("--set", type=Path, default=Path("evals/sets/staff.jsonl"))
    options = parser.parse_args(arguments)
    cases = [case for case in read_cases(options.set) if case.half == "report"]
    with closing(KnowledgeBase.open(options.home)) as base:
        base.ask(cases[0].question, record=False)  # loads what is loaded once
        print(ask_ratio(base, cases), flush=True)  # noqa: T201
        print(ingest_ratio(options.ingest, base.embedder), flush=True)  # noqa: T201
        print(quality_table(base, options.corpus, cases))  # noqa: T201


if __name__ == "__main__":
    main()
