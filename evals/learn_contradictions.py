"""Learn to tell what a sentence contradicts: `python -m evals.learn_contradictions PREMISES --home HOME`.

A line of the file names a sentence of a document, and things that people take for granted: what the sentence shows to be
wrong, what it shows to be right, and what it leaves open. What is right, or open, is no less so beside the other sentences
that are near it, so that it's read with some of these too. Assertions like one of an evaluation set are left out.

Where nothing is to be written, it's learned without some of the documents and some of the assertions, and measured on these:
the first tell what it does for guidance that it has never seen, the others for new words on guidance that it knows.
"""

import argparse
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from time import monotonic

import msgspec
import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from evals.cases import read_cases
from evals.changed_layers import ChangedLayers, batches_of_like_length, learning_rates
from evals.tune import embedded, read_lines, rows_unlike, shipped_model
from evals.tuning_targets import Indices, targets_of
from kb.assertions import assertions_of
from kb.errors import UsageError
from kb.generation import Generation, unit_input
from kb.knowledge_base import KnowledgeBase
from kb.models.contradiction_reader import ContradictionReader, Relation
from kb.models.embedding import Embedder, Vectors
from kb.models.layer_changes import LayerChanges
from kb.models.shipped_model import ShippedModel
from kb.models.weights_package import LAYERS
from kb.records import Language

# As tried first: with two rounds 80 of a hundred relations were told for documents kept apart. No others were compared.
FIRST = 6  # of the changed layers, from 0
ROUNDS = 3
PAIRS_AT_ONCE = 64
LEARNING_RATES = {"factors": 1.5e-3, "network": 1e-3}
DECAY = {"factors": 0.01, "network": 0.05}
UNITS, DROPPED_INPUTS, DROPPED_UNITS = 256, 0.1, 0.2  # of the network
NEAR = 6  # of the sentences nearest to an assertion, one is read with it too
OPEN_WITH_ANOTHER = 0.4  # of what its sentence leaves open, how much of it
OTHERS_IN_A_ROUND = 0.5  # of the pairs with other sentences, those that a round learns from
DOCUMENTS_APART, ASSERTIONS_APART = 20, 20  # every so many are kept apart at first
LONGEST = 160  # tokens of a pair that are learned from
SEED = 20_261_127
_NOT_CONTRADICTED = len(Relation)  # what is known of an assertion and another sentence
_SECONDS_BETWEEN_NEWS = 30.0


class Premises(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What people take for granted where a sentence of a document, word for word, speaks of it."""

    document: str
    language: Language  # of the assertions
    sentence: str
    contradicts: tuple[str, ...]
    confirms: tuple[str, ...]
    leaves_open: tuple[str, ...]

    def assertions(self) -> Iterator[tuple[str, Relation]]:
        """Each with what the sentence does to it."""
        for relation in Relation:
            for assertion in getattr(self, relation.name.lower()):
                yield assertion, relation


@dataclass(frozen=True, kw_only=True, slots=True)
class Pair:
    """An assertion and a sentence that is read with it."""

    assertion: str
    document: str  # of the sentence that the assertion was written for
    sentence: int  # the row of the sentence that it is read with
    relation: int  # a Relation, or _NOT_CONTRADICTED


@dataclass(frozen=True, kw_only=True, slots=True)
class _Read:
    """A pair as the layers that stay leave it."""

    state: Tensor  # shape (tokens, dimension)
    length: int  # how many of the tokens are the assertion's
    relation: int


def pairs_of(
    lines: Sequence[Premises], generation: Generation, embedder: Embedder, apart: Sequence[Path]
) -> tuple[list[Pair], list[str]]:
    """The pairs, and the sentences of the library as they are embedded."""
    targets = targets_of(generation)
    found = [
        Pair(assertion=assertion, document=line.document, sentence=row, relation=relation)
        for line in lines
        for row in targets.answers(line.document, [line.sentence])
        for assertion, relation in line.assertions()
    ]
    vectors = embedded(embedder, [pair.assertion for pair in found])
    kept = rows_unlike(vectors, list(_said_in(apart)), embedder)
    found, vectors = [found[row] for row in kept], vectors[kept]
    draws = np.random.default_rng(SEED)
    near = np.argsort(-(vectors - vectors.mean(0)) @ targets.sentences.T, axis=1)[:, : NEAR + 1]
    others = [
        Pair(
            assertion=pair.assertion,
            document=pair.document,
            sentence=int(draws.choice(row[row != pair.sentence][:NEAR])),
            relation=_NOT_CONTRADICTED,
        )
        for pair, row in zip(found, near, strict=True)
        if pair.relation is Relation.CONFIRMS
        or (pair.relation is Relation.LEAVES_OPEN and draws.random() < OPEN_WITH_ANOTHER)
    ]
    passages = (generation.passages[identifier] for identifier in generation.passage_ids)
    texts = [
        unit_input(generation.documents[passage.document_id], passage, index)
        for passage in passages
        for index in range(len(passage.units))
    ]
    return [*found, *others], texts


def _said_in(sets: Sequence[Path]) -> Iterator[str]:
    """The questions of evaluation sets, and their assertions."""
    for case in (case for path in sets for case in read_cases(path)):
        yield case.question
        yield from (item.text for item in assertions_of(case.question))


def read_pairs(model: ShippedModel, pairs: Sequence[Pair], texts: Sequence[str]) -> list[_Read]:
    """Pairs as the layers before FIRST leave them, in half precision: they are gigabytes."""
    tokens = [model.pairs(pair.assertion, [texts[pair.sentence]]) for pair in pairs]
    order = sorted(range(len(pairs)), key=lambda row: len(tokens[row][0][0]))
    read: dict[int, _Read] = {}
    with torch.inference_mode():
        for start in range(0, len(order), 2 * PAIRS_AT_ONCE):
            rows = order[start : start + 2 * PAIRS_AT_ONCE]
            states = model.pair_states([tokens[row][0][0][:LONGEST] for row in rows], FIRST)
            for row, state in zip(rows, states, strict=True):
                read[row] = _Read(state=state.half(), length=tokens[row][1], relation=pairs[row].relation)
    # As tensors that learning may use.
    return [_Read(state=one.state.clone(), length=one.length, relation=one.relation) for _, one in sorted(read.items())]


def learn_reader(weights: Mapping[str, Tensor], pairs: Sequence[_Read], model: str) -> ContradictionReader:
    """From pairs as `read_pairs` gives them, and the weights of the layers from FIRST on by transformers' names."""
    with torch.random.fork_rng():
        torch.manual_seed(SEED)
        network = _Network(weights, pairs[0].state.shape[1])
        _learn(network, pairs)
    hidden, out = network.hidden, network.out
    return ContradictionReader(
        model=model,
        layers=LayerChanges(factors=network.layers.factors()),
        hidden=hidden.weight.detach().numpy(),
        hidden_bias=hidden.bias.detach().numpy(),
        out=out.weight.detach().numpy(),
        out_bias=out.bias.detach().numpy(),
    )


def _learn(network: "_Network", pairs: Sequence[_Read]) -> None:
    draws = np.random.default_rng(SEED)
    relations = np.array([pair.relation for pair in pairs])
    own, others = np.flatnonzero(relations != _NOT_CONTRADICTED), np.flatnonzero(relations == _NOT_CONTRADICTED)
    of_others = round(OTHERS_IN_A_ROUND * len(others))
    optimizer = torch.optim.AdamW(network.parameter_groups())
    steps = ROUNDS * -(-(len(own) + of_others) // PAIRS_AT_ONCE)
    schedule = learning_rates(optimizer, steps)
    said, done = monotonic(), 0
    for _ in range(ROUNDS):
        rows = np.concatenate([own, draws.permutation(others)[:of_others]])
        lengths = np.array([len(pairs[row].state) for row in rows])
        for places in batches_of_like_length(lengths, PAIRS_AT_ONCE, 2, draws):
            batch = rows[places]
            loss = _loss(network([pairs[row] for row in batch]), torch.from_numpy(relations[batch]))
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(network.layers.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            done += 1
            if monotonic() - said > _SECONDS_BETWEEN_NEWS:
                said = monotonic()
                print(f"step {done} of {steps}", file=sys.stderr)  # noqa: T201


def _loss(scores: Tensor, relations: Tensor) -> Tensor:
    """Minus the log of what falls on the right relation, or, where only that is known, on those that do not contradict."""
    logs = functional.log_softmax(scores, 1)
    known = relations != _NOT_CONTRADICTED
    right = logs[known].gather(1, relations[known][:, None]).sum()
    rest = torch.logsumexp(logs[~known][:, Relation.CONFIRMS :], 1).sum()
    return -(right + rest) / len(relations)


class _Network(nn.Module):
    """The changed layers, and what tells relations by what they give."""

    def __init__(self, weights: Mapping[str, Tensor], dimension: int) -> None:
        super().__init__()
        self.layers = ChangedLayers(weights, FIRST)
        self.hidden, self.out = nn.Linear(4 * dimension, UNITS), nn.Linear(UNITS, len(Relation))
        self._network = nn.Sequential(
            nn.Dropout(DROPPED_INPUTS), self.hidden, nn.ReLU(), nn.Dropout(DROPPED_UNITS), self.out
        )

    def parameter_groups(self) -> list[dict[str, object]]:
        parameters = {"factors": self.layers, "network": self._network}
        return [
            {"params": list(part.parameters()), "lr": LEARNING_RATES[kind], "weight_decay": DECAY[kind]}
            for kind, part in parameters.items()
        ]

    def forward(self, pairs: Sequence[_Read]) -> Tensor:
        """Scores of relations: shape (pairs, 3). What is read of a pair is what `inputs` gives."""
        state, there = self.layers.read([pair.state for pair in pairs])
        lengths = torch.tensor([pair.length for pair in pairs])
        first = torch.arange(state.shape[1]) < lengths[:, None]
        asserted, said = (
            (state * part[..., None]).sum(1) / part.sum(1, keepdim=True) for part in (first, there & ~first)
        )
        scores: Tensor = self._network(torch.cat([state[:, 0], asserted, said, asserted * said], 1))
        return scores


def describe(shares: Vectors, relations: Indices) -> str:
    """One line on probabilities of shape (pairs, 3) against what is right."""
    wrong = relations == Relation.CONTRADICTS
    others = np.sort(shares[~wrong, Relation.CONTRADICTS])[::-1]
    told = [
        f"{float((shares[wrong, Relation.CONTRADICTS] > others[int(alarms * len(others))]).mean()):.3f} at {alarms:.0%} alarms"
        for alarms in (0.01, 0.03, 0.05)
    ]
    own = relations != _NOT_CONTRADICTED
    right = float((shares[own].argmax(1) == relations[own]).mean())
    return f"{right:.3f} of {int(own.sum())} relations right; of {int(wrong.sum())} contradictions {', '.join(told)}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Learn, and write it as it is packaged; else print what was learned does for what was kept apart."""
    parser = argparse.ArgumentParser(prog="python -m evals.learn_contradictions", description=__doc__)
    parser.add_argument("premises", type=Path)
    parser.add_argument("--apart", nargs="*", type=Path, default=[], help="evaluation sets whose like is left out")
    parser.add_argument("--home", default=".kb")
    parser.add_argument("--write", type=Path, help="write it here, e.g. kb/models/contradiction_reader.safetensors")
    options = parser.parse_args(arguments)
    lines = read_lines(options.premises, Premises)
    with closing(KnowledgeBase.open(options.home)) as base:
        model = shipped_model(base.embedder)
        if model is None:
            raise UsageError(
                f"{base.embedder.identity} can't be changed; unset KB_EMBEDDING_MODEL and KB_EMBEDDING_URL"
            )
        pairs, texts = pairs_of(lines, base.generation, base.embedder, options.apart)
        print(f"{len(pairs)} pairs of {len(lines)} sentences", file=sys.stderr)  # noqa: T201
        identity = base.embedder.identity
    torch.set_num_threads(os.cpu_count() or 1)  # to embed a question alone has left one
    read = read_pairs(model, pairs, texts)
    weights = model.weights(range(FIRST, LAYERS))
    if options.write:
        origin = {"pairs": len(pairs), "sha256": sha256(options.premises.read_bytes()).hexdigest()}
        learn_reader(weights, read, identity).write(options.write, origin)
        return 0
    documents = _every(DOCUMENTS_APART, {pair.document for pair in pairs})
    assertions = _every(ASSERTIONS_APART, {pair.assertion for pair in pairs})
    unseen = np.array([pair.document in documents for pair in pairs])
    reworded = np.array([pair.assertion in assertions for pair in pairs]) & ~unseen
    rest = np.flatnonzero(~unseen & ~reworded)
    reader = learn_reader(weights, [read[row] for row in rest], identity)
    for name, apart in (("documents", unseen), ("assertions", reworded)):
        rows = np.flatnonzero(apart)
        shares = np.concatenate(
            [
                reader.probabilities(base.embedder, pairs[row].assertion, [texts[pairs[row].sentence]])  # type: ignore[arg-type]
                for row in rows
            ]
        )
        print(f"{name} kept apart: {describe(shares, np.array([pairs[row].relation for row in rows]))}")  # noqa: T201
    return 0


def _every(count: int, names: set[str]) -> set[str]:
    """One of so many names."""
    return set(sorted(names)[::count])


if __name__ == "__main__":
    sys.exit(main())
