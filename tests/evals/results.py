"""Results of cases for tests, everything right unless told otherwise."""

from dataclasses import replace

from evals.metrics import CaseResult

_RIGHT = CaseResult(
    id="a",
    category="ptu",
    language="en",
    expect="answer",
    answered=True,
    error=None,
    facts_found=1,
    facts_early=1,
    facts_of=1,
    forbidden=False,
    quotes_valid=2,
    quotes_of=2,
    statements_supported=1,
    statements_of=1,
    document_hit=None,
    notices_missing=0,
    notices_of=0,
    premise_alarm=False,
    latency_ms=10.0,
)


_NOTHING_SAID = {
    "facts_found": 0,
    "facts_early": 0,
    "quotes_valid": 0,
    "quotes_of": 0,
    "statements_supported": 0,
    "statements_of": 0,
}


def result(identifier: str = "a", **changes: object) -> CaseResult:
    """A right answer to a case with one fact, with some fields changed."""
    return replace(_RIGHT, id=identifier, **changes)  # type: ignore[arg-type]


def failed(identifier: str = "a", **changes: object) -> CaseResult:
    """A case that ended in an error."""
    return result(identifier, answered=False, error="no model", latency_ms=0.0, **_NOTHING_SAID, **changes)


def abstained(identifier: str = "a", **changes: object) -> CaseResult:
    """A case that was not answered."""
    return result(identifier, answered=False, **{**_NOTHING_SAID, **changes})
