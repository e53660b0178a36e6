"""The mutation suite on its own statements: what is changed is caught, what is untouched passes, and the counts are right."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from evals.mutate import (
    LEAST_CAUGHT,
    MOST_FLAGGED,
    Claimed,
    flagged,
    kinds,
    measure,
    mutants,
    quoted_statements,
    rephrased_statements,
    table,
)
from kb import Filters, KnowledgeBase
from kb.text.language import detect_language
from tests.small_corpus import QUESTION, UNANSWERABLE


@pytest.fixture(scope="module")
def rephrased() -> list[Claimed]:
    return rephrased_statements()


def test_the_rephrased_statements_are_of_both_languages_and_across(rephrased: Sequence[Claimed]) -> None:
    pairs = {(detect_language(c.statement.text), detect_language(c.citations[0].quote)) for c in rephrased}
    assert len(rephrased) >= 60
    assert len(pairs) == 4


def test_hardly_a_change_of_a_rephrased_statement_passes(rephrased: Sequence[Claimed]) -> None:
    found = measure(rephrased)
    assert {row.kind for row in found if row.tried} == set(kinds())
    tried, passed = sum(row.tried for row in found), [text for row in found for text in row.passed]
    assert tried >= 400
    # A fuller measure, with the quoted statements, is `python -m evals.mutate`.
    assert len(passed) <= 0.02 * tried, passed


def test_hardly_an_untouched_statement_is_flagged(rephrased: Sequence[Claimed]) -> None:
    assert len(flagged(rephrased)) <= MOST_FLAGGED * len(rephrased)


def test_quoted_statements_of_answers_are_told_from_their_mutants(small_base: KnowledgeBase) -> None:
    quoted = quoted_statements(small_base, [(QUESTION, Filters()), (QUESTION, Filters()), (UNANSWERABLE, Filters())])
    assert len({claimed.statement.text for claimed in quoted}) == len(quoted) >= 1
    assert flagged(quoted) == []
    assert [text for row in measure(quoted) for text in row.passed] == []


@pytest.mark.parametrize("kind", kinds())
def test_a_mutant_differs_from_its_statement_and_is_the_same_in_every_run(
    kind: str, rephrased: Sequence[Claimed]
) -> None:
    made = [(claimed, mutants(kind, claimed)) for claimed in rephrased]
    assert any(found for _, found in made)
    for claimed, found in made:
        assert claimed.statement not in found
        assert found == mutants(kind, claimed)


def test_the_table_counts_and_says_whether_the_bounds_hold(
    rephrased: Sequence[Claimed], monkeypatch: pytest.MonkeyPatch
) -> None:
    text, holds = table("mine", rephrased[:3])
    assert text.startswith("mine: 3 statements")
    assert holds
    monkeypatch.setattr("evals.mutate.is_supported", lambda *_arguments: True)
    text, holds = table("mine", rephrased[:3])
    assert not holds
    assert LEAST_CAUGHT == 0.99


def test_the_set_is_in_the_folder_of_sets() -> None:
    assert Path("evals/sets/rephrased.jsonl").is_file()
