import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.records import Language
from kb.text.words import fold, is_stop_word, stem, stems, tokens

EN, ES = Language.EN, Language.ES


def test_folding_drops_case_and_accents() -> None:
    assert fold("SUBCONTRATACIÓN Pingüino ñandú ﬁn") == "subcontratacion pinguino nandu fin"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("45 CFR 164.308(a)(1)(ii)(A).", ["45", "cfr", "164.308(a)(1)(ii)(a)"]),
        ("MXN 29,327.50, o sea 10%.", ["mxn", "29,327.50", "o", "sea", "10"]),
        ("CFF art. 15-D", ["cff", "art", "15-d"]),
        ("The vendor's worker’s", ["the", "vendor", "worker"]),
        ("What's due? They're late, it isn't.", ["what", "due", "they", "late", "it", "not"]),
        ("", []),
        ("…!?", []),
    ],
)
def test_numbers_and_references_stay_whole(text: str, expected: list[str]) -> None:
    assert tokens(text) == expected


@pytest.mark.parametrize(
    ("one", "other", "language"), [("sold", "sell", EN), ("sustituyó", "sustituir", ES), ("children", "child", EN)]
)
def test_irregular_forms_share_a_stem(one: str, other: str, language: Language) -> None:
    assert stem(one, language) == stem(other, language)


@pytest.mark.parametrize(
    ("one", "other", "language"),
    [
        ("limitation", "limit", EN),
        ("Medicare", "médico", ES),
        ("addressable", "address", EN),
        ("utilidades", "útil", ES),
    ],
)
def test_terms_of_the_domain_are_kept_apart(one: str, other: str, language: Language) -> None:
    assert stem(one.lower(), language) != stem(other, language)


def test_inflected_forms_share_a_stem() -> None:
    assert len({stem(word, EN) for word in ("renew", "renewed", "renews", "renewing")}) == 1
    assert len({stem(fold(word), ES) for word in ("trabajador", "trabajadores", "trabajadora")}) == 1


def test_number_words_are_the_numbers_in_both_languages() -> None:
    assert stems("sixty days", EN) == stems("60 days", EN)
    assert stems("sesenta días", ES) == stems("60 días", ES)


def test_stop_words_carry_no_subject() -> None:
    assert stems("What is the PTU?", EN) == ["ptu"]
    assert stems("¿Qué es la PTU?", ES) == ["ptu"]
    assert is_stop_word("cual", ES)
    assert not is_stop_word("7", EN)


@given(st.text(max_size=100))
def test_tokens_are_folded_already(text: str) -> None:
    assert all(fold(token) == token and token.strip(".,") == token for token in tokens(text))
