"""A conversation as a file to keep: Markdown, and the name that the file gets."""

import re
from collections.abc import Sequence
from datetime import date

from app.answer_copy import as_markdown, escape_markdown
from app.asking import Turn
from app.words import Words
from kb.text.words import fold


def conversation_markdown(title: str, turns: Sequence[Turn], words: Words, today: date, origin: str) -> str:
    """All turns with their sources as footnotes. `origin` is the address of the site, for links to the sources."""
    parts = [f"# {escape_markdown(title)}", f"*{words('export.downloaded', day=words.day(today))}*"]
    for number, turn in enumerate(turns, 1):
        parts.append(f"## {escape_markdown(' '.join(turn.question.split()))}")
        if turn.answer is None:
            parts.append(f"> {escape_markdown(turn.problem or words('ask.not_kept'))}")
            continue
        if turn.answer.understood_as:
            parts.append(f"*{escape_markdown(words('answer.understood', text=turn.answer.understood_as))}*")
        parts.append(as_markdown(turn.answer, words, origin=origin, prefix=f"{number}-"))
    parts.append(f"---\n\n{escape_markdown(words('site.disclaimer'))}")
    return "\n\n".join(parts) + "\n"


def file_name(title: str, ending: str) -> str:
    """A plain file name made of a title: ASCII letters, digits and hyphens."""
    plain = re.sub(r"[^a-z0-9]+", "-", fold(title)).strip("-")[:60].strip("-")
    return f"{plain or 'conversation'}.{ending}"
