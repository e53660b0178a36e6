"""XML: the vocabulary is told by the outermost element, and each has a reader of its own."""

from typing import ClassVar

from ingest.loaders.ecfr import ROOTS, load_ecfr, root_of
from ingest.loaders.loaded import LoadedText, LoadError


class XmlLoader:
    """Reads .xml files of a known vocabulary."""

    endings: ClassVar[tuple[str, ...]] = (".xml",)
    sidecar: ClassVar[bool] = True

    def load(self, content: bytes) -> LoadedText:
        """The text by the reader of its vocabulary. Raises LoadError for any other one."""
        root = root_of(content)
        if root in ROOTS or not root:
            return load_ecfr(content)
        raise LoadError(f"the XML is of a vocabulary that isn't read (<{root}>); convert it to text")
