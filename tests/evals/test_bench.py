from pathlib import Path

import pytest

from evals.bench import ask_ratio, ingest_ratio, quality_table
from evals.cases import Case
from evals.starter_baseline import StarterAnswer, ask_starter, build_starter, score_starter
from kb import KnowledgeBase
from tests.embedders import HashingEmbedder
from tests.small_corpus import QUESTION, write_small_corpus

CASE = Case.model_validate(
    {
        "id": "a",
        "question": QUESTION,
        "language": "en",
        "category": "repse",
        "expect": "answer",
        "facts": [["three years"], ["STPS"]],
        "forbidden": ["10%"],
    }
)


def test_the_starter_answers_with_the_text_of_its_top_three_files(tmp_path: Path) -> None:
    retriever = build_starter(write_small_corpus(tmp_path), HashingEmbedder())
    answer = ask_starter(retriever, CASE)
    assert "must be renewed every three years" in answer.text
    assert answer.text.count("title: ") == 3


def test_the_starter_is_scored_by_our_rules() -> None:
    result = score_starter(CASE, StarterAnswer(text="It is three years, or 10%.", latency_ms=2.0))
    assert (result.facts_found, result.facts_of, result.forbidden, result.answered) == (1, 2, True, True)


def test_an_answer_is_cut_after_so_many_words() -> None:
    answer = StarterAnswer(text="It is three\nyears, or 10%.", latency_ms=2.0)
    assert answer.shortened(4).text == "It is three years,"


def test_the_benchmark_prints_ratios_and_a_table(small_base: KnowledgeBase, tmp_path: Path) -> None:
    assert ask_ratio(small_base, [CASE]).startswith("warm ask / bare query embeddings: ")
    corpus = write_small_corpus(tmp_path / "corpus")
    assert "bare embedder on the same" in ingest_ratio(corpus, HashingEmbedder())
    table = quality_table(small_base, corpus, [CASE])
    recall = next(line for line in table.splitlines() if line.startswith("fact_recall"))
    assert recall.split()[1] == "0.500"


@pytest.mark.parametrize("name", ["fact_recall", "abstention_recall", "latency_ms_p95", "words an answer, median"])
def test_the_table_has_a_row_for_each_measure(small_base: KnowledgeBase, tmp_path: Path, name: str) -> None:
    assert name in quality_table(small_base, write_small_corpus(tmp_path), [CASE])
