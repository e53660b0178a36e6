"""Is a text a law, which one, and how is it built? Ordinary articles are left alone."""

import re

from ingest.legal.mexican_statute import outline_statute
from ingest.legal.outline import Outline
from ingest.legal.us_code import outline_us_code
from kb.records import Authority, Jurisdiction
from kb.text.references import law_named

_HEAD = 3_000  # characters in which a law names itself
_FEWEST_ARTICLES = 10  # of a text that isn't declared a law but is one


def find_outline(
    text: str, path: str, *, authority: Authority, jurisdiction: Jurisdiction, source: str | None, title: str | None
) -> Outline | None:
    """The structure of a law's text; None for any other text.

    A document is a law if its authority is statute or regulation; else only if it has many articles in order and
    names its law at its head.
    """
    declared = authority in (Authority.STATUTE, Authority.REGULATION)
    if not declared and _count_of_articles(text) < _FEWEST_ARTICLES:
        return None
    name = path.rsplit("/", 1)[-1]
    stem = re.split(r"[._-]", name)[0]
    if jurisdiction is Jurisdiction.US:
        return outline_us_code(text, path, [part for part in (source, title) if part])
    named = [part for part in (source, title, text[:_HEAD], stem) if part]
    law = next((found for part in named if (found := law_named(part))), None)
    if law is None and not declared:
        return None
    return outline_statute(text, law or source or title or stem, _printed_name(text) or title)


def _count_of_articles(text: str) -> int:
    return len(re.findall(r"^(?:ART[IÍ]CULO|Artículo) \d+[oº]?\.|^§ \d+\.\d+ ", text, re.MULTILINE))


def _printed_name(text: str) -> str | None:
    """The law's name where it stands on one of the first lines by itself."""
    for line in text[:_HEAD].split("\n"):
        name = line.strip(" #*")
        if re.fullmatch(r"(?:Nueva |Nuevo )?(?:ley|c[oó]digo|reglamento|acuerdo|norma) .{3,160}", name, re.IGNORECASE):
            return name
    return None
