"""Which passages were added, changed and removed between two states of the documents."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

from ingest.changes import Changes
from kb.records import Document, Passage

_SAME_PASSAGE = 0.5  # likeness, in [0, 1], from which a passage counts as changed and not as replaced


class What(StrEnum):
    """What happened to a passage."""

    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"


@dataclass(frozen=True, kw_only=True, slots=True)
class PassageChange:
    """One passage before and after; `before` is None for an added one, `after` for a removed one."""

    what: What
    document: str
    section: tuple[str, ...]
    pinpoint: str | None
    before: str | None
    after: str | None


def passage_changes(
    before: Mapping[str, Document], after: Mapping[str, Document], changes: Changes
) -> list[PassageChange]:
    """In the order of document ids and of the text. Documents whose text is the same give none."""
    former = {item.document: item.former_document for item in changes.renamed}
    pairs: list[tuple[str, Document | None, Document | None]] = [(name, None, after[name]) for name in changes.added]
    pairs += [(name, before[name], after[name]) for name in changes.changed]
    pairs += [(name, before[former[name]], after[name]) for name in former]
    pairs += [(name, before[name], None) for name in changes.removed]
    return [
        change
        for name, old, new in sorted(pairs, key=lambda pair: pair[0])
        for change in _of_document(name, old.passages if old else (), new.passages if new else ())
    ]


def _of_document(name: str, before: Sequence[Passage], after: Sequence[Passage]) -> Iterator[PassageChange]:
    matcher = SequenceMatcher(None, [_words(p) for p in before], [_words(p) for p in after], autojunk=False)
    for tag, low, high, new_low, new_high in matcher.get_opcodes():
        if tag != "equal":
            yield from _block(name, list(before[low:high]), list(after[new_low:new_high]))


def _block(name: str, before: list[Passage], after: list[Passage]) -> Iterator[PassageChange]:
    """Passages between two that stayed: those alike are paired in order, the rest went or came."""
    for new in after:
        position = next((n for n, old in enumerate(before) if _likeness(old, new) >= _SAME_PASSAGE), None)
        if position is None:
            yield _change(What.ADDED, name, None, new)
            continue
        for old in before[:position]:
            yield _change(What.REMOVED, name, old, None)
        yield _change(What.CHANGED, name, before[position], new)
        del before[: position + 1]
    for old in before:
        yield _change(What.REMOVED, name, old, None)


def _words(passage: Passage) -> tuple[str, ...]:
    """The words: where only the white space differs, nothing changed."""
    return tuple(passage.text.split())


def _likeness(old: Passage, new: Passage) -> float:
    matcher = SequenceMatcher(None, _words(old), _words(new), autojunk=False)
    return matcher.ratio() if matcher.real_quick_ratio() >= _SAME_PASSAGE else 0.0


def _change(what: What, name: str, old: Passage | None, new: Passage | None) -> PassageChange:
    shown = new or old
    return PassageChange(
        what=what,
        document=name,
        section=shown.section if shown else (),
        pinpoint=shown.pinpoint if shown else None,
        before=old.text.strip() if old else None,
        after=new.text.strip() if new else None,
    )
