"""XML: the vocabulary is told by the outermost element, and each has a reader of its own."""

from typing import ClassVar

from ingest.loaders.ecfr import ROOTS, load_ecfr, root_of
from ingest.loaders.legal_xml import LegalXmlLoader
from ingest.loaders.loaded import LoadedText


class XmlLoader:
    """Reads .xml and .akn files of a known vocabulary."""

    endings: ClassVar[tuple[str, ...]] = LegalXmlLoader.endings
    paged: ClassVar[bool] = False
    sidecar: ClassVar[bool] = True

    def load(self, content: bytes) -> LoadedText:
        """The text by the reader of its vocabulary. Raises LoadError for any other one."""
        return load_ecfr(content) if root_of(content) in ROOTS else LegalXmlLoader().load(content)
