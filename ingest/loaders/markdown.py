"""Markdown: the stored text is the file after its front matter, unchanged; headings are `#` lines outside code."""

import re
from typing import ClassVar

from ingest.loaders.loaded import Heading, LoadedText, decode_text

_LINE = re.compile(r"[^\n]*\n|[^\n]+\Z")
_HEADING = re.compile(r"(#{1,6})[ \t]+(.+?)[ \t]*#*[ \t]*\Z")


class MarkdownLoader:
    """Reads .md files. Front matter must have been taken off."""

    endings: ClassVar[tuple[str, ...]] = (".md", ".markdown")
    sidecar: ClassVar[bool] = False

    def load(self, content: bytes) -> LoadedText:
        """The text with its headings. Raises LoadError for what isn't UTF-8 text."""
        text = decode_text(content)
        return LoadedText(text=text, headings=find_headings(text))


def find_headings(text: str) -> tuple[Heading, ...]:
    """ATX headings outside fenced code, in order."""
    headings = []
    fenced = False
    for line in _LINE.finditer(text):
        content = line.group().rstrip("\n")
        if content.lstrip().startswith(("```", "~~~")):
            fenced = not fenced
        match = None if fenced else _HEADING.fullmatch(content)
        if match:
            headings.append(
                Heading(title=match.group(2).strip(), level=len(match.group(1)), start=line.start(), end=line.end())
            )
    return tuple(headings)
