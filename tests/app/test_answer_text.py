from dataclasses import replace
from datetime import date

from app.answer_text import answer_as_text, hit_as_text
from kb.records import (
    Answer,
    Authority,
    Citation,
    Hit,
    Jurisdiction,
    Language,
    Metadata,
    NearestTopic,
    Notice,
    NoticeKind,
    Passage,
    Statement,
    Status,
    Topic,
)  # fmt: skip

CITATION = Citation(
    number=1, document="ptu-share", title="Profit sharing", section=("Rate",), pinpoint="LFT art. 120",
    authority=Authority.STATUTE, jurisdiction=Jurisdiction.MX, language=Language.EN, effective_from=None, reviewed=None,
    page=None, quote="The rate is 10%.", start=5, end=21, source_url=None,
)  # fmt: skip
ANSWER = Answer(
    status=Status.ANSWERED, question="?", language=Language.EN, as_of=date(2026, 11, 22), generation="g1", receipt="r1",
    statements=(Statement(text="The rate is 10%.", citations=(1,)),), citations=(CITATION,),
)  # fmt: skip
PASSAGE = Passage(
    id="p", document_id="ptu-share", ordinal=0, section=("Rate",), pinpoint=None, language=Language.EN, page=3, start=5,
    end=21, text="The\nrate is 10%.", units=(),
)  # fmt: skip
METADATA = Metadata(
    id="ptu-share", title="Profit sharing", authority=Authority.STATUTE, jurisdiction=Jurisdiction.MX,
    topics=(Topic.PTU,), language=Language.EN,
)  # fmt: skip


def test_a_quote_that_is_the_statement_is_not_repeated() -> None:
    assert answer_as_text(ANSWER) == (
        "The rate is 10%. [1]\n\n[1] Profit sharing · LFT art. 120 · statute\n    ptu-share:5-21\n\n"
        "As of 2026-11-22, generation g1, receipt r1"
    )


def test_a_statement_of_several_quotes_has_all_markers_and_shows_each_quote() -> None:
    second = replace(CITATION, number=2, quote="Monthly.", start=30, end=38)
    joined = Statement(text="The rate is 10%. Monthly.", citations=(1, 2))
    text = answer_as_text(replace(ANSWER, statements=(joined,), citations=(CITATION, second)))
    assert text.startswith("The rate is 10%. Monthly. [1][2]\n")
    assert 'ptu-share:5-21\n    "The rate is 10%."' in text
    assert 'ptu-share:30-38\n    "Monthly."' in text


def test_a_citation_tells_since_when_it_holds_when_it_was_reviewed_its_page_and_its_address() -> None:
    dated = replace(
        CITATION,
        effective_from=date(2021, 4, 24),
        reviewed=date(2026, 11, 1),
        page=7,
        source_url="https://example.org/lft",
    )
    text = answer_as_text(replace(ANSWER, citations=(dated,)))
    assert "· statute · in force since 2021-04-24 · reviewed 2026-11-01 · p. 7\n" in text
    assert "\n    https://example.org/lft\n" in text


def test_notices_name_their_citations_also_beside_an_abstention() -> None:
    notice = Notice(kind=NoticeKind.SUPERSEDED, text="No longer in force.", citations=(1,))
    shown = "Notice (superseded): No longer in force. [1]"
    assert shown in answer_as_text(replace(ANSWER, notices=(notice,)))
    silent = replace(ANSWER, status=Status.ABSTAINED, statements=(), citations=(), reason="Nothing.", notices=(notice,))
    assert shown in answer_as_text(silent)


def test_an_abstention_names_the_nearest_subjects() -> None:
    nearest = (NearestTopic(document="ptu-share", title="Profit sharing", section=("Rate", "In 2026")),)
    silent = replace(ANSWER, status=Status.ABSTAINED, statements=(), citations=(), reason="Nothing.", nearest=nearest)
    assert answer_as_text(silent).startswith(
        "No answer: Nothing.\n\nNearest subjects:\n- Profit sharing › Rate › In 2026 (ptu-share)\n\n"
    )


def test_without_a_receipt_none_is_named() -> None:
    assert answer_as_text(replace(ANSWER, receipt=None)).endswith("As of 2026-11-22, generation g1")


def test_a_hit_shows_its_place_page_and_text_on_one_line() -> None:
    assert hit_as_text(2, Hit(passage=PASSAGE, score=0.5), METADATA) == (
        "2. Profit sharing › Rate · statute · p. 3\n   ptu-share:5-21  score 0.500\n   The rate is 10%."
    )


def test_a_long_hit_is_cut_between_words() -> None:
    long = replace(PASSAGE, text="word " * 200)
    assert hit_as_text(1, Hit(passage=long, score=0.5), METADATA).endswith("word word …")
