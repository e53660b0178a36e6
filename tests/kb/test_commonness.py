import pytest

from kb.records import Language
from kb.text.commonness import information


@pytest.mark.parametrize(("language", "common", "rare"), [("en", "take", "attrition"), ("es", "tener", "lactancia")])
def test_a_rare_word_tells_more_than_a_common_one(language: str, common: str, rare: str) -> None:
    assert information(common, Language(language)) < 0.2
    assert information(rare, Language(language)) > 0.8


def test_a_number_and_an_unknown_word_tell_all_they_can() -> None:
    assert information("164.308", Language.EN) == 1.0
    assert information("zorbatron", Language.EN) == 1.0
