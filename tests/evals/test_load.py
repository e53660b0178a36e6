"""The load script against a small server of ours: what it times, what it calls a fault, and that it ends."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from evals.cases import Case
from evals.load import (
    Asked,
    Person,
    alone,
    asked_by,
    at_the_same_instant,
    learn,
    main,
    p95,
    row,
    slow_clients,
    together,
)
from kb.records import Language

CASES = [
    Case(id=f"case-{n}", question=f"Question {n}?", language=Language.EN, category="x", expect="answer")
    for n in range(6)
]


@contextmanager
def answering(wrong_after: int = 10_000, status: int = 200, idle_seconds: float = 5.0) -> Iterator[int]:
    """The port of a server that answers each question with itself, and with something else from the n-th request on."""
    count = threading.Semaphore(wrong_after)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = idle_seconds

        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            text = asked["question"] if count.acquire(blocking=False) else "something else"
            answer = {"status": "answered", "statements": [text], "citations": [], "reason": None, "generation": "g1"}
            body = json.dumps({**answer, "receipt": str(time.monotonic_ns())}).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002  the base class names it so
            """Say nothing on the terminal."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def faults(asked: list[Asked]) -> list[str]:
    return [one.fault for one in asked if one.fault]


def test_everybody_who_is_answered_as_one_alone_has_no_fault() -> None:
    with answering() as port:
        right = learn(port, CASES)
        scenes = [
            alone(port, CASES, right),
            together(port, CASES[:2], right, people=5, pause=0.01),
            at_the_same_instant(port, CASES, right, people=5, rounds=3),
        ]
    assert [len(scene) for scene in scenes] == [6, 10, 15]
    assert [faults(scene) for scene in scenes] == [[], [], []]


def test_another_answer_than_to_one_alone_is_a_fault() -> None:
    with answering(wrong_after=len(CASES) + 2) as port:
        asked = alone(port, CASES, learn(port, CASES))
    assert [bool(one.fault) for one in asked] == [False, False, True, True, True, True]
    assert "another answer" in asked[-1].fault


def test_a_refusal_is_a_fault_with_its_status() -> None:
    with answering(status=503) as port:
        (asked,) = alone(port, CASES[:1], {"case-0": ""})
    assert "status 503" in asked.fault


def test_a_connection_that_the_server_closed_meanwhile_is_opened_anew() -> None:
    with answering(idle_seconds=0.1) as port:
        right = learn(port, CASES)
        person = Person(port)
        first = asked_by(person, CASES[0], right)
        time.sleep(0.5)
        second = asked_by(person, CASES[1], right)
        person.leave()
    assert (first.fault, second.fault) == ("", "")


def test_a_server_that_is_not_there_is_a_fault_and_no_crash() -> None:
    with answering() as port:
        pass
    assert "refused" in asked_by(Person(port), CASES[0], {"case-0": ""}).fault.lower()


def test_slow_clients_end_with_the_block() -> None:
    with answering() as port, slow_clients(port, "Question?", count=4):
        right = learn(port, CASES)
        assert faults(alone(port, CASES, right)) == []
    assert not [thread for thread in threading.enumerate() if "dawdle" in thread.name]


def test_the_report_gives_percentile_faults_and_ratio() -> None:
    asked = [Asked(seconds=seconds / 100) for seconds in range(1, 100)] + [Asked(seconds=1.0, fault="x")]
    assert p95(asked) == pytest.approx(0.9505)
    line = row("scene", asked, base=0.5)
    assert "100 asked   1 faults" in line
    assert "1.90 x alone" in line


@pytest.mark.parametrize(
    "arguments", [["--people", "51"], ["--people", "0"], ["--questions", "999"], ["--pause", "-1"]]
)
def test_more_than_is_bounded_is_refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(arguments)
    assert "at most" in capsys.readouterr().err


def test_a_server_that_can_t_answer_ends_it_at_once() -> None:
    with answering(status=503) as port, pytest.raises(SystemExit, match="status 503"):
        learn(port, CASES)
