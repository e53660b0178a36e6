"""The figures that a sentence states: how much of what, how binding, and in which role.

Read for precision: a number without a unit, a date without a role and a figure that the sentence denies are left out.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache

from babel import Locale

from kb.lexicon import load_lexicon
from kb.records import Language
from kb.text.references import find_references
from kb.text.words import number_of, stems


class Role(StrEnum):
    """What a figure does in its sentence."""

    VALUE = "value"
    AT_LEAST = "at-least"
    AT_MOST = "at-most"
    OVER = "over"  # a threshold: more than
    UNDER = "under"  # a threshold: less than
    DEADLINE = "deadline"  # done within it, or by that day
    LEAD = "lead"  # so long before something: "three months before it ends"
    EVERY = "every"  # how often
    AFTER = "after"  # from that day on, or so long after something


class Modality(StrEnum):
    """How binding the sentence is."""

    STATEMENT = "statement"
    DUTY = "duty"
    PERMISSION = "permission"
    ADVICE = "advice"
    CONDITIONAL = "conditional"  # would, exigiría: proposed or imagined


@dataclass(frozen=True, kw_only=True, slots=True)
class Figure:
    """One figure of a sentence. Offsets are half-open, into the text given to `find_figures`."""

    values: tuple[Decimal, ...]  # one, or both ends of a range; a date is (month, day) or (month, day, year)
    unit: str  # singular: "day", "business day", "MXN", "%", "UMA", "date", …
    per: str  # "month" in "hours a month"; empty where the figure is not a rate
    role: Role
    modality: Modality
    negated: bool  # something is denied in its part of the sentence
    concepts: frozenset[str]  # ids of the domain's concepts that the clause names
    words: frozenset[str]  # the clause's other content stems
    years: frozenset[int]  # calendar years that the sentence names, remarks in parentheses left out
    clause: int  # where the clause begins
    start: int
    end: int


_NUMBER_WORDS = (
    "one|un|una|uno|two|dos|three|tres|four|cuatro|five|cinco|six|seis|seven|siete|eight|ocho|nine|nueve|ten|diez|eleven|once|twelve|doce|"
    "thirteen|trece|fourteen|catorce|fifteen|quince|sixteen|dieciseis|seventeen|diecisiete|eighteen|dieciocho|nineteen|diecinueve|"
    "twenty|veinte|thirty|treinta|forty|cuarenta|fifty|cincuenta|sixty|sesenta|seventy|setenta|eighty|ochenta|ninety|noventa"
)
_ONE = frozenset({"one", "un", "una", "uno"})
_SCALES = {"million": 1_000_000, "millon": 1_000_000, "millones": 1_000_000, "thousand": 1_000, "mil": 1_000}
_CURRENCY = r"(?:MXN|USD|US|M\.?N\.?)? ?\$|MXN|USD"
_NUMBER = rf"(?:\d{{1,3}}(?:,\d{{3}})+(?:\.\d+)?|\d+(?:\.\d+)?|\b(?:{_NUMBER_WORDS})\b)(?: (?:million|millones|millon|thousand|mil)\b(?: de\b)?)?(?: ?\(\d+\))?"
_KIND_OF_TIME = r"(?:(?:calendar|consecutive|additional|further|full|paid|continuous|more|unpaid|whole|extra) )?"
# In the order in which they are tried behind a number.
_UNITS = {
    "%": r" ?%| per ?cent\b| por ciento\b",
    "UMA": r" (?:veces (?:la |el valor (?:diario )?de la )?|times (?:the )?(?:daily )?)?umas?\b",
    "day of wages": r" days?(?:['’]s?)? (?:of )?(?:(?:daily|full|integrated) )?(?:wages?|salary|pay)\b| dias de (?:salario|sueldo)\b",
    "business day": r" (?:paid )?(?:business|working) days?\b| dias (?:habiles|laborables)\b",
    "day": rf" {_KIND_OF_TIME}(?:days?|dias?)\b(?: (?:naturales|calendario))?",
    "hour": rf" {_KIND_OF_TIME}(?:hours?|horas?)\b",
    "minute": r" (?:minutes?|minutos?)\b",
    "week": rf" {_KIND_OF_TIME}(?:weeks?|semanas?)\b",
    "month": rf" {_KIND_OF_TIME}(?:months?|mes|meses)\b",
    "year": rf" {_KIND_OF_TIME}(?:years?|anos?)\b",
    "MXN": r" (?:pesos(?: mexicanos)?|mxn)\b",
    "USD": r" (?:(?:u\.s\. )?dollars|dolares|usd)\b",
    "person": r" (?:or more |o mas )?(?:workers|employees|trabajadores|empleados|individuals|patients|pacientes|personas|people|residents|residentes)\b",
}
_FIGURE = re.compile(
    rf"(?<![\w.,§/$-])(?<!\d )(?P<between>\b(?:between|entre) )?(?P<currency>(?:{_CURRENCY}) ?)?(?P<low>{_NUMBER})(?: ?%)?"
    rf"(?:(?(between)(?: and | y )|(?: to | a | hasta | al | ?[–-] ?))(?:(?:{_CURRENCY}) ?)?(?P<high>{_NUMBER}))?"
    rf"(?P<unit>{'|'.join(_UNITS.values())})?(?![\w%]|[.,/]\d)",
    re.IGNORECASE,
)
_UNIT_PATTERNS = {unit: re.compile(pattern) for unit, pattern in _UNITS.items()}
_PER = re.compile(
    r",? ?(?:of work )?(?:(?:a|an|per|each|every|por|al|a la|cada|por cada) (?P<unit>day|week|month|year|hour|violation|worker|employee|person|dia|semana|mes|ano|hora|trabajador|persona|infraccion|violacion)\b"
    r"|(?P<adverb>daily|weekly|monthly|annually|yearly|diari[oa]s?|semanal(?:es)?|mensual(?:es)?|anual(?:es)?)\b)"
)
_PERIODS = {
    "dia": "day", "semana": "week", "mes": "month", "ano": "year", "hora": "hour", "trabajador": "worker", "employee": "worker",
    "person": "worker", "persona": "worker", "infraccion": "violation", "violacion": "violation", "dail": "day", "week": "week",
    "mont": "month", "annu": "year", "year": "year", "diar": "day", "sema": "week", "mens": "month", "anua": "year",
}  # fmt: skip
_FILL = r"(?: (?:of|de|del|los|las|el|la|un|una|a|the|in|en|is|es|to))*\W*$"
_BEFORE: tuple[tuple[Role, re.Pattern[str]], ...] = tuple(
    (role, re.compile(rf"\b(?:{words}){_FILL}"))
    for role, words in (
        (Role.DEADLINE, r"within|(?:no|not|never) later than|by|before|dentro|a mas tardar|plazo (?:maximo |legal |general )?(?:no mayor )?|antes|deadline|in under|in less than"),
        (Role.AT_LEAST, r"at least|no less than|not less than|no fewer than|minimum|al menos|minimo|no menos|por lo menos|no (?:sera |puede ser )?(?:menor|inferior)"),
        (Role.AT_MOST, r"at most|up to|no more than|not more than|maximum|maximo|a lo mas|hasta|no mas|capped at|not exceed(?:ing)?|no (?:exceda|excede|exceder|podra exceder)|tope|cap|limit|limite|no (?:sera |puede ser )?(?:mayor|superior)"),
        (Role.OVER, r"more than|over|exceeds?|above|mas|exceden?|superior|mayor"),
        (Role.UNDER, r"less than|fewer than|under|below|menos|menor|inferior"),
        (Role.EVERY, r"every|each|cada"),
        (Role.AFTER, r"after|from|since|as of|starting|beginning|on or after|a partir|desde|tras|despues|with effect"),
    )
)  # fmt: skip
_AFTERWARDS: tuple[tuple[Role, re.Pattern[str]], ...] = tuple(
    (role, re.compile(rf" ?(?:{words})\b"))
    for role, words in (
        (Role.LEAD, r"(?:\w+ )?(?:before|prior|antes|previos|de anticipacion|in advance)"),
        (Role.AT_LEAST, r"or (?:more|longer|over)|o mas|at least|como minimo|or older"),
        (Role.AT_MOST, r"or (?:less|fewer|under)|o menos|at most|como maximo"),
        (Role.AFTER, r"or later|en adelante"),
    )
)
_OF_TIME = frozenset({Role.DEADLINE, Role.LEAD, Role.EVERY, Role.AFTER})
_TIMES = frozenset({"business day", "day", "hour", "minute", "week", "month", "year"})
_MODALITIES: tuple[tuple[Modality, re.Pattern[str]], ...] = tuple(
    (modality, re.compile(rf"\b(?:{words})\b"))
    for modality, words in (
        (Modality.CONDITIONAL, r"would|propos(?:ed|es|al)|propuest[ao]s?|propone|(?:exigi|se|debe|tend|reque|establece|permiti|obliga|amplia|se)ri(?:ri)?an?"),
        (Modality.ADVICE, r"should|ought|recommended|recommends?|deberia|deberian|recomendable|recomienda|good practice|buena practica"),
        (Modality.DUTY, r"must|shall|required?|requires|mandatory|obliged|ha(?:s|ve) to|needs? (?:to|not)|debe|deben|debera|deberan|obligad[oa]s?|obligatori[oa]s?|tienen? que"),
        (Modality.PERMISSION, r"may|can|allowed|permitted|puede|pueden|podra|podran|optional|opcional"),
    )
)  # fmt: skip
_NEGATION = re.compile(
    r"\b(?:no|not|never|nor|neither|without|cannot|\w+n['’]t|nunca|ningun[oa]?|sin|jamas|ni|tampoco)\b"
)
_DENIED = re.compile(
    r"\b(?:is|are|was|were|be|es|son|era|eran) not\b[^,;]{0,20}$|\bno (?:es|son|era|eran|sera|seran)\b[^,;]{0,20}$|\b(?:not|ni|nor|no)\W*$"
)
_YEAR = re.compile(r"\b(?:19|20)\d\d\b(?![.,]\d)")
_A_YEAR = re.compile(r"20[1-4]\d")  # of those whose UMA may be meant; 2000 is one of the law's multiples
_CLAUSE_END = re.compile(r";")
_REMARK = re.compile(r"\([^()]*\)")
_LIGHT = frozenset(
    "law ley articl articulo rule regl text texto forc vigent vigor mexican current everi least within later dentr men".split()
)
_UNIT_STEMS = frozenset({"day", "dia", "hour", "hor"})  # "day off" is left as "day" without its stop word
_BOUND_NEGATION = re.compile(
    r"\b(?:without|sin) (?:unreasonable |undue |any )?(?:delay|demora|dilacion)\b|\b(?:no|not|never) (?:later|less|more|fewer|exceed\w*|menos|mas|mayor|menor|superior|inferior|excede\w*|podra exceder)\b"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Place:
    """Where a figure stands and what it amounts to, before its sentence is read."""

    values: tuple[Decimal, ...]
    unit: str
    per: str
    start: int
    end: int


_ACCENTS = str.maketrans("áéíóúüñàèìòùâêîôûäëïöç", "aeiouunaeiouaeiouaeioc")


@dataclass(frozen=True, kw_only=True, slots=True)
class _Sentence:
    """A sentence as far as all its figures share it."""

    text: str  # without accents, in lower case
    subject: str  # the same with figures, references and remarks in parentheses blank
    language: Language
    modality: Modality
    years: frozenset[int]


def flat(text: str) -> str:
    """Lower case without accents, character by character, so that offsets stay those of the text."""
    lower = text.lower()
    if len(lower) != len(text):  # a few letters, such as the Turkish I with a dot, become two
        lower = "".join(character.lower()[0] for character in text)
    return lower.translate(_ACCENTS)


@lru_cache(maxsize=20_000)
def find_figures(text: str, language: Language) -> tuple[Figure, ...]:
    """The figures of one sentence, in order. Pure; remembered, since answers compare the same passages again and again."""
    flattened = flat(text)
    if not _places(flattened):  # most sentences have none, and looking for references takes longer
        return ()
    references = [(reference.start, reference.end) for reference in find_references(text)]
    places = _places(_blank(flattened, references))
    blanked = _blank(flattened, [*references, *((place.start, place.end) for place in places)])
    remarks = [match.span() for match in _REMARK.finditer(blanked)]
    sentence = _Sentence(
        text=flattened,
        subject=_blank(blanked, remarks),
        language=language,
        modality=_modality(flattened),
        years=frozenset(int(match[0]) for match in _YEAR.finditer(_blank(flattened, remarks))),
    )
    return tuple(_figure(sentence, place) for place in places if not _is_denied(flattened, place))


def _places(text: str) -> list[_Place]:
    places = sorted([*_dates(text), *_quantities(text)], key=lambda place: place.start)
    return [place for n, place in enumerate(places) if n == 0 or place.start >= places[n - 1].end]


def _is_negated(text: str, start: int, end: int) -> bool:
    """Whether something is denied from the clause's beginning to the comma behind the figure."""
    part = text[start:end] + re.split(r", |;", text[end:], maxsplit=1)[0]
    return bool(_NEGATION.search(_BOUND_NEGATION.sub(" ", part)))


def _is_denied(text: str, place: _Place) -> bool:
    return bool(_DENIED.search(text[max(0, place.start - 60) : place.start]))


def _figure(sentence: _Sentence, place: _Place) -> Figure:
    start, end = _clause(sentence.text, place)
    concepts, words = _subject(sentence.subject[start:end], sentence.language)
    if place.unit == "date":
        concepts -= {"annual"}  # "by 30 May of each year" is "by 30 May"
    return Figure(
        values=place.values,
        unit=place.unit,
        per=place.per,
        role=_role(sentence.text, place),
        modality=sentence.modality,
        negated=_is_negated(sentence.text, start, place.end),
        concepts=concepts,
        words=words,
        years=sentence.years,
        clause=start,
        start=place.start,
        end=place.end,
    )


def _blank(text: str, spans: Iterable[tuple[int, int]]) -> str:
    for start, end in spans:
        text = text[:start] + " " * (end - start) + text[end:]
    return text


def _quantities(text: str) -> Iterator[_Place]:
    for match in _FIGURE.finditer(text):
        unit = _unit(match)
        if unit is None or (unit == "person" and match["low"] in _ONE):
            continue
        if unit == "UMA" and _A_YEAR.fullmatch(match["low"]):
            continue  # "the 2027 UMA"
        numbers = [_value(match[name]) for name in ("low", "high") if match[name]]
        per = _PER.match(text, match.end())
        yield _Place(
            values=tuple(numbers), unit=unit, per=period_of(per) if per else "", start=match.start(), end=(per or match).end()
        )  # fmt: skip


def _unit(match: re.Match[str]) -> str | None:
    if match["currency"]:
        return "MXN" if match["currency"].startswith(("mxn", "m")) else "USD"
    if match["unit"] is None:
        return "%" if match[0].endswith("%") else None
    return next(unit for unit, pattern in _UNIT_PATTERNS.items() if pattern.fullmatch(match["unit"]))


def _value(written: str) -> Decimal:
    number, *scale = re.sub(r" ?\(.*", "", written).split()
    digits = "1" if number in _ONE else number_of(number) or number.replace(",", "")
    return Decimal(digits) * _SCALES.get(scale[0], 1) if scale else Decimal(digits)


def period_of(match: re.Match[str]) -> str:
    """The unit of a period, singular and English, of a match with the groups `unit` and `adverb`: "year" for "cada año"."""
    if match["unit"]:
        return _PERIODS.get(match["unit"], match["unit"])
    return _PERIODS[match["adverb"][:4]]


@lru_cache(maxsize=1)
def _months() -> dict[str, int]:
    return {
        flat(name): number
        for language in Language
        for number, name in Locale(language.value).months["format"]["wide"].items()
    }


@lru_cache(maxsize=1)
def _date_patterns() -> tuple[re.Pattern[str], ...]:
    month = rf"(?P<month>{'|'.join(_months())})"
    day, year = r"(?P<day>\d{1,2})(?:st|nd|rd|th|o|º)?", r"(?P<year>\d{4})"
    return (
        re.compile(rf"\b{day} (?:of |de )?{month}\b(?:,? (?:del? )?{year})?"),
        re.compile(rf"\b{month} {day}\b(?:,? {year})?"),
    )


def _dates(text: str) -> Iterator[_Place]:
    for pattern in _date_patterns():
        for match in pattern.finditer(text):
            numbers = [_months()[match["month"]], int(match["day"]), *([int(match["year"])] if match["year"] else [])]
            yield _Place(
                values=tuple(map(Decimal, numbers)), unit="date", per="", start=match.start(), end=match.end()
            )  # fmt: skip


def _role(text: str, place: _Place) -> Role:
    before = text[max(0, place.start - 40) : place.start]
    role = next((role for role, pattern in _AFTERWARDS if pattern.match(text, place.end)), None) or next(
        (role for role, pattern in _BEFORE if pattern.search(before)), Role.VALUE
    )
    if place.unit == "date":
        return Role.DEADLINE if role is Role.AT_MOST else role
    return Role.VALUE if role in _OF_TIME and place.unit not in _TIMES else role


def _modality(text: str) -> Modality:
    return next((modality for modality, pattern in _MODALITIES if pattern.search(text)), Modality.STATEMENT)


def _clause(text: str, place: _Place) -> tuple[int, int]:
    start = max((m.end() for m in _CLAUSE_END.finditer(text, 0, place.start)), default=0)
    following = _CLAUSE_END.search(text, place.end)
    return start, following.start() if following else len(text)


def _subject(clause: str, language: Language) -> tuple[frozenset[str], frozenset[str]]:
    """Concepts and other stems of a clause in which figures, references and remarks are blank."""
    sequence = [stem for stem in stems(clause, language) if stem not in _LIGHT]
    matches = [match for match in load_lexicon().find(sequence, language) if sequence[match.start] not in _UNIT_STEMS]
    taken = {position for match in matches for position in range(match.start, match.end)}
    words = frozenset(word for position, word in enumerate(sequence) if position not in taken)
    return frozenset(match.concept.id for match in matches), words
