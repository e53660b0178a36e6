"""What becomes of a known address with another method, and of an address below /api/ or /chat/ that is none."""

from collections import defaultdict
from collections.abc import Iterable

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

_OURS = ("/api", "/chat", "/healthz")


def add_routers(app: FastAPI, routers: Iterable[APIRouter]) -> None:
    """Add routes that take HEAD where they take GET; other methods are refused (405), and addresses of ours that are none (404).

    The chat page, mounted at / behind them, would answer for all of these, with errors of its framework's shape.
    """
    taken: dict[str, set[str]] = defaultdict(set)
    for router in routers:
        for route in router.routes:
            if isinstance(route, APIRoute) and route.methods:
                if "GET" in route.methods:
                    route.methods.add("HEAD")
                taken[route.path] |= route.methods
        app.include_router(router)
    for path, methods in taken.items():
        app.router.routes.append(Route(path, _Refuse(405, {"Allow": ", ".join(sorted(methods))})))
    for start in _OURS:
        for path in (start, start + "/{rest:path}"):
            app.router.routes.append(Route(path, _Refuse(404)))


class _Refuse:
    """Raises the same error for every request, of any method."""

    def __init__(self, status: int, headers: dict[str, str] | None = None) -> None:
        self._status = status
        self._headers = headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002  an application's signature
        """Refuse one request."""
        raise HTTPException(self._status, headers=self._headers)
