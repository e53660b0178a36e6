"""One file per format. A loader turns bytes into text with headings and pages; a new format is one file and one line here."""

from pathlib import PurePath

from ingest.loaders.docx import DocxLoader
from ingest.loaders.html import HtmlLoader
from ingest.loaders.legal_json import LegalJsonLoader
from ingest.loaders.loaded import Heading, LoadedText, Loader, LoadError
from ingest.loaders.markdown import MarkdownLoader
from ingest.loaders.pdf import PdfLoader
from ingest.loaders.text import TextLoader
from ingest.loaders.xml import XmlLoader

LOADERS: tuple[Loader, ...] = (
    MarkdownLoader(),
    TextLoader(),
    PdfLoader(),
    HtmlLoader(),
    DocxLoader(),
    XmlLoader(),
    LegalJsonLoader(),
)


def loader_for(name: str) -> Loader | None:
    """The loader for a file name by its ending; None where no format fits."""
    ending = PurePath(name).suffix.lower()
    return next((loader for loader in LOADERS if ending in loader.endings), None)


__all__ = ["LOADERS", "Heading", "LoadError", "LoadedText", "Loader", "loader_for"]
