"""Learn the change of question vectors from questions on guidance: `python -m evals.tune QUESTIONS --home HOME`.

A question of the file names the document that answers it and the sentences of it that do. The change is learned so that
the tuned question is nearer to these sentences, their passages and their headings than to all others of the library
(softmax over all of them), and stays near the plain question. Questions like one of an evaluation set are left out.
Questions of other fields are not turned: how unlike a question may be is taken from the spread of those learned from.

First it's learned without a fifth of the documents and measured on the questions about these, which shows what it does
for guidance that it has never seen; then from all questions.
"""

import argparse
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
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from evals.cases import read_cases
from evals.learn_answerability import learn_answerability
from kb.errors import UsageError
from kb.generation import Generation
from kb.knowledge_base import KnowledgeBase
from kb.models.embedding import Embedder, Vectors
from kb.models.known_questions import known_questions, sentence_key
from kb.models.question_tuning import Tuning, strangeness
from kb.records import Language

# Chosen by what they do for questions on documents that were kept apart.
SHARPNESS = 60.0  # by which cosines are multiplied in the softmax
CLOSENESS = 5.0  # weight of the squared distance of the tuned from the plain question
ROUNDS = 16
QUESTIONS_AT_ONCE = 256
LEARNING_RATE = 2e-3
WEIGHTS = {"passages": 1.0, "sentences": 1.0, "headings": 0.5}
LIKE = 0.93  # the cosine from which a question is taken for one of an evaluation set
APART = 5  # every so many documents one is kept apart at first
# A question of another field lies outside the directions in which those of this field differ most.
DIRECTIONS = 60
WHOLE_TO, NOTHING_FROM = 0.90, 0.99  # shares of the questions, the least strange first
SEED = 20_261_126
Indices = NDArray[np.int64]


class WrittenQuestion(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A question as somebody asks it; by itself, one that nothing in the library answers."""

    question: str
    language: Language


class TuningQuestion(WrittenQuestion, frozen=True, forbid_unknown_fields=True):
    """A question with the document that answers it and the sentences of it that do, word for word, the best first."""

    document: str
    answers: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Targets:
    """What questions can be near to. Rows are centred on their language; each sentence knows its passage's row."""

    passages: Vectors  # shape (passages, dimension)
    headings: Vectors  # shape (passages, dimension), zeros where there is none
    sentences: Vectors  # shape (sentences, dimension)
    passage_of: Indices  # shape (sentences,)
    places: dict[str, dict[str, int]]  # by document: the sentences' rows by their words


Read = TypeVar("Read", bound=WrittenQuestion)


def read_questions(path: Path, kind: type[Read]) -> list[Read]:
    """The questions of a JSON Lines file. Raises UsageError naming the first bad line."""
    decoder = msgspec.json.Decoder(kind)
    questions = []
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        raise UsageError(f"{path}: can't be read ({error.strerror})") from error
    for number, line in enumerate(lines, 1):
        try:
            questions.append(decoder.decode(line))
        except msgspec.DecodeError as error:
            raise UsageError(f"{path}:{number}: {error}") from error
    return questions


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
        vectors = generation.unit_vectors(passage) - means[row]
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


def answers_in(targets: Targets, question: TuningQuestion) -> list[int]:
    """Rows of the sentences that answer a question; none where its document or their words are gone."""
    held = targets.places.get(question.document, {})
    return [held[words] for words in map(_one_line, question.answers) if words in held]


def _one_line(text: str) -> str:
    return " ".join(text.split())


def learn(vectors: Vectors, answers: Sequence[Sequence[int]], targets: Targets, model: str) -> Tuning:
    """The change for questions of shape (questions, dimension), each with the rows of its answers."""
    questions = torch.tensor(vectors)
    center = questions.mean(0)
    matrix = torch.nn.Parameter(torch.zeros(vectors.shape[1], vectors.shape[1]))
    optimizer = torch.optim.Adam([matrix], lr=LEARNING_RATE)
    steps = ROUNDS * -(-len(vectors) // QUESTIONS_AT_ONCE)
    schedule = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.0, total_iters=steps)
    kinds = _kinds(targets)
    draws = torch.Generator().manual_seed(SEED)
    for _ in range(ROUNDS):
        for rows in torch.randperm(len(vectors), generator=draws).split(QUESTIONS_AT_ONCE):
            plain = questions[rows]
            tuned = functional.normalize(plain + (plain - center) @ matrix, dim=1)
            right = _right_ones([answers[row] for row in rows.tolist()], targets)
            loss = CLOSENESS * ((tuned - plain) ** 2).sum(1).mean()
            for name, weight in WEIGHTS.items():
                loss = loss + weight * _missed(SHARPNESS * tuned @ kinds[name].T, right[name])
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
    )


def _kinds(targets: Targets) -> dict[str, Tensor]:
    return {
        "passages": torch.tensor(targets.passages),
        "sentences": torch.tensor(targets.sentences),
        "headings": torch.tensor(targets.headings),
    }


def _right_ones(answers: Sequence[Sequence[int]], targets: Targets) -> dict[str, Tensor]:
    """Which targets of each kind are right, shape (questions, targets)."""
    sentences = torch.zeros(len(answers), len(targets.sentences), dtype=torch.bool)
    passages = torch.zeros(len(answers), len(targets.passages), dtype=torch.bool)
    for row, found in enumerate(answers):
        sentences[row, list(found)] = True
        passages[row, targets.passage_of[list(found)]] = True
    return {"passages": passages, "sentences": sentences, "headings": passages}


def _missed(scores: Tensor, right: Tensor) -> Tensor:
    """Minus the log of the probability that falls on the right targets, the mean over questions."""
    among = scores.masked_fill(~right, -torch.inf)
    return (torch.logsumexp(scores, 1) - torch.logsumexp(among, 1)).mean()


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


def _apart_from(vectors: Vectors, sets: Sequence[Path], embedder: Embedder) -> Indices:
    """Rows of the questions, given by their vectors, that are not like any of the sets."""
    asked = [case.question for path in sets for case in read_cases(path)]
    if not asked:
        return np.arange(len(vectors))
    known = np.stack([embedder.embed_query(question) for question in asked])
    kept: Indices = np.flatnonzero((vectors @ known.T).max(1) <= LIKE)
    return kept


def main(arguments: Sequence[str] | None = None) -> int:
    """Learn, print what it does for documents kept apart, and write what is named, as it is packaged."""
    parser = argparse.ArgumentParser(prog="python -m evals.tune", description=__doc__)
    parser.add_argument("questions", type=Path)
    parser.add_argument("--apart", nargs="*", type=Path, default=[], help="evaluation sets whose like is left out")
    parser.add_argument("--home", default=".kb")
    parser.add_argument("--write", type=Path, help="write the change here, e.g. kb/models/question_tuning.safetensors")
    parser.add_argument("--unanswered", type=Path, help="questions that nothing in the library answers")
    parser.add_argument("--known", type=Path, help="write both kinds here, e.g. kb/models/known_questions.safetensors")
    parser.add_argument("--answerability", type=Path, help="write here what tells the kinds apart")
    options = parser.parse_args(arguments)
    with closing(KnowledgeBase.open(options.home)) as base:
        targets = targets_of(base.generation)
        questions = read_questions(options.questions, TuningQuestion)
        without = read_questions(options.unanswered, WrittenQuestion) if options.unanswered else []
        print(f"{len(questions) + len(without)} questions are embedded", file=sys.stderr)  # noqa: T201
        vectors = np.stack([base.embedder.embed_query(item.question) for item in (*questions, *without)])
        answers = [answers_in(targets, item) for item in questions]
        kept = _apart_from(vectors, options.apart, base.embedder)
        alone, others = kept[kept < len(questions)], kept[kept >= len(questions)]
        rows = np.array([row for row in alone if answers[row]], dtype=np.int64)
        print(  # noqa: T201
            f"{len(rows)} of {len(questions)} questions: {len(questions) - len(alone)} are like one of a set, "
            f"{len(alone) - len(rows)} have no answer in this library; {len(others)} of {len(without)} without an answer"
        )
        model = base.embedder.identity

    def learned(chosen: Indices) -> Tuning:
        return learn(vectors[chosen], [answers[row] for row in chosen], targets, model)

    documents = sorted({questions[row].document for row in rows})
    unseen = {document for number, document in enumerate(documents) if number % APART == 0}
    kept_apart = np.array([row for row in rows if questions[row].document in unseen], dtype=np.int64)
    first = learned(np.setdiff1d(rows, kept_apart))
    theirs = [answers[row] for row in kept_apart]
    print(f"sentences found for {len(kept_apart)} questions on documents kept apart")  # noqa: T201
    print(f"  plain  {describe(ranks(vectors[kept_apart], theirs, targets))}")  # noqa: T201
    print(f"  tuned  {describe(ranks(first.tune(vectors[kept_apart]), theirs, targets))}")  # noqa: T201
    origin = {"questions": len(rows), "sha256": sha256(options.questions.read_bytes()).hexdigest()}
    if options.unanswered:
        origin["unanswered_sha256"] = sha256(options.unanswered.read_bytes()).hexdigest()
    if options.write or options.known or options.answerability:
        change = learned(rows)
    if options.write:
        change.write(options.write, origin)
    if options.known or options.answerability:
        plain = vectors[np.concatenate([rows, others])]
        tuned = change.tune(plain)
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
