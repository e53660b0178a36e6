"""Damaged files, full disks and read-only homes: the error says what and what to do, and an ingest repairs what it can."""

import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest

from ingest import publish
from ingest.embedding_cache import EmbeddingCache
from kb.errors import GenerationError, IngestError
from kb.generation import FORMAT, check_files, read_manifest
from kb.home import Home
from kb.knowledge_base import KnowledgeBase
from tests.embedders import DIMENSION, HashingEmbedder
from tests.ingest.writing import small_folder, write_article

ROOT = Path(__file__).parents[2]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return small_folder(tmp_path / "corpus")


@pytest.fixture
def home(tmp_path: Path, folder: Path) -> Home:
    publish(folder, tmp_path / "home", embedder=HashingEmbedder())
    return Home(tmp_path / "home")


def files_of(home: Home) -> list[Path]:
    return sorted(path for path in home.folder(home.live_id()).rglob("*") if path.is_file())


def test_every_single_file_of_a_generation_is_guarded(home: Home) -> None:
    files = files_of(home)
    assert len(files) > 12
    for path in files:
        content = path.read_bytes()
        # A flipped bit keeps the size; in the manifest only what is no JSON any more is told.
        path.write_bytes(bytes([content[0] ^ 1]) + content[1:] if content else b"x")
        with pytest.raises(GenerationError, match=r"`kb ingest`.*`kb rollback ID`") as refused:
            KnowledgeBase.open(home.path, embedder=HashingEmbedder())
        assert str(path) in str(refused.value)
        path.unlink()
        with pytest.raises(GenerationError, match=path.name):
            KnowledgeBase.open(home.path, embedder=HashingEmbedder())
        path.write_bytes(content)
    KnowledgeBase.open(home.path, embedder=HashingEmbedder()).close()


@pytest.mark.parametrize("name", ["unit_vectors.npy", "documents.jsonl", "manifest.json", "dense/chroma.sqlite3"])
def test_an_ingest_of_the_same_folder_repairs_a_damaged_generation(home: Home, folder: Path, name: str) -> None:
    damaged = home.live_id()
    (home.folder(damaged) / name).write_bytes(b"damaged")
    report = publish(folder, home.path, embedder=HashingEmbedder())
    assert report.published
    assert report.embedded == 0
    assert report.findings[0].code == "damage"
    assert name.rsplit("/", 1)[-1] in report.findings[0].message
    KnowledgeBase.open(home.path, embedder=HashingEmbedder()).close()


def test_an_ingest_mends_a_lost_pointer(home: Home, folder: Path) -> None:
    home.pointer.write_bytes(b"\xff\xfe")
    assert publish(folder, home.path, embedder=HashingEmbedder()).published
    KnowledgeBase.open(home.path, embedder=HashingEmbedder()).close()


def test_a_check_on_a_damaged_generation_tells_the_damage(home: Home, folder: Path) -> None:
    (home.folder(home.live_id()) / "unit_vectors.npy").write_bytes(b"damaged")
    report = publish(folder, home.path, check=True, embedder=HashingEmbedder())
    assert report.findings[0].code == "damage"
    assert {finding.code for finding in report.findings[1:]} == {"review-date"}
    assert len(report.unchanged) == 3


def test_a_generation_of_another_format_is_told_and_built_anew(home: Home, folder: Path) -> None:
    manifest = home.folder(home.live_id()) / "manifest.json"
    manifest.write_bytes(manifest.read_bytes().replace(f'"format": {FORMAT},'.encode(), b'"format": 999,'))
    with pytest.raises(
        GenerationError, match=f"has format 999, this program reads {FORMAT}; rebuild it with `kb ingest`"
    ):
        KnowledgeBase.open(home.path, embedder=HashingEmbedder())
    assert publish(folder, home.path, embedder=HashingEmbedder()).published


def test_a_sound_generation_passes_its_check(home: Home) -> None:
    folder = home.folder(home.live_id())
    manifest = read_manifest(folder)
    assert {*manifest.files, "documents.jsonl", "manifest.json"} == {
        path.relative_to(folder).as_posix() for path in files_of(home)
    }
    check_files(folder, manifest)


# The embedding cache


def test_a_damaged_cache_is_thrown_away_and_filled_again(home: Home, folder: Path) -> None:
    write_article(folder, "new.md", "# New\n\nA new rule.\n")
    (home.cache / "embeddings.sqlite3").write_bytes(b"no database" * 1_000)
    report = publish(folder, home.path, embedder=HashingEmbedder())
    assert report.embedded == report.passages
    (folder / "new.md").unlink()
    assert publish(folder, home.path, embedder=HashingEmbedder()).embedded == 0


def test_a_cache_damaged_in_the_middle_is_thrown_away_too(home: Home, folder: Path) -> None:
    path = home.cache / "embeddings.sqlite3"
    content = bytearray(path.read_bytes())
    content[4096:] = b"\xa5" * (len(content) - 4096)
    path.write_bytes(content)
    write_article(folder, "new.md", "# New\n\nA new rule.\n")
    assert publish(folder, home.path, embedder=HashingEmbedder()).published


class LongerVectors(HashingEmbedder):
    """A server's model that was exchanged under its old name."""

    def embed_passages(self, texts, progress=None):  # type: ignore[no-untyped-def]
        rows = super().embed_passages(texts, progress)
        return np.concatenate([rows, np.zeros((len(texts), 4), dtype=np.float32)], axis=1)


def test_vectors_of_another_length_under_the_same_name_are_all_embedded_again(home: Home, folder: Path) -> None:
    write_article(folder, "new.md", "# New\n\nA new rule.\n")
    report = publish(folder, home.path, embedder=LongerVectors())
    assert report.embedded == report.passages
    assert read_manifest(home.folder(home.live_id())).dimension == DIMENSION + 4


def test_like_texts_are_embedded_once_and_the_cache_keeps_no_text(tmp_path: Path) -> None:
    calls: list[int] = []
    cache = EmbeddingCache(tmp_path)
    rows, missing = cache.embed(
        HashingEmbedder(), ["secret words", "other", "secret words"], lambda n, _: calls.append(n)
    )
    cache.close()
    assert (calls, sorted(missing)) == ([2], [0, 1, 2])
    assert np.array_equal(rows[0], rows[2])
    assert not any(b"secret" in path.read_bytes() for path in tmp_path.iterdir())


def test_a_cache_that_cannot_be_opened_is_told(home: Home, folder: Path) -> None:
    write_article(folder, "new.md", "# New\n\nA new rule.\n")
    (home.cache / "embeddings.sqlite3").unlink()
    (home.cache / "embeddings.sqlite3").mkdir()
    with pytest.raises(IngestError, match=r"can't be written \(unable to open database file\), nothing was published"):
        publish(folder, home.path, embedder=HashingEmbedder())


# Disks

LIMITED = """
import os, resource, sys
from ingest import publish
from kb.errors import KnowledgeBaseError
from tests.embedders import HashingEmbedder
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]), int(sys.argv[3])))
try:
    publish(sys.argv[1], sys.argv[2], embedder=HashingEmbedder())
except KnowledgeBaseError as error:
    sys.exit(str(error))
"""


@pytest.mark.parametrize("size", [0, 1_000, 40_000, 120_000])
def test_a_write_that_fails_is_told_and_the_live_generation_stays(home: Home, folder: Path, size: int) -> None:
    before = home.live_id()
    write_article(folder, "new.md", "# New\n\n" + "A new rule stands here and there. " * 60 + "\n")
    command = [sys.executable, "-c", LIMITED, str(folder), str(home.path), str(size)]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 1, run.stdout
    assert "Traceback" not in run.stderr
    assert "can't be written" in run.stderr
    assert home.live_id() == before
    KnowledgeBase.open(home.path, embedder=HashingEmbedder()).close()
    assert publish(folder, home.path, embedder=HashingEmbedder()).published


AS_NOBODY = """
import os, sys, tempfile
from ingest import publish
from kb.errors import KnowledgeBaseError
from kb.knowledge_base import KnowledgeBase
from tests.embedders import HashingEmbedder
def ask(home):
    base = KnowledgeBase.open(home, embedder=HashingEmbedder())
    print(len(base.search("How much is the share?")), base.ask("How much is the share?").receipt is not None)
    base.close()
with tempfile.TemporaryDirectory() as other:  # all is imported while it may be read
    publish(sys.argv[1], other, embedder=HashingEmbedder())
    ask(other)
if os.getuid() == 0:
    os.setuid(65534)
try:
    ask(sys.argv[2])
    publish(sys.argv[1], sys.argv[2], embedder=HashingEmbedder())
except KnowledgeBaseError as error:
    sys.exit(str(error))
"""


def test_a_home_that_may_only_be_read_answers_and_refuses_an_ingest() -> None:
    with TemporaryDirectory() as place:  # pytest's own folders are closed to other users
        os.chmod(place, 0o755)  # noqa: PTH101, S103
        folder, home = small_folder(Path(place) / "corpus"), Path(place) / "home"
        publish(folder, home, embedder=HashingEmbedder())
        for path in (home, *home.rglob("*")):
            path.chmod(0o555 if path.is_dir() else 0o444)
        command = [sys.executable, "-c", AS_NOBODY, str(folder), str(home)]
        run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        for path in (home, *home.rglob("*")):
            path.chmod(0o755)
    assert run.stdout == "6 True\n6 False\n", run.stderr
    assert run.stderr.splitlines()[-1].endswith("can't be written (Permission denied); choose another --home")
