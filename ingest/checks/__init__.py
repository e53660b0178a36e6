"""What an editor should know before publishing. Errors stop a publication, warnings and notes do not."""

from collections.abc import Collection, Sequence
from datetime import date

from ingest.checks.duplicates import check_duplicates, shingles_in
from ingest.checks.extract import Extract, Extracted
from ingest.checks.figures import check_figures, placed_figures
from ingest.checks.findings import FileLines
from ingest.checks.provisions import check_provisions
from ingest.checks.references import articles_of, check_references, references_in
from ingest.checks.versions import check_versions
from ingest.checks.wording import check_wording
from ingest.subjects import speaks_of_something_else
from kb.records import Authority, Document, Finding, Passage, Severity


def extract_of(document: Document, lines_above: int) -> Extract:
    """What the checks need of one document, whose text begins so many lines below the beginning of its file."""
    lines = FileLines(before={document.path: lines_above})
    return Extract(
        lines_above=lines_above,
        headings=tuple(_misplaced(document, lines)),
        text=(*_pages_without_text(document), *check_provisions(document, lines), *_empty(document)),
        wording=tuple(check_wording(document, lines)),
        figures=tuple(placed_figures(document)),
        articles=articles_of(document),
        references=tuple(references_in(document)),
        shingles=tuple(shingles_in(document, passage) for passage in document.passages),
    )


def check_documents(extracted: Sequence[Extracted], today: date, others: Collection[str] = ()) -> list[Finding]:
    """Findings over all documents, in the order of files. Lines are those of files. `others` are ids of faulty files."""
    documents = [item.document for item in extracted]
    lines = FileLines(before={item.document.path: item.extract.lines_above for item in extracted})
    findings: list[Finding] = []
    for item in extracted:
        findings.extend(item.extract.headings)
        findings.extend(_review(item.document, today))
        findings.extend(item.extract.text)
    return [
        *findings,
        *check_versions(documents, others, lines),
        *check_figures(extracted, today, lines),
        *check_references(extracted, lines),
        *check_duplicates(extracted, today, lines),
        *(finding for item in extracted for finding in item.extract.wording),
    ]


def _misplaced(document: Document, lines: FileLines) -> list[Finding]:
    return [
        _finding(
            document,
            Severity.WARNING,
            "misplaced",
            f"the text under {(passage.section or (document.metadata.title,))[-1]!r} speaks of something else than its heading; "
            "it is not used to answer the heading's question",
            line=_first_line(document, passage, lines),
            advice="put it under a heading that says what it is about",
        )
        for passage in document.passages
        if passage.misplaced
    ] + [
        _finding(
            document,
            Severity.INFO,
            "title-mismatch",
            f"the title {document.metadata.title!r} promises another subject than the text under {passage.section[-1]!r}",
            line=_first_line(document, passage, lines),
            advice="move it to an article of that subject, or widen the title",
        )
        for passage in document.passages
        if passage.section
        and not passage.misplaced
        and not document.pinpoints  # what a law treats is its lawgiver's choice
        and speaks_of_something_else(document.metadata.title, passage.text, passage.language)
    ]


def _pages_without_text(document: Document) -> list[Finding]:
    empty = [str(page.number) for page in document.pages if not document.text[page.start : page.end].strip()]
    if not empty:
        return []
    message = f"no text on page {', '.join(empty)}: where it isn't blank but a scan, run text recognition (OCR) on it"
    return [_finding(document, Severity.WARNING, "page-without-text", message)]


def _empty(document: Document) -> list[Finding]:
    if any(passage.units for passage in document.passages):
        return []
    message = "holds headings but no sentence; write it or remove it"
    return [_finding(document, Severity.ERROR, "empty", message)]


def _review(document: Document, today: date) -> list[Finding]:
    metadata = document.metadata
    if not metadata.in_force(today):
        return []
    advice = "check it against its source and set `reviewed` and a new `review_by`"
    if metadata.review_by is not None and metadata.review_by < today:
        message = f"review_by: was due on {metadata.review_by}; check it and set a new date"
        return [_finding(document, Severity.WARNING, "review-overdue", message, advice=advice)]
    if metadata.reviewed is not None and metadata.reviewed > today:
        message = f"reviewed: {metadata.reviewed} is still to come"
        return [_finding(document, Severity.WARNING, "review-date", message, advice="put the day of the last review")]
    if metadata.review_by is None and metadata.authority not in {Authority.STATUTE, Authority.REGULATION}:
        message = "review_by: is missing, so nobody is told when this grows old"
        return [_finding(document, Severity.INFO, "review-date", message, advice="set the day of the next review")]
    return []


def _first_line(document: Document, passage: Passage, lines: FileLines) -> int:
    """The line on which a passage's own text begins, after its heading."""
    return lines.line(document, passage.units[0].start if passage.units else passage.start)


def _finding(
    document: Document, severity: Severity, code: str, message: str, line: int | None = None, advice: str = ""
) -> Finding:
    return Finding(path=document.path, severity=severity, code=code, message=message, line=line, advice=advice)
