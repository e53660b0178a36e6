"""axe-core finds no serious or critical fault on any page, in light and dark, on a phone and a desk, in both languages.

The library comes with the package axe-playwright-python; its copy is put into the page by the browser's own debugger, so
that the pages' security policies stay as they are.
"""

from importlib.resources import files
from typing import TYPE_CHECKING, Any, Literal

import pytest

from tests.browser.conftest import Open, Visit
from tests.browser.test_pages import CAP, TOPE, UNANSWERABLE, panel_of

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
GRAVE = ("serious", "critical")
PDF = "/documents/phi-in-mexico-brief?start=95&end=325&lang={}"
READERS = {
    "documents": "/documents?lang={}",
    "reader": "/documents/ptu-cap?start=100&end=180&lang={}",
    "reader, words not found": "/documents/ptu-cap?start=9&end=1&generation=g000999-00000000&lang={}",
    "printed page": PDF,
}


@pytest.fixture(scope="session")
def axe() -> str:
    """The library's source."""
    pytest.importorskip("axe_playwright_python", reason="axe-core is not installed (extra `browser`)")
    return (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")


def grave_faults(page: "Page", axe: str) -> list[str]:
    """What axe finds, one line for each element."""
    page.evaluate(axe)
    found: dict[str, Any] = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{fault['impact']} {fault['id']}: {node['target']} {node['html'][:160]} {node.get('failureSummary', '')[:200]}"
        for fault in found["violations"]
        if fault["impact"] in GRAVE
        for node in fault["nodes"]
    ]


LOOKS = pytest.mark.parametrize(
    ("locale", "scheme", "width"),
    [(locale, scheme, width) for locale in ("en-US", "es-MX") for scheme in ("light", "dark") for width in (360, 1280)],
)


def opened(visit: Open, path: str, locale: str, scheme: Literal["light", "dark"], width: int) -> Visit:
    return visit(path.format(locale[:2]), locale=locale, scheme=scheme, width=width, height=800)


@LOOKS
def test_the_reader_and_the_list(
    visit: Open, axe: str, locale: str, scheme: Literal["light", "dark"], width: int
) -> None:
    page = opened(visit, "/documents", locale, scheme, width).page
    for name, path in READERS.items():
        page.goto(page.url.split("/documents")[0] + path.format(locale[:2]))
        assert grave_faults(page, axe) == [], name
    page.locator(".find input").fill("patient")
    page.locator("details").first.locator("summary").click()
    assert grave_faults(page, axe) == [], "with a search and the contents open"


@LOOKS
def test_the_pages_that_say_what_is_wrong(
    visit: Open, axe: str, locale: str, scheme: Literal["light", "dark"], width: int
) -> None:
    visited = opened(visit, "/documents/nothing-of-that-name?lang={}", locale, scheme, width)
    visited.complaints.clear()  # the browser itself notes the status 404
    assert grave_faults(visited.page, axe) == []


@LOOKS
def test_the_chat_page(visit: Open, axe: str, locale: str, scheme: Literal["light", "dark"], width: int) -> None:
    chat = opened(visit, "/", locale, scheme, width)
    assert grave_faults(chat.page, axe) == [], "before the first question"
    chat.ask(CAP if locale == "en-US" else TOPE)
    assert grave_faults(chat.page, axe) == [], "with an answer"
    chat.ask(UNANSWERABLE)
    assert grave_faults(chat.page, axe) == [], "with an abstention"
    if width > 1000:
        chat.page.locator(".statements .marker").first.click()
        panel_of(chat).locator("#quote").wait_for()
        assert grave_faults(chat.page, axe) == [], "with the panel open"
