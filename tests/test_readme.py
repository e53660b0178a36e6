import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import SecretStr

from app.cli import app
from ingest import publish
from ingest.read import read_document
from ingest.scan import scan_folder
from kb.settings import PREFIX, Settings
from tests.embedders import HashingEmbedder
from tests.embedding_server import MODEL, embedding_server
from tests.small_corpus import write_small_corpus

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
SAMPLE = README.split("```")[3]


def test_a_real_answer_with_its_citation_stands_by_line_30() -> None:
    head = "\n".join(README.splitlines()[:30])
    assert "make run" in head
    assert re.search(r"\[1\]$", head, re.MULTILINE)
    assert re.search(r"^    [a-z-]+:\d+-\d+$", head, re.MULTILINE)


def test_the_sample_answer_is_verbatim_in_the_article_that_it_cites() -> None:
    sources, _ = scan_folder(ROOT / "corpus")
    documents = [read_document(source, lambda text: len(text) < 1_500)[0] for source in sources]
    texts = {document.id: document.text for document in documents if document}
    statements = dict(re.findall(r"^(\S.*) \[(\d)\]$", SAMPLE, re.MULTILINE))
    places = re.findall(r"^\[(\d)\] .*\n    ([a-z0-9-]+):(\d+)-(\d+)$", SAMPLE, re.MULTILINE)
    assert len(places) == len(statements) == 3
    for statement, number in statements.items():
        document, start, end = next(place[1:] for place in places if place[0] == number)
        assert texts[document][int(start) : int(end)] == statement


def test_every_command_of_the_program_is_in_the_table() -> None:
    rows = [line for line in README.splitlines() if line.startswith("| `kb")]
    named = set(re.findall(r"`kb (\w+(?: run| compare| fetch| status)?)", "\n".join(rows)))
    known = {command.callback.__name__.replace("_", " ") for command in app.registered_commands if command.callback}
    assert named == known | {"eval run", "eval compare", "sources fetch", "sources status"}


@pytest.mark.parametrize("line", re.findall(r"`(kb [a-z][^`]*)`", README))
def test_every_option_that_is_named_exists(line: str) -> None:
    words = re.findall(r"kb ((?:eval|sources) \w+|\w+)", line)[0].split()
    ended = subprocess.run(
        [sys.executable, "-c", "from app.cli import main; main()", *words, "--help"],
        capture_output=True, text=True, cwd=ROOT, check=True,
    )  # fmt: skip
    for option in re.findall(r"(?<!\w)--?[a-z][a-z-]*", line):
        assert option in ended.stdout


def test_every_make_target_that_is_named_exists() -> None:
    text = README + (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    targets = set(re.findall(r"^make (\w+)|`make (\w+)", text, re.MULTILINE))
    for target in {one or other for one, other in targets}:
        assert subprocess.run(["make", "-n", target], cwd=ROOT, capture_output=True, check=False).returncode == 0, (
            target
        )


def test_the_settings_table_is_the_settings() -> None:
    rows = re.findall(r"^\| `(KB_\w+)` \| (?:`(.*?)`)? ?\| (.*) \|$", README, re.MULTILINE)
    assert rows == [
        (PREFIX + name.upper(), default_of(field.default), field.description)
        for name, field in Settings.model_fields.items()
    ]


def default_of(value: object) -> str:
    return "" if value is None or isinstance(value, SecretStr) else str(value)


def test_the_python_example_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code = re.search(r"```python\n(.*?)```", README, re.DOTALL)
    assert code is not None
    home = tmp_path / ".kb"
    publish(write_small_corpus(tmp_path / "corpus"), home, embedder=HashingEmbedder(f"server:{MODEL}"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KB_EMBEDDING_MODEL", MODEL)
    with embedding_server() as url:
        monkeypatch.setenv("KB_EMBEDDING_URL", url)
        exec(code.group(1), {})  # noqa: S102  the README's own words


def test_the_project_names_no_place_of_one_machine() -> None:
    git = shutil.which("git")
    if git is None or not (ROOT / ".git").exists():
        pytest.skip("not a git clone")
    pattern = r"/(work|tmp|root|home)/[A-Za-z]"
    found = subprocess.run(
        [git, "grep", "-nIE", pattern, "--", "README.md", "CONTRIBUTING.md", "Makefile", ".ci", "constraints.txt"],
        capture_output=True, text=True, cwd=ROOT, check=False,
    )  # fmt: skip
    assert found.stdout == ""
