"""Two runs of one set side by side: what every measure gained or lost, and which cases changed.

Cases are paired by id, and the interval of a difference comes from drawing pairs: what is hard in both runs cancels out.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from evals.metrics import RATIOS, CaseResult, Ratio, measure, resamples, sums_of
from kb.errors import UsageError


@dataclass(frozen=True, kw_only=True, slots=True)
class SavedRun:
    """A run as `kb eval run --json` wrote it. `results` are in the order of the set."""

    path: str
    set_name: str
    generation: str
    model: str
    results: tuple[CaseResult, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Difference:
    """A measure in both runs, over the cases that both hold. `interval` (95 %) is of `change`."""

    name: str
    before: float
    after: float
    change: float
    interval: tuple[float, float] | None
    n: tuple[int, int]
    less_is_better: bool

    @property
    def is_clear(self) -> bool:
        """Whether the interval leaves out zero."""
        return self.interval is not None and (self.interval[0] > 0 or self.interval[1] < 0)


@dataclass(frozen=True, kw_only=True, slots=True)
class CaseChange:
    """A case whose result differs, with what got worse and what got better, in words."""

    id: str
    worse: tuple[str, ...]
    better: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparison:
    """Two runs side by side. A case is worse when anything in it got worse, whatever else got better."""

    before: str
    after: str
    cases: int  # in both
    differences: tuple[Difference, ...]
    worse: tuple[CaseChange, ...]
    better: tuple[CaseChange, ...]
    only_before: tuple[str, ...]
    only_after: tuple[str, ...]


class _Case(BaseModel):
    model_config = ConfigDict(extra="ignore")
    counts: CaseResult


class _File(BaseModel):
    model_config = ConfigDict(extra="ignore")
    set: str
    generation: str
    model: str
    cases: list[_Case]


_FILE = TypeAdapter(_File)


def read_run(path: Path) -> SavedRun:
    """Read a run's JSON. Raises UsageError when it isn't one."""
    try:
        file = _FILE.validate_json(path.read_bytes())
    except OSError as error:
        raise UsageError(
            f"{path}: the run can't be read ({error.strerror}); give two files of `kb eval run --json`"
        ) from None
    except ValidationError as error:
        fault = error.errors()[0]
        place = ".".join(str(part) for part in fault["loc"])
        raise UsageError(f"{path}: is not a run written by `kb eval run --json` ({place}: {fault['msg']})") from None
    return SavedRun(
        path=str(path),
        set_name=file.set,
        generation=file.generation,
        model=file.model,
        results=tuple(case.counts for case in file.cases),
    )


def compare_runs(before: SavedRun, after: SavedRun) -> Comparison:
    """Pair the cases of two runs. Raises UsageError when they have no case in common."""
    old, new = ({result.id: result for result in run.results} for run in (before, after))
    shared = [identifier for identifier in old if identifier in new]
    if not shared:
        raise UsageError(f"{before.path} and {after.path} have no case in common; compare two runs of one set")
    pairs = [(old[identifier], new[identifier]) for identifier in shared]
    changes = [_change(one, other) for one, other in pairs]
    return Comparison(
        before=before.path,
        after=after.path,
        cases=len(shared),
        differences=tuple(_difference(ratio, [p[0] for p in pairs], [p[1] for p in pairs]) for ratio in RATIOS),
        worse=tuple(change for change in changes if change.worse),
        better=tuple(change for change in changes if change.better and not change.worse),
        only_before=tuple(identifier for identifier in old if identifier not in new),
        only_after=tuple(identifier for identifier in new if identifier not in old),
    )


def comparison_as_json(comparison: Comparison) -> dict[str, object]:
    """The comparison as plain JSON values."""
    return asdict(comparison)


def _difference(ratio: Ratio, before: Sequence[CaseResult], after: Sequence[CaseResult]) -> Difference:
    one, other = measure(ratio, before), measure(ratio, after)
    draws = resamples(len(before))
    (parts, wholes), (new_parts, new_wholes) = (
        tuple(column[draws].sum(axis=1) for column in sums_of(ratio, results)) for results in (before, after)
    )
    usable = (wholes > 0) & (new_wholes > 0)
    interval = None
    if one.n and other.n and usable.any():
        changes = new_parts[usable] / new_wholes[usable] - parts[usable] / wholes[usable]
        low, high = np.quantile(changes, [0.025, 0.975])
        interval = (round(float(low), 4), round(float(high), 4))
    return Difference(
        name=ratio.name,
        before=round(one.value, 4),
        after=round(other.value, 4),
        change=round(other.value - one.value, 4),
        interval=interval,
        n=(one.n, other.n),
        less_is_better=ratio.less_is_better,
    )


def _change(before: CaseResult, after: CaseResult) -> CaseChange:
    rows = [(label, old, new) for label, old, new in _goodness(before, after) if old != new]
    return CaseChange(
        id=before.id,
        worse=tuple(label for label, old, new in rows if new < old),
        better=tuple(label for label, old, new in rows if new > old),
    )


def _goodness(before: CaseResult, after: CaseResult) -> Iterator[tuple[str, int, int]]:
    """(what, how good before, how good after) for everything that a case is judged by; more is better."""
    yield "error" if after.error else "no error any more", int(before.error is None), int(after.error is None)
    if before.expect == "answer":
        facts = f"facts {before.facts_found} to {after.facts_found} of {after.facts_of}"
        yield facts, before.facts_found, after.facts_found
    forbidden = "says what it must not" if after.forbidden else "no longer says what it must not"
    yield forbidden, int(not before.forbidden), int(not after.forbidden)
    right = before.expect == "answer"
    yield _answering(after), int(before.answered is right), int(after.answered is right)
    for label, one, other in (
        ("quotes that are not verbatim", before.quotes_of - before.quotes_valid, after.quotes_of - after.quotes_valid),
        (
            "unsupported statements",
            before.statements_of - before.statements_supported,
            after.statements_of - after.statements_supported,
        ),
        ("missing notices", before.notices_missing, after.notices_missing),
        ("expected document not cited", int(before.document_hit is False), int(after.document_hit is False)),
    ):
        yield f"{label}: {one} to {other}", -one, -other


def _answering(result: CaseResult) -> str:
    return "answers" if result.answered else "does not answer"
