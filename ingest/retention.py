"""Old generations are deleted from disk, so that what was withdrawn does not stay for ever."""

from kb.errors import GenerationError
from kb.generation import read_manifest
from kb.home import Home


def delete_older(home: Home, keep: int) -> tuple[str, ...]:
    """Delete all but the `keep` newest generations; the live one and its parent always stay. Returns the deleted ids.

    Call with the writer's lock held. Raises OSError where the disk can't be written.
    """
    ids = home.generation_ids()
    live = home.live_id()
    kept = {live, *_parent(home, live), *ids[-keep:]}
    older = [identifier for identifier in ids if identifier not in kept]
    for identifier in older:
        home.delete(identifier)
    return tuple(older)


def _parent(home: Home, generation_id: str) -> list[str]:
    try:
        parent = read_manifest(home.folder(generation_id)).parent
    except GenerationError:  # it was just published; one that can't be read has no parent to keep
        return []
    return [parent] if parent else []
