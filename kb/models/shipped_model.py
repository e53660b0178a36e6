"""The model that comes with the installation, read from its files.

It gives the vectors that sentence-transformers gives with the same folder, without the seconds that importing that and
transformers takes, which every command would wait for.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.torch import load_file
from tokenizers import Tokenizer

from kb.models.bert_forward import Bert
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
        self._tokenizer, self._query, self._passage = tokenizer, query, passage

    def get_query_embedding(self, text: str) -> NDArray[np.float32]:
        """One question: shape (dimension,)."""
        row: NDArray[np.float32] = self._embed([self._query + text])[0]
        return row

    def get_text_embedding_batch(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Passages, in their order: shape (len(texts), dimension)."""
        return self._embed([self._passage + text for text in texts])

    def _embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        tokens = [torch.tensor(_cut(encoding.ids)) for encoding in self._tokenizer.encode_batch(list(texts))]
        rows: NDArray[np.float32] = torch.stack([part.mean(0) for part in self._bert.token_vectors(tokens)]).numpy()
        return rows


def _cut(ids: list[int]) -> list[int]:
    """As many tokens as the model reads, with the one that ends a text."""
    return ids if len(ids) <= TOKENS else [*ids[: TOKENS - 1], ids[-1]]
