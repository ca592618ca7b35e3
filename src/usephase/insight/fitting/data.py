"""Data to fit: a table as people keep it, read by the catalog's own readers, everything wrong by its place."""

import datetime
import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from usephase.catalog.read import texts
from usephase.catalog.read.csv_file import read_csv
from usephase.catalog.read.files import read_bytes
from usephase.catalog.read.headers import with_known_names
from usephase.catalog.read.limits import MAX_BYTES, MAX_FINDINGS, clip
from usephase.catalog.read.parquet import read_parquet
from usephase.catalog.read.sources import RawTable
from usephase.catalog.read.workbook import read_workbook
from usephase.catalog.schema import Column, TableSchema
from usephase.catalog.values.columns import Finding
from usephase.errors import Problem, StudyError

_DAY = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ]00:00(?::00(?:\.0+)?)?)?")
_MONTH = re.compile(r"(\d{4})[-/.](\d{1,2})")
_OTHER_DAY = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})")
_KNOWN_FORMS = (".csv", ".parquet", ".xlsx")


@dataclass
class Data:
    """Hold a table of data and what is wrong with it.

    Attributes
    ----------
    raw : RawTable
    name : str
        The file's name.
    sha256 : str
        The fingerprint of its bytes.
    problems : list of Problem
        Errors; `refuse` raises them all at once.
    """

    raw: RawTable
    name: str
    sha256: str
    problems: list[Problem] = field(default_factory=list)

    def __contains__(self, name: str) -> bool:
        return name in self.raw.cells

    def __len__(self) -> int:
        return len(self.raw)

    @property
    def columns(self) -> tuple[str, ...]:
        """Names in the order of the file."""
        return tuple(self.raw.cells)

    def add(self, row: int, column: str, what: str, fix: str) -> None:
        """Say what is wrong with a cell; of very many, only that there are more."""
        count = len(self.problems)
        where = self.raw.place(int(self.raw.line[row]) if row >= 0 else self.raw.header_line, column)
        if count < MAX_FINDINGS:
            self.problems.append(Problem(where=where, what=what, fix=fix))
        elif count == MAX_FINDINGS:
            self.problems.append(Problem(where=where, what="and more like these", fix="repair the ones above first"))

    def each(self, rows: np.ndarray, column: str, what: str, fix: str) -> None:
        """Say the same of several rows; ``{}`` stands for the cell."""
        for row in np.flatnonzero(rows).tolist():
            self.add(row, column, what.replace("{}", clip(str(self.raw.cells[column][row]))), fix)

    def refuse(self) -> None:
        """Raise everything found.

        Raises
        ------
        StudyError
        """
        if self.problems:
            raise StudyError(self.problems)

    def numbers(self, name: str, *, least: float = 0.0, above: bool = False, empty: float | None = None) -> np.ndarray:
        """Read a column of numbers.

        Parameters
        ----------
        least : float
            What they may not be under; with `above`, not reach either.
        empty : float, optional
            What an empty cell means; none refuses it.

        Returns
        -------
        ndarray (row,)
            NaN where a cell is refused.
        """
        cells = self._cleaned(name)
        column = Column(name=name, kind="number", low=least, low_open=above)
        out, findings = texts.numbers("fit", column, cells)
        self._report(name, [found for found in findings if found.severity == "error"])
        blank = cells == ""
        if empty is None:
            self.each(blank, name, f"`{name}` is empty", "write the number, or leave the row out")
            return np.where(blank, np.nan, out)
        return np.where(blank, empty, out)

    def days(self, name: str, *, optional: bool = False) -> np.ndarray:
        """Read a column of dates as days since 1970; NaN where a cell is empty or refused."""
        cells = self._cleaned(name)
        codes = {text: day(text) for text in dict.fromkeys(cells.tolist())}
        out = np.array([codes[text] if isinstance(codes[text], float) else np.nan for text in cells])
        for row, text in enumerate(cells):
            read = codes[text]
            if text == "":
                if not optional:
                    self.add(
                        row, name, f"`{name}` is empty", "write the date, such as 2024-03-31, or leave the row out"
                    )
            elif not isinstance(read, float):
                self.add(row, name, *read)
        return out

    def _cleaned(self, name: str) -> np.ndarray:
        cells, findings = texts.cleaned(self.raw.cells[name])
        self._report(name, findings)
        return cells

    def _report(self, name: str, findings: Iterable[Finding]) -> None:
        for found in findings:
            self.add(found.row, name, found.what, found.fix)


def day(text: str) -> float | tuple[str, str]:
    """Read a date as days since 1970, or say what is wrong with it and what to write."""
    shown = clip(text)
    if found := _DAY.fullmatch(text):
        try:
            return float(datetime.date(*map(int, found.groups())).toordinal() - _EPOCH)
        except ValueError:
            return f"`{shown}` is no day of the calendar", "write an existing date, such as 2024-03-31"
    if found := _OTHER_DAY.fullmatch(text):
        readings = _readings(*map(int, found.groups()))
        if len(readings) > 1:
            return (
                f"`{shown}` can be read as {readings[0]} or as {readings[1]}",
                f"write `{readings[0]}` or `{readings[1]}`",
            )
        if readings:
            return f"`{shown}` is a date in another form", f"write `{readings[0]}`"
    if _MONTH.fullmatch(text):
        return f"`{shown}` is a month without a day", "write the day, or give the data as a triangle of months"
    return f"`{shown}` is not a date", "write it as year-month-day, such as 2024-03-31"


_EPOCH = datetime.date(1970, 1, 1).toordinal()


def _readings(first: int, second: int, year: int) -> list[str]:
    out = []
    for month, number in dict.fromkeys(((second, first), (first, second))):
        try:
            out.append(datetime.date(year, month, number).isoformat())
        except ValueError:
            continue
    return out


def month(text: str) -> int | None:
    """Read a month as months since year 0; None for any other text. A cell of a workbook holds its first day."""
    found = _MONTH.fullmatch(text.strip())
    if found is None and (whole := _DAY.fullmatch(text.strip())) is not None and int(whole[3]) == 1:
        found = whole
    return int(found[1]) * 12 + int(found[2]) - 1 if found is not None and 1 <= int(found[2]) <= 12 else None


def read_data(path: Path, known: Iterable[str], sheet: str = "") -> Data:
    """Read a table of data from CSV, Parquet or a workbook.

    Parameters
    ----------
    known : iterable of str
        Column names that are looked for; others are kept and not read.
    sheet : str
        The sheet of a workbook; its first one if not given.

    Raises
    ------
    StudyError
        If the file cannot be read, or holds no rows.
    """
    if path.suffix.lower() not in _KNOWN_FORMS:
        fix = "save it as .csv (UTF-8), .xlsx or .parquet"
        raise StudyError(
            [Problem(where=path.name, what=f"a file of another kind ({path.suffix or 'no ending'})", fix=fix)]
        )
    bytes_, problem = read_bytes(path, None, MAX_BYTES)
    if problem is not None:
        raise StudyError([problem])
    names = tuple(known)
    schema = TableSchema(name="fit", columns=tuple(Column(name=name) for name in names), labels=True)
    if path.suffix.lower() == ".csv":
        raw, problems = read_csv(bytes_, path.name, schema)
    elif path.suffix.lower() == ".parquet":
        raw, problems = read_parquet(bytes_, path.name)
    else:
        raw, problems = _sheet(bytes_, path.name, schema, sheet)
    errors = [found for found in problems if found.severity == "error"]
    if raw is not None:
        raw, found = with_known_names(raw, names)
        errors += found
        if not len(raw) and not errors:
            errors = [
                Problem(
                    where=raw.place(raw.header_line), what="the table has no rows", fix="write the data below the names"
                )
            ]
    if errors or raw is None:
        raise StudyError(
            errors
            or [Problem(where=path.name, what="no table is in it", fix="write the column names in its first row")]
        )
    return Data(replace(raw, typed={}), path.name, hashlib.sha256(bytes_).hexdigest())


def _sheet(data: bytes, name: str, schema: TableSchema, wanted: str) -> tuple[RawTable | None, list[Problem]]:
    sheets, problems = read_workbook(data, name, {})
    if not sheets:
        return None, problems
    title = wanted or next(iter(sheets))
    if title not in sheets:
        fix = f"choose one of: {', '.join(sheets)}"
        return None, [Problem(where=name, what=f"no sheet is called {clip(title)!r}", fix=fix)]
    tables, problems = read_workbook(data, name, {title: schema})
    return tables.get(title), problems


def given(columns: Mapping[str, object], name: str = "arrays") -> Data:
    """Take arrays as a table, for the functions of the package: the same checks, places are ``arrays:row:column``."""
    made: dict[str, np.ndarray] = {}
    for key, values in columns.items():
        listed = np.asarray(values, dtype=object).ravel()
        made[key] = np.array(["" if _none(value) else _text(value) for value in listed], dtype=object)
    sizes = {key: len(column) for key, column in made.items()}
    if len(set(sizes.values())) > 1:
        what = f"the columns have different lengths: {', '.join(f'{key} {size}' for key, size in sizes.items())}"
        raise StudyError([Problem(where=name, what=what, fix="give one value a unit in each")])
    size = next(iter(sizes.values()), 0)
    if not size:
        raise StudyError([Problem(where=name, what="there are no values", fix="give at least one")])
    raw = RawTable(name, made, np.arange(1, size + 1), numbers={key: np.ones(size, dtype=bool) for key in made})
    digest = hashlib.sha256(repr([(key, column.tolist()) for key, column in made.items()]).encode()).hexdigest()
    return Data(raw, name, digest)


def _none(value: object) -> bool:
    return value is None or (isinstance(value, float) and value == np.inf)


def _text(value: object) -> str:
    if isinstance(value, bool | np.bool_):
        return str(int(value))
    if isinstance(value, int | float | np.integer | np.floating):
        return repr(float(value))
    return str(value)
