import json
from datetime import date
from pathlib import Path

import pytest

from evals.cases import read_cases
from kb.errors import UsageError

CASE = {
    "id": "ptu-rate-en",
    "question": "What is the rate?",
    "history": [],
    "language": "en",
    "category": "ptu",
    "as_of": None,
    "expect": "answer",
    "facts": [["10%", "ten percent"]],
    "forbidden": ["15%"],
    "documents": [],
    "notices": [],
}


def write_set(folder: Path, *cases: object) -> Path:
    file = folder / "set.jsonl"
    file.write_text("\n".join(json.dumps(case, ensure_ascii=False) for case in cases) + "\n", encoding="utf-8")
    return file


def test_a_case_is_read_as_the_contract_says(tmp_path: Path) -> None:
    (case,) = read_cases(write_set(tmp_path, {**CASE, "as_of": "2025-06-01", "history": ["First?"]}))
    assert (case.id, case.facts, case.as_of, case.history) == (
        "ptu-rate-en", (("10%", "ten percent"),), date(2025, 6, 1), ("First?",),
    )  # fmt: skip


def test_other_keys_are_kept(tmp_path: Path) -> None:
    (case,) = read_cases(write_set(tmp_path, {**CASE, "gold": "Ten percent."}))
    assert case.model_dump()["gold"] == "Ten percent."


def test_keys_with_a_default_may_be_left_out(tmp_path: Path) -> None:
    short = {key: CASE[key] for key in ("id", "question", "language", "category", "expect")}
    (case,) = read_cases(write_set(tmp_path, short))
    assert (case.history, case.facts, case.as_of) == ((), (), None)


def test_the_half_follows_from_the_id_alone(tmp_path: Path) -> None:
    # SHA-256 of "a" begins with c (even), of "b" with 3 (odd).
    first, second = read_cases(write_set(tmp_path, {**CASE, "id": "a"}, {**CASE, "id": "b"}))
    assert (first.half, second.half) == ("fit", "report")


def test_all_faults_are_named_with_their_lines(tmp_path: Path) -> None:
    faulty = {**CASE, "id": "x", "expect": "maybe", "language": "fr"}
    file = write_set(tmp_path, CASE, CASE, faulty, {**CASE, "id": "y", "as_of": "yesterday"})
    file.write_text(file.read_text(encoding="utf-8") + "{not json\n", encoding="utf-8")
    with pytest.raises(UsageError) as caught:
        read_cases(file)
    message = str(caught.value)
    for part in (":2: id:", ":3: expect", ":3: language", ":4: as_of", ":5: Invalid JSON"):
        assert f"{file}{part}" in message


@pytest.mark.parametrize(
    "day", [0, 86400, "0", "1793491200", "20261101", "2026-W01-1", "2026-11-01T00:00:00", "", True, "２０２６-11-01"]
)
def test_a_day_is_taken_in_one_form_only(tmp_path: Path, day: object) -> None:
    with pytest.raises(UsageError) as caught:
        read_cases(write_set(tmp_path, {**CASE, "as_of": day}))
    assert str(caught.value).endswith(f"set.jsonl:1: as_of: {day!r} is no date; write it as 2026-11-01")


@pytest.mark.parametrize(
    ("facts", "fault"),
    [
        ([[""]], "facts.0.0: '' holds nothing to look for"),
        ([["10%"], ["ten", "*"]], "facts.1.1: '*' holds nothing to look for"),
        ([[]], "facts.0: this fact has no spelling; write one, or take the fact out"),
    ],
)
def test_a_faulty_fact_is_one_fault(tmp_path: Path, facts: object, fault: str) -> None:
    file = write_set(tmp_path, {**CASE, "facts": facts})
    with pytest.raises(UsageError) as caught:
        read_cases(file)
    assert str(caught.value) == f"the set has faults:\n{file}:1: {fault}"


@pytest.mark.parametrize(
    ("key", "value"), [("facts", [[""]]), ("facts", [[]]), ("facts", [["*"]]), ("forbidden", ["~"])]
)
def test_a_fact_that_every_answer_would_hold_is_a_fault(tmp_path: Path, key: str, value: object) -> None:
    with pytest.raises(UsageError, match=key):
        read_cases(write_set(tmp_path, {**CASE, key: value}))


def test_a_line_separator_inside_a_question_does_not_end_the_line(tmp_path: Path) -> None:
    (case,) = read_cases(write_set(tmp_path, {**CASE, "question": "What\u2028is it?"}))
    assert case.question == "What\u2028is it?"


@pytest.mark.parametrize("content", ["", "\n\n"])
def test_a_set_without_cases_is_refused(tmp_path: Path, content: str) -> None:
    file = tmp_path / "empty.jsonl"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(UsageError, match="holds no case"):
        read_cases(file)


def test_a_missing_file_is_refused_with_its_name(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"nowhere\.jsonl"):
        read_cases(tmp_path / "nowhere.jsonl")


def test_the_set_of_the_project_can_be_read() -> None:
    cases = read_cases(Path(__file__).parents[2] / "evals" / "sets" / "staff.jsonl")
    assert len(cases) == 180
    assert {case.half for case in cases} == {"fit", "report"}
