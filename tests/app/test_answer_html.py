"""How statements, notices and footnotes are shown: in words, with both sides, the original first."""

import re
from dataclasses import replace
from datetime import date

import pytest

from app.answer_copy import as_markdown, as_text, footnote
from app.answer_html import given_html
from app.asking import Turn
from app.evidence_html import is_quoted
from app.words import words_of
from kb.records import (
    Answer,
    Authority,
    Citation,
    Jurisdiction,
    Language,
    Notice,
    NoticeKind,
    Statement,
    Status,
)

LAW = Citation(
    number=1, document="lft", title="Ley Federal del Trabajo", section=(), pinpoint="LFT art. 122", authority=Authority.STATUTE,
    jurisdiction=Jurisdiction.MX, language=Language.ES, effective_from=date(1970, 5, 1), reviewed=None, page=None,
    quote="El reparto deberá efectuarse dentro de los sesenta días siguientes.", start=0, end=67, source_url=None,
)  # fmt: skip
BROCHURE = replace(
    LAW, number=2, document="brochure", title="Payroll made simple", pinpoint=None, authority=Authority.VENDOR,
    language=Language.EN, effective_from=None, reviewed=date(2026, 11, 1), page=3, quote="PTU is paid in December.", end=24,
)  # fmt: skip
ANSWER = Answer(
    status=Status.ANSWERED, question="When?", language=Language.EN, as_of=date(2026, 11, 24),
    generation="g000001-00000000", receipt="r1", statements=(Statement(text=BROCHURE.quote, citations=(2,)),),
    citations=(LAW, BROCHURE),
)  # fmt: skip


def shown(answer: Answer, language: Language = Language.EN) -> str:
    return given_html(Turn(question=answer.question, answer=answer), words_of(language))


def said(text: str, *numbers: int) -> Answer:
    return replace(ANSWER, statements=(Statement(text=text, citations=numbers),))


@pytest.mark.parametrize(
    ("text", "quotes", "quoted"),
    [
        ("PTU is paid in December.", ["PTU is paid in December."], True),
        ("PTU is  paid\nin December.", ["PTU is paid in December."], True),
        ("Needed: one; two", ["Needed:", "one;", "two"], True),
        ("PTU is paid in January.", ["PTU is paid in December."], False),
        ("Never: PTU is paid in December.", ["PTU is paid in December."], False),
        ("PTU", [], False),
    ],
)
def test_a_statement_is_quoted_only_where_it_is_made_of_its_quotes(text: str, quotes: list[str], quoted: bool) -> None:
    assert is_quoted(text, [replace(BROCHURE, quote=quote) for quote in quotes]) is quoted


def test_words_of_the_source_and_other_words_are_told_apart() -> None:
    assert ">Quoted</span>" in shown(ANSWER)
    assert ">Supported</span>" in shown(said("In December PTU is paid.", 2))
    assert ">Con sustento</span>" in shown(said("In December PTU is paid.", 2), Language.ES)


def test_a_translation_stands_below_the_original_and_is_called_unofficial() -> None:
    page = shown(said("It has to be paid within sixty days.", 1))
    original, unofficial, translation = (
        page.index(part) for part in (LAW.quote, "Unofficial translation", "It has to be paid")
    )
    assert original < unofficial < translation
    assert f'<blockquote class="original" lang="es">{LAW.quote}' in page
    assert "Unofficial" not in shown(said(LAW.quote, 1))
    assert "Unofficial" not in shown(said("It has to be paid within sixty days.", 1, 2))


def test_sources_that_disagree_stand_side_by_side_before_the_answer() -> None:
    notice = Notice(kind=NoticeKind.CONFLICT, text="They disagree.", citations=(1, 2))
    page = shown(replace(ANSWER, notices=(notice,)))
    assert page.index("Sources disagree") < page.index('class="statements"')
    sides = re.findall(r"<li>.*?</li>", page.split('class="sides"')[1].split("</ul>")[0])
    assert ["Statute" in sides[0], "Vendor text" in sides[1]] == [True, True]
    assert ['data-source="1"' in sides[0], 'data-source="2"' in sides[1]] == [True, True]
    assert LAW.quote in sides[0]


@pytest.mark.parametrize("kind", list(NoticeKind))
@pytest.mark.parametrize("language", list(Language))
def test_every_kind_of_notice_is_a_box_of_its_own_with_its_citations(kind: NoticeKind, language: Language) -> None:
    page = shown(replace(ANSWER, notices=(Notice(kind=kind, text="Take care.", citations=(2,)),)), language)
    box = page.split(f"notice-{kind.value}")[1]
    assert words_of(language)(f"notice.{kind.value}") in box
    assert 'data-source="2"' in box


def test_a_footnote_is_written_as_people_write_it() -> None:
    article = replace(BROCHURE, title="PTU profit sharing", pinpoint="LFT art. 127 fr. VIII", page=None)
    assert footnote(article, words_of(Language.EN)) == "LFT art. 127 fr. VIII; PTU profit sharing, reviewed 1 Nov 2026."
    assert (
        footnote(article, words_of(Language.ES)) == "LFT art. 127 fr. VIII; PTU profit sharing, revisado el 1 nov 2026."
    )
    assert footnote(BROCHURE, words_of(Language.EN)) == "Payroll made simple, p. 3, reviewed 1 Nov 2026."


def test_a_copy_carries_the_quotes_that_its_statements_do_not_say() -> None:
    text = as_text(said("It has to be paid within sixty days.", 1), words_of(Language.EN))
    assert f"“{LAW.quote}”" in text
    assert "Law as of 24 November 2026 · Edition g000001-00000000 · Receipt r1" in text


def test_a_copy_says_what_is_not_answered_and_begins_each_statement_with_a_capital() -> None:
    answer = replace(said("it is paid within sixty days.", 1), note="The knowledge base holds nothing on: Chile.")
    for copied in (as_text(answer, words_of(Language.EN)), as_markdown(answer, words_of(Language.EN))):
        assert copied.startswith("It is paid")
        assert "The knowledge base holds nothing on: Chile." in copied


def test_markdown_shows_hostile_text_as_text() -> None:
    hostile = "# *x* <img> [a](javascript:1)\n- item\n1. one\n> quote `code` | cell"
    markdown = as_markdown(said(hostile, 2), words_of(Language.EN))
    body = markdown.split("[^2]")[0]
    assert body == (
        "\\# \\*x\\* \\<img\\> \\[a\\](javascript:1)  \n\\- item  \n1\\. one  \n\\> quote \\`code\\` \\| cell"
    )
