"""Verification, tried on sentences of our own articles: changed ones are caught, unchanged ones pass."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest

from kb.records import Authority, Citation, Document, Jurisdiction, Language, Metadata, Statement, Topic
from kb.text.language import detect_language
from kb.text.sentences import sentence_spans
from kb.verify import is_supported, quote_is_verbatim, unsupported

CORPUS = Path(__file__).parents[2] / "corpus"


def citation(quote: str, number: int = 1, start: int = 0) -> Citation:
    return Citation(
        number=number, document="d", title="T", section=(), pinpoint=None, authority=Authority.INTERNAL,
        jurisdiction=Jurisdiction.MX, language=Language.EN, effective_from=None, reviewed=date(2026, 11, 1), page=None,
        quote=quote, start=start, end=start + len(quote), source_url=None,
    )  # fmt: skip


def faults(statement: str, *quotes: str) -> list[str]:
    cited = [citation(quote, number) for number, quote in enumerate(quotes, 1)]
    return unsupported(Statement(text=statement, citations=tuple(c.number for c in cited)), cited)


# Quotes


@pytest.fixture
def document() -> Document:
    metadata = Metadata(
        id="d", title="T", authority=Authority.INTERNAL, jurisdiction=Jurisdiction.MX, topics=(Topic.PTU,), language=Language.EN
    )  # fmt: skip
    return Document(
        metadata=metadata, path="d.md", content_hash="", text="The rate is 10%.", sections=(), pages=(), passages=()
    )


def test_a_quote_that_stands_at_its_span_is_verbatim(document: Document) -> None:
    assert quote_is_verbatim(citation("rate", start=4), {"d": document})


@pytest.mark.parametrize(
    "wrong",
    [
        citation("rate", start=5),
        citation("Rate", start=4),
        replace(citation("rate", start=4), end=9),
        replace(citation("", start=4), end=4),
        replace(citation("10%.", start=-4), end=16),
        replace(citation("rate", start=4), document="another"),
    ],
)
def test_any_other_quote_is_not(document: Document, wrong: Citation) -> None:
    assert not quote_is_verbatim(wrong, {"d": document})


# Statements


def test_a_statement_without_citation_is_unsupported() -> None:
    assert unsupported(Statement(text="Yes.", citations=()), [citation("Yes.")]) == ["no citation"]
    assert unsupported(Statement(text="Yes.", citations=(1, 2)), [citation("Yes.")]) == ["citation 2 does not exist"]


@pytest.mark.parametrize(
    ("statement", "quote"),
    [
        ("The rate is 10%.", "La tasa es del diez por ciento."),
        ("The fine is 2,190,294 dollars.", "La multa es de 2190294 dólares."),
        ("Ten days are due.", "10 días corresponden."),
        ("PTU is due by 30 May.", "La PTU se paga a más tardar el 30 de mayo."),
        ("El patrón deberá pagar.", "The employer shall pay."),
        ("The vendor can subcontract.", "The vendor may subcontract."),
        ("It is not taxed (LFT art. 127 fr. VIII).", "No se grava (artículo 127, fracción VIII, de la LFT)."),
        ("Queda prohibida la subcontratación.", "Subcontracting is prohibited."),
        ("The vendor must register.", "The vendor must register and must renew within 60 days."),
        ("Half of it is due.", "La mitad se paga."),
        ("Thirty-two thousand pesos are due.", "Se deben treinta y dos mil pesos."),
        ("It has been in force since April 2021.", "Está en vigor desde el 24 de abril de 2021."),
        ("See LFT art. 127.", "See LFT art. 127 fr. VIII."),
        ("Véase CFF art. 108.", "Véase CFF art. 108, inciso i."),
        ("The term is one year.", "El plazo es de un año."),
        ("At least 25% is due.", "Se debe por lo menos 25%."),
        ("No more than 9 hours are allowed a week.", "Se permite un máximo de 9 horas por semana."),
        ("No vendor may subcontract.", "Subcontracting is prohibited."),
        ("Se debe pagar la prima.", "Sin embargo, se debe pagar la prima."),
        ("HIPAA no exige texto ni idioma.", "HIPAA does not require a text or a language."),
    ],
)
def test_what_the_source_says_in_other_words_or_another_language_is_supported(statement: str, quote: str) -> None:
    assert faults(statement, quote) == []


@pytest.mark.parametrize(
    ("statement", "quote", "fault"),
    [
        ("The rate is 15%.", "The rate is 10%.", "number 15%"),
        ("The rate is 10.", "The rate is 10%.", "number 10"),
        ("Twelve days.", "Ten days.", "number 12"),
        ("30 June 2026.", "30 May 2026.", "month 6"),
        ("See LFT art. 128.", "See LFT art. 127.", "reference LFT art. 128"),
        ("See LSS art. 127.", "See LFT art. 127.", "reference LSS art. 127"),
        ("See 45 CFR 164.308(a)(2).", "See 45 CFR 164.308(a)(1).", "reference 45 CFR 164.308(a)(2)"),
        ("It is not due.", "It is due.", "negation not"),
        ("It is due to the worker.", "It is not due to the worker.", "negation not left out"),
        ("Vendors must share it.", "Vendors may share it.", "modal duty"),
        ("Vendors share it with workers.", "Vendors must share it with workers.", "modal duty left out"),
        ("You pay twice the fine.", "You pay the fine.", "number x2"),
        ("One of 10 and one of 10.", "One of 10.", "number 10"),
        ("It takes 60 months.", "It takes 60 calendar days.", "number 60 month"),
        ("It costs 315.04 dollars.", "It costs MXN 315.04.", "number 315.04 usd"),
        ("Since 25 April 2021.", "Since 24 April 2021 and 25 May 2021.", "date 2021-04-25"),
        ("See LSS art. 15.", "See LSS art. 15 A.", "reference LSS art. 15"),
        ("The fine is set in fr. IV.", "The fine is set in fr. III.", "reference IV"),
        ("At most 15 days are due.", "At least 15 days are due.", "bound most"),
        ("Ask after you sign.", "Ask before you sign.", "order after"),
        ("The second time is fined.", "The first time is fined.", "ordinal 2"),
        ("Only workers share in it.", "Workers share in it.", "only only"),
        (
            "A vendor may subcontract it.",
            "The vendor may not subcontract it without consent.",
            "modal may not left out",
        ),
        ("Un BPO puede descontar los días.", "A BPO may not deduct the days.", "negation not left out"),
        ("You must not sign.", "You may not sign.", "modal must not"),
        ("HIPAA exige un texto y un idioma.", "HIPAA no exige un texto ni un idioma.", "negation not left out"),
        (
            "Overtime is at most 9 hours a day.",
            "Overtime is capped at 9 hours a week, with at most 4 hours a day.",
            "number 9 is said of something else",
        ),
        ("Write to help@example.com.", "Write to the vendor.", "address help@example.com"),
    ],
)
def test_what_the_source_does_not_say_is_named(statement: str, quote: str, fault: str) -> None:
    assert fault in faults(statement, quote)


def test_claims_may_stand_in_different_citations() -> None:
    assert faults("It must be paid within 60 days.", "It must be paid.", "The term is 60 days.") == []


def test_a_citation_that_is_not_the_statements_own_does_not_support_it() -> None:
    cited = [citation("The rate is 10%.", 1), citation("The rate is 15%.", 2)]
    assert "number 15%" in unsupported(Statement(text="The rate is 15%.", citations=(1,)), cited)


# Mutations of our own sentences


def test_rows_of_a_table_are_supported_by_what_they_quote() -> None:
    rows = [citation("| Año | Horas Extras (tope semanal) |", 1), citation("| 2029 | 11 |", 2)]
    other = citation("En el año 2029 el tope semanal de horas extras es de 11 horas.", 3)
    quoted = Statement(text=" ".join(row.quote for row in rows), citations=(1, 2))
    assert not unsupported(quoted, [*rows, other])
    assert unsupported(replace(quoted, text=quoted.text.replace("11", "12")), [*rows, other])


def sentences() -> list[str]:
    found = []
    for article in sorted(CORPUS.rglob("*.md"))[::3]:
        if article.name != "README.md":
            text = article.read_text(encoding="utf-8").split("---\n", 2)[2]
            for line in text.splitlines():
                if line.strip() and not line.startswith("#"):
                    found += [line[start:end] for start, end in sentence_spans(line)]
    return found


OTHER_MODAL = {
    "must": "may", "shall": "may", "may": "must", "can": "must", "should": "must", "debe": "puede", "deben": "pueden",
    "puede": "debe", "pueden": "deben", "required": "allowed", "prohibited": "allowed", "prohibido": "permitido",
}  # fmt: skip


def other_numbers(sentence: str) -> Iterator[str]:
    for match in re.finditer(r"\d", sentence):
        yield sentence[: match.start()] + str((int(match.group()) + 3) % 10) + sentence[match.end() :]


def without_negation(sentence: str) -> Iterator[str]:
    for match in re.finditer(r"\b(?:not|no|never|without|sin|nunca) ", sentence):
        yield sentence[: match.start()] + sentence[match.end() :]


def with_negation(sentence: str) -> Iterator[str]:
    for match in re.finditer(r"\b(?:is|are|must|may|has|es|son|debe|puede)\b", sentence):
        spanish = match.group() in {"es", "son", "debe", "puede"}
        word = f"no {match.group()}" if spanish else f"{match.group()} not"
        yield sentence[: match.start()] + word + sentence[match.end() :]


def other_modals(sentence: str) -> Iterator[str]:
    for match in re.finditer(rf"\b(?:{'|'.join(OTHER_MODAL)})\b", sentence):
        yield sentence[: match.start()] + OTHER_MODAL[match.group()] + sentence[match.end() :]


def other_references(sentence: str) -> Iterator[str]:
    for match in re.finditer(r"\b(?:LFT|LSS|CFF|LISR) arts?\. \d+|45 CFR \d+\.\d+", sentence):
        yield sentence[: match.end()] + "9" + sentence[match.end() :]
    for match in re.finditer(r"\bLFT (?=art)", sentence):
        yield sentence[: match.start()] + "LSS " + sentence[match.end() :]
    for match in re.finditer(r"(?<=fr\. )[IVX]+\b", sentence):
        yield sentence[: match.start()] + match.group() + "X" + sentence[match.end() :]


def other_months(sentence: str) -> Iterator[str]:
    for match in re.finditer(r"(?<=\d )(?:de )?(May|January|December|mayo|enero|diciembre)\b", sentence):
        yield sentence[: match.start(1)] + ("August" if match[1].istitle() else "agosto") + sentence[match.end() :]


@pytest.mark.parametrize(
    ("mutate", "at_least"),
    [
        (other_numbers, 1_000),
        (without_negation, 50),
        (with_negation, 100),
        (other_modals, 40),
        (other_references, 100),
        (other_months, 5),
    ],
)
def test_hardly_a_changed_sentence_of_our_own_passes(mutate: Callable[[str], Iterator[str]], at_least: int) -> None:
    tried = [(sentence, changed) for sentence in sentences()[::6] for changed in mutate(sentence)]
    passed = [changed for sentence, changed in tried if not faults(changed, sentence)]
    assert len(tried) >= at_least
    assert len(passed) <= 0.01 * len(tried), passed[:10]


def test_every_unchanged_sentence_of_our_own_passes() -> None:
    found = sentences()
    assert len(found) > 1_000
    assert [sentence for sentence in found if faults(sentence, sentence)] == []
    pairs = [pair for pair in pairwise(found) if detect_language(pair[0]) is detect_language(pair[1])]
    assert [pair for pair in pairs if faults(f"{pair[0]} {pair[1]}", *pair)] == []
    assert is_supported(Statement(text=found[0], citations=(1,)), [citation(found[0])])
