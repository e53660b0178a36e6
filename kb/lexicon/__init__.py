"""The domain's terms in both languages, and the places whose law we don't hold."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib.resources import files
from typing import Any

import yaml
from babel import Locale

from kb.records import Jurisdiction, Language, Topic
from kb.text.words import fold, stems, tokens


@dataclass(frozen=True, kw_only=True, slots=True)
class Concept:
    """One thing under its names. `names[language]` are tuples of content stems."""

    id: str
    topic: Topic | None
    law: Jurisdiction | None
    names: dict[Language, tuple[tuple[str, ...], ...]]


@dataclass(frozen=True, kw_only=True, slots=True)
class ConceptMatch:
    """A concept found in a sequence of stems, at `[start, end)` of that sequence."""

    concept: Concept
    start: int
    end: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Terms:
    """The content stems of a text in order, those among them that begin with a digit, and the ids of the concepts that it names."""

    sequence: tuple[str, ...]
    stems: frozenset[str]
    figures: frozenset[str]
    concepts: frozenset[str]


class Lexicon:
    """Concepts, indexed by the first stem of each of their names."""

    def __init__(self, concepts: Sequence[Concept]) -> None:
        self.concepts = {concept.id: concept for concept in concepts}
        self._of_law = {
            law: frozenset(concept.id for concept in concepts if concept.law is law) for law in Jurisdiction
        }
        self._by_first: dict[Language, dict[str, list[tuple[tuple[str, ...], Concept]]]] = {}
        for language in Language:
            table: dict[str, list[tuple[tuple[str, ...], Concept]]] = {}
            for concept in concepts:
                for name in concept.names[language]:
                    table.setdefault(name[0], []).append((name, concept))
            for entries in table.values():
                entries.sort(key=lambda entry: -len(entry[0]))
            self._by_first[language] = table

    def of_law(self, law: Jurisdiction) -> frozenset[str]:
        """The ids of the concepts that belong to a country's law."""
        return self._of_law[law]

    def find(self, sequence: Sequence[str], language: Language) -> list[ConceptMatch]:
        """Concepts in a sequence of content stems, longest name first, without overlaps."""
        table = self._by_first[language]
        found: list[ConceptMatch] = []
        position = 0
        while position < len(sequence):
            match = next(
                (
                    ConceptMatch(concept=concept, start=position, end=position + len(name))
                    for name, concept in table.get(sequence[position], ())
                    if tuple(sequence[position : position + len(name)]) == name
                ),
                None,
            )
            if match is None:
                position += 1
            else:
                found.append(match)
                position = match.end
        return found


# "¿Va en inglés?" speaks of no country; on text as `_padded` gives it.
_IN_A_LANGUAGE = re.compile(
    r" (?:in|into|speaks?|speaking|en|al|habl(?:a|an|ar|en))(?: \w+ or| \w+ o)? (?:english|french|german|italian|portuguese|chinese|japanese|korean|"
    r"russian|filipino|vietnamese|ingles|frances|aleman|italiano|portugues|chino|japones|coreano|ruso|vietnamita)"
    r"(?= (?:and|or|too|also|as|if|for|to|when|because|the|our|y|o|e|tambien|para|por|cuando|si|con|sin|los|las|nuestr\w+)\b| $)"
)


@dataclass(frozen=True, kw_only=True)
class Places:
    """Names of foreign countries and of U.S. states, as folded phrases."""

    countries: dict[str, tuple[str, ...]]  # ISO code -> folded names and demonyms
    states: tuple[str, ...]
    state_codes: dict[str, str]  # postal code -> name
    mexican_states: tuple[tuple[str, ...], ...]  # folded names of each state

    def mexican_states_named(self, text: str) -> list[tuple[str, ...]]:
        """For each Mexican state named in the text, all its names."""
        padded = _padded(text)
        return [names for names in self.mexican_states if any(f" {name} " in padded for name in names)]

    def spell_out_states(self, text: str) -> str:
        """The text with the names of states after their postal codes; codes that are words ("IN", "OR") stay alone."""
        return re.sub(
            r"\b[A-Z]{2}\b",
            lambda match: (
                f"{match.group()} ({self.state_codes[match.group()]})"
                if self.state_codes.get(match.group())
                else match.group()
            ),
            text,
        )

    def foreign_countries(self, text: str) -> list[tuple[str, ...]]:
        """For each foreign country named in the text, all its names."""
        padded = _IN_A_LANGUAGE.sub(" ", _padded(text))
        near = {pair for word in padded.split() for pair in self._countries_by_word.get(word, ())}
        return [names for _, names in sorted(near) if any(f" {name} " in padded for name in names)]

    @staticmethod
    def longest_named(names: Sequence[str], text: str) -> str:
        """The longest of a country's names that stands in a text; one does."""
        padded = _padded(text)  # "St. Lucia" is "st lucia" there
        return max((name for name in names if f" {name} " in padded), key=len)

    @cached_property
    def _countries_by_word(self) -> dict[str, set[tuple[int, tuple[str, ...]]]]:
        """A country's place among all and its names, under the first word of each, so that few are compared with a text."""
        by_word: dict[str, set[tuple[int, tuple[str, ...]]]] = {}
        for place, names in enumerate(self.countries.values()):
            for name in names:
                by_word.setdefault(name.split()[0], set()).add((place, names))
        return by_word

    def states_named(self, text: str) -> list[str]:
        """Folded names of the U.S. states in the text."""
        padded = _padded(text)
        return [state for state in self.states if f" {state} " in padded]


@lru_cache(maxsize=64)  # a question is looked through for each kind of place
def _padded(text: str) -> str:
    return " " + " ".join(re.findall(r"[\w'’]+", fold(text).replace("’", "'"))) + " "


def _read(name: str) -> Any:
    """A packaged file. libyaml reads it six times as fast, where PyYAML was built with it."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load(files("kb.lexicon").joinpath(name).read_text(encoding="utf-8"), Loader=loader)  # noqa: S506  it is safe


@lru_cache(maxsize=50_000)
def terms_of(text: str, language: Language) -> Terms:
    """The terms of a held text; remembered, since each question reads many of the same sentences."""
    sequence = tuple(stems(text, language))
    concepts = frozenset(match.concept.id for match in load_lexicon().find(sequence, language))
    figures = frozenset(root for root in sequence if root[:1].isdigit())
    return Terms(sequence=sequence, stems=frozenset(sequence), figures=figures, concepts=concepts)


@lru_cache(maxsize=1)
def load_lexicon() -> Lexicon:
    """The concepts of terms.yaml. Pure apart from reading the packaged file once."""
    concepts = []
    for row in _read("terms.yaml"):
        names = {}
        for language in Language:
            forms = {tuple(stems(phrase, language)) or tuple(tokens(phrase)) for phrase in row[language.value]}
            names[language] = tuple(sorted(form for form in forms if form))
        concepts.append(
            Concept(
                id=row["id"],
                topic=Topic(row["topic"]) if "topic" in row else None,
                law=Jurisdiction(row["law"]) if "law" in row else None,
                names=names,
            )
        )
    return Lexicon(concepts)


def companies_named(text: str) -> list[str]:
    """Folded names of the known companies in a text, in its order."""
    padded = _padded(text)
    return sorted((name for name in _companies() if f" {name} " in padded), key=padded.index)


@lru_cache(maxsize=1)
def _companies() -> tuple[str, ...]:
    return tuple(_read("companies.yaml")["companies"])


@lru_cache(maxsize=1)
def load_places() -> Places:
    """Countries from CLDR in English and Spanish with their demonyms, and U.S. states."""
    rows = _read("places.yaml")
    skipped = {*rows["neutral"], *rows["ignore"]}
    countries: dict[str, set[str]] = {}
    for language in Language:
        for code, name in Locale(language.value).territories.items():
            if re.fullmatch(r"[A-Z]{2}", code) and code not in skipped:
                countries.setdefault(code, set()).add(_padded(name).strip())
    for code, names in rows["demonyms"].items():
        countries.setdefault(code, set()).update(_padded(name).strip() for name in names)
    return Places(
        countries={code: tuple(sorted(names)) for code, names in countries.items()},
        states=tuple(dict.fromkeys(_padded(state).strip() for state in rows["states"])),  # Oregon is "Oregón", too
        state_codes=dict(rows["state_codes"]),
        mexican_states=tuple(tuple(_padded(name).strip() for name in names) for names in rows["mexican_states"]),
    )
