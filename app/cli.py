"""The program `kb`: what each command takes. What it does stands in the cli_* file that its body imports.

Bodies import when they run, so that `--help` does not load models and databases.
"""

import gc
import os
import sys
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated, NoReturn, TextIO

import typer

from app.cli_options import (
    DEFAULT_HOME,
    AnySettingsHomeOption,
    AsOfOption,
    AuthorityOption,
    HomeOption,
    JsonOption,
    JurisdictionOption,
    LanguageOption,
    QuestionArgument,
    SourceCatalogue,
    SourceFolder,
    SourceIds,
    TopicOption,
)
from app.cli_terminal import say

app = typer.Typer(
    name="kb",
    help="Answers with verbatim citations on HIPAA and Mexican labour law.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
evaluation = typer.Typer(help="Run an evaluation set, and compare two runs.", no_args_is_help=True)
app.add_typer(evaluation, name="eval")
official = typer.Typer(help="Download official texts, and see what is new upstream.", no_args_is_help=True)
app.add_typer(official, name="sources")

INTERRUPTED = 130


@app.command()
def ingest(
    folder: Annotated[Path, typer.Argument(help="Where the guidance files are.")] = Path("corpus"),
    home: HomeOption = DEFAULT_HOME,
    check: Annotated[
        bool, typer.Option("--check", help="Show findings and what would change; publish nothing.")
    ] = False,
    no_gate: Annotated[bool, typer.Option("--no-gate", help="Publish without asking FOLDER/_gate.jsonl.")] = False,
    report: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Write what was read of each file: JSON if FILE ends in .json, else a table."
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Build a generation from a folder and publish it."""
    from app.cli_ingest import run_ingest

    run_ingest(folder, home, check=check, gated=not no_gate, as_json=as_json, report_file=report)


@app.command()
def ask(
    question: QuestionArgument,
    home: HomeOption = DEFAULT_HOME,
    as_of: AsOfOption = None,
    jurisdiction: JurisdictionOption = None,
    topic: TopicOption = None,
    authority: AuthorityOption = None,
    language: LanguageOption = None,
    as_json: JsonOption = False,
) -> None:
    """Answer a question from the held sources, or say that they don't."""
    from app.cli_answers import run_ask
    from kb.records import Filters

    filters = Filters(as_of=as_of, jurisdiction=jurisdiction, topic=topic, authority=authority, language=language)
    run_ask(home, question, filters, as_json=as_json)


@app.command()
def search(
    query: QuestionArgument,
    home: HomeOption = DEFAULT_HOME,
    k: Annotated[int, typer.Option("-k", min=1, max=1000, help="How many passages at most.")] = 10,
    as_of: AsOfOption = None,
    jurisdiction: JurisdictionOption = None,
    topic: TopicOption = None,
    authority: AuthorityOption = None,
    language: LanguageOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the passages nearest to a query, best first."""
    from app.cli_answers import run_search
    from kb.records import Filters

    filters = Filters(as_of=as_of, jurisdiction=jurisdiction, topic=topic, authority=authority, language=language)
    run_search(home, query, k, filters, as_json=as_json)


@app.command()
def replay(receipt: str, home: HomeOption = DEFAULT_HOME, as_json: JsonOption = False) -> None:
    """Give the answer of a receipt again and tell whether anything differs (then the exit code is 1)."""
    from app.cli_answers import run_replay

    run_replay(home, receipt, as_json=as_json)


@app.command()
def show(
    document: Annotated[str, typer.Argument(help="The id of a document, as `kb search` shows it.")],
    home: HomeOption = DEFAULT_HOME,
    generation: Annotated[
        str | None, typer.Option(metavar="ID", help="Of this generation. (default: the live one)")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Print the stored text of a document and its metadata."""
    from app.cli_generations import run_show

    run_show(home, document, generation, as_json=as_json)


@app.command()
def generations(home: HomeOption = DEFAULT_HOME, as_json: JsonOption = False) -> None:
    """List the generations on disk, oldest first; a star marks the live one."""
    from app.cli_generations import run_generations

    run_generations(home, as_json=as_json)


@app.command()
def rollback(
    generation: Annotated[str, typer.Argument(metavar="ID", help="As `kb generations` shows it.")],
    home: HomeOption = DEFAULT_HOME,
) -> None:
    """Make an earlier generation the live one."""
    from app.cli_generations import run_rollback

    run_rollback(home, generation)


@app.command()
def gaps(home: HomeOption = DEFAULT_HOME, as_json: JsonOption = False) -> None:
    """List the questions that people sent to the editors because no source answers them."""
    from app.cli_feedback import run_gaps

    run_gaps(home, as_json=as_json)


@app.command()
def feedback(
    home: HomeOption = DEFAULT_HOME,
    cases: Annotated[
        Path | None, typer.Option("--cases", metavar="FILE", help="Write draft evaluation cases into FILE instead.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """List what people said about answers (JSON: as draft evaluation cases)."""
    from app.cli_feedback import run_feedback

    run_feedback(home, cases, as_json=as_json)


@app.command()
def diff(
    before: Annotated[str, typer.Argument(metavar="ID", help="A generation, as `kb generations` shows it.")],
    after: Annotated[str, typer.Argument(metavar="ID", help="Another one.")],
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Show the passages that were added, changed and removed from one generation to another."""
    from app.cli_diff import run_diff

    run_diff(home, before, after, as_json=as_json)


@app.command()
def erase(
    document: Annotated[str, typer.Argument(help="The id of a document, as `kb search` shows it.")],
    home: HomeOption = DEFAULT_HOME,
    folder: Annotated[
        Path, typer.Option(metavar="FOLDER", help="Where its file may still stand, to be warned of.")
    ] = Path("corpus"),
    as_json: JsonOption = False,
) -> None:
    """Erase a document for good: from the live generation, all older ones, the cache and the receipts."""
    from app.cli_erase import run_erase

    run_erase(home, document, folder, as_json=as_json)


@evaluation.command("run")
def eval_run(
    cases: Annotated[Path, typer.Argument(metavar="SET", help="A JSON Lines file of cases.")],
    home: HomeOption = DEFAULT_HOME,
    json_file: Annotated[Path | None, typer.Option("--json", metavar="FILE", help="Write the run as JSON.")] = None,
    html_file: Annotated[Path | None, typer.Option("--html", metavar="FILE", help="Write the run as a page.")] = None,
    gate: Annotated[
        Path | None, typer.Option(metavar="FILE", help="End with 1 where a threshold of this file isn't kept.")
    ] = None,
) -> None:
    """Ask every case of a set and count what the answers hold."""
    from app.cli_evals import run_eval

    run_eval(home, cases, json_file, html_file, gate)


@evaluation.command("compare")
def eval_compare(
    before: Annotated[Path, typer.Argument(metavar="RUN", help="A file of `kb eval run --json`.")],
    after: Annotated[Path, typer.Argument(metavar="RUN", help="Another, of the same set.")],
    home: HomeOption = DEFAULT_HOME,  # noqa: ARG001  every command takes it
    as_json: JsonOption = False,
) -> None:
    """Show what every measure gained or lost between two runs, and which cases changed."""
    from app.cli_evals import run_compare

    run_compare(before, after, as_json=as_json)


@official.command("fetch")
def sources_fetch(
    ids: SourceIds = None,
    to: SourceFolder = Path("corpus/official"),
    catalogue: SourceCatalogue = Path("corpus/sources.yaml"),
    home: HomeOption = DEFAULT_HOME,  # noqa: ARG001  every command takes it
    as_json: JsonOption = False,
) -> None:
    """Download what is new into a folder that `kb ingest` takes; what fails leaves the file that is there."""
    from app.cli_sources import run_fetch

    run_fetch(tuple(ids or ()), to, catalogue, as_json=as_json)


@official.command("status")
def sources_status(
    ids: SourceIds = None,
    to: SourceFolder = Path("corpus/official"),
    catalogue: SourceCatalogue = Path("corpus/sources.yaml"),
    home: HomeOption = DEFAULT_HOME,  # noqa: ARG001  every command takes it
    as_json: JsonOption = False,
) -> None:
    """Tell what is here and what is newer upstream; the exit code is 0 only where all is current."""
    from app.cli_sources import run_status

    run_status(tuple(ids or ()), to, catalogue, as_json=as_json)


@app.command()
def serve(
    home: HomeOption = DEFAULT_HOME,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="The port to listen on.")] = 7860,
) -> None:
    """Run the web pages and the HTTP API until interrupted."""
    from app.server import serve as serve_forever

    serve_forever(home, host, port)


@app.command()
def doctor(home: AnySettingsHomeOption = DEFAULT_HOME, as_json: JsonOption = False) -> None:
    """Tell what is installed, which model and generation are in use, and what is wrong (then the exit code is 1)."""
    from app.doctor import run_doctor

    run_doctor(home, as_json=as_json)


def main() -> NoReturn:
    """The console script. Exit codes: 0 done, 1 refused or failed, 2 wrong usage, 130 interrupted."""
    if _is_closed(sys.stderr):
        sys.stderr = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115  open until the program ends
    if _is_closed(sys.stdout):  # refused before any work: the next file to be opened would take its place
        say("kb: standard output is closed; send it to a file, or to /dev/null")
        sys.exit(1)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that can't show "§" still gets the answer
    code = _run()
    gc.freeze()  # else the program's last search for garbage goes through all that was loaded, for seconds
    sys.exit(code)


def _is_closed(stream: TextIO | None) -> bool:
    """Whether the program was started without it (`kb … >&-`)."""
    return stream is None


def _run() -> int:
    try:
        code = app(prog_name="kb", standalone_mode=False) or 0
    except typer.TyperException as error:
        _say_usage(error)
        return error.exit_code
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        say(f"kb: {place}{error.strerror or error}")
        return 1
    except Exception as error:
        from kb.errors import KnowledgeBaseError

        if not isinstance(error, KnowledgeBaseError):
            raise
        say(f"kb: {error}")
        return error.exit_code
    if code == INTERRUPTED:
        say("kb: interrupted")
    return int(code)


def _say_usage(error: typer.TyperException) -> None:
    message = error.format_message().replace("Value error, ", "")  # pydantic's words, which say nothing here
    if not message:  # the help was printed instead
        return
    context: typer.Context | None = getattr(error, "ctx", None)
    say(f"kb: {message}")
    if context is not None:
        say(f"{context.get_usage().strip()}\nAll options: {context.command_path} --help")
