"""Tables on printed pages, told by lines that stand side by side; and columns of prose that were set line by line."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from ingest.loaders.printed import PrintedLine

Cell = list[PrintedLine]
_MOST_LINES = 10  # of a cell
_SAME_HEIGHT = 0.4  # times the size
_NEXT_LINE = 2.2
_ALIGNED = 1.5
_FEWEST_COLUMN_ROWS, _COLUMN_LETTERS = 6, 24  # prose fills its lines, cells rarely do


@dataclass(frozen=True, kw_only=True, slots=True)
class PrintedTable:
    """Rows of cells, from the top; `count` lines of the page make it up. Without a header its rows are just lines."""

    rows: list[list[Cell]]
    count: int

    @property
    def header(self) -> bool:
        """Whether the first row names the columns: it alone is bold, or it alone has no figures."""
        first, *rest = self.rows
        bold = all(line.bold for cell in first for line in cell)
        if bold and not all(line.bold for row in rest for cell in row for line in cell):
            return True
        return not _has_figure(first) and sum(map(_has_figure, rest)) > 0.5 * len(rest)

    @property
    def is_prose(self) -> bool:
        """Whether its columns are columns of running text."""
        lengths = [len(line.text) for row in self.rows for cell in row for line in cell]
        single = all(len(cell) == 1 for row in self.rows for cell in row)
        return single and len(self.rows) >= _FEWEST_COLUMN_ROWS and median(lengths) > _COLUMN_LETTERS

    def by_column(self) -> list[PrintedLine]:
        """The lines of the first column, then those of the next."""
        width = max(map(len, self.rows))
        return [row[column][0] for column in range(width) for row in self.rows if column < len(row)]


def _has_figure(row: list[Cell]) -> bool:
    return any(character.isdigit() for cell in row for line in cell for character in line.text)


def table_at(lines: Sequence[PrintedLine], start: int) -> PrintedTable | None:
    """The table that begins at a line of a page; None where there is none of two rows."""
    rows: list[list[Cell]] = []
    position = start
    while position < len(lines):
        floor = max(line.bottom for cell in rows[-1] for line in cell) if rows else None
        row, end = _row_at(lines, position, floor)
        if len(row) < 2 or (rows and not _fits(row, rows)):
            break
        rows.append(row)
        position = end
    return PrintedTable(rows=rows, count=position - start) if len(rows) >= 2 else None


def _row_at(lines: Sequence[PrintedLine], start: int, floor: float | None) -> tuple[list[Cell], int]:
    """Cells side by side, each right of the one before.

    They begin at one height; below a first row, whose lower edge is `floor`, they may also be centred on one.
    """
    first = lines[start]
    cells: list[Cell] = [[first]]
    position = start + 1
    while position < len(lines):
        line, cell = lines[position], cells[-1]
        if _beside(first, line, cell, floor):
            cells.append([line])
        elif (
            len(cell) < _MOST_LINES
            and _below(cell, line)
            and (len(cells) > 1 or _goes_on(lines, position, first, cell))
        ):
            cell.append(line)
        else:
            break
        position += 1
    return cells, position


def _beside(first: PrintedLine, line: PrintedLine, cell: Cell, floor: float | None = None) -> bool:
    same = abs(line.top - first.top) < _SAME_HEIGHT * first.size
    centred = floor is not None and floor - _SAME_HEIGHT * line.size < line.top < first.top
    return (same or centred) and line.left > max(other.right for other in cell) + 0.5 * line.size


def _below(cell: Cell, line: PrintedLine) -> bool:
    step = line.top - cell[-1].top
    return 0 < step < _NEXT_LINE * line.size and abs(line.left - cell[0].left) < line.size


def _goes_on(lines: Sequence[PrintedLine], position: int, first: PrintedLine, cell: Cell) -> bool:
    """Whether a line of the first cell is followed, after few more, by the next cell."""
    column = list(cell)
    for line in lines[position : position + _MOST_LINES]:
        if _beside(first, line, column):
            return True
        if not _below(column, line):
            return False
        column.append(line)
    return False


def _fits(row: list[Cell], rows: list[list[Cell]]) -> bool:
    """Whether a row stands below the others and each of its cells below one of theirs."""
    if row[0][0].top <= rows[-1][0][0].top:
        return False
    above = [cell for other in rows for cell in other]
    return all(any(_overlap(cell, other) for other in above) for cell in row)


def _overlap(cell: Cell, other: Cell) -> bool:
    left, right = min(line.left for line in cell), max(line.right for line in cell)
    other_left, other_right = min(line.left for line in other), max(line.right for line in other)
    near = abs(left - other_left) < _ALIGNED * cell[0].size
    return near or (left < other_right and other_left < right)
