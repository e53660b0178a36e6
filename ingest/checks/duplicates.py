"""Passages that say nearly the same in nearly the same words, in two documents of one language."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from zlib import crc32

import numpy as np
import numpy.typing as npt

from ingest.checks.extract import Extracted
from ingest.checks.findings import FileLines
from kb.records import Document, Finding, Passage, Severity
from kb.text.words import fold

_WORDS = 4  # to a shingle
_SKETCH = 12  # smallest hashes compared of each passage: two passages that share none of them are far from alike
_SHORTEST = 20  # shingles; shorter passages are alike by chance
_ALIKE = 0.8  # of the shingles of two passages together, the share that stands in both
_COMMON = 50  # passages; a hash that more of them share is boilerplate and finds nothing
_HASH = "<u4"  # a shingle's hash as it is packed: 32 bits
_HASH_BYTES = 4
_Hashes = npt.NDArray[np.uint32]
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, kw_only=True, slots=True)
class _Shingled:
    document: Document
    passage: Passage
    packed: bytes

    @property
    def count(self) -> int:
        return len(self.packed) // _HASH_BYTES


def shingles_in(document: Document, passage: Passage) -> bytes:
    """The different hashes of a passage's shingles in ascending order, packed: a set of numbers takes ten times the room."""
    begin = passage.units[0].start if passage.units else passage.end
    words = _WORD.findall(fold(document.text[begin : passage.end]))
    joined = (" ".join(words[i : i + _WORDS]) for i in range(len(words) - _WORDS + 1))
    return np.array(sorted({crc32(text.encode()) for text in joined}), dtype=_HASH).tobytes()


def check_duplicates(extracted: Sequence[Extracted], today: date, lines: FileLines) -> list[Finding]:
    """One finding for each pair of documents in force that share passages. Versions of different times are not compared."""
    passages = [
        _Shingled(document=item.document, passage=passage, packed=packed)
        for item in extracted
        if item.document.metadata.in_force(today)
        for passage, packed in zip(item.document.passages, item.extract.shingles, strict=True)
        if len(packed) >= _SHORTEST * _HASH_BYTES
    ]
    hashes = cache(lambda position: frozenset(_hashes(passages[position].packed).tolist()))
    pairs: dict[tuple[str, str], list[tuple[_Shingled, _Shingled]]] = defaultdict(list)
    for one, other in _candidates(passages):
        shared = len(hashes(one) & hashes(other))
        if shared >= _ALIKE * (passages[one].count + passages[other].count - shared):
            pairs[passages[one].document.id, passages[other].document.id].append((passages[one], passages[other]))
    return [_finding(found, lines) for found in pairs.values()]


def _hashes(packed: bytes) -> _Hashes:
    return np.frombuffer(packed, dtype=_HASH)


def _candidates(passages: Sequence[_Shingled]) -> Iterator[tuple[int, int]]:
    """Pairs of positions that share two of their smallest hashes, in the order of documents."""
    count = len(passages)
    sketches = [_hashes(item.packed[: _SKETCH * _HASH_BYTES]) for item in passages] or [_hashes(b"")]
    holders = np.repeat(np.arange(count), [len(sketch) for sketch in sketches[:count]])
    values = np.concatenate(sketches)
    holders = holders[np.argsort(values, kind="stable")]
    _, starts, sizes = np.unique(np.sort(values), return_index=True, return_counts=True)
    numbered = [np.zeros(0, dtype=np.int64)]  # one * count + other, once for each hash that they share
    for size in range(2, _COMMON + 1):
        holding = holders[starts[sizes == size][:, np.newaxis] + np.arange(size)]
        one, other = np.triu_indices(size, k=1)
        numbered.append((holding[:, one] * count + holding[:, other]).ravel())
    pairs, shared = np.unique(np.concatenate(numbered), return_counts=True)
    for one, other in (divmod(pair, count) for pair in pairs[shared > 1].tolist()):
        first, second = passages[one], passages[other]
        if first.document.id != second.document.id and first.passage.language is second.passage.language:
            yield one, other


def _finding(pairs: Sequence[tuple[_Shingled, _Shingled]], lines: FileLines) -> Finding:
    (first, second), count = pairs[0], len(pairs)
    more = f" and {count - 1} more passages there" if count > 1 else ""
    return lines.finding(
        second.document,
        "near-duplicate",
        f"says nearly the same as {lines.place(first.document, first.passage.units[0].start)}{more}",
        "keep one of the two, or make them say different things: an answer quotes only one of them",
        at=second.passage.units[0].start,
        severity=Severity.INFO,
    )
