"""Build a generation from a folder and make it the live one, or change nothing at all."""

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from time import perf_counter

import numpy as np

from ingest.checks import check_documents
from ingest.embedding_cache import EmbeddingCache
from ingest.read import read_document
from ingest.scan import scan_folder
from kb.errors import GenerationError, IngestError
from kb.generation import (
    FORMAT,
    Manifest,
    VectorSet,
    fingerprint_of,
    heading_input,
    passage_input,
    read_documents,
    read_manifest,
    unit_input,
    write_generation,
)
from kb.home import Home, sync_folder
from kb.models.embedding import Embedder, load_embedder
from kb.records import Document, Finding, Severity
from kb.settings import load_settings

Progress = Callable[[str, int, int], None]
"""Told (step, done, of); `of` 0 where the number isn't known."""

Gate = Callable[[Home, str], Sequence[str]]
"""Given a home whose `generations` hold the candidate id, returns reasons against publishing it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """What an ingest did. Document ids are sorted; `embedded` counts passages whose vectors were not in the cache."""

    generation: str | None  # the live one after this run; None after a check without any generation
    published: bool
    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    passages: int = 0
    embedded: int = 0
    findings: tuple[Finding, ...] = ()
    seconds: dict[str, float] = field(default_factory=dict)


class RefusedError(IngestError):
    """Findings of severity error. `findings` holds all of them."""

    def __init__(self, folder: Path, findings: Sequence[Finding]) -> None:
        self.findings = tuple(findings)
        faults = [str(finding) for finding in findings if finding.severity is Severity.ERROR]
        super().__init__(
            f"{folder}: {len(faults)} fault{'s' if len(faults) != 1 else ''}, nothing was published:\n"
            + "\n".join(faults)
        )


class GateError(IngestError):
    """The gate refused the new generation. The live one is untouched."""


def publish(
    folder: Path | str,
    home: Path | str,
    *,
    check: bool = False,
    embedder: Embedder | None = None,
    gate: Gate | None = None,
    progress: Progress | None = None,
    today: date | None = None,
) -> Report:
    """Read `folder`, build a generation in `home` and publish it atomically.

    With `check` nothing is written: the report tells what would change. Raises RefusedError with every fault,
    BusyError when another process writes, ModelError when the embedding model can't be loaded. Whatever is raised, and
    whenever the process dies, the live generation is the one before.
    """
    folder, place = Path(folder), Home(home)
    tell = progress or (lambda _step, _done, _of: None)
    day = today or datetime.now(tz=UTC).astimezone().date()
    sources, findings = scan_folder(folder)
    if not sources:
        raise RefusedError(folder, [*findings, _nothing(folder)])
    model = embedder or load_embedder(load_settings(home=Path(home)))
    started = perf_counter()
    documents: list[Document] = []
    for done, source in enumerate(sources):
        tell("reading", done, len(sources))
        document, faults = read_document(source, model.fits)
        findings.extend(faults)
        if document is not None:
            documents.append(document)
    findings.extend(check_documents(documents, day))
    if any(finding.severity is Severity.ERROR for finding in findings):
        raise RefusedError(folder, findings)
    read_seconds = perf_counter() - started
    before, live_id, live_fingerprint = _live_documents(place)
    change = _changes(before, documents, findings)
    fingerprint = fingerprint_of(documents, model.identity)
    if check:
        return Report(generation=live_id, published=False, seconds={"read": read_seconds}, **change)
    with place.writing():
        place.sweep_staging()
        before, live_id, live_fingerprint = _live_documents(place)  # another run may have ended meanwhile
        change = _changes(before, documents, findings)
        if live_id is not None and live_fingerprint == fingerprint:
            return Report(generation=live_id, published=False, seconds={"read": read_seconds}, **change)
        embed_started = perf_counter()
        vectors, embedded = _embed(place, documents, model, tell)
        write_started = perf_counter()
        tell("writing", 0, 0)
        new_id = _stage(place, documents, model, fingerprint, live_id, vectors)
        _judge(place, new_id, gate, tell)
        place.point_to(new_id)
    seconds = {
        "read": read_seconds,
        "embed": write_started - embed_started,
        "write": perf_counter() - write_started,
    }
    return Report(generation=new_id, published=True, embedded=embedded, seconds=seconds, **change)


def _nothing(folder: Path) -> Finding:
    message = "holds no guidance file (.md, .txt, .pdf); see corpus/README.md on how to write one"
    return Finding(path=str(folder), severity=Severity.ERROR, code="no-files", message=message)


def _live_documents(home: Home) -> tuple[dict[str, str], str | None, str | None]:
    """Content hashes of the live generation by document; nothing where there is none or it can't be read."""
    try:
        live_id = home.live_id()
        folder = home.folder(live_id)
        manifest = read_manifest(folder)
        hashes = {document.id: document.content_hash for document in read_documents(folder, manifest)}
    except GenerationError:
        return {}, None, None
    return hashes, live_id, manifest.fingerprint


def _changes(before: dict[str, str], documents: Sequence[Document], findings: Sequence[Finding]) -> dict[str, object]:
    after = {document.id: document.content_hash for document in documents}
    return {
        "added": tuple(sorted(after.keys() - before.keys())),
        "removed": tuple(sorted(before.keys() - after.keys())),
        "changed": tuple(sorted(key for key in after.keys() & before.keys() if after[key] != before[key])),
        "unchanged": tuple(sorted(key for key in after.keys() & before.keys() if after[key] == before[key])),
        "passages": sum(len(document.passages) for document in documents),
        "findings": tuple(findings),
    }


def _embed(home: Home, documents: Sequence[Document], model: Embedder, tell: Progress) -> tuple[VectorSet, int]:
    """All vectors, and how many passages had to be embedded."""
    pairs = [(document, passage) for document in documents for passage in document.passages]
    passages = [passage_input(document, passage) for document, passage in pairs]
    headings = [heading_input(passage) for _, passage in pairs]
    units = [unit_input(d, passage, index) for d, passage in pairs for index in range(len(passage.units))]
    cache = EmbeddingCache(home.cache)
    try:
        rows, missing = cache.embed(model, passages + headings + units, lambda done, of: tell("embedding", done, of))
    finally:
        cache.close()
    count = len(passages)
    heading_rows = rows[count : 2 * count] * np.array([bool(heading) for heading in headings])[:, None]
    vectors = VectorSet(passages=rows[:count], headings=heading_rows, units=rows[2 * count :])
    return vectors, sum(row < count for row in missing)


def _stage(
    home: Home,
    documents: Sequence[Document],
    model: Embedder,
    fingerprint: str,
    parent: str | None,
    vectors: VectorSet,
) -> str:
    number = home.next_number()
    new_id = f"g{number:06d}-{fingerprint[:8]}"
    staged = home.staging / new_id
    home.staging.mkdir(parents=True, exist_ok=True)
    home.generations.mkdir(parents=True, exist_ok=True)
    manifest = Manifest(
        id=new_id,
        number=number,
        created=datetime.now(tz=UTC),
        parent=parent,
        format=FORMAT,
        model=model.identity,
        dimension=int(vectors.passages.shape[1]),
        fingerprint=fingerprint,
        documents=len(documents),
        passages=len(vectors.passages),
        units=len(vectors.units),
        documents_sha256="",
    )
    write_generation(staged, manifest, documents, vectors)
    staged.rename(home.generations / new_id)
    sync_folder(home.generations)
    return new_id


def _judge(home: Home, new_id: str, gate: Gate | None, tell: Progress) -> None:
    if gate is None:
        return
    tell("gate", 0, 0)
    reasons = gate(home, new_id)
    if reasons:
        shutil.rmtree(home.generations / new_id)
        raise GateError("the gate refused the new generation, nothing was published:\n" + "\n".join(reasons))
