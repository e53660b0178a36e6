from pathlib import Path

import numpy as np
import pytest

from kb.models import question_tuning
from kb.models.embedding import ShippedEmbedder, Vectors
from kb.models.layer_changes import LayerChanges
from kb.models.question_tuning import Tuning, load_tuning, question_vectors, read_tuning
from kb.settings import load_settings
from tests.embedders import HashingEmbedder
from tests.kb.asking import article, candidates_for, found_for, published

CENTER = np.array([1.0, 0.0, 0.0], dtype=np.float32)
TURN = np.diag([0.0, 3.0, 3.0]).astype(np.float32)
AS_THEY_ARE = LayerChanges(factors={})
DIRECTIONS = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]], dtype=np.float32)


def unit(degrees: float, strange: float = 0.0) -> Vectors:
    """A unit vector, turned from the center within the directions; `strange` of it lies outside of them."""
    inside = np.sqrt(1 - strange**2)
    turned = np.array([inside * np.cos(np.radians(degrees)), inside * np.sin(np.radians(degrees)), strange])
    return turned.astype(np.float32)


def tuning(whole_to: float = 0.04, nothing_from: float = 0.16, layers: LayerChanges = AS_THEY_ARE) -> Tuning:
    return Tuning(
        model="hashing-256",
        center=CENTER,
        matrix=TURN,
        directions=DIRECTIONS,
        whole_to=whole_to,
        nothing_from=nothing_from,
        layers=layers,
    )


def angle(vector: Vectors) -> float:
    return float(np.degrees(np.arctan2(vector[1], vector[0])))


def test_a_question_like_those_learned_from_is_turned_as_a_whole() -> None:
    tuned = tuning().tune(unit(20), unit(20))
    assert angle(tuned) == pytest.approx(np.degrees(np.arctan(4 * np.tan(np.radians(20)))), abs=0.01)
    assert np.linalg.norm(tuned) == pytest.approx(1.0)


def test_a_question_of_another_field_keeps_its_vector() -> None:
    assert tuning().strangeness(unit(20, strange=0.5)) == pytest.approx(0.25)
    assert np.allclose(tuning().tune(unit(20, strange=0.5), unit(70)), unit(20, strange=0.5))


def test_between_the_limits_a_question_is_turned_in_part() -> None:
    asked = unit(20, strange=0.3)
    whole = angle(tuning(whole_to=0.2, nothing_from=0.3).tune(asked, asked))
    assert 20 < angle(tuning().tune(asked, asked)) < whole


def test_what_the_changed_layers_read_is_turned_and_the_plain_vector_tells_whether() -> None:
    assert np.allclose(
        tuning().tune(unit(20), unit(30, strange=0.9)), tuning(9, 9.1).tune(unit(50), unit(30, strange=0.9))
    )


def test_many_questions_are_tuned_as_each_alone() -> None:
    rows = np.stack([unit(5), unit(30, strange=0.3), unit(60, strange=0.6)])
    reread = rows[::-1].copy()
    alone = [tuning().tune(row, other) for row, other in zip(rows, reread, strict=True)]
    assert np.allclose(tuning().tune(rows, reread), alone)


def test_what_was_written_is_read_again(tmp_path: Path) -> None:
    inward, outward = np.eye(3, 2, dtype=np.float32), np.ones((2, 6), dtype=np.float32)
    written = tuning(
        layers=LayerChanges(factors={"11.widening": (inward, outward), "10.output": (outward.T, inward.T)})
    )
    written.write(tmp_path / "change.safetensors", {"questions": 3})
    found = read_tuning(tmp_path / "change.safetensors")
    assert (found.model, found.whole_to, found.nothing_from) == ("hashing-256", 0.04, 0.16)
    assert np.array_equal(found.directions, DIRECTIONS)
    assert np.array_equal(found.matrix, TURN)
    assert np.array_equal(found.center, CENTER)
    assert found.layers.layers == range(10, 12)
    assert np.array_equal(found.layers.change("11.widening"), (inward @ outward).T)
    assert found.layers.change("10.output").shape == (3, 6)


def test_the_packaged_change_belongs_to_the_packaged_model(tmp_path: Path) -> None:
    assert load_tuning().model == ShippedEmbedder(load_settings(home=tmp_path)).identity


def test_the_packaged_change_turns_questions_of_the_field_only(tmp_path: Path) -> None:
    embedder = ShippedEmbedder(load_settings(home=tmp_path))
    ours = question_vectors(embedder, "Which papers shows that a vendor paid its agents' share of the profit?")
    others = question_vectors(embedder, "Who won the cup in 1966?")
    assert float(ours.plain @ ours.tuned) < 0.99
    assert np.array_equal(others.plain, others.tuned)


def test_questions_stay_as_they_are_where_the_layers_cannot_be_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    class ReadsOnce:
        identity = "hashing-256"
        embed_query = HashingEmbedder().embed_query
        embed_passages = HashingEmbedder().embed_passages
        fits = HashingEmbedder().fits

    monkeypatch.setattr(question_tuning, "load_tuning", tuning)
    vectors = question_vectors(ReadsOnce(), "When is profit sharing paid?")
    assert np.array_equal(vectors.plain, vectors.tuned)


def test_questions_of_another_model_stay_as_they_are() -> None:
    vectors = question_vectors(HashingEmbedder(), "When is profit sharing paid?")
    assert np.array_equal(vectors.plain, vectors.tuned)


def test_the_tuned_question_ranks_and_the_plain_one_tells_what_says_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    embedder = HashingEmbedder()
    asked, meant = "How large is the purple gremlin?", "A wumpus measures nine yards."
    start, end = embedder.embed_query(asked), embedder.embed_query(f"Wumpus: {meant}")
    # Sends the question to the sentence on the wumpus, with which it shares no word.
    sent = Tuning(
        model=embedder.identity,
        center=np.zeros_like(start),
        matrix=np.outer(start, 5 * end).astype(np.float32),
        directions=np.zeros((0, len(start)), dtype=np.float32),
        whole_to=2.0,
        nothing_from=3.0,
        layers=AS_THEY_ARE,
    )
    articles = (
        article("wumpus", f"# Wumpus\n\n{meant}\n"),
        article("gremlin", "# Gremlin\n\nA gremlin sleeps all winter long.\n"),
    )
    with published(tmp_path, *articles) as base:
        before = {c.text: c for c in candidates_for(base, asked)}
        monkeypatch.setattr(question_tuning, "load_tuning", lambda: sent)
        after = {c.text: c for c in candidates_for(base, asked)}
        found = {item.hit.passage.document_id: item for item in found_for(base, asked)}
    assert after[meant].meaning > 0.5 > before[meant].meaning
    assert after[meant].near == pytest.approx(before[meant].near)
    cosines = [found[name].cosine for name in ("wumpus", "gremlin")]
    assert None not in cosines
    assert cosines[0] > cosines[1]  # type: ignore[operator]
