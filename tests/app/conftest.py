import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from app.cli import main
from app.server import create_app
from ingest import publish
from tests.embedders import HashingEmbedder
from tests.embedding_server import MODEL, embedding_server
from tests.small_corpus import write_small_corpus


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """How a call of the program ended."""

    code: int
    out: str
    err: str


Program = Callable[..., Outcome]


@pytest.fixture(scope="session")
def embedding_url() -> Iterator[str]:
    """A running embedding server, for KB_EMBEDDING_URL."""
    with embedding_server() as url:
        yield url


@pytest.fixture(scope="session")
def published_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the small corpus, as the program itself would publish it with the embedding server. Not to be changed."""
    place = tmp_path_factory.mktemp("published")
    embedder = HashingEmbedder(identity=f"server:{MODEL}")
    publish(write_small_corpus(place / "corpus"), place / "home", embedder=embedder)
    return place / "home"


@pytest.fixture
def small_home(published_home: Path, tmp_path: Path) -> Path:
    """A copy of the published home that a test may change."""
    return Path(shutil.copytree(published_home, tmp_path / "home"))


@pytest.fixture
def small_corpus(tmp_path: Path) -> Path:
    """The small corpus in a folder that a test may change."""
    return write_small_corpus(tmp_path / "corpus")


@pytest.fixture
def kb(
    embedding_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Program:
    """Runs `kb` with arguments in this process, in an empty folder, with the embedding server as its model."""
    monkeypatch.setenv("KB_EMBEDDING_URL", embedding_url)
    monkeypatch.setenv("KB_EMBEDDING_MODEL", MODEL)
    monkeypatch.delenv("KB_HOME", raising=False)
    monkeypatch.chdir(tmp_path)

    def run(*arguments: object) -> Outcome:
        monkeypatch.setattr(sys, "argv", ["kb", *map(str, arguments)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsys.readouterr()
        assert "Traceback" not in err
        return Outcome(code=int(ended.value.code or 0), out=out, err=err)

    return run


@pytest.fixture(scope="session")
def embedder() -> HashingEmbedder:
    """What the published home was built with."""
    return HashingEmbedder(identity=f"server:{MODEL}")


@pytest.fixture
def client(small_home: Path, embedder: HashingEmbedder) -> Iterator[TestClient]:
    """The whole application on a home of its own; keeps its cookies, as one browser does."""
    with TestClient(create_app(small_home, embedder), raise_server_exceptions=False) as client:
        yield client
