"""What was downloaded: one hidden file beside the downloads, with checksum, validators and day of each."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import msgspec

from kb.errors import IngestError
from kb.home import write_durably

NAME = ".fetched.json"


@dataclass(frozen=True, kw_only=True, slots=True)
class Fetched:
    """One download as it was taken in. `etag` and `last_modified` are the server's words."""

    file: str  # its name in the folder
    address: str  # that answered, after redirects
    edition: str | None
    sha256: str
    bytes: int
    etag: str | None
    last_modified: str | None
    fetched: datetime  # when its bytes came, UTC
    checked: datetime  # when the server last said that these are its newest, UTC


def read_record(folder: Path) -> dict[str, Fetched]:
    """By the id of the source; empty where nothing was downloaded. Raises IngestError where the record is damaged."""
    path = folder / NAME
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, Fetched])
    except FileNotFoundError:
        return {}
    except (OSError, msgspec.DecodeError) as error:
        raise IngestError(
            f"{path}: can't be read ({error}); remove it, and `kb sources fetch` downloads all anew"
        ) from error


def write_record(folder: Path, record: dict[str, Fetched]) -> None:
    """Replace the record atomically."""
    ordered = dict(sorted(record.items()))
    write_durably(folder / NAME, msgspec.json.format(msgspec.json.encode(ordered), indent=2))
