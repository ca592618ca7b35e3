"""Columns of uncertain values, taken apart, joined, and summarized by numbers, vectorized over rows."""

import numpy as np
import pandas as pd
from scipy import special

from usephase.catalog.table import Values
from usephase.sampling import distributions as dist

_FIRST = (dist.FIXED, dist.NORMAL, dist.LOGNORMAL, dist.LOGIT_NORMAL)
_SECOND = (dist.TRIANGULAR, dist.PERT)


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
    moved[second.kind == dist.DISCRETE, 0] += len(first.points)
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
        np.full(count, dist.ABSENT, np.int8), np.zeros((count, 4)), np.full(count, "", dtype=object), low, high
    )


def fixed(numbers: np.ndarray, low: float, high: float) -> Values:
    """Make a column of plain numbers that nobody wrote (defaults)."""
    params = np.zeros((len(numbers), 4))
    params[:, 0] = numbers
    return Values(
        np.full(len(numbers), dist.FIXED, np.int8), params, np.full(len(numbers), "", dtype=object), low, high
    )


def points_of(values: Values, row: int) -> dist.Points | None:
    """Give the values and weights of a discrete cell, None for any other."""
    return values.points[int(values.params[row, 0])] if values.kind[row] == dist.DISCRETE else None


def uncertain(values: Values) -> np.ndarray:
    """Tell which cells are neither empty nor a plain number. Shape (row,)."""
    return np.asarray((values.kind != dist.ABSENT) & (values.kind != dist.FIXED))


def empty(values: Values) -> np.ndarray:
    """Tell which cells were left empty (a refused cell is absent too, but has a text). Shape (row,)."""
    return np.asarray((values.kind == dist.ABSENT) & (values.text == ""))


def best_estimates(values: Values) -> np.ndarray:
    """Give every cell's best estimate, NaN where it is absent. Shape (row,)."""
    out = np.full(len(values.kind), np.nan)
    first = np.isin(values.kind, _FIRST)
    out[first] = values.params[first, 0]
    second = np.isin(values.kind, _SECOND)
    out[second] = values.params[second, 1]
    for row in np.flatnonzero(~first & ~second & (values.kind != dist.ABSENT)):
        out[row] = dist.best_estimate(int(values.kind[row]), values.params[row], points_of(values, int(row)))
    return out


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
    for kind in np.unique(values.kind):
        rows = np.flatnonzero(values.kind == kind)
        if kind == dist.FIXED:
            out[rows] = values.params[rows, 0]
        elif kind in (dist.NORMAL, dist.LOGNORMAL):
            out[rows] = _normal_quantiles(values, rows, u, logarithmic=kind == dist.LOGNORMAL)
        elif kind == dist.TRIANGULAR:
            out[rows] = _triangular_quantiles(values, rows, u)
        elif kind != dist.ABSENT:
            # The same distribution is often written in many cells; each is inverted once.
            _, first, again = np.unique(values.params[rows], axis=0, return_index=True, return_inverse=True)
            distinct = np.array([_quantile(values, int(row), u) for row in rows[first]])
            out[rows] = distinct[again.reshape(-1)]
    return out


def _normal_quantiles(values: Values, rows: np.ndarray, u: float, *, logarithmic: bool) -> np.ndarray:
    """Invert truncated normals, or lognormals on the logarithm of the cell over its median."""
    centre, sd = values.params[rows, 0], values.params[rows, 1]
    bounds = np.broadcast_to(np.array([[values.low], [values.high]]), (2, len(rows)))
    with np.errstate(divide="ignore", invalid="ignore"):
        if logarithmic:
            ratio = np.sort(bounds / centre, axis=0)  # a negative median turns the range round
            edges = np.log(np.maximum(ratio, 0)) / sd
        else:
            edges = (bounds - centre) / sd
    below, above = special.ndtr(edges)
    sign = np.where(centre < 0, -1, 1) if logarithmic else 1
    z = special.ndtri(below + np.where(sign < 0, 1 - u, u) * (above - below))
    flat = np.where(sd > 0, z * sd, 0.0)
    return np.asarray(centre * np.exp(flat) if logarithmic else centre + flat)


def _triangular_quantiles(values: Values, rows: np.ndarray, u: float) -> np.ndarray:
    """Invert truncated triangles; few reach beyond the column's range."""
    params = values.params[rows]
    least, mode, most = params[:, :3].T
    below, above = np.zeros(len(rows)), np.ones(len(rows))
    for share, bound, cut in ((below, values.low, values.low > least), (above, values.high, values.high < most)):
        for i in np.flatnonzero(cut).tolist():
            share[i] = dist.cumulative(dist.TRIANGULAR, params[i], bound)
    return dist.triangular_quantile(least, mode, most, below + u * (above - below))


def _quantile(values: Values, row: int, u: float) -> float:
    kind, params, points = int(values.kind[row]), values.params[row], points_of(values, row)
    below = dist.cumulative(kind, params, values.low, points) if kind != dist.DISCRETE else 0.0
    above = dist.cumulative(kind, params, values.high, points)
    return float(dist.quantile(kind, params, np.array(below + u * (above - below)), points))
