from datetime import date

import pytest

from kb.premises import find_false_premise, premise_notice, premise_of
from kb.records import Authority, Citation, Jurisdiction, Language, NoticeKind

EN, ES = Language.EN, Language.ES


def quoting(quote: str, language: Language = EN) -> Citation:
    return Citation(
        number=1, document="d", title="PTU", section=(), pinpoint=None, authority=Authority.INTERNAL,
        jurisdiction=Jurisdiction.MX, language=language, effective_from=None, reviewed=date(2026, 11, 1), page=None,
        quote=quote, start=0, end=len(quote), source_url=None,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("question", "premise"),
    [
        ("Since PTU is 12% of payroll, what do we budget?", "PTU is 12% of payroll"),
        ("PTU is 12%, right?", "PTU is 12%"),
        ("Como la PTU es el 12%, ¿cuánto aparto?", "la PTU es el 12%"),
        ("The register lasts five years. When do we renew?", "The register lasts five years"),
        ("El registro dura cinco años, ¿cuándo lo renuevo?", "El registro dura cinco años"),
        ("Live calls vs. recorded calls: which fall under the rule?", None),
        ("What is PTU?", None),
        ("How long does REPSE last?", None),
    ],
)
def test_what_a_question_takes_for_granted_is_found(question: str, premise: str | None) -> None:
    assert premise_of(question) == premise


def test_another_figure_for_the_same_thing_is_a_false_premise() -> None:
    found = find_false_premise("PTU is 12% of profit, right?", EN, [quoting("The PTU rate is 10% of taxable income.")])
    assert found is not None
    notice = premise_notice(found, EN)
    assert notice.kind is NoticeKind.FALSE_PREMISE
    assert notice.citations == (1,)
    assert "10%" in notice.text
    assert "12%" not in notice.text  # a wrong figure said again would be read as ours


def test_the_right_figure_is_no_false_premise() -> None:
    assert find_false_premise("PTU is 10%, right?", EN, [quoting("The PTU rate is 10% of taxable income.")]) is None


def test_a_figure_of_the_askers_own_case_is_no_premise() -> None:
    quote = quoting("Temporary workers share in PTU if they worked 60 days in the year.")
    assert find_false_premise("We have 40 agents. Do they get PTU?", EN, [quote]) is None


@pytest.mark.parametrize(
    ("question", "quote", "language"),
    [
        ("Our worker quit after 16 years. How much is the premium?", "The premium is paid after 15 years.", EN),
        (
            "Una agente faltó por maternidad, ¿cuánto le toca?",
            "No, la agente que faltó por maternidad no pierde nada.",
            ES,
        ),
    ],
)
def test_what_happened_to_somebody_is_no_premise(question: str, quote: str, language: Language) -> None:
    assert find_false_premise(question, language, [quoting(quote, language)]) is None
    assert find_false_premise(
        "We set 12% of profit aside as PTU. When is it due?", EN, [quoting("The PTU rate is 10%.")]
    )


def test_an_assertion_that_a_quoted_no_answers_is_a_false_premise() -> None:
    quote = quoting("No, HHS does not certify vendors and no HIPAA certification is mandatory.")
    found = find_false_premise("Since HIPAA certification by HHS is mandatory for vendors, who issues it?", EN, [quote])
    assert found is not None


def test_a_no_that_answers_what_is_asked_behind_a_statement_denies_no_premise() -> None:
    quote = quoting("No, la pérdida de una laptop cifrada no obliga a avisar.", ES)
    assert find_false_premise("Se perdió una laptop cifrada, ¿hay que avisar?", ES, [quote]) is None
    assert (
        find_false_premise("La pérdida de una laptop cifrada obliga a avisar, ¿desde cuándo?", ES, [quote]) is not None
    )


def test_another_day_of_the_same_month_is_a_false_premise() -> None:
    quote = quoting("The year-end bonus (aguinaldo) must be paid before 20 December of each year.")
    assert find_false_premise("The year-end bonus is paid by December 31, right?", EN, [quote]) is not None
    assert find_false_premise("The year-end bonus is paid by December 20, right?", EN, [quote]) is None


def test_days_and_days_of_wages_are_compared() -> None:
    quote = quoting("The year-end bonus (aguinaldo) is at least 15 days of salary a year.")
    assert find_false_premise("The year-end bonus is at least 30 days, right?", EN, [quote]) is not None
    assert find_false_premise("The year-end bonus is at least 15 days, right?", EN, [quote]) is None


def test_a_premise_is_found_across_languages() -> None:
    quote = quoting("The PTU rate is 10% of taxable income.")
    assert find_false_premise("Como la PTU es el 12%, ¿cuánto aparto?", ES, [quote]) is not None
