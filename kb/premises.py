"""What a question takes for granted, where the sources say otherwise: "Since PTU is 15 %, …", "…, right?".

Told apart by figures: a value that the question asserts, against the value that a quoted sentence gives for the same
subject in the same unit. And by denial: an assertion that a quoted "No" answers. A figure of the asker's own case ("our 40 agents") is no
assertion on the law.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from kb.figures import Figure, find_figures
from kb.question import Kind, kind_of
from kb.records import Citation, Language, Notice, NoticeKind
from kb.text.words import fold, stems

# What introduces something taken for granted, on folded text; the clause runs to the next comma, question or end.
_GIVEN = re.compile(
    r"^\W*(?:(?:so|but|ok|and|y|pero|entonces),? )?(?:since|because|as|given that|now that|considering that|como|ya que|dado que|puesto que|debido a que|visto que|siendo que) (?P<clause>.+?)(?:,(?! ?\d)|[?¿!]|$)"
)
_TAG = re.compile(
    r"(?:,|\.|;) ?(?:right|correct|true|yes|isn.?t it|is that (?:right|correct|true|so)|is that still (?:right|true)|verdad|no|cierto|correcto|es (?:asi|correcto|cierto)|o no)\W*$"
)
# A statement, then a question.
_TOLD = re.compile(
    r"^(?P<clause>[^.?!]+(?<!\bvs)(?<!\d))[.!] +\S.*\?\s*$|^(?P<before>[^.?!¿]+), ?¿[^¿]+\?\s*$",
    re.DOTALL | re.IGNORECASE,
)
# On folded text: what happened to somebody is no assertion on the law.
_OWN_CASE = re.compile(
    r"\b(?:our|ours|my|we|us|i|nuestr[oa]s?|mis?|nos|tenemos|somos|an? (?:agent|patient|worker|employee|vendor|nurse|supervisor)|"
    r"un[oa]? (?:agente|paciente|trabajadora?|emplead[oa]|proveedora?|enfermer[oa]|supervisora?))\b"
)
_DENIES = re.compile(r"^\W*no\b|\b(?:is|are|does|do|was|were|has|have) not\b|\b(?:no|not|never|nunca|ningun[oa]?|ni)\b")
_NO_LAW = frozenset({"person", "minute"})  # units of the asker's own case
_SHARED = 0.5  # of the assertion's content words, the share that a sentence on the same thing names


@dataclass(frozen=True, kw_only=True, slots=True)
class FalsePremise:
    """An assertion of the question and the citation whose quote says otherwise."""

    asserted: str
    stated: str
    citation: Citation


def premise_of(question: str) -> str | None:
    """The clause that a question takes for granted; None where it asserts nothing."""
    return _supposed(question) or _told(question)


def _supposed(question: str) -> str | None:
    """What a question expressly supposes or wants to see confirmed."""
    folded = fold(question)
    given = _GIVEN.search(folded) if len(folded) == len(question) else _GIVEN.search(question.lower())
    if given:
        return question[given.start("clause") : given.end("clause")].strip()
    tag = _TAG.search(folded)
    if tag and len(folded) == len(question):
        return question[: tag.start()].strip()
    return None


def _told(question: str) -> str | None:
    """What a question states before it asks."""
    told = _TOLD.match(question)
    return (told["clause"] or told["before"]).strip() if told else None


def find_false_premise(question: str, language: Language, citations: Sequence[Citation]) -> FalsePremise | None:
    """The first figure that the question asserts and a citation contradicts, else an assertion that a citation denies."""
    premise = premise_of(question)
    if premise is None:
        return None
    told = _supposed(question) is None
    own_case = told and bool(_OWN_CASE.search(fold(premise)))
    asserted = [
        figure
        for figure in find_figures(premise, language)
        if figure.unit and figure.unit not in _NO_LAW and (figure.unit == "%" or not own_case)  # rates are the law's
    ]
    stated = [
        (citation, figure) for citation in citations for figure in find_figures(citation.quote, citation.language)
    ]
    for figure in asserted:
        if any(_same(figure, other) for _, other in stated):
            continue
        for citation, other in stated:
            if _comparable(figure, other):
                return FalsePremise(
                    asserted=_written(premise, figure), stated=_written(citation.quote, other), citation=citation
                )
    if own_case or (told and kind_of(question) is Kind.YES_NO):
        return None  # a "No" answers what is asked after the statement
    return _denied(premise, language, citations)


def _same(one: Figure, other: Figure) -> bool:
    if one.unit == "date":  # as many numbers as it names: month, day and perhaps the year
        return other.unit == "date" and one.values[:2] == other.values[:2]
    return _unit_of(one) == _unit_of(other) and bool(set(one.values) & set(other.values))


def _unit_of(figure: Figure) -> str:
    """The unit; who asks for a bonus of 30 days does not say that they are days of wages."""
    return "day" if figure.unit == "day of wages" else figure.unit


def _comparable(one: Figure, other: Figure) -> bool:
    """Whether both figures are of one unit and subject. Concepts are the same in both languages, words are not."""
    return (_unit_of(one), one.per or other.per) == (_unit_of(other), other.per or one.per) and bool(
        one.concepts & other.concepts
    )


def _denied(premise: str, language: Language, citations: Sequence[Citation]) -> FalsePremise | None:
    if _DENIES.search(fold(premise)):
        return None
    subject = set(stems(premise, language))
    for citation in citations:
        if citation.language is not language or not _opens_with_no(citation.quote):
            continue
        if subject and len(subject & set(stems(citation.quote, language))) >= _SHARED * len(subject):
            return FalsePremise(asserted=premise, stated=citation.quote, citation=citation)
    return None


def _opens_with_no(quote: str) -> bool:
    return bool(re.match(r"no\b", fold(quote).lstrip('"“«')))


def _written(text: str, figure: Figure) -> str:
    return text[figure.start : figure.end].strip(" ,.;")


def premise_notice(found: FalsePremise, language: Language) -> Notice:
    """Says that the source differs, and what it says. The wrong assertion isn't said again: it would be read as ours."""
    stated = found.stated if len(found.stated) <= 160 else f"{found.stated[:157].rsplit(' ', 1)[0]} …"
    text = (
        f"La pregunta da por hecho algo distinto de lo que dice la fuente: «{stated}»."
        if language is Language.ES
        else f"The question takes for granted something else than the source says: “{stated}”."
    )
    return Notice(kind=NoticeKind.FALSE_PREMISE, text=text, citations=(found.citation.number,))
