"""The command `kb ingest`: build, tell, and publish or refuse."""

from collections.abc import Sequence
from pathlib import Path

import msgspec
import typer

from app.cli_terminal import progress, say, show, show_json
from evals.corpus_gate import corpus_gate
from ingest.publish import RefusedError, Report, publish
from ingest.read import read_document
from ingest.scan import scan_folder
from kb.models.embedding import load_embedder
from kb.records import Document, Finding, Severity
from kb.settings import load_settings

_NAMES_SHOWN = 20


def run_ingest(folder: Path, home: Path, *, check: bool, gated: bool, as_json: bool) -> None:
    """Publish a generation from the folder, or with `check` tell what would change. Raises what `publish` raises."""
    sources, _ = scan_folder(folder)  # a missing folder is refused before the model is loaded
    with progress() as tell:
        tell("loading the model", 0, 0)
        embedder = load_embedder(load_settings(home=home))
        gate = corpus_gate(folder, embedder) if gated and not check else None
        try:
            report = publish(folder, home, check=check, embedder=embedder, gate=gate, progress=tell)
        except RefusedError as refusal:
            _show_refusal(refusal, as_json=as_json)
            raise typer.Exit(refusal.exit_code) from None
        except KeyboardInterrupt:
            say(
                "kb: nothing was published, the live generation is as before; texts that are read and embedded already "
                "are kept, and the next `kb ingest` goes on from there"
            )
            raise
        documents = [read_document(source, embedder.fits)[0] for source in sources] if check else []
    if as_json:
        counts = [_counts(document) for document in documents if document]
        show_json(_report_as_json(report) | ({"documents": counts} if check else {}))
        return
    for finding in in_order(report.findings):
        show(str(finding))
    for document in documents:
        if document:
            show(
                "{path}: {id}, {sections} sections, {passages} passages, {removals} removals".format(
                    **_counts(document)
                )
            )
    show(_summary(report, check=check))


def in_order(findings: Sequence[Finding]) -> list[Finding]:
    """Errors first, then warnings, then notes; within each as they were found."""
    return sorted(findings, key=lambda finding: list(Severity).index(finding.severity))


def _show_refusal(refusal: RefusedError, *, as_json: bool) -> None:
    """Faults on standard error, as the reason; the other findings, or all as JSON, on standard output."""
    findings = in_order(refusal.findings)
    if as_json:
        show_json({"published": False, "findings": msgspec.to_builtins(findings)})
    else:
        for finding in findings:
            if finding.severity is not Severity.ERROR:
                show(str(finding))
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
    lines.append(f"{len(report.unchanged)} unchanged")
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
