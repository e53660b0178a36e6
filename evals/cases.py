"""Evaluation cases: JSON Lines, one case a line. Keys beyond the contract are kept and not read."""

from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from evals.matching import is_spelling
from kb.errors import UsageError
from kb.records import Language, read_day

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

Half = Literal["fit", "report"]


def _completed(value: object) -> object:
    if value is None:
        raise ValueError('this case is a draft; write "answer" or "abstain" with its facts, or take the line out')
    return value


def _spelling(value: str) -> str:
    # An empty one would be found in every answer.
    if not is_spelling(value):
        raise ValueError(f"{value!r} holds nothing to look for")
    return value


def _some(spellings: tuple[str, ...]) -> tuple[str, ...]:
    if not spellings:
        raise ValueError("this fact has no spelling; write one, or take the fact out")
    return spellings


_Spelling = Annotated[str, AfterValidator(_spelling)]
_Fact = Annotated[tuple[_Spelling, ...], AfterValidator(_some)]


class Case(BaseModel):
    """One question with what a right answer must and must not contain."""

    model_config = ConfigDict(extra="allow", frozen=True)

    id: Annotated[str, Field(min_length=1)]
    question: Annotated[str, Field(min_length=1)]
    history: tuple[str, ...] = ()
    language: Language
    category: Annotated[str, Field(min_length=1)]
    as_of: Annotated[date, BeforeValidator(read_day)] | None = None
    expect: Annotated[Literal["answer", "abstain"], BeforeValidator(_completed)]
    facts: tuple[_Fact, ...] = ()
    forbidden: tuple[_Spelling, ...] = ()
    documents: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()

    @property
    def half(self) -> Half:
        """Fitting or reporting, by the first hexadecimal digit of the SHA-256 of the id."""
        return "fit" if int(sha256(self.id.encode()).hexdigest()[0], 16) % 2 == 0 else "report"


def read_cases(path: Path) -> list[Case]:
    """All cases of a set, in order. Raises UsageError naming every faulty line."""
    try:
        # Only a line feed ends a line of JSON Lines: splitlines would also cut at U+2028 inside a string.
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: the set can't be read ({error}); give a JSON Lines file") from error
    cases: list[Case] = []
    faults: list[str] = []
    seen: set[str] = set()
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            case = Case.model_validate_json(line)
        except ValidationError as error:
            faults.extend(f"{path}:{number}: {_described(fault)}" for fault in error.errors())
            continue
        if case.id in seen:
            faults.append(f"{path}:{number}: id: {case.id!r} stands twice")
        seen.add(case.id)
        cases.append(case)
    if faults:
        raise UsageError("the set has faults:\n" + "\n".join(faults))
    if not cases:
        raise UsageError(f"{path}: the set holds no case")
    return cases


def _described(fault: "ErrorDetails") -> str:
    place = ".".join(str(part) for part in fault["loc"])
    message = fault["msg"].removeprefix("Value error, ")
    return f"{place}: {message}" if place else message
