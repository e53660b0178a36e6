"""The last layers of a BERT with changes to their weights that can be learned (Hu et al. 2021, LoRA).

Beside each linear layer's weights, which stay, stands the product of two narrow matrices, which alone is learned. What
the layers before make of a text is the same at each step, so that it is given.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from evals.tuning_targets import Indices
from kb.models.bert_forward import LINEAR_PARTS, quick_format
from kb.models.layer_changes import Factors
from kb.models.weights_package import HEADS, LAYER_NORM_EPSILON

RANK = 32
DROPPED = 0.1  # of each layer's outputs
WARM_UP = 0.06  # of all steps
_HIDDEN_BY_PADDING = -1e4


class ChangedLayers(nn.Module):
    """The layers from `first` on, of a BERT's weights by transformers' names."""

    def __init__(self, weights: Mapping[str, Tensor], first: int) -> None:
        super().__init__()
        count = 1 + max(int(name.split(".")[2]) for name in weights if name.startswith("encoder.layer."))
        self.layers = nn.ModuleDict({str(number): _Layer(weights, number) for number in range(first, count)})

    def read(self, states: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
        """Of texts as the layers before `first` leave them, each of shape (tokens, dimension), what these layers make.

        Shape (texts, longest, dimension); and which of it is no padding, shape (texts, longest).
        """
        state = nn.utils.rnn.pad_sequence([state.float() for state in states], batch_first=True)
        lengths = torch.tensor([len(text) for text in states])
        there = torch.arange(state.shape[1]) < lengths[:, None]
        padding = torch.zeros(there.shape, dtype=quick_format()).masked_fill(~there, _HIDDEN_BY_PADDING)[:, None, None]
        for layer in self.layers.values():
            state = layer(state, padding)
        return state, there

    def factors(self) -> dict[str, Factors]:
        """As `LayerChanges.factors`."""
        return {
            f"{number}.{part}": (
                getattr(layer, part).inward.detach().numpy(),
                getattr(layer, part).outward.detach().numpy(),
            )
            for number, layer in self.layers.items()
            for part in LINEAR_PARTS
        }


class _Linear(nn.Module):
    """Linear layers of the same input, whose weights stay, and the change to them."""

    def __init__(self, weights: Mapping[str, Tensor], *names: str) -> None:
        super().__init__()
        self._format = quick_format()
        self._weight = torch.cat([weights[f"{name}.weight"] for name in names]).to(self._format)
        self._bias = torch.cat([weights[f"{name}.bias"] for name in names]).to(self._format)
        outputs, inputs = self._weight.shape
        self.inward = nn.Parameter(torch.randn(inputs, RANK) / inputs**0.5)
        self.outward = nn.Parameter(torch.zeros(RANK, outputs))

    def forward(self, rows: Tensor) -> Tensor:
        rows = rows.to(self._format)
        changed = (rows @ self.inward.to(self._format)) @ self.outward.to(self._format)
        return functional.linear(rows, self._weight, self._bias) + changed


class _Layer(nn.Module):
    def __init__(self, weights: Mapping[str, Tensor], number: int) -> None:
        super().__init__()
        name = f"encoder.layer.{number}"
        attention = f"{name}.attention"
        self.projections = _Linear(weights, *(f"{attention}.self.{part}" for part in ("query", "key", "value")))
        self.output = _Linear(weights, f"{attention}.output.dense")
        self.widening = _Linear(weights, f"{name}.intermediate.dense")
        self.narrowing = _Linear(weights, f"{name}.output.dense")
        self._norms = [
            (weights[f"{norm}.LayerNorm.weight"], weights[f"{norm}.LayerNorm.bias"])
            for norm in (f"{attention}.output", f"{name}.output")
        ]

    def forward(self, state: Tensor, padding: Tensor) -> Tensor:
        texts, longest, width = state.shape
        projected = self.projections(state).view(texts, longest, 3, HEADS, width // HEADS)
        query, key, value = projected.permute(2, 0, 3, 1, 4)
        mixed = functional.scaled_dot_product_attention(query, key, value, attn_mask=padding)
        state = self._added(state, self.output(mixed.transpose(1, 2).reshape(texts, longest, width)), 0)
        return self._added(state, self.narrowing(functional.gelu(self.widening(state))), 1)

    def _added(self, state: Tensor, output: Tensor, norm: int) -> Tensor:
        weight, bias = self._norms[norm]
        rows = state + functional.dropout(output.float(), DROPPED, self.training)
        return functional.layer_norm(rows, weight.shape, weight, bias, LAYER_NORM_EPSILON)


def learning_rates(optimizer: torch.optim.Optimizer, steps: int) -> torch.optim.lr_scheduler.LambdaLR:
    """A schedule that warms up, and falls to nothing."""
    return torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min((step + 1) / (WARM_UP * steps), 1.0) * (1.0 - step / steps)
    )


def batches_of_like_length(lengths: Indices, at_once: int, spread: int, draws: np.random.Generator) -> list[Indices]:
    """Places of texts of like length, so that little is spent on padding; the batches in random order.

    `lengths` are in tokens; those that differ by no more than twice the `spread` may stand in either order.
    """
    nearly = lengths + draws.integers(-spread, spread + 1, len(lengths))
    order = np.lexsort((draws.random(len(lengths)), nearly))
    batches = [order[start : start + at_once] for start in range(0, len(order), at_once)]
    return [batches[place] for place in draws.permutation(len(batches))]
