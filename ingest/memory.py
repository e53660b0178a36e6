"""What keeps an ingest of many documents from spending its time and memory on managing memory."""

import ctypes
import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def settled() -> Iterator[None]:
    """The search for garbage leaves out all objects that are there now, libraries and documents, some millions."""
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def give_back_memory() -> None:
    """Return freed memory to the system: the allocator keeps pieces of all sizes, in the end some gigabytes."""
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # of glibc; other libraries have none
        if trim is not None:
            trim(0)
