"""The command `kb erase`: tell what went, what was read to prove it, and what is left to do."""

from pathlib import Path

import msgspec
import typer

from app.cli_terminal import say, show, show_json
from ingest.erase import Erasure, erase


def run_erase(home: Path, document: str, folder: Path, *, as_json: bool) -> None:
    """Erase a document. Ends with 1 where a trace of it was found. Raises what `erase` raises."""
    done = erase(document, home)
    source = folder / done.path if done.path else None
    stands = source is not None and source.exists()
    if as_json:
        show_json({**msgspec.to_builtins(done), "file": str(source) if stands else None})
    else:
        show(_told(done))
    if stands:
        say(f"kb: {source} still stands in the folder; remove it, or the next `kb ingest` takes it in again")
    if done.scan.found:
        say(f"kb: traces of {document} are left in {', '.join(done.scan.found)}; remove these files from {home}")
        raise typer.Exit(1)


def _told(done: Erasure) -> str:
    scan = done.scan
    lines = [
        f"{done.document} is erased; generation {done.generation} is live" + (" (new)" if done.built else ""),
        f"deleted generations: {', '.join(done.deleted) or 'none'}",
        f"{done.receipts} receipts emptied, {done.vectors} vectors taken out of the embedding cache",
        f"read {scan.files:,} files with {scan.bytes:,} bytes for {scan.texts:,} texts and {scan.vectors:,} vectors: "
        + (f"found in {len(scan.found)} files" if scan.found else "none is left"),
    ]
    if scan.texts == 0:
        lines.append(
            "nothing was left to search for: the texts went with an erasure that was interrupted, or are held by other documents too"
        )
    return "\n".join(lines)
