"""What changed between two states of the documents, as a text diff: a few lines for each passage, bounded."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import groupby

from ingest.passage_diff import PassageChange, What
from kb.text.sentences import sentence_spans

MOST_LINES = 120
_LONGEST_LINE = 400  # characters of a sentence that are shown
_STYLES = {"+": "green", "-": "red", "@": "cyan", "=": "bold", " ": ""}


@dataclass(frozen=True, kw_only=True, slots=True)
class DiffLine:
    """One line: `sign` is "=" for a document, "@" for a place in it, "-" for what was, "+" for what is."""

    sign: str
    text: str

    @property
    def style(self) -> str:
        """How rich colours it."""
        return _STYLES[self.sign]

    def __str__(self) -> str:
        """The line without colours."""
        return self.text if self.sign == "=" else f"{self.sign} {self.text}"


def diff_lines(changes: Sequence[PassageChange], most: int = MOST_LINES) -> list[DiffLine]:
    """The changes in their order. Of more than `most` lines the last one counts what was cut."""
    lines = [line for name, group in groupby(changes, lambda c: c.document) for line in _document(name, list(group))]
    if len(lines) <= most:
        return lines
    shown = lines[: most - 1]
    cut = sum(line.sign == "@" for line in lines[most - 1 :])
    text = f"… {len(lines) - len(shown):,} more lines on {cut:,} more passages are not shown (all with --json)"
    return [*shown, DiffLine(sign="=", text=text)]


def _document(name: str, changes: Sequence[PassageChange]) -> Iterator[DiffLine]:
    counts = [f"{n} {what.value}" for what in What if (n := sum(change.what is what for change in changes))]
    yield DiffLine(sign="=", text=f"{name}: passages {', '.join(counts)}")
    for change in changes:
        place = " › ".join(change.section) or "(before the first heading)"
        pinpoint = f" · {change.pinpoint}" if change.pinpoint else ""
        yield DiffLine(sign="@", text=f"{place}{pinpoint} ({change.what.value})")
        yield from _sentences(change.before or "", change.after or "")


def _sentences(before: str, after: str) -> Iterator[DiffLine]:
    """The sentences that went and came; what stayed is left out."""
    old, new = _cut(before), _cut(after)
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    for tag, low, high, new_low, new_high in matcher.get_opcodes():
        if tag != "equal":
            yield from (DiffLine(sign="-", text=_shortened(text)) for text in old[low:high])
            yield from (DiffLine(sign="+", text=_shortened(text)) for text in new[new_low:new_high])


def _cut(text: str) -> list[str]:
    """Sentences and list items, white space folded."""
    return [
        " ".join(line[start:end].split())
        for line in text.splitlines()
        for start, end in sentence_spans(line)
    ]  # fmt: skip


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST_LINE else text[:_LONGEST_LINE].rsplit(" ", 1)[0] + " …"
