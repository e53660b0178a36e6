"""The chat page as Gradio serves it, one page per language, at the same address. The only file that uses gradio.

Gradio brings the page, its theme, and light and dark; what stands on it is our own markup (`chat_html`), and questions go
to our own addresses (`chat_api`), so that an answer is added to the page without sending the conversation again.
"""

import os

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # before the import: nothing is sent anywhere

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from http.cookies import CookieError, SimpleCookie
from importlib.resources import files
from typing import Any

import gradio as gr
from fastapi import FastAPI
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.chat_html import chat_html
from app.links import STATIC
from app.words import Words, choose_language, words_of
from kb.records import Language

LANGUAGE_COOKIE = "kb-language"  # written by the page's script when somebody switches
_HEAD = (
    f'<link rel="stylesheet" href="{STATIC}/shared.css"><link rel="stylesheet" href="{STATIC}/chat.css">'
    f'<script type="module" src="{STATIC}/chat.js"></script>'
)
# The framework asks for what the head names only after it has started; this lets the browser fetch it meanwhile.
_PRELOAD = ", ".join(
    [f"<{STATIC}/{name}.css>; rel=preload; as=style" for name in ("shared", "chat")]
    + [f"<{STATIC}/{name}.js>; rel=modulepreload" for name in ("chat", "chat-turns", "chat-history", "chat-panel")]
)
_FONTS = ["Segoe UI", "Roboto", "Helvetica Neue", "Arial", "sans-serif"]  # plain names: nothing is loaded
_MONO = ["Consolas", "Menlo", "monospace"]


def mount_chat_page(app: FastAPI) -> None:
    """Put the page at / of the application, after every other route. It starts and ends with the application."""

    async def make() -> dict[Language, FastAPI]:
        return {language: _serving(build_page(words_of(language))) for language in Language}

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        pages = asyncio.run(
            make()
        )  # outside of a loop the framework makes new ones for its locks, and never closes them
    else:
        pages = {language: _serving(build_page(words_of(language))) for language in Language}
    before = app.router.lifespan_context

    @asynccontextmanager
    async def lifespan(application: FastAPI) -> AsyncIterator[Any]:
        async with AsyncExitStack() as stack:
            state = await stack.enter_async_context(before(application))
            for page in pages.values():
                await stack.enter_async_context(page.router.lifespan_context(page))
            yield state

    app.router.lifespan_context = lifespan
    app.mount("/", _ByLanguage(pages))


def build_page(words: Words) -> gr.Blocks:
    """The page in one language."""
    with gr.Blocks(title=words("site.title"), analytics_enabled=False, fill_width=True) as page:
        gr.HTML(chat_html(words), elem_id="kb-root", js_on_load=None, apply_default_css=False)
    page.queue(api_open=False)
    return page


def _serving(page: gr.Blocks) -> FastAPI:
    """An application that serves one page at its root."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    gr.mount_gradio_app(
        app,
        page,
        path="/",
        footer_links=[],
        run_history=False,
        show_error=False,
        ssr_mode=False,
        enable_monitoring=False,
        mcp_server=False,
        pwa=False,
        max_file_size=0,
        app_kwargs={"docs_url": None, "redoc_url": None, "openapi_url": None},
        favicon_path=str(files("app") / "static" / "favicon.svg"),
        theme=gr.themes.Base(font=_FONTS, font_mono=_MONO),
        head=_HEAD,
    )
    return app


class _ByLanguage:
    """Serves the page in the language asked for, kept from before, or preferred by the browser; the rest is the same."""

    def __init__(self, pages: Mapping[Language, ASGIApp]) -> None:
        self._pages = pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] != "http" or scope["path"] != "/":
            await self._pages[Language.EN](scope, receive, send)
            return
        language = _language_of(Request(scope))

        async def send_in_language(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["Content-Language"] = language.value
                headers["Vary"] = "Accept-Language, Cookie"
                headers["Cache-Control"] = "no-cache"
                headers["Link"] = _PRELOAD
            elif message["type"] == "http.response.body":
                # The framework's template calls every page English; the two codes are equally long.
                body = message.get("body", b"").replace(b'lang="en"', f'lang="{language.value}"'.encode(), 1)
                message = {**message, "body": body}
            await send(message)

        await self._pages[language](scope, receive, send_in_language)


def _language_of(request: Request) -> Language:
    asked = request.query_params.get("lang")
    if asked not in set(Language):
        try:
            kept = SimpleCookie(request.headers.get("cookie", "")).get(LANGUAGE_COOKIE)
        except CookieError:
            kept = None
        asked = kept.value if kept else None
    return choose_language(asked, request.headers.get("accept-language"))
