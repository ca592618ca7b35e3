"""The keys of rows as text, the way `options` and every answer name a row."""

import numpy as np
import pandas as pd

from usephase.catalog.options.changes import SETTINGS_ROW
from usephase.catalog.schema import schema_of
from usephase.catalog.table import Table


def key_columns(table: str) -> tuple[str, ...]:
    """Name the key columns of a table, reference_grid included."""
    return schema_of(table).keys


def row_texts(table: Table, rows: np.ndarray | None = None) -> np.ndarray:
    """Write the key of every row, or of `rows`, as in `options`: ``product=DRILL;mode=drilling``.

    Shape (row,) of str.
    """
    frame = table.frame if rows is None else table.frame.iloc[rows]
    if table.name == "settings":
        return np.full(len(frame), SETTINGS_ROW, dtype=object)
    columns, open_ = [], False
    for name in key_columns(table.name):
        codes, values = pd.factorize(frame[name])  # each distinct text is made once
        empty = -1 if frame[name].dtype.kind == "i" else ""
        distinct = ["" if value == empty else f"{name}={value}" for value in values]
        open_ |= "" in distinct
        columns.append(np.array(distinct, dtype=object)[codes])
    parts = zip(*columns, strict=True)
    return np.array([*map(";".join, (filter(None, part) for part in parts) if open_ else parts)], dtype=object)
