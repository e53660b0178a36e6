"""Mask identifiers of patients and workers in a question before it is stored, logged or sent anywhere.

Check digits and number plans come from python-stdnum and phonenumbers. Legal references and amounts are left alone.
Names are found where something tells that they are names: a word such as "patient" before them, or an identifier
behind them (`kb.person_names`).
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import phonenumbers
from stdnum import luhn
from stdnum.mx import rfc

from kb.person_names import capitalised_names, find_names
from kb.text.references import find_references


@dataclass(frozen=True, kw_only=True, slots=True)
class Masked:
    """A text without identifiers, and which kinds were found, in order of appearance."""

    text: str
    kinds: tuple[str, ...]


_EMAIL = re.compile(
    r"\b[\w.+-]+@[\w-]+\.[\w.-]*\w\b|"
    r"\b[\w.+-]+ ?[(\[](?:at|arroba)[)\]] ?[\w-]+(?: ?(?:[(\[](?:dot|punto)[)\]]|\.) ?\w+)+\b",
    re.IGNORECASE,
)
_SPOKEN_EMAIL = re.compile(
    r"\b[\w.+-]+ (?:at|arroba) [\w-]+ (?:dot|punto) (?:com|org|net|edu|gov|mx|us)\b", re.IGNORECASE
)
_SSN = re.compile(
    r"\b\d{3}-\d{2}-\d{4}\b|(?i:\b(?:SSN?|soc(?:ial)?\.? sec(?:urity)?\.?|social)(?: (?:number|no\.?|num\.?))?\s*(?:is|es|:|#|=|-)?\s*)(?P<value>\d{3}[ .-]?\d{2}[ .-]?\d{4})\b"
    r"|\b(?P<before>\d{3}[ .-]?\d{2}[ .-]?\d{4})(?= (?i:is|es|was|era) (?i:his|her|their|my|our|the|su|mi|el|un|an?) ?(?i:(?:patient|worker|agent|member|paciente)(?:'s)? )?(?i:SSN|social))"
)
_CURP = re.compile(r"\b[A-Z]{4}[ -]?\d{6}[ -]?[HMX][A-Z]{5}[ -]?[A-Z0-9]\d\b", re.IGNORECASE)
_RFC = re.compile(r"\b[A-ZÑ&]{3,4}[ -]?\d{6}[ -]?(?=[A-Z0-9]*\d)[A-Z0-9]{3}\b", re.IGNORECASE)
_MBI = re.compile(
    r"\b[1-9][AC-HJKMNP-RT-Y][AC-HJKMNP-RT-Y0-9]\d-?[AC-HJKMNP-RT-Y][AC-HJKMNP-RT-Y0-9]\d-?[AC-HJKMNP-RT-Y]{2}\d{2}\b"
)
_NSS = re.compile(r"(?<![\d.,-])\d{11}(?![\d.,-])")
_NSS_LABELLED = re.compile(
    r"\b(?:NSS|IMSS|(?:número|núm\.|no\.) de (?:seguro|seguridad) social|afiliación)[^\d\n]{0,25}(?P<value>\d{2}(?:[ -]?\d\d){2}[ -]?\d{4}[ -]?\d)\b",
    re.IGNORECASE,
)
_CARD = re.compile(r"(?<![\d.,-])\d(?:[ -]?\d){12,18}(?![\d.,-])")
_IP_ADDRESS = re.compile(r"(?<![\w.])(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?![\w.]|\.\d)")
_NUMBERED = r"member|acc(?:oun)?t|hospital|health (?:plan|record)|patient|(?:medical )?record|policy|account|chart|claim|subscriber|employee|beneficiary|insurance|licen[cs]e"
_NUMERADO = r"afiliad[oa]|afiliación|expediente|seguro social|seguridad social|póliza|paciente|emplead[oa]|cuenta|tarjeta|licencia"
_LABELLED = re.compile(
    rf"\b(?:MRN|MBI|NSS|RFC|CURP|SSN|CLABE|(?:{_NUMBERED}|Medicare|Medicaid)(?: (?:id|no\.?|number)| ?#)|acct\.?|"
    r"passport(?: (?:no\.?|number))?|driver'?s? licen[cs]e(?: (?:no\.?|number))?|(?:credit|debit) card(?: (?:no\.?|number))?|"
    rf"(?:número|num\.|núm\.|no\.) de (?:{_NUMERADO})|expediente(?: (?:clínico|médico|laboral|núm\.|no\.|número)){{0,2}}|pasaporte(?: (?:núm\.|no\.|número))?|"
    r"clave de elector)\s*(?:is|es|:|#|=)?\s*"
    r"(?P<value>(?=[\w/-]*\d[\w/-]*\d[\w/-]*\d)[A-Z0-9][\w/-]{3,}(?: \d[\d-]{2,})*)",
    re.IGNORECASE,
)
_ENDING = re.compile(
    r"\b(?:SSN|social(?: security(?: number)?)?|NSS|CURP|card|tarjeta|account|cuenta|teléfono|phone)(?: number)? (?:ends|ending|terminad[oa]|termina|que termina) (?:in|with|en) "
    r"(?P<value>\d{3,6})\b|\b(?:last (?:four|4)(?: digits)?|últimos (?:cuatro|4)(?: dígitos)?)(?: (?:of|de) [^\d]{1,25}?)?(?: is| are| son|:)* ?(?P<digits>\d{4})\b",
    re.IGNORECASE,
)
_LONG_NUMBER = re.compile(
    r"\b(?:(?:medical|health) record|record|chart|policy|claim|member|subscriber|account|patient|expediente|póliza|cuenta|afiliación)[:,]? "
    r"(?P<value>(?=(?:[A-Z-]*\d){6})[A-Z]{0,3}-?\d[\d-]+\d)\b(?![.,/%]\d)",
    re.IGNORECASE,
)
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|ene|abr|ago|dic)[a-z]*"
_BIRTH_MONTH = re.compile(
    rf"\b(?:(?:born|nacid[oa]|nació) (?:in|en)|date of birth:?|DOB:?|fecha de nacimiento:?) (?P<value>{_MONTH}\.?,? (?:del? |of )?\d{{4}})\b"
    r"|\b(?:DOB|date of birth|birth ?date|fecha de nacimiento)(?: is| es|:)? (?P<year>(?:19|20)\d\d)\b(?![-/.]\d)",
    re.IGNORECASE,
)
_BIRTH = re.compile(
    r"\b(?:DOB|d\.o\.b\.?|date of birth|birth ?date|birthday|born(?: on)?(?: the)?|(?:fecha|f\.) (?:de )?(?:nacimiento|nac\.)|"
    r"nacimiento|cumpleaños|f\.n\.|nacid[oa](?: el| en| un)?(?: día)?|nació(?: el| en| un)?(?: día)?)\s*(?:is|was|es|fue|el|:|,|=)?\s*"
    r"(?P<value>\d{1,4}[/.-]\d{1,2}[/.-]\d{1,4}|\w+ \d{1,2}(?:st|nd|rd|th)?,? \d{4}|\d{1,2}(?:st|nd|rd|th)? (?:de |of )?\w+ (?:del? )?\d{4}|"
    r"\d{1,2}[-/ .][a-zé]{3,10}\.?[-/ .]\d{2,4})",
    re.IGNORECASE,
)
_ADDRESS = re.compile(
    r"\b\d{1,5} (?:[NSEW]\.? )?(?:[A-Z]\w+ ){1,3}(?:Street|St|Avenue|Ave|Road|Rd|Boulevard|Blvd|Lane|Ln|Drive|Court|Ct|Terrace|Way|Place|Circle|Parkway|Trail)\b\.?|"
    r"\b(?:[Cc]alle|[Aa]venida|[Aa]v\.) [A-ZÁÉÍÓÚÑ0-9]\w*(?: (?:de |la |del |los )*[A-ZÁÉÍÓÚÑ]\w*){0,3},? (?:#|[Nn]o\. |[Nn]úm\. )?\d{1,5}\b"
)

# A name with its identifier right behind it: "Ana Prueba (ana@example.com)", "Juan Prueba, RFC …".
_BETWEEN = re.compile(r"[\s,(:;–-]{1,3}(?:(?:[A-Z]{2,4}|[a-zé]{2,12}\.?)[\s:#]{1,2}){0,3}")
# Dashes, spaces and digits that are other characters than on a keyboard; one for one, so that offsets hold.
_PLAIN = str.maketrans(
    {
        **dict.fromkeys(map(chr, (0x2010, 0x2011, 0x2012, 0x2013, 0x2014, 0x2212, 0xFE58, 0xFE63, 0xFF0D)), "-"),
        **dict.fromkeys(map(chr, (0xA0, 0x2007, 0x2009, 0x202F, 0x3000)), " "),
        **{chr(0xFF10 + digit): str(digit) for digit in range(10)},
    }
)
# Fewer are no phone number anywhere; most texts hold none, and looking for one takes long.
_DIGITS_OF_A_PHONE = re.compile(r"\d(?:[\WxX]{0,5}\d){6}")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")


def mask(text: str) -> Masked:
    """Replace identifiers by `[kind]`. Idempotent."""
    text = _INVISIBLE.sub("", text)  # an invisible character inside a number would hide it
    plain = text.translate(_PLAIN)
    spans: list[tuple[int, int, str]] = []
    protected = [(reference.start, reference.end) for reference in find_references(plain)]
    identified = list(_find(plain))
    identified.extend(_names_before(plain, [start for start, _, kind in identified if kind != "name"]))
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
            group = next((name for name, found in match.groupdict().items() if found), 0)
            if is_one(match[group]):
                yield match.start(group), match.end(group), kind
    for region in ("US", "MX") if _DIGITS_OF_A_PHONE.search(text) else ():
        for found in phonenumbers.PhoneNumberMatcher(text, region, leniency=phonenumbers.Leniency.VALID):
            if re.search(r"[-() +.]", found.raw_string) or len(re.sub(r"\D", "", found.raw_string)) == 10:
                yield found.start, found.end, "phone"
    for start, end in find_names(text):
        yield start, end, "name"


def _names_before(text: str, starts: list[int]) -> Iterator[tuple[int, int, str]]:
    for begin, end in capitalised_names(text):
        if any(end < start and _BETWEEN.fullmatch(text, end, start) for start in starts):
            yield begin, end, "name"


def _always(_value: str) -> bool:
    return True


def _plausible_rfc(value: str) -> bool:
    return bool(rfc.is_valid(re.sub(r"[ -]", "", value), validate_check_digits=False))


def _passes_luhn(value: str) -> bool:
    """The last digit is the Luhn digit of those before: so it is with payment cards, and with the NSS of the IMSS."""
    return bool(luhn.is_valid(re.sub(r"\D", "", value)))


_PATTERNS: tuple[tuple[re.Pattern[str], str, Callable[[str], bool]], ...] = (
    (_EMAIL, "email", _always),
    (_SPOKEN_EMAIL, "email", _always),
    (_NSS_LABELLED, "NSS", _always),
    (_SSN, "SSN", _always),
    (_CURP, "CURP", _always),
    (_RFC, "RFC", _plausible_rfc),
    (_MBI, "identifier", _always),
    (_NSS, "NSS", _passes_luhn),
    (_CARD, "identifier", _passes_luhn),
    (_IP_ADDRESS, "identifier", _always),
    (_LABELLED, "identifier", _always),
    (_ENDING, "identifier", _always),
    (_LONG_NUMBER, "identifier", _always),
    (_BIRTH, "birth date", _always),
    (_BIRTH_MONTH, "birth date", _always),
    (_ADDRESS, "identifier", _always),
)
