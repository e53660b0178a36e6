"""The live generation, held open for many readers and exchanged when another one is published."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from time import monotonic

from kb.errors import DocumentNotFoundError, GenerationError, KnowledgeBaseError
from kb.generation import read_documents, read_manifest
from kb.home import Home
from kb.knowledge_base import KnowledgeBase
from kb.models.embedding import Embedder, load_embedder
from kb.records import Document
from kb.settings import load_settings

RETRY_SECONDS = 10.0  # how long a generation that could not be opened is left alone
_OLD_GENERATIONS_HELD = 4  # for the reader; a generation's documents take some megabytes
_LOG = logging.getLogger(__name__)


class GenerationNotFoundError(GenerationError):
    """No generation of that id is on disk (any more)."""


class _Opened:
    """An open knowledge base and how many readers are in it."""

    def __init__(self, base: KnowledgeBase) -> None:
        self.base = base
        self.readers = 0
        self.retired = False


class LiveKnowledgeBase:
    """One home's live generation. Safe for several threads.

    Each reader keeps the generation that was live when it began; the files of a former one are released after its last
    reader. While the pointer is damaged, or names a generation that can't be opened, the one held goes on answering.
    """

    def __init__(self, home: Path | str, embedder: Embedder | None = None) -> None:
        self.home = Home(home)
        self._embedder = embedder
        self._opened: _Opened | None = None
        self._state = threading.Lock()  # guards the fields; held for moments only
        self._opening = threading.Lock()  # held by the one thread that opens a generation
        self._failure: KnowledgeBaseError | None = None
        self._failed_id = ""
        self._failed_at = 0.0
        self._logged = ""
        self._old_documents = lru_cache(maxsize=_OLD_GENERATIONS_HELD)(self._read_old_documents)

    @contextmanager
    def reading(self) -> Iterator[KnowledgeBase]:
        """The live knowledge base, to be used within the block. Raises GenerationError or ModelError if there is none."""
        self._follow_pointer()
        with self._state:
            opened = self._opened
            if opened is None:
                raise self._failure or GenerationError(f"{self.home.path}: no generation is open; run `kb doctor`")
            opened.readers += 1
        try:
            yield opened.base
        finally:
            with self._state:
                opened.readers -= 1
                last = opened.retired and opened.readers == 0
            if last:
                opened.base.close()

    def documents(self, generation: str | None = None) -> tuple[str, dict[str, Document]]:
        """The documents by id of a generation on disk, the live one by default, and its id.

        Raises GenerationNotFoundError, and GenerationError when its files are damaged.
        """
        with self.reading() as base:
            if generation in (None, base.generation.id):
                return base.generation.id, base.generation.documents
        if generation not in self.home.generation_ids():
            raise GenerationNotFoundError(
                f"there is no generation {generation!r} here any more; open the document without a generation to read "
                "its present text"
            )
        return str(generation), self._old_documents(str(generation))

    def document(self, document_id: str, generation: str | None = None) -> tuple[str, Document]:
        """A document and the generation that it was read from. Raises DocumentNotFoundError and as `documents`."""
        found, documents = self.documents(generation)
        if document_id not in documents:
            raise DocumentNotFoundError(
                f"generation {found} holds no document {document_id!r}; look at the list of documents"
            )
        return found, documents[document_id]

    def original(self, generation: str, document: Document) -> Path | None:
        """The source file of a document as a generation on disk keeps it; None where it was not kept."""
        if document.original is None:
            return None
        file = self.home.generations / generation / "originals" / Path(document.original).name
        return file if file.is_file() else None

    def close(self) -> None:
        """Release the files once the last reader has left."""
        with self._state:
            opened, self._opened = self._opened, None
        self._retire(opened)

    def _follow_pointer(self) -> None:
        try:
            wanted = self.home.live_id()
        except GenerationError as error:
            self._note_failure("", error)
            return
        if self._is_settled(wanted):
            return
        # Whoever has a generation goes on with it while another thread opens the next; only the first ones wait.
        if self._opening.acquire(blocking=self._opened is None):
            try:
                if not self._is_settled(wanted):  # another thread may have been quicker
                    self._open(wanted)
            finally:
                self._opening.release()

    def _is_settled(self, wanted: str) -> bool:
        """Whether there is nothing to do: it is open, or could not be opened a moment ago."""
        with self._state:
            if self._opened is not None and self._opened.base.generation.id == wanted:
                self._failed_id = self._logged = ""
                return True
            return self._failed_id == wanted and monotonic() - self._failed_at < RETRY_SECONDS

    def _open(self, wanted: str) -> None:
        try:
            if self._embedder is None:
                self._embedder = load_embedder(load_settings(home=self.home.path))
            base = KnowledgeBase.open(self.home.path, generation=wanted, embedder=self._embedder)
        except KnowledgeBaseError as error:
            self._note_failure(wanted, error)
            return
        with self._state:
            former, self._opened = self._opened, _Opened(base)
            self._failure, self._failed_id, self._logged = None, "", ""
        self._retire(former)

    def _retire(self, opened: _Opened | None) -> None:
        if opened is None:
            return
        with self._state:
            opened.retired = True
            idle = opened.readers == 0
        if idle:
            opened.base.close()

    def _note_failure(self, wanted: str, error: KnowledgeBaseError) -> None:
        """Remember why, and say so once: every request comes by here."""
        with self._state:
            self._failure, self._failed_id, self._failed_at = error, wanted, monotonic()
            if self._logged == str(error):
                return
            self._logged = str(error)
            held = self._opened.base.generation.id if self._opened else None
        _LOG.warning("%s%s", error, f"; {held} goes on answering" if held else "")

    def _read_old_documents(self, generation: str) -> dict[str, Document]:
        folder = self.home.folder(generation)
        return {document.id: document for document in read_documents(folder, read_manifest(folder))}
