"""Answers, hits and documents as the JSON of the contract: plain types only, keys in the contract's order."""

from datetime import date

from kb.knowledge_base import KnowledgeBase
from kb.records import Answer, Citation, Document, Hit


def answer_as_json(answer: Answer) -> dict[str, object]:
    """An answer; dates are ISO 8601 or null. `understood_as`, `model` and `note` follow the contract's own keys."""
    return {
        "status": answer.status.value,
        "question": answer.question,
        "language": answer.language.value,
        "as_of": answer.as_of.isoformat(),
        "generation": answer.generation,
        "receipt": answer.receipt,
        "statements": [
            {"text": statement.text, "citations": list(statement.citations)} for statement in answer.statements
        ],
        "citations": [_citation(citation) for citation in answer.citations],
        "notices": [
            {"kind": notice.kind.value, "text": notice.text, "citations": list(notice.citations)}
            for notice in answer.notices
        ],
        "reason": answer.reason,
        "nearest": [
            {"document": topic.document, "title": topic.title, "section": list(topic.section)}
            for topic in answer.nearest
        ],
        "timing_ms": dict(answer.timing_ms),
        "understood_as": answer.understood_as,
        "model": answer.model,
        "note": answer.note,
    }


def hit_as_json(base: KnowledgeBase, hit: Hit) -> dict[str, object]:
    """A hit with what its document says about itself. Raises DocumentNotFoundError for a hit of another generation."""
    passage, metadata = hit.passage, base.document(hit.document_id).metadata
    return {
        "document": hit.document_id,
        "title": metadata.title,
        "section": list(passage.section),
        "pinpoint": passage.pinpoint,
        "authority": metadata.authority.value,
        "jurisdiction": metadata.jurisdiction.value,
        "language": passage.language.value,
        "page": passage.page,
        "start": passage.start,
        "end": passage.end,
        "text": passage.text,
        "score": hit.score,
    }


def document_as_json(document: Document) -> dict[str, object]:
    """The stored text with its front matter, and the spans of its sections and pages."""
    metadata = document.metadata
    return {
        "id": document.id,
        "text": document.text,
        "metadata": {
            "id": metadata.id,
            "title": metadata.title,
            "authority": metadata.authority.value,
            "jurisdiction": metadata.jurisdiction.value,
            "topics": [topic.value for topic in metadata.topics],
            "language": metadata.language.value,
            "source": metadata.source,
            "source_url": metadata.source_url,
            "effective_from": _iso(metadata.effective_from),
            "effective_to": _iso(metadata.effective_to),
            "reviewed": _iso(metadata.reviewed),
            "review_by": _iso(metadata.review_by),
            "supersedes": list(metadata.supersedes),
        },
        "sections": [
            {"path": list(section.path), "start": section.start, "end": section.end} for section in document.sections
        ],
        "pages": [{"number": page.number, "start": page.start, "end": page.end} for page in document.pages],
    }


def _citation(citation: Citation) -> dict[str, object]:
    return {
        "number": citation.number,
        "document": citation.document,
        "title": citation.title,
        "section": list(citation.section),
        "pinpoint": citation.pinpoint,
        "authority": citation.authority.value,
        "jurisdiction": citation.jurisdiction.value,
        "language": citation.language.value,
        "effective_from": _iso(citation.effective_from),
        "reviewed": _iso(citation.reviewed),
        "page": citation.page,
        "quote": citation.quote,
        "start": citation.start,
        "end": citation.end,
        "source_url": citation.source_url,
    }


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
