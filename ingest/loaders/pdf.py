"""PDF with a text layer, read page by page into printed lines with their size and weight.

A file without any text is an error: what can't be read must not look as if it had been.
"""

import io
import logging
import warnings
from collections import Counter
from typing import Any, ClassVar

import pypdf
import pypdf.errors

from ingest.loaders.loaded import LoadedText, LoadError
from ingest.loaders.print_layout import PrintedLine, flowing_text

_LIGATURES = str.maketrans({"ﬁ": "fi", "ﬂ": "fl", "ﬀ": "ff", "ﬃ": "ffi", "ﬄ": "ffl", "\u00ad": "", "\u00a0": " "})
_CONTROLS = dict.fromkeys([*range(9), *range(14, 32), 127])
_MAX_PAGES = 5_000
# What pypdf raises on broken bytes, found by feeding it 26,000 damaged files.
_BROKEN = (
    pypdf.errors.PyPdfError,
    pypdf.errors.DeprecationError,
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
)


class PdfLoader:
    """Reads .pdf files."""

    endings: ClassVar[tuple[str, ...]] = (".pdf",)
    sidecar: ClassVar[bool] = True

    def load(self, content: bytes) -> LoadedText:
        """Text with pages and headings. Raises LoadError for broken, encrypted or textless files."""
        pages = _read_pages(content)
        if not any(pages):
            raise LoadError("no page has a text layer: the PDF is a scan; run text recognition (OCR) on it first")
        return flowing_text(pages)


def _read_pages(content: bytes) -> list[list[PrintedLine]]:
    logging.getLogger("pypdf").setLevel(logging.ERROR)  # it reports on repairs that editors can't act upon
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            reader = pypdf.PdfReader(io.BytesIO(content))
            if reader.is_encrypted and not reader.decrypt(""):
                raise LoadError("the PDF is protected by a password; save a copy without one")
            if len(reader.pages) > _MAX_PAGES:
                raise LoadError(f"the PDF has more than {_MAX_PAGES} pages; split it")
            return [_read_page(page) for page in reader.pages]
    except pypdf.errors.DependencyError as error:
        raise LoadError("the PDF is encrypted; save a copy without protection") from error
    except _BROKEN as error:
        raise LoadError(f"not a readable PDF ({type(error).__name__}: {error}); open it and save it again") from error


def _read_page(page: Any) -> list[PrintedLine]:
    """The lines of a page from its runs of text, which, joined, are its whole text."""
    lines: list[PrintedLine] = []
    runs: list[tuple[str, float, bool]] = []

    def end_line() -> None:
        text = "".join(text for text, _, _ in runs).translate(_LIGATURES).translate(_CONTROLS)
        text = " ".join(text.encode("utf-8", "ignore").decode().split())
        if text:
            sizes: Counter[float] = Counter()
            for run, size, _ in runs:
                sizes[size] += len(run.strip())
            bold = all(bold for run, _, bold in runs if run.strip())
            lines.append(PrintedLine(text=text, size=sizes.most_common(1)[0][0], bold=bold))
        runs.clear()

    def visit(text: str, _cm: object, matrix: list[float], font: dict[str, object] | None, size: float) -> None:
        name = str((font or {}).get("/BaseFont", "")).lower()
        height = round(abs(size * (matrix[3] or matrix[0] or 1.0)), 1)
        for index, part in enumerate(text.split("\n")):
            if index:
                end_line()
            runs.append((part, height, "bold" in name or "black" in name))

    page.extract_text(visitor_text=visit)
    end_line()
    return lines
