"""Pictures of pages of PDF files, drawn one after the other by a process of its own and kept up to a total size."""

import asyncio
import json
import subprocess
import sys
import threading
from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from kb.errors import DocumentNotFoundError, KnowledgeBaseError

SCALES = (1, 2, 3, 4)  # pixels per point
_DRAWING = Path(__file__).with_name("page_drawing.py")
_MOST_SECONDS = 20.0  # for one page; a file that takes longer is given up
_MOST_WAITING = 24  # further requests are refused, so that a queue can't grow without end
_MOST_KEPT = 48 * 1024 * 1024  # bytes


class PageNotFoundError(DocumentNotFoundError):
    """The file has no page of that number, or the page can't be drawn."""


class DrawingBusyError(KnowledgeBaseError):
    """Too many pages are waiting to be drawn."""


class PageImages:
    """Draws pages and keeps the pictures, the least recently used go first. Safe for several threads and event loops.

    The thread that waits for the drawing process is its own, so that the web server's threads stay free.
    """

    def __init__(
        self,
        command: Sequence[str] = (sys.executable, str(_DRAWING)),
        most_kept: int = _MOST_KEPT,
        most_waiting: int = _MOST_WAITING,
        most_seconds: float = _MOST_SECONDS,
    ) -> None:
        self._command = tuple(command)
        self._most_kept, self._most_waiting, self._most_seconds = most_kept, most_waiting, most_seconds
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="page-images")
        self._process: subprocess.Popen[bytes] | None = None  # touched by that thread only
        self._pictures: OrderedDict[tuple[str, int, int], bytes] = OrderedDict()
        self._kept = 0
        self._waiting = 0
        self._state = threading.Lock()

    async def png(self, file: Path, number: int, scale: int) -> bytes:
        """Page `number`, from 1, with `scale` pixels per point. `file` must be named after its content.

        Raises PageNotFoundError and DrawingBusyError.
        """
        key = (file.name, number, scale)
        if (kept := self._take(key)) is not None:
            return kept
        with self._state:
            if self._waiting >= self._most_waiting:
                raise DrawingBusyError("many pages are being drawn; wait a moment and load the page again")
            self._waiting += 1
        drawing = self._thread.submit(self._draw_once, key, file)
        # Counted by the work and not by who waits for it: a reader who leaves must not make room for more.
        drawing.add_done_callback(self._count_down)
        return await asyncio.wrap_future(drawing)

    def close(self) -> None:
        """Forget the pictures and end the process."""
        self._thread.submit(self._end_process)
        self._thread.shutdown(wait=True, cancel_futures=False)
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
        picture = self._draw(file, *key[1:])
        with self._state:
            if len(picture) <= self._most_kept:
                self._pictures[key] = picture
                self._kept += len(picture)
            while self._kept > self._most_kept:
                self._kept -= len(self._pictures.popitem(last=False)[1])
        return picture

    def _draw(self, file: Path, number: int, scale: int) -> bytes:
        process = self._running()
        watch = threading.Timer(self._most_seconds, process.kill)
        watch.start()
        try:
            request = json.dumps({"file": str(file), "page": number, "scale": scale}).encode() + b"\n"
            assert process.stdin is not None and process.stdout is not None  # noqa: PT018, S101  both are pipes
            process.stdin.write(request)
            process.stdin.flush()
            head = json.loads(process.stdout.readline() or b"{}")
            picture = process.stdout.read(head.get("size", 0))
        except (OSError, json.JSONDecodeError):
            head, picture = {}, b""
        finally:
            watch.cancel()
        if "error" in head:
            raise PageNotFoundError(f"page {number} can't be drawn ({head['error']}); read its text instead")
        if not picture or len(picture) < head["size"]:
            self._end_process()  # it crashed, or took too long
            raise PageNotFoundError(f"page {number} can't be drawn: its file is damaged; read its text instead")
        return picture

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self._end_process()
            self._process = subprocess.Popen(  # noqa: S603  our own script
                self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
            )
        return self._process

    def _end_process(self) -> None:
        if self._process is None:
            return
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with suppress(OSError):  # what was left unsent to a process that has died
                    pipe.close()
        self._process.kill()
        self._process.wait()
        self._process = None
