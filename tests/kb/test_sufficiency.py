from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from msgspec import structs

from kb import KnowledgeBase
from kb.compose import compose
from kb.records import Language
from kb.sufficiency import (
    FOLLOW_UP_NEEDS,
    SIGNALS,
    SIGNALS_WHERE_KNOWN,
    Calibration,
    Verdict,
    judge,
    load_calibration,
    reason,
)
from tests.kb.asking import (
    BY_WORDS,
    LENIENT,
    TODAY,
    article,
    candidates_for,
    prospects_of,
    published,
    quoted_for,
    signals_of,
    understood,
)

WAGE = article(
    "wage", "# Minimum wage\n\nThe minimum wage is MXN 315.04 a day in 2026.\n", more="effective_from: 2026-01-01"
)
RENEWAL = article(
    "renewal", "# Renewing a REPSE registration\n\nA REPSE registration is renewed at a REPSE office.\n", topics="repse"
)
JALISCO = article("jalisco", "# Payroll tax in Jalisco\n\nThe payroll tax in Jalisco is 3% of wages.\n", topics="tax")
PERU = article("peru", "# Overtime in Peru\n\nOvertime in Peru is not our subject.\n")


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KnowledgeBase]:
    with published(tmp_path_factory.mktemp("sufficiency"), WAGE, RENEWAL, JALISCO, PERU) as opened_base:
        yield opened_base


def verdict_on(base: KnowledgeBase, text: str, calibration: Calibration = LENIENT) -> Verdict:
    quoted, candidates = quoted_for(base, text), candidates_for(base, text)
    return judge(base.generation, understood(text), prospects_of(base, text), candidates, quoted, calibration, TODAY)


def verdict_on_documents(place: Path, text: str, **articles: str) -> Verdict:
    """On what is quoted of each article, which are given by their names."""
    with published(place, *articles.values()) as base:
        candidates = candidates_for(base, text)
        quoted = [compose(understood(text), [c for c in candidates if c.document.id == i], [])[0] for i in articles]
        return judge(base.generation, understood(text), prospects_of(base, text), candidates, quoted, LENIENT, TODAY)


def form_signal(base: KnowledgeBase, text: str) -> float:
    return signals_of(base, text)["form"]


def test_nothing_quoted_is_not_sufficient(base: KnowledgeBase) -> None:
    verdict = judge(base.generation, understood("What is REPSE?"), None, [], [], LENIENT, TODAY)
    assert not verdict.sufficient
    assert set(verdict.signals) == set(SIGNALS)


def test_the_threshold_decides(base: KnowledgeBase) -> None:
    text = "Where is a REPSE registration renewed?"
    probability = verdict_on(base, text).probability
    for threshold, sufficient in ((probability - 0.01, True), (probability + 0.01, False)):
        calibration = Calibration(weights=LENIENT.weights, bias=0.0, threshold=threshold)
        assert verdict_on(base, text, calibration).sufficient is sufficient


def test_less_suffices_for_the_rule_that_somebody_wants_to_evade(base: KnowledgeBase) -> None:
    text = "Where is a REPSE registration renewed off the books?"
    threshold = verdict_on(base, text).probability + 0.01
    calibration = Calibration(weights=LENIENT.weights, bias=0.0, threshold=threshold)
    assert verdict_on(base, text, calibration).sufficient
    assert not verdict_on(base, text.replace("off the books", "at the bank"), calibration).sufficient


def test_evidence_that_covers_more_of_the_question_is_more_probable(base: KnowledgeBase) -> None:
    covered = verdict_on(base, "Where is a REPSE registration renewed?", BY_WORDS)
    uncovered = verdict_on(base, "Where is a wooden canoe varnished?", BY_WORDS)
    assert covered.sufficient
    assert not uncovered.sufficient


def test_a_country_that_no_source_treats_is_missing(base: KnowledgeBase) -> None:
    verdict = verdict_on(base, "What is the minimum wage in Chile?")
    assert not verdict.sufficient
    assert verdict.missing == ("Chile",)


def test_a_country_that_a_source_treats_is_not_missing(base: KnowledgeBase) -> None:
    assert verdict_on(base, "Is overtime in Peru our subject?").missing == ()


def test_a_name_whose_words_guidance_uses_is_weighed_and_not_missing(base: KnowledgeBase) -> None:
    assert verdict_on(base, "Is the registration renewed at the Office?").missing == ()
    assert verdict_on(base, "Is the registration renewed at the Zorbatron?").missing == ("Zorbatron",)


def test_a_name_of_several_words_is_missing_where_guidance_has_each_but_not_together(tmp_path: Path) -> None:
    text = "# Quibbles\n\nThe Snark Lodge renews a quibble every year, and then a jabber is due.\n"
    with published(tmp_path, article("quibbles", text)) as held:
        assert verdict_on(held, "Is a quibble renewed by the Snark Lodge every year?").missing == ()
        assert verdict_on(held, "Is a quibble renewed by the Snark Jabber every year?").missing == ("Snark Jabber",)
        assert verdict_on(held, "Is A Quibble Renewed By The Snark Jabber?").missing == ()  # capitals tell nothing


def test_who_asks_is_no_name(base: KnowledgeBase) -> None:
    assert verdict_on(base, "QZX here. Where is a REPSE registration renewed?").missing == ()
    assert verdict_on(base, "QZX supplier here, in a hurry. Where is a REPSE registration renewed?").missing == ()
    assert verdict_on(base, "We are an HMO. Where is a REPSE registration renewed?").missing == ()
    assert verdict_on(base, "Is a REPSE registration renewed at QZX?").missing == ("QZX",)
    assert verdict_on(base, "Does QZX apply here, or is a REPSE registration renewed?").missing == ("QZX",)


@pytest.mark.parametrize(
    "text",
    [
        "What will the minimum wage be in 2027?",
        "What was the minimum wage in 2019?",
        "What share of the minimum wage was paid in 1972?",
        "The maximum minimum wage in 2017?",
    ],
)
def test_a_figure_of_a_year_that_is_not_held_is_missing(base: KnowledgeBase, text: str) -> None:
    assert verdict_on(base, text).missing == (text[-5:-1],)


def test_a_figure_of_a_year_that_is_held_is_not_missing(base: KnowledgeBase) -> None:
    assert verdict_on(base, "What is the minimum wage in 2026?").missing == ()


def test_a_document_of_the_year_on_another_subject_does_not_treat_it(tmp_path: Path) -> None:
    other = article(
        "desk",
        "# Desk fee\n\nThe desk fee is MXN 9.\n",
        more="effective_from: 2019-01-01\neffective_to: 2030-01-01",
    )
    text = "How much was the minimum wage a day in 2019?"
    assert verdict_on_documents(tmp_path, text, wage=WAGE, desk=other).missing == ("2019",)


def test_that_a_sentence_names_the_year_does_not_bring_it_nearer_to_the_subject(tmp_path: Path) -> None:
    seal = article("seal", "# Seals\n\nThe fee for a late zorbatron seal is MXN 5.\n")
    other = article("other", "# Wumpus\n\nThe fee for a late wumpus was MXN 9 in 2019.\n")
    text = "How much was the fee for a late zorbatron seal in 2019?"
    assert verdict_on_documents(tmp_path, text, seal=seal, other=other).missing == ("2019",)


def test_a_year_of_one_countrys_law_does_not_treat_the_others(tmp_path: Path) -> None:
    fines = article("fines", "# Fines in 2031\n\nThe fine for a zorbatron in 2031 is MXN 9 a day.\n")
    ours = article("ours", "# Fines\n\nThe HIPAA fine for a zorbatron in 2031 is USD 9.\n", jurisdiction="US")
    text = "How much is the HIPAA fine for a zorbatron in 2031?"
    for held, missing in ((fines, ("2031",)), (ours, ())):
        with published(tmp_path / missing[0] if missing else tmp_path, held) as base:
            assert verdict_on(base, text).missing == missing


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        # A date of the asker's own is nothing to look up; what a figure is then, is.
        ("Our REPSE registration ends on 10 March 2028. Where is it renewed?", ()),
        ("Nuestro registro REPSE vence el 10 de marzo de 2028. ¿Dónde se renueva?", ()),
        ("Where is a REPSE registration renewed in 2028?", ("2028",)),
        ("Our contract ends on 10 March 2028. How much is the minimum wage then?", ("2028",)),
        # What is in force says what holds this year, whether or not it names the year.
        ("How many REPSE offices renew a REPSE registration in 2026?", ()),
        ("How many REPSE offices renew a REPSE registration in 2027?", ("2027",)),
    ],
)
def test_years_of_the_askers_story_need_not_be_treated(
    base: KnowledgeBase, text: str, missing: tuple[str, ...]
) -> None:
    assert verdict_on(base, text).missing == missing


def test_what_ones_own_vendor_has_done_stands_in_no_guidance(base: KnowledgeBase) -> None:
    assert verdict_on(base, "When is a REPSE registration renewed?").sufficient
    assert not verdict_on(base, "Has our vendor renewed its REPSE registration?").sufficient


def test_a_past_year_of_the_askers_story_is_not_missing(base: KnowledgeBase) -> None:
    assert verdict_on(base, "Our vendor began in 2019; is its REPSE registration renewed?").missing == ()


def test_a_follow_up_needs_more_than_a_first_question(base: KnowledgeBase) -> None:
    text = "Where is a REPSE registration renewed?"
    question, quoted, candidates = understood(text), quoted_for(base, text), candidates_for(base, text)
    likely = verdict_on(base, text).probability
    calibration = Calibration(weights=LENIENT.weights, bias=0.0, threshold=likely / (1 + FOLLOW_UP_NEEDS) * 2)
    for before, enough in ((None, True), ("What is REPSE?", False)):
        asked = replace(question, before=before)
        verdict = judge(base.generation, asked, prospects_of(base, text), candidates, quoted, calibration, TODAY)
        assert verdict.probability == likely
        assert verdict.sufficient is enough


def test_less_suffices_where_the_very_state_is_treated(base: KnowledgeBase) -> None:
    treated, other = "What is the payroll tax in Jalisco?", "What is the payroll tax in Mexico?"
    least = min(verdict_on(base, text).probability for text in (treated, other))
    calibration = Calibration(weights=LENIENT.weights, bias=0.0, threshold=1.5 * least)
    assert verdict_on(base, treated, calibration).sufficient
    assert not verdict_on(base, other, calibration).sufficient


def test_a_mexican_state_is_missing_only_for_what_states_set(base: KnowledgeBase) -> None:
    assert verdict_on(base, "What is the payroll tax in Sonora?").missing == ("Sonora",)
    assert verdict_on(base, "What is the payroll tax in Jalisco?").missing == ()
    assert verdict_on(base, "Where is a REPSE registration renewed in Sonora?").missing == ()


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("What is the minimum wage?", 1.0),
        ("How much is the fee for a REPSE registration?", 0.0),
        ("What is the telephone number of the REPSE office?", 0.0),
        ("Who is the head of the REPSE office?", 0.0),
        ("Where is a REPSE registration renewed?", 1.0),
    ],
)
def test_evidence_must_have_the_form_asked_for(base: KnowledgeBase, text: str, fits: float) -> None:
    assert form_signal(base, text) == fits


@pytest.mark.parametrize(
    ("language", "missing", "said"),
    [
        (Language.EN, ("Chile", "2027"), "The knowledge base holds nothing on: Chile, 2027."),
        (Language.ES, ("Chile",), "La base de conocimiento no contiene nada sobre: Chile."),
        (Language.EN, ("2027",), "The knowledge base holds nothing on this for: 2027."),  # but may on other things
        (Language.ES, ("2019", "2027"), "La base de conocimiento no contiene nada sobre esto para: 2019, 2027."),
        (Language.EN, (), "The knowledge base holds no source that answers this question."),
        (Language.ES, (), "La base de conocimiento no contiene una fuente que responda esta pregunta."),
    ],
)
def test_the_reason_is_in_the_questions_language(language: Language, missing: tuple[str, ...], said: str) -> None:
    question = understood("¿Cuánto es?" if language is Language.ES else "How much is it?")
    verdict = Verdict(sufficient=False, probability=0.0, signals={}, missing=missing)
    assert reason(question, verdict) == said


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("Did our vendor renew its REPSE?", "No source tells what your vendor has done; ask the vendor for proof."),
        (
            "¿Ya renovó su REPSE nuestro proveedor?",
            "Ninguna fuente dice qué ha hecho su proveedor; pídale a él la prueba.",
        ),
    ],
)
def test_who_asks_what_a_vendor_has_done_is_told_whom_to_ask(asked: str, said: str) -> None:
    assert reason(understood(asked), Verdict(sufficient=False, probability=1.0, signals={})) == said


def test_the_fitted_calibration_weighs_every_signal_in_favour() -> None:
    calibration = load_calibration()
    assert calibration.where_known is not None
    for fitted, signals in ((calibration, SIGNALS), (calibration.where_known, SIGNALS_WHERE_KNOWN)):
        assert set(fitted.weights) == set(signals)
        assert all(weight >= 0 for weight in fitted.weights.values())
        assert 0 < fitted.threshold < 1


def test_what_was_in_force_in_a_year_treats_it(base: KnowledgeBase) -> None:
    text = "What is the minimum wage in 2027?"
    quoted, candidates = quoted_for(base, text), candidates_for(base, text)
    later = judge(
        base.generation, understood(text), prospects_of(base, text), candidates, quoted, LENIENT, date(2027, 2, 1)
    )
    assert later.missing == ()  # a yearly version without an end counts for the year after its first


def test_a_statement_found_for_a_part_is_weighed_by_the_terms_of_the_whole_question(base: KnowledgeBase) -> None:
    text = "How often is a REPSE registration renewed?"
    quoted = quoted_for(base, text)
    # A candidate of one part counts that part's terms, which may be more or others than the question's.
    parts = [replace(item, candidate=structs.replace(item.candidate, subjects=99)) for item in quoted]
    assert signals_of(base, text, parts) == signals_of(base, text, quoted)


@pytest.mark.parametrize("text", ["?", "-?", "… ?", "0", "100 %?", "What is it?"])
def test_a_question_without_a_subject_is_not_answered(base: KnowledgeBase, text: str) -> None:
    assert not base.ask(text, record=False).statements
