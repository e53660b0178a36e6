from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.text.references import find_references, first_pinpoint


def names(text: str) -> list[str]:
    return [reference.canonical for reference in find_references(text)]


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("45 CFR 164.308(a)(1)(ii)(A)", "45 CFR 164.308(a)(1)(ii)(A)"),
        ("45 C.F.R. § 164.502(e)", "45 CFR 164.502(e)"),
        ("45 CFR §§ 164.400–414", "45 CFR 164.400-414"),
        ("45 CFR Part 164", "45 CFR 164"),
        ("section 164.404(c)", "45 CFR 164.404(c)"),
        ("§ 164.312(a)(2)(iv)", "45 CFR 164.312(a)(2)(iv)"),
        ("under 164.530(j) records", "45 CFR 164.530(j)"),
        ("42 U.S.C. § 1320d-6", "42 USC 1320d-6"),
        ("42 USC 17934", "42 USC 17934"),
        ("89 Fed. Reg. 1234", "89 Fed. Reg. 1234"),
        ("NOM-035-STPS-2018", "NOM-035-STPS-2018"),
    ],
)
def test_us_references_and_standards_have_one_form(text: str, canonical: str) -> None:
    assert names(text) == [canonical]


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("LFT art. 127 fr. VIII", "LFT art. 127 fr. VIII"),
        ("LFT, article 127, fraction VIII", "LFT art. 127 fr. VIII"),
        ("artículo 127, fracción VIII, de la LFT", "LFT art. 127 fr. VIII"),
        ("artículo 127 fracción VIII de la Ley Federal del Trabajo", "LFT art. 127 fr. VIII"),
        ("fracción VIII del artículo 127 de la LFT", "LFT art. 127 fr. VIII"),
        ("article 127 of the Federal Labor Law", "LFT art. 127"),
        ("LFT art. 132 fr. XXIV Bis", "LFT art. 132 fr. XXIV Bis"),
        ("LFT art. 127 frs. III y IV", "LFT art. 127 frs. III, IV"),
        ("LFT arts. 117-131", "LFT arts. 117-131"),
        ("LFT arts. 117 a 131", "LFT arts. 117-131"),
        ("LFT arts. 330-A to 330-K", "LFT arts. 330-A to 330-K"),
        ("LSS art. 15 A", "LSS art. 15 A"),
        ("CFF art. 15-D", "CFF art. 15-D"),
        ("artículo 15-D, penúltimo párrafo, del CFF", "CFF art. 15-D"),
        ("artículo 108 Ter del Código Fiscal de la Federación", "CFF art. 108 Ter"),
        ("Ley del INFONAVIT art. 29 Bis", "INFONAVIT Law art. 29 Bis"),
        ("artículo 123, apartado A, fracción IX, de la Constitución", "Constitution art. 123(A) fr. IX"),
        ("T-MEC art. 19.11", "USMCA art. 19.11"),
        ("ART. 127 LFT", "LFT art. 127"),
    ],
)
def test_mexican_references_have_one_form_in_both_languages(text: str, canonical: str) -> None:
    assert names(text) == [canonical]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("LFT arts. 12, 13 and 15", ["LFT art. 12", "LFT art. 13", "LFT art. 15"]),
        ("los artículos 12 y 13 de la LFT", ["LFT art. 12", "LFT art. 13"]),
        ("45 CFR parts 160 and 164", ["45 CFR 160", "45 CFR 164"]),
        ("45 CFR 164.502(e) and 164.504(e)", ["45 CFR 164.502(e)", "45 CFR 164.504(e)"]),
        ("LFT arts. 25 fr. III and 28; LSS art. 304", ["LFT art. 25 fr. III", "LFT art. 28", "LSS art. 304"]),
    ],
)
def test_each_article_of_a_list_is_a_reference(text: str, expected: list[str]) -> None:
    assert names(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("artículo 5 del contrato", ["art. 5"]),
        ("article 5 of the contract", ["art. 5"]),
        ("LFT art. 15 A contractor must register", ["LFT art. 15"]),
        ("LFT arts. 12 and 13, 30 days after", ["LFT art. 12", "LFT art. 13"]),
        ("LFT art. 87, 15 days", ["LFT art. 87"]),
        ("MXN 29,327.50 on 30 May 2026, 10% of 2,190,294", []),
        ("an article about artists", []),
    ],
)
def test_words_and_amounts_beside_a_number_are_no_part_of_a_reference(text: str, expected: list[str]) -> None:
    assert names(text) == expected


def test_a_pinpoint_names_its_law() -> None:
    assert first_pinpoint("Under art. 5 of the contract and LFT art. 87, …") == "LFT art. 87"
    assert first_pinpoint("Under article 5 of the contract") is None


@given(st.text(alphabet="LFTart. 0123456789()IVXyand,-CRS§", max_size=80))
def test_references_stand_in_order_without_overlap_inside_the_text(text: str) -> None:
    spans = [(0, 0), *((r.start, r.end) for r in find_references(text))]
    assert all(before[1] <= after[0] < after[1] <= len(text) for before, after in pairwise(spans))
