"""Tables from CSV files: every record with the line on which it begins."""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from itertools import chain, islice

import numpy as np

from usephase.catalog.read.headers import PEEK, above, header, header_row
from usephase.catalog.read.limits import MAX_CELL, MAX_CELLS, MAX_FINDINGS, MAX_ROWS, too_large
from usephase.catalog.read.set_apart import is_apart
from usephase.catalog.read.sources import RawTable
from usephase.catalog.schema import TableSchema
from usephase.catalog.values.refusal import is_error
from usephase.errors import Problem

_CHUNK = 10_000
"""Rows taken apart at a time."""

_LONE_RETURN = re.compile("\r(?!\n)")


def read_csv(data: bytes, origin: str, schema: TableSchema | None = None) -> tuple[RawTable | None, list[Problem]]:
    """Read a CSV file.

    Parameters
    ----------
    data : bytes
        UTF-8, with or without byte-order mark; lines end in LF or CRLF; lines that begin with `#` are comments.
    origin : str
        Its name.
    schema : TableSchema, optional
        What it may hold: its column names are then looked for among the first rows.

    Returns
    -------
    RawTable or None
        None where no table can be made out.
    list of Problem
    """
    text, problem = _decoded(data, origin)
    problem = problem or _unfit(text, origin)
    if problem is not None:
        return None, [problem]
    known = [column.name for column in schema.columns] if schema is not None else []
    split = _without_quotes(text)
    problems: list[Problem] = []
    if split is not None:
        columns, lines = split
        problems += _long_cells(columns, lines, origin)
        if problems:
            return None, problems
        head = header_row([*zip(*(column[:PEEK] for column in columns), strict=True)], known) if lines else 0
        top = [(line, [column[i] for column in columns]) for i, line in enumerate(lines[:head])]
        columns, lines = [column[head:] for column in columns] if head else columns, lines[head:]
    else:
        columns, lines, top, problems = _with_quotes(text, origin, known)
    if not lines:
        empty = Problem(where=f"{origin}:1", what="the file is empty", fix="write the column names in its first row")
        return None, problems or [empty]
    if large := too_large(len(lines), len(columns)):
        return None, [Problem(where=f"{origin}:{lines[0]}", what=large[0], fix=large[1])]
    names = [column[0] for column in columns]
    if len(names) == 1 and (mark := next((mark for mark in ";\t" if mark in names[0]), "")):
        what = f"the columns are separated by {'semicolons' if mark == ';' else 'tabs'}"
        fix = "save the file with commas between the columns, and decimal points"
        return None, [Problem(where=f"{origin}:{lines[0]}", what=what, fix=fix)]

    def filled(i: int) -> list[tuple[int, str]]:
        return [(line, cell) for line, cell in zip(lines[1:], columns[i][1:], strict=True) if cell.strip()]

    at, wrong = header(names, lines[0], origin, schema, filled, sheet=False)
    cells = {name: np.array(columns[i][1:], dtype=object) for name, i in at.items()}
    line = np.array(lines[1:], dtype=np.int64)
    raised = above(top, f"{origin}:{top[0][0]}", "line") if top else []
    return RawTable(origin, cells, line, header_line=lines[0]), raised + wrong + problems


def _unfit(text: str, origin: str) -> Problem | None:
    """Refuse a text that would be a table beyond all limits, before it is taken apart."""
    rows, commas = text.count("\n"), text.count(",")
    if rows > 2 * MAX_ROWS or commas + rows > 2 * MAX_CELLS:  # commas and line ends in quotes are no cells
        large = too_large(max(rows, 1), max(commas // max(rows, 1), 1) + 1)
        what, fix = large or too_large(2 * MAX_ROWS, 2) or ("", "")
        return Problem(where=f"{origin}:1", what=what, fix=fix)
    return None


def _long_cells(columns: list[Sequence[str]], lines: list[int], origin: str) -> list[Problem]:
    for column in columns:
        if max(map(len, column), default=0) > MAX_CELL:
            row = next(i for i, cell in enumerate(column) if len(cell) > MAX_CELL)
            what = f"a cell of {len(column[row]):,} characters"
            return [Problem(where=f"{origin}:{lines[row]}", what=what, fix=f"keep cells below {MAX_CELL:,} characters")]
    return []


def _is_comment(line: str) -> bool:
    """Tell a comment from a row whose first cell is the error value of a spreadsheet."""
    return line.startswith("#") and not is_error(line.split(",", 1)[0])


def _without_quotes(text: str) -> tuple[list[Sequence[str]], list[int]] | None:
    """Split a file without quotes, all rows of one width, in one go; None for any other."""
    if '"' in text:
        return None
    rows = text.split("\n")
    lines = [i for i, row in enumerate(rows, start=1) if row.strip(", \t") and (row[0] != "#" or not _is_comment(row))]
    kept = rows if len(lines) == len(rows) else [rows[i - 1] for i in lines]
    commas = {row.count(",") for row in kept}
    if len(commas) != 1:
        return None
    width = commas.pop() + 1
    if too_large(len(lines), width):
        return [()] * width, lines  # refused by its size alone
    table = _Columns(width)
    for begin in range(0, len(kept), _CHUNK):
        table.add(",".join(kept[begin : begin + _CHUNK]).split(","))
    return table.all(), lines


class _Columns:
    """Columns that grow by whole rows. Most texts stand in many rows of a column: each is kept once."""

    def __init__(self, width: int) -> None:
        self.width = width
        self._grown: list[list[str]] = [[] for _ in range(width)]
        self._known: list[dict[str, str]] = [{} for _ in range(width)]

    def add(self, cells: list[str]) -> None:
        """Add rows, cell after cell."""
        for i, (column, known) in enumerate(zip(self._grown, self._known, strict=True)):
            own = cells[i :: self.width]
            column.extend(map(known.setdefault, own, own))

    def all(self) -> list[Sequence[str]]:
        """Give the columns."""
        return [*self._grown]


def _with_quotes(
    text: str, origin: str, known: Sequence[str]
) -> tuple[list[Sequence[str]], list[int], list[tuple[int, list[str]]], list[Problem]]:
    """Split any file into columns, leaving out and reporting records that are not as wide as the column names.

    Also gives each record's first line, the records above the column names, and what ended the reading early.
    """
    table: _Columns | None = None
    lines: list[int] = []
    waiting: list[str] = []
    wrong: list[tuple[list[str], int]] = []
    problems: list[Problem] = []
    records = _records(text, origin, problems)
    first = list(islice(records, PEEK))
    head = header_row([record for _, record in first], known)
    width = len(first[head][1]) if first else 0
    for line, record in chain(first[head:], records):
        if len(record) != width:
            shown = [cell for cell in record if cell.strip()]
            if len(record) > width and is_apart(shown):  # a note with commas in it
                record = [", ".join(map(str.strip, shown))]
            elif not (len(shown) == 1 < width or is_apart(shown)):
                wrong.append((record, line))
                continue
            record = [*record, *[""] * (width - len(record))]
        lines.append(line)
        if too_large(1, width):
            continue  # refused by its width alone
        table = table or _Columns(width)
        waiting += record
        if len(lines) % _CHUNK == 0:
            table.add(waiting)
            waiting.clear()
    problems += _wrong_widths(wrong, width, origin)
    if table is None:
        return [()] * width, lines, first[:head], problems
    table.add(waiting)
    return table.all(), lines, first[:head], problems


def _records(text: str, origin: str, problems: list[Problem]) -> Iterator[tuple[int, list[str]]]:
    """Give the records that are not blank, each with its first line; report what ends the reading early."""
    source = _Lines(text)
    try:
        for record in csv.reader(source, strict=True):
            source.fresh = True
            if any(map(str.strip, record)):
                yield source.first, record
    except csv.Error as error:
        fix = "close every quote, double a quote inside quotes, and keep cells below 131,072 characters"
        where = f"{origin}:{source.first}"
        problems.append(Problem(where=where, what=f"not readable as CSV ({error})", fix=fix))


def _wrong_widths(wrong: list[tuple[list[str], int]], width: int, origin: str) -> list[Problem]:
    problems = [_wrong_width(record, width, f"{origin}:{line}") for record, line in wrong[:MAX_FINDINGS]]
    if len(wrong) > MAX_FINDINGS:
        what = f"and {len(wrong) - MAX_FINDINGS:,} more rows like these"
        where = f"{origin}:{wrong[MAX_FINDINGS][1]}"
        problems.append(Problem(where=where, what=what, fix="repair the ones above first"))
    return problems


def _wrong_width(row: list[str], width: int, where: str) -> Problem:
    if len(row) > width:
        fix = "put a cell that holds a comma in quotes, or delete what is too much"
        return Problem(where=where, what=f"{len(row)} cells in a table of {width} columns", fix=fix)
    fix = "write the missing commas: an empty cell stands between two commas"
    return Problem(where=where, what=f"only {len(row)} cells in a table of {width} columns", fix=fix)


def _decoded(data: bytes, origin: str) -> tuple[str, Problem | None]:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "", Problem(where=f"{origin}:1", what="the file is UTF-16", fix="save it as UTF-8 (“CSV UTF-8”)")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start]
        line = before.count(b"\n") + 1
        column = error.start - (before.rfind(b"\n") + 1) + 1
        what = f"byte {column} of the line (0x{data[error.start]:02X}) is not UTF-8"
        return "", Problem(where=f"{origin}:{line}", what=what, fix="save the file as UTF-8 (“CSV UTF-8”)")
    if found := _LONE_RETURN.search(text):
        line = text.count("\n", 0, found.start()) + 1
        fix = "save the file with line ends LF or CRLF"
        return "", Problem(where=f"{origin}:{line}", what="a carriage return without a line feed", fix=fix)
    return text.replace("\r\n", "\n"), None


class _Lines:
    """Hand lines to the CSV reader, leaving out comments, which can only stand where a record begins."""

    def __init__(self, text: str) -> None:
        self._lines = io.StringIO(text)
        self.number = 0
        self.fresh = True

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        while True:
            line = next(self._lines)
            self.number += 1
            if not self.fresh:
                return line
            if _is_comment(line) or line.isspace():
                continue
            self.fresh = False
            self.first = self.number
            return line
