"""Embedding through an OpenAI-compatible server on the loopback, and what is said when it fails."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler

import numpy as np
import pytest

from kb.errors import ModelError
from kb.models.embedding import Embedder, load_embedder
from kb.settings import load_settings
from tests.embedders import HashingEmbedder
from tests.embedding_server import MODEL, embedding_server
from tests.loopback import serving

TEXTS = ["profit sharing", "REPSE renewal every three years", "¿Qué es un BAA?"] * 9  # more than one batch


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with embedding_server() as address:
        yield address


def embedder(url: str, **settings: str) -> Embedder:
    return load_embedder(load_settings({"KB_EMBEDDING_URL": url, "KB_EMBEDDING_MODEL": MODEL, **settings}))


@contextmanager
def answering(reply: Callable[[list[str]], tuple[int, bytes]]) -> Iterator[str]:
    """The base URL of a server that answers every request with a status and a body."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            status, body = reply(request["input"])
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002
            pass

    with serving(Handler) as address:
        yield f"{address}/v1"


def rows_reply(rows: Callable[[int], list[list[float]]]) -> Callable[[list[str]], tuple[int, bytes]]:
    def reply(texts: list[str]) -> tuple[int, bytes]:
        vectors = rows(len(texts))
        data = [{"object": "embedding", "index": i, "embedding": row} for i, row in enumerate(vectors)]
        usage = {"prompt_tokens": 0, "total_tokens": 0}
        return 200, json.dumps({"object": "list", "model": MODEL, "data": data, "usage": usage}).encode()

    return reply


def test_a_servers_vectors_are_those_of_its_model_in_the_order_of_the_texts(url: str) -> None:
    done: list[int] = []
    rows = embedder(url).embed_passages(TEXTS, done.append)
    assert rows.dtype == np.float32
    assert np.allclose(rows, HashingEmbedder().embed_passages(TEXTS), atol=1e-5)
    assert done[-1] == len(TEXTS)
    assert np.allclose(embedder(url).embed_query(TEXTS[0]), rows[0], atol=1e-5)


def test_prefixes_are_put_before_questions_and_passages_and_make_another_model(url: str) -> None:
    prefixes = {"KB_EMBEDDING_QUERY_PREFIX": "query: ", "KB_EMBEDDING_PASSAGE_PREFIX": "passage: "}
    prefixed, plain = embedder(url, **prefixes), embedder(url)
    assert np.array_equal(prefixed.embed_query("PTU"), plain.embed_query("query: PTU"))
    assert np.array_equal(prefixed.embed_passages(["PTU"]), plain.embed_passages(["passage: PTU"]))
    assert prefixed.identity != plain.identity


def test_a_server_is_trusted_with_four_characters_a_token(url: str) -> None:
    assert embedder(url).fits("x" * 2_048)
    assert not embedder(url).fits("x" * 2_049)


def test_no_texts_need_no_server() -> None:
    assert embedder("http://127.0.0.1:9/v1").embed_passages([]).shape[0] == 0


def test_a_model_that_the_server_does_not_have_is_told(url: str) -> None:
    wrong = load_embedder(load_settings({"KB_EMBEDDING_URL": url, "KB_EMBEDDING_MODEL": "other"}))
    with pytest.raises(ModelError, match=r"server:other did not answer: .*no such model.*; check KB_EMBEDDING_URL"):
        wrong.embed_query("PTU")


def test_a_server_that_is_not_there_is_told() -> None:
    with pytest.raises(ModelError, match=r"did not answer: .*; check KB_EMBEDDING_URL"):
        embedder("http://127.0.0.1:9/v1").embed_query("PTU")


@pytest.mark.parametrize(
    "rows",
    [
        lambda count: [[1.0, 0.0]] * (count - 1),
        lambda count: [[1.0, 0.0]] * (count + 1),
        lambda count: [[1.0] * (1 + i) for i in range(count)],
        lambda count: [[]] * count,
        lambda count: [[float("nan"), 1.0]] * count,
    ],
    ids=["too few", "too many", "ragged", "empty", "no numbers"],
)
def test_vectors_that_cannot_be_are_refused(rows: Callable[[int], list[list[float]]]) -> None:
    with answering(rows_reply(rows)) as url, pytest.raises(ModelError):
        embedder(url).embed_passages(["one", "two", "three"])


def test_an_answer_that_is_no_answer_is_refused() -> None:
    with answering(lambda _texts: (200, b"{}")) as url, pytest.raises(ModelError):
        embedder(url).embed_passages(["one", "two"])


def test_vectors_of_any_length_are_made_unit_vectors() -> None:
    with answering(rows_reply(lambda count: [[3.0, 4.0]] * count)) as url:
        assert embedder(url).embed_passages(["one", "two"]).tolist() == pytest.approx(np.array([[0.6, 0.8]] * 2))
