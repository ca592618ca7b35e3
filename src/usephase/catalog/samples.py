"""Joint samples: tables of numbers, a row an equally likely state of knowledge, that cells name by ``sample(…)``."""

import math
from collections.abc import Mapping, Sequence

import numpy as np

from usephase.catalog.read.csv_file import read_csv
from usephase.catalog.read.limits import clip
from usephase.catalog.read.parquet import read_parquet
from usephase.catalog.read.sources import RawTable
from usephase.errors import Problem

FOLDER = "samples"
"""The folder in a catalog's folder with a file for each sample."""
SHEET = "samples_"
"""What the names of sheets with samples begin with."""
_NAMED = 5

Samples = Mapping[str, Mapping[str, np.ndarray]]
"""By name, and by column, the numbers in the order of rows."""


def samples_of_files(files: Mapping[str, bytes]) -> tuple[dict[str, dict[str, np.ndarray]], list[Problem]]:
    """Read the samples of a catalog's folder.

    Parameters
    ----------
    files : mapping of str to bytes
        By name; those of samples are ``samples/NAME.csv`` or ``samples/NAME.parquet``.
    """
    tables: dict[str, RawTable | None] = {}
    problems: list[Problem] = []
    for file in sorted(files):
        folder, _, rest = file.rpartition("/")
        if folder != FOLDER:
            continue
        name = rest.rpartition(".")[0]
        if name in tables:
            what = f"the sample `{clip(name)}` is there twice"
            problems.append(Problem(where=file, what=what, fix="delete one of the two files"))
            continue
        is_csv = file.casefold().endswith(".csv")
        tables[name], found = read_csv(files[file], file) if is_csv else read_parquet(files[file], file)
        problems += found
    made, found = samples_of(tables)
    return made, problems + found


def samples_of(tables: Mapping[str, RawTable | None]) -> tuple[dict[str, dict[str, np.ndarray]], list[Problem]]:
    """Turn tables of text into samples: rows sorted by all columns, those that are refused left out.

    Parameters
    ----------
    tables : mapping of str to RawTable or None
        By name; None for one that is refused already.
    """
    samples: dict[str, dict[str, np.ndarray]] = {}
    problems: list[Problem] = []
    for name, table in tables.items():
        columns: dict[str, np.ndarray] = {}
        good = np.ones(0 if table is None else len(table), dtype=bool)
        for column in sorted(table.cells if table is not None else ()):
            assert table is not None
            columns[column], found = _numbers(table, column)
            problems += found
            good &= np.isfinite(columns[column])
        if table is not None and not len(table):
            what, fix = "the sample has no rows", "write a row for each state below the column names"
            problems.append(Problem(where=table.place(table.header_line), what=what, fix=fix))
        kept = {column: numbers[good] for column, numbers in columns.items()}
        order = np.lexsort([kept[column] for column in reversed(kept)]) if kept else np.empty(0, dtype=np.intp)
        samples[name] = {column: numbers[order] for column, numbers in kept.items()}
    return samples, problems


def _numbers(table: RawTable, column: str) -> tuple[np.ndarray, list[Problem]]:
    """Read a column of numbers; not a number where one is refused."""
    texts = table.cells[column]
    numbers = np.array([_number(str(text)) for text in texts], dtype=float)
    bad: Sequence[int] = np.flatnonzero(~np.isfinite(numbers)).tolist()
    problems = []
    for count, row in enumerate(bad[: _NAMED + 1]):
        text, more = str(texts[row]).strip(), len(bad) - _NAMED
        what = f"`{clip(text)}` is not a number" if text else "the cell is empty"
        if count == _NAMED:
            what = f"{what} (and {more - 1:,} more cells)" if more > 1 else what
        fix = "write a number with a decimal point; its unit stands where the sample is named"
        problems.append(Problem(where=table.place(int(table.line[row]), column), what=what, fix=fix))
    return numbers, problems


def _number(text: str) -> float:
    text = text.strip()
    try:
        # `1_000` and other digits than 0 to 9 are numbers to Python alone.
        value = float(text) if text.isascii() and "_" not in text else math.nan
    except ValueError:
        return math.nan
    return value if math.isfinite(value) else math.nan
