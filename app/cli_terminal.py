"""Data to standard output, talk and progress to standard error; a closed pipe ends the program without a word."""

import codecs
import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

import typer

_QUARTERS = 4


def show(text: str) -> None:
    """Print data."""
    _write(sys.stdout, text)


def show_json(value: object) -> None:
    """Print data as JSON: in UTF-8, or else escaped, since a letter that the stream can't show would be replaced."""
    escaped = codecs.lookup(sys.stdout.encoding or "ascii").name != "utf-8"
    show(json.dumps(value, ensure_ascii=escaped, indent=2))


def say(text: str) -> None:
    """Tell the person at the terminal something."""
    _write(sys.stderr, text)


def _write(stream: TextIO, text: str) -> None:
    try:
        stream.write(text + "\n")
        stream.flush()
    except BrokenPipeError:
        # The reader has had enough (`kb search … | head -3`). What the interpreter flushes at its end goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        raise typer.Exit(0) from None


@contextmanager
def progress() -> Iterator[Callable[[str, int, int], None]]:
    """A function to be told (step, done, of): a bar on a terminal, a line a step and quarter elsewhere."""
    if not sys.stderr.isatty():
        yield _lines()
        return
    from rich.console import Console  # noqa: PLC0415  only where there is a terminal to draw on
    from rich.progress import Progress, TaskID  # noqa: PLC0415

    tasks: dict[str, TaskID] = {}
    with Progress(console=Console(stderr=True), transient=True) as bars:

        def tell(step: str, done: int, of: int) -> None:
            if step not in tasks:
                for task in tasks.values():
                    bars.update(task, visible=False)
                tasks[step] = bars.add_task(step, total=None)
            bars.update(tasks[step], completed=done, total=of or None)

        yield tell


def _lines() -> Callable[[str, int, int], None]:
    told: set[tuple[str, int]] = set()

    def tell(step: str, done: int, of: int) -> None:
        quarter = done * _QUARTERS // of if of else 0
        if (step, quarter) not in told:
            told.add((step, quarter))
            say(f"{step} {done} of {of}" if of else step)

    return tell
