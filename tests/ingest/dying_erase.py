"""Kills an erasure at its steps, and erases again: `python -m tests.ingest.dying_erase HOME DOCUMENT TEXT EVERY`.

HOME holds generations with and without DOCUMENT, which alone says TEXT. Prints one line a step: the step, and "sound"
or "broken". Each run works on a copy of HOME in a fork; nothing is opened in this process, whose threads a fork lacks.
"""

import shutil
import sys
from contextlib import suppress
from functools import partial
from pathlib import Path

from ingest.erase import erase
from kb.errors import DocumentNotFoundError
from kb.knowledge_base import KnowledgeBase
from kb.text.language import detect_language
from tests.embedders import HashingEmbedder
from tests.ingest.dying import run_in_a_fork, steps_of


def _still_answers(home: Path) -> None:
    base = KnowledgeBase.open(home, embedder=HashingEmbedder())
    assert base.search("How much is the bonus?")
    base.close()


def _completed(home: Path, document: str, text: str) -> None:
    with suppress(DocumentNotFoundError):  # the killed one had done everything but end
        erase(document, home)
    left = [path for path in home.rglob("*") if path.is_file() and text.encode() in path.read_bytes()]
    assert left == [], left
    assert not (home / "erasing").exists()
    _still_answers(home)


def _erased(document: str, home: Path) -> None:
    erase(document, home)


def _main(home: Path, document: str, text: str, every: int) -> None:
    detect_language("load_all")  # what is loaded once in a process is loaded before forking
    for step, copy in steps_of(home, partial(_erased, document), every):
        checks = (partial(_still_answers, copy), partial(_completed, copy, document, text))
        sound = all(run_in_a_fork(check) == 0 for check in checks)
        sys.stdout.write(f"{step} {'sound' if sound else 'broken'}\n")
        sys.stdout.flush()
        shutil.rmtree(copy)


if __name__ == "__main__":
    _main(Path(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4]))
