"""Transitory articles of Mexican statutes: those of the law itself and those of each decree that changed it."""

import re
from collections.abc import Iterator, Sequence

from ingest.legal.lines import Line
from ingest.legal.mexican_articles import ARTICLE, Provision
from ingest.loaders.loaded import Heading
from kb.text.references import article_number

_ORDINALS = "primer[oa] segund[oa] tercer[oa] cuart[oa] quint[oa] sext[oa] s[eé]ptim[oa] octav[oa] noven[oa] d[eé]cim[oa]".split()
_TENS = "d[eé]cim[oa] vig[eé]sim[oa] trig[eé]sim[oa] cuadrag[eé]sim[oa] quincuag[eé]sim[oa]".split()
ORDINAL_WORDS = rf"(?:{'|'.join(_TENS)})?\s?(?:{'|'.join(_ORDINALS)})|{'|'.join(_TENS)}|[uú]nic[oa]"
_TRANSITORY = re.compile(
    rf"(?:art[ií]culo )?(?:\d{{1,2}}\.? )?(?P<word>{ORDINAL_WORDS})(?: transitorio)?\s*(?:\.\s?[-–—]*|[-–—]+)\s*(?=\S)",
    re.IGNORECASE,
)
_TRANSITORIES = re.compile(r"(?:ART[IÍ]CULOS? )?(?:TRANSITORIOS?|Transitorios?)\b[.:]?$")
_DECREES = re.compile(r"ART[IÍ]CULOS TRANSITORIOS DE (?:LOS )?DECRETOS.*", re.IGNORECASE)
DECREE = re.compile(r"(?:DECRETO|LEY|FE de erratas) (?:por|que|a la)\b.*")
_PUBLISHED = re.compile(r"Publicad[oa] en el Diario Oficial de la Federación el (\d{1,2})[oº°]?\.? de (\w+) de (\d{4})")
_MONTHS = "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre".split()
_LONGEST_TITLE, _LINES_OF_TITLE = 200, 14


def first_transitory(lines: Sequence[Line]) -> int:
    """Index of the line that begins the transitory articles, after at least one article; else the end."""
    seen = False
    for index, line in enumerate(lines):
        seen = seen or bool(ARTICLE.match(line.text))
        if seen and (_TRANSITORIES.fullmatch(line.text) or _DECREES.fullmatch(line.text)):
            return index
    return len(lines)


def transitory_provisions(lines: Sequence[Line], law: str) -> Iterator[Provision]:
    """Transitory articles, of the law itself and of each decree that changed it, which its day of publication names."""
    decree, inside = "", False
    for index, line in enumerate(lines):
        if DECREE.fullmatch(line.text):
            day = _day_of_publication(lines[index : index + _LINES_OF_TITLE])
            decree, inside = (f" (DOF {day})" if day else decree), False
            if day:
                last = _publication_line(lines[index : index + _LINES_OF_TITLE])
                title = " ".join(
                    part.text for part in lines[index : index + _LINES_OF_TITLE] if part.start < last.start
                )
                yield Provision(
                    start=line.start, body=last.end, title=title[:_LONGEST_TITLE], place=(f"{law}{decree}",), level=2
                )
        elif _TRANSITORIES.fullmatch(line.text):
            inside = True
        elif (
            inside
            and (line.after_end or _TRANSITORIES.fullmatch(lines[index - 1].text))
            and (found := _transitory_label(line))
        ):
            name, body = found
            yield Provision(
                start=line.start, body=body, title=f"Transitorio {name}", place=(f"{law} trans. {name}{decree}",)
            )


def _transitory_label(line: Line) -> tuple[str, int] | None:
    """The number and the end of the label of a transitory article: "Segundo.- ", "Artículo 2º.- "."""
    if line.text[0].isupper() and (word := _TRANSITORY.match(line.text)):
        return ordinal_number(word["word"]), line.begin + word.end()
    if number := ARTICLE.match(line.text):
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


def transitory_headings(lines: Sequence[Line]) -> Iterator[Heading]:
    """The headings over transitory articles, and over those of all decrees."""
    for line in lines:
        if _TRANSITORIES.fullmatch(line.text):
            yield Heading(title="Transitorios", level=3, start=line.start, end=line.end)
        elif _DECREES.fullmatch(line.text):
            yield Heading(title=line.text, level=2, start=line.start, end=line.end)
