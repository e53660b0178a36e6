"""Put the text of a law together from the pieces of a structured file: headings, paragraphs, pages, what is left out."""

import re
from dataclasses import dataclass, field

from ingest.clean.paged_text import clean_paged_text
from ingest.loaders.loaded import Heading, LoadedText, LoadError
from kb.records import Page, Removal

_PAGE_NUMBER = re.compile(r"\s*\d{1,4} (?:de|of) \d{1,4}\s*")

_STRAY = re.compile(r"\s+\d{1,4} (?:de|of) \d{1,4}$")


@dataclass(kw_only=True, slots=True)
class TextBuilder:
    """Blocks in the order in which they are added, with a blank line between them."""

    short_title: str = ""  # becomes the first heading
    _parts: list[str] = field(default_factory=list)
    _length: int = 0
    _headings: list[Heading] = field(default_factory=list)
    _starts: list[tuple[int, int]] = field(default_factory=list)  # (page, offset) of each page that begins
    _removals: list[Removal] = field(default_factory=list)

    def heading(self, title: str, level: int) -> None:
        """A heading on a line of its own."""
        stray = _STRAY.search(title)
        if stray:
            self.leave_out(stray.group().strip(), "page number")
            title = title[: stray.start()]
        start = self._length
        self._add(title + "\n")
        self._headings.append(Heading(title=title, level=level + 1, start=start, end=self._length))

    def paragraph(self, text: str) -> None:
        """A paragraph of one or more lines. A page number that strayed into the text is left out."""
        if _PAGE_NUMBER.fullmatch(text):
            self.leave_out(text, "page number")
        else:
            self._add(text + "\n\n")

    def page(self, number: int) -> None:
        """What follows stands on this page of the printed edition, or begins there."""
        if not self._starts or self._starts[-1][0] != number:
            self._starts.append((number, self._length))

    def leave_out(self, text: str, reason: str) -> None:
        """Record what doesn't become a part of the text."""
        page = self._starts[-1][0] if self._starts else None
        self._removals.append(Removal(text=text, reason=reason, page=page))

    def cleaned(self, if_empty: str) -> LoadedText:
        """All of it, without the running lines of a printed edition that strayed into it. Raises LoadError."""
        whole = self.loaded(if_empty)
        cleaned = clean_paged_text(whole.text)
        if not cleaned.pages:
            return whole
        headings: list[Heading] = []
        position = 0
        for heading in whole.headings:  # they stand in the same order, each on lines of its own
            line = heading.title + "\n"
            start = cleaned.text.find(line, position)
            if start >= 0:
                position = start + len(line)
                headings.append(Heading(title=heading.title, level=heading.level, start=start, end=position))
        return LoadedText(
            text=cleaned.text,
            headings=tuple(headings),
            pages=cleaned.pages,
            removals=(*whole.removals, *cleaned.removals),
        )

    def loaded(self, if_empty: str) -> LoadedText:
        """All of it. Raises LoadError with the given message where there is no text."""
        text = "".join(self._parts).rstrip()
        if not text:
            raise LoadError(if_empty)
        title = self.short_title + "\n\n" if self.short_title else ""
        text, shift = title + text + "\n", len(title)
        headings = [
            Heading(title=h.title, level=h.level, start=h.start + shift, end=min(h.end + shift, len(text)))
            for h in self._headings
        ]
        if title:
            headings.insert(0, Heading(title=self.short_title, level=1, start=0, end=shift - 1))
        starts = [(number, min(offset + shift, len(text))) for number, offset in self._starts]
        pages = tuple(
            Page(number=number, start=start, end=end)
            for (number, start), (_, end) in zip(starts, [*starts[1:], (0, len(text))], strict=False)
        )
        return LoadedText(text=text, headings=tuple(headings), pages=pages, removals=tuple(self._removals))

    def _add(self, block: str) -> None:
        self._parts.append(block)
        self._length += len(block)
