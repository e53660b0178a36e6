"""Whether a sentence says otherwise than what somebody takes for granted, told from the words of both.

The embedding model reads the two together, so that each is understood by the other; changes to its last layers and a
small network over what they give, learned by `python -m evals.learn_contradictions` from things that people get right and
wrong of this field's guidance, tell the rest. "It's up to us" and "it is mandatory" share no word that could be compared.
The changes belong to the model that they were learned with.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from importlib.resources import as_file, files
from pathlib import Path

import numpy as np
from safetensors import safe_open
from safetensors.numpy import save_file

from kb.models.embedding import RereadingEmbedder, Vectors
from kb.models.layer_changes import LayerChanges, changes_in, named_arrays

FILE = "contradiction_reader.safetensors"
_ARRAYS = ("hidden", "hidden_bias", "out", "out_bias")


class Relation(IntEnum):
    """What a sentence does to an assertion."""

    CONTRADICTS = 0
    CONFIRMS = 1
    LEAVES_OPEN = 2


@dataclass(frozen=True, kw_only=True, slots=True)
class ContradictionReader:
    """The changes to the layers, and a network of one hidden layer over what they give."""

    model: str  # the embedding model's identity
    layers: LayerChanges
    hidden: Vectors  # shape (units, 4 * dimension)
    hidden_bias: Vectors  # shape (units,)
    out: Vectors  # shape (3, units)
    out_bias: Vectors  # shape (3,)

    def probabilities(self, embedder: RereadingEmbedder, assertion: str, sentences: Sequence[str]) -> Vectors:
        """Of each sentence, as `unit_input` gives it, that of each Relation: shape (len(sentences), 3)."""
        rows = inputs(embedder.embed_pairs(assertion, sentences, self.layers))
        units = np.maximum(rows @ self.hidden.T + self.hidden_bias, 0.0)
        scores = units @ self.out.T + self.out_bias
        odds = np.exp(scores - scores.max(axis=1, keepdims=True))
        shares: Vectors = odds / odds.sum(axis=1, keepdims=True)
        return shares

    def write(self, path: Path, learned_from: Mapping[str, object]) -> None:
        """Write changes and network in half precision, with what they were learned from."""
        arrays = {name: getattr(self, name) for name in _ARRAYS} | named_arrays(self.layers)
        halved = {name: np.ascontiguousarray(array, dtype=np.float16) for name, array in arrays.items()}
        save_file(halved, path, metadata={"model": self.model, "learned_from": json.dumps(dict(learned_from))})


def inputs(read: Vectors) -> Vectors:
    """What the network reads of pairs as `RereadingEmbedder.embed_pairs` gives them: shape (pairs, 4 * dimension)."""
    rows: Vectors = np.concatenate([read[:, 0], read[:, 1], read[:, 2], read[:, 1] * read[:, 2]], axis=1)
    return rows


def read_contradiction_reader(path: Path) -> ContradictionReader:
    """A reader as `ContradictionReader.write` wrote it."""
    with safe_open(path, framework="numpy") as file:
        arrays = {name: file.get_tensor(name).astype(np.float32) for name in file.keys()}  # noqa: SIM118
        model = file.metadata()["model"]
    return ContradictionReader(model=model, layers=changes_in(arrays), **{name: arrays[name] for name in _ARRAYS})


@lru_cache(maxsize=1)
def load_contradiction_reader() -> ContradictionReader:
    """The one that comes with the package."""
    with as_file(files("kb.models").joinpath(FILE)) as path:
        return read_contradiction_reader(path)
