"""Changes to the last layers of a tiny random BERT are learned from questions of made-up tokens."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from transformers import BertConfig, BertModel

from evals import learn_layers as learning
from evals.learn_layers import learn_layers
from evals.tune import ranks
from evals.tuning_targets import Targets
from kb.models.bert_forward import Bert
from kb.models.embedding import Vectors, unit_rows
from kb.models.layer_changes import LayerChanges
from kb.models.question_tuning import Tuning
from kb.models.weights_package import HEADS, LAYER_NORM_EPSILON

SUBJECTS, WORDS, DIMENSION = 5, 40, 24
FIRST = 1  # of the changed layers


def bert() -> tuple[Bert, dict[str, torch.Tensor]]:
    torch.manual_seed(3)
    sizes = {"hidden_size": DIMENSION, "num_hidden_layers": 3, "num_attention_heads": HEADS, "intermediate_size": 48}
    model = BertModel(BertConfig(vocab_size=WORDS, initializer_range=0.3, **sizes)).eval()
    weights = {name: tensor.detach() for name, tensor in model.state_dict().items()}
    return Bert(weights, HEADS, LAYER_NORM_EPSILON, torch.float32), weights


def asked(draws: np.random.Generator, count: int) -> tuple[list[torch.Tensor], list[list[int]]]:
    """Questions of three to seven words, of which the one for their subject tells the answer; some have neither."""
    subjects = [row % (SUBJECTS + 1) for row in range(count)]
    words = [draws.integers(SUBJECTS + 1, WORDS, size=draws.integers(3, 8)) for _ in subjects]
    for subject, said in zip(subjects, words, strict=True):
        said[draws.integers(len(said))] = subject
    return [torch.tensor(said) for said in words], [[subject] if subject < SUBJECTS else [] for subject in subjects]


def vectors(model: Bert, texts: list[torch.Tensor], layers: list[object]) -> tuple[Vectors, Vectors]:
    with torch.inference_mode():
        both = model.read(texts, layers)  # type: ignore[arg-type]
    plain, reread = (unit_rows(torch.stack([part.mean(0) for part in parts]).numpy()) for parts in both)
    return plain, reread


def test_questions_come_to_lie_near_what_answers_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learning, "FIRST", FIRST)
    monkeypatch.setattr(learning, "ROUNDS", 25)
    monkeypatch.setattr(learning, "LEARNING_RATES", {"factors": 1e-2, "matrix": 1e-2, "network": 1e-2})
    monkeypatch.setattr(learning, "CLOSENESS", 0.1)
    draws = np.random.default_rng(5)
    rows = unit_rows(draws.normal(size=(SUBJECTS, DIMENSION)).astype(np.float32))
    targets = Targets(passages=rows, headings=rows, sentences=rows, passage_of=np.arange(SUBJECTS), places={})
    model, weights = bert()
    seen, answers = asked(draws, 900)
    plain, _ = vectors(model, seen, [])
    start = Tuning(
        model="tiny",
        center=plain.mean(0),
        matrix=np.zeros((DIMENSION, DIMENSION), dtype=np.float32),
        directions=np.eye(DIMENSION, dtype=np.float32),
        whole_to=1.0,
        nothing_from=2.0,
        layers=LayerChanges(factors={}),
    )
    with torch.inference_mode():
        states = [state.clone() for state in model.states(seen, FIRST)]
    learned = learn_layers(weights, states, plain, answers, targets, start)
    assert learned.layers.layers == range(FIRST, 3)

    unseen, theirs = asked(draws, 180)
    held = [row for row, found in enumerate(theirs) if found]
    added = {name: torch.from_numpy(learned.layers.change(name)) for name in learned.layers.factors}
    plain, reread = vectors(model, unseen, list(model.layers(weights, learned.layers.layers, added)))
    before = ranks(start.tune(plain, plain)[held], [theirs[row] for row in held], targets)
    after = ranks(learned.tune(plain, reread)[held], [theirs[row] for row in held], targets)
    linear = replace(learned, layers=LayerChanges(factors={}))
    without = ranks(linear.tune(plain, plain)[held], [theirs[row] for row in held], targets)
    assert (before == 1).mean() < 0.3
    assert (without == 1).mean() < 0.4
    assert (after == 1).mean() > 0.7
