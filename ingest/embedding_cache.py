"""Vectors by model and text in one SQLite file, so that only what changed is embedded again."""

import sqlite3
from collections.abc import Callable, Collection, Sequence
from functools import partial
from hashlib import sha256
from pathlib import Path

import numpy as np

from ingest.memory import give_back_memory
from kb.models.embedding import Embedder, Vectors

_AT_ONCE = 512  # committed in steps of this many, so that an interrupted run loses little
_DAMAGE = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_FILE = "embeddings.sqlite3"


class EmbeddingCache:
    """Remembers vectors. Keys are SHA-256 of model identity and text; texts themselves are not kept.

    A damaged file is thrown away: everything in it can be computed again. Raises sqlite3.Error where the folder can't
    be written.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._database = sqlite3.connect(folder / _FILE)
        try:
            self._prepare()
        except sqlite3.DatabaseError as error:
            self._begin_anew(error)

    def _prepare(self) -> None:
        self._database.execute("PRAGMA journal_mode=WAL")
        # With rowids two vectors of 1.5 kB stand on a page; without, each spills onto a page of its own.
        self._database.execute("CREATE TABLE IF NOT EXISTS vectors (key BLOB PRIMARY KEY, vector BLOB NOT NULL)")

    def _begin_anew(self, error: sqlite3.DatabaseError) -> None:
        self._database.close()
        if error.sqlite_errorcode not in _DAMAGE:
            raise error
        for name in (_FILE, f"{_FILE}-wal", f"{_FILE}-shm"):
            (self._folder / name).unlink(missing_ok=True)
        self._database = sqlite3.connect(self._folder / _FILE)
        self._prepare()

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def embed(
        self, embedder: Embedder, texts: Sequence[str], progress: Callable[[int, int], None] | None = None
    ) -> tuple[Vectors, frozenset[int]]:
        """Vectors for texts, in order, and the rows that had to be embedded. `progress(done, of)` counts those."""
        keys = [cache_key(embedder.identity, text) for text in texts]
        try:
            known = self._look_up(set(keys))
        except sqlite3.DatabaseError as error:
            self._begin_anew(error)
            known = {}
        missing = [row for row, key in enumerate(keys) if key not in known]
        self._add(embedder, texts, keys, missing, known, progress)
        if len({len(vector) for vector in known.values()}) > 1:
            # The model's vectors have another length than those kept under its name: it is another model now.
            known, missing = {}, list(range(len(keys)))
            self._add(embedder, texts, keys, missing, known, progress)
        if not keys:
            return np.zeros((0, 1), dtype=np.float32), frozenset()
        joined = bytearray().join(known[key] for key in keys)
        return np.frombuffer(joined, dtype=np.float32).reshape(len(keys), -1), frozenset(missing)

    def known(self, keys: Collection[bytes]) -> dict[bytes, Vectors]:
        """The vectors that are kept under these keys."""
        return {key: np.frombuffer(vector, dtype=np.float32) for key, vector in self._look_up(set(keys)).items()}

    def keep_only(self, keys: Collection[bytes]) -> int:
        """Forget every vector whose key is not named, and leave no trace of it in the file. Returns how many went."""
        known = {bytes(key) for (key,) in self._database.execute("SELECT key FROM vectors")}
        gone = known - set(keys)
        with self._database:
            self._database.executemany("DELETE FROM vectors WHERE key = ?", [(key,) for key in gone])
        # Deleted rows stay readable in free pages and in the log until both are written anew.
        self._database.execute("VACUUM")
        self._database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return len(gone)

    def _add(
        self,
        embedder: Embedder,
        texts: Sequence[str],
        keys: Sequence[bytes],
        missing: Sequence[int],
        known: dict[bytes, bytes],
        progress: Callable[[int, int], None] | None,
    ) -> None:
        """Embed the missing rows, each text once, keep the vectors and add them to those known."""
        first_row = {keys[row]: row for row in reversed(missing)}
        wanted = sorted(first_row.values(), key=lambda row: -len(texts[row]))
        for start in range(0, len(wanted), _AT_ONCE):
            rows = wanted[start : start + _AT_ONCE]
            report = partial(_tell_from, start, len(wanted), progress) if progress else None
            vectors = embedder.embed_passages([texts[row] for row in rows], report).astype(np.float32, copy=False)
            added = {keys[row]: vector.tobytes() for row, vector in zip(rows, vectors, strict=True)}
            with self._database:
                self._database.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?)", added.items())
            known |= added
            give_back_memory()

    def _look_up(self, keys: set[bytes]) -> dict[bytes, bytes]:
        """The vectors of keys as they are kept: as float32."""
        found: dict[bytes, bytes] = {}
        ordered = sorted(keys)  # as they stand in the file's index: in a random order it is read again and again
        for start in range(0, len(ordered), 900):  # SQLite's limit on variables
            part = ordered[start : start + 900]
            marks = ",".join("?" * len(part))
            found.update(self._database.execute(f"SELECT key, vector FROM vectors WHERE key IN ({marks})", part))  # noqa: S608  only marks
        return found


def cache_key(model: str, text: str) -> bytes:
    """What a text's vector is kept under: SHA-256 of the model's identity and the text."""
    return sha256(f"{model}\x00{text}".encode()).digest()


def _tell_from(start: int, count: int, progress: Callable[[int, int], None], done: int) -> None:
    progress(start + done, count)
