"""Questions whose answers are known speak for what answers them."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from safetensors import safe_open

from kb import KnowledgeBase, generation
from kb.models.embedding import Vectors, unit_rows
from kb.models.known_questions import (
    NEARER,
    KnownQuestions,
    NearQuestions,
    known_questions,
    load_known_questions,
    read_known_questions,
    sentence_key,
)
from kb.models.question_tuning import QuestionVectors, load_tuning
from kb.records import Language
from kb.sufficiency import SIGNALS, SIGNALS_WHERE_KNOWN
from tests.embedders import HashingEmbedder
from tests.kb.asking import article, candidates_for, found_for, published, signals_of

ROOT = Path(__file__).parents[2]
RULE = "A wumpus measures nine yards."
ASKED = "How tall does the beast get?"
ARTICLES = (
    article("wumpus", f"# Wumpus\n\nThe wumpus lives in caves. {RULE} It is grey.\n"),
    article("beast", "# Beast\n\nA beast is tall in stories. Nobody met one.\n"),
)


def tuned(*texts: str) -> Vectors:
    return np.stack([HashingEmbedder().embed_query(text) for text in texts])


def known(*links: tuple[str, Language, str], unanswered: Sequence[str] = ()) -> KnownQuestions:
    """Each link is a question, its language and the sentence on the wumpus that answers it."""
    return known_questions(
        HashingEmbedder().identity,
        tuned(*(text for text, _, _ in links), *unanswered),
        [*(language for _, language, _ in links), *(Language.EN for _ in unanswered)],
        [*([sentence_key("wumpus", sentence)] for _, _, sentence in links), *([] for _ in unanswered)],
    )


QUESTIONS = (
    ("How tall does the animal get?", Language.EN, RULE),
    ("Where is it at home?", Language.EN, "The wumpus\n lives in caves."),
    ("Does it say anything at all?", Language.EN, "The wumpus says nothing."),
    ("¿De qué color es?", Language.ES, "It is grey."),
)


@contextmanager
def knowing(place: Path, monkeypatch: pytest.MonkeyPatch, *links: tuple[str, Language, str]) -> Iterator[KnowledgeBase]:
    monkeypatch.setattr(generation, "load_known_questions", lambda: known(*links))
    with published(place, *ARTICLES) as base:
        yield base


def test_vectors_lose_what_their_language_shares_and_have_length_one() -> None:
    found = known(*QUESTIONS)
    english = tuned(*(text for text, language, _ in QUESTIONS if language is Language.EN))
    assert np.allclose(found.means[0], english.mean(axis=0))
    assert np.allclose(found.vectors[:3] @ found.directions, unit_rows(english - english.mean(axis=0)), atol=1e-5)


def test_what_was_written_is_read_again_with_eight_bits_a_number(tmp_path: Path) -> None:
    written = known(*QUESTIONS, unanswered=("Is it ours?",))
    written.write(tmp_path / "known.safetensors", {"questions": 4})
    found = read_known_questions(tmp_path / "known.safetensors")
    assert found.model == written.model
    assert np.array_equal(found.answers, written.answers)
    assert np.array_equal(found.question_of, written.question_of)
    assert np.array_equal(found.starts, written.starts)
    assert np.array_equal(found.answered, written.answered)
    assert found.answered.sum() == 4
    assert ((found.vectors * written.vectors).sum(axis=1)[[0, 1, 2, 4]] > 0.999).all()


def test_each_sentence_knows_its_questions_whatever_its_line_breaks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with knowing(tmp_path, monkeypatch, *QUESTIONS) as base:
        before = base.generation.asked_before
        passage = next(p for p in base.generation.passages.values() if p.document_id == "wumpus")
        assert before is not None
        assert before.passages == {passage.id}
        vector = tuned(QUESTIONS[1][0])[0]
        near = before.questions.near(QuestionVectors(plain=vector, tuned=vector), Language.EN)
        all_of_it, high = (before.answered_by(near, least) for least in (-2.0, 0.9))
    assert all_of_it[passage.id][0] == pytest.approx(1.0, abs=1e-5)
    assert all_of_it[passage.id][1] < 0.9
    assert high == {passage.id: {0: all_of_it[passage.id][0]}}


def test_a_passage_without_a_question_is_told_from_one_whose_questions_are_unlike(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with knowing(tmp_path, monkeypatch, *QUESTIONS[:3]) as base:
        known = {c.text: c.known for c in candidates_for(base, ASKED)}
    assert known[RULE]
    assert known["It is grey."]
    assert not known["Nobody met one."]  # nothing is known of its whole passage


def test_a_question_like_a_known_one_finds_its_answer_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with published(tmp_path / "unknowing", *ARTICLES) as base:
        assert base.generation.asked_before is None
        before = candidates_for(base, ASKED)
    with knowing(tmp_path / "knowing", monkeypatch, *QUESTIONS) as base:
        after = candidates_for(base, ASKED)
        found = found_for(base, ASKED)
    scores = [{c.text: c.score for c in candidates} for candidates in (before, after)]
    assert scores[1][RULE] - scores[1]["Nobody met one."] > scores[0][RULE] - scores[0]["Nobody met one."]
    assert all(0 <= item.hit.score <= 1 for item in found)


def test_what_nothing_answers_speaks_against_an_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    near, far = "How many yards does a wumpus measure in Peru?", "Where is the wumpus at home?"
    monkeypatch.setattr(generation, "load_known_questions", lambda: known(*QUESTIONS, unanswered=(near,)))
    with published(tmp_path, *ARTICLES) as base:
        told = [signals_of(base, text) for text in (near, far)]
    assert set(told[0]) == {*SIGNALS, *SIGNALS_WHERE_KNOWN}
    assert told[0]["answered"] < 0.05
    assert 0.5 < told[1]["answered"] <= 1


def test_only_the_nearest_groups_are_looked_through(monkeypatch: pytest.MonkeyPatch) -> None:
    draws = np.random.default_rng(7)
    places = unit_rows(draws.normal(size=(6, 40)).astype(np.float32))
    vectors = unit_rows(np.repeat(places, 30, axis=0) + 0.05 * draws.normal(size=(180, 40)).astype(np.float32))
    monkeypatch.setattr("kb.models.known_questions.IN_A_GROUP", 20)
    questions = known_questions("a model", vectors, [Language.EN] * 180, [[row] for row in range(180)])
    asked = QuestionVectors(plain=vectors[0], tuned=vectors[0])
    monkeypatch.setattr("kb.models.known_questions.LOOKED_THROUGH", len(questions.middles))
    everywhere = questions.near(asked, Language.EN)
    monkeypatch.setattr("kb.models.known_questions.LOOKED_THROUGH", 5)
    near = questions.near(asked, Language.EN)
    assert sorted(everywhere.rows.tolist()) == list(range(180))
    assert 30 <= len(near.rows) == len(set(near.rows.tolist())) < 180
    cosines = dict(zip(everywhere.rows.tolist(), everywhere.cosines.tolist(), strict=True))
    assert [cosines[row] for row in near.rows.tolist()] == near.cosines.tolist()
    assert {row for row, cosine in cosines.items() if cosine > 0.8} <= set(near.rows.tolist())
    # The links have moved with the rows: the question asked is the one that its own key answers.
    nearest = int(near.rows[near.cosines.argmax()])
    assert dict(zip(questions.question_of.tolist(), questions.answers.tolist(), strict=True))[nearest] == 0


def test_the_nearer_known_questions_weigh_more() -> None:
    questions = known(*QUESTIONS, unanswered=("Is it ours?",))  # four are answered, one isn't
    assert questions.answered.tolist() == [True, True, True, True, False]  # so few are one group
    one_step = NEARER * np.array([0.0, -1.0, -1.0, -1.0, -1.0], dtype=np.float32)
    rows = np.array([4, 3, 2, 1, 0])
    assert questions.share_answered(NearQuestions(rows=rows, cosines=one_step)) == pytest.approx(4 / (4 + np.e))
    alike = NearQuestions(rows=rows, cosines=np.zeros(5, dtype=np.float32))
    assert questions.share_answered(alike) == pytest.approx(4 / 5)
    none = NearQuestions(rows=rows[:0], cosines=np.zeros(0, dtype=np.float32))
    assert questions.share_answered(none) == 0.0


def test_questions_of_another_model_are_not_used(tmp_path: Path) -> None:
    with published(tmp_path, *ARTICLES) as base:
        assert base.generation.asked_before is None
        assert set(signals_of(base, ASKED)) == set(SIGNALS)


def test_the_packaged_questions_belong_to_the_packaged_change() -> None:
    assert load_known_questions().model == load_tuning().model


def test_the_packaged_questions_are_those_of_the_file() -> None:
    with safe_open(ROOT / "kb/models/known_questions.safetensors", framework="numpy") as file:
        origin = json.loads(file.metadata()["made_from"])
    for key, name in (("sha256", "questions"), ("unanswered_sha256", "unanswered")):
        assert origin[key] == sha256((ROOT / f"evals/tuning/{name}.jsonl").read_bytes()).hexdigest()
