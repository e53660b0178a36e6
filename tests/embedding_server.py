"""A loopback server that speaks the OpenAI embeddings protocol with the hashing embedder.

With it whole programs run in a subprocess without the real weights: set the variables of `environment_for`.
"""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler

from tests.embedders import HashingEmbedder
from tests.loopback import serving

MODEL = "hashing-256"


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        """Answer an embeddings request."""
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if not self.path.endswith("/embeddings") or request.get("model") != MODEL:
            self._reply(404, {"error": {"message": f"no such model: {request.get('model')}"}})
            return
        texts = [request["input"]] if isinstance(request["input"], str) else request["input"]
        rows = HashingEmbedder().embed_passages(texts)
        data = [{"object": "embedding", "index": index, "embedding": row.tolist()} for index, row in enumerate(rows)]
        usage = {"prompt_tokens": 0, "total_tokens": 0}
        self._reply(200, {"object": "list", "model": MODEL, "data": data, "usage": usage})

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002  the base class names it so
        """Say nothing on the terminal."""

    def _reply(self, status: int, content: object) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def embedding_server() -> Iterator[str]:
    """The base URL of a running server, for KB_EMBEDDING_URL."""
    with serving(_Handler) as address:
        yield f"{address}/v1"


def environment_for(url: str) -> dict[str, str]:
    """The environment of a program that embeds with this server, without any KB_ setting of the caller's."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("KB_")}
    return {**own, "KB_EMBEDDING_URL": url, "KB_EMBEDDING_MODEL": MODEL}
