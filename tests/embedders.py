"""A small real embedder for tests: deterministic, offline, and quick enough to build a generation in no time."""

from collections.abc import Callable, Sequence
from hashlib import blake2b
from itertools import pairwise

import numpy as np

from kb.models.embedding import Vectors
from kb.models.layer_changes import LayerChanges
from kb.text.words import tokens

DIMENSION = 256


class HashingEmbedder:
    """An Embedder that counts words and pairs of words in hashed buckets: texts with like words get like vectors."""

    def __init__(self, identity: str = "hashing-256", longest: int = 1_500) -> None:
        self.identity = identity
        self._longest = longest  # characters

    def embed_query(self, text: str) -> Vectors:
        """One question: shape (256,)."""
        vector: Vectors = self.embed_passages([text])[0]
        return vector

    def embed_query_twice(self, text: str, changes: LayerChanges) -> tuple[Vectors, Vectors]:
        """One question; having no layers, it reads it the same way twice."""
        return self.embed_query(text), self.embed_query(text)

    def embed_pairs(self, query: str, passages: Sequence[str], changes: LayerChanges) -> Vectors:
        """The first token's vector and the question's are those of the question here."""
        asked = self.embed_query(query)
        return np.stack([np.stack([asked, asked, passage]) for passage in self.embed_passages(passages)])

    def embed_passages(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> Vectors:
        """Passages: shape (len(texts), 256)."""
        rows: Vectors = np.zeros((len(texts), DIMENSION), dtype=np.float32)
        for row, text in enumerate(texts):
            words = tokens(text)
            for feature in (*words, *(" ".join(pair) for pair in pairwise(words))):
                bucket, sign = _place(feature)
                rows[row, bucket] += sign
        rows /= np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
        if progress:
            progress(len(texts))
        return rows

    def fits(self, text: str) -> bool:
        """Whether the text is no longer than the limit in characters."""
        return len(text) <= self._longest


def _place(feature: str) -> tuple[int, float]:
    """Bucket and sign of a feature, the same on every machine and in every run."""
    digest = blake2b(feature.encode(), digest_size=4).digest()
    return int.from_bytes(digest[:2], "big") % DIMENSION, 1.0 if digest[2] & 1 else -1.0
