"""Publishes, rolls back and erases, each in a process that is killed at a random moment.

`python -m tests.ingest.killing FIRST SECOND HOME DOCUMENT`: FIRST and SECOND are two states of one folder, which holds
DOCUMENT. Prints a line a round: what was done, whether it was killed, and "kept" or which generation is lost.
"""

import os
import random
import signal
import sys
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

import chromadb  # noqa: F401  imported once, before forking
import llama_index.vector_stores.chroma  # noqa: F401

from ingest import publish
from ingest.erase import erase
from kb.errors import DocumentNotFoundError
from kb.home import Home
from tests.embedders import HashingEmbedder

ROUNDS = 20
_SLOWEST = 1.0  # seconds; an unharmed round takes about as long


def _round(name: str, folder: Path, home: Home, document: str) -> None:
    if name == "publish":
        publish(folder, home.path, embedder=HashingEmbedder())
        return
    if name == "erase":
        with suppress(DocumentNotFoundError):  # the publication before it was killed too
            erase(document, home.path)
        return
    with home.writing():
        home.point_to(home.generation_ids()[0])


def _in_a_killed_process(action: Callable[[], None], after: float) -> str:
    process = os.fork()
    if process == 0:
        try:
            action()
            os._exit(0)
        except BaseException:  # noqa: BLE001  whatever it is, it is reported
            sys.stderr.write(traceback.format_exc())
            sys.stderr.flush()
            os._exit(1)
    deadline = time.monotonic() + after
    while time.monotonic() < deadline:
        if os.waitpid(process, os.WNOHANG) != (0, 0):
            return "ended"
        time.sleep(0.002)
    os.kill(process, signal.SIGKILL)
    os.waitpid(process, 0)
    return "killed"


def _main(first: Path, second: Path, home: Home, document: str) -> None:
    chance = random.Random(11)  # noqa: S311  the same moments in each run, as far as the machine allows
    for number in range(ROUNDS):
        before = home.live_id()
        name = ("publish", "publish", "rollback", "publish", "erase")[number % 5]
        after = chance.uniform(0, 0.01 if name == "rollback" else _SLOWEST)
        ended = _in_a_killed_process(partial(_round, name, second if number % 2 else first, home, document), after)
        there = home.generation_ids()
        # An erasure deletes what held the document; what is live afterwards must be there all the same.
        kept = home.live_id() in there and (before in there or name == "erase")
        sys.stdout.write(f"{number} {name} {ended} {'kept' if kept else f'lost {before}'}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    _main(Path(sys.argv[1]), Path(sys.argv[2]), Home(sys.argv[3]), sys.argv[4])
