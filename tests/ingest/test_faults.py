"""Kills, full disks and two writers while a reader asks: every answer is whole, and no generation is lost."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest import publish
from kb.errors import BusyError, GenerationError, IngestError
from kb.home import Home
from kb.knowledge_base import KnowledgeBase
from tests.embedders import HashingEmbedder
from tests.ingest.killing import ROUNDS
from tests.ingest.writing import small_folder, write_article

ROOT = Path(__file__).parents[2]
PAIR = ("share.md", "bonus.md")  # both name the same figure in each state of the folder
MEGABYTE = 1024 * 1024


def _state(folder: Path, figure: str) -> Path:
    small_folder(folder)
    for name in PAIR:
        write_article(folder, name, f"# About {name}\n\n## How much is it?\n\nThe figure of {name} is {figure} now.\n")
    write_article(folder, "doomed.md", f"# Doomed\n\n## What is doomed?\n\nA supplier {figure} of whose data goes.\n")
    return folder


def _figures(base: KnowledgeBase) -> set[str]:
    """Which figures the documents of one open generation name."""
    texts = [base.document(Path(name).stem).text for name in PAIR]
    return {figure for figure in ("10%", "11%") for text in texts if figure in text}


def _ask(home: Path) -> str:
    """One reader from opening to closing. The figure that it found."""
    base = KnowledgeBase.open(home, embedder=HashingEmbedder())
    try:
        found = base.search("How much is the figure?", k=50)
        assert {"share", "bonus"} <= {hit.document_id for hit in found}
        for hit in found:
            assert base.document(hit.document_id).text[hit.passage.start : hit.passage.end] == hit.passage.text
        figures = _figures(base)
        assert len(figures) == 1, "two states are mixed"
        return figures.pop()
    finally:
        base.close()


def test_a_reader_that_asks_while_writers_are_killed_gets_whole_answers(tmp_path: Path) -> None:
    first, second = _state(tmp_path / "first", "10%"), _state(tmp_path / "second", "11%")
    home = tmp_path / "home"
    publish(first, home, embedder=HashingEmbedder())
    publish(second, home, embedder=HashingEmbedder())
    command = [sys.executable, "-m", "tests.ingest.killing", str(first), str(second), str(home), "doomed"]
    asked: list[str] = []
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as writer:
        while writer.poll() is None:
            asked.append(_ask(home))
        lines, errors = writer.communicate()
    rounds = lines.splitlines()
    assert len(rounds) == ROUNDS, errors
    assert [line for line in rounds if not line.endswith("kept")] == []
    assert {line.split()[1] for line in rounds if " killed " in line} >= {"publish", "erase"}
    assert len(asked) > 1
    assert set(asked) <= {"10%", "11%"}
    report = publish(first, home, embedder=HashingEmbedder())
    assert report.generation == Home(home).live_id()
    assert _ask(home) == "10%"


def test_an_open_reader_stays_with_its_generation_while_others_are_published(tmp_path: Path) -> None:
    folder, home = _state(tmp_path / "corpus", "10%"), tmp_path / "home"
    publish(folder, home, embedder=HashingEmbedder())
    base = KnowledgeBase.open(home, embedder=HashingEmbedder())
    publish(_state(folder, "11%"), home, embedder=HashingEmbedder())
    assert _figures(base) == {"10%"}
    assert base.search("How much is the figure?")
    base.close()
    assert _ask(home) == "11%"


def test_a_rollback_while_an_ingest_runs_is_refused_and_changes_nothing(tmp_path: Path) -> None:
    folder, home = _state(tmp_path / "corpus", "10%"), Home(tmp_path / "home")
    before = publish(folder, home.path, embedder=HashingEmbedder()).generation
    seen: list[str] = []

    def rolling_back(_home: Home, _candidate: str) -> list[str]:
        with pytest.raises(BusyError), Home(home.path).writing():
            home.point_to("never reached")
        seen.append(home.live_id())
        return []

    publish(_state(folder, "11%"), home.path, embedder=HashingEmbedder(), gate=rolling_back)
    assert seen == [before]
    assert _ask(home.path) == "11%"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 4 MB of its own."""
    place = tmp_path / "disk"
    place.mkdir()
    mount, unmount = shutil.which("mount"), shutil.which("umount")
    if mount is None or unmount is None:
        pytest.skip("there is no mount program")
    command = [mount, "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(place)]
    mounted = subprocess.run(command, capture_output=True, text=True, check=False)
    if mounted.returncode:
        pytest.skip(f"a small disk can't be mounted: {mounted.stderr.strip()}")
    yield place
    subprocess.run([unmount, str(place)], check=True)


@pytest.mark.parametrize("left", [0, 4_096, 65_536, 131_072, 196_608, 262_144], ids=str)
def test_a_full_disk_is_told_and_the_live_generation_answers(small_disk: Path, tmp_path: Path, left: int) -> None:
    folder, home = _state(tmp_path / "corpus", "10%"), small_disk / "home"
    before = publish(folder, home, embedder=HashingEmbedder()).generation
    filler = small_disk / "filler"
    with filler.open("wb") as file:
        file.write(b"x" * max(0, shutil.disk_usage(small_disk).free - left))
    with pytest.raises((IngestError, GenerationError), match=r"can't be written.*make room"):
        publish(_state(folder, "11%"), home, embedder=HashingEmbedder())
    assert Home(home).live_id() == before
    assert _ask(home) == "10%"
    filler.unlink()
    assert publish(folder, home, embedder=HashingEmbedder()).published
    assert _ask(home) == "11%"
    assert len(Home(home).generation_ids()) == 2
