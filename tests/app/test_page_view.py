"""Which pages are shown for a quote, and where its boxes stand."""

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.page_view import boxes_of, pages_html, shown_pages
from app.words import words_of
from kb.records import Language, Span
from tests.app.printed import TEXT, printed_document

DOCUMENT = printed_document()
FIRST, SECOND = DOCUMENT.pages


def span_of(words: str) -> Span:
    start = TEXT.index(words)
    return Span(start=start, end=start + len(words))


def test_a_whole_line_is_boxed_where_it_is_printed() -> None:
    (box,) = boxes_of(TEXT, FIRST, span_of("The fee is due on the first day of the month."))
    assert (round(box.left), round(box.right)) == (70, 374)  # the line, and a little room around it
    assert box.top < 100
    assert box.bottom > 114


def test_a_sentence_over_two_pages_has_its_boxes_on_both() -> None:
    quote = span_of("The rate of interest is set each year.")
    assert shown_pages(DOCUMENT, quote, None) == [FIRST, SECOND]
    (before,), (after,) = boxes_of(TEXT, FIRST, quote), boxes_of(TEXT, SECOND, quote)
    assert before.left > 200  # after "A late fee is paid with interest."
    assert round(before.right) == 374
    assert (round(after.left), round(after.right)) == (70, 374)


@given(st.tuples(st.integers(0, len(TEXT)), st.integers(0, len(TEXT))))
def test_boxes_stay_on_their_lines_and_every_word_has_one(ends: tuple[int, int]) -> None:
    quote = Span(start=min(ends), end=max(ends))
    boxes = [
        (line, boxes_of(TEXT, replace(page, lines=(line,)), quote)) for page in DOCUMENT.pages for line in page.lines
    ]
    for line, found in boxes:
        touched = (
            TEXT[max(line.start, quote.start) : min(line.end, quote.end)].strip() if quote.start < line.end else ""
        )
        assert len(found) == bool(touched)
        for box in found:
            assert line.left - 2 <= box.left < box.right <= line.right + 2
            assert line.top - 2 <= box.top < box.bottom <= line.bottom + 2


@pytest.mark.parametrize(("asked", "shown"), [(None, [1]), ("2", [2]), ("3", [1]), ("-1", [1]), ("x", [1])])
def test_without_a_quote_the_page_asked_for_is_shown_or_the_first(asked: str | None, shown: list[int]) -> None:
    assert [page.number for page in shown_pages(DOCUMENT, None, asked)] == shown


def test_no_page_is_shown_where_the_file_was_not_kept() -> None:
    assert shown_pages(printed_document(original=None), None, None) == []


def test_the_picture_has_its_boxes_in_the_page_s_points_and_links_to_the_other_page() -> None:
    words = words_of(Language.EN)
    page = pages_html(
        DOCUMENT, "g000001-00000000", [FIRST], span_of("The fee"), lambda number: f"?page={number}", words
    )
    assert 'src="/documents/fees/pages/1.png?generation=g000001-00000000&amp;scale=2"' in page
    assert 'viewBox="0 0 612.0 792.0"' in page
    assert len(re.findall("<rect", page)) == 1
    assert 'href="?page=2#pages" rel="next"' in page
    assert "Page 1 of 2" in page
