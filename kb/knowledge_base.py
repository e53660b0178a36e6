"""The one entry for everybody who reads: open a home, search, ask, show documents, replay receipts."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from time import perf_counter

from kb.answering import answer_question
from kb.errors import DocumentNotFoundError, GenerationError, ModelError, UsageError
from kb.generation import Generation, open_generation
from kb.home import Home
from kb.likeness import likeness_of
from kb.models.embedding import Embedder, load_embedder
from kb.models.language_model import LanguageModel, load_language_model
from kb.models.question_tuning import question_vectors
from kb.notices import personal_data_notice
from kb.personal_data import mask
from kb.question import understand
from kb.receipts import Receipt, differences, load_receipt, new_receipt_id, save_receipt
from kb.records import Answer, Document, Filters, Hit
from kb.retrieve import retrieve
from kb.settings import load_settings
from kb.sufficiency import Calibration, load_calibration
from kb.writing import Draft, worded, write

LONGEST_QUESTION = 2_000  # characters; longer ones are texts, not questions
_LOG = logging.getLogger(__name__)


class KnowledgeBase:
    """One generation, opened for reading. Safe to use from several threads."""

    def __init__(
        self,
        home: Home,
        generation: Generation,
        embedder: Embedder,
        calibration: Calibration,
        language_model: LanguageModel | None = None,
    ) -> None:
        self.home = home
        self.generation = generation
        self.embedder = embedder
        self.calibration = calibration
        self.language_model = language_model

    @classmethod
    def open(
        cls,
        home: Path | str,
        *,
        generation: str | None = None,
        embedder: Embedder | None = None,
        quotes_only: bool = False,
    ) -> "KnowledgeBase":
        """Open the live generation, or the one named. Raises GenerationError or ModelError, saying what to do.

        With `quotes_only` no language model words the answers, even where one is configured.
        """
        place = Home(home)
        opened = open_generation(place, generation) if generation else _open_live(place)
        settings = load_settings(home=Path(home))
        model = embedder or load_embedder(settings)
        _require_model_of(opened, model)
        language_model = None if quotes_only else load_language_model(settings)
        return cls(place, opened, model, load_calibration(), language_model)

    def close(self) -> None:
        """Release the language model's connections."""
        if self.language_model is not None:
            self.language_model.close()

    def search(self, query: str, k: int = 10, filters: Filters | None = None) -> list[Hit]:
        """Up to k passages for a query, best first. Raises UsageError for an empty or overlong query."""
        _check_characters(query)
        _check(query)
        if k < 1:
            raise UsageError(f"k must be at least 1, not {k}")
        chosen = filters or Filters()
        day = today()
        question = understand(mask(query).text, as_of=chosen.as_of or day)
        found = retrieve(self.generation, partial(question_vectors, self.embedder), question, chosen, day, k).found
        return [item.hit for item in found]

    def ask(
        self,
        question: str,
        *,
        history: Sequence[tuple[str, Answer] | str] = (),
        filters: Filters | None = None,
        record: bool = True,
        on_progress: Callable[[Answer], None] | None = None,
    ) -> Answer:
        """Answer a question from the held documents, or abstain. Raises UsageError for an empty or overlong question.

        `history` holds the earlier questions of the conversation, oldest first, with or without their answers. With
        `record` a receipt is kept, without which the answer can't be replayed. Where a language model words the answer,
        `on_progress` is called with the answer so far, each time one more checked sentence stands in it.
        """
        for text in (question, *(turn if isinstance(turn, str) else turn[0] for turn in history)):
            _check_characters(text)
        _check(question)
        masked = mask(question)
        earlier = tuple(mask(turn if isinstance(turn, str) else turn[0]).text for turn in history)
        day = today()  # once: an answer that a language model words may end after midnight
        answer, evidence = self.answer_with_evidence(masked.text, earlier, filters or Filters(), day, masked.kinds)
        answer, draft = self._worded(answer, on_progress)
        if not record:
            return answer
        answer = replace(answer, receipt=new_receipt_id())
        receipt = Receipt(
            id=answer.receipt or "",
            created=datetime.now(tz=UTC),
            generation=self.generation.id,
            model=self.embedder.identity,
            question=masked.text,
            earlier=earlier,
            filters=filters or Filters(),
            today=day,
            evidence=evidence,
            answer=answer,
            draft=draft,
        )
        try:
            save_receipt(self.home, receipt)
        except OSError as error:
            # An answer is worth more than its receipt; a home on a read-only disk still answers.
            _LOG.warning("the receipt could not be kept in %s: %s", self.home.receipts, error.strerror)
            return replace(answer, receipt=None)
        return answer

    def replay(self, receipt_id: str) -> tuple[Receipt, Answer, list[str]]:
        """The receipt, the answer given again on its generation, and what differs (nothing, if all is well).

        Raises ReceiptError, and GenerationError where the receipt's generation is no longer on disk.
        """
        receipt = load_receipt(self.home, receipt_id)
        base = self
        if receipt.generation != self.generation.id:
            if receipt.generation not in self.home.generation_ids():
                raise GenerationError(
                    f"the answer of {receipt_id} rests on generation {receipt.generation}, which was deleted from "
                    f"{self.home.path}; ask the question again to have today's answer"
                )
            base = KnowledgeBase.open(
                self.home.path, generation=receipt.generation, embedder=self.embedder, quotes_only=True
            )
            base.calibration = self.calibration
        try:
            kinds = mask(receipt.question).kinds
            noted = [notice for notice in receipt.answer.notices if notice.kind == "personal-data"]
            answer, evidence = base.answer_with_evidence(
                receipt.question, receipt.earlier, receipt.filters, receipt.today, kinds
            )
            # The stored question is masked already: what was masked stands in the receipt's own notice.
            answer = replace(answer, notices=(*noted, *answer.notices), receipt=receipt.id)
            if receipt.draft is not None and answer.statements:
                # The model is not asked again: it would write other words, and may be gone.
                answer = worded(answer, receipt.draft, likeness_of(base.generation, base.embedder))
        finally:
            if base is not self:
                base.close()
        return receipt, answer, differences(receipt, evidence, answer)

    def _worded(self, answer: Answer, on_progress: Callable[[Answer], None] | None) -> tuple[Answer, Draft | None]:
        """The answer in the language model's words, and what it wrote; as it is where none is configured."""
        if self.language_model is None or not answer.statements:
            return answer, None
        started = perf_counter()
        likeness = likeness_of(self.generation, self.embedder)
        draft = write(self.language_model, answer.understood_as or answer.question, answer, likeness, on_progress)
        answer = worded(answer, draft, likeness)
        writing = round((perf_counter() - started) * 1000, 1)
        total = round(answer.timing_ms["total"] + writing, 1)
        return replace(answer, timing_ms={**answer.timing_ms, "writing": writing, "total": total}), draft

    def document(self, document_id: str) -> Document:
        """A document of this generation. Raises DocumentNotFoundError."""
        try:
            return self.generation.documents[document_id]
        except KeyError:
            raise DocumentNotFoundError(
                f"generation {self.generation.id} holds no document {document_id!r}; `kb search` shows the ids"
            ) from None

    def answer_with_evidence(
        self, question: str, earlier: tuple[str, ...], filters: Filters, today: date, kinds: Sequence[str]
    ) -> tuple[Answer, tuple[tuple[str, float], ...]]:
        """An answer without a receipt to a question already masked, and the evidence: (passage id, score), best first."""
        started = perf_counter()
        understood = understand(question, as_of=filters.as_of or today, today=today, earlier=earlier)
        result = answer_question(self.generation, self.embedder, understood, filters, today, self.calibration)
        answer = result.answer
        if kinds:
            answer = replace(answer, notices=(personal_data_notice(kinds, answer.language), *answer.notices))
        total = round((perf_counter() - started) * 1000, 1)
        return replace(answer, timing_ms={"total": total}), result.evidence


def _open_live(place: Home) -> Generation:
    """The live generation; the newer one where it was replaced and deleted while it was being opened."""
    while True:
        identifier = place.live_id()
        try:
            return open_generation(place, identifier)
        except GenerationError:
            if place.live_id() == identifier:
                raise


def _require_model_of(generation: Generation, model: Embedder) -> None:
    if model.identity != generation.manifest.model:
        raise ModelError(
            f"generation {generation.id} was built with the model {generation.manifest.model}, but {model.identity} is "
            "configured; set KB_EMBEDDING_MODEL back, or rebuild it with `kb ingest`"
        )


def _check_characters(text: str) -> None:
    """Text that no encoding can write, as a terminal makes of bytes that are not UTF-8, can't be read or kept."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise UsageError(
            f"character {error.start + 1} of the question is no valid Unicode; send the question as UTF-8"
        ) from error


def _check(text: str) -> None:
    if not text.strip():
        raise UsageError("the question is empty; write one")
    if len(text) > LONGEST_QUESTION:
        raise UsageError(
            f"the question has {len(text):,} characters, more than {LONGEST_QUESTION:,}; ask a shorter one, or several"
        )


def today() -> date:
    """The calendar date here and now."""
    return datetime.now(tz=UTC).astimezone().date()
