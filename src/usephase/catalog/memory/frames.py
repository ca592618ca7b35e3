"""A catalog from tables in memory, and back."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from usephase.catalog import read_files
from usephase.catalog.memory.files import as_files, placed
from usephase.catalog.read.load import raw_table
from usephase.catalog.read.parquet import number_text
from usephase.catalog.read.tables import UNIT_COLUMNS
from usephase.catalog.read.texts import NO_YEAR
from usephase.catalog.schema import TABLES
from usephase.catalog.table import Catalog, Table
from usephase.catalog.values import cells
from usephase.errors import CatalogError
from usephase.sampling import distributions as dist


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
    try:
        return read_files(as_files(frames, settings))
    except CatalogError as refused:
        raise placed(refused, frames) from None


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
