"""Tell English from Spanish."""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from kb.records import Language
from kb.text.commonness import commonness
from kb.text.words import fold, tokens

# Function words decide short questions better than character statistics do.
_ENGLISH = frozenset(
    "the of and to is are be do does did how what when who which must can may should will would our we for with an from it this that".split()
)
_SPANISH = frozenset(
    "el la los las de del y que es son un una en por para con se como cual cuando quien cuanto cuantos cuanta debe deben puede su sus al lo si hay tiene "
    "esta estan mi mis nuestro nuestra nuestros nuestras le les nos ya hasta desde cada sin sobre pueden tienen tenemos tengo podemos donde porque pero hacer ser".split()
)
# How much commoner the words must be in one language, by the sum of their frequencies on the Zipf scale: "tope" is 1.9 commoner
# in Spanish. Of some 70,000 questions of ours 52 are told wrong, 150 without this.
_COMMONER = 1.0
_ACRONYM = re.compile(r"\b[A-Z]{2,}\b")


@lru_cache(maxsize=1)
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # noqa: PLC0415  the model takes 0.2 s to load

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE)
    identifier.set_languages([language.value for language in Language])
    return identifier


def detect_language(text: str, default: Language = Language.EN) -> Language:
    """The language of a text; `default` where neither function words nor other words nor statistics decide."""
    if "¿" in text or "¡" in text:
        return Language.ES
    words = tokens(text)[:2000]
    counts = _count(words)
    if counts[Language.EN] != counts[Language.ES]:
        return max(counts, key=lambda language: counts[language])
    commoner = _commoner_in_spanish(text, words)
    if abs(commoner) >= _COMMONER:
        return Language.ES if commoner > 0 else Language.EN
    if len(words) < 3:
        return default
    return Language(_identifier().classify(text[:2000])[0])


def _commoner_in_spanish(text: str, words: Sequence[str]) -> float:
    """By how much the words are commoner in Spanish, in all; below 0 in English. Acronyms are of both."""
    acronyms = set() if text.isupper() and len(words) > 1 else {fold(word) for word in _ACRONYM.findall(text)}
    telling = [word for word in words if word.isalpha() and word not in acronyms]
    return sum(commonness(word, Language.ES) - commonness(word, Language.EN) for word in telling)


def function_words(text: str) -> dict[Language, int]:
    """How many function words of each language stand in a text."""
    return _count(tokens(text))


def _count(words: Sequence[str]) -> dict[Language, int]:
    return {
        Language.EN: sum(word in _ENGLISH for word in words),
        Language.ES: sum(word in _SPANISH for word in words),
    }
