"""Front matter: YAML at the top of Markdown, a sidecar `NAME.ext.yaml` beside anything else, `_defaults.yaml` per folder.

Every fault of every file is reported, as `path:line: field: message`; nothing is guessed.
"""

import re
from collections.abc import Iterator
from datetime import date
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from ingest.yaml_fields import CONTROL, UNREADABLE, RawFields, key_fault
from kb.records import Authority, Finding, Jurisdiction, Language, Metadata, Topic

_LONGEST_ID = 200


def _calendar_date(value: object) -> object:
    # YAML reads 2026-11-01 as a date and 2026-11-01T10:00 as a datetime; only the first is a date here.
    if type(value) is date or value is None:
        return value
    if isinstance(value, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        return date.fromisoformat(value)
    raise ValueError("must be a date such as 2026-11-01")


def is_identifier(value: str) -> bool:
    """Whether a text can be the id of a document: one line that can be shown, and be one part of an address."""
    return (
        0 < len(value) <= _LONGEST_ID
        and value.isprintable()
        and value == value.strip()
        and not set(value) & set("/\\")
        and value not in {".", ".."}
    )


def _identifier(value: object) -> object:
    if value is None or (isinstance(value, str) and is_identifier(value)):
        return value
    raise ValueError(
        f"must be a text of at most {_LONGEST_ID} characters on one line, without a slash, and not . or .."
    )


def _one_line(value: object) -> object:
    if not isinstance(value, str):
        return value
    line = value.removesuffix("\n")  # a text folded with > ends so
    if CONTROL.search(line):
        raise ValueError("must be one line without control characters")
    return line


def _not_empty(value: object) -> object:
    if isinstance(value, (list, tuple)) and not value:
        raise ValueError("must name at least one topic, such as [ptu]")
    return value


def _none_as_empty(value: object) -> object:
    return () if value is None else value


_Date = Annotated[date, BeforeValidator(_calendar_date)]
_Text = Annotated[str, Field(strict=True, min_length=1, pattern=r"\S"), BeforeValidator(_one_line)]
_Address = Annotated[str, Field(strict=True, pattern=r"^https?://\S+$"), BeforeValidator(_one_line)]
_Id = Annotated[str, BeforeValidator(_identifier)]


class FrontMatter(BaseModel):
    """The contract of front matter. Unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: _Id | None = None
    title: _Text | None = None
    authority: Authority
    jurisdiction: Jurisdiction
    topics: Annotated[tuple[Topic, ...], BeforeValidator(_not_empty)]
    language: Language | None = None
    source: _Text | None = None
    source_url: _Address | None = None
    effective_from: _Date | None = None
    effective_to: _Date | None = None
    reviewed: _Date | None = None
    review_by: _Date | None = None
    supersedes: Annotated[tuple[_Id, ...], BeforeValidator(_none_as_empty)] = ()


def check_defaults(fields: RawFields, path: str) -> list[Finding]:
    """Faults of a folder's defaults themselves, also in values that every file overrides."""
    findings = _validated(fields, path, complete=False)[1]
    if "id" in fields.places:
        place, line = fields.places["id"]
        findings.append(key_fault(place, line, "id", "can't be a default: every file has its own"))
    return findings


def validate_fields(fields: RawFields, path: str, *, complete: bool = True) -> tuple[FrontMatter | None, list[Finding]]:
    """Check all keys at once. None with findings where anything is wrong.

    Where some keys could not be read and the fields are not `complete`, none is reported as missing.
    """
    front_matter, findings = _validated(fields, path, complete=complete)
    findings.extend(_cross_checks(fields, path, complete=complete))
    findings.sort(key=lambda finding: (finding.path, finding.line or 0))
    return (None if findings else front_matter), findings


def _validated(fields: RawFields, path: str, *, complete: bool) -> tuple[FrontMatter | None, list[Finding]]:
    findings: list[Finding] = []
    try:
        return FrontMatter.model_validate(fields.values), findings
    except ValidationError as error:
        for fault in error.errors():
            name = str(fault["loc"][0])
            if fields.values.get(name) is not UNREADABLE and (complete or fault["type"] != "missing"):
                place, line = fields.places.get(name, (path, 1))
                field = ".".join(str(part) for part in fault["loc"] if not str(part).startswith("function-"))
                findings.append(key_fault(place, line, field, _advice(fault)))
    return None, findings


def _cross_checks(fields: RawFields, path: str, *, complete: bool) -> Iterator[Finding]:
    values = fields.values
    unreviewed = values.get("reviewed") is None and (complete or "reviewed" in values)
    if values.get("authority") == Authority.INTERNAL and unreviewed:
        place, line = fields.places.get("reviewed", (path, 1))
        yield key_fault(place, line, "reviewed", "required for authority internal: the day somebody checked it")
    start, end = _date_in(values, "effective_from"), _date_in(values, "effective_to")
    if start is not None and end is not None and end <= start:
        place, line = fields.places["effective_to"]
        yield key_fault(place, line, "effective_to", f"must be after effective_from ({start})")


def _date_in(values: dict[str, Any], name: str) -> date | None:
    try:
        found = _calendar_date(values.get(name))
    except ValueError:
        return None  # reported by the field's own check
    return found if isinstance(found, date) else None


def _advice(fault: Any) -> str:
    kind = fault["type"]
    if kind == "extra_forbidden":
        return f"unknown key; known are {', '.join(FrontMatter.model_fields)}"
    if kind == "missing":
        return "required but missing"
    message = str(fault["msg"]).removeprefix("Value error, ").replace("valid tuple", "list in brackets, such as [ptu]")
    shown = repr(fault.get("input"))
    return f"{message[0].lower()}{message[1:]} (found {shown[:60]})"


def complete_metadata(
    front_matter: FrontMatter, *, default_id: str, default_title: str, language: Language
) -> Metadata:
    """Fill in what the contract derives: id from the path, title from the first heading, language from the text."""
    values = {name: getattr(front_matter, name) for name in FrontMatter.model_fields}
    values["id"] = front_matter.id or default_id
    values["title"] = front_matter.title or CONTROL.sub(" ", default_title).strip() or default_id
    values["language"] = front_matter.language or language
    return Metadata(**values)
