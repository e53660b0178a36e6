"""Find the guidance files of a folder, with their sidecars and folder defaults. Reads nothing outside the folder."""

import os
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ingest.loaders import loader_for
from kb.errors import IngestError
from kb.records import Finding, Severity

DEFAULTS = "_defaults.yaml"
LARGEST_FILE = 64 * 1024 * 1024  # bytes; the largest statute we know is 5 MB
_NOT_GUIDANCE = frozenset({"readme.md", "sources.yaml", DEFAULTS, "_gate.jsonl"})


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceFile:
    """One guidance file. `path` is relative to the folder, with '/', fit to be shown on one line."""

    path: str
    file: Path
    root: Path  # the folder that is ingested
    sidecar: Path | None
    defaults: tuple[Path, ...]  # outermost first


def scan_folder(folder: Path) -> tuple[list[SourceFile], list[Finding]]:
    """Files in a stable order. Raises IngestError when there is no folder; strange files become findings."""
    if not folder.exists():
        raise IngestError(f"{folder}: there is no such folder; name the one that holds the guidance files")
    if not folder.is_dir():
        raise IngestError(f"{folder}: is a file; name the folder that holds it")
    files, findings = _walk(folder)
    refused = {file: finding for file in files if (finding := _refusal(file, folder))}
    usable = set(files) - refused.keys()
    sources: list[SourceFile] = []
    for file in files:
        path = shown_path(file, folder)
        if file in refused:
            findings.append(refused[file])
        elif file.name.lower() in _NOT_GUIDANCE:
            continue
        elif file.name.startswith("_"):
            findings.append(_finding(path, Severity.INFO, "set-aside", "its name begins with _; it is left out"))
        elif file.suffix.lower() == ".yaml":
            findings.extend(_orphan(file, path))
        elif loader_for(file.name):
            sidecar = file.with_name(file.name + ".yaml")
            places = [file.parent, *file.parent.parents][: len(file.relative_to(folder).parts)]
            sources.append(
                SourceFile(
                    path=path,
                    file=file,
                    root=folder,
                    sidecar=sidecar if sidecar in usable else None,
                    defaults=tuple(place / DEFAULTS for place in reversed(places) if place / DEFAULTS in usable),
                )
            )
        else:
            message = "no loader reads this format; the file is left out"
            findings.append(_finding(path, Severity.WARNING, "format", message))
    return sources, [*findings, *_same_paths(sources)]


def _same_paths(sources: Sequence[SourceFile]) -> Iterator[Finding]:
    """Files that are shown by one path: each would stand for the other."""
    first: dict[str, Path] = {}
    for source in sources:
        other = first.setdefault(source.path, source.file)
        if other != source.file:
            names = " and ".join(ascii(file.relative_to(source.root).as_posix()) for file in (other, source.file))
            message = f"is the name of two files, {names}, that differ only in how their letters are coded; rename one"
            yield _finding(source.path, Severity.ERROR, "same-path", message)


def _walk(folder: Path) -> tuple[list[Path], list[Finding]]:
    """All files that aren't hidden, sorted; a folder that can't be read is an error, for its articles would vanish."""
    files: list[Path] = []
    findings: list[Finding] = []

    def unreadable(error: OSError) -> None:
        message = f"can't be read ({error.strerror}); give read access or take it out"
        findings.append(_finding(shown_path(Path(error.filename), folder), Severity.ERROR, "unreadable", message))

    for parent, folders, names in os.walk(folder, onerror=unreadable):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in folders:
            if (Path(parent) / name).is_symlink():
                path = shown_path(Path(parent) / name, folder)
                findings.append(_finding(path, Severity.WARNING, "link", "is a link to a folder; it is left out"))
        files.extend(Path(parent) / name for name in names if not name.startswith("."))
    return sorted(files), findings


def shown_path(file: Path, folder: Path) -> str:
    """The path as text on one line: composed letters, and escapes for what can't be shown."""
    path = unicodedata.normalize("NFC", file.relative_to(folder).as_posix())
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in path)


def _refusal(file: Path, folder: Path) -> Finding | None:
    path = shown_path(file, folder)
    try:
        if not file.resolve().is_relative_to(folder.resolve()):
            return _finding(path, Severity.WARNING, "outside", "links out of the folder; the file is left out")
        if not file.is_file():
            return _finding(path, Severity.WARNING, "broken-link", "is not a file that can be read; it is left out")
        size = file.stat().st_size
    except (OSError, RuntimeError) as error:
        return _finding(path, Severity.ERROR, "unreadable", f"can't be read: {error}")
    if size > LARGEST_FILE:
        allowed = f"more than the {LARGEST_FILE / 1e6:.0f} MB allowed"
        return _finding(
            path, Severity.ERROR, "too-large", f"has {size / 1e6:.0f} MB, {allowed}; split it or take it out"
        )
    return None


def _orphan(file: Path, path: str) -> list[Finding]:
    if file.with_name(file.name.removesuffix(".yaml")).is_file():
        return []
    return [_finding(path, Severity.WARNING, "orphan", "is a sidecar without its file; add the file or remove this")]


def _finding(path: str, severity: Severity, code: str, message: str) -> Finding:
    return Finding(path=path, severity=severity, code=code, message=message)
