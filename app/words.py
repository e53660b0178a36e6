"""The words of the pages in English and Spanish, read from `strings/*.yaml`, and how they are chosen."""

from dataclasses import dataclass
from datetime import date
from functools import cache
from html import escape
from importlib.resources import files

import yaml
from babel.dates import format_date

from kb.records import Language


@dataclass(frozen=True, kw_only=True, slots=True)
class Words:
    """The words of one language by key; groups are joined by dots, as in `authority.statute`."""

    language: Language
    texts: dict[str, str]

    def __call__(self, key: str, **values: object) -> str:
        """The text of a key with its `{names}` filled in. Raises KeyError for a key that the language lacks."""
        return self.texts[key].format(**values)

    def html(self, key: str, **values: object) -> str:
        """The text of a key, escaped for HTML."""
        return escape(self(key, **values))

    def group(self, prefix: str) -> dict[str, str]:
        """The texts under a group, by the rest of their keys, in the file's order."""
        start = prefix + "."
        return {key.removeprefix(start): text for key, text in self.texts.items() if key.startswith(start)}

    def count(self, key: str, number: int) -> str:
        """`key.one` or `key.many` with `{n}` filled in."""
        return self(f"{key}.{'one' if number == 1 else 'many'}", n=number)

    def day(self, day: date) -> str:
        """A date as a person writes it: 22 November 2026, 22 de noviembre de 2026."""
        text: str = format_date(day, "long", locale="en_GB" if self.language is Language.EN else "es")
        return text

    def short_day(self, day: date) -> str:
        """A date as a footnote gives it: 1 Nov 2026, 1 nov 2026."""
        text: str = format_date(day, "d MMM y", locale="en" if self.language is Language.EN else "es")
        return text


@cache
def words_of(language: Language) -> Words:
    """The words of a language."""
    content = files("app").joinpath(f"strings/{language.value}.yaml").read_text(encoding="utf-8")
    return Words(language=language, texts=dict(_flat("", yaml.safe_load(content))))


def _flat(prefix: str, node: dict[str, object]) -> list[tuple[str, str]]:
    rows: list[tuple[str, str]] = []
    for key, value in node.items():
        if isinstance(value, dict):
            rows.extend(_flat(f"{prefix}{key}.", value))
        else:
            rows.append((f"{prefix}{key}", str(value)))
    return rows


def choose_language(asked: str | None, accept_language: str | None) -> Language:
    """The language asked for; else the first of the browser's that the pages speak; else English."""
    if asked in set(Language):
        return Language(asked)
    preferences = []
    for position, part in enumerate((accept_language or "").split(",")):
        tag, _, weight = part.partition(";q=")
        try:
            preferences.append((-float(weight or 1), position, tag.strip()[:2].lower()))
        except ValueError:
            continue  # a malformed header is no reason not to show the page
    return next((Language(tag) for _, _, tag in sorted(preferences) if tag in set(Language)), Language.EN)
