"""Documents for tests of legal structure, read as a folder's files are."""

from ingest.front_matter import FrontMatter
from ingest.loaders import loader_for
from ingest.read import build_document
from kb.records import Authority, Document, Jurisdiction, Topic
from tests.embedders import HashingEmbedder


def law(
    text: str,
    path: str = "ley.txt",
    *,
    jurisdiction: Jurisdiction = Jurisdiction.MX,
    authority: Authority = Authority.STATUTE,
    source: str | None = None,
    longest: int = 1_500,
) -> Document:
    """A document of a law's text; `longest` is what the embedder reads, in characters."""
    loader = loader_for(path)
    assert loader is not None
    front_matter = FrontMatter(authority=authority, jurisdiction=jurisdiction, topics=(Topic.LABOR,), source=source)
    return build_document(path, loader.load(text.encode()), front_matter, HashingEmbedder(longest=longest).fits)


def regulation(text: str, path: str = "rule.md", source: str = "45 CFR Part 164") -> Document:
    """A document of a U.S. regulation."""
    return law(text, path, jurisdiction=Jurisdiction.US, authority=Authority.REGULATION, source=source)


def places(document: Document) -> list[str]:
    """The pinpoints in the order of the text."""
    return [pinpoint.text for pinpoint in document.pinpoints]
