import pytest

from kb.text.places_of_law import EXACT, PART, SAME_ARTICLE, WHOLE, closeness, place_of


def near(stated: str, asked: str) -> float:
    places = place_of(stated), place_of(asked)
    assert places[0] is not None
    assert places[1] is not None
    return closeness(places[0], places[1])


@pytest.mark.parametrize(
    ("stated", "asked", "expected"),
    [
        ("LFT art. 127 fr. VIII", "LFT art. 127 fr. VIII", EXACT),
        ("LFT art. 127 fr. VIII", "LFT art. 127", PART),
        ("LFT art. 127", "LFT art. 127 fr. VIII", WHOLE),
        ("LFT art. 127 fr. II", "LFT art. 127 fr. VIII", SAME_ARTICLE),
        ("45 CFR 164.308(a)(1)(ii)(A)", "45 CFR 164.308(a)(1)", PART),
        ("45 CFR 164.308(a)", "45 CFR 164.308(a)(1)", WHOLE),
        ("45 CFR 164.308", "45 CFR 164", EXACT),
        ("CFF art. 15-D", "CFF art. 15-D", EXACT),
        ("LSS art. 15 A", "LSS art. 15 A", EXACT),
    ],
)
def test_a_place_is_compared_with_the_one_asked_for(stated: str, asked: str, expected: float) -> None:
    assert near(stated, asked) == expected


@pytest.mark.parametrize(
    ("stated", "asked"),
    [
        ("LFT art. 127", "LFT art. 12"),
        ("LSS art. 127", "LFT art. 127"),
        ("CFF art. 15", "CFF art. 15-D"),
        ("45 CFR 164.308", "45 CFR 164.30"),
        ("45 CFR 164.308", "42 CFR 2"),
    ],
)
def test_another_place_is_not_the_one_asked_for(stated: str, asked: str) -> None:
    assert near(stated, asked) == 0.0


def test_a_range_of_articles_holds_those_within_it() -> None:
    assert near("LFT arts. 117-131", "LFT art. 127") > 0
    assert near("LFT arts. 117-131", "LFT art. 132") == 0.0


def test_an_article_whose_law_is_not_named_may_be_any_laws() -> None:
    assert near("LFT art. 127 fr. VIII", "art. 127 fr. VIII") == EXACT


def test_a_page_of_the_federal_register_is_no_place() -> None:
    assert place_of("90 FR 898") is None
