"""A small printed document as its loader would give it: text, pages and the places of its lines."""

from datetime import date
from pathlib import Path

from fpdf import FPDF

from kb.records import Authority, Document, Jurisdiction, Language, LineBox, Metadata, Page, Topic

WIDTH, HEIGHT = 612.0, 792.0
LINES = (
    ("The fee is due on the first day of the month.", 1),
    ("A late fee is paid with interest. The rate of", 1),
    ("interest is set each year.", 2),
    ("Nothing else is owed.", 2),
)
TEXT = " ".join(words for words, _ in LINES) + "\n"


def write_pdf(file: Path) -> Path:
    """The lines on two pages, 14 points high, 40 points apart from 100 points below the upper edge."""
    pdf = FPDF(unit="pt", format=(WIDTH, HEIGHT))
    pdf.set_font("Helvetica", size=14)
    for page in (1, 2):
        pdf.add_page()
        for row, words in enumerate(words for words, number in LINES if number == page):
            pdf.text(72, 112 + 40 * row, words)
    pdf.output(str(file))
    return file


def printed_document(original: str | None = "0" * 64 + ".pdf") -> Document:
    """The document of that file. Each line is 300 points wide."""
    boxes: dict[int, list[LineBox]] = {1: [], 2: []}
    start = 0
    for words, page in LINES:
        top = 100.0 + 40.0 * len(boxes[page])
        end = start + len(words)
        boxes[page].append(LineBox(start=start, end=end, left=72.0, top=top, right=372.0, bottom=top + 14.0))
        start = end + 1
    cut = boxes[2][0].start
    pages = tuple(
        Page(number=number, start=begin, end=end, width=WIDTH, height=HEIGHT, lines=tuple(boxes[number]))
        for number, begin, end in ((1, 0, cut), (2, cut, len(TEXT)))
    )
    metadata = Metadata(
        id="fees",
        title="Fees",
        authority=Authority.AGENCY,
        jurisdiction=Jurisdiction.MX,
        topics=(Topic.TAX,),
        language=Language.EN,
        reviewed=date(2026, 1, 1),
        source_url="https://example.org/fees",
    )
    return Document(
        metadata=metadata, path="fees.pdf", content_hash="", text=TEXT, sections=(), pages=pages, passages=(),
        original=original,
    )  # fmt: skip
