"""The totals of a run: means with the count behind each and a seeded bootstrap interval."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

RESAMPLES = 1_000
SEED = 20_261_121


@dataclass(frozen=True, kw_only=True, slots=True)
class CaseResult:
    """What one case gave. Counts, so that totals can be formed over any group of cases."""

    id: str
    category: str
    language: str
    expect: str  # answer | abstain
    answered: bool
    error: str | None
    facts_found: int
    facts_of: int
    forbidden: bool
    quotes_valid: int
    quotes_of: int
    statements_supported: int
    statements_of: int
    document_hit: bool | None  # None where the case names no document
    notices_missing: int
    latency_ms: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Ratio:
    """A measure over cases: the sum of `part(case)` over the sum of `whole(case)`."""

    name: str
    part: Callable[[CaseResult], float]
    whole: Callable[[CaseResult], float]


RATIOS = (
    Ratio(
        name="fact_recall",
        part=lambda r: r.facts_found if r.expect == "answer" else 0,
        whole=lambda r: r.facts_of if r.expect == "answer" else 0,
    ),
    Ratio(name="forbidden_rate", part=lambda r: r.forbidden, whole=lambda _: 1),
    Ratio(
        name="abstention_precision",
        part=lambda r: not r.answered and r.expect == "abstain",
        whole=lambda r: not r.answered,
    ),
    Ratio(
        name="abstention_recall",
        part=lambda r: not r.answered and r.expect == "abstain",
        whole=lambda r: r.expect == "abstain",
    ),
    Ratio(
        name="false_abstention_rate",
        part=lambda r: not r.answered and r.expect == "answer",
        whole=lambda r: r.expect == "answer",
    ),
    Ratio(name="quote_validity", part=lambda r: r.quotes_valid, whole=lambda r: r.quotes_of),
    Ratio(name="statement_support", part=lambda r: r.statements_supported, whole=lambda r: r.statements_of),
    Ratio(name="document_hit", part=lambda r: bool(r.document_hit), whole=lambda r: r.document_hit is not None),
)
# What a ratio is when nothing could go wrong: no abstention is a precise one, no quote an invalid one.
_EMPTY = {"forbidden_rate": 0.0, "false_abstention_rate": 0.0}


def totals(results: Sequence[CaseResult]) -> dict[str, object]:
    """All measures of a group of cases, with `n` and `interval` (95 %, bootstrap over cases, seeded)."""
    found: dict[str, object] = {"cases": len(results), "errors": sum(result.error is not None for result in results)}
    counts: dict[str, int] = {}
    intervals: dict[str, list[float]] = {}
    rng = np.random.default_rng(SEED)
    draws = rng.integers(0, max(len(results), 1), size=(RESAMPLES, max(len(results), 1))) if results else None
    for ratio in RATIOS:
        part = np.array([float(ratio.part(result)) for result in results])
        whole = np.array([float(ratio.whole(result)) for result in results])
        counts[ratio.name] = int(whole.sum())
        found[ratio.name] = round(float(part.sum() / whole.sum()), 4) if whole.sum() else _EMPTY.get(ratio.name, 1.0)
        if draws is not None and whole.sum():
            sums = whole[draws].sum(axis=1)
            means = part[draws].sum(axis=1)[sums > 0] / sums[sums > 0]
            intervals[ratio.name] = [round(float(value), 4) for value in np.quantile(means, [0.025, 0.975])]
    times = [result.latency_ms for result in results if result.error is None]
    for name, share in (("latency_ms_p50", 0.5), ("latency_ms_p95", 0.95)):
        found[name] = round(float(np.quantile(times, share)), 1) if times else 0.0
        counts[name] = len(times)
    found["n"] = counts
    found["interval"] = intervals
    return found
