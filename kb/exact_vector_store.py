"""A llama-index vector store for many passages: all vectors compared, in files that are written at once.

An approximate index such as Chroma's takes about a millisecond to add a passage; a change of one article among tens of
thousands must not cost that for each. Comparing 50,000 vectors takes a few milliseconds, and misses none.

- vectors.npy: float32, one row per passage, as it was given
- rows.json: ids, and the values of each metadata key, in the order of the rows
"""

from pathlib import Path
from typing import Any, ClassVar

import msgspec
import numpy as np
import numpy.typing as npt
from llama_index.core.schema import BaseNode
from llama_index.core.vector_stores.types import (
    BasePydanticVectorStore,
    FilterCondition,
    FilterOperator,
    MetadataFilter,
    MetadataFilters,
    VectorStoreQuery,
    VectorStoreQueryResult,
)
from pydantic import PrivateAttr

VECTORS, ROWS = "vectors.npy", "rows.json"
_Column = npt.NDArray[Any]
_COMPARE = {
    FilterOperator.EQ: np.equal,
    FilterOperator.NE: np.not_equal,
    FilterOperator.LT: np.less,
    FilterOperator.LTE: np.less_equal,
    FilterOperator.GT: np.greater,
    FilterOperator.GTE: np.greater_equal,
}


class _Rows(msgspec.Struct, frozen=True):
    ids: list[str]
    columns: dict[str, list[str | int]]


class ExactVectorStore(BasePydanticVectorStore):  # type: ignore[misc]
    """Similarities are cosines. Every passage has the same metadata keys, each of numbers or of texts."""

    stores_text: bool = False
    flat_metadata: ClassVar[bool] = True

    _ids: list[str] = PrivateAttr(default_factory=list)
    _vectors: npt.NDArray[np.float32] = PrivateAttr(default_factory=lambda: np.zeros((0, 0), dtype=np.float32))
    _lengths: npt.NDArray[np.float32] = PrivateAttr(default_factory=lambda: np.zeros(0, dtype=np.float32))
    _columns: dict[str, _Column] = PrivateAttr(default_factory=dict)
    _last: tuple[MetadataFilters | None, npt.NDArray[np.int64] | None] = PrivateAttr(default=(None, None))

    @property
    def client(self) -> None:
        """There is none: the rows are in this process."""
        return None

    @property
    def ids(self) -> list[str]:
        """In the order of the rows."""
        return self._ids

    def vectors(self, ids: list[str]) -> npt.NDArray[np.float32]:
        """Rows in the order of `ids`."""
        row = {identifier: position for position, identifier in enumerate(self._ids)}
        rows: npt.NDArray[np.float32] = np.asarray(self._vectors[[row[identifier] for identifier in ids]])
        return rows

    def add(self, nodes: "list[BaseNode]", **_: Any) -> list[str]:
        """Add rows after those that are there."""
        ids = [node.node_id for node in nodes]
        vectors = np.asarray([node.get_embedding() for node in nodes], dtype=np.float32)
        self.add_rows(ids, [node.metadata for node in nodes], vectors)
        return ids

    def add_rows(self, ids: list[str], metadata: list[dict[str, Any]], vectors: npt.NDArray[np.float32]) -> None:
        """As `add`, without a node for each: vectors of shape (len(ids), dimension)."""
        self._vectors = np.concatenate([self._vectors, vectors]) if self._ids else vectors
        self._lengths = np.concatenate([self._lengths, _lengths(vectors)])
        for key in metadata[0] if metadata else ():
            values = np.asarray([row[key] for row in metadata])
            self._columns[key] = np.concatenate([self._columns[key], values]) if key in self._columns else values
        self._ids.extend(ids)
        self._last = None, None

    def delete(self, ref_doc_id: str, **_: Any) -> None:
        """Not offered: an index is written once, and never changed."""
        raise NotImplementedError(f"{ref_doc_id}: build a new index instead")

    def query(self, query: VectorStoreQuery, **_: Any) -> VectorStoreQueryResult:
        """The nearest rows that pass the filters, best first."""
        if not self._ids:
            return VectorStoreQueryResult(ids=[], similarities=[])
        wanted = np.asarray(query.query_embedding, dtype=np.float32)
        wanted /= max(float(np.linalg.norm(wanted)), 1e-12)
        allowed = self._allowed(query.filters)
        ids = self._ids  # pydantic looks for a private name anew each time
        cosines = (self._vectors @ wanted / self._lengths)[allowed]
        k = min(query.similarity_top_k, len(allowed))
        best = np.argpartition(-cosines, k - 1)[:k] if k else np.zeros(0, dtype=np.int64)
        best = best[np.argsort(-cosines[best], kind="stable")]
        return VectorStoreQueryResult(
            ids=[ids[row] for row in allowed[best].tolist()], similarities=cosines[best].astype(float).tolist()
        )

    def _allowed(self, filters: MetadataFilters | None) -> npt.NDArray[np.int64]:
        """The rows that pass filters; those of the last ones are remembered, as most questions come with the same."""
        of, rows = self._last
        if of is not filters or rows is None or filters is None:
            rows = np.flatnonzero(self._mask(filters))
            self._last = filters, rows
        return rows

    def _mask(self, filters: MetadataFilters | None) -> npt.NDArray[np.bool_]:
        mask = np.ones(len(self._ids), dtype=np.bool_)
        if filters is None:
            return mask
        if filters.condition not in (None, FilterCondition.AND):
            raise ValueError(f"filters can't be joined by {filters.condition!r} here")
        for one in filters.filters:
            mask &= self._mask(one) if isinstance(one, MetadataFilters) else self._compared(one)
        return mask

    def _compared(self, one: MetadataFilter) -> npt.NDArray[np.bool_]:
        if one.operator not in _COMPARE:
            raise ValueError(f"no filter by {one.operator!r} here")
        if one.key not in self._columns:
            return np.zeros(len(self._ids), dtype=np.bool_)
        passed: npt.NDArray[np.bool_] = _COMPARE[one.operator](self._columns[one.key], one.value)
        return passed

    def persist(self, persist_path: str, fs: Any = None) -> None:
        """Write the files into a folder that is there. `fs` is not used."""
        del fs
        folder = Path(persist_path)
        np.save(folder / VECTORS, self._vectors)
        columns = {key: values.tolist() for key, values in self._columns.items()}
        (folder / ROWS).write_bytes(msgspec.json.encode(_Rows(ids=self._ids, columns=columns)))

    @classmethod
    def from_folder(cls, folder: Path) -> "ExactVectorStore":
        """What `persist` wrote. Raises OSError or ValueError (msgspec's too) where that can't be read."""
        store = cls()
        rows = msgspec.json.decode((folder / ROWS).read_bytes(), type=_Rows)
        store._ids = rows.ids
        store._columns = {key: np.asarray(values) for key, values in rows.columns.items()}
        store._vectors = np.load(folder / VECTORS, mmap_mode="r")
        if len(store._vectors) != len(rows.ids):
            raise ValueError(f"{len(store._vectors)} vectors for {len(rows.ids)} passages")
        store._lengths = _lengths(store._vectors)
        return store


def _lengths(vectors: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    lengths: npt.NDArray[np.float32] = np.maximum(np.linalg.norm(vectors, axis=1), 1e-12).astype(np.float32)
    return lengths
