"""Question vectors turned towards the guidance that answers them.

A general model puts a question in everyday words near texts of the same words, not always near the rule that answers
it. A linear change of the question's vector, learned by `python -m evals.tune` from questions on guidance of this
field, mends part of that; texts keep their vectors. A question that is unlike all that it was learned from keeps its
vector too. The change belongs to the model that it was learned with: with any other one, questions stay as they are.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import as_file, files
from pathlib import Path

import numpy as np
from safetensors import safe_open
from safetensors.numpy import save_file

from kb.models.embedding import Embedder, Vectors, unit_rows

FILE = "question_tuning.safetensors"


@dataclass(frozen=True, kw_only=True, slots=True)
class QuestionVectors:
    """A question's unit vectors, each of shape (dimension,)."""

    plain: Vectors  # as the model gives it; from a cosine of this one can tell whether two texts say the same
    tuned: Vectors  # for ranking


@dataclass(frozen=True, kw_only=True, slots=True)
class Tuning:
    """The change for one model's questions: `(vector - center) @ matrix` is added, and the length made 1 again.

    How unlike the questions that it was learned from a question is, is told by its strangeness: the squared length of
    its difference from their mean that lies outside the directions in which they differ from each other. Up to
    `whole_to` the change is added as a whole, from `nothing_from` on not at all.
    """

    model: str  # its identity
    center: Vectors  # shape (dimension,): the mean of the questions that it was learned from
    matrix: Vectors  # shape (dimension, dimension)
    directions: Vectors  # shape (directions, dimension), orthonormal rows
    whole_to: float
    nothing_from: float

    def strangeness(self, vectors: Vectors) -> Vectors:
        """Of each question, from 0; shape () or (questions,)."""
        return strangeness(vectors - self.center, self.directions)

    def tune(self, vectors: Vectors) -> Vectors:
        """Tuned unit vectors; shape (dimension,) or (questions, dimension), as given."""
        width = max(self.nothing_from - self.whole_to, 1e-6)
        part = np.clip((self.nothing_from - self.strangeness(vectors)) / width, 0.0, 1.0)
        moved = vectors + part[..., None] * ((vectors - self.center) @ self.matrix)
        return unit_rows(moved)

    def write(self, path: Path, learned_from: Mapping[str, object]) -> None:
        """Write the change in half precision, with what it was learned from."""
        arrays = {
            name: getattr(self, name).astype(np.float16, order="C") for name in ("center", "matrix", "directions")
        }
        limits = {"whole_to": str(self.whole_to), "nothing_from": str(self.nothing_from)}
        origin = {"model": self.model, "learned_from": json.dumps(dict(learned_from))}
        save_file(arrays, path, metadata={**origin, **limits})


def strangeness(differences: Vectors, directions: Vectors) -> Vectors:
    """The squared length of differences that lies outside of directions, orthonormal rows; for one or for each row."""
    outside = differences - (differences @ directions.T) @ directions
    length: Vectors = (outside**2).sum(axis=-1)
    return length


def read_tuning(path: Path) -> Tuning:
    """A change as `Tuning.write` wrote it."""
    with safe_open(path, framework="numpy") as file:
        metadata = file.metadata()
        return Tuning(
            model=metadata["model"],
            whole_to=float(metadata["whole_to"]),
            nothing_from=float(metadata["nothing_from"]),
            directions=file.get_tensor("directions").astype(np.float32),
            center=file.get_tensor("center").astype(np.float32),
            matrix=file.get_tensor("matrix").astype(np.float32),
        )


@lru_cache(maxsize=1)
def load_tuning() -> Tuning:
    """The change that comes with the package."""
    with as_file(files("kb.models").joinpath(FILE)) as path:
        return read_tuning(path)


def question_vectors(embedder: Embedder, text: str) -> QuestionVectors:
    """The vectors of a question; the tuned one is the plain one where the model is none that was tuned for."""
    plain = embedder.embed_query(text)
    tuning = load_tuning()
    return QuestionVectors(plain=plain, tuned=tuning.tune(plain) if embedder.identity == tuning.model else plain)
