"""Many people at once: `python -m evals.load` (`make load`). Prints ratios of waiting times and ends with 1 on a fault.

Starts a server of its own on the loopback address and asks it over HTTP, each person in a thread with a connection:

- alone: one person, one question after the other, no pause
- together: people who ask, read for a while, and ask again
- at the same instant: everybody presses Enter at once, some times over
- slow clients: connections that send or read byte by byte, while one person asks

An answer is right when it says and cites the same as the answer to the one person who asked it alone.
"""

import argparse
import http.client
import json
import random
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, perf_counter, sleep

import numpy as np

from evals.cases import Case, read_cases

MOST_PEOPLE = 50
MOST_QUESTIONS = 50
SLOW_CLIENTS = 8
_SECONDS_TO_START = 120.0
_SECONDS_TO_ANSWER = 60.0
_SECONDS_IN_ALL = 600.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """One question as a person lived it. `fault` says what went wrong, empty if nothing."""

    seconds: float
    fault: str = ""


Right = dict[str, str]
"""What an answer says and cites, by the case's id."""


@contextmanager
def running_server(home: Path) -> Iterator[int]:
    """A server of the home in a process of its own. Gives its port; ends it on the way out."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    command = [sys.executable, "-c", "from app.cli import main; main()", "serve", "--home", str(home), "--port", port]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)  # noqa: S603  our own program
    try:
        yield _port_of(process)
    finally:
        process.terminate()
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stderr:
            process.stderr.close()


def _port_of(process: subprocess.Popen[str]) -> int:
    deadline = monotonic() + _SECONDS_TO_START
    said: list[str] = []
    while process.stderr and monotonic() < deadline:
        line = process.stderr.readline()
        if not line:
            break
        said.append(line)
        if found := re.search(r"serving on http://127\.0\.0\.1:(\d+)", line):
            threading.Thread(target=process.stderr.read, daemon=True).start()  # so that it never waits for a reader
            return int(found[1])
    raise SystemExit("the server did not start:\n" + "".join(said))


class Person:
    """Asks over one connection, which is opened again when it was lost."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._connection: http.client.HTTPConnection | None = None

    def ask(self, case: Case) -> tuple[float, int, bytes]:
        """Seconds, status and body. Raises OSError and http.client.HTTPException when the connection fails.

        A connection that the server closed while the person was reading is opened anew, as browsers do.
        """
        body = json.dumps({"question": case.question, "as_of": case.as_of.isoformat() if case.as_of else None})
        started = perf_counter()
        kept = self._connection is not None
        try:
            status, content = self._post(body)
        except (BrokenPipeError, ConnectionResetError, http.client.RemoteDisconnected):
            self.leave()
            if not kept:
                raise
            status, content = self._post(body)
        return perf_counter() - started, status, content

    def _post(self, body: str) -> tuple[int, bytes]:
        if self._connection is None:
            self._connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=_SECONDS_TO_ANSWER)
        self._connection.request("POST", "/api/ask", body, {"Content-Type": "application/json"})
        answer = self._connection.getresponse()
        return answer.status, answer.read()

    def leave(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def what_is_said(body: bytes) -> str:
    """The part of an answer that must be the same whoever asks, and whenever."""
    answer = json.loads(body)
    cited = [(citation["document"], citation["start"], citation["end"]) for citation in answer["citations"]]
    return json.dumps([answer["status"], answer["statements"], cited, answer["reason"], answer["generation"]])


def asked_by(person: Person, case: Case, right: Right) -> Asked:
    """One question, timed and compared."""
    try:
        seconds, status, body = person.ask(case)
    except (OSError, http.client.HTTPException) as error:
        person.leave()
        return Asked(seconds=_SECONDS_TO_ANSWER, fault=f"{case.id}: {type(error).__name__}: {error}")
    if status != 200:
        return Asked(seconds=seconds, fault=f"{case.id}: status {status}: {body[:200]!r}")
    if what_is_said(body) != right[case.id]:
        return Asked(seconds=seconds, fault=f"{case.id}: another answer than to one person alone")
    return Asked(seconds=seconds)


def learn(port: int, cases: Sequence[Case]) -> Right:
    """Every answer once, which also loads what is loaded once. Raises SystemExit where the server can't answer."""
    person = Person(port)
    right: Right = {}
    try:
        for case in cases:
            _, status, body = person.ask(case)
            if status != 200:
                raise SystemExit(f"the server does not answer: status {status}: {body[:300]!r}")
            right[case.id] = what_is_said(body)
    finally:
        person.leave()
    return right


def alone(port: int, cases: Sequence[Case], right: Right) -> list[Asked]:
    """One person, one question after the other."""
    person = Person(port)
    asked = [asked_by(person, case, right) for case in cases]
    person.leave()
    return asked


def together(port: int, cases: Sequence[Case], right: Right, people: int, pause: float) -> list[Asked]:
    """`people` persons, each with the questions in an order of their own, reading for `pause` seconds on average."""

    def one(number: int) -> list[Asked]:
        dice = random.Random(number)  # noqa: S311  seeded, so that runs are alike
        person = Person(port)
        asked = []
        for case in dice.sample(list(cases), len(cases)):
            sleep(dice.uniform(0.2, 1.8) * pause)
            asked.append(asked_by(person, case, right))
        person.leave()
        return asked

    return [asked for each in _in_threads(one, people) for asked in each]


def at_the_same_instant(port: int, cases: Sequence[Case], right: Right, people: int, rounds: int) -> list[Asked]:
    """All persons ask at one instant, each another question where there are enough, `rounds` times."""
    start = threading.Barrier(people)

    def one(number: int) -> list[Asked]:
        person = Person(port)
        asked = []
        for turn in range(rounds):
            start.wait(_SECONDS_IN_ALL)
            asked.append(asked_by(person, cases[(number + turn * people) % len(cases)], right))
        person.leave()
        return asked

    return [asked for each in _in_threads(one, people) for asked in each]


def _in_threads(one: Callable[[int], list[Asked]], people: int) -> list[list[Asked]]:
    results: list[list[Asked]] = [[] for _ in range(people)]

    def run(number: int) -> None:
        results[number] = one(number)

    threads = [threading.Thread(target=run, args=(number,), daemon=True) for number in range(people)]
    for thread in threads:
        thread.start()
    deadline = monotonic() + _SECONDS_IN_ALL
    for thread in threads:
        thread.join(max(0.0, deadline - monotonic()))
    if any(thread.is_alive() for thread in threads):
        raise SystemExit(f"people were still waiting after {_SECONDS_IN_ALL:.0f} seconds")
    return results


@contextmanager
def slow_clients(port: int, question: str, count: int = SLOW_CLIENTS) -> Iterator[None]:
    """Half of them send a question byte by byte, half read an answer byte by byte, until the block ends."""
    ended = threading.Event()
    body = json.dumps({"question": question}).encode()
    head = f"POST /api/ask HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"

    def dawdle(connection: socket.socket, sends_slowly: bool) -> None:
        try:
            connection.sendall(head.encode() + (b"" if sends_slowly else body))
            for byte in body if sends_slowly else range(len(body)):
                if ended.wait(0.1):
                    return
                if sends_slowly:
                    connection.sendall(bytes([byte]))
                else:
                    connection.recv(1)
        except OSError:
            return  # the server may refuse to wait: that is its right

    with ExitStack() as stack:
        threads = []
        for number in range(count):
            connection = stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=_SECONDS_TO_ANSWER))
            threads.append(threading.Thread(target=dawdle, args=(connection, number % 2 == 0), daemon=True))
            threads[-1].start()
        try:
            yield
        finally:
            ended.set()
            for thread in threads:
                thread.join(5)


def p95(asked: Sequence[Asked]) -> float:
    """Seconds within which 95 of 100 were answered, interpolated."""
    return float(np.percentile([one.seconds for one in asked], 95))


def row(name: str, asked: Sequence[Asked], base: float) -> str:
    """A line of the report."""
    faults = sum(bool(one.fault) for one in asked)
    found = p95(asked)
    middle = float(np.median([one.seconds for one in asked]))
    return (
        f"{name:40} {len(asked):5} asked {faults:3} faults   half within {middle * 1000:5.0f} ms   "
        f"95 % within {found * 1000:5.0f} ms   {found / base:5.2f} x alone"
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Run all scenes and print a line for each."""
    parser = argparse.ArgumentParser(prog="python -m evals.load", description=__doc__)
    parser.add_argument("--home", type=Path, default=Path(".kb"), help="a home with a published generation")
    parser.add_argument("--set", type=Path, default=Path("evals/sets/staff.jsonl"))
    parser.add_argument("--people", type=int, default=20)
    parser.add_argument("--questions", type=int, default=10, help="that each of them asks")
    parser.add_argument("--pause", type=float, default=4.0, help="seconds that a person reads, on average")
    options = parser.parse_args(arguments)
    if not (1 <= options.people <= MOST_PEOPLE and 1 <= options.questions <= MOST_QUESTIONS and options.pause >= 0):
        parser.error(f"at most {MOST_PEOPLE} people, {MOST_QUESTIONS} questions, and no negative pause")
    every = [case for case in read_cases(options.set) if not case.history]
    spread = every[:: max(1, len(every) // max(options.people, options.questions))]
    few = spread[: options.questions]
    with running_server(options.home) as port:
        right = learn(port, spread)
        single = alone(port, spread * 3, right)
        base = p95(single)
        rows = {"one person alone": single}
        print(row("one person alone", single, base), flush=True)  # noqa: T201
        scenes: dict[str, Callable[[], list[Asked]]] = {
            f"{options.people} people, reading {options.pause:g} s each time": lambda: together(
                port, few, right, options.people, options.pause
            ),
            f"{options.people} people at the same instant": lambda: at_the_same_instant(
                port, spread, right, options.people, 5
            ),
        }
        for name, scene in scenes.items():
            rows[name] = scene()
            print(row(name, rows[name], base), flush=True)  # noqa: T201
        with slow_clients(port, spread[0].question):
            name = f"one person beside {SLOW_CLIENTS} slow clients"
            rows[name] = alone(port, spread * 2, right)
            print(row(name, rows[name], base), flush=True)  # noqa: T201
    faults = [one.fault for asked in rows.values() for one in asked if one.fault]
    if faults:
        raise SystemExit("\n".join(faults[:20]))


if __name__ == "__main__":
    main()
