"""Articles of Mexican statutes, in the order of their numbers.

They are numbered 1o., 2o., …, 10; what was inserted later is "3o. Bis", "28-A", "69-B Ter", "5 A".
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ingest.legal.lines import Line
from ingest.legal.nesting import inserted_rank
from ingest.legal.outline import Place, heaviest_chain
from kb.text.references import article_number, article_pinpoint

INSERTED = r"(?:[Bb]is|BIS|[Tt]er|TER|[Qq]u[aá]ter|QU[AÁ]TER|[Qq]uinquies|QUINQUIES|[Ss]exies|SEXIES|[Ss]epties|[Oo]cties|[Nn]onies)"
NUMBER = rf"\d{{1,4}}(?:[ ]?[oº°]\b\.?|\.[oº°])?(?:\.?[ ]?-[ ]?[A-ZÑ]{{1,2}}\b| [A-ZÑ](?=[.\s]))?(?:[ -]{INSERTED}\b(?: \d{{1,2}}\b)?(?:-[A-Z]\b)?)?"
ARTICLE = re.compile(
    rf"(?:ART[IÍ]CULO|Art[ií]culo|Art\.) (?P<number>{NUMBER})\s*(?:\.\s?[-–—]+|\.|[-–—]+|:|$)\s*(?P<first>.?)"
)
_ARTICLE_LEVEL = 6
_DOUBTFUL = 0.4  # weight of a line that looks like an article's first but follows on words that end nothing


@dataclass(frozen=True, kw_only=True, slots=True)
class Provision:
    """An article, or a decree that changed the law, from its label on. Text proper begins at `body`."""

    start: int
    body: int
    title: str
    place: Place
    level: int = _ARTICLE_LEVEL


def find_articles(lines: Sequence[Line], law: str) -> list[Provision]:
    """Articles in the order of their numbers."""
    found: list[tuple[Line, str, int]] = []
    for line in lines:
        match = ARTICLE.match(line.text)
        if match and not match["first"].islower():
            found.append((line, match["number"], line.begin + match.start("first")))
    keys = [_article_key(number) for _, number, _ in found]
    return [
        Provision(
            start=found[index][0].start,
            body=found[index][2],
            title=f"Artículo {article_number(found[index][1])}",
            place=(article_pinpoint(law, found[index][1]),),
        )
        for index in heaviest_chain(keys, [1.0 if line.after_end else _DOUBTFUL for line, _, _ in found])
    ]


def _article_key(number: str) -> tuple[int, ...]:
    """Sorts 3 < 3 Bis < 3-A < 3-B < 4, and 69-B < 69-B Bis < 69-B Ter."""
    plain = article_number(number)
    parts = re.fullmatch(r"(\d+)(?:[- ]([A-ZÑ]{1,2}))?(?: (.*?))?(?:-([A-Z]))?", plain)
    if parts is None:
        return (0,)
    letters = parts[2] or ""
    rank = 0
    for letter in letters:
        rank = 27 * rank + ord(letter) - 64
    return (int(parts[1]), rank, inserted_rank((parts[3] or "").split()), ord(parts[4]) if parts[4] else 0)
