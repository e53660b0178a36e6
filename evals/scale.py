"""What an ingest costs at the size of a folder, and what a change of one article costs: `python -m evals.scale FOLDER`.

Works on a copy of FOLDER, in a home of its own. The first ingest is interrupted and taken up again. Prints ratios, which
hold on any machine, and times for orientation; nothing here fails on them. `--hashing` takes a model that costs next to
nothing, to see what all the rest costs.
"""

import argparse
import os
import random
import resource
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, process_time

import numpy as np

from evals.bench import RecordingEmbedder
from ingest import publish
from ingest.publish import Report
from kb.models.embedding import Embedder, Vectors, load_embedder
from kb.settings import load_settings

SAMPLE = 2_000  # texts for the bare throughput
_SENTENCE = "\n\nThis sentence was added to see what a change costs: {number}.\n"


class InterruptedEmbedder(RecordingEmbedder):
    """Is interrupted, as by Ctrl-C, after so many texts."""

    def __init__(self, inner: Embedder, after: int) -> None:
        super().__init__(inner)
        self._after = after

    def embed_passages(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> Vectors:
        """Passages, while they are not too many."""
        if len(self.texts) >= self._after:
            raise KeyboardInterrupt
        return super().embed_passages(texts, progress)


class CheapEmbedder:
    """Random unit vectors that depend on the text only."""

    identity = "cheap-384"

    def embed_query(self, text: str) -> Vectors:
        """One question."""
        row: Vectors = self.embed_passages([text])[0]
        return row

    def embed_passages(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> Vectors:
        """Passages: shape (len(texts), 384)."""
        rows = [np.random.default_rng(list(text[:200].encode())).standard_normal(384, np.float32) for text in texts]
        matrix = np.stack(rows)
        if progress:
            progress(len(texts))
        unit: Vectors = matrix / np.linalg.norm(matrix, axis=1, keepdims=True)
        return unit

    def fits(self, text: str) -> bool:
        """As many characters as fit into the real model at most."""
        return len(text) < 1_500


def measure(folder: Path, home: Path, embedder: Embedder, sample: int) -> Iterator[str]:
    """Lines of the report. `folder` is changed, `home` must be empty."""
    interrupted = InterruptedEmbedder(embedder, after=512)
    started = perf_counter()
    with suppress(KeyboardInterrupt):
        publish(folder, home, embedder=interrupted)
    first = perf_counter() - started
    recording = RecordingEmbedder(embedder)
    report, second = _timed(folder, home, recording)
    texts = [*interrupted.texts, *recording.texts]
    twice = len(texts) - len(set(texts))
    yield f"{len(report.added)} documents, {report.passages} passages, {len(texts)} texts embedded"
    yield f"interrupted after {len(interrupted.texts)} texts and taken up again: {twice} texts embedded twice"
    yield _against_bare(embedder, texts, first + second, sample)
    yield f"steps of the second run: {_steps(report)}"
    yield f"memory at most: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.2f} GiB"
    article = next(path for path in sorted(folder.rglob("*.md")) if path.name.lower() != "readme.md")
    recording = RecordingEmbedder(embedder)
    _change(article, 1)
    busy = process_time()
    report, warm = _timed(folder, home, recording)
    busy = process_time() - busy
    yield f"one article changed, in this process: {warm:.1f} s ({busy:.1f} s of processor), {len(recording.texts)} texts embedded ({_steps(report)})"
    yield f"documents changed: {', '.join(report.changed) or 'none'}"


def fresh_process(folder: Path, home: Path) -> str:
    """The same change by the program itself, with its start, its model and no gate."""
    article = next(path for path in sorted(folder.rglob("*.md")) if path.name.lower() != "readme.md")
    _change(article, 2)
    command = [sys.executable, "-c", "from app.cli import main; main()", "ingest", str(folder), "--no-gate"]
    started = perf_counter()
    ended = subprocess.run(  # noqa: S603  our own program
        [*command, "--home", str(home)], capture_output=True, text=True, check=False, env=os.environ
    )
    seconds = perf_counter() - started
    summary = [line for line in ended.stdout.splitlines() if "embedded" in line] or [ended.stderr[-200:]]
    return f"one article changed, by a fresh `kb ingest`: {seconds:.1f} s ({summary[-1]})"


def _timed(folder: Path, home: Path, embedder: Embedder) -> tuple[Report, float]:
    started = perf_counter()
    report = publish(folder, home, embedder=embedder, progress=_Progress())
    return report, perf_counter() - started


def _against_bare(embedder: Embedder, texts: Sequence[str], whole: float, sample: int) -> str:
    """Throughput of the ingest against the model alone on a random sample of the same texts, by characters."""
    chosen = random.Random(0).sample(list(texts), min(sample, len(texts)))  # noqa: S311  a fixed choice
    started = perf_counter()
    embedder.embed_passages(chosen)
    bare = sum(map(len, chosen)) / (perf_counter() - started)
    ours = sum(map(len, texts)) / whole
    return (
        f"ingest / bare embedder: {ours / bare:.2f} ({ours:.0f} and {bare:.0f} characters a second; {whole:.0f} s for "
        f"{len(texts)} texts, the bare one on {len(chosen)} of them)"
    )


def _steps(report: Report) -> str:
    return ", ".join(f"{step} {seconds:.1f} s" for step, seconds in report.seconds.items())


def _change(article: Path, number: int) -> None:
    with article.open("a", encoding="utf-8") as file:
        file.write(_SENTENCE.format(number=number))


class _Progress:
    """One line a step and tenth on standard error."""

    def __init__(self) -> None:
        self._told: set[tuple[str, int]] = set()

    def __call__(self, step: str, done: int, of: int) -> None:
        tenth = 10 * done // of if of else 0
        if (step, tenth) not in self._told:
            self._told.add((step, tenth))
            sys.stderr.write(f"{step} {done} of {of}\n")


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the report."""
    parser = argparse.ArgumentParser(prog="python -m evals.scale", description=__doc__)
    parser.add_argument("folder", type=Path, help="guidance files with their metadata; a copy is changed, not this")
    parser.add_argument("--sample", type=int, default=SAMPLE, help="texts for the bare throughput")
    parser.add_argument("--hashing", action="store_true", help="take a model that costs next to nothing")
    options = parser.parse_args(arguments)
    with TemporaryDirectory() as place:
        folder, home = Path(place) / "corpus", Path(place) / "home"
        shutil.copytree(options.folder, folder, copy_function=shutil.copyfile)
        embedder = CheapEmbedder() if options.hashing else load_embedder(load_settings(home=home))
        for line in measure(folder, home, embedder, options.sample):
            print(line, flush=True)  # noqa: T201
        if not options.hashing:
            print(fresh_process(folder, home), flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
