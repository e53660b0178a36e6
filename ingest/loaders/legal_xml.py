"""Legal XML in the Akoma Ntoso vocabulary (OASIS LegalDocML): containers with a number, a heading and paragraphs."""

import io
import re
from dataclasses import dataclass, field
from typing import ClassVar
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import iterparse

from ingest.loaders.legal_text import TextBuilder
from ingest.loaders.loaded import LoadedText, LoadError

_DEEPEST = 200  # elements within each other; laws have some fifteen
_MOST_ELEMENTS = 2_000_000
_TEXT = frozenset({"p", "docTitle", "block", "listIntroduction", "listWrapUp"})
_LABELS = frozenset({"num", "heading", "subheading"})
_GROUPS = frozenset({"book", "part", "subpart", "title", "subtitle", "chapter", "subchapter", "division"})


class LegalXmlLoader:
    """Reads .xml and .akn files."""

    endings: ClassVar[tuple[str, ...]] = (".xml", ".akn")
    paged: ClassVar[bool] = False
    sidecar: ClassVar[bool] = True

    def load(self, content: bytes) -> LoadedText:
        """The law's text, a paragraph a block. Raises LoadError, also for entities, which could stand for anything."""
        reading = _Reading()
        try:
            for event, element in iterparse(io.BytesIO(content), events=("start", "end"), forbid_dtd=True):
                reading.take(event, element)
        except DefusedXmlException as error:
            raise LoadError(
                "the XML declares a document type or entities, which are not read; save it without"
            ) from error
        except ParseError as error:
            raise LoadError(f"not well-formed XML: {error}; mend it", error.position[0]) from error
        except (LookupError, ValueError) as error:  # an encoding that isn't known
            raise LoadError(f"the XML can't be read ({error}); save it as UTF-8") from error
        return reading.builder.cleaned("the XML holds no text of a law; is it another vocabulary than Akoma Ntoso?")


@dataclass(kw_only=True, slots=True)
class _Reading:
    """The state of one pass over a file: the open elements, and a number that waits for its text."""

    builder: TextBuilder = field(default_factory=TextBuilder)
    path: list[str] = field(default_factory=list)
    count: int = 0
    label: str = ""

    def take(self, event: str, element: Element) -> None:
        name = element.tag.rsplit("}", 1)[-1]
        if event == "start":
            self._open(name)
            if name == "FRBRuri" and self.path[-2:] == ["FRBRWork", name]:
                self.builder.short_title = element.get("value", "").rstrip("/").rsplit("/", 1)[-1].upper()
            return
        self.path.pop()
        if name in _LABELS:
            self.label = " ".join(filter(None, (self.label, _flat(element))))
        elif name in _TEXT and not (_TEXT | _LABELS) & set(self.path):
            self._paragraph(element)
        elif name in _GROUPS | {"article", "section"}:
            self._flush()
        if not (_TEXT | _LABELS) & set(self.path):
            element.clear()

    def _open(self, name: str) -> None:
        if not self.path and name != "akomaNtoso":
            raise LoadError(
                f"the XML is of another vocabulary (<{name}>) than Akoma Ntoso; convert it to that, or to text"
            )
        if self.label and name not in _LABELS and self.path and self.path[-1] in _GROUPS:
            self._flush()
        self.path.append(name)
        self.count += 1
        if len(self.path) > _DEEPEST or self.count > _MOST_ELEMENTS:
            raise LoadError(
                f"the XML nests more than {_DEEPEST} or holds more than {_MOST_ELEMENTS:,} elements; split it"
            )

    def _flush(self) -> None:
        """A number or heading without text of its own is a line by itself."""
        if self.label:
            self.builder.heading(self.label, 1 + sum(name in _GROUPS for name in self.path))
        self.label = ""

    def _paragraph(self, element: Element) -> None:
        text = "\n".join(line for line in (" ".join(line.split()) for line in _text(element).split("\n")) if line)
        if self.label and _same_start(self.label, text):
            self.builder.leave_out(self.label, "number repeated by the text that follows")
        elif self.label:
            text = f"{self.label} {text}"
        self.label = ""
        if text:
            self.builder.paragraph(text)


def _text(element: Element) -> str:
    return "".join(element.itertext())


def _flat(element: Element) -> str:
    return " ".join(_text(element).split())


def _same_start(label: str, text: str) -> bool:
    """Whether a paragraph begins with the number that stands before it in an element of its own."""
    return _letters(text[: len(label) + 8]).startswith(_letters(label))


def _letters(text: str) -> str:
    return re.sub(r"[\W_]+", "", text).lower()


__all__ = ["LegalXmlLoader"]
