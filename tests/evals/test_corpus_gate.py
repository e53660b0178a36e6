import json
from pathlib import Path

import pytest

from evals.corpus_gate import corpus_gate
from ingest import publish
from ingest.publish import GateError
from kb.errors import UsageError
from kb.home import Home
from tests.embedders import HashingEmbedder
from tests.small_corpus import QUESTION, UNANSWERABLE, write_small_corpus

RENEWAL = {"id": "renewal", "question": QUESTION, "language": "en", "category": "repse", "expect": "answer"}
KEPT = {**RENEWAL, "facts": [["three years"]]}
BROKEN = {**RENEWAL, "id": "renewal-broken", "facts": [["five years"]]}
SILENCE = {**RENEWAL, "id": "silence", "question": UNANSWERABLE, "expect": "abstain"}


def corpus_with(folder: Path, *cases: object) -> Path:
    corpus = write_small_corpus(folder / "corpus")
    (corpus / "_gate.jsonl").write_text("\n".join(map(json.dumps, cases)), encoding="utf-8")
    return corpus


def test_a_generation_that_answers_every_case_is_published(tmp_path: Path) -> None:
    corpus = corpus_with(tmp_path, KEPT, SILENCE)
    gate = corpus_gate(corpus, HashingEmbedder())
    assert publish(corpus, tmp_path / "home", embedder=HashingEmbedder(), gate=gate).published


def test_a_generation_that_does_not_is_refused_with_the_case_and_what_it_misses(tmp_path: Path) -> None:
    corpus = corpus_with(tmp_path, KEPT, BROKEN)
    publish(corpus, tmp_path / "home", embedder=HashingEmbedder())
    live = Home(tmp_path / "home").live_id()
    (corpus / "ptu" / "share.md").unlink()
    with pytest.raises(GateError, match=r"renewal-broken: misses five years"):
        publish(corpus, tmp_path / "home", embedder=HashingEmbedder(), gate=corpus_gate(corpus, HashingEmbedder()))
    assert Home(tmp_path / "home").generation_ids() == [live]


def test_an_answer_to_what_no_source_answers_is_refused(tmp_path: Path) -> None:
    corpus = corpus_with(tmp_path, {**KEPT, "expect": "abstain", "facts": []})
    with pytest.raises(GateError, match="renewal: answers, though no source does"):
        publish(corpus, tmp_path / "home", embedder=HashingEmbedder(), gate=corpus_gate(corpus, HashingEmbedder()))


def test_a_folder_without_cases_has_no_gate(tmp_path: Path) -> None:
    assert corpus_gate(write_small_corpus(tmp_path), HashingEmbedder()) is None


def test_faulty_cases_are_refused_before_anything_is_built(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="facts"):
        corpus_gate(corpus_with(tmp_path, {**KEPT, "facts": "three years"}), HashingEmbedder())
