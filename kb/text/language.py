"""Tell English from Spanish."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from kb.records import Language
from kb.text.words import tokens

# Function words decide short questions better than character statistics do.
_ENGLISH = frozenset(
    "the of and to is are be do does did how what when who which must can may should will would our we for with a an from it this that".split()
)
_SPANISH = frozenset(
    "el la los las de del y que es son un una en por para con se como cual cuando quien cuanto cuantos cuanta debe deben puede su sus al lo si hay tiene".split()
)


@lru_cache(maxsize=1)
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # noqa: PLC0415  the model takes 0.2 s to load

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE)
    identifier.set_languages([language.value for language in Language])
    return identifier


def detect_language(text: str, default: Language = Language.EN) -> Language:
    """The language of a text; `default` where neither function words nor statistics decide."""
    if "¿" in text or "¡" in text:
        return Language.ES
    words = tokens(text)[:2000]
    counts = _count(words)
    if counts[Language.EN] != counts[Language.ES]:
        return max(counts, key=lambda language: counts[language])
    if len(words) < 3:
        return default
    return Language(_identifier().classify(text[:2000])[0])


def function_words(text: str) -> dict[Language, int]:
    """How many function words of each language stand in a text."""
    return _count(tokens(text))


def _count(words: Sequence[str]) -> dict[Language, int]:
    return {
        Language.EN: sum(word in _ENGLISH for word in words),
        Language.ES: sum(word in _SPANISH for word in words),
    }
