"""Versions of a document: what `supersedes` names, in what order, and whether the former version ends."""

from collections.abc import Collection, Iterator, Sequence
from graphlib import CycleError, TopologicalSorter

from ingest.checks.findings import FileLines
from kb.records import Document, Finding, Severity


def check_versions(documents: Sequence[Document], known: Collection[str], lines: FileLines) -> Iterator[Finding]:
    """Ids that are not `known`, documents that replace themselves, and former versions that stay in force."""
    by_id = {document.id: document for document in documents}
    for document in documents:
        for identifier in document.metadata.supersedes:
            if identifier == document.id:
                yield _circle(document, f"supersedes: {identifier!r} is this document itself", lines)
            elif identifier in by_id:
                yield from _still_in_force(by_id[identifier], document, lines)
            elif identifier not in known:
                yield lines.finding(
                    document,
                    "supersedes",
                    f"supersedes {identifier!r}, which is not in the folder",
                    "correct the id, or keep the former version with its `effective_to`",
                )
    for circle in _circles(documents):
        shown = " supersedes ".join(by_id[identifier].path for identifier in circle)
        yield _circle(by_id[circle[0]], f"supersedes: goes round in a circle: {shown}", lines)


def _still_in_force(former: Document, successor: Document, lines: FileLines) -> Iterator[Finding]:
    """A warning where both versions are in force on some day; open ends count as always."""
    begins, ends = successor.metadata.effective_from, former.metadata.effective_to
    if ends is None:
        message = f"effective_to: is missing, though {successor.path} supersedes this document: both are in force"
    elif begins is not None and ends > begins:
        message = f"effective_to: {ends} is later than {begins}, from when {successor.path} supersedes this document"
    else:
        return
    day = f"{begins}, the day" if begins else "the day"
    advice = f"set `effective_to` to {day} from which {successor.path} applies instead"
    yield lines.finding(former, "former-version-in-force", message, advice)


def _circles(documents: Sequence[Document]) -> Iterator[list[str]]:
    """Ids that supersede each other in a ring, the first again at the end, from the first file on."""
    order = {document.id: position for position, document in enumerate(documents)}
    rest = {
        document.id: [former for former in document.metadata.supersedes if former != document.id]
        for document in documents
    }
    while True:
        try:
            TopologicalSorter(rest).prepare()
        except CycleError as error:
            ring = error.args[1][:0:-1]  # each but the first is superseded by the one before it
            begin = ring.index(min(ring, key=order.__getitem__))
            yield [*ring[begin:], *ring[:begin], ring[begin]]
            for identifier in ring:
                del rest[identifier]
        else:
            return


def _circle(document: Document, message: str, lines: FileLines) -> Finding:
    return lines.finding(
        document, "supersedes", message, "name only the versions that came before", severity=Severity.ERROR
    )
