import pytest

from ingest.loaders.text import TextLoader


def headings(text: str) -> list[str]:
    return [heading.title for heading in TextLoader().load(text.encode()).headings]


def test_short_lines_that_stand_alone_are_headings() -> None:
    text = "The rule\n\nA first sentence stands\nover two lines.\n\n¿Qué es la PTU?\n\nEs un reparto.\n"
    loaded = TextLoader().load(text.encode())
    assert [(heading.title, heading.level) for heading in loaded.headings] == [("The rule", 1), ("¿Qué es la PTU?", 2)]
    assert [text[heading.start : heading.end] for heading in loaded.headings] == ["The rule\n", "¿Qué es la PTU?\n"]


def test_the_number_of_a_heading_is_left_out_of_its_title() -> None:
    assert headings("1. Scope\n\nA sentence.\n\n2) Terms\n\nA sentence.\n") == ["Scope", "Terms"]


@pytest.mark.parametrize(
    "line",
    [
        "A whole sentence stands alone.",
        "documents to ask for",
        "- an item of a list",
        "a) an item of a list",
        "Ask for these:",
        "***",
        "A line " + "that is far too long for a heading " * 4,
        "One two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen",
    ],
)
def test_other_lines_are_text(line: str) -> None:
    assert headings(f"{line}\n\nA sentence follows.\n") == []


def test_a_last_line_is_no_heading_of_anything() -> None:
    assert headings("A sentence.\n\nThe end\n") == []


def test_the_text_is_stored_as_it_is_but_for_line_ends() -> None:
    assert TextLoader().load(b"One.\r\n\r\n  Two.\rThree.\n").text == "One.\n\n  Two.\nThree.\n"
