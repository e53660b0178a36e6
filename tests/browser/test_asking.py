"""The real page in a real Chromium, over our own articles and the real model."""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
ROOT = Path(__file__).parents[2]
CHROMIUM = shutil.which("chromium")
FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()
ARTICLES = (
    "ptu/payment-dates.md",
    "ptu/payment-dates.es.md",
    "ptu/cap.md",
    "repse/repse-renewal-cancellation.md",
    "repse/repse-registration.es.md",
    "hipaa-basics/baa-what-and-when.md",
    "hipaa-basics/baa-what-and-when.es.md",
    "vendor-selection/due-diligence-checklist.pdf",
    "vendor-selection/due-diligence-checklist.pdf.yaml",
)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server of its own over a few of our articles."""
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed")
    place = tmp_path_factory.mktemp("browser")
    for name in ARTICLES:
        target = place / "corpus" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / "corpus" / name, target)
    program = [sys.executable, "-c", "from app.cli import main; main()"]
    environment = {**os.environ, "KB_HOME": str(place / "home")}
    subprocess.run([*program, "ingest", str(place / "corpus")], check=True, env=environment, cwd=ROOT, timeout=240)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with (place / "serve.log").open("wb") as log:
        server = subprocess.Popen(
            [*program, "serve", "--port", str(port)], env=environment, cwd=ROOT, stdout=log, stderr=log
        )
        try:
            _wait_for(f"http://127.0.0.1:{port}/healthz", server, place / "serve.log")
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            server.wait(20)


def _wait_for(url: str, server: "subprocess.Popen[bytes]", log: Path) -> None:
    for _ in range(120):
        try:
            with urlopen(url, timeout=2):  # noqa: S310  our own loopback address
                return
        except OSError:
            assert server.poll() is None, log.read_text()
            time.sleep(0.5)
    raise AssertionError(log.read_text())


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield running
        running.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    fresh = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-US")
    yield fresh
    fresh.close()


def _open(context: BrowserContext, address: str) -> Page:
    page = context.new_page()
    page.goto(address)
    expect(page.locator("#kb-question textarea")).to_be_visible(timeout=30_000)
    return page


def _ask(page: Page, question: str) -> None:
    turns = page.locator("#kb-conversation .turn").count()
    box = page.locator("#kb-question textarea")
    box.fill(question)
    box.press("Enter")
    expect(page.locator("#kb-conversation .turn")).to_have_count(turns + 1, timeout=20_000)
    last = page.locator("#kb-conversation .turn").last
    expect(last.locator(".statement, .abstained, .problem").first).to_be_visible(timeout=20_000)


def _folded(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


def test_a_marker_opens_the_document_at_the_quoted_words(address: str, context: BrowserContext) -> None:
    page = _open(context, address)
    _ask(page, "How often must a REPSE registration be renewed?")
    turn = page.locator("#kb-conversation .turn").last
    expect(turn.locator(".statement").first).to_contain_text("three years")
    for number in range(turn.locator(".card").count()):
        quote = turn.locator(".card blockquote").nth(number).inner_text()
        link = turn.locator(".card h4 a").nth(number).get_attribute("href")
        reader = context.new_page()
        reader.goto(address + str(link))
        marked = " ".join(reader.locator("mark.quote").all_inner_texts())
        assert _folded(marked) == _folded(quote)
        assert reader.locator("mark.quote").first.is_visible()
        reader.close()
    turn.locator("a.marker").first.click()
    frame = page.frame_locator("#kb-reader iframe")
    expect(frame.locator("mark.quote").first).to_be_in_viewport(timeout=10_000)
    assert _folded(frame.locator("mark.quote").first.inner_text()) in _folded(
        turn.locator("blockquote").first.inner_text()
    )


def test_a_spanish_question_is_answered_in_spanish(address: str, context: BrowserContext) -> None:
    page = _open(context, address)
    page.locator("#kb-language input[value=es]").check(force=True)
    expect(page.locator("html")).to_have_attribute("lang", "es", timeout=10_000)
    _ask(page, "¿Cuándo vence el pago de la PTU?")
    expect(page.locator("#kb-conversation .statement").first).to_contain_text("30 de mayo")
    expect(page.locator("#kb-conversation .sources").first).to_have_text("Fuentes")


def test_what_is_not_held_is_said_to_be_so(address: str, context: BrowserContext) -> None:
    page = _open(context, address)
    _ask(page, "What does the labour law of Peru say about profit sharing?")
    box = page.locator("#kb-conversation .abstained")
    expect(box).to_contain_text("Not in the knowledge base")
    expect(box).to_contain_text("Peru")
    assert box.locator("a").count() >= 1


def test_a_follow_up_is_understood_from_the_conversation(address: str, context: BrowserContext) -> None:
    page = _open(context, address)
    _ask(page, "When must a company pay PTU?")
    _ask(page, "and an individual employer?")
    expect(page.locator("#kb-conversation .turn").last.locator(".statements")).to_contain_text("29 June")


def test_hostile_words_are_shown_as_words(address: str, context: BrowserContext) -> None:
    page = _open(context, address)
    dialogs: list[str] = []
    page.on("dialog", lambda dialog: dialogs.append(dialog.message))
    _ask(page, "<img src=x onerror=alert(1)> PTU <script>alert(2)</script> payment date?")
    assert "<img src=x" in page.locator("#kb-conversation .asked").first.inner_text()
    assert page.locator("#kb-conversation img").count() == 0
    assert dialogs == []


def test_nothing_is_loaded_from_other_hosts(address: str, context: BrowserContext) -> None:
    requested: list[str] = []
    context.on("request", lambda request: requested.append(request.url))
    page = _open(context, address)
    _ask(page, "What is a BAA?")
    page.locator("#kb-conversation a.marker").first.click()
    expect(page.frame_locator("#kb-reader iframe").locator("mark.quote").first).to_be_visible(timeout=10_000)
    foreign = [url for url in requested if not url.startswith((address, "data:", "blob:"))]
    assert foreign == []


def test_a_phone_needs_no_sideways_scroll(address: str, browser: Browser) -> None:
    phone = browser.new_context(viewport={"width": 360, "height": 740}, locale="es-MX")
    page = _open(phone, address)
    _ask(page, "¿Qué es un BAA?")
    widths = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    assert widths[0] <= widths[1]
    phone.close()
