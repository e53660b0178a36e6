"""Is a downloaded file the text that was wanted, whole? Judged by its format, size, numbering and words."""

import re
from html.parser import HTMLParser

from ingest.loaders import loader_for
from ingest.loaders.loaded import LoadError
from ingest.sources.catalogue import OfficialSource, PinpointStyle, SourceFormat
from ingest.sources.transfer import DownloadError

CONTENT_TYPES = {
    SourceFormat.XML: frozenset({"application/xml", "text/xml"}),
    SourceFormat.PDF: frozenset({"application/pdf", "application/octet-stream"}),
    SourceFormat.HTML: frozenset({"text/html", "application/xhtml+xml"}),
}
_NUMBERS = {
    PinpointStyle.CFR: re.compile(r"(?:^|(?<=[.;:])\s)\s*§+\s*(\d+\.\d+)", re.MULTILINE),
    PinpointStyle.ARTICLES: re.compile(
        # At the head of a line, or after a sentence where a loader joined printed lines.
        r"(?:^|(?<=[.;:])\s)\s*Art[ií]culo\s+(\d+|[A-Za-záéíóú]+)(?:\s*[oº°])?(?:\s*[-.]|\s+[A-Z]\b|\s+(?:Bis|Ter)\b)",
        re.MULTILINE | re.IGNORECASE,
    ),
}
_SIGNATURES = {SourceFormat.PDF: re.compile(rb"%PDF-"), SourceFormat.XML: re.compile(rb"<\?xml|<[A-Za-z]")}
_WITHIN = 1024  # bytes from the start in which the signature stands


def check_shape(source: OfficialSource, content: bytes) -> None:
    """Raises DownloadError with all that is wrong."""
    faults = list(_size_faults(source, content))
    signature = _SIGNATURES.get(source.format)
    if signature and not signature.search(content[:_WITHIN]):
        faults.append(f"does not begin as a file of format {source.format.value} does")
    if not faults:
        faults.extend(_text_faults(source, content))
    if faults:
        raise DownloadError(
            f"{source.id}: what came is not the text wanted: {'; '.join(faults)}. Look at {source.address} in a browser, "
            "and correct `shape` in the catalogue where the text is right"
        )


def _size_faults(source: OfficialSource, content: bytes) -> list[str]:
    shape = source.shape
    if len(content) < shape.min_bytes:
        return [f"{len(content):,} bytes, expected are at least {shape.min_bytes:,}"]
    if len(content) > shape.max_bytes:
        return [f"{len(content):,} bytes, expected are at most {shape.max_bytes:,}"]
    return []


def _text_faults(source: OfficialSource, content: bytes) -> list[str]:
    try:
        text = _text_of(source, content)
    except LoadError as error:
        return [str(error)]
    shape = source.shape
    found = dict.fromkeys(match[1].casefold() for match in _NUMBERS[source.pinpoints].finditer(text))
    faults = [
        f"no article or section {number}"
        for number in (shape.first, shape.last)
        if number is not None and number.casefold() not in found
    ]
    if len(found) < shape.at_least:
        faults.append(f"{len(found)} articles or sections, expected are at least {shape.at_least}")
    folded = " ".join(text.casefold().split())
    faults.extend(f"no words {words!r}" for words in shape.contains if " ".join(words.casefold().split()) not in folded)
    return faults


def _text_of(source: OfficialSource, content: bytes) -> str:
    """As an ingest will read it; a web page without a loader of its format, by its bare text."""
    loader = loader_for(source.file_name)
    if loader is not None:
        return loader.load(content).text
    reader = _PageText()
    reader.feed(content.decode("utf-8", "replace"))
    return "".join(reader.parts)


class _PageText(HTMLParser):
    """The text of a page, a line break at each block."""

    _BLOCKS = frozenset({"p", "div", "br", "tr", "li", "h1", "h2", "h3", "h4", "table"})

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002  the parser's own
        """Blocks begin a line; scripts and styles are no text."""
        self._hidden += tag in {"script", "style"}
        if tag in self._BLOCKS:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        """The end of a script or style."""
        self._hidden -= tag in {"script", "style"} and self._hidden > 0

    def handle_data(self, data: str) -> None:
        """Text that is shown."""
        if not self._hidden:
            self.parts.append(data)
