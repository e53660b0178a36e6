"""A page as it is printed: lines with their place, size and weight, in the order of the file."""

import msgspec


class PrintedLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line, or a cell of one. Points; the box is measured from the page's upper left corner."""

    text: str
    size: float  # of most of its letters
    bold: bool  # all of it
    left: float
    top: float
    right: float
    bottom: float


class PrintedPage(msgspec.Struct, frozen=True, kw_only=True):
    """One page. `scanned` means that it has a picture and no text."""

    width: float
    height: float
    lines: tuple[PrintedLine, ...] = ()
    scanned: bool = False
    confidence: float | None = None  # mean, in [0, 1], where the lines were read by text recognition
