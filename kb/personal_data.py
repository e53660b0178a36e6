"""Mask identifiers of patients and workers in a question before it is stored, logged or sent anywhere.

Check digits and number plans come from python-stdnum and phonenumbers. Legal references and amounts are left alone.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import phonenumbers
from stdnum.mx import curp, rfc

from kb.text.references import find_references


@dataclass(frozen=True, kw_only=True, slots=True)
class Masked:
    """A text without identifiers, and which kinds were found, in order of appearance."""

    text: str
    kinds: tuple[str, ...]


_EMAIL = re.compile(r"\b[\w.+-]+@[\w-]+\.[\w.-]*\w\b")
_SSN = re.compile(r"\b\d{3}-\d{2}-\d{4}\b|(?<=SSN )\d{9}\b|(?<=SSN: )\d{9}\b|(?<=SSN is )\d{9}\b")
_CURP = re.compile(r"\b[A-Z]{4}\d{6}[HMX][A-Z]{5}[A-Z0-9]\d\b", re.IGNORECASE)
_RFC = re.compile(r"\b[A-ZÑ&]{3,4}\d{6}[A-Z0-9]{3}\b", re.IGNORECASE)
_LABELLED = re.compile(
    r"\b(?:MRN|NSS|RFC|CURP|SSN|(?:member|patient|record|policy|account|chart|claim|medical record|subscriber|employee)(?: (?:id|no\.?|number|#))|"
    r"(?:número|num\.|núm\.|no\.) de (?:afiliado|afiliación|expediente|seguro social|seguridad social|póliza|paciente|empleado)|expediente(?: (?:núm\.|no\.|número))?)"
    r"\s*(?:is|es|:|#|=)?\s*(?P<value>[A-Z]{0,4}[- ]?\d[\w-]{3,})",
    re.IGNORECASE,
)
_BIRTH = re.compile(
    r"\b(?:DOB|date of birth|birth date|born(?: on)?|fecha de nacimiento|nacid[oa](?: el)?|nació(?: el)?)\s*(?:is|es|:|,)?\s*"
    r"(?P<value>\d{1,4}[/.-]\d{1,2}[/.-]\d{1,4}|\w+ \d{1,2},? \d{4}|\d{1,2} (?:de )?\w+ (?:de )?\d{4})",
    re.IGNORECASE,
)
_PERSON = re.compile(
    r"\b(?:[Pp]atients?|[Pp]acientes?|[Mm]embers?|[Ww]orker|[Ee]mployee|[Aa]gent|[Tt]rabajadora?|[Ee]mpleada?o?|[Nn]amed|[Ll]lamad[oa]|Mr\.?|Mrs\.?|Ms\.?|Sra?\.?|[Nn]ame is|[Nn]ombre es)"
    r"[,:]? (?P<value>[A-ZÁÉÍÓÚÑ][a-záéíóúñ'’-]+(?: (?:de |la |del )*[A-ZÁÉÍÓÚÑ][a-záéíóúñ'’-]+)+)"
)
_NSS = re.compile(r"(?<![\d.,-])\d{11}(?![\d.,-])")
# Two capitalised words after "patient" can be a term: "Patient Protection", "Member States".
_NOT_A_PERSON = re.compile(
    r"^(Access|Advantage|Affordable|Care|Data|Health|Information|Privacy|Protection|Records?|Rights|Safety|States?|Security|Services?|Support|Bill)\b"
)


# A name with its identifier right behind it: "Ana Prueba (ana@example.com)", "Juan Prueba, RFC …".
_BARE_NAME = re.compile(r"\b[A-ZÁÉÍÓÚÑ][a-záéíóúñ'’-]+(?: (?:de |la |del )*[A-ZÁÉÍÓÚÑ][a-záéíóúñ'’-]+)+")
_BETWEEN = re.compile(r"[\s,(:;–-]{1,3}(?:(?:[A-Z]{2,4}|[a-zé]{2,12}\.?)[\s:#]{1,2}){0,3}")


def mask(text: str) -> Masked:
    """Replace identifiers by `[kind]`. Idempotent."""
    spans: list[tuple[int, int, str]] = []
    protected = [(reference.start, reference.end) for reference in find_references(text)]
    identified = list(_find(text))
    identified.extend(_names_before(text, [start for start, _, kind in identified if kind != "name"]))
    for start, end, kind in sorted(identified, key=lambda span: (span[0], -span[1])):
        overlaps = spans and start < spans[-1][1]
        if not overlaps and not any(start < stop and begin < end for begin, stop in protected):
            spans.append((start, end, kind))
    result = text
    for start, end, kind in reversed(spans):
        result = f"{result[:start]}[{kind}]{result[end:]}"
    return Masked(text=result, kinds=tuple(kind for _, _, kind in spans))


def _names_before(text: str, starts: list[int]) -> Iterator[tuple[int, int, str]]:
    for match in _BARE_NAME.finditer(text):
        if any(match.end() < start and _BETWEEN.fullmatch(text, match.end(), start) for start in starts):
            yield match.start(), match.end(), "name"


def _find(text: str) -> Iterator[tuple[int, int, str]]:
    for match in _EMAIL.finditer(text):
        yield match.start(), match.end(), "email"
    for match in _SSN.finditer(text):
        yield match.start(), match.end(), "SSN"
    for pattern, kind, valid in (
        (_CURP, "CURP", curp.is_valid),
        (_RFC, "RFC", _plausible_rfc),
        (_NSS, "NSS", _valid_nss),
    ):
        yield from _checked(text, pattern, kind, valid)
    for pattern, kind in ((_LABELLED, "identifier"), (_BIRTH, "birth date")):
        for match in pattern.finditer(text):
            yield match.start("value"), match.end("value"), kind
    for match in _PERSON.finditer(text):
        if not _NOT_A_PERSON.match(match["value"]):
            yield match.start("value"), match.end("value"), "name"
    for region in ("US", "MX"):
        for found in phonenumbers.PhoneNumberMatcher(text, region, leniency=phonenumbers.Leniency.VALID):
            if re.search(r"[-() +.]", found.raw_string) or len(re.sub(r"\D", "", found.raw_string)) == 10:
                yield found.start, found.end, "phone"


def _checked(
    text: str, pattern: re.Pattern[str], kind: str, valid: Callable[[str], bool]
) -> Iterator[tuple[int, int, str]]:
    for match in pattern.finditer(text):
        if valid(match.group()):
            yield match.start(), match.end(), kind


def _plausible_rfc(value: str) -> bool:
    return bool(rfc.is_valid(value, validate_check_digits=False))


def _valid_nss(value: str) -> bool:
    """Eleven digits whose last is the Luhn digit of the ten before (IMSS, Número de Seguridad Social)."""
    total = 0
    for position, digit in enumerate(reversed(value)):
        number = int(digit) * (2 if position % 2 else 1)
        total += number - 9 if number > 9 else number
    return total % 10 == 0
