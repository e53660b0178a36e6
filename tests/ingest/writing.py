"""Guidance folders for tests."""

from pathlib import Path

FRONT_MATTER = """---
authority: internal
jurisdiction: MX
topics: [ptu]
language: en
reviewed: 2026-11-01
{more}---
"""


def write_article(folder: Path, name: str, body: str, more: str = "") -> Path:
    """A sound Markdown article."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(FRONT_MATTER.format(more=more) + body, encoding="utf-8")
    return path


def small_folder(folder: Path) -> Path:
    """Three articles of two sections each."""
    for subject, rate in (("share", "10%"), ("bonus", "15 days"), ("vacation", "12 days")):
        write_article(
            folder,
            f"{subject}.md",
            f"# About the {subject}\n\n## How much is the {subject}?\n\nThe {subject} is {rate} a year.\n\n"
            f"## Who gets the {subject}?\n\nEvery worker gets the {subject}.\n",
        )
    return folder
