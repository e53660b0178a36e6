"""Addresses of the reader's pages and of our own static files."""

from urllib.parse import quote, urlencode

from kb.records import Citation, Language

STATIC = "/static/kb"  # "/static" alone belongs to the chat page's framework


def document_link(document_id: str, generation: str | None, language: Language, anchor: str = "") -> str:
    """The reader's page of a document; the present text without a generation."""
    values = {**({"generation": generation} if generation else {}), "lang": language.value}
    return f"/documents/{quote(document_id, safe='')}?{urlencode(values)}" + (f"#{anchor}" if anchor else "")


def quote_link(citation: Citation, generation: str, language: Language) -> str:
    """The reader's page at the quoted words."""
    values = {"generation": generation, "start": citation.start, "end": citation.end, "lang": language.value}
    return f"/documents/{quote(citation.document, safe='')}?{urlencode(values)}#quote"


def icon(name: str) -> str:
    """An icon that stands beside its meaning in words, and is therefore hidden from screen readers."""
    return f'<svg class="icon" aria-hidden="true" focusable="false"><use href="{STATIC}/icons.svg#{name}"></use></svg>'
