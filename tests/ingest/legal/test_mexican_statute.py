import pytest

from ingest.legal.mexican_decrees import ordinal_number
from kb.pinpoints import pinpoint_at
from kb.records import Authority, Document
from tests.ingest.legal.documents import law, places

STATUTE = """LEY FEDERAL DEL TRABAJO
TITULO PRIMERO
Principios
CAPITULO I
Disposiciones generales
Artículo 1o.- Esta ley rige las relaciones de trabajo del artículo 123, Apartado A.
Artículo 2o. Bis.- Son faltas:
I. Las siguientes:
a) Llegar tarde, y
b) No llegar;
II. Las que señale el
artículo 5, y
II Bis. Las demás.
Fracción adicionada DOF 01-05-2019
Lo anterior vale para todos.
CAPITULO II
Del salario y de las prestaciones que corresponden a quienes
trabajan
Artículo 3o.- Nadie renuncia.
Artículo 3-A.- El patrón paga.
Artículo reformado DOF 30-11-2012
TRANSITORIOS
Primero.- Esta ley entra en vigor hoy.
Segundo.- Se abroga la anterior.
DECRETO por el que se reforma el artículo 3 de la Ley Federal del Trabajo.
Publicado en el Diario Oficial de la Federación el 1o de mayo de 2019
Transitorios
Único. El decreto entra en vigor mañana.
"""


@pytest.fixture(scope="module")
def statute() -> Document:
    return law(STATUTE)


def test_every_provision_has_its_pinpoint(statute: Document) -> None:
    assert [place for place in places(statute) if "fr." not in place] == [
        "LFT art. 1",
        "LFT art. 2 Bis",
        "LFT art. 2 Bis",  # the paragraph behind the fractions
        "LFT art. 3",
        "LFT art. 3-A",
        "LFT trans. 1",
        "LFT trans. 2",
        "LFT (DOF 01-05-2019)",
        "LFT trans. único (DOF 01-05-2019)",
    ]


def test_fractions_and_incisos_are_nested(statute: Document) -> None:
    assert [place for place in places(statute) if "fr." in place] == [
        "LFT art. 2 Bis fr. I",
        "LFT art. 2 Bis fr. I inc. a)",
        "LFT art. 2 Bis fr. I inc. b)",
        "LFT art. 2 Bis fr. II",
        "LFT art. 2 Bis fr. II Bis",
    ]


@pytest.mark.parametrize(
    ("words", "place"),
    [
        ("Llegar tarde", "LFT art. 2 Bis fr. I inc. a)"),
        ("artículo 5, y", "LFT art. 2 Bis fr. II"),
        ("Lo anterior", "LFT art. 2 Bis"),
        ("trabajan", None),
        ("PRIMERO", None),
    ],
)
def test_each_position_has_the_narrowest_place(statute: Document, words: str, place: str | None) -> None:
    assert pinpoint_at(statute, statute.text.index(words)) == place


def test_a_section_is_an_article_below_its_chapter(statute: Document) -> None:
    section = next(section for section in statute.sections if section.pinpoint == "LFT art. 3")
    assert section.path == (
        "TITULO PRIMERO Principios",
        "CAPITULO II Del salario y de las prestaciones que corresponden a quienes trabajan",
        "Artículo 3",
    )


def test_items_are_quoted_with_the_words_that_introduce_their_list(statute: Document) -> None:
    quotes = {
        statute.text[unit.start : unit.end]: statute.text[unit.lead_in.start : unit.lead_in.end]
        for passage in statute.passages
        for unit in passage.units
        if unit.lead_in
    }
    assert quotes["a) Llegar tarde, y"] == "I. Las siguientes:"
    assert quotes["II. Las que señale el\nartículo 5, y"] == "Son faltas:"
    assert quotes["II Bis. Las demás."] == "Son faltas:"


def test_notes_of_the_gazette_are_stored_and_not_quoted(statute: Document) -> None:
    quotes = [statute.text[unit.start : unit.end] for passage in statute.passages for unit in passage.units]
    assert "Fracción adicionada DOF 01-05-2019" in statute.text
    assert not any("DOF 01" in quote or "DOF 30" in quote for quote in quotes)


def test_a_passage_has_the_narrowest_place_that_holds_all_of_it(statute: Document) -> None:
    passage = next(passage for passage in statute.passages if "Llegar tarde" in passage.text)
    assert passage.pinpoint == "LFT art. 2 Bis"


def test_a_reference_at_the_beginning_of_a_line_is_no_article() -> None:
    text = "Ley Federal del Trabajo\nArtículo 1.- Rige lo que dispone el\nArtículo 123. Así es.\nArtículo 2.- Vale.\nArtículo 3.- No."
    assert places(law(text)) == ["LFT art. 1", "LFT art. 2", "LFT art. 3"]


def test_a_note_glued_to_the_article_behind_it_is_told_from_it() -> None:
    text = (
        "Ley Federal del Trabajo\n\nArtículo 1.- Vale. Artículo reformado DOF 30-11-2012, 01-05-2019 Artículo 2.- No.\n"
    )
    document = law(text)
    assert places(document) == ["LFT art. 1", "LFT art. 2"]
    assert [document.text[u.start : u.end] for p in document.passages for u in p.units] == [
        "Ley Federal del Trabajo",
        "Vale.",
        "No.",
    ]


def test_the_law_is_named_by_source_title_text_or_file() -> None:
    articles = "Artículo 1.- Uno.\n\nArtículo 2.- Dos.\n"
    assert places(law(articles, source="Ley del Seguro Social"))[0] == "LSS art. 1"
    assert places(law("LEY DEL IMPUESTO AL VALOR AGREGADO\n\n" + articles))[0] == "LIVA art. 1"
    assert places(law(articles, path="cff_2025.txt"))[0] == "CFF art. 1"
    assert places(law(articles, source="Ley Aduanera"))[0] == "Ley Aduanera art. 1"


def test_an_article_on_a_law_stays_an_article() -> None:
    text = "# PTU\n\n## LFT\n\nArtículo 1.- Uno.\n\nArtículo 2.- Dos.\n"
    document = law(text, "ptu.md", authority=Authority.INTERNAL)
    assert document.pinpoints == ()
    assert [section.path for section in document.sections] == [("LFT",)]


def test_a_text_with_many_articles_of_a_named_law_is_a_law_whatever_its_authority() -> None:
    articles = "".join(f"Artículo {number}.- Regla {number}.\n" for number in range(1, 15))
    assert len(law("Ley Federal del Trabajo\n" + articles, authority=Authority.AGENCY).pinpoints) == 14


def test_passages_quoted_from_a_law_stand_below_their_article() -> None:
    text = (
        "# Extractos\n\n**F-01 — Art. 47, fracción X (p. 15):**\n\n> Tener más de tres faltas.\n\n"
        "**F-02 — Transitorio Segundo:**\n\n> Entra en vigor.\n\n## Notas\n\nOtra cosa.\n"
    )
    document = law(text, "extractos.md", source="LFT")
    assert places(document) == ["LFT art. 47 fr. X", "LFT trans. 2"]
    assert pinpoint_at(document, document.text.index("Otra cosa")) is None


@pytest.mark.parametrize(
    ("words", "number"),
    [("PRIMERO", "1"), ("Décimo", "10"), ("Décimo Segundo", "12"), ("vigésima tercera", "23"), ("Único", "único")],
)
def test_ordinals_are_numbers(words: str, number: str) -> None:
    assert ordinal_number(words) == number
