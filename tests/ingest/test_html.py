import pytest

from ingest.loaders import LoadedText
from ingest.loaders.html import HtmlLoader
from ingest.loaders.loaded import LoadError

LONG = "The vendor keeps the records of its clients for six years after the contract has ended. " * 3


def load(body: str, head: str = "") -> LoadedText:
    return HtmlLoader().load(f"<html><head>{head}</head><body>{body}</body></html>".encode())


def text(body: str) -> str:
    return load(body).text


def test_headings_have_their_levels_and_places() -> None:
    loaded = load("<h1>A title</h1><p>One.</p><h3>A <em>deep</em> one</h3><p>Two.</p>")
    assert [(heading.level, heading.title) for heading in loaded.headings] == [(1, "A title"), (3, "A deep one")]
    assert [loaded.text[heading.start : heading.end] for heading in loaded.headings] == ["A title\n", "A deep one\n"]


def test_the_title_of_the_page_stands_in_for_a_missing_first_heading() -> None:
    loaded = load("<p>One.</p><h2>Part</h2><p>Two.</p>", "<title>Rules | Example</title>")
    assert [(heading.level, heading.title) for heading in loaded.headings] == [(1, "Rules"), (2, "Part")]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("<p>One <b>bold</b>, <a href=x>linked</a>\n word.</p>", "One bold, linked word.\n"),
        ("<p>One<br>two</p>", "One\ntwo\n"),
        ("<div>One<p>Two</p>three</div>", "One\n\nTwo\n\nthree\n"),
        ("<p>&sect;&nbsp;164.308 &amp; more</p>", "§ 164.308 & more\n"),
        ("<p>Ask for:</p><ul><li>a<ul><li>b</ul><li>c</ul>", "Ask for:\n\n- a\n  - b\n- c\n"),
        ("<ol start=4><li>a</li><li><p>b</p><p>more</p></li></ol>", "4. a\n5. b\n\nmore\n"),
        ("<dl><dt>PHI<dd>Health data.</dl>", "PHI: Health data.\n"),
        ("<span>In</span>line <span><div>Block</div></span>", "In line\n\nBlock\n".replace("In line", "Inline")),
        ("<pre>a\n  b</pre>", "a\n  b\n"),
    ],
)
def test_text_is_as_the_page_shows_it(body: str, expected: str) -> None:
    assert text(body) == expected


def test_a_table_has_its_header_first_and_fills_cells_over_several_rows_and_columns() -> None:
    rows = (
        "<tr><th>Tier<th>Least<th>Most</tr><tr><td rowspan=2>1<td colspan=2>$100</tr><tr><td>$1<br>or less<td>a|b</tr>"
    )
    assert text(f"<table><caption>Fines</caption>{rows}</table>") == (
        "Fines\n\n| Tier | Least | Most |\n| --- | --- | --- |\n| 1 | $100 | $100 |\n| 1 | $1 or less | a/b |\n"
    )


def test_a_table_that_only_lays_out_the_page_is_read_as_text() -> None:
    assert (
        text("<table><tr><td><h2>Left</h2><p>One.</p></td><td><p>Two.</p></td></tr></table>") == "Left\nOne.\n\nTwo.\n"
    )


@pytest.mark.parametrize(
    ("part", "reason"),
    [
        ("<nav>Home Services</nav>", "navigation"),
        ("<footer>© 2026 Example</footer>", "navigation"),
        ("<div class='site-breadcrumbs'>Home › Blog</div>", "navigation"),
        ("<div id=cookie-consent>This site remembers you.</div>", "cookie notice"),
        ("<div class=author-box>Ana writes.</div>", "author box"),
        ("<aside>Popular</aside>", "links to other articles"),
        ("<section class=related-posts><h2>More</h2><p>Other text</p></section>", "links to other articles"),
        ("<div class='cta'>Talk to sales</div>", "call to action"),
        ("<form>Your e-mail</form>", "call to action"),
        ("<p>Contact us today for a quote.</p>", "call to action"),
        ("<p>Utilizamos cookies para mejorar.</p>", "cookie notice"),
        ("<h2>También te puede interesar</h2>", "links to other articles"),
    ],
)
def test_what_is_around_the_article_is_left_out_and_recorded(part: str, reason: str) -> None:
    loaded = load(f"<h1>Rules</h1><p>{LONG}</p>{part}")
    assert loaded.text == f"Rules\n{LONG.strip()}\n"
    assert [removal.reason for removal in loaded.removals] == [reason]


def test_only_the_main_element_is_read_and_the_rest_is_recorded() -> None:
    loaded = load(f"<div>Our firm since 1990</div><main><p>{LONG}</p></main><div>Offices everywhere</div>")
    assert loaded.text == LONG.strip() + "\n"
    assert [(removal.reason, removal.text) for removal in loaded.removals] == [
        ("outside the main content", "Our firm since 1990\nOffices everywhere")
    ]


def test_a_large_part_is_kept_whatever_its_class_says() -> None:
    assert "six years" in text(f"<div class='sidebar related'><p>{LONG}</p></div><p>Short.</p>")


def test_scripts_styles_and_hidden_text_are_no_text() -> None:
    hidden = "<script>alert('x')</script><style>p{}</style><p hidden>a</p><p style='display: none'>b</p><!-- c -->"
    assert text(f"<p>One.</p>{hidden}") == "One.\n"


def test_an_old_encoding_is_read_where_the_page_declares_it() -> None:
    page = "<html><head><meta charset=windows-1252></head><body><p>Artículo 1º</p></body></html>"
    assert HtmlLoader().load(page.encode("cp1252")).text == "Artículo 1º\n"
    with pytest.raises(LoadError, match="not UTF-8"):
        HtmlLoader().load(page.replace("<meta charset=windows-1252>", "").encode("cp1252"))


def test_a_page_without_text_is_refused() -> None:
    with pytest.raises(LoadError, match="holds no text"):
        text("<script>x</script>")
