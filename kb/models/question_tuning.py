"""Question vectors turned towards the guidance that answers them.

A general model puts a question in everyday words near texts of the same words, not always near the rule that answers
it. Changes to how the model's last layers read questions, and a linear one of what they give, learned by
`python -m evals.tune` from questions on guidance of this field, mend part of that; texts keep their vectors. A question
that is unlike all that they were learned from keeps its vector too. The changes belong to the model that they were
learned with: with any other one, questions stay as they are.
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

from kb.models.embedding import Embedder, Vectors, rereads, unit_rows
from kb.models.layer_changes import LayerChanges, changes_in, named_arrays

FILE = "question_tuning.safetensors"


@dataclass(frozen=True, kw_only=True, slots=True)
class QuestionVectors:
    """A question's unit vectors, each of shape (dimension,)."""

    plain: Vectors  # as the model gives it; from a cosine of this one can tell whether two texts say the same
    tuned: Vectors  # for ranking


@dataclass(frozen=True, kw_only=True, slots=True)
class Tuning:
    """The changes for one model's questions: read with changed layers, `(vector - center) @ matrix` is added to the vector,
    and the length made 1 again.

    How unlike the questions that they were learned from a question is, is told by its strangeness: the squared length of
    its plain vector's difference from their mean that lies outside the directions in which they differ from each other.
    Up to `whole_to` the tuned vector is the changed one, from `nothing_from` on the plain one.
    """

    model: str  # its identity
    center: Vectors  # shape (dimension,): the mean of the questions that it was learned from
    matrix: Vectors  # shape (dimension, dimension)
    directions: Vectors  # shape (directions, dimension), orthonormal rows
    whole_to: float
    nothing_from: float
    layers: LayerChanges  # none where questions are read as they are

    def strangeness(self, vectors: Vectors) -> Vectors:
        """Of each question, from 0; shape () or (questions,)."""
        return strangeness(vectors - self.center, self.directions)

    def tune(self, plain: Vectors, reread: Vectors) -> Vectors:
        """Tuned unit vectors from plain ones and those of the changed layers; shape (dimension,) or (questions, dimension)."""
        width = max(self.nothing_from - self.whole_to, 1e-6)
        part = np.clip((self.nothing_from - self.strangeness(plain)) / width, 0.0, 1.0)[..., None]
        changed = reread + np.matmul(reread - self.center, self.matrix)
        tuned: Vectors = plain + part * (unit_rows(changed) - plain)
        return unit_rows(tuned)

    def write(self, path: Path, learned_from: Mapping[str, object]) -> None:
        """Write the changes in half precision, with what they were learned from."""
        arrays = {name: getattr(self, name) for name in ("center", "matrix", "directions")} | named_arrays(self.layers)
        halved = {name: array.astype(np.float16, order="C") for name, array in arrays.items()}
        limits = {"whole_to": str(self.whole_to), "nothing_from": str(self.nothing_from)}
        origin = {"model": self.model, "learned_from": json.dumps(dict(learned_from))}
        save_file(halved, path, metadata={**origin, **limits})


def strangeness(differences: Vectors, directions: Vectors) -> Vectors:
    """The squared length of differences that lies outside of directions, orthonormal rows; for one or for each row."""
    outside = differences - (differences @ directions.T) @ directions
    length: Vectors = (outside**2).sum(axis=-1)
    return length


def read_tuning(path: Path) -> Tuning:
    """Changes as `Tuning.write` wrote them."""
    with safe_open(path, framework="numpy") as file:
        metadata = file.metadata()
        arrays = {name: file.get_tensor(name).astype(np.float32) for name in file.keys()}  # noqa: SIM118
    return Tuning(
        model=metadata["model"],
        whole_to=float(metadata["whole_to"]),
        nothing_from=float(metadata["nothing_from"]),
        directions=arrays["directions"],
        center=arrays["center"],
        matrix=arrays["matrix"],
        layers=changes_in(arrays),
    )


@lru_cache(maxsize=1)
def load_tuning() -> Tuning:
    """The changes that come with the package."""
    with as_file(files("kb.models").joinpath(FILE)) as path:
        return read_tuning(path)


def question_vectors(embedder: Embedder, text: str) -> QuestionVectors:
    """The vectors of a question; the tuned one is the plain one where the model is none that was tuned for."""
    tuning = load_tuning()
    if embedder.identity != tuning.model or not rereads(embedder):
        plain = embedder.embed_query(text)
        return QuestionVectors(plain=plain, tuned=plain)
    plain, reread = embedder.embed_query_twice(text, tuning.layers)
    return QuestionVectors(plain=plain, tuned=tuning.tune(plain, reread))
