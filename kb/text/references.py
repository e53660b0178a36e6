"""Legal references in text: recognise, normalise, and take the first as a pinpoint."""

import re
from dataclasses import dataclass

_PARAGRAPHS = r"(?:\([A-Za-z0-9]{1,5}\))*"
_LAWS = r"LFT|LSS|CFF|LISR|LIVA|LFPDPPP|RLFT|INFONAVIT(?: Law)?|Ley del INFONAVIT|Ley INFONAVIT|Acuerdo STPS|USMCA|T-MEC|Constitution|Constitución|CPEUM|NOM-\d{3}[\w-]*"
_ARTICLE_NUMBER = r"\d+(?:[- ]?[A-Z]{1,2}\b)?(?: (?:Bis|Ter|Quáter|Quater)\b)?"
_CFR = re.compile(rf"\b(?P<title>\d{{1,2}}) ?C\.?F\.?R\.? ?(?:§+ ?|[Pp]arts? )?(?P<section>\d+(?:\.\d+)?{_PARAGRAPHS})")
_SECTION_SIGN = re.compile(
    rf"(?:§+ ?|\bsections? |\bsección )(?P<section>1[0-9]{{2}}\.\d{{3}}{_PARAGRAPHS})", re.IGNORECASE
)
_BARE_SECTION = re.compile(rf"(?<![\d.,])(?P<section>16[0-9]\.\d{{3}}{_PARAGRAPHS})")
_USC = re.compile(rf"\b(?P<title>\d{{1,2}}) ?U\.?S\.?C\.? ?§* ?(?P<section>\d+[a-z]?(?:-\d+[a-z]?)?{_PARAGRAPHS})")
_MX = re.compile(
    rf"\b(?P<law>{_LAWS})[,]? (?:arts?\.|art[ií]culos?|articles?) ?(?P<article>{_ARTICLE_NUMBER})"
    r"(?:,? (?:fr\.|fracc?\.|fracci[oó]n|fraction|subsection) ?(?P<fraction>[IVXLC]+(?: Bis)?))?",
)
_MX_REVERSED = re.compile(
    rf"\b(?:arts?\.|art[ií]culos?|articles?) ?(?P<article>{_ARTICLE_NUMBER})"
    r"(?:,? (?:fr\.|fracc?\.|fracci[oó]n|fraction) ?(?P<fraction>[IVXLC]+(?: Bis)?))?"
    rf",? (?:of the |de la |del |de )?(?P<law>{_LAWS})\b",
    re.IGNORECASE,
)
_MX_BARE = re.compile(
    rf"\b(?:arts?\.|art[ií]culos?|articles?) ?(?P<article>{_ARTICLE_NUMBER})"
    r"(?:,? (?:fr\.|fracc?\.|fracci[oó]n|fraction) ?(?P<fraction>[IVXLC]+(?: Bis)?))?",
    re.IGNORECASE,
)
_FEDERAL_REGISTER = re.compile(r"\b\d{2} ?(?:FR|Fed\. Reg\.) ?\d{3,6}\b")


@dataclass(frozen=True, kw_only=True, slots=True)
class Reference:
    """One legal reference. `canonical` is its form in our pinpoints, e.g. "LFT art. 127 fr. VIII"."""

    canonical: str
    start: int
    end: int


def find_references(text: str) -> list[Reference]:
    """All references in the order in which they stand; overlapping readings give the longest."""
    found: list[Reference] = []
    for pattern, render in (
        (_CFR, lambda m: f"{m['title']} CFR {m['section']}"),
        (_USC, lambda m: f"{m['title']} USC {m['section']}"),
        (_SECTION_SIGN, lambda m: f"45 CFR {m['section']}"),
        (_BARE_SECTION, lambda m: f"45 CFR {m['section']}"),
        (_MX, lambda m: _mexican(m["law"], m["article"], m["fraction"])),
        (_MX_REVERSED, lambda m: _mexican(m["law"], m["article"], m["fraction"])),
        (_MX_BARE, lambda m: _mexican(None, m["article"], m["fraction"])),
        (_FEDERAL_REGISTER, lambda m: m[0]),
    ):
        found.extend(
            Reference(canonical=render(match), start=match.start(), end=match.end()) for match in pattern.finditer(text)
        )
    found.sort(key=lambda reference: (reference.start, -reference.end))
    kept: list[Reference] = []
    for reference in found:
        if not kept or reference.start >= kept[-1].end:
            kept.append(reference)
    return kept


def _mexican(law: str | None, article: str, fraction: str | None) -> str:
    law = {"T-MEC": "USMCA", "CPEUM": "Constitution"}.get(law or "", law)
    head = f"{law} art." if law else "art."
    return f"{head} {article.strip()}" + (f" fr. {fraction.upper()}" if fraction else "")


def first_pinpoint(text: str) -> str | None:
    """The first reference that names its law, in canonical form; None where there is none."""
    return next((r.canonical for r in find_references(text) if not r.canonical.startswith("art.")), None)
