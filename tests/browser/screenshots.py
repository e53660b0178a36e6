"""The pictures in the README: `make screenshots`. Draws every page anew with the real model and Chromium.

A picture whose state the program doesn't reach is left out, and the reason printed.
"""

import argparse
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Literal

from PIL import Image
from playwright.sync_api import TimeoutError as PlaywrightTimeoutError
from playwright.sync_api import sync_playwright

from ingest import publish
from kb.models.embedding import Embedder, load_embedder
from kb.settings import load_settings
from tests.browser.conftest import ARGUMENTS, LONGEST_WAIT_MS, serving

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

MOST_BYTES = 4_000_000  # of all pictures together
AGUINALDO = "Do agents who resign lose their aguinaldo?"
REPSE = "¿Cómo consulto si una empresa está en el REPSE?"
BAKERY = "¿Qué panadería de Toronto vende los mejores cruasanes?"
PROGRAMS = "Which patient programs can be served from Mexico?"
STORAGE = "How long must call recordings be stored?"
_FRONT = "---\nid: {id}\ntitle: {title}\nauthority: {authority}\njurisdiction: MX\ntopics: [vendor-selection]\nlanguage: en\nreviewed: 2026-11-01\n---\n"
CONTRADICTION = {
    "regulation.md": _FRONT.format(id="recording-rule", title="Rule on call recordings", authority="regulation")
    + "# Rule on call recordings\n\n## How long must call recordings be stored?\n\nCall recordings must be stored for 5 years.\n",
    "guide.md": _FRONT.format(id="recording-guide", title="Guide to call recordings", authority="internal")
    + "# Guide to call recordings\n\n## How long must call recordings be stored?\n\nCall recordings must be stored for 2 years.\n",
}


class NotReachedError(Exception):
    """The program does not come to the state that a picture is to show."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Picture:
    """What is drawn and how."""

    name: str
    pose: Callable[["Page", str], None]  # brings the page of a site into its state
    locale: str = "en-US"
    scheme: Literal["light", "dark"] = "light"
    width: int = 1280
    height: int = 860
    site: Literal["corpus", "contradiction"] = "corpus"


def start(page: "Page", site: str) -> None:
    """The page before the first question."""
    page.goto(site)
    page.locator(".kb-page.ready").wait_for()


def asked(question: str) -> Callable[["Page", str], None]:
    """The page with the answer to a question, from its top."""

    def pose(page: "Page", site: str) -> None:
        start(page, site)
        page.locator("#kb-question").fill(question)
        page.keyboard.press("Enter")
        page.locator(".turn .facts, .turn .problem").first.wait_for()
        page.locator(".turn").first.scroll_into_view_if_needed()
        page.evaluate("document.activeElement.blur()")

    return pose


def conflicting(page: "Page", site: str) -> None:
    """An answer with the notice that sources disagree."""
    asked(STORAGE)(page, site)
    if not page.locator(".notice-conflict").count():
        raise NotReachedError("the answer tells of no contradiction between its sources")


def with_panel(page: "Page", site: str) -> None:
    """An answer with the reader beside it."""
    asked(AGUINALDO)(page, site)
    page.locator(".statements .marker").first.click()
    page.frame_locator("#kb-reader iframe").locator("#quote:focus").wait_for()


def reader_of(question: str, *, printed: bool = False, find: str = "") -> Callable[["Page", str], None]:
    """The reader at a source of the answer to a question, the first one that is printed where that is asked for."""

    def pose(page: "Page", site: str) -> None:
        asked(question)(page, site)
        cards = page.locator(".card", has_text="page ") if printed else page.locator(".card")
        if not cards.count():
            raise NotReachedError("the answer has no such source")
        page.goto(site + (cards.first.locator("h4 a").get_attribute("href") or ""))
        page.locator("#quote:focus").wait_for()
        if printed and not page.locator(".sheet").count():
            raise NotReachedError("the printed pages were not kept")
        if printed:
            page.locator(".sheet img").evaluate("image => image.decode()")
        if find:
            page.locator(".find input").fill(find)

    return pose


PICTURES = (
    Picture(name="start-en", pose=start),
    Picture(name="answer-en", pose=asked(AGUINALDO)),
    Picture(name="answer-en-dark", pose=asked(AGUINALDO), scheme="dark"),
    Picture(name="answer-es-phone", pose=asked(REPSE), locale="es-MX", width=390, height=844),
    Picture(name="abstention-es", pose=asked(BAKERY), locale="es-MX", height=760),
    Picture(name="conflict-en", pose=conflicting, site="contradiction"),
    Picture(name="panel-en", pose=with_panel, width=1440),
    Picture(name="reader-en", pose=reader_of(AGUINALDO, find="agent")),
    Picture(name="reader-es-phone", pose=reader_of(REPSE), locale="es-MX", width=390, height=844),
    Picture(name="pdf-reader-en", pose=reader_of(PROGRAMS, printed=True), width=1440, height=900),
)


def draw(browser: "Browser", picture: Picture, site: str) -> bytes:
    """The window as a compressed PNG. Raises NotReachedError."""
    context = browser.new_context(
        locale=picture.locale,
        viewport={"width": picture.width, "height": picture.height},
        color_scheme=picture.scheme,
        reduced_motion="reduce",
    )
    try:
        page = context.new_page()
        page.set_default_timeout(LONGEST_WAIT_MS)
        picture.pose(page, site)
        page.wait_for_timeout(300)  # for what the page still fetches once it stands, suggested questions say
        shot = Image.open(BytesIO(page.screenshot(animations="disabled")))
    except PlaywrightTimeoutError as error:
        raise NotReachedError(str(error).splitlines()[0]) from error
    finally:
        context.close()
    packed = BytesIO()
    shot.convert("RGB").quantize(256, dither=Image.Dither.NONE).save(packed, "PNG", optimize=True)
    return packed.getvalue()


@contextmanager
def contradicting(embedder: Embedder) -> Iterator[str]:
    """The address of a server whose two articles contradict each other."""
    with TemporaryDirectory() as place:
        folder = Path(place) / "corpus"
        folder.mkdir()
        for name, text in CONTRADICTION.items():
            (folder / name).write_text(text, encoding="utf-8")
        publish(folder, Path(place) / "home", embedder=embedder)
        with serving(Path(place) / "home", embedder) as address:
            yield address


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the pictures and say which."""
    parser = argparse.ArgumentParser(prog="python -m tests.browser.screenshots", description=__doc__)
    parser.add_argument("--home", type=Path, default=Path(".kb"), help="a home with a published generation of corpus/")
    parser.add_argument("--to", type=Path, default=Path("docs"))
    parser.add_argument("--only", nargs="*", default=[], help="names of pictures")
    options = parser.parse_args(arguments)
    chromium = shutil.which("chromium")
    if chromium is None:
        raise SystemExit("no `chromium` on the PATH; install it and try again")
    options.to.mkdir(parents=True, exist_ok=True)
    embedder = load_embedder(load_settings(home=options.home))
    chosen = [picture for picture in PICTURES if not options.only or picture.name in options.only]
    with serving(options.home, embedder) as corpus, contradicting(embedder) as contradiction, sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        sites = {"corpus": corpus, "contradiction": contradiction}
        for picture in chosen:
            try:
                content = draw(browser, picture, sites[picture.site])
            except NotReachedError as reason:
                sys.stdout.write(f"{picture.name}: left out, {reason}\n")
                continue
            (options.to / f"{picture.name}.png").write_bytes(content)
            sys.stdout.write(f"{picture.name}: {len(content):,} bytes\n")
        browser.close()
    total = sum(file.stat().st_size for file in options.to.glob("*.png"))
    if total > MOST_BYTES:
        raise SystemExit(f"the pictures in {options.to} have {total:,} bytes, more than {MOST_BYTES:,}")


if __name__ == "__main__":
    main()
