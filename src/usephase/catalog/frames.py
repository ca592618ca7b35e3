"""A catalog from tables in memory, and back."""

import io
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from usephase.catalog import read_files
from usephase.catalog.read.load import raw_table
from usephase.catalog.read.parquet import number_text
from usephase.catalog.read.tables import UNIT_COLUMNS
from usephase.catalog.read.texts import NO_YEAR
from usephase.catalog.schema import TABLES
from usephase.catalog.settings import FILE, home_of
from usephase.catalog.table import Catalog, Table
from usephase.catalog.values import cells
from usephase.errors import CatalogError, Problem
from usephase.sampling import distributions as dist

_PLACE = re.compile(r"(.+)\.parquet(?::(\d+))?(.*)", re.DOTALL)
_HEADER = 1
"""The line of the column names, as problems count them."""


@dataclass(frozen=True)
class Uncertain:
    """Hold an uncertain value, understood.

    Attributes
    ----------
    text : str
        As written; a table takes it back.
    distribution : str
        ``fixed``, ``normal`` …
    parameters : tuple of float
        In the column's canonical unit, as the distribution's record orders them.
    points : tuple of (ndarray, ndarray) or None
        Values and weights of one that is listed.
    """

    text: str
    distribution: str
    parameters: tuple[float, ...]
    points: dist.Points | None = None

    def __str__(self) -> str:
        """Give the text."""
        return self.text

    @property
    def _kind(self) -> int:
        return next(code for code, name in dist.NAMES.items() if name == self.distribution)

    @property
    def best_estimate(self) -> float:
        """Give the best estimate, in the column's canonical unit."""
        return dist.best_estimate(self._kind, np.array(self.parameters), self.points)

    @property
    def mean(self) -> float:
        """Give the mean, in the column's canonical unit."""
        return dist.mean(self._kind, np.array(self.parameters), self.points)

    def quantile(self, share: float | np.ndarray) -> np.ndarray:
        """Give the values below which these shares lie, in the canonical unit; the column's range is not looked at."""
        return dist.quantile(self._kind, np.array(self.parameters), np.asarray(share, dtype=float), self.points)


def from_frames(frames: Mapping[str, pd.DataFrame], settings: Mapping[str, Any]) -> Catalog:
    """Read and check a catalog from frames.

    Parameters
    ----------
    frames : mapping of str to DataFrame
        Tables by name; cells are numbers, texts as in a file, or `Uncertain`; None and NaN are empty.
    settings : mapping of str to object
        As in ``catalog.toml``: sections of settings, or settings by their own or dotted names.

    Returns
    -------
    Catalog
        It holds its tables as Parquet files.

    Raises
    ------
    CatalogError
        With every problem; places are ``frame:row:column``, rows by the frame's own index.
    """
    files = {f"{name}.parquet": _parquet(frame) for name, frame in frames.items()}
    try:
        return read_files({FILE: _toml(settings), **files})
    except CatalogError as refused:
        raise CatalogError([_placed(problem, frames) for problem in refused.problems]) from None


def to_frames(catalog: Catalog, *, distributions: bool = False) -> dict[str, pd.DataFrame]:
    """Give the tables of a catalog that have rows, as `from_frames` takes them.

    Parameters
    ----------
    catalog : Catalog
    distributions : bool
        Uncertain columns as `Uncertain` instead of text; an empty cell is None.
    """
    return {
        name: _frame(catalog, table, catalog.labels if name == "products" else (), distributions)
        for name, table in catalog.tables.items()
        if len(table) and name != "settings"
    }


def _frame(catalog: Catalog, table: Table, labels: tuple[str, ...], distributions: bool) -> pd.DataFrame:
    columns: dict[str, Any] = {}
    for column in TABLES[table.name].columns:
        if column.kind == "value":
            values = table.values[column.name]
            written = values.text.astype(object)
            if distributions:
                written = np.array([_uncertain(values, row) for row in range(len(table))], dtype=object)
            columns[column.name] = written
        elif column.kind == "year":
            columns[column.name] = table.frame[column.name].astype("Int64").mask(table.frame[column.name] == NO_YEAR)
        else:
            columns[column.name] = table.frame[column.name]
    columns |= {label: table.frame[label] for label in labels}
    columns |= _units(catalog, table)
    return pd.DataFrame(columns, index=table.frame.index)


def _units(catalog: Catalog, table: Table) -> dict[str, list[str]]:
    """Give the units as they stand beside the texts of numbers; a table in memory holds the canonical ones."""
    named = [column for name, column in UNIT_COLUMNS if name == table.name]
    raw = raw_table(catalog.files, table.name) if named else None
    if raw is None:
        return {}
    row_of = {int(line): row for row, line in enumerate(raw.line)}
    held = [column for column in named if column in raw.cells]
    return {column: [str(raw.cells[column][row_of[int(line)]]) for line in table.line] for column in held}


def _uncertain(values: Any, row: int) -> Uncertain | None:
    if not values.present()[row]:
        return None
    kind = int(values.kind[row])
    parameters = tuple(float(x) for x in values.params[row])
    text = str(values.text[row]) or number_text(float(cells.best_estimates(cells.take(values, np.array([row])))[0]))
    return Uncertain(text, dist.NAMES[kind], parameters, cells.points_of(values, row))


def _parquet(frame: pd.DataFrame) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns = {}
    for name in frame.columns:
        column = frame[name]
        plain = pd.api.types.is_numeric_dtype(column.dtype) or pd.api.types.is_datetime64_any_dtype(column.dtype)
        columns[str(name)] = pa.array(column) if plain else pa.array([_text(cell) for cell in column], pa.string())
    sink = io.BytesIO()
    pq.write_table(pa.table(columns), sink)
    return sink.getvalue()


def _text(cell: Any) -> str | None:
    """Write a cell as a file would; a number among texts so that it can be read as one number only."""
    if cell is None or cell is pd.NA or (isinstance(cell, float) and np.isnan(cell)):
        return None
    if isinstance(cell, bool | str | Uncertain):
        return str(cell)
    if isinstance(cell, int | float | np.number):
        text = number_text(float(cell))
        return f"{text}e0" if "." in text and "e" not in text else text
    return str(cell)


def _placed(problem: Problem, frames: Mapping[str, pd.DataFrame]) -> Problem:
    """Name a place by the frame and its index."""
    found = _PLACE.fullmatch(problem.where)
    if not found or found[1] not in frames:
        return problem
    name, line, rest = found.groups()
    at = -1 if line is None else int(line) - 1 - _HEADER
    index = frames[name].index
    row = f":{index[at]}" if 0 <= at < len(index) else ""
    return problem.model_copy(update={"where": f"{name}{row}{rest}"})


def _toml(settings: Mapping[str, Any]) -> bytes:
    """Write settings as catalog.toml; a setting by its own name goes into its section."""
    sections: dict[str, dict[str, Any]] = {}
    for name, value in settings.items():
        if isinstance(value, Mapping):
            sections.setdefault(name, {}).update(value)
        else:
            section, _, key = (name if "." in name else f"{home_of(name)}.{name}").rpartition(".")
            sections.setdefault(section, {})[key] = value
    return "\n".join(_section(name, held) for name, held in sections.items()).encode()


def _section(name: str, held: Mapping[str, Any]) -> str:
    deeper = {key: value for key, value in held.items() if isinstance(value, Mapping)}
    lines = [f"[{name}]"] + [f"{_key(key)} = {_value(v)}" for key, v in held.items() if key not in deeper]
    return "\n".join([*lines, *(_section(f"{name}.{_key(key)}", value) for key, value in deeper.items()), ""])


def _key(name: str) -> str:
    return json.dumps(str(name), ensure_ascii=False)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float | np.number):
        return repr(value.item() if isinstance(value, np.number) else value)
    return json.dumps(str(value), ensure_ascii=False)
