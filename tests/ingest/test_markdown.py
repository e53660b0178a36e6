import pytest

from ingest.loaders import loader_for
from ingest.loaders.loaded import LoadError
from ingest.loaders.markdown import MarkdownLoader, find_headings
from ingest.split import find_units
from ingest.structure import find_sections


def outline(text: str) -> list[tuple[int, str]]:
    return [(heading.level, heading.title) for heading in find_headings(text)]


def units(text: str) -> list[str]:
    """Each unit, with its lead-in before it."""
    return [
        (f"{text[unit.lead_in.start : unit.lead_in.end]} " if unit.lead_in else "") + text[unit.start : unit.end]
        for unit in find_units(text, 0, len(text))
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("# One\n## Two\n###### Six\n", [(1, "One"), (2, "Two"), (6, "Six")]),
        ("   ## Up to three blanks\n", [(2, "Up to three blanks")]),
        ("    # code\n", []),
        ("## Closed ##\n## C#\n", [(2, "Closed"), (2, "C#")]),
        ("#no blank\n####### seven\n#\n", []),
        ("Title\n=====\n\nSection\n---\n", [(1, "Title"), (2, "Section")]),
        ("A sentence\nof two lines\n---\n", []),
        ("- an item\n---\n", []),
        ("| a | b |\n|---|---|\n", []),
        ("```\n# comment\n```\n# Real\n", [(1, "Real")]),
        ("~~~sh\n# comment\n```\n# still\n~~~\n# Real\n", [(1, "Real")]),
        ("````\n```\n# inside\n````\n# Real\n", [(1, "Real")]),
        ("```inline``` code\n# Real\n", [(1, "Real")]),
        ("```\n# never closed\n", []),
        ("# Last line", [(1, "Last line")]),
        ("", []),
    ],
)
def test_headings_are_those_of_commonmark(text: str, expected: list[tuple[int, str]]) -> None:
    assert outline(text) == expected


def test_the_text_is_stored_as_it_is() -> None:
    text = "# A *title*\n\nA [link](x) and **bold**.\t\n\n\n> quoted\n"
    assert MarkdownLoader().load(text.encode()).text == text


def test_a_heading_of_the_top_level_that_stands_alone_is_the_title_and_no_section() -> None:
    loaded = MarkdownLoader().load(b"# Title\n\nIntro.\n\n## One\n\nText.\n\n### Deep\n\nText.\n\n## Two\n\nText.\n")
    assert [section.path for section in find_sections(loaded)] == [(), ("One",), ("One", "Deep"), ("Two",)]


def test_a_heading_without_text_of_its_own_is_kept_with_the_next() -> None:
    loaded = MarkdownLoader().load(b"# Title\n\n## Empty\n\n### Deep\n\nText.\n")
    sections = find_sections(loaded)
    assert [section.path for section in sections] == [("Empty", "Deep")]
    assert (sections[0].start, sections[0].end) == (0, len(loaded.text))


def test_list_items_carry_their_lead_in_and_are_not_parted() -> None:
    text = "Ask for it. The vendor shows:\n\n- the registration. It is new;\n- the *opinion*\n  of two lines.\n\nThen sign.\n"
    assert units(text) == [
        "Ask for it.",
        "The vendor shows: the registration. It is new;",
        "The vendor shows: the *opinion*\n  of two lines.",
        "Then sign.",
    ]


@pytest.mark.parametrize("marker", ["-", "*", "+", "•", "1.", "12)", "a)"])
def test_all_kinds_of_list_markers_are_left_out_of_the_item(marker: str) -> None:
    assert units(f"Ask for:\n{marker} a contract\n{marker} a receipt\n") == [
        "Ask for: a contract",
        "Ask for: a receipt",
    ]


def test_a_colon_without_a_list_behind_it_is_a_sentence() -> None:
    assert units("The rule says:\n\nPay in time.\n") == ["The rule says:", "Pay in time."]


def test_a_later_list_does_not_take_an_earlier_lead_in() -> None:
    assert units("Ask for:\n- one\n\nA sentence between.\n\n- two\n") == ["Ask for: one", "A sentence between.", "two"]


def test_each_row_of_a_table_carries_the_header() -> None:
    text = "| Year | Rate |\n|------|------|\n| 2026 | 10% |\n| 2027 | 11% |\n\nAfter it.\n"
    assert units(text) == ["| Year | Rate | | 2026 | 10% |", "| Year | Rate | | 2027 | 11% |", "After it."]


def test_rules_and_notes_to_editors_are_nothing_to_quote() -> None:
    assert units("One.\n\n---\n\n***\n\n<!-- TODO: check with counsel -->\n\nTwo.\n") == ["One.", "Two."]


def test_endings_are_told_apart_without_case() -> None:
    assert isinstance(loader_for("a/b.MD"), MarkdownLoader)
    assert loader_for("a.odt") is None
    assert loader_for("md") is None


@pytest.mark.parametrize(
    ("content", "line", "message"),
    [
        (b"", None, "empty"),
        (b" \n\t\n", None, "empty"),
        ("uno\ndos años".encode("latin-1"), 2, "not UTF-8"),
        (b"one\ntwo\nthr\x00ee", 3, "null character"),
        ("año".encode("utf-16-le"), 1, "not UTF-8|null character"),
        (b"\xff\xfea\x00b", 1, "not UTF-8"),
    ],
)
def test_what_is_no_text_is_told_with_its_line(content: bytes, line: int | None, message: str) -> None:
    with pytest.raises(LoadError, match=message) as refused:
        MarkdownLoader().load(content)
    assert refused.value.line == line
