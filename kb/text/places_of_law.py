"""Compare legal places: is "LFT art. 127 fr. VIII" the place asked for, a part of it, or what holds it?

Places are canonical references as `kb.text.references` writes them.
"""

import re
from dataclasses import dataclass

_FEDERAL = re.compile(r"(?P<law>\d+ (?:CFR|USC)) (?P<section>[\w.]+(?:-\w+)?)(?P<rest>(?:\([^)]*\))*)$")
_MEXICAN = re.compile(
    r"(?:(?P<law>.+?) )?arts?\. (?P<first>\d+(?:\.\d+)?(?:-[A-Z]{1,2}\b| [A-Z]\b)?(?: (?:Bis|Ter|Qu[aá]ter|Quinquies))?)"
    r"(?:(?:-| to )(?P<last>\d+))?(?P<apart>\([A-Z]+\))?(?: frs?\. (?P<rest>.+))?$"
)
EXACT, PART, WHOLE, SAME_ARTICLE = 1.0, 0.9, 0.8, 0.6


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """A legal place: law None where the reference names none; `last` where it's a range of articles."""

    law: str | None
    article: str  # or section, or part of a title
    rest: str  # fraction or paragraphs; empty for the whole article
    last: int | None = None


def place_of(canonical: str) -> Place | None:
    """The parts of a canonical reference; None for what has none (a Federal Register page, a standard)."""
    federal = _FEDERAL.match(canonical)
    if federal:
        return Place(law=federal["law"], article=federal["section"], rest=federal["rest"])
    mexican = _MEXICAN.match(canonical)
    if mexican is None:
        return None
    return Place(
        law=mexican["law"],
        article=mexican["first"] + (mexican["apart"] or ""),
        rest=mexican["rest"] or "",
        last=int(mexican["last"]) if mexican["last"] else None,
    )


def closeness(stated: Place, asked: Place) -> float:
    """How well a stated place is the one asked for, in [0, 1]: the same, a part of it, what holds it, or its article only."""
    if not _same_article(stated, asked):
        return 0.0
    if stated.rest == asked.rest:
        return EXACT
    if not asked.rest or stated.rest.startswith(asked.rest):
        return PART
    return WHOLE if asked.rest.startswith(stated.rest) else SAME_ARTICLE


def _same_article(stated: Place, asked: Place) -> bool:
    if asked.law is not None and stated.law != asked.law:
        return False
    if stated.article == asked.article:
        return True
    numbers = [re.match(r"\d+", article) for article in (stated.article, asked.article)]
    if stated.last is not None and all(numbers):
        first, wanted = (int(number.group()) for number in numbers if number)
        return first <= wanted <= stated.last
    # A question on a part is on its sections: "45 CFR 164" and "45 CFR 164.308".
    return (stated.law or "").endswith("CFR") and stated.article.startswith(f"{asked.article}.")
