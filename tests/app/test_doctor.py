import json
from pathlib import Path

import pytest

from tests.app.conftest import Program
from tests.chat_server import MODEL as CHAT_MODEL
from tests.chat_server import Script, chat_server


def test_a_sound_installation_is_all_ok(kb: Program, small_home: Path) -> None:
    outcome = kb("doctor", "--home", small_home)
    assert outcome.code == 0
    assert "wrong" not in outcome.out
    assert "text recognition: " in outcome.out
    assert "built with server:hashing-256" in outcome.out
    assert "model: server:hashing-256, 256 dimensions" in outcome.out


def test_an_empty_home_is_told_to_ingest(kb: Program) -> None:
    outcome = kb("doctor", "--home", "nothing")
    assert outcome.code == 1
    assert "run `kb ingest`" in outcome.out
    assert not Path("nothing").exists()


def test_every_fault_is_found_in_one_go(kb: Program, small_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (small_home / "live").write_text("nonsense", encoding="utf-8")
    monkeypatch.setenv("KB_EMBEDDING_MODEL", "unknown-model")
    outcome = kb("doctor", "--home", small_home, "--json")
    problems = {check["name"]: check["problem"] for check in json.loads(outcome.out) if check["problem"]}
    assert outcome.code == 1
    assert "kb rollback" in problems["generation"]
    assert "unknown-model" in problems["model"]


@pytest.mark.parametrize("name", ["documents.jsonl", "unit_vectors.npy"])
def test_a_changed_file_of_the_live_generation_is_found(kb: Program, small_home: Path, name: str) -> None:
    (file,) = small_home.glob(f"generations/*/{name}")
    content = file.read_bytes()
    file.write_bytes(content[:-2] + bytes([content[-2] ^ 1]) + content[-1:])
    problems = {
        check["name"]: check["problem"] for check in json.loads(kb("doctor", "--home", small_home, "--json").out)
    }
    assert "not what was published" in problems["generation"]


def test_a_faulty_setting_is_named_and_its_key_never_shown(kb: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KB_EMBEDDING_KEY", "sesame-open")
    outcome = kb("doctor", "--home", "nothing")
    assert "embedding_key=**********" in outcome.out
    assert "sesame" not in outcome.out + outcome.err
    monkeypatch.setenv("KB_THREADS", "many")
    assert "KB_THREADS" in kb("doctor", "--home", "nothing").out


def test_the_language_model_is_shown_and_asked(kb: Program, small_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "language model: none; answers quote their sources" in kb("doctor", "--home", small_home).out
    monkeypatch.setenv("KB_LLM", "openai-like")
    monkeypatch.setenv("KB_LLM_MODEL", CHAT_MODEL)
    monkeypatch.setenv("KB_LLM_KEY", "sesame-open")
    with chat_server(Script(say=lambda _request: "Ready.")) as url:
        monkeypatch.setenv("KB_LLM_URL", url)
        outcome = kb("doctor", "--home", small_home)
    assert outcome.code == 0
    assert f"language model: openai-like:{CHAT_MODEL} at {url}, answers after " in outcome.out
    assert "sesame" not in outcome.out + outcome.err
    gone = kb("doctor", "--home", small_home)
    assert gone.code == 1
    assert "check KB_LLM_URL, KB_LLM_MODEL and KB_LLM_KEY" in gone.out


def test_a_language_model_that_cannot_be_loaded_names_its_package(
    kb: Program, small_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KB_LLM", "no-such-kind")
    monkeypatch.setenv("KB_LLM_MODEL", "m")
    assert "pip install llama-index-llms-no-such-kind" in kb("doctor", "--home", small_home).out
    outcome = kb("ask", "What is REPSE?", "--home", small_home)
    assert outcome.code == 1
    assert "llama-index-llms-no-such-kind" in outcome.err
