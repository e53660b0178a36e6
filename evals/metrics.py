"""The totals of a run: means with the count behind each and a seeded bootstrap interval."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]
RESAMPLES = 1_000
SEED = 20_261_121
EARLY = 2  # statements: most readers go no further


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
    notices_of: int
    premise_alarm: bool  # a false premise was named though the case expects none
    latency_ms: float
    # How many facts stand in the first EARLY statements; None where none are told apart, or the run was saved before this was counted.
    facts_early: int | None = None

    @property
    def abstained(self) -> bool:
        """Whether it said that it doesn't know. An error is neither an answer nor an abstention."""
        return not self.answered and self.error is None


@dataclass(frozen=True, kw_only=True, slots=True)
class Ratio:
    """A measure over cases: the sum of `part(case)` over the sum of `whole(case)`, in [0, 1]."""

    name: str
    part: Callable[[CaseResult], float]
    whole: Callable[[CaseResult], float]
    less_is_better: bool = False
    if_none: float = 1.0  # the value where nothing could go wrong: of no quotes, none is invalid


RATIOS = (
    Ratio(
        name="fact_recall",
        part=lambda r: r.facts_found if r.expect == "answer" else 0,
        whole=lambda r: r.facts_of if r.expect == "answer" else 0,
    ),
    Ratio(
        name="fact_recall_early",
        part=lambda r: (r.facts_early or 0) if r.expect == "answer" else 0,
        whole=lambda r: r.facts_of if r.expect == "answer" and r.facts_early is not None else 0,
    ),
    Ratio(name="forbidden_rate", part=lambda r: r.forbidden, whole=lambda _: 1, less_is_better=True, if_none=0.0),
    Ratio(
        name="abstention_precision",
        part=lambda r: r.abstained and r.expect == "abstain",
        whole=lambda r: r.abstained,
    ),
    Ratio(
        name="abstention_recall",
        part=lambda r: r.abstained and r.expect == "abstain",
        whole=lambda r: r.expect == "abstain",
    ),
    Ratio(
        name="false_abstention_rate",
        part=lambda r: r.abstained and r.expect == "answer",
        whole=lambda r: r.expect == "answer",
        less_is_better=True,
        if_none=0.0,
    ),
    Ratio(name="quote_validity", part=lambda r: r.quotes_valid, whole=lambda r: r.quotes_of),
    Ratio(name="statement_support", part=lambda r: r.statements_supported, whole=lambda r: r.statements_of),
    Ratio(name="document_hit", part=lambda r: bool(r.document_hit), whole=lambda r: r.document_hit is not None),
    Ratio(name="notice_recall", part=lambda r: r.notices_of - r.notices_missing, whole=lambda r: r.notices_of),
    # A trap may have more than one false premise, and need not say which of them must be named.
    Ratio(
        name="premise_alarm_rate",
        part=lambda r: r.premise_alarm and r.category != "trap",
        whole=lambda r: r.answered and r.category != "trap",
        less_is_better=True,
        if_none=0.0,
    ),
)
LATENCIES = {"latency_ms_p50": 0.5, "latency_ms_p95": 0.95}


@dataclass(frozen=True, kw_only=True, slots=True)
class Measure:
    """One measure over some cases. `n` is the count behind it; `interval` (95 %) is None where there is none."""

    value: float
    n: int
    interval: tuple[float, float] | None


def measure(ratio: Ratio, results: Sequence[CaseResult]) -> Measure:
    """The ratio over all results with its 95 % interval (bootstrap over cases, seeded)."""
    part, whole = sums_of(ratio, results)
    if not whole.sum():
        return Measure(value=ratio.if_none, n=0, interval=None)
    draws = resamples(len(results))
    parts, wholes = part[draws].sum(axis=1), whole[draws].sum(axis=1)
    low, high = np.quantile(parts[wholes > 0] / wholes[wholes > 0], [0.025, 0.975])
    return Measure(value=float(part.sum() / whole.sum()), n=int(whole.sum()), interval=(float(low), float(high)))


def sums_of(ratio: Ratio, results: Sequence[CaseResult]) -> tuple[Numbers, Numbers]:
    """What each case adds to the part and to the whole, in order."""
    return (
        np.array([float(ratio.part(result)) for result in results]),
        np.array([float(ratio.whole(result)) for result in results]),
    )


def resamples(count: int) -> npt.NDArray[np.int64]:
    """The same draws of `count` cases with replacement in every call, shape (RESAMPLES, count)."""
    return np.random.default_rng(SEED).integers(0, count, size=(RESAMPLES, count))


def measures_of(results: Sequence[CaseResult]) -> dict[str, Measure]:
    """Every measure of a group of cases by name: errors, the ratios, latencies (of cases without an error)."""
    errors = sum(result.error is not None for result in results)
    times = [result.latency_ms for result in results if result.error is None]
    return {
        "errors": Measure(value=errors, n=len(results), interval=None),
        **{ratio.name: measure(ratio, results) for ratio in RATIOS},
        **{
            name: Measure(value=float(np.quantile(times, share)) if times else 0.0, n=len(times), interval=None)
            for name, share in LATENCIES.items()
        },
    }


def totals(results: Sequence[CaseResult]) -> dict[str, object]:
    """The contract's JSON of a group of cases: plain numbers, and beside them `n` and `interval` by name."""
    measures = measures_of(results)
    return {
        "cases": len(results),
        **{name: round(found.value, 4) for name, found in measures.items()},
        "n": {name: found.n for name, found in measures.items()},
        "interval": {
            name: [round(bound, 4) for bound in found.interval] for name, found in measures.items() if found.interval
        },
    }
