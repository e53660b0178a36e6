"""What a document, a passage, a citation and an answer are; generations; retrieval; answering."""

from kb.errors import KnowledgeBaseError
from kb.knowledge_base import KnowledgeBase
from kb.records import Answer, Citation, Document, Filters, Hit, Notice, Passage, Statement

__all__ = [
    "Answer",
    "Citation",
    "Document",
    "Filters",
    "Hit",
    "KnowledgeBase",
    "KnowledgeBaseError",
    "Notice",
    "Passage",
    "Statement",
]
