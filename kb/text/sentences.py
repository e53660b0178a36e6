"""Cut prose into sentences without losing a character; legal abbreviations do not end one."""

import re

# A full stop after these belongs to the abbreviation. Legal and business abbreviations of both languages.
_ABBREVIATIONS = frozenset(
    """art arts fr frs frac fracc inc incs párr parr núm num nums no nos sec secs par pars p pp pág págs cap caps
    lic dr dra sr sra mr mrs ms ing prof st ave vs etc e.g i.e cf viz approx est dept gov rev stat fed reg supp
    s.a c.v s.c s de.r.l d.o.f ee.uu cía ltda corp ltd co jan feb mar apr jun jul aug sep sept oct nov dec ed vol
    n.d tex u.s.c c.f.r m.n a.m p.m""".split()
)
_CANDIDATE = re.compile(r"[.!?…]+[\"'”’»)\]]*(\s+)(?=[\"'“‘«(\[¿¡]*[A-ZÁÉÍÓÚÜÑ0-9§])")
_LAST_WORD = re.compile(r"([^\s(\[¿¡“\"]+)$")
# "U.S." ends a sentence only before a word that starts one far more often than it continues a name.
_STARTERS = frozenset(
    """A An And As At But By For From He However If In It Its No Not On One Only Or Otherwise She So Such That The Then There
    These They This Those To Unless Until We What When Where Which While With Yes You El La Los Las Un Una Si Sin En No Por
    Para Pero Salvo Cuando Esta Este Sí Además""".split()
)


def sentence_spans(text: str) -> list[tuple[int, int]]:
    """Half-open spans of the sentences of one paragraph, in order, without the white space between them."""
    spans: list[tuple[int, int]] = []
    start = len(text) - len(text.lstrip())
    for match in _CANDIDATE.finditer(text):
        if match.start() < start or not _ends_sentence(text, match, start):
            continue
        end = match.start(1)
        if end > start:
            spans.append((start, end))
        start = match.end()
    end = len(text.rstrip())
    if end > start:
        spans.append((start, end))
    return spans


def _ends_sentence(text: str, match: re.Match[str], start: int) -> bool:
    mark = text[match.start()]
    if mark != ".":
        return True
    before = _LAST_WORD.search(text, start, match.start())
    word = before.group(1).lower() if before else ""
    following = re.match(r"[\W_]*(\w+)", text[match.end() :])
    next_word = following.group(1) if following else ""
    if word in {"u.s", "ee.uu", "d.c"}:
        return next_word in _STARTERS
    if word in _ABBREVIATIONS or word.rstrip(".") in _ABBREVIATIONS:
        return False
    # An initial ("J. Smith") or an enumerator at the start of the line ("1. Name") does not end a sentence.
    if re.fullmatch(r"[a-z]", word) or (before and re.fullmatch(r"\d{1,3}", word) and before.start() == start):
        return False
    return not (re.fullmatch(r"[ivxlcdm]+", word) and before is not None and before.start() == start)
