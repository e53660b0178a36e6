"""Mexican statutes: books, titles, chapters, articles, apartados, fractions, incisos, and transitory articles.

Mexican drafting practice numbers articles 1o., 2o., …, 10, inserts "3o. Bis", "28-A", "69-B Ter", and within an article
uses capitals for apartados, Roman numerals for fractions, letters with a parenthesis for incisos.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from ingest.legal.lines import Line, lines_of
from ingest.legal.nesting import DIGIT, LOWER, ROMAN, UPPER, UPPER_ROMAN, Label, inserted_rank, nest
from ingest.legal.outline import Mark, Outline, Place, heaviest_chain
from ingest.loaders.loaded import Heading
from ingest.loaders.markdown import find_headings
from kb.text.references import article_number, article_pinpoint

_INSERTED = r"(?:[Bb]is|BIS|[Tt]er|TER|[Qq]u[aá]ter|QU[AÁ]TER|[Qq]uinquies|QUINQUIES|[Ss]exies|SEXIES|[Ss]epties|[Oo]cties|[Nn]onies)"
_NUMBER = rf"\d{{1,4}}(?:[ ]?[oº°]\b\.?|\.[oº°])?(?:\.?[ ]?-[ ]?[A-ZÑ]{{1,2}}\b| [A-ZÑ](?=[.\s]))?(?:[ -]{_INSERTED}\b(?: \d{{1,2}}\b)?(?:-[A-Z]\b)?)?"
_ARTICLE = re.compile(
    rf"(?:ART[IÍ]CULO|Art[ií]culo|Art\.) (?P<number>{_NUMBER})\s*(?:\.\s?[-–—]+|\.|[-–—]+|:|$)\s*(?P<first>.?)"
)
_ORDINALS = "primer[oa] segund[oa] tercer[oa] cuart[oa] quint[oa] sext[oa] s[eé]ptim[oa] octav[oa] noven[oa] d[eé]cim[oa]".split()
_TENS = "d[eé]cim[oa] vig[eé]sim[oa] trig[eé]sim[oa] cuadrag[eé]sim[oa] quincuag[eé]sim[oa]".split()
_ORDINAL_WORDS = rf"(?:{'|'.join(_TENS)})?\s?(?:{'|'.join(_ORDINALS)})|{'|'.join(_TENS)}|[uú]nic[oa]"
_TRANSITORY = re.compile(
    rf"(?:art[ií]culo )?(?:\d{{1,2}}\.? )?(?P<word>{_ORDINAL_WORDS})(?: transitorio)?\s*(?:\.\s?[-–—]*|[-–—]+)\s*(?=\S)",
    re.IGNORECASE,
)
# The heading of a passage that is quoted from a law: "**Art. 47, fracción X (p. 15):**".
_QUOTED = re.compile(
    rf"\*\*[^*]{{0,30}}?\b(?:(?:Art\.|Artículo) (?P<number>{_NUMBER})(?:, fracción (?P<fraction>[IVXLC]+(?: {_INSERTED})?)\b)?|Transitorio (?P<word>{_ORDINAL_WORDS})\b)[^*]*\*\*[ \t:]*",
    re.IGNORECASE,
)
_TRANSITORIES = re.compile(r"(?:ART[IÍ]CULOS? )?(?:TRANSITORIOS?|Transitorios?)\b[.:]?$")
_DECREES = re.compile(r"ART[IÍ]CULOS TRANSITORIOS DE (?:LOS )?DECRETOS.*", re.IGNORECASE)
_DECREE = re.compile(r"(?:DECRETO|LEY|FE de erratas) (?:por|que|a la)\b.*")
_PUBLISHED = re.compile(r"Publicad[oa] en el Diario Oficial de la Federación el (\d{1,2})[oº°]?\.? de (\w+) de (\d{4})")
_MONTHS = "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre".split()
_DIVISIONS = {"libro": 2, "titulo": 3, "capitulo": 4, "seccion": 5}
_DIVISION = re.compile(
    rf"(?P<kind>LIBRO|T[IÍ]TULO|CAP[IÍ]TULO|SECCI[OÓ]N) (?P<number>[IVXLC]+|\d{{1,3}}|{_ORDINAL_WORDS})(?P<bis> {_INSERTED})?\b[.\-–— ]*(?P<name>.*)",
    re.IGNORECASE,
)
_ARTICLE_LEVEL, _LONGEST_NAME = 6, 200
_DOUBTFUL = 0.4  # weight of a line that looks like an article's first but follows on words that end nothing
_MOST_LINES_OF_NAME = 4
# Fractions of an apartado, incisos of a fraction, numerals or small Roman numerals of an inciso.
_LEVELS = ((UPPER,), (UPPER_ROMAN,), (LOWER,), (DIGIT, ROMAN))
_ITEM = re.compile(
    rf"(?P<upper>[A-Z]|[IVXLC]+(?: {_INSERTED}\b(?: \d{{1,2}}\b)?)?)\s?\.\s?[-–—]?\s*(?=\S)"
    rf"|(?P<roman>[IVXLC]+(?: {_INSERTED}\b)?)\s?[-–—]\s*(?=\S)"
    r"|(?P<lower>[a-zñ]{1,2}|[ivx]{1,5})\)\s*(?=\S)|(?P<digit>\d{1,2})[.)]\s+(?=\S)"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Provision:
    """An article, or a decree that changed the law, from its label on."""

    start: int
    body: int
    title: str
    place: Place
    level: int = _ARTICLE_LEVEL


def outline_statute(text: str, law: str, title: str | None) -> Outline | None:
    """The structure of a Mexican statute; None where the text has no articles."""
    lines = list(lines_of(text))
    cut = _first_transitory(lines)
    articles = _articles(lines[:cut], law)
    if not articles:
        return _outline_extracts(text, law, title)
    provisions = [*articles, *_transitories(lines[cut:], law)]
    headings = [
        *_divisions(lines[:cut]),
        *(Heading(title=p.title, level=p.level, start=p.start, end=p.body) for p in provisions),
        *_transitory_headings(lines[cut:]),
    ]
    return _outline(text, title, provisions, headings)


def _outline_extracts(text: str, law: str, title: str | None) -> Outline | None:
    """The structure of a collection of passages quoted from a law, each below the number of its article."""
    provisions: list[_Provision] = []
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
        provisions.append(_Provision(start=match.start(), body=end, title=title_of, place=place))
    if not provisions:
        return None
    headings.extend(Heading(title=p.title, level=p.level + 1, start=p.start, end=p.body) for p in provisions)
    return _outline(text, title, provisions, headings)


def _outline(text: str, title: str | None, provisions: Sequence[_Provision], headings: list[Heading]) -> Outline:
    headings.sort(key=lambda heading: (heading.start, heading.level))
    starts = [heading.start for heading in headings]
    marks: list[Mark] = []
    for provision in provisions:
        after = bisect_right(starts, provision.start)
        end = starts[after] if after < len(starts) else len(text)
        marks.append(Mark(start=provision.start, body=provision.body, place=provision.place))
        marks.extend(_items(text, provision.body, end, provision.place))
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


def _first_transitory(lines: Sequence[Line]) -> int:
    """Index of the line that begins the transitory articles, after at least one article; else the end."""
    seen = False
    for index, line in enumerate(lines):
        seen = seen or bool(_ARTICLE.match(line.text))
        if seen and (_TRANSITORIES.fullmatch(line.text) or _DECREES.fullmatch(line.text)):
            return index
    return len(lines)


def _articles(lines: Sequence[Line], law: str) -> list[_Provision]:
    """Articles in the order of their numbers."""
    found: list[tuple[Line, str, int]] = []
    for line in lines:
        match = _ARTICLE.match(line.text)
        if match and not match["first"].islower():
            found.append((line, match["number"], line.begin + match.start("first")))
    keys = [_article_key(number) for _, number, _ in found]
    return [
        _Provision(
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


def _transitories(lines: Sequence[Line], law: str) -> Iterator[_Provision]:
    """Transitory articles, of the law itself and of each decree that changed it, which its day of publication names."""
    decree, inside = "", False
    for index, line in enumerate(lines):
        if _DECREE.fullmatch(line.text):
            day = _day_of_publication(lines[index : index + 14])
            decree, inside = (f" (DOF {day})" if day else decree), False
            if day:
                last = _publication_line(lines[index : index + 14])
                title = " ".join(part.text for part in lines[index : index + 14] if part.start < last.start)
                yield _Provision(
                    start=line.start, body=last.end, title=title[:_LONGEST_NAME], place=(f"{law}{decree}",), level=2
                )
        elif _TRANSITORIES.fullmatch(line.text):
            inside = True
        elif (
            inside
            and (line.after_end or _TRANSITORIES.fullmatch(lines[index - 1].text))
            and (found := _transitory_label(line))
        ):
            name, body = found
            yield _Provision(
                start=line.start, body=body, title=f"Transitorio {name}", place=(f"{law} trans. {name}{decree}",)
            )


def _transitory_label(line: Line) -> tuple[str, int] | None:
    """The number and the end of the label of a transitory article: "Segundo.- ", "Artículo 2º.- "."""
    if line.text[0].isupper() and (word := _TRANSITORY.match(line.text)):
        return ordinal_number(word["word"]), line.begin + word.end()
    if number := _ARTICLE.match(line.text):
        return article_number(number["number"]), line.begin + number.start("first")
    return None


def ordinal_number(words: str) -> str:
    """ "Décimo Segundo" -> "12", "ÚNICO" -> "único"."""
    value = 0
    for word in re.findall(r"\w+", words.lower()):
        if re.fullmatch("[uú]nic[oa]", word):
            return "único"
        tens = next(
            (
                10 * n
                for n, name in enumerate(_TENS, 1)
                if word.startswith(re.sub("[aá].*", "", word)) and re.match(name, word)
            ),
            0,
        )
        ones = next((n for n, name in enumerate(_ORDINALS[:9], 1) if re.search(f"{name}$", word)), 0)
        value += tens + ones
    return str(value)


def _publication_line(lines: Sequence[Line]) -> Line:
    return next(line for line in lines if _PUBLISHED.search(line.text))


def _day_of_publication(lines: Sequence[Line]) -> str | None:
    """Of a decree, as the gazette writes it: "01-05-2019"."""
    match = next((found for line in lines if (found := _PUBLISHED.search(line.text))), None)
    if match is None or match[2].lower() not in _MONTHS:
        return None
    return f"{int(match[1]):02}-{_MONTHS.index(match[2].lower()) + 1:02}-{match[3]}"


def _transitory_headings(lines: Sequence[Line]) -> Iterator[Heading]:
    for line in lines:
        if _TRANSITORIES.fullmatch(line.text):
            yield Heading(title="Transitorios", level=3, start=line.start, end=line.end)
        elif _DECREES.fullmatch(line.text):
            yield Heading(title=line.text, level=2, start=line.start, end=line.end)


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
    if line.is_note or _ARTICLE.match(line.text) or _DIVISION.fullmatch(line.text) or _DECREE.match(line.text):
        return False
    first = len(names) == 1
    return len(line.text) <= 110 and (first or not line.after_end)


def _items(text: str, start: int, end: int, place: Place) -> Iterator[Mark]:
    """Marks of the fractions and incisos of one article, and of the paragraph that comes back to it behind them."""
    found = [(line, match) for line, match in _labels(text, start, end)]
    readings = nest([Label(text=_label_text(match)) for _, match in found], _LEVELS)
    items = [
        Mark(
            start=line.start,
            body=line.begin + match.end(),
            place=place + tuple(_part(level, label) for level, label in reading),
            item=True,
        )
        for (line, match), reading in zip(found, readings, strict=True)
        if reading is not None
    ]
    for index, mark in enumerate(items):
        yield mark
        following = items[index + 1] if index + 1 < len(items) else None
        outside = following.place[:-1] if following else place
        again = following is not None and outside == mark.place[:-1] and _begins_list(following)
        if len(outside) < len(mark.place) - 1 or following is None or again:
            stop = following.start if following else end
            back = _next_paragraph(text, mark.body, stop)
            if back is not None:
                yield Mark(start=back, body=back, place=outside)


def _begins_list(mark: Mark) -> bool:
    return mark.place[-1] in {"(A)", " fr. I", " inc. a)", " num. 1", " num. i"}


def _labels(text: str, start: int, end: int) -> Iterator[tuple[Line, re.Match[str]]]:
    for line in lines_of(text[start:end]):
        match = None if line.is_note else _ITEM.match(line.text)
        # A reference that goes on in the next line does so in lower case or with a comma.
        if match and (line.after_end or (not match["lower"] and line.text[match.end() : match.end() + 1].isupper())):
            yield (
                Line(line.start + start, line.begin + start, line.end + start, line.text, line.after_end),
                match,
            )


def _label_text(match: re.Match[str]) -> str:
    return re.sub(r"\s+", " ", match["upper"] or match["roman"] or match["lower"] or match["digit"])


def _part(level: int, label: str) -> str:
    """How a level is written in a pinpoint."""
    if level == 0:
        return f"({label})"
    return (f" fr. {label}", f" inc. {label})", f" num. {label}")[level - 1].replace("BIS", "Bis").replace("TER", "Ter")


def _next_paragraph(text: str, start: int, end: int) -> int | None:
    """Where a paragraph begins behind the one at `start`: after a blank line, a note, or a short last line."""
    lines = list(lines_of(text[start:end]))
    longest = max((len(line.text) for line in lines), default=0)
    for before, line in pairwise(lines):
        apart = "\n" in text[start + before.end : start + line.start] or (
            before.text[-1] in ".;" and len(before.text) < 0.85 * longest
        )
        if (apart or before.is_note) and not line.is_note and line.text[:1].isupper():
            return start + line.start
    return None
