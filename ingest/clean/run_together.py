"""Tables whose cells ran together when a page became text: "REPSE registrationAsk for certificate"."""

import re
from collections.abc import Sequence

_JOINT = re.compile(r"(?<=[a-záéíóúñ0-9)%])(?=[A-ZÁÉÍÓÚÑ¿¡])")
_HEADER_JOINT = re.compile(r"\s*(?:[\U0001F300-\U0001FAFF☀-➿]\uFE0F?|\t| {3,})\s*")
# What heads a column of names, where the header too ran together.
_COLUMN_NAME = re.compile(
    r"(?:\w+ )?(?:items?|documents?|requirements?|concepts?|categor(?:y|ies)|steps?|terms?|topics?|areas?|"
    r"conceptos?|documentos?|requisitos?|pasos?|t[eé]rminos?|temas?|[aá]reas?|rubros?)$",
    re.IGNORECASE,
)
_FEWEST_ROWS = 3
_SHORTEST_CELL = 3


def split_rows(block: str) -> str | None:
    """The block as rows with a header, `| a | b |`, or as list items where no header shows; None where it is no table.

    A table is at least three lines in a row, each with one place where a small letter meets a capital one.
    """
    lines = block.split("\n")
    rows = [_cells(line) for line in lines]
    first = next((index for index, row in enumerate(rows) if row is not None), len(rows))
    cells = [row for row in rows[first:] if row is not None]
    if first > 1 or len(cells) < _FEWEST_ROWS or len(cells) != len(rows) - first:
        return None
    if first == 0 and _COLUMN_NAME.match(cells[0][0]):
        return _table(cells[0], cells[1:])
    if first == 0:
        return "\n".join(f"- {left}: {right}" for left, right in cells)
    header = [part.strip() for part in _HEADER_JOINT.split(lines[0].strip()) if part.strip()]
    if len(header) != 2:
        return "\n".join([lines[0], *(f"- {left}: {right}" for left, right in cells)])
    return _table(header, cells)


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    return "\n".join(["| " + " | ".join(row) + " |" for row in (header, ("---", "---"), *rows)])


def _cells(line: str) -> tuple[str, str] | None:
    parts = [part.strip() for part in _JOINT.split(line.strip())]
    if len(parts) != 2 or min(map(len, parts)) < _SHORTEST_CELL or not parts[0][:1].isupper() or " " not in parts[1]:
        return None
    return parts[0], parts[1]
