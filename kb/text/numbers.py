"""Numbers in folded text, English and Spanish, in digits and words, with the unit that they count."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from kb.text.words import fold, number_of


@dataclass(frozen=True, kw_only=True, slots=True)
class Number:
    """A number at `[start, end)`, its unit left out of the span. `value` is plain digits, with "%" for a share.

    `unit` is "day", "mxn", … or None. `implied` is set for the 1 of "a year".
    """

    value: str
    start: int
    end: int
    unit: str | None = None
    implied: bool = False


_UNITS = {
    form: unit
    for unit, forms in {
        "day": "day days dia dias daily diario diarios",
        "week": "week weeks semana semanas",
        "month": "month months mes meses",
        "year": "year years ano anos",
        "hour": "hour hours hora horas",
        "minute": "minute minutes minuto minutos",
        "times": "times veces",
        "uma": "uma umas",
        "usd": "usd dollars dollar dolares dolar",
        "mxn": "mxn pesos peso",
        "person": "worker workers employee employees trabajador trabajadores empleado empleados people persons individuals personas individuos",
        "record": "records record expedientes registros",
    }.items()
    for form in forms.split()
}
_UNIT = "|".join(sorted(_UNITS, key=len, reverse=True))
_QUALIFIER = r"(?:calendar|business|working|natural|consecutive|full|whole|more|further|additional|u\.s\.|mexican)"
_UNIT_AFTER = re.compile(rf"[ -](?:{_QUALIFIER}[ -])?(?P<unit>{_UNIT})\b")
_CURRENCY_BEFORE = re.compile(r"(?:(?P<mxn>mxn|mx)|(?P<usd>usd|us))? ?(?P<sign>\$)? ?$")
_PERCENT = r"(?P<percent> ?%| per ?cent\b| por ciento\b| percentage points?\b)"
_SCALES = {
    "hundred": 100,
    "thousand": 1_000,
    "mil": 1_000,
    "million": 10**6,
    "millon": 10**6,
    "millones": 10**6,
    "billion": 10**9,
}
_SCALE = rf"(?:[ -](?P<scale>{'|'.join(_SCALES)})(?: de)?\b)?"
_DIGITS = re.compile(
    rf"(?<![\w.])(?P<digits>\d+(?:[.,]\d+)*)(?:(?=[a-z])|{_SCALE}){_PERCENT}?|(?P<loose>\d+(?:[.,]\d+)*)"
)
_ONLY_THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_HUNDREDS = {
    "cien": 100, "ciento": 100, "doscientos": 200, "trescientos": 300, "cuatrocientos": 400, "quinientos": 500,
    "seiscientos": 600, "setecientos": 700, "ochocientos": 800, "novecientos": 900,
}  # fmt: skip
_TWENTIES = {
    f"veinti{word}": 20 + value
    for value, words in enumerate("uno un una|dos|tres|cuatro|cinco|seis|siete|ocho|nueve".split("|"), 1)
    for word in words.split()
}
_ONES = {"one": 1, "uno": 1, "un": 1, "una": 1}
_WORD = re.compile(r"[a-z]+")
_PARTS = {"half": "1/2", "mitad": "1/2", "twice": "x2", "double": "x2", "doble": "x2", "triple": "x3", "triples": "x3"}
_ONE_OF_A_UNIT = re.compile(rf"\b(?P<word>one|a|an|un|una)[ -](?P<unit>{_UNIT})\b")
_SCALED_WORD = re.compile(rf"[ -](?P<scale>{'|'.join(_SCALES)})\b")
_SHARE_WORD = re.compile(r" per ?cent\b| por ciento\b| percentage points?\b")


# What is counted in thousands: "2000 employees" is no year, nor "2000 pesos"; "2026 pesos" are those of a year.
_YEAR = re.compile(
    r"(?<![\w.,$€-])(?:19[5-9]\d|20[0-4]\d)(?![\w%]|[.,]\d)"
    r"(?! (?:[a-z]+ )?(?:employees|workers|agents|people|persons|patients|individuals|records|files|members|residents|seats|calls|hours|days|"
    r"empleados|trabajador(?:es|as)|agentes|personas|pacientes|expedientes|registros|afiliados|residentes|llamadas|horas|dias)\b)"
    r"(?!(?<=00) (?:pesos|dollars|dolares|usd|mxn|umas?)\b)"
)


def years_named(text: str) -> tuple[int, ...]:
    """The years of the Gregorian calendar that a text names, 1950 to 2049, in order, each once."""
    return tuple(sorted({int(year) for year in _YEAR.findall(fold(text))}))


def find_numbers(folded: str) -> Iterator[Number]:
    """Every number of a folded text, not in the order in which they stand."""
    for match in _DIGITS.finditer(folded):
        digits = match["digits"] or match["loose"]
        value = _scaled(_plain(digits), match["scale"]) + ("%" if match["percent"] else "")
        yield Number(value=value, start=match.start(), end=match.end(), unit=_unit(folded, match.start(), match.end()))
    yield from _in_words(folded)
    for match in _ONE_OF_A_UNIT.finditer(folded):
        unit = _UNITS[match["unit"]]
        implied = match["word"] != "one"
        yield Number(value="1", start=match.start(), end=match.end("word"), unit=unit, implied=implied)


def _plain(digits: str) -> str:
    """Digits without separators of thousands and without zeros that say nothing: "1,250.50" -> "1250.5"."""
    plain = digits.replace(",", "") if _ONLY_THOUSANDS.fullmatch(digits) else digits
    if plain.isdigit():
        return str(int(plain))
    whole, point, decimals = plain.partition(".")
    if point and len(decimals) <= 2 and decimals.isdigit():
        decimals = decimals.rstrip("0")
        return f"{whole}.{decimals}" if decimals else whole
    return plain


def _scaled(plain: str, scale: str | None) -> str:
    """ "2.5" and "million" -> "2500000"."""
    if scale is None or not re.fullmatch(r"\d+(?:\.\d+)?", plain):
        return plain
    whole, _, decimals = plain.partition(".")
    return str(int(whole + decimals) * _SCALES[scale] // 10 ** len(decimals))


def _in_words(folded: str) -> Iterator[Number]:
    position = 0
    while match := _WORD.search(folded, position):
        value, end = _word_value(folded, match)
        position = end
        if value is None:
            part = _PARTS.get(match[0])
            if part:
                yield Number(value=part, start=match.start(), end=match.end())
            continue
        share = _SHARE_WORD.match(folded, end)
        shown = str(value) + ("%" if share else "")
        yield Number(
            value=shown, start=match.start(), end=end, unit=None if share else _unit(folded, match.start(), end)
        )


def _word_value(folded: str, match: re.Match[str]) -> tuple[int | None, int]:
    """The number that begins with a word, and where it ends: "thirty-two thousand" is one."""
    end = match.end()
    value = _simple(match[0])
    scale = _SCALES.get(match[0])
    if value is None and scale and match[0] in {"mil", "hundred", "thousand", "million"}:
        before = folded[: match.start()].rstrip(" -")
        return (None, end) if before[-1:].isdigit() else (scale, end)  # "5 thousand" is read with its digits
    if value is None or (match[0] == "ciento" and folded[: match.start()].endswith("por ")):
        return None, end
    following = re.compile(r"(?:-| y | )([a-z]+)").match(folded, end)
    if following and value >= 20 and value % 10 == 0:
        more = _ONES.get(following[1]) or _simple(following[1])
        if more is not None and more < (10 if value < 100 else 100):
            value, end = value + more, following.end()
    scaled = _SCALED_WORD.match(folded, end)
    if scaled:
        value, end = value * _SCALES[scaled["scale"]], scaled.end()
    return value, end


def _simple(word: str) -> int | None:
    known = number_of(word)
    return int(known) if known else (_HUNDREDS.get(word) or _TWENTIES.get(word))


def _unit(folded: str, start: int, end: int) -> str | None:
    """What is counted: named behind the number, or the currency before it; "money" for a bare dollar sign."""
    after = _UNIT_AFTER.match(folded, end)
    if after:
        return _UNITS[after["unit"]]
    before = _CURRENCY_BEFORE.search(folded, max(0, start - 6), start)
    if before is None:
        return None
    if before["mxn"] or before["usd"]:
        return "mxn" if before["mxn"] else "usd"
    return "money" if before["sign"] else None
