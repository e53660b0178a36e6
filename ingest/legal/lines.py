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
    """All lines that hold anything, in order."""
    ended = True
    for match in _LINE.finditer(text):
        content = match["text"].rstrip()
        if content:
            yield Line(match.start(), match.start("text"), match.end(), content, ended)
            ended = is_note(content) or bool(_ENDED.search(content))
        elif match.end() > match.start():
            ended = True  # a blank line
        if match.end() == len(text):
            return
