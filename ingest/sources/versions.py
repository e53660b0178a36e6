"""What a server says of its newest version, without downloading it."""

import json
import time
from functools import partial
from typing import Any

import httpx

from ingest.sources.transfer import (
    DownloadError,
    Limits,
    Sleep,
    Validators,
    followed,
    refuse_status,
    retried,
)

_LARGEST = 4 * 1024 * 1024  # bytes of a file that names an edition
_GET_ONLY = (403, 404, 405, 501)  # how servers refuse HEAD that answer GET


def ask_version(
    client: httpx.Client, address: str, known: Validators, limits: Limits, sleep: Sleep = time.sleep
) -> bool | None:
    """Whether the server's file is the known one still; None where it doesn't say. Raises DownloadError."""
    return retried(partial(_ask_version, client, address, known), address, limits, sleep)


def _ask_version(client: httpx.Client, address: str, known: Validators) -> bool | None:
    with followed(client, "HEAD", address, known.as_conditions) as response:
        if response.status_code not in _GET_ONLY:
            return _is_known(response, known)
    with followed(client, "GET", address, known.as_conditions) as response:
        return _is_known(response, known)


def _is_known(response: httpx.Response, known: Validators) -> bool | None:
    if response.status_code == httpx.codes.NOT_MODIFIED:
        return True
    refuse_status(response)
    etag, modified = response.headers.get("ETag"), response.headers.get("Last-Modified")
    if etag and known.etag:
        return bool(etag.removeprefix("W/") == known.etag.removeprefix("W/"))
    if modified and known.last_modified:
        return bool(modified == known.last_modified)
    return None


def ask_edition(client: httpx.Client, address: str, key: str, limits: Limits, sleep: Sleep = time.sleep) -> str:
    """The name of the newest edition: the text at the dotted path `key` of a JSON file. Raises DownloadError."""
    content = retried(partial(_small_file, client, address), address, limits, sleep)
    try:
        value: Any = json.loads(content)
        for part in key.split("."):
            value = value[part]
    except (ValueError, KeyError, TypeError):
        value = None
    if not isinstance(value, str) or not value.replace("-", "").isalnum():
        raise DownloadError(f"{address}: names no edition at {key!r}; correct the catalogue")
    return value


def _small_file(client: httpx.Client, address: str) -> bytes:
    content = b""
    with followed(client, "GET", address, {}) as response:
        refuse_status(response)
        for chunk in response.iter_bytes():
            content += chunk
            if len(content) > _LARGEST:
                raise DownloadError(f"{response.url}: is too large to name an edition; correct the address")
    return content
