"""A person's own conversations over HTTP: list, read, rename, delete, download. Nobody else's can be named."""

from datetime import UTC, date, datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from app.api import Text
from app.asking import Turn
from app.chat_api import turn_as_json
from app.conversation_files import conversation_markdown, file_name
from app.conversation_pdf import conversation_pdf
from app.conversations import LONGEST_TITLE, Conversation, Conversations, KeptTurn
from app.live import LiveKnowledgeBase
from app.words import Words, words_of
from kb.errors import ReceiptError
from kb.receipts import load_receipt
from kb.records import Language

TURNS_AT_ONCE = 20


class TitleBody(BaseModel):
    """The body of `PATCH /chat/conversations/ID`."""

    model_config = ConfigDict(extra="forbid")

    title: Annotated[Text, Field(max_length=LONGEST_TITLE)]


def conversation_router(live: LiveKnowledgeBase, conversations: Conversations) -> APIRouter:
    """The routes under `/chat/conversations`."""
    router = APIRouter(prefix="/chat/conversations")

    @router.get("")
    def list_all(request: Request, words: str = "", lang: Language = Language.EN) -> JSONResponse:
        found = conversations.all_of(request.state.person, words)
        return JSONResponse([_row(conversation, words_of(lang)) for conversation in found])

    @router.get("/{identifier}")
    def read(
        request: Request,
        identifier: str,
        before: Annotated[int | None, Query(ge=0)] = None,
        lang: Language = Language.EN,
    ) -> JSONResponse:
        conversation = conversations.read(request.state.person, identifier)
        words = words_of(lang)
        origin = str(request.base_url).rstrip("/")
        # A long conversation comes in parts, the latest first: `before` is the number of turns not shown yet.
        end = len(conversation.turns) if before is None else min(before, len(conversation.turns))
        start = max(0, end - TURNS_AT_ONCE)
        turns = [turn_as_json(_turn(live, kept), live, words, origin) for kept in conversation.turns[start:end]]
        return JSONResponse({"id": conversation.id, "title": conversation.title, "turns": turns, "before": start})

    @router.patch("/{identifier}")
    def rename(request: Request, identifier: str, body: TitleBody) -> JSONResponse:
        renamed = conversations.rename(request.state.person, identifier, body.title)
        return JSONResponse({"id": renamed.id, "title": renamed.title})

    @router.delete("/{identifier}")
    def delete(request: Request, identifier: str) -> Response:
        conversations.delete(request.state.person, identifier)
        return Response(status_code=204)

    @router.get("/{identifier}/markdown")
    def download_markdown(request: Request, identifier: str, lang: Language = Language.EN) -> Response:
        conversation = conversations.read(request.state.person, identifier)
        origin = str(request.base_url).rstrip("/")
        turns = [_turn(live, kept) for kept in conversation.turns]
        text = conversation_markdown(conversation.title, turns, words_of(lang), _today(), origin)
        return _file(text.encode(), "text/markdown; charset=utf-8", file_name(conversation.title, "md"))

    @router.get("/{identifier}/pdf")
    def download_pdf(request: Request, identifier: str, lang: Language = Language.EN) -> Response:
        conversation = conversations.read(request.state.person, identifier)
        turns = [_turn(live, kept) for kept in conversation.turns]
        content = conversation_pdf(conversation.title, turns, words_of(lang), _today())
        return _file(content, "application/pdf", file_name(conversation.title, "pdf"))

    return router


def _turn(live: LiveKnowledgeBase, kept: KeptTurn) -> Turn:
    """A kept question with the answer of its receipt; without one where the receipt is gone."""
    try:
        receipt = load_receipt(live.home, kept.receipt)
    except ReceiptError:
        return Turn(question=kept.question)
    return Turn(question=kept.question, answer=receipt.answer, filters=receipt.filters)


def _row(conversation: Conversation, words: Words) -> dict[str, object]:
    return {
        "id": conversation.id,
        "title": conversation.title,
        "day": words.day(conversation.updated.astimezone().date()),
        "questions": words.count("history.questions", len(conversation.turns)),
    }


def _file(content: bytes, kind: str, name: str) -> Response:
    return Response(content, media_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _today() -> date:
    return datetime.now(tz=UTC).astimezone().date()
