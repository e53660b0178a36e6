"""The command `kb diff`, and how a diff is shown: in colours on a terminal, plain elsewhere."""

import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec

from app.cli_terminal import show, show_json
from app.diff_text import DiffLine, diff_lines
from ingest.changes import Changes, changes_between, held
from ingest.passage_diff import PassageChange, passage_changes
from kb.generation import read_documents, read_manifest
from kb.home import Home
from kb.records import Document


def run_diff(home: Path, before: str, after: str, *, as_json: bool) -> None:
    """Show what changed from one generation to another. Raises GenerationError."""
    place = Home(home)
    old, new = stored_documents(place, before), stored_documents(place, after)
    changes = changes_between(held(old.values()), held(new.values()))
    passages = passage_changes(old, new, changes)
    if as_json:
        show_json({"before": before, "after": after, **changes_as_json(changes, passages)})
        return
    show_diff(passages)
    show(summary(changes))


def stored_documents(home: Home, generation: str) -> dict[str, Document]:
    """The documents of a generation on disk, by id. Raises GenerationError."""
    folder = home.folder(generation)
    return {document.id: document for document in read_documents(folder, read_manifest(folder))}


def changes_as_json(changes: Changes, passages: Sequence[PassageChange]) -> dict[str, object]:
    """Documents by what happened to them, and every passage with its text before and after."""
    return {**msgspec.to_builtins(changes), "passages": msgspec.to_builtins(list(passages))}


def summary(changes: Changes) -> str:
    """One line for each kind of change that there is."""
    renamed = [f"{item.former_document} -> {item.document} ({item.path})" for item in changes.renamed]
    lines = [
        f"{len(names)} {kind}: {', '.join(names)}"
        for kind, names in (
            ("added", changes.added),
            ("changed", changes.changed),
            ("renamed", renamed),
            ("removed", changes.removed),
        )
        if names
    ]
    return "\n".join([*lines, f"{len(changes.unchanged)} unchanged"])


def show_diff(passages: Sequence[PassageChange]) -> None:
    """Print the diff, bounded."""
    lines = diff_lines(passages)
    if sys.stdout.isatty():
        _show_in_colours(lines)
    else:
        for line in lines:
            show(str(line))


def _show_in_colours(lines: Sequence[DiffLine]) -> None:
    from rich.console import Console  # noqa: PLC0415  only where there is a terminal to draw on
    from rich.text import Text  # noqa: PLC0415

    console = Console()
    for line in lines:
        console.print(Text(str(line), style=line.style))
