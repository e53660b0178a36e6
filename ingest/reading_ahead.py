"""A second process that reads files on another core, already while the first loads its embedding model.

It reads from the last file backwards and the ingest from the first one on, until they meet. Whatever happens to it, the
ingest reads what it didn't. Only for the model that comes with the installation: what fits into a passage is known of it
without loading it.

The process is told on its standard input, and answers on its standard output: both in MessagePack, each answer after
its length in four bytes.
"""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import msgspec

from ingest.reading_cache import ReadingCache, read_source
from ingest.scan import SourceFile
from kb.home import Home
from kb.models.embedding import Embedder, ShippedEmbedder
from kb.settings import load_settings

_WORTH_IT = 24  # files; the process takes a second to start
_PROCESSES = 2
_LENGTH_BYTES = 4


class _Order(msgspec.Struct):
    """What the process is told."""

    home: str
    sources: list[SourceFile]


@contextmanager
def reading_ahead(sources: Sequence[SourceFile], home: Home, embedder: Embedder) -> Iterator[Mapping[str, bytes]]:
    """The readings that another process has made so far, packed, by their keys in the cache; it ends with the block.

    The model is loaded before the block begins. Where few files are new, neither is done.
    """
    if not isinstance(embedder, ShippedEmbedder) or (os.cpu_count() or 1) < _PROCESSES:
        yield {}
        return
    wanted = ReadingCache(home.cache, embedder.identity, write=False).unread(sources)
    if len(wanted) < _WORTH_IT:
        yield {}
        return
    command = [sys.executable, "-P", "-c", "from ingest.reading_ahead import main; main()"]
    process = subprocess.Popen(  # noqa: S603  our own program
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True
    )
    order = _Order(home=str(home.path), sources=wanted[::-1])
    readings: dict[str, bytes] = {}
    listener = threading.Thread(target=_listen, args=(process.stdin, process.stdout, order, readings), daemon=True)
    listener.start()
    try:
        embedder.load()
        yield readings
    finally:
        process.kill()
        listener.join()
        process.wait()


def _listen(told: IO[bytes], answers: IO[bytes], order: _Order, readings: dict[str, bytes]) -> None:
    """Tell the process what to read and take what it has read, until it ends."""
    with answers:
        try:
            with told:
                told.write(msgspec.msgpack.encode(order, enc_hook=str))
            while True:
                answer = _exactly(int.from_bytes(_exactly(_LENGTH_BYTES, answers)), answers)
                key, packed = msgspec.msgpack.decode(answer, type=tuple[str, bytes])
                readings[key] = packed
        except (OSError, EOFError, msgspec.DecodeError):
            return  # it has read all, was ended or has failed: the ingest reads the others, and tells of their faults


def _exactly(count: int, stream: IO[bytes]) -> bytes:
    content = stream.read(count)
    if len(content) < count:
        raise EOFError
    return content


def _as_path(kind: type[Any], value: str) -> Any:
    return kind(value)


def main() -> None:
    """Read what standard input asks for. Where the ingest is gone, the next answer can't be written, and this ends."""
    order = msgspec.msgpack.decode(sys.stdin.buffer.read(), type=_Order, dec_hook=_as_path)
    home = Home(Path(order.home))
    embedder = ShippedEmbedder(load_settings(home=home.path))
    cache = ReadingCache(home.cache, embedder.identity, write=False)
    for source in order.sources:
        key = cache.key(source)
        reading = read_source(source, embedder.fits)
        if key is None or cache.key(source) != key:
            continue  # it was written meanwhile: kept under either key, the reading would stand for another text
        answer = msgspec.msgpack.encode((key, msgspec.msgpack.encode(reading)))
        sys.stdout.buffer.write(len(answer).to_bytes(_LENGTH_BYTES) + answer)
        sys.stdout.buffer.flush()
