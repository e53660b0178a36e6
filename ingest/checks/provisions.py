"""Articles and sections of a law whose text is missing from the file."""

from bisect import bisect_right
from collections.abc import Iterator

from ingest.checks.findings import FileLines
from kb.records import Document, Finding, Pinpoint

_NAMED = 8


def check_provisions(document: Document, lines: FileLines) -> Iterator[Finding]:
    """One warning for a law in which articles or sections have a number and nothing to quote."""
    ends = [unit.end for passage in document.passages for unit in passage.units]
    starts = [unit.start for passage in document.passages for unit in passage.units]
    empty: list[Pinpoint] = []
    for pinpoint, following in zip(document.pinpoints, [*document.pinpoints[1:], None], strict=False):
        first = bisect_right(ends, pinpoint.start)  # the first unit that reaches into the place
        quoted = first < len(starts) and starts[first] < pinpoint.end
        parted = following is not None and following.text.startswith(pinpoint.text)  # its text stands in its parts
        if not quoted and not parted:
            empty.append(pinpoint)
    if empty:
        names = ", ".join(pinpoint.text for pinpoint in empty[:_NAMED])
        more = f" and {len(empty) - _NAMED} more" if len(empty) > _NAMED else ""
        yield lines.finding(
            document,
            "provision-without-text",
            f"holds the number but no text of {names}{more}",
            "compare the file with another edition; where the text is lost, take that edition",
            at=empty[0].start,
        )
