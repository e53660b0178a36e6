"""Find the guidance files of a folder, with their sidecars and folder defaults. Reads nothing outside the folder."""

from dataclasses import dataclass
from pathlib import Path

from ingest.loaders import loader_for
from kb.errors import IngestError
from kb.records import Finding, Severity

DEFAULTS = "_defaults.yaml"
LARGEST_FILE = 64 * 1024 * 1024  # bytes; the largest statute we know is 5 MB
_NOT_GUIDANCE = frozenset({"readme.md", "sources.yaml"})


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceFile:
    """One guidance file. `path` is relative to the folder, with '/'."""

    path: str
    file: Path
    sidecar: Path | None
    defaults: tuple[Path, ...]  # outermost first


def scan_folder(folder: Path) -> tuple[list[SourceFile], list[Finding]]:
    """Files in a stable order. Raises IngestError when there is no folder; strange files become findings."""
    if not folder.exists():
        raise IngestError(f"{folder}: there is no such folder; name the one that holds the guidance files")
    if not folder.is_dir():
        raise IngestError(f"{folder}: is a file; name the folder that holds it")
    root = folder.resolve()
    sources: list[SourceFile] = []
    findings: list[Finding] = []
    for file in sorted(folder.rglob("*")):
        path = file.relative_to(folder).as_posix()
        if _is_hidden(path) or file.is_dir() or file.name.startswith("_"):
            continue
        finding = _refusal(file, path, root)
        if finding:
            findings.append(finding)
        elif file.suffix.lower() == ".yaml":
            findings.extend(_orphan(file, path))
        elif loader_for(file.name) and file.name.lower() not in _NOT_GUIDANCE:
            sidecar = file.with_name(file.name + ".yaml")
            sources.append(
                SourceFile(
                    path=path,
                    file=file,
                    sidecar=sidecar if sidecar.is_file() else None,
                    defaults=_defaults_of(file, folder),
                )
            )
        elif file.name.lower() not in _NOT_GUIDANCE:
            findings.append(
                _finding(path, Severity.WARNING, "format", "no loader reads this format; the file is left out")
            )
    return sources, findings


def _is_hidden(path: str) -> bool:
    return any(part.startswith(".") for part in path.split("/"))


def _refusal(file: Path, path: str, root: Path) -> Finding | None:
    try:
        if not file.resolve().is_relative_to(root):
            return _finding(path, Severity.WARNING, "outside", "links out of the folder; the file is left out")
        if not file.is_file():
            return _finding(path, Severity.WARNING, "broken-link", "is not a file that can be read; it is left out")
        size = file.stat().st_size
    except (OSError, RuntimeError) as error:
        return _finding(path, Severity.ERROR, "unreadable", f"can't be read: {error}")
    if size > LARGEST_FILE:
        return _finding(
            path,
            Severity.ERROR,
            "too-large",
            f"has {size / 1e6:.0f} MB, more than the {LARGEST_FILE / 1e6:.0f} MB allowed; split it or take it out",
        )
    return None


def _orphan(file: Path, path: str) -> list[Finding]:
    if file.name.lower() in _NOT_GUIDANCE or file.with_name(file.name.removesuffix(".yaml")).is_file():
        return []
    return [_finding(path, Severity.WARNING, "orphan", "is a sidecar without its file; add the file or remove this")]


def _defaults_of(file: Path, folder: Path) -> tuple[Path, ...]:
    folders = [folder, *(folder / parent for parent in reversed(file.relative_to(folder).parents[:-1]))]
    return tuple(place / DEFAULTS for place in dict.fromkeys(folders) if (place / DEFAULTS).is_file())


def _finding(path: str, severity: Severity, code: str, message: str) -> Finding:
    return Finding(path=path, severity=severity, code=code, message=message)
