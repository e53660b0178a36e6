"""How long people wait for the pages: `make speed`. Prints milliseconds beside what was promised; fails on nothing.

Every opening is one with an empty browser cache, over the loopback address. Other work on the machine makes all of it
slower: the best of several tries tells most.
"""

import argparse
import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING

from kb.models.embedding import load_embedder
from kb.settings import load_settings
from tests.browser.conftest import ARGUMENTS, LONGEST_WAIT_MS, serving

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

TRIES = 7
QUESTION = "Is there a ceiling on the PTU of one worker?"
# The browser tells of a paint some moments after it.
_FIRST_CONTENT = """() => new Promise(done => {
    const paints = entries => entries.filter(entry => entry.name === 'first-contentful-paint').forEach(entry => done(entry.startTime));
    new PerformanceObserver(list => paints(list.getEntries())).observe({type: 'paint', buffered: true});
})"""
# Milliseconds from a click on a marker until the quoted words are painted in the panel beside the conversation.
_MARKER_TO_HIGHLIGHT = """number => new Promise((done, fail) => {
    const marker = document.querySelectorAll(".statements .marker")[number];
    const frame = document.querySelector("#kb-reader iframe");
    const began = performance.now();
    const look = () => {
        const shown = frame.contentWindow;
        const mark = shown.location.href === marker.href && shown.document.querySelector("#quote");
        const box = mark && mark.getBoundingClientRect();
        if (box && box.height && box.top >= 0 && box.bottom <= shown.innerHeight) requestAnimationFrame(() => done(performance.now() - began));
        else if (performance.now() - began > 30000) fail(new Error("no highlight"));
        else requestAnimationFrame(look);
    };
    marker.click();
    look();
})"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Wait:
    """What a person waits for, each try in milliseconds, and what was promised."""

    name: str
    tries: tuple[float, ...]
    promised: float

    def __str__(self) -> str:
        best, middle = min(self.tries), median(self.tries)
        return f"{self.name:34} best {best:6.0f} ms   half within {middle:6.0f} ms   promised {self.promised:5.0f} ms"


def fresh(browser: "Browser") -> "Page":
    """A page with an empty cache."""
    page = browser.new_context(viewport={"width": 1440, "height": 900}, locale="en-US").new_page()
    page.set_default_timeout(LONGEST_WAIT_MS)
    return page


def opening(browser: "Browser", address: str, usable: Callable[["Page"], None]) -> tuple[float, float]:
    """Milliseconds until the first content and until the page can be used."""
    page = fresh(browser)
    began = perf_counter()
    page.goto(address, wait_until="commit")
    usable(page)
    ready = (perf_counter() - began) * 1000
    first = float(page.evaluate(_FIRST_CONTENT))
    page.context.close()
    return first, ready


def typed(page: "Page") -> None:
    """Until a question can be written and sent."""
    page.locator(".kb-page.ready").wait_for()
    page.locator("#kb-question").fill(QUESTION)


def marked(page: "Page") -> None:
    """Until the quoted words are in view."""
    page.locator("#quote:focus").wait_for()


def waits(browser: "Browser", site: str, tries: int = TRIES) -> list[Wait]:
    """All that is measured, each so many times."""
    page = fresh(browser)
    page.goto(site)
    typed(page)
    page.keyboard.press("Enter")
    page.locator(".turn .facts").wait_for()
    markers = page.locator(".statements .marker")
    source = site + (markers.first.get_attribute("href") or "")
    clicks = [float(page.evaluate(_MARKER_TO_HIGHLIGHT, turn % markers.count())) for turn in range(2 * tries)]
    page.context.close()
    chat = [opening(browser, site, typed) for _ in range(tries)]
    reader = [opening(browser, source, marked) for _ in range(tries)]
    return [
        Wait(name="chat: first content", tries=tuple(first for first, _ in chat), promised=1500),
        Wait(name="chat: a question can be written", tries=tuple(ready for _, ready in chat), promised=3000),
        Wait(name="reader: first content", tries=tuple(first for first, _ in reader), promised=1500),
        Wait(name="reader: the quote in view", tries=tuple(ready for _, ready in reader), promised=3000),
        Wait(name="from a marker to its highlight", tries=tuple(clicks), promised=300),
    ]


def main(arguments: Sequence[str] | None = None) -> None:
    """Print a line for each."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415  the tests skip where it isn't installed

    parser = argparse.ArgumentParser(prog="python -m tests.browser.speed", description=__doc__)
    parser.add_argument("--home", type=Path, default=Path(".kb"), help="a home with a published generation of corpus/")
    options = parser.parse_args(arguments)
    chromium = shutil.which("chromium")
    if chromium is None:
        raise SystemExit("no `chromium` on the PATH; install it and try again")
    embedder = load_embedder(load_settings(home=options.home))
    with serving(options.home, embedder) as site, sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        for wait in waits(browser, site):
            sys.stdout.write(f"{wait}\n")
        browser.close()


if __name__ == "__main__":
    main()
