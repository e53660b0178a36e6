"""Answers tell of sources that contradict each other, with both sides cited."""

from pathlib import Path

from kb import Filters
from kb.records import Answer, Language, Notice, NoticeKind
from tests.kb.asking import answered, article, published

QUESTION = "How much is the vacation premium?"
LAW = article("law", "# Vacation premium\n\nThe vacation premium is at least 25%.\n", authority="statute")
SALES = article("sales", "# Vacation premium\n\nThe vacation premium is at least 30%.\n", authority="vendor")


def conflicts(answer: Answer) -> list[Notice]:
    return [notice for notice in answer.notices if notice.kind is NoticeKind.CONFLICT]


def test_both_sides_are_cited_and_the_more_binding_one_is_named(tmp_path: Path) -> None:
    with published(tmp_path, LAW, SALES) as base:
        answer = answered(base, QUESTION)
        (notice,) = conflicts(answer)  # once, though each side contradicts the other
        cited = {c.number: c for c in answer.citations}
        assert {cited[number].document for number in notice.citations} == {"law", "sales"}
        assert "says 25%" in notice.text
        assert "says 30%" in notice.text
        assert notice.text.endswith("The first is more binding (statute).")
        for citation in answer.citations:
            assert base.document(citation.document).text[citation.start : citation.end] == citation.quote


def test_the_notice_is_in_the_language_of_the_question(tmp_path: Path) -> None:
    law = article("ley", "# Prima\n\nLa prima vacacional es de al menos 25%.\n", authority="statute", language="es")
    sales = article("venta", "# Prima\n\nLa prima vacacional es de al menos 30%.\n", language="es")
    with published(tmp_path, law, sales) as base:
        answer = answered(base, "¿De cuánto es la prima vacacional?")
        assert answer.language is Language.ES
        assert "Las fuentes se contradicen: «Prima» dice 25%" in conflicts(answer)[0].text
        assert "Obliga más la primera (ley)." in conflicts(answer)[0].text


def test_sources_that_agree_and_sources_out_of_force_give_no_conflict(tmp_path: Path) -> None:
    same = article("same", "# Vacation premium\n\nThe vacation premium is at least 25%.\n")
    old = article(
        "old", "# Vacation premium\n\nThe vacation premium is at least 20%.\n", more="effective_to: 2026-01-01"
    )
    with published(tmp_path, LAW, same, old) as base:
        assert conflicts(answered(base, QUESTION)) == []


def test_a_vendor_that_is_asked_alone_is_set_against_nothing_it_may_not_see(tmp_path: Path) -> None:
    with published(tmp_path, LAW, SALES) as base:
        answer = answered(base, QUESTION, Filters(authority="vendor"))
        assert {citation.document for citation in answer.citations} == {"sales"}
        assert [notice.kind for notice in answer.notices] == [NoticeKind.LOWER_AUTHORITY]


def test_a_past_day_is_said_and_what_replaced_the_text_is_named(tmp_path: Path) -> None:
    old = article(
        "wage-2025",
        "# Wage in 2025\n\nThe minimum wage is MXN 278.80 a day in 2025.\n",
        more="effective_to: 2026-01-01",
    )
    new = article(
        "wage-2026", "# Wage in 2026\n\nThe minimum wage is MXN 315.04 a day in 2026.\n",
        more="effective_from: 2026-01-01\nsupersedes: [wage-2025]",
    )  # fmt: skip
    with published(tmp_path, old, new, LAW) as base:
        (notice,) = answered(base, "How much is the minimum wage?", Filters(as_of="2025-06-01")).notices
        assert notice.text == (
            "This was in force on 2025-06-01 and no longer is: Wage in 2025 (2026-01-01), replaced by Wage in 2026."
        )
        (notice,) = answered(base, QUESTION, Filters(as_of="2026-06-01")).notices
        assert notice.kind is NoticeKind.SUPERSEDED
        assert "The law of 2026-06-01 was asked for" in notice.text
        assert "don't state since when they hold" in notice.text


RATES = [
    article("one", "# PTU rate\n\nThe PTU rate is 8% of taxable profit.\n", topics="ptu"),
    article("two", "# PTU rate now\n\nThe PTU rate is 12% of taxable profit.\n", topics="ptu"),
]
ASKED = "What is the PTU rate of taxable profit?"


def test_two_sources_of_one_rank_contradict_each_other_once(tmp_path: Path) -> None:
    with published(tmp_path, *RATES) as base:
        notices = answered(base, ASKED).notices
    assert [notice.kind for notice in notices] == [NoticeKind.CONFLICT]


def test_what_is_replaced_is_neither_quoted_nor_in_conflict(tmp_path: Path) -> None:
    newer = article("two", RATES[1].split("---\n", 2)[2], topics="ptu", more="supersedes: [one]")
    with published(tmp_path, RATES[0], newer) as base:
        answer = answered(base, ASKED)
    assert {citation.document for citation in answer.citations} == {"two"}
    assert answer.notices == ()


def test_a_replaced_document_that_alone_tells_is_quoted_with_a_notice(tmp_path: Path) -> None:
    newer = article("later", "# Garden\n\nRoses are cut in spring.\n", topics="tax", more="supersedes: [one]")
    with published(tmp_path, RATES[0], newer) as base:
        answer = answered(base, ASKED, Filters(topic="ptu"))
    (notice,) = answer.notices
    assert notice.kind is NoticeKind.SUPERSEDED
    assert "PTU rate → Garden" in notice.text
