from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb import Filters, KnowledgeBase
from kb.answering import Lookup, _parts, word
from kb.compose import Quoted
from kb.models.embedding import Vectors
from kb.question_parts import MOST_PARTS, clauses_of
from kb.records import Answer, Language, NoticeKind, Span, Status
from tests.embedders import HashingEmbedder
from tests.kb.asking import BY_WORDS, TODAY, answered, article, published, quoted_for, texts, understood

ARTICLES = (
    article(
        "share",
        "# Profit sharing (PTU)\n\nWorkers receive 10% of the taxable profits as profit sharing (LFT art. 120). "
        "However, a new company pays no profit sharing (LFT art. 126 fr. I).\n\n"
        "## When is profit sharing paid?\n\nA company must pay profit sharing by 30 May (LFT art. 122).\n",
        topics="ptu",
    ),
    article(
        "reparto",
        "# Reparto de utilidades (PTU)\n\nLos trabajadores reciben un porcentaje fijo de las utilidades, el 10% (LFT art. 120).\n",
        topics="ptu",
        language="es",
        authority="statute",
    ),
    article(
        "renewal",
        "# Renewing a REPSE registration\n\nA REPSE registration is renewed every three years.\n\n"
        "## Papers for the renewal\n\nThe renewal of a REPSE registration needs:\n\n"
        "- the old registration\n- the opinion of the SAT\n",
        topics="repse",
    ),
    article(
        "wage-2025",
        "# Minimum wage in 2025\n\nThe minimum wage is MXN 278.80 a day in 2025.\n",
        more="effective_from: 2025-01-01\neffective_to: 2026-01-01",
    ),
    article(
        "wage-2026",
        "# Minimum wage in 2026\n\nThe minimum wage is MXN 315.04 a day in 2026.\n",
        more="effective_from: 2026-01-01\nsupersedes: [wage-2025]",
    ),
)
ANSWERABLE = (
    "What percentage of profits do workers receive as profit sharing?",
    "¿Qué porcentaje de las utilidades reciben los trabajadores?",
    "When must a company pay profit sharing and how often is a REPSE registration renewed?",
    "What does the renewal of a REPSE registration need?",
    "What is the minimum wage?",
)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KnowledgeBase]:
    with published(tmp_path_factory.mktemp("answering"), *ARTICLES, calibration=BY_WORDS) as opened_base:
        yield opened_base


def assert_quotes_are_verbatim(base: KnowledgeBase, answer: Answer) -> None:
    for citation in answer.citations:
        assert base.document(citation.document).text[citation.start : citation.end] == citation.quote
    numbers = [number for statement in answer.statements for number in statement.citations]
    assert numbers == [citation.number for citation in answer.citations] == list(range(1, len(numbers) + 1))
    assert all(statement.citations for statement in answer.statements)


@pytest.mark.parametrize("question", ANSWERABLE)
def test_every_statement_is_quoted_verbatim(base: KnowledgeBase, question: str) -> None:
    answer = answered(base, question)
    assert answer.status is Status.ANSWERED
    assert answer.citations
    assert answer.reason is None
    assert_quotes_are_verbatim(base, answer)


@given(st.lists(st.sampled_from(" ".join(ANSWERABLE).split()), min_size=1, max_size=12))
def test_every_citation_of_any_answer_slices_to_its_quote(base: KnowledgeBase, words: list[str]) -> None:
    answer = answered(base, " ".join(words))
    assert_quotes_are_verbatim(base, answer)
    assert (answer.status is Status.ANSWERED) == bool(answer.statements) == (answer.reason is None)


def test_a_citation_carries_the_pinpoint_of_its_own_words(base: KnowledgeBase) -> None:
    answer = answered(base, "When must a company pay profit sharing?")
    (citation,) = [c for c in answer.citations if "30 May" in c.quote]
    assert citation.pinpoint == "LFT art. 122"
    assert citation.section == ("When is profit sharing paid?",)


def test_both_parts_of_a_question_are_answered(base: KnowledgeBase) -> None:
    said = " ".join(texts(answered(base, ANSWERABLE[2])))
    assert "30 May" in said
    assert "three years" in said


def test_the_part_that_is_held_is_answered_and_the_other_named(base: KnowledgeBase) -> None:
    answer = answered(base, "When must a company pay profit sharing, and how many workers does the Zorbatron employ?")
    assert answer.status is Status.ANSWERED
    assert "30 May" in " ".join(texts(answer))
    assert answer.note == "The knowledge base holds nothing on: Zorbatron."


def test_a_part_that_speaks_of_what_is_not_held_is_not_answered_alone(base: KnowledgeBase) -> None:
    answer = answered(base, "Is the Zorbatron registered, and when must it pay profit sharing?")
    assert answer.status is Status.ABSTAINED
    assert answer.reason == "The knowledge base holds nothing on: Zorbatron."


def test_an_unrelated_question_is_not_answered(base: KnowledgeBase) -> None:
    answer = answered(base, "Which pastry goes well with a cup of cocoa?")
    assert answer.status is Status.ABSTAINED
    assert not answer.statements
    assert not answer.citations
    assert answer.reason == "The knowledge base holds no source that answers this question."


def test_filters_that_leave_nothing_lead_to_an_abstention(base: KnowledgeBase) -> None:
    answer = answered(base, ANSWERABLE[0], Filters(jurisdiction="US"))
    assert answer.status is Status.ABSTAINED
    assert answer.nearest == ()
    assert answer.reason == "The knowledge base holds no source that answers this question."


@pytest.mark.parametrize(
    ("question", "reason"),
    [
        ("What percentage of profits do workers receive in Chile?", "The knowledge base holds nothing on: Chile."),
        ("¿Qué porcentaje de las utilidades reciben los trabajadores en Chile?", "La base de conocimiento no contiene nada sobre: Chile."),
        ("What will the minimum wage be in 2027?", "The knowledge base holds nothing on this for: 2027."),
        ("What was the minimum wage in 2019?", "The knowledge base holds nothing on this for: 2019."),
        ("How much is the fee for the renewal of a REPSE registration?", "The knowledge base holds no source that answers this question."),
        ("What is the telephone number for the REPSE registration?", "The knowledge base holds no source that answers this question."),
        ("¿Quién es el titular del reparto de utilidades?", "La base de conocimiento no contiene una fuente que responda esta pregunta."),
    ],
)  # fmt: skip
def test_what_is_not_held_is_not_answered(base: KnowledgeBase, question: str, reason: str) -> None:
    answer = answered(base, question)
    assert answer.status is Status.ABSTAINED
    assert answer.reason == reason


def test_an_abstention_names_the_nearest_topics_best_first_and_once(base: KnowledgeBase) -> None:
    nearest = answered(base, "Is a REPSE registration renewed in Chile?").nearest
    assert nearest[0].document == "renewal"
    assert nearest[0].title == "Renewing a REPSE registration"
    assert 1 < len({topic.document for topic in nearest}) == len(nearest) <= 3


def test_the_nearest_topics_are_first_those_in_the_language_of_the_question(base: KnowledgeBase) -> None:
    nearest = answered(base, "¿Se renueva el registro REPSE en Chile?").nearest
    spanish = [base.document(topic.document).metadata.language is Language.ES for topic in nearest]
    assert any(spanish)
    assert spanish == sorted(spanish, reverse=True)


def test_the_law_in_force_on_the_date_asked_is_quoted(base: KnowledgeBase) -> None:
    assert texts(answered(base, "What is the minimum wage?")) == ["The minimum wage is MXN 315.04 a day in 2026."]
    earlier = answered(base, "What is the minimum wage?", Filters(as_of=date(2025, 6, 1)))
    assert texts(earlier) == ["The minimum wage is MXN 278.80 a day in 2025."]
    assert earlier.as_of == date(2025, 6, 1)


def test_an_answer_says_what_it_was_understood_as_only_where_that_differs(base: KnowledgeBase) -> None:
    assert answered(base, ANSWERABLE[0]).understood_as is None
    assert answered(base, "What is the minimum wage this year, not next year?").understood_as is not None


def test_the_answer_is_in_the_questions_language_where_the_base_has_it(base: KnowledgeBase) -> None:
    answer = answered(base, ANSWERABLE[1])
    assert answer.language is Language.ES
    assert texts(answer) == ["Los trabajadores reciben un porcentaje fijo de las utilidades, el 10% (LFT art. 120)."]


def test_a_quote_outside_its_document_is_removed_and_counted(base: KnowledgeBase) -> None:
    sound = quoted_for(base, ANSWERABLE[4])[0]
    broken = Quoted(candidate=sound.candidate, spans=(Span(start=10_000, end=10_010),))
    statements, citations, removed = word(base.generation, [broken, sound])
    assert removed == 1
    assert [statement.citations for statement in statements] == [(1,)]
    assert [citation.number for citation in citations] == [1]


def test_a_statement_with_two_spans_has_two_citations(base: KnowledgeBase) -> None:
    sound = quoted_for(base, ANSWERABLE[4])[0]
    (span,) = sound.spans
    halves = (replace(span, end=span.start + 16), replace(span, start=span.start + 17))
    (statement,), citations, removed = word(base.generation, [replace(sound, spans=halves)])
    assert statement.text == sound.text
    assert [citation.quote for citation in citations] == [sound.text[:16], sound.text[17:]]
    assert removed == 0


def test_each_of_two_laws_is_answered_from_its_own_guidance_or_from_what_treats_both(tmp_path: Path) -> None:
    body = "# Zorbatron at home\n\nA zorbatron at home must be locked, by {} law.\n"
    articles = {
        "us": article("us", body.format("HIPAA"), jurisdiction="US", topics="hipaa"),
        "mx": article("mx", body.format("Mexican labor"), topics="labor"),
        "both": article("both", body.format("HIPAA and by Mexican labor"), topics="labor"),
    }
    text = "Zorbatron at home: what does HIPAA require and what does Mexican labor law require?"

    def first_of_each(*names: str) -> list[str]:
        with published(tmp_path / "-".join(names), *(articles[name] for name in names)) as held:
            lookup = Lookup(held.generation, held.embedder, Filters(), TODAY)
            parts = _parts(lookup, understood(text), clauses_of(understood(text)), held.calibration)
        return [part.candidates[0].document.id for part in parts]

    assert first_of_each("us", "mx") == ["us", "mx"]
    assert first_of_each("both") == ["both", "both"]  # no guidance of the United States is held beside it


def test_an_answer_to_a_false_premise_opens_with_what_the_source_says(base: KnowledgeBase) -> None:
    answer = answered(base, "Since profit sharing is 25% of the taxable profits, when must a company pay it?")
    assert answer.statements[0].text.startswith("Workers receive 10%")
    (notice,) = [notice for notice in answer.notices if notice.kind is NoticeKind.FALSE_PREMISE]
    assert notice.citations == answer.statements[0].citations
    assert "10%" in notice.text
    assert any("30 May" in statement.text for statement in answer.statements)


def test_a_false_premise_is_named_where_what_rests_on_it_is_not_held(base: KnowledgeBase) -> None:
    unheld = "which broker in the harbour sells insurance against it"
    assert answered(base, f"{unheld}?").status is Status.ABSTAINED
    answer = answered(base, f"Since profit sharing is 25% of the taxable profits, {unheld}?")
    assert [statement.text for statement in answer.statements] == [
        "Workers receive 10% of the taxable profits as profit sharing (LFT art. 120)."
    ]
    assert NoticeKind.FALSE_PREMISE in {notice.kind for notice in answer.notices}


def test_a_right_premise_is_not_mentioned(base: KnowledgeBase) -> None:
    answer = answered(base, "Since profit sharing is 10% of the taxable profits, when must a company pay it?")
    assert NoticeKind.FALSE_PREMISE not in {notice.kind for notice in answer.notices}


class Reading:
    """A contradiction reader for the tests' embedder: sentences with a word contradict."""

    model = HashingEmbedder().identity

    def __init__(self, word: str) -> None:
        self._word = word

    def probabilities(self, embedder: object, assertion: str, sentences: Sequence[str]) -> Vectors:
        shares = [0.98 if self._word in sentence else 0.02 for sentence in sentences]
        return np.array([[share, 0.0, 1.0 - share] for share in shares], dtype=np.float32)


@pytest.mark.parametrize(
    ("question", "reading", "named"),
    [
        ("Since profit sharing is a gift of the company, when must it be paid?", Reading("profit sharing"), True),
        ("Profit sharing is a gift of the company, right?", Reading("profit sharing"), True),
        ("Is profit sharing a gift of the company?", Reading("profit sharing"), False),  # asserts nothing
        (
            "Our share of profits is a gift of the company, right?",
            Reading("profit sharing"),
            False,
        ),  # the asker's own case
        ("Profit sharing is a gift of the company, right?", Reading("nothing"), False),
    ],
)
def test_a_false_premise_in_words_is_told_by_reading_it_with_what_is_near(
    base: KnowledgeBase, monkeypatch: pytest.MonkeyPatch, question: str, reading: Reading, named: bool
) -> None:
    monkeypatch.setattr("kb.answering.load_contradiction_reader", lambda: reading)
    answer = answered(base, question)
    notices = [notice for notice in answer.notices if notice.kind is NoticeKind.FALSE_PREMISE]
    assert [notice.citations for notice in notices] == ([answer.statements[0].citations] if named else [])


def test_what_a_vendor_says_makes_no_premise_false(tmp_path: Path) -> None:
    claim = "# Profit sharing (PTU)\n\nWorkers receive 25% of the taxable profits as profit sharing.\n"
    question = "Since profit sharing is 10% of the taxable profits, who receives it?"
    for authority, named in (("internal", True), ("vendor", False)):
        with published(
            tmp_path / authority, article("claim", claim, authority=authority), calibration=BY_WORDS
        ) as base:
            kinds = {notice.kind for notice in answered(base, question).notices}
        assert (NoticeKind.FALSE_PREMISE in kinds) is named


COIN = "how many grams of gold does a severance coin weigh"


@pytest.mark.parametrize(
    ("question", "unheld"),
    [
        (f"When is profit sharing paid and {COIN}?", f"{COIN}?"),
        (f"Our profit sharing is paid. When is profit sharing paid and {COIN}?", f"{COIN}?"),
        (f"{COIN.capitalize()}? And when is profit sharing paid?", f"{COIN.capitalize()}?"),
        (f"Our profit sharing is paid. {COIN.capitalize()}? And when is profit sharing paid?", f"{COIN.capitalize()}?"),
        # With what it leans on it would be answered.
        ("When is profit sharing paid, and is it paid twice?", "is it paid twice?"),
    ],
)
def test_a_part_that_nothing_answers_is_named(tmp_path: Path, question: str, unheld: str) -> None:
    held = article("ptu", "# Profit sharing\n\nProfit sharing (PTU) is paid by 30 May.\n", topics="ptu")
    with published(tmp_path, held, calibration=replace(BY_WORDS, threshold=0.25)) as base:
        answer = answered(base, question)
    assert texts(answer) == ["Profit sharing (PTU) is paid by 30 May."]
    assert answer.note == f"No source was found for this part of the question: “{unheld.strip(' .;,')}”."


@pytest.mark.parametrize(
    "question",
    [
        f"{COIN.capitalize()}, and when is profit sharing paid with it?",  # "it" is what nothing tells of
        f"{COIN.capitalize()}, and who mints a severance coin?",
        "How many strikes did our vendor have, and when was its profit sharing paid?",  # what it did, and when it did
    ],
)
def test_where_no_part_can_be_answered_by_itself_nothing_is(tmp_path: Path, question: str) -> None:
    held = article("ptu", "# Profit sharing\n\nProfit sharing (PTU) is paid by 30 May.\n", topics="ptu")
    with published(tmp_path, held, calibration=BY_WORDS) as base:
        assert answered(base, question).status is Status.ABSTAINED


def test_what_is_said_to_hold_since_later_is_not_quoted_for_an_earlier_date(tmp_path: Path) -> None:
    body = (
        "# Zorbatron lending\n\nZorbatron lending needs a paper. Zorbatron lending is prohibited since 24 April 2021."
        " The fine for it is high.\n\n## Tax\n\nZorbatron lending is taxed (in force since 1 May 2022).\n"
    )
    with published(tmp_path, article("lending", body)) as base:
        then = answered(base, "Is zorbatron lending prohibited?", Filters(as_of=date(2020, 6, 1)))
        now = answered(base, "Is zorbatron lending prohibited?")
    assert texts(then) == ["Zorbatron lending needs a paper."]
    assert "prohibited since" in texts(now)[0]
    (notice,) = then.notices
    assert "don't state since when they hold" in notice.text


def test_a_corrected_list_keeps_its_items(tmp_path: Path) -> None:
    body = (
        "# Zorbatron factors\n\nThe zorbatron check considers four factors. The first is the wind. The second is the rain."
        " The third is the sun. The fourth is the moon.\n"
    )
    with published(tmp_path, article("factors", body)) as base:
        answer = answered(base, "Since the zorbatron check considers six factors, which factors are they?")
    assert answer.statements[0].text.endswith("The fourth is the moon.")
    assert NoticeKind.FALSE_PREMISE in {notice.kind for notice in answer.notices}


@pytest.mark.parametrize(("verdict", "said"), [("Yes, the", "the"), ("No, the", "the")])
def test_a_correcting_figure_comes_without_the_yes_or_no_to_something_else(
    tmp_path: Path, verdict: str, said: str
) -> None:
    body = f"# Is the PTU rate known?\n\n{verdict} PTU rate is 10% of taxable profit.\n"
    with published(tmp_path, article("rate", body, topics="ptu")) as base:
        answer = answered(base, "Since the PTU rate is 25% of taxable profit, how much is it in pesos?")
    assert NoticeKind.FALSE_PREMISE in {notice.kind for notice in answer.notices}
    assert answer.statements[0].text == f"{said} PTU rate is 10% of taxable profit."


def test_of_two_years_figures_the_one_of_today_is_answered_alone(base: KnowledgeBase) -> None:
    answer = answered(base, "What was the minimum wage in 2019 and what is it now?")
    assert texts(answer)[0] == "The minimum wage is MXN 315.04 a day in 2026."
    assert answer.note == "The knowledge base holds nothing on this for: 2019."


def test_of_very_many_questions_the_first_are_looked_at_and_the_others_named_as_not(base: KnowledgeBase) -> None:
    many = " ".join(f"When must a company pay profit sharing in shop {number}?" for number in range(MOST_PARTS + 1))
    answer = answered(base, many)
    assert answer.note == f"Only the first {MOST_PARTS} questions were looked at; ask the others by themselves."
    spanish = answered(base, "¿Qué porcentaje de las utilidades reciben? " * (MOST_PARTS + 1))
    assert spanish.note is not None
    assert spanish.note.endswith(
        f"Solo se buscaron respuestas a las primeras {MOST_PARTS} preguntas; haga las demás por separado."
    )
