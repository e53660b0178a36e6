"""A generation: documents, passages and their indexes, written once, then only read.

- manifest.json: what it is: model, counts, fingerprint, SHA-256 of every other file
- documents.jsonl: one document with its text, sections and passages a line
- dense/: Chroma, or for many passages plain files, with each vector less the mean of its language
- lexical/en, lexical/es: BM25
- heading_vectors.npy: float16, one row per passage, of the heading that governs it; zeros where none fits
- unit_vectors.npy: float16, one row per unit, in the order of documents.jsonl, as the model gave them
- language_means.npy: float32, one row per language
- originals/: the source files whose pages can be shown, named by the SHA-256 of their content
"""

import os
import shutil
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cached_property
from hashlib import file_digest, sha256
from pathlib import Path

import msgspec
import numpy as np
import numpy.typing as npt

from kb.dense_index import DenseIndex, open_dense_index, write_dense_index
from kb.errors import GenerationError
from kb.home import Home, sync_folder
from kb.lexical_index import LexicalIndex, build_lexical_index, open_lexical_index
from kb.models.embedding import Vectors
from kb.models.known_questions import AskedBefore, asked_before, load_known_questions
from kb.records import Document, Filters, Language, Passage
from kb.text.places_of_law import Place, place_of
from kb.text.words import stems

_REMEDY = "build it anew with `kb ingest`, or go back to another generation with `kb rollback ID`"
_LONGEST_HEADINGS = 600  # characters
_DOCUMENTS, _MANIFEST, _ORIGINALS = "documents.jsonl", "manifest.json", "originals"
FORMAT = 8  # raise it when the files of a generation change their meaning
# Below this many passages in each language the means are noise and would distort more than they mend.
MEAN_NEEDS_PASSAGES = 64
ADMISSIONS_REMEMBERED = 32  # sets of filters whose admitted passages are kept in mind
PASSAGES_REMEMBERED = 10_000  # whose sentences are kept in mind

Rows = npt.NDArray[np.int64]
Marks = npt.NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True, slots=True)
class Manifest:
    """What a generation is. Times are UTC."""

    id: str
    number: int
    created: datetime
    parent: str | None
    format: int
    model: str
    dimension: int
    fingerprint: str  # of documents, model and format: equal means the same generation
    documents: int
    passages: int
    units: int
    documents_sha256: str
    files: dict[str, str] = field(default_factory=dict)  # SHA-256 of every other file, by path with '/'


@dataclass(frozen=True, kw_only=True, slots=True)
class VectorSet:
    """The vectors of a generation as the embedder gave them, rows in the order of documents and their passages."""

    passages: Vectors
    headings: Vectors  # one row per passage; zeros where no heading fits the text
    units: Vectors  # one row per unit


class Generation:
    """One generation opened for reading. All of it is in memory, or mapped into it; there is nothing to close."""

    def __init__(
        self,
        folder: Path,
        manifest: Manifest,
        documents: Sequence[Document],
        dense: DenseIndex,
        lexical: dict[Language, LexicalIndex],
        unit_vectors: Vectors,
        heading_vectors: Vectors,
        means: Vectors,
    ) -> None:
        self.folder = folder
        self.manifest = manifest
        self.documents = {document.id: document for document in documents}
        self.passages = {passage.id: passage for document in documents for passage in document.passages}
        self.dense = dense
        self.lexical = lexical
        self.means = {language: means[row] for row, language in enumerate(Language)}
        self._unit_vectors = np.asarray(unit_vectors)  # mapped still; a slice of a memmap takes nine times as long
        self._heading_vectors = heading_vectors
        self.passage_ids = [passage.id for document in documents for passage in document.passages]
        self._row = {identifier: row for row, identifier in enumerate(self.passage_ids)}
        self._means = means
        self._languages = np.array([list(Language).index(p.language) for d in documents for p in d.passages], dtype=int)
        self._admitted: dict[tuple[Filters, date], Marks] = {}
        self.lexical_rows = {language: self.rows_of(index.ids) for language, index in lexical.items()}  # see `rows_of`
        self._read_units: dict[str, tuple[str, ...]] = {}
        self._places = _places_by_number(documents)
        self._first_unit: dict[str, int] = {}
        row = 0
        for document in documents:
            for passage in document.passages:
                self._first_unit[passage.id] = row
                row += len(passage.units)

    @cached_property
    def asked_before(self) -> AskedBefore | None:
        """The known questions that this library answers; None where it answers none, or was embedded with another model."""
        known = load_known_questions()
        return asked_before(known, self.documents.values()) if known.model == self.manifest.model else None

    @cached_property
    def _successors(self) -> dict[str, list[Document]]:
        found: dict[str, list[Document]] = {}
        for document in self.documents.values():
            for former in document.metadata.supersedes:
                found.setdefault(former, []).append(document)
        return found

    def successors(self, document_id: str) -> Sequence[Document]:
        """The documents that say they replace another, in the order of the generation."""
        return self._successors.get(document_id, ())

    def successor(self, document_id: str, as_of: date) -> Document | None:
        """The one of them that is in force on a date; None where there is none."""
        successors = self.successors(document_id)
        if not successors:
            return None
        later = (document for document in successors if document.id != document_id)
        return next((document for document in later if document.metadata.in_force(as_of)), None)

    @property
    def id(self) -> str:
        """Identifies the generation within its home."""
        return self.manifest.id

    def original(self, document_id: str) -> Path | None:
        """The source file of a document as it was ingested; None where none is kept or there is no such document."""
        document = self.documents.get(document_id)
        return None if document is None or document.original is None else self.folder / _ORIGINALS / document.original

    def admitted(self, filters: Filters, today: date) -> Marks:
        """Which passages filters admit, in the order of `passage_ids`; remembered for some sets of filters."""
        found = self._admitted.get((filters, today))
        if found is None:
            admits = ((filters.admits(d.metadata, today), d.passages) for d in self.documents.values())
            found = np.array([admit for admit, passages in admits for _ in passages], dtype=np.bool_)
            if len(self._admitted) >= ADMISSIONS_REMEMBERED:
                self._admitted.clear()
            # Not by a cache around a method: that would keep the generation and its mapped files after its last user.
            self._admitted[filters, today] = found
        return found

    def places_of_article(self, article: str) -> list[tuple[str, Place]]:
        """Passages at or within an article or section, by its bare number, with the legal place of each."""
        return self._places.get(_number_of(article), [])

    def unit_vectors(self, passages: Sequence[Passage]) -> Vectors:
        """Rows for the units of passages, at least one, in their order: shape (units, dimension), of unit length."""
        firsts = (self._first_unit[passage.id] for passage in passages)
        parts = [
            self._unit_vectors[first : first + len(passage.units)]
            for first, passage in zip(firsts, passages, strict=True)
        ]
        rows: Vectors = np.concatenate(parts).astype(np.float32)
        return rows

    def read_units(self, passage: Passage) -> Sequence[str]:
        """The words of a passage's units, those of a list's item after its lead-in.

        Remembered: what is looked up by its words is found sooner by the same object than by an equal one.
        """
        read = self._read_units.get(passage.id)
        if read is None:
            text = self.documents[passage.document_id].text
            read = tuple(
                f"{text[unit.lead_in.start : unit.lead_in.end]} {text[unit.start : unit.end]}"
                if unit.lead_in
                else text[unit.start : unit.end]
                for unit in passage.units
            )
            if len(self._read_units) >= PASSAGES_REMEMBERED:
                self._read_units.clear()
            self._read_units[passage.id] = read
        return read

    def heading_cosines(self, rows: Rows, vector: Vectors) -> Vectors:
        """Cosine of a question's vector with the heading of each passage of these rows; 0 where there is none."""
        near: Vectors = self._heading_vectors[rows] @ vector
        return near

    @property
    def heading_vectors(self) -> Vectors:
        """Of the heading of each passage, in the order of `passage_ids`, shape (passages, dimension)."""
        return self._heading_vectors

    def centred_heading_cosines(self, rows: Rows, vector: Vectors) -> Vectors:
        """The same less what all headings of the language share."""
        near = self.heading_cosines(rows, vector)
        shared = (self._means @ vector)[self._languages[rows]]
        centred: Vectors = near - shared * (near != 0)
        return centred

    def rows_of(self, passage_ids: Iterable[str]) -> Rows:
        """The places of passages in `passage_ids`."""
        return np.array(list(map(self._row.__getitem__, passage_ids)), dtype=np.int64)

    def vectors(self, documents: Sequence[Document]) -> VectorSet:
        """The vectors of documents of this generation, as the embedder gave them but for rounding."""
        passages = [passage for document in documents for passage in document.passages]
        centres = np.stack([self.means[passage.language] for passage in passages])
        return VectorSet(
            passages=(self.stored_vectors(documents) + centres).astype(np.float32),
            headings=self._heading_vectors[self.rows_of([passage.id for passage in passages])],
            units=self.unit_vectors(passages),
        )

    def stored_vectors(self, documents: Sequence[Document]) -> Vectors:
        """The passages' vectors as the dense index holds them: less the mean of their language."""
        return self.dense.vectors([passage.id for document in documents for passage in document.passages])


def _places_by_number(documents: Sequence[Document]) -> dict[str, list[tuple[str, Place]]]:
    """The legal places of all passages by the number of their article or section; ranges stand under their first."""
    found: dict[str, list[tuple[str, Place]]] = {}
    for document in documents:
        starts = [pinpoint.start for pinpoint in document.pinpoints]
        for passage in document.passages:
            first, last = bisect_left(starts, passage.start), bisect_left(starts, passage.end)
            stated = dict.fromkeys([passage.pinpoint, *(p.text for p in document.pinpoints[first:last])])
            for place in (place_of(text) for text in stated if text):
                if place is not None:
                    found.setdefault(_number_of(place.article), []).append((passage.id, place))
    return found


def _number_of(article: str) -> str:
    """The digits that an article or section begins with: "15" of "15-D", "164" of "164.308"."""
    return article[: len(article) - len(article.lstrip("0123456789"))]


def passage_input(document: Document, passage: Passage) -> str:
    """What is indexed of a passage: the title and headings that fit its text, and the text without its heading line."""
    return "\n".join(part for part in (" › ".join(passage.context), passage_body(document, passage)) if part)


def passage_body(document: Document, passage: Passage) -> str:
    """The passage without its heading line, with the lead-in of a list that began in an earlier passage."""
    if not passage.units:  # headings only: nothing to quote, and all of them may be more than the model reads
        return passage.text.strip()[:_LONGEST_HEADINGS]
    first = passage.units[0]
    lead_in = ""
    if first.lead_in is not None and first.lead_in.end <= passage.start:
        lead_in = document.text[first.lead_in.start : first.lead_in.end] + "\n"
    start = min(first.start, first.lead_in.start) if first.lead_in and not lead_in else first.start
    return lead_in + document.text[start : passage.units[-1].end]


def heading_input(passage: Passage) -> str:
    """What is embedded of the heading that governs a passage; empty where none fits."""
    return passage.context[-1] if passage.context else ""


def unit_input(document: Document, passage: Passage, index: int) -> str:
    """What is embedded of a unit: its nearest fitting heading, a list's lead-in, and its text."""
    unit = passage.units[index]
    parts = [passage.context[-1] + ":"] if passage.context else []
    if unit.lead_in:
        parts.append(document.text[unit.lead_in.start : unit.lead_in.end])
    return " ".join([*parts, document.text[unit.start : unit.end]])


def fingerprint_of(documents: Sequence[Document], model: str) -> str:
    """Equal for equal documents, passages, model and format, whatever the order of files."""
    digest = sha256(f"{FORMAT}\n{model}\n".encode())
    encoder = msgspec.json.Encoder()
    for document in sorted(documents, key=lambda document: document.id):
        digest.update(encoder.encode(document) + b"\n")
    return digest.hexdigest()


def language_means(passages: Sequence[Passage], vectors: Vectors) -> Vectors:
    """The mean vector of each language's documents, shape (2, dimension); zeros while either has too few passages.

    A multilingual model puts a language's texts into a region of their own, so that a question finds its own
    language first whatever it asks; without that common part the subject decides. Each document counts alike: a statute
    of a thousand passages would turn the mean of its language to its own subject.
    """
    means = np.zeros((len(Language), vectors.shape[1]), dtype=np.float32)
    languages = np.array([list(Language).index(passage.language) for passage in passages])
    lengths = Counter(passage.document_id for passage in passages)
    shares = np.array([1 / lengths[passage.document_id] for passage in passages], dtype=np.float32)
    if all((languages == row).sum() >= MEAN_NEEDS_PASSAGES for row in range(len(Language))):
        for row in range(len(Language)):
            means[row] = np.average(vectors[languages == row], axis=0, weights=shares[languages == row])
    return means


def centred(vectors: Vectors, languages: Sequence[Language], means: Vectors) -> Vectors:
    """Vectors less the mean of their language."""
    rows = [list(Language).index(language) for language in languages]
    result: Vectors = (vectors - means[rows]).astype(np.float32)
    return result


def write_generation(
    folder: Path,
    manifest: Manifest,
    documents: Sequence[Document],
    vectors: VectorSet,
    originals: Mapping[str, Path] | None = None,
    known_stems: Mapping[str, str] | None = None,
) -> Manifest:
    """Write all files of a generation into a new folder and check that every index holds the same passages.

    `originals` tells where the file of each `Document.original` is; `known_stems` are the stems of passages' inputs,
    joined by spaces, by passage id, where somebody has them already. Returns the manifest with the checksums filled in.
    """
    folder.mkdir(parents=True)
    _copy_originals(folder, documents, originals or {})
    encoder = msgspec.json.Encoder()
    lines = b"".join(encoder.encode(document) + b"\n" for document in documents)
    (folder / _DOCUMENTS).write_bytes(lines)
    passages = [passage for document in documents for passage in document.passages]
    metadata = {document.id: document.metadata for document in documents}
    by_id = {document.id: document for document in documents}

    means = language_means(passages, vectors.passages)
    np.save(folder / "language_means.npy", means)
    np.save(folder / "heading_vectors.npy", vectors.headings.astype(np.float16))
    np.save(folder / "unit_vectors.npy", vectors.units.astype(np.float16))

    stored = centred(vectors.passages, [passage.language for passage in passages], means)
    indexed = write_dense_index(folder / "dense", passages, metadata, stored)
    lexical_ids: set[str] = set()
    for language in Language:
        rows = [passage for passage in passages if passage.language is language]
        known = known_stems or {}
        corpus = [
            known[passage.id].split()
            if passage.id in known
            else stems(passage_input(by_id[passage.document_id], passage), language)
            for passage in rows
        ]
        build_lexical_index(folder / "lexical" / language.value, [passage.id for passage in rows], corpus)
        lexical_ids.update(open_lexical_index(folder / "lexical" / language.value, language).ids)
    expected = {passage.id for passage in passages}
    if not (indexed == lexical_ids == expected and len(expected) == len(passages)):
        raise GenerationError(
            f"the build is inconsistent: {len(passages)} passages, {len(indexed)} vectors, {len(lexical_ids)} lexical "
            "entries; nothing was published, please run `kb ingest` again"
        )
    hashes = {path: file_hash(folder / path) for path in _files_of(folder)}
    complete = replace(manifest, documents_sha256=hashes.pop(_DOCUMENTS), files=hashes)
    (folder / _MANIFEST).write_bytes(msgspec.json.format(encoder.encode(complete), indent=2))
    _sync_tree(folder)
    return complete


def originals_of(folder: Path, documents: Sequence[Document]) -> dict[str, Path]:
    """Where the originals of documents stand in a generation's folder, by name."""
    return {d.original: folder / _ORIGINALS / d.original for d in documents if d.original is not None}


def _copy_originals(folder: Path, documents: Sequence[Document], files: Mapping[str, Path]) -> None:
    """Raises GenerationError where a file is no longer what was read: its pages would not be those of the text."""
    for document in documents:
        if document.original is None:
            continue
        copy = folder / _ORIGINALS / document.original
        copy.parent.mkdir(exist_ok=True)
        shutil.copyfile(files[document.original], copy)
        if file_hash(copy) != copy.stem:
            raise GenerationError(f"{document.path}: changed while it was ingested; run `kb ingest` again")


def file_hash(path: Path) -> str:
    """The SHA-256 of a file, as hexadecimal digits."""
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def _files_of(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def check_files(folder: Path, manifest: Manifest) -> None:
    """Raises GenerationError naming the first file that isn't as it was published; reads all of them."""
    for path, expected in {_DOCUMENTS: manifest.documents_sha256, **manifest.files}.items():
        try:
            found = file_hash(folder / path)
        except OSError as error:
            raise GenerationError(f"{folder / path}: can't be read ({error.strerror}); {_REMEDY}") from error
        if found != expected:
            raise GenerationError(f"{folder / path}: its content is not what was published; {_REMEDY}")


def _sync_tree(folder: Path) -> None:
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("rb") as file:
                os.fsync(file.fileno())
        else:
            sync_folder(path)
    sync_folder(folder)


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a generation. Raises GenerationError when it's damaged or of another format."""
    path = folder / _MANIFEST
    try:
        manifest = msgspec.json.decode(path.read_bytes(), type=Manifest)
    except (OSError, msgspec.DecodeError) as error:
        raise GenerationError(f"{path}: can't be read ({error}); {_REMEDY}") from error
    if manifest.format != FORMAT:
        raise GenerationError(
            f"{folder.name} has format {manifest.format}, this program reads {FORMAT}; rebuild it with `kb ingest`"
        )
    return manifest


def read_documents(folder: Path, manifest: Manifest) -> list[Document]:
    """The documents of a generation, in its order. Raises GenerationError when a byte has changed."""
    decoder = msgspec.json.Decoder(Document)
    return [decoder.decode(line) for line in read_lines(folder, manifest)]


def read_lines(folder: Path, manifest: Manifest) -> list[bytes]:
    """The documents of a generation as they are stored: JSON. Raises GenerationError when a byte has changed."""
    path = folder / _DOCUMENTS
    try:
        content = path.read_bytes()
    except OSError as error:
        raise GenerationError(f"{path}: can't be read ({error.strerror}); {_REMEDY}") from error
    if sha256(content).hexdigest() != manifest.documents_sha256:
        raise GenerationError(f"{path}: its content is not what was published; {_REMEDY}")
    return content.splitlines()


def open_generation(home: Home, generation_id: str) -> Generation:
    """Open a generation for reading. Raises GenerationError naming what is missing or damaged."""
    folder = home.folder(generation_id)
    manifest = read_manifest(folder)
    check_files(folder, manifest)
    documents = read_documents(folder, manifest)
    try:
        unit_vectors = np.load(folder / "unit_vectors.npy", mmap_mode="r")
        heading_vectors = np.load(folder / "heading_vectors.npy").astype(np.float32)
        means = np.load(folder / "language_means.npy")
    except (OSError, ValueError) as error:
        raise GenerationError(f"{folder}: the vectors can't be read ({error}); {_REMEDY}") from error
    return Generation(
        folder,
        manifest,
        documents,
        open_dense_index(folder / "dense"),
        {language: open_lexical_index(folder / "lexical" / language.value, language) for language in Language},
        unit_vectors,
        heading_vectors,
        means,
    )
