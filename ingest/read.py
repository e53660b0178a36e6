"""One guidance file into one document: load, front matter, structure, split."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from hashlib import sha256
from pathlib import Path

import msgspec

from ingest.file_keys import default_id, fault, read_keys, unreadable
from ingest.front_matter import FrontMatter, complete_metadata
from ingest.legal.outline import Outline
from ingest.legal.recognise import find_outline
from ingest.legal.units import find_legal_units
from ingest.loaders import LoadedText, Loader, LoadError, loader_for
from ingest.scan import SourceFile
from ingest.split import Piece, passage_id, split_sections
from ingest.structure import find_sections, legal_sections
from ingest.subjects import fitting_context
from kb.records import Document, Finding, Metadata, Page, Passage, Removal, Section, Severity
from kb.text.language import detect_language
from kb.text.references import first_pinpoint

_LONGEST_EXAMPLE, _EXAMPLES = 80, 3
_LONGEST_REASON = 200
_LONGEST_HEADINGS = 300  # characters of title and headings that are embedded with each passage


def read_document(source: SourceFile, fits: Callable[[str], bool]) -> tuple[Document | None, list[Finding]]:
    """The document, or None with what is wrong. All faults of the file are found in one go."""
    loader = loader_for(source.path)
    if loader is None:
        raise ValueError(f"no loader for {source.path}")
    keys = read_keys(source, loader)
    if keys.content is None:
        return None, list(keys.findings)
    loaded, faults = _load(source.path, loader, keys.content)
    findings = [*keys.findings, *faults]
    if loaded is None or keys.front_matter is None or any(found.severity is Severity.ERROR for found in findings):
        return None, findings
    document = build_document(source.path, loaded, keys.front_matter, fits)
    if loader.paged:
        document = replace(document, original=sha256(keys.content).hexdigest() + Path(source.path).suffix.lower())
    return document, findings


def _load(path: str, loader: Loader, content: bytes) -> tuple[LoadedText | None, list[Finding]]:
    try:
        loaded = loader.load(content)
    except (OSError, LoadError) as error:
        return None, [unreadable(path, error)]
    except Exception as error:  # noqa: BLE001  whatever a loader trips over, the faults of all files are told
        return None, [_unexpected(path, error)]
    findings = [replace(finding, path=path) for finding in loaded.findings]
    return loaded, [*findings, *_left_out(path, loaded.removals)]


def _unexpected(path: str, error: Exception) -> Finding:
    reason = ascii(" ".join(f"{type(error).__name__}: {error}".split())[:_LONGEST_REASON])[1:-1]
    advice = "save the file anew or take it out; where it is sound, its loader is at fault: report it with the file"
    return fault(path, "unreadable", f"can't be read ({reason}); {advice}")


def build_document(path: str, loaded: LoadedText, front_matter: FrontMatter, fits: Callable[[str], bool]) -> Document:
    """Structure and split loaded text. Pure if `fits` is."""
    stem = _without_ending(path)
    outline = find_outline(
        loaded.text,
        path,
        authority=front_matter.authority,
        jurisdiction=front_matter.jurisdiction,
        source=front_matter.source,
        title=front_matter.title,
    )
    printed_title = loaded.headings[0].title if loaded.headings else stem.rsplit("/", 1)[-1]
    metadata = complete_metadata(
        front_matter,
        default_id=default_id(path),
        default_title=(outline and outline.title) or printed_title,
        language=detect_language(loaded.text),
    )
    sections = find_sections(loaded)
    if outline:
        sections = legal_sections(loaded, outline)

    def fits_below_headings(section: Section, body: str) -> bool:
        # A unit is embedded alone as "heading: text": one character more than a passage below its headings.
        return fits(" › ".join(_headings_to_embed(metadata.title, section.path)) + ": " + body)

    units_of = partial(find_legal_units, loaded.text, outline=outline) if outline else None
    pieces = split_sections(loaded.text, sections, fits_below_headings, units_of)
    return Document(
        metadata=metadata,
        path=path,
        content_hash=sha256(msgspec.json.encode(metadata) + b"\n" + loaded.text.encode()).hexdigest(),
        text=loaded.text,
        sections=sections,
        pages=loaded.pages,
        passages=_passages(loaded, metadata, pieces, outline),
        removals=loaded.removals,
        pinpoints=outline.pinpoints(len(loaded.text)) if outline else (),
    )


def _headings_to_embed(title: str, section: tuple[str, ...]) -> tuple[str, ...]:
    """Title and headings, outermost first; from the inside out while they leave room for the text."""
    kept: list[str] = []
    for heading in dict.fromkeys((*reversed(section), title)):
        if sum(map(len, kept)) + len(heading) <= _LONGEST_HEADINGS:
            kept.insert(0, heading)
    return tuple(kept)


def _without_ending(path: str) -> str:
    return path.rsplit(".", 1)[0]


def _passages(
    loaded: LoadedText, metadata: Metadata, pieces: list[Piece], outline: Outline | None
) -> tuple[Passage, ...]:
    passages: list[Passage] = []
    seen: Counter[tuple[tuple[str, ...], str]] = Counter()
    for ordinal, piece in enumerate(pieces):
        text = loaded.text[piece.start : piece.end]
        key = (piece.section.path, text)
        body = loaded.text[piece.units[0].start : piece.end] if piece.units else ""
        headings = tuple(dict.fromkeys((metadata.title, *piece.section.path)))
        # What a law puts under a heading is where it belongs.
        context, misplaced = (
            (headings, False)
            if outline
            else fitting_context(metadata.title, piece.section.path, body, metadata.language)
        )
        short = _headings_to_embed(metadata.title, piece.section.path)
        passages.append(
            Passage(
                id=passage_id(metadata.id, piece.section.path, text, seen[key]),
                document_id=metadata.id,
                ordinal=ordinal,
                section=piece.section.path,
                pinpoint=_place_of(piece, outline)
                if outline
                else first_pinpoint(body) or first_pinpoint(metadata.source or ""),
                language=metadata.language,
                page=_page_at(loaded.pages, piece.units[0].start if piece.units else piece.start),
                start=piece.start,
                end=piece.end,
                text=text,
                units=piece.units,
                context=tuple(heading for heading in context if heading in short),
                misplaced=misplaced,
            )
        )
        seen[key] += 1
    return tuple(passages)


def _place_of(piece: Piece, outline: Outline) -> str | None:
    """The narrowest place that holds all that is quoted of a passage."""
    if not piece.units:
        return outline.covering(piece.start, piece.end)
    return outline.covering(piece.units[0].start, piece.units[-1].end)


def _page_at(pages: tuple[Page, ...], position: int) -> int | None:
    return next((page.number for page in reversed(pages) if page.start <= position), None)


def _left_out(path: str, removals: Sequence[Removal]) -> list[Finding]:
    """What the cleaning took out, by reason, with examples: the editor sees whether it was the article's own."""
    by_reason: dict[str, Counter[str]] = {}
    for removal in removals:
        by_reason.setdefault(removal.reason, Counter())[removal.text] += 1
    findings = []
    for reason, texts in by_reason.items():
        shown = "; ".join(repr(" ".join(text.split())[:_LONGEST_EXAMPLE]) for text, _ in texts.most_common(_EXAMPLES))
        message = f"left out {texts.total():,} × {reason}, such as {shown}"
        advice = "where this is the document's own text, put it into a paragraph with its neighbours"
        findings.append(Finding(path=path, severity=Severity.INFO, code="left-out", message=message, advice=advice))
    return findings
