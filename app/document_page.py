"""A document as a page: what it is, its contents, its text with the quoted words marked, and pictures of its pages."""

from dataclasses import dataclass
from datetime import date
from html import escape
from urllib.parse import urlencode, urlsplit

from fastapi import Request

from app.document_html import contents_of, document_html
from app.links import document_link, icon, quote_link
from app.page_view import pages_html, shown_pages
from app.quoted_place import Place, Standing, Trail
from app.site_page import site_page
from app.words import Words
from kb.records import Authority, Document, Metadata

_OFFICIAL = (Authority.STATUTE, Authority.REGULATION, Authority.AGENCY)


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """What a page is made of."""

    place: Place
    trail: Trail | None
    page_asked: str | None  # the number of the page whose picture is asked for, as written in the address
    today: date


def document_page(reading: Reading, request: Request, words: Words) -> str:
    """The whole page."""
    place = reading.place
    document, metadata = place.document, place.document.metadata
    pages = shown_pages(document, place.quote, reading.page_asked)

    def page_link(number: int) -> str:
        kept = [(key, value) for key, value in request.query_params.multi_items() if key != "page"]
        return f"?{urlencode([*kept, ('page', number)])}"

    labels = {page.number: words("reader.page", page=page.number) for page in document.pages}
    links = {number: f"{page_link(number)}#page-{number}" for number in labels} if pages else {}
    text = document_html(document, place.quote, labels, links)
    pictures = pages_html(document, place.generation, pages, place.quote, page_link, words) if pages else ""
    main = (
        f"{_tools(reading, words)}"
        f'<div class="layout{" paged" if pages else ""}"><div class="head">'
        f'<h1 lang="{metadata.language.value}">{escape(metadata.title)}</h1>'
        f"{_at_a_glance(metadata, words)}{_remarks(place, words)}</div>"
        f"<aside>{_contents(document, words)}{_about(metadata, place.generation, reading.today, words)}</aside>{pictures}"
        f'<div class="text"><article id="text" lang="{metadata.language.value}">{text}</article></div></div>'
    )
    return site_page(metadata.title, main, request, words, wide=bool(pages))


def lost_words_html(trail: Trail | None, words: Words) -> str:
    """The words that were quoted from a document which is no longer there; empty where they aren't known."""
    if trail is None:
        return ""
    return f"<p>{words.html('reader.were')}</p><blockquote>{escape(trail.current.quote)}</blockquote>"


def _tools(reading: Reading, words: Words) -> str:
    """What stays at the upper edge: the answer's other citations, the way to the quote, and the search in the text."""
    jump = f'<a class="jump" href="#quote">{words.html("reader.to_quote")}</a>' if reading.place.quote else ""
    buttons = "".join(
        f'<button type="button" data-find="{name}" aria-label="{words.html(f"reader.find_{name}")}">{sign}</button>'
        for name, sign in (("previous", "‹"), ("next", "›"))
    )
    return (
        f'<div class="tools">{_trail(reading.trail, words)}{jump}'
        f'<div class="find" role="search" hidden><input type="search" aria-label="{words.html("reader.find")}" '
        f'placeholder="{words.html("reader.find_short")}" maxlength="200" autocomplete="off" spellcheck="false">'
        f'<output aria-live="polite" data-none="{words.html("reader.find_none")}" data-count="{words.html("reader.find_count", n="%n", count="%c")}">'
        f"</output>{buttons}</div></div>"
    )


def _trail(trail: Trail | None, words: Words) -> str:
    if trail is None or len(trail.answer.citations) < 2:
        return ""
    answer = trail.answer
    parts = []
    for step, rel, name, sign in ((-1, "prev", "previous", "‹"), (1, "next", "next", "›")):
        citation = trail.neighbour(step)
        if citation is None:
            parts.append(f'<span class="off" aria-hidden="true">{sign}</span>')
            continue
        link = quote_link(citation, answer.generation, words.language, answer.receipt)
        label = words.html(f"reader.{name}_citation", number=citation.number, title=citation.title)
        parts.append(f'<a rel="{rel}" href="{escape(link)}" aria-label="{label}" title="{label}">{sign}</a>')
    shown = words.html("reader.citation_of", number=trail.current.number, count=len(answer.citations))
    return (
        f'<nav class="trail" aria-label="{words.html("reader.citations")}" data-number="{trail.current.number}" '
        f'data-receipt="{escape(answer.receipt or "")}">{parts[0]}<span>{shown}</span>{parts[1]}</nav>'
    )


def _remarks(place: Place, words: Words) -> str:
    remarks = []
    present = f'<a href="{escape(document_link(place.document.id, None, words.language))}">{words.html("reader.see_live")}</a>'
    if place.standing is Standing.EARLIER:
        # The edition is escaped, the link is ours.
        remarks.append(words("reader.not_live", generation=escape(place.generation), link=present))
    elif place.standing is Standing.SUCCESSOR:
        remarks.append(words.html("reader.gone", generation=place.asked_generation or ""))
    moved = place.standing is Standing.SUCCESSOR
    if place.quote is not None and moved:
        remarks.append(words.html("reader.words_stand"))
    elif place.quote is None and place.asked_words and place.words is not None:
        remarks.append(f"{words.html('reader.words_lost')} <q>{escape(place.words)}</q>")
    elif place.quote is None and place.asked_words:
        remarks.append(words.html("reader.words_unknown" if moved else "reader.no_span"))
    return "".join(f'<p class="remark">{remark}</p>' for remark in remarks)


def _contents(document: Document, words: Words) -> str:
    entries = contents_of(document)
    if len(entries) < 2:
        return ""
    rows = "".join(
        f'<li class="depth-{min(entry.depth, 4)}"><a href="#{entry.anchor}">{escape(entry.title)}</a></li>'
        for entry in entries
    )
    return (
        f'<details class="contents"><summary>{words.html("reader.contents")}</summary>'
        f'<nav aria-label="{words.html("reader.contents")}"><ul lang="{document.metadata.language.value}">{rows}</ul></nav></details>'
    )


def _at_a_glance(metadata: Metadata, words: Words) -> str:
    facts = [words(f"jurisdiction.{metadata.jurisdiction.value}"), words(f"language.{metadata.language.value}")]
    if metadata.effective_from:
        facts.append(words("answer.in_force_since", day=words.day(metadata.effective_from)))
    if metadata.reviewed:
        facts.append(words("answer.reviewed", day=words.day(metadata.reviewed)))
    return (
        f'<p class="about"><span class="authority {metadata.authority.value}">{icon(metadata.authority.value)}'
        f"{words.html(f'authority.{metadata.authority.value}')}</span>"
        f"{''.join(f'<span>{escape(fact)}</span>' for fact in facts)}{_original(metadata, words)}</p>"
    )


def _original(metadata: Metadata, words: Words) -> str:
    """A link to the official text, where the document is one and says where it comes from."""
    address = metadata.source_url
    if metadata.authority not in _OFFICIAL or address is None or not _is_web_address(address):
        return ""
    label = words.html("reader.original", host=urlsplit(address).hostname or "")
    return f'<span><a class="original" href="{escape(address)}" rel="noopener noreferrer" target="_blank">{label}</a></span>'


def _about(metadata: Metadata, generation: str, today: date, words: Words) -> str:
    review_by = metadata.review_by
    rows = {
        "authority": words(f"authority.{metadata.authority.value}"),
        "jurisdiction": words(f"jurisdiction.{metadata.jurisdiction.value}"),
        "language": words(f"language.{metadata.language.value}"),
        "effective_from": words.day(metadata.effective_from) if metadata.effective_from else "",
        "effective_to": words("reader.until_before", day=words.day(metadata.effective_to))
        if metadata.effective_to
        else "",
        "reviewed": words.day(metadata.reviewed) if metadata.reviewed else "",
        "review_by": _due(review_by, today, words) if review_by else "",
        "source": metadata.source or "",
        "supersedes": ", ".join(metadata.supersedes),
        "generation": generation,
    }
    shown = {key: escape(value) for key, value in rows.items() if value}
    if metadata.source_url:
        shown["source_url"] = _outside_link(metadata.source_url)
    listed = "".join(f"<dt>{words.html(f'reader.{key}')}</dt><dd>{value}</dd>" for key, value in shown.items())
    return f'<details class="metadata"><summary>{words.html("reader.about")}</summary><dl>{listed}</dl></details>'


def _due(day: date, today: date, words: Words) -> str:
    return words("reader.overdue", day=words.day(day)) if day < today else words.day(day)


def _outside_link(address: str) -> str:
    """A link for web addresses; anything else (a `javascript:` address, say) stays text."""
    if not _is_web_address(address):
        return escape(address)
    return f'<a href="{escape(address)}" rel="noopener noreferrer" target="_blank">{escape(address)}</a>'


def _is_web_address(address: str) -> bool:
    try:
        return urlsplit(address).scheme.lower() in ("https", "http") and bool(urlsplit(address).hostname)
    except ValueError:
        return False
