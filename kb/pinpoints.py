"""Which legal place a position of a law's text belongs to."""

from bisect import bisect_right

from kb.records import Document


def pinpoint_at(document: Document, position: int) -> str | None:
    """The narrowest place that holds a character of the stored text; None where the document is no law's text."""
    index = bisect_right(document.pinpoints, position, key=lambda pinpoint: pinpoint.start) - 1
    if index < 0 or position >= document.pinpoints[index].end:
        return None
    return document.pinpoints[index].text
