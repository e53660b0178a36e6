"""Publishes and rolls back, each in a process that is killed at a random moment: `python -m tests.ingest.killing FIRST SECOND HOME`.

FIRST and SECOND are two states of one folder. Prints a line a round: what was done, whether it was killed, and "kept" or
which generation is lost.
"""

import os
import random
import signal
import sys
import time
import traceback
from pathlib import Path

import chromadb  # noqa: F401  imported once, before forking
import llama_index.vector_stores.chroma  # noqa: F401

from ingest import publish
from kb.home import Home
from tests.embedders import HashingEmbedder

ROUNDS = 20
_SLOWEST = 1.0  # seconds; an unharmed round takes about as long


def _round(name: str, folder: Path, home: Home) -> None:
    if name == "publish":
        publish(folder, home.path, embedder=HashingEmbedder())
        return
    with home.writing():
        home.point_to(home.generation_ids()[0])


def _in_a_killed_process(name: str, folder: Path, home: Home, after: float) -> str:
    process = os.fork()
    if process == 0:
        try:
            _round(name, folder, home)
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


def _main(first: Path, second: Path, home: Home) -> None:
    chance = random.Random(11)  # noqa: S311  the same moments in each run, as far as the machine allows
    for number in range(ROUNDS):
        before = home.live_id()
        name = "rollback" if number % 3 == 2 else "publish"
        after = chance.uniform(0, 0.01 if name == "rollback" else _SLOWEST)
        ended = _in_a_killed_process(name, second if number % 2 else first, home, after)
        kept = before in home.generation_ids() and home.live_id() in home.generation_ids()
        sys.stdout.write(f"{number} {name} {ended} {'kept' if kept else f'lost {before}'}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    _main(Path(sys.argv[1]), Path(sys.argv[2]), Home(sys.argv[3]))
