"""Each file in `golden` beside what is stored of it: the text, its headings and pages, and what was left out.

After a wanted change: `python -m tests.ingest.test_golden_files` writes the expectations anew; read the difference.
"""

from collections import Counter
from pathlib import Path

import pytest

from ingest.loaders import LOADERS, LoadedText, loader_for

GOLDEN = Path(__file__).with_name("golden")
SOURCES = sorted(path for path in GOLDEN.iterdir() if not path.name.endswith(".expected"))


def shown(loaded: LoadedText) -> str:
    lines = [loaded.text, "== headings"]
    lines += [f"{heading.level} {heading.title}" for heading in loaded.headings]
    lines += ["== pages", *(f"{page.number} {loaded.text[page.start : page.end][:30]!r}" for page in loaded.pages)]
    lines += ["== left out", *(f"{r.reason}: {r.text!r}" for r in loaded.removals)]
    lines += ["== findings", *(f"{finding.code}: {finding.message}" for finding in loaded.findings)]
    return "\n".join(lines) + "\n"


def load(path: Path) -> LoadedText:
    loader = loader_for(path.name)
    assert loader is not None
    return loader.load(path.read_bytes())


def test_every_format_has_a_golden_file() -> None:
    formats = Counter(type(loader_for(path.name)) for path in SOURCES)
    assert {type(loader) for loader in LOADERS} <= formats.keys()


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_a_file_is_stored_as_expected(path: Path) -> None:
    assert shown(load(path)) == Path(f"{path}.expected").read_text(encoding="utf-8")


if __name__ == "__main__":
    for source in SOURCES:
        Path(f"{source}.expected").write_text(shown(load(source)), encoding="utf-8")
