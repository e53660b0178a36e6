"""The HTTP API: ask, search, read a document, and whether the service is well. Answers and errors are JSON."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from starlette.exceptions import HTTPException

from app.answer_json import answer_as_json, document_as_json, hit_as_json
from app.conversations import ConversationNotFoundError
from app.live import GenerationNotFoundError, LiveKnowledgeBase
from kb.errors import DocumentNotFoundError, KnowledgeBaseError, ReceiptError, UsageError
from kb.records import Authority, Filters, Jurisdiction, Language, Topic, read_day

_NOT_FOUND = (DocumentNotFoundError, GenerationNotFoundError, ConversationNotFoundError, ReceiptError)
MOST_HISTORY = 50  # earlier questions
MOST_HITS = 100


def _whole(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("holds half a character (a lone surrogate); send whole ones") from None
    return text


Text = Annotated[str, AfterValidator(_whole)]
Day = Annotated[date, BeforeValidator(read_day)]


class _Filtered(BaseModel):
    """The filters that questions and searches share."""

    model_config = ConfigDict(extra="forbid")

    as_of: Day | None = None
    jurisdiction: Jurisdiction | None = None
    topic: Topic | None = None
    authority: Authority | None = None
    language: Language | None = None

    def filters(self) -> Filters:
        """As the knowledge base takes them."""
        return Filters(
            as_of=self.as_of,
            jurisdiction=self.jurisdiction,
            topic=self.topic,
            authority=self.authority,
            language=self.language,
        )


class AskRequest(_Filtered):
    """The body of `POST /api/ask`. `history`: the earlier questions, oldest first."""

    question: Text
    history: list[Text] = Field(default=[], max_length=MOST_HISTORY)


class SearchRequest(_Filtered):
    """The body of `POST /api/search`."""

    query: Text
    k: int = Field(default=10, ge=1, le=MOST_HITS)


def api_router(live: LiveKnowledgeBase) -> APIRouter:
    """The routes. They are plain functions, which the server runs in threads: many people can ask at once."""
    router = APIRouter()

    @router.post("/api/ask")
    def ask(body: AskRequest) -> JSONResponse:
        with live.reading() as base:
            return JSONResponse(answer_as_json(base.ask(body.question, history=body.history, filters=body.filters())))

    @router.post("/api/search")
    def search(body: SearchRequest) -> JSONResponse:
        with live.reading() as base:
            hits = base.search(body.query, k=body.k, filters=body.filters())
            return JSONResponse([hit_as_json(base, hit) for hit in hits])

    @router.get("/api/documents/{document_id}")
    def read_document(document_id: str, generation: str | None = None) -> JSONResponse:
        found, document = live.document(document_id, generation)
        return JSONResponse({**document_as_json(document), "generation": found})

    @router.get("/healthz")
    def health() -> JSONResponse:
        with live.reading() as base:
            return JSONResponse({"status": "ok", "generation": base.generation.id})

    return router


def add_error_answers(app: FastAPI) -> None:
    """Make every failure a JSON body `{"error": …}` without a stack trace."""
    app.add_exception_handler(KnowledgeBaseError, _known_error)
    app.add_exception_handler(RequestValidationError, _wrong_body)
    app.add_exception_handler(HTTPException, _refused)
    app.add_exception_handler(Exception, _unexpected)


async def _known_error(_request: Request, error: Exception) -> JSONResponse:
    if isinstance(error, UsageError):
        return _problem(400, str(error))
    if isinstance(error, _NOT_FOUND):
        return _problem(404, str(error))
    return _problem(503, str(error))


async def _wrong_body(_request: Request, error: Exception) -> JSONResponse:
    faults = error.errors() if isinstance(error, RequestValidationError) else []
    if any(fault["type"] == "json_invalid" for fault in faults):
        return _problem(400, "the body is not JSON; send an object with the header Content-Type: application/json")
    return _problem(422, "; ".join(_fault(fault["loc"], fault["type"], fault["msg"]) for fault in faults))


def _fault(location: tuple[str | int, ...], kind: str, message: str) -> str:
    place = ".".join(str(part) for part in location[1:]) or "the body"
    if kind == "extra_forbidden":
        return f"{place}: unknown key; leave it out"
    if kind == "missing":
        return f"{place}: missing; it is required"
    message = message.removeprefix("Value error, ")
    return f"{place}: {message[:1].lower()}{message[1:]}"


async def _refused(_request: Request, error: Exception) -> JSONResponse:
    status = error.status_code if isinstance(error, HTTPException) else 500
    reason = {404: "there is nothing at this address", 405: "this address does not take that method"}
    problem = _problem(status, reason.get(status, str(getattr(error, "detail", error))))
    problem.headers.update(getattr(error, "headers", None) or {})
    return problem


async def _unexpected(_request: Request, _error: Exception) -> JSONResponse:
    # The server logs the error itself, with its trace; the caller is told nothing of our insides.
    return _problem(503, "something went wrong on the server; it has been logged, please try again")


def _problem(status: int, message: str) -> JSONResponse:
    return JSONResponse({"error": message}, status_code=status)
