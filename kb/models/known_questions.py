"""Questions that are known to be answered by certain sentences, or by nothing here: how near an asked one comes to them.

Staff ask one thing in many ways, and a question is nearer to another question for the same thing than to the rule that
answers both; and what sounds like the library's subject and stands nowhere in it is nearer to other such questions.
The questions are those of `evals/tuning`, written by `python -m evals.tune` beside the change of question
vectors, as vectors alone. They belong to the model that they were embedded with, and to sentences by these sentences'
words: where a sentence has changed, its questions count no more, and other documents have none.
"""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from hashlib import sha256
from importlib.resources import as_file, files
from pathlib import Path

import numpy as np
import numpy.typing as npt
from safetensors import safe_open
from safetensors.numpy import save_file

from kb.models.embedding import Vectors, unit_rows
from kb.models.question_tuning import QuestionVectors
from kb.records import Document, Language

FILE = "known_questions.safetensors"
DIRECTIONS = 192  # half of them: in fewer, nearness tells less of what can be answered
AMONG = 100  # nearest ones; those behind weigh nothing
NEARER = 0.05  # by how much more of cosine a question weighs e times as much; 0.1 and 0.2 tell less on the fit halves
HIGH = 0.35  # a cosine that few questions have with one another
# Questions that are near each other stand in one group, and only the groups nearest to an asked one are looked through.
IN_A_GROUP = 60  # of them, on average
LOOKED_THROUGH = 64  # groups; they hold 93 of the nearest hundred questions, and 97 of those whose cosine is above 0.5
_GROUPING_ROUNDS = 12
_SEED = 20_261_127
_STEPS = 127  # in which the largest number of a vector is told

Indices = npt.NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, slots=True)
class NearQuestions:
    """Known questions near an asked one, in no order."""

    rows: Indices  # shape (found,)
    cosines: Vectors  # shape (found,)


@dataclass(frozen=True, kw_only=True)
class KnownQuestions:
    """Tuned question vectors, less the mean of their language, in the directions in which they differ most, of unit
    length, and what answers each.
    """

    model: str  # the embedding model's identity
    vectors: Vectors  # shape (questions, directions), group by group
    middles: Vectors  # shape (groups, directions), unit rows
    starts: Indices  # shape (groups + 1,): group i has the rows from starts[i] to starts[i + 1]
    means: Vectors  # shape (2, dimension), of those with an answer, in the order of Language
    directions: Vectors  # shape (directions, dimension), orthonormal rows
    answered: npt.NDArray[np.bool_]  # shape (questions,), whether something answers each
    answers: npt.NDArray[np.uint64]  # shape (links,), a sentence's key
    question_of: Indices  # shape (links,), the row of the question that the sentence answers

    @cached_property
    def rows(self) -> Indices:
        """Of all questions."""
        return np.arange(len(self.vectors))

    def write(self, path: Path, learned_from: Mapping[str, object]) -> None:
        """Write the vectors in eight bits a number, with what they were made from."""
        arrays = {
            "vectors": _in_steps(self.vectors),
            "middles": self.middles.astype(np.float16, order="C"),
            "starts": self.starts.astype(np.int32),
            "answered": self.answered.astype(np.uint8),
            "means": self.means.astype(np.float16),
            "directions": self.directions.astype(np.float16, order="C"),
            "answers": self.answers.view(np.int64),
            "question_of": self.question_of.astype(np.int32),
        }
        save_file(arrays, path, metadata={"model": self.model, "made_from": json.dumps(dict(learned_from))})

    def near(self, asked: QuestionVectors, language: Language) -> NearQuestions:
        """Those of the groups nearest to a question of a language, with their cosines."""
        centred = unit_rows((asked.tuned - self.means[list(Language).index(language)]) @ self.directions.T)
        groups = _largest(self.middles @ centred, LOOKED_THROUGH).tolist()
        places = [slice(self.starts[group], self.starts[group + 1]) for group in groups]
        return NearQuestions(
            rows=np.concatenate([self.rows[place] for place in places]),
            cosines=np.concatenate([self.vectors[place] @ centred for place in places]),
        )

    def share_answered(self, near: NearQuestions) -> float:
        """Of the known questions nearest to one, in whatever language, the share that something answers, in [0, 1].

        The nearer ones weigh more.
        """
        nearest = _largest(near.cosines, AMONG)
        if not len(nearest):
            return 0.0
        cosines = near.cosines[nearest]
        weights = np.exp((cosines - cosines.max()) / NEARER)
        return float(weights[self.answered[near.rows[nearest]]].sum() / weights.sum())


@dataclass(frozen=True, kw_only=True, slots=True)
class AskedBefore:
    """The known questions that sentences of a library answer."""

    questions: KnownQuestions
    answers: dict[int, list[tuple[str, int]]]  # by a question's row: passage id and index of each unit that answers it
    passages: frozenset[str]  # ids of those with such a unit

    def answered_by(self, near: NearQuestions, least: float) -> dict[str, dict[int, float]]:
        """By passage id and index, the units that answer a question whose cosine is more than `least`, with the largest."""
        found: dict[str, dict[int, float]] = {}
        high = np.flatnonzero((near.cosines > least) & self.questions.answered[near.rows])
        high = high[np.argsort(-near.cosines[high])]
        for row, cosine in zip(near.rows[high].tolist(), near.cosines[high].tolist(), strict=True):
            for passage, index in self.answers.get(row, ()):
                found.setdefault(passage, {}).setdefault(index, cosine)  # the first is the largest
        return found


def _largest(values: Vectors, count: int) -> Indices:
    """The places of the largest values, in no order; all of them where there are no more."""
    high = np.flatnonzero(values > HIGH)
    if len(high) >= count:  # to pick among these is ten times as fast as among all
        return high[np.argpartition(-values[high], count - 1)[:count]]
    return np.argpartition(-values, count - 1)[:count] if len(values) > count else np.arange(len(values))


def _in_steps(vectors: Vectors) -> npt.NDArray[np.int8]:
    largest = np.maximum(np.abs(vectors).max(axis=1, keepdims=True), 1e-12)
    steps: npt.NDArray[np.int8] = np.round(vectors / largest * _STEPS).astype(np.int8)
    return steps


def sentence_key(document_id: str, sentence: str) -> int:
    """Tells a sentence of a document by its words, however they are spaced."""
    digest = sha256(f"{document_id}\0{' '.join(sentence.split())}".encode()).digest()
    return int.from_bytes(digest[:8], "little")


def known_questions(
    model: str, tuned: Vectors, languages: Sequence[Language], answers: Sequence[Collection[int]]
) -> KnownQuestions:
    """Of tuned unit vectors, shape (questions, dimension), each with its language and the keys of what answers it.

    Those without a key are the ones that nothing answers. Their order is that of their groups.
    """
    rows = np.array([list(Language).index(language) for language in languages])
    answered = np.array([len(keys) > 0 for keys in answers])
    means = means_by_language(tuned[answered], rows[answered])
    centred = unit_rows(tuned - means[rows])
    directions = np.linalg.svd(centred, full_matrices=False)[2][:DIRECTIONS]
    vectors = unit_rows(centred @ directions.T)
    middles, group_of = _grouped(vectors)
    order = np.argsort(group_of, kind="stable")
    links = [(key, place) for place, row in enumerate(order.tolist()) for key in answers[row]]
    return KnownQuestions(
        model=model,
        vectors=vectors[order],
        middles=middles,
        starts=np.searchsorted(group_of[order], np.arange(len(middles) + 1)),
        means=means,
        directions=directions,
        answered=answered[order],
        answers=np.array([key for key, _ in links], dtype=np.uint64),
        question_of=np.array([row for _, row in links], dtype=np.int64),
    )


def means_by_language(vectors: Vectors, languages: Indices) -> Vectors:
    """The mean of the vectors, shape (questions, …), of each language, given by its row in Language; zeros where there are none."""
    means = np.zeros((len(Language), *vectors.shape[1:]), dtype=np.float32)
    for row in set(languages.tolist()):
        means[row] = vectors[languages == row].mean(axis=0)
    return means


def _grouped(vectors: Vectors) -> tuple[Vectors, Indices]:
    """Groups of unit rows that are near each other: their middles, and the group of each row (spherical k-means)."""
    draws = np.random.default_rng(_SEED)
    count = -(-len(vectors) // IN_A_GROUP)
    middles = vectors[np.sort(draws.choice(len(vectors), count, replace=False))]
    for _ in range(_GROUPING_ROUNDS):
        group_of = np.argmax(vectors @ middles.T, axis=1)
        sums = np.zeros_like(middles)
        np.add.at(sums, group_of, vectors)
        middles = unit_rows(np.where(np.any(sums, axis=1, keepdims=True), sums, middles))
    return middles, np.argmax(vectors @ middles.T, axis=1)


def read_known_questions(path: Path) -> KnownQuestions:
    """As `KnownQuestions.write` wrote them."""
    with safe_open(path, framework="numpy") as file:
        return KnownQuestions(
            model=file.metadata()["model"],
            answered=file.get_tensor("answered").astype(np.bool_),
            middles=file.get_tensor("middles").astype(np.float32),
            starts=file.get_tensor("starts").astype(np.int64),
            directions=file.get_tensor("directions").astype(np.float32),
            vectors=unit_rows(file.get_tensor("vectors").astype(np.float32)),
            means=file.get_tensor("means").astype(np.float32),
            answers=file.get_tensor("answers").view(np.uint64),
            question_of=file.get_tensor("question_of").astype(np.int64),
        )


@lru_cache(maxsize=1)
def load_known_questions() -> KnownQuestions:
    """Those that come with the package."""
    with as_file(files("kb.models").joinpath(FILE)) as path:
        return read_known_questions(path)


def asked_before(questions: KnownQuestions, documents: Iterable[Document]) -> AskedBefore | None:
    """What of the known questions these documents answer; None where they answer none."""
    of: dict[int, list[int]] = defaultdict(list)
    for key, row in zip(questions.answers.tolist(), questions.question_of.tolist(), strict=True):
        of[key].append(row)
    answers: dict[int, list[tuple[str, int]]] = defaultdict(list)
    for document in documents:
        for passage in document.passages:
            for index, unit in enumerate(passage.units):
                for row in of.get(sentence_key(document.id, document.text[unit.start : unit.end]), ()):
                    answers[row].append((passage.id, index))
    if not answers:
        return None
    passages = frozenset(passage for units in answers.values() for passage, _ in units)
    return AskedBefore(questions=questions, answers=dict(answers), passages=passages)
