"""`kb ingest --check` and `kb diff` show passages; `kb erase` tells what it did and proves it."""

import json
from pathlib import Path

from app.diff_text import diff_lines
from ingest.passage_diff import PassageChange, What
from kb.home import Home
from tests.app.conftest import Program


def change_renewal(corpus: Path) -> None:
    file = corpus / "repse" / "renewal.md"
    file.write_text(file.read_text(encoding="utf-8").replace("every three years", "every 3 years"), encoding="utf-8")


def test_a_check_shows_what_would_change_as_a_text_diff(kb: Program, small_home: Path, small_corpus: Path) -> None:
    change_renewal(small_corpus)
    (small_corpus / "ptu" / "share.md").rename(small_corpus / "ptu" / "moved.md")
    outcome = kb("ingest", small_corpus, "--check", "--home", small_home)
    assert "repse-renewal: passages 1 changed" in outcome.out
    assert "- A REPSE registration must be renewed every three years (LFT art. 15)." in outcome.out
    assert "+ A REPSE registration must be renewed every 3 years (LFT art. 15)." in outcome.out
    assert "1 would be renamed: ptu/share.md -> ptu/moved.md" in outcome.out
    assert "\x1b" not in outcome.out


def test_two_generations_are_compared_both_ways(kb: Program, small_home: Path, small_corpus: Path) -> None:
    change_renewal(small_corpus)
    assert kb("ingest", small_corpus, "--home", small_home).code == 0
    first, second = Home(small_home).generation_ids()
    shown = kb("diff", first, second, "--home", small_home)
    assert "+ A REPSE registration must be renewed every 3 years (LFT art. 15)." in shown.out
    assert "1 changed: repse-renewal\n3 unchanged" in shown.out
    back = json.loads(kb("diff", second, first, "--home", small_home, "--json").out)
    assert back["changed"] == ["repse-renewal"]
    assert "three years" in back["passages"][0]["after"]


def test_an_unknown_generation_is_refused(kb: Program, small_home: Path) -> None:
    outcome = kb("diff", "g000009-00000000", "g000001-00000000", "--home", small_home)
    assert outcome.code == 1
    assert "there is no generation" in outcome.err


def test_a_long_diff_is_cut_and_says_how_much(tmp_path: Path) -> None:
    changes = [
        PassageChange(
            what=What.ADDED, document="one", section=(f"Part {n}",), pinpoint=None, before=None, after="A new rule."
        )
        for n in range(50)
    ]
    lines = diff_lines(changes, most=21)
    assert len(lines) == 21
    assert lines[-1].text == "… 81 more lines on 40 more passages are not shown (all with --json)"
    assert [line.sign for line in lines[:3]] == ["=", "@", "+"]


def test_erasing_tells_what_went_and_warns_of_the_file(kb: Program, small_home: Path, small_corpus: Path) -> None:
    outcome = kb("erase", "ptu-share", "--home", small_home, "--folder", small_corpus)
    assert outcome.code == 0
    assert "ptu-share is erased" in outcome.out
    assert "none is left" in outcome.out
    assert "share.md still stands in the folder" in outcome.err
    again = kb("erase", "ptu-share", "--home", small_home)
    assert again.code == 1
    assert "no generation" in again.err


def test_a_trace_that_is_left_ends_with_1(kb: Program, small_home: Path) -> None:
    (small_home / "notes.txt").write_text(
        "A company must pay profit sharing (PTU) to its workers by 30 May of each year (LFT art. 122)."
    )
    outcome = kb("erase", "ptu-share", "--home", small_home, "--json")
    assert outcome.code == 1
    assert json.loads(outcome.out)["scan"]["found"] == ["notes.txt"]
    assert "traces of ptu-share are left in notes.txt" in outcome.err
