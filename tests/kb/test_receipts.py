import stat
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from kb.errors import ReceiptError
from kb.home import Home
from kb.receipts import Receipt, differences, load_receipt, new_receipt_id, save_receipt
from kb.records import (
    Answer,
    Authority,
    Citation,
    Filters,
    Jurisdiction,
    Language,
    NearestTopic,
    Notice,
    NoticeKind,
    Statement,
    Status,
)


@pytest.fixture
def receipt() -> Receipt:
    """A receipt with something in every field."""
    identifier = new_receipt_id()
    citation = Citation(
        number=1, document="d", title="Título", section=("One", "Two"), pinpoint="LFT art. 87", authority=Authority.STATUTE,
        jurisdiction=Jurisdiction.MX, language=Language.ES, effective_from=date(2021, 4, 24), reviewed=None, page=3,
        quote="Quince días.", start=5, end=17, source_url="https://example.org",
    )  # fmt: skip
    answer = Answer(
        status=Status.ANSWERED, question="¿Cuánto?", language=Language.ES, as_of=date(2026, 11, 22), generation="g",
        receipt=identifier, statements=(Statement(text="Quince días.", citations=(1,)),), citations=(citation,),
        notices=(Notice(kind=NoticeKind.CONFLICT, text="…", citations=(1,)),),
        nearest=(NearestTopic(document="d", title="T", section=("One",)),), understood_as="x", timing_ms={"total": 1.5},
    )  # fmt: skip
    return Receipt(
        id=identifier, created=datetime(2026, 11, 22, 10, tzinfo=UTC), generation="g", model="m", question="¿Cuánto?",
        earlier=("¿Qué?",), filters=Filters(jurisdiction="MX", as_of="2026-11-22"), today=date(2026, 11, 22),
        evidence=(("p1", 0.75), ("p2", 0.5)), answer=answer,
    )  # fmt: skip


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


def test_a_receipt_comes_back_as_it_was(home: Home, receipt: Receipt) -> None:
    save_receipt(home, receipt)
    assert load_receipt(home, receipt.id) == receipt


def test_only_its_owner_may_read_a_receipt(home: Home, receipt: Receipt) -> None:
    save_receipt(home, receipt)
    path = home.receipts / f"{receipt.id}.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(home.receipts.stat().st_mode) == 0o700


def test_a_receipt_is_never_written_over(home: Home, receipt: Receipt) -> None:
    save_receipt(home, receipt)
    with pytest.raises(FileExistsError):
        save_receipt(home, replace(receipt, question="another"))
    assert load_receipt(home, receipt.id) == receipt


def test_ids_are_all_different_and_sort_by_time() -> None:
    ids = {new_receipt_id() for _ in range(100)}
    assert len(ids) == 100
    assert min(ids) > "r20200101T000000-000000000000"


@pytest.mark.parametrize(
    "identifier", ["", "../live", "r20261122T101500-xyz", "r20261122T101500-0123456789ab/..", "x" * 99]
)
def test_what_is_no_id_is_refused_before_any_file_is_looked_for(home: Home, identifier: str) -> None:
    with pytest.raises(ReceiptError, match="is not the id of a receipt; it looks like r2026"):
        load_receipt(home, identifier)


def test_a_receipt_that_is_not_there_is_told(home: Home) -> None:
    with pytest.raises(ReceiptError, match="there is no such receipt in this home; check --home"):
        load_receipt(home, "r20261122T101500-0123456789ab")


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"[]", b"{}", b'{"id": 5}'])
def test_a_damaged_receipt_is_told(home: Home, receipt: Receipt, content: bytes) -> None:
    save_receipt(home, receipt)
    (home.receipts / f"{receipt.id}.json").write_bytes(content)
    with pytest.raises(ReceiptError, match=r"\.json: the receipt can't be read"):
        load_receipt(home, receipt.id)


def test_differences_are_named_and_scores_and_times_are_none(receipt: Receipt) -> None:
    answer = receipt.answer
    assert differences(receipt, [("p1", 0.1), ("p2", 0.2)], replace(answer, timing_ms={"total": 9.0})) == []
    assert differences(receipt, [("p2", 0.75), ("p1", 0.5)], answer) == ["evidence"]
    changed = replace(answer, status=Status.ABSTAINED, statements=(), citations=(), notices=(), nearest=(), reason="r")
    assert differences(receipt, receipt.evidence, changed) == [
        "status", "reason", "statements", "citations", "notices", "nearest",
    ]  # fmt: skip
