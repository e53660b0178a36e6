"""Files that only grow, one record of JSON a line: what people tell editors and evaluators."""

import os
from typing import Generic, TypeVar

import msgspec
from filelock import FileLock

from kb.errors import KnowledgeBaseError
from kb.home import Home

Record = TypeVar("Record")


class JournalError(KnowledgeBaseError):
    """A line of a journal can't be read."""


class Journal(Generic[Record]):
    """The records of one kind in a home, oldest first. Only the owner of the home may read the file."""

    def __init__(self, home: Home, name: str, kind: type[Record]) -> None:
        self.path = home.path / "records" / f"{name}.jsonl"
        self._kind = kind

    def append(self, record: Record) -> None:
        """Add a record, durable before this returns. Raises OSError where the home can't be written."""
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        line = msgspec.json.encode(record) + b"\n"
        with FileLock(self.path.with_suffix(".lock"), thread_local=False):
            descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
            with os.fdopen(descriptor, "r+b") as file:
                # A line cut off by a power failure must not swallow the next one.
                if file.seek(0, os.SEEK_END) and os.pread(file.fileno(), 1, file.tell() - 1) != b"\n":
                    line = b"\n" + line
                file.write(line)
                file.flush()
                os.fsync(file.fileno())

    def read(self) -> list[Record]:
        """All records. Raises JournalError naming the lines that are none."""
        try:
            lines = self.path.read_bytes().split(b"\n")
        except FileNotFoundError:
            return []
        records: list[Record] = []
        faults: list[str] = []
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                records.append(msgspec.json.decode(line, type=self._kind))
            except msgspec.DecodeError as error:
                faults.append(f"{self.path}:{number}: {error}; mend or remove the line")
        if faults:
            raise JournalError("\n".join(faults))
        return records
