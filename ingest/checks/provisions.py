"""Articles and sections of a law whose text is missing from the file."""

from bisect import bisect_left
from collections.abc import Iterator

from ingest.checks.findings import FileLines
from kb.records import Document, Finding

_NAMED = 8


def check_provisions(document: Document, lines: FileLines) -> Iterator[Finding]:
    """One warning for a law in which articles or sections have a number and nothing to quote."""
    quoted = [unit.start for passage in document.passages for unit in passage.units]
    empty = []
    for section in document.sections:
        first = bisect_left(quoted, section.start)
        if section.pinpoint and not (first < len(quoted) and quoted[first] < section.end):
            empty.append(section)
    if empty:
        names = ", ".join(str(section.pinpoint) for section in empty[:_NAMED])
        more = f" and {len(empty) - _NAMED} more" if len(empty) > _NAMED else ""
        yield lines.finding(
            document,
            "provision-without-text",
            f"holds the number but no text of {names}{more}",
            "compare the file with another edition; where the text is lost, take that edition",
            at=empty[0].start,
        )
