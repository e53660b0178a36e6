import json
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from tests.app.conftest import Program
from tests.embedding_server import environment_for

ROOT = Path(__file__).parents[2]


@contextmanager
def serving(home: Path, embedding_url: str, port: int) -> Iterator[subprocess.Popen[str]]:
    """A running `kb serve`, ready for requests."""
    command = [
        sys.executable,
        "-c",
        "from app.cli import main; main()",
        "serve",
        "--port",
        str(port),
        "--home",
        str(home),
    ]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT, env=environment_for(embedding_url)
    ) as program:
        try:
            assert program.stderr is not None
            assert "serving on" in program.stderr.readline()
            yield program
        finally:
            program.kill()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def test_the_readme_s_request_is_answered_and_an_interrupt_stops_the_server(
    small_home: Path, embedding_url: str
) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    example = re.search(r"curl -s http://[^/]+(/\S+) -H '([^']+)' .*?-d '(.*?)'", readme, re.DOTALL)
    assert example is not None
    port = free_port()
    with serving(small_home, embedding_url, port) as program:
        name, value = example.group(2).split(": ")
        request = Request(f"http://127.0.0.1:{port}{example.group(1)}", example.group(3).encode(), {name: value})
        with urlopen(request, timeout=60) as response:  # noqa: S310
            answer = json.load(response)
        program.send_signal(signal.SIGINT)
        out, err = program.communicate(timeout=60)
    assert answer["question"] == json.loads(example.group(3))["question"]
    assert answer["as_of"] == json.loads(example.group(3))["as_of"]
    assert program.returncode in (0, 130)
    assert "Traceback" not in err
    assert out == ""


def test_a_port_in_use_is_refused(small_home: Path, embedding_url: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        command = ["serve", "--port", str(taken.getsockname()[1]), "--home", str(small_home)]
        ended = subprocess.run(
            [sys.executable, "-c", "from app.cli import main; main()", *command],
            capture_output=True, text=True, cwd=ROOT, env=environment_for(embedding_url), check=False, timeout=60,
        )  # fmt: skip
    assert ended.returncode == 1
    assert "choose another --port" in ended.stderr


@pytest.mark.parametrize("host", ["ñ" * 80, "192.0.2.1", "no.such.host.invalid"])
def test_an_address_that_is_not_ours_is_refused(kb: Program, small_home: Path, host: str) -> None:
    outcome = kb("serve", "--host", host, "--port", free_port(), "--home", small_home)
    assert outcome.code == 1
    assert f"can't listen on {host}" in outcome.err
    assert "--host" in outcome.err


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from /proc, which only Linux has")
def test_a_conversation_of_200_turns_does_not_stay_in_the_server_s_memory(small_home: Path, embedding_url: str) -> None:
    port = free_port()
    with serving(small_home, embedding_url, port) as program:

        def converse(name: str) -> None:
            conversation = None
            for turn in range(200):
                question = f"How often must a REPSE registration be renewed? ({name} {turn})"
                body = json.dumps({"question": question, "conversation": conversation}).encode()
                request = Request(
                    f"http://127.0.0.1:{port}/chat/ask",
                    body,
                    {"Content-Type": "application/json", "Cookie": f"kb-person={'a' * 43}"},
                )
                with urlopen(request, timeout=60) as response:  # noqa: S310
                    conversation = json.loads(response.read().splitlines()[-1])["conversation"]["id"]

        converse("first")  # after this one everything that is kept once is kept
        before = memory_mib(program.pid)
        converse("second")
        assert memory_mib(program.pid) - before <= 20


def memory_mib(process: int) -> float:
    """Resident memory of a process."""
    status = Path(f"/proc/{process}/status").read_text(encoding="utf-8")
    found = re.search(r"VmRSS:\s+(\d+) kB", status)
    assert found is not None
    return int(found[1]) / 1024
