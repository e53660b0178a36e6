"""The XML of the Electronic Code of Federal Regulations: DIV elements with a heading and flat paragraphs.

Described in the Government Publishing Office's "e-CFR XML User Guide": DIV5 is a part, DIV6 a subpart, DIV7 a group of
sections, DIV8 a section, DIV9 an appendix. Paragraphs don't nest: "(a)", "(1)" stand at the head of their text.
"""

import io
from collections.abc import Iterator
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import iterparse

from ingest.loaders.loaded import Heading, LoadedText, LoadError
from kb.records import Removal

ROOTS = frozenset({"ECFR", "DLPSTEXTCLASS", *(f"DIV{level}" for level in range(1, 10))})
_DEEPEST = 100  # elements within each other; a part has some eight
_MOST_ELEMENTS = 2_000_000
_LEVELS = {"DIV5": 1, "DIV6": 2, "DIV7": 3, "DIV8": 4, "DIV9": 3}
_NESTING = frozenset({*_LEVELS, "P", "FP", "TABLE", "GPOTABLE", "HEAD"})  # what stands in a block of its own
_EDITORIAL = {
    "AUTH": "authority of the part, not regulation text",
    "SOURCE": "note on the source, not regulation text",
    "CITA": "history of amendments, not regulation text",
    "SECAUTH": "authority of the section, not regulation text",
    "EDNOTE": "note of the editors, not regulation text",
    "EFFDNOT": "note of the editors, not regulation text",
    "APPRO": "approval of forms, not regulation text",
    "XREF": "reference of the editors, not regulation text",
    "FTNT": "footnote",
}


def load_ecfr(content: bytes) -> LoadedText:
    """Headings and paragraphs, one a block. Raises LoadError, also for declared entities."""
    try:
        root = _parsed(content)
    except DefusedXmlException as error:
        raise LoadError("the XML declares a document type or entities, which are not read; save it without") from error
    except ParseError as error:
        raise LoadError(f"not well-formed XML: {error}; download it again", error.position[0]) from error
    except (LookupError, ValueError) as error:  # an encoding that isn't known
        raise LoadError(f"the XML can't be read ({error}); save it as UTF-8") from error
    reading = _Reading()
    reading.division(root)
    if not reading.length or not reading.paragraphs:
        raise LoadError("the XML holds no paragraph of a regulation; download it again")
    return LoadedText(text="".join(reading.parts), headings=tuple(reading.headings), removals=tuple(reading.removals))


def root_of(content: bytes) -> str:
    """The name of the outermost element, without its namespace; "" where there is none that can be read."""
    try:
        for _, element in iterparse(io.BytesIO(content), events=("start",), forbid_dtd=True):
            return str(element.tag).rsplit("}", 1)[-1]
    except (DefusedXmlException, ParseError, LookupError, ValueError):
        pass  # the loader that is chosen says what is wrong
    return ""


def _parsed(content: bytes) -> Element:
    depth = count = 0
    root: Element | None = None
    for event, element in iterparse(io.BytesIO(content), events=("start", "end"), forbid_dtd=True):
        root = element if root is None else root
        depth += 1 if event == "start" else -1
        count += event == "start"
        if depth > _DEEPEST or count > _MOST_ELEMENTS:
            raise LoadError(
                f"the XML nests more than {_DEEPEST} or holds more than {_MOST_ELEMENTS:,} elements; split it"
            )
    if root is None:
        raise LoadError("the XML holds no element; download it again")
    return root


class _Reading:
    """The text so far, with its headings and what was left out."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.headings: list[Heading] = []
        self.removals: list[Removal] = []
        self.length = 0
        self.paragraphs = 0

    def division(self, element: Element) -> None:
        """A division's own heading and paragraphs, then what is in it."""
        level = _LEVELS.get(element.tag)
        for child in element:
            if child.tag == "HEAD" and level is not None:
                self._heading(_flat(child), level)
            elif child.tag in _EDITORIAL:
                self.removals.append(Removal(text=_flat(child), reason=_EDITORIAL[child.tag]))
            elif child.tag in {"TABLE", "GPOTABLE"}:
                self._paragraph("\n".join(_rows(child)))
            elif child.tag in {"HEAD", "HEADER"}:
                continue
            elif any(inner.tag in _NESTING for inner in child.iter() if inner is not child):
                self.division(child)
            else:
                self._paragraph(_flat(child))

    def _heading(self, title: str, level: int) -> None:
        start = self._add(title)
        if title:
            self.headings.append(Heading(title=title, level=level, start=start, end=start + len(title) + 1))

    def _paragraph(self, text: str) -> None:
        self._add(text)
        self.paragraphs += bool(text)

    def _add(self, block: str) -> int:
        """Where the block begins."""
        if block:
            between = "\n" if self.parts else ""
            self.parts.append(f"{between}{block}\n")
            self.length += len(between) + len(block) + 1
        return self.length - len(block) - 1


def _flat(element: Element) -> str:
    return " ".join("".join(element.itertext()).split())


def _rows(table: Element) -> Iterator[str]:
    """A Markdown table, which keeps each cell beside its header."""
    rows = [
        [_flat(cell).replace("|", "/") for cell in row if cell.tag in {"TD", "TH", "ENT", "CHED"}]
        for row in table.iter()
        if row.tag in {"TR", "ROW", "BOXHD"}
    ]
    rows = [row for row in rows if any(row)]
    for number, row in enumerate(rows):
        yield "| " + " | ".join(row) + " |"
        if number == 0:
            yield "|" + " --- |" * len(row)
