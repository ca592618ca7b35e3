"""Tables from one Excel workbook: a sheet a table, read cell by cell with the types that Excel knows."""

import datetime
import io
import warnings
import zipfile
from typing import Any, NamedTuple

import numpy as np

from usephase.catalog.parquet import number_text
from usephase.catalog.sources import MAX_BYTES, MAX_COLUMNS, RawTable, header, letter
from usephase.errors import Problem

MAX_RATIO = 200
"""How many times larger a part may be unpacked than packed, once it is large."""
_LARGE = 50_000_000
_MAX_LINE = 1_048_576
_SAVE_AGAIN = "save the workbook again in a spreadsheet program, or use CSV files"


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
    problem, formulas = _inspect(data, origin)
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
            what = f"not readable as a workbook ({type(error).__name__}: {error})"
            return {}, [Problem(where=origin, what=what, fix=_SAVE_AGAIN)]
    return tables, problems


def _inspect(data: bytes, origin: str) -> tuple[Problem | None, bool]:
    """Refuse what would unpack to more than it should; tell whether there are formulas."""
    formulas = False
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
            size = sum(part.file_size for part in parts)
            packed = max(len(data), 1)
            if size > MAX_BYTES or (size > _LARGE and size > MAX_RATIO * packed):
                what = f"unpacks from {packed:,} to {size:,} bytes"
                return Problem(where=origin, what=what, fix=_SAVE_AGAIN), False
            for part in parts:
                if not part.filename.endswith((".xml", ".rels")):
                    continue
                content = archive.read(part)
                if b"<!DOCTYPE" in content[:4096] or b"<!ENTITY" in content[:4096]:
                    what = f"the part {part.filename} declares entities, which no spreadsheet program writes"
                    return Problem(where=origin, what=what, fix=_SAVE_AGAIN), False
                if part.filename.startswith("xl/worksheets/"):
                    formulas = formulas or b"<f>" in content or b"<f " in content or b"<f/" in content
    except Exception as error:  # noqa: BLE001 (a damaged archive can raise nearly anything)
        what = f"not an .xlsx workbook, or one with a password ({error})"
        return Problem(where=origin, what=what, fix="save it as .xlsx without a password"), False
    return None, formulas


def _read_sheet(sheet: Any, written: Any) -> tuple[RawTable | None, list[Problem]]:
    title = sheet.title
    sheet.reset_dimensions()  # the declared size may be wrong, or absurd
    if written is not None:
        written.reset_dimensions()
    names: list[str] = []
    header_line = 0
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
        if len(cells) > MAX_COLUMNS:
            what = f"more than {MAX_COLUMNS} columns"
            return None, [Problem(where=f"{title}!A{line}", what=what, fix="delete what is not part of the table")]
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
