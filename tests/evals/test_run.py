import json
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from evals.cases import Case
from evals.metrics import EARLY
from evals.run import Run, run_as_json, run_set, score_answer, score_case
from kb import KnowledgeBase
from kb.records import Answer, Citation, Language, Notice, NoticeKind, Statement, Status
from tests.small_corpus import QUESTION, UNANSWERABLE


def case(**changes: Any) -> Case:
    known = {"id": "a", "question": QUESTION, "language": "en", "category": "repse", "expect": "answer"}
    return Case.model_validate({**known, "facts": [["three years"]], **changes})


def answer(base: KnowledgeBase, quote: str = "must be renewed every three years", **changes: Any) -> Answer:
    """An answer that quotes the small corpus."""
    document = base.document("repse-renewal")
    start = document.text.index(quote)
    citation = Citation(
        number=1, document=document.id, title="", section=(), pinpoint=None, authority=document.metadata.authority,
        jurisdiction=document.metadata.jurisdiction, language=Language.EN, effective_from=None, reviewed=None, page=None,
        quote=quote, start=start, end=start + len(quote), source_url=None,
    )  # fmt: skip
    given = Answer(
        status=Status.ANSWERED, question=QUESTION, language=Language.EN, as_of=date(2026, 11, 22), generation="g",
        receipt=None, statements=(Statement(text=quote, citations=(1,)),), citations=(citation,),
    )  # fmt: skip
    return replace(given, **changes)


def test_facts_found_and_missed_go_by_their_first_spelling(small_base: KnowledgeBase) -> None:
    scored = score_answer(small_base, case(facts=[["3 years", "three years"], ["STPS"]]), answer(small_base), 1.0)
    assert (scored.found, scored.missed) == (("3 years",), ("STPS",))
    assert scored.faults == ("misses STPS",)


def test_notices_count_as_part_of_the_answer(small_base: KnowledgeBase) -> None:
    notice = Notice(kind=NoticeKind.REVIEW_OVERDUE, text="The review by the STPS is overdue.")
    scored = score_answer(small_base, case(facts=[["STPS"]]), answer(small_base, notices=(notice,)), 1.0)
    assert scored.found == ("STPS",)


def test_an_abstention_finds_no_fact_whatever_it_says(small_base: KnowledgeBase) -> None:
    notice = Notice(kind=NoticeKind.PERSONAL_DATA, text="three years")
    silent = answer(
        small_base, status=Status.ABSTAINED, statements=(), citations=(), notices=(notice,), reason="three years"
    )
    scored = score_answer(small_base, case(), silent, 1.0)
    assert (scored.found, scored.missed) == ((), ("three years",))
    assert scored.faults == ("does not answer", "misses three years")


def test_the_reason_of_an_abstention_is_no_part_of_the_answer(small_base: KnowledgeBase) -> None:
    silent = answer(small_base, status=Status.ABSTAINED, statements=(), citations=(), reason="Nothing on Toronto.")
    assert score_answer(small_base, case(expect="abstain", facts=[], forbidden=["Toronto"]), silent, 1.0).faults == ()


def test_facts_of_the_first_statements_are_counted(small_base: KnowledgeBase) -> None:
    given = answer(small_base)
    later = (Statement(text="nothing", citations=(1,)),) * EARLY
    for statements, early in ((given.statements, 1), ((*later, *given.statements), 0)):
        scored = score_answer(small_base, case(facts=[["three years"]]), replace(given, statements=statements), 1.0)
        assert (scored.result.facts_found, scored.result.facts_early) == (1, early)


def test_what_must_not_be_said_is_named(small_base: KnowledgeBase) -> None:
    scored = score_answer(small_base, case(forbidden=["two years", "renewed"]), answer(small_base), 1.0)
    assert scored.forbidden == ("renewed",)
    assert scored.result.forbidden
    assert scored.faults == ("says renewed",)


def test_an_altered_quote_is_not_valid(small_base: KnowledgeBase) -> None:
    right = answer(small_base)
    altered = replace(right.citations[0], quote="must be renewed every three yearS")
    scored = score_answer(small_base, case(), replace(right, citations=(altered,)), 1.0)
    assert (scored.result.quotes_valid, scored.result.quotes_of) == (0, 1)


def test_a_number_that_no_citation_holds_is_not_supported(small_base: KnowledgeBase) -> None:
    invented = (Statement(text="must be renewed every 4 years", citations=(1,)),)
    scored = score_answer(small_base, case(), answer(small_base, statements=invented), 1.0)
    assert (scored.result.statements_supported, scored.result.statements_of) == (0, 1)


@pytest.mark.parametrize(("documents", "hit"), [([], None), (["repse-renewal", "x"], True), (["x"], False)])
def test_a_document_is_hit_when_one_of_those_named_is_cited(
    small_base: KnowledgeBase, documents: list[str], hit: bool | None
) -> None:
    assert score_answer(small_base, case(documents=documents), answer(small_base), 1.0).result.document_hit is hit


def test_expected_notices_that_are_missing_are_counted(small_base: KnowledgeBase) -> None:
    notice = Notice(kind=NoticeKind.SUPERSEDED, text="old")
    scored = score_answer(
        small_base, case(notices=["superseded", "conflict"]), answer(small_base, notices=(notice,)), 1.0
    )
    assert (scored.result.notices_missing, scored.result.notices_of) == (1, 2)
    assert scored.faults == ("lacks 1 of the notices superseded, conflict",)


def test_an_answered_unanswerable_case_is_a_fault(small_base: KnowledgeBase) -> None:
    scored = score_answer(small_base, case(expect="abstain", facts=[]), answer(small_base), 1.0)
    assert scored.faults == ("answers, though no source does",)


def test_a_question_that_can_not_be_asked_is_an_error_not_an_end(small_base: KnowledgeBase) -> None:
    scored = score_case(small_base, case(question="?" * 5000, documents=["x"], notices=["conflict"]))
    assert scored.result.error is not None
    assert "5,000 characters" in scored.result.error
    assert scored.missed == ("three years",)
    assert scored.result.document_hit is False


def test_an_unexpected_error_of_a_case_is_counted_and_the_run_goes_on(
    small_base: KnowledgeBase, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    ask = KnowledgeBase.ask

    def failing(base: KnowledgeBase, question: str, **options: Any) -> Answer:
        if "vendor" in question:
            raise ZeroDivisionError(question)
        return ask(base, question, **options)

    monkeypatch.setattr(KnowledgeBase, "ask", failing)
    cases = [case(question="Which vendor?", documents=["x"]), case(id="b"), case(id="c", history=["A vendor?"])]
    run = run_set(small_base, "small", cases)
    assert [scored.result.error for scored in run.scored] == [
        "unexpected ZeroDivisionError", None, "unexpected ZeroDivisionError",
    ]  # fmt: skip
    assert run.scored[0].faults[0] == "error: unexpected ZeroDivisionError"
    totals = run_as_json(run)["totals"]
    assert (totals["cases"], totals["errors"]) == (3, 2)
    assert totals["fact_recall"] == pytest.approx(1 / 3, abs=1e-4)
    assert "in failing" in caplog.text, "where it happened is logged"
    assert "Which vendor?" not in caplog.text


def test_a_case_is_asked_on_its_date(small_base: KnowledgeBase) -> None:
    question = "What is the general minimum wage a day in 2025?"
    scored = score_case(small_base, case(question=question, as_of="2025-06-01", facts=[["278.80"]]))
    assert scored.answer is not None
    assert scored.answer.as_of == date(2025, 6, 1)


def test_earlier_questions_are_asked_first_and_leave_no_receipt(small_base: KnowledgeBase) -> None:
    followed = score_case(small_base, case(history=[QUESTION], question="And how long before it ends?"))
    assert followed.answer is not None
    assert followed.answer.understood_as is not None
    assert "REPSE" in followed.answer.understood_as
    assert not small_base.home.receipts.exists()


def test_a_run_asks_every_case_in_order_and_keeps_no_receipt(small_base: KnowledgeBase) -> None:
    told: list[tuple[int, int]] = []
    cases = [case(), case(id="b", question=UNANSWERABLE, expect="abstain", facts=[], category="none")]
    run = run_set(small_base, "small", cases, lambda done, of: told.append((done, of)))
    assert [scored.case.id for scored in run.scored] == ["a", "b"]
    assert [scored.faults for scored in run.scored] == [(), ()]
    assert told == [(0, 2), (1, 2)]
    assert not small_base.home.receipts.exists()


def test_the_json_of_a_run_is_the_contract_s(small_base: KnowledgeBase) -> None:
    cases = [case(), case(id="b", question=UNANSWERABLE, expect="abstain", facts=[], category="none", language="es")]
    saved = json.loads(json.dumps(run_as_json(run_set(small_base, "small", cases))))
    assert saved.keys() >= {"totals", "by_category", "by_language", "cases"}
    assert saved["by_category"].keys() == {"repse", "none"}
    assert saved["by_language"].keys() == {"en", "es"}
    assert saved["by_category"]["repse"].keys() == saved["totals"].keys()
    assert [row["id"] for row in saved["cases"]] == ["a", "b"]
    first = saved["cases"][0]
    assert first.keys() >= {"id", "expect", "answer", "found", "missed"}
    assert "must be renewed every three years" in first["answer"]
    assert (first["expect"], first["found"], first["missed"]) == ("answer", ["three years"], [])
    assert saved["by_half"]["fit"]["cases"] + saved["by_half"]["report"]["cases"] == 2


def test_a_run_without_cases_has_totals_too() -> None:
    assert run_as_json(Run(set_name="none", generation="g", model="m", scored=()))["totals"]["cases"] == 0
