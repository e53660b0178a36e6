"""Calendar days as people and programs write them. Imports nothing of ours, so that `--help` is quick."""

import re
from datetime import date

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def read_day(value: object) -> date:
    """The day of a text such as 2026-11-01. Raises ValueError for every other way to write one, numbers too."""
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        raise ValueError(f"{value!r} is no date; write it as 2026-11-01")
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise ValueError(f"{value!r} is no date: {error}") from None
