"""An identifier in a question reaches no receipt, no log, no output and no model, whichever way it was asked."""

import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from app.server import create_app
from tests.app.conftest import Program
from tests.chat_server import MODEL as CHAT_MODEL
from tests.chat_server import Script, chat_server
from tests.embedders import HashingEmbedder
from tests.embedding_server import MODEL
from tests.small_corpus import QUESTION

# Made up, each of another kind.
IDENTIFIERS = [
    "John Smith", "lopez", "123-45-6789", "MRN 00493817", "W1234-56789", "415-555-2671", "jsmith@example.com", "03/04/1985",
    "GOMC850304HDFRRL09", "GOMC850304AB1", "12345678903",
]  # fmt: skip
ASKED = (
    "John Smith (SSN 123-45-6789, MRN 00493817, member ID W1234-56789, phone 415-555-2671, jsmith@example.com, DOB 03/04/1985, "
    f"CURP GOMC850304HDFRRL09, RFC GOMC850304AB1, NSS 12345678903): {QUESTION}"
)
ALSO_ASKED = "¿Mi empleada ana lopez, CURP GOMC850304HDFRRL09, tiene derecho al reparto de utilidades?"
SECRETS = [word for identifier in IDENTIFIERS for word in identifier.split() if word != "MRN"]


def leaks(text: str) -> list[str]:
    return [secret for secret in SECRETS if secret.lower() in text.lower()]


def leaks_in(home: Path) -> list[str]:
    """Identifiers in any file of the home, as text or in a binary file."""
    found = []
    for path in home.rglob("*"):
        if path.is_file():
            content = path.read_bytes().lower()
            found += [f"{path.name}: {secret}" for secret in SECRETS if secret.lower().encode() in content]
    return found


@pytest.fixture
def client(small_home: Path) -> Iterator[TestClient]:
    app = create_app(small_home, HashingEmbedder(identity=f"server:{MODEL}"))
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


def test_the_search_for_leaks_finds_one(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("… W1234-56789 …", encoding="utf-8")
    assert leaks_in(tmp_path) == ["file: W1234-56789"]
    assert leaks(ASKED + ALSO_ASKED) == SECRETS


def test_over_http_nothing_is_kept_and_the_question_is_answered(
    client: TestClient, small_home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    answer = client.post("/api/ask", json={"question": ASKED})
    client.post("/api/ask", json={"question": "And how often?", "history": [ASKED, ALSO_ASKED]})
    client.post("/api/ask", json={"question": ALSO_ASKED})
    client.post("/api/search", json={"query": ASKED})
    client.post("/api/ask", json={"question": ASKED, "topic": "no such topic"})
    assert answer.json()["status"] == "answered"
    (notice,) = [notice for notice in answer.json()["notices"] if notice["kind"] == "personal-data"]
    for kind in ("name", "SSN", "identifier", "phone", "email", "birth date", "CURP", "RFC", "NSS"):
        assert kind in notice["text"]
    assert leaks(answer.text) == []
    assert len(list((small_home / "receipts").iterdir())) == 3
    assert leaks_in(small_home) == []
    assert leaks(caplog.text) == []


def test_on_the_command_line_nothing_is_kept_or_printed(kb: Program, small_home: Path) -> None:
    outcome = kb("ask", ASKED, "--home", small_home)
    assert "Notice (personal-data)" in outcome.out
    assert leaks(outcome.out + outcome.err) == []
    assert leaks_in(small_home) == []
    receipt = next((small_home / "receipts").iterdir())
    again = kb("replay", receipt.stem, "--home", small_home)
    assert again.code == 0
    assert leaks(again.out + again.err) == []


def test_a_home_that_cannot_be_written_says_so_without_the_question(
    client: TestClient, small_home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (small_home / "receipts").write_text("in the way", encoding="utf-8")
    caplog.set_level(logging.DEBUG)
    answer = client.post("/api/ask", json={"question": ASKED}).json()
    assert answer["receipt"] is None
    assert "the receipt could not be kept" in caplog.text
    assert leaks(caplog.text) == []


def test_a_language_model_sees_none_of_it(
    kb: Program, small_home: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    script = Script(say=lambda _request: "A REPSE registration must be renewed every three years (LFT art. 15) [1].")
    caplog.set_level(logging.DEBUG)
    with chat_server(script) as url:
        for name, value in {"KB_LLM": "openai-like", "KB_LLM_MODEL": CHAT_MODEL, "KB_LLM_URL": url}.items():
            monkeypatch.setenv(name, value)
        outcome = kb("ask", ASKED, "--home", small_home, "--json")
    assert json.loads(outcome.out)["model"] == f"openai-like:{CHAT_MODEL}"
    assert len(script.requests) == 1
    assert leaks(json.dumps(script.requests)) == []
    assert leaks(caplog.text) == []
    assert leaks_in(small_home) == []
