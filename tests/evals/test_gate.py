from pathlib import Path

import pytest

from evals.cases import Case
from evals.gate import Threshold, breaches, read_thresholds
from evals.metrics import CaseResult
from evals.run import Run, Scored
from kb.errors import UsageError
from tests.evals.results import result

ROOT = Path(__file__).parents[2]
FIT, REPORT = "a", "b"  # by the SHA-256 of the id


def run_of(*results: CaseResult) -> Run:
    def case(identifier: str) -> Case:
        return Case(id=identifier, question="?", language="en", category="c", expect="answer")  # type: ignore[arg-type]

    scored = tuple(
        Scored(case=case(row.id), answer=None, found=(), missed=(), forbidden=(), result=row) for row in results
    )
    return Run(set_name="s", generation="g", model="m", scored=scored)


def test_a_measure_on_its_bound_keeps_it() -> None:
    run = run_of(result(FIT, facts_found=1, facts_of=2))
    assert breaches(run, {"fact_recall": Threshold(min=0.5, max=0.5)}) == []


def test_every_breach_is_named_with_value_bound_and_n() -> None:
    run = run_of(result(FIT, facts_found=1, facts_of=2, forbidden=True))
    assert breaches(run, {"fact_recall": Threshold(min=0.8), "forbidden_rate": Threshold(max=0.0)}) == [
        "fact_recall is 0.5 on all cases (n = 2), less than 0.8",
        "forbidden_rate is 1 on all cases (n = 1), more than 0",
    ]


def test_with_both_halves_only_the_reporting_half_is_judged() -> None:
    wrong, right = {"facts_found": 0}, {"facts_found": 1}
    threshold = {"fact_recall": Threshold(min=1.0)}
    assert breaches(run_of(result(FIT, **wrong), result(REPORT, **right)), threshold) == []
    assert breaches(run_of(result(FIT, **right), result(REPORT, **wrong)), threshold) == [
        "fact_recall is 0 on the reporting half (n = 1), less than 1"
    ]


def test_a_measure_without_cases_is_not_judged() -> None:
    assert breaches(run_of(result(FIT)), {"document_hit": Threshold(max=0.0)}) == []


@pytest.mark.parametrize(
    ("content", "part"),
    [
        ("recall: {min: 1}", "unknown measure; known are errors, fact_recall"),
        ("fact_recall: {least: 1}", "fact_recall.least"),
        ("fact_recall: {min: high}", "fact_recall.min"),
        ("fact_recall: {min: .nan}", "fact_recall.min: nan is no bound; write a number, or leave the bound out"),
        ("fact_recall: {max: .NaN}", "fact_recall.max: nan is no bound"),
        ("fact_recall: {min: -.inf}", "fact_recall.min: -inf is no bound"),
        ("fact_recall: {max: .inf}", "fact_recall.max: inf is no bound"),
        ("- fact_recall", "dictionary"),
        ("fact_recall: [", "can't be read"),
    ],
)
def test_a_faulty_file_is_refused_with_the_fault(tmp_path: Path, content: str, part: str) -> None:
    file = tmp_path / "gate.yaml"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(UsageError) as caught:
        read_thresholds(file)
    assert part in str(caught.value)
    assert str(file) in str(caught.value)


def test_the_gate_of_the_project_holds_the_promises() -> None:
    thresholds = read_thresholds(ROOT / "evals" / "gate.yaml")
    assert thresholds["quote_validity"].min == 1.0
    assert thresholds["statement_support"].min == 1.0
    assert thresholds["errors"].max == 0
