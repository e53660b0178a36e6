"""Questions that the knowledge base did not answer and that somebody sent to the editors."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime

from app.journal import Journal
from kb.home import Home
from kb.receipts import Receipt
from kb.records import Language
from kb.text.words import fold


@dataclass(frozen=True, kw_only=True, slots=True)
class Gap:
    """One report. The question is masked."""

    told: datetime
    question: str
    understood_as: str | None
    language: Language
    as_of: date
    reason: str | None
    nearest: tuple[str, ...]  # ids of the documents that were nearest
    generation: str
    receipt: str


@dataclass(frozen=True, kw_only=True, slots=True)
class GapCount:
    """A question with how often it was reported; `last` is the latest report."""

    last: Gap
    times: int


def tell_gap(home: Home, receipt: Receipt) -> None:
    """Add the question of a receipt to the list; telling the same receipt again changes nothing. Raises OSError."""
    journal = _journal(home)
    if any(gap.receipt == receipt.id for gap in journal.read()):
        return
    answer = receipt.answer
    journal.append(
        Gap(
            told=datetime.now(tz=UTC),
            question=receipt.question,
            understood_as=answer.understood_as,
            language=answer.language,
            as_of=answer.as_of,
            reason=answer.reason,
            nearest=tuple(topic.document for topic in answer.nearest),
            generation=receipt.generation,
            receipt=receipt.id,
        )
    )


def list_gaps(home: Home) -> list[GapCount]:
    """Each question once, the most reported first. Raises JournalError."""
    by_question: dict[str, list[Gap]] = defaultdict(list)
    for gap in _journal(home).read():
        by_question[" ".join(fold(gap.understood_as or gap.question).split())].append(gap)
    counts = [GapCount(last=gaps[-1], times=len(gaps)) for gaps in by_question.values()]
    return sorted(counts, key=lambda count: (-count.times, -count.last.told.timestamp()))


def _journal(home: Home) -> Journal[Gap]:
    return Journal(home, "gaps", Gap)
