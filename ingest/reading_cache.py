"""Documents as they were read before, with what is derived from each, so that an ingest reads only what changed.

An entry is found by all that a document is made from: the bytes of its file, sidecar and folder defaults, its path, the
embedding model (which decides what fits into a passage), and the program itself. Entries hold the text of documents:
those that a publication no longer needs are removed with it.
"""

import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from re import match

import msgspec

import ingest
import kb
from ingest.checks import extract_of
from ingest.checks.extract import Extract
from ingest.checks.findings import lines_above_text
from ingest.read import read_document
from ingest.scan import SourceFile
from kb.garbage import no_search_for_garbage
from kb.generation import passage_input
from kb.home import write_atomically
from kb.records import Document, Finding
from kb.text.words import stems

_FOLDER = "documents"
_OURS = "bpo-knowledge-base"
_PROGRAMS = ("tesseract",)  # with or without them, a file is read otherwise


@lru_cache(maxsize=1)
def _program() -> str:
    """Changes with any code, word list or library that a document may depend on."""
    digest = sha256(sys.version.encode())
    for package in (ingest, kb):
        folder = Path(str(package.__file__)).parent
        for path in sorted(folder.rglob("*")):
            if path.suffix in {".py", ".yaml"}:
                digest.update(path.relative_to(folder).as_posix().encode() + b"\x00" + path.read_bytes())
    try:
        needed = requires(_OURS) or []
    except PackageNotFoundError:
        needed = []
    for line in sorted(needed):
        name = match(r"[\w.-]+", line)
        try:
            digest.update(f"{name and name[0]} {version(name[0]) if name else ''}\n".encode())
        except PackageNotFoundError:
            continue  # of an extra that isn't installed
    digest.update("".join(f"{program} {shutil.which(program)}\n" for program in _PROGRAMS).encode())
    return digest.hexdigest()


def forget_readings(cache: Path) -> None:
    """Remove all entries, so that no text of a document that is to be erased stays in them."""
    if (cache / _FOLDER).exists():
        shutil.rmtree(cache / _FOLDER)


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one file. `extract` is there where there is a document, `stems` are those of each passage, joined by spaces."""

    document: Document | None
    findings: list[Finding]
    extract: Extract | None
    stems: list[str]


class ReadingCache:
    """Reads files, or takes what was read before. A damaged entry is read anew. With `write` false nothing is kept.

    `ahead` holds readings that were made by another process for this ingest, by their keys.
    """

    def __init__(self, cache: Path, model: str, *, write: bool, ahead: Mapping[str, bytes] | None = None) -> None:
        self._folder = cache / _FOLDER
        self._model = model
        self._write = write
        self._ahead = ahead or {}
        self._used: set[str] = set()

    def read(self, source: SourceFile, fits: Callable[[str], bool]) -> Reading:
        """As `read_document`, with what is derived from the document. `fits` must be the model's own."""
        key = self.key(source)
        if key is None:
            return read_source(source, fits)
        self._used.add(key)
        reading = _unpacked(self._folder / key)
        if reading is None:
            packed = self._ahead.get(key)
            reading = read_source(source, fits) if packed is None else _decoded(packed)
            # A file that was written meanwhile may have been read in its new form: that has another key.
            unchanged = packed is not None or self.key(source) == key
            # Why a file can't be read may be gone the next time, such as a want of memory.
            if self._write and reading.document is not None and unchanged:
                self._keep(key, reading)
        return reading

    def unread(self, sources: Sequence[SourceFile]) -> list[SourceFile]:
        """Those that can be read and have no entry yet."""
        keys = [self.key(source) for source in sources]
        return [source for source, key in zip(sources, keys, strict=True) if key and not (self._folder / key).exists()]

    def forget_others(self) -> None:
        """Remove the entries that this run didn't use: of texts that the live generation no longer holds."""
        if self._write and self._folder.is_dir():
            for path in self._folder.iterdir():
                if path.name not in self._used:
                    path.unlink(missing_ok=True)

    def key(self, source: SourceFile) -> str | None:
        """What its reading is kept under; None where a file can't be read: the reading says why."""
        digest = sha256(f"{_program()}\n{self._model}\n{source.path}\n".encode())
        for file in (source.file, source.sidecar, *source.defaults):
            try:
                content = b"" if file is None else file.read_bytes()
            except OSError:
                return None
            name = "" if file is None else file.relative_to(source.root).as_posix()
            digest.update(f"{name}\x00{len(content)}\x00".encode("utf-8", "surrogateescape") + content)
        return digest.hexdigest()

    def _keep(self, key: str, reading: Reading) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        content = msgspec.msgpack.encode(reading)
        write_atomically(self._folder / key, sha256(content).digest() + content)


def read_source(source: SourceFile, fits: Callable[[str], bool]) -> Reading:
    """The document of a file, with what is derived from it. `fits` must be the model's own."""
    document, findings = read_document(source, fits)
    if document is None:
        return Reading(document=None, findings=findings, extract=None, stems=[])
    return Reading(
        document=document,
        findings=findings,
        extract=extract_of(document, lines_above_text(source, document)),
        stems=[" ".join(stems(passage_input(document, passage), passage.language)) for passage in document.passages],
    )


def _unpacked(path: Path) -> Reading | None:
    """A reading; None where there is none that is whole."""
    try:
        packed = path.read_bytes()
    except OSError:
        return None
    checksum, content = packed[:32], packed[32:]
    if sha256(content).digest() != checksum:
        return None
    return _decoded(content)


def _decoded(content: bytes) -> Reading:
    with no_search_for_garbage():
        return msgspec.msgpack.decode(content, type=Reading)
