import re
from html.parser import HTMLParser

from evals.cases import Case
from evals.report import run_as_html
from evals.run import Run, run_set
from kb import KnowledgeBase
from tests.small_corpus import QUESTION, UNANSWERABLE


def case(identifier: str, **changes: object) -> Case:
    known = {"question": QUESTION, "language": "en", "category": "repse", "expect": "answer", "facts": [["STPS"]]}
    return Case.model_validate({"id": identifier, **known, **changes})


class Outline(HTMLParser):
    """Counts tags and keeps those that are open."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def outline(page: str) -> Outline:
    parser = Outline()
    parser.feed(page)
    assert parser.open == []
    return parser


def test_the_page_shows_every_case_with_answer_and_missed_facts(small_base: KnowledgeBase) -> None:
    page = run_as_html(run_set(small_base, "small", [case("a"), case("b", question=UNANSWERABLE, expect="abstain")]))
    assert "must be renewed every three years" in page
    assert "<td>STPS</td><td>misses STPS</td>" in page
    assert UNANSWERABLE in page
    assert "holds nothing on: Toronto" in page


def test_both_halves_are_labelled_and_every_figure_has_its_n_and_interval(small_base: KnowledgeBase) -> None:
    page = run_as_html(run_set(small_base, "small", [case("a"), case("b")]))
    assert "Fit half (weights fitted on it), 1 cases" in page
    assert "Reporting half (not fitted on), 1 cases" in page
    assert "0.000 [0.000 to 0.000]<small>n = 2</small>" in page


def test_what_comes_from_cases_and_answers_is_escaped(small_base: KnowledgeBase) -> None:
    attack = "<script>alert('x')</script>"
    run = run_set(small_base, attack, [case("a", category=attack, question=attack, facts=[[attack]])])
    page = run_as_html(run)
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    outline(page)


def test_the_page_needs_nothing_from_elsewhere(small_base: KnowledgeBase) -> None:
    page = run_as_html(run_set(small_base, "small", [case("a")]))
    assert not re.search(r"https?://|<(script|link|img|iframe)\b|url\(|@import", page)


def test_tables_have_captions_and_headers_for_rows_and_columns(small_base: KnowledgeBase) -> None:
    seen = outline(run_as_html(run_set(small_base, "small", [case("a")]))).seen
    tags = [tag for tag, _ in seen]
    assert tags.count("table") == tags.count("caption") == 4
    assert {attributes.get("scope") for tag, attributes in seen if tag == "th"} == {"col", "row"}
    assert ("html", {"lang": "en"}) in seen


def test_a_run_without_cases_is_a_page_too() -> None:
    assert "nothing to measure" in run_as_html(Run(set_name="none", generation="g", model="m", scored=()))
