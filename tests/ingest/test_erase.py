"""Erasing a document: nothing of it stays, the others answer as before, and a killed erasure can be taken up again."""

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from ingest import publish
from ingest.erase import erase
from kb.errors import BusyError, DocumentNotFoundError, GenerationError, IngestError, ReceiptError
from kb.home import Home
from kb.knowledge_base import KnowledgeBase
from tests.embedders import HashingEmbedder
from tests.ingest.writing import small_folder, write_article

ROOT = Path(__file__).parents[2]
TOLD = "The secret share of this company is 77 percent"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = small_folder(tmp_path / "corpus")
    write_article(folder, "secret.md", f"# The secret\n\n## What is the secret?\n\n{TOLD} of its profit.\n")
    return folder


@pytest.fixture
def home(tmp_path: Path, folder: Path) -> Path:
    """Three generations, of which the first and third hold the secret in two wordings."""
    place = tmp_path / "home"
    publish(folder, place, embedder=HashingEmbedder())
    text = (folder / "secret.md").read_text(encoding="utf-8")
    (folder / "secret.md").unlink()
    publish(folder, place, embedder=HashingEmbedder())
    (folder / "secret.md").write_text(text.replace("77 percent", "78 percent"), encoding="utf-8")
    publish(folder, place, embedder=HashingEmbedder())
    return place


def asked(home: Path, question: str) -> str:
    base = KnowledgeBase.open(home, embedder=HashingEmbedder())
    try:
        return base.ask(question).receipt or ""
    finally:
        base.close()


def files_with(home: Path, text: str) -> list[Path]:
    return [path for path in home.rglob("*") if path.is_file() and text.encode() in path.read_bytes()]


def test_nothing_of_an_erased_document_stays(home: Path) -> None:
    before = Home(home).generation_ids()
    assert files_with(home, "secret share of this company")
    done = erase("secret", home)
    assert files_with(home, "secret share of this company") == []
    assert done.deleted == (before[0], before[2])
    assert Home(home).generation_ids() == [before[1], done.generation]
    assert (done.scan.found, done.built) == ((), True)
    assert done.scan.texts >= 2
    assert done.scan.vectors > 0
    assert done.scan.files > 10


def test_the_others_answer_as_before_with_the_same_vectors(home: Path) -> None:
    base = KnowledgeBase.open(home, embedder=HashingEmbedder())
    kept = [d for d in base.generation.documents.values() if d.id != "secret"]
    before = base.generation.vectors(kept)
    base.close()
    erase("secret", home)
    base = KnowledgeBase.open(home, embedder=HashingEmbedder())
    after = base.generation.vectors(list(base.generation.documents.values()))
    assert [d.id for d in base.generation.documents.values()] == [d.id for d in kept]
    assert abs(before.passages - after.passages).max() < 1e-6
    assert (before.units == after.units).all()
    assert (before.headings == after.headings).all()
    assert base.search("How much is the bonus?")[0].document_id == "bonus"
    base.close()


def test_nothing_is_embedded_again_and_the_next_ingest_finds_nothing_to_do(home: Path, folder: Path) -> None:
    done = erase("secret", home)
    (folder / "secret.md").unlink()
    report = publish(folder, home, embedder=HashingEmbedder())
    assert (report.published, report.generation, report.embedded) == (False, done.generation, 0)


def test_the_cache_forgets_the_vectors_of_the_document_only(home: Path) -> None:
    count = "SELECT count(*) FROM vectors"
    with sqlite3.connect(home / "cache" / "embeddings.sqlite3") as database:
        before = database.execute(count).fetchone()[0]
    done = erase("secret", home)
    with sqlite3.connect(home / "cache" / "embeddings.sqlite3") as database:
        after = database.execute(count).fetchone()[0]
    assert 0 < done.vectors == before - after < before


def test_receipts_that_quote_it_are_emptied_and_say_so(home: Path) -> None:
    quoting = asked(home, "What is the secret share of this company?")
    done = erase("secret", home)
    assert done.receipts == 1
    base = KnowledgeBase.open(home, embedder=HashingEmbedder())
    with pytest.raises(ReceiptError, match="was emptied: its answer rested on secret, which was erased"):
        base.replay(quoting)
    base.close()


def test_a_document_that_only_an_older_generation_holds_is_erased_without_a_new_one(home: Path, folder: Path) -> None:
    (folder / "secret.md").unlink()
    publish(folder, home, embedder=HashingEmbedder())
    live = Home(home).live_id()
    done = erase("secret", home)
    assert (done.built, done.generation) == (False, live)
    assert files_with(home, "secret share of this company") == []


def test_what_another_document_says_too_is_no_trace(home: Path, folder: Path) -> None:
    write_article(folder, "twin.md", f"# The secret\n\n## What is the secret?\n\n{TOLD} of its profit.\n")
    publish(folder, home, embedder=HashingEmbedder())
    done = erase("secret", home)
    assert done.scan.found == ()
    assert files_with(home, "secret share of this company")


def test_a_trace_that_was_left_elsewhere_is_reported(home: Path) -> None:
    (home / "notes.txt").write_text(f"{TOLD} of its profit.", encoding="utf-8")
    assert erase("secret", home).scan.found == ("notes.txt",)


def test_a_generation_that_can_not_be_read_is_deleted_too(home: Path) -> None:
    first = Home(home).generation_ids()[0]
    (Home(home).folder(first) / "manifest.json").write_bytes(b"{")
    assert first in erase("secret", home).deleted
    assert files_with(home, "secret share of this company") == []


def test_an_unknown_document_changes_nothing(home: Path) -> None:
    before = Home(home).generation_ids()
    with pytest.raises(DocumentNotFoundError, match="holds a document 'nothing'"):
        erase("nothing", home)
    assert Home(home).generation_ids() == before
    assert not (home / "erasing").exists()


def test_the_only_document_is_not_erased(tmp_path: Path) -> None:
    write_article(tmp_path / "corpus", "one.md", "# One\n\nThe only rule of this folder.\n")
    publish(tmp_path / "corpus", tmp_path / "home", embedder=HashingEmbedder())
    with pytest.raises(IngestError, match="only document"):
        erase("one", tmp_path / "home")
    assert asked(tmp_path / "home", "What is the only rule?")


def test_a_second_writer_and_a_missing_home_are_refused(home: Path, tmp_path: Path) -> None:
    with Home(home).writing(), pytest.raises(BusyError):
        erase("secret", home)
    with pytest.raises(GenerationError, match="nothing has been ingested"):
        erase("secret", tmp_path / "nowhere")
    assert not (tmp_path / "nowhere").exists()


def test_killed_at_any_step_a_whole_generation_answers_and_a_second_erasure_completes(home: Path) -> None:
    asked(home, "What is the secret share of this company?")
    command = [
        sys.executable,
        "-m",
        "tests.ingest.dying_erase",
        str(home),
        "secret",
        "secret share of this company",
        "4",
    ]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=250, check=True)
    outcomes = run.stdout.splitlines()
    assert [line for line in outcomes if not line.endswith("sound")] == [], run.stdout + run.stderr
    assert len(outcomes) > 5
