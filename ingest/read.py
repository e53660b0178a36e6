"""One guidance file into one document: load, front matter, structure, split."""

from collections import Counter
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import msgspec

from ingest.front_matter import (
    FrontMatter,
    RawFields,
    complete_metadata,
    merge_fields,
    read_fields,
    split_front_matter,
    validate_fields,
)
from ingest.loaders import LoadedText, LoadError, loader_for
from ingest.loaders.loaded import decode_text
from ingest.scan import SourceFile
from ingest.split import Piece, passage_id, split_sections
from ingest.structure import find_sections
from ingest.subjects import fitting_context
from kb.records import Document, Finding, Metadata, Page, Passage, Severity
from kb.text.language import detect_language
from kb.text.references import first_pinpoint


def read_document(source: SourceFile, fits: Callable[[str], bool]) -> tuple[Document | None, list[Finding]]:
    """The document, or None with what is wrong. All faults of the file are found in one go."""
    loader = loader_for(source.path)
    if loader is None:
        raise ValueError(f"no loader for {source.path}")
    try:
        content = source.file.read_bytes()
    except OSError as error:
        return None, [_error(source.path, "unreadable", f"can't be read: {error.strerror}")]
    own, findings = RawFields(values={}, places={}), []
    try:
        if loader.sidecar:
            if source.sidecar is not None:
                own, findings = _read_yaml_file(source.sidecar, source.path + ".yaml")
        else:
            block, body = split_front_matter(decode_text(content))
            own, findings = read_fields(block or "", source.path, first_line=2)
            content = body.encode()
        loaded = loader.load(content)
    except LoadError as error:
        return None, [*findings, _error(source.path, "unreadable", str(error))]
    defaults = []
    for file in source.defaults:
        fields, faults = _read_yaml_file(
            file, file.name if file.parent == source.file.parent else f"{file.parent.name}/{file.name}"
        )
        defaults.append(fields)
        findings = [*findings, *faults]
    front_matter, faults = validate_fields(merge_fields(defaults, own), _place_of_metadata(source))
    findings = [*findings, *faults]
    if front_matter is None or any(finding.severity is Severity.ERROR for finding in findings):
        return None, findings
    return build_document(source.path, loaded, front_matter, fits), findings


def _place_of_metadata(source: SourceFile) -> str:
    return source.path if source.sidecar is None else source.path + ".yaml"


def _read_yaml_file(file: Path, shown: str) -> tuple[RawFields, list[Finding]]:
    try:
        return read_fields(decode_text(file.read_bytes()), shown, first_line=1)
    except (OSError, LoadError) as error:
        return RawFields(values={}, places={}), [_error(shown, "unreadable", str(error))]


def build_document(path: str, loaded: LoadedText, front_matter: FrontMatter, fits: Callable[[str], bool]) -> Document:
    """Structure and split loaded text. Pure if `fits` is."""
    stem = path.rsplit(".", 1)[0]
    metadata = complete_metadata(
        front_matter,
        default_id=stem.replace("/", "-").lower().replace(" ", "-"),
        default_title=loaded.headings[0].title if loaded.headings else stem.rsplit("/", 1)[-1],
        language=detect_language(loaded.text),
    )
    sections = find_sections(loaded)
    passages = _passages(loaded, metadata, split_sections(loaded.text, sections, fits))
    return Document(
        metadata=metadata,
        path=path,
        content_hash=sha256(msgspec.json.encode(metadata) + b"\n" + loaded.text.encode()).hexdigest(),
        text=loaded.text,
        sections=sections,
        pages=loaded.pages,
        passages=passages,
        removals=loaded.removals,
    )


def _passages(loaded: LoadedText, metadata: Metadata, pieces: list[Piece]) -> tuple[Passage, ...]:
    passages: list[Passage] = []
    seen: Counter[tuple[tuple[str, ...], str]] = Counter()
    for ordinal, piece in enumerate(pieces):
        text = loaded.text[piece.start : piece.end]
        key = (piece.section.path, text)
        body = loaded.text[piece.units[0].start : piece.end] if piece.units else ""
        context, misplaced = fitting_context(metadata.title, piece.section.path, body, metadata.language)
        passages.append(
            Passage(
                id=passage_id(metadata.id, piece.section.path, text, seen[key]),
                document_id=metadata.id,
                ordinal=ordinal,
                section=piece.section.path,
                pinpoint=first_pinpoint(body) or first_pinpoint(metadata.source or ""),
                language=metadata.language,
                page=_page_at(loaded.pages, piece.units[0].start if piece.units else piece.start),
                start=piece.start,
                end=piece.end,
                text=text,
                units=piece.units,
                context=context,
                misplaced=misplaced,
            )
        )
        seen[key] += 1
    return tuple(passages)


def _page_at(pages: tuple[Page, ...], position: int) -> int | None:
    return next((page.number for page in reversed(pages) if page.start <= position), None)


def _error(path: str, code: str, message: str) -> Finding:
    return Finding(path=path, severity=Severity.ERROR, code=code, message=message)
