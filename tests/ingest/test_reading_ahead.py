"""A second process reads files while the first one loads its model, and reads them as the first would."""

import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec
import pytest

from ingest import publish, reading_ahead
from ingest.reading_cache import ReadingCache, read_source
from ingest.scan import SourceFile, scan_folder
from kb.home import Home
from kb.models.embedding import Embedder, RereadingEmbedder, ShippedEmbedder
from kb.settings import load_settings
from tests.embedders import HashingEmbedder
from tests.ingest.writing import write_article

_MANY = 30
_SECONDS = 60


class _LoadedAtOnce(ShippedEmbedder):
    """The shipped model's tokenizer, with another model's vectors, so that nothing takes long to load."""

    def load(self) -> RereadingEmbedder:
        return HashingEmbedder()


@pytest.fixture
def sources(tmp_path: Path) -> list[SourceFile]:
    folder = tmp_path / "corpus"
    for number in range(_MANY):
        write_article(folder, f"a{number:02}.md", f"# Rule {number}\n\n## What is it?\n\nRule {number} is a rule.\n")
    return scan_folder(folder)[0]


@pytest.fixture
def embedder(tmp_path: Path) -> _LoadedAtOnce:
    return _LoadedAtOnce(load_settings({}, home=tmp_path / "home"))


def _read_ahead(sources: Sequence[SourceFile], home: Home, embedder: Embedder) -> Mapping[str, bytes]:
    """What the other process has read when it has read all, or after a time that would be enough."""
    with reading_ahead.reading_ahead(sources, home, embedder) as readings:
        end = time.monotonic() + _SECONDS
        while len(readings) < len(sources) and time.monotonic() < end:
            time.sleep(0.05)
        return dict(readings)


def test_readings_are_those_of_the_ingest_itself(
    sources: list[SourceFile], tmp_path: Path, embedder: _LoadedAtOnce
) -> None:
    home = Home(tmp_path / "home")
    cache = ReadingCache(home.cache, embedder.identity, write=False)
    assert _read_ahead(sources, home, embedder) == {
        cache.key(source): msgspec.msgpack.encode(read_source(source, embedder.fits)) for source in sources
    }


def test_a_generation_is_the_same_with_and_without(
    sources: list[SourceFile], tmp_path: Path, embedder: _LoadedAtOnce, monkeypatch: pytest.MonkeyPatch
) -> None:
    ahead = publish(sources[0].root, tmp_path / "ahead", embedder=embedder)
    monkeypatch.setattr(reading_ahead, "_WORTH_IT", _MANY + 1)
    alone = publish(sources[0].root, tmp_path / "alone", embedder=embedder)
    assert ahead.generation == alone.generation
    assert ahead.passages == alone.passages == _MANY


def test_what_is_written_after_it_was_read_ahead_is_read_again(
    sources: list[SourceFile], tmp_path: Path, embedder: _LoadedAtOnce
) -> None:
    home = Home(tmp_path / "home")
    ahead = _read_ahead(sources, home, embedder)
    write_article(sources[0].root, "a00.md", "# Rule 0\n\n## What is it?\n\nRule 0 is another rule now.\n")
    reading = ReadingCache(home.cache, embedder.identity, write=True, ahead=ahead).read(sources[0], embedder.fits)
    assert reading.document is not None
    assert "another rule now" in reading.document.text


@pytest.mark.parametrize("command", ["/bin/false", "/bin/echo"])
def test_a_process_that_fails_or_talks_nonsense_leaves_the_reading_to_the_ingest(
    command: str, sources: list[SourceFile], tmp_path: Path, embedder: _LoadedAtOnce, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", command)
    assert publish(sources[0].root, tmp_path / "home", embedder=embedder).passages == _MANY


def test_few_files_or_another_model_are_read_by_the_ingest_alone(
    sources: list[SourceFile], tmp_path: Path, embedder: _LoadedAtOnce, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_arguments: object, **_options: object) -> None:
        raise AssertionError("another process was started")

    monkeypatch.setattr(subprocess, "Popen", refused)
    home = Home(tmp_path / "home")
    with reading_ahead.reading_ahead(sources[:5], home, embedder) as readings:
        assert readings == {}
    with reading_ahead.reading_ahead(sources, home, HashingEmbedder()) as readings:
        assert readings == {}


def test_the_process_ends_with_the_block(
    sources: list[SourceFile], tmp_path: Path, embedder: _LoadedAtOnce, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[subprocess.Popen[bytes]] = []
    original = subprocess.Popen

    def starting(*arguments: object, **options: object) -> "subprocess.Popen[bytes]":
        started.append(original(*arguments, **options))  # type: ignore[call-overload]
        return started[-1]

    monkeypatch.setattr(subprocess, "Popen", starting)
    with (
        pytest.raises(KeyboardInterrupt),
        reading_ahead.reading_ahead(sources, Home(tmp_path / "home"), embedder),
    ):
        raise KeyboardInterrupt
    assert started[0].poll() is not None
