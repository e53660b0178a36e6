"""Addresses of the reader's pages and of our own static files."""

from urllib.parse import quote, urlencode

from kb.records import Citation, Language

STATIC = "/static/kb"  # "/static" alone belongs to the chat page's framework


def document_link(document_id: str, generation: str | None, language: Language, anchor: str = "") -> str:
    """The reader's page of a document; the present text without a generation."""
    values = {**({"generation": generation} if generation else {}), "lang": language.value}
    return f"{_path(document_id)}?{urlencode(values)}" + (f"#{anchor}" if anchor else "")


def quote_link(citation: Citation, generation: str, language: Language, receipt: str | None = None) -> str:
    """The reader's page at the quoted words; with the answer's receipt it leads to the answer's other citations too."""
    values: dict[str, str | int] = {"generation": generation, "start": citation.start, "end": citation.end}
    if receipt is not None:
        values |= {"receipt": receipt, "citation": citation.number}
    return f"{_path(citation.document)}?{urlencode({**values, 'lang': language.value})}#quote"


def page_image_link(document_id: str, page: int, generation: str, scale: int) -> str:
    """The picture of a page, with `scale` pixels per point."""
    return f"{_path(document_id)}/pages/{page}.png?{urlencode({'generation': generation, 'scale': scale})}"


def icon(name: str) -> str:
    """An icon that stands beside its meaning in words, and is therefore hidden from screen readers."""
    return f'<svg class="icon" aria-hidden="true" focusable="false"><use href="{STATIC}/icons.svg#{name}"></use></svg>'


def _path(document_id: str) -> str:
    return f"/documents/{quote(document_id, safe='')}"
