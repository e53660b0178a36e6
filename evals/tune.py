"""Learn the change of question vectors from questions on guidance: `python -m evals.tune QUESTIONS --home HOME`.

A question of the file names the document that answers it and the sentences of it that do. The change is learned so that
the tuned question is nearer to these sentences, their passages and their headings than to all others of the library
(softmax over all of them), and stays near the plain question. Questions like one of an evaluation set are left out.
Questions of other fields are not turned: how unlike a question may be is taken from the spread of those learned from.
With the model that comes with the installation, how its last layers read questions is learned as well.

Where nothing is to be written, it's learned without a fifth of the documents and measured on the questions about these,
which shows what it does for guidance that it has never seen.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TypeVar

import msgspec
import numpy as np
import torch
from torch import Tensor

from evals.cases import read_cases
from evals.learn_answerability import learn_answerability
from evals.learn_layers import FIRST, learn_layers
from evals.tuning_targets import Indices, Targets, targets_of, turned
from kb.errors import UsageError
from kb.knowledge_base import KnowledgeBase
from kb.models.embedding import Embedder, LlamaIndexEmbedder, Vectors, unit_rows
from kb.models.known_questions import known_questions, sentence_key
from kb.models.layer_changes import LayerChanges
from kb.models.question_tuning import Tuning, read_tuning, strangeness
from kb.models.shipped_model import ShippedModel
from kb.models.weights_package import DIMENSION, LAYERS
from kb.records import Language

# Chosen by what they do for questions on documents that were kept apart.
CLOSENESS = 5.0  # weight of the squared distance of the tuned from the plain question
ROUNDS = 16
QUESTIONS_AT_ONCE = 256
LEARNING_RATE = 2e-3
LIKE = 0.93  # the cosine from which a question is taken for one of an evaluation set
APART = 5  # every so many documents one is kept apart at first
# A question of another field lies outside the directions in which those of this field differ most.
DIRECTIONS = 60
WHOLE_TO, NOTHING_FROM = 0.90, 0.99  # shares of the questions, the least strange first
SEED = 20_261_126
READ_AT_ONCE = 256  # questions


class WrittenQuestion(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A question as somebody asks it; by itself, one that nothing in the library answers."""

    question: str
    language: Language


class TuningQuestion(WrittenQuestion, frozen=True, forbid_unknown_fields=True):
    """A question with the document that answers it and the sentences of it that do, word for word, the best first."""

    document: str
    answers: tuple[str, ...]


Line = TypeVar("Line", bound=msgspec.Struct)


def read_lines(path: Path, kind: type[Line]) -> list[Line]:
    """The records of a JSON Lines file. Raises UsageError naming the first bad line."""
    decoder = msgspec.json.Decoder(kind)
    records = []
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        raise UsageError(f"{path}: can't be read ({error.strerror})") from error
    for number, line in enumerate(lines, 1):
        try:
            records.append(decoder.decode(line))
        except msgspec.DecodeError as error:
            raise UsageError(f"{path}:{number}: {error}") from error
    return records


def learn(vectors: Vectors, answers: Sequence[Sequence[int]], targets: Targets, model: str) -> Tuning:
    """The linear change for questions of shape (questions, dimension), each with the rows of its answers."""
    questions = torch.tensor(vectors)
    center = questions.mean(0)
    matrix = torch.nn.Parameter(torch.zeros(vectors.shape[1], vectors.shape[1]))
    optimizer = torch.optim.Adam([matrix], lr=LEARNING_RATE)
    steps = ROUNDS * -(-len(vectors) // QUESTIONS_AT_ONCE)
    schedule = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.0, total_iters=steps)
    draws = torch.Generator().manual_seed(SEED)
    for _ in range(ROUNDS):
        for rows in torch.randperm(len(vectors), generator=draws).split(QUESTIONS_AT_ONCE):
            plain = questions[rows]
            tuned = turned(plain, center, matrix)
            loss = CLOSENESS * ((tuned - plain) ** 2).sum(1).mean()
            loss = loss + targets.missed(tuned, [answers[row] for row in rows.tolist()])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    differences = vectors - center.numpy()
    directions = np.linalg.svd(differences, full_matrices=False)[2][:DIRECTIONS]
    limits = np.quantile(strangeness(differences, directions), [WHOLE_TO, NOTHING_FROM])
    return Tuning(
        model=model,
        center=center.numpy(),
        matrix=matrix.detach().numpy(),
        directions=directions,
        whole_to=float(limits[0]),
        nothing_from=float(limits[1]),
        layers=LayerChanges(factors={}),
    )


def ranks(vectors: Vectors, answers: Sequence[Sequence[int]], targets: Targets) -> Indices:
    """For each question the rank of its best-placed answer among all sentences, from 1."""
    scores = vectors @ targets.sentences.T
    best = np.array([scores[row, list(found)].max() for row, found in enumerate(answers)])
    placed: Indices = 1 + (scores > best[:, None]).sum(1)
    return placed


def describe(placed: Indices) -> str:
    """One line on ranks."""
    shares = "  ".join(f"R@{k} {float((placed <= k).mean()):.3f}" for k in (1, 5, 14))
    return f"{shares}  MRR {float((1 / placed).mean()):.3f}"


def read_twice(embedder: Embedder, texts: Sequence[str], changes: LayerChanges) -> tuple[Vectors, Vectors]:
    """Question vectors, plain and read with the changed layers: each of shape (len(texts), dimension)."""
    model = shipped_model(embedder)
    if model is None:
        plain = np.stack([embedder.embed_query(text) for text in texts])
        return plain, plain
    both = np.zeros((2, len(texts), DIMENSION), dtype=np.float32)
    with torch.inference_mode():
        for rows in _batches(texts):
            both[:, rows] = model.get_query_embeddings_twice([texts[row] for row in rows], changes)
    return unit_rows(both[0]), unit_rows(both[1])


def _states(model: ShippedModel, texts: Sequence[str]) -> list[Tensor]:
    """What the layers that stay make of each question, in half precision: they are gigabytes."""
    states: list[Tensor] = [torch.empty(0)] * len(texts)
    with torch.inference_mode():
        for rows in _batches(texts):
            for row, state in zip(rows, model.query_states([texts[row] for row in rows], FIRST), strict=True):
                states[row] = state.half()
    return [state.clone() for state in states]  # as tensors that learning may use


def _batches(texts: Sequence[str]) -> list[list[int]]:
    """Rows of questions, those of like length together."""
    order = sorted(range(len(texts)), key=lambda row: len(texts[row]))
    return [order[start : start + READ_AT_ONCE] for start in range(0, len(order), READ_AT_ONCE)]


def shipped_model(embedder: Embedder) -> ShippedModel | None:
    """The model whose layers can be changed; None where another one is configured."""
    model = embedder.model if isinstance(embedder, LlamaIndexEmbedder) else None
    return model if isinstance(model, ShippedModel) else None


@dataclass(frozen=True, kw_only=True, slots=True)
class _Learning:
    """All questions with what is known of them; those behind the answered ones have no answers."""

    embedder: Embedder
    texts: list[str]
    vectors: Vectors
    answers: list[list[int]]
    targets: Targets

    def learned(self, answered: Indices, others: Indices) -> Tuning:
        """From these rows of questions that have an answer, and of ones that have none."""
        torch.set_num_threads(os.cpu_count() or 1)  # to embed a question alone has left one
        linear = learn(
            self.vectors[answered], [self.answers[row] for row in answered], self.targets, self.embedder.identity
        )
        model = shipped_model(self.embedder)
        if model is None:
            return linear
        rows = np.concatenate([answered, others])
        states = _states(model, [self.texts[row] for row in rows])
        weights = model.weights(range(FIRST, LAYERS))
        return learn_layers(
            weights, states, self.vectors[rows], [self.answers[row] for row in rows], self.targets, linear
        )

    def tuned(self, tuning: Tuning, rows: Indices) -> Vectors:
        """The tuned vectors of these questions."""
        reread = read_twice(self.embedder, [self.texts[row] for row in rows], tuning.layers)[1]
        return tuning.tune(self.vectors[rows], reread)


def embedded(embedder: Embedder, texts: Sequence[str]) -> Vectors:
    """Plain question vectors, many at once: shape (len(texts), dimension)."""
    return read_twice(embedder, texts, LayerChanges(factors={}))[0]


def rows_unlike(vectors: Vectors, texts: Sequence[str], embedder: Embedder) -> Indices:
    """Rows of questions, given by their vectors, that are like none of the texts."""
    if not texts:
        return np.arange(len(vectors))
    kept: Indices = np.flatnonzero((vectors @ embedded(embedder, texts).T).max(1) <= LIKE)
    return kept


def _learned_before(path: Path, embedder: Embedder) -> Tuning:
    tuning = read_tuning(path)
    if tuning.model != embedder.identity:
        raise UsageError(f"{path} was learned for {tuning.model}, but {embedder.identity} is configured: learn it anew")
    return tuning


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m evals.tune", description=__doc__)
    parser.add_argument("questions", type=Path)
    parser.add_argument("--apart", nargs="*", type=Path, default=[], help="evaluation sets whose like is left out")
    parser.add_argument("--home", default=".kb")
    parser.add_argument("--write", type=Path, help="write the change here, e.g. kb/models/question_tuning.safetensors")
    parser.add_argument("--change", type=Path, help="keep this change, learned before, and make only the others")
    parser.add_argument("--unanswered", type=Path, help="questions that nothing in the library answers")
    parser.add_argument("--known", type=Path, help="write both kinds here, e.g. kb/models/known_questions.safetensors")
    parser.add_argument("--answerability", type=Path, help="write here what tells the kinds apart")
    options = parser.parse_args(arguments)
    if options.change and (options.write or not (options.known or options.answerability)):
        parser.error("--change goes with --known or --answerability, and not with --write")
    return options


def main(arguments: Sequence[str] | None = None) -> int:
    """Learn, and write what is named, as it is packaged; else print what was learned does for documents kept apart."""
    options = _options(arguments)
    with closing(KnowledgeBase.open(options.home)) as base:
        kept = _learned_before(options.change, base.embedder) if options.change else None
        targets = targets_of(base.generation)
        questions = read_lines(options.questions, TuningQuestion)
        without = read_lines(options.unanswered, WrittenQuestion) if options.unanswered else []
        print(f"{len(questions) + len(without)} questions are embedded", file=sys.stderr)  # noqa: T201
        texts = [item.question for item in (*questions, *without)]
        vectors = embedded(base.embedder, texts)
        answers = [*(targets.answers(item.document, item.answers) for item in questions), *([] for _ in without)]
        of_sets = [case.question for path in options.apart for case in read_cases(path)]
        unlike = rows_unlike(vectors, of_sets, base.embedder)
        alone, others = unlike[unlike < len(questions)], unlike[unlike >= len(questions)]
        rows = np.array([row for row in alone if answers[row]], dtype=np.int64)
        print(  # noqa: T201
            f"{len(rows)} of {len(questions)} questions: {len(questions) - len(alone)} are like one of a set, "
            f"{len(alone) - len(rows)} have no answer in this library; {len(others)} of {len(without)} without an answer"
        )
        learning = _Learning(embedder=base.embedder, texts=texts, vectors=vectors, answers=answers, targets=targets)
    if not (options.write or options.known or options.answerability):
        documents = sorted({questions[row].document for row in rows})
        unseen = {document for number, document in enumerate(documents) if number % APART == 0}
        apart = np.array([row for row in rows if questions[row].document in unseen], dtype=np.int64)
        tuning = learning.learned(np.setdiff1d(rows, apart), others)
        theirs = [answers[row] for row in apart]
        print(f"sentences found for {len(apart)} questions on documents kept apart")  # noqa: T201
        print(f"  plain  {describe(ranks(vectors[apart], theirs, targets))}")  # noqa: T201
        print(f"  tuned  {describe(ranks(learning.tuned(tuning, apart), theirs, targets))}")  # noqa: T201
        return 0
    origin = {"questions": len(rows), "sha256": sha256(options.questions.read_bytes()).hexdigest()}
    if options.unanswered:
        origin["unanswered_sha256"] = sha256(options.unanswered.read_bytes()).hexdigest()
    change = learning.learned(rows, others) if kept is None else kept
    if options.write:
        change.write(options.write, origin)
    if options.known or options.answerability:
        everything = np.concatenate([rows, others])
        plain, tuned, model = vectors[everything], learning.tuned(change, everything), change.model
        answered, unanswered = [questions[row] for row in rows], [without[row - len(questions)] for row in others]
        languages = [item.language for item in (*answered, *unanswered)]
    if options.known:
        keys = [[sentence_key(item.document, words) for words in item.answers] for item in answered]
        known_questions(model, tuned, languages, [*keys, *([] for _ in unanswered)]).write(options.known, origin)
    if options.answerability:
        spoken = np.array([list(Language).index(language) for language in languages])
        held = np.arange(len(plain)) < len(answered)
        learn_answerability(model, tuned, plain, spoken, held).write(options.answerability, origin)
    return 0


if __name__ == "__main__":
    sys.exit(main())
