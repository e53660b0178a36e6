"""The HTTP API, the live knowledge base behind it, and the limits around it, on a small real generation."""

import json
import logging
import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from fastapi.testclient import TestClient

from app.live import LiveKnowledgeBase
from app.server import Server, create_app
from app.web_limits import LARGEST_BODY
from ingest import publish
from kb.home import Home
from kb.knowledge_base import KnowledgeBase
from tests.embedders import HashingEmbedder
from tests.embedding_server import MODEL
from tests.small_corpus import QUESTION, UNANSWERABLE

ANSWER_KEYS = [
    "status", "question", "language", "as_of", "generation", "receipt", "statements", "citations", "notices", "reason",
    "nearest", "timing_ms",
]  # fmt: skip
CITATION_KEYS = [
    "number", "document", "title", "section", "pinpoint", "authority", "jurisdiction", "language", "effective_from",
    "reviewed", "page", "quote", "start", "end", "source_url",
]  # fmt: skip
HIT_KEYS = [
    "document", "title", "section", "pinpoint", "authority", "jurisdiction", "language", "page", "start", "end", "text",
    "score",
]  # fmt: skip


def error_of(response: Any, status: int) -> str:
    assert response.status_code == status, response.text
    body = response.json()
    assert list(body) == ["error"]
    return str(body["error"])


def test_an_answer_has_the_contracts_keys_in_order_and_verbatim_quotes(client: TestClient) -> None:
    answer = client.post("/api/ask", json={"question": QUESTION}).json()
    assert answer["status"] == "answered"
    assert list(answer)[: len(ANSWER_KEYS)] == ANSWER_KEYS
    for citation in answer["citations"]:
        assert list(citation) == CITATION_KEYS
        document = client.get(f"/api/documents/{citation['document']}").json()
        assert document["text"][citation["start"] : citation["end"]] == citation["quote"]
        assert citation["reviewed"] == "2026-11-01"


def test_an_abstention_says_why_and_has_no_statements(client: TestClient) -> None:
    answer = client.post("/api/ask", json={"question": UNANSWERABLE}).json()
    assert answer["status"] == "abstained"
    assert answer["statements"] == []
    assert answer["reason"]


def test_filters_are_keys_of_their_own_and_as_of_chooses_the_law_in_force(client: TestClient) -> None:
    wage = {"query": "general minimum wage", "topic": "labor", "k": 3}
    before = client.post("/api/search", json={**wage, "as_of": "2025-06-01"}).json()
    after = client.post("/api/search", json={**wage, "as_of": "2026-06-01"}).json()
    assert list(before[0]) == HIT_KEYS
    assert {hit["document"] for hit in before} == {"minimum-wage-2025"}
    assert {hit["document"] for hit in after} == {"minimum-wage-2026"}


def test_history_makes_a_follow_up(client: TestClient) -> None:
    body = {"question": "How often must it be renewed?", "history": ["What is a REPSE registration?"]}
    assert "REPSE" in client.post("/api/ask", json=body).json()["understood_as"]


def test_a_document_comes_with_all_its_front_matter_and_spans(client: TestClient) -> None:
    document = client.get("/api/documents/minimum-wage-2026").json()
    assert document["metadata"]["supersedes"] == ["minimum-wage-2025"]
    assert document["metadata"]["effective_from"] == "2026-01-01"
    assert document["metadata"]["source_url"] is None
    assert "".join(document["text"][s["start"] : s["end"]] for s in document["sections"]) == document["text"]


@pytest.mark.parametrize(
    ("body", "status", "told"),
    [
        ({"question": "x", "k": 3}, 422, "k: unknown key"),
        ({}, 422, "question: missing"),
        ({"question": "x", "jurisdiction": "FR"}, 422, "jurisdiction"),
        ({"question": "x", "as_of": "tomorrow"}, 422, "as_of: 'tomorrow' is no date; write it as 2026-11-01"),
        ({"question": "x", "as_of": "2026-02-31"}, 422, "as_of: '2026-02-31' is no date"),
        ({"question": "x", "history": "y"}, 422, "history"),
        ({"question": "  "}, 400, "empty"),
        ({"question": "x" * 2_001}, 400, "2,000"),
        ([1], 422, "the body"),
    ],
)
def test_a_faulty_request_is_refused_with_what_is_wrong(
    client: TestClient, body: object, status: int, told: str
) -> None:
    assert told in error_of(client.post("/api/ask", json=body), status)


@pytest.mark.parametrize(
    "day", [0, "0", 86400, "1793491200", "2026-11-01T00:00:00", "20261101", "2026-W01-1", "", True]
)
@pytest.mark.parametrize(("path", "key"), [("/api/ask", "question"), ("/api/search", "query")])
def test_a_day_is_taken_in_one_form_only(client: TestClient, path: str, key: str, day: object) -> None:
    told = error_of(client.post(path, json={key: QUESTION, "as_of": day}), 422)
    assert told.endswith("is no date; write it as 2026-11-01")


def test_a_day_may_be_null(client: TestClient) -> None:
    assert client.post("/api/ask", json={"question": QUESTION, "as_of": None}).status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/api/ask", "POST"),
        ("PUT", "/api/ask", "POST"),
        ("DELETE", "/api/ask", "POST"),
        ("POST", "/healthz", "GET, HEAD"),
        ("POST", "/api/documents/ptu-share", "GET, HEAD"),
        ("DELETE", "/documents", "GET, HEAD"),
        ("PUT", "/chat/conversations/a", "DELETE, GET, HEAD, PATCH"),
    ],
)
def test_a_known_address_refuses_other_methods(client: TestClient, method: str, path: str, allowed: str) -> None:
    response = client.request(method, path)
    assert error_of(response, 405) == "this address does not take that method"
    assert response.headers["allow"] == allowed


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
@pytest.mark.parametrize(
    "path", ["/api", "/api/", "/api/nope", "/api/ask/", "/api/documents/a/b", "/chat/nope", "/healthz/"]
)
def test_an_unknown_address_is_an_error_of_the_service_s_shape(client: TestClient, method: str, path: str) -> None:
    assert error_of(client.request(method, path, follow_redirects=False), 404) == "there is nothing at this address"


@pytest.mark.parametrize("path", ["/healthz", "/api/documents/ptu-share", "/documents/ptu-share"])
def test_a_head_is_answered_as_the_get(client: TestClient, path: str) -> None:
    got, head = client.get(path), client.head(path)
    assert head.status_code == got.status_code == 200
    assert head.headers["content-length"] == got.headers["content-length"]


@pytest.mark.parametrize(("path", "status"), [("/api/ask", 405), ("/api/nope", 404)])
def test_a_head_is_refused_where_there_is_nothing_to_get(client: TestClient, path: str, status: int) -> None:
    assert client.head(path).status_code == status


@pytest.mark.parametrize("content", [b"{", b"\xff\xfe", b'{"question": "\\ud800"}'])
def test_a_body_that_is_not_json_text_is_refused(client: TestClient, content: bytes) -> None:
    response = client.post("/api/ask", content=content, headers={"Content-Type": "application/json"})
    assert response.status_code in (400, 422)
    assert response.json()["error"]


def test_an_overlong_body_is_refused_with_and_without_a_declared_length(client: TestClient) -> None:
    body = json.dumps({"question": "x" * LARGEST_BODY}).encode()
    headers = {"Content-Type": "application/json"}
    assert "larger" in error_of(client.post("/api/ask", content=body, headers=headers), 413)
    assert "larger" in error_of(client.post("/api/ask", content=iter([body]), headers=headers), 413)


@pytest.mark.parametrize("path", ["/api/documents/none", "/api/documents/ptu-share?generation=g000009-00000000"])
def test_a_missing_document_or_generation_is_not_found(client: TestClient, path: str) -> None:
    assert error_of(client.get(path), 404)


def test_the_service_is_well_once_something_is_ingested_and_says_why_it_is_not_before(
    client: TestClient, tmp_path: Path, embedder: HashingEmbedder
) -> None:
    health = client.get("/healthz").json()
    assert health["status"] == "ok"
    assert re.fullmatch(r"g\d{6}-[0-9a-f]{8}", health["generation"])
    with TestClient(create_app(tmp_path / "empty", embedder)) as empty:
        assert "kb ingest" in error_of(empty.get("/healthz"), 503)
        assert "kb ingest" in error_of(empty.post("/api/ask", json={"question": QUESTION}), 503)


def test_an_unexpected_fault_is_answered_without_its_insides(small_home: Path) -> None:
    class Broken(HashingEmbedder):
        def embed_query(self, text: str) -> Any:
            raise ZeroDivisionError("inside")

    app = create_app(small_home, Broken(identity=f"server:{MODEL}"))
    with TestClient(app, raise_server_exceptions=False) as client:
        told = error_of(client.post("/api/ask", json={"question": QUESTION}), 503)
    assert "inside" not in told
    assert "Traceback" not in told


def test_twenty_people_can_ask_at_once(client: TestClient) -> None:
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: client.post("/api/ask", json={"question": QUESTION}).json(), range(20)))
    assert len({json.dumps(answer["statements"]) for answer in answers}) == 1
    assert len({answer["receipt"] for answer in answers}) == 20


@pytest.mark.parametrize(
    "path",
    [
        "/docs", "/openapi.json", "/config", "/monitoring", "/gradio_api/info", "/gradio_api/openapi.json", "/gradio_api/upload",
        "/gradio_api/file=/etc/passwd", "/gradio_api/run/ask", "/gradio_api/runs",
    ],
)  # fmt: skip
def test_routes_that_no_page_needs_are_closed(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_an_open_page_does_not_hold_up_the_end_of_the_server(small_home: Path, embedder: HashingEmbedder) -> None:
    app = create_app(small_home, embedder)
    server = Server(uvicorn.Config(app, port=0, log_level="critical"), app.state.closing)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    connection = HTTPConnection("127.0.0.1", server.servers[0].sockets[0].getsockname()[1], timeout=20)
    connection.request("GET", "/gradio_api/heartbeat/a-page")
    with connection.getresponse() as stream:
        assert stream.status == 200
        server.should_exit = True
        thread.join(timeout=20)
        assert not thread.is_alive()
    connection.close()


def test_every_response_forbids_other_hosts(client: TestClient) -> None:
    for path in ("/", "/documents", "/healthz", "/static/kb/chat.js"):
        headers = client.get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'self'" in policy or "default-src 'none'" in policy
        assert "http" not in policy
        assert headers["x-content-type-options"] == "nosniff"


def test_the_next_question_after_publishing_is_answered_from_the_new_generation(
    small_home: Path, small_corpus: Path, embedder: HashingEmbedder
) -> None:
    live = LiveKnowledgeBase(small_home, embedder)
    with live.reading() as former:
        (small_corpus / "new.md").write_text(
            "---\ntopics: [tax]\n---\n# Payroll tax\n\nPayroll tax is 3% in Sonora.\n", "utf-8"
        )
        published = publish(small_corpus, small_home, embedder=embedder).generation
        with live.reading() as present:
            assert present.generation.id == published != former.generation.id
            assert present.embedder is former.embedder
        assert former.search("REPSE registration")  # whoever is still in the former one can go on
    live.close()


def test_a_former_generation_is_closed_after_its_last_reader(
    small_home: Path, small_corpus: Path, embedder: HashingEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed: list[str] = []
    monkeypatch.setattr(KnowledgeBase, "close", lambda base: closed.append(base.generation.id))
    live = LiveKnowledgeBase(small_home, embedder)
    with live.reading() as former, live.reading():
        (small_corpus / "ptu" / "share.md").unlink()
        publish(small_corpus, small_home, embedder=embedder)
        with live.reading():
            pass
        assert closed == []
    assert closed == [former.generation.id]
    live.close()


def test_a_damaged_pointer_keeps_the_former_generation_and_is_logged_once(
    small_home: Path, embedder: HashingEmbedder, caplog: pytest.LogCaptureFixture
) -> None:
    live = LiveKnowledgeBase(small_home, embedder)
    with live.reading() as base:
        held = base.generation.id
    Home(small_home).pointer.write_bytes(b"\xff garbage")
    with caplog.at_level(logging.WARNING, logger="app.live"):
        for _ in range(3):
            with live.reading() as base:
                assert base.generation.id == held
    assert [record.name for record in caplog.records].count("app.live") == 1
    assert held in caplog.text
    live.close()


def test_a_damaged_generation_is_not_taken_and_not_tried_again_at_once(
    small_home: Path, small_corpus: Path, embedder: HashingEmbedder, caplog: pytest.LogCaptureFixture
) -> None:
    live = LiveKnowledgeBase(small_home, embedder)
    with live.reading() as base:
        held = base.generation.id
    (small_corpus / "ptu" / "share.md").unlink()
    published = publish(small_corpus, small_home, embedder=embedder).generation
    assert published is not None
    damaged = Home(small_home).folder(published) / "documents.jsonl"
    content = damaged.read_bytes()
    damaged.write_bytes(b"{}")
    with caplog.at_level(logging.WARNING, logger="app.live"):
        for _ in range(2):
            with live.reading() as base:
                assert base.generation.id == held
    assert [record.name for record in caplog.records].count("app.live") == 1
    damaged.write_bytes(content)
    with live.reading() as base:
        assert base.generation.id == held, "it is left alone for some seconds"
    live.close()
