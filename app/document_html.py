"""Stored text as HTML: headings, paragraphs, lists and tables, with a quoted span marked.

Nothing of the text is lost: the text content of the result is the text itself, character for character. Signs that are
shown as structure (`##`, `-`, `|`) stand in hidden spans. Everything is escaped: documents are not trusted.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from hashlib import sha256
from html import escape
from itertools import groupby, pairwise

from kb.records import Document, Section, Span

_LINE = re.compile(r"[^\n]*\n|[^\n]+\Z")
_HASHES = re.compile(r"[ ]{0,3}#{1,6}[ \t]+")
_ITEM = re.compile(r"[ \t]*(?P<sign>[-*+•·▪–]|\d{1,3}[.)]|[a-z]\))[ \t]+(?=\S)")
_FENCE = re.compile(r"[ ]{0,3}(```|~~~)")
_TABLE_RULE = re.compile(r"\s*\|?[\s:|-]+\|[\s:|-]*\Z")
_CELL = re.compile(r"(?P<bar>[ \t]*\|?[ \t]*)(?P<content>[^|]*)")


class _Kind(Enum):
    PARAGRAPH = auto()
    ITEM = auto()
    TABLE = auto()
    CODE = auto()


@dataclass(frozen=True, kw_only=True, slots=True)
class _Block:
    kind: _Kind
    start: int
    end: int  # without the line's end


@dataclass(frozen=True, kw_only=True, slots=True)
class ContentsEntry:
    """A line of the table of contents. Depth counts from 1."""

    title: str
    depth: int
    anchor: str


def document_html(
    document: Document,
    quote: Span | None = None,
    page_labels: dict[int, str] | None = None,
    page_links: dict[int, str] | None = None,
) -> str:
    """The whole text. Parts of `quote` stand in `<mark class="quote">`, one per block, the first with the id `quote`.

    `page_labels` are shown where a page of that number begins, as links where `page_links` has an address for it.
    """
    labels, links = page_labels or {}, page_links or {}
    pages = {
        _first_sign(document.text, page.start): _page_mark(page.number, labels[page.number], links.get(page.number))
        for page in document.pages
        if page.number in labels
    }
    writer = _Writer(document.text, quote, pages)
    anchors = section_anchors(document.sections)
    return "".join(
        f'<section id="{anchor}">{writer.section(section, document.metadata.title)}</section>'
        for section, anchor in zip(document.sections, anchors, strict=True)
    )


def text_html(text: str, after_first: str = "") -> str:
    """A text without headings as blocks. `after_first` is HTML, put at the end of the first block."""
    return _Writer(text, None, {}, after_first).body(0, len(text))


def contents_of(document: Document) -> list[ContentsEntry]:
    """The table of contents, in order."""
    anchors = section_anchors(document.sections)
    return [
        ContentsEntry(title=section.path[-1], depth=len(section.path), anchor=anchor)
        for section, anchor in zip(document.sections, anchors, strict=True)
        if section.path
    ]


def section_anchor(path: Sequence[str]) -> str:
    """The id of a section's element, from its headings, so that it survives changes elsewhere in the document."""
    return "s-" + sha256("\x00".join(path).encode()).hexdigest()[:10]


def section_anchors(sections: Sequence[Section]) -> list[str]:
    """An id for each section; a path that comes again gets a number."""
    seen: dict[str, int] = {}
    anchors = []
    for section in sections:
        anchor = section_anchor(section.path)
        seen[anchor] = seen.get(anchor, 0) + 1
        anchors.append(anchor if seen[anchor] == 1 else f"{anchor}-{seen[anchor]}")
    return anchors


class _Writer:
    """Writes stretches of one text, each character once and in order."""

    def __init__(self, text: str, quote: Span | None, pages: dict[int, str], after_first: str = "") -> None:
        self._text = text
        self._quote = quote
        self._pages = pages
        self._pending = after_first
        self._marked = False

    def section(self, section: Section, title: str) -> str:
        """The heading lines of a section and its body."""
        return self._headings(section, title) + self.body(section.body_start, section.end)

    def body(self, start: int, end: int) -> str:
        """Blocks with the white space between them."""
        parts = []
        position = start
        blocks = list(_blocks(self._text, start, end))
        for kind, group in groupby(blocks, key=lambda block: block.kind):
            members = list(group)
            parts.append(self._gap(position, members[0].start))
            position = members[-1].end
            parts.append(self._list(members) if kind is _Kind.ITEM else self._each(members))
        parts.append(self._gap(position, end))
        return "".join(parts)

    def _headings(self, section: Section, title: str) -> str:
        parts = []
        lines = [line for line in _LINE.finditer(self._text, section.start, section.body_start) if line.group().strip()]
        position = section.start
        for line in lines:
            stop = line.start() + len(line.group().rstrip())
            hashes = _HASHES.match(self._text, line.start(), stop)
            words = hashes.end() if hashes else line.start()
            level = hashes.group().count("#") if hashes else (len(section.path) + 1 if line is lines[-1] else 1)
            # The page shows the title above the text already.
            hidden = " hidden" if level == 1 and self._text[words:stop] == title else ""
            name = f"h{min(max(level, 2), 6)}"
            parts.append(self._gap(position, line.start()))
            parts.append(f"<{name}{hidden}>{self._run([(line.start(), words, True), (words, stop, False)])}</{name}>")
            position = stop
        parts.append(self._gap(position, section.body_start))
        return "".join(parts)

    def _each(self, blocks: Sequence[_Block]) -> str:
        parts = []
        for index, block in enumerate(blocks):
            if index:
                parts.append(self._gap(blocks[index - 1].end, block.start))
            if block.kind is _Kind.TABLE:
                parts.append(self._table(block))
            else:
                name = "pre" if block.kind is _Kind.CODE else "p"
                parts.append(f"<{name}>{self._run([(block.start, block.end, False)])}{self._take_pending()}</{name}>")
        return "".join(parts)

    def _list(self, items: Sequence[_Block]) -> str:
        signs = [match for item in items if (match := _ITEM.match(self._text, item.start, item.end))]
        bullets = all(not match["sign"][0].isalnum() for match in signs)
        parts = [f'<ul class="{"bullets" if bullets else "counted"}">']
        for index, (item, sign) in enumerate(zip(items, signs, strict=True)):
            if index:
                parts.append(self._gap(items[index - 1].end, item.start))
            parts.append(f"<li>{self._run([(item.start, sign.end(), bullets), (sign.end(), item.end, False)])}")
            parts.append(f"{self._take_pending()}</li>")
        return "".join([*parts, "</ul>"])

    def _table(self, block: _Block) -> str:
        """Rows of cells. The rule below the head and the bars are kept in hidden spans inside cells."""
        lines = list(_LINE.finditer(self._text, block.start, block.end))
        rows = []
        for index, line in enumerate(lines):
            if index == 1:
                continue  # the rule: written at the end of the head
            head = index == 0
            stop = line.start() + len(line.group().rstrip("\n"))
            extra = (stop, lines[1].end(), True) if head and len(lines) > 1 else (stop, line.end(), True)
            rows.append(f"<tr>{self._row(line.start(), stop, extra, 'th' if head else 'td')}</tr>")
        return (
            f'<div class="table" role="region" tabindex="0"><table>{"".join(rows)}</table></div>{self._take_pending()}'
        )

    def _row(self, start: int, stop: int, extra: tuple[int, int, bool], name: str) -> str:
        cells: list[list[tuple[int, int, bool]]] = []
        for cell in _CELL.finditer(self._text, start, stop):
            if cell.end() == cell.start():
                continue
            parts = [(*cell.span("bar"), True), (*cell.span("content"), False)]
            if not cell["content"] and cells:
                cells[-1].extend(parts)  # the closing bar
            else:
                cells.append(parts)
        cells[-1].append(extra)
        scope = ' scope="col"' if name == "th" else ""
        return "".join(f"<{name}{scope}>{self._run(parts)}</{name}>" for parts in cells)

    def _gap(self, start: int, end: int) -> str:
        return escape(self._text[start:end])

    def _take_pending(self) -> str:
        taken, self._pending = self._pending, ""
        return taken

    def _run(self, stretches: Sequence[tuple[int, int, bool]]) -> str:
        """Adjoining stretches (start, end, hidden) of one block; what belongs to the quote in one mark."""
        parts: list[str] = []
        inside = False
        for start, end, hidden in stretches:
            for a, b in self._cut(start, end):
                quoted = self._quote is not None and self._quote.start <= a and b <= self._quote.end
                if quoted and not inside:
                    parts.append(self._open_mark())
                elif inside and not quoted:
                    parts.append("</mark>")
                inside = quoted
                if a in self._pages:
                    parts.append(self._pages[a])
                words = escape(self._text[a:b])
                parts.append(f"<span hidden>{words}</span>" if hidden else words)
        return "".join(parts) + ("</mark>" if inside else "")

    def _open_mark(self) -> str:
        first = "" if self._marked else ' id="quote" tabindex="-1"'
        self._marked = True
        return f'<mark class="quote"{first}>'

    def _cut(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        """The stretch, cut at the quote's ends and where pages begin."""
        quote_ends = (self._quote.start, self._quote.end) if self._quote else ()
        cuts = sorted({start, end, *(c for c in (*quote_ends, *self._pages) if start < c < end)})
        return pairwise(cuts)


def _page_mark(number: int, label: str, link: str | None) -> str:
    """An empty element, whose label is drawn by the style sheet: the text content stays the text."""
    attributes = f'class="page" id="page-{number}" data-label="{escape(label)}"'
    if link is None:
        return f"<span {attributes}></span>"
    return f'<a {attributes} href="{escape(link)}" aria-label="{escape(label)}"></a>'


def _first_sign(text: str, position: int) -> int:
    """The first character that is not white space from a position on."""
    return len(text) - len(text[position:].lstrip())


def _blocks(text: str, start: int, end: int) -> Iterator[_Block]:
    """Paragraphs, list items, tables and fenced code, in order; what lies between them is white space."""
    lines = list(_LINE.finditer(text, start, end))
    index = 0
    while index < len(lines):
        if not lines[index].group().strip():
            index += 1
            continue
        kind, count = _extent(lines, index)
        first, last = lines[index], lines[index + count - 1]
        yield _Block(kind=kind, start=first.start(), end=last.start() + len(last.group().rstrip()))
        index += count


def _extent(lines: Sequence[re.Match[str]], index: int) -> tuple[_Kind, int]:
    """The kind of the block that begins at a line, and how many lines it has."""
    first = lines[index].group()
    following = [line.group() for line in lines[index + 1 :]]
    fence = _FENCE.match(first)
    if fence:
        closing = (i for i, line in enumerate(following) if line.lstrip().startswith(fence[1]))
        return _Kind.CODE, next(closing, len(following) - 1) + 2
    if first.count("|") >= 2 and following and _TABLE_RULE.match(following[0]):
        return _Kind.TABLE, 1 + next((i for i, line in enumerate(following) if not line.strip()), len(following))
    ends = (i for i, line in enumerate(following) if not line.strip() or _ITEM.match(line) or _FENCE.match(line))
    return (_Kind.ITEM if _ITEM.match(first) else _Kind.PARAGRAPH), 1 + next(ends, len(following))
