"""Text taken off printed pages: page numbers and running heads inside sentences, words broken at line ends.

Pages are told by their numbers ("5 de 450", "Page 5 of 10", "- 5 -", a number alone) where these count up through the
text, or by form feeds. Text without pages is left as it is.
"""

import itertools
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from ingest.clean.broken_words import hyphenation_of, join_letters, word_joint
from kb.records import Page, Removal

RUNNING = "running head, foot or page number"
_MARK = re.compile(
    r"\s*(?:[-–—]\s*)?(?:(?P<words>p[aá]g(?:ina|\.)?|page|hoja|folio)\s*)?(?P<number>\d{1,4})"
    r"(?:\s*(?P<of>de|of|/)\s*\d{1,4})?(?:\s*[-–—])?\s*",
    re.IGNORECASE,
)
_DEPTH = 6  # lines from a page's edge that may be its running lines
_FEWEST_PAGES = 3
_SMALLEST_GROUP = 3
_LEAST_LINES = 12  # between bare numbers, in the middle: fewer are a list
_SHARE = 0.5  # of the pages that a running line stands on
_ENDED = re.compile(r"[.:;!?…)\]”\"]\s*$")


@dataclass(frozen=True, kw_only=True, slots=True)
class CleanedText:
    """Text with what was left out. `pages` is empty where the text tells no pages."""

    text: str
    pages: tuple[Page, ...] = ()
    removals: tuple[Removal, ...] = ()


def clean_paged_text(text: str) -> CleanedText:
    """The text without its pages' edges. Pure."""
    pages = _pages_of(text)
    if len(pages) < _FEWEST_PAGES:
        return CleanedText(text=text)
    running = _running_patterns(pages)
    removals: list[Removal] = []
    kept: list[list[str]] = []
    for page in pages:
        edge = _edge_of(page, running)
        removals.extend(Removal(text=page.lines[i].strip(), reason=RUNNING, page=page.number) for i in sorted(edge))
        kept.append([line.rstrip() for index, line in enumerate(page.lines) if index not in edge])
    return _written([page.number for page in pages], kept, removals)


@dataclass(frozen=True, kw_only=True, slots=True)
class _TextPage:
    number: int
    lines: list[str]


def _pages_of(text: str) -> list[_TextPage]:
    if text.count("\f") >= _FEWEST_PAGES - 1:
        return [
            _TextPage(number=n, lines=part.split("\n")) for n, part in enumerate(text.rstrip("\f\n").split("\f"), 1)
        ]
    lines = text.split("\n")
    marks = _page_marks(lines)
    if not marks:
        return []
    numbers = [number for _, number in marks]
    after_last = any(line.strip() for line in lines[marks[-1][0] + 1 :])
    if after_last and marks[0][0] <= _DEPTH and numbers[0] == 1:  # the number stands at the head of its page
        starts = [0, *(index for index, _ in marks[1:])]
    else:
        starts = [0, *(index + 1 for index, _ in marks if after_last or index != marks[-1][0])]
        numbers += [numbers[-1] + 1] * after_last
    ends = [*starts[1:], len(lines)]
    return [_TextPage(number=n, lines=lines[a:b]) for n, a, b in zip(numbers, starts, ends, strict=True)]


def _page_marks(lines: Sequence[str]) -> list[tuple[int, int]]:
    """Line and number of the page marks, of the one way of writing them that counts up through the text."""
    kinds: dict[tuple[bool, bool], list[tuple[int, int]]] = {}
    for index, line in enumerate(lines):
        match = _MARK.fullmatch(line) if len(line) < 40 else None
        if match:
            kinds.setdefault((bool(match["words"]), bool(match["of"])), []).append((index, int(match["number"])))
    counting = [marks for kind, found in kinds.items() if (marks := _counting(found, bare=not any(kind)))]
    return max(counting, key=len, default=[])


def _counting(found: Sequence[tuple[int, int]], *, bare: bool) -> list[tuple[int, int]]:
    """The marks that count up by one, or nothing where most don't, or where bare numbers stand as close as in a list."""
    marks: list[tuple[int, int]] = []
    for index, number in found:
        if not marks or number == marks[-1][1] + 1:
            marks.append((index, number))
    steps = sorted(later[0] - earlier[0] for earlier, later in itertools.pairwise(marks))
    if (
        len(marks) < _FEWEST_PAGES
        or len(marks) < 0.8 * len(found)
        or steps[len(steps) // 2] < (_LEAST_LINES if bare else 2)
    ):
        return []
    return marks


def _patterns_of(line: str, number: int) -> set[str]:
    """What is alike in a running line of all pages: as it is, or with the number of its page left open."""
    text = line.strip().casefold()
    if _MARK.fullmatch(line):
        return {re.sub(r"\d+", "#", text)}
    return {text, re.sub(rf"(?<!\d){number}(?!\d)", "#", text)}


def _edges(lines: Sequence[str]) -> tuple[list[int], list[int]]:
    """Indexes of the lines with text nearest to the upper and the lower edge, from the edge inwards."""
    filled = [index for index, line in enumerate(lines) if line.strip()]
    return filled[:_DEPTH], filled[::-1][:_DEPTH]


def _running_patterns(pages: Sequence[_TextPage]) -> set[str]:
    counts: Counter[str] = Counter()
    for page in pages:
        upper, lower = _edges(page.lines)
        counts.update({p for index in {*upper, *lower} for p in _patterns_of(page.lines[index], page.number)})
    return {pattern for pattern, count in counts.items() if count >= max(_FEWEST_PAGES, _SHARE * len(pages))}


def _edge_of(page: _TextPage, running: set[str]) -> set[int]:
    """Running lines from each edge inwards, up to the first that is the page's own, and groups of them elsewhere.

    Each pattern counts once an edge: the title of a law may stand right below the same words in the page's head.
    """
    edge: set[int] = set()
    seen_on_page: set[str] = set()
    for side in _edges(page.lines):
        seen: set[str] = set()
        for index in side:
            patterns = _patterns_of(page.lines[index], page.number) & running
            if not patterns or patterns & seen:
                break
            seen |= patterns
            edge.add(index)
        seen_on_page |= seen
    return edge | _groups_within(page, running - seen_on_page)


def _groups_within(page: _TextPage, running: set[str]) -> set[int]:
    """Running lines one below the other within a page, as a table printed sideways leaves them."""
    groups: list[list[int]] = [[]]
    for index, line in enumerate(page.lines):
        if line.strip() and _patterns_of(line, page.number) & running:
            groups[-1].append(index)
        else:
            groups.append([])
    return {index for group in groups if len(group) >= _SMALLEST_GROUP for index in group}


@dataclass(kw_only=True, slots=True)
class _Line:
    """A line that is kept, with the white space before it."""

    joint: str
    text: str
    page: int  # index


def _written(numbers: Sequence[int], kept: Sequence[list[str]], removals: list[Removal]) -> CleanedText:
    """The pages joined again: a sentence or word that goes on over a page's end goes on in the text."""
    lines: list[_Line] = []
    breaks = 0
    for page, texts in enumerate(kept):
        for text in texts:
            if text.strip():
                goes_on = bool(lines) and lines[-1].page != page and _goes_on(lines[-1].text, text)
                lines.append(_Line(joint="\n" * (min(breaks, 1) if goes_on else breaks), text=text, page=page))
                breaks = 0
            breaks += 1
    for line in lines:
        if (joined := join_letters(line.text)) != line.text:
            removals.append(_removal(line.text.strip(), "spaces between letters", numbers[line.page]))
            line.text = joined
    removals.extend(_join_words(lines, numbers))
    return _placed(lines, numbers, removals)


def _goes_on(last: str, line: str) -> bool:
    return not _ENDED.search(last) and (line.lstrip()[0].islower() or last.rstrip()[-1] in ",-")


def _join_words(lines: Sequence[_Line], numbers: Sequence[int]) -> list[Removal]:
    """Join words broken at a line's end, in place."""
    removals: list[Removal] = []
    hyphenation = hyphenation_of([line.text for line in lines])
    for last, line in itertools.pairwise(lines):
        if line.joint != "\n" or not last.text.endswith("-"):
            continue
        joint = word_joint(last.text, line.text.lstrip(), hyphenation)
        if joint == "":
            line.joint, line.text = "", line.text.lstrip()
        elif joint is None:
            broken = f"{last.text.split()[-1]} {line.text.split()[0]}"
            removals.append(_removal(broken, "hyphen at a line end", numbers[line.page]))
            last.text = last.text[:-1]
            line.joint, line.text = "", line.text.lstrip()
    return removals


def _removal(text: str, reason: str, page: int) -> Removal:
    return Removal(text=text, reason=reason, page=page)


def _placed(lines: Sequence[_Line], numbers: Sequence[int], removals: list[Removal]) -> CleanedText:
    parts: list[str] = []
    length = 0
    starts: dict[int, int] = {}
    for line in lines:
        starts.setdefault(line.page, length + len(line.joint))
        parts.append(line.joint + line.text)
        length += len(parts[-1])
    text = "".join(parts) + "\n"
    pages: list[Page] = []
    end = len(text)
    for index in reversed(range(len(numbers))):
        start = 0 if index == 0 else starts.get(index, end)
        pages.append(Page(number=numbers[index], start=start, end=end))
        end = start
    return CleanedText(text=text, pages=tuple(reversed(pages)), removals=tuple(removals))
