import json
from pathlib import Path

import pytest

from kb.home import Home
from tests.app.conftest import Program
from tests.small_corpus import QUESTION


@pytest.fixture
def two_generations(kb: Program, small_home: Path, small_corpus: Path) -> Path:
    """A home whose live generation no longer holds the REPSE article."""
    (small_corpus / "repse" / "renewal.md").unlink()
    assert kb("ingest", small_corpus, "--home", small_home).code == 0
    return small_home


def test_generations_are_listed_oldest_first_with_a_star_at_the_live_one(kb: Program, two_generations: Path) -> None:
    lines = kb("generations", "--home", two_generations).out.splitlines()
    first, second = Home(two_generations).generation_ids()
    assert lines[0].startswith(f"  {first}  ")
    assert lines[1].startswith(f"* {second}  ")
    assert "3 documents  4 passages  server:hashing-256" in lines[1]


def test_generations_as_json_know_their_parents(kb: Program, two_generations: Path) -> None:
    first, second = json.loads(kb("generations", "--json", "--home", two_generations).out)
    assert (first["live"], second["live"]) == (False, True)
    assert (first["parent"], second["parent"]) == (None, first["id"])


def test_no_generation_is_an_empty_list(kb: Program) -> None:
    outcome = kb("generations", "--json", "--home", "nothing")
    assert (outcome.code, json.loads(outcome.out)) == (0, [])
    assert "run `kb ingest`" in outcome.err


def test_a_damaged_generation_is_listed_as_damaged(kb: Program, two_generations: Path) -> None:
    first = Home(two_generations).generation_ids()[0]
    (two_generations / "generations" / first / "manifest.json").write_text("{", encoding="utf-8")
    outcome = kb("generations", "--home", two_generations)
    assert outcome.code == 0
    assert outcome.out.startswith(f"  {first}  damaged: ")


def test_a_rollback_makes_an_earlier_generation_live(kb: Program, two_generations: Path) -> None:
    first, second = Home(two_generations).generation_ids()
    outcome = kb("rollback", first, "--home", two_generations)
    assert (outcome.code, outcome.err) == (0, f"{first} is live; before it was {second}\n")
    assert "three years" in kb("ask", QUESTION, "--home", two_generations).out


def test_a_rollback_mends_a_damaged_pointer(kb: Program, two_generations: Path) -> None:
    (two_generations / "live").write_text("nonsense", encoding="utf-8")
    first = Home(two_generations).generation_ids()[0]
    assert kb("rollback", first, "--home", two_generations).code == 0
    assert Home(two_generations).live_id() == first


def test_a_rollback_to_a_generation_with_changed_text_is_refused(kb: Program, two_generations: Path) -> None:
    first, second = Home(two_generations).generation_ids()
    documents = two_generations / "generations" / first / "documents.jsonl"
    documents.write_bytes(documents.read_bytes().replace(b"three", b"seven"))
    outcome = kb("rollback", first, "--home", two_generations)
    assert outcome.code == 1
    assert "not what was published" in outcome.err
    assert Home(two_generations).live_id() == second


@pytest.mark.parametrize("identifier", ["g000009-00000000", "../live", ""])
def test_a_rollback_to_nothing_is_refused(kb: Program, small_home: Path, identifier: str) -> None:
    live = Home(small_home).live_id()
    assert kb("rollback", identifier, "--home", small_home).code == 1
    assert Home(small_home).live_id() == live


def test_a_rollback_waits_for_no_other_writer(kb: Program, small_home: Path) -> None:
    with Home(small_home).writing():
        outcome = kb("rollback", Home(small_home).live_id(), "--home", small_home)
    assert outcome.code == 1
    assert "another ingest" in outcome.err


def test_show_prints_metadata_and_the_stored_text_to_the_letter(kb: Program, small_home: Path) -> None:
    shown = kb("show", "repse-renewal", "--home", small_home).out
    head, _, text = shown.removeprefix("---\n").partition("\n---\n\n")
    assert "id: repse-renewal" in head.splitlines()
    assert "topics: [repse]" in head.splitlines()
    assert "reviewed: 2026-11-01" in head.splitlines()
    citation = json.loads(kb("ask", QUESTION, "--home", small_home, "--json").out)["citations"][0]
    assert text[citation["start"] : citation["end"]] == citation["quote"]


def test_show_as_json_holds_the_text(kb: Program, small_home: Path) -> None:
    document = json.loads(kb("show", "repse-renewal", "--home", small_home, "--json").out)
    assert "must be renewed every three years" in document["text"]


def test_show_reads_the_generation_named(kb: Program, two_generations: Path) -> None:
    first, second = Home(two_generations).generation_ids()
    assert kb("show", "repse-renewal", "--generation", first, "--home", two_generations).code == 0
    refused = kb("show", "repse-renewal", "--home", two_generations)
    assert refused.code == 1
    assert f"generation {second} holds no document 'repse-renewal'" in refused.err
