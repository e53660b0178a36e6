import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import get_args

import pytest

from app import cli_options
from kb.records import Authority, Jurisdiction, Language, Topic
from tests.app.conftest import Program
from tests.embedding_server import environment_for

PROGRAM = [sys.executable, "-c", "from app.cli import main; main()"]
ROOT = Path(__file__).parents[2]
COMMANDS = [
    ["ingest"], ["ask"], ["search"], ["show"], ["generations"], ["rollback"], ["replay"], ["eval", "run"],
    ["eval", "compare"], ["serve"], ["doctor"],
    ["sources", "fetch"], ["sources", "status"],
]  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_explains_itself_and_takes_a_home(kb: Program, command: list[str]) -> None:
    outcome = kb(*command, "--help")
    assert outcome.code == 0
    assert "--home" in outcome.out
    assert outcome.err == ""


@pytest.mark.parametrize(
    "arguments",
    [
        ["ask"],
        ["ask", ""],
        ["ask", "  \n"],
        ["search", " "],
        ["ask", "What?", "--colour", "red"],
        ["ask", "What?", "--as-of", "yesterday"],
        ["ask", "What?", "--as-of", "2026-02-30"],
        ["ask", "What?", "--as-of", "2026-1-1"],
        ["ask", "What?", "--as-of", "20260101"],
        ["ask", "What?", "--topic", "cooking"],
        ["ask", "What?", "--jurisdiction", "CA"],
        ["ask", "What?", "--authority", "hearsay"],
        ["ask", "What?", "--language", "fr"],
        ["search", "PTU", "-k", "0"],
        ["search", "PTU", "-k", "many"],
        ["show"],
        ["serve", "--port", "0"],
        ["serve", "--port", "70000"],
        ["eval"],
        ["eval", "run"],
        ["eval", "run", "nowhere.jsonl"],
        ["eval", "compare", "one.json"],
        ["eval", "compare", "one.json", "two.json"],
        ["dance"],
    ],
    ids=" ".join,
)
def test_wrong_usage_ends_with_2_and_says_why(kb: Program, arguments: list[str]) -> None:
    outcome = kb(*arguments)
    assert outcome.code == 2
    assert outcome.err.startswith("kb: ") or "Usage: kb eval" in outcome.out
    assert "Value error" not in outcome.err


def test_no_command_prints_the_help_and_ends_with_2(kb: Program) -> None:
    outcome = kb()
    assert (outcome.code, outcome.err) == (2, "")
    assert "ingest" in outcome.out


def test_an_unknown_setting_is_wrong_usage(kb: Program, small_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KB_COLOUR", "red")
    outcome = kb("ask", "What?", "--home", small_home)
    assert outcome.code == 2
    assert "KB_COLOUR" in outcome.err


@pytest.mark.parametrize(
    "command",
    [
        ["ingest"], ["search", "PTU"], ["show", "ptu-share"], ["generations"], ["rollback", "g"], ["replay", "r"], ["gaps"],
        ["feedback"], ["diff", "g", "g"], ["erase", "ptu-share"], ["eval", "run", "s"], ["eval", "compare", "a", "b"],
        ["serve"], ["sources", "fetch"], ["sources", "status"],
    ],
    ids=" ".join,
)  # fmt: skip
def test_every_command_refuses_an_unknown_setting(
    kb: Program, small_home: Path, monkeypatch: pytest.MonkeyPatch, command: list[str]
) -> None:
    monkeypatch.setenv("KB_FOO", "1")
    outcome = kb(*command, "--home", small_home)
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err.startswith("kb: unknown settings KB_FOO")
    assert kb(*command, "--help").code == 0


def test_the_doctor_tells_of_an_unknown_setting_among_the_rest(
    kb: Program, small_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KB_FOO", "1")
    outcome = kb("doctor", "--home", small_home)
    assert outcome.code == 1
    assert "KB_FOO" in outcome.out


def test_the_options_name_the_values_of_the_records() -> None:
    for names, kind in (
        (cli_options.JurisdictionName, Jurisdiction),
        (cli_options.TopicName, Topic),
        (cli_options.AuthorityName, Authority),
        (cli_options.LanguageName, Language),
    ):
        assert list(get_args(names)) == [member.value for member in kind]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_help_loads_neither_models_nor_databases(command: list[str]) -> None:
    script = "import sys; from app.cli import app; app(sys.argv[1:], standalone_mode=False); print(*sys.modules)"
    ended = subprocess.run(
        [sys.executable, "-c", script, *command, "--help"], capture_output=True, text=True, check=True
    )
    loaded = ended.stdout.splitlines()[-1].split()
    assert not {"kb", "ingest", "evals", "numpy", "torch", "chromadb", "gradio"} & set(loaded)


def test_the_home_is_taken_from_the_environment(kb: Program, small_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KB_HOME", str(small_home))
    assert "4 documents" in kb("generations").out


def test_the_home_is_dot_kb_without_a_word_about_it(kb: Program, small_home: Path) -> None:
    small_home.rename(".kb")
    assert "4 documents" in kb("generations").out


def test_a_closed_pipe_ends_the_program_without_a_word(embedding_url: str, published_home: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        ended = subprocess.run(
            [*PROGRAM, "show", "ptu-share", "--home", str(published_home)],
            stdout=writing, stderr=subprocess.PIPE, text=True, cwd=ROOT, env=environment_for(embedding_url), check=False,
        )  # fmt: skip
    finally:
        os.close(writing)
    assert (ended.returncode, ended.stderr) == (0, "")


@pytest.mark.parametrize("arguments", [["generations"], ["ask", "What is PTU?", "--json"], ["--help"]], ids=" ".join)
def test_a_closed_standard_output_is_a_clear_failure(
    embedding_url: str, small_home: Path, arguments: list[str]
) -> None:
    ended = subprocess.run(
        ["sh", "-c", 'exec "$@" >&-', "sh", *PROGRAM, *arguments],
        stderr=subprocess.PIPE, text=True, cwd=ROOT, check=False,
        env=environment_for(embedding_url) | {"KB_HOME": str(small_home)},
    )  # fmt: skip
    assert ended.returncode == 1
    assert ended.stderr == "kb: standard output is closed; send it to a file, or to /dev/null\n"


def test_a_closed_standard_error_keeps_no_data_back(embedding_url: str, small_home: Path) -> None:
    ended = subprocess.run(
        ["sh", "-c", 'exec "$@" 2>&-', "sh", *PROGRAM, "ask", "What is PTU?", "--json"],
        stdout=subprocess.PIPE, text=True, cwd=ROOT, check=False,
        env=environment_for(embedding_url) | {"KB_HOME": str(small_home)},
    )  # fmt: skip
    assert ended.returncode == 0
    assert json.loads(ended.stdout)["question"] == "What is PTU?"


def test_an_interrupt_ends_with_130_and_one_line(embedding_url: str, small_corpus: Path, tmp_path: Path) -> None:
    # The embedding "server" accepts and never answers: the program is interrupted in the middle of its work.
    silent = socket.create_server(("127.0.0.1", 0))
    # A shell's background jobs ignore interrupts, and their children inherit it.
    listening = (
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); from app.cli import main; main()"
    )
    environment = environment_for(f"http://127.0.0.1:{silent.getsockname()[1]}/v1")
    with silent, subprocess.Popen(
        [sys.executable, "-c", listening, "ingest", str(small_corpus), "--home", str(tmp_path / "home")],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT, env=environment,
    ) as program:  # fmt: skip
        connection, _ = silent.accept()
        time.sleep(0.2)
        program.send_signal(signal.SIGINT)
        out, err = program.communicate(timeout=60)
        connection.close()
    assert program.returncode == 130
    assert err.splitlines()[-1] == "kb: interrupted"
    assert "Traceback" not in err
    assert out == ""
