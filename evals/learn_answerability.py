"""Learn which questions something held answers (see `kb.models.answerability`); called by `python -m evals.tune`."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional

from kb.models.answerability import Answerability, inputs
from kb.models.embedding import Vectors
from kb.models.known_questions import means_by_language

# Chosen by what they do for a twelfth of the questions, kept apart, and for the fit halves.
UNITS = 256
ROUNDS = 24
QUESTIONS_AT_ONCE = 256
LEARNING_RATE = 2e-3
DECAY = 0.05
DROPPED_INPUTS, DROPPED_UNITS = 0.1, 0.4
MIXED = 0.4  # of the Beta distribution by which two questions and what is known of them are mixed (Zhang et al. 2018)
SCALE = 20.0  # components of unit vectors are small
SEED = 20_261_127


def learn_answerability(
    model: str, tuned: Vectors, plain: Vectors, languages: NDArray[np.int64], answered: NDArray[np.bool_]
) -> Answerability:
    """From the vectors of questions, shape (questions, dimension), the rows of their languages in Language, and whether
    something held answers each.
    """
    vectors = np.stack([tuned, plain], axis=1)
    means = means_by_language(vectors[answered], languages[answered])
    read = torch.tensor(SCALE * inputs(vectors, means[languages]), dtype=torch.float32)
    wanted = torch.tensor(answered, dtype=torch.float32)
    with torch.random.fork_rng():
        torch.manual_seed(SEED)
        hidden, out = nn.Linear(read.shape[1], UNITS), nn.Linear(UNITS, 1)
        _learn(
            nn.Sequential(nn.Dropout(DROPPED_INPUTS), hidden, nn.ReLU(), nn.Dropout(DROPPED_UNITS), out), read, wanted
        )
    return Answerability(
        model=model,
        means=means,
        hidden=SCALE * hidden.weight.detach().numpy(),
        hidden_bias=hidden.bias.detach().numpy(),
        out=out.weight.detach().numpy()[0],
        out_bias=out.bias.detach().numpy(),
    )


def _learn(network: nn.Sequential, read: torch.Tensor, wanted: torch.Tensor) -> None:
    draws = np.random.default_rng(SEED)
    optimizer = torch.optim.AdamW(network.parameters(), LEARNING_RATE, weight_decay=DECAY)
    steps = ROUNDS * -(-len(read) // QUESTIONS_AT_ONCE)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, LEARNING_RATE, total_steps=steps)
    for _ in range(ROUNDS):
        for rows in torch.tensor(draws.permutation(len(read))).split(QUESTIONS_AT_ONCE):
            others, share = rows[torch.randperm(len(rows))], float(draws.beta(MIXED, MIXED))
            mixed = share * read[rows] + (1 - share) * read[others]
            target = share * wanted[rows] + (1 - share) * wanted[others]
            loss = functional.binary_cross_entropy_with_logits(network(mixed)[:, 0], target)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
