"""Receipts: what each answer rested on, so that it can be given again and compared."""

import os
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from secrets import token_hex

import msgspec

from kb.errors import ReceiptError
from kb.home import Home, write_durably
from kb.records import Answer, Filters
from kb.writing import Draft

_ID = re.compile(r"r\d{8}T\d{6}-[0-9a-f]{12}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Receipt:
    """One answer, what it is given again from, and the passages found for the whole question. Personal data is masked."""

    id: str
    created: datetime
    generation: str
    model: str
    question: str
    earlier: tuple[str, ...]  # questions of the conversation, oldest first
    filters: Filters
    today: date  # what "today" was
    evidence: tuple[tuple[str, float], ...]  # (passage id, fused score), best first
    answer: Answer
    draft: Draft | None = None  # what a language model wrote; without it the answer is the quotes


def new_receipt_id() -> str:
    """Sortable by time, and not to be guessed from another."""
    return f"r{datetime.now(tz=UTC):%Y%m%dT%H%M%S}-{token_hex(6)}"


def save_receipt(home: Home, receipt: Receipt) -> None:
    """Write a receipt that only its owner may read. Raises OSError where the home can't be written."""
    home.receipts.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = _path(home, receipt.id)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(msgspec.json.encode(receipt))
    except OSError:
        path.unlink(missing_ok=True)  # half a receipt is none
        raise


@dataclass(frozen=True, kw_only=True, slots=True)
class _Emptied:
    """What stands in place of a receipt that quoted an erased document."""

    id: str
    erased: str  # the document


def erase_from_receipts(home: Home, document: str, passages: Collection[str], texts: Collection[bytes]) -> int:
    """Empty the receipts that name a document or one of its passages, or hold one of the texts (UTF-8).

    Returns how many. Raises OSError where the home can't be written.
    """
    if not home.receipts.is_dir():
        return 0
    marks = [b'"document":' + msgspec.json.encode(document), *map(msgspec.json.encode, passages)]
    count = 0
    for path in sorted(home.receipts.glob("*.json")):
        content = path.read_bytes()
        if b'"erased":' not in content[:200] and any(mark in content for mark in (*marks, *texts)):
            write_durably(path, msgspec.json.encode(_Emptied(id=path.stem, erased=document)))
            path.chmod(0o600)
            count += 1
    return count


def load_receipt(home: Home, receipt_id: str) -> Receipt:
    """Read a receipt. Raises ReceiptError when there is none or it's damaged."""
    if not _ID.fullmatch(receipt_id):
        raise ReceiptError(f"{receipt_id!r} is not the id of a receipt; it looks like r20261122T101500-0123456789ab")
    path = _path(home, receipt_id)
    try:
        content = path.read_bytes()
        emptied = _emptied(content)
        if emptied is not None:
            raise ReceiptError(
                f"the receipt {receipt_id} was emptied: its answer rested on {emptied}, which was erased"
            )
        return msgspec.json.decode(content, type=Receipt)
    except FileNotFoundError:
        raise ReceiptError(f"{path}: there is no such receipt in this home; check --home") from None
    except (OSError, msgspec.DecodeError) as error:
        raise ReceiptError(f"{path}: the receipt can't be read ({error})") from error


def _emptied(content: bytes) -> str | None:
    """The erased document that a receipt rested on; None for a receipt that is whole."""
    try:
        return msgspec.json.decode(content, type=_Emptied, strict=True).erased
    except msgspec.DecodeError:
        return None


def differences(before: Receipt, evidence: Sequence[tuple[str, float]], answer: Answer) -> list[str]:
    """What is not as it was: status, reason, statements, citations, notices or evidence. Empty if all is the same."""
    found = [
        name
        for name in ("status", "reason", "statements", "citations", "notices", "nearest", "note")
        if getattr(before.answer, name) != getattr(answer, name)
    ]
    if [identifier for identifier, _ in before.evidence] != [identifier for identifier, _ in evidence]:
        found.append("evidence")
    return found


def _path(home: Home, receipt_id: str) -> Path:
    return home.receipts / f"{receipt_id}.json"
