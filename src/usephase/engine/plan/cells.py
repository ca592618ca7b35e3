"""From a catalog's tables to the list of its uncertain cells, and references to them."""

from collections.abc import Iterator, Sequence, Set
from typing import NamedTuple, overload

import numpy as np
import pandas as pd
import pyarrow as pa

from usephase.catalog.archetypes import source_of
from usephase.catalog.resolve import Resolved
from usephase.catalog.row_texts import key_columns, row_texts
from usephase.catalog.values import cells as cells_of
from usephase.sampling.distributions import (
    ABSENT,
    DISCRETE,
    FIXED,
    NORMAL,
    SAMPLE,
    WIDTH,
    Points,
    best_estimates,
    is_listed,
    sample_stream,
    stream_of,
    truncations,
)
from usephase.sampling.draws import Cells

SCENARIO = ("settings", "grid", "scenario")
"""The address of the draw of the grid scenario."""
DEPENDENCE = "dependence"
"""The table in the addresses of common errors; their rows are ``TABLE.COLUMN``."""

# The first dimensions of a quasi design are the best: what usually decides a figure comes first.
_ORDER = (
    "modes", "products", "use_profiles", "lifetimes", "segments", "materials", "refrigerants", "settings", "zones",
    "reference_grid", "grid", "carriers", "gases", "end_of_life", "treatments", "sales", "coverage",
    "archetype_modes", "archetype_lives", "archetype_materials",
)  # fmt: skip


GUESS = "guess"
"""Begins the names of what cells of archetypes are correlated by."""
# What makes cells of archetypes correlated, and how much: the same words in these columns.
_GUESSED: dict[tuple[str, str], tuple[tuple[str, ...], float]] = {
    **{("archetype_modes", column): (("guess",), 0.5) for column in ("load", "efficiency", "amount")},
    ("archetype_lives", "mean"): (("guess",), 0.5),
    ("archetype_lives", "share"): (("user",), 0.8),  # what a company sells to whom is much the same in all its products
    ("archetype_materials", "mass"): (("archetype", "part"), 0.9),
}

_NAN = float("nan")

Address = tuple[str, str, str]
"""A cell as its user writes it: table, row, column."""


class Addresses(Sequence[Address]):
    """Addresses of cells, each made when it is asked for: as Python's own texts they would be a fifth of a plan.

    Parameters
    ----------
    names : tuple of str
        Of tables and columns.
    table, column : ndarray of int (cell,)
        Positions in `names`.
    row : ndarray of object (cell,)
        Keys of rows as `row_texts` writes them.
    """

    def __init__(self, names: tuple[str, ...], table: np.ndarray, row: np.ndarray, column: np.ndarray) -> None:
        self._names, self._table, self._column = names, table.astype(np.int16), column.astype(np.int16)
        self._row = pa.array(row, type=pa.large_string())

    def __len__(self) -> int:
        return len(self._table)

    @overload
    def __getitem__(self, index: int) -> Address: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[Address, ...]: ...

    def __getitem__(self, index: int | slice) -> Address | tuple[Address, ...]:
        if isinstance(index, slice):
            return tuple(self)[index]
        return self._names[self._table[index]], self._row[index].as_py(), self._names[self._column[index]]

    def __iter__(self) -> Iterator[Address]:
        names, size = self._names, 4096
        for first in range(0, len(self), size):
            some = slice(first, first + size)
            table, column = self._table[some].tolist(), self._column[some].tolist()
            for t, row, c in zip(table, self._row[some].to_pylist(), column, strict=True):
                yield names[t], row, names[c]


class Ref(NamedTuple):
    """Point to a value: an uncertain cell, or (cell −1) a fixed number."""

    cell: int
    value: float


class _Listed(NamedTuple):
    """Uncertain cells of one column: where they are, and what orders them."""

    rank: int
    column: str
    at: np.ndarray
    group: np.ndarray
    age: np.ndarray
    row: np.ndarray


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
        self._refs: dict[tuple[str, str], list[Ref | None]] = {}
        self.cells = self._collect()
        self.scenarios, self.scenario = self._scenario()

    def refs(self, table: str, column: str) -> list[Ref | None]:
        """Find the values of a column, row by row; None where a cell is empty and has no default."""
        known = self._refs.get((table, column))
        if known is None:
            known = self._refs[table, column] = self._found(table, column)
        return known

    def ref(self, table: str, row: int, column: str) -> Ref | None:
        """Find a value; None where the cell is empty and has no default."""
        return self.refs(table, column)[row]

    def need(self, table: str, row: int, column: str) -> Ref:
        """Find a value that checks have made sure of."""
        ref = self.refs(table, column)[row]
        assert ref is not None, f"{table} row {row} has no {column}"
        return ref

    def _found(self, table: str, column: str) -> list[Ref | None]:
        values = self._resolved.tables[table].values[column]
        number = self._number.get((table, column), np.full(len(values.kind), -1))
        # Most plain numbers are written many times: each is one reference. Their bits tell 0 from -0.
        fixed = (values.kind == FIXED) & (number < 0)
        bits, which = np.unique(values.params[fixed, 0].view(np.int64), return_inverse=True)
        plain = [Ref(-1, value) for value in bits.view(np.float64).tolist()]
        out: list[Ref | None] = [None] * len(fixed)
        for row, i in zip(np.flatnonzero(fixed).tolist(), which.tolist(), strict=True):
            out[row] = plain[i]
        for row in np.flatnonzero((values.kind != ABSENT) & ~fixed).tolist():
            out[row] = Ref(int(number[row]), _NAN)
        for loan in self._resolved.loans.get((table, column), ()):
            lent = self.refs(loan.table, loan.column)
            for row, source in zip(loan.rows.tolist(), loan.source.tolist(), strict=True):
                if number[row] < 0:  # else the cell is switched, and its own
                    out[row] = lent[source]
        return out

    def _collect(self) -> Cells:
        found: list[_Listed] = []
        for rank, name in enumerate(_ORDER):
            table = self._resolved.tables.get(name)
            if table is None or not len(table):
                continue
            grouped = "product" in key_columns(name)
            switched = [address for address in self._switched if address[0] == name]
            texts = row_texts(table) if switched else np.empty(0, dtype=object)
            for column, values in table.values.items():
                forced = np.isin(texts, [row for _, row, its in switched if its == column]) if switched else False
                free = values.kind != FIXED
                for loan in self._resolved.loans.get((name, column), ()):
                    free[loan.rows] = False
                rows = np.flatnonzero((values.kind != ABSENT) & (free | forced))
                if not rows.size:
                    continue
                text = texts[rows] if switched else row_texts(table, rows)
                group = (
                    "product:" + table.frame["product"].to_numpy(dtype=object)[rows]
                    if grouped
                    else np.full(len(rows), "settings", dtype=object) if name == "settings" else f"{name}:" + text
                )  # fmt: skip
                joint = values.kind[rows] == SAMPLE
                if joint.any():  # cells of one sample share its one unknown
                    group = np.where(joint, [stream_of(params) for params in values.params[rows]], group)
                # Recent sales first: the reporting year's cells get the better dimensions.
                age = -table.frame["year"].to_numpy()[rows] if name == "sales" else np.zeros(len(rows), dtype=np.int64)
                found.append(_Listed(rank, column, rows, group, age, text))
        return self._cells(found)

    def streams(self) -> dict[Address, tuple[str, int]]:
        """Give the group and dimension of every cell by its address."""
        cells = self.cells
        return dict(zip(cells.name, zip(cells.group, cells.dimension.tolist(), strict=True), strict=True))

    def _cells(self, found: list[_Listed]) -> Cells:
        count = sum(len(part.at) for part in found)
        shared = self._common_errors(found)
        last = count + len(shared)
        kind, params = np.zeros(last + 1, dtype=np.int8), np.zeros((last + 1, WIDTH))
        low, high = np.zeros(last + 1), np.ones(last + 1)
        points: dict[int, Points] = {}
        group: list[str] = []
        dimension = np.zeros(last + 1, dtype=np.int64)
        order = np.empty(0, dtype=np.int64)
        if found:
            order, starts, group = _ordered(found)
            dimension[:count] = np.arange(count) - starts
            place = np.empty(count, dtype=np.int64)
            place[order] = np.arange(count)
            first = 0
            for part in found:
                name = _ORDER[part.rank]
                values = self._resolved.tables[name].values[part.column]
                cells = place[first : first + len(part.at)]
                first += len(part.at)
                number = self._number[name, part.column] = np.full(len(values.kind), -1)
                number[part.at] = cells
                kind[cells], params[cells] = values.kind[part.at], values.params[part.at]
                its: dict[int, Points] = {}
                for k, i in enumerate(cells.tolist()):
                    if is_listed(int(kind[i])):
                        points[i] = its[k] = values.points[int(params[i, 0])]
                low[cells], high[cells] = truncations(kind[cells], params[cells], values.low, values.high, its)
            points = dict(sorted(points.items()))
            dimension[kind == SAMPLE] = 0
        weights = self._resolved.catalog.settings.scenarios
        chosen = sorted(s for s, w in weights.items() if w > 0)
        share = np.array([weights[s] for s in chosen])
        kind[count:last], params[count:last, 1] = NORMAL, 1.0
        kind[last] = DISCRETE
        points[last] = (np.arange(len(chosen), dtype=float), share / share.sum())
        best = best_estimates(kind, params, points.get)
        best[last] = float(np.argmax(share))
        names = _addresses(found, order, tuple(shared))
        if self._base is not None:
            streams, lent = self._base.streams(), self._lent()
            for i, address in enumerate(names[:count]):
                if kind[i] == SAMPLE:
                    continue
                known = streams.get(address) or streams.get(lent.get(address, address))
                group[i], dimension[i] = known or (":".join(("option", *address)), 0)
        streams_of = {column: f"{DEPENDENCE}:{column}" for column in shared}
        return Cells(
            name=names, group=(*group, *streams_of.values(), "settings:scenario"), dimension=dimension, kind=kind,
            params=params, low=low, high=high, best=best, points=points,
            factor={  # nothing applies to a joint sample
                i: its for i, its in self._factors(found, shared, streams_of, names[:count]).items()
                if kind[i] != SAMPLE
            },
            common={stream: count + i for i, stream in enumerate(streams_of.values())},
            samples={sample_stream(name): name for name in self._resolved.catalog.samples},
        )  # fmt: skip

    def _common_errors(self, found: list[_Listed]) -> dict[str, float]:
        """Give the columns with a common error that have unknowns, and its correlation."""
        there = {f"{_ORDER[part.rank]}.{part.column}" for part in found}
        stated = self._resolved.catalog.settings.dependence
        return {column: stated[column] for column in sorted(there & stated.keys()) if stated[column] > 0}

    def _factors(
        self, found: list[_Listed], shared: dict[str, float], streams: dict[str, str], names: Sequence[Address]
    ) -> dict[int, tuple[str, float]]:
        """Give what each correlated cell is correlated by: the closest statement about it."""
        out = self._guessed(found) | self._dependent(found, shared, streams) | self._correlated(names)
        if self._base is not None and (lent := self._lent()):
            base = self._base.cells
            of = {address: base.factor.get(i) for i, address in enumerate(base.name)}
            for i, address in enumerate(names):
                its = of.get(lent[address]) if address in lent else None
                if its is not None:
                    out[i] = its
        return out

    def _dependent(
        self, found: list[_Listed], shared: dict[str, float], streams: dict[str, str]
    ) -> dict[int, tuple[str, float]]:
        factor: dict[int, tuple[str, float]] = {}
        for part in found:
            address = _ORDER[part.rank], part.column
            column = ".".join(address)
            if column in shared:
                cells = self._number[address][part.at].tolist()
                factor |= dict.fromkeys(cells, (streams[column], shared[column]))
        return factor

    def _lent(self) -> dict[Address, Address]:
        """Name the cells of which switched ones were: they keep the random number."""
        out: dict[Address, Address] = {}
        for name, row, column in self._switched:
            loans = self._resolved.loans.get((name, column), ())
            if not loans:
                continue
            at = np.flatnonzero(row_texts(self._resolved.tables[name]) == row)
            source = source_of(self._resolved.loans, name, int(at[0]), column) if len(at) else None
            if source is not None:
                table, its, of = source
                out[name, row, column] = table, str(row_texts(self._resolved.tables[table], np.array([its]))[0]), of
        return out

    def _guessed(self, found: list[_Listed]) -> dict[int, tuple[str, float]]:
        """Correlate the cells of archetypes that rest on one guess, and the masses of one part."""
        out: dict[int, tuple[str, float]] = {}
        for part in found:
            name = _ORDER[part.rank]
            cells = self._number[name, part.column][part.at]
            columns, correlation = _GUESSED.get((name, part.column), ((), 0.0))
            if not columns:
                continue
            frame = self._resolved.tables[name].frame
            texts = [cells_of.objects(frame[column].iloc[part.at]).tolist() for column in columns]
            for cell, told in zip(cells.tolist(), zip(*texts, strict=True), strict=True):
                if all(told):
                    out[cell] = ":".join((GUESS, name, part.column, *told)), correlation
        return out

    def _correlated(self, own: Sequence[Address]) -> dict[int, tuple[str, float]]:
        table = self._resolved.tables.get("correlations")
        factor: dict[int, tuple[str, float]] = {}
        if table is None or not len(table):
            return factor
        columns = ("group", "table", "row", "column", "correlation")
        for group, name, row, column, correlation in zip(*(table.frame[c] for c in columns), strict=True):
            wanted = dict(part.split("=", 1) for part in row.split(";") if "=" in part)
            for i, (its_table, its_row, its_column) in enumerate(own):
                if its_table != name or its_column != column:
                    continue
                has = dict(part.split("=", 1) for part in its_row.split(";") if "=" in part)
                if all(has.get(k, "") == v for k, v in wanted.items()):
                    factor[i] = (f"correlations:{group}", float(correlation))
        return factor

    def _scenario(self) -> tuple[tuple[str, ...], Ref]:
        weights = self._resolved.catalog.settings.scenarios
        chosen = tuple(sorted(s for s, w in weights.items() if w > 0))
        last = len(self.cells) - 1
        return chosen, Ref(-1, 0.0) if len(chosen) == 1 else Ref(last, _NAN)


def _ordered(found: list[_Listed]) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Order cells by group, table, age, row and column.

    Returns the order, and in it the position at which each cell's group begins, and its name.
    """
    numbers, names = pd.factorize(np.concatenate([part.group for part in found]), sort=True)
    rows = pd.factorize(np.concatenate([part.row for part in found]), sort=True)[0]
    known = sorted({part.column for part in found})
    length = [len(part.at) for part in found]
    column, rank = np.repeat([[known.index(part.column), part.rank] for part in found], length, axis=0).T
    order = np.lexsort([column, rows, np.concatenate([part.age for part in found]), rank, numbers])
    numbers = numbers[order]
    begins = np.r_[True, numbers[1:] != numbers[:-1]]
    starts = np.maximum.accumulate(np.where(begins, np.arange(len(order)), 0))
    return order, starts, names[numbers].tolist()


def _addresses(found: list[_Listed], order: np.ndarray, shared: tuple[str, ...]) -> Addresses:
    """Give the addresses of cells in their order, then those of common errors and of the scenario."""
    table, row, column = SCENARIO
    names = (*_ORDER, DEPENDENCE, *sorted({part.column for part in found}), "", column)
    length = [*(len(part.at) for part in found), len(shared), 1]
    tables = np.repeat([*(part.rank for part in found), names.index(DEPENDENCE), names.index(table)], length)
    columns = np.repeat([names.index(name) for name in (*(part.column for part in found), "", column)], length)
    rows = np.concatenate([*(part.row for part in found), np.array([*shared, row], dtype=object)])
    order = np.concatenate([order, len(order) + np.arange(len(shared) + 1)])
    return Addresses(names, tables[order], rows[order], columns[order])
