"""What llama-index's five-line starter makes of the same files and the same embedding model: the mark to beat.

Its answer to a question is the text of its top three chunks, as a reader without a language model would get it.
"""

from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter
from typing import Any

from llama_index.core import SimpleDirectoryReader, VectorStoreIndex
from llama_index.core.embeddings import BaseEmbedding

from evals.cases import Case
from evals.matching import contains, contains_any
from evals.metrics import CaseResult
from kb.models.embedding import Embedder

TOP = 3


class _SameModel(BaseEmbedding):  # type: ignore[misc]  # untyped in llama-index
    """Our embedder behind the framework's interface, so that both sides compare with the same vectors."""

    embedder: Any

    def _get_query_embedding(self, query: str) -> list[float]:
        return [float(value) for value in self.embedder.embed_query(query)]

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return self._get_query_embedding(query)

    def _get_text_embedding(self, text: str) -> list[float]:
        return self._get_text_embeddings([text])[0]

    def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        return [[float(value) for value in row] for row in self.embedder.embed_passages(texts)]


def build_starter(folder: Path, embedder: Embedder) -> Any:
    """A retriever over the folder's Markdown files, everything else at the framework's defaults."""
    files = SimpleDirectoryReader(str(folder), recursive=True, required_exts=[".md"]).load_data()
    model = _SameModel(embedder=embedder, model_name=embedder.identity)
    return VectorStoreIndex.from_documents(files, embed_model=model).as_retriever(similarity_top_k=TOP)


@dataclass(frozen=True, kw_only=True, slots=True)
class StarterAnswer:
    """The text of the top chunks, and how long it took."""

    text: str
    latency_ms: float

    def shortened(self, words: int) -> "StarterAnswer":
        """The same, cut after so many words."""
        return replace(self, text=" ".join(self.text.split()[:words]))


def ask_starter(retriever: Any, case: Case) -> StarterAnswer:
    """Ask one question; the conversation before it and its date are nothing that the starter knows of."""
    started = perf_counter()
    text = "\n".join(node.get_content() for node in retriever.retrieve(case.question))
    return StarterAnswer(text=text, latency_ms=(perf_counter() - started) * 1000)


def score_starter(case: Case, answer: StarterAnswer) -> CaseResult:
    """By the same rules as ours: it always answers, quotes nothing and gives no notice."""
    return CaseResult(
        id=case.id,
        category=case.category,
        language=case.language.value,
        expect=case.expect,
        answered=True,
        error=None,
        facts_found=sum(contains_any(answer.text, fact) for fact in case.facts),
        facts_of=len(case.facts),
        forbidden=any(contains(answer.text, spelling) for spelling in case.forbidden),
        quotes_valid=0,
        quotes_of=0,
        statements_supported=0,
        statements_of=0,
        document_hit=None,
        notices_missing=len(set(case.notices)),
        notices_of=len(set(case.notices)),
        premise_alarm=False,
        latency_ms=round(answer.latency_ms, 1),
    )
