"""A loopback server that speaks the OpenAI chat-completions protocol and says, word by word, what a test tells it to.

What it is told to say is a function of the request, so that it can quote passages, obey instructions or misbehave.
"""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any

from tests.loopback import serving

MODEL = "scripted"


@dataclass(kw_only=True)
class Script:
    """How the server behaves. `requests` are the bodies that it was sent, in order."""

    say: Callable[[dict[str, Any]], str] = lambda _request: "Yes."
    status: int = 200
    body: bytes | None = None  # sent as it is instead of a stream
    pause: float = 0.0  # seconds before each word
    cut_after: int | None = None  # words; then the connection is closed without an end
    hang: float = 0.0  # seconds before anything is sent
    finish: str = "stop"
    requests: list[dict[str, Any]] = field(default_factory=list)


@contextmanager
def chat_server(script: Script) -> Iterator[str]:
    """The base URL of a running server, for KB_LLM_URL."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            script.requests.append(request | {"path": self.path, "key": self.headers.get("Authorization")})
            time.sleep(script.hang)
            try:
                if script.status != 200 or script.body is not None:
                    self._whole(script.body or b'{"error": {"message": "out of order"}}')
                else:
                    self._stream(script.say(request))
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True  # the asker gave up

        def _whole(self, body: bytes) -> None:
            self.send_response(script.status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def _stream(self, text: str) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            words = text.split(" ")
            for index, word in enumerate(words):
                if index == script.cut_after:
                    self.close_connection = True
                    return
                time.sleep(script.pause)
                self._event({"content": word if index == 0 else f" {word}"}, None)
            self._event({}, script.finish)
            self._chunk(b"data: [DONE]\n\n")
            self._chunk(b"")

        def _event(self, delta: dict[str, str], finish: str | None) -> None:
            choice = {"index": 0, "delta": delta, "finish_reason": finish}
            event = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": MODEL, "choices": [choice]}
            self._chunk(f"data: {json.dumps(event)}\n\n".encode())

        def _chunk(self, content: bytes) -> None:
            self.wfile.write(f"{len(content):x}\r\n".encode() + content + b"\r\n")
            self.wfile.flush()

        def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002  the base class names it so
            pass

    with serving(Handler) as address:
        yield f"{address}/v1"
