"""A file that a command is told to write: what stands in the way is found before the work is done."""

import os
from collections.abc import Iterable
from errno import EACCES, EISDIR
from pathlib import Path

from kb.errors import UsageError


def check_output(file: Path, option: str, others: Iterable[Path] = ()) -> None:
    """Leave all as it is. Raises UsageError where the file can't be written, or is one of `others`, which the command needs."""
    try:
        _try(file)
        taken = next((other for other in others if _is_same(file, other)), None)
    except OSError as error:
        raise UsageError(f"{option} {file}: can't be written ({error.strerror}); choose another file") from error
    if taken:
        raise UsageError(f"{option} {file}: would overwrite {taken}; choose another file")


def _is_same(file: Path, other: Path) -> bool:
    """Whether two names are of one file, there or not, also by way of links."""
    if file.exists() and other.exists():
        return file.samefile(other)
    return file.resolve() == other.resolve()


def _try(file: Path) -> None:
    if file.is_dir():
        raise IsADirectoryError(EISDIR, os.strerror(EISDIR))
    if not file.exists():
        file.touch()
        file.resolve().unlink()  # where a link leads; the link stays
    elif not os.access(file, os.W_OK):  # not opened: the reader of a pipe would take that for the end
        raise PermissionError(EACCES, os.strerror(EACCES))
