"""Addresses of the reader that were kept or mailed: editions that are gone, citations of an answer, pictures of pages."""

import re
import shutil
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime
from html import unescape
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from app.server import create_app
from ingest import publish
from kb.home import Home
from kb.knowledge_base import KnowledgeBase
from kb.receipts import Receipt, new_receipt_id, save_receipt
from kb.records import Answer, Citation, Document, Filters, Language, Status
from tests.app.printed import write_pdf
from tests.embedders import HashingEmbedder

FRONT = "---\nid: {}\nauthority: statute\njurisdiction: MX\ntopics: [labor]\nlanguage: en\nsource_url: https://example.org/law\n---\n"
STAYS = "A vacation of twelve days is owed after one year of service."
CHANGES = "A vacation of fourteen days is owed after two years of service."
BRIEF = "A vacation bonus of twenty five percent is owed with each vacation."
SIDECAR = "id: fees\nauthority: internal\njurisdiction: MX\ntopics: [tax]\nlanguage: en\nreviewed: 2026-01-01\n"


@dataclass(frozen=True, kw_only=True, slots=True)
class Kept:
    """A server whose first generation is gone, and a citation of each kind that its answer gave."""

    client: TestClient
    receipt: str
    first: str
    citations: tuple[Citation, ...]

    def get(self, cited: Citation, /, **values: str | int) -> str:
        """The page of a citation in English."""
        response = self.client.get(f"/documents/{cited.document}", params={"lang": "en", **values})
        assert response.status_code == 200
        return response.text

    def citation(self, quote: str) -> Citation:
        """The citation of that quote."""
        return next(one for one in self.citations if one.quote == quote)


def marks_of(page: str) -> list[str]:
    return [
        unescape(re.sub(r"<[^>]+>", "", mark)) for mark in re.findall(r'<mark class="quote".*?</mark>', page, re.DOTALL)
    ]


def save_answer(home: Path, quotes: list[tuple[str, str]]) -> Receipt:
    """A receipt of an answer that cites these words of these documents of the live generation."""
    with closing(KnowledgeBase.open(home, embedder=HashingEmbedder())) as base:
        citations = [
            cited(number, base.document(document), quote) for number, (document, quote) in enumerate(quotes, 1)
        ]
        generation = base.generation.id
    answer = Answer(
        status=Status.ANSWERED,
        question="What is owed?",
        language=Language.EN,
        as_of=date(2026, 1, 1),
        generation=generation,
        receipt=new_receipt_id(),
        citations=tuple(citations),
    )
    receipt = Receipt(
        id=answer.receipt or "",
        created=datetime.now(tz=UTC),
        generation=generation,
        model="hashing-256",
        question=answer.question,
        earlier=(),
        filters=Filters(),
        today=answer.as_of,
        evidence=(),
        answer=answer,
    )
    save_receipt(Home(home), receipt)
    return receipt


def cited(number: int, document: Document, quote: str) -> Citation:
    start = document.text.index(quote)
    return Citation(
        number=number,
        document=document.id,
        title=document.metadata.title,
        section=(),
        pinpoint=None,
        authority=document.metadata.authority,
        jurisdiction=document.metadata.jurisdiction,
        language=document.metadata.language,
        effective_from=None,
        reviewed=None,
        page=None,
        quote=quote,
        start=start,
        end=start + len(quote),
        source_url=None,
    )


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kept]:
    place = tmp_path_factory.mktemp("kept")
    (place / "corpus").mkdir()
    article = f"# Vacation\n\n## How long is the vacation?\n\n{STAYS} {CHANGES}\n"
    (place / "corpus" / "vacation.md").write_text(FRONT.format("vacation") + article, encoding="utf-8")
    (place / "corpus" / "bonus.md").write_text(
        FRONT.format("bonus") + f"# Vacation bonus\n\n{BRIEF}\n", encoding="utf-8"
    )
    write_pdf(place / "corpus" / "fees.pdf")
    (place / "corpus" / "fees.pdf.yaml").write_text(SIDECAR, encoding="utf-8")
    embedder = HashingEmbedder()
    publish(place / "corpus", place / "home", embedder=embedder)
    with TestClient(create_app(place / "home", embedder)) as client:
        receipt = save_answer(place / "home", [("vacation", STAYS), ("bonus", BRIEF), ("vacation", CHANGES)])
        article = f"# Vacation\n\nNew words come first.\n\n## How long is the vacation?\n\n{STAYS} {CHANGES.replace('fourteen', '14')}\n"
        (place / "corpus" / "vacation.md").write_text(FRONT.format("vacation") + article, encoding="utf-8")
        (place / "corpus" / "bonus.md").unlink()
        publish(place / "corpus", place / "home", embedder=embedder)
        shutil.rmtree(place / "home" / "generations" / receipt.generation)
        yield Kept(client=client, receipt=receipt.id, first=receipt.generation, citations=receipt.answer.citations)


def test_when_the_edition_is_gone_the_same_words_are_marked_in_the_present_text(kept: Kept) -> None:
    citation = kept.citation(STAYS)
    page = kept.get(
        citation,
        generation=kept.first,
        start=citation.start,
        end=citation.end,
        receipt=kept.receipt,
        citation=citation.number,
    )
    assert marks_of(page) == [STAYS]
    assert f"({kept.first}) is no longer kept" in page
    assert "stand in it unchanged" in page
    assert "New words come first" in page


def test_when_the_words_have_changed_nothing_is_marked_and_they_are_told(kept: Kept) -> None:
    citation = kept.citation(CHANGES)
    page = kept.get(
        citation,
        generation=kept.first,
        start=citation.start,
        end=citation.end,
        receipt=kept.receipt,
        citation=citation.number,
    )
    assert marks_of(page) == []
    assert f"They were: <q>{CHANGES}</q>" in page


def test_without_the_receipt_no_words_are_guessed(kept: Kept) -> None:
    citation = kept.citation(STAYS)
    page = kept.get(citation, generation=kept.first, start=citation.start, end=citation.end)
    assert marks_of(page) == []
    assert "can&#x27;t be told any more" in page
    assert "New words come first" in page


def test_the_receipt_alone_finds_the_words_in_the_present_text(kept: Kept) -> None:
    citation = kept.citation(STAYS)
    assert marks_of(kept.get(citation, receipt=kept.receipt, citation=citation.number)) == [STAYS]


def test_when_the_document_is_gone_too_its_words_are_still_told(kept: Kept) -> None:
    citation = kept.citation(BRIEF)
    values: dict[str, str | int] = {
        "generation": kept.first,
        "receipt": kept.receipt,
        "citation": citation.number,
        "lang": "en",
    }
    response = kept.client.get("/documents/bonus", params=values)
    assert response.status_code == 404
    assert f"<blockquote>{citation.quote}</blockquote>" in response.text


def test_the_citations_of_an_answer_lead_to_each_other(kept: Kept) -> None:
    numbers = [citation.number for citation in kept.citations]
    for citation in kept.citations:
        if citation.document != "vacation":
            continue
        page = kept.get(citation, receipt=kept.receipt, citation=citation.number)
        assert f"Citation {citation.number} of {len(numbers)}" in page
        trail = re.search(r'<nav class="trail".*?</nav>', page)
        assert trail is not None
        targets = [int(number) for number in re.findall(r"citation=(\d+)", trail.group())]
        assert targets == [number for number in (citation.number - 1, citation.number + 1) if number in numbers]


@pytest.mark.parametrize(
    ("receipt", "citation"),
    [
        (None, None),
        ("r20260101T000000-000000000000", "1"),
        ("../../etc/passwd", "1"),
        ("ours", "99"),
        ("ours", "x"),
        ("ours", None),
    ],
)
def test_without_a_receipt_that_fits_there_are_no_such_controls(
    kept: Kept, receipt: str | None, citation: str | None
) -> None:
    values = {"receipt": kept.receipt if receipt == "ours" else receipt, "citation": citation, "lang": "en"}
    response = kept.client.get("/documents/vacation", params={key: value for key, value in values.items() if value})
    assert response.status_code == 200
    assert 'class="trail"' not in response.text


def test_an_official_text_has_a_link_to_its_original_and_internal_guidance_has_none(kept: Kept) -> None:
    page = kept.client.get("/documents/vacation?lang=en").text
    assert 'class="original" href="https://example.org/law" rel="noopener noreferrer"' in page
    assert 'class="original"' not in kept.client.get("/documents/fees?lang=en").text


def test_a_pdf_is_shown_page_by_page_beside_its_text(kept: Kept) -> None:
    page = kept.client.get("/documents/fees?lang=en").text
    picture = re.search(r'<img src="([^"]+)"', page)
    assert picture is not None
    response = kept.client.get(unescape(picture[1]))
    assert response.status_code == 200
    assert response.content.startswith(b"\x89PNG")
    assert "immutable" in response.headers["cache-control"]
    assert "The fee is due on the first day of the month." in page
    assert "<img" not in kept.client.get("/documents/vacation").text


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("fees/pages/0.png", 404),
        ("fees/pages/3.png", 404),
        ("fees/pages/-1.png", 404),
        ("fees/pages/1e9.png", 404),
        ("fees/pages/1.png?scale=100", 400),
        ("fees/pages/1.png?scale=x", 400),
        ("fees/pages/1.png?generation=g000001-00000000", 404),
        ("fees/pages/1.png?generation=..%2F..", 404),
        ("vacation/pages/1.png", 404),
        ("nothing/pages/1.png", 404),
    ],
)
def test_a_picture_that_can_t_be_had_is_a_clear_error(kept: Kept, path: str, status: int) -> None:
    response = kept.client.get(f"/documents/{path}")
    assert response.status_code == status
    assert response.json()["error"]
