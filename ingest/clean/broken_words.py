"""Words that a printed line's end broke, and words whose letters were set apart."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

# A hyphen after these at a line's end belongs to the word: "well-known", "third-party".
_KEEPS_HYPHEN = frozenset(
    "well self non cross third first second full part long short high low half on off socio post pre follow opt".split()
)
_BROKEN = re.compile(r"([^\W\d_]+)-$")
_LONG_TEXT = 300  # lines
_FEW = 0.01  # of the lines: where words are broken at all, many more lines end with a hyphen
_SET_APART = re.compile(r"(?:[^\W\d_] ){4,}[^\W\d_][.:]?")


@dataclass(frozen=True, kw_only=True, slots=True)
class Hyphenation:
    """How a text breaks words. `words`: lower-case words and compounds that stand within a line somewhere."""

    words: frozenset[str]
    breaks: bool  # whether it breaks words at all


def hyphenation_of(lines: Sequence[str]) -> Hyphenation:
    """Learned from the lines of a text; a short one tells too little, and is taken to break words."""
    inner = (line[line.find(" ") + 1 : line.rfind(" ") + 1].lower() for line in lines)
    words = frozenset(word for text in inner for word in re.findall(r"\w+(?:-\w+)*", text))
    ends = sum(bool(_BROKEN.search(line.rstrip()[-80:])) for line in lines)
    return Hyphenation(words=words, breaks=len(lines) < _LONG_TEXT or ends > _FEW * len(lines))


def word_joint(before: str, line: str, hyphenation: Hyphenation) -> str | None:
    """What joins two lines of a paragraph; None where a word was broken and its hyphen goes.

    The hyphen stays where it is the word's own: "well-known", "ISO-27001", a compound that stands elsewhere, or two
    words of the text that nowhere stand as one.
    """
    broken = _BROKEN.search(before[-80:])
    following = re.match(r"\w+", line)
    if broken is None or following is None:
        return "" if following is not None and re.search(r"\w-$", before[-80:]) else " "
    word, rest = broken.group(1).lower(), following.group()
    words = hyphenation.words
    both = {word, rest.lower()} <= words and word + rest.lower() not in words and min(len(word), len(rest)) > 3
    compound = word in _KEEPS_HYPHEN or f"{word}-{rest.lower()}" in words
    return "" if compound or both or not hyphenation.breaks or not rest[0].islower() else None


def join_letters(line: str) -> str:
    """A line of letters set apart, "T R A N S I T O R I O S", as words; other lines as they are."""
    content = line.strip()
    if not _SET_APART.fullmatch(content.replace("  ", " ")):
        return line
    return " ".join(part.replace(" ", "") for part in re.split(r" {2,}", content))
