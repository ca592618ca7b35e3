"""The cells of a table as companies have it: any separator, any encoding, several sheets; nothing understood yet."""

import csv
import io
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

import numpy as np
import pandas as pd

from usephase.catalog.read.files import read_bytes
from usephase.catalog.read.limits import MAX_BYTES, clip, too_large
from usephase.catalog.read.parquet import read_parquet
from usephase.catalog.read.sources import Area, SheetMarks, letter
from usephase.catalog.read.workbook import Cell, read_sheets
from usephase.catalog.read.workbook_scan import SAVE_AS
from usephase.errors import CatalogError, Problem

_SEPARATORS = ";\t|,"
_LOOKED_AT = 200
_BROKEN = "\N{REPLACEMENT CHARACTER}"
_BOOKS = (".xls", ".xlsb", ".xlsm", ".ods", ".numbers")


@dataclass(frozen=True)
class Grid:
    """Hold the cells of a file or a sheet.

    Attributes
    ----------
    origin : str
        File name, or the sheet's when `sheet` is true.
    cells : ndarray of object (row, column)
        Texts, stripped; "" where empty.
    numbers : ndarray of bool (row, column)
        Which cells are stored as numbers: their points part decimals.
    lines : ndarray of int (row,)
        As an editor or spreadsheet counts them.
    notes : tuple of str
        What was noticed in reading.
    file : str
        Name of the file.
    """

    origin: str
    sheet: bool
    cells: np.ndarray
    numbers: np.ndarray
    lines: np.ndarray
    notes: tuple[str, ...] = ()
    file: str = ""

    def place(self, row: int, column: int = 0) -> str:
        """Name a cell as its user finds it."""
        line = int(self.lines[row])
        return f"{self.origin}!{letter(column)}{line}" if self.sheet else f"{self.origin}:{line}"


def read_grids(path: Path) -> list[Grid]:
    """Read a file: one grid, or one a sheet that has cells.

    Raises
    ------
    CatalogError
        If it cannot be read as a table.
    """
    return [replace(grid, file=path.name) for grid in _grids(path)]


def _grids(path: Path) -> list[Grid]:
    suffix = path.suffix.lower()
    if suffix in _BOOKS:
        raise _refused(path.name, f"a workbook of another kind ({suffix})", SAVE_AS)
    if path.is_dir():
        raise _refused(path.name, "a folder", "name the file of the table: CSV, .xlsx or .parquet")
    data, problem = read_bytes(path, None, MAX_BYTES)
    if problem is not None:
        raise CatalogError([problem])
    if suffix == ".xlsx" or data[:4] == b"PK\x03\x04":
        return _from_book(data, path.name)
    if suffix == ".parquet" or data[:4] == b"PAR1":
        return [_from_parquet(data, path.name)]
    return [_from_csv(data, path.name)]


def _refused(where: str, what: str, fix: str) -> CatalogError:
    return CatalogError([Problem(where=where, what=what, fix=fix)])


# -- CSV -----------------------------------------------------------------------------------------------------


def _from_csv(data: bytes, origin: str) -> Grid:
    text, notes = _decoded(data)
    first, _, rest = text.partition("\n")
    if not text.strip():
        raise _refused(origin, "the file is empty", "write column names and rows")
    told = first.strip().lower().startswith("sep=")  # what spreadsheet programs write for one another
    body, begin = (rest, 2) if told else (text, 1)
    separator = first.strip()[4:5] or "," if told else _separator(body)
    rows, lines, problem = _records(body, separator, begin)
    if problem:
        raise _refused(f"{origin}:{lines[-1] if lines else begin}", problem, "close every quote, and save it again")
    width = max(map(len, rows))
    if large := too_large(len(rows), width):
        raise _refused(origin, *large)
    cells = np.full((len(rows), width), "", dtype=object)
    for i, row in enumerate(rows):
        cells[i, : len(row)] = row
    return _grid(origin, False, cells, np.zeros(cells.shape, dtype=bool), lines, notes)


def _decoded(data: bytes) -> tuple[str, list[str]]:
    """Decode a file as people have them: UTF-8, UTF-16, or else Windows-1252."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", errors="replace"), []
    try:
        return data.decode("utf-8-sig"), []
    except UnicodeDecodeError:
        note = "the file is not UTF-8 and is read as Windows-1252 (Latin 1)"
        return data.decode("cp1252", errors="replace"), [note]


def _separator(text: str) -> str:
    """Find the separator that splits most rows into the same number of cells, two at least."""

    def fitness(separator: str) -> tuple[float, int]:
        widths = Counter(len(row) for row in islice(csv.reader(io.StringIO(text), delimiter=separator), _LOOKED_AT))
        width, rows = max(widths.items(), key=lambda held: ((held[0] > 1) * held[1], held[0]))
        return (rows / widths.total() if width > 1 else 0.0), width

    try:
        return max(_SEPARATORS, key=fitness)
    except csv.Error:
        return ","


def _records(text: str, separator: str, begin: int) -> tuple[list[list[str]], list[int], str]:
    """Give the records that are not blank, each with its first line, and why reading ended early."""
    rows, lines, last = [], [], 0
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    try:
        for row in reader:
            if any(map(str.strip, row)):
                rows.append(row)
                lines.append(begin + last)
            last = reader.line_num
    except csv.Error as error:
        return rows, [*lines, begin + last], f"not readable as CSV ({error})"
    return rows, lines, ""


# -- Parquet and workbooks -----------------------------------------------------------------------------------


def _from_parquet(data: bytes, origin: str) -> Grid:
    table, problems = read_parquet(data, origin)
    if table is None or problems:
        raise CatalogError(problems)
    names = list(table.cells)
    body = np.column_stack([table.cells[name] for name in names]) if names else np.empty((0, 0), dtype=object)
    cells = np.vstack([np.array([names], dtype=object), body])
    numbers = np.zeros(cells.shape, dtype=bool)
    for i, name in enumerate(names):
        if name in table.numbers and name not in table.typed:
            numbers[1:, i] = table.numbers[name]
    return _grid(origin, False, cells, numbers, [1, *table.line.tolist()], [])


def _from_book(data: bytes, origin: str) -> list[Grid]:
    made, problems = read_sheets(data, origin, _sheet, comments=False)
    problems = problems or [problem for _, its in made.values() for problem in its]
    if problems:
        raise CatalogError(problems)
    grids = [grid for grid, _ in made.values() if grid is not None]
    if not grids:
        raise _refused(origin, "the workbook has no sheet with cells", "put the table on a sheet")
    return grids


def _sheet(title: str, rows: list[list[Cell]], lines: list[int], marks: SheetMarks) -> tuple[Grid, list[Problem]]:
    width = max(map(len, rows))
    cells = np.full((len(rows), width), "", dtype=object)
    numbers = np.zeros(cells.shape, dtype=bool)
    problems = []
    for i, row in enumerate(rows):
        cells[i, : len(row)] = [cell.text for cell in row]
        numbers[i, : len(row)] = [cell.is_number for cell in row]
        for j, cell in enumerate(row):
            if cell.typed.startswith("a formula"):
                fix = "open the workbook in a spreadsheet program and save it, or write the value"
                problems.append(Problem(where=f"{title}!{letter(j)}{lines[i]}", what=cell.typed, fix=fix))
    _fill_merged(cells, numbers, lines, marks.merged)
    hidden = sum(line in marks.hidden_rows for line in lines)
    notes = ["the sheet is hidden, and read like any other"] if marks.hidden else []
    if hidden or marks.hidden_columns:
        notes.append(f"{hidden} hidden rows and {len(marks.hidden_columns)} hidden columns are read like any other")
    return _grid(title, True, cells, numbers, lines, notes), problems[:10]


def _fill_merged(cells: np.ndarray, numbers: np.ndarray, lines: list[int], areas: Sequence[Area]) -> None:
    """Write the text of cells that are merged downwards into each of their rows; a number stands for all of them."""
    at = {line: row for row, line in enumerate(lines)}
    for left, top, _, bottom in areas:
        if bottom == top or top not in at or left >= cells.shape[1] or numbers[at[top], left]:
            continue
        for line in range(top + 1, bottom + 1):
            if line in at:
                cells[at[line], left] = cells[at[top], left]


def _grid(
    origin: str, sheet: bool, cells: np.ndarray, numbers: np.ndarray, lines: Sequence[int], notes: Sequence[str]
) -> Grid:
    """Clean every distinct text once: no invisible signs, one kind of space, accented letters written in one way."""
    codes, texts = pd.factorize(cells.ravel())
    plain = np.array([_cleaned(text) for text in texts], dtype=object)
    broken = next((text for text in plain if _BROKEN in text), "")
    if broken:
        notes = [
            *notes,
            f"letters that were lost before are written `?`, as in `{shown(broken.replace(_BROKEN, '?'))}`",
        ]
        plain = np.array([text.replace(_BROKEN, "?") for text in plain], dtype=object)
    return Grid(origin, sheet, plain[codes].reshape(cells.shape), numbers, np.asarray(lines), tuple(notes))


def _cleaned(text: str) -> str:
    if text.isascii() and text.isprintable():
        return text.strip()
    shown = "".join(
        " " if sign.isspace() or unicodedata.category(sign) in ("Zs", "Cc") else sign
        for sign in unicodedata.normalize("NFC", text)
        if unicodedata.category(sign) not in ("Cf", "Cs")
    )
    return " ".join(shown.split())


def shown(text: str) -> str:
    """Shorten a text for a message."""
    return clip(text, 60)
