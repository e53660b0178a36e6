"""The routes of the reader: documents as pages of their own, pictures of their pages, and the list of all documents."""

from datetime import UTC, date, datetime
from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, JSONResponse, Response

from app.document_list import list_page
from app.document_page import Reading, document_page, lost_words_html
from app.live import LiveKnowledgeBase
from app.page_images import SCALES, DrawingBusyError, PageImages, PageNotFoundError
from app.quoted_place import Address, find_place, find_trail
from app.site_page import problem_page, respond, words_for
from kb.errors import KnowledgeBaseError, UsageError

# A generation never changes, so neither does the picture of one of its pages.
_KEEP_PICTURES = "private, max-age=31536000, immutable"


def reader_router(live: LiveKnowledgeBase, images: PageImages) -> APIRouter:
    """The pages under /documents."""
    router = APIRouter()

    @router.get("/documents", response_class=HTMLResponse)
    def list_documents(request: Request, lang: str | None = None) -> HTMLResponse:
        words = words_for(request, lang)
        try:
            _, documents = live.documents()
        except KnowledgeBaseError as error:
            return problem_page(error, request, words)
        return respond(list_page([document.metadata for document in documents.values()], _today(), request, words))

    @router.get("/documents/{document_id}", response_class=HTMLResponse)
    def show_document(
        request: Request,
        document_id: str,
        generation: str | None = None,
        start: str | None = None,
        end: str | None = None,
        receipt: str | None = None,
        citation: str | None = None,
        page: str | None = None,
        lang: str | None = None,
    ) -> HTMLResponse:
        words = words_for(request, lang)
        address = Address(
            document=document_id, generation=generation, start=start, end=end, receipt=receipt, citation=citation
        )
        trail = find_trail(live, address)
        try:
            place = find_place(live, address, trail)
        except KnowledgeBaseError as error:
            return problem_page(error, request, words, lost_words_html(trail, words))
        reading = Reading(place=place, trail=trail, page_asked=page, today=_today())
        return respond(document_page(reading, request, words))

    @router.get("/documents/{document_id}/pages/{number}.png")
    async def show_page(document_id: str, number: str, generation: str | None = None, scale: str = "2") -> Response:
        try:
            file = await run_in_threadpool(_original_with_page, live, document_id, generation, number)
            picture = await images.png(file, int(number), _scale(scale))
        except DrawingBusyError as error:
            return JSONResponse({"error": str(error)}, status_code=503, headers={"Retry-After": "2"})
        return Response(
            picture, media_type="image/png", headers={"Cache-Control": _KEEP_PICTURES if generation else "no-cache"}
        )

    return router


def _original_with_page(live: LiveKnowledgeBase, document_id: str, generation: str | None, number: str) -> Path:
    """The kept PDF, checked to have that page before anything is drawn. Raises PageNotFoundError and as `live.document`."""
    found, document = live.document(document_id, generation)
    if number not in {str(page.number) for page in document.pages}:
        raise PageNotFoundError(f"{document_id} has no page {number[:10]!r}; it has {len(document.pages)}")
    file = live.original(found, document)
    if file is None:
        raise PageNotFoundError(f"the file of {document_id} was not kept in generation {found}; read its text instead")
    return file


def _scale(asked: str) -> int:
    if asked not in {str(scale) for scale in SCALES}:
        raise UsageError(f"there is no scale {asked[:10]!r}; choose one of {', '.join(map(str, SCALES))}")
    return int(asked)


def _today() -> date:
    return datetime.now(tz=UTC).astimezone().date()
