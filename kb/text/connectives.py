"""Sentences that can't be understood without the one before them: "This …", "However, …", "In such cases …"."""

import re

_EXCEPTION = re.compile(
    r"^(however|unless|except|but|only|otherwise|still|sin embargo|salvo|excepto|no obstante|pero|a menos que|con excepción)\b",
    re.IGNORECASE,
)
_POINTS_BACK = re.compile(
    r"^(it|its|this|that|these|those|they|them|their|such|he|she|both|each of (them|these)|the same|esto|esta|este|estos|estas|eso|ese|esa|ello|ellos|ellas|"
    r"dich[oa]s?|tal|tales|ambos|ambas|el mismo|la misma|lo anterior|for (?:example|instance)|por ejemplo|"
    r"(?:on|from|until|under|for|with|in|by|after|before|at|during|since) (?:that|this|those|these|such)|"
    r"(?:con|desde|hasta|para|en|bajo|según|tras|por|sin) (?:es[ae]s?|esos|est[ae]s?|estos))\b",
    re.IGNORECASE,
)
_CONCLUDES = re.compile(
    r"\b(?:therefore|hence|for (?:that|this) reason|in (?:those|these|that|this|such) (?:case|way)s?|according to (?:that|this)|"
    r"por (?:ello|eso|(?:lo )?tanto)|por lo que|de ahí que|en (?:esos|estos|tales|ese|este) casos?|según (?:ese|esa|este|esta))\b",
    re.IGNORECASE,
)
_CONCLUDES_WITHIN = 80  # characters from a sentence's start in which a word shows that it concludes from the one before


def is_exception(text: str) -> bool:
    """Whether a sentence takes something back of the one before it."""
    return bool(_EXCEPTION.match(text))


def points_back(text: str) -> bool:
    """Whether a sentence's first words stand for something in the one before it."""
    return bool(_POINTS_BACK.match(text))


def leans_back(text: str) -> bool:
    """Whether a sentence can't be understood without the one before it."""
    return points_back(text) or is_exception(text) or bool(_CONCLUDES.search(text, 0, _CONCLUDES_WITHIN))
