"""Whether a text contains a fact, by the rules of the case format."""

import re
from collections.abc import Sequence
from functools import lru_cache


@lru_cache(maxsize=4096)
def _pattern(spelling: str) -> re.Pattern[str]:
    words = spelling.removesuffix("*")
    stem = words != spelling
    body = r"\s+".join(re.escape(part) for part in words.split())
    before = r"(?<![^\W_])" if re.match(r"\w", words) else ""
    if words[:1].isdigit():
        before = r"(?<![^\W_])(?<!\d[.,])"  # 000 is not found in 50,000
    after = ""
    if words[-1:].isdigit():
        after = r"(?![^\W_])(?![.,]\d)"
    elif stem:
        after = r"[^\W_]*"
    elif re.search(r"\w$", words):
        after = r"(?:e?s)?(?![^\W_])"
    return re.compile(before + body + after, re.IGNORECASE)


def contains(text: str, spelling: str) -> bool:
    """Whole words without regard to case; plural -s/-es tolerated; `*` at the end: a stem; `~` in front: a plain substring."""
    if spelling.startswith("~"):
        return spelling[1:].lower() in text.lower()
    return bool(_pattern(spelling).search(text))


def contains_any(text: str, spellings: Sequence[str]) -> bool:
    """Whether one of a fact's spellings stands in the text."""
    return any(contains(text, spelling) for spelling in spellings)
