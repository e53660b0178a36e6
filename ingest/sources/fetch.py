"""Download official texts into a folder that `kb ingest` takes: the file, its sidecar, and the record of it.

A file is replaced only by one that came whole and has the expected shape; whatever fails or is interrupted before that
leaves the one that is there. The sidecar is written before its file, so that no file is ever without one.
"""

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

import httpx
import yaml
from filelock import FileLock, Timeout

from ingest.sources.catalogue import OfficialSource
from ingest.sources.download import Download, download
from ingest.sources.record import Fetched, read_record, write_record
from ingest.sources.shape import CONTENT_TYPES, check_shape
from ingest.sources.transfer import DownloadError, Limits, Sleep, Validators, open_client
from ingest.sources.versions import ask_edition, ask_version
from kb.errors import BusyError, IngestError
from kb.generation import file_hash
from kb.home import sync_folder, write_durably

Progress = Callable[[str, int, int], None]
"""Told (id of the source, bytes done, bytes of the whole or 0)."""


class Outcome(StrEnum):
    """What became of one source."""

    NEW = "new"  # downloaded for the first time
    CHANGED = "changed"  # downloaded, other bytes than before
    UNCHANGED = "unchanged"  # the newest is here
    FAILED = "failed"  # nothing was changed; the message says why
    # Told by the status only:
    MISSING = "missing"  # never downloaded, or its file is gone
    DAMAGED = "damaged"  # the file here is not the one that was downloaded
    UPSTREAM = "changed-upstream"  # the server has another version
    UNKNOWN = "unknown"  # the server doesn't say which version it has; fetching compares


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceReport:
    """One source after a fetch, or as the status found it."""

    id: str
    outcome: Outcome
    file: str
    message: str = ""
    bytes: int | None = None
    sha256: str | None = None
    edition: str | None = None
    fetched: datetime | None = None


def fetch_sources(
    sources: Sequence[OfficialSource],
    folder: Path,
    progress: Progress,
    limits: Limits = Limits(),  # noqa: B008  a frozen record
    sleep: Sleep = time.sleep,
) -> Iterator[SourceReport]:
    """Fetch each source in turn and tell what became of it. One that fails doesn't keep the others back."""
    with _locked(folder), open_client(limits) as client:
        record = read_record(folder)
        for source in sources:
            try:
                before = _kept(source, folder, record)
                entry = _fetch(client, source, folder, before, progress, limits, sleep)
            except DownloadError as error:
                yield SourceReport(id=source.id, outcome=Outcome.FAILED, file=source.file_name, message=str(error))
                continue
            record = {**record, source.id: entry}
            write_record(folder, record)
            yield _told(source, _outcome(before, entry), entry)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / ".fetch.lock", timeout=0)
        lock.acquire()
    except Timeout:
        raise BusyError(f"{folder}: another fetch is running; wait for it to end and try again") from None
    except OSError as error:
        raise IngestError(f"{folder}: can't be written ({error.strerror}); choose another folder with --to") from error
    try:
        for left in folder.glob(".*.part"):  # by a fetch that was killed
            left.unlink()
        yield
    except OSError as error:
        raise IngestError(
            f"{folder}: can't be written ({error.strerror}); make room and give write access there"
        ) from error
    finally:
        lock.release()


def _kept(source: OfficialSource, folder: Path, record: dict[str, Fetched]) -> Fetched | None:
    """The record of the file that is here, if it is the one recorded, and of this address."""
    entry = record.get(source.id)
    return entry if entry and _state(source, folder, entry) is None else None


def _state(source: OfficialSource, folder: Path, entry: Fetched) -> Outcome | None:
    """What is wrong with the file here; None where it is the one recorded."""
    file = folder / source.file_name
    if not file.is_file() or entry.file != source.file_name:
        return Outcome.MISSING
    return None if file_hash(file) == entry.sha256 else Outcome.DAMAGED


def _fetch(
    client: httpx.Client,
    source: OfficialSource,
    folder: Path,
    before: Fetched | None,
    progress: Progress,
    limits: Limits,
    sleep: Sleep,
) -> Fetched:
    progress(source.id, 0, 0)
    edition = _edition(client, source, limits, sleep)
    known = Validators()
    if before and before.edition == edition:
        known = Validators(etag=before.etag, last_modified=before.last_modified)
    part = folder / f".{source.file_name}.{os.getpid()}.part"
    try:
        found = download(
            client,
            source.address.replace("{edition}", edition or ""),
            part,
            types=CONTENT_TYPES[source.format],
            largest=source.shape.max_bytes,
            known=known,
            limits=limits,
            progress=lambda done, of: progress(source.id, done, of),
            sleep=sleep,
        )
        now = datetime.now(tz=UTC)
        if found is None:
            if before is None:
                raise DownloadError(f"{source.address}: answers 'not modified' to a first request; try again later")
            return replace(before, checked=now)
        check_shape(source, part.read_bytes())
        entry = _entry(source, found, edition, before, now)
        _take_in(source, part, folder, entry)
    finally:
        part.unlink(missing_ok=True)
    return entry


def _edition(client: httpx.Client, source: OfficialSource, limits: Limits, sleep: Sleep) -> str | None:
    if source.edition is None:
        return None
    return ask_edition(client, source.edition.address, source.edition.key, limits, sleep)


def _entry(
    source: OfficialSource, found: Download, edition: str | None, before: Fetched | None, now: datetime
) -> Fetched:
    same = before is not None and before.sha256 == found.sha256
    return Fetched(
        file=source.file_name,
        address=found.address,
        edition=edition,
        sha256=found.sha256,
        bytes=found.bytes,
        etag=found.validators.etag,
        last_modified=found.validators.last_modified,
        fetched=before.fetched if same and before else now,
        checked=now,
    )


def _take_in(source: OfficialSource, part: Path, folder: Path, entry: Fetched) -> None:
    fields: dict[str, object] = {
        "id": source.id,
        "title": source.title,
        "authority": source.authority.value,
        "jurisdiction": source.jurisdiction.value,
        "topics": [topic.value for topic in source.topics],
        "language": source.language.value,
        "source": source.source,
        "source_url": entry.address,
    }
    sidecar = yaml.safe_dump(fields, allow_unicode=True, sort_keys=False)
    write_durably(folder / f"{source.file_name}.yaml", sidecar.encode())
    with part.open("rb") as file:
        os.fsync(file.fileno())
    part.replace(folder / source.file_name)
    sync_folder(folder)


def _outcome(before: Fetched | None, entry: Fetched) -> Outcome:
    if before is None:
        return Outcome.NEW
    return Outcome.UNCHANGED if before.sha256 == entry.sha256 else Outcome.CHANGED


def _told(source: OfficialSource, outcome: Outcome, entry: Fetched | None, message: str = "") -> SourceReport:
    return SourceReport(
        id=source.id,
        outcome=outcome,
        file=source.file_name,
        message=message,
        bytes=entry.bytes if entry else None,
        sha256=entry.sha256 if entry else None,
        edition=entry.edition if entry else None,
        fetched=entry.fetched if entry else None,
    )


def source_status(
    sources: Sequence[OfficialSource],
    folder: Path,
    limits: Limits = Limits(),  # noqa: B008  a frozen record
    sleep: Sleep = time.sleep,
) -> Iterator[SourceReport]:
    """What is here and what is newer upstream; downloads no text and writes nothing."""
    record = read_record(folder)
    with open_client(limits) as client:
        for source in sources:
            entry = record.get(source.id)
            outcome = _state(source, folder, entry) if entry else Outcome.MISSING
            message = ""
            if entry and outcome is None:
                try:
                    outcome = _upstream(client, source, entry, limits, sleep)
                except DownloadError as error:
                    outcome, message = Outcome.FAILED, str(error)
            yield _told(source, outcome or Outcome.UNCHANGED, entry, message)


def _upstream(
    client: httpx.Client, source: OfficialSource, entry: Fetched, limits: Limits, sleep: Sleep
) -> Outcome | None:
    """None where the server's version is the one here."""
    edition = _edition(client, source, limits, sleep)
    if edition is not None:
        return None if edition == entry.edition else Outcome.UPSTREAM
    known = Validators(etag=entry.etag, last_modified=entry.last_modified)
    same = ask_version(client, source.address, known, limits, sleep)
    if same is None:
        return Outcome.UNKNOWN
    return None if same else Outcome.UPSTREAM
