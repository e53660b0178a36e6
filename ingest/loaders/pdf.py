"""PDF with a text layer, read page by page into printed lines with their place, size and weight.

Scanned pages are read by Tesseract where it is installed. A file without any text is an error: what can't be read must
not look as if it had been.
"""

import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import msgspec

from ingest.clean.broken_words import join_letters
from ingest.loaders.loaded import LIGATURES, LoadedText, LoadError
from ingest.loaders.print_layout import flowing_text
from ingest.loaders.printed import PrintedPage
from kb.records import Finding, Severity

_READER = Path(__file__).with_name("pdf_pages.py")
_SECONDS = 240  # the longest statute we know, 450 pages, takes 10
_SECONDS_A_SCAN = 60
_UNSURE = 0.85  # below it, words are wrong in most lines
_CONTROLS = dict.fromkeys([*range(9), *range(14, 32), 127])
_FAULTS = {
    "password": "the PDF is protected by a password; save a copy without one",
    "pages": "the PDF has more than 5,000 pages; split it",
    "broken": "not a readable PDF; open it and save it again",
    "text": "the PDF holds more than 10,000,000 characters of text; split it",
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
        scans = [number for number, page in enumerate(pages, 1) if page.scanned]
        findings: tuple[Finding, ...] = ()
        if scans and recognises_text():
            read = dict(zip(scans, read_pages(content, recognise=scans), strict=True))
            pages = [read.get(number, page) for number, page in enumerate(pages, 1)]
            findings = tuple(_recognised(number, page) for number, page in read.items())
        if not any(page.lines for page in pages):
            raise LoadError(
                "no page has a text layer: the PDF is a scan; install Tesseract with its English and Spanish data, or run "
                "text recognition (OCR) on it first"
            )
        return replace(flowing_text(pages), findings=findings)


def recognises_text() -> bool:
    """Whether Tesseract is installed with English or Spanish."""
    program = shutil.which("tesseract")
    if program is None:
        return False
    known = subprocess.run([program, "--list-langs"], capture_output=True, text=True, timeout=30, check=False)  # noqa: S603
    return bool({"eng", "spa"} & set(known.stdout.split()))


def _recognised(number: int, page: PrintedPage) -> Finding:
    sure = page.confidence or 0.0
    return Finding(
        path="",
        severity=Severity.WARNING if sure < _UNSURE else Severity.INFO,
        code="recognised",
        message=f"page {number} is a scan, read by text recognition with a confidence of {sure:.2f}",
        advice="compare its text with the page before you rely on it",
    )


class _Output(msgspec.Struct):
    """What the reading process writes."""

    error: str | None = None
    pages: list[PrintedPage] = []


def read_pages(content: bytes, *, recognise: Sequence[int] = ()) -> list[PrintedPage]:
    """The printed pages of a PDF, in order; lines in the order of the file. Raises LoadError.

    `recognise`: numbers of pages from 1; then these alone are read, from their pictures.
    """
    command = [sys.executable, "-I", str(_READER), *map(str, recognise)]
    seconds = _SECONDS + _SECONDS_A_SCAN * len(recognise)
    try:
        done = subprocess.run(command, input=content, capture_output=True, timeout=seconds, check=False)  # noqa: S603
    except subprocess.TimeoutExpired as error:
        raise LoadError(f"not read within {seconds} seconds; open the PDF, save it again, or split it") from error
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
    text = text.translate(LIGATURES).translate(_CONTROLS)
    return join_letters(re.sub(r"\s+", " ", text).strip())
