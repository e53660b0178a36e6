"""How much a word tells, by how common it is in general language: "take" and "going" tell little, "attrition" much.

Frequencies are those of the wordfreq package, on the Zipf scale (van Heuven et al. 2014): the common logarithm of a
word's occurrences per billion words; 3 is a word met once per million.
"""

from functools import lru_cache

from wordfreq import zipf_frequency

from kb.records import Language

# A word as rare as the first tells all it can, one as common as the second next to nothing.
_TELLING, _EMPTY = 3.8, 5.8
_LEAST = 0.1


def commonness(word: str, language: Language) -> float:
    """How common a word is, on the Zipf scale; 0 where it's met less than once in a hundred million words."""
    zipf: float = zipf_frequency(word, language.value)
    return zipf


@lru_cache(maxsize=50_000)
def information(word: str, language: Language) -> float:
    """What a word tells, in [0.1, 1]; numbers tell all they can. Accents are needed where the language has them."""
    if any(character.isdigit() for character in word):
        return 1.0
    zipf: float = zipf_frequency(word, language.value, wordlist="small")
    return min(max((_EMPTY - zipf) / (_EMPTY - _TELLING), _LEAST), 1.0)
