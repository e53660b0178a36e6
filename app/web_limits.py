"""What the web server lets in and sends out: bodies up to a size, the chat page's own routes, headers that browsers obey."""

import asyncio

from starlette.datastructures import MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LARGEST_BODY = 64 * 1024  # bytes
_CLOSED = "this address is not part of the service"
# The chat page's framework comes with routes for files, proxies, runs and its own documentation. The page needs these:
_FRAMEWORK_PREFIX = "/gradio_api/"
_FRAMEWORK_ROUTES = ("queue/join", "queue/data", "heartbeat/", "startup-events", "cancel", "reset")
_CLOSED_PATHS = ("/config", "/monitoring", "/login", "/logout", "/svelte", "/pwa_icon")
# The framework runs inline scripts and compiles its templates; no other host is ever needed.
_CHAT_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; frame-src 'self'; "
    "frame-ancestors 'self'; base-uri 'self'; form-action 'self'; object-src 'none'"
)


class LimitRequests:
    """Refuses overlong bodies (413) and the framework's routes that the page does not use (404)."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif _is_closed(scope["path"]):
            await JSONResponse({"error": _CLOSED}, status_code=404)(scope, receive, send)
        elif scope["method"] in ("GET", "HEAD"):
            await self._app(scope, receive, send)
        else:
            await self._with_body(scope, receive, send)

    async def _with_body(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Read the body up to the limit and hand it on whole."""
        body = b""
        more = True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            body += message.get("body", b"")
            more = message.get("more_body", False)
            if len(body) > LARGEST_BODY:
                error = f"the body is larger than {LARGEST_BODY:,} bytes; send a shorter question"
                await JSONResponse({"error": error}, status_code=413, headers={"Connection": "close"})(
                    scope, receive, send
                )
                return
        waiting = True

        async def replay() -> Message:
            nonlocal waiting
            if waiting:
                waiting = False
                return {"type": "http.request", "body": body, "more_body": False}
            return await receive()

        await self._app(scope, replay, send)


class EndStreams:
    """Tells open event streams that their reader has left once `closing` is set: an open page holds one for ever."""

    def __init__(self, app: ASGIApp, closing: asyncio.Event) -> None:
        self._app = app
        self._closing = closing

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] != "http" or scope["method"] != "GET":
            await self._app(scope, receive, send)
            return

        async def receive_until_closing() -> Message:
            received = asyncio.ensure_future(receive())
            closed = asyncio.ensure_future(self._closing.wait())
            try:
                await asyncio.wait((received, closed), return_when=asyncio.FIRST_COMPLETED)
                return received.result() if received.done() else {"type": "http.disconnect"}
            finally:
                received.cancel()
                closed.cancel()

        await self._app(scope, receive_until_closing, send)


class SecurityHeaders:
    """Adds headers that keep a page from loading, or being framed by, other hosts. A page's own policy stands."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.setdefault("Content-Security-Policy", _CHAT_POLICY)
                headers["X-Content-Type-Options"] = "nosniff"
                headers["Referrer-Policy"] = "same-origin"
            await send(message)

        await self._app(scope, receive, send_with_headers)


def _is_closed(path: str) -> bool:
    if path.startswith(_FRAMEWORK_PREFIX):
        return not path.removeprefix(_FRAMEWORK_PREFIX).startswith(_FRAMEWORK_ROUTES)
    return any(path == closed or path.startswith(closed + "/") for closed in _CLOSED_PATHS)
