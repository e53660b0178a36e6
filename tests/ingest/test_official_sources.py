"""Official texts are downloaded whole, or the file that is there stays."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ingest import publish
from ingest.sources.catalogue import OfficialSource
from ingest.sources.fetch import Outcome, SourceReport, fetch_sources, source_status
from ingest.sources.record import read_record
from ingest.sources.transfer import Limits
from kb.errors import BusyError
from tests.embedders import HashingEmbedder
from tests.ingest.official_server import (
    ECFR,
    PAGE,
    OfficialServer,
    cut_off,
    endless,
    law_pdf,
    official_server,
    other,
    silent,
    status,
)

LIMITS = Limits(tries=3, first_pause=1.0, connect=5.0, silence=0.5, whole=60.0)
LAW, RULE, NOTE, EDITIONS = "/law.pdf", "/full/2026-10-01/title-45.xml?part=164", "/nota.php?codigo=1", "/versions.json"


@pytest.fixture
def server() -> Iterator[OfficialServer]:
    with official_server() as running:
        running.files[LAW] = (law_pdf(), "application/pdf")
        running.files[RULE] = (ECFR, "application/xml; charset=utf-8")
        running.files[NOTE] = (PAGE, "text/html; charset=UTF-8")
        _names_edition(running, "2026-10-01")
        yield running


def _names_edition(server: OfficialServer, edition: str) -> None:
    server.files[EDITIONS] = (json.dumps({"meta": {"latest_issue_date": edition}}).encode(), "application/json")


def _law(server: OfficialServer, **changes: object) -> OfficialSource:
    values: dict[str, object] = {
        "id": "law",
        "title": "Ley de prueba",
        "address": server.base + LAW,
        "format": "pdf",
        "authority": "statute",
        "jurisdiction": "MX",
        "topics": ["labor"],
        "language": "es",
        "source": "Ley de prueba",
        "pinpoints": "articles",
        "shape": {"min_bytes": 100, "max_bytes": 200_000, "first": "1", "last": "3", "at_least": 3},
    }
    return OfficialSource.model_validate(values | changes)


def _rule(server: OfficialServer) -> OfficialSource:
    return _law(
        server,
        id="rule",
        address=server.base + RULE.replace("2026-10-01", "{edition}"),
        edition={"address": server.base + EDITIONS, "key": "meta.latest_issue_date"},
        format="xml",
        authority="regulation",
        jurisdiction="US",
        language="en",
        pinpoints="cfr",
        shape={"first": "164.302", "last": "164.308", "at_least": 2},
    )


def _note(server: OfficialServer, **shape: object) -> OfficialSource:
    wanted = {"first": "1", "at_least": 2, "contains": ["los servicios especializados"]} | shape
    return _law(server, id="note", address=server.base + NOTE, format="html", shape=wanted)


def _fetch(folder: Path, *sources: OfficialSource, limits: Limits = LIMITS) -> list[SourceReport]:
    return list(fetch_sources(sources, folder, lambda _id, _done, _of: None, limits, lambda _seconds: None))


def _status(folder: Path, *sources: OfficialSource) -> list[Outcome]:
    reports = source_status(sources, folder, LIMITS, lambda _seconds: None)
    return [report.outcome for report in reports]


def test_three_formats_are_fetched_recorded_and_taken_by_an_ingest(server: OfficialServer, tmp_path: Path) -> None:
    folder = tmp_path / "official"
    reports = _fetch(folder, _law(server), _rule(server), _note(server))
    assert [report.outcome for report in reports] == [Outcome.NEW] * 3
    assert (folder / "law.pdf").read_bytes() == server.files[LAW][0]
    entry = read_record(folder)["rule"]
    assert entry.edition == "2026-10-01"
    assert entry.address == server.base + RULE
    assert entry.etag is not None
    assert "source_url: " + server.base + RULE in (folder / "rule.xml.yaml").read_text("utf-8")
    published = publish(folder, tmp_path / "home", embedder=HashingEmbedder())
    assert {"law", "rule"} <= set(published.added)
    assert not list(folder.glob(".*.part"))


def test_a_second_fetch_asks_whether_anything_changed_and_keeps_the_file(
    server: OfficialServer, tmp_path: Path
) -> None:
    first = _fetch(tmp_path, _law(server))[0]
    again = _fetch(tmp_path, _law(server))[0]
    assert again.outcome is Outcome.UNCHANGED
    assert again.fetched == first.fetched
    assert "If-None-Match" in server.asked(LAW)[1]


def test_what_changed_upstream_is_told_and_then_fetched(server: OfficialServer, tmp_path: Path) -> None:
    sources = (_law(server), _rule(server))
    assert _status(tmp_path, *sources) == [Outcome.MISSING] * 2
    _fetch(tmp_path, *sources)
    assert _status(tmp_path, *sources) == [Outcome.UNCHANGED] * 2
    server.files[LAW] = (law_pdf(amount="quince"), "application/pdf")
    server.files[RULE.replace("10-01", "11-01")] = (ECFR.replace(b"must comply", b"shall comply"), "text/xml")
    _names_edition(server, "2026-11-01")
    assert _status(tmp_path, *sources) == [Outcome.UPSTREAM] * 2
    assert [report.outcome for report in _fetch(tmp_path, *sources)] == [Outcome.CHANGED] * 2
    assert b"shall comply" in (tmp_path / "rule.xml").read_bytes()
    assert _status(tmp_path, *sources) == [Outcome.UNCHANGED] * 2


def test_a_server_that_answers_no_head_request_is_asked_with_get(server: OfficialServer, tmp_path: Path) -> None:
    _fetch(tmp_path, _law(server))
    server.plan(LAW, status(405))
    assert _status(tmp_path, _law(server)) == [Outcome.UNCHANGED]


def test_a_server_that_names_no_version_leaves_it_unknown_until_fetched(server: OfficialServer, tmp_path: Path) -> None:
    server.validators = False
    _fetch(tmp_path, _law(server))
    assert _status(tmp_path, _law(server)) == [Outcome.UNKNOWN]
    assert _fetch(tmp_path, _law(server))[0].outcome is Outcome.UNCHANGED


def test_a_file_that_was_edited_here_is_told_and_replaced(server: OfficialServer, tmp_path: Path) -> None:
    _fetch(tmp_path, _law(server))
    (tmp_path / "law.pdf").write_bytes(b"edited")
    assert _status(tmp_path, _law(server)) == [Outcome.DAMAGED]
    _fetch(tmp_path, _law(server))
    assert (tmp_path / "law.pdf").read_bytes() == server.files[LAW][0]


def test_failures_that_pass_are_tried_again_after_the_pause_asked_for(server: OfficialServer, tmp_path: Path) -> None:
    server.plan(LAW, status(500), status(429, Retry_After="7"))
    pauses: list[float] = []
    reports = list(fetch_sources([_law(server)], tmp_path, lambda _i, _d, _o: None, LIMITS, pauses.append))
    assert reports[0].outcome is Outcome.NEW
    assert pauses == [1.0, 7.0]


def test_a_transfer_cut_off_in_the_middle_goes_on_where_it_was(server: OfficialServer, tmp_path: Path) -> None:
    server.plan(LAW, cut_off(server, 400))
    assert _fetch(tmp_path, _law(server))[0].outcome is Outcome.NEW
    assert server.asked(LAW)[1]["Range"] == "bytes=400-"
    assert (tmp_path / "law.pdf").read_bytes() == server.files[LAW][0]


def test_a_file_that_changed_between_two_tries_is_not_glued_together(server: OfficialServer, tmp_path: Path) -> None:
    cutting = cut_off(server, 400)
    changed = law_pdf(amount="veinte")

    def cut_then_change(handler: object) -> None:
        cutting(handler)  # type: ignore[arg-type]
        server.files[LAW] = (changed, "application/pdf")

    server.plan(LAW, cut_then_change)
    _fetch(tmp_path, _law(server))
    assert (tmp_path / "law.pdf").read_bytes() == changed


def test_a_server_without_ranges_is_asked_for_the_whole_again(server: OfficialServer, tmp_path: Path) -> None:
    server.ranges = False
    server.plan(LAW, cut_off(server, 400))
    assert _fetch(tmp_path, _law(server))[0].outcome is Outcome.NEW
    assert (tmp_path / "law.pdf").read_bytes() == server.files[LAW][0]


def _with_a_good_file(server: OfficialServer, folder: Path) -> OfficialSource:
    source = _law(server)
    _fetch(folder, source)
    server.files[LAW] = (law_pdf(amount="cinco"), "application/pdf")
    return source


@pytest.mark.parametrize(
    ("trouble", "says"),
    [
        ([status(500)] * 3, "gave up after 3 tries"),
        ([silent(1.5)] * 3, "gave up after 3 tries"),
        ([status(404)], "answered 404"),
        ([endless("application/pdf", 4_000_000)], "more than the 200,000 bytes"),
        ([status(302, Location="http://localhost:1/law.pdf")], "another host"),
        ([status(302, Location=LAW)] * 9, "sends on more than"),
        ([other(PAGE, "text/html")], "is text/html, wanted is"),
        (
            [other(PAGE * 3, "application/pdf")],
            "does not begin as a file of format pdf",
        ),
        (
            [other(law_pdf(2), "application/pdf")],
            "no article or section 3",
        ),
    ],
    ids=["500", "silent", "404", "endless", "host", "loop", "type", "signature", "shape"],
)
def test_whatever_goes_wrong_the_good_file_stays(
    server: OfficialServer,
    tmp_path: Path,
    trouble: list[object],
    says: str,
) -> None:
    source = _with_a_good_file(server, tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.name != ".fetch.lock"}
    server.plan(LAW, *trouble)  # type: ignore[arg-type]
    report = _fetch(tmp_path, source)[0]
    assert report.outcome is Outcome.FAILED
    assert says in report.message
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.name != ".fetch.lock"} == before


def test_one_that_fails_does_not_keep_the_others_back(server: OfficialServer, tmp_path: Path) -> None:
    server.plan(LAW, status(404))
    outcomes = [report.outcome for report in _fetch(tmp_path, _law(server), _note(server))]
    assert outcomes == [Outcome.FAILED, Outcome.NEW]


def test_a_file_that_drips_is_given_up_after_the_time_for_the_whole(server: OfficialServer, tmp_path: Path) -> None:
    server.plan(LAW, endless("application/pdf", 150_000))
    report = _fetch(tmp_path, _law(server), limits=replace(LIMITS, whole=0.0))[0]
    assert report.outcome is Outcome.FAILED
    assert "takes too long" in report.message


def test_an_interrupted_fetch_leaves_the_good_file_and_no_rest(server: OfficialServer, tmp_path: Path) -> None:
    source = _with_a_good_file(server, tmp_path)
    good = (tmp_path / "law.pdf").read_bytes()

    def interrupt(_id: str, done: int, _of: int) -> None:
        if done:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        list(fetch_sources([source], tmp_path, interrupt, LIMITS, lambda _seconds: None))
    assert (tmp_path / "law.pdf").read_bytes() == good
    assert not list(tmp_path.glob(".*.part"))


def test_a_script_is_no_text_of_a_page(server: OfficialServer, tmp_path: Path) -> None:
    assert "no article or section 9" in _fetch(tmp_path, _note(server, last="9"))[0].message


def test_two_fetches_into_one_folder_are_refused(server: OfficialServer, tmp_path: Path) -> None:
    running = fetch_sources([_law(server), _note(server)], tmp_path, lambda _i, _d, _o: None, LIMITS)
    next(running)
    with pytest.raises(BusyError, match="another fetch"):
        _fetch(tmp_path, _law(server))
    assert len(list(running)) == 1
