"""Fit the sufficiency model on the fit half of a set and report on the other half: `python -m evals.fit SET...`.

Logistic regression with an L2 penalty, by Newton's method; positives are cases that expect an answer and whose evidence
holds a fact of it: sentences beside the point are no better than an invented answer. Cases that a
named rule already decides (a name that no evidence treats) are left out of the fit, as they never reach the model.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import yaml

from evals.cases import Case, read_cases
from evals.matching import contains_any
from kb.answering import answer_question
from kb.knowledge_base import KnowledgeBase, today
from kb.personal_data import mask
from kb.question import understand
from kb.records import Filters
from kb.sufficiency import SIGNALS, SIGNALS_WHERE_KNOWN, Calibration, Verdict

PENALTY = 0.3
# Of the fit half's cases that expect an answer, the share that may be refused; the threshold refuses as much else as it can.
# Of cases that were not fitted on some more are refused: 0.05 is to hold for those. Where no questions are known the signals
# tell less, and more that can be answered is refused before as much of the rest is.
REFUSED_AT_MOST, REFUSED_AT_MOST_WHERE_UNKNOWN = 0.025, 0.08

Matrix = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, slots=True)
class Judged:
    """A case with the verdict on its evidence."""

    case: Case
    verdict: Verdict
    answerable: bool  # an answer is expected and the evidence found holds at least one of its facts


def judge_cases(base: KnowledgeBase, cases: Sequence[Case]) -> list[Judged]:
    """The signals of every case."""
    rows = []
    for case in cases:
        filters = Filters(as_of=case.as_of)
        masked = mask(case.question).text
        question = understand(masked, as_of=case.as_of or today(), today=today(), earlier=case.history)
        reasoning = answer_question(base.generation, base.embedder, question, filters, today(), base.calibration)
        found = not case.facts or any(contains_any(reasoning.draft, fact) for fact in case.facts)
        rows.append(Judged(case=case, verdict=reasoning.verdict, answerable=case.expect == "answer" and found))
    return rows


def fit(rows: Sequence[Judged]) -> Calibration:
    """Both models: over the signals that all evidence has, and over those that it has where questions are known."""
    known = [row for row in rows if "answered" in row.verdict.signals]
    return replace(
        _fit(rows, SIGNALS, REFUSED_AT_MOST_WHERE_UNKNOWN),
        where_known=_fit(known, SIGNALS_WHERE_KNOWN, REFUSED_AT_MOST),
    )


def _fit(rows: Sequence[Judged], names: Sequence[str], refused_at_most: float) -> Calibration:
    """Weights and threshold from rows not decided by a named rule."""
    usable = [row for row in rows if not row.verdict.missing]
    features = np.array([[*(row.verdict.signals[name] for name in names), 1.0] for row in usable])
    labels = np.array([row.answerable for row in usable], dtype=float)
    # Both outcomes weigh the same in sum, however many cases each has.
    balance = np.where(labels > 0, 0.5 / max(labels.sum(), 1), 0.5 / max((1 - labels).sum(), 1)) * len(labels)
    weights = _newton(features, labels, balance)
    while (weights[:-1] < 0).any():  # every signal speaks for an answer: one that would speak against it tells nothing
        features[:, :-1][:, weights[:-1] < 0] = 0.0
        weights = _newton(features, labels, balance)
    probabilities = 1 / (1 + np.exp(-features @ weights))
    return Calibration(
        weights={name: round(float(weight), 4) for name, weight in zip(names, weights[:-1], strict=True)},
        bias=round(float(weights[-1]), 4),
        threshold=round(_threshold(probabilities[[row.case.expect == "answer" for row in usable]], refused_at_most), 4),
    )


def _newton(features: Matrix, labels: Matrix, balance: Matrix) -> Matrix:
    weights = np.zeros(features.shape[1])
    penalty = np.full(features.shape[1], PENALTY)
    penalty[-1] = 0.0
    for _ in range(100):
        probabilities = 1 / (1 + np.exp(-features @ weights))
        gradient = features.T @ (balance * (probabilities - labels)) + penalty * weights
        curvature = (features * (balance * probabilities * (1 - probabilities))[:, None]).T @ features
        step = np.linalg.solve(curvature + np.diag(penalty + 1e-9), gradient)
        weights = weights - step
        if float(np.abs(step).max()) < 1e-8:
            break
    return weights


def _threshold(answerable: Matrix, refused_at_most: float) -> float:
    """The highest threshold that refuses no more than that share of the cases that expect an answer, by probability."""
    grid = np.linspace(0.02, 0.98, 193)
    allowed = [float(t) for t in grid if not answerable.size or (answerable < t).mean() <= refused_at_most]
    return allowed[-1] if allowed else float(grid[0])


def describe(rows: Sequence[Judged], calibration: Calibration) -> str:
    """One line: how many cases are answered and refused rightly and wrongly."""
    counts = {"answered rightly": 0, "refused wrongly": 0, "refused rightly": 0, "answered wrongly": 0}
    for row in rows:
        chosen = calibration.for_signals(row.verdict.signals)
        answers = not row.verdict.missing and chosen.probability(row.verdict.signals) >= chosen.threshold
        if row.case.expect == "answer":
            counts["answered rightly" if answers else "refused wrongly"] += 1
        else:
            counts["answered wrongly" if answers else "refused rightly"] += 1
    return ", ".join(f"{name} {count}" for name, count in counts.items())


def _numbers(calibration: Calibration) -> dict[str, object]:
    return {"bias": calibration.bias, "threshold": calibration.threshold, "weights": calibration.weights}


def main(arguments: Sequence[str] | None = None) -> int:
    """Fit, print both halves, and with --write replace the packaged calibration."""
    parser = argparse.ArgumentParser(prog="python -m evals.fit", description=__doc__)
    parser.add_argument("sets", nargs="+", type=Path)
    parser.add_argument("--home", default=".kb")
    parser.add_argument("--write", type=Path, help="write the calibration here, e.g. kb/calibration.yaml")
    options = parser.parse_args(arguments)
    base = KnowledgeBase.open(options.home)
    rows = judge_cases(base, [case for path in options.sets for case in read_cases(path)])
    calibration = fit([row for row in rows if row.case.half == "fit"])
    for half in ("fit", "report"):
        print(f"{half} half: {describe([row for row in rows if row.case.half == half], calibration)}")  # noqa: T201
    where_known = {"where_known": _numbers(calibration.where_known)} if calibration.where_known else {}
    content = yaml.safe_dump({**_numbers(calibration), **where_known}, sort_keys=False)
    print(content)  # noqa: T201
    if options.write:
        header = "# Written by `python -m evals.fit`; fitted on the fit half of the sets only.\n"
        options.write.write_text(header + content, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
