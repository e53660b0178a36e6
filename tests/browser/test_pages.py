"""What staff see and do: the chat page and the reader in a real browser."""

import re
from typing import TYPE_CHECKING

import pytest

from tests.browser.conftest import Open, Visit

if TYPE_CHECKING:
    from playwright.sync_api import FrameLocator, Page

pytestmark = pytest.mark.browser
CAP = "What is the maximum PTU a worker can receive?"
TOPE = "¿Cuál es el tope de la PTU por trabajador?"
UNANSWERABLE = "Which bakery in Toronto sells the best croissants?"


def folded(text: str | None) -> str:
    return " ".join((text or "").split())


def marked_words(reader: "FrameLocator | Page") -> str:
    return folded(" ".join(mark.text_content() or "" for mark in reader.locator("mark.quote").all()))


def quote_of_card(page: "Page", number: int) -> str:
    return folded(page.locator(".card blockquote").nth(number - 1).text_content())


def has_no_sideways_scroll(page: "Page") -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


def panel_of(visit: Visit) -> "FrameLocator":
    panel = visit.page.frame_locator("#kb-reader iframe")
    panel.locator("mark.quote").first.wait_for()
    return panel


def test_an_english_question_is_answered_and_each_marker_opens_its_quote(visit: Open) -> None:
    chat = visit()
    chat.ask(CAP)
    page = chat.page
    assert "three months" in page.locator(".statements").inner_text()
    assert page.locator(".card").count() == page.locator(".statements .marker").count() >= 1
    for number in range(1, page.locator(".card").count() + 1):
        page.locator(".statements .marker").nth(number - 1).click()
        page.wait_for_function(
            """number => {
                const marker = document.querySelectorAll('.statements .marker')[number];
                const shown = document.querySelector('#kb-reader iframe').contentWindow;
                return marker.classList.contains('open') && shown.location.href === marker.href
                  && shown.document.readyState === 'complete';
            }""",
            arg=number - 1,
        )
        panel_of(chat).locator(":root.embedded").wait_for()
        assert marked_words(panel_of(chat)) == quote_of_card(page, number)


def test_the_quoted_words_are_in_view_and_focused(visit: Open) -> None:
    chat = visit(height=600)
    chat.ask(CAP)
    chat.page.locator(".card").last.locator("blockquote").click()
    mark = panel_of(chat).locator("#quote:focus")
    mark.wait_for()  # the panel's script moves to it and scrolls in one go
    box = mark.bounding_box()
    assert box is not None
    assert 0 <= box["y"] <= 600 - 40


def test_a_spanish_browser_gets_a_spanish_page_and_a_spanish_answer(visit: Open) -> None:
    chat = visit(locale="es-MX")
    chat.ask(TOPE)
    page = chat.page
    assert page.get_by_role("button", name="Preguntar", exact=True).is_visible()
    assert "tres meses" in page.locator(".statements").inner_text()
    assert page.locator(".card blockquote").first.get_attribute("lang") == "es"
    assert "Guía interna" in page.locator(".card .authority").first.inner_text()
    assert "Ley al" in page.locator(".facts").inner_text()
    assert "Base de conocimiento" in page.title()
    page.locator(".marker").first.click()
    assert marked_words(panel_of(chat)) == quote_of_card(page, 1)
    assert panel_of(chat).locator("summary", has_text="Sobre este documento").is_visible()


def test_what_is_not_held_is_said_with_the_nearest_subjects(visit: Open) -> None:
    chat = visit()
    chat.ask(UNANSWERABLE)
    page = chat.page
    assert page.get_by_role("heading", name="Not in the knowledge base").is_visible()
    assert page.locator(".statements, .card").count() == 0
    page.locator(".nearest a").first.click()
    title = page.locator(".nearest a").first.inner_text()
    page.frame_locator("#kb-reader iframe").get_by_role("heading", name=title, level=1).wait_for()


def test_the_law_in_force_on_another_day_can_be_asked_for(visit: Open) -> None:
    chat = visit()
    page = chat.page
    page.locator("summary", has_text="Narrow the search").click()
    page.get_by_label("Law in force on").fill("2025-06-01")
    page.get_by_label("Subject").select_option("Labour")
    chat.ask("What is the general minimum wage?")
    assert "278.80" in page.locator(".statements").inner_text()
    assert "Law as of 1 June 2025" in page.locator(".facts").inner_text()


def test_the_language_can_be_switched_and_the_conversation_stays(visit: Open) -> None:
    chat = visit()
    chat.ask(CAP)
    page = chat.page
    statements = page.locator(".statements").inner_text()
    page.get_by_role("link", name="Español").click()
    page.get_by_role("button", name="Nueva conversación").wait_for()
    page.locator(".card").first.wait_for()
    assert page.locator("html").get_attribute("lang") == "es"
    assert page.locator(".statements").inner_text().replace("Cita textual", "Quoted") == statements
    assert page.locator("h3.sources").inner_text() == "Fuentes"
    assert "lang=es" in (page.locator(".marker").first.get_attribute("href") or "")


def test_a_hostile_question_is_shown_as_text(visit: Open) -> None:
    question = '<img src=x onerror="document.title=1"><script>alert(1)</script> ${7*7} {{7*7}} croissants'
    chat = visit()
    dialogs: list[str] = []
    chat.page.on("dialog", lambda dialog: dialogs.append(dialog.message))
    chat.ask(question)
    assert question in folded(chat.page.locator(".asked").text_content())
    assert chat.page.locator(".turn img, .turn script").count() == 0
    assert chat.page.title() != "1"
    assert dialogs == []


def test_a_follow_up_uses_the_conversation_and_a_new_one_forgets_it(visit: Open) -> None:
    chat = visit()
    page = chat.page
    chat.ask("When must a company pay PTU?")
    assert "30 May" in page.locator(".turn").last.inner_text()
    chat.ask("And an individual employer?")
    assert "29 June" in page.locator(".turn").last.inner_text()
    assert "PTU" in page.locator(".turn").last.locator(".understood").inner_text()
    page.get_by_role("button", name="New conversation").click()
    page.locator("#kb-samples").wait_for()
    assert page.locator(".turn").count() == 0


def test_everything_can_be_done_with_the_keyboard(visit: Open) -> None:
    chat = visit()
    page = chat.page
    page.get_by_role("textbox", name="Your question").focus()
    page.keyboard.type("What is the maximum")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("PTU a worker can receive?")
    assert page.locator(".turn").count() == 0
    page.keyboard.press("Enter")
    page.locator(".card").first.wait_for()
    page.locator(".marker").first.focus()
    page.keyboard.press("Enter")
    panel = panel_of(chat)
    panel.locator("#quote:focus").wait_for()
    page.keyboard.press("Escape")
    page.locator("#kb-reader .panel").wait_for(state="hidden")
    assert page.locator(".marker").first.evaluate("marker => document.activeElement === marker")


def test_a_question_to_start_with_is_asked_by_a_click(visit: Open) -> None:
    chat = visit()
    sample = chat.page.locator("#kb-samples button", has_text="ceiling on the PTU")
    sample.click()
    chat.page.locator(".card").first.wait_for()
    assert "ceiling on the PTU" in chat.page.locator(".asked").inner_text()


def test_a_quote_from_a_pdf_names_its_page(visit: Open) -> None:
    chat = visit()
    chat.ask("Which patient programs can be served from Mexico?")
    page = chat.page
    card = page.locator(".card", has_text="Brief: patient data in Mexico").first
    assert re.search(r"page \d", card.locator(".about").inner_text())
    card.locator("h4 a").click()
    assert marked_words(panel_of(chat)) == folded(card.locator("blockquote").text_content())
    assert panel_of(chat).locator(".page").count() == 2


@pytest.mark.parametrize("locale", ["en-US", "es-MX"])
def test_a_phone_shows_everything_without_sideways_scroll(visit: Open, locale: str) -> None:
    chat = visit(locale=locale, width=360, height=740)
    page = chat.page
    assert has_no_sideways_scroll(page)
    chat.ask(CAP if locale == "en-US" else TOPE)
    assert has_no_sideways_scroll(page)
    buttons = page.locator("#kb-composer button:visible")
    assert all(
        (box := button.bounding_box()) and box["x"] >= 0 and box["x"] + box["width"] <= 360 for button in buttons.all()
    )
    quote = quote_of_card(page, 1)
    with page.context.expect_page() as opened:
        page.locator(".marker").first.click()
    opened.value.wait_for_load_state()
    assert marked_words(opened.value) == quote
    assert has_no_sideways_scroll(opened.value)


def test_the_list_of_documents_leads_to_a_document_and_back_to_the_question(visit: Open) -> None:
    page = visit("/documents", width=360, height=740).page
    assert has_no_sideways_scroll(page)
    page.get_by_role("link", name="The cap on PTU per worker").click()
    page.get_by_role("heading", name="The cap on PTU per worker", level=1).wait_for()
    page.locator("summary", has_text="Contents").click()
    page.get_by_role("link", name="Since when has PTU been capped?").click()
    assert page.get_by_role("heading", name="Since when has PTU been capped?").is_visible()
    page.get_by_role("link", name="Ask a question").click()
    page.get_by_role("textbox", name="Your question").wait_for()


def contrast_of(page: "Page", selector: str) -> float:
    """Contrast ratio (WCAG 2.2, 1.4.3) of an element's text and the first opaque ground behind it."""
    ratio: float = page.locator(selector).first.evaluate("""element => {
        const parse = color => color.match(/[\\d.]+/g).map(Number);
        const luminance = ([r, g, b]) => [r, g, b].map(v => v / 255)
          .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
          .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
        let ground = element;
        while (parse(getComputedStyle(ground).backgroundColor)[3] === 0) ground = ground.parentElement;
        const [a, b] = [parse(getComputedStyle(element).color), parse(getComputedStyle(ground).backgroundColor)].map(luminance);
        return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    }""")
    return ratio


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_stand_out_in_light_and_dark(visit: Open, scheme: str) -> None:
    chat = visit(scheme=scheme)
    page = chat.page
    chat.ask(CAP)
    for selector in (
        "#kb-ask",
        "#kb-new",
        ".statement p",
        ".marker",
        ".card h4 a",
        ".card .about span",
        ".facts span",
        "blockquote",
    ):
        assert contrast_of(page, selector) >= 4.5, selector
    page.goto(chat.site + (page.locator(".marker").first.get_attribute("href") or ""))
    for selector in ("h1", "mark.quote", ".about span", "summary", ".bar a"):
        assert contrast_of(page, selector) >= 4.5, selector
