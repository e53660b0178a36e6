"""The commands `kb sources fetch` and `kb sources status`."""

from collections import Counter
from pathlib import Path

import msgspec
import typer

from app.cli_terminal import progress, say, show, show_json
from ingest.sources.catalogue import chosen, read_catalogue
from ingest.sources.fetch import Outcome, SourceReport, fetch_sources, source_status

_CURRENT = frozenset({Outcome.UNCHANGED})


def run_fetch(ids: tuple[str, ...], folder: Path, catalogue: Path, *, as_json: bool) -> None:
    """Download, tell each outcome, and end with 1 where one failed. Raises CatalogueError, UsageError, IngestError."""
    sources = chosen(read_catalogue(catalogue), ids)
    reports: list[SourceReport] = []
    try:
        with progress() as tell:
            for report in fetch_sources(sources, folder, tell):
                reports.append(report)
                say(_line(report))
    except KeyboardInterrupt:
        say(f"kb: interrupted; the {len(reports)} sources named above are done, no other file was changed")
        raise
    if as_json:
        show_json([msgspec.to_builtins(report) for report in reports])
    else:
        show(_summary(reports) + f" in {folder}; `kb ingest` takes that folder")
    if any(report.outcome is Outcome.FAILED for report in reports):
        raise typer.Exit(1)


def run_status(ids: tuple[str, ...], folder: Path, catalogue: Path, *, as_json: bool) -> None:
    """Tell what is here and what is newer upstream; end with 1 where anything is not known to be current."""
    sources = chosen(read_catalogue(catalogue), ids)
    reports = []
    for report in source_status(sources, folder):
        reports.append(report)
        if not as_json:
            show(_line(report))
    if as_json:
        show_json([msgspec.to_builtins(report) for report in reports])
    if any(report.outcome not in _CURRENT for report in reports):
        raise typer.Exit(1)


def _line(report: SourceReport) -> str:
    edition = f", edition {report.edition}" if report.edition else ""
    held = f" ({report.bytes:,} bytes of {report.fetched:%Y-%m-%d}{edition})" if report.bytes and report.fetched else ""
    return f"{report.id}: {report.outcome}{held}" + (f": {report.message}" if report.message else "")


def _summary(reports: list[SourceReport]) -> str:
    counts = Counter(report.outcome.value for report in reports)
    return ", ".join(f"{count} {outcome}" for outcome, count in counts.items())
