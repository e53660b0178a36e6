"""Kills an ingest at each of its steps in turn, and looks at what is left: `python -m tests.ingest.dying FOLDER HOME FIRST EVERY`.

HOME holds a generation of FOLDER's former state. Each run works on a copy of HOME, in a fork, so that nothing is cleaned
up. Prints one line a step: the step, and "sound" or what is wrong.
"""

import os
import shutil
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import count
from pathlib import Path

import chromadb  # noqa: F401  imported once, before forking
import llama_index.vector_stores.chroma  # noqa: F401

from ingest import publish
from ingest.subjects import fitting_context
from kb.home import Home
from kb.knowledge_base import KnowledgeBase
from kb.models.embedding import Vectors
from kb.records import Language
from kb.text.language import detect_language
from tests.embedders import HashingEmbedder

_CHANGES = frozenset({"os.rename", "os.mkdir", "os.remove", "os.rmdir", "sqlite3.connect", "embedding"})
_KILLED = 9


def run_in_a_fork(work: Callable[[], None]) -> int:
    """The exit code of a process that does the work and ends without any clean-up; 1 where it raised."""
    process = os.fork()
    if process == 0:
        try:
            work()
            os._exit(0)
        except Exception:  # noqa: BLE001  whatever it is, it is reported
            sys.stdout.write(traceback.format_exc())
            sys.stdout.flush()
        finally:
            os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])


class _Step:
    """Counts what changes the home and ends the process before the given step."""

    def __init__(self, home: Path, last: int) -> None:
        self.home = str(home)
        self.left = last

    def __call__(self, event: str, arguments: tuple[object, ...]) -> None:
        changes = event in _CHANGES or (event == "open" and arguments[1] not in (None, "r", "rb"))
        if changes and (event == "embedding" or str(arguments[0]).startswith(self.home)):
            self.left -= 1
            if self.left < 0:
                os._exit(_KILLED)


class _AuditedEmbedder(HashingEmbedder):
    """Counts as a step."""

    def embed_passages(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> Vectors:
        """Passages: shape (len(texts), 256)."""
        sys.audit("embedding", len(texts))
        return super().embed_passages(texts, progress)


def _dying(folder: Path, home: Path, step: int) -> None:
    sys.addaudithook(_Step(home, step))
    publish(folder, home, embedder=_AuditedEmbedder())


def _is_sound(folder: Path, home: Path, before: str) -> None:
    """The former or the new generation answers; another ingest succeeds and leaves nothing but generations."""
    place = Home(home)
    base = KnowledgeBase.open(home, embedder=HashingEmbedder())
    assert base.search("How much is the share?")
    base.close()
    was = place.live_id()
    report = publish(folder, home, embedder=HashingEmbedder())
    assert report.published == (was == before), (report.published, was)
    assert place.live_id() == report.generation
    assert place.generation_ids() == [before, report.generation], place.generation_ids()
    names = {path.name for path in home.iterdir()} - {"staging"}
    assert names == {"live", "generations", "cache", "write.lock"}, names
    assert not place.staging.exists() or not any(place.staging.iterdir())


def steps_of(home: Path, work: Callable[[Path], None], every: int) -> Iterator[tuple[int, Path]]:
    """Copies of a home on which the work was killed before its 0th step, then every so many later, until it ends."""
    for step in count(0, every):
        copy = home.with_name(f"{home.name}-{step}")
        shutil.copytree(home, copy)
        if run_in_a_fork(partial(_worked_on, copy, work, step)) != _KILLED:
            return
        yield step, copy


def _worked_on(home: Path, work: Callable[[Path], None], step: int) -> None:
    sys.addaudithook(_Step(home, step))
    work(home)


def _kill_at_steps(folder: Path, home: Path, first: int, every: int) -> list[tuple[int, Path]]:
    """The steps with the homes that the killed processes left; the last one was not killed."""
    detect_language("load_all")  # what is loaded once in a process is loaded before forking
    fitting_context("A title", (), "A text", Language.EN)
    left: list[tuple[int, Path]] = []
    for step in count(first, every):
        copy = home.with_name(f"{home.name}-{step}")
        shutil.copytree(home, copy)
        left.append((step, copy))
        if run_in_a_fork(partial(_dying, folder, copy, step)) != _KILLED:
            return left
    return left


def _main(folder: Path, home: Path, first: int, every: int) -> None:
    before = Home(home).live_id()
    for step, copy in _kill_at_steps(folder, home, first, every):
        try:
            _is_sound(folder, copy, before)
            sys.stdout.write(f"{step} sound\n")
        except Exception:  # noqa: BLE001  whatever it is, it is reported
            sys.stdout.write(f"{traceback.format_exc()}{step} broken\n")


if __name__ == "__main__":
    _main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
