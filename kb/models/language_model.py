"""Text from a language model, through llama-index's interface. The only file that loads one.

Any llama-index integration will do: KB_LLM names it as its package does ("ollama" is `llama-index-llms-ollama`). Only
the one for OpenAI-compatible servers comes with the installation. Whatever is configured, the rest of the project
sees a `LanguageModel` that streams text within a bounded time.
"""

import importlib
import inspect
import re
from collections.abc import Iterator, Sequence
from enum import StrEnum
from queue import Empty, Queue
from threading import Event, Thread
from time import monotonic
from typing import Any, Protocol

from kb.errors import ModelError
from kb.settings import Settings

LONGEST_OUTPUT = 8_000  # characters; an answer has some hundreds
MOST_TOKENS = 1_000
_PROVIDER = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
# Integrations name the same thing differently.
_URL_NAMES = ("api_base", "base_url", "endpoint", "azure_endpoint")
_KEY_NAMES = ("api_key", "token")
_TIMEOUT_NAMES = ("timeout", "request_timeout")
_END = None


class Failure(StrEnum):
    """Why a language model's text can't be used."""

    TIMEOUT = "timeout"
    UNREACHABLE = "unreachable"
    DECLINED = "declined"
    UNUSABLE = "unusable"


class LanguageModelFailedError(Exception):
    """A model gave no usable text. A value for the answering side, which quotes instead; no reader sees it."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.value)
        self.failure = failure


class LanguageModel(Protocol):
    """Writes text. `identity` says which model it is, without secrets."""

    identity: str

    def stream(self, instructions: str, request: str) -> Iterator[str]:
        """The text in pieces as they arrive. Raises LanguageModelFailedError, never anything of the model's own."""
        ...

    def close(self) -> None:
        """Release its connections."""
        ...


class LlamaIndexLanguageModel:
    """A LanguageModel over any llama-index `LLM`. `timeout` bounds a whole text, in seconds."""

    def __init__(self, model: Any, identity: str, timeout: float) -> None:
        self.identity = identity
        self._model = model
        self._timeout = timeout

    def stream(self, instructions: str, request: str) -> Iterator[str]:
        """The pieces, read in a thread of their own: a server that hangs holds up that thread and not the answer."""
        pieces: Queue[str | Exception | None] = Queue()
        stop = Event()
        # A daemon: the client's own time limit ends it, and a program that ends does not wait for it.
        Thread(target=self._read, args=(instructions, request, pieces, stop), daemon=True).start()
        deadline, length = monotonic() + self._timeout, 0
        try:
            while (piece := self._next(pieces, deadline)) is not _END:
                length += len(piece)
                if length > LONGEST_OUTPUT:
                    raise LanguageModelFailedError(Failure.UNUSABLE)
                yield piece
        finally:
            stop.set()

    def close(self) -> None:
        """Release the client's connections, and with them a thread that still waits for a server."""
        client = getattr(self._model, "_client", None)  # where llama-index's integrations keep it, if they keep one
        close = getattr(client, "close", None)
        if callable(close):
            close()

    def _read(self, instructions: str, request: str, pieces: "Queue[str | Exception | None]", stop: Event) -> None:
        try:
            for response in self._model.stream_chat(_messages(instructions, request)):
                if stop.is_set():
                    return
                if response.delta:
                    pieces.put(str(response.delta))
        except Exception as error:  # noqa: BLE001  every integration's client has its own kinds; told apart in `_next`
            pieces.put(error)
        pieces.put(_END)

    def _next(self, pieces: "Queue[str | Exception | None]", deadline: float) -> str | None:
        try:
            piece = pieces.get(timeout=max(deadline - monotonic(), 0.0))
        except Empty:
            raise LanguageModelFailedError(Failure.TIMEOUT) from None
        if isinstance(piece, Exception):
            raise LanguageModelFailedError(_failure_of(piece)) from piece
        return piece


def load_language_model(settings: Settings) -> LanguageModel | None:
    """The configured model; None where none is. Raises ModelError that names the missing package or setting."""
    chosen = [f"KB_{name.upper()}" for name in settings.model_fields_set if name.startswith("llm_")]
    if not settings.llm:
        if chosen:
            raise ModelError(
                f"{', '.join(sorted(chosen))} is set but KB_LLM is not: name the kind, such as openai-like"
            )
        return None
    if not _PROVIDER.fullmatch(settings.llm):
        raise ModelError(
            f"KB_LLM={settings.llm!r} is no kind of language model; write openai-like, ollama, anthropic …"
        )
    if not settings.llm_model:
        raise ModelError("KB_LLM is set but KB_LLM_MODEL is not: name the model")
    model = _load(settings)
    return LlamaIndexLanguageModel(model, f"{settings.llm}:{settings.llm_model}", settings.llm_timeout)


def _load(settings: Settings) -> Any:
    kind = _integration(settings.llm)
    try:
        return kind(**_arguments(kind, settings))
    except Exception as error:  # constructors check keys and names, each with errors of its own
        if isinstance(error, ModelError):
            raise
        key = settings.llm_key.get_secret_value()
        told = str(error).replace(key, "…") if key else str(error)
        raise ModelError(f"the language model {settings.llm}:{settings.llm_model} can't be set up: {told}") from None


def _integration(provider: str) -> Any:
    """The LLM class that the integration's module exports; where it exports several, the one of its own name."""
    module_name = f"llama_index.llms.{provider.replace('-', '_')}"
    package = f"llama-index-llms-{provider}"
    try:
        module = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        raise ModelError(
            f"KB_LLM={provider} needs the package {package}, which is not installed ({error.name} is missing); "
            f"install it with `.venv/bin/pip install {package}`"
        ) from None
    from llama_index.core.llms import LLM  # noqa: PLC0415

    exported = [getattr(module, name, None) for name in getattr(module, "__all__", ())]
    kinds = [kind for kind in exported if isinstance(kind, type) and issubclass(kind, LLM)]
    if not kinds:
        raise ModelError(f"{module_name} of the package {package} exports no language model; choose another KB_LLM")
    own = provider.replace("-", "")
    return next((kind for kind in kinds if kind.__name__.lower() == own), kinds[0])


def _arguments(kind: Any, settings: Settings) -> dict[str, Any]:
    """What the class takes, under its own names."""
    accepted = {*inspect.signature(kind.__init__).parameters, *getattr(kind, "model_fields", {})}
    arguments: dict[str, Any] = {_accepted(accepted, ("model", "model_name"), "KB_LLM_MODEL"): settings.llm_model}
    if settings.llm_url:
        arguments[_accepted(accepted, _URL_NAMES, "KB_LLM_URL")] = settings.llm_url
    if settings.llm_key.get_secret_value():
        arguments[_accepted(accepted, _KEY_NAMES, "KB_LLM_KEY")] = settings.llm_key.get_secret_value()
    elif settings.llm == "openai-like":
        arguments["api_key"] = "none"  # its client refuses to start without one, local servers need none
    wished = {"temperature": 0.0, "max_tokens": MOST_TOKENS, "max_retries": 0, "is_chat_model": True}
    wished |= dict.fromkeys(_TIMEOUT_NAMES, settings.llm_timeout)
    return arguments | {name: value for name, value in wished.items() if name in accepted}


def _accepted(accepted: set[str], names: Sequence[str], setting: str) -> str:
    found = next((name for name in names if name in accepted), None)
    if found is None:
        raise ModelError(f"{setting} is set, but this kind of language model takes none; unset it")
    return found


def _messages(instructions: str, request: str) -> list[Any]:
    from llama_index.core.llms import ChatMessage, MessageRole  # noqa: PLC0415

    return [
        ChatMessage(role=MessageRole.SYSTEM, content=instructions),
        ChatMessage(role=MessageRole.USER, content=request),
    ]


def _failure_of(error: Exception) -> Failure:
    """A client's error by its kind's name, since each client has its own: time ran out, no answer, or a bad one."""
    names = {kind.__name__.lower() for kind in type(error).__mro__}
    if any("timeout" in name for name in names):
        return Failure.TIMEOUT
    if isinstance(error, OSError) or any(
        word in name for name in names for word in ("connect", "network", "status", "protocol", "ratelimit", "apierror")
    ):
        return Failure.UNREACHABLE
    return Failure.UNUSABLE
