"""Nearest passages by vector, through llama-index's vector-store interface: kept in Chroma, and many in a store of our own.

One Chroma folder per generation, written once by the process that builds the generation. Chroma writes to its folder
even when it only reads, and two processes on one folder may damage it, so each reader opens a copy of its own. It takes
the rows from there once and compares them in memory: with filters Chroma needs 12 ms for what so takes less than one,
more than a question's embedding.
"""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np

from kb.errors import GenerationError
from kb.hnsw_files import blank_unused_rows
from kb.models.embedding import Vectors
from kb.records import Filters, Metadata, Passage, Topic

if TYPE_CHECKING:
    from kb.exact_vector_store import ExactVectorStore

_COLLECTION = "passages"
CHROMA_UP_TO = 4_000  # passages; Chroma adds some 1,500 a second, so that more would take longer than all else
_ALWAYS = 0
_NEVER = 99_991_231
_KEYS = (
    *("jurisdiction", "authority", "language", "effective_from", "effective_to"),
    *(f"topic_{topic.value}" for topic in Topic),
)
Value = str | int


class DenseIndex:
    """The vectors of one generation, opened for reading. Safe for several threads: nothing in it changes."""

    def __init__(self, store: "ExactVectorStore") -> None:
        self._store = store

    def query(self, vector: Vectors, k: int, filters: Filters, today: date) -> list[tuple[str, float]]:
        """Up to k (passage id, cosine similarity), best first."""
        from llama_index.core.vector_stores.types import VectorStoreQuery  # noqa: PLC0415

        result = self._store.query(
            VectorStoreQuery(query_embedding=vector.tolist(), similarity_top_k=k, filters=_where(filters, today))
        )
        return list(zip(result.ids or [], result.similarities or [], strict=True))

    def ids(self) -> set[str]:
        """All passage ids in the index."""
        return set(self._store.ids)

    def vectors(self, ids: Sequence[str]) -> Vectors:
        """The stored vectors of passages, rows in the order of `ids`."""
        return self._store.vectors(list(ids))


def write_dense_index(
    folder: Path, passages: Sequence[Passage], metadata: Mapping[str, Metadata], vectors: Vectors
) -> set[str]:
    """Write an index into a new folder, of the kind that suits so many passages, and give the ids that it holds then.

    `metadata` is by document id, `vectors` has one row per passage. Raises GenerationError.
    """
    values = {identifier: _where_values(one) for identifier, one in metadata.items()}
    ids = [passage.id for passage in passages]
    rows = [values[passage.document_id] for passage in passages]
    write = _write_exact if len(passages) > CHROMA_UP_TO else _write_chroma
    with _translated(folder, "can't be written; make room and give write access there"):
        return write(folder, ids, rows, vectors)


def open_dense_index(folder: Path) -> DenseIndex:
    """The index of a published generation. Raises GenerationError when it's missing or damaged."""
    from kb.exact_vector_store import ExactVectorStore  # noqa: PLC0415  imports llama-index

    with _translated(folder, "can't be opened; build it anew with `kb ingest`, or use `kb rollback`"):
        if (folder / "rows.json").is_file():
            return DenseIndex(ExactVectorStore.from_folder(folder))
        if (folder / "chroma.sqlite3").is_file():
            store = ExactVectorStore()
            store.add_rows(*_read_chroma(folder))
            return DenseIndex(store)
    raise GenerationError(f"{folder}: the dense index is missing; publish again with `kb ingest` or `kb rollback`")


def _write_exact(folder: Path, ids: list[str], metadata: list[dict[str, Value]], vectors: Vectors) -> set[str]:
    from kb.exact_vector_store import ExactVectorStore  # noqa: PLC0415  imports llama-index

    folder.mkdir(parents=True)
    store = ExactVectorStore()
    store.add_rows(ids, metadata, vectors)
    store.persist(str(folder))
    return set(store.ids)


def _write_chroma(folder: Path, ids: list[str], metadata: list[dict[str, Value]], vectors: Vectors) -> set[str]:
    from llama_index.core.schema import TextNode  # noqa: PLC0415
    from llama_index.vector_stores.chroma import ChromaVectorStore  # noqa: PLC0415

    client = _client(folder)
    try:
        collection = client.create_collection(
            _COLLECTION,
            configuration={"hnsw": {"space": "cosine", "ef_construction": 200, "ef_search": 200, "max_neighbors": 32}},
        )
        nodes = [
            TextNode(id_=identifier, text="", metadata=values, embedding=row.tolist())
            for identifier, values, row in zip(ids, metadata, vectors, strict=True)
        ]
        store, most = ChromaVectorStore(chroma_collection=collection), client.get_max_batch_size()
        for start in range(0, len(nodes), most):  # Chroma refuses more at once
            store.add(nodes[start : start + most])
        held = set(collection.get(include=[])["ids"])
    finally:
        client.close()
    blank_unused_rows(folder)
    return held


def _read_chroma(folder: Path) -> tuple[list[str], list[dict[str, Value]], Vectors]:
    """Ids, metadata and vectors of a published folder."""
    with TemporaryDirectory(prefix="kb-dense-") as copy:
        _copy_files(folder, Path(copy))
        client = _client(Path(copy))
        try:
            held = client.get_collection(_COLLECTION).get(include=["metadatas", "embeddings"])
        finally:
            client.close()
    # Beside ours the integration's own values stand there, each passage as JSON among them.
    metadata = [{key: values[key] for key in _KEYS} for values in held["metadatas"]]
    return held["ids"], metadata, np.asarray(held["embeddings"], dtype=np.float32)


def _copy_files(source: Path, target: Path) -> None:
    """Copy contents without permissions: the generation may be read-only, Chroma's copy may not."""
    for file in source.rglob("*"):
        if file.is_file():
            copy = target / file.relative_to(source)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, copy)


@contextmanager
def _translated(folder: Path, problem: str) -> Iterator[None]:
    try:
        yield
    except Exception as error:
        # Chroma raises kinds of its own, which a store without it need not wait for half a second to import.
        if not isinstance(error, ValueError | OSError) and type(error).__module__.split(".")[0] != "chromadb":
            raise
        raise GenerationError(f"{folder}: the dense index {problem} ({error})") from error


def _client(folder: Path) -> Any:
    import chromadb  # noqa: PLC0415
    from chromadb.api.shared_system_client import SharedSystemClient  # noqa: PLC0415
    from chromadb.config import Settings  # noqa: PLC0415

    try:
        return chromadb.PersistentClient(
            path=str(folder), settings=Settings(anonymized_telemetry=False, allow_reset=False)
        )
    except BaseException:
        # Chroma keeps what it could not start (the disk was full), and would give it to the next who asks for the folder.
        SharedSystemClient._identifier_to_system.pop(str(folder), None)  # noqa: SLF001  clear_system_cache ends all others
        raise


def _day_number(day: date | None, default: int) -> int:
    return default if day is None else day.year * 10_000 + day.month * 100 + day.day


def _where_values(metadata: Metadata) -> dict[str, Value]:
    return {
        "jurisdiction": metadata.jurisdiction.value,
        "authority": metadata.authority.value,
        "language": metadata.language.value,
        "effective_from": _day_number(metadata.effective_from, _ALWAYS),
        "effective_to": _day_number(metadata.effective_to, _NEVER),
        **{f"topic_{topic.value}": int(topic in metadata.topics) for topic in Topic},
    }


@lru_cache(maxsize=64)
def _where(filters: Filters, today: date) -> Any:
    from llama_index.core.vector_stores.types import FilterOperator, MetadataFilter, MetadataFilters  # noqa: PLC0415

    day = _day_number(filters.as_of or today, _ALWAYS)
    conditions = [
        MetadataFilter(key="effective_from", value=day, operator=FilterOperator.LTE),
        MetadataFilter(key="effective_to", value=day, operator=FilterOperator.GT),
    ]
    for key, value in (
        ("jurisdiction", filters.jurisdiction),
        ("authority", filters.authority),
        ("language", filters.language),
    ):
        if value is not None:
            conditions.append(MetadataFilter(key=key, value=value.value, operator=FilterOperator.EQ))
    if filters.topic is not None:
        conditions.append(MetadataFilter(key=f"topic_{filters.topic.value}", value=1, operator=FilterOperator.EQ))
    return MetadataFilters(filters=conditions)
