"""Legal references in text: recognise, normalise, and take the first as a pinpoint.

U.S. references are CFR sections and parts, U.S. Code sections and Federal Register pages. Mexican ones are articles
with their fractions, before or after the law's name, in English and Spanish, and official standards (NOM).
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache

_PARAGRAPHS = r"(?:\([A-Za-z0-9]{1,5}\))*"
_LAWS = {
    "RLFT": r"RLFT|Reglamento de la Ley Federal del Trabajo",
    "LFT": r"LFT|Ley Federal del Trabajo|Federal Labou?r Law",
    "LSS": r"LSS|Ley del Seguro Social|(?:Mexican )?Social Security Law",
    "CFF": r"CFF|Código Fiscal de la Federación|Federal Tax Code|Fiscal Code of the Federation",
    "LISR": r"LISR|Ley del Impuesto [Ss]obre la Renta|Income Tax Law",
    "LIVA": r"LIVA|Ley del Impuesto al Valor Agregado|(?:VAT|Value Added Tax) Law",
    "LFPDPPP": r"LFPDPPP|Ley Federal de Protección de Datos Personales en Posesión de los Particulares",
    "CPF": r"CPF|Código Penal Federal|Federal Criminal Code",
    "INFONAVIT Law": r"LINFONAVIT|Ley (?:del )?INFONAVIT|INFONAVIT(?: Law)?|Ley del Instituto del Fondo Nacional de la Vivienda para los Trabajadores",
    "Acuerdo STPS": r"Acuerdo STPS",
    "USMCA": r"USMCA|T-MEC",
    "Constitution": r"CPEUM|Constitución(?: Política)?|(?:Mexican )?Constitution",
}
_LAW = "(?:" + "|".join(_LAWS.values()) + ")"
_NAMED = f"(?P<law>{_LAW})"
# Capitals only: "artículo 127 de", "articles 13 to" are not articles 127-DE and 13-TO.
_ORDINAL = r"(?:[oº°](?!\w)(?:\.(?=-[A-Z]|,| y | del? | (?:Bis|Ter|Qu)))?)?"  # "2o", and "3o. Bis", "1o.-A"
_INSERTED = r"(?:Bis|Ter|Qu[aá]ter|Quinquies|Sexies|Septies|Octies|Nonies)"
_NUMBER = rf"\d++(?:\.\d+)?{_ORDINAL}(?:-(?-i:[A-Z]{{1,2}})\b| (?-i:[A-Z])(?=,? fr))?(?:[ -]{_INSERTED}\b)?(?:\((?-i:[A-Z]{{1,5}})\))*"
_ROMAN = r"(?-i:[IVXLC]+)\b(?: Bis\b)?"
_FRACTIONS = rf"(?:frs?\.|fraccs?\.|fracs?\.|fracci[oó]n(?:es)?|fractions?) ?(?P<fraction>{_ROMAN}(?:(?:, | (?:y|and|a|to) |-){_ROMAN})*)"
_INCISO = r"(?:,? (?:inciso|inc\.) (?P<inciso>(?-i:[a-zñ]))\b(?!\w))"
_ARTICLE = rf"(?P<article>{_NUMBER})(?:,? (?:apartado|Part) (?P<part>(?-i:[A-Z])\b))?(?:,? {_FRACTIONS})?{_INCISO}?"
_ONE = r"(?:arts?\.|art[ií]culos?|articles?) ?"
_UNIT = r"(?! (?:days?|months?|years?|hours?|workers?|times|percent|pesos|d[ií]as?|meses|años?|horas?|trabajador|veces)\b)(?!%)"
_MORE = re.compile(
    rf"(?P<joint>, (?:and |y |or |o )?| (?:and|y|or|o|e|to|a|al) |[-–])(?:de )?(?P<article>{_NUMBER})(?:,? {_FRACTIONS})?{_UNIT}",
    re.IGNORECASE,
)
_MX = re.compile(rf"(?<!\w)(?P<law>{_LAW}),? {_ONE}{_ARTICLE}", re.IGNORECASE)
_MX_SPACED = re.compile(
    rf"LSS,? arts?\. ?(?P<article>\d+ [A-Z]\b)(?:,? {_FRACTIONS})?"
)  # only this law names its articles "15 A"
_MX_BARE = re.compile(rf"\b{_ONE}{_ARTICLE}", re.IGNORECASE)
_MX_FRACTION_FIRST = re.compile(rf"\b{_FRACTIONS},? (?:del|of) {_ONE}(?P<article>{_NUMBER})", re.IGNORECASE)
_OF_LAW = re.compile(
    rf"\)?,?(?: (?:first|second|third|last|primer|segundo|tercer|último|penúltimo)o? (?:paragraph|párrafo),?)? (?:of the |of |de la |del |de )?(?P<law>{_LAW})\b",
    re.IGNORECASE,
)
_CFR = re.compile(
    rf"\b(?P<title>\d{{1,2}}) ?C\.?F\.?R\.? ?(?:§+ ?|[Pp]arts? )?(?P<section>\d+(?:\.\d+)?(?:[-–]\d+(?:\.\d+)?)?{_PARAGRAPHS})"
)
_CFR_MORE = re.compile(rf"(?:, | (?:and|y|or|o) )(?P<section>16\d{_PARAGRAPHS})\b(?![.,]?\d)(?!\()")
_SECTION_SIGN = re.compile(
    rf"(?:§+ ?|\bsections? |\bsecci[oó]n )(?P<section>1[0-9]{{2}}\.\d{{3}}{_PARAGRAPHS})", re.IGNORECASE
)
_BARE_SECTION = re.compile(rf"(?<![\d.,$])(?P<section>16[0-9]\.\d{{3}}(?!\d){_PARAGRAPHS})")
_USC = re.compile(rf"\b(?P<title>\d{{1,2}}) ?U\.?S\.?C\.? ?§* ?(?P<section>\d+[a-z]?(?:-\d+[a-z]?)?{_PARAGRAPHS})")
_FEDERAL_REGISTER = re.compile(r"\b\d{2} ?(?:FR|Fed\. Reg\.) ?\d{3,6}\b")
_STANDARD = re.compile(r"\bNOM-\d{3}(?:-[A-Z]+\d*)?(?:-\d{4})?\b")


@dataclass(frozen=True, kw_only=True, slots=True)
class Reference:
    """One legal reference. `canonical` is its form in our pinpoints, e.g. "LFT art. 127 fr. VIII"."""

    canonical: str
    start: int
    end: int


def article_number(number: str) -> str:
    """The number of a Mexican article in one form: "1o.-A" -> "1-A", "3o. Bis" -> "3 Bis", "188-BIS" -> "188 Bis"."""
    number = re.sub(r"(?<=\d) ?[oº°]\b\.?|(?<=\d)\.[oº°]", "", number.strip().rstrip("."))
    number = re.sub(
        r"[ -]+(bis|ter|qu[aá]ter|[a-z]{2,7}ies)\b", lambda m: " " + m[1].title(), number, flags=re.IGNORECASE
    )
    return re.sub(r"\.? ?- ?", "-", number).replace("Quater", "Quáter")


def article_pinpoint(law: str, number: str) -> str:
    """The pinpoint of an article: ("LFT", "3o. Bis") -> "LFT art. 3 Bis"."""
    return f"{law} art. {article_number(number)}"


def law_named(text: str) -> str | None:
    """Our short name of the law that a text names first; None where it names none that we know."""
    match = re.search(rf"(?<!\w){_NAMED}\b", text, re.IGNORECASE)
    return _law(match)


def find_references(text: str) -> list[Reference]:
    """All references in the order in which they stand; overlapping readings give the longest."""
    found = [*_federal(text), *_mexican(text)]
    found.sort(key=lambda reference: (reference.start, -reference.end))
    kept: list[Reference] = []
    for reference in found:
        if not kept or reference.start >= kept[-1].end:
            kept.append(reference)
    return kept


@lru_cache(maxsize=20_000)
def pinpoints_in(text: str) -> tuple[str, ...]:
    """The references of a held text in canonical form; remembered, since many questions read the same sentences."""
    return tuple(reference.canonical for reference in find_references(text))


def first_pinpoint(text: str) -> str | None:
    """The first reference that names its law, in canonical form; None where there is none."""
    return next((canonical for canonical in pinpoints_in(text) if not canonical.startswith("art")), None)


def _federal(text: str) -> Iterator[Reference]:
    renderings: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...] = (
        (_CFR, lambda match: f"{match['title']} CFR {match['section'].replace('–', '-')}"),
        (_USC, lambda match: f"{match['title']} USC {match['section']}"),
        (_SECTION_SIGN, lambda match: f"45 CFR {match['section']}"),
        (_BARE_SECTION, lambda match: f"45 CFR {match['section']}"),
        (_FEDERAL_REGISTER, lambda match: match[0]),
        (_STANDARD, lambda match: match[0]),
    )
    for pattern, render in renderings:
        for match in pattern.finditer(text):
            yield Reference(canonical=render(match), start=match.start(), end=match.end())
    for first in _CFR.finditer(text):
        following = _CFR_MORE.match(text, first.end()) if "." not in first["section"] else None
        if following:
            canonical = f"{first['title']} CFR {following['section']}"
            yield Reference(canonical=canonical, start=following.start("section"), end=following.end())


def _mexican(text: str) -> Iterator[Reference]:
    for match in _MX_FRACTION_FIRST.finditer(text):
        named = _OF_LAW.match(text, match.end())
        canonical = _canonical(_law(named), match["article"], match["fraction"])
        yield Reference(canonical=canonical, start=match.start(), end=(named or match).end())
    for match in _MX_SPACED.finditer(text):
        canonical = _canonical("LSS", match["article"], match["fraction"])
        yield Reference(canonical=canonical, start=match.start(), end=match.end())
    for match in _MX.finditer(text):
        yield from _articles(text, match, _law(match), match.start())
    for match in _MX_BARE.finditer(text):
        yield from _articles(text, match, None, match.start())


def _articles(text: str, first: re.Match[str], law: str | None, start: int) -> Iterator[Reference]:
    """The article of a match and, after a plural, those that follow it; a law named behind them counts for all."""
    matches = [first]
    number = first.start("article")
    plural = re.search(r"(?:arts\.|[ií]culos|icles) ?$", text[max(0, number - 8) : number], re.IGNORECASE)
    while plural and (following := _MORE.match(text, matches[-1].end())):
        matches.append(following)
    named = _OF_LAW.match(text, matches[-1].end()) if law is None else None
    law = law or _law(named)
    part = f"({first['part'].upper()})" if first["part"] else ""
    position = 0
    while position < len(matches):
        match = matches[position]
        article = match["article"] + (part if match is first else "")
        last = match
        if position + 1 < len(matches) and matches[position + 1]["joint"].strip() in {"to", "a", "al", "-", "–"}:
            position += 1
            last = matches[position]
            plain = (article + last["article"]).isdigit()
            article = f"{article}{'-' if plain else ' to '}{last['article']}"
        position += 1
        begin = start if match is first else match.start("article")
        end = named.end() if named and position == len(matches) else last.end()
        inciso = last["inciso"] if last is first else None
        yield Reference(canonical=_canonical(law, article, last["fraction"], inciso), start=begin, end=end)


def _law(match: re.Match[str] | None) -> str | None:
    if match is None:
        return None
    return next(name for name, spelling in _LAWS.items() if re.fullmatch(spelling, match["law"], re.IGNORECASE))


def _canonical(law: str | None, article: str, fraction: str | None, inciso: str | None = None) -> str:
    ranged = re.search(r"\d-\d| to ", article)
    head = f"{law} " if law else ""
    text = f"{head}{'arts.' if ranged else 'art.'} {article if ranged else article_number(article)}"
    if fraction:
        fractions = re.sub(r" (?:a|to) ", "-", re.sub(r" (?:y|and) ", ", ", fraction.replace("bis", "Bis")))
        text += f" {'frs.' if re.search('[,-]', fractions) else 'fr.'} {fractions}"
    return f"{text} inc. {inciso})" if inciso else text
