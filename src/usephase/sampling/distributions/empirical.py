"""Measured values themselves: between the least and the largest, linear between ranks."""

import numpy as np

from usephase.sampling.distributions.discrete import listed
from usephase.sampling.distributions.fixed import number
from usephase.sampling.distributions.record import NODES, Belief, Distribution, Points, Written, belief, need, triangle

FORM = "empirical(v1, v2, …)"


def empirical(*values: float) -> Belief:
    """Make it of values in any order."""
    need(len(values) > 1, "one value has no distribution", "write two values or more, or the number alone")
    ranked = np.sort(np.array(values, dtype=float))
    if ranked[0] == ranked[-1]:
        return number(float(ranked[0]))
    return belief(Empirical.code, points=(ranked, np.full(len(ranked), 1 / len(ranked))))


class Empirical(Distribution):
    """Values, ascending; the quantile is that of ``numpy.quantile``."""

    code, name = 13, "empirical"
    written = (Written("empirical", FORM, None, empirical, None, None),)
    scaled, shifted, best = (), (), -1
    listed = True
    compiled = "table"

    def quantile(self, params: np.ndarray, u: np.ndarray, points: Points | None) -> np.ndarray:
        """Interpolate between ranks."""
        values = listed(points)[0]
        at = np.asarray(u) * (len(values) - 1)
        rank = np.minimum(at.astype(np.int64), len(values) - 2)
        return np.asarray(values[rank] + (at - rank) * (values[rank + 1] - values[rank]))

    def cumulative(self, params: np.ndarray, x: float, points: Points | None) -> float:
        """Interpolate the rank."""
        values = listed(points)[0]
        rank = int(np.searchsorted(values, x, side="right"))
        if rank in (0, len(values)):
            return float(rank > 0)
        below, above = values[rank - 1 : rank + 1]
        return float((rank - 1 + (x - below) / (above - below)) / (len(values) - 1))

    def mean(self, params: np.ndarray, points: Points | None) -> float:
        """Give the mean of the middles between neighbours, which is not the arithmetic one."""
        values = listed(points)[0]
        return float((values[1:] + values[:-1]).mean() / 2)

    def variance(self, params: np.ndarray, points: Points | None) -> float:
        """Give the mean over the pieces of (a² + a b + b²)/3, of distances from the mean."""
        away = listed(points)[0] - self.mean(params, points)
        a, b = away[:-1], away[1:]
        return float(((a * a + a * b + b * b) / 3).mean())

    def reach(self, params: np.ndarray) -> float:
        """Give nothing: its values show it."""
        return 0.0

    def within(self, params: np.ndarray, low: float, high: float, points: Points | None) -> list[str]:
        """Write the values, of which the caller has left those inside."""
        values = listed(points)[0]
        if not 1 < len(values) <= 12:
            return triangle("triangular", np.quantile(values, [0, 0.5, 1]), low, high) if len(values) else []
        return [f"empirical({', '.join(f'{v:.15g}' for v in values)})"]

    def nodes(
        self, params: np.ndarray, low: float, high: float, points: Points | None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Give every piece nodes of its own."""
        count = len(listed(points)[0])
        ends = np.clip((np.linspace(0, 1, count) - low) / (high - low), 0, 1)
        x, w = np.polynomial.legendre.leggauss(max(NODES // (count - 1), 3))
        left, width = ends[:-1, None], np.diff(ends)[:, None]
        return (left + width * (x + 1) / 2).ravel(), (width * w / 2).ravel()
