"""Text that reads badly or should not stand in guidance: another language, damaged words, orders to a machine."""

import re
from collections.abc import Iterator

from ingest.checks.findings import FileLines
from kb.personal_data import mask
from kb.records import Authority, Document, Finding, Language, Passage, Severity
from kb.text.language import function_words

_NAMES = {Language.EN: "English", Language.ES: "Spanish"}
_TELLING_WORDS = 6  # function words of the other language that decide, if they are three times those of the own one
_MACHINE = re.compile(
    r"\b(?:ignore|disregard|forget|override)\b[^.\n]{0,30}\b(?:instructions?|prompts?|rules above|guidelines above)\b"
    r"|\b(?:reveal|print|repeat|show)\b[^.\n]{0,20}\b(?:system|hidden|initial) prompt\b|\bsystem prompt\s*:"
    r"|\byou are (?:now )?(?:an? )?(?:AI|helpful assistant|chat ?bot|language model|LLM)\b|\bas an AI (?:language )?model\b"
    r"|\b(?:ignora|ignore|olvida|olvide|omite|desobedece)\b[^.\n]{0,30}\binstrucciones\b|\beres (?:ahora )?un (?:asistente|modelo de lenguaje|chatbot)\b"
    r"|\b(?:revela|muestra|repite)\b[^.\n]{0,20}\b(?:prompt|instrucciones (?:del sistema|iniciales))\b"
    r"|\[/?INST\]|<\|[a-z_]+\|>|^#{2,3} ?(?:system|instruction)\s*:?\s*$",
    re.IGNORECASE | re.MULTILINE,
)
_INVISIBLE = re.compile("[\u200b\u2060\u202a-\u202e\u2066-\u2069\U000e0000-\U000e007f]")
_DAMAGE: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("characters that could not be read", re.compile("\ufffd|[\x00-\x08\x0b\x0e-\x1f]")),
    ("letters in a wrong encoding", re.compile(r"Ã[\x80-\xbf©±³­¡º]|â€[\x80-\xbf™œ“”¢]|Â[ °º§¿¡]")),
    ("words run together", re.compile(r"\b[a-záéíóúñ]{4,}[A-ZÁÉÍÓÚ][a-záéíóúñ]{2,}\b|\b[a-záéíóúñ]{4,}[.;:,][A-ZÁÉÍÓÚ][a-záéíóúñ]{2,}\b|\b[a-záéíóúñ]{30,}\b")),
    ("words spaced out or broken", re.compile(r"(?<!\w)(?:[A-Za-zÁÉÍÓÚáéíóúñÑ] ){5,}[A-Za-zÁÉÍÓÚáéíóúñÑ](?!\w)")),
    ("signs where words should be", re.compile(r"[^\w\s.,;:()«»“”\"'’%$/§–—-]{4,}|(?:[|\\~^_=]{1,2} ?){4,}")),
)  # fmt: skip
_PUBLISHED = frozenset({Authority.STATUTE, Authority.REGULATION})
# Masking looks for telephone numbers, which takes milliseconds a sentence; most sentences hold nothing that could be one.
_MAY_IDENTIFY = re.compile(
    r"@|(?:\d[ .()/-]{0,2}){6,}|\b[A-ZÑ&]{4}\d{6}|"
    r"\b(?:[Pp]atients?|[Pp]acientes?|[Mm]embers?|[Ww]orker|[Ee]mployee|[Aa]gent|[Tt]rabajadora?|[Ee]mplead[oa]|[Nn]amed|[Ll]lamad[oa]|Mr|Mrs|Ms|Sra?|Srta|Dra?)\b[.,:]? [A-ZÁÉÍÓÚÑ][a-zé]|"
    r"\b(?i:MRN|MBI|NSS|RFC|CURP|SSN|CLABE|passport|pasaporte|licen[cs]e|expediente|record|number|n[uú]mero|DOB|birth|born|nacimiento|naci[oó]|nacid[oa])\b[^.]{0,30}\d{2}|"
    r"\d{1,5} [A-Z]\w+ (?:\w+ )?(?:St|Ave|Rd|Street|Avenue|Road|Blvd)\b|\b(?:[Cc]alle|[Aa]venida) [A-Z]"
)
_FEW = 2  # places of one kind that may be names, such as "QuickBooks"


def check_wording(document: Document, lines: FileLines) -> Iterator[Finding]:
    """Findings on the words of a document."""
    for check in (_mixed_languages, _damaged, _orders_to_a_machine, _personal_data):
        yield from check(document, lines)


def _mixed_languages(document: Document, lines: FileLines) -> Iterator[Finding]:
    readable = [passage for passage in document.passages if passage.units]
    other = [passage for passage in readable if _is_in_another_language(document, passage)]
    if other:
        own = document.metadata.language
        name = next(name for language, name in _NAMES.items() if language is not own)
        yield lines.finding(
            document,
            "mixed-languages",
            f"{len(other)} of {len(readable)} passages are in {name}, while the document is in {_NAMES[own]}",
            "put each language into a file of its own, so that it is found by questions in that language",
            at=other[0].units[0].start,
        )


def _is_in_another_language(document: Document, passage: Passage) -> bool:
    counts = function_words(document.text[passage.units[0].start : passage.end])
    own = counts[document.metadata.language]
    other = sum(counts.values()) - own
    return other >= _TELLING_WORDS and other > 3 * own


def _damaged(document: Document, lines: FileLines) -> Iterator[Finding]:
    for what, pattern in _DAMAGE:
        places = list(pattern.finditer(document.text))
        if len({match[0] for match in places}) <= (_FEW if what == "words run together" else 0):
            continue
        shown = " ".join(places[0][0].split())[:40]
        yield lines.finding(
            document,
            "low-text-quality",
            f"{what} in {len(places)} place{'s' if len(places) > 1 else ''}, first {shown!r}",
            "mend the text in the source, or get a better copy: questions and quotes need whole words",
            at=places[0].start(),
        )


def _orders_to_a_machine(document: Document, lines: FileLines) -> Iterator[Finding]:
    order = _MACHINE.search(document.text)
    if order:
        yield lines.finding(
            document,
            "instruction-to-machine",
            f"speaks to a machine and not to a reader: {' '.join(order[0].split())[:60]!r}",
            "take it out unless it is quoted as an example; it is text here and never obeyed",
            at=order.start(),
        )
    hidden = _INVISIBLE.search(document.text)
    if hidden:
        yield lines.finding(
            document,
            "invisible-text",
            f"holds characters that no reader sees (U+{ord(hidden[0]):04X})",
            "remove them; they break words for the search and can hide text",
            at=hidden.start(),
        )


def _personal_data(document: Document, lines: FileLines) -> Iterator[Finding]:
    """The first place of each kind. What was found is not repeated."""
    if document.metadata.authority in _PUBLISHED:
        return
    seen: set[str] = set()
    for passage in document.passages:
        for unit in passage.units:
            text = document.text[unit.start : unit.end]
            for kind in mask(text).kinds if _MAY_IDENTIFY.search(text) else ():
                if kind not in seen:
                    seen.add(kind)
                    yield lines.finding(
                        document,
                        "personal-data",
                        f"seems to hold personal data ({kind})",
                        "take out what identifies a patient or worker; answers would quote it",
                        at=unit.start,
                        severity=Severity.WARNING,
                    )
