"""What an ingest reports, embeds again, and refuses."""

from pathlib import Path

import pytest
from fpdf import FPDF
from hypothesis import given
from hypothesis import strategies as st

from ingest import publish
from ingest.loaders.loaded import LoadError
from ingest.loaders.markdown import MarkdownLoader
from ingest.loaders.pdf import PdfLoader
from ingest.publish import RefusedError
from ingest.scan import LARGEST_FILE
from ingest.split import split_sections
from ingest.structure import find_sections
from ingest.subjects import fitting_context
from kb.errors import GenerationError, IngestError, ModelError
from kb.home import Home
from kb.knowledge_base import KnowledgeBase
from kb.records import Language
from tests.embedders import HashingEmbedder
from tests.ingest.writing import small_folder, write_article

SHARED = Path(__file__).parents[2].parent / "shared"


def test_a_first_ingest_adds_and_embeds_everything(tmp_path: Path) -> None:
    report = publish(small_folder(tmp_path / "corpus"), tmp_path / "home", embedder=HashingEmbedder())
    assert report.added == ("bonus", "share", "vacation")
    assert report.embedded == report.passages == 6


def test_an_unchanged_folder_publishes_nothing(tmp_path: Path) -> None:
    folder = small_folder(tmp_path / "corpus")
    first = publish(folder, tmp_path / "home", embedder=HashingEmbedder())
    again = publish(folder, tmp_path / "home", embedder=HashingEmbedder())
    assert (again.generation, again.published, again.embedded) == (first.generation, False, 0)
    assert len(again.unchanged) == 3


def test_a_changed_sentence_embeds_only_its_passage(tmp_path: Path) -> None:
    folder = small_folder(tmp_path / "corpus")
    publish(folder, tmp_path / "home", embedder=HashingEmbedder())
    article = folder / "share.md"
    article.write_text(article.read_text(encoding="utf-8").replace("10%", "11%"), encoding="utf-8")
    report = publish(folder, tmp_path / "home", embedder=HashingEmbedder())
    assert (report.changed, report.embedded) == (("share",), 1)


def test_a_removed_file_is_gone_and_the_old_generation_still_holds_it(tmp_path: Path) -> None:
    folder, home = small_folder(tmp_path / "corpus"), tmp_path / "home"
    first = publish(folder, home, embedder=HashingEmbedder()).generation
    (folder / "share.md").unlink()
    report = publish(folder, home, embedder=HashingEmbedder())
    assert report.removed == ("share",)
    old = KnowledgeBase.open(home, generation=first, embedder=HashingEmbedder())
    assert old.document("share").text
    old.close()


def test_a_check_writes_nothing(tmp_path: Path) -> None:
    report = publish(small_folder(tmp_path / "corpus"), tmp_path / "home", check=True, embedder=HashingEmbedder())
    assert (report.published, report.generation) == (False, None)
    assert not (tmp_path / "home").exists()


def test_three_faults_in_two_files_are_all_reported_and_nothing_is_published(tmp_path: Path) -> None:
    folder, home = small_folder(tmp_path / "corpus"), tmp_path / "home"
    before = publish(folder, home, embedder=HashingEmbedder()).generation
    write_article(folder, "one.md", "# One\n\nOne rule.\n", more="colour: red\neffective_from: soon\n")
    (folder / "two.md").write_text("---\nauthority: internal\njurisdiction: MX\ntopics: [ptu]\n---\n# Two\n\nTwo.\n")
    with pytest.raises(RefusedError) as refused:
        publish(folder, home, embedder=HashingEmbedder())
    message = str(refused.value)
    assert "one.md:7: colour: unknown key" in message
    assert "one.md:8: effective_from: must be a date" in message
    assert "two.md:1: reviewed: required" in message
    assert Home(home).live_id() == before


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("a.md", b"", "empty"),
        ("a.md", "---\nauthority: internal\n---\naño".encode("latin-1"), "not UTF-8"),
        ("a.txt", b"abc\x00def", "null character"),
        ("a.pdf", bytes(range(256)) * 16, "not a readable PDF"),
        ("a.pdf", b"%PDF-1.7\n1 0 obj\n<<>>", "not a readable PDF"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, name: str, content: bytes, expected: str) -> None:
    folder = tmp_path / "corpus"
    folder.mkdir()
    (folder / name).write_bytes(content)
    with pytest.raises(RefusedError, match=expected) as refused:
        publish(folder, tmp_path / "home", embedder=HashingEmbedder())
    assert name in str(refused.value)


def test_a_pdf_without_text_is_an_error_and_not_an_empty_document() -> None:
    page = FPDF()
    page.add_page()
    page.rect(10, 10, 50, 50)
    with pytest.raises(LoadError, match="text layer"):
        PdfLoader().load(bytes(page.output()))


def test_a_pdf_gives_headings_pages_and_no_running_feet() -> None:
    pdf = FPDF()
    for number, subject in enumerate(("bonus", "holiday", "overtime"), 1):
        pdf.add_page()
        pdf.set_font("helvetica", "B", 18)
        pdf.cell(0, 12, f"The {subject} rule", new_x="LMARGIN", new_y="NEXT")
        pdf.set_font("helvetica", size=11)
        pdf.multi_cell(
            0, 6, f"Every {subject} is due. The {subject} is paid by the employer. " * 12, new_x="LMARGIN", new_y="NEXT"
        )
        pdf.set_y(-30)
        pdf.cell(0, 6, f"Page {number} of 3")
    loaded = PdfLoader().load(bytes(pdf.output()))
    assert [heading.title for heading in loaded.headings] == ["The bonus rule", "The holiday rule", "The overtime rule"]
    assert [page.number for page in loaded.pages] == [1, 2, 3]
    assert "of 3" not in loaded.text
    assert len(loaded.removals) == 3


def test_a_huge_file_is_refused_without_being_read(tmp_path: Path) -> None:
    folder = tmp_path / "corpus"
    folder.mkdir()
    with (folder / "huge.md").open("wb") as file:
        file.truncate(max(200_000_000, LARGEST_FILE + 1))  # sparse: reading it would take its whole size in memory
    with pytest.raises(RefusedError, match=r"huge\.md.*MB"):
        publish(folder, tmp_path / "home", embedder=HashingEmbedder())


def test_no_folder_and_an_empty_folder_say_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(IngestError, match="no such folder"):
        publish(tmp_path / "nowhere", tmp_path / "home", embedder=HashingEmbedder())
    (tmp_path / "empty").mkdir()
    with pytest.raises(IngestError, match="no guidance file"):
        publish(tmp_path / "empty", tmp_path / "home", embedder=HashingEmbedder())


def test_a_link_out_of_the_folder_is_left_out(tmp_path: Path) -> None:
    folder = small_folder(tmp_path / "corpus")
    outside = write_article(tmp_path / "elsewhere", "secret.md", "# Secret\n\nA secret sentence.\n")
    (folder / "link.md").symlink_to(outside)
    report = publish(folder, tmp_path / "home", embedder=HashingEmbedder())
    assert len(report.added) == 3
    assert any("link.md" in str(finding) for finding in report.findings)


@pytest.mark.parametrize("content", [b"", b"g000009-00000000\n", b"\xff\xfe\x00", b"../../elsewhere"])
def test_a_damaged_pointer_says_what_to_do(tmp_path: Path, content: bytes) -> None:
    home = tmp_path / "home"
    live = publish(small_folder(tmp_path / "corpus"), home, embedder=HashingEmbedder()).generation
    assert live is not None
    Home(home).pointer.write_bytes(content)
    with pytest.raises(GenerationError, match="kb rollback"):
        KnowledgeBase.open(home, embedder=HashingEmbedder())
    Home(home).point_to(live)
    KnowledgeBase.open(home, embedder=HashingEmbedder()).close()


@pytest.mark.parametrize("name", ["documents.jsonl", "manifest.json", "unit_vectors.npy"])
def test_a_damaged_generation_is_not_read(tmp_path: Path, name: str) -> None:
    home = tmp_path / "home"
    live = publish(small_folder(tmp_path / "corpus"), home, embedder=HashingEmbedder()).generation
    assert live is not None
    path = Home(home).folder(live) / name
    path.chmod(0o644)
    path.write_bytes(b"damaged")
    with pytest.raises(GenerationError, match="kb"):
        KnowledgeBase.open(home, embedder=HashingEmbedder())


def test_another_model_is_refused_with_the_command_that_rebuilds(tmp_path: Path) -> None:
    home = tmp_path / "home"
    publish(small_folder(tmp_path / "corpus"), home, embedder=HashingEmbedder())
    with pytest.raises(ModelError, match="kb ingest"):
        KnowledgeBase.open(home, embedder=HashingEmbedder(identity="another"))


_MARKDOWN = st.lists(
    st.one_of(
        st.sampled_from(["# Title", "## A heading", "### Deeper", "- an item, with words", "1. first", "", "| a | b |", "|---|---|"]),
        st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\x00\r"), max_size=80),
        st.sampled_from(["The fine is 5% (art. 3). However, it can grow. It doubles.", "Lead-in of a list:", "palabra " * 90]),
    ),
    min_size=1,
    max_size=25,
)  # fmt: skip


@given(_MARKDOWN)
def test_splitting_loses_nothing_and_keeps_its_bounds(lines: list[str]) -> None:
    text = "\n".join(lines)
    try:
        loaded = MarkdownLoader().load(text.encode())
    except LoadError:
        return
    sections = find_sections(loaded)
    pieces = split_sections(loaded.text, sections, lambda _section, piece: len(piece) <= 1_200)
    assert "".join(loaded.text[piece.start : piece.end] for piece in pieces) == loaded.text
    assert "".join(loaded.text[section.start : section.end] for section in sections) == loaded.text
    for piece in pieces:
        assert piece.section.start <= piece.start <= piece.end <= piece.section.end
        positions = [(unit.start, unit.end) for unit in piece.units]
        assert positions == sorted(positions)
        assert all(piece.start <= start < end <= piece.end for start, end in positions)


def test_a_heading_over_text_of_another_countrys_law_is_misplaced() -> None:
    body = "Workers are entitled to PTU if the employer has profits, and the provider registers with REPSE."
    context, misplaced = fitting_context("HIPAA and vendors", ("Can a BPO comply with HIPAA?",), body, Language.EN)
    assert (context, misplaced) == ((), True)


@pytest.mark.shared
def test_the_web_article_under_a_hipaa_heading_is_found_misplaced(tmp_path: Path) -> None:
    articles = SHARED / "articles"
    if not articles.is_dir():
        pytest.skip("the folder of real web articles is not beside the project")
    folder = tmp_path / "corpus"
    folder.mkdir()
    for article in articles.glob("*.txt"):
        (folder / article.name).write_bytes(article.read_bytes())
        (folder / f"{article.name}.yaml").write_text("authority: vendor\njurisdiction: MX\ntopics: [hipaa]\n")
    report = publish(folder, tmp_path / "home", embedder=HashingEmbedder())
    misplaced = [finding.message for finding in report.findings if finding.code == "misplaced"]
    assert any("Can BPOs in Mexico Be HIPAA-Compliant?" in message for message in misplaced)
