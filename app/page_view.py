"""Pictures of a paged document's pages with the quoted words boxed.

Boxes stand where the printed lines do that hold the quote, in the page's own points, so that they fit at every zoom.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

from app.links import page_image_link
from app.words import Words
from kb.records import Document, LineBox, Page, Span

FIRST_SCALE = 2  # pixels per point of the picture that is loaded first: sharp at the width of half a window
_MOST_PAGES = 3  # pictures at once, for a quote over several pages
_PADDING = 1.5  # points around the words
# Rough widths of signs, relative to the average one, by which part of a line is measured.
_NARROW, _WIDE = frozenset("iljtfrI.,;:'|!()[]-·’ "), frozenset("mwMWQGODHNUAVXYK@%—")


@dataclass(frozen=True, kw_only=True, slots=True)
class Box:
    """A rectangle in points from the page's upper left corner."""

    left: float
    top: float
    right: float
    bottom: float


def shown_pages(document: Document, quote: Span | None, asked: str | None) -> list[Page]:
    """The page asked for, else those that the quote stands on, else the first; none where pages can't be shown."""
    pages = [page for page in document.pages if page.width > 0 and page.height > 0]
    if document.original is None or not pages:
        return []
    chosen = [page for page in pages if str(page.number) == asked]
    if not chosen and quote is not None:
        chosen = [page for page in pages if page.start < quote.end and quote.start < page.end]
        lined = [page for page in chosen if boxes_of(document.text, page, quote)]
        chosen = lined or chosen
    return (chosen or pages[:1])[:_MOST_PAGES]


def boxes_of(text: str, page: Page, quote: Span) -> list[Box]:
    """One box for each printed line that holds words of the quote. A line's part is measured by rough widths of its signs."""
    boxes = []
    for line in page.lines:
        start, end = _worded(text, max(line.start, quote.start), min(line.end, quote.end))
        if start < end:
            boxes.append(_part(text, line, start, end))
    return boxes


def pages_html(
    document: Document,
    generation: str,
    pages: Sequence[Page],
    quote: Span | None,
    link: Callable[[int], str],
    words: Words,
) -> str:
    """The pictures with their boxes and the controls for zooming. `link` gives the address that shows a page."""
    sheets = "".join(_sheet(document, generation, page, quote, words) for page in pages)
    zoom = "".join(
        f'<button type="button" data-zoom="{name}" aria-label="{words.html(f"reader.zoom_{name}")}">{sign}</button>'
        for name, sign in (("out", "−"), ("in", "+"))
    )
    return (
        f'<section class="pages" id="pages" aria-label="{words.html("reader.pages")}"><div class="page-bar">'
        f"{_steps(document, pages, link, words)}"
        f'<div class="zoom" role="group" aria-label="{words.html("reader.zoom")}" hidden>{zoom}'
        f'<output aria-live="polite">100 %</output></div></div>'
        f'<div class="sheets" tabindex="0" role="region" aria-label="{words.html("reader.page_image")}">{sheets}</div></section>'
    )


def _steps(document: Document, pages: Sequence[Page], link: Callable[[int], str], words: Words) -> str:
    """Where we are, and links to the page before and after."""
    shown = words("reader.page_of", page=_numbers(pages), count=document.pages[-1].number)
    numbers = [page.number for page in document.pages]
    before = [number for number in numbers if number < pages[0].number]
    after = [number for number in numbers if number > pages[-1].number]
    links = [
        f'<a href="{escape(link(number))}#pages" rel="{rel}" aria-label="{words.html(f"reader.{name}_page")}">{sign}</a>'
        if number
        else f'<span class="off" aria-hidden="true">{sign}</span>'
        for number, rel, name, sign in (
            (before[-1] if before else None, "prev", "previous", "‹"),
            (after[0] if after else None, "next", "next", "›"),
        )
    ]
    return f'<div class="steps">{links[0]}<span>{escape(shown)}</span>{links[1]}</div>'


def _numbers(pages: Sequence[Page]) -> str:
    return str(pages[0].number) if len(pages) == 1 else f"{pages[0].number}–{pages[-1].number}"


def _sheet(document: Document, generation: str, page: Page, quote: Span | None, words: Words) -> str:
    width, height = round(page.width, 2), round(page.height, 2)
    boxes = boxes_of(document.text, page, quote) if quote else []
    drawn = "".join(
        f'<rect x="{box.left:.1f}" y="{box.top:.1f}" width="{box.right - box.left:.1f}" '
        f'height="{box.bottom - box.top:.1f}" rx="1.5"></rect>'
        for box in boxes
    )
    overlay = f'<svg class="boxes" viewBox="0 0 {width} {height}" aria-hidden="true">{drawn}</svg>' if drawn else ""
    source = page_image_link(document.id, page.number, generation, FIRST_SCALE)
    name = words("reader.page_image_of", page=page.number, title=document.metadata.title)
    return (
        f'<div class="sheet"><img src="{escape(source)}" width="{round(page.width)}" height="{round(page.height)}" '
        f'alt="{escape(name)}" data-points="{width}">{overlay}</div>'
    )


def _worded(text: str, start: int, end: int) -> tuple[int, int]:
    """The span without white space at its ends."""
    part = text[start:end] if start < end else ""
    return start + len(part) - len(part.lstrip()), start + len(part.rstrip())


def _part(text: str, line: LineBox, start: int, end: int) -> Box:
    whole = _extent(text[line.start : line.end]) or 1.0
    width = line.right - line.left
    left = line.left + width * _extent(text[line.start : start]) / whole
    right = line.right - width * _extent(text[end : line.end]) / whole
    return Box(left=left - _PADDING, top=line.top - _PADDING, right=right + _PADDING, bottom=line.bottom + _PADDING)


def _extent(words: str) -> float:
    return sum(0.55 if sign in _NARROW else 1.45 if sign in _WIDE else 1.0 for sign in words)
