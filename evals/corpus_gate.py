"""The gate of an ingest: the cases beside the articles, which a new generation must answer before it goes live."""

from contextlib import closing
from pathlib import Path

from evals.cases import read_cases
from evals.run import score_case
from ingest.publish import Gate
from kb.home import Home
from kb.knowledge_base import KnowledgeBase
from kb.models.embedding import Embedder

CASES = "_gate.jsonl"


def corpus_gate(folder: Path, embedder: Embedder) -> Gate | None:
    """A gate over the cases in the folder; None where it holds none. Raises UsageError when the cases are faulty."""
    path = folder / CASES
    if not path.is_file():
        return None
    cases = read_cases(path)

    def judge(home: Home, candidate: str) -> list[str]:
        """A line for every case that the candidate generation doesn't answer as expected."""
        # Without a language model: a gate must judge the same each time.
        opened = KnowledgeBase.open(home.path, generation=candidate, embedder=embedder, quotes_only=True)
        with closing(opened) as base:
            scored = [score_case(base, case) for case in cases]
        return [f"{path}: {case.case.id}: {'; '.join(case.faults)}" for case in scored if case.faults]

    return judge
