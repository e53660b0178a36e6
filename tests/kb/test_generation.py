"""Generations on disk and their two indexes."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from ingest import publish
from kb.dense_index import DenseIndex, open_dense_index, write_dense_index
from kb.errors import GenerationError
from kb.generation import (
    MEAN_NEEDS_PASSAGES,
    Generation,
    fingerprint_of,
    language_means,
    open_generation,
    read_documents,
    read_manifest,
)
from kb.home import Home
from kb.lexical_index import build_lexical_index, open_lexical_index
from kb.models.embedding import Vectors
from kb.records import Authority, Filters, Jurisdiction, Language, Metadata, Passage, Topic, Unit
from tests.embedders import HashingEmbedder
from tests.ingest.writing import small_folder

TODAY = date(2026, 11, 22)
IndexOf = Callable[..., DenseIndex]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    place = tmp_path_factory.mktemp("generation")
    publish(small_folder(place / "corpus"), place / "home", embedder=HashingEmbedder())
    return Home(place / "home")


@pytest.fixture
def generation(home: Home) -> Generation:
    return open_generation(home, home.live_id())


def test_the_manifest_counts_what_is_there(generation: Generation) -> None:
    manifest = generation.manifest
    documents = generation.documents.values()
    assert (manifest.id, manifest.number, manifest.parent) == (generation.id, 1, None)
    assert manifest.documents == len(documents) == 3
    assert manifest.passages == len(generation.passages) == sum(len(d.passages) for d in documents)
    assert manifest.units == sum(len(p.units) for p in generation.passages.values())
    assert manifest.created.tzinfo is not None


def test_documents_are_read_back_as_they_were_written(home: Home, generation: Generation) -> None:
    folder = home.folder(home.live_id())
    documents = read_documents(folder, read_manifest(folder))
    assert {document.id: document for document in documents} == generation.documents
    assert fingerprint_of(documents, generation.manifest.model) == generation.manifest.fingerprint


def test_a_fingerprint_does_not_depend_on_order_but_on_all_else(generation: Generation) -> None:
    documents = list(generation.documents.values())
    same = fingerprint_of(documents, "m")
    passages = documents[0].passages
    assert fingerprint_of(documents[::-1], "m") == same
    assert fingerprint_of(documents, "other") != same
    assert fingerprint_of(documents[1:], "m") != same
    assert fingerprint_of([replace(documents[0], path="x.md"), *documents[1:]], "m") != same
    resplit = replace(documents[0], passages=(replace(passages[0], context=()), *passages[1:]))
    assert fingerprint_of([resplit, *documents[1:]], "m") != same


def test_each_unit_has_its_own_vector(generation: Generation) -> None:
    embedder = HashingEmbedder()
    for document in generation.documents.values():
        for passage in document.passages:
            rows = generation.unit_vectors([passage])
            assert rows.shape == (len(passage.units), generation.manifest.dimension)
            for unit, row in zip(passage.units, rows, strict=True):
                text = f"{passage.context[-1]}: {document.text[unit.start : unit.end]}"
                assert np.allclose(row, embedder.embed_query(text), atol=1e-3)


def test_many_threads_may_search_one_generation(generation: Generation) -> None:
    vector = HashingEmbedder().embed_query("How much is the bonus?")
    expected = generation.dense.query(vector, 3, Filters(), TODAY)
    started = threading.Barrier(8)

    def search(_: int) -> list[tuple[str, float]]:
        started.wait()
        return generation.dense.query(vector, 3, Filters(), TODAY)

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(search, range(8))) == [expected] * 8


def test_no_copy_of_the_index_is_left_after_opening(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    opened = open_generation(home, home.live_id())
    assert opened.dense.ids() == set(opened.passages)
    assert list(tmp_path.iterdir()) == []


# The dense index


def passages_of(count: int, language: Language = Language.EN) -> list[Passage]:
    return [
        Passage(
            id=f"p{n}", document_id=f"d{n}", ordinal=0, section=(), pinpoint=None, language=language, page=None, start=0,
            end=5, text="Text.", units=(Unit(start=0, end=5),),
        )
        for n in range(count)
    ]  # fmt: skip


def metadata(**values: object) -> Metadata:
    sound: dict[str, object] = {
        "id": "d", "title": "T", "authority": Authority.AGENCY, "jurisdiction": Jurisdiction.MX, "topics": (Topic.PTU,),
        "language": Language.EN,
    }  # fmt: skip
    return Metadata(**{**sound, **values})  # type: ignore[arg-type]


DOCUMENTS = [
    metadata(),
    metadata(jurisdiction=Jurisdiction.US, topics=(Topic.HIPAA, Topic.PRIVACY)),
    metadata(authority=Authority.STATUTE, language=Language.ES),
    metadata(effective_from=date(2026, 1, 1), effective_to=date(2027, 1, 1)),
    metadata(effective_from=date(2027, 1, 1)),
    metadata(effective_to=date(2026, 1, 1)),
    metadata(effective_from=TODAY),
    metadata(effective_to=TODAY),
]
FILTERS = [
    Filters(),
    Filters(jurisdiction="US"),
    Filters(jurisdiction="MX", language="es"),
    Filters(topic="privacy"),
    Filters(topic="ptu", authority="agency"),
    Filters(authority="statute"),
    Filters(as_of="2025-12-31"),
    Filters(as_of="2026-01-01"),
    Filters(as_of="2027-01-01", jurisdiction="MX"),
    Filters(topic="tax"),
]


@pytest.fixture(params=["chroma", "exact"])
def index_of(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> IndexOf:
    """Writes and opens an index of either kind."""
    if request.param == "exact":
        monkeypatch.setattr("kb.dense_index.CHROMA_UP_TO", 0)

    def write_and_open(vectors: Vectors, documents: Sequence[Metadata] | None = None) -> DenseIndex:
        passages = passages_of(len(vectors))
        described = documents or [metadata()] * len(vectors)
        by_id = dict(zip([passage.document_id for passage in passages], described, strict=True))
        held = write_dense_index(tmp_path / "dense", passages, by_id, vectors)
        assert held == {passage.id for passage in passages}
        assert (tmp_path / "dense" / "rows.json").is_file() == (request.param == "exact")
        return open_dense_index(tmp_path / "dense")

    return write_and_open


@pytest.mark.parametrize("filters", FILTERS, ids=str)
def test_the_index_admits_exactly_what_the_filters_admit(index_of: IndexOf, filters: Filters) -> None:
    vectors = np.eye(len(DOCUMENTS), dtype=np.float32)
    found = {identifier for identifier, _ in index_of(vectors, DOCUMENTS).query(vectors[0], 99, filters, TODAY)}
    assert found == {f"p{n}" for n, document in enumerate(DOCUMENTS) if filters.admits(document, TODAY)}


def test_scores_are_cosines_best_first(index_of: IndexOf) -> None:
    vectors = np.array([[2, 0], [0.6, 0.8], [-1, 0]], dtype=np.float32)
    found = index_of(vectors).query(vectors[0], 2, Filters(), TODAY)
    assert [identifier for identifier, _ in found] == ["p0", "p1"]
    assert [score for _, score in found] == pytest.approx([1.0, 0.6], abs=1e-5)


def test_more_passages_than_chroma_takes_at_once_are_all_stored(
    index_of: IndexOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chromadb.api.client.Client.get_max_batch_size", lambda _: 7)
    assert len(index_of(np.eye(50, dtype=np.float32)).ids()) == 50


def test_vectors_are_held_as_they_were_given(index_of: IndexOf) -> None:
    rows = index_of(np.eye(20, dtype=np.float32) * 3).vectors(["p7", "p2"])
    assert rows.tolist() == (np.eye(20)[[7, 2]] * 3).tolist()


def test_an_exact_index_that_is_broken_is_told(tmp_path: Path) -> None:
    for rows in (b"", b'{"ids": ["a"], "columns": {}}'):
        (tmp_path / "rows.json").write_bytes(rows)
        np.save(tmp_path / "vectors.npy", np.zeros((2, 2), dtype=np.float32))
        with pytest.raises(GenerationError, match=r"the dense index can't be opened; build it anew with `kb ingest`"):
            open_dense_index(tmp_path)


def test_an_index_that_is_missing_or_broken_is_told(tmp_path: Path) -> None:
    with pytest.raises(GenerationError, match="the dense index is missing"):
        open_dense_index(tmp_path / "nothing")
    for content in (b"", b"x" * 5_000):
        (tmp_path / "chroma.sqlite3").write_bytes(content)
        with pytest.raises(GenerationError, match=r"the dense index can't be opened; build it anew with `kb ingest`"):
            open_dense_index(tmp_path)


# The lexical index


def test_rare_stems_weigh_more_and_unknown_ones_nothing(tmp_path: Path) -> None:
    build_lexical_index(tmp_path / "en", ["a", "b", "c"], [["ptu", "share"], ["ptu", "cap"], ["ptu"]])
    index = open_lexical_index(tmp_path / "en", Language.EN)
    assert index.ids == ["a", "b", "c"]
    scores = index.scores([["cap", "nobody"]])
    assert scores[1] > 0 == scores[0] == scores[2]
    assert index.scores([["nobody"]]).tolist() == [0, 0, 0]
    assert index.rarity("nobody") > index.rarity("cap") > index.rarity("ptu") >= 0
    assert (index.knows("cap"), index.knows("nobody")) == (True, False)


def test_stems_that_stand_together_tell_more_than_both_somewhere(tmp_path: Path) -> None:
    texts = [
        ["profit", "shop", "year", "sharing"],
        ["profit", "sharing", "shop", "year"],
        ["profit", "by", "sharing", "year"],
    ]
    build_lexical_index(tmp_path / "en", ["apart", "next", "one-between"], texts)
    index = open_lexical_index(tmp_path / "en", Language.EN)
    apart, together, near = index.scores([["profit", "sharing"]])
    assert 0 < apart < near == together
    assert len(set(index.scores([["profit"], ["sharing"]]).tolist())) == 1  # of two runs nothing makes a pair
    assert index.rarity("profit sharing") == index.rarity("nobody")  # a pair is no stem


def test_a_language_without_passages_or_words_is_searched_in_vain(tmp_path: Path) -> None:
    build_lexical_index(tmp_path / "none", [], [])
    build_lexical_index(tmp_path / "empty", ["a", "b"], [[], []])
    build_lexical_index(tmp_path / "partly", ["a", "b"], [[], ["ptu"]])
    assert open_lexical_index(tmp_path / "none", Language.EN).scores([["ptu"]]).tolist() == []
    assert open_lexical_index(tmp_path / "empty", Language.EN).scores([["ptu"]]).tolist() == [0, 0]
    assert open_lexical_index(tmp_path / "partly", Language.EN).scores([["ptu"]])[1] > 0


@pytest.mark.parametrize(
    "name", ["rows.json", "bm25/data.csc.index.npy", "bm25/params.index.json", "bm25/vocab.index.json"]
)
@pytest.mark.parametrize("content", [None, b"", b"{", b"\x93NUMPY\x01\x00"])
def test_a_broken_lexical_index_is_told(tmp_path: Path, name: str, content: bytes | None) -> None:
    build_lexical_index(tmp_path / "en", ["a"], [["ptu"]])
    path = tmp_path / "en" / name
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(GenerationError, match="the lexical index can't be read"):
        open_lexical_index(tmp_path / "en", Language.EN).scores([["ptu"]])


# Language means


def test_means_are_taken_where_both_languages_have_enough_passages() -> None:
    count = MEAN_NEEDS_PASSAGES
    both = passages_of(count) + passages_of(count, Language.ES)
    vectors = np.repeat(np.array([[1, 0], [0, 1]], dtype=np.float32), count, axis=0)
    assert language_means(both, vectors).tolist() == [[1, 0], [0, 1]]
    assert not language_means(both[1:], vectors[1:]).any()


def test_a_long_document_weighs_no_more_in_a_mean_than_a_short_one() -> None:
    english = passages_of(MEAN_NEEDS_PASSAGES)
    long = [replace(passage, document_id="statute") for passage in passages_of(3 * MEAN_NEEDS_PASSAGES, Language.ES)]
    short = [replace(passage, document_id="article") for passage in passages_of(1, Language.ES)]
    vectors = np.repeat(np.array([[0, 0], [1, 0], [0, 1]], dtype=np.float32), [len(english), len(long), 1], axis=0)
    assert np.abs(language_means([*english, *long, *short], vectors) - np.array([[0, 0], [0.5, 0.5]])).max() < 1e-6
