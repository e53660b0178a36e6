"""Proof that something is gone: every file of a home is read and searched for texts and vectors."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from kb.models.embedding import Vectors

_PROBE = 8  # bytes; each trace is first looked for by its first ones
_SHORTEST_TEXT = 24  # bytes; shorter words stand anywhere
_CHUNK = 16 * 1024 * 1024  # bytes read at once
_LONGEST = 4096  # bytes compared of a trace
_ESCAPED = re.compile(r'["\\/\x00-\x1f\x7f]')  # written otherwise in JSON


@dataclass(frozen=True, kw_only=True, slots=True)
class Traces:
    """Byte strings whose presence would show that a text or a vector is still there. Each has at least 8 bytes."""

    texts: frozenset[bytes]
    vectors: frozenset[bytes]


@dataclass(frozen=True, kw_only=True, slots=True)
class Scan:
    """What was read and what was found. Paths are relative to the home, sorted."""

    files: int
    bytes: int
    texts: int  # how many texts were looked for
    vectors: int
    found: tuple[str, ...] = ()  # files in which one of them still stands


def text_traces(texts: Iterable[str], kept: str) -> frozenset[bytes]:
    """The longest plain piece of each text that no kept text holds: what JSON escapes would not be found in a file."""
    traces = set()
    for text in texts:
        piece = max((part.strip() for part in _ESCAPED.split(text)), key=len)
        if len(piece.encode()) >= _SHORTEST_TEXT and piece not in kept:
            traces.add(piece.encode()[:_LONGEST])
    return frozenset(traces)


def vector_traces(*matrices: Vectors) -> frozenset[bytes]:
    """The rows as they stand in files: in 32 and in 16 bits. Rows of zeros are no vectors."""
    return frozenset(
        row.astype(kind).tobytes()
        for matrix in matrices
        for row in matrix
        if row.any()
        for kind in (np.float32, np.float16)
    )


def scan_home(home: Path, traces: Traces) -> Scan:
    """Read all files below a folder and look for each trace. Raises OSError for a file that can't be read."""
    wanted = _by_probe((*traces.texts, *traces.vectors))
    probes = np.array(sorted(wanted), dtype=np.uint64)
    files = sorted(path for path in home.rglob("*") if path.is_file() and not path.is_symlink())
    found, size = [], 0
    for path in files:
        size += path.stat().st_size
        if wanted and _holds_any(path, probes, wanted):
            found.append(path.relative_to(home).as_posix())
    return Scan(
        files=len(files), bytes=size, texts=len(traces.texts), vectors=len(traces.vectors), found=tuple(found)
    )  # fmt: skip


def _by_probe(traces: Sequence[bytes]) -> dict[int, list[bytes]]:
    found: dict[int, list[bytes]] = {}
    for trace in traces:
        found.setdefault(int.from_bytes(trace[:_PROBE], "little"), []).append(trace)
    return found


def _holds_any(path: Path, probes: npt.NDArray[np.uint64], wanted: dict[int, list[bytes]]) -> bool:
    return any(
        data.startswith(trace, position)
        for data in _chunks(path)
        for position, value in _candidates(data, probes)
        for trace in wanted[value]
    )


def _chunks(path: Path) -> Iterator[bytes]:
    """The content in pieces that overlap by the longest trace."""
    with path.open("rb") as file:
        rest = b""
        while data := file.read(_CHUNK):
            yield rest + data
            rest = (rest + data)[-_LONGEST:]


def _candidates(data: bytes, probes: npt.NDArray[np.uint64]) -> Iterator[tuple[int, int]]:
    """Positions at which the eight bytes are those of a probe, with their value."""
    for shift in range(_PROBE):
        length = (len(data) - shift) // _PROBE
        if length <= 0:
            continue
        values = np.frombuffer(data, dtype="<u8", count=length, offset=shift)
        places = np.searchsorted(probes, values)
        hits = np.flatnonzero(probes[np.minimum(places, len(probes) - 1)] == values)
        for hit in hits:
            yield shift + int(hit) * _PROBE, int(values[hit])
