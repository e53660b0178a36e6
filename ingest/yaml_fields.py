"""Keys that are written as YAML: where they stand in a file, and each value with its file and line."""

import re
from dataclasses import dataclass
from typing import Any

import yaml

from kb.records import Finding, Severity

LONGEST_YAML = 20_000  # characters; PyYAML reads some 100,000 a second
_FENCE = re.compile(r"\A---[ \t]*\n(.*?)^---[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
UNREADABLE = object()  # stands for a value whose fault is reported already
# Line breaks and what a terminal obeys: printed, they would forge lines.
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_OPENED = re.compile(r"\A---[ \t]*\n[\w-]+[ \t]*:")
# What PyYAML raises where a value does not fit its tag, such as `!!bool x`, or can't be, such as 2026-02-31.
_YAML_FAULTS = (
    yaml.YAMLError, ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError
)  # fmt: skip


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
        fault = key_fault(path, 1, "front matter", "begins with --- but no later line of --- ends it; add one")
        return "", content, [fault]
    blank = len(content) - len(content.lstrip())
    if blank and _OPENED.match(content.lstrip()):
        line = content.count("\n", 0, blank) + 1
        return (
            "",
            content,
            [key_fault(path, line, "front matter", "must begin on the first line; remove what is before it")],
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

    def only_node(self) -> yaml.Node | None:
        """What the text holds; None for nothing. It may stand between lines of ---, as in a Markdown file."""
        nodes: list[yaml.Node] = []
        while self.check_node():
            nodes += filter(None, [self.get_node()])
        for node in nodes[1:]:
            if not (isinstance(node, yaml.ScalarNode) and node.value == ""):
                problem = "more stands below a line of --- that ends the keys; keep one block of keys"
                raise yaml.MarkedYAMLError(problem=problem, problem_mark=node.start_mark)
        return nodes[0] if nodes else None


def read_fields(yaml_text: str, path: str, first_line: int) -> tuple[RawFields | None, list[Finding]]:
    """Parse one YAML mapping; None where it can't be read at all. `first_line` is where the YAML starts in its file."""
    if len(yaml_text) > LONGEST_YAML:
        return None, [
            key_fault(path, first_line, "front matter", f"is longer than {LONGEST_YAML:,} characters; shorten it")
        ]
    try:
        loader = FlatLoader(yaml_text)
        node = loader.only_node()
    except _YAML_FAULTS as error:
        return None, [key_fault(path, first_line + _line_of(error, yaml_text), "front matter", _problem(error))]
    if node is None:
        return NO_FIELDS, []
    if not isinstance(node, yaml.MappingNode):
        return None, [key_fault(path, first_line, "front matter", "must be a list of `key: value` lines")]
    return _collect(loader, node, path, first_line)


def _collect(loader: FlatLoader, node: yaml.MappingNode, path: str, first_line: int) -> tuple[RawFields, list[Finding]]:
    findings: list[Finding] = []
    fields = RawFields(values={}, places={})
    for key, value in node.value:
        line = first_line + key.start_mark.line
        name = str(key.value) if isinstance(key, yaml.ScalarNode) else "front matter"
        if name in fields.places:
            findings.append(key_fault(path, line, name, "stands twice; keep one"))
            continue
        if not name.isprintable():
            findings.append(key_fault(path, line, name, "is no key: it holds a character that can't be shown"))
            continue
        fields.places[name] = (path, line)
        try:
            fields.values[name] = loader.construct_object(value, deep=True)
        except _YAML_FAULTS as error:
            findings.append(key_fault(path, line, name, _problem(error)))
            fields.values[name] = UNREADABLE
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


def key_fault(path: str, line: int, field: str, message: str) -> Finding:
    """A fault of one key, worded `field: message`."""
    shown = CONTROL.sub(lambda control: control.group().encode("unicode_escape").decode(), field)
    return Finding(path=path, line=line, severity=Severity.ERROR, code="front-matter", message=f"{shown}: {message}")
