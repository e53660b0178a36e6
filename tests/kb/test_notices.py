from collections.abc import Iterator
from datetime import date

import pytest

from kb import Filters, KnowledgeBase
from kb.notices import notices_for, personal_data_notice
from kb.records import Authority, Language, Notice, NoticeKind
from tests.kb.asking import TODAY, answered, article, published

OVERDUE = article(
    "overdue", "# Renewing a REPSE registration\n\nA REPSE registration is renewed every three years.\n",
    topics="repse", more="review_by: 2026-11-21",
)  # fmt: skip
DUE_TODAY = article(
    "due-today", "# Aguinaldo\n\nThe aguinaldo is fifteen days of wages.\n", more="review_by: 2026-11-22"
)
OLD = article(
    "wage-2025", "# Minimum wage\n\nThe minimum wage is MXN 278.80 a day in 2025.\n",
    more="effective_from: 2025-01-01\neffective_to: 2026-01-01",
)  # fmt: skip
SALES = article(
    "sales",
    "# Overtime desk\n\nOur overtime desk is staffed at weekends.\n",
    topics="vendor-selection",
    authority="vendor",
)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KnowledgeBase]:
    with published(tmp_path_factory.mktemp("notices"), OVERDUE, DUE_TODAY, OLD, SALES) as opened_base:
        yield opened_base


def notices_on(base: KnowledgeBase, question: str, document: str, filters: Filters | None = None) -> list[Notice]:
    """Notices that speak of a document."""
    answer = answered(base, question, filters)
    numbers = {citation.number for citation in answer.citations if citation.document == document}
    assert numbers
    return [notice for notice in answer.notices if numbers & set(notice.citations)]


def test_a_source_past_its_review_date_is_noted(base: KnowledgeBase) -> None:
    (notice,) = notices_on(base, "How often is a REPSE registration renewed?", "overdue")
    assert notice.kind is NoticeKind.REVIEW_OVERDUE
    assert notice.text == "The review of this source is overdue: Renewing a REPSE registration (2026-11-21)."


def test_a_source_is_not_overdue_on_its_review_date(base: KnowledgeBase) -> None:
    assert notices_on(base, "How much is the aguinaldo, how many days of wages?", "due-today") == []


def test_law_that_is_no_longer_in_force_is_noted(base: KnowledgeBase) -> None:
    (notice,) = notices_on(base, "What is the minimum wage?", "wage-2025", Filters(as_of=date(2025, 6, 1)))
    assert notice.kind is NoticeKind.SUPERSEDED
    assert notice.text == "This was in force on 2025-06-01 and no longer is: Minimum wage (2026-01-01)."


def test_an_answer_from_vendors_alone_is_noted(base: KnowledgeBase) -> None:
    (notice,) = notices_on(
        base, "Is the overtime desk staffed at weekends?", "sales", Filters(authority=Authority.VENDOR)
    )
    assert notice.kind is NoticeKind.LOWER_AUTHORITY


def test_a_quote_from_under_a_wrong_heading_is_noted(base: KnowledgeBase) -> None:
    citation = answered(base, "How much is the aguinaldo, how many days of wages?").citations[0]
    for language, said in ((Language.EN, "under a heading"), (Language.ES, "bajo un título")):
        notices = notices_for([citation], base.generation, frozenset({1}), TODAY, TODAY, language)
        kinds = {notice.kind: notice for notice in notices}
        assert said in kinds[NoticeKind.MISPLACED].text
        assert kinds[NoticeKind.MISPLACED].citations == (1,)


@pytest.mark.parametrize(("language", "said"), [(Language.EN, "overdue"), (Language.ES, "vencida")])
def test_notices_are_in_the_questions_language(base: KnowledgeBase, language: Language, said: str) -> None:
    citation = answered(base, "How often is a REPSE registration renewed?", Filters(topic="repse")).citations[0]
    (notice,) = notices_for([citation], base.generation, frozenset(), TODAY, TODAY, language)
    assert said in notice.text


@pytest.mark.parametrize(
    ("language", "said"),
    [(Language.EN, "personal data (SSN, phone)"), (Language.ES, "datos personales (SSN, teléfono)")],
)
def test_each_kind_of_masked_data_is_named_once(language: Language, said: str) -> None:
    notice = personal_data_notice(["SSN", "phone", "SSN"], language)
    assert notice.kind is NoticeKind.PERSONAL_DATA
    assert said in notice.text
