"""Which level each label of a list belongs to: "(i)" after "(h)" is a letter, after "(1)" the first Roman numeral.

The labels of one article or section are read together: of all readings the one that breaks the fewest habits of
numbering is taken (beam search), so that the labels behind an ambiguous one decide it.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

LOWER, UPPER, DIGIT, ROMAN, UPPER_ROMAN = "lower", "upper", "digit", "roman", "upper roman"
Ordinal = tuple[int, int]
"""Position in a list and rank of what was inserted behind it: "IV" is (4, 0), "IV Bis" (4, 1)."""

_BEAM = 8
_ROMAN_VALUES = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100}
_INSERTED = ("bis", "ter", "quater", "quinquies", "sexies", "septies", "octies", "nonies")
# What a reading costs; only the order between them matters.
_LATE_START, _GAP, _AGAIN, _SKIPPED_LEVEL, _ALONE, _NO_LABEL = 3.0, 1.0, 1.0, 0.6, 0.4, 2.2
_WIDEST_GAP = 6


@dataclass(frozen=True, kw_only=True, slots=True)
class Label:
    """One label as it stands in the text, without its punctuation. `sure`: it is one, whatever its number."""

    text: str
    sure: bool = False


_Stack = tuple[tuple[int, Ordinal, int, str], ...]
"""Open levels from the outside in: level, ordinal of the last label, number of labels so far, the label."""


@dataclass(frozen=True, slots=True)
class _State:
    cost: float
    stack: _Stack
    readings: tuple["_Stack | None", ...]


def nest(labels: Sequence[Label], kinds: Sequence[tuple[str, ...]]) -> list[tuple[tuple[int, str], ...] | None]:
    """For each label its (level, label) from the outermost level to its own; None where it is no label.

    `kinds[level]` says which kinds of labels a level may have.
    """
    states = [_State(0.0, (), ())]
    for label in labels:
        following = [after for state in states for after in _readings(state, label, kinds)]
        best: dict[_Stack, _State] = {}
        for state in sorted(following, key=lambda state: state.cost):
            best.setdefault(state.stack, state)
        states = list(best.values())[:_BEAM]
    final = min(states, key=lambda state: state.cost + _alone(state.stack))
    return [None if stack is None else tuple((level, text) for level, _, _, text in stack) for stack in final.readings]


def _readings(state: _State, label: Label, kinds: Sequence[tuple[str, ...]]) -> Iterator[_State]:
    if not label.sure:
        yield _State(state.cost + _NO_LABEL, state.stack, (*state.readings, None))
    depth = state.stack[-1][0] if state.stack else -1
    for level, allowed in enumerate(kinds):
        for kind in allowed:
            ordinal = ordinal_of(label.text, kind)
            if ordinal is None:
                continue
            open_at = next((i for i, entry in enumerate(state.stack) if entry[0] == level), None)
            if open_at is not None:
                _, before, count, _ = state.stack[open_at]
                cost = _succession(before, ordinal) + _alone(state.stack[open_at + 1 :])
                stack = (*state.stack[:open_at], (level, ordinal, count + 1, label.text))
            elif level > depth:
                cost = (0.0 if ordinal == (1, 0) else _LATE_START) + _SKIPPED_LEVEL * (level - depth - 1)
                stack = (*state.stack, (level, ordinal, 1, label.text))
            else:
                outer = tuple(entry for entry in state.stack if entry[0] < level)
                cost = (0.0 if ordinal == (1, 0) else _LATE_START) + _SKIPPED_LEVEL + _alone(state.stack[len(outer) :])
                stack = (*outer, (level, ordinal, 1, label.text))
            yield _State(state.cost + cost, stack, (*state.readings, stack))


def _succession(before: Ordinal, after: Ordinal) -> float:
    if after == (before[0] + 1, 0):
        return 0.0
    if after[0] == before[0] and after[1] > before[1]:
        return 0.1
    if after == (1, 0):
        return _AGAIN
    gap = after[0] - before[0] - 1
    return _GAP + 0.1 * gap if 0 < gap <= _WIDEST_GAP else _LATE_START


def _alone(closed: _Stack) -> float:
    """A list of one item is rare."""
    return _ALONE * sum(count == 1 for _, _, count, _ in closed)


@lru_cache(maxsize=4_000)
def ordinal_of(label: str, kind: str) -> Ordinal | None:
    """The position that a label names if it is of this kind: ("c", LOWER) is (3, 0), ("iv", ROMAN) is (4, 0)."""
    word, *inserted = label.split()
    rank = inserted_rank(inserted)
    value: int | None = None
    if kind == DIGIT and word.isdigit() and len(word) <= 3:
        value = int(word)
    elif kind in {LOWER, UPPER} and re.fullmatch(r"([A-Za-zñ])\1?", word) and word.islower() == (kind == LOWER):
        value = ord(word[0].lower()) - 96 + 26 * (len(word) - 1) if word[0] not in "ñÑ" else None
    elif kind in {ROMAN, UPPER_ROMAN} and word.islower() == (kind == ROMAN):
        value = roman_value(word)
    return None if value is None else (value, rank)


def inserted_rank(words: Sequence[str]) -> int:
    """0 for a label of the original text, 1 for "Bis", 2 for "Ter", …, with a number behind it in between."""
    if not words:
        return 0
    name = words[0].lower().replace("á", "a")
    rank = 20 * (_INSERTED.index(name) + 1) if name in _INSERTED else 0
    return rank + (int(words[1]) if len(words) > 1 and words[1].isdigit() else 0)


def roman_value(word: str) -> int | None:
    """The value of a Roman numeral below 200, written as is usual; None for any other word."""
    digits = [_ROMAN_VALUES.get(letter, 0) for letter in word.lower()]
    if not digits or 0 in digits:
        return None
    value = sum(-a if a < b else a for a, b in zip(digits, [*digits[1:], 0], strict=True))
    return value if word.lower() == _as_roman(value) else None


def _as_roman(value: int) -> str:
    written = ""
    for amount, letters in (
        (100, "c"),
        (90, "xc"),
        (50, "l"),
        (40, "xl"),
        (10, "x"),
        (9, "ix"),
        (5, "v"),
        (4, "iv"),
        (1, "i"),
    ):
        while value >= amount:
            written, value = written + letters, value - amount
    return written
