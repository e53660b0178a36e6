"""Pages of PDF files as PNG pictures. The only file that uses pypdfium2.

PDFium is not safe for several threads and a page can take long, so one thread of its own renders, and the web server's
threads stay free. Pictures are kept up to a total size, the least recently used go first.
"""

import asyncio
import io
import threading
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pypdfium2

from kb.errors import DocumentNotFoundError, KnowledgeBaseError, UsageError

SCALES = (1, 2, 3, 4)  # pixels per point
_MOST_PIXELS = 16_000_000  # of one picture; a page larger than that is rendered coarser
_MOST_WAITING = 24  # further requests are refused, so that a queue can't grow without end
_MOST_KEPT = 48 * 1024 * 1024  # bytes
_POINTS = (1.0, 20_000.0)  # what a side of a page may measure


class PageNotFoundError(DocumentNotFoundError):
    """The file has no page of that number, or the page can't be drawn."""


class RenderingBusyError(KnowledgeBaseError):
    """Too many pages are waiting to be drawn."""


class PageImages:
    """Draws pages and keeps the pictures. Safe for several threads and event loops."""

    def __init__(self, most_kept: int = _MOST_KEPT, most_waiting: int = _MOST_WAITING) -> None:
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="page-images")
        self._most_kept = most_kept
        self._most_waiting = most_waiting
        self._pictures: OrderedDict[tuple[str, int, int], bytes] = OrderedDict()
        self._kept = 0
        self._waiting = 0
        self._state = threading.Lock()

    async def png(self, file: Path, number: int, scale: int) -> bytes:
        """Page `number`, from 1, with `scale` pixels per point. `file` must be named after its content.

        Raises PageNotFoundError, UsageError and RenderingBusyError.
        """
        key = (file.name, number, scale)
        if (kept := self._take(key)) is not None:
            return kept
        with self._state:
            if self._waiting >= self._most_waiting:
                raise RenderingBusyError("many pages are being drawn; wait a moment and load the page again")
            self._waiting += 1
        drawing = self._executor.submit(self._draw_once, key, file)
        # Counted by the work and not by who waits for it: a reader who leaves must not make room for more.
        drawing.add_done_callback(self._count_down)
        return await asyncio.wrap_future(drawing)

    def close(self) -> None:
        """Forget the pictures and let the thread end."""
        self._executor.shutdown(wait=False, cancel_futures=True)
        with self._state:
            self._pictures.clear()
            self._kept = 0

    def _count_down(self, _done: object) -> None:
        with self._state:
            self._waiting -= 1

    def _take(self, key: tuple[str, int, int]) -> bytes | None:
        with self._state:
            if key in self._pictures:
                self._pictures.move_to_end(key)
            return self._pictures.get(key)

    def _draw_once(self, key: tuple[str, int, int], file: Path) -> bytes:
        kept = self._take(key)  # drawn meanwhile for somebody else
        if kept is not None:
            return kept
        picture = draw_page(file, *key[1:])
        with self._state:
            if len(picture) <= self._most_kept:
                self._pictures[key] = picture
                self._kept += len(picture)
            while self._kept > self._most_kept:
                self._kept -= len(self._pictures.popitem(last=False)[1])
        return picture


def draw_page(file: Path, number: int, scale: int) -> bytes:
    """A page as PNG, coarser than asked for where it would have too many pixels. Raises PageNotFoundError, UsageError."""
    if scale not in SCALES:
        raise UsageError(f"there is no scale {scale}; choose one of {', '.join(map(str, SCALES))}")
    try:
        with pypdfium2.PdfDocument(file) as document:
            if not 1 <= number <= len(document):
                raise PageNotFoundError(f"there is no page {number}; the document has {len(document)}")
            page = document[number - 1]
            width, height = page.get_size()
            if not all(_POINTS[0] <= side <= _POINTS[1] for side in (width, height)):
                raise PageNotFoundError(f"page {number} measures {width:.0f} by {height:.0f} points, which can't be drawn")
            factor = min(float(scale), (_MOST_PIXELS / (width * height)) ** 0.5)
            picture = io.BytesIO()
            page.render(scale=factor).to_pil().save(picture, "PNG", compress_level=6)
            return picture.getvalue()
    except (pypdfium2.PdfiumError, OSError) as error:
        raise PageNotFoundError(f"page {number} can't be drawn ({error}); read its text instead") from error
