from importlib.resources import files

import pytest
import yaml

from kb.lexicon import load_lexicon, load_places, terms_of
from kb.records import Jurisdiction, Language
from kb.text.words import stems


def test_a_concept_has_the_same_id_in_both_languages() -> None:
    assert "ptu" in terms_of("the profit sharing of a company", Language.EN).concepts
    assert "ptu" in terms_of("el reparto de utilidades de una empresa", Language.ES).concepts


def test_inflected_forms_name_the_concept() -> None:
    assert "subcontractor" in terms_of("our subcontractors", Language.EN).concepts
    assert "worker" in terms_of("las trabajadoras", Language.ES).concepts


def test_the_longest_name_wins_without_overlap() -> None:
    matches = load_lexicon().find(stems("the business associate agreement", Language.EN), Language.EN)
    assert [match.concept.id for match in matches] == ["baa"]
    assert (matches[0].start, matches[0].end) == (0, 3)


def test_a_text_without_terms_has_no_concept() -> None:
    assert terms_of("a pastry cook in the kitchen", Language.EN).concepts == frozenset()


def test_every_concept_has_a_name_in_each_language() -> None:
    for concept in load_lexicon().concepts.values():
        assert all(concept.names[language] and all(concept.names[language]) for language in Language), concept.id


@pytest.mark.parametrize("language", list(Language))
def test_no_name_stands_under_two_concepts(language: Language) -> None:
    owners: dict[tuple[str, ...], set[str]] = {}
    for concept in load_lexicon().concepts.values():
        for name in concept.names[language]:
            owners.setdefault(name, set()).add(concept.id)
    assert {name: ids for name, ids in owners.items() if len(ids) > 1} == {}


@pytest.mark.parametrize("language", list(Language))
def test_every_name_can_be_found(language: Language) -> None:
    lexicon = load_lexicon()
    for concept in lexicon.concepts.values():
        for name in concept.names[language]:
            if name not in {("us",), ("u", "s"), ("let", "go")}:  # made of stop words only
                assert [match.concept.id for match in lexicon.find(name, language)] == [concept.id], name


def test_no_concept_is_listed_twice() -> None:
    rows = yaml.safe_load(files("kb.lexicon").joinpath("terms.yaml").read_text(encoding="utf-8"))
    ids = [row["id"] for row in rows]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize(
    ("english", "spanish", "concept"),
    [
        ("an accounting of disclosures", "el informe de divulgaciones", "disclosure-accounting"),
        ("willful neglect", "negligencia deliberada", "willful-neglect"),
        ("the audit logs of the vendor", "las bitácoras del proveedor", "audit-log"),
        ("to revoke access", "revocar el acceso", "access-termination"),
        ("the Sunday premium", "la prima dominical", "sunday-premium"),
        ("unclaimed PTU", "la PTU no reclamada", "unclaimed-ptu"),
        ("trust employees", "trabajadores de confianza", "trust-employee"),
        ("reinstated", "reinstalado", "reinstatement"),
        ("the core business", "el giro de la empresa", "main-activity"),
        ("crossing the border", "cruzar la frontera", "cross-border"),
        ("subcontractors", "subcontratistas", "subcontractor"),
        ("personnel subcontracting", "subcontratación de personal", "subcontracting"),
    ],
)
def test_both_languages_name_the_same_thing(english: str, spanish: str, concept: str) -> None:
    assert concept in terms_of(english, Language.EN).concepts
    assert concept in terms_of(spanish, Language.ES).concepts


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
