"""Ids that two files of a folder share, whatever else is wrong with them."""

from collections.abc import Sequence

from ingest.file_keys import FileKeys, fault, read_keys
from ingest.loaders import loader_for
from ingest.scan import SourceFile
from kb.records import Document, Finding


def identifiers_of(read: Sequence[tuple[SourceFile, Document | None]]) -> list[str | None]:
    """The id of each file; where its document is None, the one that its keys give; None where they give none."""
    return [document.id if document else _keys_of(source).id for source, document in read]


def duplicate_ids(sources: Sequence[SourceFile], identifiers: Sequence[str | None]) -> list[Finding]:
    """An error for each file whose id a file before it has."""
    first: dict[str, SourceFile] = {}
    findings: list[Finding] = []
    for source, identifier in zip(sources, identifiers, strict=True):
        if identifier is None:
            continue
        other = first.setdefault(identifier, source)
        if other.path != source.path:  # two files of one path are told of by the scan
            path, line = _keys_of(source).place
            message = f"id: {identifier!r} is also the id of {other.path}; ids are unique"
            findings.append(fault(path, "duplicate-id", message, line))
    return findings


def _keys_of(source: SourceFile) -> FileKeys:
    loader = loader_for(source.path)
    if loader is None:
        raise ValueError(f"no loader for {source.path}")
    return read_keys(source, loader)
