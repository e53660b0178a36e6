from pathlib import Path

import pytest

from kb.errors import SettingsError
from kb.settings import Settings, load_settings


def test_without_an_environment_the_defaults_hold() -> None:
    assert load_settings({}) == Settings()


def test_settings_come_from_variables_with_our_prefix() -> None:
    chosen = load_settings({"KB_HOME": "/data", "KB_THREADS": "2", "KB_PRECISION": "float32", "PATH": "/bin"})
    assert (chosen.home, chosen.threads, chosen.precision) == (Path("/data"), 2, "float32")


def test_only_the_environment_that_is_given_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KB_THREADS", "7")
    assert load_settings({}).threads == 0
    assert load_settings().threads == 7


def test_what_the_caller_says_wins() -> None:
    assert load_settings({"KB_HOME": "/data"}, home=Path("here")).home == Path("here")
    assert load_settings({"KB_HOME": "/data"}, home=None).home == Path("/data")


def test_an_unknown_setting_is_refused_with_the_known_ones() -> None:
    with pytest.raises(SettingsError, match=r"unknown settings KB_EMBEDING_MODEL, KB_X: known are KB_EMBEDDING_KEY, "):
        load_settings({"KB_EMBEDING_MODEL": "x", "KB_X": "y"})


def test_every_value_that_cannot_be_used_is_named() -> None:
    with pytest.raises(SettingsError, match=r"KB_PRECISION: .*KB_THREADS: ") as refused:
        load_settings({"KB_THREADS": "many", "KB_PRECISION": "float8"})
    assert refused.value.exit_code == 2
    with pytest.raises(SettingsError, match="KB_THREADS"):
        load_settings({"KB_THREADS": "-1"})


def test_settings_cannot_be_changed_and_the_key_is_never_shown() -> None:
    chosen = load_settings({"KB_EMBEDDING_KEY": "a-secret"})
    with pytest.raises(ValueError, match="frozen"):
        chosen.threads = 3
    assert "a-secret" not in repr(chosen) + str(chosen) + chosen.model_dump_json()
    assert chosen.embedding_key.get_secret_value() == "a-secret"
