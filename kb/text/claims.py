"""What a sentence claims that must not differ from its source: numbers, dates, references, negations, modals, bounds.

Claims are read by meaning, not by spelling, since a statement may speak another language than its source: "ten percent"
is "10%" and "diez por ciento", "must" is "shall" and "debe", "may not" is "no podrá" and "is prohibited".
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from kb.text.numbers import Number, find_numbers
from kb.text.references import find_references
from kb.text.words import fold


class ClaimKind(StrEnum):
    """What is claimed."""

    NUMBER = "number"
    YEAR = "year"
    MONTH = "month"
    DATE = "date"
    ORDINAL = "ordinal"
    REFERENCE = "reference"
    NEGATION = "negation"
    MODAL = "modal"
    BOUND = "bound"
    ORDER = "order"
    ONLY = "only"
    ADDRESS = "address"


@dataclass(frozen=True, kw_only=True, slots=True)
class Claim:
    """One claim, at `[start, end)` of the folded sentence; a reference stands at `[0, 0)`, for it is read unfolded.

    `value` is comparable: "10%", "2021-04-24", "LFT art. 127 fr. VIII", "duty". `unit` is that of a number, where one is
    named. An `implied` claim may support another and needs no support: "a year" is "one year".
    """

    kind: ClaimKind
    value: str
    start: int = 0
    end: int = 0
    unit: str | None = None
    implied: bool = False

    def __str__(self) -> str:
        return f"{self.kind.value} {self.value}"


_MONTH_NAMES = """january enero jan ene|february febrero feb|march marzo mar|april abril apr abr|may mayo|june junio jun|july julio jul
    |august agosto aug ago|september septiembre setiembre sep sept|october octubre oct|november noviembre nov
    |december diciembre dec dic""".split("|")
_MONTHS = {name: number for number, names in enumerate(_MONTH_NAMES, 1) for name in names.split()}
_FULL = "|".join(name for name in _MONTHS if len(name) > 4 or name in {"may", "mayo", "june", "july"})
_MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))
_DATE = re.compile(
    rf"\b(?P<iso_year>(?:19|20)\d\d)-(?P<iso_month>0[1-9]|1[0-2])-(?P<iso_day>[0-3]\d)\b"
    rf"|\b(?P<day>[0-3]?\d)(?:st|nd|rd|th|o|º)?(?: de |-| of | )(?P<month>{_MONTH})\b\.?(?:(?:,? (?:del? )?|-)(?P<year>(?:19|20)\d\d)\b)?"
    rf"|\b(?P<month_first>{_MONTH})\b\.? (?P<day_after>[0-3]?\d)(?:st|nd|rd|th)?\b(?![%.,]\d)(?:(?:,|,? of)? (?P<year_after>(?:19|20)\d\d)\b)?"
    rf"|\b(?P<month_only>{_FULL})\b(?:,? (?:del? |of )?(?P<year_only>(?:19|20)\d\d)\b)?"
)
_ORDINALS = {
    word: str(number)
    for number, words in enumerate(
        """first primer primero primera|second segundo segunda|third tercer tercera|fourth cuarto cuarta|fifth quinto quinta
        |sixth sexto sexta|seventh septimo septima|eighth octavo octava|ninth noveno novena|tenth decimo decima""".split(
            "|"
        ),
        1,
    )
    for word in words.split()
}
_ORDINAL = re.compile(
    rf"(?<!^)\b(?P<word>{'|'.join(_ORDINALS)})\b(?! part(?:y|ies)\b)|\b(?P<digits>\d+)(?:st|nd|rd|th|º|ª|[oa]\.)(?!\w)"
)
_PART = re.compile(
    r"\b(?:frs?\.|[Ff]racci[oó]n|[Ff]raction) (?P<fraction>[IVXL]+)\b"
    r"|(?:(?<=, )|(?<=[-–])|(?<=and )|(?<=y )|(?<=to ))(?:\([A-Za-z0-9]{1,4}\))+(?=[;,.)\s–-]|$)"
)
_CODE = re.compile(
    r"\b(?!(?:USD|MXN|UMA|EUR|US|MX)\b)[A-Z]{2,6}[ -]\d[\d./-]*\d\b(?! (?:UMA|days|d[ií]as|pesos))"
)  # "SB 264", "DOF 01-05-2026"
_YEAR = re.compile(r"(?:19|20)\d\d")
_CEILING = r"no|not|may not|must not|shall not|cannot|does not|do not|no (?:puede|podra|debe|debera)n?"
_BOUND = re.compile(
    rf"\b(?:(?P<by>(?:no|not) later than|a mas tardar|no despues de)"
    rf"|(?P<most>(?:{_CEILING}) (?:be |ser )?(?:more than|exceed\w*|to exceed|mas de|mayor(?:es)? (?:a|de|que)|superior(?:es)? a|exced\w+)"
    r"|at most|up to|maximum|or (?:less|fewer|below)|como maximo|a lo mas|maxim[oa]s?|hasta(?! (?:el|la|que)\b)|o menos"
    r"|(?:less|fewer|lower) than|menos de|menor(?:es)? (?:a|de|que)|inferior(?:es)? a|(?:under|below)(?= \D{0,6}\d))"
    rf"|(?P<least>(?:{_CEILING}) (?:be |ser )?(?:(?:less|fewer|lower) than|menos de|menor(?:es)? (?:a|de|que)|inferior(?:es)? a)"
    r"|at least|minimum|or (?:more|above)|al menos|por lo menos|cuando menos|como minimo|minim[oa]s?|o mas"
    r"|(?:more|greater|higher) than|exceed\w*|(?:over|above)(?= \D{0,6}\d)|mas de|mayor(?:es)? (?:a|de|que)|superior(?:es)? a|exced\w+))\b"
)
_ORDER = re.compile(
    r"\b(?:(?P<before>before|prior to|earlier than|antes|previ[oa]s? a|con anterioridad)"
    r"|(?P<after>after|later than|subsequent to|despues|tras|con posterioridad|posterior(?:es)? a))\b"
)
_ONLY = re.compile(r"\b(?:only|solely|exclusively|solo|solamente|unicamente|exclusivamente)\b")
_UNDONE = (
    "paid|claimed|registered|signed|taxed|authori[sz]ed|encrypted|licensed|verified|justified|official|certified|known"
)
_NEGATION = re.compile(
    rf"(?P<answer>^\W*no(?=,))|\bun(?:{_UNDONE})\b|\bimpag[oa]s?\b|"
    r"\b(?:no(?! obstante\b)|not|never|none|neither|nobody|without|\w+n['’]t|nunca|ningun[oa]?s?|nadie|sin(?! embargo\b)|jamas|tampoco|non(?=-)|(?P<further>ni|nor))\b"
)
_DOUBLED = re.compile(r"\b(?:not|no)\b(?= (?:not|no)\b)")  # "may not not exceed" denies what "may not exceed" says
_MAY, _MUST = "may|might|can|could", "must|shall"
_PUEDE, _DEBE = "puede|pueden|podra|podran|podria|podrian", "debe|deben|debera|deberan"
# "no vendor may": up to three words that don't begin another clause.
_NOBODY = r"\b(?:no|nobody)(?: (?!(?:no|not|and|or|but|that|which)\b)\w+){1,3}?"
_NADIE = r"(?<! a )\b(?:ningun[oa]?|nadie)(?: (?!(?:no|y|o|que|pero|se)\b)\w+){0,3}?"
# What is not allowed, in whichever words, is one claim: "may not", "no podrá", "no vendor may"; "must not", "no debe".
_BAN = re.compile(
    rf"(?P<may_not>\b(?:{_MAY}) not\b|\bcannot\b|\b(?:can|could)n['’]t\b|\bno (?:se )?(?:{_PUEDE})\b|(?:{_NOBODY} (?:{_MAY})|{_NADIE} (?:{_PUEDE}))\b)"
    rf"|(?P<must_not>\b(?:{_MUST}) not\b|\bmustn['’]t\b|\bno (?:se )?(?:{_DEBE})\b|(?:{_NOBODY} (?:{_MUST})|{_NADIE} (?:{_DEBE}))\b)"
    r"|(?P<banned>\b(?:prohibit(?:s|ed|ing)?|forbid(?:s|den|ding)?|ban(?:s|ned|ning)|prohib(?:e|en|ir|id[oa]s?|a|an)|unlawful|illegal|ilegal(?:es)?)\b)"
)
# Groups of words that say the same; a statement may exchange one for another of its own group only.
_MODAL = re.compile(
    r"\b(?:(?P<duty>must|shall|requir(?:e|es|ed|ing)|mandatory|obligatory|oblig(?:e|es|ed)|(?:has|have|had|needs?) to|debe|deben|debera|deberan"
    r"|obligatori[oa]s?|obligad[oa]s?|tienen? que|hay que|exi(?:ge|gen|gir|gid[oa]s?|ja|jan)|requ(?:iere|ieren|erir|erid[oa]s?)|oblig(?:a|an|ar))"
    r"|(?P<permission>may|might|can|could|allow(?:s|ed|ing)?|permit(?:s|ted|ting)?|puede|pueden|podra|podran|podria|podrian|permit(?:e|en|ir|id[oa]s?))"
    r"|(?P<advice>should|ought|recommended|deberia|deberian|recomendad[oa]s?|recomienda))\b"
)
_ADDRESS = re.compile(r"\b(?:https?://\S+|www\.\S+|[\w.+-]+@[\w-]+\.\w+|\w[\w-]*\.(?:com|org|net|io|example)\b)")


def find_claims(sentence: str) -> list[Claim]:
    """The claims of one sentence, each as often as it is made. Longer readings win: "no more than" negates nothing."""
    claims = list(_references(sentence))
    folded = fold(_without_references(sentence))
    taken: list[tuple[int, int]] = []

    def free(start: int, end: int) -> bool:
        return not any(start < stop and begin < end for begin, stop in taken)

    for claim in _dates(folded):
        claims.append(claim)
        taken.append((claim.start, claim.end))
    dates = len(taken)
    for claim in _words(folded):
        # "may not exceed" sets a bound and says who may not; "no more than" negates nothing.
        beside = claim.kind is ClaimKind.MODAL and claim.value.endswith(" not")
        if free(claim.start, claim.end) or (
            beside and not any(c.kind is ClaimKind.MODAL and c.start == claim.start for c in claims)
        ):
            taken.append((claim.start, claim.end))
            if claim.value != "by":
                claims.append(claim)
    del taken[dates:]  # "at least ten": a bound's words may be a number's neighbours
    claims.extend(map(_numeric, find_numbers(folded)))
    claims.extend(_ordinals(folded, taken))
    return claims


def _references(sentence: str) -> Iterator[Claim]:
    """References, and the parts of one that stand alone: "(fr. III)", ", (e)(2)(ii)"."""
    whole = find_references(sentence)
    for found in whole:
        yield Claim(kind=ClaimKind.REFERENCE, value=found.canonical)
    for match in _PART.finditer(sentence):
        if not any(found.start < match.end() and match.start() < found.end for found in whole):
            yield Claim(kind=ClaimKind.REFERENCE, value=match["fraction"] or match[0])
    for match in _CODE.finditer(sentence):
        if not any(found.start < match.end() and match.start() < found.end for found in whole):
            yield Claim(kind=ClaimKind.REFERENCE, value=match[0])


def _without_references(sentence: str) -> str:
    """The sentence with blanks where references and codes stand: their digits are no numbers. Length-preserving."""
    for found in find_references(sentence):
        sentence = sentence[: found.start] + " " * (found.end - found.start) + sentence[found.end :]
    return _CODE.sub(lambda match: " " * len(match[0]), sentence)


def _words(folded: str) -> Iterator[Claim]:
    """Bounds, order, bans, modals, negations and "only", longest readings first."""
    for match in _DOUBLED.finditer(folded):
        yield _claim(ClaimKind.NEGATION, "not", match)
    for match in _BOUND.finditer(folded):
        yield _claim(ClaimKind.BOUND, str(match.lastgroup), match)
    for match in _ADDRESS.finditer(folded):
        yield _claim(ClaimKind.ADDRESS, match[0].rstrip(".,;)"), match)
    for match in _BAN.finditer(folded):
        yield _claim(ClaimKind.MODAL, str(match.lastgroup).replace("_", " "), match)
    for match in _ORDER.finditer(folded):
        yield _claim(ClaimKind.ORDER, str(match.lastgroup), match)
    for match in _MODAL.finditer(folded):
        yield _claim(ClaimKind.MODAL, str(match.lastgroup), match)
    for match in _NEGATION.finditer(folded):
        claim = _claim(ClaimKind.NEGATION, "no" if match["answer"] else "not", match)
        # "no A ni B" says no more often than "not A or B".
        yield replace(claim, implied=True) if match["further"] else claim
    for match in _ONLY.finditer(folded):
        yield _claim(ClaimKind.ONLY, "only", match)


def _claim(kind: ClaimKind, value: str, match: re.Match[str]) -> Claim:
    return Claim(kind=kind, value=value, start=match.start(), end=match.end())


def _dates(folded: str) -> Iterator[Claim]:
    """Dates with what they name of day, month and year: "2021-04-24", "2021-04", "-04-24"; and bare months."""
    for match in _DATE.finditer(folded):
        named = match.groupdict()
        month = named["iso_month"] or _MONTHS.get(named["month"] or named["month_first"] or named["month_only"] or "")
        day = named["iso_day"] or named["day"] or named["day_after"]
        year = named["iso_year"] or named["year"] or named["year_after"] or named["year_only"]
        if named["month_only"] == "may" and not year:
            continue  # the modal
        if day and not 1 <= int(day) <= 31:
            continue
        if day or year:
            value = f"{year or ''}-{int(month or 0):02}" + (f"-{int(day):02}" if day else "")
            yield Claim(kind=ClaimKind.DATE, value=value, start=match.start(), end=match.end())
        yield Claim(kind=ClaimKind.MONTH, value=str(int(month or 0)), start=match.start(), end=match.end())


def _numeric(number: Number) -> Claim:
    bare_year = number.unit is None and _YEAR.fullmatch(number.value)
    return Claim(
        kind=ClaimKind.YEAR if bare_year else ClaimKind.NUMBER,
        value=number.value,
        start=number.start,
        end=number.end,
        unit=number.unit,
        implied=number.implied,
    )


def _ordinals(folded: str, dates: list[tuple[int, int]]) -> Iterator[Claim]:
    for match in _ORDINAL.finditer(folded):
        if not any(start <= match.start() < end for start, end in dates):
            value = match["digits"] or _ORDINALS[match["word"]]
            yield Claim(kind=ClaimKind.ORDINAL, value=value, start=match.start(), end=match.end())
