"""Each person's conversations: masked questions and the ids of their receipts, one file per conversation."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from secrets import token_hex

import msgspec
from filelock import FileLock

from kb.errors import KnowledgeBaseError, UsageError
from kb.home import Home, write_durably
from kb.personal_data import mask
from kb.text.words import fold

LONGEST_TITLE = 120  # characters
MOST_TURNS = 1_000  # of one conversation
_ID = re.compile(r"[0-9a-f]{32}")


class ConversationNotFoundError(KnowledgeBaseError):
    """This person has no conversation of that id."""


@dataclass(frozen=True, kw_only=True, slots=True)
class KeptTurn:
    """A question as it was shown, and the receipt of its answer."""

    question: str  # personal data masked
    receipt: str
    asked: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Conversation:
    """What is kept of a conversation. Turns are in the order of asking."""

    id: str
    title: str
    created: datetime
    updated: datetime
    turns: tuple[KeptTurn, ...] = ()


class Conversations:
    """The conversations of everybody in one home. Nobody reads another's: each call names the person.

    A write raises OSError where the home can't be written.
    """

    def __init__(self, home: Home) -> None:
        self._folder = home.path / "conversations"

    def all_of(self, person: str, words: str = "") -> list[Conversation]:
        """A person's conversations, last used first; with `words`, those whose title or questions hold them all."""
        wanted = fold(words).split()
        found = [
            conversation
            for path in self._folder_of(person).glob("*.json")
            if (conversation := _read(path)) is not None and _holds(conversation, wanted)
        ]
        return sorted(found, key=lambda conversation: conversation.updated, reverse=True)

    def read(self, person: str, identifier: str) -> Conversation:
        """One conversation. Raises ConversationNotFoundError."""
        conversation = _read(self._path(person, identifier)) if _ID.fullmatch(identifier) else None
        if conversation is None:
            raise ConversationNotFoundError(
                "there is no such conversation in this browser; it may have been deleted, or belongs to another person"
            )
        return conversation

    def add(self, person: str, identifier: str | None, question: str, receipt: str) -> Conversation:
        """Put a turn at the end of a conversation; without an id, or where it was deleted meanwhile, of a new one."""
        now = datetime.now(tz=UTC)
        turn = KeptTurn(question=mask(question).text, receipt=receipt, asked=now)
        with self._writing(person):
            try:
                before = self.read(person, identifier or "")
            except ConversationNotFoundError:
                before = Conversation(id=token_hex(16), title=_title(turn.question), created=now, updated=now)
            after = replace(before, turns=(*before.turns, turn)[-MOST_TURNS:], updated=now)
            self._write(person, after)
        return after

    def rename(self, person: str, identifier: str, title: str) -> Conversation:
        """Give a conversation another title. Raises ConversationNotFoundError, and UsageError for an empty title."""
        chosen = _title(mask(title).text)
        if not chosen:
            raise UsageError("the title is empty; write one")
        with self._writing(person):
            after = replace(self.read(person, identifier), title=chosen)
            self._write(person, after)
        return after

    def delete(self, person: str, identifier: str) -> None:
        """Remove a conversation for good; its receipts stay. Raises ConversationNotFoundError."""
        with self._writing(person):
            self.read(person, identifier)
            self._path(person, identifier).unlink()

    def _folder_of(self, person: str) -> Path:
        # Who can list the folder must not learn the id that opens it.
        return self._folder / sha256(person.encode()).hexdigest()[:32]

    def _path(self, person: str, identifier: str) -> Path:
        return self._folder_of(person) / f"{identifier}.json"

    @contextmanager
    def _writing(self, person: str) -> Iterator[None]:
        """One writer per person at a time, also where two servers share a home."""
        folder = self._folder_of(person)
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with FileLock(folder / "write.lock", thread_local=False):
            yield

    def _write(self, person: str, conversation: Conversation) -> None:
        write_durably(self._path(person, conversation.id), msgspec.json.encode(conversation))


def _read(path: Path) -> Conversation | None:
    """None for a file that is not there or can't be read: one damaged file must not hide the others."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Conversation)
    except (OSError, msgspec.DecodeError):
        return None


def _holds(conversation: Conversation, wanted: list[str]) -> bool:
    text = fold(" ".join([conversation.title, *(turn.question for turn in conversation.turns)]))
    return all(word in text for word in wanted)


def _title(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_TITLE else line[: LONGEST_TITLE - 1].rstrip() + "…"
