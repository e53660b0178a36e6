"""PDF with a text layer, read page by page into printed lines with their place, size and weight.

A file without any text is an error: what can't be read must not look as if it had been.
"""

import re
import subprocess
import sys
from pathlib import Path
from typing import ClassVar

import msgspec

from ingest.loaders.loaded import LoadedText, LoadError
from ingest.loaders.print_layout import flowing_text
from ingest.loaders.printed import PrintedPage

_READER = Path(__file__).with_name("pdf_pages.py")
_SECONDS = 240  # the longest statute we know, 450 pages, takes 10
_LIGATURES = str.maketrans(
    {"ﬁ": "fi", "ﬂ": "fl", "ﬀ": "ff", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st", "\u00ad": "", "\u00a0": " ",
     "\uf0b7": "•", "\uf0a7": "▪", "\u200b": "", "\ufeff": ""}
)  # fmt: skip
_CONTROLS = dict.fromkeys([*range(9), *range(14, 32), 127])
_FAULTS = {
    "password": "the PDF is protected by a password; save a copy without one",
    "pages": "the PDF has more than 5,000 pages; split it",
    "broken": "not a readable PDF; open it and save it again",
    "memory": "the PDF needs more memory than is allowed; open it, save it again, or split it",
}


class PdfLoader:
    """Reads .pdf files."""

    endings: ClassVar[tuple[str, ...]] = (".pdf",)
    paged: ClassVar[bool] = True
    sidecar: ClassVar[bool] = True

    def load(self, content: bytes) -> LoadedText:
        """Text with headings, pages and the boxes of their lines. Raises LoadError for what can't be read."""
        pages = read_pages(content)
        if not any(page.lines for page in pages):
            raise LoadError("no page has a text layer: the PDF is a scan; run text recognition (OCR) on it first")
        return flowing_text(pages)


class _Output(msgspec.Struct):
    """What the reading process writes."""

    error: str | None = None
    pages: list[PrintedPage] = []


def read_pages(content: bytes) -> list[PrintedPage]:
    """The printed pages of a PDF, in order; lines in the order of the file. Raises LoadError."""
    command = [sys.executable, "-I", str(_READER)]
    try:
        done = subprocess.run(command, input=content, capture_output=True, timeout=_SECONDS, check=False)  # noqa: S603
    except subprocess.TimeoutExpired as error:
        raise LoadError(f"not read within {_SECONDS} seconds; open the PDF, save it again, or split it") from error
    try:
        output = msgspec.json.decode(done.stdout, type=_Output)
    except msgspec.DecodeError as error:
        raise LoadError(_FAULTS["broken"]) from error
    if output.error is not None:
        raise LoadError(_FAULTS[output.error])
    return [_tidied(page) for page in output.pages]


def _tidied(page: PrintedPage) -> PrintedPage:
    lines = [msgspec.structs.replace(line, text=_tidy(line.text)) for line in page.lines]
    return msgspec.structs.replace(page, lines=tuple(line for line in lines if line.text))


def _tidy(text: str) -> str:
    """Ligatures as letters, no control characters, single spaces."""
    text = text.translate(_LIGATURES).translate(_CONTROLS)
    return re.sub(r"\s+", " ", text).strip()
