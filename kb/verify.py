"""Check an answer before anybody sees it: quotes are verbatim, and nothing in a statement is missing from what it cites.

Compared are claims: numbers, months, legal references, negations and modal verbs, each as often as it is made. They are
compared by meaning, not by spelling, since a statement may speak another language than its source: "ten percent" is
"10%" and "diez por ciento", "must" is "shall" and "debe".
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from kb.records import Citation, Document, Statement
from kb.text.references import find_references
from kb.text.sentences import sentence_spans
from kb.text.words import fold, number_of

_NUMBER = re.compile(
    r"(?P<digits>\d+(?:[.,]\d+)*)(?P<percent> ?%| per ?cent\b| por ciento\b)?|(?P<word>[a-z]+)(?P<share> per ?cent\b| por ciento\b)?"
)
_PARTS = {"half": "1/2", "mitad": "1/2", "twice": "x2", "double": "x2", "doble": "x2", "triple": "x3", "third": "1/3"}
_ONLY_THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_MONTHS = {
    name: str(number)
    for number, names in enumerate(
        """january enero|february febrero|march marzo|april abril|may mayo|june junio|july julio|august agosto
        |september septiembre|october octubre|november noviembre|december diciembre""".split("|"),
        1,
    )
    for name in names.split()
}
_MONTH = re.compile(
    rf"(?P<day>\d{{1,2}}(?:st|nd|rd|th)? (?:of |de )?)?\b(?P<month>{'|'.join(_MONTHS)})\b(?P<after>,? \d)?"
)
_NEGATION = re.compile(
    r"\b(?:no|not|never|none|nor|neither|without|cannot|\w+n['’]t|nunca|ningun[oa]?s?|sin|jamas|ni|tampoco)\b"
)
# Groups of words that say the same; a statement may exchange one for another of its own group only.
_MODALS = {
    "duty": r"must|shall|required?|requires|mandatory|obligatory|obliged|ha(?:s|ve) to|debe|deben|debera|deberan|obligatori[oa]s?|obligad[oa]s?|tienen? que",
    "permission": r"may|might|can|cannot|could|allowed|permitted|puede|pueden|podra|podran|podria|podrian|permitid[oa]s?",
    "advice": r"should|ought|recommended|deberia|deberian|recomendad[oa]s?|recomienda",
    "ban": r"prohibited|prohibits|forbidden|forbids|banned|bans|prohibid[oa]s?|prohibe",
}
_MODAL = re.compile(r"\b(?:" + "|".join(f"(?P<{group}>{words})" for group, words in _MODALS.items()) + r")\b")

Claim = tuple[str, str]
"""What is claimed and its value: ("number", "10%"), ("modal", "duty")."""


def quote_is_verbatim(citation: Citation, documents: Mapping[str, Document]) -> bool:
    """Whether the quote stands at its span in the stored text of its document."""
    document = documents.get(citation.document)
    return (
        document is not None
        and 0 <= citation.start < citation.end <= len(document.text)
        and document.text[citation.start : citation.end] == citation.quote
    )


def unsupported(statement: Statement, citations: Sequence[Citation]) -> list[str]:
    """What a statement claims and its citations don't: "number 15%", "modal duty", …; empty if it's supported.

    Where a statement repeats a sentence nearly word for word, it may not leave out a negation or modal of it either.
    """
    quotes = [citation.quote for citation in citations if citation.number in statement.citations]
    if not quotes:
        return ["no citation"]
    said = Counter(claims(statement.text))
    stands = Counter(claim for quote in quotes for claim in claims(quote))
    faults = [f"{kind} {value}" for kind, value in sorted((said - stands).keys())]
    for quote in quotes:
        for start, end in sentence_spans(quote):
            faults.extend(f"{fault} left out" for fault in _left_out(statement.text, said, quote[start:end]))
    return list(dict.fromkeys(faults))


def is_supported(statement: Statement, citations: Sequence[Citation]) -> bool:
    """Whether every number, reference, negation and modal of a statement stands in what it cites."""
    return not unsupported(statement, citations)


def claims(text: str) -> Iterator[Claim]:
    """The claims of a text that are compared, each as often as it is made."""
    for reference in find_references(text):
        yield "reference", reference.canonical
    folded = fold(text)
    months = list(_months(folded))
    for _, _, month in months:
        yield "month", month
    for match in _NUMBER.finditer(folded):
        value = _number(match)
        if value is not None:
            yield "number", value
    for _ in _NEGATION.finditer(folded):
        yield "negation", "not"
    for match in _MODAL.finditer(folded):
        if not any(start <= match.start() < end for start, end, _ in months):  # "30 May" is no permission
            yield "modal", str(match.lastgroup)


def _months(folded: str) -> Iterator[tuple[int, int, str]]:
    for match in _MONTH.finditer(folded):
        if match["month"] != "may" or match["day"] or match["after"]:
            yield match.start("month"), match.end("month"), _MONTHS[match["month"]]


def _number(match: re.Match[str]) -> str | None:
    if match["digits"]:
        digits = match["digits"]
        plain = digits.replace(",", "") if _ONLY_THOUSANDS.fullmatch(digits) else digits
        return plain + ("%" if match["percent"] else "")
    value = number_of(match["word"]) or _PARTS.get(match["word"])
    return value + ("%" if match["share"] else "") if value else None


def _left_out(statement: str, said: Counter[Claim], sentence: str) -> list[str]:
    """Negations and modals of a cited sentence that a statement lacks although it repeats nearly all its words."""
    given = Counter(fold(sentence).split())
    repeated = (given & Counter(fold(statement).split())).total()
    if given.total() - repeated > max(1, given.total() // 5):
        return []
    stands = Counter(claim for claim in claims(sentence) if claim[0] in {"negation", "modal"})
    return [" ".join(claim) for claim in sorted((stands - said).keys())]
