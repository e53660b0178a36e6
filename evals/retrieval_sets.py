"""Retrieval sets: passages, questions, and which passages or documents answer each question.

A set is a folder with `corpus*.jsonl` (or `.jsonl.gz`) of {id, title, text, doc}, `queries*.jsonl` of {id, text} and
`qrels.tsv` of question, passage or document, grade; questions and judgements may stand in a folder `dev` or `test`.
"""

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from kb.errors import UsageError
from kb.records import Language


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """A passage of a set. `document` is what judgements may name instead of the passage."""

    id: str
    title: str
    text: str
    document: str


@dataclass(frozen=True, kw_only=True, slots=True)
class RetrievalSet:
    """One pairing of questions and passages. `relevant[question]` are ids of passages, or of documents."""

    name: str
    rows: tuple[Row, ...]
    language: Language  # of the passages
    questions: dict[str, str]
    relevant: dict[str, frozenset[str]]
    by_document: bool  # a document is found as soon as one of its passages is


def read_retrieval_sets(folder: Path) -> Iterator[RetrievalSet]:
    """Each pairing of a corpus and a question file of a folder. Raises UsageError for what can't be read."""
    corpora = sorted([*folder.glob("corpus*.jsonl"), *folder.glob("corpus*.jsonl.gz")])
    questions = sorted(folder.rglob("queries*.jsonl"))
    judgements = sorted(folder.rglob("qrels.tsv"))
    if not corpora or not questions or len(judgements) != 1:
        raise UsageError(f"{folder}: needs corpus*.jsonl, queries*.jsonl and one qrels.tsv")
    relevant = _judgements(judgements[0])
    for corpus in corpora:
        rows = tuple(
            Row(id=r["id"], title=r.get("title", ""), text=r["text"], document=r.get("doc", r["id"]))
            for r in _lines(corpus)
        )
        ids = {row.id for row in rows}
        judged = frozenset().union(*relevant.values())
        for file in questions:
            spoken = {r["id"]: r["text"] for r in _lines(file) if r["id"] in relevant}
            yield RetrievalSet(
                name=f"{folder.name} {_language(file).value}→{_language(corpus).value}",
                rows=rows,
                language=_language(corpus),
                questions=spoken,
                relevant={identifier: relevant[identifier] for identifier in spoken},
                by_document=not judged & ids,
            )


def _lines(path: Path) -> list[dict[str, str]]:
    try:
        content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        return [json.loads(line) for line in content.decode().splitlines() if line.strip()]
    except (OSError, ValueError) as error:
        raise UsageError(f"{path}: can't be read as JSON lines ({error})") from error


def _judgements(path: Path) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        question, place, grade = line.split("\t")
        if int(grade) > 0:
            found.setdefault(question, set()).add(place)
    return {question: frozenset(places) for question, places in found.items()}


def _language(path: Path) -> Language:
    return Language.ES if ".es." in path.name else Language.EN
