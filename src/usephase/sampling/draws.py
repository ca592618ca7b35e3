"""From beliefs to numbers: every uncertain cell of a catalog, its stream, and its draws."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from usephase.sampling.dependence import correlated
from usephase.sampling.design import Design
from usephase.sampling.distributions import RECORDS, Points, cumulative, quantile


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
    params : ndarray (cell, WIDTH)
    low, high : ndarray (cell,)
        Probabilities of the untruncated distribution at the column's physical bounds.
    best : ndarray (cell,)
    points : mapping of int to Points
        Of the cells of listed values.
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


def quadrature(cells: Cells, cell: int) -> tuple[np.ndarray, np.ndarray]:
    """Give uniforms at which to evaluate a cell, and their weights: a mean over it as a sum over few of its values."""
    record = RECORDS[int(cells.kind[cell])]
    low, high = float(cells.low[cell]), float(cells.high[cell])
    return record.nodes(cells.params[cell], low, high, cells.points.get(cell))


class Law(NamedTuple):
    """Hold what a cell is drawn from: `factor` · X + `addend`, X between two probabilities of its distribution."""

    kind: int
    params: np.ndarray
    low: float = 0.0
    high: float = 1.0
    points: Points | None = None
    factor: float = 1.0
    addend: float = 0.0

    def probability(self, x: float) -> float:
        """Give the probability of a value of at most `x`, before truncation."""
        at = (x - self.addend) / self.factor
        return float(np.clip(cumulative(self.kind, self.params, at, self.points), self.low, self.high))

    def quantile(self, u: float) -> float:
        """Invert it."""
        return self.factor * float(quantile(self.kind, self.params, np.array(u), self.points)) + self.addend

    def lowest(self) -> float:
        """Give the least value, or one that less than 1e-15 lies below."""
        return self.quantile(0.0 if RECORDS[self.kind].atoms else max(self.low, 1e-15))

    def below(self, x: float, edge: float) -> float:
        """Draw again what lies at `x`, on or above an edge, from what is below it: by its place among what is cut."""
        at = self.probability(np.nextafter(edge, -np.inf))
        place = (self._middle(x) - at) / (self.high - at) if at < self.high else 0.5
        return self.quantile(self.low + place * (at - self.low))

    def above(self, x: float, edge: float) -> float:
        """Draw again what lies at `x`, on or below an edge, from what is above it."""
        at = self.probability(edge)
        place = (self._middle(x) - self.low) / (at - self.low) if at > self.low else 0.5
        return self.quantile(at + place * (self.high - at))

    def _middle(self, x: float) -> float:
        return 0.5 * (self.probability(x) + self.probability(np.nextafter(x, -np.inf)))


def law(cells: Cells, cell: int) -> Law:
    """Give what a cell is drawn from."""
    low, high = float(cells.low[cell]), float(cells.high[cell])
    return Law(int(cells.kind[cell]), cells.params[cell], low, high, cells.points.get(cell))


def draw(cells: Cells, design: Design, cell: int, start: int, stop: int) -> np.ndarray:
    """Draw one cell. Shape (draw,)."""
    return values_at(cells, cell, uniforms(cells, design, cell, start, stop))
