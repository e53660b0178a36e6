"""Mask identifiers of patients and workers in a question before it is stored, logged or sent anywhere.

Check digits and number plans come from python-stdnum and phonenumbers. Legal references and amounts are left alone.
Names are found where something tells that they are names: a word such as "patient" before them, or an identifier
behind them. A name in small letters is not told from other words.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import phonenumbers
from stdnum import luhn
from stdnum.mx import rfc

from kb.text.references import find_references
from kb.text.words import fold


@dataclass(frozen=True, kw_only=True, slots=True)
class Masked:
    """A text without identifiers, and which kinds were found, in order of appearance."""

    text: str
    kinds: tuple[str, ...]


_EMAIL = re.compile(r"\b[\w.+-]+@[\w-]+\.[\w.-]*\w\b")
_SSN = re.compile(
    r"\b\d{3}-\d{2}-\d{4}\b|(?i:(?:SSN|social security (?:number|no\.?))\s*(?:is|:|#)?\s*)(?P<value>\d{3} ?\d{2} ?\d{4})\b"
)
_CURP = re.compile(r"\b[A-Z]{4}\d{6}[HMX][A-Z]{5}[A-Z0-9]\d\b", re.IGNORECASE)
_RFC = re.compile(r"\b[A-ZÑ&]{3,4}\d{6}[A-Z0-9]{3}\b", re.IGNORECASE)
_NSS = re.compile(r"(?<![\d.,-])\d{11}(?![\d.,-])")
_CARD = re.compile(r"(?<![\d.,-])\d(?:[ -]?\d){12,18}(?![\d.,-])")
_IP_ADDRESS = re.compile(r"(?<![\w.])(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?![\w.]|\.\d)")
_NUMBERED = r"member|patient|(?:medical )?record|policy|account|chart|claim|subscriber|employee|beneficiary|insurance|licen[cs]e"
_NUMERADO = r"afiliad[oa]|afiliación|expediente|seguro social|seguridad social|póliza|paciente|emplead[oa]|cuenta|tarjeta|licencia"
_LABELLED = re.compile(
    rf"\b(?:MRN|MBI|NSS|RFC|CURP|SSN|CLABE|(?:{_NUMBERED}|Medicare|Medicaid)(?: (?:id|no\.?|number)| ?#)|"
    r"passport(?: (?:no\.?|number))?|driver'?s? licen[cs]e(?: (?:no\.?|number))?|(?:credit|debit) card(?: (?:no\.?|number))?|"
    rf"(?:número|num\.|núm\.|no\.) de (?:{_NUMERADO})|expediente(?: (?:núm\.|no\.|número))?|pasaporte(?: (?:núm\.|no\.|número))?|"
    r"clave de elector)\s*(?:is|es|:|#|=)?\s*"
    r"(?P<value>(?=[\w/-]*\d[\w/-]*\d[\w/-]*\d)[A-Z0-9][\w/-]{3,}(?: \d[\d-]{2,})*)",
    re.IGNORECASE,
)
_BIRTH = re.compile(
    r"\b(?:DOB|date of birth|birth date|born(?: on)?|fecha de nacimiento|nacid[oa](?: el)?|nació(?: el)?)\s*(?:is|es|:|,)?\s*"
    r"(?P<value>\d{1,4}[/.-]\d{1,2}[/.-]\d{1,4}|\w+ \d{1,2}(?:st|nd|rd|th)?,? \d{4}|\d{1,2} (?:de |of )?\w+ (?:del? )?\d{4}|"
    r"\d{1,2}[-/ .][a-zé]{3,10}[-/ .]\d{2,4})",
    re.IGNORECASE,
)
_ADDRESS = re.compile(
    r"\b\d{1,5} (?:[NSEW]\.? )?(?:[A-Z]\w+ ){1,3}(?:Street|St|Avenue|Ave|Road|Rd|Boulevard|Blvd|Lane|Ln|Drive|Court|Ct)\b\.?|"
    r"\b(?:[Cc]alle|[Aa]venida|[Aa]v\.) [A-ZÁÉÍÓÚÑ0-9]\w*(?: (?:de |la |del |los )*[A-ZÁÉÍÓÚÑ]\w*){0,3},? (?:#|[Nn]o\. |[Nn]úm\. )?\d{1,5}\b"
)

_NAME = r"[A-ZÁÉÍÓÚÑ](?:[a-záéíóúñü]+(?:['’-][A-Za-záéíóúñ]+)*|['’][A-Z][a-záéíóúñ]+|\.)"
_NAMES = rf"{_NAME}(?: (?:de |la |las |los |del |y )*{_NAME})+"
_PERSON = re.compile(
    r"\b(?:[Pp]atients?|[Pp]acientes?|[Mm]embers?|[Ww]orker|[Ee]mployee|[Aa]gent|[Tt]rabajadora?|[Ee]mplead[oa]|[Nn]amed|"
    rf"[Ll]lamad[oa]|[Nn]ame is|[Nn]ombre es)[,:]? (?P<value>{_NAMES})"
)
_TITLED = re.compile(rf"\b(?:Mr|Mrs|Ms|Sra?|Srta|Dra?)(?:\.| (?=[A-Z])) ?(?P<value>{_NAME}(?: {_NAME})*)")
# A name with its identifier right behind it: "Ana Prueba (ana@example.com)", "Juan Prueba, RFC …".
_BARE_NAME = re.compile(rf"\b{_NAMES}")
_BETWEEN = re.compile(r"[\s,(:;–-]{1,3}(?:(?:[A-Z]{2,4}|[a-zé]{2,12}\.?)[\s:#]{1,2}){0,3}")
# Capitalised words after "patient" or "employee" can be a term: "Patient Protection", "Employee Retirement Income".
_OF_TERMS = frozenset(
    """access act advantage affordable arco assistance benefits bill bpo care code company compliance contract contrato cuotas
    data datos department derechos derecho director empresa federal form general handbook health hospital income information
    insurance institute instituto international ley law management medicaid medicare mexican mexico minimo minimum national
    notice nacional only plan policy portal president privacy privacidad profit program programs protection rate records record
    reform retirement rights rule rules safety salary salario secretaria secretary security seguridad seguro service services
    sharing social state states status support tax training transfer union united utilidades vendor vendors wage work""".split()
)


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


def _find(text: str) -> Iterator[tuple[int, int, str]]:
    for pattern, kind, is_one in _PATTERNS:
        for match in pattern.finditer(text):
            group = "value" if match.groupdict().get("value") else 0
            if is_one(match[group]):
                yield match.start(group), match.end(group), kind
    for region in ("US", "MX"):
        for found in phonenumbers.PhoneNumberMatcher(text, region, leniency=phonenumbers.Leniency.VALID):
            if re.search(r"[-() +.]", found.raw_string) or len(re.sub(r"\D", "", found.raw_string)) == 10:
                yield found.start, found.end, "phone"


def _names_before(text: str, starts: list[int]) -> Iterator[tuple[int, int, str]]:
    for match in _BARE_NAME.finditer(text):
        if any(match.end() < start and _BETWEEN.fullmatch(text, match.end(), start) for start in starts):
            yield match.start(), match.end(), "name"


def _always(_value: str) -> bool:
    return True


def _plausible_rfc(value: str) -> bool:
    return bool(rfc.is_valid(value, validate_check_digits=False))


def _passes_luhn(value: str) -> bool:
    """The last digit is the Luhn digit of those before: so it is with payment cards, and with the NSS of the IMSS."""
    return bool(luhn.is_valid(re.sub(r"\D", "", value)))


def _is_person(value: str) -> bool:
    return not any(fold(word) in _OF_TERMS for word in value.split())


_PATTERNS: tuple[tuple[re.Pattern[str], str, Callable[[str], bool]], ...] = (
    (_EMAIL, "email", _always),
    (_SSN, "SSN", _always),
    (_CURP, "CURP", _always),
    (_RFC, "RFC", _plausible_rfc),
    (_NSS, "NSS", _passes_luhn),
    (_CARD, "identifier", _passes_luhn),
    (_IP_ADDRESS, "identifier", _always),
    (_LABELLED, "identifier", _always),
    (_BIRTH, "birth date", _always),
    (_ADDRESS, "identifier", _always),
    (_PERSON, "name", _is_person),
    (_TITLED, "name", _is_person),
)
