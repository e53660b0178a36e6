"""`sources.yaml` is strict, and all its faults are told together with their lines."""

from pathlib import Path

import pytest

from ingest.sources.catalogue import CatalogueError, chosen, read_catalogue
from kb.errors import UsageError

OURS = Path(__file__).parents[2] / "corpus" / "sources.yaml"
GOOD = """sources:
  - id: law
    title: A law
    address: https://example.org/law.pdf
    format: pdf
    authority: statute
    jurisdiction: MX
    topics: [labor]
    language: es
    source: A law
    pinpoints: articles
"""


def _faults(folder: Path, text: str) -> str:
    (folder / "sources.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(CatalogueError) as caught:
        read_catalogue(folder / "sources.yaml")
    return str(caught.value)


def test_our_catalogue_names_every_text_with_its_shape() -> None:
    sources = {source.id: source for source in read_catalogue(OURS)}
    assert set(sources) == {
        "cfr-45-160", "cfr-45-162", "cfr-45-164", "lft", "lss", "cff", "lfpdppp", "acuerdo-repse",
    }  # fmt: skip
    assert all(source.address.startswith("https://") for source in sources.values())
    assert all(source.shape.first or source.shape.contains for source in sources.values())


def test_all_faults_are_told_with_their_lines(tmp_path: Path) -> None:
    text = GOOD.replace("format: pdf", "format: docx").replace("    source: A law\n", "    sourse: A law\n")
    told = _faults(tmp_path, text + "    shape: {first: 1}\n")
    assert "sources.yaml:5: format: input should be 'xml', 'pdf' or 'html' (found 'docx')" in told
    assert "sources.yaml:10: sourse: unknown key; remove it" in told
    assert "sources.yaml:2: source: required but missing" in told
    assert "sources.yaml:12: shape.first: input should be a valid string (found '1')" in told


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("id: law", "id: ../law"), "must be fit for a file name"),
        (("id: law", "id: .law"), "must be fit for a file name"),
        (("https://example.org/law.pdf", "https://example.org/{edition}/law.pdf"), "edition: give it where"),
        (("https://example.org/law.pdf", "ftp://example.org/law.pdf"), ":4: address: string should match"),
        (("format: pdf", "format: pdf\n    format: xml"), ":6: format: stands twice"),
        (("sources:", "sources: &all"), "anchors and aliases"),
        (("sources:", "texts:"), "texts: unknown key"),
        (("title: A law", "title: [A law"), "not valid YAML"),
    ],
)
def test_what_cannot_be_meant_is_refused(tmp_path: Path, change: tuple[str, str], says: str) -> None:
    assert says in _faults(tmp_path, GOOD.replace(*change))


def test_an_id_stands_once(tmp_path: Path) -> None:
    assert ":12: id: 'law' stands twice" in _faults(tmp_path, GOOD + GOOD.removeprefix("sources:\n"))


def test_an_unknown_id_names_the_known_ones() -> None:
    sources = read_catalogue(OURS)
    assert [source.id for source in chosen(sources, ("lss", "lft"))] == ["lft", "lss"]
    with pytest.raises(UsageError, match=r"no official source 'lfx'; the catalogue has cfr-45-160"):
        chosen(sources, ("lfx",))
