import gzip
import json
from contextlib import closing
from pathlib import Path

import pytest

from evals.retrieval_bench import Stage, compare, score
from evals.retrieval_sets import read_retrieval_sets
from ingest.embedding_cache import EmbeddingCache
from kb.errors import UsageError
from kb.records import Language
from tests.embedders import HashingEmbedder

ROWS = [
    {"id": "a", "title": "Dogs", "text": "A dog barks at night.", "doc": "animals"},
    {"id": "b", "title": "Cars", "text": "A car needs fuel to drive.", "doc": "traffic"},
]


def written(folder: Path, *, packed: bool = False) -> Path:
    folder.mkdir()
    lines = "\n".join(json.dumps(row) for row in ROWS).encode()
    name = "corpus.jsonl.gz" if packed else "corpus.jsonl"
    (folder / name).write_bytes(gzip.compress(lines) if packed else lines)
    (folder / "queries.es.jsonl").write_text(json.dumps({"id": "q", "text": "fuel car"}) + "\n", encoding="utf-8")
    (folder / "qrels.tsv").write_text("q\tb\t1\n", encoding="utf-8")
    return folder


@pytest.mark.parametrize("packed", [False, True])
def test_a_set_is_read_with_its_languages_and_judgements(tmp_path: Path, packed: bool) -> None:
    (found,) = read_retrieval_sets(written(tmp_path / "set", packed=packed))
    assert [row.id for row in found.rows] == ["a", "b"]
    assert (found.name, found.language) == ("set es→en", Language.EN)
    assert found.questions == {"q": "fuel car"}
    assert found.relevant == {"q": frozenset({"b"})}
    assert not found.by_document


def test_judgements_may_name_documents(tmp_path: Path) -> None:
    folder = written(tmp_path / "set")
    (folder / "qrels.tsv").write_text("q\ttraffic\t1\n", encoding="utf-8")
    (found,) = read_retrieval_sets(folder)
    assert found.by_document


def test_an_incomplete_set_is_refused(tmp_path: Path) -> None:
    folder = written(tmp_path / "set")
    (folder / "qrels.tsv").unlink()
    with pytest.raises(UsageError, match="qrels"):
        list(read_retrieval_sets(folder))


def test_scores_are_those_counted_by_hand() -> None:
    found = score({"one": ["x", "b", "c"], "two": ["y"]}, {"one": frozenset({"b", "c"}), "two": frozenset({"z"})})
    assert found.n == 2
    assert found.recall_1 == 0.0
    assert found.recall_10 == pytest.approx(0.5)  # both of the first, none of the second
    assert found.mean_average_precision == pytest.approx((1 / 2 + 2 / 3) / 2 / 2)
    assert found.reciprocal_rank == pytest.approx(0.25)


def test_only_the_first_ten_count() -> None:
    ranking = [str(number) for number in range(20)]
    assert score({"q": ranking}, {"q": frozenset({"12"})}).recall_10 == 0.0


def test_every_stage_has_a_line_and_finds_the_passage(tmp_path: Path) -> None:
    (found,) = read_retrieval_sets(written(tmp_path / "set"))
    with closing(EmbeddingCache(tmp_path / "cache")) as cache:
        head, *lines = compare(found, HashingEmbedder(), cache).split("\n")
    assert "2 passages, 1 questions" in head
    assert [line.split("  R@1")[0].strip() for line in lines] == [stage.value for stage in Stage]
    assert all("R@10 1.0000" in line for line in lines)
