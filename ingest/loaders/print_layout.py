"""From printed lines to flowing text: running heads, feet and page numbers removed, broken lines and words joined.

Headings are lines set larger than the body, or in bold where the body isn't.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from ingest.loaders.loaded import Heading, LoadedText
from kb.records import Page, Removal

_BULLET = re.compile(r"\s*(?:[-*•·▪–]|\d{1,2}[.)]|[a-z]\))\s+")
_LARGER = 1.12  # times the body's size
_LONGEST_BOLD_HEADING = 110
_SHARE_OF_PAGES = 0.6
# A hyphen after these at a line's end belongs to the word: "well-known", "third-party".
_KEEPS_HYPHEN = frozenset(
    "well self non cross third first second full part long short high low on off socio post pre follow opt".split()
)


@dataclass(frozen=True, kw_only=True, slots=True)
class PrintedLine:
    """One line of a page, white space normalised. Size in points."""

    text: str
    size: float
    bold: bool


@dataclass(kw_only=True, slots=True)
class _Writing:
    """The text so far. Headings are the lines that end at `headings[…].end`."""

    body_size: float
    body_bold: bool
    compounds: frozenset[str]  # lower-case words that stand with a hyphen somewhere within a line
    text: str = ""
    headings: list[Heading] = field(default_factory=list)
    last: PrintedLine | None = None


def flowing_text(pages: Sequence[Sequence[PrintedLine]]) -> LoadedText:
    """The text of all pages, where each page stands in it, its headings, and what was left out."""
    lines = [line for page in pages for line in page]
    running = _running_lines(pages)
    sizes: Counter[tuple[float, bool]] = Counter()
    for line in lines:
        sizes[line.size, line.bold] += len(line.text)
    (body_size, body_bold), _ = sizes.most_common(1)[0]
    compounds = frozenset(word.lower() for line in lines for word in re.findall(r"\w+-\w+", line.text))
    writing = _Writing(body_size=body_size, body_bold=body_bold, compounds=compounds)
    removed: list[Removal] = []
    starts: list[int] = []
    for number, page in enumerate(pages, 1):
        starts.append(len(writing.text))
        for position, line in enumerate(page):
            if _is_edge(position, len(page)) and _pattern_of(line.text) in running:
                removed.append(Removal(text=line.text, reason="running head, foot or page number", page=number))
            else:
                _append(writing, line)
    text = writing.text.rstrip() + "\n"
    records = tuple(
        Page(number=number, start=min(start, len(text)), end=min(end, len(text)))
        for number, (start, end) in enumerate(zip(starts, [*starts[1:], len(text)], strict=True), 1)
    )
    return LoadedText(text=text, headings=tuple(writing.headings), pages=records, removals=tuple(removed))


def _pattern_of(line: str) -> str:
    """What is alike in a running line of all pages: page numbers differ. A sentence is compared as it is."""
    is_sentence = len(line.split()) > 6 and line[-1] in ".;:"
    return line if is_sentence else re.sub(r"\d+", "#", line.lower())


def _is_edge(position: int, count: int) -> bool:
    depth = 2 if count > 6 else 1  # on a short page the second line is the body's
    return position < depth or position >= count - depth


def _running_lines(pages: Sequence[Sequence[PrintedLine]]) -> set[str]:
    """Patterns of lines that stand at the edge of most pages."""
    counts: Counter[str] = Counter()
    for lines in pages:
        counts.update({_pattern_of(line.text) for i, line in enumerate(lines) if _is_edge(i, len(lines))})
    return {pattern for pattern, count in counts.items() if count >= max(2, _SHARE_OF_PAGES * len(pages))}


def _append(writing: _Writing, line: PrintedLine) -> None:
    level = _heading_level(writing, line)
    after_heading = bool(writing.headings) and writing.headings[-1].end == len(writing.text)
    if level is not None:
        _append_heading(writing, line, level, continues=after_heading)
    elif (joined := _joined_word(writing, line.text)) is not None:
        writing.text = joined
    else:
        writing.text += ("" if after_heading or not writing.text else _joint(writing.text, line.text)) + line.text
    writing.last = line


def _heading_level(writing: _Writing, line: PrintedLine) -> int | None:
    """1 for the first heading, 2 for larger lines, 3 for bold ones of the body's size; None for the body."""
    if line.size > writing.body_size * _LARGER:
        return 2 if writing.headings else 1
    between = writing.last is None or writing.last.text[-1] in ".:;!?…)" or writing.last.bold
    heading = len(line.text) <= _LONGEST_BOLD_HEADING and line.text[-1] not in ".,;:" and not _BULLET.match(line.text)
    if line.bold and not writing.body_bold and line.size >= writing.body_size and between and heading:
        return 3 if writing.headings else 1
    return None


def _append_heading(writing: _Writing, line: PrintedLine, level: int, *, continues: bool) -> None:
    if continues and writing.last is not None and (line.size, line.bold) == (writing.last.size, writing.last.bold):
        writing.text = writing.text[:-1] + " " + line.text + "\n"  # a heading over two lines
        former = writing.headings.pop()
        title, start, level = f"{former.title} {line.text}", former.start, former.level
    else:
        writing.text = writing.text.rstrip("\n") + "\n\n" if writing.text else ""
        title, start = line.text, len(writing.text)
        writing.text += line.text + "\n"
    writing.headings.append(Heading(title=title, level=level, start=start, end=len(writing.text)))


def _joined_word(writing: _Writing, line: str) -> str | None:
    """The text with a line whose first word began on the line before; None where no word was broken.

    The hyphen goes, unless it is the word's own: "well-known", "ISO-27001", or a compound that stands elsewhere.
    """
    broken = re.search(r"([^\W\d_]+)-$", writing.text)
    following = re.match(r"\w+", line)
    if broken is None or following is None:
        return None
    word, rest = broken.group(1).lower(), following.group()
    own = word in _KEEPS_HYPHEN or f"{word}-{rest.lower()}" in writing.compounds or not rest[0].islower()
    return (writing.text if own else writing.text[:-1]) + line


def _joint(text: str, line: str) -> str:
    """What stands between two lines of the body: a line break before an item, a blank line before a paragraph."""
    if _BULLET.match(line):
        return "\n"
    last_line = text.rsplit("\n", 1)[-1]
    ended = re.search(r"[.:;!?]$", text) and len(last_line) < 60 and line[:1].isupper() and not _BULLET.match(last_line)
    return "\n\n" if ended else " "
