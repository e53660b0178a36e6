import json
import os
import pty
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from threading import Thread

import pytest

from kb.home import Home
from tests.app.conftest import Program
from tests.embedding_server import environment_for
from tests.small_corpus import QUESTION

ROOT = Path(__file__).parents[2]
FAULTY = "---\nid: faulty\ntopics: [cooking]\ncolour: red\n---\n# A title\n\nA sentence about the vendor.\n"


def test_a_first_ingest_publishes_and_tells_what_it_did(kb: Program, small_corpus: Path) -> None:
    outcome = kb("ingest", small_corpus, "--home", "home")
    live = Home("home").live_id()
    assert outcome.code == 0
    assert "4 added: minimum-wage-2025, minimum-wage-2026, ptu-share, repse-renewal" in outcome.out
    assert "5 passages, 5 embedded" in outcome.out
    assert f"Published generation {live}." in outcome.out


def test_progress_goes_to_standard_error_as_plain_lines(kb: Program, small_corpus: Path) -> None:
    outcome = kb("ingest", small_corpus, "--home", "home")
    assert outcome.err.splitlines()[:2] == ["loading the model", "reading 0 of 4"]
    assert "embedding" in outcome.err
    assert "\x1b" not in outcome.err + outcome.out


def test_on_a_terminal_progress_is_drawn_and_standard_output_stays_plain(
    embedding_url: str, small_corpus: Path, tmp_path: Path
) -> None:
    terminal, inner = pty.openpty()
    drawn = ""

    def drain() -> None:  # a terminal that nobody reads fills up, and the program would wait
        nonlocal drawn
        with suppress(OSError):  # the end of a terminal
            while piece := os.read(terminal, 4_096):
                drawn += piece.decode(errors="replace")

    reading = Thread(target=drain)
    reading.start()
    ended = subprocess.run(
        [sys.executable, "-c", "from app.cli import main; main()", "ingest", small_corpus, "--home", tmp_path / "home"],
        stdout=subprocess.PIPE, stderr=inner, text=True, cwd=ROOT, env=environment_for(embedding_url), check=True,
    )  # fmt: skip
    os.close(inner)
    reading.join()
    os.close(terminal)
    assert "\x1b[" in drawn
    assert "loading the model" in drawn
    assert "\n4 added" in ended.stdout
    assert "\x1b" not in ended.stdout


def test_the_folder_is_corpus_unless_named(kb: Program, small_corpus: Path) -> None:
    assert small_corpus.name == "corpus"
    assert kb("ingest").code == 0
    assert Home(".kb").live_id()


def test_an_ingest_without_a_change_publishes_nothing(kb: Program, small_home: Path, small_corpus: Path) -> None:
    before = Home(small_home).live_id()
    outcome = kb("ingest", small_corpus, "--home", small_home)
    assert outcome.code == 0
    assert f"Nothing changed; generation {before} stays live." in outcome.out


def test_only_what_changed_is_named_and_embedded(kb: Program, small_home: Path, small_corpus: Path) -> None:
    (small_corpus / "ptu" / "share.md").unlink()
    renewal = small_corpus / "repse" / "renewal.md"
    renewal.write_text(renewal.read_text(encoding="utf-8").replace("three years", "3 years"), encoding="utf-8")
    outcome = kb("ingest", small_corpus, "--home", small_home, "--json")
    report = json.loads(outcome.out)
    assert (report["added"], report["changed"], report["removed"]) == ([], ["repse-renewal"], ["ptu-share"])
    assert (report["unchanged"], report["embedded"]) == (["minimum-wage-2025", "minimum-wage-2026"], 1)
    assert report["generation"] == Home(small_home).live_id()


def test_a_check_counts_every_document_and_publishes_nothing(kb: Program, small_home: Path, small_corpus: Path) -> None:
    (small_corpus / "new.md").write_text("---\nid: new\ntopics: [ptu]\n---\n# New\n\nA sentence.\n", encoding="utf-8")
    outcome = kb("ingest", small_corpus, "--check", "--home", small_home)
    assert outcome.code == 0
    assert "ptu/share.md: ptu-share, 2 sections, 2 passages, 0 removals" in outcome.out
    assert "1 would be added: new" in outcome.out
    assert "nothing was published" in outcome.out
    assert len(Home(small_home).generation_ids()) == 1


def test_a_check_without_a_home_makes_none(kb: Program, small_corpus: Path) -> None:
    report = json.loads(kb("ingest", small_corpus, "--check", "--json", "--home", "home").out)
    assert not Path("home").exists()
    assert report["generation"] is None
    assert report["documents"][-1] == {
        "id": "repse-renewal", "path": "repse/renewal.md", "sections": 1, "passages": 1, "removals": 0,
    }  # fmt: skip


@pytest.mark.parametrize("options", [[], ["--check"]], ids=["ingest", "check"])
def test_all_faults_are_named_with_their_places_and_nothing_is_published(
    kb: Program, small_home: Path, small_corpus: Path, options: list[str]
) -> None:
    (small_corpus / "faulty.md").write_text(FAULTY, encoding="utf-8")
    (small_corpus / "notes.odt").write_text("no loader reads this", encoding="utf-8")
    outcome = kb("ingest", small_corpus, "--home", small_home, *options)
    assert outcome.code == 1
    assert "nothing was published" in outcome.err
    assert "faulty.md:3: topics" in outcome.err
    assert "faulty.md:4: colour: unknown key" in outcome.err
    assert "notes.odt: warning: no loader reads this format" in outcome.out
    assert len(Home(small_home).generation_ids()) == 1


def test_the_faults_of_a_refused_ingest_are_data_with_json(kb: Program, small_corpus: Path) -> None:
    (small_corpus / "faulty.md").write_text(FAULTY, encoding="utf-8")
    outcome = kb("ingest", small_corpus, "--json", "--home", "home")
    findings = json.loads(outcome.out)["findings"]
    assert outcome.code == 1
    assert {finding["line"] for finding in findings if finding["path"] == "faulty.md"} == {3, 4}


def test_findings_stand_before_the_summary_errors_first(kb: Program, small_corpus: Path) -> None:
    (small_corpus / "notes.odt").write_text("no loader reads this", encoding="utf-8")
    share = small_corpus / "ptu" / "share.md"
    share.write_text(
        share.read_text(encoding="utf-8").replace("topics:", "review_by: 2020-01-01\ntopics:"), encoding="utf-8"
    )
    lines = kb("ingest", small_corpus, "--home", "home").out.splitlines()
    assert "notes.odt: warning: no loader reads this format; the file is left out" in lines[:2]
    assert any(line.startswith("ptu/share.md: warning: review_by") for line in lines[:2])


@pytest.mark.parametrize("folder", ["nowhere", "empty", "file.md"])
def test_a_folder_that_can_not_be_ingested_is_refused(kb: Program, folder: str) -> None:
    Path("empty").mkdir()
    Path("file.md").write_text("# Not a folder\n", encoding="utf-8")
    outcome = kb("ingest", folder, "--home", "home")
    assert outcome.code == 1
    assert outcome.err.splitlines()[-1].startswith(("kb: ", "empty: "))
    assert Home("home").generation_ids() == []


def test_a_second_writer_is_refused_at_once(kb: Program, small_home: Path, small_corpus: Path) -> None:
    (small_corpus / "ptu" / "share.md").unlink()
    with Home(small_home).writing():
        outcome = kb("ingest", small_corpus, "--home", small_home)
    assert outcome.code == 1
    assert "another ingest" in outcome.err


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_home_that_can_not_be_written_is_refused(kb: Program, small_corpus: Path) -> None:
    Path("locked").mkdir(mode=0o500)
    outcome = kb("ingest", small_corpus, "--home", "locked/home")
    assert outcome.code == 1
    assert "can't be written" in outcome.err


def write_gate(corpus: Path, fact: str) -> None:
    case = {"id": "renewal", "question": QUESTION, "language": "en", "category": "repse", "expect": "answer"}
    (corpus / "_gate.jsonl").write_text(json.dumps({**case, "facts": [[fact]]}), encoding="utf-8")


def test_the_cases_beside_the_articles_are_asked_before_publishing(kb: Program, small_corpus: Path) -> None:
    write_gate(small_corpus, "three years")
    outcome = kb("ingest", small_corpus, "--home", "home")
    assert outcome.code == 0
    assert "gate" in outcome.err


def test_a_failing_case_refuses_the_generation(kb: Program, small_corpus: Path) -> None:
    write_gate(small_corpus, "five years")
    outcome = kb("ingest", small_corpus, "--home", "home")
    assert outcome.code == 1
    assert "renewal: misses five years" in outcome.err
    assert Home("home").generation_ids() == []


def test_no_gate_publishes_all_the_same(kb: Program, small_corpus: Path) -> None:
    write_gate(small_corpus, "five years")
    assert kb("ingest", small_corpus, "--no-gate", "--home", "home").code == 0
    assert Home("home").live_id()


def test_faulty_gate_cases_are_wrong_usage_and_build_nothing(kb: Program, small_corpus: Path) -> None:
    (small_corpus / "_gate.jsonl").write_text("{}", encoding="utf-8")
    outcome = kb("ingest", small_corpus, "--home", "home")
    assert outcome.code == 2
    assert "_gate.jsonl:1: id" in outcome.err
    assert Home("home").generation_ids() == []


@pytest.mark.parametrize("place", ["nowhere/report.json", "corpus", "corpus/ptu/share.md/report.md"])
@pytest.mark.parametrize("options", [[], ["--check"]], ids=["ingest", "check"])
def test_a_report_that_can_not_be_written_is_wrong_usage_and_publishes_nothing(
    kb: Program, small_corpus: Path, place: str, options: list[str]
) -> None:
    outcome = kb("ingest", small_corpus, "--home", "home", "--report", place, *options)
    assert (outcome.code, outcome.out) == (2, "")
    assert f"--report {place}: can't be written" in outcome.err
    assert not Path("home").exists()


@pytest.mark.parametrize("content", [None, "of before"])
def test_a_report_is_written_in_place_of_what_stood_there(kb: Program, small_corpus: Path, content: str | None) -> None:
    if content:
        Path("report.json").write_text(content, encoding="utf-8")
    assert kb("ingest", small_corpus, "--home", "home", "--report", "report.json").code == 0
    assert len(json.loads(Path("report.json").read_text(encoding="utf-8"))) == 4
