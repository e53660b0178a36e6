import json
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from safetensors import safe_open

from kb.models.contradiction_reader import (
    FILE,
    ContradictionReader,
    Relation,
    load_contradiction_reader,
    read_contradiction_reader,
)
from kb.models.embedding import ShippedEmbedder
from kb.models.layer_changes import LayerChanges
from kb.settings import load_settings
from tests.embedders import DIMENSION, HashingEmbedder

ROOT = Path(__file__).parents[2]
PREMISES = ROOT / "evals/tuning/premises.jsonl"
RULE = "Who registers?: A vendor of specialized services must be registered in REPSE."


def reader(*, seed: int = 3) -> ContradictionReader:
    draws = np.random.default_rng(seed)

    def some(*shape: int) -> np.ndarray:
        return draws.normal(size=shape).astype(np.float16).astype(np.float32)

    return ContradictionReader(
        model="hashing-256",
        layers=LayerChanges(factors={"2.output": (some(6, 2), some(2, 5)), "3.output": (some(6, 2), some(2, 5))}),
        hidden=some(7, 4 * DIMENSION),
        hidden_bias=some(7),
        out=some(3, 7),
        out_bias=some(3),
    )


def test_each_sentence_has_a_share_for_each_relation() -> None:
    shares = reader().probabilities(HashingEmbedder(), "It is voluntary", [RULE, "It is grey.", RULE])
    assert shares.shape == (3, len(Relation))
    assert np.allclose(shares.sum(axis=1), 1.0)
    assert np.allclose(shares[0], shares[2])
    assert not np.allclose(shares[0], shares[1])


def test_what_was_written_is_read_again(tmp_path: Path) -> None:
    written = reader()
    written.write(tmp_path / "reader.safetensors", {"pairs": 2})
    found = read_contradiction_reader(tmp_path / "reader.safetensors")
    assert found.model == written.model
    assert found.layers.layers == range(2, 4)
    assert np.allclose(found.layers.change("3.output"), written.layers.change("3.output"))
    sentences = [RULE, "It is grey."]
    before, after = (one.probabilities(HashingEmbedder(), "It is voluntary", sentences) for one in (written, found))
    assert np.allclose(before, after)


@pytest.mark.parametrize(
    ("assertion", "relation"),
    [
        ("the vendor needs no registration in REPSE", Relation.CONTRADICTS),
        ("registering in REPSE is up to the vendor", Relation.CONTRADICTS),
        ("the vendor has to be registered in REPSE", Relation.CONFIRMS),
    ],
)
def test_the_packaged_reader_tells_the_opposite_from_the_same(assertion: str, relation: Relation) -> None:
    embedder = ShippedEmbedder(load_settings(home=ROOT))
    shares = load_contradiction_reader().probabilities(embedder, assertion, [RULE])
    assert int(shares[0].argmax()) == relation


def test_a_pair_longer_than_the_model_reads_is_cut() -> None:
    embedder = ShippedEmbedder(load_settings(home=ROOT))
    shares = load_contradiction_reader().probabilities(embedder, "never " * 1_000, ["word " * 1_000, RULE])
    assert np.isfinite(shares).all()


def test_the_packaged_reader_was_learned_from_the_file() -> None:
    with safe_open(ROOT / "kb/models" / FILE, framework="numpy") as file:
        origin = json.loads(file.metadata()["learned_from"])
    assert origin["sha256"] == sha256(PREMISES.read_bytes()).hexdigest()
