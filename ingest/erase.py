"""Erase a document: a generation without it goes live, all that held it is deleted, and a scan proves that it is gone.

Nothing is embedded: the vectors of the others are taken from the live generation. Where the process dies, the same
call goes on where it stopped: receipts and cached vectors are cleared before the generations that tell what to clear.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from ingest.embedding_cache import EmbeddingCache, cache_key
from ingest.erased_vectors import embedded_texts, exact_vectors, own_vector_traces
from ingest.reading_cache import forget_readings
from ingest.traces import Scan, Traces, scan_home, text_traces
from kb.errors import DocumentNotFoundError, GenerationError, IngestError
from kb.generation import (
    Generation,
    Manifest,
    VectorSet,
    fingerprint_of,
    open_generation,
    originals_of,
    read_documents,
    read_manifest,
    write_generation,
)
from kb.home import Home, write_durably
from kb.receipts import erase_from_receipts
from kb.records import Document


@dataclass(frozen=True, kw_only=True, slots=True)
class Erasure:
    """What an erasure did."""

    document: str
    generation: str  # the live one now
    built: bool  # whether it had to be built
    path: str | None  # of the file that the document came from, in the folder that was ingested
    deleted: tuple[str, ...]  # generations, oldest first
    receipts: int  # emptied, because they quoted the document or rested on it
    vectors: int  # taken out of the embedding cache
    scan: Scan


@dataclass(frozen=True, kw_only=True, slots=True)
class _Holder:
    """A generation on disk with its documents. One that can't be read may hold anything and has none."""

    id: str
    manifest: Manifest | None
    documents: tuple[Document, ...]


def erase(document_id: str, home: Path | str) -> Erasure:
    """Erase a document from a home. Safe to call again after an interruption.

    Raises DocumentNotFoundError where no generation holds it, IngestError where it is the only document or the disk
    can't be written, BusyError while another process writes, GenerationError where the live generation is damaged.
    """
    place = Home(home)
    live = place.live_id()  # before the lock, which would make the folder of a home that isn't there
    with place.writing():
        try:
            place.sweep()
            return _erase(document_id, place, live)
        except OSError as error:
            raise IngestError(
                f"{place.path}: can't be written ({error.strerror or error}), the erasure is not complete; make room "
                f"and give write access there, then run `kb erase {document_id}` again"
            ) from error


def _erase(document_id: str, place: Home, live: str) -> Erasure:
    journal = place.path / "erasing"
    holders = [_holder(place, identifier) for identifier in place.generation_ids()]
    versions = [d for holder in holders for d in holder.documents if d.id == document_id]
    resumed = journal.exists() and journal.read_text(encoding="utf-8").strip() == document_id
    if not versions and not resumed:
        raise DocumentNotFoundError(f"no generation in {place.path} holds a document {document_id!r}")
    write_durably(journal, document_id.encode())
    others = _others(holders, live, document_id)
    texts = text_traces(_texts_of(versions), "\n".join(document.text for document in others))
    vectors = _own_vectors(place, holders, document_id, {text for d in others for text in embedded_texts(d)})
    built = any(d.id == document_id for holder in holders if holder.id == live for d in holder.documents)
    if built:
        live = _publish_without(place, live, document_id)
        holders.append(_holder(place, live))
    kept = [holder for holder in holders if _is_free_of(holder, document_id)]
    deleted = [holder.id for holder in holders if holder not in kept]
    passages = frozenset(passage.id for version in versions for passage in version.passages)
    receipts = erase_from_receipts(place, document_id, passages, texts)
    forgotten = _clear_cache(place, kept)
    forget_readings(place.cache)
    for identifier in deleted:
        place.delete(identifier)
    scan = scan_home(place.path, Traces(texts=texts, vectors=vectors))
    journal.unlink()
    return Erasure(
        document=document_id,
        generation=live,
        built=built,
        path=versions[-1].path if versions else None,
        deleted=tuple(deleted),
        receipts=receipts,
        vectors=forgotten,
        scan=scan,
    )


def _holder(place: Home, identifier: str) -> _Holder:
    try:
        folder = place.folder(identifier)
        manifest = read_manifest(folder)
        return _Holder(id=identifier, manifest=manifest, documents=tuple(read_documents(folder, manifest)))
    except GenerationError:
        return _Holder(id=identifier, manifest=None, documents=())


def _is_free_of(holder: _Holder, document_id: str) -> bool:
    return holder.manifest is not None and all(document.id != document_id for document in holder.documents)


def _others(holders: Sequence[_Holder], live: str, document_id: str) -> list[Document]:
    """The documents that stay: those of generations without the erased one, and the live one's others."""
    return [
        document
        for holder in holders
        if holder.id == live or _is_free_of(holder, document_id)
        for document in holder.documents
        if document.id != document_id
    ]


def _publish_without(place: Home, live: str, document_id: str) -> str:
    """Build a generation of the live one's other documents with their vectors, and point to it."""
    generation = open_generation(place, live)
    documents = [d for d in generation.documents.values() if d.id != document_id]
    if not documents:
        raise IngestError(f"{document_id} is the only document; ingest another one first, then erase it")
    vectors = exact_vectors(place, generation, documents)
    originals = originals_of(generation.folder, documents)
    manifest = _manifest(place, generation, documents, vectors)
    place.staging.mkdir(parents=True, exist_ok=True)
    write_generation(place.staging / manifest.id, manifest, documents, vectors, originals)
    place.take_in(place.staging / manifest.id)
    place.point_to(manifest.id)
    return manifest.id


def _manifest(place: Home, former: Generation, documents: Sequence[Document], vectors: VectorSet) -> Manifest:
    number = place.next_number()
    fingerprint = fingerprint_of(documents, former.manifest.model)
    return replace(
        former.manifest,
        id=f"g{number:06d}-{fingerprint[:8]}",
        number=number,
        created=datetime.now(tz=UTC),
        parent=former.id,
        fingerprint=fingerprint,
        documents=len(documents),
        passages=len(vectors.passages),
        units=len(vectors.units),
        documents_sha256="",
        files={},
    )


def _texts_of(versions: Sequence[Document]) -> list[str]:
    """Every sentence, heading and removed piece of a document's versions, and its title."""
    return [
        text
        for document in versions
        for text in (
            document.metadata.title,
            *(name for section in document.sections for name in section.path),
            *(document.text[unit.start : unit.end] for passage in document.passages for unit in passage.units),
            *(removal.text for removal in document.removals),
        )
    ]


def _own_vectors(
    place: Home, holders: Sequence[_Holder], document_id: str, others: Collection[str]
) -> frozenset[bytes]:
    return frozenset[bytes]().union(
        *(
            own_vector_traces(place, holder.id, holder.manifest.model, documents, others)
            for holder in holders
            if holder.manifest and (documents := [d for d in holder.documents if d.id == document_id])
        )
    )


def _clear_cache(place: Home, kept: Sequence[_Holder]) -> int:
    """Keep the vectors of what is kept only: the cache doesn't know whose the others are."""
    if not place.cache.is_dir():
        return 0
    keys = {
        cache_key(holder.manifest.model, text)
        for holder in kept
        if holder.manifest is not None
        for document in holder.documents
        for text in embedded_texts(document)
    }
    cache = EmbeddingCache(place.cache)
    try:
        return cache.keep_only(keys)
    finally:
        cache.close()
