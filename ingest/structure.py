"""Sections by heading. Sections tile the text: each runs from its heading to the next one."""

from collections.abc import Sequence
from dataclasses import replace

from ingest.legal.outline import Outline
from ingest.loaders.loaded import Heading, LoadedText
from kb.records import Section


def find_sections(loaded: LoadedText) -> tuple[Section, ...]:
    """Sections in order, covering the whole text. A first heading of the outermost level is the document's title."""
    title = title_heading(loaded)
    starts = list(loaded.headings)
    sections: list[Section] = []
    first = starts[0].start if starts else len(loaded.text)
    start: int | None = 0  # of blank lines or a heading without text of its own, which are kept with the next section
    if not starts or loaded.text[:first].strip():
        sections.append(Section(path=(), start=0, body_start=0, end=first))
        start = None
    path: list[Heading] = []
    for index, heading in enumerate(starts):
        path = [outer for outer in path if outer.level < heading.level] + [heading]
        last = index + 1 == len(starts)
        end = len(loaded.text) if last else starts[index + 1].start
        start = heading.start if start is None else start
        if not last and not loaded.text[heading.end : end].strip():
            continue
        names = tuple(outer.title for outer in path if outer is not title)
        sections.append(Section(path=names, start=start, body_start=min(heading.end, end), end=end))
        start = None
    return tuple(sections)


def legal_sections(loaded: LoadedText, outline: Outline) -> tuple[Section, ...]:
    """The sections of a law: its own divisions and articles instead of the headings of the layout, with pinpoints."""
    found = find_sections(replace(loaded, headings=outline.headings))
    return tuple(replace(section, pinpoint=outline.provision_at(section.body_start)) for section in found)


def title_heading(loaded: LoadedText) -> Heading | None:
    """The first heading, if it is the only one of the outermost level."""
    if not loaded.headings:
        return None
    first = loaded.headings[0]
    return first if _is_alone_at_top(first, loaded.headings) else None


def _is_alone_at_top(first: Heading, headings: Sequence[Heading]) -> bool:
    return first.level == min(h.level for h in headings) and sum(h.level == first.level for h in headings) == 1
