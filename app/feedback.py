"""What people say about answers, and the draft cases that evaluators make of it."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum

from app.journal import Journal
from kb.home import Home
from kb.personal_data import mask
from kb.receipts import Receipt
from kb.records import Language

LONGEST_NOTE = 2_000  # characters


class Opinion(StrEnum):
    """What somebody thinks of an answer."""

    RIGHT = "right"
    WRONG = "wrong"
    INCOMPLETE = "incomplete"
    CITATION = "citation"  # a citation doesn't fit its statement


@dataclass(frozen=True, kw_only=True, slots=True)
class Feedback:
    """One opinion on one answer. Question and note are masked."""

    given: datetime
    receipt: str
    opinion: Opinion
    note: str
    question: str
    earlier: tuple[str, ...]
    language: Language
    as_of: date | None  # None: the day of asking
    documents: tuple[str, ...]  # that the answer cited
    generation: str


def give_feedback(home: Home, receipt: Receipt, opinion: Opinion, note: str) -> None:
    """Keep an opinion. Raises OSError where the home can't be written."""
    _journal(home).append(
        Feedback(
            given=datetime.now(tz=UTC),
            receipt=receipt.id,
            opinion=opinion,
            note=mask(note[:LONGEST_NOTE]).text.strip(),
            question=receipt.question,
            earlier=receipt.earlier,
            language=receipt.answer.language,
            as_of=receipt.filters.as_of,
            documents=tuple(dict.fromkeys(citation.document for citation in receipt.answer.citations)),
            generation=receipt.generation,
        )
    )


def list_feedback(home: Home) -> list[Feedback]:
    """All opinions, oldest first. Raises JournalError."""
    return _journal(home).read()


def draft_case(feedback: Feedback, number: int) -> dict[str, object]:
    """An evaluation case that still lacks what is expected: an evaluator fills in `expect` and the facts.

    The answer's documents are taken over only where somebody called it right. `number` keeps ids apart.
    """
    return {
        "id": f"draft-{number:04d}-{feedback.receipt}",
        "question": feedback.question,
        "history": list(feedback.earlier),
        "language": feedback.language.value,
        "category": "feedback",
        "as_of": feedback.as_of.isoformat() if feedback.as_of else None,
        "expect": None,
        "facts": [],
        "forbidden": [],
        "documents": list(feedback.documents) if feedback.opinion is Opinion.RIGHT else [],
        "notices": [],
        "feedback": {
            "opinion": feedback.opinion.value,
            "note": feedback.note,
            "receipt": feedback.receipt,
            "generation": feedback.generation,
            "given": feedback.given.isoformat(timespec="seconds"),
        },
    }


def _journal(home: Home) -> Journal[Feedback]:
    return Journal(home, "feedback", Feedback)
