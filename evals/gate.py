"""Thresholds that a run must keep: a YAML file of `measure: {min: …, max: …}`."""

from math import isfinite
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, TypeAdapter, ValidationError

from evals.metrics import measures_of
from evals.run import Run
from kb.errors import UsageError

MEASURES = tuple(measures_of([]))


def _finite(bound: float) -> float:
    # Nothing is less than "not a number": every run would keep such a bound.
    if not isfinite(bound):
        raise ValueError(f"{bound} is no bound; write a number, or leave the bound out")
    return bound


_Bound = Annotated[float, AfterValidator(_finite)]


class Threshold(BaseModel):
    """The least and the most that a measure may be; None means no bound."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    min: _Bound | None = None
    max: _Bound | None = None


def _known(name: str) -> str:
    if name not in MEASURES:
        raise ValueError(f"unknown measure; known are {', '.join(MEASURES)}")
    return name


_THRESHOLDS = TypeAdapter(dict[Annotated[str, AfterValidator(_known)], Threshold])


def read_thresholds(path: Path) -> dict[str, Threshold]:
    """The thresholds of a file, by measure. Raises UsageError naming every fault."""
    try:
        return _THRESHOLDS.validate_python(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise UsageError(f"{path}: the thresholds can't be read ({error})") from error
    except ValidationError as error:
        faults = (
            f"{path}: {'.'.join(map(str, fault['loc']))}: {fault['msg'].removeprefix('Value error, ')}"
            for fault in error.errors()
        )
        raise UsageError("\n".join(faults)) from None


def breaches(run: Run, thresholds: dict[str, Threshold]) -> list[str]:
    """Every threshold that the run doesn't keep, as a sentence.

    Judged on the reporting half where the set has cases of both halves, else on all cases. A measure without a case
    behind it is not judged.
    """
    halves = {scored.case.half for scored in run.scored}
    judged = [scored.result for scored in run.scored if len(halves) < 2 or scored.case.half == "report"]
    where = "the reporting half" if len(halves) == 2 else "all cases"
    measures = measures_of(judged)
    found: list[str] = []
    for name, threshold in thresholds.items():
        measured = measures[name]
        if measured.n == 0:
            continue
        if threshold.min is not None and measured.value < threshold.min:
            found.append(_breach(name, measured.value, "less than", threshold.min, where, measured.n))
        if threshold.max is not None and measured.value > threshold.max:
            found.append(_breach(name, measured.value, "more than", threshold.max, where, measured.n))
    return found


def _breach(name: str, value: float, relation: str, bound: float, where: str, n: int) -> str:
    return f"{name} is {value:.4g} on {where} (n = {n}), {relation} {bound:g}"
