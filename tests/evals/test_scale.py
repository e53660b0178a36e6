"""The benchmark of size on a small folder: it finds what it says it measures."""

from pathlib import Path

from evals.scale import CheapEmbedder, measure
from tests.ingest.writing import write_article


def test_an_interrupted_ingest_goes_on_and_a_change_embeds_little(tmp_path: Path) -> None:
    folder = tmp_path / "corpus"
    for article in range(4):
        sentences = " ".join(f"The rule of article {article} has the number {n} here." for n in range(250))
        write_article(folder, f"article-{article}.md", f"# Article {article}\n\n## What is the rule?\n\n{sentences}\n")
    lines = "\n".join(measure(folder, tmp_path / "home", CheapEmbedder(), sample=50))
    assert "4 documents, " in lines
    assert "interrupted after 512 texts and taken up again: 0 texts embedded twice" in lines
    assert "ingest / bare embedder: " in lines
    assert "memory at most: " in lines
    assert "documents changed: article-0" in lines
    changed = next(line for line in lines.splitlines() if line.startswith("one article changed"))
    assert int(changed.split(" texts embedded")[0].split()[-1]) <= 3
