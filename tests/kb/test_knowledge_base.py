import os
import shutil
import stat
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from ingest import publish
from kb import Answer, Filters, KnowledgeBase
from kb.errors import DocumentNotFoundError, ModelError, ReceiptError, UsageError
from kb.generation import Generation, open_generation
from kb.home import Home
from kb.receipts import load_receipt
from kb.records import NoticeKind, Status
from tests.embedders import HashingEmbedder
from tests.kb.asking import LENIENT, opened
from tests.small_corpus import QUESTION, write_small_corpus

SHARE = "What percentage of profits do workers receive as profit sharing?"


@pytest.fixture(scope="module")
def published_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("home")
    publish(write_small_corpus(place / "corpus"), place / "home", embedder=HashingEmbedder())
    return place


@pytest.fixture
def place(published_home: Path, tmp_path: Path) -> Path:
    """A corpus and its home, to be changed at will."""
    return Path(shutil.copytree(published_home, tmp_path / "place"))


@pytest.fixture
def base(place: Path) -> Iterator[KnowledgeBase]:
    with opened(place / "home") as opened_base:
        yield opened_base


def without_time(answer: Answer) -> Answer:
    return replace(answer, timing_ms={}, receipt=None)


def receipt_of(answer: Answer) -> str:
    assert answer.receipt is not None
    return answer.receipt


# Opening


def test_opening_takes_the_live_generation_and_the_fitted_calibration(place: Path) -> None:
    base = KnowledgeBase.open(place / "home", embedder=HashingEmbedder())
    try:
        assert base.generation.id == base.home.live_id()
        assert base.calibration != LENIENT
    finally:
        base.close()


def test_another_model_than_the_generations_is_refused(place: Path) -> None:
    with pytest.raises(ModelError, match="was built with the model hashing-256, but other is configured; set KB_"):
        KnowledgeBase.open(place / "home", embedder=HashingEmbedder(identity="other"))


# Questions that can't be


@pytest.mark.parametrize("text", ["", "   \n"])
def test_an_empty_question_is_refused(base: KnowledgeBase, text: str) -> None:
    for call in (base.ask, base.search):
        with pytest.raises(UsageError, match="empty"):
            call(text)


def test_an_overlong_question_is_refused(base: KnowledgeBase) -> None:
    for call in (base.ask, base.search):
        with pytest.raises(UsageError, match="10,000 characters, more than 2,000"):
            call("a" * 10_000)


def test_fewer_than_one_hit_is_refused(base: KnowledgeBase) -> None:
    with pytest.raises(UsageError, match="at least 1, not 0"):
        base.search(QUESTION, k=0)


def test_an_unknown_document_is_refused_with_what_to_do(base: KnowledgeBase) -> None:
    with pytest.raises(DocumentNotFoundError, match="no document 'nowhere'; `kb search`"):
        base.document("nowhere")


# Searching and asking


def test_a_search_gives_hits_that_stand_in_their_documents(base: KnowledgeBase) -> None:
    hits = base.search(QUESTION, k=3, filters=Filters(jurisdiction="MX"))
    assert hits[0].document_id == "repse-renewal"
    for hit in hits:
        assert base.document(hit.document_id).text[hit.passage.start : hit.passage.end] == hit.passage.text


def test_history_may_hold_questions_with_and_without_their_answers(base: KnowledgeBase) -> None:
    first = base.ask("What is a REPSE registration?", record=False)
    follow_up = "How often is it renewed?"
    one = base.ask(follow_up, history=[("What is a REPSE registration?", first)], record=False)
    other = base.ask(follow_up, history=["What is a REPSE registration?"], record=False)
    assert one.understood_as == "How often is it renewed? — What is a REPSE registration?"
    assert without_time(one) == without_time(other)


def test_personal_data_is_masked_in_the_answer_and_noted_first(base: KnowledgeBase) -> None:
    answer = base.ask(f"SSN 123-45-6789: {QUESTION}", record=False)
    assert "123-45" not in repr(answer)
    assert answer.notices[0].kind is NoticeKind.PERSONAL_DATA
    assert answer.notices[0].text.startswith("The question held personal data (SSN)")


def test_threads_that_ask_at_once_get_the_answers_they_would_get_alone(base: KnowledgeBase) -> None:
    questions = [QUESTION, SHARE] * 6
    alone = {question: without_time(base.ask(question, record=False)) for question in set(questions)}
    with ThreadPoolExecutor(max_workers=2) as pool:
        together = list(pool.map(lambda question: base.ask(question, record=False), questions))
    assert [without_time(answer) for answer in together] == [alone[question] for question in questions]


# Receipts


def test_a_receipt_is_written_for_the_owner_only_and_masked(base: KnowledgeBase) -> None:
    answer = base.ask(f"SSN 123-45-6789: {QUESTION}", history=["My mail is ana@example.com, what is REPSE?"])
    file = base.home.receipts / f"{answer.receipt}.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    content = file.read_text(encoding="utf-8")
    assert "123-45" not in content
    assert "ana@example.com" not in content
    assert "[SSN]" in load_receipt(base.home, receipt_of(answer)).question


def test_without_record_no_receipt_is_written(base: KnowledgeBase) -> None:
    assert base.ask(QUESTION, record=False).receipt is None
    assert not base.home.receipts.exists()


@pytest.mark.parametrize("question", [QUESTION, f"SSN 123-45-6789: {QUESTION}", "Is there profit sharing in Chile?"])
def test_a_replay_differs_in_nothing(base: KnowledgeBase, question: str) -> None:
    given = base.ask(question, history=["What is REPSE?"], filters=Filters(jurisdiction="MX"))
    receipt, answer, differences = base.replay(receipt_of(given))
    assert differences == []
    assert receipt.answer == given
    assert replace(answer, timing_ms={}) == replace(given, timing_ms={})


def test_a_replay_after_a_new_generation_uses_the_old_one(place: Path, base: KnowledgeBase) -> None:
    given = base.ask(QUESTION)
    article = place / "corpus" / "repse" / "renewal.md"
    article.write_text(article.read_text(encoding="utf-8").replace("three years", "four years"), encoding="utf-8")
    publish(place / "corpus", place / "home", embedder=HashingEmbedder())
    with opened(place / "home") as newer:
        assert newer.generation.id != given.generation
        _, answer, differences = newer.replay(receipt_of(given))
        assert newer.ask(QUESTION, record=False).statements != given.statements
    assert differences == []
    assert answer.generation == given.generation
    assert answer.statements == given.statements


def test_a_replay_keeps_the_calibration_of_its_base(place: Path, base: KnowledgeBase) -> None:
    strict = replace(LENIENT, threshold=1.1)  # nothing suffices
    base.calibration = strict
    given = base.ask(QUESTION)
    assert given.status is Status.ABSTAINED
    (place / "corpus" / "repse" / "renewal.md").unlink()
    publish(place / "corpus", place / "home", embedder=HashingEmbedder())
    with opened(place / "home", strict) as newer:
        assert newer.replay(receipt_of(given))[2] == []


def test_a_replay_tells_what_differs(base: KnowledgeBase) -> None:
    given = base.ask(QUESTION)
    base.calibration = replace(LENIENT, threshold=1.1)  # nothing suffices
    assert base.replay(receipt_of(given))[2] == ["status", "reason", "statements", "citations", "nearest"]


def test_a_missing_receipt_is_refused(base: KnowledgeBase) -> None:
    with pytest.raises(ReceiptError, match="there is no such receipt in this home; check --home"):
        base.replay("r20261122T101500-0123456789ab")


@pytest.mark.parametrize("name", ["../../live", "", "r1", "nonsense"])
def test_what_is_no_receipts_id_is_refused(base: KnowledgeBase, name: str) -> None:
    with pytest.raises(ReceiptError, match="is not the id of a receipt"):
        base.replay(name)


@pytest.mark.parametrize("content", [b"", b"{}", b'{"id": 1}', b"\xff\xfe", b"[" * 40])
def test_a_damaged_receipt_is_refused(base: KnowledgeBase, content: bytes) -> None:
    name = receipt_of(base.ask(QUESTION))
    (base.home.receipts / f"{name}.json").write_bytes(content)
    with pytest.raises(ReceiptError, match=f"{name}.json: the receipt can't be read"):
        base.replay(name)


def test_an_answer_without_room_for_its_receipt_is_still_given(base: KnowledgeBase) -> None:
    base.home.receipts.write_text("a file where the folder should be", encoding="utf-8")
    answer = base.ask(QUESTION)
    assert answer.statements
    assert answer.receipt is None


def test_a_home_that_can_only_be_read_still_answers(base: KnowledgeBase) -> None:
    if os.geteuid() == 0:
        pytest.skip("the superuser may write anywhere")
    base.home.path.chmod(0o500)
    try:
        assert base.ask(QUESTION).receipt is None
    finally:
        base.home.path.chmod(0o700)


def test_a_generation_that_is_replaced_and_deleted_while_it_is_opened_gives_way_to_the_next(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def opening(home: Home, identifier: str) -> Generation:
        asked.append(identifier)
        if len(asked) == 1:
            next((place / "corpus").rglob("*.md")).unlink()
            publish(place / "corpus", place / "home", embedder=HashingEmbedder())
            home.delete(identifier)
        return open_generation(home, identifier)

    monkeypatch.setattr("kb.knowledge_base.open_generation", opening)
    base = KnowledgeBase.open(place / "home", embedder=HashingEmbedder())
    assert base.generation.id == asked[1] != asked[0]
    base.close()


@pytest.mark.parametrize("history", [[], ["\ud800"]])
def test_what_is_no_unicode_is_refused(base: KnowledgeBase, history: list[str]) -> None:
    with pytest.raises(UsageError, match="no valid Unicode"):
        base.ask("Who pays PTU?" if history else "Who pays \udcff PTU?", history=history)
    with pytest.raises(UsageError, match="no valid Unicode"):
        base.search("\ud800")


def test_a_very_long_conversation_can_be_followed_up(base: KnowledgeBase) -> None:
    assert base.ask("And then?", history=["And who pays it?"] * 2_000, record=False).question == "And then?"


def test_the_question_is_shown_as_it_was_given_but_for_what_is_masked(base: KnowledgeBase) -> None:
    assert base.ask("What is  the PTU rate ?", record=False).question == "What is  the PTU rate ?"
    assert "[SSN]" in base.ask("Patient SSN 123-45-6789: what is PTU?", record=False).question
    assert base.ask("SSN 123-45-6789?", record=False).notices[0].kind is NoticeKind.PERSONAL_DATA


def test_a_number_before_its_label_is_masked(base: KnowledgeBase) -> None:
    assert "123456789" not in base.ask("123456789 is his SSN. What is PTU?", record=False).question


@pytest.mark.parametrize("day", ["20261101", "2026-W01-1", "2026-11-01T00:00:00", "today"])
def test_a_day_is_written_in_one_way_alone(day: str) -> None:
    with pytest.raises(UsageError, match="write it as 2026-11-01"):
        Filters(as_of=day)
