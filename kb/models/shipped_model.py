"""The model that comes with the installation, read from its files.

It gives the vectors that sentence-transformers gives with the same folder, without the seconds that importing that and
transformers takes, which every command would wait for.
"""

from collections.abc import Collection, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file
from tokenizers import Tokenizer

from kb.models.bert_forward import Bert, Layers
from kb.models.layer_changes import LayerChanges
from kb.models.weights_package import HEADS, LAYER_NORM_EPSILON, TOKENS, unreadable


class ShippedModel:
    """Has of llama-index's `BaseEmbedding` what is asked of it here. Vectors are not normalised.

    Raises `WeightsError` where the weights can't be read.
    """

    def __init__(
        self, folder: Path, tokenizer: Tokenizer, query: str, passage: str, number_format: torch.dtype
    ) -> None:
        try:
            weights = load_file(folder / "model.safetensors")
        except (OSError, SafetensorError) as error:
            raise unreadable(folder, error) from error
        self._bert = Bert(weights, HEADS, LAYER_NORM_EPSILON, number_format)
        self._folder, self._tokenizer, self._query, self._passage = folder, tokenizer, query, passage
        self._changed: list[tuple[LayerChanges, Layers]] = []

    def get_query_embedding(self, text: str) -> NDArray[np.float32]:
        """One question: shape (dimension,)."""
        row: NDArray[np.float32] = self._embed([self._query + text])[0]
        return row

    def get_query_embeddings_twice(self, texts: Sequence[str], changes: LayerChanges) -> NDArray[np.float32]:
        """Questions as `get_query_embedding` gives them, and as the changed layers do: shape (2, len(texts), dimension)."""
        both = self._bert.read(self._tokens([self._query + text for text in texts]), self._with_changes(changes))
        rows: NDArray[np.float32] = torch.stack([_means(parts) for parts in both]).numpy()
        return rows

    def get_pair_embeddings(self, query: str, passages: Sequence[str], changes: LayerChanges) -> NDArray[np.float32]:
        """See `RereadingEmbedder.embed_pairs`."""
        pairs, length = self.pairs(query, passages)
        read = self._bert.reread(pairs, self._with_changes(changes))
        parts = [torch.stack([pair[0], pair[:length].mean(0), pair[length:].mean(0)]) for pair in read]
        rows: NDArray[np.float32] = torch.stack(parts).numpy()
        return rows

    def pairs(self, query: str, passages: Sequence[str]) -> tuple[list[torch.Tensor], int]:
        """The tokens of a question with those of each passage behind them, and how many the question's are."""
        asked, *read = self._tokens([self._query + query, *(self._passage + text for text in passages)])
        asked = asked[: TOKENS // 2]
        return [torch.cat([asked, text[1:]])[:TOKENS] for text in read], len(asked)  # one token opens both

    def pair_states(self, pairs: Sequence[torch.Tensor], layers: int) -> list[torch.Tensor]:
        """What the first so many layers make of each of `pairs`: shape (tokens, dimension)."""
        return self._bert.states(pairs, layers)

    def _with_changes(self, changes: LayerChanges) -> Layers:
        for known, layers in self._changed:
            if known is changes:
                return layers
        added = {name: torch.from_numpy(changes.change(name)) for name in changes.factors}
        layers = self._bert.layers(self.weights(changes.layers), changes.layers, added)
        self._changed = [*self._changed[-1:], (changes, layers)]  # of questions and of pairs; what was before is gone
        return layers

    def weights(self, layers: Collection[int]) -> dict[str, torch.Tensor]:
        """Of these layers, from 0, as the files have them. Raises `WeightsError` where they can't be read."""
        wanted = tuple(f"encoder.layer.{number}." for number in layers)
        try:
            with safe_open(self._folder / "model.safetensors", framework="pt") as file:
                return {name: file.get_tensor(name) for name in file.keys() if name.startswith(wanted)}  # noqa: SIM118
        except (OSError, SafetensorError) as error:
            raise unreadable(self._folder, error) from error

    def query_states(self, texts: Sequence[str], layers: int) -> list[torch.Tensor]:
        """What the first so many layers make of each question: shape (tokens, dimension)."""
        return self._bert.states(self._tokens([self._query + text for text in texts]), layers)

    def get_text_embedding_batch(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Passages, in their order: shape (len(texts), dimension)."""
        return self._embed([self._passage + text for text in texts])

    def _embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        rows: NDArray[np.float32] = _means(self._bert.token_vectors(self._tokens(texts))).numpy()
        return rows

    def _tokens(self, texts: Sequence[str]) -> list[torch.Tensor]:
        return [torch.tensor(_cut(encoding.ids)) for encoding in self._tokenizer.encode_batch(list(texts))]


def _means(parts: Sequence[torch.Tensor]) -> torch.Tensor:
    """Of the tokens of each text: shape (texts, dimension)."""
    return torch.stack([part.mean(0) for part in parts])


def _cut(ids: list[int]) -> list[int]:
    """As many tokens as the model reads, with the one that ends a text."""
    return ids if len(ids) <= TOKENS else [*ids[: TOKENS - 1], ids[-1]]
