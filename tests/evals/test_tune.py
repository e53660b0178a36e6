import json
from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from safetensors import safe_open

from evals import tune
from evals.cases import read_cases
from evals.tune import (
    TuningQuestion,
    WrittenQuestion,
    describe,
    learn,
    main,
    ranks,
    read_lines,
)
from evals.tuning_targets import Targets, targets_of
from kb.errors import UsageError
from kb.knowledge_base import KnowledgeBase
from kb.models.answerability import read_answerability
from kb.models.known_questions import asked_before, read_known_questions
from kb.models.question_tuning import read_tuning
from kb.records import Language
from kb.text.words import fold
from tests.embedders import HashingEmbedder
from tests.kb.asking import article, published
from tests.shared_sources import SHARED

ROOT = Path(__file__).parents[2]
QUESTIONS = ROOT / "evals/tuning/questions.jsonl"
UNANSWERED = ROOT / "evals/tuning/unanswered.jsonl"
SETS = ROOT / "evals/sets"
# What everybody calls a thing, and what the articles call it.
WORDS = {
    "gremlin": "wumpus", "ogre": "zorbatron", "pixie": "quibble", "troll": "snark", "imp": "boojum",
    "elf": "jabber", "gnome": "tove", "nymph": "rath", "sprite": "borogove", "dwarf": "mome",
}  # fmt: skip
ARTICLES = [
    article(name, f"# {name.title()}\n\nThe {name} weighs {number} stones.\n\n## Food\n\nEach {name} eats {number} pies.\n")
    for number, name in enumerate(WORDS.values(), 2)
]  # fmt: skip
ASKED = (
    "How heavy is the {}?",
    "Tell me the {} and its weight",
    "is a {} heavy",
    "Well, how heavy is the {} and is it heavy at all",
)


def question(text: str, document: str, *answers: str) -> TuningQuestion:
    return TuningQuestion(question=text, language=Language.EN, document=document, answers=answers)


def asked(wordings: Sequence[str]) -> list[TuningQuestion]:
    return [
        question(wording.format(said), meant, f"The {meant} weighs {number} stones.")
        for wording in wordings
        for number, (said, meant) in enumerate(WORDS.items(), 2)
    ]


def written(path: Path, questions: Sequence[TuningQuestion]) -> Path:
    rows = [
        {"question": q.question, "language": q.language.value, "document": q.document, "answers": list(q.answers)}
        for q in questions
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def test_words_that_guidance_does_not_use_are_learned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tune, "ROUNDS", 100)  # of one step each with so few questions
    embedder = HashingEmbedder()
    with published(tmp_path, *ARTICLES) as base:
        targets = targets_of(base.generation)
    seen, unseen = asked(ASKED[:3]), asked(ASKED[3:])
    learned = learn(
        np.stack([embedder.embed_query(item.question) for item in seen]),
        [targets.answers(item.document, item.answers) for item in seen],
        targets,
        embedder.identity,
    )
    everything = replace(learned, whole_to=2.0, nothing_from=3.0)  # so few questions differ in few directions
    vectors = np.stack([embedder.embed_query(item.question) for item in unseen])
    answers = [targets.answers(item.document, item.answers) for item in unseen]
    assert (ranks(vectors, answers, targets) == 1).mean() < 0.5
    assert (ranks(everything.tune(vectors, vectors), answers, targets) == 1).mean() > 0.9


def test_most_of_the_questions_learned_from_are_turned_as_a_whole_and_the_strangest_not() -> None:
    draws = np.random.default_rng(1)
    rows = draws.normal(size=(400, 128)) * np.linspace(1.0, 0.1, 128)
    vectors = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    targets = Targets(
        passages=vectors[:9], headings=vectors[:9], sentences=vectors[:9], passage_of=np.arange(9), places={}
    )
    learned = learn(vectors, [[row % 9] for row in range(400)], targets, "any")
    strange = learned.strangeness(vectors)
    assert (strange <= learned.whole_to).mean() == pytest.approx(0.90, abs=0.01)
    assert (strange >= learned.nothing_from).mean() == pytest.approx(0.01, abs=0.005)


def test_an_answer_is_found_whatever_its_line_breaks_and_left_out_where_it_is_gone(tmp_path: Path) -> None:
    with published(tmp_path, *ARTICLES) as base:
        targets = targets_of(base.generation)
    assert len(targets.answers("wumpus", ["The wumpus\n  weighs 2 stones."])) == 1
    assert targets.answers("wumpus", ["The wumpus weighs 99 stones."]) == []
    assert targets.answers("no-such-document", ["The wumpus weighs 2 stones."]) == []


def test_the_command_keeps_apart_what_a_set_asks_and_writes_the_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    case = {"id": "a", "question": ASKED[0].format("ogre"), "language": "en", "category": "x", "expect": "abstain"}
    apart = tmp_path / "set.jsonl"
    apart.write_text(json.dumps(case) + "\n", encoding="utf-8")
    lost = question("How old is the gremlin?", "wumpus", "The wumpus is as old as time.")
    questions = written(tmp_path / "questions.jsonl", [*asked(ASKED), lost])
    nothing = tmp_path / "unanswered.jsonl"
    nothing.write_text('{"question": "What does a wumpus cost?", "language": "en"}\n', encoding="utf-8")
    change, known = tmp_path / "change.safetensors", tmp_path / "known.safetensors"
    network = tmp_path / "network.safetensors"
    files = {"--apart": apart, "--home": tmp_path, "--unanswered": nothing, "--write": change, "--known": known}
    files["--answerability"] = network
    with published(tmp_path, *ARTICLES) as base:
        monkeypatch.setattr(KnowledgeBase, "open", lambda _: base)
        assert main([str(questions), *(str(part) for pair in files.items() for part in pair)]) == 0
        held = asked_before(read_known_questions(known), base.generation.documents.values())
        again = tmp_path / "again.safetensors"
        keeping = ["--unanswered", str(nothing), "--change", str(change), "--home", str(tmp_path)]
        assert main([str(questions), *keeping, "--apart", str(apart), "--known", str(again)]) == 0
    np.testing.assert_allclose(read_known_questions(again).vectors, read_known_questions(known).vectors, atol=0.02)
    output = capsys.readouterr().out
    assert "39 of 41 questions: 1 are like one of a set, 1 have no answer in this library; 1 of 1 without an" in output
    assert held is not None
    assert read_tuning(change).model == held.questions.model == HashingEmbedder().identity
    assert len(held.answers) == held.questions.answered.sum() == 39
    assert len(held.questions.vectors) == 40
    assert read_answerability(network).model == HashingEmbedder().identity


def test_the_command_tells_what_is_learned_does_for_documents_kept_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    questions = written(tmp_path / "questions.jsonl", asked(ASKED))
    with published(tmp_path, *ARTICLES) as base:
        monkeypatch.setattr(KnowledgeBase, "open", lambda _: base)
        assert main([str(questions), "--home", str(tmp_path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[1] == "sentences found for 8 questions on documents kept apart"
    assert [line.split()[0] for line in lines[2:]] == ["plain", "tuned"]
    assert not list(tmp_path.glob("*.safetensors"))


def test_a_change_of_another_model_is_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    questions = written(tmp_path / "questions.jsonl", asked(ASKED))
    with published(tmp_path, *ARTICLES) as base:
        monkeypatch.setattr(KnowledgeBase, "open", lambda _: base)
        packaged = str(ROOT / "kb/models/question_tuning.safetensors")
        with pytest.raises(UsageError, match="learn it anew"):
            main([str(questions), "--change", packaged, "--known", str(tmp_path / "known")])
        with pytest.raises(SystemExit):
            main([str(questions), "--change", packaged])


def test_a_bad_line_is_named(tmp_path: Path) -> None:
    path = written(tmp_path / "questions.jsonl", asked(ASKED[:1])[:1])
    path.write_text(path.read_text(encoding="utf-8") + '{"question": "?"}\n', encoding="utf-8")
    with pytest.raises(UsageError, match=r"questions\.jsonl:2"):
        read_lines(path, TuningQuestion)
    with pytest.raises(UsageError, match="can't be read"):
        read_lines(tmp_path / "nothing.jsonl", TuningQuestion)


def test_ranks_are_described() -> None:
    assert describe(np.array([1, 2, 20])) == "R@1 0.333  R@5 0.667  R@14 0.667  MRR 0.517"


def _written() -> set[str]:
    items = (*read_lines(QUESTIONS, TuningQuestion), *read_lines(UNANSWERED, WrittenQuestion))
    return {fold(item.question).strip() for item in items}


def _asked_in(path: Path) -> set[str]:
    return {fold(case.question).strip() for case in read_cases(path)}


def test_no_question_of_an_evaluation_set_was_learned_from() -> None:
    learned = _written()
    assert len(learned) > 1_000
    for path in (
        SETS / f"{name}.jsonl"
        for name in ("staff", "facts", "plain", "nearmiss", "premises", "colloquial", "followups")
    ):
        assert not learned & _asked_in(path)


def test_no_development_question_was_learned_from() -> None:
    development = SHARED / "questions" / "development.jsonl"
    if not development.exists():
        pytest.skip("../shared is not there, so its questions can't be compared")
    assert not {fold(item.question).strip() for item in read_lines(QUESTIONS, TuningQuestion)} & _asked_in(development)


def test_the_packaged_change_was_learned_from_these_questions() -> None:
    with safe_open(ROOT / "kb/models/question_tuning.safetensors", framework="numpy") as file:
        origin = json.loads(file.metadata()["learned_from"])
    assert origin["sha256"] == sha256(QUESTIONS.read_bytes()).hexdigest()
