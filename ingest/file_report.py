"""What reading made of each file of a folder, so that nothing is lost without being told."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, fields

from kb.records import Document, Finding, Severity


@dataclass(frozen=True, kw_only=True, slots=True)
class FileReport:
    """Counts of one file. `document` is None where the file could not be read; its findings say why."""

    path: str
    document: str | None
    characters: int = 0
    sections: int = 0
    passages: int = 0
    pinpoints: int = 0  # different legal places
    pages: int = 0
    removals: int = 0
    errors: int = 0
    warnings: int = 0
    notes: int = 0
    seconds: float = 0.0


def file_reports(
    read: Sequence[tuple[str, Document | None, float]], findings: Sequence[Finding]
) -> tuple[FileReport, ...]:
    """One for each (path, document, seconds), in their order. Findings on a sidecar count with its file."""
    counts = Counter((finding.path.removesuffix(".yaml"), finding.severity) for finding in findings)
    return tuple(
        FileReport(
            path=path,
            document=document.id if document else None,
            characters=len(document.text) if document else 0,
            sections=len(document.sections) if document else 0,
            passages=len(document.passages) if document else 0,
            pinpoints=len({pinpoint.text for pinpoint in document.pinpoints}) if document else 0,
            pages=len(document.pages) if document else 0,
            removals=len(document.removals) if document else 0,
            errors=counts[path, Severity.ERROR],
            warnings=counts[path, Severity.WARNING],
            notes=counts[path, Severity.INFO],
            seconds=round(seconds, 3),
        )
        for path, document, seconds in read
    )


def report_as_markdown(reports: Sequence[FileReport]) -> str:
    """A table with a row for each file and one for all together."""
    names = [field.name for field in fields(FileReport)]
    numbers = names[2:]
    rows = [[str(getattr(report, name) or ("—" if name == "document" else 0)) for name in names] for report in reports]
    sums = [f"{sum(getattr(report, name) for report in reports):g}" for name in numbers]
    if reports:
        rows.append([f"{len(reports)} files", f"{sum(r.document is not None for r in reports)} documents", *sums])
    lines = [names, ["---", "---", *("---:" for _ in numbers)], *rows]
    return "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |\n" for line in lines)
