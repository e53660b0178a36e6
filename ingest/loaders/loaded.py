"""What every loader returns, and the one error that it raises."""

import codecs
from dataclasses import dataclass
from typing import ClassVar, Protocol

from kb.records import Finding, Page, Removal

LONGEST_TEXT = 10_000_000  # characters; the longest statute we know has 1.4 million
# Letters that print sets as one, bullets of symbol fonts, and marks that are not seen.
LIGATURES = str.maketrans(
    {"ﬁ": "fi", "ﬂ": "fl", "ﬀ": "ff", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st", "\uf0b7": "•", "\uf0a7": "▪",
     "\u00ad": "", "\u200b": "", "\ufeff": ""}
)  # fmt: skip


class LoadError(Exception):
    """A file can't be read as its format. The message says why and what to do; `line` counts from 1."""

    def __init__(self, message: str, line: int | None = None) -> None:
        self.line = line
        super().__init__(message)


@dataclass(frozen=True, kw_only=True, slots=True)
class Heading:
    """A heading line `[start, end)` of the text. Level 1 is the outermost."""

    title: str
    level: int
    start: int
    end: int  # after its line break


@dataclass(frozen=True, kw_only=True, slots=True)
class LoadedText:
    """The stored text of a file with what its format tells about structure and layout."""

    text: str
    headings: tuple[Heading, ...] = ()
    pages: tuple[Page, ...] = ()
    removals: tuple[Removal, ...] = ()
    findings: tuple[Finding, ...] = ()  # what an editor should know about the reading; the path is filled in later


class Loader(Protocol):
    """Reads one format."""

    endings: ClassVar[tuple[str, ...]]  # lower case, with the dot
    paged: ClassVar[bool]  # whether its pages can be shown, so that the file is kept beside its text
    sidecar: ClassVar[bool]  # whether metadata stands in NAME.ext.yaml instead of in the file

    def load(self, content: bytes) -> LoadedText:
        """The text of a file. Raises LoadError."""
        ...


def decode_text(content: bytes) -> str:
    """UTF-8 or UTF-16 with a byte-order mark, line ends as '\\n'. Raises LoadError naming the first bad line."""
    encoding = "utf-8-sig"
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding = "utf-16"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise LoadError("this line is not UTF-8 text; save the file as UTF-8", line) from None
    if "\x00" in text:
        line = text.count("\n", 0, text.index("\x00")) + 1
        raise LoadError("this line holds a null character: this is not a text file", line)
    check_length(len(text))
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not text.strip():
        raise LoadError("the file is empty; write it or remove it")
    return text


def check_length(characters: int) -> None:
    """Raises LoadError for more text than one document may hold."""
    if characters > LONGEST_TEXT:
        raise LoadError(f"holds {characters:,} characters of text, more than the {LONGEST_TEXT:,} allowed; split it")
