"""The settings: one frozen object, read from `KB_*` environment variables, unknown names refused."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

from kb.errors import SettingsError

PREFIX = "KB_"


class Settings(BaseModel):
    """What an operator may choose. Defaults need no network and no configuration."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    home: Path = Field(default=Path(".kb"), description="where generations, receipts and the embedding cache live")
    embedding_model: str = Field(
        default="", description="a hub name or local folder; empty: the weights that come with the installation"
    )
    embedding_url: str = Field(default="", description="base URL of an OpenAI-compatible embedding server")
    embedding_key: SecretStr = Field(default=SecretStr(""), description="its key")
    embedding_query_prefix: str | None = Field(default=None, description="put before each question")
    embedding_passage_prefix: str | None = Field(default=None, description="put before each passage")
    llm: str = Field(
        default="",
        description="kind of language model that words the answers: `openai-like`, `ollama`, `anthropic`, or any other whose "
        "package `llama-index-llms-KIND` is installed; empty: answers quote their sources",
    )
    llm_model: str = Field(default="", description="its name")
    llm_url: str = Field(default="", description="base URL of its server")
    llm_key: SecretStr = Field(default=SecretStr(""), description="its key")
    llm_timeout: Annotated[float, Field(gt=0, le=600)] = Field(
        default=30.0, description="seconds for a whole answer; then the sources are quoted instead"
    )
    model_cache: Path | None = Field(default=None, description="where unpacked model weights are kept")
    precision: Literal["auto", "float32", "bfloat16"] = Field(
        default="auto", description="of the model's arithmetic; auto: bfloat16 where the processor has it"
    )
    keep_generations: Annotated[int, Field(ge=2, le=1000)] = Field(
        default=5, description="how many of the newest generations stay on disk; the live one and its parent always do"
    )
    threads: Annotated[int, Field(ge=0, le=256)] = Field(
        default=0, description="CPU threads for the model; 0: all cores"
    )


def load_settings(environment: Mapping[str, str] = os.environ, **overrides: object) -> Settings:
    """Settings from the environment; keyword arguments win. Raises SettingsError naming each fault."""
    known = {PREFIX + name.upper() for name in Settings.model_fields}
    unknown = sorted(name for name in environment if name.startswith(PREFIX) and name not in known)
    if unknown:
        raise SettingsError(f"unknown settings {', '.join(unknown)}: known are {', '.join(sorted(known))}")
    try:
        return Settings.model_validate(
            {
                **{
                    name: environment[PREFIX + name.upper()]
                    for name in Settings.model_fields
                    if PREFIX + name.upper() in environment
                },
                **{name: value for name, value in overrides.items() if value is not None},
            }
        )
    except ValidationError as error:
        faults = "; ".join(f"{PREFIX}{str(fault['loc'][0]).upper()}: {fault['msg']}" for fault in error.errors())
        raise SettingsError(f"settings can't be used: {faults}") from None
