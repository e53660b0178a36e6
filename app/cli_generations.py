"""The commands on generations: `kb generations`, `kb rollback`, `kb show`. None of them loads a model."""

from pathlib import Path

from app.answer_json import document_as_json
from app.cli_terminal import say, show, show_json
from kb.errors import DocumentNotFoundError, GenerationError
from kb.generation import Manifest, check_files, read_documents, read_manifest
from kb.home import Home
from kb.records import Document, Metadata


def run_generations(home: Path, *, as_json: bool) -> None:
    """List what is on disk. A damaged one is listed as such."""
    place = Home(home)
    live = _live_id(place)
    rows = [_row(place, identifier, live=identifier == live) for identifier in place.generation_ids()]
    if as_json:
        show_json(rows)
        return
    for row in rows:
        show(
            ("* " if row["live"] else "  ")
            + (
                "{id}  damaged: {damage}".format(**row)
                if row["damage"]
                else "{id}  {created}  {documents} documents  {passages} passages  {model}".format(**row)
            )
        )


def run_rollback(home: Path, generation: str) -> None:
    """Point to a generation whose files are whole. Raises GenerationError, and BusyError while another writes."""
    place = Home(home)
    with place.writing():
        folder = place.folder(generation)
        check_files(folder, read_manifest(folder))
        before = _live_id(place)
        place.point_to(generation)
    say(f"{generation} is live" + (" already" if before == generation else f"; before it was {before or 'none'}"))


def run_show(home: Path, document_id: str, generation: str | None, *, as_json: bool) -> None:
    """Print a document. Raises GenerationError and DocumentNotFoundError."""
    place = Home(home)
    chosen = generation or place.live_id()
    folder = place.folder(chosen)
    for document in read_documents(folder, read_manifest(folder)):
        if document.id == document_id:
            if as_json:
                show_json(document_as_json(document))
            else:
                show(_document_as_text(document))
            return
    raise DocumentNotFoundError(f"generation {chosen} holds no document {document_id!r}; `kb search` shows the ids")


def _live_id(home: Home) -> str | None:
    """The live generation; what is wrong with the pointer is said, not raised: listing and rolling back must work."""
    try:
        return home.live_id()
    except GenerationError as error:
        say(f"kb: {error}")
        return None


def _row(home: Home, identifier: str, *, live: bool) -> dict[str, object]:
    try:
        manifest = read_manifest(home.folder(identifier))
    except GenerationError as error:
        return {"id": identifier, "live": live, "damage": str(error)}
    return {"id": identifier, "live": live, "damage": None, **_facts(manifest)}


def _facts(manifest: Manifest) -> dict[str, object]:
    return {
        "created": f"{manifest.created:%Y-%m-%d %H:%M:%S} UTC",
        "parent": manifest.parent,
        "model": manifest.model,
        "documents": manifest.documents,
        "passages": manifest.passages,
        "units": manifest.units,
    }


def _document_as_text(document: Document) -> str:
    """Front matter, an empty line, and the stored text as it is: spans count from its first character."""
    lines = [f"{name}: {_value(document.metadata, name)}" for name in Metadata.__dataclass_fields__]
    return "\n".join(["---", *lines, f"path: {document.path}", "---", "", document.text])


def _value(metadata: Metadata, name: str) -> str:
    value = getattr(metadata, name)
    if isinstance(value, tuple):
        return f"[{', '.join(value)}]"
    return "" if value is None else str(value)
