"""Who is asking: one unguessable id per browser, kept in a cookie. Not a sign-in; it only keeps histories apart."""

import re
from http.cookies import CookieError, SimpleCookie
from secrets import token_urlsafe
from typing import TYPE_CHECKING

from starlette.datastructures import Headers, MutableHeaders

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

COOKIE = "kb-person"
_SECONDS_KEPT = 365 * 24 * 60 * 60
_ID = re.compile(r"[A-Za-z0-9_-]{43}")


class KnowPerson:
    """Gives each browser its id on the chat page and on the addresses below `/chat/`: `scope["state"]["person"]`."""

    def __init__(self, app: "ASGIApp") -> None:
        self._app = app

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        """Handle one connection."""
        if scope["type"] != "http" or not (scope["path"] == "/" or scope["path"].startswith("/chat/")):
            await self._app(scope, receive, send)
            return
        known = _id_in(Headers(scope=scope).get("cookie"))
        person = known or token_urlsafe(32)
        scope.setdefault("state", {})["person"] = person

        async def send_with_cookie(message: "Message") -> None:
            if message["type"] == "http.response.start" and known is None:
                secure = "; Secure" if scope.get("scheme") == "https" else ""
                MutableHeaders(scope=message).append(
                    "Set-Cookie",
                    f"{COOKIE}={person}; Path=/; Max-Age={_SECONDS_KEPT}; HttpOnly; SameSite=Lax{secure}",
                )
            await send(message)

        await self._app(scope, receive, send_with_cookie)


def _id_in(header: str | None) -> str | None:
    try:
        cookies = SimpleCookie(header or "")
    except CookieError:
        return None  # another program's malformed cookie on the same host
    found = cookies[COOKIE].value if COOKIE in cookies else ""
    return found if _ID.fullmatch(found) else None
