"""The command `kb ingest`: build, tell, and publish or refuse."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import msgspec
import typer

from app.cli_diff import show_diff, stored_documents
from app.cli_terminal import progress, say, show, show_json
from app.output_file import check_output
from evals.corpus_gate import corpus_gate
from ingest.changes import changes_between, held
from ingest.file_report import FileReport, report_as_markdown
from ingest.passage_diff import PassageChange, passage_changes
from ingest.publish import RefusedError, Report, check_folder, publish
from ingest.scan import scan_folder
from kb.errors import GenerationError
from kb.home import Home
from kb.models.embedding import embedder_on_demand
from kb.records import Document, Finding, Severity
from kb.settings import load_settings

_NAMES_SHOWN = 20
_FINDINGS_SHOWN = 100


def run_ingest(
    folder: Path, home: Path, *, check: bool, gated: bool, as_json: bool, report_file: Path | None = None
) -> None:
    """Publish a generation from the folder, or with `check` tell what would change. Raises what `publish` raises.

    `report_file` takes the counts of each file, also where the publication is refused.
    """
    scan_folder(folder)  # a missing folder is refused before the model is loaded
    if report_file:
        check_output(report_file, "--report")
    with progress() as tell:
        tell("loading the model", 0, 0)
        embedder = embedder_on_demand(load_settings(home=home))
        gate = corpus_gate(folder, embedder) if gated and not check else None
        try:
            if check:
                report, read = check_folder(folder, home, embedder=embedder, progress=tell)
            else:
                report, read = publish(folder, home, embedder=embedder, gate=gate, progress=tell), []
        except RefusedError as refusal:
            _write_file_report(report_file, refusal.files)
            _show_refusal(refusal, as_json=as_json)
            raise typer.Exit(refusal.exit_code) from None
        except KeyboardInterrupt:
            say(
                "kb: nothing was published, the live generation is as before; texts that are read and embedded already "
                "are kept, and the next `kb ingest` goes on from there"
            )
            raise
        _write_file_report(report_file, report.files)
    documents = {document.id: document for document in read}
    changes = _passage_changes(report, Home(home), documents) if check else []
    if as_json:
        show_json(_report_as_json(report) | (_check_as_json(documents, changes) if check else {}))
        return
    _show_findings(report.findings)
    for document in documents.values():
        show("{path}: {id}, {sections} sections, {passages} passages, {removals} removals".format(**_counts(document)))
    show_diff(changes)
    show(_summary(report, check=check))


def _write_file_report(file: Path | None, reports: Sequence[FileReport]) -> None:
    """As JSON to a file that ends so, else as a table. Raises OSError where it can't be written after all."""
    if file is None:
        return
    as_json = file.suffix.lower() == ".json"
    text = msgspec.json.format(msgspec.json.encode(reports)).decode() + "\n" if as_json else report_as_markdown(reports)
    file.write_text(text, encoding="utf-8")


def in_order(findings: Sequence[Finding]) -> list[Finding]:
    """Errors first, then warnings, then notes; within each by file and line."""
    return sorted(
        findings, key=lambda finding: (list(Severity).index(finding.severity), finding.path, finding.line or 0)
    )


def _show_findings(findings: Sequence[Finding]) -> None:
    """The most serious first, each with its advice below it, and how many are not shown."""
    ordered = in_order(findings)
    for finding in ordered[:_FINDINGS_SHOWN]:
        show(str(finding))
        if finding.advice:
            show(f"    {finding.advice}")
    if len(ordered) > _FINDINGS_SHOWN:
        counts = Counter(finding.severity.value for finding in ordered[_FINDINGS_SHOWN:])
        more = ", ".join(f"{count} of severity {severity}" for severity, count in counts.items())
        show(f"… and {len(ordered) - _FINDINGS_SHOWN:,} more findings: {more} (all with --json)")


def _passage_changes(report: Report, home: Home, documents: dict[str, Document]) -> list[PassageChange]:
    """Against the live generation; against nothing where there is none that can be read."""
    try:
        before = stored_documents(home, report.generation) if report.generation else {}
    except GenerationError:
        before = {}  # the report's findings tell of the damage
    return passage_changes(before, documents, changes_between(held(before.values()), held(documents.values())))


def _check_as_json(documents: dict[str, Document], changes: Sequence[PassageChange]) -> dict[str, object]:
    return {
        "documents": [_counts(document) for document in documents.values()],
        "passage_changes": msgspec.to_builtins(list(changes)),
    }


def _show_refusal(refusal: RefusedError, *, as_json: bool) -> None:
    """Faults on standard error, as the reason; the other findings, or all as JSON, on standard output."""
    findings = in_order(refusal.findings)
    if as_json:
        show_json({"published": False, "findings": msgspec.to_builtins(findings)})
    else:
        _show_findings([finding for finding in findings if finding.severity is not Severity.ERROR])
    say(f"kb: {refusal}")


def _report_as_json(report: Report) -> dict[str, object]:
    values: dict[str, object] = msgspec.to_builtins(report)
    return values | {"findings": msgspec.to_builtins(in_order(report.findings))}


def _counts(document: Document) -> dict[str, object]:
    return {
        "id": document.id,
        "path": document.path,
        "sections": len(document.sections),
        "passages": len(document.passages),
        "removals": len(document.removals),
    }


def _summary(report: Report, *, check: bool) -> str:
    would = "would be " if check else ""
    lines = [
        f"{len(ids)} {would}{name}" + (f": {_names(ids)}" if ids else "")
        for name, ids in (("added", report.added), ("changed", report.changed), ("removed", report.removed))
    ]
    if report.renamed:
        renamed = [f"{item.former_path} -> {item.path}" for item in report.renamed]
        lines.append(f"{len(renamed)} {would}renamed: {_names(renamed)}")
    lines.append(f"{len(report.unchanged)} unchanged")
    if report.deleted:
        lines.append(f"Deleted older generations: {_names(report.deleted)}.")
    times = ", ".join(f"{step} {seconds:.1f} s" for step, seconds in report.seconds.items())
    lines.append(f"{report.passages} passages, {report.embedded} embedded, {times}")
    if check:
        lines.append(f"Checked only, nothing was published; live is {report.generation or 'no generation'}.")
    elif report.published:
        lines.append(f"Published generation {report.generation}.")
    else:
        lines.append(f"Nothing changed; generation {report.generation} stays live.")
    return "\n".join(lines)


def _names(ids: Sequence[str]) -> str:
    more = len(ids) - _NAMES_SHOWN
    return ", ".join(ids[:_NAMES_SHOWN]) + (f" and {more} more (all with --json)" if more > 0 else "")
