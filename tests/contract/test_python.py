"""The Python contract, run as other people's scripts have it, and the records that they read."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import fields
from datetime import date, datetime
from pathlib import Path

import msgspec
import pytest

import kb
from ingest import Report, publish
from kb import Answer, Citation, Filters, Hit, KnowledgeBase, Notice, Statement
from kb.errors import KnowledgeBaseError, UsageError
from kb.records import (
    Authority,
    Finding,
    Jurisdiction,
    Language,
    Metadata,
    NearestTopic,
    NoticeKind,
    Severity,
    Status,
    Topic,
)
from tests.embedders import HashingEmbedder
from tests.embedding_server import embedding_server, environment_for
from tests.small_corpus import QUESTION, UNANSWERABLE, write_small_corpus

ROOT = Path(__file__).parents[2]
# Word for word, but for what is printed at the end.
SCRIPT = """
import sys
home = sys.argv[1]

from ingest import publish
report = publish("corpus", home)                # report.generation, .added, .changed, .removed, .unchanged, .embedded, .findings

from kb import KnowledgeBase, Filters
base = KnowledgeBase.open(home)                 # the live generation
base.generation.id
hits = base.search("REPSE renewal", k=10, filters=Filters(jurisdiction="MX"))   # best first; hit.document_id, hit.score, hit.passage.text, .pinpoint, .start, .end
previous_answer = base.ask("What is REPSE?")
answer = base.ask("How often is it renewed?", history=[("What is REPSE?", previous_answer)])
base.document("ptu-share").text                 # the stored text that every span refers to

import json
print(json.dumps({
    "generation": [report.generation, base.generation.id, answer.generation],
    "counts": [len(report.added), len(report.changed), len(report.removed), len(report.unchanged), report.embedded],
    "findings": list(map(str, report.findings)),
    "hits": [[hit.document_id, hit.score, hit.passage.pinpoint, hit.passage.start, hit.passage.end, hit.passage.text] for hit in hits],
    "texts": {hit.document_id: base.document(hit.document_id).text for hit in hits},
    "status": answer.status,
    "quotes": [[citation.document, citation.start, citation.end, citation.quote] for citation in answer.citations],
}))
"""


def test_the_contracts_example_runs_as_it_is_written(tmp_path: Path) -> None:
    write_small_corpus(tmp_path / "corpus")
    with embedding_server() as url:
        environment = environment_for(url) | {"PYTHONPATH": str(ROOT)}
        command = [sys.executable, "-W", "error::ResourceWarning", "-c", SCRIPT, "home"]
        run = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert run.stderr == ""
    printed = json.loads(run.stdout)
    assert len(set(printed["generation"])) == 1
    assert printed["counts"] == [4, 0, 0, 0, 5]
    assert printed["status"] == "answered"
    assert printed["quotes"][0][3] == "A REPSE registration must be renewed every three years (LFT art. 15)."
    for document, start, end, quote in printed["quotes"]:
        assert printed["texts"][document][start:end] == quote
    scores = [score for _, score, *_ in printed["hits"]]
    assert scores == sorted(scores, reverse=True)
    assert printed["hits"][0][0] == "repse-renewal"
    for document, score, _, start, end, text in printed["hits"]:
        assert 0 <= score <= 1
        assert printed["texts"][document][start:end] == text


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KnowledgeBase]:
    place = tmp_path_factory.mktemp("contract")
    publish(write_small_corpus(place / "corpus"), place / "home", embedder=HashingEmbedder())
    opened = KnowledgeBase.open(place / "home", embedder=HashingEmbedder())
    yield opened
    opened.close()


def names(record: type) -> list[str]:
    return [field.name for field in fields(record)]


def test_the_package_offers_what_the_contract_names() -> None:
    assert set(kb.__all__) >= {"KnowledgeBase", "Filters"}
    assert all(hasattr(kb, name) for name in kb.__all__)


def test_an_answer_has_the_contracts_fields() -> None:
    assert names(Answer)[:13] == [
        "status", "question", "language", "as_of", "generation", "receipt", "statements", "citations", "notices", "reason",
        "nearest", "understood_as", "timing_ms",
    ]  # fmt: skip
    assert names(Statement) == ["text", "citations"]
    assert names(Citation) == [
        "number", "document", "title", "section", "pinpoint", "authority", "jurisdiction", "language", "effective_from",
        "reviewed", "page", "quote", "start", "end", "source_url",
    ]  # fmt: skip
    assert names(Notice) == ["kind", "text", "citations"]
    assert names(NearestTopic)[:2] == ["document", "title"]
    assert {"passage", "score"} <= set(names(Hit))


def test_a_report_has_the_contracts_fields() -> None:
    assert {"generation", "added", "changed", "removed", "unchanged", "embedded", "findings"} <= set(names(Report))
    assert names(Finding) == ["path", "severity", "code", "message", "line", "advice"]


def test_the_closed_lists_are_the_contracts() -> None:
    assert [member.value for member in Authority] == ["statute", "regulation", "agency", "internal", "vendor"]
    assert [authority.rank for authority in Authority] == [0, 1, 2, 3, 4]
    assert [member.value for member in Jurisdiction] == ["US", "MX"]
    assert [member.value for member in Language] == ["en", "es"]
    assert [member.value for member in Topic] == [
        "hipaa", "privacy", "ptu", "repse", "labor", "tax", "social-security", "vendor-selection",
    ]  # fmt: skip
    assert [member.value for member in Status] == ["answered", "abstained"]
    assert [member.value for member in NoticeKind] == [
        "conflict", "superseded", "review-overdue", "misplaced", "lower-authority", "personal-data", "false-premise",
        "unsupported-removed",
    ]  # fmt: skip


def test_every_quote_of_an_answer_stands_at_its_span_and_every_statement_cites_one(base: KnowledgeBase) -> None:
    answer = base.ask(QUESTION, record=False)
    assert (answer.status, answer.reason) == (Status.ANSWERED, None)
    assert [citation.number for citation in answer.citations] == [1, 2]
    for citation in answer.citations:
        assert base.document(citation.document).text[citation.start : citation.end] == citation.quote
    assert [statement.citations for statement in answer.statements] == [(1,), (2,)]
    assert answer.timing_ms["total"] >= 0


def test_an_abstention_has_a_reason_and_states_nothing(base: KnowledgeBase) -> None:
    answer = base.ask(UNANSWERABLE, record=False)
    assert answer.status is Status.ABSTAINED
    assert answer.reason == "The knowledge base holds nothing on: Toronto."
    assert (answer.statements, answer.citations) == ((), ())
    assert answer.timing_ms["total"] >= 0


# Filters


def test_filters_take_the_plain_strings_of_the_contract() -> None:
    plain = Filters(as_of="2026-11-21", jurisdiction="MX", topic="social-security", authority="agency", language="es")
    assert plain == Filters(
        as_of=date(2026, 11, 21), jurisdiction=Jurisdiction.MX, topic=Topic.SOCIAL_SECURITY, authority=Authority.AGENCY,
        language=Language.ES,
    )  # fmt: skip
    assert Filters(as_of=datetime(2026, 11, 21, 10)).as_of == date(2026, 11, 21)  # noqa: DTZ001
    assert msgspec.json.decode(msgspec.json.encode(plain), type=Filters) == plain


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("jurisdiction", "FR", "unknown jurisdiction 'FR'; known are US, MX"),
        ("topic", "cooking", "unknown topic 'cooking'; known are hipaa, privacy"),
        ("authority", "", "unknown authority ''; known are statute"),
        ("language", "EN", "unknown language 'EN'; known are en, es"),
        ("as_of", "soon", "as_of: 'soon' is no date; write it as 2026-11-01"),
        ("as_of", "2026-02-31", "as_of: '2026-02-31' is no date"),
    ],
)
def test_an_unknown_filter_value_is_refused_with_the_known_ones(name: str, value: str, message: str) -> None:
    with pytest.raises(UsageError, match=message) as refused:
        Filters(**{name: value})
    assert isinstance(refused.value, KnowledgeBaseError)


def test_law_is_in_force_from_its_first_day_until_the_day_before_its_end() -> None:
    law = Metadata(
        id="d", title="T", authority=Authority.STATUTE, jurisdiction=Jurisdiction.MX, topics=(Topic.PTU,),
        language=Language.ES, effective_from=date(2026, 1, 1), effective_to=date(2027, 1, 1),
    )  # fmt: skip
    days = [date(2025, 12, 31), date(2026, 1, 1), date(2026, 12, 31), date(2027, 1, 1)]
    assert [law.in_force(day) for day in days] == [False, True, True, False]
    assert [Filters().admits(law, day) for day in days] == [False, True, True, False]
    assert Filters(as_of=days[1]).admits(law, days[3])


# Findings


@pytest.mark.parametrize(
    ("severity", "line", "shown"),
    [
        (Severity.ERROR, 3, "a.md:3: topics: missing"),
        (Severity.ERROR, None, "a.md: topics: missing"),
        (Severity.WARNING, 3, "a.md:3: warning: topics: missing"),
    ],
)
def test_a_fault_is_shown_as_the_contract_has_it(severity: Severity, line: int | None, shown: str) -> None:
    assert str(Finding(path="a.md", severity=severity, code="c", message="topics: missing", line=line)) == shown
