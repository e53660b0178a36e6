"""The options that several commands share. Imports nothing of the knowledge base, so that `--help` is quick."""

from datetime import date
from pathlib import Path
from typing import Annotated, Literal, get_args

import typer

# The values of kb.records, which takes half a second to import; a test compares them.
JurisdictionName = Literal["US", "MX"]
TopicName = Literal["hipaa", "privacy", "ptu", "repse", "labor", "tax", "social-security", "vendor-selection"]
AuthorityName = Literal["statute", "regulation", "agency", "internal", "vendor"]
LanguageName = Literal["en", "es"]


def parse_day(text: str) -> date:
    """A calendar date. Raises BadParameter, which ends the program with 2."""
    from kb.records import read_day  # noqa: PLC0415  so that --help is quick

    try:
        return read_day(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


def not_empty(text: str) -> str:
    """The text. Raises BadParameter where there is none, before anything is loaded for it."""
    if not text.strip():
        raise typer.BadParameter("is empty; write a question or some words")
    return text


def with_known_settings(home: Path) -> Path:
    """The home. Raises SettingsError for a faulty or unknown KB_ variable, also where the command needs none."""
    from kb.settings import load_settings  # noqa: PLC0415  so that --help is quick

    load_settings(home=home)
    return home


QuestionArgument = Annotated[str, typer.Argument(callback=not_empty, help="In English or Spanish.")]
_HOME_HELP = "Where generations and records live."
HomeOption = Annotated[
    Path,
    typer.Option("--home", envvar="KB_HOME", metavar="DIR", callback=with_known_settings, help=_HOME_HELP),
]
# For the command that tells of faulty settings among all else that is wrong.
AnySettingsHomeOption = Annotated[Path, typer.Option("--home", envvar="KB_HOME", metavar="DIR", help=_HOME_HELP)]
DEFAULT_HOME = Path(".kb")
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]
AsOfOption = Annotated[
    date | None,
    typer.Option(
        "--as-of", metavar="DATE", parser=parse_day, help="Use what was in force on this day. (default: today)"
    ),
]
JurisdictionOption = Annotated[
    JurisdictionName | None, typer.Option("--jurisdiction", metavar="US|MX", case_sensitive=False, help="Whose law.")
]
TopicOption = Annotated[
    TopicName | None,
    typer.Option(
        "--topic", metavar="TOPIC", case_sensitive=False, help=f"One subject only: {', '.join(get_args(TopicName))}."
    ),
]
AuthorityOption = Annotated[
    AuthorityName | None,
    typer.Option(
        "--authority",
        metavar="AUTHORITY",
        case_sensitive=False,
        help=f"One kind of source only: {', '.join(get_args(AuthorityName))}.",
    ),
]
LanguageOption = Annotated[
    LanguageName | None,
    typer.Option("--language", metavar="en|es", case_sensitive=False, help="Sources in one language only."),
]
SourceIds = Annotated[
    list[str] | None, typer.Argument(metavar="[ID]...", help="As the catalogue names them. (default: all)")
]
SourceFolder = Annotated[Path, typer.Option("--to", metavar="FOLDER", help="Where the downloads are kept.")]
SourceCatalogue = Annotated[Path, typer.Option("--catalogue", metavar="FILE", help="The list of official texts.")]
