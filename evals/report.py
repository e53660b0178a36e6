"""A run as one HTML page that needs nothing else: no script, no picture, no font, no network."""

from collections.abc import Callable, Iterable, Sequence
from html import escape

from evals.metrics import CaseResult, Measure, measures_of
from evals.run import Run, Scored, answer_text

HALVES = {"fit": "Fit half (weights fitted on it)", "report": "Reporting half (not fitted on)"}

_STYLE = """
:root { color-scheme: light dark; }
body { font: 1rem/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 75rem; padding: 0 1rem; }
table { border-collapse: collapse; margin: 1.5rem 0; width: 100%; }
caption { font-weight: 600; padding: .5rem 0; text-align: left; }
th, td { border-bottom: 1px solid #8888; padding: .35rem .6rem; text-align: left; vertical-align: top; }
td.number { font-variant-numeric: tabular-nums; white-space: nowrap; }
small { display: block; opacity: .8; }
.answer { white-space: pre-line; }
td:has(details) { min-width: 20rem; }
.scroll { overflow-x: auto; }
"""


def run_as_html(run: Run) -> str:
    """The page: measures of all cases and of both halves, by category and language, and every case with its answer."""
    results = [scored.result for scored in run.scored]
    halves = {
        label: [scored.result for scored in run.scored if scored.case.half == half] for half, label in HALVES.items()
    }
    wrong = sum(bool(scored.faults) for scored in run.scored)
    return "".join(
        (
            '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n',
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n',
            f"<title>Evaluation: {escape(run.set_name)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<main>\n",
            f"<h1>Evaluation: {escape(run.set_name)}</h1>\n",
            f"<p>{len(results)} cases on generation <code>{escape(run.generation)}</code>, ",
            f"embedding model <code>{escape(run.model)}</code>. ",
            f"{len(results) - wrong} cases are as expected, {wrong} are not. ",
            "Brackets hold the 95 % interval (bootstrap over cases), n is the count behind a figure.</p>\n",
            _measures_table("Measures", {"All cases": results, **halves}),
            _measures_table("By category", _grouped(results, lambda result: result.category)),
            _measures_table("By language", _grouped(results, lambda result: result.language)),
            _cases_table(run.scored),
            "</main>\n</body>\n</html>\n",
        )
    )


def _grouped(results: Sequence[CaseResult], key: Callable[[CaseResult], str]) -> dict[str, list[CaseResult]]:
    names = sorted({key(result) for result in results})
    return {name: [result for result in results if key(result) == name] for name in names}


def _measures_table(caption: str, groups: dict[str, list[CaseResult]]) -> str:
    """One row a measure, one column a group."""
    columns = {f"{name}, {len(results)} cases": measures_of(results) for name, results in groups.items()}
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in columns)
    rows = "".join(
        f'<tr><th scope="row">{escape(name)}</th>'
        + "".join(f'<td class="number">{_figure(name, measures[name])}</td>' for measures in columns.values())
        + "</tr>\n"
        for name in measures_of([])
    )
    return _table(caption, f'<th scope="col">Measure</th>{head}', rows)


def _figure(name: str, found: Measure) -> str:
    if not found.n:
        return "–<small>nothing to measure</small>"
    decimals = 0 if name == "errors" or name.startswith("latency") else 3
    interval = f" [{found.interval[0]:.3f} to {found.interval[1]:.3f}]" if found.interval else ""
    return f"{found.value:.{decimals}f}{interval}<small>n = {found.n}</small>"


def _cases_table(scored: Iterable[Scored]) -> str:
    head = "".join(
        f'<th scope="col">{name}</th>'
        for name in ("Case", "Half", "Expected", "Question and answer", "Facts missed", "What is wrong")
    )
    return _table("Cases", head, "".join(_case_row(row) for row in scored))


def _case_row(scored: Scored) -> str:
    case = scored.case
    return (
        f'<tr><th scope="row">{escape(case.id)}<small>{escape(case.category)}, {case.language.value}</small></th>'
        f"<td>{case.half}</td><td>{case.expect}</td>"
        f'<td><details><summary lang="{case.language.value}">{escape(scored.question)}</summary>'
        f'<div class="answer">{_answer(scored)}</div></details></td>'
        f"<td>{escape('; '.join(scored.missed)) or '–'}</td><td>{escape('; '.join(scored.faults)) or '–'}</td></tr>\n"
    )


def _answer(scored: Scored) -> str:
    answer = scored.answer
    if answer is None:
        return f"Error: {escape(scored.result.error or '')}"
    text = f'<p lang="{answer.language.value}">{escape(answer_text(answer) or answer.reason or "")}</p>'
    cited = ", ".join(dict.fromkeys(citation.document for citation in answer.citations))
    return (
        text
        + f"<small>{answer.status.value}; cites {escape(cited) or 'nothing'}; {scored.result.latency_ms:.0f} ms</small>"
    )


def _table(caption: str, head: str, rows: str) -> str:
    return (
        f'<div class="scroll" role="region" aria-label="{escape(caption)}" tabindex="0">\n<table>\n'
        f"<caption>{escape(caption)}</caption>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}</tbody>\n</table>\n</div>\n"
    )
