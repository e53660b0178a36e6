"""Plain text: paragraphs between blank lines; a short line alone without a closing mark is a heading."""

import re
from typing import ClassVar

from ingest.loaders.loaded import Heading, LoadedText, decode_text

_LONGEST_HEADING = 110
_BLOCK = re.compile(r"[^\n]+(?:\n(?!\s*\n)[^\n]+)*")
_NUMBERED = re.compile(r"\d{1,2}[.)]\s+\S")
_BULLET = re.compile(r"\s*(?:[-*•·◦▪–]|\d{1,2}[.)]|[a-z]\))\s+")


class TextLoader:
    """Reads .txt files."""

    endings: ClassVar[tuple[str, ...]] = (".txt",)
    paged: ClassVar[bool] = False
    sidecar: ClassVar[bool] = True

    def load(self, content: bytes) -> LoadedText:
        """The text with the headings that its layout shows. Raises LoadError."""
        text = decode_text(content)
        return LoadedText(text=text, headings=find_layout_headings(text))


def find_layout_headings(text: str) -> tuple[Heading, ...]:
    """Lines that stand alone, are short, don't end like a sentence and are followed by text."""
    blocks = list(_BLOCK.finditer(text))
    headings: list[Heading] = []
    for index, block in enumerate(blocks):
        line = block.group().strip()
        if not _looks_like_heading(line) or index + 1 == len(blocks):
            continue
        title = re.sub(r"^\d{1,2}[.)]\s+", "", line)
        end = min(len(text), block.end() + 1)
        headings.append(Heading(title=title, level=1 if not headings else 2, start=block.start(), end=end))
    return tuple(headings)


def _looks_like_heading(line: str) -> bool:
    if "\n" in line or not 3 <= len(line) <= _LONGEST_HEADING or line[-1] in '.,;:…)”"':
        return False
    if _BULLET.match(line) and not _NUMBERED.match(line):
        return False
    words = line.split()
    return (
        len(words) <= 16
        and any(character.isalpha() for character in line)
        and (line[0].isupper() or line[0].isdigit() or line[0] in "¿¡")
    )
