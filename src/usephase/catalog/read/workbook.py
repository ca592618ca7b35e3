"""Tables from one Excel workbook: a sheet a table, read cell by cell with the types that Excel knows."""

import datetime
import io
import warnings
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, NamedTuple, TypeVar

import numpy as np

from usephase.catalog.read.headers import PEEK, above, header, header_row, is_comment_sheet, known_name
from usephase.catalog.read.limits import MAX_BYTES, MAX_CELL, MAX_CELLS, MAX_COLUMNS, clip, too_large
from usephase.catalog.read.parquet import number_text
from usephase.catalog.read.set_apart import merged_cells
from usephase.catalog.read.sources import RawTable, SheetMarks, letter
from usephase.catalog.read.workbook_scan import SAVE_AGAIN, inspect
from usephase.catalog.schema import TableSchema
from usephase.catalog.values.refusal import is_error
from usephase.errors import Problem

_MAX_LINE = 1_048_576
_T = TypeVar("_T")


class Cell(NamedTuple):
    """Hold a cell's text, and what it is if no table can hold it; an error value speaks for itself."""

    text: str
    typed: str = ""
    is_error: bool = False
    is_number: bool = False


_EMPTY = Cell("")


def read_workbook(
    data: bytes, origin: str, schemas: Mapping[str, TableSchema]
) -> tuple[dict[str, RawTable | None], list[Problem]]:
    """Read every sheet of a workbook.

    Parameters
    ----------
    data : bytes
        An .xlsx file.
    origin : str
        Its name.
    schemas : mapping of str to TableSchema
        What each sheet may hold, by its name.

    Returns
    -------
    dict of str to RawTable or None
        By sheet name; None where no table can be made out. Comments are left out: README, start, and sheets
        whose name begins with `#`.
    list of Problem
        Of the sheets of `schemas` alone.
    """

    def make(
        title: str, rows: list[list[Cell]], lines: list[int], marks: SheetMarks
    ) -> tuple[RawTable | None, list[Problem]]:
        return _table(title, rows, lines, schemas.get(known_name(title, schemas)), marks)

    found, problems = read_sheets(data, origin, make)
    tables = {title: table for title, (table, _) in found.items()}
    said = [problem for title, (_, its) in found.items() if known_name(title, schemas) for problem in its]
    return tables, problems + said


def read_sheets(
    data: bytes,
    origin: str,
    make: Callable[[str, list[list[Cell]], list[int], SheetMarks], tuple[_T | None, list[Problem]]],
    *,
    comments: bool = True,
) -> tuple[dict[str, tuple[_T | None, list[Problem]]], list[Problem]]:
    """Make something of the rows of every sheet of a workbook: by title what was made, and its problems.

    `comments`: whether a row whose first cell begins with `#` is one, and left out. The second list is of the workbook.
    """
    scan, problem = inspect(data, origin)
    if problem is not None:
        return {}, [problem]
    import openpyxl

    out: dict[str, tuple[_T | None, list[Problem]]] = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # openpyxl tells of parts it does not keep; nothing is written back
        try:
            book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
            source = openpyxl.load_workbook(io.BytesIO(data), read_only=True) if scan.formulas else None
            for sheet in book.worksheets:
                if is_comment_sheet(sheet.title):
                    continue
                written = source[sheet.title] if source is not None else None
                marks = scan.marks.get(sheet._worksheet_path, SheetMarks())
                marks = replace(marks, hidden=sheet.sheet_state != "visible")
                rows, lines, refused = _rows(sheet, written, comments=comments)
                made = make(sheet.title, rows, lines, marks) if rows and refused is None else (None, [])
                out[sheet.title] = (None, [refused]) if refused is not None else made
        except Exception as error:  # noqa: BLE001 (openpyxl has no error of its own for what it cannot read)
            what = f"not readable as a workbook ({type(error).__name__}: {clip(str(error), 200)})"
            return {}, [Problem(where=origin, what=what, fix=SAVE_AGAIN)]
    return out, []


def _rows(sheet: Any, written: Any, *, comments: bool) -> tuple[list[list[Cell]], list[int], Problem | None]:
    """Read the rows of a sheet that are not empty, each with its line; or say why they are not read."""
    title = sheet.title
    sheet.reset_dimensions()  # the declared size may be wrong, or absurd
    if written is not None:
        written.reset_dimensions()
    characters = 0
    rows: list[list[Cell]] = []
    lines: list[int] = []
    formula_rows = iter(written.iter_rows()) if written is not None else None
    for line, row in enumerate(sheet.iter_rows(), start=1):
        if line > _MAX_LINE:
            fix = "delete what stands below the table"
            return [], [], Problem(where=f"{title}!A{line}", what="more rows than a sheet can have", fix=fix)
        formula_row = next(formula_rows, ()) if formula_rows is not None else ()
        cells = [_cell(cell) for cell in row]
        for i, cell in enumerate(formula_row):
            # A stored result that is an empty text has the type str; none at all has no type.
            if cell.data_type == "f" and not cells[i].text and row[i].data_type != "str":
                cells[i] = Cell("=", "a formula without a stored result")
        while cells and not cells[-1].text:
            cells.pop()
        marked = bool(cells) and comments and cells[0].text.startswith("#")
        if not cells or (marked and not cells[0].is_error and not is_error(cells[0].text)):
            continue
        if too_large(len(rows), len(cells)):
            what = f"more than {MAX_COLUMNS} columns or {MAX_CELLS:,} cells"
            return [], [], Problem(where=f"{title}!A{line}", what=what, fix="delete what is not part of the table")
        long = next((i for i, cell in enumerate(cells) if len(cell.text) > MAX_CELL), None)
        if long is not None:
            what, fix = f"a cell of {len(cells[long].text):,} characters", f"keep cells below {MAX_CELL:,} characters"
            return [], [], Problem(where=f"{title}!{letter(long)}{line}", what=what, fix=fix)
        characters += sum(len(cell.text) for cell in cells)
        if characters > MAX_BYTES:  # one stored text can stand in every cell
            what, fix = f"more than {MAX_BYTES:,} characters", "shorten the texts, or split the catalog"
            return [], [], Problem(where=f"{title}!A{line}", what=what, fix=fix)
        rows.append(cells)
        lines.append(line)
    return rows, lines, None


def _table(
    title: str, rows: list[list[Cell]], lines: list[int], schema: TableSchema | None, marks: SheetMarks
) -> tuple[RawTable | None, list[Problem]]:
    known = [column.name for column in schema.columns] if schema is not None else []
    texts = [[cell.text for cell in row] for row in rows[:PEEK]]
    head = header_row(texts, known)
    top, names, header_line = [*zip(lines[:head], texts[:head], strict=True)], texts[head], lines[head]
    rows, lines = rows[head + 1 :], lines[head + 1 :]
    names += [""] * (max(map(len, rows), default=0) - len(names))

    def filled(i: int) -> list[tuple[int, str]]:
        return [(line, row[i].text) for line, row in zip(lines, rows, strict=True) if i < len(row) and row[i].text]

    unnamed = {i for i, name in enumerate(names) if not name.strip() and filled(i)}
    split = [
        area
        for area in marks.merged
        if area[1] <= header_line <= area[3]
        and (header_line < area[3] >= min(lines, default=area[3] + 1) or unnamed & {*range(area[0] + 1, area[2] + 1)})
    ]
    if split:
        return None, merged_cells(title, split)
    at, problems = header(names, header_line, title, schema, filled, sheet=True)
    problems = (above(top, f"{title}!A{top[0][0]}", "row") if top else []) + problems
    cells = {name: np.full(len(rows), "", dtype=object) for name in at}
    typed: dict[str, dict[int, str]] = {}
    for name, i in at.items():
        column = cells[name]
        for r, row in enumerate(rows):
            if i < len(row):
                column[r] = row[i].text
                if row[i].typed:
                    typed.setdefault(name, {})[r] = row[i].typed
    letters = {name: letter(i) for name, i in at.items()}
    numbers = {
        name: np.array([i < len(row) and row[i].is_number for row in rows], dtype=bool) for name, i in at.items()
    }
    line = np.array(lines, dtype=np.int64)
    return RawTable(title, cells, line, True, letters, typed, header_line, numbers=numbers, marks=marks), problems


def _cell(cell: Any) -> Cell:
    value = cell.value
    if value is None:
        return _EMPTY
    if cell.data_type == "e":
        return Cell(str(value), is_error=True)
    if isinstance(value, bool):
        return Cell(str(value).upper(), "a truth value")
    if isinstance(value, int | float):
        return Cell(number_text(value) if abs(value) < float("inf") else repr(value), is_number=True)
    if isinstance(value, datetime.date | datetime.time | datetime.timedelta):
        return Cell(str(value), "a date")
    return Cell(str(value).strip())
