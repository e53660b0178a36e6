"""Tokens, stems and stop words for lexical search and for comparing a question with its evidence.

A word is brought to its dictionary form first ("sold" to "sell", "sustituyó" to "sustituir"), which a stemmer can't do,
and is then stemmed, which joins what dictionaries keep apart ("pay" and "payment" stay apart, "cotizar" and "cotización" don't).
"""

import re
import unicodedata
from functools import lru_cache

import simplemma
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


# "we're", "what's", "patient's", "isn't": the word before the apostrophe is what is spoken of; a negation is a stop word.
_CONTRACTED = re.compile(r"^(?P<word>\w+?)(?:(?P<negation>n['’]t)|['’](?:s|re|ve|ll|d|m))?$")


def words_in(text: str) -> list[str]:
    """Lower-case words and numbers in order, with their accents, stop words included."""
    return [word for word in map(_word_of, _pieces(text)) if word]


def _word_of(piece: str) -> str:
    """A token without the stop at its end and without what was contracted with it."""
    contracted = _CONTRACTED.match(piece)
    word = piece if contracted is None else "not" if contracted["negation"] else contracted["word"]
    return word.strip(".,")


def tokens(text: str) -> list[str]:
    """The words of a text, folded."""
    return [fold(word) for word in words_in(text)]


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


# Words whose stem is that of another term of the domain: the limitation of a claim in time is no limit on an amount, a
# vacated rule no vacation, "addressable" no address, "Medicare" no "médico", and "utilidades" are not "útil".
_OWN_STEMS = frozenset(
    {"limitation", "vacation", "addressable", "direccionable", "medicare", "medicaid", "utilidad", "authority"}
)


@lru_cache(maxsize=200_000)
def stem(word: str, language: Language) -> str:
    """The folded Snowball stem of a word's dictionary form; what has digits is only folded."""
    if any(character.isdigit() for character in word):
        return fold(word)
    if fold(word) in _NUMBER_WORDS[language]:
        return _NUMBER_WORDS[language][fold(word)]
    if word in _OWN_STEMS:
        return word
    lemma = simplemma.lemmatize(word, language.value) if len(word) > 3 else word  # short ones are mostly acronyms here
    return lemma if lemma in _OWN_STEMS else str(_stemmer(language).stemWord(fold(lemma)))


def is_stop_word(token: str, language: Language) -> bool:
    """Whether a folded token carries no subject matter."""
    return token in _FOLDED_STOP[language] or (len(token) < 2 and not token.isdigit())


def placed_stems(text: str, language: Language) -> list[tuple[int, str]]:
    """Content stems with the offsets at which their words start in a lower-case text, in order."""
    found = ((match.start(), _content_stem(match[0], language)) for match in _TOKEN.finditer(text))
    return [(start, root) for start, root in found if root]


@lru_cache(maxsize=200_000)
def _content_stem(piece: str, language: Language) -> str:
    """The stem of a token of a lower-case text; empty for a stop word."""
    word = _word_of(piece)
    return "" if not word or is_stop_word(fold(word), language) else stem(word, language)


def stems(text: str, language: Language) -> list[str]:
    """Content stems in order, stop words left out."""
    return [root for root in (_content_stem(piece, language) for piece in _pieces(text)) if root]


def words_with_stems(text: str, language: Language) -> list[tuple[str, str]]:
    """The words of `words_in` that are no stop words, each with its stem."""
    found = ((piece, _content_stem(piece, language)) for piece in _pieces(text))
    return [(_word_of(piece), root) for piece, root in found if root]


def _pieces(text: str) -> list[str]:
    """The tokens of a text in lower case, as they stand."""
    return _TOKEN.findall(unicodedata.normalize("NFKC", text).lower())
