"""Cut prose into sentences without losing a character; legal abbreviations do not end one."""

import re

# A full stop after these belongs to the abbreviation, in English or Spanish …
_ALWAYS = frozenset(
    """fr frs frac fracs fracc fraccs párr párrs lic dr dra sr sra srta mr mrs ms ing prof mtro mtra vs e.g i.e cf viz approx
    aprox ee pub""".split()
)
# … after these where a number, a Roman numeral or a letter follows: "art. 5", "cap. IV"; but "There is no cap. The …"
_BEFORE_NUMBERS = frozenset(
    """art arts núm num núms nums sec secs par pars p pp pág págs cap caps inc incs tít subt ch vol ed jan feb mar apr jun
    jul aug sep sept oct nov dec ene abr ago dic""".split()
)
# … after these where they are written with a capital: "Fed. Reg.", "Dept. of Labor"; but "who is fed. The …"
_CAPITALISED = frozenset("doc fed reg stat rev gov dept tex supp est st ave no nos".split())
# … and after these unless a word follows that starts a sentence far more often than it continues a name.
_MAY_END = frozenset(
    "u.s ee.uu uu d.c inc corp ltd ltda co cía s.a c.v s.c de.r.l a.c d.o.f u.s.c c.f.r n.d m.n etc a.m p.m".split()
)
_STARTERS = frozenset(
    """A An And As At But By For From He However If In It Its No Not On One Only Or Otherwise She So Such That The Then There
    These They This Those To Unless Until We What When Where Which While With Yes You El La Los Las Un Una Si Sin En No Por
    Para Pero Salvo Cuando Esta Este Sí Además""".split()
)
_DAYS_AND_ZONES = frozenset(
    """Monday Tuesday Wednesday Thursday Friday Saturday Sunday Eastern Central Mountain Pacific January February March April
    May June July August September October November December""".split()
)
# A single letter after these is a name of its own and may end a sentence: "Part C. Plans must attest."
_LETTERED = frozenset(
    """part parte plan title título apartado inciso fracción fraction fr frac section sección anexo annex appendix apéndice
    schedule item option opción category categoría type tipo form table tabla company empresa""".split()
)
_CANDIDATE = re.compile(r"[.!?…]+[\"'”’»)\]]*(\s+)(?=[\"'“‘«(\[¿¡]*[A-ZÁÉÍÓÚÜÑ0-9§])")
_LAST_WORD = re.compile(r"([^\s(\[¿¡“\"]+)$")
_WORD_BEFORE = re.compile(r"(\w+)\W+$")
_NEXT_WORD = re.compile(r"[^\w§]*(\w+|§)")
_NUMERAL = re.compile(r"§|\d.*|[IVXLCDM]+|[A-Za-z]")
_LONGEST_BRACKET = 300  # characters; a bracket that is not closed within so many was never meant to be
_LOOK_BACK = 60  # characters; no abbreviation and no word before it is longer


def sentence_spans(text: str) -> list[tuple[int, int]]:
    """Half-open spans of the sentences of one paragraph, in order, without the white space between them."""
    spans: list[tuple[int, int]] = []
    start = len(text) - len(text.lstrip())
    for match in _CANDIDATE.finditer(text):
        if match.start() < start or _in_brackets(text, start, match) or not _ends_sentence(text, match, start):
            continue
        end = match.start(1)
        if end > start:
            spans.append((start, end))
        start = match.end()
    end = len(text.rstrip())
    if end > start:
        spans.append((start, end))
    return spans


def _in_brackets(text: str, start: int, match: re.Match[str]) -> bool:
    """Whether a bracket that the sentence has opened is closed later: "(45 CFR 102.3; FR Doc. 2026-01688)" is one piece."""
    opened = text.rfind("(", start, match.start())
    return opened >= 0 and match.start(1) <= text.find(")", opened, opened + _LONGEST_BRACKET)


def _ends_sentence(text: str, match: re.Match[str], start: int) -> bool:
    if text[match.start()] != ".":
        return True
    before = _LAST_WORD.search(text, max(start, match.start() - _LOOK_BACK), match.start())
    if before is None:
        return True
    word = before.group(1)
    following = _NEXT_WORD.match(text, match.end())
    next_word = following.group(1) if following else ""
    if before.start() == start and _is_enumerator(word):
        return False
    if len(word) == 1 and word.isalpha():
        initials = len(next_word) == 1 and text.startswith(".", match.end() + 1)
        return not initials and _letter_ends(text, before.start(), start, next_word)
    return not _is_abbreviation(word, next_word)


def _is_enumerator(word: str) -> bool:
    """Whether a sentence's first word numbers it: "1. Name", "IV. Obligaciones"."""
    return bool(re.fullmatch(r"\d{1,3}|[ivxlcdm]+|[a-z]", word.lower()))


def _letter_ends(text: str, position: int, start: int, next_word: str) -> bool:
    """Whether a single letter ends a sentence, as in "Plan B. Next", and isn't an initial, as in "J. Smith"."""
    label = _WORD_BEFORE.search(text, max(start, position - _LOOK_BACK), position)
    named = label is not None and label.group(1).lower() in _LETTERED
    return next_word in _STARTERS or (named and next_word[:1].isalpha())


def _is_abbreviation(word: str, next_word: str) -> bool:
    lower = word.lower()
    if lower in _ALWAYS:
        return True
    if lower in _MAY_END:
        if lower in {"etc", "a.m", "p.m"}:
            return next_word[:1].isdigit() or next_word in _DAYS_AND_ZONES
        return next_word not in _STARTERS
    if lower in _CAPITALISED and word[0].isupper():
        return next_word not in _STARTERS
    if lower in {"no", "nos"}:  # also words: "The answer is no. I am sure."
        return next_word[:1].isdigit()
    return lower in _BEFORE_NUMBERS and bool(_NUMERAL.fullmatch(next_word)) and next_word not in {"A", "I", "Y"}
