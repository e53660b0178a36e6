"""The reader's pages and the HTML of documents and answers, on hostile and on ordinary text."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from app.answer_html import given_html, rest_html
from app.asking import Turn
from app.document_html import contents_of, document_html, section_anchor, text_html
from app.server import create_app
from app.words import choose_language, words_of
from ingest import publish
from ingest.loaders.loaded import LoadedText
from ingest.loaders.markdown import find_headings
from ingest.structure import find_sections
from kb.records import (
    Answer,
    Authority,
    Citation,
    Document,
    Jurisdiction,
    Language,
    Metadata,
    NearestTopic,
    Notice,
    NoticeKind,
    Page,
    Span,
    Statement,
    Status,
    Topic,
)
from tests.embedders import HashingEmbedder

HOSTILE = '<script>alert(1)</script> <img src=x onerror="alert(2)"> ${1+1} {{value}} </mark></article>'
ARTICLE = f"""# Rules of the house

Opening words.

## First rule & others

A sentence of the first rule. Another one, {HOSTILE} at its end.

These things are needed:

- a first thing;
- a second thing
  that takes two lines;

1. Step one.
2. Step two.

| Year | Amount |
|------|--------|
| 2025 | 10 |

```
## not a heading
- not an item

code
```

## Last rule

The end.
"""
METADATA = Metadata(
    id="rules",
    title="Rules of the house",
    authority=Authority.STATUTE,
    jurisdiction=Jurisdiction.MX,
    topics=(Topic.LABOR,),
    language=Language.EN,
    source_url="javascript:alert(3)",
    effective_from=date(2025, 1, 1),
    review_by=date(2025, 6, 1),
)


def document_of(text: str, pages: tuple[Page, ...] = ()) -> Document:
    sections = find_sections(LoadedText(text=text, headings=find_headings(text)))
    return Document(
        metadata=METADATA, path="rules.md", content_hash="", text=text, sections=sections, pages=pages, passages=()
    )


class Reading(HTMLParser):
    """What a browser reads: the text, the marks, and the elements, which must be well nested."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.text = ""
        self.marks: list[str] = []
        self.elements: list[str] = []
        self._open: list[str] = []
        self.feed(page)
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        if tag not in ("meta", "link", "br", "img", "input"):
            self._open.append(tag)
        if tag == "mark":
            self.marks.append("")

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data
        if "mark" in self._open:
            self.marks[-1] += data


def folded(text: str) -> str:
    return " ".join(text.split())


def test_the_text_content_of_a_document_is_its_text() -> None:
    reading = Reading(document_html(document_of(ARTICLE)))
    assert reading.text == ARTICLE
    assert {"h2", "p", "ul", "li", "table", "th", "td", "pre"} <= set(reading.elements)
    assert not {"script", "img"} & set(reading.elements)


@pytest.mark.parametrize(
    "quote",
    [
        "A sentence of the first rule.",
        HOSTILE,
        "These things are needed:\n\n- a first thing;\n- a second thing\n  that takes two lines;",
        "2. Step two.",
        "| 2025 | 10 |",
        "one.\n2. Step",
        "needed:\n\n- a first",
    ],
)
def test_the_marks_together_are_the_quote(quote: str) -> None:
    start = ARTICLE.index(quote)
    reading = Reading(document_html(document_of(ARTICLE), Span(start=start, end=start + len(quote))))
    assert folded(" ".join(reading.marks)) == folded(quote)
    assert reading.text == ARTICLE


def test_only_the_first_mark_has_the_id() -> None:
    page = document_html(document_of(ARTICLE), Span(start=0, end=len(ARTICLE)))
    assert page.count('id="quote"') == 1
    assert page.index('id="quote"') < page.index('<mark class="quote">')


@given(
    text=st.lists(
        st.sampled_from(["# a", "## b", "", "- x", "1. y", "|a|b|", "|-|-|", "```", "words <b> & more", "  c", "· z"])
    ).map("\n".join),
    ends=st.tuples(st.integers(0, 60), st.integers(0, 60)),
)
def test_whatever_the_text_nothing_is_lost_and_the_marks_are_the_quote(text: str, ends: tuple[int, int]) -> None:
    start, end = (min(place, len(text)) for place in sorted(ends))
    reading = Reading(document_html(document_of(text), Span(start=start, end=end) if start < end else None))
    assert reading.text == text
    assert folded("".join(reading.marks)).replace(" ", "") == folded(text[start:end]).replace(" ", "")


def test_pages_are_labelled_where_they_begin() -> None:
    text = "One sentence on a page.\n\nAnother page.\n"
    document = document_of(text, (Page(number=1, start=0, end=23), Page(number=2, start=23, end=len(text))))
    page = document_html(document, page_labels={1: "Page 1", 2: "Page 2"})
    assert Reading(page).text == text
    assert '<span class="page" id="page-2" data-label="Page 2"></span>Another' in page
    linked = document_html(document, page_labels={1: "Page 1", 2: "Page 2"}, page_links={2: "?page=2"})
    assert '<a class="page" id="page-2" data-label="Page 2" href="?page=2" aria-label="Page 2"></a>Another' in linked
    assert Reading(linked).text == text


def test_the_table_of_contents_leads_to_the_sections() -> None:
    document = document_of(ARTICLE + "\n## Last rule\n\nAgain.\n")
    page = document_html(document)
    entries = contents_of(document)
    assert [entry.title for entry in entries][-2:] == ["Last rule", "Last rule"]
    assert len({entry.anchor for entry in entries}) == len(entries)
    assert all(f'id="{entry.anchor}"' in page for entry in entries)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """Two generations: `rules` was changed from the first to the second, `gone` is held by the first only."""
    place = tmp_path_factory.mktemp("reader")
    (place / "corpus").mkdir()
    front = "---\nid: {}\nauthority: statute\njurisdiction: MX\ntopics: [labor]\nlanguage: en\neffective_from: 2025-01-01\n{}---\n"
    rules = place / "corpus" / "rules.md"
    extra = "source_url: https://example.org/?a=1&b=2\neffective_to: 2025-06-01\nreview_by: 2025-05-01\nreviewed: 2025-02-01\n"
    rules.write_text(front.format("rules", extra) + ARTICLE, encoding="utf-8")
    (place / "corpus" / "gone.md").write_text(
        front.format("gone", "") + "# Gone\n\nIt will be gone.\n", encoding="utf-8"
    )
    embedder = HashingEmbedder()
    publish(place / "corpus", place / "home", embedder=embedder)
    (place / "corpus" / "gone.md").unlink()
    rules.write_text(front.format("rules", extra) + ARTICLE.replace("Opening", "Changed"), encoding="utf-8")
    publish(place / "corpus", place / "home", embedder=embedder)
    with TestClient(create_app(place / "home", embedder)) as client:
        yield client


@pytest.fixture(scope="module")
def first_generation(client: TestClient) -> str:
    present = client.get("/healthz").json()["generation"]
    folder = client.app.state.live.home.generations  # type: ignore[attr-defined]
    return str(next(entry.name for entry in folder.iterdir() if entry.name != present))


def test_a_page_shows_the_document_what_it_is_and_its_contents(client: TestClient) -> None:
    response = client.get("/documents/rules", params={"lang": "en"})
    reading = Reading(response.text)
    assert folded(ARTICLE.replace("Opening", "Changed")) in folded(reading.text)
    for shown in ("Statute", "Mexico", "1 January 2025", "1 June 2025 (that day no longer)", "1 May 2025 (overdue)"):
        assert shown in reading.text
    assert 'href="https://example.org/?a=1&amp;b=2" rel="noopener noreferrer"' in response.text
    assert "'unsafe" not in response.headers["content-security-policy"]
    assert "script" in reading.elements  # our own, from our own host
    assert "<script>" not in response.text


def test_a_page_speaks_the_language_asked_for_or_the_browser_s(client: TestClient) -> None:
    assert '<html lang="es"' in client.get("/documents/rules?lang=es").text
    browser = client.get("/documents/rules", headers={"Accept-Language": "fr, es-MX;q=0.8, en;q=0.7"}).text
    assert '<html lang="es"' in browser
    assert "1 de enero de 2025" in browser
    assert '<article id="text" lang="en">' in browser  # the text keeps its own language


def test_a_former_generation_is_shown_as_such_while_it_is_on_disk(client: TestClient, first_generation: str) -> None:
    page = client.get(f"/documents/rules?generation={first_generation}&lang=en").text
    assert "Opening words" in page
    assert "earlier edition" in page
    assert client.get(f"/documents/gone?generation={first_generation}").status_code == 200


@pytest.mark.parametrize(
    "path", ["gone", "gone?generation=g000007-aaaaaaaa", "rules?generation=..%2F..%2Fetc", "%3Cscript%3E"]
)
def test_what_is_not_there_is_a_clear_page(client: TestClient, path: str) -> None:
    response = client.get(f"/documents/{path}")
    assert response.status_code == 404
    assert "Not found" in response.text
    assert "<script>" not in response.text


@pytest.mark.parametrize("span", ["start=5&end=3", "start=-4&end=9", "start=0&end=999999", "start=a&end=b", "start=5"])
def test_a_span_that_is_not_in_the_text_is_said_and_nothing_is_marked(client: TestClient, span: str) -> None:
    response = client.get(f"/documents/rules?lang=en&{span}")
    assert response.status_code == 200
    assert "not in this text" in response.text
    assert "<mark" not in response.text


def test_the_list_names_every_document_under_its_subject(client: TestClient) -> None:
    page = client.get("/documents?lang=en").text
    assert "Labour" in page
    assert 'href="/documents/rules?lang=en"' in page
    assert "no longer in force since 1 June 2025" in page
    assert "Gone" not in page


def test_without_a_generation_the_pages_say_what_to_do(tmp_path: Path) -> None:
    with TestClient(create_app(tmp_path, HashingEmbedder())) as client:
        for path in ("/documents", "/documents/rules"):
            response = client.get(path)
            assert response.status_code == 503
            assert "kb ingest" in response.text


CITATION = Citation(
    number=1,
    document="rules",
    title=f"Rules {HOSTILE}",
    section=("First",),
    pinpoint="LFT art. 1",
    authority=Authority.STATUTE,
    jurisdiction=Jurisdiction.MX,
    language=Language.ES,
    effective_from=date(2025, 1, 1),
    reviewed=None,
    page=3,
    quote=f"Quote {HOSTILE}",
    start=1,
    end=20,
    source_url=None,
)
ANSWER = Answer(
    status=Status.ANSWERED,
    question="q",
    language=Language.EN,
    as_of=date(2026, 11, 22),
    generation="g000001-00000000",
    receipt="r1",
    statements=(Statement(text=CITATION.quote, citations=(1,)),),
    citations=(CITATION,),
    notices=(Notice(kind=NoticeKind.CONFLICT, text=HOSTILE, citations=(1,)),),
    understood_as=HOSTILE,
)


def turn_html(answer: Answer, language: Language) -> str:
    turn, words = Turn(question=HOSTILE, answer=answer), words_of(language)
    return given_html(turn, words) + rest_html(turn, lambda _document, _generation: None, words)


def test_an_answer_is_shown_with_markers_cards_notices_and_nothing_of_it_runs() -> None:
    page = turn_html(ANSWER, Language.EN)
    reading = Reading(page)
    assert not {"script", "img"} & set(reading.elements)
    for shown in (
        CITATION.quote,
        "Statute",
        "LFT art. 1",
        "in force since 1 January 2025",
        "page 3",
        "Sources disagree",
    ):
        assert shown in reading.text
    assert '<blockquote lang="es"' in page
    assert "start=1&amp;end=20&amp;receipt=r1&amp;citation=1&amp;lang=en#quote" in page


def test_each_item_of_a_list_has_its_own_marker() -> None:
    items = tuple(replace(CITATION, number=n, quote=f"Item {n}") for n in (1, 2, 3))
    answer = replace(
        ANSWER, statements=(Statement(text="Item 1 Item 2 Item 3", citations=(1, 2, 3)),), citations=items, notices=()
    )
    page = turn_html(answer, Language.EN)
    assert [re.sub(r"<[^>]+>", "", item) for item in re.findall(r"<li><p>.*?</li>", page)] == ["Item 2[2]", "Item 3[3]"]


def test_a_list_in_one_quote_is_shown_as_a_list_with_the_marker_at_its_lead_in() -> None:
    assert text_html("Needed:\n\n- one;\n- two.", "[1]") == (
        '<p>Needed:[1]</p>\n\n<ul class="bullets"><li><span hidden>- </span>one;</li>\n'
        "<li><span hidden>- </span>two.</li></ul>"
    )


def test_an_abstention_names_the_reason_and_links_the_nearest_subjects() -> None:
    answer = replace(
        ANSWER,
        status=Status.ABSTAINED,
        statements=(),
        citations=(),
        notices=(),
        reason=f"Nothing on {HOSTILE}",
        nearest=(NearestTopic(document="a/b", title="Near", section=("Part",)),),
    )
    page = turn_html(answer, Language.ES)
    assert "No está en la base de conocimiento" in page
    assert f"Nothing on {HOSTILE}" in Reading(page).text
    assert f'href="/documents/a%2Fb?generation=g000001-00000000&amp;lang=es#{section_anchor(("Part",))}"' in page


def test_both_languages_have_the_same_words_with_the_same_places_to_fill() -> None:
    english, spanish = words_of(Language.EN).texts, words_of(Language.ES).texts
    assert list(english) == list(spanish)
    for key, text in english.items():
        assert sorted(re.findall(r"\{\w*\}", text)) == sorted(re.findall(r"\{\w*\}", spanish[key])), key
    for kinds, group in ((Authority, "authority"), (NoticeKind, "notice"), (Topic, "topic"), (Language, "language")):
        assert {kind.value for kind in kinds} == set(words_of(Language.EN).group(group))


@pytest.mark.parametrize(
    ("asked", "header", "chosen"),
    [
        ("es", "en", "es"),
        ("xx", "es", "es"),
        (None, "de,en;q=0.5,es;q=0.9", "es"),
        (None, None, "en"),
        (None, ";;q=x,,es", "es"),
    ],
)
def test_the_language_is_the_one_asked_for_then_the_browser_s_then_english(
    asked: str | None, header: str | None, chosen: str
) -> None:
    assert choose_language(asked, header) == chosen
