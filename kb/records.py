"""The records that travel between all parts: documents, passages, hits, answers.

Spans are half-open character offsets `[start, end)` into `Document.text`; pages count from 1; scores are
higher-is-better; dates are calendar dates without a time zone.
"""

import re
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import TypeVar

from kb.errors import UsageError

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


class Authority(StrEnum):
    """How binding a source is, most binding first."""

    STATUTE = "statute"
    REGULATION = "regulation"
    AGENCY = "agency"
    INTERNAL = "internal"
    VENDOR = "vendor"

    @property
    def rank(self) -> int:
        """0 is the most binding."""
        return list(Authority).index(self)


class Jurisdiction(StrEnum):
    """Whose law a document speaks of."""

    US = "US"
    MX = "MX"


class Language(StrEnum):
    """Languages of documents, questions and the interface (ISO 639-1)."""

    EN = "en"
    ES = "es"


class Topic(StrEnum):
    """The closed list of subjects in front matter."""

    HIPAA = "hipaa"
    PRIVACY = "privacy"
    PTU = "ptu"
    REPSE = "repse"
    LABOR = "labor"
    TAX = "tax"
    SOCIAL_SECURITY = "social-security"
    VENDOR_SELECTION = "vendor-selection"


class Status(StrEnum):
    """Whether the knowledge base answered."""

    ANSWERED = "answered"
    ABSTAINED = "abstained"


class NoticeKind(StrEnum):
    """What a reader must know beside the answer."""

    CONFLICT = "conflict"
    SUPERSEDED = "superseded"
    REVIEW_OVERDUE = "review-overdue"
    MISPLACED = "misplaced"
    LOWER_AUTHORITY = "lower-authority"
    PERSONAL_DATA = "personal-data"
    FALSE_PREMISE = "false-premise"
    UNSUPPORTED_REMOVED = "unsupported-removed"


class Severity(StrEnum):
    """Weight of an editor's finding. Only an error stops publishing."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, kw_only=True, slots=True)
class Span:
    """Half-open character range in a document's stored text."""

    start: int
    end: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Metadata:
    """A document's front matter, completed with defaults."""

    id: str
    title: str
    authority: Authority
    jurisdiction: Jurisdiction
    topics: tuple[Topic, ...]
    language: Language
    source: str | None = None
    source_url: str | None = None
    effective_from: date | None = None
    effective_to: date | None = None  # exclusive
    reviewed: date | None = None
    review_by: date | None = None
    supersedes: tuple[str, ...] = ()

    def in_force(self, day: date) -> bool:
        """Whether `effective_from <= day < effective_to`, open ends counting as always."""
        return (self.effective_from is None or self.effective_from <= day) and (
            self.effective_to is None or day < self.effective_to
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Section:
    """A heading and what stands under it, up to the next heading of any level."""

    path: tuple[str, ...]  # headings from the outermost to this one; empty before the first heading
    start: int
    body_start: int  # first character after the heading line
    end: int
    pinpoint: str | None = None  # the legal place that the section is, where its source is a law


@dataclass(frozen=True, kw_only=True, slots=True)
class LineBox:
    """Where a printed line of the stored text stands on its page: points from the page's upper left corner."""

    start: int
    end: int
    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """One page of a paged source; `start`/`end` are offsets in the stored text, width and height are in points."""

    number: int
    start: int
    end: int
    width: float = 0.0
    height: float = 0.0
    lines: tuple[LineBox, ...] = ()  # in the order of the text; empty where the source tells no places
    confidence: float | None = None  # mean confidence in [0, 1] of a page read by text recognition


@dataclass(frozen=True, kw_only=True, slots=True)
class Unit:
    """The smallest piece that an answer quotes: a sentence, or a list item together with its lead-in's span."""

    start: int
    end: int
    lead_in: Span | None = None  # set on list items: the sentence that introduces the list


@dataclass(frozen=True, kw_only=True, slots=True)
class Passage:
    """The unit that is indexed: whole sentences of one section. `text == document.text[start:end]`."""

    id: str
    document_id: str
    ordinal: int  # position within the document, from 0
    section: tuple[str, ...]
    pinpoint: str | None
    language: Language
    page: int | None
    start: int
    end: int
    text: str
    units: tuple[Unit, ...]
    context: tuple[str, ...] = ()  # title and headings that speak of the same subject as the text
    misplaced: bool = False  # the nearest heading that names a subject speaks of another one than the text


@dataclass(frozen=True, kw_only=True, slots=True)
class Pinpoint:
    """The narrowest legal place of a stretch of a law's text, in canonical form: "LFT art. 127 fr. VIII"."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Removal:
    """Text of the source that was left out of the stored text, and why."""

    text: str
    reason: str
    page: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Document:
    """A guidance file as it is stored. Passages, put together in order, are exactly `text`."""

    metadata: Metadata
    path: str  # relative to the ingested folder, with '/'
    content_hash: str  # SHA-256 of text and metadata
    text: str
    sections: tuple[Section, ...]
    pages: tuple[Page, ...]
    passages: tuple[Passage, ...]
    removals: tuple[Removal, ...] = ()
    pinpoints: tuple[Pinpoint, ...] = ()  # of a law's text, in order and without overlap; empty for what is no law
    original: str | None = None  # the source file's name in the generation's `originals`, kept where pages can be shown

    @property
    def id(self) -> str:
        """The stable id of the document."""
        return self.metadata.id


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """Something an editor should know about a file. `line` counts from 1."""

    path: str
    severity: Severity
    code: str
    message: str
    line: int | None = None
    advice: str = ""  # what the editor can do about it

    def __str__(self) -> str:
        """`path:line: field: message` for a fault; what does not stop publishing says so after the place."""
        place = f"{self.path}:{self.line}" if self.line is not None else self.path
        weight = "" if self.severity is Severity.ERROR else f"{self.severity.value}: "
        return f"{place}: {weight}{self.message}"


_Kind = TypeVar("_Kind", bound=StrEnum)


def _known(kind: type[_Kind], value: str | None) -> _Kind | None:
    try:
        return None if value is None else kind(value)
    except ValueError:
        known = ", ".join(member.value for member in kind)
        raise UsageError(f"unknown {kind.__name__.lower()} {value!r}; known are {known}") from None


def _day(value: date | str) -> date:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return read_day(value)
    except ValueError:
        raise UsageError(f"as_of: {value!r} is no date; write it as 2026-11-01") from None


def read_day(value: object) -> date:
    """The day of a text such as 2026-11-01. Raises ValueError for every other way to write one, numbers too."""
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        raise ValueError(f"{value!r} is no date; write it as 2026-11-01")
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise ValueError(f"{value!r} is no date: {error}") from None


@dataclass(frozen=True, kw_only=True, slots=True, init=False)
class Filters:
    """What may be searched. `as_of` None means today; each other None means no restriction."""

    as_of: date | None = None
    jurisdiction: Jurisdiction | None = None
    topic: Topic | None = None
    authority: Authority | None = None
    language: Language | None = None

    def __init__(
        self,
        *,
        as_of: date | str | None = None,
        jurisdiction: Jurisdiction | str | None = None,
        topic: Topic | str | None = None,
        authority: Authority | str | None = None,
        language: Language | str | None = None,
    ) -> None:
        """Take records or the plain strings of the contract. Raises UsageError for a value that isn't known."""
        object.__setattr__(self, "as_of", None if as_of is None else _day(as_of))
        object.__setattr__(self, "jurisdiction", _known(Jurisdiction, jurisdiction))
        object.__setattr__(self, "topic", _known(Topic, topic))
        object.__setattr__(self, "authority", _known(Authority, authority))
        object.__setattr__(self, "language", _known(Language, language))

    def admits(self, metadata: Metadata, today: date) -> bool:
        """Whether a document may be used: in force on `as_of` and of the kind asked for."""
        return (
            metadata.in_force(self.as_of or today)
            and self.jurisdiction in (None, metadata.jurisdiction)
            and (self.topic is None or self.topic in metadata.topics)
            and self.authority in (None, metadata.authority)
            and self.language in (None, metadata.language)
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Hit:
    """A passage found for a query. Score in [0, 1]; comparable within one query only."""

    passage: Passage
    score: float

    @property
    def document_id(self) -> str:
        """The id of the document that holds the passage."""
        return self.passage.document_id


@dataclass(frozen=True, kw_only=True, slots=True)
class Citation:
    """A verbatim quote and where it stands: `document.text[start:end] == quote`."""

    number: int  # from 1, in order of first use
    document: str
    title: str
    section: tuple[str, ...]
    pinpoint: str | None
    authority: Authority
    jurisdiction: Jurisdiction
    language: Language
    effective_from: date | None
    reviewed: date | None
    page: int | None
    quote: str
    start: int
    end: int
    source_url: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Statement:
    """One sentence of an answer with the numbers of the citations it rests on."""

    text: str
    citations: tuple[int, ...]

    @property
    def sentence(self) -> str:
        """The text as it is shown: a quote may begin within a sentence, behind its "No, "."""
        return self.text[:1].upper() + self.text[1:]


@dataclass(frozen=True, kw_only=True, slots=True)
class Notice:
    """A warning beside the answer, with the citations it speaks of."""

    kind: NoticeKind
    text: str
    citations: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class NearestTopic:
    """A subject that the knowledge base does hold, shown when it doesn't answer."""

    document: str
    title: str
    section: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What the knowledge base says to a question. `status` abstained means no statements and a `reason`."""

    status: Status
    question: str  # personal data masked
    language: Language
    as_of: date
    generation: str
    receipt: str | None
    statements: tuple[Statement, ...] = ()
    citations: tuple[Citation, ...] = ()
    notices: tuple[Notice, ...] = ()
    reason: str | None = None
    nearest: tuple[NearestTopic, ...] = ()
    understood_as: str | None = None  # what a follow-up was resolved to
    timing_ms: dict[str, float] = field(default_factory=dict)
    model: str | None = None  # the language model whose words the statements are; None where they are quotes
    note: str | None = None  # what of the question is not answered; why sources are quoted though a model is configured
