"""The commands `kb eval run` and `kb eval compare`."""

import json
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path

import typer

from app.cli_terminal import progress, say, show, show_json
from app.output_file import check_output
from evals.cases import read_cases
from evals.compare import CaseChange, Comparison, Difference, compare_runs, comparison_as_json, read_run
from evals.gate import breaches, read_thresholds
from evals.metrics import Measure, measures_of
from evals.report import HALVES, run_as_html
from evals.run import Run, run_as_json, run_set
from kb.errors import UsageError
from kb.knowledge_base import KnowledgeBase


def run_eval(home: Path, cases: Path, json_file: Path | None, html_file: Path | None, gate: Path | None) -> None:
    """Run a set, print its measures, write what was asked for; end with 1 where the gate is not kept."""
    # All that can be wrong with the call is found before minutes are spent on the run.
    asked = read_cases(cases)
    thresholds = read_thresholds(gate) if gate else {}
    needed = [cases, *([gate] if gate else [])]
    for option, file in (("--json", json_file), ("--html", html_file)):
        if file:
            _make_folder(option, file)
            check_output(file, option, needed)
            needed.append(file)
    with progress() as tell:
        tell("loading the model", 0, 0)
        with closing(KnowledgeBase.open(home)) as base:
            run = run_set(base, str(cases), asked, lambda done, of: tell("asking", done, of))
    show(run_as_text(run))
    if json_file:
        json_file.write_text(json.dumps(run_as_json(run), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    if html_file:
        html_file.write_text(run_as_html(run), encoding="utf-8")
    found = breaches(run, thresholds)
    if found:
        say("\n".join(f"kb: {gate}: {breach}" for breach in found))
        raise typer.Exit(1)


def run_compare(before: Path, after: Path, *, as_json: bool) -> None:
    """Print two runs side by side. Raises UsageError where a file is no run."""
    one, other = read_run(before), read_run(after)
    comparison = compare_runs(one, other)
    if one.set_name != other.set_name:
        say(f"kb: the runs are of two sets, {one.set_name} and {other.set_name}; only the cases in both are compared")
    if as_json:
        show_json(comparison_as_json(comparison))
    else:
        show(comparison_as_text(comparison))


def run_as_text(run: Run) -> str:
    """A table of all measures for all cases and for both halves, then the most telling ones by category and language."""
    results = [scored.result for scored in run.scored]
    groups = {"All cases": results} | {
        label: [scored.result for scored in run.scored if scored.case.half == half] for half, label in HALVES.items()
    }
    measures = {f"{label}, {len(rows)} cases": measures_of(rows) for label, rows in groups.items() if rows}
    head = ["", *measures]
    body = [[name, *(_figure(column[name]) for column in measures.values())] for name in measures_of([])]
    parts = [f"{run.set_name} on generation {run.generation}, model {run.model}", _table([head, *body])]
    for title, names in (
        ("category", sorted({result.category for result in results})),
        ("language", sorted({result.language for result in results})),
    ):
        chosen = ("fact_recall", "false_abstention_rate", "abstention_recall", "forbidden_rate")
        rows = [[f"by {title}", *chosen]]
        for name in names:
            found = measures_of([result for result in results if getattr(result, title) == name])
            rows.append([name, *(_figure(found[measure]) for measure in chosen)])
        parts.append(_table(rows))
    return "\n\n".join(parts)


def comparison_as_text(comparison: Comparison) -> str:
    """A table of differences, then the cases that got worse and better. A star marks a difference beyond chance."""
    rows = [["", "before", "after", "change, 95 % interval", "n"], *map(_difference_row, comparison.differences)]
    parts = [
        f"{comparison.cases} cases in both {comparison.before} and {comparison.after}; * = the interval leaves out 0",
        _table(rows),
        _changes("worse", comparison.worse),
        _changes("better", comparison.better),
    ]
    for file, ids in ((comparison.before, comparison.only_before), (comparison.after, comparison.only_after)):
        if ids:
            parts.append(f"Only in {file}: {', '.join(ids)}")
    return "\n\n".join(parts)


def _make_folder(option: str, file: Path) -> None:
    """Make the folder of a file to be written. Raises UsageError where it can't be made."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(
            f"{option} {file}: its folder can't be made ({error.strerror}); choose another file"
        ) from error


def _figure(found: Measure) -> str:
    if not found.n:
        return "- (n = 0)"
    if found.interval is None:
        return f"{found.value:.0f} (n = {found.n})"
    return f"{found.value:.3f} [{found.interval[0]:.3f} to {found.interval[1]:.3f}] (n = {found.n})"


def _difference_row(row: Difference) -> list[str]:
    interval = f" [{row.interval[0]:+.3f} to {row.interval[1]:+.3f}]" if row.interval else ""
    star = " *" if row.is_clear else ""
    counts = str(row.n[0]) if row.n[0] == row.n[1] else f"{row.n[0]}, {row.n[1]}"
    name = row.name + (" (less is better)" if row.less_is_better else "")
    return [name, f"{row.before:.3f}", f"{row.after:.3f}", f"{row.change:+.3f}{interval}{star}", counts]


def _changes(word: str, changes: Iterable[CaseChange]) -> str:
    lines = [f"  {change.id}: {'; '.join((*change.worse, *change.better))}" for change in changes]
    return "\n".join([f"{len(lines)} cases got {word}", *lines])


def _table(rows: Sequence[Sequence[str]]) -> str:
    """Columns as wide as their widest cell."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )
