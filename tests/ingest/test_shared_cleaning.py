"""Loaders and cleaning on real statutes, regulations and web articles, where these are beside the project."""

import re
from collections import Counter
from pathlib import Path

import pytest

from ingest.loaders import LoadedText, loader_for

SHARED = Path(__file__).parents[2].parent / "shared"
PAGED_TEXTS = {
    "mx-data/lfpdppp_ed-2025-11-14.txt": 24,
    "mx-lft/lft_ed-2025-02-21.txt": 450,
    "mx-ss/lss_ed-2026-01-15.txt": 181,
    "mx-tax/cff_ed-2025-11-14.txt": 376,
    "mx-tax/lisr_ed-2024-04-01.txt": 313,
    "mx-tax/liva_ed-2021-11-12.txt": 128,
}
HEAD = re.compile(
    r"^\d+ de \d+$|C[ÁA]MARA DE DIPUTADOS DEL H\. CONGRESO|^Secretar[ií]a de Servicios Parlamentarios$", re.MULTILINE
)

pytestmark = pytest.mark.shared


def load(name: str) -> LoadedText:
    path, loader = SHARED / name, loader_for(name)
    if not path.is_file():
        pytest.skip(f"shared/{name} is not beside the project")
    assert loader is not None
    return loader.load(path.read_bytes())


def folded(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize(("name", "pages"), PAGED_TEXTS.items())
def test_no_head_or_foot_of_a_page_stands_in_a_gazettes_text(name: str, pages: int) -> None:
    loaded = load(f"sources/{name}")
    assert HEAD.findall(loaded.text) == []
    assert [page.number for page in loaded.pages] == list(range(1, pages + 1))
    running = Counter(removal.page for removal in loaded.removals if removal.reason.startswith("running head"))
    turned = name.startswith("mx-tax/lisr")  # one of its pages is a table printed sideways, without the usual head
    assert sum(4 <= running[page] <= 5 for page in range(1, pages + 1)) >= pages - turned


def test_the_pdf_of_a_gazette_gives_the_text_of_its_text_file() -> None:
    printed, plain = (load(f"sources/mx-data/lfpdppp_ed-2025-11-14.{ending}") for ending in ("pdf", "txt"))
    assert folded(printed.text) == folded(plain.text)


@pytest.mark.timeout(600)
def test_450_pages_give_each_word_of_their_text_file() -> None:
    """In another order only in tables, whose cells the text file has column by column."""
    printed, plain = (load(f"sources/mx-lft/lft_ed-2025-02-21.{ending}") for ending in ("pdf", "txt"))
    one = Counter(word for word in printed.text.split() if word not in {"|", "---"})  # of tables made rows again
    other = Counter(plain.text.split())
    assert ((one - other) + (other - one)).total() <= 5  # hyphens at line ends
    assert [page.number for page in printed.pages] == [page.number for page in plain.pages]


def test_a_regulation_in_three_columns_is_read_column_by_column() -> None:
    loaded = load("sources/us-hipaa/hipaa_45cfr160-162-164_2013.pdf")
    sections = SHARED / "sources/us-hipaa/aptible-sections"
    numbers = {f"{part}.{section}" for part, section in (path.name.split("-")[:2] for path in sections.glob("*.md"))}
    found = set(re.findall(r"^§ (\d+\.\d+)", loaded.text, re.MULTILINE))
    assert numbers - found == set()
    assert "HIPAA Administrative Simplification Regulation Text" not in loaded.text.split("PART 160")[1]
    assert (
        "A covered entity or business associate must keep such records and submit such compliance reports, in such time"
        in folded(loaded.text)
    )


def test_the_lines_of_a_real_pdf_cover_its_text() -> None:
    loaded = load("sources/mx-lft/rlft_ed-2014.pdf")
    lines = [line for page in loaded.pages for line in page.lines]
    outside = loaded.text[: lines[0].start]
    for line, following in zip(lines, [*lines[1:], None], strict=True):
        outside += loaded.text[line.end : following.start if following else None]
    assert set(outside) <= {" ", "\n"}


@pytest.mark.parametrize(
    "name", ["articles/healthcare-customer-support-in-mexico.txt", "articles/hipaa-nearshore-outsourcing-in-mexico.txt"]
)
def test_an_article_off_the_web_is_left_with_its_own_text(name: str) -> None:
    loaded = load(name)
    source = (SHARED / name).read_text(encoding="utf-8")
    page = r"(?i)may also like|table of contents|picture of|featured image|get in touch|escanea|our experts|let.s connect|external resource"
    assert re.search(page, source)
    assert re.findall(page, loaded.text) == []
    titles = [heading.title for heading in loaded.headings]
    assert len(titles) == len(set(titles))
    assert len(loaded.text) > 0.9 * len(source)
    paragraphs = [text.strip() for text in re.split(r"\n\s*\n", source) if len(text) > 60]
    assert sum(text not in loaded.text for text in paragraphs) <= 7


def test_the_table_of_an_article_has_rows_again() -> None:
    text = load("articles/healthcare-customer-support-in-mexico.txt").text
    assert (
        "| Compliance Item | What to Ask the BPO |\n| --- | --- |\n| REPSE registration | Ask for certificate and"
        in text
    )


def test_traces_of_formulas_leave_a_recognised_text() -> None:
    text = load("sources/us-hipaa/hipaa_45cfr160-162-164_2013_linear.txt").text
    assert "\\mathrm" not in text
    assert re.findall(r"\\S\b", text) == []
    assert "§ 164.502(a)(5)(i)" in text
