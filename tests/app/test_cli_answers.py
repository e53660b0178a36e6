import json
import os
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from ingest import publish
from kb import KnowledgeBase
from kb.home import Home
from tests.app.conftest import Program
from tests.embedders import HashingEmbedder
from tests.embedding_server import MODEL, environment_for
from tests.small_corpus import QUESTION, UNANSWERABLE, write_small_corpus

ROOT = Path(__file__).parents[2]


def receipt_of(home: Path) -> str:
    return next(Home(home).receipts.iterdir()).stem


def test_an_answer_shows_statements_markers_citations_and_receipt(kb: Program, small_home: Path) -> None:
    outcome = kb("ask", QUESTION, "--home", small_home)
    with closing(KnowledgeBase.open(small_home, embedder=HashingEmbedder(f"server:{MODEL}"))) as base:
        text = base.document("repse-renewal").text
    start = text.index("A REPSE registration must be renewed every three years (LFT art. 15).")
    assert outcome.code == 0
    assert "A REPSE registration must be renewed every three years (LFT art. 15). [1]" in outcome.out
    assert "[1] Renewing a REPSE registration · LFT art. 15 · internal · reviewed 2026-11-01" in outcome.out
    assert f"repse-renewal:{start}-{start + 69}" in outcome.out
    assert f"generation {Home(small_home).live_id()}, receipt {receipt_of(small_home)}" in outcome.out


def test_an_answer_as_json_is_the_contract_s(kb: Program, small_home: Path) -> None:
    answer = json.loads(kb("ask", QUESTION, "--home", small_home, "--json").out)
    assert answer.keys() >= {
        "status", "question", "language", "as_of", "generation", "receipt", "statements", "citations", "notices", "reason",
        "nearest", "timing_ms",
    }  # fmt: skip
    assert answer["status"] == "answered"
    assert answer["citations"][0].keys() >= {
        "number", "document", "title", "section", "pinpoint", "authority", "jurisdiction", "language", "effective_from",
        "reviewed", "page", "quote", "start", "end", "source_url",
    }  # fmt: skip


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_json_keeps_every_letter_on_any_stream(embedding_url: str, small_home: Path, encoding: str) -> None:
    question = "¿Cada cuántos años se renueva el REPSE — registration?"
    ended = subprocess.run(
        [sys.executable, "-c", "from app.cli import main; main()", "ask", question, "--home", small_home, "--json"],
        capture_output=True, cwd=ROOT, env=environment_for(embedding_url) | {"PYTHONIOENCODING": encoding}, check=True,
    )  # fmt: skip
    assert json.loads(ended.stdout.decode())["question"] == question
    assert ("¿" in ended.stdout.decode()) is (encoding == "utf-8")


def test_an_abstention_gives_its_reason_and_the_nearest_subjects_and_ends_with_0(kb: Program, small_home: Path) -> None:
    outcome = kb("ask", UNANSWERABLE, "--home", small_home)
    assert outcome.code == 0
    assert outcome.out.startswith("No answer: The knowledge base holds nothing on: Toronto.")
    assert "Nearest subjects:\n- " in outcome.out


def test_personal_data_in_a_question_is_noticed_and_not_repeated(kb: Program, small_home: Path) -> None:
    outcome = kb("ask", QUESTION + " Ask ana.perez@example.com.", "--home", small_home, "--json")
    assert "ana.perez" not in outcome.out
    assert [notice["kind"] for notice in json.loads(outcome.out)["notices"]] == ["personal-data"]


def test_filters_are_passed_on(kb: Program, small_home: Path) -> None:
    found = json.loads(kb("search", "minimum wage", "--home", small_home, "--as-of", "2025-06-01", "--json").out)
    assert "minimum-wage-2025" in {hit["document"] for hit in found}
    assert "minimum-wage-2026" not in {hit["document"] for hit in found}
    found = json.loads(kb("search", "minimum wage", "--home", small_home, "--topic", "PTU", "--json").out)
    assert {hit["document"] for hit in found} == {"ptu-share"}
    for option, value in (("--jurisdiction", "us"), ("--authority", "statute"), ("--language", "es")):
        assert json.loads(kb("search", "minimum wage", "--home", small_home, option, value, "--json").out) == []


def test_hits_are_numbered_best_first(kb: Program, small_home: Path) -> None:
    outcome = kb("search", "REPSE registration renewed", "-k", 2, "--home", small_home)
    lines = outcome.out.splitlines()
    assert lines[0].startswith("1. Renewing a REPSE registration › How often must a REPSE registration be renewed?")
    assert lines[1].startswith("   repse-renewal:0-")
    assert lines[3].startswith("2. ")


def test_k_limits_the_hits(kb: Program, small_home: Path) -> None:
    assert len(json.loads(kb("search", "registration", "-k", 1, "--home", small_home, "--json").out)) == 1


@pytest.mark.parametrize("command", ["ask", "search"])
def test_asking_before_an_ingest_says_what_to_do(kb: Program, command: str) -> None:
    outcome = kb(command, "What is PTU?", "--home", "nothing")
    assert (outcome.code, outcome.out) == (1, "")
    assert "run `kb ingest`" in outcome.err
    assert not Path("nothing").exists()


def test_another_model_than_the_generation_s_is_refused(
    kb: Program, small_corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(small_corpus, "home", embedder=HashingEmbedder("another"))
    outcome = kb("ask", QUESTION, "--home", "home")
    assert outcome.code == 1
    assert "built with the model another" in outcome.err


def test_a_model_server_that_can_not_be_reached_is_a_clear_failure(
    kb: Program, small_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KB_EMBEDDING_URL", "http://127.0.0.1:9/v1")
    outcome = kb("ask", QUESTION, "--home", small_home)
    assert outcome.code == 1
    assert "check KB_EMBEDDING_URL" in outcome.err


def test_a_replay_gives_the_answer_again_and_says_that_it_is_the_same(kb: Program, small_home: Path) -> None:
    asked = kb("ask", QUESTION, "--home", small_home)
    receipt = receipt_of(small_home)
    replayed = kb("replay", receipt, "--home", small_home)
    assert replayed.code == 0
    assert replayed.out == asked.out + f"Replay of {receipt}: the same\n"
    assert json.loads(kb("replay", receipt, "--home", small_home, "--json").out)["same"] is True


def test_a_replay_uses_the_generation_of_the_receipt(kb: Program, small_home: Path, small_corpus: Path) -> None:
    kb("ask", QUESTION, "--home", small_home)
    receipt = receipt_of(small_home)
    (small_corpus / "repse" / "renewal.md").unlink()
    assert kb("ingest", small_corpus, "--home", small_home).code == 0
    replayed = kb("replay", receipt, "--home", small_home)
    assert replayed.code == 0
    assert "three years" in replayed.out


def test_a_replay_does_not_need_the_model_of_the_live_generation(
    kb: Program, small_home: Path, small_corpus: Path
) -> None:
    kb("ask", QUESTION, "--home", small_home)
    publish(small_corpus, small_home, embedder=HashingEmbedder("another"))
    assert kb("replay", receipt_of(small_home), "--home", small_home).code == 0


def test_a_replay_that_differs_says_in_what_and_ends_with_1(kb: Program, small_home: Path) -> None:
    kb("ask", QUESTION, "--home", small_home)
    file = next(Home(small_home).receipts.iterdir())
    file.write_text(file.read_text(encoding="utf-8").replace("three years", "seven years"), encoding="utf-8")
    replayed = kb("replay", file.stem, "--home", small_home)
    assert replayed.code == 1
    assert "differs in statements, citations" in replayed.out


@pytest.mark.parametrize("receipt", ["r1", "../live", "r20261122T101500-0123456789ab"])
def test_a_receipt_that_is_not_there_is_refused(kb: Program, small_home: Path, receipt: str) -> None:
    outcome = kb("replay", receipt, "--home", small_home)
    assert (outcome.code, outcome.out) == (1, "")
    assert outcome.err.startswith("kb: ")


def test_the_model_that_comes_with_the_installation_answers(tmp_path: Path) -> None:
    """The one test with the real weights: ingest and ask in processes of their own, without the network."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("KB_")}
    environment |= {
        "HTTP_PROXY": "http://127.0.0.1:9",
        "HTTPS_PROXY": "http://127.0.0.1:9",
        "KB_HOME": str(tmp_path / "home"),
    }
    program = [sys.executable, "-c", "from app.cli import main; main()"]
    corpus = write_small_corpus(tmp_path / "corpus")
    for arguments in (["ingest", str(corpus)], ["ask", QUESTION]):
        ended = subprocess.run(
            [*program, *arguments], capture_output=True, text=True, cwd=ROOT, env=environment, timeout=240, check=False
        )
        assert ended.returncode == 0, ended.stderr
    assert "must be renewed every three years" in ended.stdout
    assert ended.stderr == ""
