"""What an editor should know before publishing. Errors stop a publication, warnings and notes do not."""

from collections.abc import Sequence
from datetime import date

from ingest.subjects import speaks_of_something_else
from kb.records import Document, Finding, Severity


def check_documents(documents: Sequence[Document], today: date) -> list[Finding]:
    """Findings over all documents, in the order of files."""
    findings = [*_duplicate_ids(documents)]
    known = {document.id for document in documents}
    for document in documents:
        findings.extend(_misplaced(document))
        findings.extend(_review(document, today))
        findings.extend(
            _finding(document, Severity.WARNING, "supersedes", f"supersedes {identifier!r}, which is not in the folder")
            for identifier in document.metadata.supersedes
            if identifier not in known
        )
        findings.extend(_pages_without_text(document))
        if not any(passage.units for passage in document.passages):
            findings.append(
                _finding(document, Severity.ERROR, "empty", "holds headings but no sentence; write it or remove it")
            )
    return findings


def _duplicate_ids(documents: Sequence[Document]) -> list[Finding]:
    first: dict[str, str] = {}
    findings = []
    for document in documents:
        other = first.setdefault(document.id, document.path)
        if other != document.path:
            findings.append(
                _finding(
                    document,
                    Severity.ERROR,
                    "duplicate-id",
                    f"id: {document.id!r} is also the id of {other}; ids are unique",
                )
            )
    return findings


def _misplaced(document: Document) -> list[Finding]:
    return [
        _finding(
            document,
            Severity.WARNING,
            "misplaced",
            f"the text under {(passage.section or (document.metadata.title,))[-1]!r} speaks of something else than its heading; "
            "it is not used to answer the heading's question",
            line=document.text.count("\n", 0, passage.start) + 1,
        )
        for passage in document.passages
        if passage.misplaced
    ] + [
        _finding(
            document,
            Severity.INFO,
            "title-mismatch",
            f"the title {document.metadata.title!r} promises another subject than the text under {passage.section[-1]!r}",
            line=document.text.count("\n", 0, passage.start) + 1,
        )
        for passage in document.passages
        if passage.section
        and not passage.misplaced
        and speaks_of_something_else(document.metadata.title, passage.text, passage.language)
    ]


def _pages_without_text(document: Document) -> list[Finding]:
    empty = [str(page.number) for page in document.pages if not document.text[page.start : page.end].strip()]
    if not empty:
        return []
    message = f"no text on page {', '.join(empty)}: where it isn't blank but a scan, run text recognition (OCR) on it"
    return [_finding(document, Severity.WARNING, "page-without-text", message)]


def _review(document: Document, today: date) -> list[Finding]:
    due = document.metadata.review_by
    if due is not None and due < today and document.metadata.in_force(today):
        return [
            _finding(
                document,
                Severity.WARNING,
                "review-overdue",
                f"review_by: was due on {due}; check it and set a new date",
            )
        ]
    return []


def _finding(document: Document, severity: Severity, code: str, message: str, line: int | None = None) -> Finding:
    return Finding(path=document.path, severity=severity, code=code, message=message, line=line)
