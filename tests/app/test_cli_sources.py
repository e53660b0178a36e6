import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.app.conftest import Program
from tests.ingest.official_server import OfficialServer, law_pdf, official_server, status

CATALOGUE = """sources:
  - id: law
    title: Ley de prueba
    address: {base}/law.pdf
    format: pdf
    authority: statute
    jurisdiction: MX
    topics: [labor]
    language: es
    source: Ley de prueba
    pinpoints: articles
    shape: {{first: "1", last: "3", at_least: 3}}
"""


@pytest.fixture
def server() -> Iterator[OfficialServer]:
    with official_server() as running:
        running.files["/law.pdf"] = (law_pdf(), "application/pdf")
        yield running


@pytest.fixture
def options(server: OfficialServer, tmp_path: Path) -> list[str]:
    (tmp_path / "sources.yaml").write_text(CATALOGUE.format(base=server.base), encoding="utf-8")
    return ["--catalogue", str(tmp_path / "sources.yaml"), "--to", str(tmp_path / "official")]


def test_status_then_fetch_then_status(kb: Program, server: OfficialServer, options: list[str]) -> None:
    before = kb("sources", "status", *options)
    assert (before.code, before.out) == (1, "law: missing\n")
    fetched = kb("sources", "fetch", *options)
    assert fetched.code == 0, fetched.err
    assert "law: new (" in fetched.err
    assert fetched.out.startswith("1 new in ")
    assert kb("sources", "status", *options).code == 0
    server.files["/law.pdf"] = (law_pdf(amount="quince"), "application/pdf")
    after = kb("sources", "status", "law", "--json", *options)
    assert after.code == 1
    (report,) = json.loads(after.out)
    assert report["outcome"] == "changed-upstream"
    assert len(report["sha256"]) == 64


def test_a_failed_fetch_ends_with_1_and_says_why(kb: Program, server: OfficialServer, options: list[str]) -> None:
    server.plan("/law.pdf", status(404))
    outcome = kb("sources", "fetch", "--json", *options)
    assert outcome.code == 1
    (report,) = json.loads(outcome.out)
    assert report["outcome"] == "failed"
    assert "answered 404" in report["message"]


def test_wrong_usage_and_a_faulty_catalogue_are_told_apart(kb: Program, tmp_path: Path, options: list[str]) -> None:
    assert kb("sources", "fetch", "nothing", *options).code == 2
    (tmp_path / "sources.yaml").write_text("sources:\n  - id: law\n    colour: red\n")
    outcome = kb("sources", "status", *options)
    assert outcome.code == 1
    assert "sources.yaml:3: colour: unknown key" in outcome.err


def test_an_interrupted_fetch_says_what_is_done(
    kb: Program, options: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_arguments: object, **_named: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("ingest.sources.fetch.download", interrupted)
    outcome = kb("sources", "fetch", *options)
    assert outcome.code == 130
    assert "the 0 sources named above are done, no other file was changed" in outcome.err
