import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.matching import contains, contains_any, is_spelling


@pytest.mark.parametrize(
    ("spelling", "text"),
    [
        ("10%", "The rate is 10%."),
        ("10%", "between 5 and 10% of income"),
        ("10%", "(10%)"),
        ("$50", "a fine of $50, at most"),
        ("$50", "US$50"),
        ("50$", "50$ a day"),
        ("50,000", "a fine of 50,000 dollars"),
        ("50,000", "MXN 50,000."),
        ("29,327.50", "MXN 29,327.50, each"),
        ("60 day", "within 60 days"),
        ("60 day", "within 60\n  days"),
        ("60 day", "within 60\u00a0days"),
        ("60-day", "the 60-day limit"),
        ("2026", "until 2026."),
        ("2026", "in 2026, or later"),
        ("2026", "the 2026-27 season"),
        ("1 000", "MXN 1 000 a day"),
        ("1 000", "MXN 1\u00a0000 a day"),
        ("100", "in 2026 100 workers"),
        ("100", "article 15-D 100 times"),
        ("100", "a rate of 3.5 100 times"),
        ("000", "room 1  000"),
        ("2026", "in 2026 100 workers"),
        ("12", "12 1000-peso notes"),
        ("5", "days 5 10 and 15"),
        ("10", "days 5 10 and 15"),
        ("164.308", "45 CFR 164.308(a)(1)"),
        ("15-D", "CFF art. 15-D"),
        ("BAA", "baas are needed"),
        ("business associate", "Business Associates sign it"),
        ("tax", "two taxes"),
        ("vendor", "the vendor's agents"),
        ("risk", "a risk-based view"),
        ("año", "cada 3 AÑOS"),
        ("ley", "las leyes"),
    ],
)
def test_a_spelling_stands_in_the_text(spelling: str, text: str) -> None:
    assert contains(text, spelling)


@pytest.mark.parametrize(
    ("spelling", "text"),
    [
        ("000", "a fine of 50,000 dollars"),
        ("0,000", "a fine of 50,000 dollars"),
        ("50", "a fine of 50,000 dollars"),
        ("50,000", "a fine of 150,000 dollars"),
        ("50,000", "a fine of 50,000,000 dollars"),
        ("50,000", "a fine of 50,000.75 dollars"),
        (".5", "a rate of 1.5"),
        ("5.", "a rate of 5.25"),
        ("5", "a rate of 1.5"),
        ("10%", "a rate of 110%"),
        ("10%", "a rate of 0.10%"),
        ("10 %", "a rate of 110 %"),
        ("1", "MXN 1'000"),
        ("000", "MXN 1\u00a0000"),
        ("1", "MXN 1\u202f000"),
        ("000", "MXN 1 000"),
        ("000", "MXN 12 000"),
        ("000", "MXN 123 000"),
        ("$1", "$1 000"),
        ("1", "MXN 1 000"),
        ("12", "12 345 678"),
        ("345", "12 345 678"),
        ("678", "12 345 678"),
        ("12 345", "12 345 678"),
        ("345 678", "12 345 678"),
        ("000 pesos", "50 000 pesos"),
        ("000.50", "MXN 1 000.50"),
        ("~000", "MXN 1 000"),
        ("1*", "MXN 1 000"),
        ("$50", "a fine of $500"),
        ("$50", "a fine of $50,000"),
        ("2026", "code 20261"),
        ("15", "article 15a"),
        ("60 day", "within 160 days"),
        ("60 day", "within 60 daylight hours"),
        ("day", "today"),
        ("day", "daylight"),
        ("tax", "syntax"),
        ("tax", "taxed"),
        ("day off", "a dayoff"),
        ("dia", "un día"),
        ("día", "un dia"),
        ("ano", "un año"),
        ("registros", "un registro"),
    ],
)
def test_a_spelling_does_not_stand_in_the_text(spelling: str, text: str) -> None:
    assert not contains(text, spelling)


@pytest.mark.parametrize(
    ("spelling", "text", "found"),
    [
        ("simultaneous*", "told simultaneously", True),
        ("certificaci*", "la certificación", True),
        ("cifrad*", "descifrado", False),
        ("covered person*", "covered persons", True),
        ("covered person*", "a covered\tpersonality", True),
        ("10*", "the 10th day", True),
        ("10*", "100 days", False),
        ("10*", "10.5 days", False),
        ("50,0*", "50,000", False),
        ("5* ", "5th", True),
    ],
)
def test_a_star_at_the_end_makes_a_stem(spelling: str, text: str, found: bool) -> None:
    assert contains(text, spelling) is found


@pytest.mark.parametrize(
    ("spelling", "text", "found"),
    [
        ("~cifrad", "un mensaje descifrado", True),
        ("~repse.stps.gob.mx", "see https://REPSE.stps.gob.mx/consulta", True),
        ("~repse.stps", "repse-stps", False),
        ("~a.*b", "a.*b", True),
        ("~a.*b", "axxb", False),
        ("~000", "50,000", False),
        ("~art*", "art* 5", True),
        ("~art*", "article", False),
        ("~of the", "of\nthe", True),
    ],
)
def test_a_tilde_in_front_makes_a_plain_substring(spelling: str, text: str, found: bool) -> None:
    assert contains(text, spelling) is found


def test_composed_and_decomposed_accents_are_the_same_accent() -> None:
    assert contains(unicodedata.normalize("NFD", "la subcontratación"), "subcontratación")
    assert contains("la subcontratación", unicodedata.normalize("NFD", "subcontratación"))


def test_signs_of_regular_expressions_mean_themselves() -> None:
    assert contains("45 CFR 164.308(a)(1)", "164.308(a)(1)")
    assert not contains("45 CFR 1645308(a)(1)", "164.308(a)(1)")


def test_one_spelling_of_a_fact_is_enough() -> None:
    assert contains_any("diez por ciento", ["10%", "diez por ciento"])
    assert not contains_any("once por ciento", ["10%", "diez por ciento"])


@pytest.mark.parametrize("empty", ["", " ", "*", "~", "~ ", " *"])
def test_a_spelling_without_a_word_is_refused(empty: str) -> None:
    assert not is_spelling(empty)
    with pytest.raises(ValueError, match="nothing to look for"):
        contains("anything", empty)


@given(number=st.integers(0, 10**9), more=st.integers(0, 9), after=st.booleans())
def test_no_number_is_found_in_a_longer_one(number: int, more: int, after: bool) -> None:
    longer = f"{number}{more}" if after else f"{more}{number}"
    assert not contains(f"it costs {longer} pesos", str(number))
    assert not contains(f"it costs {number},{more:03} pesos", str(number))


@given(words=st.lists(st.text(alphabet="abñé15%$,.", min_size=1, max_size=6), min_size=1, max_size=4))
def test_every_spelling_is_found_standing_alone(words: list[str]) -> None:
    assert contains(f"( {'  '.join(words)} )", " ".join(words))
