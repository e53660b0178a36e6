"""The home folder: where generations, the pointer to the live one, receipts and the embedding cache live.

- live: the id of the live generation; replaced atomically
- generations/ID/: one immutable generation
- staging/: a build in progress; swept by the next one
- unfinished: the id of a generation that stands in generations/ but was never live; swept by the next build
- cache/: embeddings by model and text
- receipts/: what each answer rested on
- write.lock: held by the one process that builds, publishes or rolls back
"""

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from kb.errors import BusyError, GenerationError

_ID = re.compile(r"g[0-9]{6,}-[0-9a-f]{8}")


class Home:
    """Paths and the pointer of one home folder. Creates nothing until something is written."""

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path)
        self.generations = self.path / "generations"
        self.staging = self.path / "staging"
        self.cache = self.path / "cache"
        self.receipts = self.path / "receipts"
        self.pointer = self.path / "live"
        self._unfinished = self.path / "unfinished"

    def generation_ids(self) -> list[str]:
        """Ids of the generations on disk, oldest first."""
        if not self.generations.is_dir():
            return []
        return sorted(entry.name for entry in self.generations.iterdir() if _ID.fullmatch(entry.name))

    def live_id(self) -> str:
        """The id of the live generation. Raises GenerationError when there is none or the pointer is damaged."""
        known = self.generation_ids()
        try:
            written = self.pointer.read_bytes()
        except FileNotFoundError:
            if known:
                raise GenerationError(
                    f"{self.pointer}: the pointer to the live generation is missing; choose one with `kb rollback ID` "
                    f"(on disk: {', '.join(known)})"
                ) from None
            raise GenerationError(f"{self.path}: nothing has been ingested yet; run `kb ingest`") from None
        except OSError as error:
            raise GenerationError(f"{self.pointer}: can't be read ({error.strerror})") from error
        name = written.decode("utf-8", "replace").strip()
        if name not in known:
            shown = name[:40] if name.isprintable() else "unreadable bytes"
            raise GenerationError(
                f"{self.pointer}: points to {shown!r}, which is no generation on disk; choose one with "
                f"`kb rollback ID` (on disk: {', '.join(known) or 'none'})"
            )
        return name

    def folder(self, generation_id: str) -> Path:
        """The folder of a generation on disk. Raises GenerationError when there is no such one."""
        if generation_id not in self.generation_ids():
            raise GenerationError(
                f"there is no generation {generation_id!r} in {self.path}; on disk: "
                f"{', '.join(self.generation_ids()) or 'none'}"
            )
        return self.generations / generation_id

    def point_to(self, generation_id: str) -> None:
        """Make a generation the live one: one atomic rename, durable before it returns."""
        self.folder(generation_id)
        write_durably(self.pointer, (generation_id + "\n").encode())
        if _id_in(self._unfinished) == generation_id:
            self._unfinished.unlink(missing_ok=True)

    def next_number(self) -> int:
        """The number of the next generation: one more than any on disk."""
        return max((int(name[1:].split("-")[0]) for name in self.generation_ids()), default=0) + 1

    def take_in(self, staged: Path) -> None:
        """Move a finished build among the generations, noted as unfinished until something points to it."""
        self.generations.mkdir(parents=True, exist_ok=True)
        write_durably(self._unfinished, (staged.name + "\n").encode())
        staged.rename(self.generations / staged.name)
        sync_folder(self.generations)

    def discard(self, generation_id: str) -> None:
        """Remove a generation that was taken in and is not to be published."""
        shutil.rmtree(self.generations / generation_id)
        self._unfinished.unlink(missing_ok=True)

    def delete(self, generation_id: str) -> None:
        """Remove a published generation for good. Call with the writer's lock held; the live one is refused.

        It is gone at once for readers: where the process dies, what is left stands in `staging` and is swept.
        """
        folder = self.folder(generation_id)
        if generation_id == _id_in(self.pointer):
            raise GenerationError(f"{generation_id} is the live generation and stays; roll back or ingest first")
        self.staging.mkdir(parents=True, exist_ok=True)
        gone = self.staging / f"deleted-{generation_id}"
        folder.rename(gone)
        sync_folder(self.generations)
        shutil.rmtree(gone)

    def sweep(self) -> None:
        """Remove what an interrupted build left. Call with the writer's lock held."""
        if self.staging.exists():
            shutil.rmtree(self.staging)
        for temporary in (*self.path.glob(f".{self.pointer.name}.*"), *self.path.glob(f".{self._unfinished.name}.*")):
            temporary.unlink()
        unfinished = _id_in(self._unfinished)
        if unfinished is not None and unfinished != _id_in(self.pointer) and (self.generations / unfinished).exists():
            shutil.rmtree(self.generations / unfinished)
        self._unfinished.unlink(missing_ok=True)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the writer's lock. Raises BusyError at once when another process has it."""
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            lock = FileLock(self.path / "write.lock", timeout=0)
            lock.acquire()
        except Timeout:
            raise BusyError(
                f"{self.path}: another ingest, rollback or erase is running; wait for it to end and try again"
            ) from None
        except OSError as error:
            raise GenerationError(f"{self.path}: can't be written ({error.strerror}); choose another --home") from error
        try:
            yield
        finally:
            lock.release()


def _id_in(file: Path) -> str | None:
    """The id of a generation that a file holds; None where it holds none."""
    try:
        written = file.read_bytes().decode("ascii", "replace").strip()
    except FileNotFoundError:
        return None
    return written if _ID.fullmatch(written) else None


def write_durably(path: Path, content: bytes) -> None:
    """Replace a file's content atomically: readers see the old bytes or the new ones, also after a power cut."""
    _replace(path, content, durable=True)
    sync_folder(path.parent)


def write_atomically(path: Path, content: bytes) -> None:
    """Replace a file's content: readers see the old bytes or the new ones, but a power cut may damage them."""
    _replace(path, content, durable=False)


def _replace(path: Path, content: bytes, *, durable: bool) -> None:
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with temporary.open("wb") as file:
            file.write(content)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
