"""Markers and evidence cards: where a statement comes from, how binding that is, and the words around the quote."""

from collections.abc import Callable, Sequence
from html import escape

from app.answer_copy import footnote
from app.links import icon, quote_link
from app.words import Words
from kb.records import Answer, Citation, Document, Language

FindDocument = Callable[
    [str, str], Document | None
]  # (document id, generation id) -> the document, if it is still held
_LONGEST_CONTEXT = 280  # characters on either side of a quote


def place_of(citation: Citation) -> str:
    """Title and pinpoint."""
    return ", ".join(filter(None, (citation.title, citation.pinpoint)))


def marker_html(citation: Citation, answer: Answer, words: Words) -> str:
    """The number that opens the quoted words."""
    name = words.html("answer.source_of", number=citation.number, title=place_of(citation))
    return (
        f'<a class="marker" href="{escape(quote_link(citation, answer.generation, words.language, answer.receipt))}" target="_blank" '
        f'rel="noopener" data-source="{citation.number}" aria-label="{name}" title="{escape(place_of(citation))}">'
        f"[{citation.number}]</a>"
    )


def authority_html(citation: Citation, words: Words) -> str:
    """How binding the source is, in words with an icon."""
    name = citation.authority.value
    return f'<span class="authority {name}">{icon(name)}{words.html(f"authority.{name}")}</span>'


def cards_html(answer: Answer, find: FindDocument, words: Words) -> str:
    """One card for each citation, in their order; empty where there is none."""
    cards = "".join(
        _card(citation, answer, find(citation.document, answer.generation), words) for citation in answer.citations
    )
    return f'<h3 class="sources">{words.html("answer.sources")}</h3><ol class="cards">{cards}</ol>' if cards else ""


def _card(citation: Citation, answer: Answer, document: Document | None, words: Words) -> str:
    link = escape(quote_link(citation, answer.generation, words.language, answer.receipt))
    language = citation.language.value
    pinpoint = f'<span class="pinpoint">{escape(citation.pinpoint)}</span>' if citation.pinpoint else ""
    facts = "".join(f"<span>{escape(fact)}</span>" for fact in _facts(citation, words))
    before, after = surroundings(document, citation) if document else ("", "")
    copied = escape(footnote(citation, words))
    return (
        f'<li class="card" data-source="{citation.number}"><h4><span class="number">[{citation.number}]</span> '
        f'<a href="{link}" target="_blank" rel="noopener" title="{words.html("answer.open")}" '
        f'lang="{language}">{escape(citation.title)}</a></h4>'
        f'<p class="about">{authority_html(citation, words)}{pinpoint}{facts}</p>'
        f'<div class="excerpt" lang="{language}">{_around(before)}'
        f'<blockquote lang="{language}" cite="{link}">{escape(citation.quote)}</blockquote>{_around(after)}</div>'
        f'<p class="card-tools"><button type="button" class="quiet" data-copied="{copied}">'
        f"{words.html('copy.this_footnote')}</button>{_original(citation, words)}</p></li>"
    )


def _around(text: str) -> str:
    return f' <span class="around">{escape(text)}</span> ' if text else ""


def _original(citation: Citation, words: Words) -> str:
    address = citation.source_url or ""
    if not address.lower().startswith(("https://", "http://")):
        return ""
    return f'<a href="{escape(address)}" target="_blank" rel="noopener noreferrer">{words.html("answer.original")}</a>'


def _facts(citation: Citation, words: Words) -> list[str]:
    facts = [words(f"jurisdiction.{citation.jurisdiction.value}"), words(f"language.{citation.language.value}")]
    if citation.effective_from:
        facts.append(words("answer.in_force_since", day=words.day(citation.effective_from)))
    if citation.reviewed:
        facts.append(words("answer.reviewed", day=words.day(citation.reviewed)))
    if citation.page is not None:
        facts.append(words("answer.page", page=citation.page))
    return facts


def surroundings(document: Document, citation: Citation) -> tuple[str, str]:
    """The sentence before the quote and the one after it, of the same section; empty where there is none."""
    section = next(
        (one for one in document.sections if one.body_start <= citation.start and citation.end <= one.end), None
    )
    if section is None:
        return "", ""
    near = [passage for passage in document.passages if section.start < passage.end and passage.start < section.end]
    units = sorted({(unit.start, unit.end) for passage in near for unit in passage.units})
    before = [unit for unit in units if section.body_start <= unit[0] and unit[1] <= citation.start]
    after = [unit for unit in units if citation.end <= unit[0] and unit[1] <= section.end]
    return (
        _cut_start(document.text[slice(*before[-1])], more=len(before) > 1) if before else "",
        _cut_end(document.text[slice(*after[0])], more=len(after) > 1) if after else "",
    )


def _cut_start(text: str, *, more: bool) -> str:
    line = " ".join(text.split())
    if len(line) > _LONGEST_CONTEXT:
        return "… " + line[-_LONGEST_CONTEXT:].split(" ", 1)[-1]
    return "… " + line if more else line


def _cut_end(text: str, *, more: bool) -> str:
    line = " ".join(text.split())
    if len(line) > _LONGEST_CONTEXT:
        return line[:_LONGEST_CONTEXT].rsplit(" ", 1)[0] + " …"
    return line + " …" if more else line


def is_translated(text: str, cited: Sequence[Citation], language: Language) -> bool:
    """Whether a statement in the answer's language rests on sources in another one only, and is not their own words."""
    return bool(cited) and all(citation.language is not language for citation in cited) and not is_quoted(text, cited)


def is_quoted(text: str, cited: Sequence[Citation]) -> bool:
    """Whether a statement is made of its quotes and nothing else; white space apart."""
    rest = "".join(text.split())
    for quote in sorted({"".join(citation.quote.split()) for citation in cited}, key=len, reverse=True):
        rest = rest.replace(quote, "")
    return bool(cited) and not rest
