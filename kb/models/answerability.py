"""How likely it is that something held answers a question, told from its words alone.

The known questions near an asked one tell much of that (see `kb.models.known_questions`), but a word that turns a question
held into one that isn't ("… of a domestic worker") hardly moves its vector. A small network that has seen all
known questions weighs such directions: one hidden layer over the question's vectors, learned by `python -m evals.tune`. It
belongs to the model that it was learned with.
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

from kb.models.embedding import Vectors, unit_rows
from kb.models.question_tuning import QuestionVectors
from kb.records import Language

FILE = "answerability.safetensors"
_ARRAYS = ("means", "hidden", "hidden_bias", "out", "out_bias")


@dataclass(frozen=True, kw_only=True, slots=True)
class Answerability:
    """The network. Its input is the tuned and the plain vector of a question, each less the mean of its language."""

    model: str  # the embedding model's identity
    means: Vectors  # shape (2, 2, dimension): by language, in the order of Language, of tuned and of plain vectors
    hidden: Vectors  # shape (units, 2 * dimension)
    hidden_bias: Vectors  # shape (units,)
    out: Vectors  # shape (units,)
    out_bias: Vectors  # shape (1,)

    def log_odds(self, asked: QuestionVectors, language: Language) -> float:
        """That something held answers the question: 0 for even odds."""
        rows = inputs(np.stack([asked.tuned, asked.plain]), self.means[list(Language).index(language)])
        units = np.maximum(self.hidden @ rows + self.hidden_bias, 0.0)
        return float(self.out @ units + self.out_bias[0])

    def write(self, path: Path, learned_from: Mapping[str, object]) -> None:
        """Write the network in half precision, with what it was learned from."""
        arrays = {name: np.ascontiguousarray(getattr(self, name), dtype=np.float16) for name in _ARRAYS}
        save_file(arrays, path, metadata={"model": self.model, "learned_from": json.dumps(dict(learned_from))})


def inputs(vectors: Vectors, means: Vectors) -> Vectors:
    """What the network reads of tuned and plain vectors, shape (…, 2, dimension): shape (…, 2 * dimension)."""
    rows: Vectors = unit_rows(vectors - means).reshape(*vectors.shape[:-2], -1)
    return rows


def read_answerability(path: Path) -> Answerability:
    """A network as `Answerability.write` wrote it."""
    with safe_open(path, framework="numpy") as file:
        arrays = {name: file.get_tensor(name).astype(np.float32) for name in _ARRAYS}
        return Answerability(model=file.metadata()["model"], **arrays)


@lru_cache(maxsize=1)
def load_answerability() -> Answerability:
    """The network that comes with the package."""
    with as_file(files("kb.models").joinpath(FILE)) as path:
        return read_answerability(path)
