"""Front matter: YAML at the top of Markdown, a sidecar `NAME.ext.yaml` beside anything else, `_defaults.yaml` per folder.

Every fault of every file is reported, as `path:line: field: message`; nothing is guessed.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from kb.records import Authority, Finding, Jurisdiction, Language, Metadata, Severity, Topic

LONGEST_YAML = 20_000  # characters; PyYAML reads some 100,000 a second
_LONGEST_ID = 200
_FENCE = re.compile(r"\A---[ \t]*\n(.*?)^---[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
_UNREADABLE = object()  # stands for a value whose fault is reported already
_OPENED = re.compile(r"\A---[ \t]*\n[\w-]+[ \t]*:")


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
        0 < len(value) <= _LONGEST_ID and value.isprintable() and value == value.strip() and not set(value) & set("/\\")
    )


def _identifier(value: object) -> object:
    if value is None or (isinstance(value, str) and is_identifier(value)):
        return value
    raise ValueError(f"must be a text of at most {_LONGEST_ID} characters on one line, without a slash")


def _none_as_empty(value: object) -> object:
    return () if value is None else value


_Date = Annotated[date, BeforeValidator(_calendar_date)]
_Text = Annotated[str, Field(strict=True, min_length=1, pattern=r"\S")]
_Id = Annotated[str, BeforeValidator(_identifier)]


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
    supersedes: Annotated[tuple[_Id, ...], BeforeValidator(_none_as_empty)] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class RawFields:
    """YAML keys with the file and line that each came from."""

    values: dict[str, Any]
    places: dict[str, tuple[str, int]]


NO_FIELDS = RawFields(values={}, places={})


def split_front_matter(content: str, path: str) -> tuple[str, str, list[Finding]]:
    """The YAML block of a Markdown file ("" if it has none), the text after it, and what is wrong with its fence."""
    match = _FENCE.match(content)
    if match:
        return match.group(1), content[match.end() :], []
    if _OPENED.match(content):
        fault = _fault(path, 1, "front matter", "begins with --- but no later line of --- ends it; add one")
        return "", content, [fault]
    blank = len(content) - len(content.lstrip())
    if blank and _OPENED.match(content.lstrip()):
        line = content.count("\n", 0, blank) + 1
        return (
            "",
            content,
            [_fault(path, line, "front matter", "must begin on the first line; remove what is before it")],
        )
    return "", content, []


class FlatLoader(yaml.SafeLoader):
    """Safe YAML without anchors and aliases, by which a short text can stand for a huge one."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        """Refuse what PyYAML would expand."""
        event = self.peek_event()  # type: ignore[no-untyped-call]
        if getattr(event, "anchor", None) is not None:
            problem = "anchors and aliases (& and *) have no use here; put a text that begins with one in quotes"
            raise yaml.MarkedYAMLError(problem=problem, problem_mark=event.start_mark)
        return super().compose_node(parent, index)


def read_fields(yaml_text: str, path: str, first_line: int) -> tuple[RawFields | None, list[Finding]]:
    """Parse one YAML mapping; None where it can't be read at all. `first_line` is where the YAML starts in its file."""
    if len(yaml_text) > LONGEST_YAML:
        return None, [
            _fault(path, first_line, "front matter", f"is longer than {LONGEST_YAML:,} characters; shorten it")
        ]
    try:
        loader = FlatLoader(yaml_text)
        node = loader.get_single_node()
    except (yaml.YAMLError, RecursionError) as error:
        return None, [_fault(path, first_line + _line_of(error, yaml_text), "front matter", _problem(error))]
    if node is None:
        return NO_FIELDS, []
    if not isinstance(node, yaml.MappingNode):
        return None, [_fault(path, first_line, "front matter", "must be a list of `key: value` lines")]
    return _collect(loader, node, path, first_line)


def _collect(loader: FlatLoader, node: yaml.MappingNode, path: str, first_line: int) -> tuple[RawFields, list[Finding]]:
    findings: list[Finding] = []
    fields = RawFields(values={}, places={})
    for key, value in node.value:
        line = first_line + key.start_mark.line
        name = str(key.value) if isinstance(key, yaml.ScalarNode) else "front matter"
        if name in fields.places:
            findings.append(_fault(path, line, name, "stands twice; keep one"))
            continue
        fields.places[name] = (path, line)
        try:
            fields.values[name] = loader.construct_object(value, deep=True)
        except (yaml.YAMLError, ValueError, RecursionError) as error:  # ValueError: a date such as 2026-02-31
            findings.append(_fault(path, line, name, _problem(error)))
            fields.values[name] = _UNREADABLE
    return fields, findings


def _line_of(error: Exception, yaml_text: str) -> int:
    """The line of a YAML error within the YAML, from 0."""
    mark = getattr(error, "problem_mark", None)
    if mark is not None:
        return int(mark.line)
    return yaml_text.count("\n", 0, getattr(error, "position", 0))


def _problem(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "is nested too deeply"
    if isinstance(error, yaml.reader.ReaderError):
        return f"holds a character that YAML does not allow ({error.reason})"
    if isinstance(error, yaml.YAMLError):
        return f"not valid YAML: {getattr(error, 'problem', None) or error}"
    return f"can't be read: {error}"


def merge_fields(defaults: list[RawFields], own: RawFields) -> RawFields:
    """Folder defaults, outermost first, overridden by the file's own keys."""
    values: dict[str, Any] = {}
    places: dict[str, tuple[str, int]] = {}
    for layer in [*defaults, own]:
        values.update(layer.values)
        places.update(layer.places)
    return RawFields(values=values, places=places)


def misused_defaults(fields: RawFields) -> list[Finding]:
    """Faults of a folder's defaults themselves: what can only belong to one file."""
    if "id" not in fields.places:
        return []
    place, line = fields.places["id"]
    return [_fault(place, line, "id", "can't be a default: every file has its own")]


def validate_fields(fields: RawFields, path: str) -> tuple[FrontMatter | None, list[Finding]]:
    """Check all keys at once. None with findings where anything is wrong."""
    front_matter: FrontMatter | None = None
    findings: list[Finding] = []
    try:
        front_matter = FrontMatter.model_validate(fields.values)
    except ValidationError as error:
        for fault in error.errors():
            name = str(fault["loc"][0])
            if fields.values.get(name) is not _UNREADABLE:
                place, line = fields.places.get(name, (path, 1))
                field = ".".join(str(part) for part in fault["loc"] if not str(part).startswith("function-"))
                findings.append(_fault(place, line, field, _advice(fault)))
    findings.extend(_cross_checks(fields, path))
    findings.sort(key=lambda finding: (finding.path, finding.line or 0))
    return (None if findings else front_matter), findings


def _cross_checks(fields: RawFields, path: str) -> Iterator[Finding]:
    values = fields.values
    if values.get("authority") == Authority.INTERNAL and values.get("reviewed") is None:
        place, line = fields.places.get("reviewed", (path, 1))
        yield _fault(place, line, "reviewed", "required for authority internal: the day somebody checked it")
    start, end = _date_in(values, "effective_from"), _date_in(values, "effective_to")
    if start is not None and end is not None and end <= start:
        place, line = fields.places["effective_to"]
        yield _fault(place, line, "effective_to", f"must be after effective_from ({start})")


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
