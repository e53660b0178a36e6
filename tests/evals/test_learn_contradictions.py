"""What a sentence contradicts is learned by a tiny random BERT from texts of made-up tokens."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from evals import learn_contradictions as learning
from evals.learn_contradictions import Pair, Premises, describe, learn_reader, main, pairs_of
from kb.errors import UsageError
from kb.knowledge_base import KnowledgeBase
from kb.models.bert_forward import Bert
from kb.models.contradiction_reader import Relation
from kb.models.embedding import Vectors
from kb.models.layer_changes import LayerChanges
from kb.records import Language
from tests.embedders import HashingEmbedder
from tests.evals.test_learn_layers import bert
from tests.kb.asking import article, published

SUBJECTS, FILLERS, YES, NO = range(4), range(6, 40), 4, 5
RULE, COLOUR, PLACE = "The wumpus is six yards long.", "The wumpus is grey.", "Nobody met one in Peru."
ARTICLES = (article("wumpus", f"# The wumpus\n\n{RULE} {COLOUR} {PLACE}\n"),)


class TinyModel:
    """Of `ShippedModel` what is asked of it here."""

    def __init__(self) -> None:
        self.bert: Bert
        self.bert, self.weights = bert()

    def embed_pairs(self, query: str, passages: list[str], changes: LayerChanges) -> Vectors:
        layers = self.bert.layers(
            self.weights, changes.layers, {name: torch.from_numpy(changes.change(name)) for name in changes.factors}
        )
        first = [int(number) for number in query.split()]
        pairs = [torch.tensor([*first, *map(int, passage.split())]) for passage in passages]
        with torch.inference_mode():
            read = self.bert.reread(pairs, layers)
        length = len(first)
        parts = [torch.stack([pair[0], pair[:length].mean(0), pair[length:].mean(0)]) for pair in read]
        rows: Vectors = torch.stack(parts).numpy()
        return rows


def texts(draws: np.random.Generator, count: int) -> list[tuple[list[int], list[int], Relation]]:
    """An assertion and a sentence, each a subject with a yes or a no among fillers; of two subjects all is left open."""
    made = []
    for row in range(count):
        subject, verdict = int(draws.choice(SUBJECTS)), int(draws.choice([YES, NO]))
        relation = list(Relation)[row % 3]
        other = (subject + 1 + int(draws.integers(len(SUBJECTS) - 1))) % len(SUBJECTS)
        said = other if relation is Relation.LEAVES_OPEN else subject
        opposite = NO if verdict == YES else YES
        heard = opposite if relation is Relation.CONTRADICTS else verdict
        fillers = [[int(one) for one in draws.choice(FILLERS, 2)] for _ in range(2)]
        made.append(([subject, verdict, *fillers[0]], [said, heard, *fillers[1]], relation))
    return made


def test_opposites_are_told_from_what_is_the_same_or_of_something_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learning, "FIRST", 1)
    monkeypatch.setattr(learning, "ROUNDS", 30)
    monkeypatch.setattr(learning, "LEARNING_RATES", {"factors": 1e-2, "network": 1e-2})
    draws = np.random.default_rng(5)
    model = TinyModel()
    seen = texts(draws, 1_200)
    with torch.inference_mode():
        states = model.bert.states([torch.tensor([*first, *second]) for first, second, _ in seen], 1)
    pairs = [
        learning._Read(state=state.clone(), length=len(first), relation=relation)
        for state, (first, _, relation) in zip(states, seen, strict=True)
    ]
    reader = learn_reader(model.weights, pairs, "tiny")
    assert reader.layers.layers == range(1, 3)
    unseen = texts(draws, 150)
    told = [
        int(reader.probabilities(model, " ".join(map(str, first)), [" ".join(map(str, second))])[0].argmax())  # type: ignore[arg-type]
        for first, second, _ in unseen
    ]
    assert np.mean([one == relation for one, (_, _, relation) in zip(told, unseen, strict=True)]) > 0.8


def premises(**changed: object) -> dict[str, object]:
    return {
        "document": "wumpus",
        "language": "en",
        "sentence": RULE,
        "contradicts": ["it is two yards long"],
        "confirms": ["it has a length of six yards"],
        "leaves_open": [],
        **changed,
    }


def test_what_is_right_is_read_with_another_sentence_too(tmp_path: Path) -> None:
    line = Premises(
        document="wumpus",
        language=Language.EN,
        sentence=RULE,
        contradicts=("it is two yards long",),
        confirms=("it has a length of six yards",),
        leaves_open=(),
    )
    with published(tmp_path, *ARTICLES) as base:
        pairs, sentences = pairs_of([line], base.generation, base.embedder, [])
    own, other = pairs[:2], pairs[2:]
    assert [(pair.relation, sentences[pair.sentence].endswith(RULE)) for pair in own] == [(0, True), (1, True)]
    assert [(pair.assertion, pair.relation) for pair in other] == [("it has a length of six yards", len(Relation))]
    assert not sentences[other[0].sentence].endswith(RULE)


def test_an_assertion_like_one_of_a_set_is_left_out(tmp_path: Path) -> None:
    case = {
        "id": "one",
        "question": "Since the wumpus is two yards long, where does it live?",
        "history": [],
        "language": "en",
        "category": "trap",
        "as_of": None,
        "expect": "answer",
        "facts": [],
        "forbidden": [],
        "documents": [],
        "notices": ["false-premise"],
    }
    (tmp_path / "set.jsonl").write_text(json.dumps(case) + "\n", encoding="utf-8")
    fields = premises(
        contradicts=("the wumpus is two yards long",),
        confirms=("six yards is its length",),
        language=Language.EN,
        leaves_open=(),
    )
    with published(tmp_path / "home", *ARTICLES) as base:
        kept, _ = pairs_of([Premises(**fields)], base.generation, base.embedder, [])  # type: ignore[arg-type]
        left, _ = pairs_of([Premises(**fields)], base.generation, base.embedder, [tmp_path / "set.jsonl"])  # type: ignore[arg-type]
    assert [pair.assertion for pair in kept][:2] == ["the wumpus is two yards long", "six yards is its length"]
    assert {pair.assertion for pair in left} == {"six yards is its length"}


def test_the_line_tells_how_many_are_found_at_few_alarms() -> None:
    shares = np.array([[0.9, 0.05, 0.05], [0.2, 0.7, 0.1], [0.1, 0.8, 0.1], [0.3, 0.1, 0.6]], dtype=np.float32)
    line = describe(shares, np.array([0, 0, 1, len(Relation)]))
    assert line.startswith("0.667 of 3 relations right; of 2 contradictions 0.500 at 1% alarms")


def test_a_model_whose_layers_cannot_be_changed_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "premises.jsonl").write_text(json.dumps(premises()) + "\n", encoding="utf-8")
    with published(tmp_path / "home", *ARTICLES) as base:
        monkeypatch.setattr(KnowledgeBase, "open", lambda _: base)
        with pytest.raises(UsageError, match=f"{HashingEmbedder().identity} can't be changed"):
            main([str(tmp_path / "premises.jsonl")])


def test_pairs_of_one_assertion_are_kept_apart_together() -> None:
    pair = Pair(assertion="it is red", document="wumpus", sentence=0, relation=0)
    assert learning._every(2, {pair.assertion, "a", "b"}) == {"a", "it is red"}
