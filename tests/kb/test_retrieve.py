from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from kb import Filters, KnowledgeBase
from kb.models.question_tuning import QuestionVectors
from kb.retrieve import FROM_BEFORE, LEXICAL_WEIGHT, TOWARDS_ITSELF, Signals, best_rows, fuse, turned_vectors
from tests.kb.asking import article, found_for, published, understood

RENEWAL = article(
    "renewal", "# Renewing a REPSE registration\n\nA REPSE registration is renewed every three years.\n", topics="repse"
)
SHARE = article(
    "share", "# Profit sharing\n\nWorkers receive a tenth of the profits as profit sharing.\n", topics="ptu"
)
REPARTO = article(
    "reparto", "# Reparto de utilidades\n\nEl reparto de utilidades es la décima parte.\n", topics="ptu", language="es"
)
CONTRATO = article(
    "contrato", "# Informes del zorbatron\n\nEl zorbatron se entrega cada lunes.\n", topics="tax", language="es"
)
BREACH = article(
    "breach",
    "# Breach notice\n\nA breach notice is due in sixty days.\n",
    topics="hipaa",
    jurisdiction="US",
    authority="regulation",
)
OLD = article(
    "wage-2025",
    "# Minimum wage\n\nThe minimum wage is MXN 278.80 a day.\n",
    more="effective_from: 2025-01-01\neffective_to: 2026-01-01",
)
NEW = article(
    "wage-2026", "# Minimum wage\n\nThe minimum wage is MXN 315.04 a day.\n", more="effective_from: 2026-01-01"
)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KnowledgeBase]:
    with published(
        tmp_path_factory.mktemp("retrieve"), RENEWAL, SHARE, REPARTO, CONTRATO, BREACH, OLD, NEW
    ) as opened_base:
        yield opened_base


def ids(base: KnowledgeBase, text: str, filters: Filters | None = None, k: int = 10) -> list[str]:
    return [item.hit.document_id for item in found_for(base, text, filters, k)]


def test_the_passage_on_the_subject_comes_first(base: KnowledgeBase) -> None:
    assert ids(base, "How often is a REPSE registration renewed?")[0] == "renewal"


def test_at_most_k_passages_are_found(base: KnowledgeBase) -> None:
    assert len(ids(base, "How often is a REPSE registration renewed?", k=2)) == 2


def test_scores_fall_and_stay_between_zero_and_one(base: KnowledgeBase) -> None:
    scores = [item.hit.score for item in found_for(base, "How often is a REPSE registration renewed?")]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)


@pytest.mark.parametrize(
    ("filters", "left"),
    [
        (Filters(jurisdiction="US"), {"breach"}),
        (Filters(topic="ptu"), {"share", "reparto"}),
        (Filters(authority="regulation"), {"breach"}),
        (Filters(language="es"), {"reparto", "contrato"}),
        (Filters(language="es", topic="ptu"), {"reparto"}),
        (Filters(jurisdiction="US", topic="ptu"), set()),
    ],
)
def test_a_filter_lets_only_its_kind_through(base: KnowledgeBase, filters: Filters, left: set[str]) -> None:
    assert set(ids(base, "profit sharing, breach notice, minimum wage", filters)) == left


def test_today_only_the_law_of_today_is_found(base: KnowledgeBase) -> None:
    found = ids(base, "What is the minimum wage?")
    assert found[0] == "wage-2026"
    assert "wage-2025" not in found


def test_the_old_law_is_found_on_its_own_dates_only(base: KnowledgeBase) -> None:
    def on(day: date) -> set[str]:
        return set(ids(base, "What is the minimum wage?", Filters(as_of=day))) & {"wage-2025", "wage-2026"}

    assert on(date(2024, 12, 31)) == set()
    assert on(date(2025, 1, 1)) == {"wage-2025"}
    assert on(date(2025, 12, 31)) == {"wage-2025"}
    assert on(date(2026, 1, 1)) == {"wage-2026"}  # effective_to is exclusive


def test_bm25_finds_the_other_language_by_a_translated_term(base: KnowledgeBase) -> None:
    lexical = {item.hit.document_id: item.lexical for item in found_for(base, "What is profit sharing?")}
    assert lexical["reparto"] == 1.0


def test_bm25_does_not_match_a_shared_word_across_languages(base: KnowledgeBase) -> None:
    english = {item.hit.document_id: item.lexical for item in found_for(base, "When must the zorbatron be there?")}
    spanish = {item.hit.document_id: item.lexical for item in found_for(base, "¿Cuándo se entrega el zorbatron?")}
    assert english.get("contrato", 0.0) == 0.0
    assert spanish["contrato"] == 1.0


def test_bm25_counts_in_the_other_language_as_far_as_a_question_is_translated(base: KnowledgeBase) -> None:
    asked = "What is profit sharing in a quillfaff with vorpins?"
    lexical = {item.hit.document_id: item.lexical for item in found_for(base, asked)}
    assert lexical["reparto"] == pytest.approx(1 / 3)


def test_bm25_is_stretched_from_the_first_passage_that_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The shorter the text, the more a word in it tells.
    articles = [article(f"a{n}", "# Desk\n\nThe zorbatron" + " vorpin" * n + ".\n") for n in range(1, 5)]
    with published(tmp_path, *articles) as base:
        wide = {item.hit.document_id: item.lexical for item in found_for(base, "zorbatron")}
        monkeypatch.setattr("kb.retrieve.POOL", 3)
        narrow = {item.hit.document_id: item.lexical for item in found_for(base, "zorbatron")}
    assert wide["a1"] == narrow["a1"] == 1.0
    assert 0.0 < narrow["a3"] < wide["a3"]
    assert narrow["a4"] == 0.0 < wide["a4"]


def test_what_only_meaning_finds_keeps_the_weight_of_meaning() -> None:
    nothing = np.full(3, np.nan)
    scores = fuse(Signals(dense=np.array([0.9, np.nan, 0.1]), lexical=nothing))
    assert scores[0] == pytest.approx(1 - LEXICAL_WEIGHT)
    assert scores[2] == 0.0
    assert np.isnan(scores[1])


@pytest.mark.parametrize(("own_terms", "part"), [(0, 0.0), (1, 0.5), (2, 1.0), (5, 1.0)])
def test_a_follow_up_is_turned_to_what_it_asks_as_far_as_it_speaks_of_something(own_terms: int, part: float) -> None:
    question = replace(understood("and who pays?", earlier=["What is REPSE?"]), own_terms=own_terms)
    axes = dict(zip((question.text, question.asked, "What is REPSE?"), np.eye(3, dtype=np.float32), strict=True))
    found = turned_vectors(lambda text: QuestionVectors(plain=axes[text], tuned=axes[text]), question)
    expected = np.array([1.0, TOWARDS_ITSELF * part, -FROM_BEFORE * part])
    assert np.allclose(found.tuned, expected / np.linalg.norm(expected))
    assert np.array_equal(found.plain, axes[question.text])


def test_equal_scores_stand_in_the_order_of_their_ids() -> None:
    scores = np.array([0.5, np.nan, 0.7, 0.5, 0.5])
    assert best_rows(scores, ["d", "x", "a", "c", "b"], 3).tolist() == [2, 4, 3]
    assert best_rows(scores, ["d", "x", "a", "c", "b"], 9).tolist() == [2, 4, 3, 0]
