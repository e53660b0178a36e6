"""Learn how a model's last layers should read questions, so that these come to lie nearer to what answers them.

Small changes to their weights (see `evals.changed_layers`) are learned together with the linear change of what the layers
give. The layers before are gone through once and kept.
Questions that nothing answers take part: by the vectors that come out, a small network must tell them from the others.
"""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from time import monotonic

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from evals.changed_layers import ChangedLayers, batches_of_like_length, learning_rates
from evals.tuning_targets import Targets, turned
from kb.models.embedding import Vectors
from kb.models.layer_changes import LayerChanges
from kb.models.question_tuning import Tuning

# Chosen by what they do for questions that were kept apart, a tenth of all.
FIRST = 8  # of the changed layers, from 0
ROUNDS = 3
QUESTIONS_AT_ONCE = 128
LEARNING_RATES = {"factors": 3e-3, "matrix": 5e-4, "network": 1e-3}
DECAY = {"factors": 0.01, "matrix": 0.0, "network": 0.05}
CLOSENESS = 2.0  # weight of the squared distance of the reread from the plain question
UNITS, DROPPED_INPUTS, DROPPED_UNITS = 256, 0.1, 0.3  # of the network
SCALE = 20.0  # components of unit vectors are small
SEED = 20_261_127
_SECONDS_BETWEEN_NEWS = 30.0


def learn_layers(
    weights: Mapping[str, Tensor],
    states: Sequence[Tensor],
    plain: Vectors,
    answers: Sequence[Sequence[int]],
    targets: Targets,
    tuning: Tuning,
) -> Tuning:
    """A tuning without changes to layers, with them.

    `weights` are those of a BERT by transformers' names; `states` what the layers before FIRST make of each question, shape
    (tokens, dimension); `plain` the questions' vectors, shape (questions, dimension); `answers` the rows of the sentences
    that answer each, none where nothing does.
    """
    with torch.random.fork_rng():
        torch.manual_seed(SEED)
        network = _Network(weights, tuning)
        _learn(network, states, torch.tensor(plain), answers, targets)
    return replace(
        tuning,
        matrix=network.matrix.detach().numpy(),
        layers=LayerChanges(factors=network.layers.factors()),
    )


def _learn(
    network: "_Network",
    states: Sequence[Tensor],
    plain: Tensor,
    answers: Sequence[Sequence[int]],
    targets: Targets,
) -> None:
    draws = np.random.default_rng(SEED)
    lengths = np.array([len(state) for state in states])
    groups = network.parameter_groups()
    optimizer = torch.optim.AdamW(groups)
    steps = ROUNDS * -(-len(states) // QUESTIONS_AT_ONCE)
    schedule = learning_rates(optimizer, steps)
    said, done = monotonic(), 0
    for _ in range(ROUNDS):
        for rows in batches_of_like_length(lengths, QUESTIONS_AT_ONCE, 1, draws):
            read = network.read([states[row] for row in rows])
            tuned = network.tuned(read)
            held = torch.tensor([bool(answers[row]) for row in rows])
            loss = CLOSENESS * ((read - plain[torch.from_numpy(rows)]) ** 2).sum(1).mean()
            loss = loss + functional.binary_cross_entropy_with_logits(network.log_odds(read), held.float())
            if held.any():
                loss = loss + targets.missed(tuned[held], [answers[row] for row in rows if answers[row]])
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(groups[0]["params"], 1.0)
            optimizer.step()
            schedule.step()
            done += 1
            if monotonic() - said > _SECONDS_BETWEEN_NEWS:
                said = monotonic()
                print(f"layers: step {done} of {steps}", file=sys.stderr)  # noqa: T201


class _Network(nn.Module):
    """The changed layers, the linear change, and what tells answered questions from others."""

    def __init__(self, weights: Mapping[str, Tensor], tuning: Tuning) -> None:
        super().__init__()
        self.layers = ChangedLayers(weights, FIRST)
        self.matrix = nn.Parameter(torch.tensor(tuning.matrix))
        self._center = torch.tensor(tuning.center)
        self.network = nn.Sequential(
            nn.Dropout(DROPPED_INPUTS),
            nn.Linear(len(tuning.center), UNITS),
            nn.ReLU(),
            nn.Dropout(DROPPED_UNITS),
            nn.Linear(UNITS, 1),
        )

    def parameter_groups(self) -> list[dict[str, object]]:
        """Those of the layers first."""
        parameters = {
            "factors": list(self.layers.parameters()),
            "matrix": [self.matrix],
            "network": list(self.network.parameters()),
        }
        return [
            {"params": found, "lr": LEARNING_RATES[kind], "weight_decay": DECAY[kind]}
            for kind, found in parameters.items()
        ]

    def read(self, states: Sequence[Tensor]) -> Tensor:
        """Unit vectors of questions: shape (questions, dimension)."""
        state, there = self.layers.read(states)
        return functional.normalize((state * there[..., None]).sum(1), dim=1)

    def tuned(self, read: Tensor) -> Tensor:
        """Unit vectors after the linear change: shape (questions, dimension)."""
        return turned(read, self._center, self.matrix)

    def log_odds(self, read: Tensor) -> Tensor:
        """That something answers each: shape (questions,)."""
        odds: Tensor = self.network(SCALE * (read - self._center))[:, 0]
        return odds
