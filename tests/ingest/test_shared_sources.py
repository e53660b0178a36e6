"""The official texts beside the project: every article and section is found, in each format of the same edition."""

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from ingest.publish import publish
from ingest.read import read_document
from ingest.scan import scan_folder
from kb.records import Document
from tests.embedders import HashingEmbedder
from tests.shared_sources import SOURCES, copy_source, source_texts, sources_folder

pytestmark = [pytest.mark.shared, pytest.mark.timeout(1_200)]
_RUNNING = re.compile(
    r"\d+ de 450|^LEY FEDERAL DEL TRABAJO$|CÁMARA DE DIPUTADOS DEL H\. CONGRESO|^Secretaría (?:General|de Servicios Parlamentarios)$",
    re.MULTILINE,
)
Reader = Callable[[str], Document]


@pytest.fixture(scope="module")
def read(tmp_path_factory: pytest.TempPathFactory) -> Reader:
    """Documents by the path of their text below the folder of sources, each read once."""
    if not SOURCES.is_dir():
        pytest.skip("the folder of official texts is not beside the project")
    folder = tmp_path_factory.mktemp("sources")

    @cache
    def document(path: str) -> Document:
        copy_source(SOURCES / path, folder)
        source = next(source for source in scan_folder(folder)[0] if source.path == path)
        found, faults = read_document(source, HashingEmbedder().fits)
        assert found is not None, faults
        return found

    return document


def provisions(document: Document) -> dict[str, str]:
    """The text of each article or section, white space folded, by its pinpoint."""
    texts: dict[str, str] = {}
    for section in document.sections:
        if section.pinpoint:
            body = document.text[section.body_start : section.end]
            texts[section.pinpoint] = " ".join((texts.get(section.pinpoint, "") + body).split())
    return texts


def articles(document: Document) -> dict[str, str]:
    return {place: text for place, text in provisions(document).items() if " art. " in place}


def test_all_articles_of_the_labour_law_have_a_pinpoint(read: Reader) -> None:
    found = articles(read("mx-lft/lft_ed-2025-02-21.txt"))
    plain = {int(match[1]) for place in found if (match := re.fullmatch(r"LFT art\. (\d+)", place))}
    assert plain == set(range(1, 1_011))
    assert {"LFT art. 3 Bis", "LFT art. 28-A", "LFT art. 279 Quáter", "LFT art. 353-Ñ"} <= found.keys()


def test_no_page_head_or_foot_stands_inside_a_passage(read: Reader) -> None:
    for path in ("mx-lft/lft_ed-2025-02-21.txt", "mx-lft/lft_ed-2025-02-21.pdf"):
        document = read(path)
        title = document.text.index("LEY FEDERAL DEL TRABAJO")  # the law's own title, printed twice on its first page
        found = [match.group() for match in _RUNNING.finditer(document.text, title + 1_500)]
        assert found == []


def test_the_print_of_the_same_edition_gives_the_same_articles(read: Reader) -> None:
    text, printed = articles(read("mx-lft/lft_ed-2025-02-21.txt")), articles(read("mx-lft/lft_ed-2025-02-21.pdf"))
    assert text.keys() == printed.keys()
    equal = sum(text[place] == printed[place] for place in text)
    assert equal >= 0.97 * len(text)


def test_fractions_are_the_same_in_four_formats(read: Reader) -> None:
    found = [
        {
            pinpoint.text
            for pinpoint in read(f"mx-lft/{name}").pinpoints
            if " fr. " in pinpoint.text and "DOF" not in pinpoint.text
        }
        for name in ("lft_ed-2025-02-21.txt", "lft_ed-2025-02-21.pdf", "lft_akn.xml", "lft_contenido.json")
    ]
    assert all(len(places & found[0]) >= 0.97 * len(places | found[0]) for places in found)
    assert all("LFT art. 127 fr. VIII" in places and "LFT art. 132 fr. XXVI Bis" in places for places in found)


def test_each_section_file_gets_its_number_and_the_print_has_the_same_sections(read: Reader) -> None:
    files = sorted((SOURCES / "us-hipaa" / "aptible-sections").glob("*.md"))
    expected = {file.name: "45 CFR " + ".".join(file.name.split("-")[:2]) for file in files}
    found = {name: set(provisions(read(f"us-hipaa/aptible-sections/{name}"))) for name in expected}
    assert found == {name: {place} for name, place in expected.items()}
    assert len(found) == 147
    printed = provisions(read("us-hipaa/hipaa_45cfr160-162-164_2013.pdf"))
    assert printed.keys() == set(expected.values())


def test_paragraphs_of_the_print_are_those_of_the_section_files(read: Reader) -> None:
    """The print's text layer lacks letters at the edge of some columns, and with them some labels."""
    files = (SOURCES / "us-hipaa" / "aptible-sections").glob("*.md")
    places = {p.text for file in files for p in read(f"us-hipaa/aptible-sections/{file.name}").pinpoints}
    printed = {p.text for p in read("us-hipaa/hipaa_45cfr160-162-164_2013.pdf").pinpoints}
    assert "45 CFR 164.308(a)(1)(ii)(A)" in places & printed
    assert len(places & printed) >= 0.95 * len(places)


def test_every_text_is_read_in_one_run_and_reported(tmp_path: Path) -> None:
    if not SOURCES.is_dir():
        pytest.skip("the folder of official texts is not beside the project")
    folder = sources_folder(tmp_path / "sources")
    report = publish(folder, tmp_path / "home", check=True, embedder=HashingEmbedder())
    assert [file.path for file in report.files] == [str(path.relative_to(SOURCES)) for path in source_texts()]
    assert all(file.document and file.passages and not file.errors for file in report.files)
    laws = [file for file in report.files if "nom-037" not in file.path]
    assert [file.path for file in laws if not file.pinpoints] == []
