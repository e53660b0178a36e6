"""Nearest passages by vector, in Chroma through llama-index's vector-store interface.

One Chroma folder per generation, written once by the process that builds the generation. Chroma writes to its folder
even when it only reads, and two processes on one folder may damage it, so each reader opens a copy of its own.
"""

import math
import shutil
import threading
import weakref
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from functools import partial
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import numpy as np

from kb.errors import GenerationError
from kb.models.embedding import Vectors
from kb.records import Filters, Metadata, Passage, Topic

_COLLECTION = "passages"
_ALWAYS = 0
_NEVER = 99_991_231


class DenseIndex:
    """A Chroma collection of one generation. Safe for several threads."""

    def __init__(
        self, folder: Path, client: Any, collection: Any, remove_copy: Callable[[], object] | None = None
    ) -> None:
        from llama_index.vector_stores.chroma import ChromaVectorStore  # noqa: PLC0415

        self._folder = folder
        self._remove_copy = remove_copy
        self._client = client
        self._collection = collection
        self._store = ChromaVectorStore(chroma_collection=collection)
        self._lock = threading.Lock()

    def add(self, passages: Sequence[Passage], metadata: dict[str, Metadata], vectors: Vectors) -> None:
        """Store passages with one vector row each; used while building only."""
        from llama_index.core.schema import TextNode  # noqa: PLC0415

        nodes = [
            TextNode(
                id_=passage.id, text="", metadata=_where_values(metadata[passage.document_id]), embedding=row.tolist()
            )
            for passage, row in zip(passages, vectors, strict=True)
        ]
        batch = int(self._client.get_max_batch_size())  # Chroma refuses larger ones
        for start in range(0, len(nodes), batch):
            with _translated(self._folder, "can't be written; make room and give write access there"):
                self._store.add(nodes[start : start + batch])

    def query(self, vector: Vectors, k: int, filters: Filters, today: date) -> list[tuple[str, float]]:
        """Up to k (passage id, cosine similarity), best first."""
        from llama_index.core.vector_stores.types import VectorStoreQuery  # noqa: PLC0415

        with self._lock:
            result = self._store.query(
                VectorStoreQuery(query_embedding=vector.tolist(), similarity_top_k=k, filters=_where(filters, today))
            )
        # The integration returns exp(-distance) with distance = 1 - cosine.
        return [
            (identifier, 1.0 + math.log(similarity))
            for identifier, similarity in zip(result.ids or [], result.similarities or [], strict=True)
        ]

    def ids(self) -> set[str]:
        """All passage ids in the index."""
        return set(self._collection.get(include=[])["ids"])

    def vectors(self, ids: Sequence[str]) -> Vectors:
        """The stored vectors of passages, rows in the order of `ids`."""
        found = self._collection.get(ids=list(ids), include=["embeddings"])
        row = {identifier: position for position, identifier in enumerate(found["ids"])}
        rows: Vectors = np.asarray(found["embeddings"], dtype=np.float32)[[row[identifier] for identifier in ids]]
        return rows

    def close(self) -> None:
        """Release the files; the index can't be used afterwards."""
        with self._lock:
            self._client.close()
            if self._remove_copy is not None:
                self._remove_copy()


def create_dense_index(folder: Path) -> DenseIndex:
    """An empty index in a new folder. Raises GenerationError where it can't be written."""
    with _translated(folder, "can't be written; make room and give write access there"):
        client = _client(folder)
        collection = client.create_collection(
            _COLLECTION,
            configuration={"hnsw": {"space": "cosine", "ef_construction": 200, "ef_search": 200, "max_neighbors": 32}},
        )
        return DenseIndex(folder, client, collection)


def open_dense_index(folder: Path) -> DenseIndex:
    """The index of a published generation. Raises GenerationError when it's missing or damaged."""
    if not (folder / "chroma.sqlite3").is_file():
        raise GenerationError(f"{folder}: the dense index is missing; publish again with `kb ingest` or `kb rollback`")
    copy = Path(mkdtemp(prefix="kb-dense-"))
    remove_copy = partial(shutil.rmtree, copy, ignore_errors=True)
    with _translated(folder, "can't be opened; build it anew with `kb ingest`, or use `kb rollback`"):
        try:
            _copy_files(folder, copy)
            client = _client(copy)
            index = DenseIndex(folder, client, client.get_collection(_COLLECTION), remove_copy)
        except BaseException:
            remove_copy()
            raise
    weakref.finalize(index, remove_copy)  # where nobody closes it, when the program ends at the latest
    return index


def _copy_files(source: Path, target: Path) -> None:
    """Copy contents without permissions: the generation may be read-only, Chroma's copy may not."""
    for file in source.rglob("*"):
        if file.is_file():
            copy = target / file.relative_to(source)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, copy)


@contextmanager
def _translated(folder: Path, problem: str) -> Iterator[None]:
    import chromadb.errors  # noqa: PLC0415

    try:
        yield
    except (chromadb.errors.ChromaError, ValueError, OSError) as error:
        raise GenerationError(f"{folder}: the dense index {problem} ({error})") from error


def _client(folder: Path) -> Any:
    import chromadb  # noqa: PLC0415
    from chromadb.config import Settings  # noqa: PLC0415

    return chromadb.PersistentClient(path=str(folder), settings=Settings(anonymized_telemetry=False, allow_reset=False))


def _day_number(day: date | None, default: int) -> int:
    return default if day is None else day.year * 10_000 + day.month * 100 + day.day


def _where_values(metadata: Metadata) -> dict[str, str | int]:
    return {
        "jurisdiction": metadata.jurisdiction.value,
        "authority": metadata.authority.value,
        "language": metadata.language.value,
        "effective_from": _day_number(metadata.effective_from, _ALWAYS),
        "effective_to": _day_number(metadata.effective_to, _NEVER),
        **{f"topic_{topic.value}": int(topic in metadata.topics) for topic in Topic},
    }


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
