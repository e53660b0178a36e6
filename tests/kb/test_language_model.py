"""Loading a language model by configuration, and streaming from it within a bounded time."""

import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from kb.errors import ModelError
from kb.models.language_model import (
    Failure,
    LanguageModel,
    LanguageModelFailedError,
    load_language_model,
)
from kb.settings import load_settings
from tests.chat_server import MODEL, Script, chat_server


def load(**settings: object) -> LanguageModel | None:
    return load_language_model(load_settings({}, **settings))


def loaded(**settings: object) -> LanguageModel:
    model = load(**settings)
    assert model is not None
    return model


def text_of(model: LanguageModel) -> str:
    with closing(model):
        return "".join(model.stream("Be brief.", "Are you ready?"))


def test_without_settings_there_is_none() -> None:
    assert load() is None


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"llm_model": "m"}, "KB_LLM_MODEL is set but KB_LLM is not"),
        ({"llm_url": "http://127.0.0.1/v1", "llm_model": "m"}, "KB_LLM_MODEL, KB_LLM_URL is set but KB_LLM is not"),
        ({"llm": "openai-like"}, "KB_LLM_MODEL is not: name the model"),
        ({"llm": "../evil", "llm_model": "m"}, "is no kind of language model"),
        ({"llm": "OpenAI Like", "llm_model": "m"}, "is no kind of language model"),
        ({"llm": "no-such-kind", "llm_model": "m"}, r"needs the package llama-index-llms-no-such-kind, which is not installed"),
    ],
)  # fmt: skip
def test_what_is_missing_is_named(settings: dict[str, object], told: str) -> None:
    with pytest.raises(ModelError, match=told):
        load(**settings)


def test_a_text_comes_in_pieces_and_carries_key_and_model() -> None:
    script = Script(say=lambda _request: "I am ready.")
    with chat_server(script) as url:
        model = loaded(llm="openai-like", llm_model=MODEL, llm_url=url, llm_key="sesame")
        with closing(model):
            assert list(model.stream("Be brief.", "Are you ready?")) == ["I", " am", " ready."]
    (request,) = script.requests
    assert request["key"] == "Bearer sesame"
    assert request["temperature"] == 0.0
    assert [message["role"] for message in request["messages"]] == ["system", "user"]
    assert model.identity == f"openai-like:{MODEL}"


def test_a_failing_server_is_asked_once_and_no_more() -> None:
    script = Script(status=500)
    with chat_server(script) as url, pytest.raises(LanguageModelFailedError) as failed:
        text_of(loaded(llm="openai-like", llm_model=MODEL, llm_url=url))
    assert failed.value.failure is Failure.UNREACHABLE
    assert len(script.requests) == 1


def test_the_time_limit_is_the_settings() -> None:
    with chat_server(Script(hang=3.0)) as url, pytest.raises(LanguageModelFailedError) as failed:
        text_of(loaded(llm="openai-like", llm_model=MODEL, llm_url=url, llm_timeout=0.3))
    assert failed.value.failure is Failure.TIMEOUT


# Any other integration


@pytest.fixture
def parrot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An integration of another kind, installed as its package would be."""
    package = tmp_path / "llama_index" / "llms" / "parrot"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text(
        """
from collections.abc import Iterator
from llama_index.core.llms import CompletionResponse, CustomLLM, LLMMetadata

class Parrot(CustomLLM):
    model: str
    base_url: str = ""
    request_timeout: float = 0.0

    @property
    def metadata(self): return LLMMetadata(model_name=self.model)
    def complete(self, prompt, formatted=False, **kwargs): return CompletionResponse(text=prompt)
    def stream_complete(self, prompt, formatted=False, **kwargs) -> Iterator[CompletionResponse]:
        yield CompletionResponse(text="x", delta=f"{self.base_url} {self.request_timeout}")

class Quiet(Parrot):
    pass

__all__ = ["Quiet", "Parrot", "missing"]
""",
        encoding="utf-8",
    )
    import llama_index.llms  # noqa: PLC0415

    monkeypatch.setattr(llama_index.llms, "__path__", [*llama_index.llms.__path__, str(package.parent)])
    yield
    sys.modules.pop("llama_index.llms.parrot", None)


@pytest.mark.usefixtures("parrot")
def test_any_integration_is_loaded_by_its_packages_name_and_its_own_argument_names() -> None:
    model = loaded(llm="parrot", llm_model="grey", llm_url="http://perch", llm_timeout=7)
    assert model.identity == "parrot:grey"
    assert text_of(model) == "http://perch 7.0"


@pytest.mark.usefixtures("parrot")
def test_a_setting_that_an_integration_does_not_take_is_named() -> None:
    with pytest.raises(ModelError, match="KB_LLM_KEY is set, but this kind of language model takes none"):
        load(llm="parrot", llm_model="grey", llm_key="sesame")
