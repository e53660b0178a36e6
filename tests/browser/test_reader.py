"""The reader in a real browser: quotes where they stand, the way between citations, find in the text, printed pages."""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html import unescape
from time import monotonic
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest

from app.words import words_of
from kb.records import Language
from tests.browser.conftest import LONGEST_WAIT_MS, Open
from tests.browser.test_pages import CAP, folded, has_no_sideways_scroll, marked_words, panel_of

if TYPE_CHECKING:
    from playwright.sync_api import FrameLocator, Page

pytestmark = pytest.mark.browser
ANSWERS = 50
PDF_QUESTION = "Which patient programs can be served from Mexico?"
BOTH = pytest.mark.parametrize("locale", ["en-US", "es-MX"])
# Where the marks stand in the text that the page holds, in characters as Python counts them, and whether they can be seen.
MARKS = """() => {
    const text = document.getElementById("text");
    const marks = [...text.querySelectorAll("mark.quote")];
    if (!marks.length) return null;
    const length = (set) => { const range = document.createRange(); range.setStart(text, 0); set(range); return [...range.toString()].length; };
    const box = marks[0].getClientRects()[0];
    const top = document.elementFromPoint(box.left + 3, box.top + 3);
    return {
        start: length((range) => range.setEndBefore(marks[0])), end: length((range) => range.setEndAfter(marks.at(-1))),
        words: marks.map((mark) => mark.textContent).join(" "), seen: marks[0].contains(top) || top === marks[0],
    };
}"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Asker:
    """Asks the site over its API."""

    site: str

    def ask(self, question: str) -> dict[str, Any]:
        """The answer as JSON."""
        body = json.dumps({"question": question}).encode()
        request = Request(f"{self.site}/api/ask", body, {"Content-Type": "application/json"})  # noqa: S310  our own
        return dict(json.loads(urlopen(request, timeout=60).read()))  # noqa: S310

    def get(self, path: str) -> str:
        """The body of a page or of JSON."""
        return str(urlopen(self.site + path, timeout=60).read().decode())  # noqa: S310

    def questions(self) -> Iterator[str]:
        """What the documents' own headings ask."""
        for path in re.findall(r'href="(/documents/[^"?]+)\?', self.get("/documents?lang=en")):
            document = json.loads(self.get(f"/api{unescape(path)}"))
            yield from (section["path"][-1] for section in document["sections"] if section["path"])


def address_of(answer: dict[str, Any], citation: dict[str, Any], language: str = "en") -> str:
    values = {
        "generation": answer["generation"], "start": citation["start"], "end": citation["end"],
        "receipt": answer["receipt"], "citation": citation["number"], "lang": language,
    }  # fmt: skip
    return f"/documents/{citation['document']}?{urlencode(values)}#quote"


def wait_until(page: "Page", condition: str) -> None:
    """Playwright's own waiting for a condition is forbidden by the pages' security policy."""
    deadline = monotonic() + LONGEST_WAIT_MS / 1000
    while not page.evaluate(condition):
        assert monotonic() < deadline, condition
        page.wait_for_timeout(50)


@pytest.fixture
def asker(site: str) -> Asker:
    return Asker(site=site)


@pytest.mark.timeout(1200)
def test_every_citation_of_50_answers_is_marked_exactly_where_it_stands(visit: Open, asker: Asker) -> None:
    answers = []
    for question in asker.questions():
        answer = asker.ask(question)
        if answer["status"] == "answered":
            answers.append(answer)
    assert len(answers) >= ANSWERS
    kinds: Counter[str] = Counter()
    misaligned = []
    page = visit("/documents").page
    seen: set[tuple[str, int, int]] = set()
    for answer in answers:
        for citation in answer["citations"]:
            place = (citation["document"], citation["start"], citation["end"])
            if place in seen:
                continue
            seen.add(place)
            page.goto(asker.site + address_of(answer, citation))
            wait_until(page, "document.activeElement.id === 'quote'")
            shown = page.evaluate(MARKS)
            boxes = page.locator(".boxes rect").count()
            kinds[format_of(page, citation)] += 1
            exact = shown and (shown["start"], shown["end"]) == place[1:] and shown["seen"]
            same = shown and folded(shown["words"]) == folded(citation["quote"])
            if not (exact and same) or (citation["page"] is not None and not boxes):
                misaligned.append((place, shown, boxes))
    assert misaligned == []
    print(f"{sum(kinds.values())} citations of {len(answers)} answers, 0 misaligned: {dict(kinds)}")  # noqa: T201
    assert set(kinds) == {"Markdown", "HTML", "PDF"}


def format_of(page: "Page", citation: dict[str, Any]) -> str:
    if citation["document"] == "html-article":
        return "HTML"
    return "PDF" if page.locator(".sheet").count() else "Markdown"


@BOTH
def test_the_citations_of_an_answer_are_walked_through_and_back_and_reload_work(
    visit: Open, asker: Asker, locale: str
) -> None:
    answer = asker.ask(PDF_QUESTION)
    first, second = answer["citations"][:2]
    words = words_of(Language(locale[:2]))
    page = visit(address_of(answer, first, locale[:2]), locale=locale).page
    count = len(answer["citations"])
    assert page.get_by_text(words("reader.citation_of", number=1, count=count)).is_visible()
    page.locator(".trail a[rel=next]").click()
    page.get_by_text(words("reader.citation_of", number=2, count=count)).wait_for()
    assert marked_words(page) == folded(second["quote"])
    page.reload()
    assert marked_words(page) == folded(second["quote"])
    page.go_back()
    page.get_by_text(words("reader.citation_of", number=1, count=count)).wait_for()
    assert marked_words(page) == folded(first["quote"])


def test_a_mailed_address_shows_the_same_words_to_somebody_else(visit: Open, asker: Asker) -> None:
    answer = asker.ask(CAP)
    citation = answer["citations"][0]
    sender = visit(address_of(answer, citation))
    mailed = sender.page.url.removeprefix(sender.site)
    assert marked_words(visit(mailed, locale="es-MX", width=360, height=740).page) == folded(citation["quote"])


def test_the_panel_follows_the_trail_and_stays_with_its_answer(visit: Open) -> None:
    chat = visit()
    chat.ask(PDF_QUESTION)
    chat.page.locator(".statements .marker").first.click()
    panel = panel_of(chat)
    panel.locator(".trail a[rel=next]").click()
    panel.get_by_text("Citation 2 of").wait_for()
    chat.page.locator('.card.open[data-source="2"]').wait_for()
    assert "citation=2" in (chat.page.locator("#kb-reader .own-tab").get_attribute("href") or "")


def find_box(reader: "Page | FrameLocator") -> Callable[[str], str]:
    """Types into the box and gives what it tells."""

    def find(words: str) -> str:
        reader.locator(".find input").fill(words)
        return reader.locator(".find output").inner_text()

    return find


def painted(page: "Page", name: str) -> list[str]:
    found: list[str] = page.evaluate(
        "name => [...(CSS.highlights.get(name) || [])].map(range => range.toString())", name
    )
    return found


@BOTH
def test_words_are_found_without_regard_to_case_accents_and_lines(visit: Open, locale: str) -> None:
    page = visit(f"/documents/ptu-cap-es?lang={locale[:2]}", locale=locale).page
    find = find_box(page)
    words = words_of(Language(locale[:2]))
    assert find("ULTIMOS  tres anos") == find("últimos tres años") != words("reader.find_none")
    assert find("zzzz") == words("reader.find_none")
    assert page.locator(".find button").first.is_disabled()
    assert find("ptu").startswith(words("reader.find_count", n=1, c=0, count=0).split(" ")[0])
    assert {found.lower() for found in painted(page, "kb-found")} == {"ptu"}


def test_found_places_are_walked_through_with_the_keyboard(visit: Open) -> None:
    page = visit("/documents/ptu-cap?lang=en", height=500).page
    page.keyboard.press("Control+f")
    assert page.locator(".find input").evaluate("input => document.activeElement === input")
    page.keyboard.type("months")
    told = page.locator(".find output")
    count = int(told.inner_text().split(" of ")[1])
    assert count >= 2
    assert told.inner_text() == f"1 of {count}"
    page.keyboard.press("Enter")
    assert told.inner_text() == f"2 of {count}"
    assert painted(page, "kb-current") == ["months"]
    assert page.evaluate("""() => { const box = [...CSS.highlights.get("kb-current")][0].getBoundingClientRect();
        return box.top > 40 && box.bottom < innerHeight; }""")
    page.keyboard.press("Shift+Enter")
    page.keyboard.press("Shift+Enter")
    assert told.inner_text() == f"{count} of {count}"  # round the end
    page.locator("body").click(position={"x": 5, "y": 300})
    page.keyboard.press("F3")
    assert told.inner_text() == f"1 of {count}"
    page.locator(".find input").focus()
    page.keyboard.press("Escape")
    assert told.inner_text() == ""
    assert painted(page, "kb-found") == []


def test_words_are_found_in_the_panel_and_escape_closes_it_only_when_the_box_is_empty(visit: Open) -> None:
    chat = visit()
    chat.ask(CAP)
    chat.page.locator(".statements .marker").first.click()
    panel = panel_of(chat)
    panel.locator("#quote:focus").wait_for()
    chat.page.keyboard.press("Control+f")
    chat.page.keyboard.type("salary")
    assert re.fullmatch(r"\d+ of \d+", panel.locator(".find output").inner_text())
    chat.page.keyboard.press("Escape")
    assert chat.page.locator("#kb-reader .panel").is_visible()
    chat.page.keyboard.press("Escape")
    chat.page.locator("#kb-reader .panel").wait_for(state="hidden")


@BOTH
def test_a_printed_page_is_shown_with_its_quote_boxed_and_can_be_enlarged(
    visit: Open, asker: Asker, locale: str
) -> None:
    answer = asker.ask(PDF_QUESTION)
    citation = next(one for one in answer["citations"] if one["page"] is not None)
    page = visit(address_of(answer, citation, locale[:2]), locale=locale, width=1400).page
    picture = page.locator(".sheet img")
    wait_until(page, "document.querySelector('.sheet img').naturalWidth > 0")
    boxes = [box.bounding_box() for box in page.locator(".boxes rect").all()]
    frame = picture.bounding_box()
    assert frame is not None
    assert all(box and frame["x"] < box["x"] and box["x"] + box["width"] < frame["x"] + frame["width"] for box in boxes)
    narrow = frame["width"]
    words = words_of(Language(locale[:2]))
    for _ in range(5):
        page.get_by_role("button", name=words("reader.zoom_in")).click()
    assert page.locator(".zoom output").inner_text() == "400 %"
    assert page.get_by_role("button", name=words("reader.zoom_in")).is_disabled()
    wait_until(page, "document.querySelector('.sheet img').naturalWidth > 1300")  # a finer picture
    enlarged = picture.bounding_box()
    assert enlarged is not None
    assert enlarged["width"] > 3.5 * narrow
    first = page.locator(".boxes rect").first.bounding_box()
    sheets = page.locator(".sheets").bounding_box()
    assert first is not None
    assert sheets is not None
    assert sheets["y"] <= first["y"] <= sheets["y"] + sheets["height"]  # still in view


def test_the_other_pages_of_a_print_can_be_turned_to(visit: Open) -> None:
    page = visit("/documents/phi-in-mexico-brief?lang=en", width=1400).page
    assert page.locator(".steps").inner_text().split() == ["‹", "Page", "1", "of", "2", "›"]
    page.get_by_role("link", name="Next page").click()
    page.locator(".steps", has_text="Page 2 of 2").wait_for()
    assert "/pages/2.png" in (page.locator(".sheet img").get_attribute("src") or "")
    page.get_by_role("link", name="Previous page").click()
    page.locator(".steps", has_text="Page 1 of 2").wait_for()
    page.locator("a.page").last.click()  # the mark in the text where page 2 begins
    page.locator(".steps", has_text="Page 2 of 2").wait_for()


@pytest.mark.parametrize(
    "path", ["/documents/phi-in-mexico-brief?start=95&end=325", "/documents/ptu-cap?start=100&end=180"]
)
@pytest.mark.parametrize("width", [360, 640, 1280])
def test_nothing_scrolls_sideways_and_the_quote_is_in_view_at_every_width(visit: Open, path: str, width: int) -> None:
    page = visit(path, width=width, height=740).page
    assert has_no_sideways_scroll(page)
    wait_until(page, f"({MARKS})()?.seen")
    page.locator(".find input").fill("the")  # the bar may take a second line now
    assert has_no_sideways_scroll(page)
