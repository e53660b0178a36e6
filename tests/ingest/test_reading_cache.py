"""An ingest reads only the files that changed, and never takes an old reading for a new one."""

from collections.abc import Callable
from pathlib import Path

import pytest

from ingest import publish, reading_cache
from ingest.read import read_document
from ingest.scan import SourceFile
from kb.generation import read_manifest
from kb.home import Home
from kb.knowledge_base import KnowledgeBase
from tests.embedders import HashingEmbedder
from tests.ingest.writing import small_folder, write_article


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return small_folder(tmp_path / "corpus")


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Paths of the files that were read and not taken from the cache."""
    paths: list[str] = []

    def counting(source: SourceFile, fits: Callable[[str], bool]) -> object:
        paths.append(source.path)
        return read_document(source, fits)

    monkeypatch.setattr(reading_cache, "read_document", counting)
    return paths


def _publish(folder: Path, home: Path, identity: str = "hashing-256") -> None:
    publish(folder, home, embedder=HashingEmbedder(identity=identity))


def test_only_the_changed_file_is_read_again(folder: Path, tmp_path: Path, read: list[str]) -> None:
    _publish(folder, tmp_path / "home")
    assert len(read) == len(list(folder.rglob("*.md")))
    read.clear()
    write_article(folder, "share.md", "# About the share\n\n## How much is the share?\n\nThe share is 11% now.\n")
    _publish(folder, tmp_path / "home")
    assert read == ["share.md"]
    base = KnowledgeBase.open(tmp_path / "home", embedder=HashingEmbedder())
    assert "11% now" in base.document("share").text
    base.close()


def test_another_model_or_other_defaults_make_another_reading(folder: Path, tmp_path: Path, read: list[str]) -> None:
    _publish(folder, tmp_path / "home")
    everything = sorted(read)
    read.clear()
    _publish(folder, tmp_path / "home", "another")
    assert sorted(read) == everything
    read.clear()
    (folder / "_defaults.yaml").write_text("source: the folder's default\n")
    _publish(folder, tmp_path / "home", "another")
    assert sorted(read) == everything


def test_another_program_makes_another_reading(
    folder: Path, tmp_path: Path, read: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    _publish(folder, tmp_path / "home")
    read.clear()
    monkeypatch.setattr(reading_cache, "_program", lambda: "a later version")
    _publish(folder, tmp_path / "home")
    assert len(read) == len(list(folder.rglob("*.md")))


def test_a_damaged_entry_is_read_anew(folder: Path, tmp_path: Path, read: list[str]) -> None:
    _publish(folder, tmp_path / "home")
    for entry in (tmp_path / "home" / "cache" / "documents").iterdir():
        entry.write_bytes(entry.read_bytes()[:-1] + b"?")
    read.clear()
    _publish(folder, tmp_path / "home")
    assert len(read) == len(list(folder.rglob("*.md")))


def test_the_text_of_a_removed_document_does_not_stay_in_the_cache(folder: Path, tmp_path: Path) -> None:
    write_article(folder, "secret.md", "# About it\n\n## What is it?\n\nThe unmistakable sentence.\n")
    _publish(folder, tmp_path / "home")
    entries = tmp_path / "home" / "cache" / "documents"
    assert any(b"unmistakable" in entry.read_bytes() for entry in entries.iterdir())
    (folder / "secret.md").unlink()
    _publish(folder, tmp_path / "home")
    assert not any(b"unmistakable" in entry.read_bytes() for entry in entries.iterdir())


def test_a_check_writes_nothing(folder: Path, tmp_path: Path) -> None:
    publish(folder, tmp_path / "home", check=True, embedder=HashingEmbedder())
    assert not (tmp_path / "home").exists()


def test_a_generation_from_the_cache_has_the_same_files_as_one_without(folder: Path, tmp_path: Path) -> None:
    """Another home reads all anew; of one that read before, only an article changed."""
    write_article(folder, "share.md", "# About the share\n\n## How much is the share?\n\nThe share is 9%.\n")
    _publish(folder, tmp_path / "home")
    write_article(folder, "share.md", "# About the share\n\n## How much is the share?\n\nThe share is 11% now.\n")
    _publish(folder, tmp_path / "home")
    _publish(folder, tmp_path / "other")
    ours, theirs = (
        read_manifest(Home(tmp_path / name).folder(Home(tmp_path / name).live_id())) for name in ("home", "other")
    )
    assert ours.fingerprint == theirs.fingerprint
    alike = {path for path in theirs.files if not path.startswith("dense/")}
    assert {path: ours.files[path] for path in alike} == {path: theirs.files[path] for path in alike}
