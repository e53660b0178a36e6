"""Whole answers to six questions on a tiny corpus of both languages, as they were read and found right.

After a wanted change: `python -m tests.golden.test_answers` writes expected.json anew; read every line of its diff.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from ingest import publish
from kb import Answer, KnowledgeBase
from tests.embedders import HashingEmbedder
from tests.kb.asking import BY_WORDS, TODAY, answered, opened

HERE = Path(__file__).parent
QUESTIONS: list[str] = json.loads((HERE / "questions.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KnowledgeBase]:
    home = tmp_path_factory.mktemp("golden")
    publish(HERE / "corpus", home, embedder=HashingEmbedder(), today=TODAY)
    with opened(home, BY_WORDS) as golden:
        yield golden


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_whole_answer_is_as_expected(base: KnowledgeBase, question: str) -> None:
    expected = json.loads((HERE / "expected.json").read_text(encoding="utf-8"))
    assert shown(answered(base, question)) == expected[question]


def shown(answer: Answer) -> list[str]:
    """The lines that a reader sees: statements with their sources, notices, or the reason and the nearest topics."""
    sources = {c.number: f"[{c.document}:{c.start}-{c.end} {c.pinpoint}]" for c in answer.citations}
    lines = [f"{s.text} {' '.join(sources[number] for number in s.citations)}" for s in answer.statements]
    lines += [f"{notice.kind.value}: {notice.text} {list(notice.citations)}" for notice in answer.notices]
    if answer.reason is not None:
        lines += [answer.reason, *(f"nearest: {topic.title}" for topic in answer.nearest)]
    return lines


if __name__ == "__main__":
    with TemporaryDirectory() as place:
        publish(HERE / "corpus", place, embedder=HashingEmbedder(), today=TODAY)
        with opened(Path(place), BY_WORDS) as current:
            answers = {question: shown(answered(current, question)) for question in QUESTIONS}
    (HERE / "expected.json").write_text(json.dumps(answers, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    sys.stdout.write(f"{len(answers)} answers written\n")
