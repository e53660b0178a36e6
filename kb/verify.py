"""Check an answer before anybody sees it: quotes are verbatim, and nothing in a statement is missing from what it cites."""

import re
from collections.abc import Mapping, Sequence

from kb.records import Citation, Document, Statement
from kb.text.references import find_references
from kb.text.words import fold

_NUMBER = re.compile(r"\d+(?:[.,]\d+)*%?")
_NEGATION = re.compile(
    r"\b(no|not|never|none|nor|neither|without|cannot|\w+n't|nunca|ningun[oa]?|sin|jamas|ni|tampoco)\b"
)
_MODAL = re.compile(
    r"\b(must|shall|may|might|should|can|could|required|prohibited|debe|deben|debera|deberan|puede|pueden|podra|podran|obligatori[oa]|prohibid[oa])\b"
)


def quote_is_verbatim(citation: Citation, documents: Mapping[str, Document]) -> bool:
    """Whether the quote stands at its span in the stored text of its document."""
    document = documents.get(citation.document)
    return (
        document is not None
        and 0 <= citation.start < citation.end <= len(document.text)
        and document.text[citation.start : citation.end] == citation.quote
    )


def unsupported(statement: Statement, citations: Sequence[Citation]) -> list[str]:
    """What a statement claims and its citations don't: "number 15%", "negation not", … Empty if it's supported.

    Compared are numbers with their signs, legal references, negations and modal verbs.
    """
    cited = [citation for citation in citations if citation.number in statement.citations]
    if not cited:
        return ["no citation"]
    source = " ".join(citation.quote for citation in cited)
    faults = [f"number {n}" for n in sorted(_numbers(statement.text) - _numbers(source))]
    known = {reference.canonical for reference in find_references(source)}
    faults += [f"reference {r.canonical}" for r in find_references(statement.text) if r.canonical not in known]
    for label, pattern in (("negation", _NEGATION), ("modal", _MODAL)):
        said, stands = _counts(pattern, statement.text), _counts(pattern, source)
        faults += [f"{label} {word}" for word in said if word not in stands]
        if label == "negation" and not said and stands and _same_words(statement.text, source):
            faults.append("negation dropped")
    return faults


def _numbers(text: str) -> set[str]:
    return {match.rstrip(".,") for match in _NUMBER.findall(text)}


def _counts(pattern: re.Pattern[str], text: str) -> dict[str, int]:
    counts: dict[str, int] = {}
    for match in pattern.finditer(fold(text)):
        counts[match.group()] = counts.get(match.group(), 0) + 1
    return counts


def _same_words(statement: str, source: str) -> bool:
    """Whether the statement is the source with words left out, so that a missing "not" turns its meaning."""
    words, given = fold(statement).split(), fold(source).split()
    return len(words) >= 0.8 * len(given) and set(words) <= set(given)


def is_supported(statement: Statement, citations: Sequence[Citation]) -> bool:
    """Whether every number, reference, negation and modal of a statement stands in what it cites."""
    return not unsupported(statement, citations)
