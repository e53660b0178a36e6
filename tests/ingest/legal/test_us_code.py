import pytest

from kb.pinpoints import pinpoint_at
from kb.records import Authority, Document
from tests.ingest.legal.documents import law, places, regulation

RULE = """PART 164—SECURITY AND PRIVACY
Subpart C—Security Standards
§ 164.308 Administrative safeguards.

(a) A covered entity must, in accordance with
§ 164.306 of this part:

(1)(i) Standard: Security. Prevent violations.

(ii) Implementation specifications:

(A) Risk analysis. Assess risks as described in paragraph
(a)(4) of this section.

(B) Sanctions. Apply sanctions.

(2) Assign responsibility.

(b) Contracts. (1) A contract is needed.

(2) It is written.

§ 164.310 Physical safeguards.

Lock the doors.
"""


@pytest.fixture(scope="module")
def rule() -> Document:
    return regulation(RULE)


def test_paragraphs_have_pinpoints_down_to_the_last_level(rule: Document) -> None:
    assert places(rule) == [
        "45 CFR 164.308",
        "45 CFR 164.308(a)",
        "45 CFR 164.308(a)(1)(i)",
        "45 CFR 164.308(a)(1)(ii)",
        "45 CFR 164.308(a)(1)(ii)(A)",
        "45 CFR 164.308(a)(1)(ii)(B)",
        "45 CFR 164.308(a)(2)",
        "45 CFR 164.308(b)",
        "45 CFR 164.308(b)(1)",
        "45 CFR 164.308(b)(2)",
        "45 CFR 164.310",
    ]


def test_sections_have_their_number_whatever_paragraph_begins_them(rule: Document) -> None:
    assert [section.pinpoint for section in rule.sections] == ["45 CFR 164.308", "45 CFR 164.310"]
    assert rule.sections[0].path[-1] == "§ 164.308 Administrative safeguards"


def test_a_list_keeps_the_words_that_introduce_it(rule: Document) -> None:
    unit = next(u for p in rule.passages for u in p.units if rule.text[u.start :].startswith("(A)"))
    assert unit.lead_in is not None
    assert rule.text[unit.lead_in.start : unit.lead_in.end] == "(ii) Implementation specifications:"


def test_the_number_of_a_section_may_stand_only_in_the_file_name() -> None:
    document = regulation(
        "Lock the doors.\n\n> (a) Every night.\n\n> &#40;b) Always.\n", "hipaa/164-310-physical-safeguards.md"
    )
    assert document.metadata.title == "§ 164.310 Physical safeguards"
    assert places(document) == ["45 CFR 164.310", "45 CFR 164.310(a)", "45 CFR 164.310(b)"]
    assert document.sections[0].pinpoint == "45 CFR 164.310"


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        ("a b c d e f g h i j", ["(a)", "(b)", "(c)", "(d)", "(e)", "(f)", "(g)", "(h)", "(i)", "(j)"]),
        ("g h 1 i ii 2", ["(g)", "(h)", "(h)(1)", "(h)(1)(i)", "(h)(1)(ii)", "(h)(2)"]),
        ("g h 1 2 i 1 2", ["(g)", "(h)", "(h)(1)", "(h)(2)", "(i)", "(i)(1)", "(i)(2)"]),
        ("a 1 i ii iii iv v vi", ["(a)", "(a)(1)", *(f"(a)(1)({n})" for n in ("i", "ii", "iii", "iv", "v", "vi"))]),
        ("u v w x", ["(u)", "(v)", "(w)", "(x)"]),
    ],
)
def test_letters_and_roman_numerals_are_told_apart_by_what_follows(labels: str, expected: list[str]) -> None:
    text = "§ 164.512 Uses.\n\n" + "".join(f"({label}) Words of rule {label}.\n\n" for label in labels.split())
    found = [place.removeprefix("45 CFR 164.512") for place in places(regulation(text))][1:]
    assert found == expected


def test_a_definition_keeps_its_term_and_is_cited_by_its_section() -> None:
    text = (
        "§ 160.103 Definitions.\n\nThe following definitions apply:\n\nAct means the Social Security Act.\n\n"
        "Business associate: (1) Means a person who:\n\n(i) Creates data; or\n\n(ii) Keeps data.\n\n(2) It includes a vendor.\n"
    )
    document = regulation(text)
    assert set(places(document)) == {"45 CFR 160.103"}
    passage = next(passage for passage in document.passages if "Keeps data" in passage.text)
    assert passage.section[-1] == "Business associate"
    assert passage.context[-1] == "Business associate"
    unit = next(u for u in passage.units if document.text[u.start :].startswith("(ii)"))
    assert unit.lead_in is not None
    assert document.text[unit.lead_in.start : unit.lead_in.end] == "(1) Means a person who:"


def test_a_section_of_the_united_states_code_has_its_own_levels() -> None:
    text = (
        "# Title 42— THE PUBLIC HEALTH\n#### § 1320d–5. General penalty\n##### (b) Limitations\n\n"
        "(1) Offenses\n\n(A) In general\n\nNo penalty.\n\n(B) More\n\n(i) First. \n\n(ii) Second.\n"
    )
    document = law_of_usc(text)
    assert places(document)[1:] == [
        "42 USC 1320d-5(b)",
        "42 USC 1320d-5(b)(1)",
        "42 USC 1320d-5(b)(1)(A)",
        "42 USC 1320d-5(b)(1)(B)",
        "42 USC 1320d-5(b)(1)(B)(i)",
        "42 USC 1320d-5(b)(1)(B)(ii)",
    ]


def law_of_usc(text: str) -> Document:
    return regulation(text, "usc.md", source="42 USC")


def test_a_table_of_contents_is_not_the_sections() -> None:
    contents = "§ 164.302 Applicability.\n§ 164.304 Definitions.\n§ 164.306 General rules.\n"
    body = "".join(
        f"§ 164.{number} {title}.\n\nThis is the text of the section on {title}, which is long enough to be one.\n\n"
        for number, title in ((302, "Applicability"), (304, "Definitions"), (306, "General rules"))
    )
    document = regulation(contents + body)
    assert pinpoint_at(document, document.text.index("text of the section on Applicability")) == "45 CFR 164.302"
    assert len(set(places(document))) == 3


def test_guidance_on_a_section_stays_guidance() -> None:
    document = law(
        "# Guide\n\n## § 164.308 Administrative safeguards\n\n(a) Rule.\n", "guide.md", authority=Authority.INTERNAL
    )
    assert document.pinpoints == ()
