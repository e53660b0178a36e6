"""Word files, made here with python-docx."""

import io
from typing import Any

import docx
import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from ingest.loaders import LoadedText
from ingest.loaders.docx import DocxLoader
from ingest.loaders.loaded import LoadError

WORDS = nsdecls("w")


def load(document: Any) -> LoadedText:
    content = io.BytesIO()
    document.save(content)
    return DocxLoader().load(content.getvalue())


def add(document: Any, xml: str) -> None:
    document.element.body.insert(-1, parse_xml(xml.replace(">", f" {WORDS}>", 1)))


def test_headings_stand_below_the_title() -> None:
    document = docx.Document()
    for text, level in (("Policy", 0), ("Scope", 1), ("Whom", 2)):
        document.add_heading(text, level)
        document.add_paragraph(f"About {text}.")
    loaded = load(document)
    assert [(heading.level, heading.title) for heading in loaded.headings] == [(1, "Policy"), (2, "Scope"), (3, "Whom")]
    assert [loaded.text[h.start : h.end] for h in loaded.headings] == ["Policy\n", "Scope\n", "Whom\n"]


def test_lists_have_the_markers_that_a_reader_sees() -> None:
    document = docx.Document()
    document.add_paragraph("Ask for:")
    for text, style in (("a", "List Bullet"), ("b", "List Bullet 2"), ("c", "List Number"), ("d", "List Number")):
        document.add_paragraph(text, style=style)
    assert load(document).text == "Ask for:\n\n- a\n  - b\n1. c\n2. d\n"


def test_a_list_counts_in_its_own_numerals_and_begins_again_below_another() -> None:
    document = docx.Document()
    numbering = document.part.numbering_part.element
    levels = "".join(
        f'<w:lvl w:ilvl="{depth}"><w:start w:val="1"/><w:numFmt w:val="{kind}"/><w:lvlText w:val="{pattern}"/></w:lvl>'
        for depth, (kind, pattern) in enumerate((("upperRoman", "%1."), ("lowerLetter", "%2)")))
    )
    numbering.insert(0, parse_xml(f'<w:abstractNum {WORDS} w:abstractNumId="90">{levels}</w:abstractNum>'))
    numbering.append(parse_xml(f'<w:num {WORDS} w:numId="90"><w:abstractNumId w:val="90"/></w:num>'))
    for depth, text in ((0, "one"), (1, "first"), (1, "second"), (0, "two"), (1, "first")):
        pointer = f'<w:numPr><w:ilvl w:val="{depth}"/><w:numId w:val="90"/></w:numPr>'
        add(document, f"<w:p><w:pPr>{pointer}</w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>")
    assert load(document).text == "I. one\n  a) first\n  b) second\nII. two\n  a) first\n"


def test_tables_have_their_header_first() -> None:
    document = docx.Document()
    table = document.add_table(2, 2)
    for cell, text in zip(table._cells, ("Paper", "Term", "Registration", "three\nyears"), strict=True):
        cell.text = text
    assert load(document).text == "| Paper | Term |\n| --- | --- |\n| Registration | three years |\n"


@pytest.mark.parametrize(
    ("xml", "expected"),
    [
        ("<w:p><w:ins><w:r><w:t>inserted</w:t></w:r></w:ins><w:del><w:r><w:delText>gone</w:delText></w:r></w:del></w:p>",
         "inserted"),
        ("<w:sdt><w:sdtContent><w:p><w:r><w:t>a control</w:t></w:r></w:p></w:sdtContent></w:sdt>", "a control"),
        ("<w:p><w:hyperlink><w:r><w:t>a link</w:t></w:r></w:hyperlink></w:p>", "a link"),
        ("<w:p><w:r><w:t>one</w:t><w:br/><w:t>two</w:t><w:tab/><w:t>three</w:t></w:r></w:p>", "one\ntwo three"),
        ("<w:p><w:r><w:instrText>PAGE</w:instrText><w:t>shown</w:t></w:r></w:p>", "shown"),
        ("<w:p><w:r><w:t>well</w:t><w:noBreakHyphen/><w:t>known</w:t></w:r></w:p>", "well-known"),
        ("<w:p><w:r><w:pict><w:txbxContent><w:p><w:r><w:t>in a box</w:t></w:r></w:p></w:txbxContent></w:pict></w:r></w:p>",
         "in a box"),
    ],
    ids=["changes", "control", "link", "breaks", "field", "hyphen", "box"],
)  # fmt: skip
def test_what_a_reader_sees_is_kept(xml: str, expected: str) -> None:
    document = docx.Document()
    document.add_paragraph("First.")
    add(document, xml)
    assert load(document).text == f"First.\n\n{expected}\n"


def test_heads_and_feet_are_left_out_and_recorded() -> None:
    document = docx.Document()
    document.add_paragraph("The rule.")
    document.sections[0].header.paragraphs[0].text = "Confidential"
    loaded = load(document)
    assert loaded.text == "The rule.\n"
    assert [(removal.text, removal.reason) for removal in loaded.removals] == [
        ("Confidential", "running head, foot or page number")
    ]


@pytest.mark.parametrize("content", [b"", b"hello", b"PK\x03\x04damaged", bytes(range(256))])
def test_what_is_no_word_file_is_told(content: bytes) -> None:
    with pytest.raises(LoadError, match="not a readable Word file"):
        DocxLoader().load(content)


def test_an_old_or_locked_word_file_is_told() -> None:
    with pytest.raises(LoadError, match="protected by a password, or of Word before 2007"):
        DocxLoader().load(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600))


def test_a_document_without_text_is_refused() -> None:
    with pytest.raises(LoadError, match="holds no text"):
        load(docx.Document())
