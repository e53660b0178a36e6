from pathlib import Path

import pytest

from ingest.file_report import report_as_markdown
from ingest.publish import RefusedError, publish
from kb.records import Severity
from tests.embedders import HashingEmbedder
from tests.ingest.writing import write_article

LAW = "Ley Federal del Trabajo\nArtículo 1.- Uno.\nArtículo 2.-\nArtículo 3.- Son:\nI. Tres; y\nII. Cuatro.\n"


def folder_with_a_law(folder: Path) -> Path:
    write_article(folder, "ptu.md", "# PTU\n\n## What is it?\n\nA share.\n")
    (folder / "lft.txt").write_text(LAW)
    (folder / "lft.txt.yaml").write_text("authority: statute\njurisdiction: MX\ntopics: [labor]\n")
    return folder


def test_each_file_is_counted(tmp_path: Path) -> None:
    report = publish(folder_with_a_law(tmp_path / "in"), tmp_path / "home", check=True, embedder=HashingEmbedder())
    law, article = report.files
    assert (law.path, law.document, law.pinpoints, law.errors) == ("lft.txt", "lft", 5, 0)
    assert (article.path, article.pinpoints, article.passages) == ("ptu.md", 0, 1)
    assert law.characters == len(LAW)


def test_a_file_that_cant_be_read_is_in_the_report_of_the_refusal(tmp_path: Path) -> None:
    folder = folder_with_a_law(tmp_path / "in")
    (folder / "broken.json").write_text("{")
    (folder / "broken.json.yaml").write_text("authority: statute\njurisdiction: MX\ntopics: [labor]\n")
    with pytest.raises(RefusedError) as refusal:
        publish(folder, tmp_path / "home", check=True, embedder=HashingEmbedder())
    broken = refusal.value.files[0]
    assert (broken.path, broken.document, broken.errors) == ("broken.json", None, 1)
    assert "| broken.json | — |" in report_as_markdown(refusal.value.files)
    assert "| 3 files | 2 documents |" in report_as_markdown(refusal.value.files)


def test_an_article_without_text_is_told(tmp_path: Path) -> None:
    report = publish(folder_with_a_law(tmp_path / "in"), tmp_path / "home", check=True, embedder=HashingEmbedder())
    found = [finding for finding in report.findings if finding.code == "provision-without-text"]
    assert [(finding.path, finding.line, finding.severity) for finding in found] == [("lft.txt", 3, Severity.WARNING)]
    assert "LFT art. 2" in found[0].message
