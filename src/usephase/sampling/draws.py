"""From beliefs to numbers: every uncertain cell of a catalog, its stream, and its draws."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

import numpy as np

from usephase.sampling.dependence import correlated, score
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
        Of the cells that have something in common with others the stream of that, and their correlation.
    samples : mapping of str to str
        Names of joint samples by the group of their cells.
    common : mapping of str to int
        Cells that are themselves a common error, by their stream; what a group of `correlations` has in common is no
        unknown of its own.
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
    common: Mapping[str, int] = field(default_factory=dict)
    samples: Mapping[str, str] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.name)

    def unknowns(self, cell: int) -> frozenset[int]:
        """Give what a cell's draws depend on: itself, and the common error that it has a part in."""
        shared = self.common.get(self.factor[cell][0]) if cell in self.factor else None
        return frozenset((cell,)) if shared is None else frozenset((cell, shared))

    @cached_property
    def partners(self) -> Mapping[int, tuple[int, ...]]:
        """Give the cells that have a part in each common error."""
        out: dict[int, list[int]] = {cell: [] for cell in self.common.values()}
        for cell, (stream, _) in self.factor.items():
            if stream in self.common:
                out[self.common[stream]].append(cell)
        return {shared: tuple(cells) for shared, cells in out.items()}


def uniforms(
    cells: Cells, design: Design, cell: int, start: int, stop: int, scores: dict[str, np.ndarray] | None = None
) -> np.ndarray:
    """Give a cell's uniforms before truncation, correlation included. Shape (draw,).

    `scores` keeps the normal scores of what cells have in common, by stream, for the range of draws.
    """
    own = own_uniforms(cells, design, cell, start, stop)
    if cell not in cells.factor:
        return own
    stream, correlation = cells.factor[cell]
    kept = {} if scores is None else scores
    if stream not in kept:
        kept[stream] = score(design.uniforms(stream, 0, start, stop))
    return correlated(own, kept[stream], correlation)


def own_uniforms(cells: Cells, design: Design, cell: int, start: int, stop: int) -> np.ndarray:
    """Give the uniforms of what a cell does not have in common with others. Shape (draw,)."""
    return design.uniforms(cells.group[cell], int(cells.dimension[cell]), start, stop)


def uniforms_given(cells: Cells, cell: int, u: Mapping[int, np.ndarray]) -> np.ndarray | None:
    """Give a cell's uniforms where those of some unknowns are given and the others in their middle.

    None if it depends on none of them.
    """
    own = u.get(cell)
    shared = cells.common.get(cells.factor[cell][0]) if cell in cells.factor else None
    if shared is None or (own is None and shared not in u):
        return own
    middle = np.array(0.5)
    return correlated(middle if own is None else own, score(u.get(shared, middle)), cells.factor[cell][1])


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


def draw(
    cells: Cells, design: Design, cell: int, start: int, stop: int, scores: dict[str, np.ndarray] | None = None
) -> np.ndarray:
    """Draw one cell; `scores` as in `uniforms`. Shape (draw,)."""
    return values_at(cells, cell, uniforms(cells, design, cell, start, stop, scores))
