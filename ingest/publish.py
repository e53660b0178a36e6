"""Build a generation from a folder and make it the live one, or change nothing at all."""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from time import perf_counter

import numpy as np

from ingest.changes import Held, Renamed, changes_between, held, held_in
from ingest.checks import check_documents
from ingest.checks.extract import Extracted
from ingest.embedding_cache import EmbeddingCache
from ingest.file_report import FileReport, file_reports
from ingest.identifiers import duplicate_ids, identifiers_of
from ingest.memory import settled
from ingest.reading_ahead import reading_ahead
from ingest.reading_cache import ReadingCache
from ingest.retention import delete_older
from ingest.scan import SourceFile, scan_folder
from kb.errors import GenerationError, IngestError
from kb.generation import (
    FORMAT,
    Manifest,
    VectorSet,
    check_files,
    fingerprint_of,
    heading_input,
    passage_input,
    read_lines,
    read_manifest,
    unit_input,
    write_generation,
)
from kb.home import Home
from kb.models.embedding import Embedder, embedder_on_demand
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
    renamed: tuple[Renamed, ...] = ()  # the same text under another id or in another file
    unchanged: tuple[str, ...] = ()
    passages: int = 0
    embedded: int = 0
    deleted: tuple[str, ...] = ()  # older generations that were deleted from disk
    findings: tuple[Finding, ...] = ()
    files: tuple[FileReport, ...] = ()  # in the order of reading
    seconds: dict[str, float] = field(default_factory=dict)


class RefusedError(IngestError):
    """Findings of severity error. `findings` holds all of them, `files` what reading made of each file."""

    def __init__(self, folder: Path, findings: Sequence[Finding], files: Sequence[FileReport] = ()) -> None:
        self.findings = tuple(findings)
        self.files = tuple(files)
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
    keep: int | None = None,
) -> Report:
    """Read `folder`, build a generation in `home` and publish it atomically.

    With `check` nothing is written: the report tells what would change. Of the older generations the `keep` newest
    stay on disk (by default as the settings say). Raises RefusedError with every fault,
    BusyError when another process writes, ModelError when the embedding model can't be loaded, IngestError where the
    folder is missing or the home can't be written. Whatever is raised, and whenever the process dies, the live
    generation is the one before.
    """
    if check:
        return check_folder(folder, home, embedder=embedder, progress=progress, today=today)[0]
    folder, place = Path(folder), Home(home)
    tell, day = progress or _tell_nobody, today or _this_day()
    scanned = scan_folder(folder)
    with place.writing(), settled():
        with _writes(place):
            place.sweep()
        settings = load_settings(home=place.path)
        model = embedder or embedder_on_demand(settings)
        with reading_ahead(scanned[0], place, model) as ahead:
            cache = ReadingCache(place.cache, model.identity, write=True, ahead=ahead)
            with _writes(place):
                reading = _read(folder, scanned, model, cache, day, tell)
        live = _live(place)
        report = _changes(reading, live)
        fingerprint = fingerprint_of(reading.documents, model.identity)
        if live.sound and live.fingerprint == fingerprint:
            return report
        with _writes(place), settled():
            report = _build(place, reading, model, fingerprint, report, gate, tell)
            cache.forget_others()
        return _tidied(report, place, keep or settings.keep_generations)


def check_folder(
    folder: Path | str,
    home: Path | str,
    *,
    embedder: Embedder | None = None,
    progress: Progress | None = None,
    today: date | None = None,
) -> tuple[Report, list[Document]]:
    """As `publish` with `check`, and the documents that would be published, in the order of files."""
    folder, place = Path(folder), Home(home)
    scanned = scan_folder(folder)
    model = embedder or embedder_on_demand(load_settings(home=place.path))
    cache = ReadingCache(place.cache, model.identity, write=False)
    reading = _read(folder, scanned, model, cache, today or _this_day(), progress or _tell_nobody)
    return _changes(reading, _live(place)), reading.documents


def _tell_nobody(_step: str, _done: int, _of: int) -> None:
    pass


def _this_day() -> date:
    return datetime.now(tz=UTC).astimezone().date()


@dataclass(frozen=True, kw_only=True, slots=True)
class _Reading:
    """Sound documents, and what the editor should know about them."""

    documents: list[Document]
    originals: dict[str, Path]  # the file of each document's `original`
    stems: dict[str, str]  # of each passage by its id, joined by spaces
    findings: list[Finding]
    files: tuple[FileReport, ...]
    seconds: float


def _read(
    folder: Path,
    scanned: tuple[list[SourceFile], list[Finding]],
    model: Embedder,
    cache: ReadingCache,
    today: date,
    tell: Progress,
) -> _Reading:
    """All documents of a folder. Raises RefusedError with all faults of all files."""
    started = perf_counter()
    sources, findings = scanned
    if not sources:
        raise RefusedError(folder, [*findings, _nothing(folder)])
    extracted: list[Extracted] = []
    originals: dict[str, Path] = {}
    stems: dict[str, str] = {}
    read: list[tuple[str, Document | None, float]] = []
    for done, source in enumerate(sources):
        tell("reading", done, len(sources))
        began = perf_counter()
        reading = cache.read(source, model.fits)
        document = reading.document
        read.append((source.path, document, perf_counter() - began))
        findings.extend(reading.findings)
        if document is not None and reading.extract is not None:
            extracted.append(Extracted(document=document, extract=reading.extract))
            stems.update(zip((passage.id for passage in document.passages), reading.stems, strict=True))
            if document.original is not None:
                originals[document.original] = source.file
    identifiers = identifiers_of([(source, document) for source, (_, document, _) in zip(sources, read, strict=True)])
    findings.extend(duplicate_ids(sources, identifiers))
    findings.extend(check_documents(extracted, today, {identifier for identifier in identifiers if identifier}))
    findings = list(dict.fromkeys(findings))  # a fault of a folder's defaults is found with each of its files
    files = file_reports(read, findings)
    if any(finding.severity is Severity.ERROR for finding in findings):
        raise RefusedError(folder, findings, files)
    seconds = perf_counter() - started
    return _Reading(
        documents=[item.document for item in extracted],
        originals=originals,
        stems=stems,
        findings=findings,
        files=files,
        seconds=seconds,
    )


def _nothing(folder: Path) -> Finding:
    message = (
        "holds no guidance file (.md, .txt, .html, .docx, .pdf, .xml, .json); see corpus/README.md on how to write one"
    )
    return Finding(path=str(folder), severity=Severity.ERROR, code="no-files", message=message)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Live:
    """The live generation as far as it can be read. `damage` says what is wrong with it."""

    id: str | None = None
    fingerprint: str | None = None
    documents: dict[str, Held] = field(default_factory=dict)
    damage: GenerationError | None = None

    @property
    def sound(self) -> bool:
        """Whether there is a live generation without damage."""
        return self.id is not None and self.damage is None


def _live(home: Home) -> _Live:
    if not home.pointer.exists() and not home.generation_ids():
        return _Live()
    live = _Live()
    try:
        live = replace(live, id=home.live_id())
        folder = home.folder(live.id or "")
        manifest = read_manifest(folder)
        live = replace(live, fingerprint=manifest.fingerprint, documents=held_in(read_lines(folder, manifest)))
        check_files(folder, manifest)
    except GenerationError as error:
        return replace(live, damage=error)
    return live


def _changes(reading: _Reading, live: _Live) -> Report:
    """What is new against the live generation, before anything is published."""
    changes = changes_between(live.documents, held(reading.documents))
    findings = reading.findings
    if live.damage is not None:
        damaged = Finding(path=live.id or "live", severity=Severity.WARNING, code="damage", message=str(live.damage))
        findings = [damaged, *findings]
    return Report(
        generation=live.id,
        published=False,
        added=changes.added,
        changed=changes.changed,
        removed=changes.removed,
        renamed=changes.renamed,
        unchanged=changes.unchanged,
        passages=sum(len(document.passages) for document in reading.documents),
        findings=tuple(findings),
        files=reading.files,
        seconds={"read": reading.seconds},
    )


def _build(
    home: Home,
    reading: _Reading,
    model: Embedder,
    fingerprint: str,
    report: Report,
    gate: Gate | None,
    tell: Progress,
) -> Report:
    """Embed, write, judge and point to a new generation."""
    embed_started = perf_counter()
    vectors, embedded = _embed(home, reading.documents, model, tell)
    write_started = perf_counter()
    tell("writing", 0, 0)
    new_id = _stage(home, reading, model, fingerprint, report.generation, vectors)
    try:
        _judge(home, new_id, gate, tell)
    except BaseException:
        home.discard(new_id)
        raise
    home.point_to(new_id)
    seconds = {"embed": write_started - embed_started, "write": perf_counter() - write_started}
    return replace(report, generation=new_id, published=True, embedded=embedded, seconds={**report.seconds, **seconds})


def _tidied(report: Report, home: Home, keep: int) -> Report:
    """Delete older generations. What is published stays published where that fails."""
    try:
        return replace(report, deleted=delete_older(home, keep))
    except OSError as error:
        message = f"older generations could not be deleted ({error.strerror}); the next ingest tries again"
        kept = Finding(path=str(home.generations), severity=Severity.WARNING, code="retention", message=message)
        return replace(report, findings=(*report.findings, kept))


@contextmanager
def _writes(home: Home) -> Iterator[None]:
    """Translate what a full or read-only disk raises."""
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise IngestError(
            f"{home.path}: can't be written ({reason}), nothing was published; make room and give write access there, "
            "or choose another --home"
        ) from error


def _embed(home: Home, documents: Sequence[Document], model: Embedder, tell: Progress) -> tuple[VectorSet, int]:
    """All vectors, and how many passages had to be embedded."""
    pairs = [(document, passage) for document in documents for passage in document.passages]
    passages = [passage_input(document, passage) for document, passage in pairs]
    headings = [heading_input(passage) for _, passage in pairs]
    units = [unit_input(d, passage, index) for d, passage in pairs for index in range(len(passage.units))]
    named = [row for row, heading in enumerate(headings) if heading]
    texts = [*passages, *(headings[row] for row in named), *units]
    cache = EmbeddingCache(home.cache)
    tell("embedding", 0, 0)  # before the first texts are done, the model may have to be loaded
    try:
        rows, missing = cache.embed(model, texts, lambda done, of: tell("embedding", done, of))
    finally:
        cache.close()
    count = len(passages)
    heading_rows = np.zeros((count, rows.shape[1]), dtype=np.float32)
    heading_rows[named] = rows[count : count + len(named)]
    vectors = VectorSet(passages=rows[:count], headings=heading_rows, units=rows[count + len(named) :])
    return vectors, sum(row < count for row in missing)


def _stage(
    home: Home,
    reading: _Reading,
    model: Embedder,
    fingerprint: str,
    parent: str | None,
    vectors: VectorSet,
) -> str:
    """Write all files of a new generation and take it in among the others; nothing points to it yet."""
    number = home.next_number()
    new_id = f"g{number:06d}-{fingerprint[:8]}"
    home.staging.mkdir(parents=True, exist_ok=True)
    manifest = Manifest(
        id=new_id,
        number=number,
        created=datetime.now(tz=UTC),
        parent=parent,
        format=FORMAT,
        model=model.identity,
        dimension=int(vectors.passages.shape[1]),
        fingerprint=fingerprint,
        documents=len(reading.documents),
        passages=len(vectors.passages),
        units=len(vectors.units),
        documents_sha256="",
    )
    write_generation(home.staging / new_id, manifest, reading.documents, vectors, reading.originals, reading.stems)
    home.take_in(home.staging / new_id)
    return new_id


def _judge(home: Home, new_id: str, gate: Gate | None, tell: Progress) -> None:
    if gate is None:
        return
    tell("gate", 0, 0)
    reasons = gate(home, new_id)
    if reasons:
        raise GateError("the gate refused the new generation, nothing was published:\n" + "\n".join(reasons))
