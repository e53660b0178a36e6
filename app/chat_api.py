"""What the chat page asks of the server: answers as they come, next questions, what people tell. JSON over `/chat/`."""

import asyncio
import json
from collections.abc import AsyncIterator
from functools import partial
from threading import Event
from typing import Annotated

from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from app.answer_copy import as_footnotes, as_markdown, as_text
from app.answer_html import given_html, rest_html
from app.api import Text
from app.asking import Narrowing, StoppedError, Turn, ask
from app.conversations import Conversations
from app.feedback import LONGEST_NOTE, Opinion, give_feedback
from app.gaps import tell_gap
from app.live import LiveKnowledgeBase
from app.next_questions import next_questions
from app.words import Words, words_of
from kb.errors import KnowledgeBaseError
from kb.knowledge_base import LONGEST_QUESTION
from kb.receipts import load_receipt
from kb.records import Answer, Document, Language, Status

AT_ONCE = 20  # questions answered at the same time; further ones wait, and are told so
MOST_WAITING = 5  # people who wait for suggestions
MOST_EARLIER = 20  # questions of the conversation that a follow-up may lean on


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")

    lang: Language = Language.EN


class AskBody(_Body):
    """The body of `POST /chat/ask`. `earlier`: the conversation's questions, oldest first; empty for a question alone."""

    question: Annotated[Text, Field(max_length=LONGEST_QUESTION)]
    conversation: str | None = None
    earlier: Annotated[list[Annotated[Text, Field(max_length=LONGEST_QUESTION)]], Field(max_length=MOST_EARLIER)] = []
    as_of: str = ""
    jurisdiction: str = ""
    topic: str = ""
    authority: str = ""


class FeedbackBody(_Body):
    """The body of `POST /chat/feedback`."""

    receipt: str
    opinion: Opinion
    note: Annotated[Text, Field(max_length=LONGEST_NOTE)] = ""


class ReceiptBody(_Body):
    """The body of `POST /chat/gaps` and `POST /chat/next`."""

    receipt: str


def chat_router(live: LiveKnowledgeBase, conversations: Conversations) -> APIRouter:
    """The routes that answer and that take what people tell."""
    router = APIRouter(prefix="/chat")
    places = CapacityLimiter(AT_ONCE)
    suggesting = CapacityLimiter(1)

    @router.post("/ask")
    async def ask_question(request: Request, body: AskBody) -> StreamingResponse:
        person = request.state.person
        origin = str(request.base_url).rstrip("/")
        return StreamingResponse(
            _states(live, conversations, person, body, places, origin), media_type="application/x-ndjson"
        )

    @router.post("/next")
    async def suggest(body: ReceiptBody) -> JSONResponse:
        # One at a time, and none where many wait already: suggestions must not slow answers down.
        if suggesting.statistics().tasks_waiting >= MOST_WAITING:
            return JSONResponse([])
        return JSONResponse(await to_thread.run_sync(partial(_suggestions, live, body.receipt), limiter=suggesting))

    @router.post("/feedback")
    def tell_opinion(body: FeedbackBody) -> JSONResponse:
        words = words_of(body.lang)
        try:
            give_feedback(live.home, load_receipt(live.home, body.receipt), body.opinion, body.note)
        except OSError:
            return JSONResponse({"error": words("ask.not_written")}, status_code=503)
        return JSONResponse({"said": words("feedback.thanks")})

    @router.post("/gaps")
    def tell_editors(body: ReceiptBody) -> JSONResponse:
        words = words_of(body.lang)
        try:
            tell_gap(live.home, load_receipt(live.home, body.receipt))
        except OSError:
            return JSONResponse({"error": words("ask.not_written")}, status_code=503)
        return JSONResponse({"said": words("gap.told")})

    return router


def _suggestions(live: LiveKnowledgeBase, receipt: str) -> list[str]:
    with live.reading() as base:
        return next_questions(base, load_receipt(live.home, receipt))


async def _states(
    live: LiveKnowledgeBase,
    conversations: Conversations,
    person: str,
    body: AskBody,
    places: CapacityLimiter,
    origin: str,
) -> AsyncIterator[str]:
    """Lines of JSON: what is going on, `{"progress": words}`; where a language model writes, the answer so far,
    `{"partial": markup}`; at the end the turn, `{"turn": …}`.
    """
    words = words_of(body.lang)
    busy = places.available_tokens < 1
    yield _line({"progress": words("ask.waiting" if busy else "ask.pending")})
    narrowing = Narrowing(
        as_of=body.as_of.strip(), jurisdiction=body.jurisdiction, topic=body.topic, authority=body.authority
    )
    partials: asyncio.Queue[Answer | None] = asyncio.Queue()
    stopped = Event()
    loop = asyncio.get_running_loop()

    def on_progress(answer: Answer) -> None:
        if stopped.is_set():
            raise StoppedError
        loop.call_soon_threadsafe(partials.put_nowait, answer)

    asking = asyncio.ensure_future(
        to_thread.run_sync(
            partial(ask, live, body.question, body.earlier, narrowing, words, on_progress),
            limiter=places,
            abandon_on_cancel=True,
        )
    )
    asking.add_done_callback(lambda _: partials.put_nowait(None))
    try:
        while (answer := await partials.get()) is not None:
            yield _line({"partial": given_html(Turn(question=answer.question, answer=answer), words)})
        turn = await asking
    finally:
        # A person who stops or leaves ends this here: the thread ends by itself, and nothing is kept.
        stopped.set()
        asking.cancel()
    kept = await to_thread.run_sync(partial(_keep, conversations, person, body.conversation, turn))
    yield _line({"turn": turn_as_json(turn, live, words, origin), "conversation": kept})


def _keep(conversations: Conversations, person: str, identifier: str | None, turn: Turn) -> dict[str, str] | None:
    """Add an answered turn to the person's conversation; None where there is nothing to keep or nowhere to keep it."""
    if turn.answer is None or turn.answer.receipt is None:
        return None
    try:
        kept = conversations.add(person, identifier, turn.question, turn.answer.receipt)
    except OSError:
        return None  # a home on a read-only disk still answers
    return {"id": kept.id, "title": kept.title}


def turn_as_json(turn: Turn, live: LiveKnowledgeBase, words: Words, origin: str) -> dict[str, object]:
    """A turn as the page shows it: its markup in two parts, and the answer in the forms in which it can be copied."""
    answer = turn.answer

    def find(document_id: str, generation: str) -> Document | None:
        try:
            return live.document(document_id, generation)[1]
        except KnowledgeBaseError:
            return None  # an erased edition: the card shows the quote alone

    copies = {}
    if answer is not None and answer.status is Status.ANSWERED:
        copies = {
            "text": as_text(answer, words),
            "markdown": as_markdown(answer, words, origin=origin),
            "footnotes": as_footnotes(answer, words),
        }
    return {
        "question": turn.question,
        "given": given_html(turn, words),
        "rest": rest_html(turn, find, words),
        "receipt": answer.receipt if answer else None,
        "answered": answer is not None,
        "copies": copies,
    }


def _line(state: dict[str, object]) -> str:
    return json.dumps(state, ensure_ascii=False) + "\n"
