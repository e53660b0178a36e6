"""A BERT's forward pass for CPUs: no arithmetic on padding, and weights converted once instead of at each call.

The plain pass pads a batch to its longest text, builds a mask for the padding, and under autocast converts all weights
to bfloat16 for each batch. Here the tokens of a batch stand in one row after another; only attention is done text by
text, those of equal length at once. Where torch has oneDNN, weights are laid out for it once too, and GELU is part of
the multiplication: some 12 % faster.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from itertools import groupby
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

LINEAR_PARTS = ("projections", "output", "widening", "narrowing")  # of a layer; the first is query, key and value
Changes = Mapping[str, Tensor]
"""What is added to the weights of linear layers, shape (outputs, inputs), by "8.widening" for that of layer 8."""
Layers = Sequence["_Layer"]

_USUAL_TOKENS = 3_000  # in a batch; the layout of the weights is chosen for this many


def quick_format() -> torch.dtype:
    """bfloat16 where the processor multiplies in it, which is 2.5 times as fast; float32 elsewhere."""
    able = torch.cpu.get_capabilities()
    return torch.bfloat16 if able.get("avx512_bf16") or able.get("amx_bf16") else torch.float32


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
        bert = Bert(model.state_dict(), config.num_attention_heads, config.layer_norm_eps, number_format)
        model.forward = _PaddedForward(bert)
    return plain


class Bert:
    """A BERT with absolute positions and GELU, from its weights by transformers' names of a `BertModel`."""

    def __init__(self, weights: Mapping[str, Tensor], heads: int, epsilon: float, number_format: torch.dtype) -> None:
        self._heads = heads
        self._format = number_format
        self._words = weights["embeddings.word_embeddings.weight"]
        self._positions = weights["embeddings.position_embeddings.weight"]
        self._type = weights["embeddings.token_type_embeddings.weight"][0]
        self._norm = _Norm(weights, "embeddings.LayerNorm", epsilon=epsilon)
        count = 1 + max(int(name.split(".")[2]) for name in weights if name.startswith("encoder.layer."))
        self._epsilon = epsilon
        self._layers = self.layers(weights, range(count))

    def layers(self, weights: Mapping[str, Tensor], numbers: Iterable[int], changes: Changes | None = None) -> Layers:
        """Layers of this form, by their numbers from 0, of weights with changes to them."""
        linear = partial(_Linear, weights, number_format=self._format)
        norm = partial(_Norm, weights, epsilon=self._epsilon)
        return [_Layer(number, linear, norm, changes or {}) for number in numbers]

    def token_vectors(self, texts: Sequence[Tensor]) -> list[Tensor]:
        """For each text, given as its token ids, shape (tokens,), the vectors: shape (tokens, dimension), float32."""
        return self.read(texts)[0]

    def read(self, texts: Sequence[Tensor], others: "Layers" = ()) -> tuple[list[Tensor], list[Tensor]]:
        """The vectors of texts as `token_vectors` gives them, and those with `others` in the place of the last layers.

        The layers before these are gone through once.
        """
        batch = _Batch(texts)
        fork = len(self._layers) - len(others)
        state = self._through(self._layers[:fork], self._embedded(batch), batch)
        own = batch.apart(self._through(self._layers[fork:], state, batch))
        return own, batch.apart(self._through(others, state, batch)) if others else own

    def reread(self, texts: Sequence[Tensor], others: "Layers") -> list[Tensor]:
        """The vectors of texts with `others` in the place of the last layers, as `token_vectors` gives them."""
        batch = _Batch(texts)
        state = self._through(self._layers[: len(self._layers) - len(others)], self._embedded(batch), batch)
        return batch.apart(self._through(others, state, batch))

    def states(self, texts: Sequence[Tensor], layers: int) -> list[Tensor]:
        """What the first so many layers make of each text: shape (tokens, dimension)."""
        batch = _Batch(texts)
        return batch.apart(self._through(self._layers[:layers], self._embedded(batch), batch))

    def _embedded(self, batch: "_Batch") -> Tensor:
        return self._norm(
            functional.embedding(batch.tokens, self._words)
            + functional.embedding(batch.positions, self._positions)
            + self._type
        )

    def _through(self, layers: "Layers", state: Tensor, batch: "_Batch") -> Tensor:
        for layer in layers:
            state = self._layer(layer, state, batch.counts)
        return state

    def _layer(self, layer: "_Layer", state: Tensor, counts: list[tuple[int, int]]) -> Tensor:
        mixed = self._attention(layer.projections(state), counts)
        state = layer.output_norm(state + layer.output(mixed))
        return layer.narrowing_norm(state + layer.narrowing(layer.widening(state)))

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


class _Batch:
    """Texts, given as their token ids, with all tokens in one row, the longest text first."""

    def __init__(self, texts: Sequence[Tensor]) -> None:
        self._order = sorted(range(len(texts)), key=lambda row: -len(texts[row]))
        ordered = [texts[row] for row in self._order]
        self._lengths = [len(text) for text in ordered]
        self.tokens = torch.cat(ordered)
        self.positions = torch.cat([torch.arange(length) for length in self._lengths])
        # (length, texts of this length), in the order of the rows
        self.counts = [(length, len(list(group))) for length, group in groupby(self._lengths)]

    def apart(self, state: Tensor) -> list[Tensor]:
        """Rows of tokens by text, in the order in which the texts were given."""
        parts = dict(zip(self._order, state.split(self._lengths), strict=True))
        return [parts[row] for row in range(len(parts))]


class _Norm:
    """Normalisation of each row."""

    def __init__(self, weights: Mapping[str, Tensor], name: str, *, epsilon: float) -> None:
        self._weight, self._bias, self._epsilon = weights[f"{name}.weight"], weights[f"{name}.bias"], epsilon

    def __call__(self, rows: Tensor) -> Tensor:
        return functional.layer_norm(rows, rows.shape[-1:], self._weight, self._bias, self._epsilon)


def _can_pack(number_format: torch.dtype) -> bool:
    """Whether torch lays weights of this format out for oneDNN here; it needs AVX-512 for those of sixteen bits."""
    there = torch.backends.mkldnn.is_available() and hasattr(torch.ops.mkldnn, "_linear_pointwise")
    return there and (number_format is torch.float32 or bool(torch.ops.mkldnn._is_mkldnn_bf16_supported()))  # noqa: SLF001


class _Linear:
    """One or several linear layers of the same input as one multiplication, in the number format of the arithmetic."""

    def __init__(
        self,
        weights: Mapping[str, Tensor],
        *names: str,
        number_format: torch.dtype,
        change: Tensor | None = None,
        gelu: bool = False,
    ) -> None:
        weight = torch.cat([weights[f"{name}.weight"] for name in names])
        self._weight = (weight if change is None else weight + change).to(number_format)
        self._bias = torch.cat([weights[f"{name}.bias"] for name in names]).to(number_format)
        self._gelu = gelu
        self._packed = _can_pack(number_format)
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

    def __init__(self, number: int, linear: "partial[_Linear]", norm: "partial[_Norm]", changes: Changes) -> None:
        name = f"encoder.layer.{number}"
        attention = f"{name}.attention"
        change = {part: changes.get(f"{number}.{part}") for part in LINEAR_PARTS}
        own = (f"{attention}.self.{part}" for part in ("query", "key", "value"))
        self.projections = linear(*own, change=change["projections"])
        self.output = linear(f"{attention}.output.dense", change=change["output"])
        self.output_norm = norm(f"{attention}.output.LayerNorm")
        self.widening = linear(f"{name}.intermediate.dense", change=change["widening"], gelu=True)
        self.narrowing = linear(f"{name}.output.dense", change=change["narrowing"])
        self.narrowing_norm = norm(f"{name}.output.LayerNorm")


class _PaddedForward:
    """Stands in for `BertModel.forward`."""

    def __init__(self, bert: Bert) -> None:
        from transformers.modeling_outputs import BaseModelOutput  # noqa: PLC0415  seconds that not everybody needs

        self._bert, self._output = bert, BaseModelOutput

    def __call__(self, input_ids: Tensor, attention_mask: Tensor, **_: Any) -> Any:
        """Token vectors, shape (texts, longest, dimension), zeros at padding. Texts are padded on their right."""
        lengths: list[int] = attention_mask.bool().sum(1).tolist()
        vectors = self._bert.token_vectors([row[:length] for row, length in zip(input_ids, lengths, strict=True)])
        padded = torch.zeros(*input_ids.shape, vectors[0].shape[1])
        for row, part in enumerate(vectors):
            padded[row, : len(part)] = part
        return self._output(last_hidden_state=padded)
