"""Tokens, stems and stop words for lexical search and for comparing a question with its evidence."""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

import Stemmer

from kb.records import Language

_STEMMERS = {Language.EN: "english", Language.ES: "spanish"}
# Legal references and numbers stay whole: 164.308(a)(1), 15-d, 29,327.50, 10%.
_TOKEN = re.compile(
    r"\d[\d.,]*\d(?:-[a-z]\b)?(?:\([a-z0-9]{1,4}\))*|\d+(?:-[a-z]\b)?(?:\([a-z0-9]{1,4}\))*|[^\W\d_]+(?:['’][^\W\d_]+)?\d*"
)
_ENGLISH_STOP = frozenset(
    """a about above after again against all also am an and any are as at be because been before being below between both but
    by can could did do does doing down during each else ever few for from further get gets give given go goes had has have having he
    her here hers him his how i if in into is it its itself just let like made make makes many may me might more most much must
    my need no nor not now of off on once only or other our ours out over own per please same shall she should so some such
    tell than that the their theirs them then there these they this those through to too under until up upon us very was we
    were what when where whether which while who whom whose why will with within without would yes yet you your yours
    dont doesnt isnt really actually exactly happen happens happened thing things want wants know one's else's someone anybody anyone list explain describe summarize summarise help draft picking pick latest status""".split()
)
_SPANISH_STOP = frozenset(
    """a al algo alguna algunas alguno algunos ante antes aun aún bajo cada como cómo con contra cosa cual cuál cuales cuáles cuando cuándo
    cuanta cuánta cuantas cuántas cuanto cuánto cuantos cuántos da dar de debe deben deber del desde donde dónde dos e el él ella ellas ellos en entre era eran es esa esas ese
    eso esos esta está estaba estamos están estas este esto estos existe existen fue fueron ha haber había hace hacen hacer hacia han hasta hay hemos hoy
    la las le les lo los más me mi mis misma mismo mucho muy nada ni no nos nosotros nuestra nuestras nuestro nuestros o os otra otras otro otros
    para pero poco por porque pueda puede pueden puedo que qué quien quién quienes se sea sean ser si sí sido sin sobre solo sólo son su sus
    tal también tampoco tan tanto te tengo tiene tienen tenemos toda todas todo todos tu tus u un una unas uno unos usted vs va van ya y yo
    dice decir digan dime quiero queremos sirve pasa ser será serán explica explícame enumera lista ayuda ayúdame""".split()
)


class _WithoutMarks(dict[int, int | None]):
    """A table for `str.translate`, filled as characters are met: accents, once they stand alone, are dropped."""

    def __missing__(self, code: int) -> int | None:
        kept = None if unicodedata.combining(chr(code)) else code
        self[code] = kept
        return kept


_WITHOUT_MARKS = _WithoutMarks()


def fold(text: str) -> str:
    """Lower case without accents: "Subcontratación" -> "subcontratacion". Not length-preserving."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).lower())
    return decomposed.translate(_WITHOUT_MARKS)


def tokens(text: str) -> list[str]:
    """Folded tokens in order, stop words included."""
    return [token.strip(".,") for token in _TOKEN.findall(fold(text)) if token.strip(".,")]


@lru_cache(maxsize=4)
def _stemmer(language: Language) -> "Stemmer.Stemmer":
    return Stemmer.Stemmer(_STEMMERS[language])


_FOLDED_STOP = {
    Language.EN: frozenset(fold(word) for word in _ENGLISH_STOP),
    Language.ES: frozenset(fold(word) for word in _SPANISH_STOP),
}


# "60 days" and "sixty days", "cuatro" and "4" are the same thing to a reader.
_NUMBERS = (
    "two dos 2 three tres 3 four cuatro 4 five cinco 5 six seis 6 seven siete 7 eight ocho 8 nine nueve 9 ten diez 10",
    "eleven once 11 twelve doce 12 thirteen trece 13 fourteen catorce 14 fifteen quince 15 sixteen dieciseis 16",
    "seventeen diecisiete 17 eighteen dieciocho 18 nineteen diecinueve 19 twenty veinte 20 thirty treinta 30",
    "forty cuarenta 40 fifty cincuenta 50 sixty sesenta 60 seventy setenta 70 eighty ochenta 80 ninety noventa 90",
)
_NUMBER_WORDS: dict[Language, dict[str, str]] = {Language.EN: {}, Language.ES: {}}
for _english, _spanish, _value in zip(*[iter(" ".join(_NUMBERS).split())] * 3, strict=True):
    _NUMBER_WORDS[Language.EN][_english] = _NUMBER_WORDS[Language.ES][_spanish] = _value


def number_of(token: str) -> str | None:
    """The digits of a folded number word of either language, from two to ninety; None for any other word."""
    return _NUMBER_WORDS[Language.EN].get(token) or _NUMBER_WORDS[Language.ES].get(token)


@lru_cache(maxsize=200_000)
def stem(token: str, language: Language) -> str:
    """The Snowball stem of one folded token; tokens with digits are left alone."""
    if any(character.isdigit() for character in token):
        return token
    if token in _NUMBER_WORDS[language]:
        return _NUMBER_WORDS[language][token]
    return str(_stemmer(language).stemWord(token))


def is_stop_word(token: str, language: Language) -> bool:
    """Whether a folded token carries no subject matter."""
    return token in _FOLDED_STOP[language] or (len(token) < 2 and not token.isdigit())


@lru_cache(maxsize=200_000)
def _content_stem(word: str, language: Language) -> str:
    """The stem of a folded word with its full stop or comma; empty for a stop word."""
    token = word.strip(".,")
    return "" if not token or is_stop_word(token, language) else stem(token, language)


def stems(text: str, language: Language) -> list[str]:
    """Content stems in order, stop words left out."""
    found = (_content_stem(word, language) for word in _TOKEN.findall(fold(text)))
    return [one for one in found if one]


def stems_of(words: Iterable[str], language: Language) -> list[str]:
    """Content stems of several texts, in order."""
    return [found for word in words for found in stems(word, language)]
