"""Front matter: YAML at the top of Markdown, a sidecar `NAME.ext.yaml` beside anything else, `_defaults.yaml` per folder.

Every fault of every file is reported, as `path:line: field: message`; nothing is guessed.
"""

import re
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from kb.records import Authority, Finding, Jurisdiction, Language, Metadata, Severity, Topic

_FENCE = re.compile(r"\A---[ \t]*\r?\n(.*?)^---[ \t]*(?:\r?\n|\Z)", re.DOTALL | re.MULTILINE)


def _calendar_date(value: object) -> object:
    # YAML reads 2026-11-01 as a date and 2026-11-01T10:00 as a datetime; only the first is a date here.
    if type(value) is date or value is None:
        return value
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        return date.fromisoformat(value)
    raise ValueError("must be a date such as 2026-11-01")


_Date = Annotated[date, BeforeValidator(_calendar_date)]
_Text = Annotated[str, Field(strict=True, min_length=1)]
_Id = Annotated[str, Field(strict=True, pattern=r"^[a-z0-9][a-z0-9._-]{0,119}$")]


class FrontMatter(BaseModel):
    """The contract of front matter. Unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: _Id | None = None
    title: _Text | None = None
    authority: Authority
    jurisdiction: Jurisdiction
    topics: Annotated[tuple[Topic, ...], Field(min_length=1)]
    language: Language | None = None
    source: _Text | None = None
    source_url: Annotated[str, Field(strict=True, pattern=r"^https?://\S+$")] | None = None
    effective_from: _Date | None = None
    effective_to: _Date | None = None
    reviewed: _Date | None = None
    review_by: _Date | None = None
    supersedes: tuple[_Id, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class RawFields:
    """YAML keys with the file and line that each came from."""

    values: dict[str, Any]
    places: dict[str, tuple[str, int]]


def split_front_matter(content: str) -> tuple[str | None, str]:
    """The YAML block of a Markdown file (None if it has none) and the text after it."""
    match = _FENCE.match(content)
    return (match.group(1), content[match.end() :]) if match else (None, content)


def read_fields(yaml_text: str, path: str, first_line: int) -> tuple[RawFields, list[Finding]]:
    """Parse one YAML mapping. `first_line` is the line of the file on which the YAML starts."""
    nothing = RawFields(values={}, places={})
    try:
        node = yaml.compose(yaml_text, Loader=yaml.SafeLoader)
        values = yaml.safe_load(yaml_text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = first_line + (mark.line if mark else 0)
        problem = getattr(error, "problem", None) or "can't be read"
        return nothing, [_fault(path, line, "front matter", f"not valid YAML: {problem}")]
    except ValueError as error:  # a date such as 2026-02-31
        return nothing, [_fault(path, first_line, "front matter", f"a value can't be read: {error}")]
    if values is None:
        return nothing, []
    if not isinstance(values, dict) or not isinstance(node, yaml.MappingNode):
        return nothing, [_fault(path, first_line, "front matter", "must be a list of `key: value` lines")]
    findings: list[Finding] = []
    places: dict[str, tuple[str, int]] = {}
    for key, _ in node.value:
        line = first_line + key.start_mark.line
        if key.value in places:
            findings.append(_fault(path, line, key.value, "stands twice; keep one"))
        places[key.value] = (path, line)
    return RawFields(values={str(key): value for key, value in values.items()}, places=places), findings


def merge_fields(defaults: list[RawFields], own: RawFields) -> RawFields:
    """Folder defaults, outermost first, overridden by the file's own keys."""
    values: dict[str, Any] = {}
    places: dict[str, tuple[str, int]] = {}
    for layer in [*defaults, own]:
        values.update(layer.values)
        places.update(layer.places)
    return RawFields(values=values, places=places)


def validate_fields(fields: RawFields, path: str) -> tuple[FrontMatter | None, list[Finding]]:
    """Check all keys at once. None with findings where anything is wrong."""
    front_matter: FrontMatter | None = None
    findings: list[Finding] = []
    try:
        front_matter = FrontMatter.model_validate(fields.values)
    except ValidationError as error:
        for fault in error.errors():
            name = str(fault["loc"][0])
            place, line = fields.places.get(name, (path, 1))
            findings.append(_fault(place, line, ".".join(str(part) for part in fault["loc"]), _advice(fault)))
    findings.extend(_cross_checks(fields, path))
    return (None if findings else front_matter), findings


def _cross_checks(fields: RawFields, path: str) -> list[Finding]:
    findings = []
    values = fields.values
    if values.get("authority") == Authority.INTERNAL and values.get("reviewed") is None:
        place, line = fields.places.get("authority", (path, 1))
        findings.append(_fault(place, line, "reviewed", "required for authority internal: the day somebody checked it"))
    start, end = values.get("effective_from"), values.get("effective_to")
    if type(start) is date and type(end) is date and end <= start:
        place, line = fields.places["effective_to"]
        findings.append(_fault(place, line, "effective_to", f"must be after effective_from ({start})"))
    return findings


def _advice(fault: Any) -> str:
    kind = fault["type"]
    if kind == "extra_forbidden":
        return f"unknown key; known are {', '.join(FrontMatter.model_fields)}"
    if kind == "missing":
        return "required but missing"
    message = str(fault["msg"]).removeprefix("Value error, ")
    shown = repr(fault.get("input"))
    return f"{message[0].lower()}{message[1:]} (found {shown[:60]})"


def _fault(path: str, line: int, field: str, message: str) -> Finding:
    return Finding(path=path, line=line, severity=Severity.ERROR, code="front-matter", message=f"{field}: {message}")


def complete_metadata(
    front_matter: FrontMatter, *, default_id: str, default_title: str, language: Language
) -> Metadata:
    """Fill in what the contract derives: id from the path, title from the first heading, language from the text."""
    values = {name: getattr(front_matter, name) for name in FrontMatter.model_fields}
    values["id"] = front_matter.id or default_id
    values["title"] = front_matter.title or default_title
    values["language"] = front_matter.language or language
    return Metadata(**values)
