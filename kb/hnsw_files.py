"""Chroma's HNSW files hold no memory of the process that wrote them.

The index takes room for more rows than it has and writes that room out as it is: with whatever lay in the memory
before, another document's text and vectors among it. What is erased must not come back by that way.
"""

import struct
from pathlib import Path

from kb.errors import GenerationError

_HEADER = struct.Struct("<iQQQQ")  # version, offset of the first level, rows with room, rows, bytes of a row
_VERSION = 1
_LENGTH = 4  # bytes of a row's length in length.bin


def blank_unused_rows(folder: Path) -> None:
    """Overwrite the rows without content in each HNSW index below a folder with zeros.

    Raises GenerationError where the files are of another make than those of HNSW version 1, and OSError.
    """
    for header in folder.rglob("header.bin"):
        version, _, _, rows, row_bytes = _HEADER.unpack_from(header.read_bytes().ljust(_HEADER.size, b"\0"))
        if version != _VERSION:
            raise GenerationError(
                f"{header}: HNSW files of version {version}, known is {_VERSION}; pin Chroma as in constraints.txt"
            )
        _blank_from(header.with_name("data_level0.bin"), rows * row_bytes)
        _blank_from(header.with_name("length.bin"), rows * _LENGTH)


def _blank_from(path: Path, start: int) -> None:
    size = path.stat().st_size
    if start > size:
        raise GenerationError(f"{path}: has {size} bytes, its header tells of {start}; build it anew with `kb ingest`")
    if start < size:
        with path.open("r+b") as file:
            file.seek(start)
            file.write(bytes(size - start))
