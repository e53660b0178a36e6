"""The lines of a text with what may stand before a legal label: quotation, emphasis, heading and list signs of Markdown."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_LINE = re.compile(r"(?P<signs>[ \t>#*_]*)(?P<text>[^\n]*)(?:\n|\Z)")
_ENDED = re.compile(r"(?:[.:;!?…]|[.;,:] (?:y|o|u|e|and|or)|\.[\"'”’»)*_]+|\d{4}|[—–-])\W*$")
# A note of the gazette's editors on what changed a provision: "Párrafo reformado DOF 01-05-2019".
_NOTE = re.compile(
    r"(?:Artículo|Párrafo|Fracción|Inciso|Apartado|Numeral|Capítulo|Título|Sección|Denominación|Tabla|Tarifa|Cantidad|Reforma|Fe de erratas|Encabezado|Cuota|Subinciso|Libro)\w*\b[^.;:]{0,120}"
    r"\b(?:DOF|D\.O\.F\.) \d{1,2}[-/]\d{1,2}[-/]\d{4}.*",
    re.IGNORECASE,
)

_BESIDE_NOTE = re.compile(
    r"DOF (?:\d{1,2}-\d{1,2}-\d{4}(?:, |\. (?:Reformad|Derogad|Adicionad)\w+ DOF )?)+\s+(?=[A-ZÁÉÍÓÚ])"
    r"|[.;:] +(?=(?:Artículo|Párrafo|Fracción|Inciso|Apartado|Numeral|Subinciso)(?: con \w+)? (?:reformad|adicionad|derogad|recorrid)[^.;:]{0,80}DOF )"
)


@dataclass(frozen=True, slots=True)
class Line:
    """One line. `start` is its first character, `begin` the first behind signs, `end` after its line break."""

    start: int
    begin: int
    end: int
    text: str  # from `begin`, without white space at its end
    after_end: bool  # whether the text before it, notes of editors aside, ended a sentence, item or paragraph

    @property
    def is_note(self) -> bool:
        """Whether it is the editors' note and no part of the law."""
        return is_note(self.text)


def is_note(text: str) -> bool:
    """Whether a line is an editors' note on a change: "Artículo reformado DOF 30-11-2012"."""
    return bool(_NOTE.fullmatch(text.strip()))


def lines_of(text: str) -> Iterator[Line]:
    """All lines that hold anything, in order. A note that stands within a line is a line of its own."""
    ended = True
    for match in _LINE.finditer(text):
        if not match["text"].rstrip():
            ended = ended or match.end() > match.start()  # a blank line
        starts = [match.start("text"), *_cuts(match["text"], match.start("text"))]
        for begin, stop in zip(starts, [*starts[1:], match.end("text")], strict=True):
            content = text[begin:stop].rstrip()
            if content:
                first, last = begin == starts[0], stop == match.end("text")
                start, end = match.start() if first else begin, match.end() if last else stop
                yield Line(start, begin, end, content, ended)
                ended = is_note(content) or bool(_ENDED.search(content))
        if match.end() == len(text):
            return


def _cuts(content: str, offset: int) -> Iterator[int]:
    """Where a note begins or ends within a printed line, as offsets in the text."""
    if "DOF" in content:
        for cut in _BESIDE_NOTE.finditer(content):
            yield cut.end() + offset
