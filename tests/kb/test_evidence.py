from datetime import date
from pathlib import Path

import pytest

from kb.evidence import (
    NOT_ON_PATIENTS,
    OTHER_LAW,
    THEN,
    announced,
    covered_terms,
    decides,
    is_situation_figure,
    misfit,
    names_other_years,
    names_years,
    term_weights,
    years_of,
)
from kb.records import Language
from tests.kb.asking import article, candidates_for, published, understood

RENEWAL = article(
    "renewal", "# Renewing a REPSE registration\n\nA REPSE registration is renewed every three years.\n", topics="repse"
)
MISPLACED = article(
    "misplaced",
    "# Notes\n\n## Who must hold a REPSE registration?\n\n"
    "A HIPAA breach of PHI is notified by the business associate. The covered entity tells its patients.\n",
    topics="repse",
)
VENDOR = article(
    "sales",
    "# Renewing a REPSE registration\n\nA REPSE registration is renewed every three years.\n",
    topics="repse",
    authority="vendor",
)


def test_candidates_come_best_first_with_their_own_words(tmp_path: Path) -> None:
    with published(tmp_path, RENEWAL, MISPLACED) as base:
        candidates = candidates_for(base, "How often is a REPSE registration renewed?")
    assert candidates[0].text == "A REPSE registration is renewed every three years."
    assert [c.score for c in candidates] == sorted((c.score for c in candidates), reverse=True)


def test_a_misplaced_passage_never_answers_its_headings_question(tmp_path: Path) -> None:
    with published(tmp_path, RENEWAL, MISPLACED) as base:
        assert any(passage.misplaced for passage in base.generation.passages.values())
        candidates = candidates_for(base, "Who must hold a REPSE registration?")
    assert {candidate.document.id for candidate in candidates} == {"renewal"}


def test_a_misplaced_passage_is_read_where_nothing_else_was_found(tmp_path: Path) -> None:
    with published(tmp_path, MISPLACED) as base:
        candidates = candidates_for(base, "Who notifies a breach of PHI?")
    assert {candidate.document.id for candidate in candidates} == {"misplaced"}


OLD_FINE = article(
    "fine-2024",
    "# The fine\n\n## How much was the fine?\n\nThe fine was 200 pesos a day.\n",
    topics="repse",
    more="effective_from: 2024-01-01\neffective_to: 2025-01-01",
)
FINE = article(
    "fine",
    "# The fine\n\n## How much is the fine?\n\nThe fine is 300 pesos a day in 2026. The fine was 100 pesos a day in 2023.\n",
    topics="repse",
)


def test_the_version_in_force_on_a_past_date_comes_before_texts_of_all_years(tmp_path: Path) -> None:
    always = OLD_FINE.replace("fine-2024", "fines").replace("effective_from: 2024-01-01\neffective_to: 2025-01-01", "")
    with published(tmp_path, OLD_FINE, always) as base:
        then = candidates_for(base, "How much is the fine?", as_of=date(2024, 6, 1))
        now = candidates_for(base, "How much is the fine?")
    assert [candidate.document.id for candidate in then] == ["fine-2024", "fines"]
    assert then[0].score == pytest.approx(then[1].score + THEN)
    assert {candidate.document.id for candidate in now} == {"fines"}


def test_a_sentence_of_the_year_asked_for_comes_before_those_of_other_years(tmp_path: Path) -> None:
    with published(tmp_path, FINE) as base:
        candidates = candidates_for(base, "How much was the fine in 2023?")
    assert candidates[0].text == "The fine was 100 pesos a day in 2023."


def test_years_in_brackets_are_those_of_laws() -> None:
    assert names_years(understood("the fine in 2023"), "In 2023 it was 100 pesos.")
    assert not names_years(understood("the fine in 2023"), "It is 300 pesos (decree of 2023).")
    assert names_years(understood("the fine in 1994"), "In 1994 it was 100 pesos.")
    assert not names_years(understood("the fine"), "In 2023 it was 100 pesos.")


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("From 8 August 2021 to 27 January 2023 it was 100 pesos.", {2021, 2022, 2023}),
        ("Del 8 de agosto de 2021 al 27 de enero de 2023 fue de 100 pesos.", {2021, 2022, 2023}),
        ("It was 100 pesos in 2021 and 200 in 2023.", {2021, 2023}),
        ("It is 100 pesos.", set()),
    ],
)
def test_a_span_of_time_is_of_the_years_within_it(text: str, named: set[int]) -> None:
    assert years_of(text) == named
    assert names_years(understood("the fine in 2022"), text) is (2022 in named)
    assert names_other_years(understood("the fine in 2022"), text) is (2022 not in named and bool(named))


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("Four of the ten mandatory vendor duties limit the use of data.", 4),
        ("Cuatro de los diez deberes obligatorios limitan el uso.", 4),
        ("The contract states three things.", 3),
        ("Four of the ten days are paid.", None),
    ],
)
def test_a_sentence_announces_its_share_of_things(text: str, count: int | None) -> None:
    assert announced(text) == count


def test_of_equal_sentences_a_vendors_comes_last(tmp_path: Path) -> None:
    with published(tmp_path, VENDOR, RENEWAL) as base:
        candidates = candidates_for(base, "How often is a REPSE registration renewed?")
    assert [candidate.document.id for candidate in candidates] == ["renewal", "sales"]


def test_a_term_is_covered_in_either_language() -> None:
    question = understood("What is profit sharing?")
    assert covered_terms(question, "El reparto de utilidades es anual.", Language.ES) == {0}
    assert covered_terms(question, "Profit-sharing is due each year.", Language.EN) == {0}
    assert covered_terms(question, "The registration is renewed.", Language.EN) == frozenset()


def test_a_rare_term_weighs_more_and_a_figure_of_the_askers_own_nothing(tmp_path: Path) -> None:
    common = article(
        "common", "# Agents\n\nA registration needs papers.\n\n## Papers\n\nA registration is public.\n", topics="repse"
    )
    with published(tmp_path, RENEWAL, common) as base:
        question = understood("Is the registration of 8123 people renewed?")
        weights = {
            term.surface: weight
            for term, weight in zip(question.terms, term_weights(base.generation, question), strict=True)
        }
        (figure,) = [term for term in question.terms if term.surface == "8123"]
        assert is_situation_figure(base.generation, question, figure)
    assert weights["renewed"] > weights["registration"] > 0
    assert weights["8123"] == 0


@pytest.mark.parametrize("text", ["Yes, it must.", "No.", "Sí, cada año.", "Solo con permiso."])
def test_a_sentence_that_begins_with_yes_or_no_decides(text: str) -> None:
    assert decides(text)


def test_a_sentence_with_a_no_further_on_does_not_decide() -> None:
    assert not decides("There is no fee.")
    assert not decides("No new rule was found.")


def test_the_less_a_heading_asks_the_same_the_less_it_fits() -> None:
    assert misfit(0.95) == 0.0
    assert 0.0 < misfit(0.88) < 1.0
    assert misfit(0.5) == 1.0


def test_of_one_countrys_law_the_others_guidance_counts_less(tmp_path: Path) -> None:
    ours = article("ours", "# Zorbatron\n\nThe zorbatron notice is due in 60 days.\n", jurisdiction="US")
    theirs = article("theirs", "# Zorbatron\n\nThe zorbatron notice is due in 20 days.\n", jurisdiction="MX")
    with published(tmp_path, ours, theirs) as base:
        for question, first, apart in (
            ("When is the zorbatron notice of HIPAA due?", "ours", True),
            ("When is the zorbatron notice due under the LFPDPPP?", "theirs", True),
            ("When is the zorbatron notice due?", None, False),
        ):
            scores = {c.document.id: c.score for c in candidates_for(base, question)}
            difference = abs(scores["ours"] - scores["theirs"])
            assert (difference > OTHER_LAW / 2) is apart, question
            assert first is None or max(scores, key=scores.__getitem__) == first


@pytest.mark.parametrize(
    ("question", "apart"),
    [
        ("When is the zorbatron notice due to our patients?", True),
        ("When is the zorbatron notice due to patients who are called from Mexico?", True),
        ("¿Cuándo se debe el aviso zorbatron a los pacientes?", True),
        ("When is the zorbatron notice due to patients who have a REPSE?", False),
        ("When is the zorbatron notice due?", False),
    ],
)
def test_who_asks_of_patients_asks_of_the_law_where_they_live(tmp_path: Path, question: str, apart: bool) -> None:
    ours = article("ours", "# Zorbatron\n\nThe zorbatron notice is due in 60 days.\n", jurisdiction="US")
    theirs = article("theirs", "# Zorbatron\n\nThe zorbatron notice is due in 20 days.\n", jurisdiction="MX")
    with published(tmp_path, ours, theirs) as base:
        scores = {c.document.id: c.score for c in candidates_for(base, question)}
    assert (scores["ours"] - scores["theirs"] > NOT_ON_PATIENTS / 2) is apart
