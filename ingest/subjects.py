"""Do a heading and its text speak of the same subject? Decided by the domain's terms, so that it can be explained."""

from collections import Counter
from functools import lru_cache

from kb.lexicon import Concept, load_lexicon
from kb.records import Jurisdiction, Language, Topic
from kb.text.words import stems

# Vendors, contracts and documents stand under any heading; these subjects are told apart.
_TELLING = frozenset(
    {Topic.HIPAA, Topic.PTU, Topic.REPSE, Topic.LABOR, Topic.TAX, Topic.SOCIAL_SECURITY, Topic.PRIVACY}
)
_ENOUGH_MENTIONS = 2


def subjects_of(text: str, language: Language) -> Counter[Topic]:
    """How often a text names terms that belong to one subject and one country's law."""
    return Counter(
        concept.topic
        for concept in _of_one_law(text, language)
        if concept.topic in _TELLING and concept.topic is not None
    )


def laws_of(text: str, language: Language) -> Counter[Jurisdiction]:
    """How often a text names terms of each country's law."""
    return Counter(concept.law for concept in _of_one_law(text, language) if concept.law is not None)


@lru_cache(maxsize=2_000)
def _of_one_law(text: str, language: Language) -> tuple[Concept, ...]:
    """The terms of one country's law that a text names. Headings are asked for with each of their passages."""
    found = (match.concept for match in load_lexicon().find(stems(text, language), language))
    return tuple(concept for concept in found if concept.law is not None)


def speaks_of_something_else(heading: str, body: str, language: Language) -> bool:
    """Whether the heading names a subject of one country's law and the body treats only another country's.

    Subjects of one country's law run into each other (PTU and REPSE, wages and social security); two countries' don't.
    """
    promised, treated = subjects_of(heading, language), subjects_of(body, language)
    if len(promised) != 1 or promised.keys() & treated.keys() or sum(treated.values()) < _ENOUGH_MENTIONS:
        return False
    # Naming "Mexico" or "the United States" in a heading says where, not what.
    places = {Jurisdiction.MX, Jurisdiction.US}
    promised_laws = {law for law in places if _subject_law(heading, language, law)}
    treated_laws = {law for law in places if laws_of(body, language)[law]}
    return not (promised_laws & treated_laws)


def _subject_law(text: str, language: Language, law: Jurisdiction) -> bool:
    return any(concept.law is law and concept.topic in _TELLING for concept in _of_one_law(text, language))


def fitting_context(
    title: str, section: tuple[str, ...], body: str, language: Language
) -> tuple[tuple[str, ...], bool]:
    """The headings that fit the body, outermost first, and whether the one that governs it does not.

    The governing heading is the nearest that names a subject at all; where a misplaced one stands, no heading is kept.
    """
    headings = tuple(dict.fromkeys((title, *section)))
    governing = next((heading for heading in reversed(headings) if subjects_of(heading, language)), None)
    if governing is not None and speaks_of_something_else(governing, body, language):
        return (), True
    return tuple(h for h in headings if not speaks_of_something_else(h, body, language)), False
