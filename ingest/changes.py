"""What happened to each document between two states: told apart by content, so that a renamed file is not new."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256

import msgspec

from kb.records import Document


@dataclass(frozen=True, kw_only=True, slots=True)
class Held:
    """What is compared of a document. Both hashes are SHA-256, of text and metadata, and of the text alone."""

    content_hash: str
    text_hash: str
    path: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Renamed:
    """A document whose text stands under another id or path now."""

    document: str
    path: str
    former_document: str
    former_path: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Changes:
    """Document ids, sorted; each document of either state stands in exactly one of the five."""

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    renamed: tuple[Renamed, ...] = ()
    removed: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()


def held(documents: Iterable[Document]) -> dict[str, Held]:
    """What is compared, by id."""
    return {document.id: _held(document.content_hash, document.text, document.path) for document in documents}


class _StoredMetadata(msgspec.Struct, frozen=True):
    id: str


class _Stored(msgspec.Struct, frozen=True):
    """As much of a stored document as is compared; decoding all of it takes many times as long."""

    metadata: _StoredMetadata
    content_hash: str
    text: str
    path: str


def held_in(lines: Iterable[bytes]) -> dict[str, Held]:
    """As `held`, of documents as a generation stores them."""
    decoder = msgspec.json.Decoder(_Stored)
    stored = (decoder.decode(line) for line in lines)
    return {one.metadata.id: _held(one.content_hash, one.text, one.path) for one in stored}


def _held(content_hash: str, text: str, path: str) -> Held:
    return Held(content_hash=content_hash, text_hash=sha256(text.encode()).hexdigest(), path=path)


def changes_between(before: Mapping[str, Held], after: Mapping[str, Held]) -> Changes:
    """Compare two states. A document gone and one come with the same text are one that was renamed."""
    gone, come = before.keys() - after.keys(), after.keys() - before.keys()
    renamed = [*_renamed(before, after, gone, come), *_moved(before, after)]
    new_names = {item.document for item in renamed}
    old_names = {item.former_document for item in renamed}
    both = (before.keys() & after.keys()) - new_names
    return Changes(
        added=tuple(sorted(come - new_names)),
        changed=tuple(sorted(key for key in both if after[key].content_hash != before[key].content_hash)),
        renamed=tuple(sorted(renamed, key=lambda item: item.document)),
        removed=tuple(sorted(gone - old_names)),
        unchanged=tuple(sorted(key for key in both if after[key].content_hash == before[key].content_hash)),
    )


def _renamed(
    before: Mapping[str, Held], after: Mapping[str, Held], gone: Iterable[str], come: Iterable[str]
) -> list[Renamed]:
    """Ids that went and came with one text; of several of the same text, each is taken once, in the order of ids."""
    old: dict[str, list[str]] = {}
    for name in sorted(gone, reverse=True):
        old.setdefault(before[name].text_hash, []).append(name)
    return [
        _renaming(name, former, before, after)
        for name in sorted(come)
        if old.get(after[name].text_hash) and (former := old[after[name].text_hash].pop())
    ]


def _moved(before: Mapping[str, Held], after: Mapping[str, Held]) -> list[Renamed]:
    """The same document, metadata and all, in another file."""
    return [
        _renaming(name, name, before, after)
        for name in before.keys() & after.keys()
        if before[name].content_hash == after[name].content_hash and before[name].path != after[name].path
    ]


def _renaming(name: str, former: str, before: Mapping[str, Held], after: Mapping[str, Held]) -> Renamed:
    return Renamed(document=name, path=after[name].path, former_document=former, former_path=before[former].path)
