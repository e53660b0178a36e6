"""PDFs, made here with fpdf2."""

import itertools
import random
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pypdfium2
import pytest
from fpdf import FPDF

from ingest import publish
from ingest.loaders.loaded import LoadedText, LoadError
from ingest.loaders.pdf import PdfLoader, recognises_text
from kb.errors import GenerationError
from kb.generation import open_generation
from kb.home import Home
from kb.knowledge_base import KnowledgeBase
from kb.records import Severity
from tests.embedders import HashingEmbedder

SENTENCE = "The employer shall pay the share of profits to each worker within sixty days of the return. "


def prose(number: int) -> str:
    """A paragraph of which no line is like another."""
    return " ".join(
        f"Rule {number}.{n} binds vendor {chr(64 + number * n)} and its {n * number} agents." for n in range(1, 9)
    )


class Paper:
    """A PDF of lines and paragraphs."""

    def __init__(self) -> None:
        self.pdf = FPDF()
        self.new_page()

    def new_page(self) -> "Paper":
        self.pdf.add_page()
        return self

    def line(self, text: str, size: float = 11, style: str = "") -> "Paper":
        self.pdf.set_font("helvetica", style, size)
        self.pdf.cell(0, size * 0.6, text, new_x="LMARGIN", new_y="NEXT")
        return self

    def paragraph(self, text: str = SENTENCE * 3, size: float = 11, style: str = "") -> "Paper":
        self.pdf.set_font("helvetica", style, size)
        self.pdf.multi_cell(0, 6, text, new_x="LMARGIN", new_y="NEXT")
        return self

    def drawing(self) -> "Paper":
        self.pdf.rect(10, 10, 50, 50)
        return self

    def content(self) -> bytes:
        return bytes(self.pdf.output())


def load(paper: Paper) -> LoadedText:
    return PdfLoader().load(paper.content())


def body(*lines: str) -> str:
    paper = Paper()
    for line in lines:
        paper.line(line)
    return load(paper).text


def outline(loaded: LoadedText) -> list[tuple[int, str]]:
    return [(heading.level, heading.title) for heading in loaded.headings]


def test_wrapped_lines_become_one_paragraph() -> None:
    assert load(Paper().paragraph()).text == (SENTENCE * 3).strip() + "\n"


def test_larger_and_bold_lines_are_headings() -> None:
    paper = Paper().line("A title", 18, "B").paragraph()
    paper.line("A larger heading", 14).paragraph().line("A bold heading", 11, "B").paragraph()
    assert outline(load(paper)) == [(1, "A title"), (2, "A larger heading"), (3, "A bold heading")]


def test_a_heading_over_two_lines_is_one() -> None:
    paper = Paper().paragraph("Where patient data may be " * 4, 18, "B").paragraph()
    assert outline(load(paper)) == [(1, ("Where patient data may be " * 4).strip())]


def test_a_heading_of_two_fonts_is_one() -> None:
    paper = Paper()
    for style, words in (("B", "Heading with "), ("BI", "two runs")):
        paper.pdf.set_font("helvetica", style, 16)
        paper.pdf.write(10, words)
    paper.pdf.ln(12)
    assert outline(load(paper.paragraph())) == [(1, "Heading with two runs")]


def test_a_bold_lead_in_and_a_bold_body_are_no_headings() -> None:
    paper = Paper().paragraph()
    assert outline(load(paper.line("Ask the vendor for:", 11, "B").line("- a contract"))) == []
    assert outline(load(Paper().paragraph(SENTENCE * 5, style="B"))) == []


def test_headings_stand_where_the_text_has_them() -> None:
    loaded = load(Paper().line("A title", 18).paragraph().line("A heading", 14).paragraph())
    assert [loaded.text[heading.start : heading.end] for heading in loaded.headings] == ["A title\n", "A heading\n"]


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("The employer pays the subcon-", "tractor in time.", "The employer pays the subcontractor in time."),
        ("It is a well-", "known duty.", "It is a well-known duty."),
        ("Rules for the post-", "2021 reform.", "Rules for the post-2021 reform."),
        ("Under ISO-", "27001 they certify.", "Under ISO-27001 they certify."),
        ("A call-center rule on the call-", "center floor.", "A call-center rule on the call-center floor."),
        ("The range is 10 -", "20 days.", "The range is 10 - 20 days."),
    ],
)
def test_a_word_broken_at_the_line_end_is_joined(first: str, second: str, expected: str) -> None:
    assert body(first, second) == expected + "\n"


def test_list_items_keep_their_lines() -> None:
    text = body(
        "Documents to ask for:", "- the registration", "- the opinion which is", "long", "1. a number", "b) a letter"
    )
    assert text.splitlines() == [
        "Documents to ask for:", "- the registration", "- the opinion which is long", "1. a number", "b) a letter",
    ]  # fmt: skip


def three_pages(foot: Callable[[int], str]) -> LoadedText:
    paper = Paper()
    for number in (1, 2, 3):
        paper = paper if number == 1 else paper.new_page()
        paper.line("Vendor handbook", 9).paragraph(f"Part {number} begins. {prose(number)}")
        paper.pdf.set_y(-30)
        paper.line(foot(number), 9)
    return load(paper)


@pytest.mark.parametrize("foot", [str, "Page {} of 3".format, "- {} -".format], ids=["number", "of", "dashes"])
def test_running_heads_and_feet_are_taken_out_and_recorded(foot: Callable[[int], str]) -> None:
    loaded = three_pages(foot)
    assert "handbook" not in loaded.text
    assert all(line != foot(2) for line in loaded.text.splitlines())
    assert [(removal.page, removal.text) for removal in loaded.removals] == [
        (number, text) for number in (1, 2, 3) for text in ("Vendor handbook", foot(number))
    ]


def test_sentences_at_the_edge_of_pages_that_differ_in_a_number_stay() -> None:
    fines = [f"The fine for this is {number}00 UMA in all States." for number in (1, 2)]
    paper = Paper().line(fines[0]).paragraph(prose(1)).new_page().line(fines[1]).paragraph(prose(2))
    assert load(paper).removals == ()


def test_pages_tile_the_text_and_begin_with_their_words() -> None:
    paper = Paper().paragraph(f"Part 1 begins. {prose(1)}")
    for number in range(2, 5):
        paper.new_page().paragraph(f"Part {number} begins. {prose(number)}")
    loaded = load(paper)
    assert [loaded.text[page.start : page.end].split()[1] for page in loaded.pages] == ["1", "2", "3", "4"]
    assert "".join(loaded.text[page.start : page.end] for page in loaded.pages) == loaded.text


def test_each_line_of_the_text_has_its_box_on_the_page() -> None:
    paper = Paper().line("A title", 18, "B").paragraph().new_page().line("- an item which").line("goes on").paragraph()
    loaded = load(paper)
    boxes = [box for page in loaded.pages for box in page.lines]
    outside = set("".join(loaded.text[a.end : b.start] for a, b in itertools.pairwise(boxes)))
    assert outside <= {" ", "\n"}
    assert {loaded.text[boxes[0].start : boxes[0].end], loaded.text[boxes[-1].end :]} == {"A title", "\n"}
    for page in loaded.pages:
        assert (page.width, page.height) == (595.28, 841.89)
        assert all(page.start <= box.start < box.end <= page.end for box in page.lines)
        assert all(0 < b.left < b.right < page.width and 0 < b.top < b.bottom < page.height for b in page.lines)
        assert all(upper.bottom <= lower.top + 3 for upper, lower in itertools.pairwise(page.lines))


def test_the_box_of_a_broken_word_ends_before_its_hyphen() -> None:
    loaded = load(Paper().line("The employer pays the subcon-").line("tractor in time."))
    assert [loaded.text[box.start : box.end] for box in loaded.pages[0].lines] == [
        "The employer pays the subcon", "tractor in time.",
    ]  # fmt: skip


def test_a_box_lies_where_the_words_are_printed() -> None:
    paper = Paper()
    paper.pdf.set_font("helvetica", "", 10)
    paper.pdf.text(x=100, y=200, text="Here it is.")  # millimetres, of the base line
    [box] = load(paper).pages[0].lines
    point = 72 / 25.4
    assert box.left == pytest.approx(100 * point, abs=1.5)
    assert box.top < 200 * point < box.bottom
    assert box.bottom - box.top == pytest.approx(10, abs=3)


def test_the_original_of_a_pdf_is_kept_and_checked_in_the_generation(tmp_path: Path) -> None:
    folder = tmp_path / "corpus"
    folder.mkdir()
    (folder / "rules.pdf").write_bytes(content := Paper().paragraph().content())
    (folder / "_defaults.yaml").write_text("authority: agency\njurisdiction: MX\ntopics: [labor]\n", encoding="utf-8")
    (folder / "other.txt").write_text(SENTENCE, encoding="utf-8")
    publish(folder, tmp_path / "home", embedder=HashingEmbedder())
    base = KnowledgeBase.open(tmp_path / "home", embedder=HashingEmbedder())
    kept = base.generation.original("rules")
    assert kept is not None
    assert (kept.name, kept.read_bytes()) == (f"{sha256(content).hexdigest()}.pdf", content)
    assert base.generation.original("other") is None
    assert base.generation.original("unknown") is None
    home, live = Home(tmp_path / "home"), base.generation.id
    base.close()
    kept.write_bytes(content[:-1])
    with pytest.raises(GenerationError, match="its content is not what was published"):
        open_generation(home, live)


def test_a_citation_from_a_pdf_names_its_page(tmp_path: Path) -> None:
    folder = tmp_path / "corpus"
    folder.mkdir()
    paper = Paper().line("Profit sharing", 18).paragraph().new_page().line("The vacation premium", 14)
    paper.paragraph("The vacation premium is 25 percent of the wages of the vacation days.")
    (folder / "rules.pdf").write_bytes(paper.content())
    (folder / "rules.pdf.yaml").write_text("authority: agency\njurisdiction: MX\ntopics: [labor]\n", encoding="utf-8")
    publish(folder, tmp_path / "home", embedder=HashingEmbedder())
    base = KnowledgeBase.open(tmp_path / "home", embedder=HashingEmbedder())
    best = base.search("How much is the vacation premium?", k=1)[0].passage
    base.close()
    assert (best.page, best.section) == (2, ("The vacation premium",))


def test_a_page_without_text_among_others_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "corpus"
    folder.mkdir()
    paper = Paper().paragraph(prose(1)).new_page().drawing().new_page().paragraph(prose(2))
    (folder / "scan.pdf").write_bytes(paper.content())
    (folder / "scan.pdf.yaml").write_text("authority: agency\njurisdiction: MX\ntopics: [labor]\n", encoding="utf-8")
    report = publish(folder, tmp_path / "home", embedder=HashingEmbedder())
    warnings = [finding for finding in report.findings if finding.severity is Severity.WARNING]
    assert [str(finding).split(":")[:3] for finding in warnings] == [["scan.pdf", " warning", " no text on page 2"]]
    assert len(Home(tmp_path / "home").generation_ids()) == 1


def test_a_password_is_asked_for_only_where_reading_needs_one() -> None:
    locked, printing = Paper(), Paper()
    locked.pdf.set_encryption(owner_password="owner", user_password="user")  # noqa: S106
    printing.pdf.set_encryption(owner_password="owner", user_password="")  # noqa: S106
    with pytest.raises(LoadError, match="protected by a password; save a copy without one"):
        load(locked.line("Secret."))
    assert load(printing.line("Only printing is locked.")).text == "Only printing is locked.\n"


@pytest.mark.parametrize(
    "content", [b"", b"%PDF-1.7", b"hello", bytes(range(256)) * 8], ids=["empty", "head", "text", "bytes"]
)
def test_what_is_no_pdf_is_told(content: bytes) -> None:
    with pytest.raises(LoadError, match="not a readable PDF"):
        PdfLoader().load(content)


def test_a_damaged_pdf_is_read_or_refused_but_nothing_else_is_raised() -> None:
    sound = Paper().line("A title", 18).paragraph().content()
    chance = random.Random(7)  # noqa: S311
    refused = 0
    for _ in range(60):
        damaged = bytearray(sound)
        for _ in range(chance.choice([1, 5, 40])):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        cut = chance.choice([None, chance.randrange(len(damaged))])
        try:
            PdfLoader().load(bytes(damaged[:cut]))
        except LoadError:
            refused += 1
    assert 0 < refused < 60


def scan_of(text: str) -> "Paper":
    """A page with nothing but the picture of a printed text."""
    printed = Paper().paragraph(text, 13)
    picture = pypdfium2.PdfDocument(printed.content())[0].render(scale=2.5).to_pil()
    paper = Paper()
    paper.pdf.image(picture, 0, 0, paper.pdf.w)
    return paper


SCANNED = "El patrón paga la participación en las utilidades. The vendor keeps its records for six years."


def test_a_scanned_page_is_read_by_text_recognition_with_its_confidence() -> None:
    if not recognises_text():
        pytest.skip("Tesseract with English or Spanish is not installed")
    paper = scan_of(SCANNED)
    loaded = load(paper.new_page().paragraph(prose(1)))
    assert " ".join(loaded.text[: loaded.pages[0].end].split()) == SCANNED
    assert (loaded.pages[0].confidence or 0) > 0.85
    assert loaded.pages[1].confidence is None
    first = loaded.pages[0].lines[0]
    assert 0 < first.left < first.right < loaded.pages[0].width
    assert [(finding.code, finding.severity) for finding in loaded.findings] == [("recognised", Severity.INFO)]


def test_a_scan_is_refused_where_no_text_recognition_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(LoadError, match="the PDF is a scan; install Tesseract"):
        load(scan_of(SCANNED))


def test_an_unsure_recognition_is_a_warning() -> None:
    if not recognises_text():
        pytest.skip("Tesseract with English or Spanish is not installed")
    chance = random.Random(3)  # noqa: S311
    paper = scan_of(SCANNED)
    for _ in range(900):
        x, y = chance.uniform(8, 200), chance.uniform(8, 40)
        paper.pdf.line(x, y, x + chance.uniform(-4, 4), y + chance.uniform(-4, 4))
    assert [finding.severity for finding in load(paper).findings] == [Severity.WARNING]


def table(rows: list[tuple[str, ...]], headings: bool = True) -> LoadedText:
    paper = Paper().paragraph()
    paper.pdf.set_font("helvetica", "", 10)
    with paper.pdf.table(rows, first_row_as_headings=headings, width=150, text_align="LEFT"):
        pass
    return load(paper.paragraph(prose(1)))


LONG_CELL = "the certificate of registration with its number and the activity for which it was given"


def test_a_table_has_rows_again_with_its_header_and_boxes() -> None:
    loaded = table(
        [("Document", "Term", "Ask for"), ("Registration", "3 years", LONG_CELL), ("Opinion", "1 month", "a copy")]
    )
    assert (
        "\n\n| Document | Term | Ask for |\n| --- | --- | --- |\n"
        f"| Registration | 3 years | {LONG_CELL} |\n| Opinion | 1 month | a copy |\n\n"
    ) in loaded.text
    lines = [loaded.text[line.start : line.end] for line in loaded.pages[0].lines]
    assert {"Registration", "3 years", "1 month", "a copy"} <= set(lines)


def test_rows_without_a_header_stand_on_lines_of_their_own() -> None:
    loaded = table([("11", "Loss of a hand", "70%"), ("12", "Loss of a foot", "50%")], headings=False)
    assert "\n\n11 Loss of a hand 70%\n12 Loss of a foot 50%\n\n" in loaded.text


def test_columns_set_line_by_line_are_read_one_after_the_other() -> None:
    paper = Paper()
    paper.pdf.set_font("helvetica", "", 9)
    left, right = (
        [f"{side} column, line {n} of its text that goes" for n in "abcdefgh"] for side in ("First", "Second")
    )
    for row, pair in enumerate(zip(left, right, strict=True)):
        for x, text in zip((15, 110), pair, strict=True):
            paper.pdf.text(x, 30 + 5 * row, text)
    assert load(paper).text.split() == " ".join([*left, *right]).split()
