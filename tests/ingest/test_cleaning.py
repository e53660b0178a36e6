"""What is left out of texts off the web and off printed pages, and what stays."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.clean.broken_words import hyphenation_of, join_letters, word_joint
from ingest.clean.formulas import plain_formulas
from ingest.clean.paged_text import clean_paged_text
from ingest.clean.run_together import split_rows
from ingest.clean.web import find_boilerplate
from ingest.loaders.text import TextLoader

BODY = "The vendor keeps the records for six years after the contract has ended."


def reasons(*blocks: str, certain: bool = True) -> dict[int, str]:
    return find_boilerplate(blocks, certain=certain)


@pytest.mark.parametrize(
    "block",
    [
        "Table of Contents", "Índice de contenidos", "Share this article", "Skip to main content", "© 2026 Example BPO",
        "Home > Blog > HIPAA", "You May Also Like", "También te puede interesar", "Related posts", "Artículos relacionados",
        "Let's get in touch", "Get in Touch to Learn How.", "If you have questions, we will advise you.", "Escanea el código",
        "Contáctanos hoy para una cotización.", "Book a free demo", "Agenda una llamada", "Meet With Our Experts Today!",
        "We use cookies to improve this site.", "Este sitio utiliza cookies.", "Written by Ana Example", "Escrito por Ana",
        "At Example BPO, we audit vendors so your team can focus.", "🔎 External Resource: a guide", "A chart - featured image",
    ],
)  # fmt: skip
def test_what_is_a_pages_and_not_its_articles_is_found(block: str) -> None:
    assert list(reasons(BODY, block, BODY + " More.")) == [1]


@pytest.mark.parametrize(
    "block",
    [
        "Contact the vendor's privacy officer within five days.",
        "The contract names whom to contact, and the vendor answers within ten days.",
        "Share of profits", "Related services are services of the same kind.", "Cookies and similar trackers are personal data.",
        "The author of a report signs it.", "Search warrants", "Subscribe the contract before the work begins.",
        "Artículo 15. Contacto con el público", "In Mexico, our duties begin on the first day.", "More than 500 persons",
        "We audit vendors every year.",
    ],
)  # fmt: skip
def test_sentences_that_only_sound_alike_stay(block: str) -> None:
    assert reasons(BODY, block, BODY + " More.") == {}


def test_one_sign_alone_makes_no_web_page() -> None:
    assert reasons("Contact us today for help.", BODY, certain=False) == {}
    assert list(reasons("Contact us today for help.", BODY, "You may also like", certain=False)) == [0, 2]


def test_a_heading_that_stands_twice_in_a_row_is_kept_once_everywhere() -> None:
    assert list(reasons("The rule", "THE RULE", BODY, "The rule", BODY, certain=False)) == [1]
    assert list(reasons("The rule | Example", "The rule", BODY, certain=False)) == [0]
    assert list(reasons("The rule", "The rule - keywords of a picture", BODY, certain=False)) == [1]
    assert reasons("Yes.", BODY, BODY, certain=False) == {}


def test_an_author_box_goes_with_the_name_that_follows_it() -> None:
    box = "Picture of Ana Example\nAna Example " + "writes about contracts and likes long walks. " * 12
    assert list(reasons(BODY, box, "Ana Example", "Analysis", certain=True)) == [1, 2]


def test_the_entries_of_a_table_of_contents_go_and_their_headings_stay() -> None:
    blocks = ("In this article", "The rule\nThe fine", "The rule", BODY, "The fine", BODY)
    assert list(reasons(*blocks)) == [0, 1]


def test_rows_that_ran_together_are_parted() -> None:
    rows = "REPSE registrationAsk for the certificate\nPTU policyRequest the rules\nPayroll proofDemand the receipts"
    assert split_rows(f"What\tHow\n{rows}") == (
        "| What | How |\n| --- | --- |\n| REPSE registration | Ask for the certificate |\n"
        "| PTU policy | Request the rules |\n| Payroll proof | Demand the receipts |"
    )
    assert split_rows(rows) == (
        "- REPSE registration: Ask for the certificate\n- PTU policy: Request the rules\n- Payroll proof: Demand the receipts"
    )


@pytest.mark.parametrize(
    "block",
    ["One lineOnly here\nand another", "McDonald pays well\nOReilly too\nMcAllen as well", f"{BODY}\n{BODY}\n{BODY}"],
)
def test_other_lines_are_no_table(block: str) -> None:
    assert split_rows(block) is None


def gazette(page_count: int, foot: str = "{n} de {of}", head: str = "LEY DE EJEMPLO") -> str:
    subject = ("", "patrón", "trabajador", "sindicato", "instituto", "contratista")
    pages = [
        f"{head}\nEl {subject[n]} cumple cada año\ncon lo que debe el {subject[n]}, y\n"
        + foot.format(n=n, of=page_count)
        for n in range(1, page_count + 1)
    ]
    return "\n".join(pages) + "\n"


@pytest.mark.parametrize("foot", ["{n} de {of}", "Página {n}", "Page {n} of {of}", "- {n}/{of} -"])
def test_heads_and_numbers_of_pages_leave_a_printed_text(foot: str) -> None:
    cleaned = clean_paged_text(gazette(4, foot))
    assert cleaned.text.splitlines() == [
        line for subject in ("patrón", "trabajador", "sindicato", "instituto")
        for line in (f"El {subject} cumple cada año", f"con lo que debe el {subject}, y")
    ]  # fmt: skip
    assert [page.number for page in cleaned.pages] == [1, 2, 3, 4]
    assert "".join(cleaned.text[page.start : page.end] for page in cleaned.pages) == cleaned.text
    assert all(cleaned.text[page.start :].startswith("El ") for page in cleaned.pages)
    assert len(cleaned.removals) == 8


def test_bare_page_numbers_and_form_feeds_tell_pages_too() -> None:
    pages = ["\n".join(f"{letter}{letter} renglón {n} de la ley." for n in range(20)) for letter in "abcd"]
    bare = "".join(f"LEY\n{page}\n{n}\n" for n, page in enumerate(pages, 1))
    feeds = "\f".join(f"LEY\n{page}\n{n}" for n, page in enumerate(pages, 1))
    for text in (bare, feeds):
        cleaned = clean_paged_text(text)
        assert cleaned.text == "\n".join(pages) + "\n"
        assert [page.number for page in cleaned.pages] == [1, 2, 3, 4]


def test_a_sentence_goes_on_over_blank_lines_around_a_page_break() -> None:
    text = gazette(4).replace("\n2 de 4\n", "\n\n2 de 4\n\n").replace("El sindicato", "\nel sindicato")
    assert "trabajador, y\nel sindicato" in clean_paged_text(text).text


@pytest.mark.parametrize(
    "text",
    [
        "1\n2\n3\n4\n", "Rule\n\n1 de 3\n", "Chapter\nPage 7 is missing.\n", "5 de 10\n3 de 10\n8 de 10\n" * 4,
        "Use a well-\nknown form.\n\nT R A N S I T O R I O S\n",
    ],
)  # fmt: skip
def test_text_without_pages_is_left_as_it_is(text: str) -> None:
    assert clean_paged_text(text).text == text


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\x00\r"), max_size=40), max_size=30))
def test_nothing_of_a_text_is_lost_unrecorded(lines: list[str]) -> None:
    """Letters and digits of the text and of the removals, together, are those of the source."""
    source = "\n".join(["Begin.", *lines])
    loaded = TextLoader().load(source.encode())
    stored = sorted(c for text in (loaded.text, *(r.text for r in loaded.removals)) for c in text if c.isalnum())
    assert len(stored) >= sum(c.isalnum() for c in source)


@pytest.mark.parametrize(
    ("before", "after", "joint"),
    [
        ("the subcon-", "tractor", None),
        ("a well-", "known duty", ""),
        ("ISO-", "27001", ""),
        ("ten -", "20", " "),
        ("a", "b", " "),
    ],
)
def test_a_broken_word_loses_its_hyphen_and_a_compound_keeps_it(before: str, after: str, joint: str | None) -> None:
    assert word_joint(before, after, hyphenation_of([before, after])) == joint


def test_a_long_text_that_breaks_no_words_keeps_all_its_hyphens() -> None:
    lines = ["Una línea de la ley sin guion alguno."] * 400 + ["materias químico-", "farmacéuticas diversas"]
    assert word_joint("materias químico-", "farmacéuticas", hyphenation_of(lines)) == ""


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("T R A N S I T O R I O S", "TRANSITORIOS"),
        ("D E C R E T O:", "DECRETO:"),
        ("A B C", "A B C"),
        ("0 1 2 3 4 5", "0 1 2 3 4 5"),
    ],
)
def test_letters_set_apart_become_words(line: str, expected: str) -> None:
    assert join_letters(line) == expected


def test_traces_of_formulas_are_written_plainly_and_prices_stay() -> None:
    text = r"under $\S 164.530(\mathrm{j})(1)$ and $\S \S 160.1$ for $\$ 100$, not $5 or $6."
    assert plain_formulas(text)[0] == "under § 164.530(j)(1) and §§ 160.1 for $100, not $5 or $6."
    assert plain_formulas("It costs $5 or $6, see $\\S 1$.")[0] == "It costs $5 or $6, see $\\S 1$."


def test_ordinary_text_is_stored_untouched() -> None:
    text = f"The rule\n\n{BODY}\nContact us today for more.\n\n  • one\n  • two\n\nThe end of it\n\n{BODY}\n"
    loaded = TextLoader().load(text.encode())
    assert (loaded.text, loaded.removals, loaded.pages, loaded.findings) == (text, (), (), ())


def test_ligatures_become_letters() -> None:
    assert TextLoader().load("A ﬁne of­ten ﬂoats.".encode()).text == "A fine often floats."
