"""A BERT's forward pass for CPUs: no arithmetic on padding, and weights converted once instead of at each call.

The plain pass pads a batch to its longest text, builds a mask for the padding, and under autocast converts all weights
to bfloat16 for each batch. Here the tokens of a batch stand in one row after another; only attention is done text by
text, those of equal length at once. Where torch has oneDNN, weights are laid out for it once too, and GELU is part of
the multiplication: some 12 % faster.
"""

from functools import partial
from itertools import groupby
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional
from transformers.modeling_outputs import BaseModelOutput

_USUAL_TOKENS = 3_000  # in a batch; the layout of the weights is chosen for this many


def speed_up(model: Any, number_format: torch.dtype) -> bool:
    """Give a transformers `BertModel` the pass below, in place; False for any other model, which is left as it is.

    Linear layers calculate in `number_format`; sums, normalisation and attention in float32.
    """
    config = model.config
    plain = (
        type(model).__name__ == "BertModel"
        and config.hidden_act == "gelu"
        and not getattr(config, "is_decoder", False)
        and getattr(config, "position_embedding_type", "absolute") in (None, "absolute")
    )
    if plain:
        model.forward = _BertForward(model, number_format)
    return plain


class _Linear:
    """One or several linear layers of the same input as one multiplication, in the number format of the arithmetic."""

    def __init__(self, *modules: Any, number_format: torch.dtype, gelu: bool = False) -> None:
        self._weight = torch.cat([module.weight.detach() for module in modules]).to(number_format)
        self._bias = torch.cat([module.bias.detach() for module in modules]).to(number_format)
        self._gelu = gelu
        self._packed = torch.backends.mkldnn.is_available() and hasattr(torch.ops.mkldnn, "_linear_pointwise")
        if self._packed:
            self._weight = torch.ops.mkldnn._reorder_linear_weight(self._weight, _USUAL_TOKENS)  # noqa: SLF001

    def __call__(self, rows: Tensor) -> Tensor:
        rows = rows.to(self._bias.dtype)
        if self._packed:
            kind, variant = ("gelu", "none") if self._gelu else ("none", "")
            product: Tensor = torch.ops.mkldnn._linear_pointwise(  # noqa: SLF001
                rows, self._weight, self._bias, kind, [], variant
            )
            return product
        product = functional.linear(rows, self._weight, self._bias)
        return functional.gelu(product) if self._gelu else product


class _Layer:
    """Weights of one layer."""

    def __init__(self, layer: Any, number_format: torch.dtype) -> None:
        linear = partial(_Linear, number_format=number_format)
        attention = layer.attention
        self.projections = linear(attention.self.query, attention.self.key, attention.self.value)
        self.output = linear(attention.output.dense)
        self.output_norm = attention.output.LayerNorm
        self.widening = linear(layer.intermediate.dense, gelu=True)
        self.narrowing = linear(layer.output.dense)
        self.narrowing_norm = layer.output.LayerNorm


class _BertForward:
    """Stands in for `BertModel.forward`."""

    def __init__(self, model: Any, number_format: torch.dtype) -> None:
        self._embeddings = model.embeddings
        self._heads = int(model.config.num_attention_heads)
        self._format = number_format
        self._layers = [_Layer(layer, number_format) for layer in model.encoder.layer]

    def __call__(self, input_ids: Tensor, attention_mask: Tensor, **_: Any) -> BaseModelOutput:
        """Token vectors, shape (texts, longest, dimension), zeros at padding. Texts are padded on their right."""
        present = attention_mask.bool()
        lengths: list[int] = present.sum(1).tolist()
        order = sorted(range(len(lengths)), key=lambda row: -lengths[row])
        counts = [(length, len(list(group))) for length, group in groupby(lengths[row] for row in order)]
        positions = torch.cat([torch.arange(lengths[row]) for row in order])
        tokens = torch.cat([input_ids[row, : lengths[row]] for row in order])
        state = self._embeddings.LayerNorm(
            self._embeddings.word_embeddings(tokens)
            + self._embeddings.position_embeddings(positions)
            + self._embeddings.token_type_embeddings.weight[0]
        )
        for layer in self._layers:
            state = self._layer(layer, state, counts)
        padded: Any = torch.zeros(*input_ids.shape, state.shape[1])
        for row, part in zip(order, state.split([lengths[row] for row in order]), strict=True):
            padded[row, : lengths[row]] = part
        return BaseModelOutput(last_hidden_state=padded)

    def _layer(self, layer: _Layer, state: Tensor, counts: list[tuple[int, int]]) -> Tensor:
        mixed = self._attention(layer.projections(state), counts)
        state = layer.output_norm(state + layer.output(mixed))
        normed: Tensor = layer.narrowing_norm(state + layer.narrowing(layer.widening(state)))
        return normed

    def _attention(self, projected: Tensor, counts: list[tuple[int, int]]) -> Tensor:
        """Attention within each text; `counts` are (length, texts of this length) in the order of the rows."""
        width = projected.shape[1] // 3
        size = width // self._heads
        mixed = torch.empty(len(projected), width, dtype=self._format)
        start = 0
        for length, texts in counts:
            end = start + length * texts
            # Copied in the order of the multiplications once, and to float32 on the way, instead of before each.
            parts = torch.empty(3, texts, self._heads, length, size)
            parts.copy_(projected[start:end].view(texts, length, 3, self._heads, size).permute(2, 0, 3, 1, 4))
            query, key, value = parts.view(3, texts * self._heads, length, size)
            scores = torch.baddbmm(parts.new_empty(1), query, key.transpose(-1, -2), beta=0, alpha=size**-0.5)
            result = torch.bmm(torch.softmax(scores, dim=-1), value).view(texts, self._heads, length, size)
            mixed[start:end].view(texts, length, self._heads, size).copy_(result.transpose(1, 2))
            start = end
        return mixed
