"""Nearest passages by vector, through llama-index's vector-store interface: in Chroma, and for many passages exactly.

One Chroma folder per generation, written once by the process that builds the generation. Chroma writes to its folder
even when it only reads, and two processes on one folder may damage it, so each reader opens a copy of its own.
"""

import math
import shutil
import sys
import threading
import weakref
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from functools import partial
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import numpy as np

from kb.errors import GenerationError
from kb.hnsw_files import blank_unused_rows
from kb.models.embedding import Vectors
from kb.records import Filters, Metadata, Passage, Topic

_COLLECTION = "passages"
CHROMA_UP_TO = 4_000  # passages; Chroma adds some 1,500 a second, so that more would take longer than all else
_NOT_OPENED = "can't be opened; build it anew with `kb ingest`, or use `kb rollback`"
_ALWAYS = 0
_NEVER = 99_991_231


class DenseIndex:
    """A vector store of one generation. Safe for several threads.

    `add_rows` stores ids with metadata and vectors, at most `batch` of them at once; `ids_of` and `vectors_of` give what
    is held, `cosine_of` turns the store's similarity into a cosine, `finish` is called once at the end.
    """

    def __init__(
        self,
        folder: Path,
        store: Any,
        *,
        add_rows: Callable[[list[str], list[dict[str, str | int]], Vectors], object],
        ids_of: Callable[[], Iterable[str]],
        vectors_of: Callable[[list[str]], Vectors],
        cosine_of: Callable[[float], float],
        finish: Callable[[], object],
        batch: int,
    ) -> None:
        self._folder = folder
        self._store = store
        self._add_rows = add_rows
        self._ids_of = ids_of
        self._vectors_of = vectors_of
        self._cosine_of = cosine_of
        self._finish = finish
        self._batch = batch
        self._lock = threading.Lock()

    def add(self, passages: Sequence[Passage], metadata: dict[str, Metadata], vectors: Vectors) -> None:
        """Store passages with one vector row each; used while building only."""
        values = {identifier: _where_values(one) for identifier, one in metadata.items()}
        for start in range(0, len(passages), self._batch):
            batch = passages[start : start + self._batch]
            with _translated(self._folder, "can't be written; make room and give write access there"):
                self._add_rows(
                    [passage.id for passage in batch],
                    [values[passage.document_id] for passage in batch],
                    vectors[start : start + self._batch],
                )

    def query(self, vector: Vectors, k: int, filters: Filters, today: date) -> list[tuple[str, float]]:
        """Up to k (passage id, cosine similarity), best first."""
        from llama_index.core.vector_stores.types import VectorStoreQuery  # noqa: PLC0415

        with self._lock:
            result = self._store.query(
                VectorStoreQuery(query_embedding=vector.tolist(), similarity_top_k=k, filters=_where(filters, today))
            )
        return [
            (identifier, self._cosine_of(similarity))
            for identifier, similarity in zip(result.ids or [], result.similarities or [], strict=True)
        ]

    def ids(self) -> set[str]:
        """All passage ids in the index."""
        return set(self._ids_of())

    def vectors(self, ids: Sequence[str]) -> Vectors:
        """The stored vectors of passages, rows in the order of `ids`."""
        return self._vectors_of(list(ids))

    def close(self) -> None:
        """Release the files; the index can't be used afterwards."""
        with self._lock, _translated(self._folder, "can't be written; make room and give write access there"):
            self._finish()


def create_dense_index(folder: Path, passages: int = 0) -> DenseIndex:
    """An empty index in a new folder, of the kind that suits so many passages. Raises GenerationError."""
    with _translated(folder, "can't be written; make room and give write access there"):
        if passages > CHROMA_UP_TO:
            from kb.exact_vector_store import ExactVectorStore  # noqa: PLC0415  imports llama-index

            folder.mkdir(parents=True)
            store = ExactVectorStore()
            return _exact_index(folder, store, finish=partial(store.persist, str(folder)))
        client = _client(folder)
        collection = client.create_collection(
            _COLLECTION,
            configuration={"hnsw": {"space": "cosine", "ef_construction": 200, "ef_search": 200, "max_neighbors": 32}},
        )

        def finish() -> None:
            client.close()
            blank_unused_rows(folder)

        return _chroma_index(folder, client, collection, finish=finish)


def open_dense_index(folder: Path) -> DenseIndex:
    """The index of a published generation. Raises GenerationError when it's missing or damaged."""
    if (folder / "rows.json").is_file():
        from kb.exact_vector_store import ExactVectorStore  # noqa: PLC0415  imports llama-index

        with _translated(folder, _NOT_OPENED):
            return _exact_index(folder, ExactVectorStore.from_folder(folder), finish=lambda: None)
    if not (folder / "chroma.sqlite3").is_file():
        raise GenerationError(f"{folder}: the dense index is missing; publish again with `kb ingest` or `kb rollback`")
    copy = Path(mkdtemp(prefix="kb-dense-"))
    remove_copy = partial(shutil.rmtree, copy, ignore_errors=True)
    with _translated(folder, _NOT_OPENED):
        try:
            _copy_files(folder, copy)
            client = _client(copy)

            def finish() -> None:
                client.close()
                remove_copy()

            index = _chroma_index(folder, client, client.get_collection(_COLLECTION), finish=finish)
        except BaseException:
            remove_copy()
            raise
    weakref.finalize(index, remove_copy)  # where nobody closes it, when the program ends at the latest
    return index


def _exact_index(folder: Path, store: Any, finish: Callable[[], object]) -> DenseIndex:
    return DenseIndex(
        folder,
        store,
        add_rows=store.add_rows,
        ids_of=lambda: store.ids,
        vectors_of=store.vectors,
        cosine_of=float,
        finish=finish,
        batch=sys.maxsize,
    )


def _chroma_index(folder: Path, client: Any, collection: Any, finish: Callable[[], object]) -> DenseIndex:
    from llama_index.vector_stores.chroma import ChromaVectorStore  # noqa: PLC0415

    store = ChromaVectorStore(chroma_collection=collection)
    return DenseIndex(
        folder,
        store,
        add_rows=partial(_add_nodes, store),
        ids_of=lambda: collection.get(include=[])["ids"],
        vectors_of=partial(_chroma_vectors, collection),
        # The integration returns exp(-distance) with distance = 1 - cosine.
        cosine_of=lambda similarity: 1.0 + math.log(similarity),
        finish=finish,
        batch=int(client.get_max_batch_size()),  # Chroma refuses larger ones
    )


def _add_nodes(store: Any, ids: list[str], values: list[dict[str, str | int]], vectors: Vectors) -> None:
    from llama_index.core.schema import TextNode  # noqa: PLC0415

    store.add(
        [
            TextNode(id_=identifier, text="", metadata=metadata, embedding=row.tolist())
            for identifier, metadata, row in zip(ids, values, vectors, strict=True)
        ]
    )


def _chroma_vectors(collection: Any, ids: list[str]) -> Vectors:
    found = collection.get(ids=ids, include=["embeddings"])
    row = {identifier: position for position, identifier in enumerate(found["ids"])}
    rows: Vectors = np.asarray(found["embeddings"], dtype=np.float32)[[row[identifier] for identifier in ids]]
    return rows


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
