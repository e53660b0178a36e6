"""The keys that stand for one file: its front matter or sidecar over its folders' defaults, with the faults of all."""

from dataclasses import dataclass
from pathlib import Path

from ingest.front_matter import FrontMatter, check_defaults, is_identifier, validate_fields
from ingest.loaders import Loader, LoadError
from ingest.loaders.loaded import decode_text
from ingest.scan import SourceFile, shown_path
from ingest.yaml_fields import NO_FIELDS, RawFields, merge_fields, read_fields, split_front_matter
from kb.records import Finding, Severity


@dataclass(frozen=True, kw_only=True, slots=True)
class FileKeys:
    """What is known of a file before its text is loaded."""

    front_matter: FrontMatter | None  # None where any key is wrong
    id: str | None  # also where another key is wrong; None where it can't be known
    place: tuple[str, int | None]  # the path and line that set the id; without a line, the file's name does
    content: bytes | None  # what is left to load; None where the file can't be read
    findings: tuple[Finding, ...]  # each once


@dataclass(frozen=True, kw_only=True, slots=True)
class _OwnKeys:
    """`fields` is None where they can't be read at all."""

    fields: RawFields | None
    content: bytes | None
    findings: list[Finding]


def read_keys(source: SourceFile, loader: Loader) -> FileKeys:
    """All keys of a file, with all that is wrong with them; also of a file that can't be read itself."""
    layers, findings = _folder_defaults(source)
    own = _sidecar_keys(source) if loader.sidecar else _front_matter_keys(source)
    findings.extend(own.findings)
    defaults = [fields for fields in layers if fields is not None]
    # Where a block of YAML can't be read at all, its keys would all be reported as missing.
    complete = len(defaults) == len(layers) and own.fields is not None
    fields = merge_fields(defaults, own.fields or NO_FIELDS)
    place = source.path + ".yaml" if loader.sidecar and source.sidecar else source.path
    front_matter, faults = validate_fields(fields, place, complete=complete)
    findings.extend(faults)
    identifier = _identifier(source.path, own.fields)
    if identifier is None and own.fields is not None and own.fields.values.get("id") is None:
        message = "id: the file's name can't serve as one; set it in the front matter"
        findings.append(fault(source.path, "front-matter", message))
    return FileKeys(
        front_matter=None if findings else front_matter,
        id=identifier,
        place=own.fields.places.get("id", (source.path, None)) if own.fields else (source.path, None),
        content=own.content,
        findings=tuple(dict.fromkeys(findings)),
    )


def default_id(path: str) -> str:
    """The path of a file without its ending, '/' as '-'."""
    return path.rsplit(".", 1)[0].replace("/", "-")


def _identifier(path: str, own: RawFields | None) -> str | None:
    if own is None:
        return None
    value = own.values.get("id")
    identifier = default_id(path) if value is None else value
    return identifier if isinstance(identifier, str) and is_identifier(identifier) else None


def _sidecar_keys(source: SourceFile) -> _OwnKeys:
    fields: RawFields | None = NO_FIELDS
    findings: list[Finding] = []
    if source.sidecar is not None:
        fields, findings = _read_yaml_file(source.sidecar, source.path + ".yaml")
    try:
        return _OwnKeys(fields=fields, content=source.file.read_bytes(), findings=findings)
    except OSError as error:
        return _OwnKeys(fields=fields, content=None, findings=[*findings, unreadable(source.path, error)])


def _front_matter_keys(source: SourceFile) -> _OwnKeys:
    findings: list[Finding] = []
    if source.sidecar is not None:
        message = "is not read: a Markdown file has its keys at its top; move them there and remove this file"
        findings.append(fault(source.path + ".yaml", "sidecar", message))
    try:
        content = source.file.read_bytes()
    except OSError as error:
        return _OwnKeys(fields=None, content=None, findings=[*findings, unreadable(source.path, error)])
    try:
        text, readable = decode_text(content), True
    except LoadError as error:
        findings.append(unreadable(source.path, error))
        text, readable = content.decode("utf-8-sig", "replace").replace("\r\n", "\n"), False
    block, body, faults = split_front_matter(text, source.path)
    findings.extend(faults)
    fields: RawFields | None = None
    # Without a block, the keys may stand where they are not read, or be lost with the rest.
    if block or not findings:
        fields, faults = read_fields(block, source.path, first_line=2)
        findings.extend(faults)
    return _OwnKeys(fields=fields, content=body.encode() if readable else None, findings=findings)


def _folder_defaults(source: SourceFile) -> tuple[list[RawFields | None], list[Finding]]:
    layers: list[RawFields | None] = []
    findings: list[Finding] = []
    for file in source.defaults:
        shown = shown_path(file, source.root)
        fields, faults = _read_yaml_file(file, shown)
        layers.append(fields)
        findings.extend(faults)
        if fields is not None:
            findings.extend(check_defaults(fields, shown))
    return layers, findings


def _read_yaml_file(file: Path, shown: str) -> tuple[RawFields | None, list[Finding]]:
    try:
        return read_fields(decode_text(file.read_bytes()), shown, first_line=1)
    except (OSError, LoadError) as error:
        return None, [unreadable(shown, error)]


def unreadable(path: str, error: OSError | LoadError) -> Finding:
    """The finding for a file that its loader or the system refuses."""
    if isinstance(error, LoadError):
        return fault(path, "unreadable", str(error), error.line)
    return fault(path, "unreadable", f"can't be read ({error.strerror or error}); give read access or take it out")


def fault(path: str, code: str, message: str, line: int | None = None) -> Finding:
    """A finding that stops a publication."""
    return Finding(path=path, severity=Severity.ERROR, code=code, message=message, line=line)
