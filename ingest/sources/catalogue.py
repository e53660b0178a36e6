"""The list of official texts, `sources.yaml`. Every fault is reported, as `path:line: field: message`."""

from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from ingest.front_matter import is_identifier
from ingest.yaml_fields import LONGEST_YAML, FlatLoader
from kb.errors import IngestError, UsageError
from kb.records import Authority, Jurisdiction, Language, Topic

LARGEST = 64 * 1024 * 1024  # bytes; what an ingest reads at most of one file
_EDITION = "{edition}"

_Text = Annotated[str, Field(strict=True, min_length=1, pattern=r"\S")]
_Address = Annotated[str, Field(strict=True, pattern=r"^https?://[^\s/]+/\S*$")]
_Count = Annotated[int, Field(strict=True, ge=0, le=LARGEST)]


class CatalogueError(IngestError):
    """`sources.yaml` can't be read or holds faults; all of them are in the message."""


class SourceFormat(StrEnum):
    """How an official text is published. The value is the ending of its file."""

    XML = "xml"
    PDF = "pdf"
    HTML = "html"


class PinpointStyle(StrEnum):
    """How places in a text are numbered and cited."""

    CFR = "cfr"  # "45 CFR 164.308(a)"; sections "§ 164.308"
    ARTICLES = "articles"  # "LFT art. 127"; articles "Artículo 127"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Edition(_Strict):
    """Where a server names its newest edition: a JSON file, and the dotted path of a value in it."""

    address: _Address
    key: _Text


class Shape(_Strict):
    """What a whole download looks like; a page that says "try later" doesn't. Sizes are in bytes."""

    min_bytes: _Count = 1
    max_bytes: _Count = LARGEST
    first: _Text | None = None  # number of the first article or section
    last: _Text | None = None
    at_least: _Count = 0  # articles or sections, each number counted once
    contains: tuple[_Text, ...] = ()  # without regard to case and line breaks


class OfficialSource(_Strict):
    """One official text."""

    id: _Text
    title: _Text
    address: _Address  # with {edition} where the server wants one
    edition: Edition | None = None
    format: SourceFormat
    authority: Authority
    jurisdiction: Jurisdiction
    topics: Annotated[tuple[Topic, ...], Field(min_length=1)]
    language: Language
    source: _Text  # as a person would cite it
    pinpoints: PinpointStyle
    shape: Shape = Shape()

    @model_validator(mode="after")
    def _belongs_together(self) -> "OfficialSource":
        if not is_identifier(self.id) or self.id.startswith((".", "_")):
            raise ValueError("id: must be fit for a file name: one line, no slash, no dot or _ in front")
        if (_EDITION in self.address) != (self.edition is not None):
            raise ValueError("edition: give it where the address holds {edition}, and nowhere else")
        if self.shape.min_bytes > self.shape.max_bytes:
            raise ValueError("shape: min_bytes is more than max_bytes")
        return self

    @property
    def file_name(self) -> str:
        """The file's name in the folder of downloads."""
        return f"{self.id}.{self.format.value}"


def read_catalogue(path: Path) -> tuple[OfficialSource, ...]:
    """The sources in the order of the file. Raises CatalogueError with every fault."""
    try:
        text = path.read_bytes().decode("utf-8")
    except OSError as error:
        raise CatalogueError(f"{path}: can't be read ({error.strerror}); name another with --catalogue") from error
    except UnicodeDecodeError as error:
        raise CatalogueError(f"{path}: is not UTF-8 text; save it as UTF-8") from error
    if len(text) > LONGEST_YAML:
        raise CatalogueError(f"{path}: is longer than {LONGEST_YAML:,} characters; shorten it")
    try:
        loader = FlatLoader(text)
        node = loader.get_single_node()
        values = loader.construct_document(node) if node is not None else None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        place = f"{path}:{mark.line + 1}" if mark else str(path)
        raise CatalogueError(f"{place}: not valid YAML: {getattr(error, 'problem', None) or error}") from error
    sources, faults = _validated(values, node)
    if faults:
        shown = "\n".join(f"{path}:{line}: {message}" for line, message in sorted(set(faults)))
        raise CatalogueError(f"{path}: {len(set(faults))} fault(s), nothing was downloaded:\n{shown}")
    return sources


class _File(_Strict):
    sources: Annotated[tuple[OfficialSource, ...], Field(min_length=1)]


def _validated(values: Any, node: Any) -> tuple[tuple[OfficialSource, ...], list[tuple[int, str]]]:
    if not isinstance(values, dict):
        return (), [(1, "must begin with `sources:` and list them below it")]
    faults = list(_repeated_keys(node))
    sources: tuple[OfficialSource, ...] = ()
    try:
        sources = _File.model_validate(values).sources
    except ValidationError as error:
        faults.extend((_line(node, fault["loc"]), _message(fault)) for fault in error.errors())
    seen: set[str] = set()
    for row, source in enumerate(sources):
        if source.id.casefold() in seen:
            faults.append((_line(node, ("sources", row, "id")), f"id: {source.id!r} stands twice; ids are unique"))
        seen.add(source.id.casefold())
    return sources, faults


def _repeated_keys(node: yaml.Node | None) -> Iterator[tuple[int, str]]:
    """PyYAML keeps the last of two equal keys without a word."""
    if isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _repeated_keys(item)
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if str(key.value) in seen:
                yield key.start_mark.line + 1, f"{key.value}: stands twice; keep one"
            seen.add(str(key.value))
            yield from _repeated_keys(value)


def _line(node: Any, location: tuple[int | str, ...]) -> int:
    """The line of the innermost part of `location` that stands in the file, from 1."""
    line = 1
    for part in location:
        if isinstance(node, yaml.MappingNode):
            found = next(((key, value) for key, value in node.value if key.value == part), None)
            if found is None:
                return line
            line, node = found[0].start_mark.line + 1, found[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            line = node.start_mark.line + 1
    return line


def _message(fault: Any) -> str:
    path = ".".join(str(part) for part in fault["loc"] if part != "sources" and not isinstance(part, int))
    message = str(fault["msg"]).removeprefix("Value error, ")
    if fault["type"] == "extra_forbidden":
        return f"{path}: unknown key; remove it"
    if fault["type"] == "missing":
        return f"{path}: required but missing"
    shown = "" if fault["type"] == "value_error" else f" (found {str(fault.get('input'))[:60]!r})"
    return f"{path}: {message[0].lower()}{message[1:]}{shown}" if path else message


def chosen(sources: tuple[OfficialSource, ...], ids: tuple[str, ...]) -> tuple[OfficialSource, ...]:
    """Those of the ids, in the order of the catalogue; all where no id is given. Raises UsageError for unknown ones."""
    unknown = [name for name in ids if name not in {source.id for source in sources}]
    if unknown:
        known = ", ".join(source.id for source in sources)
        raise UsageError(f"no official source {', '.join(map(repr, unknown))}; the catalogue has {known}")
    return tuple(source for source in sources if not ids or source.id in ids)
