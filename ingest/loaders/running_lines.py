"""Running heads, feet and page numbers of printed pages, and pages that hold only a table of contents."""

import re
from collections import Counter
from collections.abc import Sequence

from ingest.loaders.printed import PrintedLine, PrintedPage
from kb.records import Removal

REASON = "running head, foot or page number"
_MARGIN = 0.17  # of the page's height, above and below
_DEPTH = 6  # lines from the edge
_STEP = 8.0  # points: lines of one place on all pages differ by less
_MANY_PAGES = 10
_SHARE_OF_FEW, _SHARE_OF_MANY = 0.6, 0.3  # chapters have heads of their own in long texts
_LEADER = re.compile(r"(?:\. ?){4,}\s*[\divxlc]{1,5}\s*$")
_PAGE_NUMBER = re.compile(r"\W*(?:page|p[aá]g(?:ina|\.)?)?\s*\d+\s*(?:(?:of|de|/)\s*\d+)?\W*", re.IGNORECASE)
_SHARE_OF_LEADERS = 0.3


def without_running_lines(pages: Sequence[PrintedPage]) -> tuple[list[list[PrintedLine]], list[Removal]]:
    """The lines of each page that are its own, in order, and the others."""
    body = _body_size(pages)
    running = _running_places(pages, body)
    kept: list[list[PrintedLine]] = []
    removed: list[Removal] = []
    for number, page in enumerate(pages, 1):
        edge = _edge_lines(page, len(pages))
        contents = _is_contents(page)
        own: list[PrintedLine] = []
        for index, line in enumerate(page.lines):
            if index in edge and _is_running(line, running, body):
                removed.append(Removal(text=line.text, reason=REASON, page=number))
            elif contents:
                removed.append(Removal(text=line.text, reason="table of contents", page=number))
            else:
                own.append(line)
        kept.append(own)
    return kept, removed


def _is_contents(page: PrintedPage) -> bool:
    leaders = sum(bool(_LEADER.search(line.text)) for line in page.lines)
    return leaders >= 5 and leaders >= _SHARE_OF_LEADERS * len(page.lines)


def _body_size(pages: Sequence[PrintedPage]) -> float:
    sizes: Counter[float] = Counter()
    for page in pages:
        for line in page.lines:
            sizes[line.size] += len(line.text)
    return sizes.most_common(1)[0][0] if sizes else 0.0


def _pattern_of(line: PrintedLine, body: float) -> str:
    """What is alike in a running line of all pages: page numbers differ.

    A sentence and a heading are compared as they are: "Rule 2" and "Rule 3" may both begin a page.
    """
    is_sentence = len(line.text.split()) > 6 and line.text[-1] in ".;:"
    is_heading = line.size > body * 1.05 or (line.bold and line.size >= body * 0.95)
    page_number = _PAGE_NUMBER.fullmatch(line.text)
    return line.text if (is_sentence or is_heading) and not page_number else re.sub(r"\d+", "#", line.text.lower())


def _edge_lines(page: PrintedPage, pages: int) -> set[int]:
    """Indexes of the lines at the upper and lower edge.

    With few pages, on a short one, the second line is the body's: there it may be alike on two pages by chance.
    """
    depth = _DEPTH if pages >= _MANY_PAGES or len(page.lines) > 2 * _DEPTH else 2 if len(page.lines) > 6 else 1
    order = sorted(range(len(page.lines)), key=lambda index: page.lines[index].top)
    upper = [i for i in order[:depth] if page.lines[i].top < _MARGIN * page.height]
    lower = [i for i in order[-depth:] if page.lines[i].bottom > (1 - _MARGIN) * page.height]
    return {*upper, *lower}


def _places(line: PrintedLine, body: float) -> list[tuple[str, int]]:
    """Pattern and place; the place is rounded, so a line counts at both neighbours of its height."""
    step = int(line.top // _STEP)
    pattern = _pattern_of(line, body)
    return [(pattern, step), (pattern, step + 1)]


def _is_running(line: PrintedLine, running: set[tuple[str, int]], body: float) -> bool:
    return any(place in running for place in _places(line, body))


def _running_places(pages: Sequence[PrintedPage], body: float) -> set[tuple[str, int]]:
    """Patterns that stand at one height at the edge of many pages."""
    counts: Counter[tuple[str, int]] = Counter()
    for page in pages:
        counts.update({place for index in _edge_lines(page, len(pages)) for place in _places(page.lines[index], body)})
    share = _SHARE_OF_MANY if len(pages) >= _MANY_PAGES else _SHARE_OF_FEW
    return {place for place, count in counts.items() if count >= max(2, share * len(pages))}
