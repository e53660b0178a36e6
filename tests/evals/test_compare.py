import json
from pathlib import Path

import pytest

from evals.cases import Case
from evals.compare import SavedRun, compare_runs, read_run
from evals.metrics import CaseResult
from evals.run import run_as_json, run_set
from kb import KnowledgeBase
from kb.errors import UsageError
from tests.evals.results import abstained, failed, result
from tests.small_corpus import QUESTION


def saved(name: str, *results: CaseResult) -> SavedRun:
    return SavedRun(path=name, set_name="s", generation="g", model="m", results=results)


def test_a_difference_is_after_less_before_on_the_shared_cases() -> None:
    before = saved("old", result("a"), result("b", facts_found=0), result("only-old", facts_found=0))
    after = saved("new", result("a"), result("b"), result("only-new"))
    comparison = compare_runs(before, after)
    recall = next(row for row in comparison.differences if row.name == "fact_recall")
    assert (recall.before, recall.after, recall.change, recall.n) == (0.5, 1.0, 0.5, (2, 2))
    assert (comparison.cases, comparison.only_before, comparison.only_after) == (2, ("only-old",), ("only-new",))


def test_the_interval_is_of_pairs() -> None:
    # Half of the cases are hard in both runs: unpaired intervals would be wide, paired ones have no width at all.
    rows = [result(str(number), facts_found=number % 2) for number in range(60)]
    recall = compare_runs(saved("old", *rows), saved("new", *rows)).differences[0]
    assert recall.interval == (0.0, 0.0)
    assert not recall.is_clear


def test_a_difference_in_every_case_is_clear_and_in_one_of_many_is_not() -> None:
    wrong = [result(str(number), facts_found=0) for number in range(30)]
    right = [result(str(number)) for number in range(30)]
    assert compare_runs(saved("old", *wrong), saved("new", *right)).differences[0].is_clear
    assert not compare_runs(saved("old", *right), saved("new", wrong[0], *right[1:])).differences[0].is_clear


def test_a_measure_that_nothing_measures_has_no_interval() -> None:
    rows = compare_runs(saved("old", result()), saved("new", result())).differences
    assert next(row for row in rows if row.name == "document_hit").interval is None


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        (result(), abstained(), "does not answer"),
        (result(), failed(), "error"),
        (abstained(expect="abstain"), result(expect="abstain"), "answers"),
        (result(facts_found=2, facts_of=2), result(facts_found=1, facts_of=2), "facts 2 to 1 of 2"),
        (result(), result(forbidden=True), "says what it must not"),
        (result(), result(quotes_valid=1), "quotes that are not verbatim: 0 to 1"),
        (result(), result(statements_supported=0), "unsupported statements: 0 to 1"),
        (result(), result(notices_missing=1, notices_of=1), "missing notices: 0 to 1"),
        (result(document_hit=True), result(document_hit=False), "expected document not cited: 0 to 1"),
    ],
)
def test_a_case_got_worse_and_the_other_way_round_better(before: CaseResult, after: CaseResult, words: str) -> None:
    (change,) = compare_runs(saved("old", before), saved("new", after)).worse
    assert words in change.worse
    back = compare_runs(saved("old", after), saved("new", before))
    assert (len(back.better), len(back.worse)) == (1, 0)


def test_a_case_with_a_loss_and_a_gain_counts_as_worse() -> None:
    comparison = compare_runs(saved("old", result(forbidden=True)), saved("new", result(facts_found=0)))
    assert (len(comparison.worse), len(comparison.better)) == (1, 0)
    assert comparison.worse[0].better == ("no longer says what it must not",)


def test_equal_runs_change_no_case_whatever_their_latency() -> None:
    comparison = compare_runs(saved("old", result(latency_ms=1.0)), saved("new", result(latency_ms=9.0)))
    assert (comparison.worse, comparison.better) == ((), ())


def test_runs_without_a_common_case_are_refused() -> None:
    with pytest.raises(UsageError, match="no case in common"):
        compare_runs(saved("old", result("a")), saved("new", result("b")))


def test_a_run_that_was_written_can_be_read(small_base: KnowledgeBase, tmp_path: Path) -> None:
    case = Case.model_validate(
        {"id": "a", "question": QUESTION, "language": "en", "category": "c", "expect": "answer", "facts": [["years"]]}
    )
    run = run_set(small_base, "small", [case])
    file = tmp_path / "run.json"
    file.write_text(json.dumps(run_as_json(run)), encoding="utf-8")
    read = read_run(file)
    assert read.results == (run.scored[0].result,)
    assert (read.set_name, read.generation) == ("small", small_base.generation.id)


@pytest.mark.parametrize(
    "content", ["", "{}", "[]", '{"set": "s", "generation": "g", "model": "m", "cases": [{"id": "a"}]}']
)
def test_a_file_that_is_no_run_is_refused(tmp_path: Path, content: str) -> None:
    file = tmp_path / "run.json"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(UsageError, match="is not a run"):
        read_run(file)
