"""A question in parts: two questions in one, two countries' law, two things compared."""

import re
from dataclasses import dataclass

from kb.follow_up import POINTS_ELSEWHERE, asks_of_today, joined, names_a_subject, without_years
from kb.question import Question, law_asked_for
from kb.question_kinds import Kind, asks_what_follows, parts_of
from kb.records import Jurisdiction, Language
from kb.text.words import fold, stems

_CONSEQUENCE = {
    Language.EN: "prohibited, void, fine, penalty, crime",
    Language.ES: "prohibido, nulo, multa, sanción, delito",
}
_BETWEEN = re.compile(
    r"\b(?:between|entre|compare|comparar|compárame|comparame|compara) (?P<one>[^?¿]{2,80}?) (?:and|y|e|with|con) (?P<other>[^?¿,:]{2,80})",
    re.IGNORECASE,
)
_AGAINST = re.compile(
    r"(?P<one>.{2,120}?)[,;]? (?:vs\.?|versus|frente a|compared (?:to|with)) (?P<other>.{2,120})", re.IGNORECASE
)
MOST_PARTS = 8  # that are looked for, each by itself: a text of eighty questions took a minute
_JOINT = re.compile(r"[,;]? (?:and|y|e|vs\.?|versus) ", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True, slots=True)
class Clause:
    """One part of a question in parts. `law` is the country whose law alone it asks for.

    A part is turned away from the others (see `retrieve`), so that each finds its own answer.
    """

    text: str
    law: Jurisdiction | None
    within: str | None = None  # the whole question, of a part that is turned away from the rest of it
    asked: str | None = None  # as it was asked; None of a side that is compared, and of what follows from a thing
    stands_alone: bool = False  # can be understood without the others, and nothing was told that it may rest on

    @property
    def leaning(self) -> str | None:
        """Of a part that is understood by the others alone, its words with theirs; None of others."""
        return (
            None if self.stands_alone or self.within is None or self.asked is None else joined(self.asked, self.within)
        )


def clauses_of(question: Question) -> tuple[Clause, ...]:
    """The parts of a question with two or more parts; none where it has one.

    Each part takes the question along, for its subject may stand in another part; what is told before the questions
    belongs to each. Subjects of two countries' law with an "and" between them are two parts. A question on how to get
    around a rule is also one on what follows from doing so.
    """
    if question.evades:
        consequence = _CONSEQUENCE[question.language]
        return Clause(text=f"{question.text} — {consequence}", law=None), Clause(text=question.text, law=None)
    parts, asking = parts_of(question.asked)
    told = " ".join(part for part in parts if part not in asking)
    telling: list[str] = []
    for part in asking:
        says_little = (
            len(stems(part, question.language)) < 2 and not asks_of_today(part) and not asks_what_follows(part)
        )
        if telling and says_little:  # "… and where?" belongs to what stands before it
            telling[-1] = f"{telling[-1]} {part}"
        else:
            telling.append(part)
    if len(telling) < 2 or not (told or len(stems(telling[0], question.language)) >= 2):
        return _sides_by_law(question) or _compared_sides(question)
    return tuple(_clause(part, told, question) for part in telling[:MOST_PARTS])


def _clause(part: str, told: str, question: Question) -> Clause:
    law = law_asked_for(part, question.language)
    if told:
        return Clause(text=f"{told} {part}", law=law, asked=part)
    alone = _stands_alone(part, question)
    # "What was it in 2019 and what is it now?" asks two years' figures, each by itself.
    whole = without_years(question.text) if asks_of_today(part) and not alone else question.text
    if asks_what_follows(part):
        whole = f"{whole} — {_CONSEQUENCE[question.language]}"
    return Clause(text=part, law=law, within=whole, asked=part, stands_alone=alone)


def parts_alone(question: Question) -> tuple[Clause, ...]:
    """The parts that can be understood alone of a question that is looked for as a whole, as a part of it says little.

    "What is PTU and what does it cost?" is such a question; none of one in which something is told.
    """
    parts, asking = parts_of(question.asked)
    if len(asking) < 2 or len(asking) < len(parts):
        return ()
    return tuple(_clause(part, "", question) for part in asking[:MOST_PARTS] if _stands_alone(part, question))


def asks_too_many(question: Question) -> bool:
    """Whether a question has more parts than are looked for."""
    return len(parts_of(question.asked)[1]) > MOST_PARTS


def _stands_alone(part: str, question: Question) -> bool:
    """Whether a part names a subject and points to none that another part names."""
    opens = question.before is None and question.asked.startswith(part)  # what it points to stands in itself
    return (opens or not POINTS_ELSEWHERE.search(fold(part))) and names_a_subject(part, question.language)


def _sides_by_law(question: Question) -> tuple[Clause, ...]:
    """Both sides of an "and" that has one country's law on one side and the other's on the other; else none."""
    if question.kind is Kind.YES_NO:
        return ()
    for joint in _JOINT.finditer(question.asked):
        sides = [question.asked[: joint.start()].strip(" ,;"), question.asked[joint.end() :].strip(" ,;")]
        laws = [law_asked_for(side, question.language) for side in sides]
        if None not in laws and laws[0] is not laws[1]:
            return tuple(Clause(text=side, law=law) for side, law in zip(sides, laws, strict=True))
    return ()


def _compared_sides(question: Question) -> tuple[Clause, ...]:
    """Both sides of a comparison, where each is a subject of its own; else none."""
    if question.kind is not Kind.COMPARISON:
        return ()
    match = _BETWEEN.search(question.asked) or _AGAINST.search(question.asked)
    if match is None:
        return ()
    sides = [match[side].strip(" ,;") for side in ("one", "other")]
    if not all(_stands_alone(side, question) for side in sides):
        return ()
    return tuple(Clause(text=side, law=law_asked_for(side, question.language), within=question.text) for side in sides)
