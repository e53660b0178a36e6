"""Which files of a folder are guidance, and what is said about the others."""

import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from ingest.publish import RefusedError, publish
from ingest.read import read_document
from ingest.scan import scan_folder
from kb.errors import IngestError
from tests.embedders import HashingEmbedder
from tests.ingest.writing import write_article

BODY = "# A title\n\nA sentence stands here.\n"


def scan(folder: Path) -> tuple[list[str], list[str]]:
    sources, findings = scan_folder(folder)
    return [source.path for source in sources], [str(finding) for finding in findings]


def test_guidance_is_found_at_every_depth_in_a_stable_order(tmp_path: Path) -> None:
    for name in ("b.md", "a/z.md", "a/deep/er/y.txt", "A.PDF"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
    assert scan(tmp_path)[0] == ["A.PDF", "a/deep/er/y.txt", "a/z.md", "b.md"]


@pytest.mark.parametrize(
    "name", ["README.md", "sub/readme.md", ".hidden.md", ".git/a.md", "_defaults.yaml", "_gate.jsonl"]
)
def test_what_is_no_guidance_is_passed_over_in_silence(tmp_path: Path, name: str) -> None:
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / name).write_text("x")
    assert scan(tmp_path) == ([], [])


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("notes.odt", "notes.odt: warning: no loader reads this format; the file is left out"),
        ("_draft.md", "_draft.md: info: its name begins with _; it is left out"),
        ("gone.pdf.yaml", "gone.pdf.yaml: warning: is a sidecar without its file"),
        ("defaults.yml", "defaults.yml: warning: no loader reads this format"),
    ],
)
def test_whatever_else_is_left_out_is_told(tmp_path: Path, name: str, expected: str) -> None:
    (tmp_path / name).write_text("x")
    paths, findings = scan(tmp_path)
    assert paths == []
    assert findings[0].startswith(expected)


def test_links_out_of_the_folder_to_folders_and_to_nothing_are_told(tmp_path: Path) -> None:
    folder, outside = tmp_path / "corpus", tmp_path / "outside"
    folder.mkdir()
    write_article(outside, "secret.md", BODY)
    (folder / "link.md").symlink_to(outside / "secret.md")
    (folder / "folder").symlink_to(outside)
    (folder / "broken.md").symlink_to("nothing.md")
    (folder / "loop.md").symlink_to("loop.md")
    paths, findings = scan(folder)
    assert paths == []
    assert [finding.split(": ")[0] for finding in findings] == ["folder", "broken.md", "link.md", "loop.md"]


def test_sidecars_and_defaults_outside_the_folder_are_not_read(tmp_path: Path) -> None:
    folder, outside = tmp_path / "corpus", tmp_path / "keys.yaml"
    folder.mkdir()
    outside.write_text("authority: statute\njurisdiction: US\ntopics: [hipaa]\n")
    (folder / "a.txt").write_text("A sentence stands here.")
    (folder / "a.txt.yaml").symlink_to(outside)
    (folder / "_defaults.yaml").symlink_to(outside)
    sources, findings = scan_folder(folder)
    assert (sources[0].sidecar, sources[0].defaults) == (None, ())
    assert [finding.code for finding in findings] == ["outside", "outside"]


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.md")
    assert scan(tmp_path)[1] == ["pipe.md: warning: is not a file that can be read; it is left out"]


@pytest.mark.parametrize("name", ["with space.md", "Ñandú (v2).md", 'it\'s "quoted".md', "a.b.c.md", "$HOME;rm.md"])
def test_odd_names_are_names(tmp_path: Path, name: str) -> None:
    write_article(tmp_path / "corpus", name, BODY)
    report = publish(tmp_path / "corpus", tmp_path / "home", embedder=HashingEmbedder())
    assert report.added == (name.removesuffix(".md"),)


@pytest.mark.parametrize("name", [b"line\nbreak.md", b"latin\xf1.md", b"bell\x07.md"])
def test_a_name_that_cannot_be_shown_is_escaped_and_needs_an_id(tmp_path: Path, name: bytes) -> None:
    folder = tmp_path / "corpus"
    path = write_article(folder, "sound.md", BODY)
    odd = os.fsencode(folder) + b"/" + name
    path.rename(os.fsdecode(odd))
    with pytest.raises(RefusedError, match=r"\\.*\.md: id: the file's name can't serve as one; set it") as refused:
        publish(folder, tmp_path / "home", embedder=HashingEmbedder())
    assert len(str(refused.value).splitlines()) == 2
    write_article(folder, os.fsdecode(name), BODY, more="id: sound\n")
    assert publish(folder, tmp_path / "home", embedder=HashingEmbedder()).added == ("sound",)


def test_one_name_in_two_spellings_of_unicode_is_one_id(tmp_path: Path) -> None:
    write_article(tmp_path, "an\u0303o.md", BODY)
    sources, _ = scan_folder(tmp_path)
    document, _ = read_document(sources[0], HashingEmbedder().fits)
    assert document is not None
    assert document.id == "año"


def test_two_files_whose_names_differ_only_in_their_form_of_unicode_are_refused_by_both_names(tmp_path: Path) -> None:
    write_article(tmp_path / "corpus", "c\u00e1lculo.md", BODY)
    write_article(tmp_path / "corpus", "ca\u0301lculo.md", BODY.replace("here", "there"), more="id: another\n")
    names = r"cálculo\.md: is the name of two files, 'ca\\u0301lculo\.md' and 'c\\xe1lculo\.md'"
    with pytest.raises(RefusedError, match=names) as refused:
        publish(tmp_path / "corpus", tmp_path / "home", embedder=HashingEmbedder())
    assert len(str(refused.value).splitlines()) == 2


def test_two_files_with_one_id_are_refused(tmp_path: Path) -> None:
    write_article(tmp_path / "corpus", "one.md", BODY, more="id: same\n")
    write_article(tmp_path / "corpus", "two.md", BODY, more="id: same\n")
    with pytest.raises(RefusedError, match=r"two\.md:7: id: 'same' is also the id of one\.md; ids are unique"):
        publish(tmp_path / "corpus", tmp_path / "home", embedder=HashingEmbedder())


def test_a_file_instead_of_a_folder_is_refused(tmp_path: Path) -> None:
    path = write_article(tmp_path, "one.md", BODY)
    with pytest.raises(IngestError, match=r"one\.md: is a file; name the folder that holds it"):
        scan_folder(path)


UNREADABLE = """
import os, sys
from pathlib import Path
from ingest.read import read_document
from ingest.scan import scan_folder
if os.getuid() == 0:
    os.setuid(65534)
sources, findings = scan_folder(Path(sys.argv[1]))
for source in sources:
    findings += read_document(source, lambda text: True)[1]
print("\\n".join(map(str, findings)))
"""


def test_what_may_not_be_read_is_an_error_for_its_articles_would_vanish() -> None:
    with TemporaryDirectory() as place:  # pytest's own folders are closed to other users
        folder = Path(place)
        folder.chmod(0o755)
        write_article(folder / "closed", "a.md", BODY)
        write_article(folder, "locked.md", BODY).chmod(0)
        (folder / "closed").chmod(0)
        command = [sys.executable, "-c", UNREADABLE, place]
        run = subprocess.run(command, cwd=Path(__file__).parents[2], capture_output=True, text=True, check=True)
        (folder / "closed").chmod(0o700)
    assert run.stdout.splitlines() == [
        "closed: can't be read (Permission denied); give read access or take it out",
        "locked.md: can't be read (Permission denied); give read access or take it out",
    ]
