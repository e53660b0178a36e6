"""The frame of every page outside of the chat: head, bar, footer, and the pages that say what is wrong."""

from html import escape
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import HTMLResponse

from app.links import STATIC
from app.live import GenerationNotFoundError
from app.words import Words, choose_language, words_of
from kb.errors import DocumentNotFoundError, KnowledgeBaseError
from kb.records import Language

# Documents are not trusted: nothing is run, loaded or sent but our own style sheets, scripts and pictures.
SECURITY_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)


def words_for(request: Request, asked: str | None) -> Words:
    """The words of the language asked for, or of the browser's."""
    return words_of(choose_language(asked, request.headers.get("accept-language")))


def site_page(title: str, main: str, request: Request, words: Words, *, wide: bool = False) -> str:
    """A whole page. `main` is HTML; `wide` for what needs two columns."""
    language = words.language
    other = next(choice for choice in Language if choice is not language)
    values = [(key, value) for key, value in request.query_params.multi_items() if key != "lang"]
    query = urlencode([*values, ("lang", other.value)])
    switch = words_of(other)(f"language.{other.value}").capitalize()
    return (
        f'<!doctype html><html lang="{language.value}"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">'
        f'<link rel="icon" href="{STATIC}/favicon.svg" type="image/svg+xml"><link rel="stylesheet" href="{STATIC}/shared.css">'
        f'<link rel="stylesheet" href="{STATIC}/reader.css"><script src="{STATIC}/reader.js" defer></script></head>'
        f'<body><a class="skip" href="#main">{words.html("site.skip")}</a>'
        f'<header class="bar"><a class="home" href="/?lang={language.value}">{words.html("site.title")}</a>'
        f'<nav aria-label="{words.html("site.pages")}"><a href="/?lang={language.value}">{words.html("site.ask")}</a>'
        f'<a href="/documents?lang={language.value}">{words.html("site.documents")}</a>'
        f'<a href="?{escape(query)}" lang="{other.value}" hreflang="{other.value}">{escape(switch)}</a></nav></header>'
        f'<main id="main"{" class=wide" if wide else ""}>{main}</main>'
        f"<footer><p>{words.html('site.disclaimer')}</p></footer></body></html>"
    )


def problem_page(error: KnowledgeBaseError, request: Request, words: Words, more: str = "") -> HTMLResponse:
    """A page that says what is not there or not available. `more` is HTML put after the explanation."""
    missing = isinstance(error, DocumentNotFoundError | GenerationNotFoundError)
    title = words("reader.not_found" if missing else "reader.unavailable")
    guidance = f"<p>{words.html('reader.not_found_help')}</p>" if missing else ""
    main = (
        f'<div class="list"><h1>{escape(title)}</h1>{guidance}{more}<p class="remark" lang="en">{escape(str(error))}</p>'
        f'<p><a href="/documents?lang={words.language.value}">{words.html("site.documents")}</a></p></div>'
    )
    return respond(site_page(title, main, request, words), status=404 if missing else 503)


def respond(page: str, status: int = 200) -> HTMLResponse:
    """The page with its security policy."""
    return HTMLResponse(
        page, status_code=status, headers={"Content-Security-Policy": SECURITY_POLICY, "Vary": "Accept-Language"}
    )
