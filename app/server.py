"""The web server: the chat page, the reader and the HTTP API in one process."""

import asyncio
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.resources import files
from pathlib import Path

import uvicorn
from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles

from app.addresses import add_routers
from app.api import add_error_answers, api_router
from app.chat_api import chat_router
from app.chat_page import mount_chat_page
from app.conversation_api import conversation_router
from app.conversations import Conversations
from app.links import STATIC
from app.live import LiveKnowledgeBase
from app.page_images import PageImages
from app.person import KnowPerson
from app.reader import reader_router
from app.web_limits import EndStreams, LimitRequests, SecurityHeaders
from kb.errors import KnowledgeBaseError
from kb.models.embedding import Embedder

_SECONDS_TO_FINISH = 10  # for questions under way


def create_app(home: Path | str, embedder: Embedder | None = None) -> FastAPI:
    """The application on one home. Opens the generation with the first request, or call `app.state.live.reading()`."""
    live = LiveKnowledgeBase(home, embedder)
    images = PageImages()

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        yield
        images.close()
        live.close()

    app = FastAPI(title="Knowledge base", docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan)
    app.state.live = live
    add_error_answers(app)
    conversations = Conversations(live.home)
    add_routers(
        app,
        (
            api_router(live),
            reader_router(live, images),
            chat_router(live, conversations),
            conversation_router(live, conversations),
        ),
    )
    app.mount(STATIC, StaticFiles(directory=str(files("app") / "static")), name="static")
    mount_chat_page(app)
    app.state.closing = asyncio.Event()
    app.add_middleware(EndStreams, closing=app.state.closing)
    app.add_middleware(KnowPerson)
    app.add_middleware(LimitRequests)
    app.add_middleware(SecurityHeaders)
    return app


class Server(uvicorn.Server):
    """Lets open event streams end before it waits for the last requests."""

    def __init__(self, config: uvicorn.Config, closing: asyncio.Event) -> None:
        super().__init__(config)
        self._closing = closing

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End everything in order."""
        self._closing.set()
        await super().shutdown(sockets)


def serve(home: Path | str, host: str = "127.0.0.1", port: int = 7860) -> None:
    """Serve until interrupted. Raises KnowledgeBaseError when the address can't be listened on."""
    listening = _listen(host, port)  # before the index is opened: a taken port should not cost a wait
    try:
        app = create_app(home)
        try:
            with app.state.live.reading() as base:
                opened = f"generation {base.generation.id}, {len(base.generation.documents)} documents"
        except KnowledgeBaseError as error:
            opened = f"no answers yet: {error}"
        shown = f"[{host}]" if ":" in host else host
        _say(f"serving on http://{shown}:{listening.getsockname()[1]} ({opened}); Ctrl-C stops")
        config = uvicorn.Config(
            app, log_level="warning", server_header=False, timeout_graceful_shutdown=_SECONDS_TO_FINISH
        )
        Server(config, app.state.closing).run(sockets=[listening])
    except KeyboardInterrupt:
        pass  # uvicorn has ended all requests and raises the signal again
    finally:
        listening.close()
    _say("stopped")


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        host.encode("idna")  # as the next line would, whose error for an overlong part of a name is a TypeError
        listening.bind((host, port))
        listening.listen(128)
    except (OSError, UnicodeError) as error:
        listening.close()
        reason = error.strerror if isinstance(error, OSError) else "this is no name of a host"
        raise KnowledgeBaseError(
            f"can't listen on {host}, port {port}: {reason}; stop what uses it, or choose another --port or --host"
        ) from error
    listening.set_inheritable(True)
    return listening


def _say(line: str) -> None:
    print(f"kb: {line}", file=sys.stderr, flush=True)  # noqa: T201  the address is meant for the person at the terminal
