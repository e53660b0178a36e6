"""A question that leans on those before it, and what it takes along of them. No language model is asked."""

import re
from collections.abc import Sequence
from datetime import date

from kb.lexicon import load_lexicon
from kb.records import Jurisdiction, Language
from kb.text.numbers import years_named
from kb.text.words import fold, stems

# Of two words or of initials that are stop words ("us"), so that no single word of a question shows it.
_UNITED_STATES = re.compile(r"\b(?i:united states|estados unidos)\b|\b(?:U\.S\.(?:A\.)?|USA?|EE\.? ?UU\.?)(?!\w)")
_THIS_YEAR = re.compile(
    r"\b(?:this year|today|right now|now(?! that\b)|currently|este a[ñn]o|hoy(?: en d[ií]a)?|actualmente)\b",
    re.IGNORECASE,
)
_IN_YEAR = re.compile(
    r"\s*\b(?:(?:in|for|of|since|en|de|del|para|desde)(?: el a[ñn]o)? )?(?:19|20)\d\d\b", re.IGNORECASE
)
_RELATIVE_YEARS = (
    (re.compile(r"\b(next year|el (proximo ano|ano (que viene|proximo|entrante)))\b"), 1),
    (re.compile(r"\b(last year|previous year|el ano (pasado|anterior))\b"), -1),
)
_UNTIL = re.compile(r"\b(?:until|till|hasta|before|antes de)(?: the| el)? ?$")
COUNTRIES = frozenset({"mexico", "usa"})
# Of the concepts that belong to one country's law those that name it: the others are subjects.
_LAWS = COUNTRIES | frozenset(
    "hipaa hitech privacy-rule security-rule omnibus-rule hhs lft lfpdppp social-security-law tax-code income-tax-law vat-law".split()
)
# All of these on folded text.
_ANOTHER_SUBJECT = re.compile(
    r"^\W*(?:(?:ok|okay|thanks|gracias|now|ahora|listo)\W+)*(?:(?:an)?other (?:thing|question|topic)|one more|different (?:thing|question|topic)|switching|changing (?:the )?(?:topic|subject)|by the way|"
    r"otra (?:cosa|pregunta|duda)|va otra|cambiando de|cambio de tema|por cierto)\b"
)
_FOLLOW_UP_START = re.compile(
    r"^\W*(and|but|so|then|what about|how about|or|also|plus|even|not even|y|pero|entonces|o|e|que hay de|que pasa con|tambien|tampoco|ademas|incluso|ni siquiera|aun)\b"
)
_FOLLOW_UP_END = re.compile(r"\b(?:too|as well|either|then|tambien|tampoco|entonces)\W*(?:$|\?)")
# "For reasonable cause?", "¿con cuánto tiempo de aviso?": how, when or for what, and of what is not said.
_CIRCUMSTANCE = re.compile(
    r"^\W*(?:for|with|without|in|on|at|under|after|before|during|within|by|from|para|con|sin|en|por|bajo|despues de|antes de|durante|dentro de|desde|hasta)\b(?!.*,)"
)
_VERB = re.compile(
    r"\b(?:is|are|was|were|do|does|did|can|could|may|must|should|will|would|has|have|had|needs?|gets?|what|which|who|when|how|why|where|"
    r"es|son|era|esta|estan|debe|deben|puede|pueden|podemos|hay|tiene|tienen|tenemos|se|necesit\w+|requier\w+|aplic\w+)\b"
)
# "¿Le toca a un call center?": a verb alone, whose subject was named before.
_WITHOUT_SUBJECT = re.compile(
    r"^\W*(?:(?:le|les|nos|me) )?(?:toca|aplica|incluye|cuenta|sirve|vale|cubre|alcanza|corresponde|afecta|obliga|abarca)n?\b"
)
_POINTING = re.compile(
    r"\b(it|its|that|this|those|these|they|them|their|there|one|same|eso|esa|ese|esto|esta|este|ello|ellos|ellas|lo|la|los|las mismas?|mismo|dicho|dicha|ahi|su|sus)\b"
)
# "Will there be …?" points to no place.
_THERE = (
    r"(?<!is )(?<!are )(?<!was )(?<!were )(?<!will )(?<!would )(?<!be )there(?! (?:is|are|was|were|will|be|has|have)\b)"
)
POINTS_ELSEWHERE = re.compile(
    rf"\b(it|its|that|this|those|these|they|them|their|{_THERE}|he|she|his|her|eso|esa|ese|esto|esta|este|ello|ellos|ellas|dich[oa]s?|ahi|su|sus)\b"
)


def with_absolute_year(text: str, as_of: date) -> str:
    """A text with the year that its "next year" or "last year" means behind it."""
    folded = fold(text)
    for pattern, offset in _RELATIVE_YEARS:
        match = pattern.search(folded)
        # "We can wait until next year" asks for no figure of that year.
        if match is not None and not _UNTIL.search(folded[: match.start()]):
            return f"{text} ({as_of.year + offset})"
    return text


def without_relative_year(text: str) -> str:
    """A text, folded, without "next year" and the like."""
    folded = fold(text)
    for pattern, _ in _RELATIVE_YEARS:
        folded = pattern.sub(" ", folded)
    return folded


def asks_of_today(text: str) -> bool:
    """Whether a text speaks of this year, or of how things are now."""
    return bool(_THIS_YEAR.search(text))


def without_years(text: str) -> str:
    """A text without the years in it and the words that lead to them: "in 2021"."""
    return _IN_YEAR.sub("", text)


def names_a_subject(text: str, language: Language) -> bool:
    """Whether a text has a term that belongs to one of the topics of guidance."""
    return any(match.concept.topic is not None for match in load_lexicon().find(stems(text, language), language))


def leans_on_history(asked: str, language: Language) -> bool:
    """Whether a question can't be understood alone: it joins on, points back, is no whole sentence, or names no subject."""
    content = stems(asked, language)
    alone = names_a_subject(asked, language)
    folded = fold(asked)
    if _ANOTHER_SUBJECT.match(folded):
        return False
    if len(content) <= 8 and (_FOLLOW_UP_START.match(folded) or _FOLLOW_UP_END.search(folded)):
        return True
    if not alone and len(content) <= 6:
        return True
    if len(content) <= 4 and _is_fragment(folded):
        return True
    # "Does that include the IMSS part?" names a subject and still asks about another one.
    if len(content) <= 5 and POINTS_ELSEWHERE.search(folded):
        return True
    return bool(_POINTING.search(folded)) and not alone and len(content) <= 10


def _is_fragment(folded: str) -> bool:
    circumstance = _CIRCUMSTANCE.match(folded) and not _VERB.search(folded)
    return bool(circumstance or _WITHOUT_SUBJECT.match(folded))


def taken_along(asked: str, earlier: Sequence[str], language: Language, as_of: date) -> str:
    """What a follow-up takes along: the question before it, with what that one took along.

    A country's law, a year or a date named anew replaces the old one; the subject stays.
    """
    before = earlier[-1]
    if len(earlier) > 1 and leans_on_history(before, language):
        before = joined(before, taken_along(before, earlier[:-1], language, as_of))
    lexicon = load_lexicon()
    new_laws = {m.concept.law for m in lexicon.find(stems(asked, language), language) if m.concept.law}
    if _UNITED_STATES.search(asked):
        new_laws.add(Jurisdiction.US)
    elif new_laws == {Jurisdiction.MX}:
        before = _UNITED_STATES.sub("", before)
    own_years = years_named(with_absolute_year(asked, as_of))
    if own_years:
        before = _THIS_YEAR.sub("", before)
    elif asks_of_today(asked) and years_named(before):
        before = f"{without_years(before)} ({as_of.year})"
    words = []
    for word in before.split():
        found = lexicon.find(stems(word, language), language)
        other_law = (
            new_laws and found and found[0].concept.id in _LAWS and found[0].concept.law not in (None, *new_laws)
        )
        if not other_law and not (own_years and years_named(word)):
            words.append(word)
    return re.sub(r"\s+([?.,;:])", r"\1", " ".join(words))


def joined(asked: str, before: str) -> str:
    """A follow-up as it is searched for."""
    return f"{asked.rstrip()} — {before}"
