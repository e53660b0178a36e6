import json
from pathlib import Path

import pytest

from tests.app.conftest import Program
from tests.small_corpus import QUESTION, UNANSWERABLE

RENEWAL = {"question": QUESTION, "language": "en", "category": "repse", "expect": "answer", "facts": [["three years"]]}
CASES = [
    {"id": "a", **RENEWAL},
    {"id": "b", **RENEWAL, "facts": [["three years"], ["five years"]]},
    {"id": "silence", **RENEWAL, "question": UNANSWERABLE, "facts": [], "expect": "abstain", "category": "none"},
]


@pytest.fixture
def cases(tmp_path: Path) -> Path:
    file = tmp_path / "set.jsonl"
    file.write_text("\n".join(map(json.dumps, CASES)), encoding="utf-8")
    return file


def test_a_run_prints_every_measure_with_n_and_interval_for_both_halves(
    kb: Program, small_home: Path, cases: Path
) -> None:
    outcome = kb("eval", "run", cases, "--home", small_home)
    assert outcome.code == 0
    head = next(line for line in outcome.out.splitlines() if "All cases" in line)
    assert "Fit half (weights fitted on it)" in head
    assert "Reporting half (not fitted on)" in head
    recall = next(line for line in outcome.out.splitlines() if line.startswith("fact_recall"))
    assert "0.667 [" in recall
    assert "(n = 3)" in recall
    assert "asking 0 of 3" in outcome.err


def test_a_run_writes_the_contract_s_json_and_a_page_into_new_folders(
    kb: Program, small_home: Path, cases: Path, tmp_path: Path
) -> None:
    json_file, html_file = tmp_path / "new" / "run.json", tmp_path / "other" / "run.html"
    assert kb("eval", "run", cases, "--home", small_home, "--json", json_file, "--html", html_file).code == 0
    run = json.loads(json_file.read_text(encoding="utf-8"))
    assert run["totals"]["cases"] == 3
    assert run["totals"]["abstention_recall"] == 1.0
    assert run["cases"][1]["missed"] == ["five years"]
    assert "five years" in html_file.read_text(encoding="utf-8")


def test_a_kept_gate_ends_with_0(kb: Program, small_home: Path, cases: Path) -> None:
    Path("gate.yaml").write_text("quote_validity: {min: 1}\n", encoding="utf-8")
    assert kb("eval", "run", cases, "--home", small_home, "--gate", "gate.yaml").code == 0


def test_a_breach_is_named_and_ends_with_1_after_the_files_are_written(
    kb: Program, small_home: Path, cases: Path
) -> None:
    Path("gate.yaml").write_text("fact_recall: {min: 0.99}\nlatency_ms_p50: {max: 0}\n", encoding="utf-8")
    outcome = kb("eval", "run", cases, "--home", small_home, "--gate", "gate.yaml", "--json", "run.json")
    assert outcome.code == 1
    assert "gate.yaml: fact_recall is 0.5 on the reporting half (n = 2), less than 0.99" in outcome.err
    assert "gate.yaml: latency_ms_p50" in outcome.err
    assert Path("run.json").is_file()


@pytest.mark.parametrize("option", ["--json", "--html", "--gate"])
def test_what_is_wrong_with_the_call_is_said_before_the_run(
    kb: Program, small_home: Path, cases: Path, option: str
) -> None:
    outcome = kb("eval", "run", cases, "--home", small_home, option, small_home)
    assert outcome.code == 2
    assert "asking" not in outcome.err


@pytest.mark.parametrize("option", ["--json", "--html"])
@pytest.mark.parametrize("place", ["set.jsonl/run", "/proc/nowhere/run", "/proc/run", "n" * 300])
def test_a_place_that_can_not_be_written_is_wrong_usage_before_the_run(
    kb: Program, small_home: Path, cases: Path, option: str, place: str
) -> None:
    outcome = kb("eval", "run", cases, "--home", small_home, option, place)
    assert (outcome.code, outcome.out) == (2, "")
    assert f"{option} {place}: " in outcome.err
    assert "asking" not in outcome.err


@pytest.mark.parametrize("name", ["set.jsonl", "./new/../set.jsonl", "link.jsonl", "gate.yaml"])
@pytest.mark.parametrize("option", ["--json", "--html"])
def test_a_run_does_not_overwrite_what_it_reads(
    kb: Program, small_home: Path, cases: Path, option: str, name: str
) -> None:
    gate = Path("gate.yaml")
    gate.write_text("quote_validity: {min: 1}\n", encoding="utf-8")
    Path("link.jsonl").symlink_to(cases)
    before = cases.read_bytes(), gate.read_bytes()
    outcome = kb("eval", "run", cases, "--home", small_home, "--gate", gate, option, name)
    assert outcome.code == 2
    assert "would overwrite" in outcome.err
    assert (cases.read_bytes(), gate.read_bytes()) == before


def test_one_file_does_not_take_both_forms_of_a_run(kb: Program, small_home: Path, cases: Path) -> None:
    outcome = kb("eval", "run", cases, "--home", small_home, "--json", "run", "--html", "./run")
    assert outcome.code == 2
    assert not Path("run").exists()


def test_personal_data_in_a_question_is_in_no_file_of_a_run(kb: Program, small_home: Path, cases: Path) -> None:
    asked = {"id": "123-45-6789", **RENEWAL, "question": f"My SSN is 536-22-8726. {QUESTION}"}
    cases.write_text(json.dumps(asked), encoding="utf-8")
    assert kb("eval", "run", cases, "--home", small_home, "--json", "run.json", "--html", "run.html").code == 0
    for file in map(Path, ("run.json", "run.html")):
        written = file.read_text(encoding="utf-8")
        assert "536-22-8726" not in written
        assert QUESTION in written
        assert "123-45-6789" in written, "an id stays as it is"


def test_a_run_needs_a_generation(kb: Program, cases: Path) -> None:
    outcome = kb("eval", "run", cases, "--home", "nothing", "--json", "run.json")
    assert outcome.code == 1
    assert "run `kb ingest`" in outcome.err
    assert not Path("run.json").exists()


@pytest.fixture
def two_runs(kb: Program, small_home: Path, cases: Path) -> tuple[str, str]:
    """A run, and one in which a case got worse, one got better, and one is new."""
    kb("eval", "run", cases, "--home", small_home, "--json", "before.json")
    changed = [
        {**CASES[0], "facts": [["five years"]]},
        {**CASES[1], "facts": [["three years"], ["three"]]},
        {"id": "new", **RENEWAL},
    ]
    cases.write_text("\n".join(map(json.dumps, changed)), encoding="utf-8")
    kb("eval", "run", cases, "--home", small_home, "--json", "after.json")
    return "before.json", "after.json"


def test_a_comparison_names_measures_and_cases(kb: Program, two_runs: tuple[str, str]) -> None:
    outcome = kb("eval", "compare", *two_runs)
    assert outcome.code == 0
    assert "2 cases in both" in outcome.out
    assert next(line for line in outcome.out.splitlines() if line.startswith("fact_recall")).split()[1:3] == [
        "0.667",
        "0.667",
    ]
    assert "1 cases got worse\n  a: facts 1 to 0 of 1" in outcome.out
    assert "1 cases got better\n  b: facts 1 to 2 of 2" in outcome.out
    assert "Only in after.json: new" in outcome.out


def test_a_comparison_as_json(kb: Program, two_runs: tuple[str, str]) -> None:
    comparison = json.loads(kb("eval", "compare", *two_runs, "--json").out)
    assert [change["id"] for change in comparison["worse"]] == ["a"]
    assert comparison["differences"][0]["name"] == "fact_recall"


def test_runs_of_two_sets_are_compared_with_a_warning(kb: Program, small_home: Path, cases: Path) -> None:
    kb("eval", "run", cases, "--home", small_home, "--json", "before.json")
    cases.rename("renamed.jsonl")
    kb("eval", "run", "renamed.jsonl", "--home", small_home, "--json", "after.json")
    outcome = kb("eval", "compare", "before.json", "after.json")
    assert outcome.code == 0
    assert "two sets" in outcome.err
