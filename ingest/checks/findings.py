"""How a check words what it found: a finding at a line of the file, not of the stored text."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ingest.scan import SourceFile
from kb.records import Document, Finding, Severity


@dataclass(frozen=True, kw_only=True, slots=True)
class FileLines:
    """Turns offsets in stored text into lines of files. `before` counts a file's lines above its text, by path."""

    before: Mapping[str, int] = field(default_factory=dict)

    def line(self, document: Document, position: int) -> int:
        """The line, from 1, that holds an offset; in a PDF and the like, the line of the stored text."""
        return self.before.get(document.path, 0) + document.text.count("\n", 0, position) + 1

    def place(self, document: Document, position: int) -> str:
        """`path:line`, to name the other side of a finding."""
        return f"{document.path}:{self.line(document, position)}"

    def finding(
        self,
        document: Document,
        code: str,
        message: str,
        advice: str,
        *,
        at: int | None = None,
        severity: Severity = Severity.WARNING,
    ) -> Finding:
        """A finding on a document; `at` is an offset in its stored text."""
        line = None if at is None else self.line(document, at)
        return Finding(path=document.path, severity=severity, code=code, message=message, line=line, advice=advice)


def lines_above_text(source: SourceFile, document: Document) -> int:
    """How many lines of a file stand above its stored text: the front matter of Markdown, nothing elsewhere."""
    if not source.path.endswith((".md", ".markdown")):
        return 0
    content = source.file.read_bytes().decode("utf-8-sig", "replace").replace("\r\n", "\n")
    return content.count("\n") - document.text.count("\n") if content.endswith(document.text) else 0
