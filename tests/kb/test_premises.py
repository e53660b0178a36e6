import pytest

from kb.assertions import assertions_of
from kb.premises import (
    FalsePremise,
    Near,
    can_be_compared,
    can_be_read,
    find_contradiction,
    find_false_premise,
    premise_notice,
)
from kb.records import Language, NoticeKind

EN, ES = Language.EN, Language.ES
PTU = "The PTU rate is 10% of taxable income."


def near(text: str, language: Language = EN, *, meaning: float = 0.5, heading: float = 0.9) -> Near:
    return Near(text=text, language=language, meaning=meaning, heading=heading)


def found(question: str, *sentences: Near, language: Language = EN) -> FalsePremise | None:
    """The first false premise among the assertions of a question, each with the same sentences near it."""
    for assertion in assertions_of(question):
        if can_be_compared(assertion, language):
            premise = find_false_premise(assertion, language, sentences)
            if premise is not None:
                return premise
    return None


def test_another_figure_for_the_same_thing_is_a_false_premise() -> None:
    premise = found("PTU is 12% of profit, right?", near(PTU))
    assert premise is not None
    assert (premise.asserted, premise.stated, premise.row) == ("12%", "10%", 0)
    notice = premise_notice(premise, 3, EN)
    assert notice.kind is NoticeKind.FALSE_PREMISE
    assert notice.citations == (3,)
    assert f"“10%”, in “{PTU}”" in notice.text
    assert "12%" not in notice.text  # a wrong figure said again would be read as ours


def test_the_right_figure_is_no_false_premise() -> None:
    assert found("PTU is 10%, right?", near(PTU)) is None


def test_a_figure_that_a_sentence_as_near_confirms_is_no_false_premise() -> None:
    agrees = near("PTU is 12% for some.", meaning=0.495)
    assert found("PTU is 12%, right?", near(PTU), agrees) is None
    far = near("PTU is 12% for some.", meaning=0.2)
    assert found("PTU is 12%, right?", near(PTU), far) is not None


def test_a_sentence_that_is_less_near_than_others_says_nothing_against() -> None:
    assert found("PTU is 12%, right?", near("Agents share in PTU."), near(PTU, meaning=0.3)) is None


def test_a_table_says_nothing_against_a_figure() -> None:
    table = near("PTU shares were 1%, 2%, 3%, 4%, 5% and 6% in these years.")
    assert found("PTU is 12%, right?", table) is None


def test_a_figure_inside_the_question_is_compared_too() -> None:
    claim = near("A worker can claim unpaid PTU for one year.")
    assert found("Who counts the three years to claim unpaid PTU?", claim) is not None


@pytest.mark.parametrize(
    "question", ["Which fine is due for the PTU in 2026 pesos?", "What PTU does a worker get after two months?"]
)
def test_a_case_to_be_told_the_law_of_supposes_no_figure(question: str) -> None:
    sentence = near("The fine for unpaid PTU is 29,327 pesos; workers share in PTU after 3 months.")
    assert found(question, sentence) is None


@pytest.mark.parametrize(
    ("question", "sentence", "language"),
    [
        (
            "We have 40 agents. Do they get PTU?",
            "Temporary workers share in PTU if they worked 60 days in the year.",
            EN,
        ),
        (
            "Our worker quit after 16 years. How much is the premium?",
            "The seniority premium is paid after 15 years.",
            EN,
        ),
        ("Una agente faltó 12 días, ¿cuánto le toca de aguinaldo?", "El aguinaldo es de 15 días de salario.", ES),
        ("Team lead resigned after 9 years. Is it due?", "A worker who resigns gets the premium after 15 years.", EN),
    ],
)
def test_what_happened_to_somebody_is_no_premise(question: str, sentence: str, language: Language) -> None:
    assert found(question, near(sentence, language), language=language) is None


@pytest.mark.parametrize(
    ("question", "language"),
    [
        ("The analysis that they sent is from three years ago. How often must it be redone?", EN),
        ("Nos mandaron un análisis de hace tres años. ¿Cada cuándo se rehace?", ES),
    ],
)
def test_how_long_ago_something_was_is_no_premise(question: str, language: Language) -> None:
    sentence = near(
        "The analysis is kept for six years." if language is EN else "El análisis se guarda seis años.", language
    )
    assert found(question, sentence, language=language) is None


def test_a_length_of_service_is_still_compared() -> None:
    sentence = near("La prima de antigüedad se paga después de 15 años de antigüedad.", ES)
    assert (
        found("La prima de antigüedad se paga después de 10 años de antigüedad, ¿verdad?", sentence, language=ES)
        is not None
    )


def test_a_rate_is_the_laws_even_in_the_askers_own_case() -> None:
    assert found("We set 12% of profit aside as PTU. When is it due?", near(PTU)) is not None


def test_a_figure_of_one_year_is_not_that_of_another() -> None:
    sentence = near("The minimum wage is MXN 315.04 a day.")
    assert found("The minimum wage was MXN 278.80 a day in 2025, right?", sentence) is None
    assert found("The minimum wage is MXN 278.80 a day, right?", sentence) is not None


def test_hours_in_one_day_are_no_number_of_days() -> None:
    sentence = near("Overtime is worked on at most 4 days a week.")
    assert found("Overtime can't go past 12 in one day, right?", sentence) is None


def test_another_count_of_things_is_a_false_premise() -> None:
    sentence = near("Ten duties of the vendor must stand in the BAA.")
    assert found("The BAA has to list seven vendor duties, right?", sentence) is not None
    assert found("The BAA has to list ten vendor duties, right?", sentence) is None


def test_an_assertion_that_a_no_under_the_same_question_answers_is_a_false_premise() -> None:
    question = "Since HIPAA certification by HHS is mandatory for vendors, who issues it?"
    no = "No, HHS does not certify vendors and no HIPAA certification is mandatory."
    assert found(question, near(no)) is not None
    assert found(question, near(no, heading=0.8)) is None  # the "No" to another question
    denied = "Since HIPAA certification by HHS is not mandatory, who issues it?"
    assert found(denied, near(no)) is None
    repealed = "Now that the certification rule was repealed, who issues it?"
    assert found(repealed, near(no)) is None


def test_a_no_with_the_asserted_date_denies_something_else() -> None:
    no = near("No, the record is not required yet in 2026; it applies from 1 January 2027.")
    assert found("Since the record is required from 1 January 2027, who keeps it?", no) is None


def test_a_no_that_answers_what_is_asked_behind_a_statement_denies_no_premise() -> None:
    no = near("No, la pérdida de una laptop cifrada no obliga a avisar.", ES)
    assert found("Se perdió una laptop cifrada, ¿hay que avisar?", no, language=ES) is None
    assert found("La pérdida de una laptop cifrada obliga a avisar, ¿desde cuándo?", no, language=ES) is not None


def test_another_day_of_the_same_month_is_a_false_premise() -> None:
    sentence = near("The year-end bonus (aguinaldo) must be paid before 20 December of each year.")
    assert found("The year-end bonus is paid by December 31, right?", sentence) is not None
    assert found("The year-end bonus is paid by December 20, right?", sentence) is None


def test_days_and_days_of_wages_are_compared() -> None:
    sentence = near("The year-end bonus (aguinaldo) is at least 15 days of salary a year.")
    assert found("The year-end bonus is at least 30 days, right?", sentence) is not None
    assert found("The year-end bonus is at least 15 days, right?", sentence) is None


def test_days_and_working_days_are_compared() -> None:
    sentence = near("A worker gets at least 12 paid working days of vacation after the first year.")
    premise = found("Since workers get 6 days of vacation in the first year, who covers for them?", sentence)
    assert premise is not None
    assert premise.stated == "12 paid working days"
    assert found("Since workers get 12 days of vacation in the first year, who covers for them?", sentence) is None


@pytest.mark.parametrize(
    ("question", "sentence", "stated"),
    [
        ("A REPSE is renewed within two weeks, right?", "A REPSE is renewed within five days.", "five days"),
        ("A REPSE is renewed within two weeks, right?", "A REPSE is renewed within 14 days.", None),
        ("A REPSE is renewed within one month, right?", "A REPSE is renewed within 30 days.", None),
        ("A REPSE is renewed within two weeks, right?", "A REPSE is renewed within 3 to 5 days.", None),
        ("A REPSE is renewed within two weeks, right?", "A REPSE is renewed within 5 days, or one month.", None),
        ("A REPSE is renewed within two weeks, right?", "A PTU claim lapses after five days.", None),
        ("A REPSE is renewed within two hours, right?", "A REPSE is renewed within three years.", None),
        ("May a REPSE be renewed within two weeks?", "A REPSE is renewed within five days.", None),
    ],
)
def test_a_time_is_compared_with_one_in_another_unit(question: str, sentence: str, stated: str | None) -> None:
    premise = found(question, near(sentence))
    assert (None if premise is None else premise.stated) == stated


def test_what_is_only_proposed_or_denied_is_a_false_premise() -> None:
    proposal = near("The proposal would require that systems be restored within 72 hours.")
    asked = "Since systems must be restored within 72 hours, who does it?"
    premise = found(asked, proposal)
    assert premise is not None
    assert premise.stated == proposal.text
    assert found(asked, near("The rule in force does not set 72 hours to restore systems.")) is not None
    assert found(asked, proposal, near("Systems must be restored within 72 hours.")) is None
    assert found("Since systems would have to be restored within 72 hours, who does it?", proposal) is None


def test_what_is_denied_in_the_questions_language_too_corrects_in_it() -> None:
    spanish = near("El rango de 2,000 a 50,000 UMA no corresponde a esa multa.", ES, meaning=0.5)
    english = near("The 2,000 to 50,000 UMA range is not that fine.", meaning=0.4)
    premise = found("The fine is 2,000 to 50,000 UMA, right?", spanish, english)
    assert premise is not None
    assert premise.sentence == english.text
    alone = found("The fine is 2,000 to 50,000 UMA, right?", spanish)
    assert alone is not None
    assert alone.sentence == spanish.text


def test_where_nothing_is_near_nothing_is_wrong() -> None:
    assert found("Since systems must be restored within 72 hours, who does it?") is None


def test_a_date_on_which_something_happens_is_not_one_from_which_a_rule_holds() -> None:
    rule = near("The new UMA for fines applies from 1 February 2027.")
    assert found("A UMA fine is imposed on 15 January 2027. When is it due?", rule) is None
    assert found("The new UMA applies from 15 January 2027. When is it published?", rule) is not None


def test_a_sentence_that_leans_on_another_corrects_last() -> None:
    leaning = near("Otherwise PTU is 10%.", meaning=0.52)
    premise = found("Since the PTU rate is 15%, what do we set aside?", leaning, near(PTU))
    assert premise is not None
    assert premise.sentence == PTU


def test_of_sentences_as_near_the_one_with_the_fewest_figures_corrects() -> None:
    example = near("With a PTU rate of 10% an income of 1,000 pesos gives 100 pesos.", meaning=0.51)
    premise = found("Since the PTU rate is 15%, what do we set aside?", example, near(PTU))
    assert premise is not None
    assert premise.sentence == PTU
    further = found("Since the PTU rate is 15%, what do we set aside?", example, near(PTU, meaning=0.4))
    assert further is not None
    assert further.sentence == example.text


def test_a_period_that_a_sentence_denies_is_none_that_it_states() -> None:
    no = near("No, the rule states no interval; yearly training is custom and not a legal duty.")
    assert found("Since the rule makes agents train each year, who pays?", no) is not None
    yes = near("No, the rule is not optional; yearly training is a legal duty.")
    assert found("Since the rule makes agents train each year, who pays?", yes) is None


def test_of_a_rule_and_its_exception_none_is_said_to_be_the_right_one() -> None:
    rule = near("Un periodo de prueba dura 30 días, y 180 días para directivos.", ES, meaning=0.51)
    only = near("A trial period is for contracts of more than 180 days.", meaning=0.5)
    premise = found("Como el periodo de prueba es de 90 días, ¿quién firma?", only, rule, language=ES)
    assert premise is not None
    assert premise.stated == premise.sentence == rule.text


def test_a_premise_is_found_across_languages() -> None:
    assert found("Como la PTU es el 12%, ¿cuánto aparto?", near(PTU), language=ES) is not None


def test_a_period_in_words_is_compared() -> None:
    renewed = near("A REPSE registration must be renewed every three years.")
    premise = found("REPSE has to be renewed every year, right?", renewed)
    assert premise is not None
    assert premise.stated == "three years"
    assert found("REPSE has to be renewed annually, right?", near("REPSE must be renewed each year.")) is None
    assert found("REPSE has to be renewed every year, right?", near("REPSE is valid for three years.")) is None


def test_the_correction_is_in_the_questions_language_where_that_is_held() -> None:
    english = near("REPSE must be renewed every three years.")
    spanish = near("El REPSE se debe renovar cada tres años.", ES, meaning=0.42)
    premise = found("El REPSE se renueva cada año, ¿verdad?", english, spanish, language=ES)
    assert premise is not None
    assert premise.row == 1


def test_as_many_people_of_the_askers_own_contradict_no_threshold() -> None:
    rule = near("A breach of 500 or more patients is notified to the media.")
    assert found("Now that a breach hit 700 patients, when is it notified?", rule) is None


@pytest.mark.parametrize(
    ("question", "sentence", "likely", "named"),
    [
        ("PTU is a voluntary bonus, right?", "Every company must pay PTU.", 0.95, True),
        ("PTU is a voluntary bonus, right?", "Every company must pay PTU.", 0.5, False),
        # Reading takes the figure of another thing for that of this one, but knows that there is none.
        ("PTU is paid within 30 days, right?", "The vendor must answer within 5 days.", 0.95, False),
        ("PTU is paid within 30 days, right?", "The law sets no number of days for it.", 0.95, True),
    ],
)
def test_what_a_sentence_likely_contradicts_is_a_false_premise(
    question: str, sentence: str, likely: float, named: bool
) -> None:
    (assertion,) = assertions_of(question)
    premise = find_contradiction(assertion, EN, near(sentence), likely)
    assert (premise is not None) is named
    assert premise is None or (premise.stated, premise.row, premise.denies) == (sentence, 0, False)


@pytest.mark.parametrize(
    ("question", "read"),
    [
        ("Since PTU is voluntary, who decides?", [True]),
        ("Our PTU is voluntary, right?", [False]),
        ("PTU is voluntary wherever the law of the place where the work is done says so, right?", [False]),
        ("PTU is voluntary. When do we pay it?", [True, False]),
    ],
)
def test_only_what_is_asserted_of_the_law_is_read_with_a_sentence(question: str, read: list[bool]) -> None:
    assert [can_be_read(assertion) for assertion in assertions_of(question)] == read


def test_what_reading_alone_tells_is_said_with_less_certainty() -> None:
    (assertion,) = assertions_of("PTU is a voluntary bonus, right?")
    read = find_contradiction(assertion, EN, near("Every company must pay PTU."), 0.95)
    assert read is not None
    assert premise_notice(read, 1, EN).text.startswith("The question seems to take for granted something else")
    assert premise_notice(read, 1, ES).text.startswith("La pregunta parece dar por hecho algo distinto")
    compared = found("PTU is 12% of profit, right?", near(PTU))
    assert compared is not None
    assert premise_notice(compared, 1, EN).text.startswith("The question takes for granted something else")


def test_of_a_sentence_with_two_such_figures_none_is_said_to_be_the_right_one() -> None:
    example = near("An agent at home for 60% of the time teleworks; telework at 40% of the time is none.", meaning=0.6)
    rule = near("Telework begins at more than 40% of the time.", meaning=0.59)
    premise = found("Telework begins at more than 20% of the time, right?", example, rule)
    assert premise is not None
    assert (premise.stated, premise.row) == ("40%", 1)
