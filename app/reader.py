"""The reader: documents as pages of their own, with the quoted words marked, and the list of all documents."""

from collections import defaultdict
from datetime import UTC, date, datetime
from html import escape
from urllib.parse import quote as url_quote

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from app.document_html import contents_of, document_html
from app.links import STATIC, document_link, icon
from app.live import GenerationNotFoundError, LiveKnowledgeBase
from app.words import Words, choose_language, words_of
from kb.errors import DocumentNotFoundError, KnowledgeBaseError
from kb.records import Document, Language, Metadata, Span, Topic

# Documents are not trusted: nothing is run, loaded or sent but our own style sheet, script and icons.
SECURITY_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)


def reader_router(live: LiveKnowledgeBase) -> APIRouter:
    """The pages under /documents."""
    router = APIRouter()

    @router.get("/documents", response_class=HTMLResponse)
    def list_documents(request: Request, lang: str | None = None) -> HTMLResponse:
        words = _words(request, lang)
        try:
            _, documents = live.documents()
        except KnowledgeBaseError as error:
            return _problem_page(error, request, words)
        return _respond(list_page([document.metadata for document in documents.values()], _today(), request, words))

    @router.get("/documents/{document_id}", response_class=HTMLResponse)
    def show_document(
        request: Request,
        document_id: str,
        generation: str | None = None,
        start: str | None = None,
        end: str | None = None,
        lang: str | None = None,
    ) -> HTMLResponse:
        words = _words(request, lang)
        try:
            found, document = live.document(document_id, generation)
            with live.reading() as base:
                present = base.generation.id
        except KnowledgeBaseError as error:
            return _problem_page(error, request, words)
        return _respond(
            document_page(
                document,
                generation=found,
                present=found == present,
                quote=_span(start, end, document),
                quote_asked=start is not None or end is not None,
                today=_today(),
                request=request,
                words=words,
            )
        )

    return router


def document_page(
    document: Document,
    *,
    generation: str,
    present: bool,
    quote: Span | None,
    quote_asked: bool,
    today: date,
    request: Request,
    words: Words,
) -> str:
    """A document with its table of contents, what it is, and the quoted span marked."""
    metadata = document.metadata
    remarks = []
    if not present:
        link = (
            f'<a href="{escape(document_link(document.id, None, words.language))}">{words.html("reader.see_live")}</a>'
        )
        # The edition is escaped, the link is ours.
        remarks.append(words("reader.not_live", generation=escape(generation), link=link))
    if quote_asked and quote is None:
        remarks.append(words.html("reader.no_span"))
    notes = "".join(f'<p class="remark">{remark}</p>' for remark in remarks)
    labels = {page.number: words("reader.page", page=page.number) for page in document.pages}
    jump = f'<a class="jump" href="#quote">{words.html("reader.to_quote")}</a>' if quote else ""
    main = (
        f'<div class="layout"><div class="head"><h1 lang="{metadata.language.value}">{escape(metadata.title)}</h1>'
        f"{_at_a_glance(metadata, words)}{notes}{jump}</div><aside>{_contents(document, words)}</aside>"
        f'<div class="text">{_about(metadata, generation, today, words)}'
        f'<article id="text" lang="{metadata.language.value}">{document_html(document, quote, labels)}</article></div></div>'
    )
    return _page(metadata.title, main, request, words)


def list_page(documents: list[Metadata], today: date, request: Request, words: Words) -> str:
    """All documents of the live generation under their first subject, by title."""
    by_topic: dict[Topic, list[Metadata]] = defaultdict(list)
    for metadata in documents:
        by_topic[metadata.topics[0]].append(metadata)
    topics = [topic for topic in Topic if topic in by_topic]
    links = "".join(
        f'<li><a href="#{topic.value}">{words.html(f"topic.{topic.value}")}</a> '
        f'<span class="count">{len(by_topic[topic])}</span></li>'
        for topic in topics
    )
    groups = "".join(
        f'<section class="subject" id="{topic.value}"><h2>{words.html(f"topic.{topic.value}")}</h2><ul class="documents">'
        + "".join(
            _row(row, today, words) for row in sorted(by_topic[topic], key=lambda row: (row.title.casefold(), row.id))
        )
        + "</ul></section>"
        for topic in topics
    )
    main = (
        f'<div class="list"><h1>{words.html("reader.documents")}</h1>'
        f"<p>{escape(words.count('reader.documents_lead', len(documents)))}</p>"
        f'<nav aria-label="{words.html("reader.contents")}"><ul class="subjects">{links}</ul></nav>{groups}</div>'
    )
    return _page(words("reader.documents"), main, request, words)


def _row(metadata: Metadata, today: date, words: Words) -> str:
    facts = [
        words(f"authority.{metadata.authority.value}"),
        words(f"jurisdiction.{metadata.jurisdiction.value}"),
        words(f"language.{metadata.language.value}"),
    ]
    if metadata.effective_to is not None and metadata.effective_to <= today:
        facts.append(words("reader.no_longer", day=words.day(metadata.effective_to)))
    elif metadata.effective_from is not None and metadata.effective_from > today:
        facts.append(words("reader.not_yet", day=words.day(metadata.effective_from)))
    return (
        f'<li><a href="{escape(document_link(metadata.id, None, words.language))}" lang="{metadata.language.value}">'
        f'{escape(metadata.title)}</a><p class="about">{"".join(f"<span>{escape(fact)}</span>" for fact in facts)}</p></li>'
    )


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
    if metadata.reviewed:
        facts.append(words("answer.reviewed", day=words.day(metadata.reviewed)))
    return (
        f'<p class="about"><span class="authority {metadata.authority.value}">{icon(metadata.authority.value)}'
        f"{words.html(f'authority.{metadata.authority.value}')}</span>"
        f"{''.join(f'<span>{escape(fact)}</span>' for fact in facts)}</p>"
    )


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
    if not address.lower().startswith(("https://", "http://")):
        return escape(address)
    return f'<a href="{escape(address)}" rel="noopener noreferrer" target="_blank">{escape(address)}</a>'


def _page(title: str, main: str, request: Request, words: Words) -> str:
    language = words.language
    other = next(choice for choice in Language if choice is not language)
    values = [(key, value) for key, value in request.query_params.multi_items() if key != "lang"]
    query = "&".join(f"{url_quote(key)}={url_quote(value)}" for key, value in [*values, ("lang", other.value)])
    switch = words_of(other)(f"language.{other.value}").capitalize()
    return (
        f'<!doctype html><html lang="{language.value}"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">'
        f'<link rel="icon" href="{STATIC}/favicon.svg" type="image/svg+xml"><link rel="stylesheet" href="{STATIC}/shared.css">'
        f'<link rel="stylesheet" href="{STATIC}/reader.css"><script src="{STATIC}/reader.js" defer></script></head>'
        f'<body><a class="skip" href="#main">{words.html("site.skip")}</a>'
        f'<header class="bar"><a class="home" href="/?lang={language.value}">{words.html("site.title")}</a>'
        f'<nav><a href="/?lang={language.value}">{words.html("site.ask")}</a>'
        f'<a href="/documents?lang={language.value}">{words.html("site.documents")}</a>'
        f'<a href="?{escape(query)}" lang="{other.value}" hreflang="{other.value}">{escape(switch)}</a></nav></header>'
        f'<main id="main">{main}</main><footer><p>{words.html("site.disclaimer")}</p></footer></body></html>'
    )


def _problem_page(error: KnowledgeBaseError, request: Request, words: Words) -> HTMLResponse:
    missing = isinstance(error, DocumentNotFoundError | GenerationNotFoundError)
    title = words("reader.not_found" if missing else "reader.unavailable")
    guidance = f"<p>{words.html('reader.not_found_help')}</p>" if missing else ""
    main = (
        f'<div class="list"><h1>{escape(title)}</h1>{guidance}<p class="remark" lang="en">{escape(str(error))}</p>'
        f'<p><a href="/documents?lang={words.language.value}">{words.html("site.documents")}</a></p></div>'
    )
    return _respond(_page(title, main, request, words), status=404 if missing else 503)


def _respond(page: str, status: int = 200) -> HTMLResponse:
    return HTMLResponse(
        page, status_code=status, headers={"Content-Security-Policy": SECURITY_POLICY, "Vary": "Accept-Language"}
    )


def _words(request: Request, asked: str | None) -> Words:
    return words_of(choose_language(asked, request.headers.get("accept-language")))


def _span(start: str | None, end: str | None, document: Document) -> Span | None:
    """The span asked for, if it is one of this text."""
    try:
        span = Span(start=int(start or ""), end=int(end or ""))
    except ValueError:
        return None
    return span if 0 <= span.start < span.end <= len(document.text) else None


def _today() -> date:
    return datetime.now(tz=UTC).astimezone().date()
