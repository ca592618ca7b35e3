"""Merging: the catalog's own rows and the reference rows that answer beside them, in one table."""

from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd

from usephase.catalog.schema import TABLES
from usephase.catalog.table import Table, Values
from usephase.catalog.values import cells

_OWN = {"origin": "catalog", "basis": "", "licence": ""}
"""The marks of the catalog's rows."""
_LOSS_MARKS = ("loss_source", "loss_basis", "loss_licence")


@cache
def _one_text(text: str) -> pd.CategoricalDtype:
    return pd.CategoricalDtype(pd.Index([text]))


def marked(table: Table) -> Table:
    """Mark every row as the catalog's."""
    # Categories of one text: written out in every row, the marks would take as much as all other texts together.
    codes = np.zeros(len(table), dtype=np.int8)
    marks = {
        name: pd.Categorical.from_codes(codes, dtype=_one_text(text), validate=False) for name, text in _OWN.items()
    }
    # Put together at once: each column that is added to a frame costs as much as reading a small table.
    return replace(table, frame=pd.DataFrame({**table.frame, **marks}, index=table.frame.index, copy=False))


def merged(own: Table, other: Table, rows: np.ndarray) -> tuple[Table, np.ndarray, np.ndarray]:
    """Put reference rows beside the catalog's.

    Parameters
    ----------
    own : Table
        The catalog's.
    other : Table
        The reference's.
    rows : ndarray of int
        Those of its rows that are used.

    Returns
    -------
    table : Table
        Sorted by key, marked.
    own_position, other_position : ndarray of int
        Where the rows of both went; -1 for a reference row that is not used.
    """
    own_position, other_position = np.arange(len(own)), np.full(len(other), -1)
    if len(rows) == 0:
        return marked(own), own_position, other_position
    ours = own.frame.assign(**_OWN)
    extra = other.frame.iloc[rows].assign(origin="reference").reindex(columns=list(ours.columns)).fillna("")
    frame = pd.concat([ours, extra], ignore_index=True) if len(own) else extra.reset_index(drop=True)
    order = frame.sort_values(list(_keys(own.name)), kind="stable").index.to_numpy()
    values = {
        name: cells.take(cells.join(column, cells.take(_column(other, name), rows)), order)
        for name, column in own.values.items()
    }
    line = np.concatenate([own.line, np.full(len(rows), -1)])[order]
    position = np.empty(len(order), dtype=np.intp)
    position[order] = np.arange(len(order))
    own_position, other_position[rows] = position[: len(own)], position[len(own) :]
    table = replace(own, frame=frame.iloc[order].reset_index(drop=True), values=values, line=line)
    return table, own_position, other_position


def joined(table: Table, new: Table) -> Table:
    """Put new rows into a table, in the order of the keys."""
    extra = new.frame.reindex(columns=list(table.frame.columns), fill_value="")
    frame = pd.concat([table.frame, extra], ignore_index=True) if len(table) else extra.astype(table.frame.dtypes)
    order = frame.sort_values(list(TABLES[table.name].keys), kind="stable").index.to_numpy()
    return replace(
        table,
        frame=frame.iloc[order].reset_index(drop=True),
        values={name: cells.take(cells.join(v, new.values[name]), order) for name, v in table.values.items()},
        line=np.concatenate([table.line, new.line])[order],
    )


def _keys(name: str) -> tuple[str, ...]:
    return TABLES[name].keys if name in TABLES else ("zone",)


def _column(table: Table, name: str) -> Values:
    """Give a column, or its defaults where a reference table does not have it."""
    return table.values[name] if name in table.values else defaults(table.name, name, len(table))


def defaults(table: str, name: str, count: int) -> Values:
    """Make `count` cells of a column that nobody filled."""
    column = TABLES[table].column(name)
    if column.default is None:
        return cells.absent(count, column.low, column.high)
    return cells.fixed(np.full(count, float(column.default)), column.low, column.high)


def merged_zones(own: Table, other: Table, used: list[str]) -> Table:
    """Give every zone used a row, and every row a loss.

    Notes
    -----
    A row of the catalog without a loss takes the reference's for a zone of that name, and says so in
    ``loss_source``, ``loss_basis`` and ``loss_licence``. A loss that nobody knows is 0, with the basis ``assumption``.
    """
    named = set(own.frame["zone"])
    unknown = sorted(set(used) - named - set(other.frame["zone"]))
    bare = pd.DataFrame({"zone": unknown, "basis": "assumption"})
    known = replace(
        other,
        frame=pd.concat([other.frame, bare], ignore_index=True).fillna("") if unknown else other.frame,
        values={
            name: cells.join(_column(other, name), defaults("zones", name, len(unknown)))
            for name in TABLES["zones"].value_columns
        },
    )
    row_of = {zone: row for row, zone in enumerate(known.frame["zone"])}
    rows = np.array([row_of[zone] for zone in used if zone not in named], dtype=np.intp)
    table = merged(own, known, rows)[0]

    loss = table.values["loss"]
    open_rows = np.flatnonzero(cells.empty(loss))
    answer = [row_of.get(zone, -1) for zone in table.frame["zone"].iloc[open_rows]]
    marks = {name: [""] * len(table) for name in _LOSS_MARKS}
    for row, source in zip(open_rows, answer, strict=True):
        for name in _LOSS_MARKS:
            column = name.removeprefix("loss_")
            if source >= 0 and column in known.frame:
                marks[name][row] = str(known.frame[column].iloc[source])
        if source < 0 or known.values["loss"].kind[source] < 0:
            marks["loss_basis"][row] = "assumption"
    found = np.array([source >= 0 for source in answer], dtype=bool)
    loss = cells.replace(loss, open_rows[found], known.values["loss"], np.array(answer, dtype=np.intp)[found])
    still = np.flatnonzero(cells.empty(loss))
    loss = cells.replace(loss, still, cells.fixed(np.zeros(len(still)), loss.low, loss.high), np.arange(len(still)))
    return replace(table, frame=table.frame.assign(**marks), values={**table.values, "loss": loss})
