"""A real server with the real model over some of our own articles, and a real Chromium to look at it."""

import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pytest
import uvicorn

from app.server import Server, create_app
from ingest import publish
from kb.models.embedding import Embedder, load_embedder
from kb.settings import load_settings
from tests.browser.html_article import write_html_article

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

CORPUS = Path(__file__).parents[2] / "corpus"
ARTICLES = [
    "ptu/cap.md", "ptu/cap.es.md", "ptu/payment-dates.md", "ptu/payment-dates.es.md", "repse/repse-registration.md",
    "repse/repse-registration.es.md", "repse/repse-verification.es.md", "hipaa-basics/baa-required-clauses.md",
    "hipaa-basics/baa-what-and-when.es.md", "labor/minimum-wage-2025.md", "labor/minimum-wage-2026.md",
    "offshore/phi-in-mexico-brief.pdf", "offshore/phi-in-mexico-brief.pdf.yaml",
    "vendor-selection/due-diligence-checklist.pdf", "vendor-selection/due-diligence-checklist.pdf.yaml",
]  # fmt: skip
ARGUMENTS = [
    "--no-sandbox", "--headless", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
LONGEST_WAIT_MS = 30_000


@dataclass(kw_only=True, slots=True)
class Visit:
    """An open page and what went wrong on it."""

    page: "Page"
    site: str
    strangers: list[str] = field(default_factory=list)  # requests to other hosts
    complaints: list[str] = field(default_factory=list)  # errors in the browser's console

    def ask(self, question: str) -> None:
        """Type a question, send it with Enter, and wait for what comes back."""
        answered = self.page.locator(".facts, .problem")
        before = answered.count()
        self.page.get_by_role("textbox", name="question").or_(self.page.get_by_role("textbox", name="pregunta")).fill(
            question
        )
        self.page.keyboard.press("Enter")
        answered.nth(before).wait_for(timeout=LONGEST_WAIT_MS)


Open = Callable[..., Visit]


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a running server."""
    place = tmp_path_factory.mktemp("site")
    for name in ARTICLES:
        target = place / "corpus" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(CORPUS / name, target)
    write_html_article(place / "corpus")
    embedder = load_embedder(load_settings(home=place / "home"))
    publish(place / "corpus", place / "home", embedder=embedder)
    with serving(place / "home", embedder) as address:
        yield address


@contextmanager
def serving(home: Path, embedder: Embedder) -> Iterator[str]:
    """The address of a server on a home, while the block runs."""
    app = create_app(home, embedder)
    server = Server(uvicorn.Config(app, port=0, log_level="warning"), app.state.closing)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()


# Of each file's own: while it is open asyncio's loop runs, and tests of other files couldn't run another.
@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    """Chromium. Tests are skipped where it isn't installed."""
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("no `chromium` on the PATH: the pages are not tested in a browser")
    sync = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed (extra `browser`)")
    with sync.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def visit(browser: "Browser", site: str) -> Iterator[Open]:
    """Opens pages; when the test ends, none may have called another host or written an error to the console."""
    visits: list[Visit] = []

    def open_page(
        path: str = "/",
        host: str = site,
        locale: str = "en-US",
        width: int = 1280,
        height: int = 900,
        scheme: Literal["light", "dark"] = "light",
        permissions: list[str] | None = None,
    ) -> Visit:
        context = browser.new_context(
            locale=locale,
            viewport={"width": width, "height": height},
            reduced_motion="reduce",
            color_scheme=scheme,
            permissions=permissions,
        )
        page = context.new_page()
        page.set_default_timeout(LONGEST_WAIT_MS)
        visit = Visit(page=page, site=host)
        context.on(
            "request",
            lambda request: (
                None
                if request.url.startswith((visit.site, "data:", "blob:", "about:"))
                else visit.strangers.append(request.url)
            ),
        )
        context.on(
            "console", lambda message: visit.complaints.append(message.text) if message.type == "error" else None
        )
        page.on("pageerror", lambda error: visit.complaints.append(str(error)))
        page.goto(host + path)
        if path == "/":
            page.locator(".kb-page.ready").wait_for()
        visits.append(visit)
        return visit

    yield open_page
    for visit in visits:
        visit.page.context.close()
        assert visit.strangers == []
        assert visit.complaints == []
