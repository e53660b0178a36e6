"""DOCX, Word's format: headings by style, numbered and bulleted lists with their markers, tables with their header.

Text that a reader sees is kept: insertions, content controls, text boxes and footnotes too. Deleted text, comments and
running heads are not.
"""

import io
import re
import zipfile
from collections import defaultdict
from collections.abc import Iterator
from typing import Any, ClassVar

import docx
from docx.oxml.ns import qn

from ingest.loaders.blocks import Block, Kind, table_block, write_blocks
from ingest.loaders.loaded import LIGATURES, LoadedText, LoadError
from kb.records import Removal

_LARGEST = 200_000_000  # bytes of all parts, unpacked
_LARGEST_XML = 60_000_000  # bytes of one part that is parsed
_MOST_PARTS = 5_000
_OLE = b"\xd0\xcf\x11\xe0"  # of old Word files, and of encrypted new ones
_NOT_SHOWN = frozenset(map(qn, ("w:del", "w:moveFrom", "w:instrText", "w:pPr", "w:rPr", "w:delText")))
_MC_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_BREAKS = {qn("w:tab"): " ", qn("w:br"): "\n", qn("w:cr"): "\n", qn("w:noBreakHyphen"): "-", qn("w:softHyphen"): ""}
_ROMAN = ((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"), (10, "x"),
          (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))  # fmt: skip


class DocxLoader:
    """Reads .docx files."""

    endings: ClassVar[tuple[str, ...]] = (".docx",)
    paged: ClassVar[bool] = False
    sidecar: ClassVar[bool] = True

    def load(self, content: bytes) -> LoadedText:
        """The document's text. Raises LoadError for other formats, damaged files and those that unpack without end."""
        try:
            _check_package(content)
            document = docx.Document(io.BytesIO(content))
            reading = _Reading(document)
            blocks = list(reading.blocks(document.element.body))
            removals = list(_running_lines(document))
        except (LoadError, MemoryError):
            raise
        except (
            Exception
        ) as error:  # one flipped byte brings errors of zlib, zipfile, lxml and python-docx of many kinds
            reason = " ".join(str(error).split()) or type(error).__name__
            raise LoadError(f"not a readable Word file ({reason}); open it in Word and save it again") from error
        return write_blocks(blocks, removals)


def _check_package(content: bytes) -> None:
    """Refuse what is no package, would fill the memory, or brings entities of its own."""
    if content.startswith(_OLE):
        raise LoadError("is protected by a password, or of Word before 2007; save it as .docx without a password")
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        parts = package.infolist()
        if len(parts) > _MOST_PARTS or sum(part.file_size for part in parts) > _LARGEST:
            raise LoadError(f"unpacks to more than {_LARGEST // 1_000_000} MB or {_MOST_PARTS:,} parts; it is left out")
        for part in parts:
            if ".." in part.filename.split("/") or part.filename.startswith("/"):
                raise LoadError(f"holds a part that leads out of the file ({part.filename!r}); it is left out")
            if part.filename.endswith((".xml", ".rels")):
                _check_xml(package, part)


def _check_xml(package: zipfile.ZipFile, part: zipfile.ZipInfo) -> None:
    if part.file_size > _LARGEST_XML:
        raise LoadError(f"{part.filename} unpacks to more than {_LARGEST_XML // 1_000_000} MB; split the document")
    start = package.read(part)[:65_536].replace(b"\x00", b"")  # of UTF-16 too
    if b"<!DOCTYPE" in start or b"<!ENTITY" in start:
        raise LoadError(f"{part.filename} declares entities, as no Word file does; it is left out")


class _Reading:
    """One document while its blocks are made: its styles, and how far each list has counted."""

    def __init__(self, document: Any) -> None:
        self.styles = {style.style_id: style for style in document.styles}
        self.numbering = _numbering_of(document)
        self.counts: dict[str, dict[int, int]] = defaultdict(dict)
        self.notes = _footnotes_of(document)
        self.titled = False  # whether a title stands above the headings

    def blocks(self, element: Any) -> Iterator[Block]:
        """Blocks below an element, in order."""
        for child in element:
            if child.tag == qn("w:p"):
                yield from self._paragraph(child)
            elif child.tag == qn("w:tbl"):
                yield from self._table(child)
            elif child.tag in {qn("w:sdt"), qn("w:sdtContent"), qn("w:customXml"), qn("w:ins"), qn("w:moveTo")}:
                yield from self.blocks(child)

    def _paragraph(self, element: Any) -> Iterator[Block]:
        text = _text_of(element)
        if text:
            level = self._heading_level(element)
            marker, depth = self._marker(element)
            one_line = " ".join(text.split())
            if level is not None:
                yield Block(kind=Kind.HEADING, text=f"{marker} {one_line}".strip(), level=level)
            elif marker:
                yield Block(kind=Kind.ITEM, text=f"{marker} {one_line}", level=depth)
            else:
                yield Block(kind=Kind.PARAGRAPH, text=text)
        for box in element.iter(qn("w:txbxContent")):
            if not any(ancestor.tag == _MC_FALLBACK for ancestor in box.iterancestors()):
                yield from self.blocks(box)
        for reference in element.iter(qn("w:footnoteReference")):
            note = self.notes.get(reference.get(qn("w:id")))
            if note:
                yield Block(kind=Kind.PARAGRAPH, text=f"[{reference.get(qn('w:id'))}] {note}")

    def _table(self, element: Any) -> Iterator[Block]:
        rows = [list(self._cells(row)) for row in element.iter(qn("w:tr")) if _table_of(row) is element]
        nested = [table for table in element.iter(qn("w:tbl")) if table is not element]
        if (table := table_block(rows)) is not None:
            yield table
        for inner in nested:
            if _table_of(inner.getparent()) is element:
                yield from self._table(inner)

    def _cells(self, row: Any) -> Iterator[str]:
        for cell in row:
            cells = cell.iter(qn("w:tc")) if cell.tag == qn("w:sdt") else [cell] if cell.tag == qn("w:tc") else []
            for each in cells:
                paragraphs = [child for child in each.iter(qn("w:p")) if _table_of(child) is _table_of(row)]
                text = " ".join(filter(None, map(_text_of, paragraphs)))
                span = each.find(f"{qn('w:tcPr')}/{qn('w:gridSpan')}")
                across = int(span.get(qn("w:val"))) if span is not None else 1
                yield from [text] * min(max(across, 1), 50)

    def _style_of(self, element: Any) -> Iterator[Any]:
        """The style of a paragraph and those that it builds upon, nearest first."""
        value = element.find(f"{qn('w:pPr')}/{qn('w:pStyle')}")
        style = self.styles.get(value.get(qn("w:val"))) if value is not None else None
        for _ in range(20):
            if style is None:
                return
            yield style
            style = style.base_style

    def _heading_level(self, element: Any) -> int | None:
        """From the outline level of the paragraph or its style, or the style's name; the title counts as 1."""
        own = element.find(f"{qn('w:pPr')}/{qn('w:outlineLvl')}")
        levels = [own] if own is not None else []
        for style in self._style_of(element):
            if style.name == "Title":
                self.titled = True
                return 1
            levels += style.element.xpath("w:pPr/w:outlineLvl")
        if not levels:
            return None
        level = int(levels[0].get(qn("w:val")))
        return min(level + 1 + self.titled, 6) if level < 9 else None

    def _marker(self, element: Any) -> tuple[str, int]:
        """What stands before a list item, such as "-", "2." or "b)", and its depth from 0; "" for other paragraphs."""
        pointers = element.xpath("w:pPr/w:numPr")
        shift = 0  # of the styles "List Bullet 2" and so on, which are lists of their own
        for style in self._style_of(element):
            pointers += style.element.xpath("w:pPr/w:numPr")
            further = re.fullmatch(r"List \w+ ([2-9])", style.name or "")
            shift = int(further[1]) - 1 if further else shift
        numbers = [found.get(qn("w:val")) for pointer in pointers for found in pointer.findall(qn("w:numId"))][:1]
        if not numbers or numbers[0] == "0":
            return "", 0
        depths = [found.get(qn("w:val")) for pointer in pointers for found in pointer.findall(qn("w:ilvl"))][:1]
        depth = min(int(depths[0]), 8) if depths else 0
        levels = self.numbering.get(numbers[0], {})
        kind, pattern, start = levels.get(depth, ("bullet", "", 1))
        if kind in {"bullet", "none"}:
            return "-", depth + shift
        counts = self.counts[numbers[0]]
        counts[depth] = counts.get(depth, start - 1) + 1
        for deeper in [key for key in counts if key > depth]:
            del counts[deeper]
        marker = pattern
        for level in range(depth + 1):
            level_kind, _, first = levels.get(level, ("decimal", "", 1))
            marker = marker.replace(f"%{level + 1}", _numeral(counts.get(level, first), level_kind))
        return marker.strip() or "-", depth + shift


def _text_of(paragraph: Any) -> str:
    """What is shown of a paragraph on its lines, white space normalised."""
    parts: list[str] = []

    def walk(element: Any) -> None:
        for child in element:
            if child.tag == qn("w:t"):
                parts.append(child.text or "")
            elif child.tag in _BREAKS:
                parts.append(_BREAKS[child.tag])
            elif child.tag not in _NOT_SHOWN and child.tag not in {_MC_FALLBACK, qn("w:txbxContent")}:
                walk(child)

    walk(paragraph)
    lines = (" ".join(line.split()) for line in "".join(parts).translate(LIGATURES).split("\n"))
    return "\n".join(line for line in lines if line)


def _table_of(element: Any) -> Any:
    return next((ancestor for ancestor in element.iterancestors() if ancestor.tag == qn("w:tbl")), None)


def _numbering_of(document: Any) -> dict[str, dict[int, tuple[str, str, int]]]:
    """By list and depth: the kind of numeral, the marker's pattern such as "%1.", and the first number."""
    try:
        element = document.part.numbering_part.element
    except (KeyError, NotImplementedError):
        return {}
    abstract = {
        found.get(qn("w:abstractNumId")): {
            int(level.get(qn("w:ilvl"))): _level_of(level) for level in found.findall(qn("w:lvl"))
        }
        for found in element.findall(qn("w:abstractNum"))
    }
    lists = {}
    for number in element.findall(qn("w:num")):
        pointer = number.find(qn("w:abstractNumId"))
        lists[number.get(qn("w:numId"))] = abstract.get(pointer.get(qn("w:val")), {}) if pointer is not None else {}
    return lists


def _level_of(level: Any) -> tuple[str, str, int]:
    def value(name: str, default: str) -> str:
        found = level.find(qn(name))
        return default if found is None else found.get(qn("w:val")) or default

    start = value("w:start", "1")
    return value("w:numFmt", "decimal"), value("w:lvlText", ""), int(start) if start.isdigit() else 1


def _numeral(number: int, kind: str) -> str:
    if kind in {"lowerLetter", "upperLetter"} and number >= 1:
        letter = chr(ord("a") + (number - 1) % 26) * ((number - 1) // 26 + 1)
        return letter.upper() if kind == "upperLetter" else letter
    if kind in {"lowerRoman", "upperRoman"} and 0 < number < 4000:
        numeral = ""
        for value, sign in _ROMAN:
            numeral += sign * (number // value)
            number %= value
        return numeral.upper() if kind == "upperRoman" else numeral
    return str(number)


def _footnotes_of(document: Any) -> dict[str, str]:
    """Text by id, without the separators that Word keeps among them."""
    part = next((rel.target_part for rel in document.part.rels.values() if rel.reltype.endswith("/footnotes")), None)
    if part is None:
        return {}
    notes = docx.oxml.parse_xml(part.blob).findall(qn("w:footnote"))
    return {
        note.get(qn("w:id")): " ".join(filter(None, (" ".join(_text_of(p).split()) for p in note.iter(qn("w:p")))))
        for note in notes
        if note.get(qn("w:type")) is None
    }


def _running_lines(document: Any) -> Iterator[Removal]:
    """The heads and feet of pages, each once."""
    seen: set[str] = set()
    for section in document.sections:
        for edge in (section.header, section.footer, section.first_page_header, section.first_page_footer):
            lines = [] if edge.is_linked_to_previous else [paragraph.text.strip() for paragraph in edge.paragraphs]
            text = "\n".join(filter(None, lines))
            if text and text not in seen:
                seen.add(text)
                yield Removal(text=text, reason="running head, foot or page number")
