"""Which pairs of sentences contradict each other, and which only look as if."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest

from ingest.read import read_document
from ingest.scan import scan_folder
from kb.contradictions import Contradiction, Difference, Stated, contradictions, figures_in
from kb.records import (
    Authority,
    Document,
    Jurisdiction,
    Language,
    Metadata,
    Passage,
    Topic,
    Unit,
)

CORPUS = Path(__file__).parents[2] / "corpus"
YEAR = 2026


def document(
    name: str,
    *sentences: str,
    authority: Authority = Authority.INTERNAL,
    jurisdiction: Jurisdiction = Jurisdiction.MX,
    language: Language = Language.EN,
) -> Document:
    """One passage of the sentences."""
    text = "\n".join(sentences)
    starts = [sum(len(s) + 1 for s in sentences[:n]) for n in range(len(sentences))]
    units = tuple(Unit(start=start, end=start + len(s)) for start, s in zip(starts, sentences, strict=True))
    metadata = Metadata(
        id=name, title=name, authority=authority, jurisdiction=jurisdiction, topics=(Topic.LABOR,), language=language
    )
    passage = Passage(
        id=name, document_id=name, ordinal=0, section=(), pinpoint=None, language=language, page=None, start=0,
        end=len(text), text=text, units=units,
    )  # fmt: skip
    return Document(
        metadata=metadata, path=f"{name}.md", content_hash="", text=text, sections=(), pages=(), passages=(passage,)
    )


def found_in(documents: Sequence[Document]) -> list[Contradiction]:
    stated = [s for d in documents for p in d.passages for u in p.units for s in figures_in(d, p, u)]
    return contradictions(stated, YEAR)


def between(one: str, other: str, language: Language = Language.EN) -> list[Difference]:
    pair = document("one", one, language=language), document("two", other, language=language)
    return [found.difference for found in found_in(pair)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("A REPSE registration must be renewed every three years.", "REPSE registrations are renewed every two years."),
        ("The aguinaldo is at least 15 days of wages.", "Workers get an aguinaldo of at least 30 days of wages."),
        ("The vacation premium is 25%.", "The vacation premium is at least 30%."),
        ("The PTU rate is 10% of taxable income.", "The PTU rate is 8% of the taxable income."),
        ("The daily UMA is MXN 117.31.", "The daily UMA for 2026 is MXN 113.14."),
    ],
)
def test_another_number_for_the_same_thing_contradicts(one: str, other: str) -> None:
    assert between(one, other) == [Difference.NUMBER]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("El REPSE se debe renovar cada tres años.", "El registro REPSE debe renovarse cada cinco años."),
        ("La prima vacacional es de al menos 25%.", "La prima vacacional es de al menos 50%."),
    ],
)
def test_it_does_in_spanish(one: str, other: str) -> None:
    assert between(one, other, Language.ES) == [Difference.NUMBER]


def test_another_deadline_contradicts() -> None:
    one = "A business associate must notify the covered entity of a breach within 60 days."
    assert between(one, one.replace("60", "90")) == [Difference.DEADLINE]
    assert between("PTU must be paid by 30 May.", "PTU must be paid by 15 June of each year.") == [Difference.DEADLINE]


@pytest.mark.parametrize("other", ["may", "should", "need not"])
def test_another_modal_verb_contradicts(other: str) -> None:
    one = "The vendor must renew its REPSE registration within 90 days."
    assert between(one, one.replace("must", other)) == [Difference.MODAL]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("The PTU rate is 10% of taxable income.", "The PTU cap is three months of salary."),  # another unit
        ("The minimum wage was MXN 278.80 a day in 2025.", "The minimum wage is MXN 315.04 a day in 2026."),
        ("The general minimum wage is MXN 315.04 a day.", "The border minimum wage is MXN 440.87 a day."),
        ("PTU is 10% of taxable income.", "PTU is not 15% of taxable income."),  # denied
        ("PTU is 10% of taxable income.", "A proposal would make PTU 12% of taxable income."),
        ("The daily UMA is MXN 117.31.", "The monthly UMA is MXN 3,566.22."),
        ("The aguinaldo is at least 15 days of wages.", "The aguinaldo of this vendor is 20 days of wages."),
        ("Overtime is at most 9 hours a week.", "Overtime is at most 3 hours a day."),
        ("A fine for PTU breaches is 250 to 5,000 UMA.", "A fine for REPSE breaches is 2,000 to 50,000 UMA."),
        ("Limits are 8 hours by day and 7 hours by night.", "Limits are 7 hours by night and 8 hours by day."),
        ("The vendor must renew its REPSE every 3 years.", "The vendor is obliged to renew its REPSE every 3 years."),
    ],
)
def test_what_only_looks_alike_does_not(one: str, other: str) -> None:
    assert between(one, other) == []


def test_who_knows_both_figures_tells_two_things_apart() -> None:
    both = document(
        "both", "The aguinaldo is at least 15 days of wages.", "In the bank an aguinaldo is at least 40 days of wages."
    )
    assert found_in([both, document("one", "The aguinaldo is at least 40 days of wages.")]) == []


def test_two_countries_and_two_laws_are_not_compared() -> None:
    one = document("one", "The aguinaldo is at least 15 days of wages.", authority=Authority.STATUTE)
    other = "The aguinaldo is at least 30 days of wages."
    assert found_in([one, document("two", other, jurisdiction=Jurisdiction.US)]) == []
    assert found_in([one, document("two", other, authority=Authority.STATUTE)]) == []
    assert found_in([one, document("two", other, authority=Authority.AGENCY)]) != []


def test_the_more_binding_side_comes_first() -> None:
    vendor = document("a", "The vacation premium is at least 30%.", authority=Authority.VENDOR)
    (found,) = found_in([vendor, document("z", "The vacation premium is at least 25%.", authority=Authority.STATUTE)])
    assert (found.first.document.id, found.first.written, found.second.written) == ("z", "25%", "30%")


def test_a_rate_that_several_documents_agree_on_is_contradicted_in_other_words() -> None:
    agreed = [
        document("a", "Workers receive 10% of taxable income as PTU."),
        document("b", "The national commission fixed PTU at 10% of taxable income."),
        document("c", "El reparto de utilidades (PTU) es el 10% de la renta gravable.", language=Language.ES),
    ]
    (found,) = found_in([*agreed, document("d", "Companies share 15% of their profits as PTU.")])
    assert found.second.document.id == "d"
    assert found_in([*agreed[:2], document("d", "Companies share 15% of their profits as PTU.")]) == []


@pytest.fixture(scope="module")
def corpus() -> list[Stated]:
    """The figures of the project's own articles in force."""
    documents = [d for source in scan_folder(CORPUS)[0] if (d := read_document(source, lambda t: len(t) < 1500)[0])]
    assert len(documents) > 150
    in_force = [d for d in documents if d.metadata.in_force(date(YEAR, 11, 24))]
    return [s for d in in_force for p in d.passages for u in p.units for s in figures_in(d, p, u)]


def test_the_articles_of_this_project_do_not_contradict_each_other(corpus: list[Stated]) -> None:
    assert len(corpus) > 1500
    assert contradictions(corpus, YEAR) == []


def test_a_changed_number_in_a_copied_sentence_is_found_in_most_cases(corpus: list[Stated]) -> None:
    """At least three in five, of figures that are no dates."""
    taken = [s for s in corpus if s.figure.unit != "date" and s.written[0].isdigit()][::12]
    copies = [_copy_with_another_number(item, f"copy-{number}") for number, item in enumerate(taken)]
    more = [s for copy in copies for unit in copy.passages[0].units for s in figures_in(copy, copy.passages[0], unit)]
    found = {(item.first.document.id, item.second.document.id) for item in contradictions([*corpus, *more], YEAR)}
    told = {name for pair in found for name in pair if name.startswith("copy")}
    assert len(copies) > 60
    assert len(told) / len(copies) >= 0.6


def _copy_with_another_number(item: Stated, name: str) -> Document:
    text = item.document.text[item.unit.start : item.unit.end]
    begin = item.figure.start + text[item.figure.start : item.figure.end].index(item.written)
    other = str(int(text[begin]) % 9 + 1)
    return document(
        name, text[:begin] + other + text[begin + 1 :], authority=Authority.VENDOR,
        jurisdiction=item.document.metadata.jurisdiction, language=item.passage.language,
    )  # fmt: skip
