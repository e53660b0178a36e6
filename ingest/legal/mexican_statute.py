"""Mexican statutes: books, titles, chapters, articles with their fractions, and transitory articles."""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence

from ingest.legal.lines import Line, lines_of
from ingest.legal.mexican_articles import ARTICLE, INSERTED, NUMBER, Provision, find_articles
from ingest.legal.mexican_decrees import (
    DECREE,
    ORDINAL_WORDS,
    first_transitory,
    ordinal_number,
    transitory_headings,
    transitory_provisions,
)
from ingest.legal.mexican_items import item_marks
from ingest.legal.outline import Mark, Outline, Place
from ingest.loaders.loaded import Heading
from ingest.loaders.markdown import find_headings
from kb.text.references import article_pinpoint

# The heading of a passage that is quoted from a law: "**Art. 47, fracción X (p. 15):**".
_QUOTED = re.compile(
    rf"\*\*[^*]{{0,30}}?\b(?:(?:Art\.|Artículo) (?P<number>{NUMBER})(?:, fracción (?P<fraction>[IVXLC]+(?: {INSERTED})?)\b)?|Transitorio (?P<word>{ORDINAL_WORDS})\b)[^*]*\*\*[ \t:]*",
    re.IGNORECASE,
)
_DIVISIONS = {"libro": 2, "titulo": 3, "capitulo": 4, "seccion": 5}
_DIVISION = re.compile(
    rf"(?P<kind>LIBRO|T[IÍ]TULO|CAP[IÍ]TULO|SECCI[OÓ]N) (?P<number>[IVXLC]+|\d{{1,3}}|{ORDINAL_WORDS})(?P<bis> {INSERTED})?\b[.\-–— ]*(?P<name>.*)",
    re.IGNORECASE,
)
_LONGEST_NAME = 200
_MOST_LINES_OF_NAME = 4


def outline_statute(text: str, law: str, title: str | None) -> Outline | None:
    """The structure of a Mexican statute; None where the text has no articles."""
    lines = list(lines_of(text))
    cut = first_transitory(lines)
    articles = find_articles(lines[:cut], law)
    if not articles:
        return _outline_extracts(text, law, title)
    provisions = [*articles, *transitory_provisions(lines[cut:], law)]
    headings = [
        *_divisions(lines[:cut]),
        *(Heading(title=p.title, level=p.level, start=p.start, end=p.body) for p in provisions),
        *transitory_headings(lines[cut:]),
    ]
    return _outline(text, title, provisions, headings)


def _outline_extracts(text: str, law: str, title: str | None) -> Outline | None:
    """The structure of a collection of passages quoted from a law, each below the number of its article."""
    provisions: list[Provision] = []
    headings = list(find_headings(text))
    for match in re.finditer(r"^.*\*\*.*$", text, re.MULTILINE):
        quoted = _QUOTED.match(text, match.start())
        if quoted is None:
            continue
        if quoted["word"]:
            place: Place = (f"{law} trans. {ordinal_number(quoted['word'])}",)
        else:
            fraction = (f" fr. {quoted['fraction']}",) if quoted["fraction"] else ()
            place = (article_pinpoint(law, quoted["number"]), *fraction)
        end = min(quoted.end() + (quoted.end() == match.end()), len(text))
        title_of = quoted.group().strip("* :")
        provisions.append(Provision(start=match.start(), body=end, title=title_of, place=place))
    if not provisions:
        return None
    headings.extend(Heading(title=p.title, level=p.level + 1, start=p.start, end=p.body) for p in provisions)
    return _outline(text, title, provisions, headings)


def _outline(text: str, title: str | None, provisions: Sequence[Provision], headings: list[Heading]) -> Outline:
    headings.sort(key=lambda heading: (heading.start, heading.level))
    starts = [heading.start for heading in headings]
    marks: list[Mark] = []
    for provision in provisions:
        after = bisect_right(starts, provision.start)
        end = starts[after] if after < len(starts) else len(text)
        marks.append(Mark(start=provision.start, body=provision.body, place=provision.place))
        marks.extend(item_marks(text, provision.body, end, provision.place))
        if end < len(text):
            marks.append(Mark(start=end, body=end, place=()))  # a chapter's heading belongs to no article
    return Outline(title=title, headings=tuple(_without_overlap(headings)), marks=_last_at_each_start(marks))


def _without_overlap(headings: Sequence[Heading]) -> Iterator[Heading]:
    end = 0
    for heading in headings:
        if heading.start >= end:
            yield heading
            end = heading.end


def _last_at_each_start(marks: Sequence[Mark]) -> tuple[Mark, ...]:
    """In order; an article that begins where another thing ends takes the place."""
    found: dict[int, Mark] = {}
    for mark in sorted(marks, key=lambda mark: (mark.start, bool(mark.place))):
        found[mark.start] = mark
    return tuple(found.values())


def _divisions(lines: Sequence[Line]) -> Iterator[Heading]:
    """Titles, chapters and sections with their names, which stand behind the number or on the lines below."""
    for index, line in enumerate(lines):
        match = _DIVISION.fullmatch(line.text)
        sure = match is not None and (line.after_end or match["kind"].isupper() or not match["name"])
        if match is None or not sure or not _is_name(match["name"]):
            continue
        names, end = [match["name"].strip(" .*")], line.end
        following = iter(lines[index + 1 : index + 1 + _MOST_LINES_OF_NAME])
        while not names[0] and (below := next(following, None)) is not None and _continues_name(below, names):
            names.append(below.text.strip(" *"))
            end = below.end
            if below.text[-1] in ".;:":
                break
            names[0] = ""
        label = f"{match['kind']} {match['number']}{match['bis'] or ''}"
        title = " ".join([label, *filter(None, names)])
        kind = match["kind"].lower().translate(str.maketrans("íó", "io"))
        yield Heading(title=title[:_LONGEST_NAME], level=_DIVISIONS[kind], start=line.start, end=end)


def _is_name(text: str) -> bool:
    return not text or (not text[0].islower() and text[-1] not in ",;:" and len(text) <= _LONGEST_NAME)


def _continues_name(line: Line, names: Sequence[str]) -> bool:
    if line.is_note or ARTICLE.match(line.text) or _DIVISION.fullmatch(line.text) or DECREE.match(line.text):
        return False
    first = len(names) == 1
    return len(line.text) <= 110 and (first or not line.after_end)
