"""Passages that say nearly the same in nearly the same words, in two documents of one language."""

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from heapq import nsmallest
from zlib import crc32

from ingest.checks.findings import FileLines
from kb.records import Document, Finding, Passage, Severity
from kb.text.words import fold

_WORDS = 4  # to a shingle
_SKETCH = 12  # smallest hashes kept of each passage: two passages that share none of them are far from alike
_SHORTEST = 20  # shingles; shorter passages are alike by chance
_ALIKE = 0.8  # of the shingles of two passages together, the share that stands in both
_COMMON = 50  # passages; a hash that more of them share is boilerplate and finds nothing
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, kw_only=True, slots=True)
class _Shingled:
    document: Document
    passage: Passage
    shingles: frozenset[int]


def check_duplicates(documents: Sequence[Document], today: date, lines: FileLines) -> list[Finding]:
    """One finding for each pair of documents in force that share passages. Versions of different times are not compared."""
    passages = [
        shingled
        for document in documents
        if document.metadata.in_force(today)
        for passage in document.passages
        if len((shingled := _shingled(document, passage)).shingles) >= _SHORTEST
    ]
    pairs: dict[tuple[str, str], list[tuple[_Shingled, _Shingled]]] = defaultdict(list)
    for one, other in _candidates(passages):
        shared = len(one.shingles & other.shingles)
        if shared >= _ALIKE * len(one.shingles | other.shingles):
            pairs[one.document.id, other.document.id].append((one, other))
    return [_finding(found, lines) for found in pairs.values()]


def _shingled(document: Document, passage: Passage) -> _Shingled:
    begin = passage.units[0].start if passage.units else passage.end
    words = _WORD.findall(fold(document.text[begin : passage.end]))
    joined = (" ".join(words[i : i + _WORDS]) for i in range(len(words) - _WORDS + 1))
    return _Shingled(document=document, passage=passage, shingles=frozenset(crc32(text.encode()) for text in joined))


def _candidates(passages: Sequence[_Shingled]) -> list[tuple[_Shingled, _Shingled]]:
    """Pairs that share two of their smallest hashes, in the order of documents."""
    holding: dict[int, list[int]] = defaultdict(list)
    for position, item in enumerate(passages):
        for value in nsmallest(_SKETCH, item.shingles):
            holding[value].append(position)
    counts: Counter[tuple[int, int]] = Counter()
    for positions in holding.values():
        if len(positions) <= _COMMON:
            counts.update((one, two) for n, two in enumerate(positions) for one in positions[:n])
    return [
        (passages[one], passages[two])
        for (one, two), shared in sorted(counts.items())
        if shared > 1 and passages[one].document.id != passages[two].document.id
        and passages[one].passage.language is passages[two].passage.language
    ]  # fmt: skip


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
