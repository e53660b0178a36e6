"""U.S. regulations and statutes: parts, subparts and sections, and their paragraphs down to the last level.

The Code of Federal Regulations numbers paragraphs (a)(1)(i)(A)(1)(i) (1 CFR 21.11), the United States Code
(a)(1)(A)(i)(I) (Office of the Law Revision Counsel, "About the United States Code").
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from ingest.legal.lines import Line, lines_of
from ingest.legal.nesting import DIGIT, LOWER, ROMAN, UPPER, UPPER_ROMAN, Label, nest
from ingest.legal.outline import Mark, Outline, Place, heaviest_chain
from ingest.loaders.loaded import Heading

_CFR_LEVELS = ((LOWER,), (DIGIT,), (ROMAN,), (UPPER,), (DIGIT,), (ROMAN,))
_USC_LEVELS = ((LOWER,), (DIGIT,), (UPPER,), (ROMAN,), (UPPER_ROMAN,))
_SIGN = r"(?:§+|\$?\\S\$?|Sec\.)"  # text recognition leaves "\S" where the sign stood
_CFR_SECTION = re.compile(rf"{_SIGN}\s*\$?(?P<number>\d{{1,4}}\.\d{{1,5}}[a-z]?)\$?\s+(?P<title>[A-Z\[].*)")
_USC_SECTION = re.compile(rf"{_SIGN}\s*(?P<number>\d{{1,5}}[a-z]{{0,2}}(?:[–-]\d+[a-z]?)*)\.\s+(?P<title>[A-Z\[].*)")
_DIVISION = re.compile(
    r"(?P<kind>Title|TITLE|CHAPTER|SUBCHAPTER|PART|Part|Subpart|SUBPART) (?P<number>[A-Z]|[IVXLC]+|\d{1,4})(?P<name>(?:\s*[-—–]|\s{1,3}[A-Z]).*|)$"
)
_LEVELS = {"title": 1, "chapter": 2, "subchapter": 3, "part": 3, "subpart": 4}
_SECTION_LEVEL, _LONGEST_HEADING = 5, 160
_TITLE_OF_CODE = re.compile(r"\b(?P<title>\d{1,2}) ?(?P<code>C\.?F\.?R|U\.?S\.?C)\b")
_FILE = re.compile(r"(?:.*/)?(?P<part>\d{2,4})[-.](?P<section>\d{2,5})(?:-(?P<name>[a-z][\w-]*))?\.\w+$", re.IGNORECASE)
# "&#40;" is how a Markdown file keeps "(c)" from being drawn as a sign.
_LABELS = re.compile(r"(?:(?:\(|&#40;)(?P<label>[A-Za-z]{1,5}|\d{1,3})\)\s*)+")
_ONE_LABEL = re.compile(r"(?:\(|&#40;)([A-Za-z]{1,5}|\d{1,3})\)")
# A paragraph whose own heading is followed by its first part: "(c) Investigation. (1) The Secretary will …".
_FIRST_PART = re.compile(r"[A-Z][^.()\n]{1,150}(?:[.:—–-]\s*|\s)(?P<label>\((?:1|i|A)\))\s*(?=[A-Z])")
# Where lines were joined, a paragraph may begin within one: "… is the one claimed. (e)(1) Standard: …".
_WITHIN = re.compile(r"(?<=[.;:—] )(?P<labels>(?:\((?:[A-Za-z]|[ivx]{2,5}|\d{1,3})\))+)\s*(?=[A-Z])")
_DEFINITIONS = re.compile(r"\bdefinitions?\b", re.IGNORECASE)
_TERM = re.compile(
    r"[*_]*(?P<term>[A-Z][^.:;()\n]{1,80}?)[*_]*(?: \([^)\n]{1,40}\))?,? (?:as used in [^,.]{1,60}, )?"
    r"(?:means|mean|stands for|includes|has the (?:same )?meaning|have the meaning|is defined|refers to)\b"
    r"|(?P<short>[A-Z](?:[^\s.:;(),]+ ?){1,6}):(?: ?\(1\)|$)"
)
_PARTS_OF_TITLE_45 = range(140, 200)  # where a file names no title of the code: HHS's rules on health data


@dataclass(frozen=True, kw_only=True, slots=True)
class _Section:
    """A section from its label on, up to the next."""

    start: int
    body: int
    number: str
    title: str


def outline_us_code(text: str, path: str, named: Sequence[str]) -> Outline | None:
    """The structure of a U.S. regulation or statute; None where the text has no section.

    `named` are texts that may say which title of which code it is, most telling first; a single section may have its
    number only in the file's name, "164-308-administrative-safeguards.md".
    """
    lines = list(lines_of(text))
    code = _code_of(named)
    sections = _sections(lines, _USC_SECTION if code and code.endswith("USC") else _CFR_SECTION)
    if not sections and code is None:
        sections = _sections(lines, _USC_SECTION)
        code = f"{title} USC" if sections and (title := _printed_title(lines)) else None
    if not sections:
        sections = _section_of_file(path)
    if not sections:
        return None
    code = code or _default_code(sections[0].number)
    if code is None:
        return None
    levels = _USC_LEVELS if code.endswith("USC") else _CFR_LEVELS
    headings = [*_divisions(lines), *(_heading(section) for section in sections)]
    marks: list[Mark] = []
    for section, after in zip(sections, [*sections[1:], None], strict=True):
        end = after.start if after else len(text)
        end = min((h.start for h in headings if h.level < _SECTION_LEVEL and h.start > section.start), default=end)
        end = min(end, after.start) if after else end
        place = (f"{code} {section.number.replace('–', '-')}",)
        marks.append(Mark(start=section.start, body=section.body, place=place))
        if _DEFINITIONS.search(section.title):
            terms = list(_terms(text, section.body, end))
            headings.extend(terms)
            for term, next_term in zip(terms, [*terms[1:], None], strict=False):
                stop = next_term.start if next_term else end
                marks.append(Mark(start=term.start, body=term.start, place=place))
                marks.extend(_in_definition(_paragraphs(text, term.start, stop, place, levels), place))
        else:
            marks.extend(_paragraphs(text, section.body, end, place, levels))
        if after and end < after.start:
            marks.append(Mark(start=end, body=end, place=()))
    headings.sort(key=lambda heading: (heading.start, heading.level))
    title = _heading(sections[0]).title if len(sections) == 1 else None
    return Outline(title=title, headings=tuple(headings), marks=tuple(marks))


def _code_of(named: Sequence[str]) -> str | None:
    """ "45 CFR" or "42 USC"."""
    match = next((found for text in named if (found := _TITLE_OF_CODE.search(text))), None)
    return f"{match['title']} {match['code'].replace('.', '')}" if match else None


def _default_code(number: str) -> str | None:
    part = number.partition(".")[0]
    return "45 CFR" if part.isdigit() and int(part) in _PARTS_OF_TITLE_45 else None


def _printed_title(lines: Sequence[Line]) -> str | None:
    return next(
        (m["number"] for line in lines if (m := _DIVISION.match(line.text)) and m["kind"].lower() == "title"), None
    )


def _heading(section: _Section) -> Heading:
    title = f"§ {section.number} {section.title}".strip()
    return Heading(title=title, level=_SECTION_LEVEL, start=section.start, end=section.body)


def _sections(lines: Sequence[Line], pattern: re.Pattern[str]) -> list[_Section]:
    """Sections in the order of their numbers. One with text behind it outweighs a line of a table of contents."""
    found = [(line, match) for line in lines if (match := pattern.match(line.text))]
    keys = [_section_key(match["number"]) for _, match in found]
    lengths = [b.start - a.end for (a, _), (b, _) in pairwise(found)] + [200] * bool(found)
    chain = heaviest_chain(keys, [1.0 + min(length, 200) / 200 for length in lengths])
    return [_section(*found[index]) for index in chain]


def _section(line: Line, match: re.Match[str]) -> _Section:
    title, end = match["title"], line.end
    # Where lines were joined, the heading ends at its full stop and the text goes on.
    stop = re.search(r"\.\s+(?=[A-Z(\[])", title)
    if stop:
        end = line.begin + match.start("title") + stop.end()
        title = title[: stop.start() + 1]
    return _Section(start=line.start, body=end, number=match["number"], title=title.rstrip(" .").strip())


def _section_key(number: str) -> tuple[int, ...]:
    return tuple(int(part) if part.isdigit() else ord(part) for part in re.findall(r"\d+|[a-z]", number))


def _section_of_file(path: str) -> list[_Section]:
    match = _FILE.fullmatch(path)
    if match is None:
        return []
    name = (match["name"] or "").replace("-", " ").capitalize()
    return [_Section(start=0, body=0, number=f"{match['part']}.{match['section']}", title=name)]


def _divisions(lines: Sequence[Line]) -> Iterator[Heading]:
    for line in lines:
        match = _DIVISION.match(line.text) if len(line.text) <= _LONGEST_HEADING else None
        if match and (line.after_end or match["name"].lstrip()[:1] in {"-", "—", "–"}):
            yield Heading(title=line.text, level=_LEVELS[match["kind"].lower()], start=line.start, end=line.end)


def _terms(text: str, start: int, end: int) -> Iterator[Heading]:
    """A heading of no length before each definition, so that what stands under a term keeps it."""
    for line in lines_of(text[start:end]):
        match = _TERM.match(line.text) if line.after_end else None
        if match:
            at = start + line.start
            yield Heading(title=(match["term"] or match["short"]).strip(), level=_SECTION_LEVEL + 1, start=at, end=at)


def _in_definition(marks: Iterator[Mark], place: Place) -> Iterator[Mark]:
    """A definition is cited by its section and term: its own numbering is no part of the pinpoint."""
    for mark in marks:
        yield replace(mark, place=place, unnamed=mark.place[len(place) :])


def _paragraphs(text: str, start: int, end: int, place: Place, levels: Sequence[tuple[str, ...]]) -> Iterator[Mark]:
    """Marks of the labelled paragraphs of one section, and of the paragraph that comes back to an outer one."""
    found = list(_candidates(text, start, end))
    readings = nest([Label(text=label, sure="#" in text[at:body]) for at, body, label in found], levels)
    last: dict[int, Mark] = {}  # of several labels in a row the last tells the place
    for (begin, body, _), reading in zip(found, readings, strict=True):
        if reading is not None:
            labels = tuple(f"({label})" for _, label in reading)
            last[begin] = Mark(start=begin, body=body, place=place + labels, item=True)
    yield from last.values()


def _candidates(text: str, start: int, end: int) -> Iterator[tuple[int, int, str]]:
    """Start, end and text of whatever may be a label, in order."""
    for line in lines_of(text[start:end]):
        match = _LABELS.match(line.text)
        if match and not line.after_end and not line.text[match.end() : match.end() + 1].isupper():
            match = None  # a reference goes on in lower case: "(b)(2) of this section"
        at = start + line.begin
        begun = 0
        if match:
            yield from ((start + line.start, at + match.end(), label) for label in _ONE_LABEL.findall(match[0]))
            begun = match.end()
            if inner := _FIRST_PART.match(line.text, begun):
                yield at + inner.start("label"), at + inner.end(), inner["label"].strip("()")
                begun = inner.end()
        for within in _WITHIN.finditer(line.text, begun):
            yield from ((at + within.start(), at + within.end(), label) for label in _ONE_LABEL.findall(within[0]))
