"""Faults of a folder are told all at once, whatever is wrong with a file, and none ends the ingest on its own."""

from pathlib import Path

import pytest

from ingest.loaders.loaded import LoadedText
from ingest.loaders.text import TextLoader
from ingest.publish import RefusedError, publish
from kb.records import Severity
from tests.embedders import HashingEmbedder
from tests.ingest.writing import write_article

BODY = "# A title\n\nA sentence stands here.\n"
FAULTY = "authority: agency\njurisdiction: FR\ntopics: [a, b]\nlanguage: fr\n"
SOUND = "authority: agency\njurisdiction: US\ntopics: [hipaa]\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "corpus").mkdir()
    return tmp_path / "corpus"


def faults(folder: Path) -> list[str]:
    """The place and the field of each fault, in the order in which they are told."""
    with pytest.raises(RefusedError) as refused:
        publish(folder, folder.parent / "home", embedder=HashingEmbedder())
    errors = [finding for finding in refused.value.findings if finding.severity is Severity.ERROR]
    assert len(str(refused.value).splitlines()) == len(errors) + 1
    return [" ".join(str(finding).split(" ")[:2]) for finding in errors]


@pytest.mark.parametrize(
    ("name", "content", "place"),
    [
        ("e.pdf", b"", "e.pdf: not"),
        ("e.docx", b"", "e.docx: not"),
        ("e.txt", "El artículo.\n".encode("latin-1"), "e.txt:1: this"),
    ],
)
def test_a_broken_file_does_not_hide_the_faults_of_its_sidecar(
    folder: Path, name: str, content: bytes, place: str
) -> None:
    (folder / name).write_bytes(content)
    (folder / f"{name}.yaml").write_text(FAULTY)
    fields = ("2: jurisdiction:", "3: topics.0:", "3: topics.1:", "4: language:")
    assert faults(folder) == [*(f"{name}.yaml:{field}" for field in fields), place]


def test_a_markdown_file_in_another_encoding_does_not_hide_its_front_matter(folder: Path) -> None:
    (folder / "e.md").write_bytes(f"---\n{SOUND}language: fr\n---\n# El artículo\n".encode("latin-1"))
    assert faults(folder) == ["e.md:7: this", "e.md:5: language:"]


@pytest.mark.parametrize("content", [b"", "Artículo.\n".encode("latin-1")])
def test_keys_that_may_be_lost_with_the_file_are_not_missed(folder: Path, content: bytes) -> None:
    (folder / "e.md").write_bytes(content)
    assert len(faults(folder)) == 1


def test_defaults_that_cannot_be_read_do_not_hide_the_faults_of_files(folder: Path) -> None:
    (folder / "_defaults.yaml").write_text("title: a: b\n")
    write_article(folder, "a.md", BODY, more="colour: red\n")
    (folder / "b.txt").write_text("A rule stands here.\n")
    assert faults(folder) == ["_defaults.yaml:1: front", "a.md:7: colour:"]


def test_a_sidecar_of_a_markdown_file_does_not_hide_its_front_matter(folder: Path) -> None:
    write_article(folder, "a.md", BODY, more="colour: red\n")
    (folder / "a.md.yaml").write_text(SOUND)
    (folder / "b.md").write_text(BODY)
    (folder / "b.md.yaml").write_text(SOUND)
    assert faults(folder) == ["a.md.yaml: is", "a.md:7: colour:", "b.md.yaml: is"]


def test_a_name_that_is_no_id_is_told_with_the_other_faults(folder: Path) -> None:
    write_article(folder, "bell\x07.md", BODY, more="colour: red\n")
    assert faults(folder) == ["bell\\x07.md:7: colour:", "bell\\x07.md: id:"]


def test_an_id_that_faulty_files_share_is_told(folder: Path) -> None:
    write_article(folder, "one.md", BODY, more="id: same\ncolour: red\n")
    (folder / "two.pdf").write_bytes(b"")
    (folder / "two.pdf.yaml").write_text(f"{SOUND}id: same\n")
    write_article(folder, "same.md", BODY)
    assert faults(folder) == ["one.md:8: colour:", "two.pdf: not", "same.md: id:", "two.pdf.yaml:4: id:"]


def test_a_version_with_faults_is_not_said_to_be_missing(folder: Path) -> None:
    write_article(folder, "new.md", BODY, more="supersedes: [old]\n")
    write_article(folder, "old.md", BODY, more="colour: red\n")
    with pytest.raises(RefusedError) as refused:
        publish(folder, folder.parent / "home", embedder=HashingEmbedder())
    assert [finding for finding in refused.value.findings if finding.code == "supersedes"] == []


def test_a_folder_of_a_strange_name_forges_no_line(folder: Path) -> None:
    write_article(folder / "a\nb", "a.md", BODY)
    (folder / "a\nb" / "_defaults.yaml").write_text("colour: red\n")
    assert faults(folder) == ["a\\nb/_defaults.yaml:1: colour:", "a\\nb/a.md: id:"]


def test_whatever_a_loader_trips_over_is_told_with_the_faults_of_the_others(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def tripping(_loader: TextLoader, _content: bytes) -> LoadedText:
        raise ValueError("substring\nnot \x1b found")

    write_article(folder, "a.md", BODY, more="colour: red\n")
    (folder / "b.txt").write_text("A rule stands here.\n")
    (folder / "b.txt.yaml").write_text(f"{SOUND}language: fr\n")
    with monkeypatch.context() as patched:
        patched.setattr(TextLoader, "load", tripping)
        with pytest.raises(
            RefusedError, match=r"b\.txt: can't be read \(ValueError: substring not \\x1b found\); save"
        ):
            publish(folder, folder.parent / "home", embedder=HashingEmbedder())
        assert faults(folder) == ["a.md:7: colour:", "b.txt.yaml:4: language:", "b.txt: can't"]
    assert faults(folder) == ["a.md:7: colour:", "b.txt.yaml:4: language:"]


def test_a_list_of_contents_that_looks_like_a_table_is_taken_out(folder: Path) -> None:
    entries = (
        "What Is Repse registrationAnd who needs it",
        "How Is Repse renewedAnd when it ends",
        "Who Is FinedAnd how much",
    )
    rule = "The rule on this matter stands here, and it is long enough to be a paragraph of the article."
    text = "\n\n".join(["Repse", "Table of contents", "\n".join(entries), *(f"{entry}\n\n{rule}" for entry in entries)])
    (folder / "a.txt").write_text(f"{text}\n\nContact us today\n\nWe use cookies\n")
    (folder / "a.txt.yaml").write_text(SOUND)
    report = publish(folder, folder.parent / "home", check=True, embedder=HashingEmbedder())
    codes = [finding.code for finding in report.findings]
    assert "left-out" in codes
    assert "table" not in codes
