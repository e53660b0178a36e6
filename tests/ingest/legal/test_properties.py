from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.legal.nesting import DIGIT, LOWER, ROMAN, UPPER, Label, nest
from ingest.loaders.loaded import LoadError
from ingest.read import read_document
from ingest.scan import scan_folder
from kb.generation import passage_input, unit_input
from kb.pinpoints import pinpoint_at
from kb.records import Document
from tests.embedders import HashingEmbedder
from tests.ingest.legal.documents import law, regulation

STATUTE_LINES = st.lists(
    st.sampled_from(
        [
            "LEY FEDERAL DEL TRABAJO", "TITULO PRIMERO", "CAPITULO I", "Disposiciones generales", "",
            "Artículo 1o.- Son faltas:", "Artículo 2.- Nadie renuncia.", "Artículo 3 Bis. El patrón paga.", "Artículo 4-A.-",
            "I. Lo primero;", "II. Lo segundo, y", "III. " + "Una regla larga sobre el salario. " * 30, "a) Un inciso:", "b) Otro.",
            "Fracción reformada DOF 01-05-2019", "Lo anterior vale para todos.", "| a | b |", "|---|---|", "| 1 | 2 |", "> Cita.",
            "TRANSITORIOS", "Primero.- Entra en vigor.", "DECRETO por el que se reforma.", "palabra " * 300, "🙂 texto", "- punto",
            "Publicado en el Diario Oficial de la Federación el 1 de mayo de 2019", "artículo 5 de esta ley", "x" * 1_300,
        ]
    ),
    max_size=40,
)  # fmt: skip
RULE_LINES = st.lists(
    st.sampled_from(
        [
            "PART 164—SECURITY", "Subpart C—Safeguards", "§ 164.308 Safeguards.", "§ 164.402 Definitions.", "§ 164.502 Uses.", "",
            "(a) A rule:", "(1) First.", "(i) Roman.", "(ii) More; and", "(A) Letter.", "(b)(1) Both.", "> (c) Quoted.",
            "&#40;d) Escaped.", "Breach means a loss that:", "Act means the Act.", "(c) Heading. (1) Inside.", "word " * 400,
            "Other words stand here.", "[78 FR 5687, Jan. 25, 2013]", "# Heading", "##### (e) Head", "- item", "y" * 1_300,
        ]
    ),
    max_size=40,
)  # fmt: skip
LAWS = st.one_of(
    STATUTE_LINES.map(lambda lines: (law, "\n".join(lines))),
    RULE_LINES.map(lambda lines: (regulation, "\n".join(lines))),
)


def built(sample: tuple[Callable[..., Document], str]) -> Document | None:
    make, text = sample
    try:
        return make(text)
    except LoadError:
        return None


@given(LAWS)
def test_passages_join_to_the_text_and_every_span_stands_in_it(sample: tuple[Callable[..., Document], str]) -> None:
    document = built(sample)
    if document is None:
        return
    assert "".join(passage.text for passage in document.passages) == document.text
    assert len({passage.id for passage in document.passages}) == len(document.passages)
    for passage in document.passages:
        assert document.text[passage.start : passage.end] == passage.text
        position = passage.start
        for unit in passage.units:
            assert position <= unit.start < unit.end <= passage.end
            quote = document.text[unit.start : unit.end]
            assert quote == quote.strip()
            position = unit.end
            assert unit.lead_in is None or unit.lead_in.end <= unit.start


@given(LAWS)
def test_no_passage_crosses_a_section_and_sections_tile_the_text(sample: tuple[Callable[..., Document], str]) -> None:
    document = built(sample)
    if document is None:
        return
    ends = [0, *(section.end for section in document.sections)]
    assert [section.start for section in document.sections] == ends[:-1]
    assert ends[-1] == len(document.text)
    for passage in document.passages:
        assert any(s.start <= passage.start and passage.end <= s.end for s in document.sections)


@given(LAWS)
def test_nothing_exceeds_what_the_model_reads(sample: tuple[Callable[..., Document], str]) -> None:
    document = built(sample)
    if document is None:
        return
    fits = HashingEmbedder(longest=1_500).fits
    for passage in document.passages:
        assert fits(passage_input(document, passage))
        assert all(fits(unit_input(document, passage, index)) for index in range(len(passage.units)))


@given(LAWS)
def test_pinpoints_are_in_order_and_the_place_of_a_passage_holds_all_its_quotes(
    sample: tuple[Callable[..., Document], str],
) -> None:
    document = built(sample)
    if document is None:
        return
    position = 0
    for pinpoint in document.pinpoints:
        assert position <= pinpoint.start < pinpoint.end <= len(document.text)
        position = pinpoint.end
    for passage in document.passages:
        if document.pinpoints and passage.pinpoint:
            for unit in passage.units:
                place = pinpoint_at(document, unit.start)
                assert place is not None
                assert place.startswith(passage.pinpoint)


@given(LAWS)
def test_no_words_of_a_law_go_unquoted(sample: tuple[Callable[..., Document], str]) -> None:
    document = built(sample)
    if document is None or not document.pinpoints:
        return
    quoted = [(unit.start, unit.end) for passage in document.passages for unit in passage.units]
    quoted += [(u.lead_in.start, u.lead_in.end) for p in document.passages for u in p.units if u.lead_in]
    for words in ("Nadie renuncia", "El patrón paga", "Otro.", "Roman", "Letter", "Both", "Inside"):
        start = document.text.find(words)
        if start >= 0 and pinpoint_at(document, start):
            assert any(a <= start < b for a, b in quoted), words


@given(
    st.lists(
        st.sampled_from(["a", "b", "c", "h", "i", "j", "v", "x", "1", "2", "ii", "A", "B", "zz", "I"]), max_size=25
    )
)
def test_labels_are_read_as_they_are_written(labels: list[str]) -> None:
    readings = nest([Label(text=label) for label in labels], ((LOWER,), (DIGIT,), (ROMAN,), (UPPER,)))
    assert len(readings) == len(labels)
    for label, reading in zip(labels, readings, strict=True):
        if reading is not None:
            assert reading[-1][1] == label
            assert [level for level, _ in reading] == sorted({level for level, _ in reading})


@pytest.mark.parametrize("other", ["a.txt", "zz.txt", "more/inner.txt"])
def test_ids_are_stable_under_re_ingest_and_under_renaming_other_files(tmp_path: Path, other: str) -> None:
    (tmp_path / "_defaults.yaml").write_text("authority: statute\njurisdiction: MX\ntopics: [labor]\n")
    (tmp_path / "lft.txt").write_text("Ley Federal del Trabajo\nArtículo 1.- Uno.\nArtículo 2.- Dos:\nI. Tres.\n")
    neighbour = tmp_path / "m.txt"
    neighbour.write_text("Ley del Seguro Social\nArtículo 1.- Otro.\n")

    def ids() -> list[str]:
        source = next(source for source in scan_folder(tmp_path)[0] if source.path == "lft.txt")
        document, _ = read_document(source, HashingEmbedder().fits)
        assert document is not None
        return [passage.id for passage in document.passages]

    before = ids()
    assert ids() == before
    (tmp_path / other).parent.mkdir(exist_ok=True)
    neighbour.rename(tmp_path / other)
    assert ids() == before
