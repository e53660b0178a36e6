"""Questions that somebody may ask next and that the knowledge base does answer: each is asked before it is shown."""

from collections.abc import Iterator

from kb.knowledge_base import KnowledgeBase, today
from kb.receipts import Receipt
from kb.records import Filters, Section, Status
from kb.text.words import fold

MOST_SHOWN = 3
_MOST_TRIED = 8
_LONGEST = 140  # characters


def next_questions(base: KnowledgeBase, receipt: Receipt) -> list[str]:
    """Up to three questions, nearest first, from the headings around what an answer cited, or around what was nearest.

    A heading counts where it is a question in the answer's language, was not asked in the conversation, and is
    answered under the same filters from the document that it stands in.
    """
    asked = {_folded(question) for question in (receipt.question, *receipt.earlier)}
    found: list[str] = []
    for tried, (document_id, question) in enumerate(_candidates(base, receipt)):
        if len(found) == MOST_SHOWN or tried == _MOST_TRIED:
            break
        if _folded(question) not in asked and _is_answered(base, question, document_id, receipt.filters):
            asked.add(_folded(question))
            found.append(question)
    return found


def _candidates(base: KnowledgeBase, receipt: Receipt) -> Iterator[tuple[str, str]]:
    """Headings that are questions, in the documents at hand: those after the cited place first, then those before it."""
    answer = receipt.answer
    places = [(citation.document, citation.section) for citation in answer.citations]
    places += [(topic.document, topic.section) for topic in answer.nearest]
    taken: set[str] = set()
    for document_id, path in places:
        document = base.generation.documents.get(document_id)
        if document is None or document_id in taken or document.metadata.language is not answer.language:
            continue
        taken.add(document_id)
        here = next((index for index, section in enumerate(document.sections) if section.path == path), 0)
        cited = {section for cited_id, section in places if cited_id == document_id}
        for section in (*document.sections[here:], *document.sections[:here]):
            if section.path not in cited and _is_question(section):
                yield document_id, section.path[-1]


def _is_question(section: Section) -> bool:
    return bool(section.path) and section.path[-1].endswith("?") and len(section.path[-1]) <= _LONGEST


def _is_answered(base: KnowledgeBase, question: str, document_id: str, filters: Filters) -> bool:
    # In the sources' words: whether there is an answer does not depend on who words it.
    answer, _ = base.answer_with_evidence(question, (), filters, today(), ())
    return answer.status is Status.ANSWERED and any(citation.document == document_id for citation in answer.citations)


def _folded(text: str) -> str:
    return " ".join(fold(text).split()).strip("¿?¡!. ")
