"""PDF with a text layer: running heads, feet and page numbers removed, broken lines and words joined.

Headings are lines set larger or bolder than the body. A page without text is an error here: what can't be read
must not look as if it had been.
"""

import io
import logging
import re
import warnings
from collections import Counter
from typing import Any, ClassVar

import pypdf
import pypdf.errors

from ingest.loaders.loaded import Heading, LoadedText, LoadError
from kb.records import Page, Removal

_LIGATURES = str.maketrans({"ﬁ": "fi", "ﬂ": "fl", "ﬀ": "ff", "ﬃ": "ffi", "ﬄ": "ffl", "\u00ad": "", "\u00a0": " "})
_BULLET = re.compile(r"\s*(?:[-*•·▪–]|\d{1,2}[.)]|[a-z]\))\s+")
_SHARE_OF_PAGES = 0.6
_MAX_PAGES = 5_000


class PdfLoader:
    """Reads .pdf files."""

    endings: ClassVar[tuple[str, ...]] = (".pdf",)
    sidecar: ClassVar[bool] = True

    def load(self, content: bytes) -> LoadedText:
        """Text with pages and headings. Raises LoadError for broken, encrypted or textless files."""
        pages = _read_pages(content)
        removed: list[Removal] = []
        running = _running_lines([lines for lines, _ in pages])
        body_size = _usual_size(pages)
        text = ""
        page_records: list[Page] = []
        headings: list[Heading] = []
        last_size = 0.0
        for number, (lines, sizes) in enumerate(pages, 1):
            kept = []
            for position, line in enumerate(lines):
                if _is_edge(position, len(lines)) and _pattern_of(line) in running:
                    removed.append(Removal(text=line, reason="running head, foot or page number", page=number))
                elif line:
                    kept.append(line)
            start = len(text)
            for line in kept:
                size = sizes.get(line, body_size)
                large = size > body_size * 1.12
                continues = large and size == last_size
                text = _append_line(text, line, headings, large=large, continues=continues)
                last_size = size
            page_records.append(Page(number=number, start=start, end=len(text)))
        text = text.rstrip() + "\n"
        return LoadedText(text=text, headings=tuple(headings), pages=tuple(page_records), removals=tuple(removed))


def _read_pages(content: bytes) -> list[tuple[list[str], dict[str, float]]]:
    """For each page its lines, and the font size of each line that was shown whole."""
    logging.getLogger("pypdf").setLevel(logging.ERROR)  # it reports on repairs that editors can't act upon
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            reader = pypdf.PdfReader(io.BytesIO(content))
            if reader.is_encrypted and not reader.decrypt(""):
                raise LoadError("the PDF is protected by a password; save a copy without one")
            if len(reader.pages) > _MAX_PAGES:
                raise LoadError(f"the PDF has more than {_MAX_PAGES} pages; split it")
            pages = [_read_page(page) for page in reader.pages]
    except (
        pypdf.errors.PyPdfError,
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        IndexError,
        RecursionError,
        OSError,
    ) as error:
        raise LoadError(f"not a readable PDF ({type(error).__name__}: {error}); open it and save it again") from error
    empty = [number for number, (lines, _) in enumerate(pages, 1) if not any(lines)]
    if len(empty) == len(pages):
        raise LoadError("no page has a text layer: the PDF is a scan; run text recognition (OCR) on it first")
    return pages


def _read_page(page: Any) -> tuple[list[str], dict[str, float]]:
    sizes: dict[str, float] = {}
    current = ""

    def visit(text: str, _cm: object, matrix: list[float], _font: object, size: float) -> None:
        nonlocal current
        current = text.strip()
        if current:
            sizes[" ".join(current.translate(_LIGATURES).split())] = abs(size * (matrix[3] or matrix[0] or 1.0))

    raw = page.extract_text(visitor_text=visit) or ""
    lines = [" ".join(line.translate(_LIGATURES).split()) for line in raw.splitlines()]
    return lines, sizes


def _usual_size(pages: list[tuple[list[str], dict[str, float]]]) -> float:
    """The font size in which most characters are set."""
    weights: Counter[float] = Counter()
    for _, sizes in pages:
        for line, size in sizes.items():
            weights[round(size, 1)] += len(line)
    return weights.most_common(1)[0][0] if weights else 1.0


def _pattern_of(line: str) -> str:
    return re.sub(r"\d+", "#", line.lower())


def _is_edge(position: int, count: int) -> bool:
    return position < 2 or position >= count - 2


def _running_lines(pages: list[list[str]]) -> set[str]:
    """Patterns (digits as '#') of lines that stand at the edge of most pages."""
    if len(pages) < 2:
        return set()
    counts: Counter[str] = Counter()
    for lines in pages:
        counts.update({_pattern_of(line) for i, line in enumerate(lines) if line and _is_edge(i, len(lines))})
    return {pattern for pattern, count in counts.items() if count >= max(2, _SHARE_OF_PAGES * len(pages))}


def _append_line(text: str, line: str, headings: list[Heading], *, large: bool, continues: bool) -> str:
    if large:
        return _append_heading(text, line, headings, continues=continues)
    after_heading = bool(headings) and headings[-1].end == len(text)
    if _is_broken_word(text, line):
        return text[:-1] + line
    return text + ("" if after_heading or not text else _joint(text, line)) + line


def _append_heading(text: str, line: str, headings: list[Heading], *, continues: bool) -> str:
    if continues and headings and headings[-1].end == len(text) and not text.endswith("\n\n"):
        joined = text[:-1] + " " + line + "\n"  # a heading over two lines
        last = headings.pop()
        headings.append(Heading(title=f"{last.title} {line}", level=last.level, start=last.start, end=len(joined)))
        return joined
    text = text.rstrip("\n") + "\n\n" if text else ""
    start = len(text)
    text += line + "\n"
    headings.append(Heading(title=line, level=1 if not headings else 2, start=start, end=len(text)))
    return text


def _is_broken_word(text: str, line: str) -> bool:
    return bool(re.search(r"[^\W\d_]-$", text)) and line[:1].islower()


def _joint(text: str, line: str) -> str:
    """What stands between two lines of the body: a line break before an item, a blank line before a paragraph."""
    if _BULLET.match(line):
        return "\n"
    last_line = text.rsplit("\n", 1)[-1]
    ended = re.search(r"[.:;!?]$", text) and len(last_line) < 60 and line[:1].isupper() and not _BULLET.match(last_line)
    return "\n\n" if ended else " "
