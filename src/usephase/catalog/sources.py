"""Tables as they stand in their files: column names, texts and places, before anything is understood."""

import csv
import io
import re
import string
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from usephase.catalog.invisible import first
from usephase.catalog.limits import MAX_CELL, MAX_CELLS, MAX_FINDINGS, MAX_NAME, MAX_ROWS, clip, too_large
from usephase.catalog.refusal import is_error
from usephase.errors import Problem

_CHUNK = 10_000
"""Rows taken apart at a time."""

_LONE_RETURN = re.compile("\r(?!\n)")


@dataclass(frozen=True)
class RawTable:
    """Hold a table's cells as text.

    Attributes
    ----------
    origin : str
        File name, or sheet name when `sheet` is true.
    cells : mapping of str to ndarray of object (row,)
        The texts by column name, in the order of the file; "" where empty.
    line : ndarray of int (row,)
        The line an editor shows, where a record begins; the sheet's row. A Parquet row counts on from a header at 1.
    letters : mapping of str to str
        A sheet's column letters.
    typed : mapping of str to mapping of int to str
        Cells, by column and row, whose type in the file is none that a table can hold: what they are.
    """

    origin: str
    cells: Mapping[str, np.ndarray]
    line: np.ndarray
    sheet: bool = False
    letters: Mapping[str, str] = field(default_factory=dict)
    typed: Mapping[str, Mapping[int, str]] = field(default_factory=dict)
    header_line: int = 1

    def __len__(self) -> int:
        return len(self.line)

    def take(self, rows: np.ndarray) -> "RawTable":
        """Keep some of the rows; `rows` is a mask or row numbers."""
        kept = np.arange(len(self))[rows]
        at = {int(old): new for new, old in enumerate(kept)}
        return replace(
            self,
            cells={name: column[kept] for name, column in self.cells.items()},
            line=self.line[kept],
            typed={name: {at[r]: kind for r, kind in cells.items() if r in at} for name, cells in self.typed.items()},
        )

    def place(self, line: int, column: str = "") -> str:
        """Name a cell by its line: ``modes.csv:14:rate`` or ``modes!C14``."""
        return place(self.origin, line, column, self.letters if self.sheet else None)


def place(origin: str, line: int, column: str = "", letters: Mapping[str, str] | None = None) -> str:
    """Name a cell as its user finds it; `letters` is given for a sheet."""
    if letters is not None:
        return f"{origin}!{letters.get(column, 'A')}{line}"
    return f"{origin}:{line}" + (f":{column}" if column else "")


def letter(position: int) -> str:
    """Give a sheet's column letters, counted from 0."""
    out = ""
    position += 1
    while position:
        position, rest = divmod(position - 1, 26)
        out = string.ascii_uppercase[rest] + out
    return out


def header(
    names: list[str], line: int, origin: str, *, sheet: bool, filled: set[int]
) -> tuple[dict[str, int], list[Problem]]:
    """Read column names.

    Parameters
    ----------
    names : list of str
        The header's cells.
    line : int
        Its line.
    origin : str
        The file or sheet.
    sheet : bool
        Whether `origin` is a sheet.
    filled : set of int
        Columns that have a cell that is not empty. One without name and cells is nothing.

    Returns
    -------
    dict of str to int
        Position by name.
    list of Problem
    """
    at: dict[str, int] = {}
    problems = []
    for i, written in enumerate(names):
        name = unicodedata.normalize("NFC", written.strip())
        where = f"{origin}!{letter(i)}{line}" if sheet else f"{origin}:{line}"
        if len(name) > MAX_NAME:
            what = f"the name of column {i + 1} has {len(name):,} characters"
            problems.append(Problem(where=where, what=what, fix=f"give it a name of at most {MAX_NAME}"))
        elif sign := first(name):
            what = f"the name of column {i + 1} has the invisible or broken character {sign}"
            problems.append(Problem(where=where, what=what, fix="write the column name again"))
        elif not name:
            if i in filled:
                what = f"column {i + 1} has cells but no name"
                problems.append(Problem(where=where, what=what, fix="name the column in the first row, or delete it"))
        elif name in at:
            what = f"the column `{clip(name)}` is there twice: columns {at[name] + 1} and {i + 1}"
            problems.append(Problem(where=where, what=what, fix="delete or rename one of them"))
        else:
            at[name] = i
    return at, problems


# -- CSV -----------------------------------------------------------------------------------------------------


def read_csv(data: bytes, origin: str) -> tuple[RawTable | None, list[Problem]]:
    """Read a CSV file.

    Parameters
    ----------
    data : bytes
        UTF-8, with or without byte-order mark; lines end in LF or CRLF; lines that begin with `#` are comments.
    origin : str
        Its name.

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
    split = _without_quotes(text)
    problems: list[Problem] = []
    if split is not None:
        columns, lines = split
        problems += _long_cells(columns, lines, origin)
        if problems:
            return None, problems
    else:
        columns, lines, problems = _with_quotes(text, origin)
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
    filled = {i for i, name in enumerate(names) if not name.strip() and any(map(str.strip, columns[i][1:]))}
    at, wrong = header(names, lines[0], origin, sheet=False, filled=filled)
    cells = {name: np.array(columns[i][1:], dtype=object) for name, i in at.items()}
    line = np.array(lines[1:], dtype=np.int64)
    return RawTable(origin, cells, line, header_line=lines[0]), wrong + problems


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


def _with_quotes(text: str, origin: str) -> tuple[list[Sequence[str]], list[int], list[Problem]]:
    """Split any file into columns, leaving out and reporting records that are not as wide as the first.

    Also gives each record's first line, and what ended the reading early.
    """
    source = _Lines(text)
    width = 0
    table: _Columns | None = None
    lines: list[int] = []
    waiting: list[str] = []
    wrong: list[tuple[list[str], int]] = []
    problems: list[Problem] = []
    try:
        for record in csv.reader(source, strict=True):
            source.fresh = True
            if not any(map(str.strip, record)):
                continue
            width = width or len(record)
            if len(record) != width:
                wrong.append((record, source.first))
                continue
            lines.append(source.first)
            if too_large(1, width):
                continue  # refused by its width alone
            table = table or _Columns(width)
            waiting += record
            if len(lines) % _CHUNK == 0:
                table.add(waiting)
                waiting.clear()
    except csv.Error as error:
        fix = "close every quote, double a quote inside quotes, and keep cells below 131,072 characters"
        where = f"{origin}:{source.first}"
        problems.append(Problem(where=where, what=f"not readable as CSV ({error})", fix=fix))
    problems += _wrong_widths(wrong, width, origin)
    if table is None:
        return [()] * width, lines, problems
    table.add(waiting)
    return table.all(), lines, problems


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
