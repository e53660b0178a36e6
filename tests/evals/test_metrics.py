from typing import Any

import pytest

from evals.metrics import measures_of, totals
from tests.evals.results import abstained, failed, result


def value(name: str, *results: Any) -> float:
    return measures_of(results)[name].value


def test_fact_recall_is_over_all_facts_of_cases_that_expect_an_answer() -> None:
    rows = [
        result(facts_found=1, facts_of=4),
        result(facts_found=2, facts_of=2),
        abstained(expect="abstain", facts_of=9),
    ]
    assert value("fact_recall", *rows) == 0.5


def test_an_abstention_and_an_error_find_none_of_their_facts() -> None:
    assert value("fact_recall", result(), abstained(), failed(), abstained(facts_of=1)) == 0.25


def test_forbidden_rate_is_of_all_cases() -> None:
    assert value("forbidden_rate", result(forbidden=True), result(), abstained(expect="abstain"), failed()) == 0.25


def test_abstention_is_counted_both_ways() -> None:
    rows = [abstained(expect="abstain"), result(expect="abstain"), abstained(), result(), result()]
    assert value("abstention_precision", *rows) == 0.5
    assert value("abstention_recall", *rows) == 0.5
    assert value("false_abstention_rate", *rows) == pytest.approx(1 / 3)


def test_an_error_is_neither_an_answer_nor_an_abstention() -> None:
    rows = [failed(expect="abstain"), failed(), abstained(expect="abstain")]
    assert value("abstention_precision", *rows) == 1.0
    assert value("abstention_recall", *rows) == 0.5
    assert value("false_abstention_rate", *rows) == 0.0
    assert value("errors", *rows) == 2


def test_quotes_and_statements_are_counted_one_by_one() -> None:
    rows = [result(quotes_valid=1, quotes_of=4, statements_supported=1, statements_of=2), abstained()]
    assert value("quote_validity", *rows) == 0.25
    assert value("statement_support", *rows) == 0.5


def test_document_hit_is_of_cases_that_name_a_document() -> None:
    rows = [result(document_hit=True), result(document_hit=False), failed(document_hit=False), result()]
    found = measures_of(rows)["document_hit"]
    assert found.value == pytest.approx(1 / 3)
    assert found.n == 3


def test_notice_recall_is_of_expected_notices() -> None:
    assert value("notice_recall", result(notices_of=3, notices_missing=1), result()) == pytest.approx(2 / 3)


def test_latency_leaves_errors_out() -> None:
    found = measures_of([result(latency_ms=10.0), result(latency_ms=30.0), failed()])
    assert (found["latency_ms_p50"].value, found["latency_ms_p50"].n) == (20.0, 2)


def test_a_measure_without_cases_has_n_zero_and_no_interval() -> None:
    found = measures_of([])
    assert {measure.n for measure in found.values()} == {0}
    assert {measure.interval for measure in found.values()} == {None}
    assert totals([])["cases"] == 0


def test_an_interval_holds_the_value_and_is_the_same_in_every_run() -> None:
    rows = [result(facts_found=number % 2, facts_of=1) for number in range(40)]
    first, second = measures_of(rows)["fact_recall"], measures_of(rows)["fact_recall"]
    assert first.interval == second.interval
    assert first.interval is not None
    assert first.interval[0] < 0.5 < first.interval[1]


def test_facts_told_early_are_of_those_of_cases_in_which_they_were_counted() -> None:
    rows = [result(facts_early=1, facts_of=2), result(facts_early=None, facts_of=9), abstained(facts_of=2)]
    assert measures_of(rows)["fact_recall_early"].value == pytest.approx(1 / 4)
    assert measures_of(rows)["fact_recall_early"].n == 4


def test_totals_are_plain_numbers_with_n_and_interval_beside_them() -> None:
    found = totals([result(), abstained(expect="abstain")])
    assert set(found) >= {
        "cases", "errors", "fact_recall", "forbidden_rate", "abstention_precision", "abstention_recall",
        "false_abstention_rate", "quote_validity", "statement_support", "document_hit", "latency_ms_p50", "latency_ms_p95",
    }  # fmt: skip
    numbers = {name: number for name, number in found.items() if name not in ("n", "interval")}
    assert all(isinstance(number, int | float) for number in numbers.values())
    assert isinstance(found["n"], dict)
    assert found["n"].keys() == numbers.keys() - {"cases"}
    assert isinstance(found["interval"], dict)
    assert found["interval"]["fact_recall"] == [1.0, 1.0]


def test_premise_alarms_are_of_answers_outside_traps() -> None:
    rows = [result(premise_alarm=True), result(), result(category="trap", premise_alarm=True), abstained()]
    assert value("premise_alarm_rate", *rows) == 0.5
