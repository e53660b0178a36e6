import pytest

from kb.lexicon import load_lexicon, load_places
from kb.records import Jurisdiction, Language
from kb.text.words import stems


def test_a_concept_has_the_same_id_in_both_languages() -> None:
    lexicon = load_lexicon()
    assert "ptu" in lexicon.concept_ids("the profit sharing of a company", Language.EN)
    assert "ptu" in lexicon.concept_ids("el reparto de utilidades de una empresa", Language.ES)


def test_inflected_forms_name_the_concept() -> None:
    lexicon = load_lexicon()
    assert "subcontractor" in lexicon.concept_ids("our subcontractors", Language.EN)
    assert "worker" in lexicon.concept_ids("las trabajadoras", Language.ES)


def test_the_longest_name_wins_without_overlap() -> None:
    matches = load_lexicon().find(stems("the business associate agreement", Language.EN), Language.EN)
    assert [match.concept.id for match in matches] == ["baa"]
    assert (matches[0].start, matches[0].end) == (0, 3)


def test_a_text_without_terms_has_no_concept() -> None:
    assert load_lexicon().concept_ids("a pastry cook in the kitchen", Language.EN) == frozenset()


def test_every_concept_has_a_name_in_each_language() -> None:
    for concept in load_lexicon().concepts.values():
        assert all(concept.names[language] and all(concept.names[language]) for language in Language), concept.id


def test_a_concept_says_whose_law_it_belongs_to() -> None:
    concepts = load_lexicon().concepts
    assert concepts["hipaa"].law is Jurisdiction.US
    assert concepts["repse"].law is Jurisdiction.MX
    assert concepts["contract"].law is None


@pytest.mark.parametrize("text", ["in Canada", "en Canadá", "Canadian rules", "la ley canadiense", "CANADA"])
def test_a_country_is_found_under_all_its_names(text: str) -> None:
    (country,) = load_places().foreign_countries(text)
    assert "canada" in country


def test_the_two_countries_whose_law_we_hold_are_not_foreign() -> None:
    assert load_places().foreign_countries("Mexico, México, the United States and Estados Unidos") == []


def test_a_name_inside_a_longer_word_is_no_country() -> None:
    assert load_places().foreign_countries("the chinaware of an ironman") == []


def test_a_state_is_found_as_a_whole_word() -> None:
    assert load_places().states_named("from Ohio to New York") == ["new york", "ohio"]
    assert load_places().states_named("the mainetenance") == []


def test_postal_codes_are_spelled_out_unless_they_are_words() -> None:
    places = load_places()
    assert places.spell_out_states("the KY rule") == "the KY (Kentucky) rule"
    assert places.spell_out_states("IN this OR that") == "IN this OR that"
    assert places.spell_out_states("ky") == "ky"


def test_a_mexican_state_comes_with_all_its_names() -> None:
    assert load_places().mexican_states_named("payroll tax in CDMX") == [("ciudad de mexico", "mexico city", "cdmx")]
