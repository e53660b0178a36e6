"""One question of the chat page, from what the page sends to a turn: an answer, or what stood in the way."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from traceback import format_tb

from app.live import LiveKnowledgeBase
from app.words import Words
from kb.errors import KnowledgeBaseError
from kb.personal_data import mask
from kb.records import Answer, Authority, Filters, Jurisdiction, Topic, read_day

_LOG = logging.getLogger(__name__)


class StoppedError(Exception):
    """Raised by a progress callback: nobody waits for the answer any more."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Turn:
    """A question with its answer, or with the problem that stood in the way."""

    question: str  # personal data masked
    answer: Answer | None = None
    problem: str | None = None
    filters: Filters | None = None  # that the answer was searched with


@dataclass(frozen=True, kw_only=True, slots=True)
class Narrowing:
    """The filters as the page gives them; empty ones are not set."""

    as_of: str = ""
    jurisdiction: str = ""
    topic: str = ""
    authority: str = ""


def ask(
    live: LiveKnowledgeBase,
    asked: str,
    earlier: Sequence[str],
    narrowing: Narrowing,
    words: Words,
    on_progress: Callable[[Answer], None] | None = None,
) -> Turn:
    """The turn of a question; `earlier` are the conversation's questions, oldest first. Raises nothing.

    `on_progress` gets the answer so far where a language model words it, and may raise StoppedError.
    """
    question = mask(asked).text.strip()  # what is shown is what is kept
    if not question:
        return Turn(question="…", problem=words("ask.empty"))
    try:
        as_of = read_day(narrowing.as_of) if narrowing.as_of else None
    except ValueError:
        return Turn(question=question, problem=words("ask.bad_date", value=narrowing.as_of))
    try:
        filters = Filters(
            as_of=as_of,
            jurisdiction=Jurisdiction(narrowing.jurisdiction) if narrowing.jurisdiction else None,
            topic=Topic(narrowing.topic) if narrowing.topic else None,
            authority=Authority(narrowing.authority) if narrowing.authority else None,
        )
        with live.reading() as base:
            answer = base.ask(asked, history=tuple(earlier), filters=filters, on_progress=on_progress)
    except KnowledgeBaseError as error:
        return Turn(question=question, problem=str(error))
    except StoppedError:
        return Turn(question=question, problem=words("page.stopped"))
    except Exception as error:  # noqa: BLE001  the page must say that something failed, whatever it was
        # Without the error's own words: they may hold the question, and with it personal data.
        _LOG.error(
            "a question could not be answered: %s\n%s", type(error).__name__, "".join(format_tb(error.__traceback__))
        )
        return Turn(question=question, problem=words("ask.try_again"))
    return Turn(question=question, answer=answer, filters=filters)
