"""Whatever stands on the pages: no letter is lost, and each line's box keeps its place in the text."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from ingest.loaders.print_layout import flowing_text
from ingest.loaders.printed import PrintedLine, PrintedPage

WORDS = st.sampled_from(
    [
        "The",
        "rule",
        "subcon-",
        "tractor",
        "well-",
        "known",
        "II.",
        "(a)",
        "-",
        "§",
        "1.",
        "ends.",
        "and",
        "Article",
        "12",
        "|",
        "x",
    ]
)


@st.composite
def printed_lines(draw: st.DrawFn) -> PrintedLine:
    left, top = draw(st.integers(20, 400)), draw(st.integers(20, 760))
    text = " ".join(draw(st.lists(WORDS, min_size=1, max_size=6)))
    size = draw(st.sampled_from([9.0, 10.0, 14.0]))
    return PrintedLine(
        text=text,
        size=size,
        bold=draw(st.booleans()),
        left=left,
        top=top,
        right=left + 5 * len(text),
        bottom=top + size,
    )


PAGES = st.lists(
    st.lists(printed_lines(), max_size=14).map(lambda lines: PrintedPage(width=612, height=792, lines=tuple(lines))),
    min_size=1,
    max_size=5,
)


@given(PAGES)
def test_boxes_follow_each_other_and_pages_tile_the_text(pages: list[PrintedPage]) -> None:
    loaded = flowing_text(pages)
    boxes = [box for page in loaded.pages for box in page.lines]
    assert all(0 <= box.start < box.end <= len(loaded.text) for box in boxes)
    assert all(first.end <= second.start for first, second in itertools.pairwise(boxes))
    assert "".join(loaded.text[page.start : page.end] for page in loaded.pages) == loaded.text
    assert all(page.start <= box.start and box.end <= page.end for page in loaded.pages for box in page.lines)
    assert all(loaded.text[h.start : h.end] == h.title + "\n" for h in loaded.headings)


@given(PAGES)
def test_each_line_is_in_the_text_or_among_the_removals(pages: list[PrintedPage]) -> None:
    loaded = flowing_text(pages)
    kept = [loaded.text[box.start : box.end] for page in loaded.pages for box in page.lines]
    left_out = [removal.text for removal in loaded.removals if removal.reason != "hyphen at a line end"]
    printed = [line.text for page in pages for line in page.lines]
    hyphens = sum(removal.reason == "hyphen at a line end" for removal in loaded.removals)
    assert sum(map(len, kept)) + sum(map(len, left_out)) + hyphens == sum(map(len, printed))
    assert sorted(text.rstrip("-") for text in [*kept, *left_out]) == sorted(text.rstrip("-") for text in printed)
