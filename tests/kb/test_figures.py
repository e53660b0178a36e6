"""What is read from a sentence: number, unit, role, modality, subject."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.figures import Figure, Modality, Role, find_figures, flat
from kb.records import Language


def only(text: str, language: Language = Language.EN) -> Figure:
    (figure,) = find_figures(text, language)
    return figure


def read(text: str, language: Language = Language.EN) -> tuple[list[str], str, str, Role]:
    figure = only(text, language)
    return [str(value) for value in figure.values], figure.unit, figure.per, figure.role


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The share is 10% of profits.", (["10"], "%", "", Role.VALUE)),
        ("It is ten percent of profits.", (["10"], "%", "", Role.VALUE)),
        ("The wage is MXN 315.04 a day.", (["315.04"], "MXN", "day", Role.VALUE)),
        ("Fines reach USD 1.5 million.", (["1500000.0"], "USD", "", Role.VALUE)),
        ("A fine of 250 to 5,000 UMA follows.", (["250", "5000"], "UMA", "", Role.VALUE)),
        ("Notice is due within sixty (60) calendar days.", (["60"], "day", "", Role.DEADLINE)),
        ("They have no later than 15 business days.", (["15"], "business day", "", Role.DEADLINE)),
        ("At least 15 days of wages are owed.", (["15"], "day of wages", "", Role.AT_LEAST)),
        ("Work is capped at 48 hours a week.", (["48"], "hour", "week", Role.AT_MOST)),
        ("It is renewed every three years.", (["3"], "year", "", Role.EVERY)),
        ("Ask three months before it ends.", (["3"], "month", "", Role.LEAD)),
        ("The share is paid by 30 May.", (["5", "30"], "date", "", Role.DEADLINE)),
        ("In force since April 24, 2021.", (["4", "24", "2021"], "date", "", Role.AFTER)),
        ("It takes between 2 and 6 years.", (["2", "6"], "year", "", Role.VALUE)),
    ],
)
def test_english_figures(text: str, expected: tuple[list[str], str, str, Role]) -> None:
    assert read(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("La tasa es del diez por ciento.", (["10"], "%", "", Role.VALUE)),
        ("El salario es de 315.04 pesos diarios.", (["315.04"], "MXN", "day", Role.VALUE)),
        ("Se paga a más tardar el 30 de mayo.", (["5", "30"], "date", "", Role.DEADLINE)),
        ("Se renueva cada tres años.", (["3"], "year", "", Role.EVERY)),
        ("Dentro de los cinco días hábiles siguientes.", (["5"], "business day", "", Role.DEADLINE)),
        ("Al menos quince días de salario.", (["15"], "day of wages", "", Role.AT_LEAST)),
        ("The 2027 UMA times 250 UMA is the fine.", (["250"], "UMA", "", Role.VALUE)),
        ("La multa es de 2,000 a 50,000 veces la UMA.", (["2000", "50000"], "UMA", "", Role.VALUE)),
    ],
)
def test_spanish_figures(text: str, expected: tuple[list[str], str, str, Role]) -> None:
    assert read(text, Language.ES) == expected


@pytest.mark.parametrize(
    "text",
    [
        "See LFT arts. 12 to 15 and 45 CFR 164.308.",
        "ISO 27001 and SOC 2.",
        "The rate is not 15%.",
        "Four of ten duties.",
    ],
)
def test_references_names_and_denied_figures_are_none(text: str) -> None:
    assert find_figures(text, Language.EN) == ()


def test_the_subject_is_what_is_left_without_figures_references_and_remarks() -> None:
    figure = only("A REPSE registration is renewed every three years (LFT art. 15; in force since 2021).")
    assert figure.concepts == {"repse", "registration", "renewal"}
    assert figure.words == frozenset()
    assert figure.years == frozenset()


def test_the_years_that_a_sentence_names_are_kept() -> None:
    assert only("The wage was MXN 278.80 a day in 2025.").years == {2025}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The vendor must report within 60 days.", (Modality.DUTY, False)),
        ("The vendor may report within 60 days.", (Modality.PERMISSION, False)),
        ("The vendor should report within 60 days.", (Modality.ADVICE, False)),
        ("The rule would require a report within 60 days.", (Modality.CONDITIONAL, False)),
        ("The vendor need not report within 60 days.", (Modality.DUTY, True)),
        ("The report is due without unreasonable delay and no later than 60 days.", (Modality.STATEMENT, False)),
        ("The share is 10% of income, and wages play no part.", (Modality.STATEMENT, False)),
    ],
)
def test_modality_and_negation(text: str, expected: tuple[Modality, bool]) -> None:
    figure = only(text)
    assert (figure.modality, figure.negated) == expected


@given(st.text(max_size=200))
def test_flattening_keeps_every_offset(text: str) -> None:
    assert len(flat(text)) == len(text)


@given(st.text(alphabet=st.sampled_from("ab 10.,%$días years UMAto(LFT art. 5)é—\n"), max_size=120))
def test_any_text_gives_figures_within_it(text: str) -> None:
    for figure in find_figures(text, Language.ES):
        assert 0 <= figure.start < figure.end <= len(text)
        assert all(isinstance(value, Decimal) for value in figure.values)
