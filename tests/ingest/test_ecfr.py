"""The XML of the eCFR: sections become headings, paragraphs stay whole, and what is no regulation text is recorded."""

import pytest

from ingest.loaders.loaded import LoadError
from ingest.loaders.xml import XmlLoader
from tests.ingest.official_server import ECFR


def _section(inside: str) -> bytes:
    return f'<DIV8 N="164.404" TYPE="SECTION"><HEAD>§ 164.404   Notice.</HEAD>{inside}</DIV8>'.encode()


def test_headings_and_paragraphs_are_kept_and_notes_are_recorded() -> None:
    loaded = XmlLoader().load(ECFR)
    assert loaded.text.split("\n\n") == [
        "PART 164—SECURITY AND PRIVACY",
        "Subpart C—Security Standards",
        "§ 164.302 Applicability.",
        "A covered entity must comply with the standards of this subpart.",
        "§ 164.308 Administrative safeguards.",
        "(a) A covered entity must, in accordance with § 164.306:",
        "(1)(i) Standard: Security management process. Implement policies and procedures.\n",
    ]
    assert [(heading.title, heading.level) for heading in loaded.headings] == [
        ("PART 164—SECURITY AND PRIVACY", 1),
        ("Subpart C—Security Standards", 2),
        ("§ 164.302 Applicability.", 4),
        ("§ 164.308 Administrative safeguards.", 4),
    ]
    for heading in loaded.headings:
        assert loaded.text[heading.start : heading.end] == heading.title + "\n"
    assert [removal.text for removal in loaded.removals] == [
        "Authority:42 U.S.C. 1302(a).",
        "[68 FR 8376, Feb. 20, 2003]",
    ]


def test_an_element_that_is_not_known_loses_no_text() -> None:
    text = XmlLoader().load(_section("<P>(a) One.</P><MYSTERY>Two.</MYSTERY><EXTRACT><P>Three.</P></EXTRACT>")).text
    assert [part.strip() for part in text.split("\n\n")[1:]] == ["(a) One.", "Two.", "Three."]


def test_a_table_keeps_its_rows() -> None:
    rows = "<TR><TH>Tier</TH><TH>Amount</TH></TR><TR><TD>First</TD><TD>$100</TD></TR>"
    text = XmlLoader().load(_section(f"<P>(a) Amounts:</P><DIV><TABLE>{rows}</TABLE></DIV>")).text
    assert text.endswith("| Tier | Amount |\n| --- | --- |\n| First | $100 |\n")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b'<!DOCTYPE DIV5 [<!ENTITY a "aaaa">]><DIV5><P>&a;</P></DIV5>', "document type or entities"),
        (b"<DIV5><P>One.</P>", "not well-formed XML"),
        (b"<DIV5></DIV5>", "no paragraph of a regulation"),
        (b"<html><p>Try later</p></html>", "another vocabulary"),
        (b"<DIV5>" + b"<P>" * 200 + b"x" + b"</P>" * 200 + b"</DIV5>", "nests more than 100"),
        (b'<?xml version="1.0" encoding="klingon"?><DIV5><P>x</P></DIV5>', "can't be read|not well-formed"),
        (b"", "not well-formed XML"),
    ],
)
def test_what_is_no_regulation_says_why(content: bytes, says: str) -> None:
    with pytest.raises(LoadError, match=says):
        XmlLoader().load(content)
