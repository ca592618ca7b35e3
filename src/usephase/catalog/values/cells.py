"""Columns of uncertain values, taken apart, joined, and summarized by numbers, vectorized over rows."""

import numpy as np
import pandas as pd

from usephase.catalog.table import Values
from usephase.sampling import distributions as dist


def objects(column: "pd.Series[str]") -> np.ndarray:
    """Give a column of text as an array of objects, one for each distinct text. Shape (row,)."""
    codes, texts = pd.factorize(column)
    if (codes < 0).any():
        return column.to_numpy(dtype=object)
    return np.asarray(texts, dtype=object)[codes]


def take(values: Values, rows: np.ndarray) -> Values:
    """Pick rows of a column, in the order given."""
    return Values(values.kind[rows], values.params[rows], values.text[rows], values.low, values.high, values.points)


def join(first: Values, second: Values) -> Values:
    """Put the rows of `second` behind those of `first`; the range is that of `first`."""
    moved = second.params.copy()
    moved[listed(second.kind), 0] += len(first.points)
    return Values(
        np.concatenate([first.kind, second.kind]),
        np.concatenate([first.params, moved]),
        np.concatenate([first.text, second.text]),
        first.low,
        first.high,
        (*first.points, *second.points),
    )


def replace(values: Values, rows: np.ndarray, other: Values, other_rows: np.ndarray) -> Values:
    """Put the cells `other_rows` of another column into `rows` of this one."""
    count = len(values.kind)
    order = np.arange(count)
    order[rows] = count + np.asarray(other_rows)
    return take(join(values, other), order)


def absent(count: int, low: float, high: float) -> Values:
    """Make a column of empty cells."""
    return Values(
        np.full(count, dist.ABSENT, np.int8), np.zeros((count, dist.WIDTH)), np.full(count, "", dtype=object), low, high
    )


def fixed(numbers: np.ndarray, low: float, high: float) -> Values:
    """Make a column of plain numbers that nobody wrote (defaults)."""
    params = np.zeros((len(numbers), dist.WIDTH))
    params[:, 0] = numbers
    return Values(
        np.full(len(numbers), dist.FIXED, np.int8), params, np.full(len(numbers), "", dtype=object), low, high
    )


def listed(kind: np.ndarray) -> np.ndarray:
    """Tell which cells are distributions of listed values. Shape (row,)."""
    return np.isin(kind, [code for code, record in dist.RECORDS.items() if record.listed])


def points_of(values: Values, row: int) -> dist.Points | None:
    """Give the listed values and weights of a cell that has some, None for any other."""
    return values.points[int(values.params[row, 0])] if dist.is_listed(int(values.kind[row])) else None


def uncertain(values: Values) -> np.ndarray:
    """Tell which cells are neither empty nor a plain number. Shape (row,)."""
    return np.asarray((values.kind != dist.ABSENT) & (values.kind != dist.FIXED))


def correlatable(values: Values) -> np.ndarray:
    """Tell which cells are uncertain and may be correlated with others. Shape (row,)."""
    return uncertain(values) & (values.kind != dist.SAMPLE)


def empty(values: Values) -> np.ndarray:
    """Tell which cells were left empty (a refused cell is absent too, but has a text). Shape (row,)."""
    return np.asarray((values.kind == dist.ABSENT) & (values.text == ""))


def best_estimates(values: Values) -> np.ndarray:
    """Give every cell's best estimate, NaN where it is absent. Shape (row,)."""
    return dist.best_estimates(values.kind, values.params, lambda row: points_of(values, row))


def quantiles(values: Values, u: float) -> np.ndarray:
    """Give every cell's quantile after truncation to the column's range, NaN where it is absent.

    Parameters
    ----------
    values : Values
        The column.
    u : float
        A probability in (0, 1).

    Returns
    -------
    ndarray (row,)
    """
    out = np.full(len(values.kind), np.nan)
    for kind in np.unique(values.kind[values.kind != dist.ABSENT]).tolist():
        rows = np.flatnonzero(values.kind == kind)
        if dist.is_listed(kind):
            out[rows] = [_quantile(values, row, u) for row in rows.tolist()]
        else:
            out[rows] = dist.RECORDS[kind].quantiles(values.params[rows], values.low, values.high, u)
    return out


def _quantile(values: Values, row: int, u: float) -> float:
    kind, params, points = int(values.kind[row]), values.params[row], points_of(values, row)
    below, above = dist.truncation(kind, params, values.low, values.high, points)
    return dist.RECORDS[kind].percentile(params, below + u * (above - below), points)
