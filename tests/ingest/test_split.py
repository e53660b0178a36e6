"""Passages as documents hold them: lossless, whole, short enough for the model, and with ids that stay."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.front_matter import FrontMatter
from ingest.loaders.loaded import LoadError
from ingest.loaders.markdown import MarkdownLoader
from ingest.read import build_document
from ingest.split import LONGEST_LEAD_IN, LONGEST_UNIT, TARGET_CHARACTERS
from kb.generation import passage_body, passage_input, unit_input
from kb.records import Authority, Document, Jurisdiction, Topic
from tests.embedders import HashingEmbedder

FRONT_MATTER = FrontMatter(authority=Authority.AGENCY, jurisdiction=Jurisdiction.MX, topics=(Topic.PTU,))
LINES = st.lists(
    st.one_of(
        st.sampled_from(["# Title", "## A heading", "### " + "Deeper and deeper " * 30, "", "", "```", "---", "<!-- note -->"]),
        st.sampled_from(["- an item; with words", "1. first", "a) " + "a long item " * 40]),
        st.sampled_from(["| a | b |", "  | a long cell " * 30 + "|  ", "|---|---|", ":|"]),
        st.sampled_from(["The fine is 5% (art. 3). However, it grows.", "Ask for:", "x" * 3_000, "palabra " * 300]),
        st.text(alphabet="aé .:-|#\u2028\u00a0\x0b👍", max_size=60),
    ),
    min_size=1,
    max_size=25,
)  # fmt: skip


def document(text: str, longest: int = 1_500, path: str = "a.md") -> Document:
    fits = HashingEmbedder(longest=longest).fits
    return build_document(path, MarkdownLoader().load(text.encode()), FRONT_MATTER, fits)


@given(LINES)
def test_passages_are_the_text_and_units_stand_in_them_in_order(lines: list[str]) -> None:
    try:
        built = document("\n".join(lines))
    except LoadError:
        return
    assert "".join(passage.text for passage in built.passages) == built.text
    assert [passage.ordinal for passage in built.passages] == list(range(len(built.passages)))
    assert len({passage.id for passage in built.passages}) == len(built.passages)
    for passage in built.passages:
        assert built.text[passage.start : passage.end] == passage.text
        position = passage.start
        for unit in passage.units:
            assert position <= unit.start < unit.end <= passage.end
            quote = built.text[unit.start : unit.end]
            assert quote == quote.strip()
            assert any(character.isalnum() for character in quote) or len(quote) <= LONGEST_UNIT
            position = unit.end
            if unit.lead_in:
                assert unit.lead_in.end <= unit.start
                assert unit.lead_in.end - unit.lead_in.start <= LONGEST_LEAD_IN


@given(LINES, st.sampled_from([900, 1_100, 1_500]))
def test_nothing_is_embedded_that_the_model_would_cut_off(lines: list[str], longest: int) -> None:
    try:
        built = document("\n".join(lines), longest)
    except LoadError:
        return
    fits = HashingEmbedder(longest=longest).fits
    for passage in built.passages:
        assert fits(passage_input(built, passage))
        assert len(passage_body(built, passage)) <= max(TARGET_CHARACTERS, LONGEST_UNIT + LONGEST_LEAD_IN + 1)
        assert all(fits(unit_input(built, passage, index)) for index in range(len(passage.units)))


@given(LINES)
def test_no_passage_crosses_a_section(lines: list[str]) -> None:
    try:
        built = document("\n".join(lines))
    except LoadError:
        return
    for passage in built.passages:
        section = next(s for s in built.sections if s.start <= passage.start < max(s.end, s.start + 1))
        assert passage.end <= section.end
        assert passage.section == section.path


def test_a_row_is_quoted_without_the_space_around_it() -> None:
    built = document("| Fact | Value |\n|---|---|\n  | fine | 5% |  \n")
    assert [built.text[unit.start : unit.end] for unit in built.passages[0].units] == ["| fine | 5% |"]


@pytest.mark.parametrize("longest", range(1_090, 1_110))
def test_a_sentence_that_fills_the_model_is_cut_with_room_for_its_heading(longest: int) -> None:
    built = document("# T\n\n## A heading\n\n" + "palabra " * 600, longest)
    fits = HashingEmbedder(longest=longest).fits
    for passage in built.passages:
        assert all(fits(unit_input(built, passage, index)) for index in range(len(passage.units)))


def test_splitting_again_gives_the_same_ids() -> None:
    text = "# Title\n\n" + "A sentence stands here. " * 200
    assert document(text) == document(text)


def test_ids_depend_on_the_document_and_not_on_other_passages() -> None:
    text = "# T\n\n## One\n\nFirst rule.\n\n## Two\n\nSecond rule.\n"
    before, after = document(text), document(text.replace("First", "Another first"))
    assert before.passages[-1].id == after.passages[-1].id
    assert before.passages[0].id != after.passages[0].id
    assert document(text, path="b.md").passages[-1].id != before.passages[-1].id


def test_the_same_words_twice_have_two_ids() -> None:
    built = document("# T\n\n## One\n\nA rule.\n\n## One\n\nA rule.\n")
    assert len({passage.id for passage in built.passages}) == len(built.passages) == 2


def test_a_long_list_is_parted_between_items_and_each_part_knows_its_lead_in() -> None:
    items = "".join(f"- document number {number} with a long enough name to fill the passage\n" for number in range(60))
    built = document(f"# T\n\n## Documents\n\nThe vendor shows these documents:\n\n{items}")
    assert len(built.passages) > 2
    for passage in built.passages[1:]:
        assert passage.text.startswith("- document number")
        assert passage_body(built, passage).startswith("The vendor shows these documents:\n")
        assert passage.units[0].lead_in is not None


def test_a_lead_in_begins_the_passage_of_its_list() -> None:
    built = document("# T\n\n## S\n\n" + "A sentence of prose stands here. " * 33 + "\n\nAsk for:\n\n- one\n- two\n")
    assert built.passages[-1].text == "Ask for:\n\n- one\n- two\n"


@pytest.mark.parametrize("word", ["palabra ", "x"])
def test_a_sentence_without_an_end_is_cut_at_white_space_where_there_is_any(word: str) -> None:
    built = document("# T\n\n" + word * (5_000 // len(word)))
    quotes = [built.text[unit.start : unit.end] for passage in built.passages for unit in passage.units]
    assert "".join(quotes).replace(" ", "") == (word * (5_000 // len(word))).replace(" ", "")
    assert all(quote.endswith(word.strip()) for quote in quotes)


def test_a_heading_too_long_to_help_is_not_embedded(tmp_path: Path) -> None:
    built = document("# Title\n\n## " + "very long heading " * 40 + "\n\nA rule stands here.\n")
    assert passage_input(built, built.passages[-1]) == "Title\nA rule stands here."
    assert built.passages[-1].section[0].startswith("very long heading")


def test_a_line_of_a_million_blanks_is_read_in_linear_time() -> None:
    assert len(document("# T\n\nA rule.\n" + " " * 1_000_000 + "\nAnother rule.\n").passages) == 2
