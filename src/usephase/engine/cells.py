"""From a catalog's tables to the list of its uncertain cells, and references to them."""

from collections.abc import Set
from typing import NamedTuple

import numpy as np
import pandas as pd

from usephase.catalog.resolve import Resolved
from usephase.catalog.schema import TABLES
from usephase.catalog.table import Table
from usephase.sampling.distributions import ABSENT, DISCRETE, FIXED, Points
from usephase.sampling.draws import Cells, best_estimates, truncation

SCENARIO = ("settings", "grid", "scenario")
"""The address of the draw of the grid scenario."""

# The first dimensions of a quasi design are the best: what usually decides a figure comes first.
_ORDER = (
    "modes", "products", "use_profiles", "lifetimes", "segments", "materials", "refrigerants", "settings", "zones",
    "reference_grid", "grid", "carriers", "gases", "end_of_life", "treatments", "sales", "coverage",
)  # fmt: skip


Address = tuple[str, str, str]
"""A cell as its user writes it: table, row, column."""


class Ref(NamedTuple):
    """Point to a value: an uncertain cell, or (cell −1) a fixed number."""

    cell: int
    value: float


def key_columns(table: str) -> tuple[str, ...]:
    """Name the key columns of a table, reference_grid included."""
    return ("zone",) if table == "reference_grid" else TABLES[table].keys


def row_texts(table: Table) -> np.ndarray:
    """Write the key of every row as in `options`: ``product=DRILL;mode=drilling``. Shape (row,) of str."""
    if table.name == "settings":
        return np.array(["grid"] * len(table), dtype=object)
    texts = np.full(len(table), "", dtype=object)
    for name in key_columns(table.name):
        column = table.frame[name]
        empty = (column == -1) if column.dtype.kind == "i" else (column == "")
        part = np.where(empty, "", f"{name}=" + column.astype(str).to_numpy(dtype=object))
        joint = np.where((texts != "") & ~np.asarray(empty), ";", "")
        texts = texts + joint + part
    return texts


class CellBook:
    """Number the uncertain cells of a resolved catalog and answer where each value is.

    Parameters
    ----------
    resolved : Resolved
    base : CellBook, optional
        Of the catalog that this one is an option of: a cell that is uncertain there keeps its random number, and one
        that is not gets a stream of its own, which depends on its address alone: the same in every option.
    switched : set of (table, row, column)
        Cells that are numbered even if they are plain numbers, so that another value can be put in their place.
    """

    def __init__(
        self, resolved: Resolved, base: "CellBook | None" = None, switched: Set[Address] = frozenset()
    ) -> None:
        self._resolved = resolved
        self._base = base
        self._switched = switched
        self._number: dict[tuple[str, str], np.ndarray] = {}
        self._rows: dict[str, np.ndarray] = {}
        self.cells = self._collect()
        self.scenarios, self.scenario = self._scenario()

    def ref(self, table: str, row: int, column: str) -> Ref | None:
        """Find a value; None where the cell is empty and has no default."""
        values = self._resolved.tables[table].values[column]
        kind = values.kind[row]
        if kind == ABSENT:
            return None
        if kind == FIXED and (not self._switched or self._number[table, column][row] < 0):
            return Ref(-1, float(values.params[row, 0]))
        return Ref(int(self._number[table, column][row]), float("nan"))

    def need(self, table: str, row: int, column: str) -> Ref:
        """Find a value that checks have made sure of."""
        ref = self.ref(table, row, column)
        assert ref is not None, f"{table} row {row} has no {column}"
        return ref

    def _collect(self) -> Cells:
        found = []
        for rank, name in enumerate(_ORDER):
            table = self._resolved.tables.get(name)
            if table is None or not len(table):
                continue
            texts = self._rows[name] = row_texts(table)
            grouped = "product" in key_columns(name)
            for column, values in table.values.items():
                rows = np.flatnonzero((values.kind != ABSENT) & ((values.kind != FIXED) | self._forced(name, column)))
                self._number[name, column] = np.full(len(table), -1)
                if not rows.size:
                    continue
                group = (
                    "product:" + table.frame["product"].to_numpy(dtype=object)[rows]
                    if grouped
                    else "settings" if name == "settings" else f"{name}:" + texts[rows]
                )  # fmt: skip
                # Recent sales first: the reporting year's cells get the better dimensions.
                age = -table.frame["year"].to_numpy()[rows] if name == "sales" else 0
                found.append(
                    pd.DataFrame(
                        {"group": group, "rank": rank, "age": age, "row": texts[rows], "column": column, "at": rows}
                    )
                )
        listed = pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=["group"])
        if len(listed):
            listed = listed.sort_values(["group", "rank", "age", "row", "column"], ignore_index=True)
        return self._cells(listed)

    def streams(self) -> dict[Address, tuple[str, int]]:
        """Give the group and dimension of every cell by its address."""
        cells = self.cells
        return dict(zip(cells.name, zip(cells.group, cells.dimension.tolist(), strict=True), strict=True))

    def _forced(self, table: str, column: str) -> np.ndarray:
        """Tell which rows of a column are switched. Shape (row,)."""
        rows = [row for name, row, its in self._switched if name == table and its == column]
        return np.isin(self._rows[table], rows) if rows else np.zeros(len(self._rows[table]), dtype=bool)

    def _cells(self, listed: pd.DataFrame) -> Cells:
        count = len(listed)
        kind, params = np.zeros(count + 1, dtype=np.int8), np.zeros((count + 1, 4))
        low, high = np.zeros(count + 1), np.ones(count + 1)
        points: dict[int, Points] = {}
        names = []
        dimension = np.zeros(count + 1, dtype=np.int64)
        if count:
            dimension[:count] = listed.groupby("group").cumcount().to_numpy()
            records = zip(listed["rank"], listed["row"], listed["column"], listed["at"], strict=True)
            bounds: dict[tuple[object, ...], tuple[float, float]] = {}
            for i, (rank, text, column, at) in enumerate(records):
                name = _ORDER[rank]
                values = self._resolved.tables[name].values[column]
                kind[i], params[i] = values.kind[at], values.params[at]
                if kind[i] == DISCRETE:
                    points[i] = values.points[int(params[i, 0])]
                known = (kind[i], *params[i], values.low, values.high, i if kind[i] == DISCRETE else -1)
                if known not in bounds:
                    bounds[known] = truncation(kind[i], params[i], values.low, values.high, points.get(i))
                low[i], high[i] = bounds[known]
                self._number[name, column][at] = i
                names.append((name, str(text), str(column)))
        weights = self._resolved.catalog.settings.scenarios
        chosen = sorted(s for s, w in weights.items() if w > 0)
        share = np.array([weights[s] for s in chosen])
        kind[count] = DISCRETE
        points[count] = (np.arange(len(chosen), dtype=float), share / share.sum())
        best = best_estimates(kind, params, points)
        best[count] = float(np.argmax(share))
        group = [*(listed["group"] if count else ()), "settings:scenario"]
        if self._base is not None:
            streams = self._base.streams()
            for i, address in enumerate(names):
                group[i], dimension[i] = streams.get(address, (":".join(("option", *address)), 0))
        return Cells(
            name=(*names, SCENARIO), group=tuple(group), dimension=dimension, kind=kind, params=params,
            low=low, high=high, best=best, points=points, factor=self._factors(names),
        )  # fmt: skip

    def _factors(self, names: list[tuple[str, str, str]]) -> dict[int, tuple[str, float]]:
        table = self._resolved.tables.get("correlations")
        factor: dict[int, tuple[str, float]] = {}
        if table is None or not len(table):
            return factor
        columns = ("group", "table", "row", "column", "correlation")
        for group, name, row, column, correlation in zip(*(table.frame[c] for c in columns), strict=True):
            wanted = dict(part.split("=", 1) for part in row.split(";") if "=" in part)
            for i, (its_table, its_row, its_column) in enumerate(names):
                if its_table != name or its_column != column:
                    continue
                has = dict(part.split("=", 1) for part in its_row.split(";") if "=" in part)
                if all(has.get(k, "") == v for k, v in wanted.items()):
                    factor[i] = (group, float(correlation))
        return factor

    def _scenario(self) -> tuple[tuple[str, ...], Ref]:
        weights = self._resolved.catalog.settings.scenarios
        chosen = tuple(sorted(s for s, w in weights.items() if w > 0))
        last = len(self.cells) - 1
        return chosen, Ref(-1, 0.0) if len(chosen) == 1 else Ref(last, float("nan"))
