"""Whether a text contains a fact, by the rules of the case format.

A spelling is found without regard to case and as whole words, its white space standing for any white space. A plural
-s or -es is tolerated at its end. `*` at the end makes it a stem, `~` in front a plain substring. Accents count. In every
form, digits at an end of the spelling are never matched inside a longer number: 000 is not in 50,000, nor 10% in 110%.
Numbers beside each other are taken for one only where they look like one with its thousands set apart: 1 000, not 2026 100.
"""

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

_SEPARATORS = r".,'’\u00a0\u202f\u2009"  # what stands between the digits of one number
_NO_NUMBER_BEFORE = rf"(?<!\d)(?<!\d[{_SEPARATORS}])"
_NO_NUMBER_AFTER = rf"(?!\d)(?![.,]\d)(?![{_SEPARATORS}]\d{{3}}(?!\d))"
# Of a number whose thousands are set apart by ordinary spaces: no digits of it before three of them, no three after some.
_NO_THOUSANDS_BEFORE = "".join(rf"(?<!(?<![\w.,/-])\d{{{count}}} )" for count in (1, 2, 3))
_NO_THOUSANDS_AFTER = r"(?! \d{3}(?!\d))"
_NO_LETTER_BEFORE = r"(?<![^\W_])"
_NO_LETTER_AFTER = r"(?![^\W_])"
_PLURAL = r"(?:e?s)?"


def is_spelling(spelling: str) -> bool:
    """Whether there is something to look for beside the marks and white space."""
    return bool(spelling.strip().removeprefix("~").removesuffix("*").strip())


def contains(text: str, spelling: str) -> bool:
    """Whether the spelling stands in the text. Raises ValueError where `is_spelling` says no."""
    return bool(_pattern(spelling).search(unicodedata.normalize("NFC", text)))


def contains_any(text: str, spellings: Sequence[str]) -> bool:
    """Whether one of a fact's spellings stands in the text."""
    return any(contains(text, spelling) for spelling in spellings)


@lru_cache(maxsize=4096)
def _pattern(spelling: str) -> re.Pattern[str]:
    if not is_spelling(spelling):
        raise ValueError(f"{spelling!r} holds nothing to look for")
    composed = unicodedata.normalize("NFC", spelling).strip()
    substring, stem = composed.startswith("~"), composed.endswith("*")
    words = composed[1:] if substring else composed.removesuffix("*").rstrip()
    before = _NO_NUMBER_BEFORE if re.match(r"[.,]?\d", words) else ""
    after = _NO_NUMBER_AFTER if re.search(r"\d[.,]?$", words) else ""
    if re.match(r"\d{3}(?!\d)", words):
        before += _NO_THOUSANDS_BEFORE
    if re.search(r"(?<![\w.,/-])\d{1,3}$", words):
        after += _NO_THOUSANDS_AFTER
    if not substring and re.match(r"\w", words):
        before += _NO_LETTER_BEFORE
    if not substring and not stem and re.search(r"\w$", words):
        after += (_NO_LETTER_AFTER if words[-1].isdigit() else _PLURAL + _NO_LETTER_AFTER)  # fmt: skip
    body = r"\s+".join(re.escape(part) for part in re.split(r"\s+", words))
    return re.compile(before + body + after, re.IGNORECASE)
