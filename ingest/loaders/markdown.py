"""Markdown: the stored text is the file after its front matter, unchanged; headings are those of CommonMark."""

import re
from typing import ClassVar

from ingest.loaders.loaded import Heading, LoadedText, decode_text

_LINE = re.compile(r"[^\n]*\n|[^\n]+\Z")
_HASHES = re.compile(r" {0,3}(?P<level>#{1,6})[ \t]+(?P<title>\S.*)")
_CLOSING = re.compile(r"[ \t]+#+[ \t]*$")
_UNDERLINE = re.compile(r" {0,3}(=+|-{2,})[ \t]*")
_FENCE = re.compile(r" {0,3}(?P<fence>`{3,}|~{3,})(?P<rest>[^\n]*)")
_NO_PARAGRAPH = re.compile(r"[ \t]*(?:[-*+>|#]|\d{1,9}[.)]\s|$)|    ")


class MarkdownLoader:
    """Reads .md files. Front matter must have been taken off."""

    endings: ClassVar[tuple[str, ...]] = (".md", ".markdown")
    paged: ClassVar[bool] = False
    sidecar: ClassVar[bool] = False

    def load(self, content: bytes) -> LoadedText:
        """The text with its headings. Raises LoadError for what isn't UTF-8 text."""
        text = decode_text(content)
        return LoadedText(text=text, headings=find_headings(text))


def find_headings(text: str) -> tuple[Heading, ...]:
    """Headings with hashes or underlined, outside fenced code, in order."""
    headings: list[Heading] = []
    fence = ""  # of the code block that is open
    alone: re.Match[str] | None = None  # a line of prose after a blank one, which an underline makes a heading
    blank = True
    for line in _LINE.finditer(text):
        content = line.group().rstrip("\n")
        fence, in_code = _fence_after(fence, content)
        hashes = None if in_code else _HASHES.fullmatch(content)
        if hashes:
            title = _CLOSING.sub("", hashes["title"]).strip()
            headings.append(Heading(title=title, level=len(hashes["level"]), start=line.start(), end=line.end()))
        elif alone is not None and not in_code and (mark := _UNDERLINE.fullmatch(content)):
            level = 1 if mark[1].startswith("=") else 2
            title = alone.group().strip()
            headings.append(Heading(title=title, level=level, start=alone.start(), end=line.end()))
        alone = line if blank and not in_code and not _NO_PARAGRAPH.match(content) else None
        blank = not content.strip() or bool(hashes)
    return tuple(headings)


def _fence_after(fence: str, line: str) -> tuple[str, bool]:
    """The fence that is open after a line, and whether the line belongs to code. A block ends at a fence as long."""
    mark = _FENCE.fullmatch(line)
    if not fence:
        opens = mark is not None and not (mark["fence"][0] == "`" and "`" in mark["rest"])
        return (mark["fence"] if opens and mark else ""), opens
    closes = mark is not None and mark["fence"].startswith(fence) and not mark["rest"].strip()
    return ("" if closes else fence), True
