"""The assumption register: every value that a figure depends on, with its error and where it comes from."""

from typing import Any

import numpy as np
import pandas as pd

from usephase.catalog import cells
from usephase.catalog.changes import SETTINGS_ROW
from usephase.catalog.resolve import Resolved, package_reference
from usephase.catalog.rules.context import Context
from usephase.catalog.rules.usage import used_rows
from usephase.catalog.schema import TABLES
from usephase.catalog.table import Table
from usephase.model.lifetime import DEFAULT_SHAPE
from usephase.results.run import REGISTER_COLUMNS
from usephase.sampling import distributions as dist

LOW, HIGH = 0.025, 0.975
TOGETHER = 32_768
"""Rows listed at a time: their texts are Python's own for a moment, which takes memory."""
# Defaults that are assumptions about the world rather than the absence of an effect: listed though nobody wrote them.
_TELLING = {("zones", "loss"), ("refrigerants", "end_of_life_loss")}
DEFAULT = "default of the column"
"""Source of a value that nobody wrote."""


def register(resolved: Resolved) -> pd.DataFrame:
    """List every value used.

    Parameters
    ----------
    resolved : Resolved
        The catalog and the reference rows it uses.

    Returns
    -------
    DataFrame
        Columns `REGISTER_COLUMNS`: value as written, distribution, best estimate, 2.5 and 97.5 % points after
        truncation in the column's unit, and where it comes from. Sorted by table, row and column.

    Notes
    -----
    Of the defaults that nobody wrote only those are listed that assume something: a loss that nobody knows, the
    refrigerant lost at the end, the shape of a life.
    """
    used = used_rows(Context(resolved, package_reference(resolved.catalog.settings.gwp)))
    order = {name: i for i, name in enumerate([*TABLES, "reference_grid"])}
    listed: list[pd.DataFrame] = []
    for name in sorted(used, key=order.__getitem__):
        rows = np.flatnonzero(used[name])
        for first in range(0, len(rows), TOGETHER):
            listed += _part(resolved.tables[name], rows[first : first + TOGETHER])
    if not listed:
        return pd.DataFrame({name: [] for name in REGISTER_COLUMNS})
    # Column by column, each let go of when it is joined: the parts need not stand beside the whole.
    whole = {name: _joined([part.pop(name) for part in listed]) for name in REGISTER_COLUMNS}
    return pd.DataFrame(whole, copy=False)


def _joined(parts: "list[pd.Series[Any]]") -> "pd.Series[Any]":
    """Join the parts of a column."""
    if len({part.dtype for part in parts}) == 1:
        return pd.concat(parts, ignore_index=True)
    # Arrow's texts beside Python's own become Python's own: one for each distinct text, not one for each row.
    return pd.Series(np.concatenate([cells.objects(part) for part in parts]), dtype=object)


def _part(table: Table, rows: np.ndarray) -> list[pd.DataFrame]:
    """List some rows of a table, in the order of their keys, columns in that of the schema; nothing if nothing is."""
    columns = [column for name in table.values if len(column := _listed(table, rows, name))]
    if not columns:
        return []
    listed = pd.concat(columns, ignore_index=True)
    return [listed[list(REGISTER_COLUMNS)].iloc[np.lexsort((listed["_column"], listed["_at"]))]]


def _listed(table: Table, rows: np.ndarray, column: str) -> pd.DataFrame:
    """List one column of the rows used."""
    values = table.values[column]
    used = rows
    written = (values.text[rows] != "") | ((table.name, column) in _TELLING)
    rows = rows[written & values.present()[rows]]
    part = _frame(table, rows, column)
    picked = cells.take(values, rows)
    best = cells.best_estimates(picked)
    written_as = [text or f"{number:g}" for text, number in zip(picked.text, best, strict=True)]
    part = part.assign(
        value=pd.Series(written_as, dtype=object).astype(str),
        distribution=[dist.NAMES[int(kind)] for kind in picked.kind],
        best_estimate=best,
        low=cells.quantiles(picked, LOW),
        high=cells.quantiles(picked, HIGH),
    )
    unwritten = picked.text == ""
    if (table.name, column) == ("zones", "loss"):
        part = _loss_sources(table, rows, part)
    elif unwritten.any():
        part.loc[unwritten, "basis"] = "assumption"
        part.loc[unwritten, "source"] = DEFAULT
    if (table.name, column) == ("lifetimes", "shape"):
        part = pd.concat([part, _default_shapes(table, used, column)], ignore_index=True)
    return part


def _frame(table: Table, rows: np.ndarray, column: str) -> pd.DataFrame:
    frame = table.frame.iloc[rows]
    texts = {
        name: frame[name].to_numpy(dtype=object) if name in frame else np.full(len(rows), "", dtype=object)
        for name in ("origin", "basis", "source", "licence", "pedigree")
    }
    names = list(table.values)
    return pd.DataFrame(
        {
            "table": table.name,
            # Arrow's texts, where this pandas has them: half the memory of as many Python objects.
            "row": pd.Series(_row_texts(table, rows)).astype(str),
            "column": column,
            **texts,
            "_at": rows,
            "_column": names.index(column),
        }
    )


def _row_texts(table: Table, rows: np.ndarray) -> np.ndarray:
    """Write the keys of rows as options do."""
    if table.name == "settings":
        return np.full(len(rows), SETTINGS_ROW, dtype=object)
    keys = TABLES[table.name].keys if table.name in TABLES else ("zone",)
    out = np.full(len(rows), "", dtype=object)
    for key in keys:
        cell = table.frame[key].iloc[rows].astype(str).to_numpy(dtype=object)
        there = (cell != "") & (cell != "-1")
        between = np.where((out != "") & there, ";", "")
        out = out + between + np.where(there, f"{key}=" + cell, "")
    return out


def _loss_sources(table: Table, rows: np.ndarray, part: pd.DataFrame) -> pd.DataFrame:
    """Give a loss that a row of the catalog left open the reference's source."""
    frame = table.frame.iloc[rows]
    borrowed = ((frame["loss_source"] != "") | (frame["loss_basis"] != "")).to_numpy(dtype=bool)
    for name in ("basis", "source", "licence"):
        part[name] = np.where(borrowed, frame[f"loss_{name}"].to_numpy(dtype=object), part[name])
    part["origin"] = np.where(borrowed, "reference", part["origin"])
    bare = ((part["basis"] == "assumption") & (part["source"] == "")).to_numpy(dtype=bool)
    part["source"] = np.where(bare, f"{DEFAULT}: no loss is known", part["source"])
    return part


def _default_shapes(table: Table, used: np.ndarray, column: str) -> pd.DataFrame:
    """List the shapes that lives have though nobody wrote one."""
    open_ = cells.empty(table.values[column]) & table.values["mean"].present()
    kind = table.frame["distribution"].to_numpy(dtype=object)
    rows = used[(open_ & (kind != "fixed"))[used]]
    shapes = np.array([DEFAULT_SHAPE[str(kind[row])] for row in rows], dtype=float)
    return _frame(table, rows, column).assign(
        value=pd.Series([f"{shape:g}" for shape in shapes], dtype=object).astype(str),
        distribution=dist.NAMES[dist.FIXED],
        best_estimate=shapes,
        low=shapes,
        high=shapes,
        basis="assumption",
        source=DEFAULT,
    )
