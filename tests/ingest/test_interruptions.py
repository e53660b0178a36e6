"""Whatever happens to an ingest, the live generation answers, and the next ingest works."""

import multiprocessing
import subprocess
import sys
from pathlib import Path

import pytest

from ingest import publish
from ingest.publish import GateError
from kb.errors import BusyError
from kb.home import Home
from kb.knowledge_base import KnowledgeBase
from tests.embedders import HashingEmbedder
from tests.ingest.writing import small_folder, write_article

# Runs an ingest that kills its own process, without any clean-up, at the nth of the calls that change the disk.
_DYING = """
import os, pathlib, sys
from ingest import publish
from tests.embedders import HashingEmbedder
folder, home, limit = sys.argv[1], sys.argv[2], int(sys.argv[3])
calls = 0
def dying(function):
    def wrapped(*arguments, **named):
        global calls
        calls += 1
        if calls > limit:
            os._exit(9)
        return function(*arguments, **named)
    return wrapped
os.fsync = dying(os.fsync)
os.rename = dying(os.rename)
os.replace = dying(os.replace)
os.mkdir = dying(os.mkdir)
publish(folder, home, embedder=HashingEmbedder())
print("done after", calls)
"""


def _run_dying(folder: Path, home: Path, limit: int) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", _DYING, str(folder), str(home), str(limit)],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[2],
    )


@pytest.fixture(scope="module")
def steps(tmp_path_factory: pytest.TempPathFactory) -> int:
    """How many calls a whole ingest makes that change the disk."""
    place = tmp_path_factory.mktemp("count")
    result = _run_dying(small_folder(place / "corpus"), place / "home", 10_000)
    assert result.returncode == 0, result.stderr
    return int(result.stdout.split()[-1])


@pytest.mark.parametrize("share", [0.0, 0.15, 0.3, 0.5, 0.7, 0.85, 0.93])
def test_a_killed_ingest_leaves_the_live_generation_answering(tmp_path: Path, steps: int, share: float) -> None:
    folder, home = small_folder(tmp_path / "corpus"), tmp_path / "home"
    before = publish(folder, home, embedder=HashingEmbedder()).generation
    write_article(folder, "share.md", "# About the share\n\n## How much is the share?\n\nThe share is 11% now.\n")
    assert _run_dying(folder, home, int(share * steps)).returncode == 9
    base = KnowledgeBase.open(home, embedder=HashingEmbedder())
    assert base.generation.id == before
    assert base.search("How much is the share?")
    base.close()
    after = publish(folder, home, embedder=HashingEmbedder())
    assert after.published
    assert Home(home).live_id() == after.generation
    assert not Home(home).staging.exists() or not any(Home(home).staging.iterdir())


def test_killed_at_the_very_end_one_whole_generation_is_live(tmp_path: Path, steps: int) -> None:
    folder, home = small_folder(tmp_path / "corpus"), tmp_path / "home"
    publish(folder, home, embedder=HashingEmbedder())
    write_article(folder, "share.md", "# About the share\n\n## How much is the share?\n\nThe share is 11% now.\n")
    assert _run_dying(folder, home, steps - 1).returncode == 9
    base = KnowledgeBase.open(home, embedder=HashingEmbedder())
    assert base.generation.id in Home(home).generation_ids()
    assert base.search("How much is the share?")
    base.close()


def test_the_kills_are_spread_over_the_whole_ingest(steps: int) -> None:
    assert steps > 20


def test_a_second_ingest_at_the_same_time_is_refused_at_once(tmp_path: Path) -> None:
    folder, home = small_folder(tmp_path / "corpus"), tmp_path / "home"
    with Home(home).writing(), pytest.raises(BusyError, match="another ingest"):
        publish(folder, home, embedder=HashingEmbedder())


def test_a_refusing_gate_leaves_nothing_behind(tmp_path: Path) -> None:
    folder, home = small_folder(tmp_path / "corpus"), tmp_path / "home"
    before = publish(folder, home, embedder=HashingEmbedder()).generation
    write_article(folder, "new.md", "# New\n\n## What is new?\n\nA new rule is new.\n")
    with pytest.raises(GateError, match="too new"):
        publish(folder, home, embedder=HashingEmbedder(), gate=lambda _home, _id: ["too new"])
    assert Home(home).live_id() == before
    assert Home(home).generation_ids() == [before]


def test_a_generation_is_not_written_to_by_reading(tmp_path: Path) -> None:
    folder, home = small_folder(tmp_path / "corpus"), tmp_path / "home"
    generation = publish(folder, home, embedder=HashingEmbedder()).generation
    assert generation is not None
    place = Home(home).folder(generation)
    before = {path: path.read_bytes() for path in place.rglob("*") if path.is_file()}
    base = KnowledgeBase.open(home, embedder=HashingEmbedder())
    base.search("How much is the bonus?")
    base.close()
    assert {path: path.read_bytes() for path in place.rglob("*") if path.is_file()} == before


def _search_in_another_process(home: str, results: "multiprocessing.Queue[int]") -> None:
    base = KnowledgeBase.open(home, embedder=HashingEmbedder())
    results.put(len(base.search("Who gets the vacation?")))
    base.close()


def test_two_processes_read_one_generation(tmp_path: Path) -> None:
    folder, home = small_folder(tmp_path / "corpus"), tmp_path / "home"
    publish(folder, home, embedder=HashingEmbedder())
    context = multiprocessing.get_context("spawn")
    results = context.Queue()
    readers = [context.Process(target=_search_in_another_process, args=(str(home), results)) for _ in range(2)]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join(60)
    assert [reader.exitcode for reader in readers] == [0, 0]
    assert results.get(timeout=5) == results.get(timeout=5) == 6
