"""Requests over HTTP: who is asked how, when to give up, and which answers are tried again."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

import httpx

from kb.errors import IngestError

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MOST_REDIRECTS = 5
_PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})  # these may pass; other refusals don't
_LONGEST_PAUSE = 60.0

_Found = TypeVar("_Found")
Sleep = Callable[[float], None]


class DownloadError(IngestError):
    """A file can't be had. What was there before is untouched."""


class PassingError(Exception):
    """Worth another try, after `pause` seconds where the server asked for it."""

    def __init__(self, message: str, pause: float | None = None) -> None:
        self.pause = pause
        super().__init__(message)


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """When to give up. Times are seconds."""

    tries: int = 5
    first_pause: float = 1.0  # doubled after each try
    connect: float = 15.0
    silence: float = 30.0  # without a byte
    whole: float = 900.0  # for one file, all tries together


@dataclass(frozen=True, kw_only=True, slots=True)
class Validators:
    """What a server says of a file's version."""

    etag: str | None = None
    last_modified: str | None = None

    @property
    def as_conditions(self) -> dict[str, str]:
        """Headers that ask for the file only where it changed."""
        conditions = {"If-None-Match": self.etag, "If-Modified-Since": self.last_modified}
        return {name: value for name, value in conditions.items() if value}


@contextmanager
def open_client(limits: Limits) -> Iterator[httpx.Client]:
    """A client that asks for bytes as they are stored, so that sizes and ranges mean the same on both sides."""
    headers = {"User-Agent": "bpo-knowledge-base (kb sources)", "Accept-Encoding": "identity"}
    timeout = httpx.Timeout(limits.silence, connect=limits.connect)
    with httpx.Client(headers=headers, timeout=timeout, follow_redirects=False) as client:
        yield client


@contextmanager
def followed(client: httpx.Client, method: str, address: str, headers: dict[str, str]) -> Iterator[httpx.Response]:
    """The answer after redirects, which must stay on the host and never leave https."""
    url = httpx.URL(address)
    for _ in range(_MOST_REDIRECTS):
        with client.stream(method, url, headers=headers) as response:
            if response.status_code not in _REDIRECTS:
                yield response
                return
            following = url.join(response.headers.get("Location", ""))
        if following.host.removeprefix("www.") != url.host.removeprefix("www."):
            raise DownloadError(
                f"{url}: sends on to another host ({following.host}); put that address in the catalogue where it is right"
            )
        if url.scheme == "https" and following.scheme != "https":
            raise DownloadError(f"{url}: sends on to an address without encryption; look at it in a browser")
        url = following
    raise DownloadError(f"{address}: sends on more than {_MOST_REDIRECTS} times; correct the address")


def refuse_status(response: httpx.Response) -> None:
    """Raises for anything but a file or a part of it: PassingError where another try may help, else DownloadError."""
    status = response.status_code
    if status in _PASSING:
        asked = response.headers.get("Retry-After", "")  # its other form, a date, is rare: the usual pause serves
        raise PassingError(f"the server answered {status}", float(asked) if asked.isdigit() else None)
    if status not in (httpx.codes.OK, httpx.codes.PARTIAL_CONTENT):
        raise DownloadError(f"{response.url}: the server answered {status}; correct the address in the catalogue")


def retried(ask: Callable[[], _Found], address: str, limits: Limits, sleep: Sleep) -> _Found:
    """What `ask` returns, called again after a pause where its failure may pass. Raises DownloadError in the end."""
    deadline = time.monotonic() + limits.whole
    pause = limits.first_pause
    tries = 0
    while True:
        tries += 1
        try:
            return ask()
        except (httpx.TransportError, PassingError) as error:
            wait = min(getattr(error, "pause", None) or pause, _LONGEST_PAUSE)
            if tries == limits.tries or time.monotonic() + wait > deadline:
                reason = str(error) or type(error).__name__
                raise DownloadError(f"{address}: {reason}; gave up after {tries} tries, try again later") from error
        sleep(wait)
        pause *= 2
