"""Laws as JSON: an object with the articles of a Mexican law, or a list with the sections of a U.S. regulation."""

import re
from typing import ClassVar

import msgspec

from ingest.loaders.legal_text import TextBuilder
from ingest.loaders.loaded import LoadedText, LoadError, decode_text

_EXPECTED = 'an object with "ley" and "articulos", or a list of objects with "part", "type" and "text"'
_DASH = re.compile(r"^\s*[-–.]+\s*")


class _Paragraph(msgspec.Struct):
    """One paragraph of an article. `tipo` is texto, fraccion, inciso or numeral, the identifier is its label."""

    tipo: str
    contenido: str
    identificador: str | None = None
    referencias: list[str] = []


class _Article(msgspec.Struct):
    numero: str
    parrafos: list[_Paragraph]
    pagina: int | None = None


class _Law(msgspec.Struct):
    ley: str
    articulos: list[_Article]


class _Chunk(msgspec.Struct):
    """A part's or subpart's notes, a section, or a piece of a long section; pieces follow each other."""

    part: str
    type: str
    text: str
    part_title: str = ""
    subpart: str = ""
    subpart_title: str = ""
    section: str = ""
    section_title: str = ""


class LegalJsonLoader:
    """Reads .json files of two layouts."""

    endings: ClassVar[tuple[str, ...]] = (".json",)
    paged: ClassVar[bool] = False
    sidecar: ClassVar[bool] = True

    def load(self, content: bytes) -> LoadedText:
        """The law's text, a paragraph a block. Raises LoadError saying where the file has another layout."""
        text = decode_text(content)
        try:
            if text.lstrip().startswith("["):
                return _regulation_text(msgspec.json.decode(text, type=list[_Chunk]))
            return _law_text(msgspec.json.decode(text, type=_Law))
        except msgspec.ValidationError as error:
            raise LoadError(f"the JSON has another layout ({error}); expected is {_EXPECTED}") from error
        except (msgspec.DecodeError, RecursionError) as error:
            raise LoadError(f"not valid JSON ({error}); mend it") from error


def _law_text(law: _Law) -> LoadedText:
    builder = TextBuilder(short_title=law.ley)
    written = False
    for article in law.articulos:
        if article.pagina is not None:
            builder.page(article.pagina)
        label = f"Artículo {article.numero}.- "
        for paragraph in article.parrafos:
            written |= bool(paragraph.contenido.strip())
            builder.paragraph(label + _labelled(paragraph))
            label = ""
            if paragraph.referencias:
                builder.paragraph(" ".join(paragraph.referencias))
        if label:
            builder.paragraph(label.strip())
    if not written:
        raise LoadError("the JSON names articles but holds the text of none; use another edition of this law")
    return builder.loaded(f"the JSON holds no articles; expected is {_EXPECTED}")


def _labelled(paragraph: _Paragraph) -> str:
    text = paragraph.contenido.strip()
    if not paragraph.identificador:
        return text
    text = _DASH.sub("", text)
    label = paragraph.identificador.strip()
    return f"{label} {text}" if label[-1:] in ".)" else f"{label}. {text}"


def _regulation_text(chunks: list[_Chunk]) -> LoadedText:
    builder = TextBuilder()
    part = subpart = section = ""
    for chunk in chunks:
        if chunk.part != part:
            part, subpart = chunk.part, ""
            builder.heading(f"PART {part}—{chunk.part_title}".rstrip("—"), 1)
        if chunk.subpart != subpart:
            subpart = chunk.subpart
            builder.heading(f"Subpart {subpart} {chunk.subpart_title}".rstrip(), 2)
        if chunk.section and chunk.section != section:
            section = chunk.section
            builder.heading(f"{section} {chunk.section_title}".rstrip(), 3)
        builder.paragraph(chunk.text.strip())
    return builder.loaded(f"the JSON holds no sections; expected is {_EXPECTED}")
