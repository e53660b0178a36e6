"""What questions should come to lie near to, and how far from it they lie; for `python -m evals.tune`."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from kb.generation import Generation
from kb.models.embedding import Vectors

SHARPNESS = 60.0  # by which cosines are multiplied in the softmax
WEIGHTS = {"passages": 1.0, "sentences": 1.0, "headings": 0.5}
Indices = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class Targets:
    """What questions can be near to. Rows are centred on their language; each sentence knows its passage's row."""

    passages: Vectors  # shape (passages, dimension)
    headings: Vectors  # shape (passages, dimension), zeros where there is none
    sentences: Vectors  # shape (sentences, dimension)
    passage_of: Indices  # shape (sentences,)
    places: dict[str, dict[str, int]]  # by document: the sentences' rows by their words

    def answers(self, document: str, sentences: Sequence[str]) -> list[int]:
        """Rows of the sentences of a document; none where it or their words are gone."""
        held = self.places.get(document, {})
        return [held[words] for words in map(_one_line, sentences) if words in held]

    def missed(self, tuned: Tensor, answers: Sequence[Sequence[int]]) -> Tensor:
        """How far questions of shape (questions, dimension) are from the rows that answer each, against all others.

        Minus the log of the share of the softmax that falls on the right sentences, passages and headings, weighted.
        """
        sentences = torch.zeros(len(answers), len(self.sentences), dtype=torch.bool)
        passages = torch.zeros(len(answers), len(self.passages), dtype=torch.bool)
        for row, found in enumerate(answers):
            sentences[row, list(found)] = True
            passages[row, self.passage_of[list(found)]] = True
        right = {"passages": passages, "sentences": sentences, "headings": passages}
        loss = tuned.new_zeros(())
        for kind, weight in WEIGHTS.items():
            scores = SHARPNESS * tuned @ self._tensors[kind].T
            among = scores.masked_fill(~right[kind], -torch.inf)
            loss = loss + weight * (torch.logsumexp(scores, 1) - torch.logsumexp(among, 1)).mean()
        return loss

    @cached_property
    def _tensors(self) -> dict[str, Tensor]:
        return {kind: torch.tensor(getattr(self, kind)) for kind in WEIGHTS}


def turned(vectors: Tensor, center: Tensor, matrix: Tensor) -> Tensor:
    """Unit vectors of questions after the linear change, as in `Tuning.tune` where they are none of another field."""
    return functional.normalize(vectors + (vectors - center) @ matrix, dim=1)


def targets_of(generation: Generation) -> Targets:
    """Everything in a generation that a question can be near to."""
    passages = [generation.passages[identifier] for identifier in generation.passage_ids]
    headings = generation.heading_vectors
    means = np.stack([generation.means[passage.language] for passage in passages])
    rows: list[Vectors] = []
    owners: list[int] = []
    places: dict[str, dict[str, int]] = {}
    for row, passage in enumerate(passages):
        document = generation.documents[passage.document_id]
        vectors = generation.unit_vectors([passage]) - means[row]
        for unit, vector in zip(passage.units, vectors, strict=True):
            words = _one_line(document.text[unit.start : unit.end])
            places.setdefault(document.id, {}).setdefault(words, len(rows))
            rows.append(vector)
            owners.append(row)
    return Targets(
        passages=generation.dense.vectors(generation.passage_ids),
        headings=headings - means * np.any(headings, axis=1, keepdims=True),
        sentences=np.stack(rows),
        passage_of=np.array(owners),
        places=places,
    )


def _one_line(text: str) -> str:
    return " ".join(text.split())
