"""Whatever happens to an ingest, the live generation answers, and the next ingest works."""

import multiprocessing
import subprocess
import sys
from pathlib import Path

import pytest

from ingest import publish
from ingest.publish import GateError
from kb.errors import BusyError, GenerationError
from kb.home import Home
from kb.knowledge_base import KnowledgeBase
from tests.embedders import HashingEmbedder
from tests.ingest.writing import small_folder, write_article

ROOT = Path(__file__).parents[2]
CHANGED = "# About the share\n\n## How much is the share?\n\nThe share is 11% now.\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return small_folder(tmp_path / "corpus")


@pytest.fixture
def home(tmp_path: Path, folder: Path) -> Path:
    """A home with a generation of the folder."""
    publish(folder, tmp_path / "home", embedder=HashingEmbedder())
    return tmp_path / "home"


def _killing(folder: Path, home: Path, first: int) -> "subprocess.Popen[str]":
    """Kills an ingest at every second step from `first` on, in a process of its own."""
    command = [sys.executable, "-m", "tests.ingest.dying", str(folder), str(home), str(first), "2"]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def _die_before_pointing(folder: Path, home: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Home, "point_to", lambda _self, _id: sys.exit("killed"))
        with pytest.raises(SystemExit):
            publish(folder, home, embedder=HashingEmbedder())


def test_killed_at_any_step_a_whole_generation_answers_and_the_next_ingest_cleans_up(folder: Path, home: Path) -> None:
    write_article(folder, "share.md", CHANGED)
    outcomes: list[str] = []
    for run in [_killing(folder, home, 0), _killing(folder, home, 1)]:
        lines, errors = run.communicate(timeout=200)
        assert run.returncode == 0, errors + lines
        outcomes += lines.splitlines()
    steps = {int(line.split()[0]) for line in outcomes if line.split()[-1] in {"sound", "broken"}}
    assert steps == set(range(len(steps)))
    assert len(steps) > 30
    assert [line for line in outcomes if not line.endswith("sound")] == []


def test_a_first_ingest_that_was_killed_leaves_nothing_to_answer_and_nothing_in_the_way(
    tmp_path: Path, folder: Path
) -> None:
    home = Home(tmp_path / "home")
    _die_before_pointing(folder, home.path)
    orphan = home.generation_ids()
    with pytest.raises(
        GenerationError, match=r"the pointer to the live generation is missing; choose one with `kb roll"
    ):
        KnowledgeBase.open(home.path, embedder=HashingEmbedder())
    report = publish(folder, home.path, embedder=HashingEmbedder())
    assert len(orphan) == 1
    assert home.generation_ids() == [report.generation]


def test_an_unfinished_generation_that_somebody_made_live_is_kept(folder: Path, home: Path) -> None:
    before = Home(home).live_id()
    write_article(folder, "share.md", CHANGED)
    _die_before_pointing(folder, home)
    unfinished = Home(home).generation_ids()[-1]
    Home(home).point_to(unfinished)
    Home(home).point_to(before)
    publish(folder, home, embedder=HashingEmbedder())
    assert unfinished in Home(home).generation_ids()


def test_a_second_ingest_at_the_same_time_is_refused_at_once(tmp_path: Path) -> None:
    folder, home = small_folder(tmp_path / "corpus"), tmp_path / "home"
    with Home(home).writing(), pytest.raises(BusyError, match="another ingest"):
        publish(folder, home, embedder=HashingEmbedder())


def test_a_second_ingest_is_refused_before_its_model_is_loaded(
    folder: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KB_EMBEDDING_MODEL", "no-such-model")
    with Home(home).writing(), pytest.raises(BusyError, match="wait for it to end and try again"):
        publish(folder, home)


def test_a_lock_is_held_between_processes_and_freed_by_death(folder: Path, home: Path) -> None:
    held = "import sys; from kb.home import Home\nwith Home(sys.argv[1]).writing(): print('held', flush=True); input()"
    command = [sys.executable, "-c", held, str(home)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        other.stdout.readline()
        with pytest.raises(BusyError):
            publish(folder, home, embedder=HashingEmbedder())
        other.kill()
    assert not publish(folder, home, embedder=HashingEmbedder()).published


def test_a_gate_that_fails_leaves_nothing_behind(folder: Path, home: Path) -> None:
    before = Home(home).live_id()
    write_article(folder, "share.md", CHANGED)

    def broken(_home: Home, candidate: str) -> list[str]:
        assert candidate in Home(home).generation_ids()
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        publish(folder, home, embedder=HashingEmbedder(), gate=broken)
    assert Home(home).generation_ids() == [before]
    assert publish(folder, home, embedder=HashingEmbedder()).published


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
