"""The printed lines of a PDF, read by PDFium in a process of its own, run as a script.

A damaged or hostile file can make native code crash, loop or fill the memory; here it ends only this process. Reads the
PDF from standard input and writes JSON to standard output: `{"error": code}`, or `{"pages": [...]}` where a page has
`width`, `height`, `scanned` and `lines`. With page numbers as arguments, from 1, it reads just these, by text
recognition, and each has a `confidence`. Imports nothing of ours, so that it starts at once.
"""

import ctypes
import json
import re
import resource
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import pypdfium2
import pypdfium2.raw as pdfium

MEMORY = 3 << 30  # bytes of address space
MOST_PAGES = 5_000
MOST_CHARACTERS = 10_000_000
_LANGUAGES = ("eng", "spa")  # as Tesseract calls them
_RESOLUTION = 300  # dots per inch, what Tesseract is made for
_SECONDS_A_PAGE = 60
_SCALE = 64  # PDFium maps to whole pixels: this many to a point
_BREAKS = frozenset({10, 13})
_HYPHENS = frozenset({0x2, 0xFFFE})  # how PDFium marks the hyphen of a word that goes on in the next line
_COLUMN_GAP = 1.8  # times the size of the letters: what no space between words reaches, even in justified lines
_PRINTED_SPACE = 32
_EDGES = ("left", "top", "right", "bottom")
# What hangs before an item, set off by a wide gap: "VII.", "a)", "(iii)", a bullet.
_MARKER = re.compile(
    r"\s*(?:\(?[IVXLCDM]{1,8}|\(?\d{1,3}|\(?[ivxl]{1,6}|\(?[A-Za-z])(?: (?:Bis|Ter|Qu[aá]ter))?[.)-]+\s*|\W\s*"
)


def main() -> None:
    """Read standard input, write standard output."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    json.dump(read(sys.stdin.buffer.read(), [int(number) for number in sys.argv[1:]]), sys.stdout)


def read(content: bytes, recognise: Sequence[int] = ()) -> dict[str, Any]:
    """What standard output gets."""
    try:
        document = pypdfium2.PdfDocument(content)
        count = len(document)
        if recognise:
            return {"pages": [_recognise_page(document[number - 1]) for number in recognise]}
        if count > MOST_PAGES:
            return {"error": "pages"}
        return {"pages": list(_read_pages(document))}
    except pypdfium2.PdfiumError as error:
        return {"error": "password" if "password" in str(error).lower() else "broken"}
    except MemoryError:
        return {"error": "memory"}
    except _TooLongError:
        return {"error": "text"}


class _TooLongError(Exception):
    """More text than a document may hold."""


def _read_pages(document: pypdfium2.PdfDocument) -> Iterator[dict[str, Any]]:
    characters = 0
    for number in range(len(document)):
        page = _read_page(document[number])
        characters += sum(len(line["text"]) for line in page["lines"])
        if characters > MOST_CHARACTERS:
            raise _TooLongError
        yield page


def _read_page(page: pypdfium2.PdfPage) -> dict[str, Any]:
    width, height = page.get_size()
    textpage = page.get_textpage()
    lines = [line for letters in _lines_of(textpage) for part in _columns(letters) if (line := _line(page, part))]
    scanned = not lines and any(True for _ in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_IMAGE], max_depth=3))
    textpage.close()
    page.close()
    return {"width": round(width, 2), "height": round(height, 2), "scanned": scanned, "lines": lines}


def _recognise_page(page: pypdfium2.PdfPage) -> dict[str, Any]:
    """The lines that Tesseract sees on a picture of the page."""
    import pytesseract  # noqa: PLC0415  # brings the picture library, which only scans need

    width, height = page.get_size()
    scale = min(_RESOLUTION / 72, 10_000 / max(width, height))
    picture = page.render(scale=scale, grayscale=True).to_pil()
    known = [language for language in _LANGUAGES if language in pytesseract.get_languages()]
    words = pytesseract.image_to_data(
        picture, lang="+".join(known), timeout=_SECONDS_A_PAGE, output_type=pytesseract.Output.DICT
    )
    seen = [index for index, text in enumerate(words["text"]) if text.strip() and float(words["conf"][index]) >= 0]
    by_line: dict[tuple[int, int, int], list[int]] = {}
    for index in seen:
        by_line.setdefault((words["block_num"][index], words["par_num"][index], words["line_num"][index]), []).append(
            index
        )
    lines = [_recognised_line(words, indexes, scale) for indexes in by_line.values()]
    letters = sum(len(words["text"][index]) for index in seen)
    sure = sum(float(words["conf"][index]) * len(words["text"][index]) for index in seen)
    confidence = round(sure / letters / 100, 3) if letters else 0.0
    size = {"width": round(width, 2), "height": round(height, 2)}
    return {**size, "scanned": True, "lines": lines, "confidence": confidence}


def _recognised_line(words: dict[str, list[Any]], indexes: list[int], scale: float) -> dict[str, Any]:
    left, top = min(words["left"][i] for i in indexes), min(words["top"][i] for i in indexes)
    right = max(words["left"][i] + words["width"][i] for i in indexes)
    bottom = max(words["top"][i] + words["height"][i] for i in indexes)
    edges = {name: round(value / scale, 2) for name, value in zip(_EDGES, (left, top, right, bottom), strict=True)}
    # Sizes that differ by what letters a line has would look like headings: one size for all.
    return {"text": " ".join(words["text"][i] for i in indexes), "size": 10.0, "bold": False, **edges}


class _Letter:
    """One character: its box in the page's own coordinates, size in points."""

    __slots__ = ("bold", "bottom", "left", "right", "size", "text", "top")

    def __init__(self, text: str, box: pdfium.FS_RECTF | None, size: float, bold: bool) -> None:
        self.text, self.size, self.bold = text, size, bold
        self.left: float = box.left if box else 0.0
        self.top: float = box.top if box else 0.0
        self.right: float = box.right if box else 0.0
        self.bottom: float = box.bottom if box else 0.0


def _lines_of(textpage: pypdfium2.PdfTextPage) -> list[list[_Letter]]:
    """Letters by line, in the order of the file. Spaces that PDFium found missing have no box."""
    raw, box, matrix = textpage.raw, pdfium.FS_RECTF(), pdfium.FS_MATRIX()
    lines: list[list[_Letter]] = [[]]
    size, bold, word_begins = 0.0, False, True
    for index in range(pdfium.FPDFText_CountChars(raw)):
        code = pdfium.FPDFText_GetUnicode(raw, index)
        if code in _BREAKS:
            lines.append([])
            word_begins = True
        elif pdfium.FPDFText_IsGenerated(raw, index) == 1 or (code <= _PRINTED_SPACE and code not in _HYPHENS):
            lines[-1].append(_Letter(" ", None, size, bold))
            word_begins = True
        elif pdfium.FPDFText_GetLooseCharBox(raw, index, box):
            if word_begins:
                size, bold, word_begins = _size(raw, index, matrix), _is_bold(raw, index), False
            lines[-1].append(_Letter("-" if code in _HYPHENS else _character(code), box, size, bold))
            if code in _HYPHENS:
                lines.append([])
                word_begins = True
    return lines


def _character(code: int) -> str:
    return "�" if 0xD800 <= code < 0xE000 or code > 0x10FFFF else chr(code)


def _size(raw: Any, index: int, matrix: pdfium.FS_MATRIX) -> float:
    size: float = pdfium.FPDFText_GetFontSize(raw, index)
    if pdfium.FPDFText_GetMatrix(raw, index, matrix):
        size *= abs(matrix.d) or abs(matrix.b) or 1.0
    return round(size, 1)


def _is_bold(raw: Any, index: int) -> bool:
    name = ctypes.create_string_buffer(128)
    pdfium.FPDFText_GetFontInfo(raw, index, name, len(name), ctypes.c_int())
    return pdfium.FPDFText_GetFontWeight(raw, index) >= 600 or any(w in name.value.lower() for w in (b"bold", b"black"))


def _columns(letters: list[_Letter]) -> list[list[_Letter]]:
    """A line cut where a gap is too wide for a space: cells of a table, columns set line by line."""
    parts: list[list[_Letter]] = [[]]
    last: _Letter | None = None
    for letter in letters:
        if letter.text != " ":
            gap = 0.0 if last is None else max(letter.left - last.right, last.left - letter.right)
            wide = last is not None and gap > _COLUMN_GAP * max(letter.size, last.size)
            if wide and not _MARKER.fullmatch("".join(letter.text for letter in parts[-1])):
                parts.append([])
            last = letter
        parts[-1].append(letter)
    return parts


def _line(page: pypdfium2.PdfPage, letters: list[_Letter]) -> dict[str, Any] | None:
    printed = [letter for letter in letters if letter.text != " "]
    if not printed:
        return None
    left, top = _on_page(page, min(letter.left for letter in printed), max(letter.top for letter in printed))
    right, bottom = _on_page(page, max(letter.right for letter in printed), min(letter.bottom for letter in printed))
    return {
        "text": "".join(letter.text for letter in letters),
        "size": Counter(letter.size for letter in printed).most_common(1)[0][0],
        "bold": all(letter.bold for letter in printed),
        "left": min(left, right),
        "top": min(top, bottom),
        "right": max(left, right),
        "bottom": max(top, bottom),
    }


def _on_page(page: pypdfium2.PdfPage, x: float, y: float) -> tuple[float, float]:
    """Points from the upper left corner of the page as it is shown: turned and cropped."""
    width, height = page.get_size()
    across, down = ctypes.c_int(), ctypes.c_int()
    size = round(width * _SCALE), round(height * _SCALE)
    pdfium.FPDF_PageToDevice(page.raw, 0, 0, *size, 0, x, y, across, down)
    return round(across.value / _SCALE, 2), round(down.value / _SCALE, 2)


if __name__ == "__main__":
    main()
