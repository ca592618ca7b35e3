"""Reference tables in the form of a catalog's: numbers as numbers, uncertain values as distributions."""

from functools import cache

import numpy as np
import pandas as pd

from usephase.catalog.reference.rows import frame
from usephase.catalog.schema import ARCHETYPES, Column, TableSchema, schema_of
from usephase.catalog.table import Table, Values
from usephase.catalog.values.grammar import Parsed, parse
from usephase.sampling import distributions as dist

MODEL_TABLES = (
    "grid", "reference_grid", "zones", "carriers", "gases", "treatments", "end_of_life", "lifetimes", "use_profiles",
    *ARCHETYPES,
)  # fmt: skip
"""The tables that runs read; the others are to look things up in."""


def schema(name: str) -> TableSchema:
    """Give the columns of a reference table; ``reference_grid`` is zones' key and level."""
    if name not in MODEL_TABLES:
        raise KeyError(f"no reference table {name!r} that a run reads; there are {', '.join(MODEL_TABLES)}")
    return schema_of(name)


@cache
def table(name: str, gwp: str = "AR6", edition: str | None = None) -> Table:
    """Give a reference table as a run reads it.

    Parameters
    ----------
    name : str
        One of `MODEL_TABLES`.
    gwp : str
        The set of warming potentials, which picks the rows of carriers and gases: "AR4", "AR5" or "AR6".
    edition : str, optional
        One of the editions known; the newest if it is not given.

    Returns
    -------
    Table
        Sorted by key; the frame has the further columns ``source`` (with what exactly was taken), ``licence`` and
        ``basis``; lines are -1. It is shared by all callers and must not be changed.

    Raises
    ------
    KeyError
        If there is no such table or set.
    """
    return made(name, rows_of(name, gwp, edition))


def rows_of(name: str, gwp: str, edition: str | None = None) -> pd.DataFrame:
    """Give the text rows of a table for one set of warming potentials; what exactly was taken is in ``source``."""
    rows = frame(name, edition)
    if "gwp_set" in rows:
        rows = rows[rows["gwp_set"] == gwp].reset_index(drop=True)
        if rows.empty:
            raise KeyError(f"no reference {name} for the set {gwp!r}")
    if "note" in rows:
        rows["source"] = np.where(rows["note"] == "", rows["source"], rows["source"] + ": " + rows["note"])
    return rows


def made(name: str, rows: pd.DataFrame) -> Table:
    """Turn text rows, sorted by key, into a reference table."""
    declared = schema(name)
    plain = {c.name: _plain(c, rows) for c in declared.columns if c.kind != "value"}
    names = {"name": rows["name"]} if "name" in rows else {}
    return Table(
        name=name,
        frame=pd.DataFrame({**plain, **names, "licence": rows["licence"], "basis": rows["basis"]}),
        values={c.name: _values(c, rows) for c in declared.columns if c.kind == "value"},
        line=np.full(len(rows), -1),
        origin=f"reference/{name}.csv",
    )


def _plain(column: Column, rows: pd.DataFrame) -> pd.Series:
    if column.name not in rows:
        return pd.Series(["" if column.kind != "year" else "-1"] * len(rows)).pipe(_typed, column)
    return rows[column.name].pipe(_typed, column)


def _typed(cells: pd.Series, column: Column) -> pd.Series:
    if column.kind == "year":
        return cells.replace("", "-1").astype(np.int64)
    return cells.where(cells != "", column.default or "")


def _values(column: Column, rows: pd.DataFrame) -> Values:
    """Read a column: plain numbers in one go, each other text once."""
    text = np.full(len(rows), "", dtype=object)
    if column.name in rows:
        text = rows[column.name].to_numpy(dtype=object)
    written = np.where(text == "", column.default or "", text)
    numbers = pd.to_numeric(pd.Series(written, dtype=object), errors="coerce").to_numpy(dtype=float)
    kind = np.where(np.isnan(numbers), dist.ABSENT, dist.FIXED).astype(np.int8)
    params = np.zeros((len(rows), dist.WIDTH))
    params[:, 0] = np.nan_to_num(numbers)
    known: dict[str, Parsed] = {}
    for row in np.flatnonzero(np.isnan(numbers) & (written != "")):
        cell = str(written[row])
        parsed = known.get(cell) or known.setdefault(cell, parse(cell))
        assert parsed.points is None, "no reference row is discrete"
        assert not parsed.unit, "reference rows are in canonical units"
        bound = dist.RECORDS[parsed.kind].bound(parsed.params, column.low, column.high)
        kind[row], params[row] = parsed.kind, bound
    return Values(kind, params, text, column.low, column.high)
