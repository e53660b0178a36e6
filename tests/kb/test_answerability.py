"""A small network tells of a question whether something held is likely to answer it."""

import json
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from safetensors import safe_open

from evals.learn_answerability import learn_answerability
from kb import generation, retrieve
from kb.models.answerability import Answerability, load_answerability, read_answerability
from kb.models.embedding import Vectors, unit_rows
from kb.models.known_questions import known_questions, sentence_key
from kb.models.question_tuning import QuestionVectors, load_tuning
from kb.records import Language
from tests.embedders import HashingEmbedder
from tests.kb.asking import article, prospects_of, published

ROOT = Path(__file__).parents[2]
HELD = ["How tall is the wumpus?", "How old is the wumpus?", "Where does the wumpus live?", "Is the wumpus grey?"]
NOT_HELD = [
    "How tall is the gremlin?",
    "How old is the gremlin?",
    "Where does the gremlin live?",
    "Is the gremlin grey?",
]


def vectors_of(texts: list[str]) -> Vectors:
    return np.stack([HashingEmbedder().embed_query(text) for text in texts])


def learned() -> Answerability:
    vectors = vectors_of([*HELD, *NOT_HELD] * 40)
    answered = np.array(([True] * 4 + [False] * 4) * 40)
    languages = np.zeros(len(vectors), dtype=np.int64)
    return learn_answerability(HashingEmbedder().identity, vectors, vectors, languages, answered)


@pytest.fixture(scope="module")
def network() -> Answerability:
    return learned()


def log_odds(network: Answerability, text: str) -> float:
    vector = HashingEmbedder().embed_query(text)
    return network.log_odds(QuestionVectors(plain=vector, tuned=vector), Language.EN)


def test_one_word_tells_what_is_held_from_what_is_not(network: Answerability) -> None:
    assert all(log_odds(network, text) > 0 for text in HELD)
    assert all(log_odds(network, text) < 0 for text in NOT_HELD)
    assert log_odds(network, "How heavy is the wumpus?") > log_odds(network, "How heavy is the gremlin?")


def test_the_same_questions_teach_the_same(network: Answerability) -> None:
    again = learned()
    assert np.array_equal(network.hidden, again.hidden)
    assert np.array_equal(network.out_bias, again.out_bias)


def test_what_was_written_is_read_again(network: Answerability, tmp_path: Path) -> None:
    network.write(tmp_path / "network.safetensors", {"questions": 8})
    read = read_answerability(tmp_path / "network.safetensors")
    assert read.model == network.model
    assert log_odds(read, HELD[0]) == pytest.approx(log_odds(network, HELD[0]), abs=0.02)


def test_a_language_without_questions_is_read_as_it_is(network: Answerability) -> None:
    assert not network.means[1].any()
    assert np.allclose(network.means[0][0], vectors_of(HELD).mean(axis=0), atol=1e-6)


def test_the_network_is_asked_where_it_belongs_to_the_model(
    network: Answerability, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rule = "The wumpus is nine yards tall."
    known = known_questions(
        HashingEmbedder().identity, vectors_of(HELD[:1]), [Language.EN], [[sentence_key("wumpus", rule)]]
    )
    monkeypatch.setattr(generation, "load_known_questions", lambda: known)
    with published(tmp_path, article("wumpus", f"# Wumpus\n\n{rule}\n")) as base:
        unknown = prospects_of(base, HELD[0])  # the packaged network is another model's
        monkeypatch.setattr(retrieve, "load_answerability", lambda: network)
        held, other = (prospects_of(base, text) for text in (HELD[0], NOT_HELD[0]))
    assert unknown is not None
    assert held is not None
    assert other is not None
    assert unknown.log_odds == 0.0
    assert held.log_odds > 0 > other.log_odds


def test_the_packaged_network_belongs_to_the_packaged_change_and_questions() -> None:
    assert load_answerability().model == load_tuning().model
    with safe_open(ROOT / "kb/models/answerability.safetensors", framework="numpy") as file:
        origin = json.loads(file.metadata()["learned_from"])
    for key, name in (("sha256", "questions"), ("unanswered_sha256", "unanswered")):
        assert origin[key] == sha256((ROOT / f"evals/tuning/{name}.jsonl").read_bytes()).hexdigest()


def test_vectors_of_no_length_are_no_fault(network: Answerability) -> None:
    nothing = QuestionVectors(plain=network.means[0][1], tuned=unit_rows(network.means[0][0]))
    assert np.isfinite(network.log_odds(nothing, Language.EN))
