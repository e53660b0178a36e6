"""One file over HTTP, into a file of its own, within limits, and going on where a transfer was cut off."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from hashlib import file_digest
from pathlib import Path

import httpx

from ingest.sources.transfer import (
    DownloadError,
    Limits,
    PassingError,
    Sleep,
    Validators,
    followed,
    refuse_status,
    retried,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Download:
    """A file that came whole."""

    address: str
    sha256: str
    bytes: int
    validators: Validators


Progress = Callable[[int, int], None]
"""Told (bytes done, bytes of the whole or 0 where the server doesn't say)."""


def download(
    client: httpx.Client,
    address: str,
    target: Path,
    *,
    types: frozenset[str],
    largest: int,
    known: Validators,
    limits: Limits,
    progress: Progress,
    sleep: Sleep = time.sleep,
) -> Download | None:
    """Write the file to `target`; None where the server says that it is still the `known` one.

    `types` are the content types that are taken, `largest` is in bytes.
    """
    held = _Held(
        target=target, types=types, largest=largest, deadline=time.monotonic() + limits.whole, progress=progress
    )
    return retried(partial(held.take, client, address, known), address, limits, sleep)


class _Held:
    """What came so far of one file, and what the server called that version."""

    def __init__(
        self, *, target: Path, types: frozenset[str], largest: int, deadline: float, progress: Progress
    ) -> None:
        self._target = target
        self._types = types
        self._largest = largest
        self._deadline = deadline
        self._progress = progress
        self._mark: str | None = None  # names the version of the bytes held, where the server can go on from them

    def take(self, client: httpx.Client, address: str, known: Validators) -> Download | None:
        """One try."""
        size = self._target.stat().st_size if self._mark and self._target.exists() else 0
        headers = {"Range": f"bytes={size}-", "If-Range": self._mark} if size and self._mark else known.as_conditions
        with followed(client, "GET", address, headers) as response:
            if response.status_code == httpx.codes.NOT_MODIFIED:
                return None
            self._refuse(response)
            goes_on = bool(size) and _begins_at(response, size)
            if response.status_code == httpx.codes.PARTIAL_CONTENT and not goes_on:
                self._mark = None
                raise PassingError("the server sent another part than was asked for")
            found = Validators(etag=response.headers.get("ETag"), last_modified=response.headers.get("Last-Modified"))
            self._mark = _resumable(response, found)
            self._write(response, size if goes_on else 0)
            with self._target.open("rb") as file:
                checksum = file_digest(file, "sha256").hexdigest()
            return Download(
                address=str(response.url), sha256=checksum, bytes=self._target.stat().st_size, validators=found
            )

    def _refuse(self, response: httpx.Response) -> None:
        """Raises where an answer is no file of the kind wanted."""
        refuse_status(response)
        kind = response.headers.get("Content-Type", "").split(";")[0].strip().lower()
        if kind not in self._types:
            raise DownloadError(
                f"{response.url}: is {kind or 'of no stated type'}, wanted is {' or '.join(sorted(self._types))}; "
                "look at the address in a browser"
            )
        announced = response.headers.get("Content-Length", "")
        if announced.isdigit() and int(announced) > self._largest:
            raise self._too_large(response)

    def _write(self, response: httpx.Response, done: int) -> None:
        length = response.headers.get("Content-Length", "")
        whole = done + int(length) if length.isdigit() else 0
        with self._target.open("ab" if done else "wb") as file:
            for chunk in response.iter_bytes():
                done += len(chunk)
                if done > self._largest:
                    raise self._too_large(response)
                if time.monotonic() > self._deadline:
                    raise DownloadError(f"{response.url}: takes too long ({done:,} bytes came); try again later")
                file.write(chunk)
                self._progress(done, whole)

    def _too_large(self, response: httpx.Response) -> DownloadError:
        return DownloadError(
            f"{response.url}: has more than the {self._largest:,} bytes expected; look at it, and raise max_bytes in "
            "the catalogue where that is right"
        )


def _begins_at(response: httpx.Response, size: int) -> bool:
    return response.status_code == httpx.codes.PARTIAL_CONTENT and response.headers.get("Content-Range", "").replace(
        "bytes ", "", 1
    ).split("-")[0].strip() == str(size)


def _resumable(response: httpx.Response, found: Validators) -> str | None:
    """What a later request can name this version by; None where the server can't go on in the middle."""
    if response.headers.get("Accept-Ranges", "").lower() != "bytes" or "Content-Encoding" in response.headers:
        return None
    strong = found.etag if found.etag and not found.etag.startswith("W/") else None
    return strong or found.last_modified
