"""Tables from one Excel workbook: a sheet a table, read cell by cell with the types that Excel knows."""

import datetime
import io
import warnings
from typing import Any, NamedTuple

import numpy as np

from usephase.catalog.limits import MAX_BYTES, MAX_CELL, MAX_CELLS, MAX_COLUMNS, clip, too_large
from usephase.catalog.parquet import number_text
from usephase.catalog.sources import RawTable, header, letter
from usephase.catalog.workbook_scan import SAVE_AGAIN, inspect
from usephase.errors import Problem

_MAX_LINE = 1_048_576


class _Cell(NamedTuple):
    """Hold a cell's text, and what it is if no table can hold it; an error value speaks for itself."""

    text: str
    typed: str = ""
    is_error: bool = False


_EMPTY = _Cell("")


def read_workbook(data: bytes, origin: str) -> tuple[dict[str, RawTable | None], list[Problem]]:
    """Read every sheet of a workbook.

    Parameters
    ----------
    data : bytes
        An .xlsx file.
    origin : str
        Its name.

    Returns
    -------
    dict of str to RawTable or None
        By sheet name; None where no table can be made out. A sheet whose name begins with `#`, and one called README,
        is a comment and left out.
    list of Problem
    """
    problem, formulas = inspect(data, origin)
    if problem is not None:
        return {}, [problem]
    import openpyxl

    tables: dict[str, RawTable | None] = {}
    problems: list[Problem] = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # openpyxl tells of parts it does not keep; nothing is written back
        try:
            book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
            source = openpyxl.load_workbook(io.BytesIO(data), read_only=True) if formulas else None
            for sheet in book.worksheets:
                if sheet.title.startswith("#") or sheet.title.casefold() == "readme":
                    continue
                written = source[sheet.title] if source is not None else None
                tables[sheet.title], found = _read_sheet(sheet, written)
                problems += found
        except Exception as error:  # noqa: BLE001 (openpyxl has no error of its own for what it cannot read)
            what = f"not readable as a workbook ({type(error).__name__}: {clip(str(error), 200)})"
            return {}, [Problem(where=origin, what=what, fix=SAVE_AGAIN)]
    return tables, problems


def _read_sheet(sheet: Any, written: Any) -> tuple[RawTable | None, list[Problem]]:
    title = sheet.title
    sheet.reset_dimensions()  # the declared size may be wrong, or absurd
    if written is not None:
        written.reset_dimensions()
    names: list[str] = []
    header_line = characters = 0
    rows: list[list[_Cell]] = []
    lines: list[int] = []
    formula_rows = iter(written.iter_rows()) if written is not None else None
    for line, row in enumerate(sheet.iter_rows(), start=1):
        if line > _MAX_LINE:
            fix = "delete what stands below the table"
            return None, [Problem(where=f"{title}!A{line}", what="more rows than a sheet can have", fix=fix)]
        formula_row = next(formula_rows, ()) if formula_rows is not None else ()
        cells = [_cell(cell) for cell in row]
        for i, cell in enumerate(formula_row):
            # A stored result that is an empty text has the type str; none at all has no type.
            if cell.data_type == "f" and not cells[i].text and row[i].data_type != "str":
                cells[i] = _Cell("=", "a formula without a stored result")
        while cells and not cells[-1].text:
            cells.pop()
        if not cells or (cells[0].text.startswith("#") and not cells[0].is_error):
            continue
        if too_large(len(rows), len(cells)):
            what = f"more than {MAX_COLUMNS} columns or {MAX_CELLS:,} cells"
            return None, [Problem(where=f"{title}!A{line}", what=what, fix="delete what is not part of the table")]
        long = next((i for i, cell in enumerate(cells) if len(cell.text) > MAX_CELL), None)
        if long is not None:
            what, fix = f"a cell of {len(cells[long].text):,} characters", f"keep cells below {MAX_CELL:,} characters"
            return None, [Problem(where=f"{title}!{letter(long)}{line}", what=what, fix=fix)]
        characters += sum(len(cell.text) for cell in cells)
        if characters > MAX_BYTES:  # one stored text can stand in every cell
            what, fix = f"more than {MAX_BYTES:,} characters", "shorten the texts, or split the catalog"
            return None, [Problem(where=f"{title}!A{line}", what=what, fix=fix)]
        if not header_line:
            names, header_line = [cell.text for cell in cells], line
        else:
            rows.append(cells)
            lines.append(line)
    if not header_line:
        return None, []
    return _table(title, names, header_line, rows, lines)


def _table(
    title: str, names: list[str], header_line: int, rows: list[list[_Cell]], lines: list[int]
) -> tuple[RawTable | None, list[Problem]]:
    width = max([len(names), *map(len, rows)])
    names = names + [""] * (width - len(names))
    filled = {i for row in rows for i, cell in enumerate(row) if cell.text and not names[i].strip()}
    at, problems = header(names, header_line, title, sheet=True, filled=filled)
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
    return RawTable(title, cells, np.array(lines, dtype=np.int64), True, letters, typed, header_line), problems


def _cell(cell: Any) -> _Cell:
    value = cell.value
    if value is None:
        return _EMPTY
    if cell.data_type == "e":
        return _Cell(str(value), is_error=True)
    if isinstance(value, bool):
        return _Cell(str(value).upper(), "a truth value")
    if isinstance(value, int | float):
        return _Cell(number_text(value) if abs(value) < float("inf") else repr(value))
    if isinstance(value, datetime.date | datetime.time | datetime.timedelta):
        return _Cell(str(value), "a date")
    return _Cell(str(value).strip())
