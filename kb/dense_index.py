"""Nearest passages by vector, in Chroma through llama-index's vector-store interface.

One Chroma folder per generation, written once by the process that builds the generation and only read after.
"""

import math
import threading
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from kb.errors import GenerationError
from kb.models.embedding import Vectors
from kb.records import Filters, Metadata, Passage, Topic

_COLLECTION = "passages"
_ALWAYS = 0
_NEVER = 99_991_231


class DenseIndex:
    """A Chroma collection of one generation. Safe for several threads; one process-wide client per folder."""

    def __init__(self, folder: Path, client: Any, collection: Any) -> None:
        from llama_index.vector_stores.chroma import ChromaVectorStore  # noqa: PLC0415

        self.folder = folder
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

    def close(self) -> None:
        """Release the files; the index can't be used afterwards."""
        self._client.close()


def create_dense_index(folder: Path) -> DenseIndex:
    """An empty index in a new folder."""
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
    import chromadb.errors  # noqa: PLC0415

    try:
        client = _client(folder)
        return DenseIndex(folder, client, client.get_collection(_COLLECTION))
    except (chromadb.errors.ChromaError, ValueError, OSError) as error:
        raise GenerationError(f"{folder}: the dense index can't be opened ({error}); use `kb rollback`") from error


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
