"""From beliefs to numbers: every uncertain cell of a catalog, its stream, and its draws."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from usephase.sampling.dependence import correlated
from usephase.sampling.design import Design
from usephase.sampling.distributions import DISCRETE, Points, best_estimate, cumulative, quantile


@dataclass(frozen=True)
class Cells:
    """Hold the uncertain cells of a catalog, ordered by group, table, row and column.

    Attributes
    ----------
    name : sequence of (table, row, column)
        The cell's address as its user writes it.
    group : tuple of str
        The group whose point set the cell is a dimension of.
    dimension : ndarray of int (cell,)
    kind : ndarray of int (cell,)
    params : ndarray (cell, 4)
    low, high : ndarray (cell,)
        Probabilities of the untruncated distribution at the column's physical bounds.
    best : ndarray (cell,)
    points : mapping of int to Points
        Of the discrete cells.
    factor : mapping of int to (str, float)
        Correlation group and correlation of the cells that have one.
    """

    name: Sequence[tuple[str, str, str]]
    group: tuple[str, ...]
    dimension: np.ndarray
    kind: np.ndarray
    params: np.ndarray
    low: np.ndarray
    high: np.ndarray
    best: np.ndarray
    points: Mapping[int, Points]
    factor: Mapping[int, tuple[str, float]]

    def __len__(self) -> int:
        return len(self.name)


def truncation(kind: int, params: np.ndarray, low: float, high: float, points: Points | None) -> tuple[float, float]:
    """Give the probabilities at the bounds between which a cell is drawn."""
    below = cumulative(kind, params, low, points) if np.isfinite(low) and kind != DISCRETE else 0.0
    above = cumulative(kind, params, high, points) if np.isfinite(high) and kind != DISCRETE else 1.0
    return below, above


def uniforms(cells: Cells, design: Design, cell: int, start: int, stop: int) -> np.ndarray:
    """Give a cell's uniforms before truncation, correlation included. Shape (draw,)."""
    own = design.uniforms(cells.group[cell], int(cells.dimension[cell]), start, stop)
    if cell not in cells.factor:
        return own
    group, correlation = cells.factor[cell]
    return correlated(own, design.uniforms(f"correlations:{group}", 0, start, stop), correlation)


def values_at(cells: Cells, cell: int, u: np.ndarray) -> np.ndarray:
    """Turn a cell's uniforms into its values, truncated to the physical range. Shaped as `u`."""
    low, high = float(cells.low[cell]), float(cells.high[cell])
    if low > 0 or high < 1:
        u = low + u * (high - low)
    return quantile(int(cells.kind[cell]), cells.params[cell], u, cells.points.get(cell))


def draw(cells: Cells, design: Design, cell: int, start: int, stop: int) -> np.ndarray:
    """Draw one cell. Shape (draw,)."""
    return values_at(cells, cell, uniforms(cells, design, cell, start, stop))


def best_estimates(kind: np.ndarray, params: np.ndarray, points: Mapping[int, Points]) -> np.ndarray:
    """Give the best estimate of each cell. Shape (cell,)."""
    return np.array(
        [best_estimate(int(k), p, points.get(i)) for i, (k, p) in enumerate(zip(kind, params, strict=True))]
    )
