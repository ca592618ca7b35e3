"""Values with weights."""

import math

import numpy as np

from usephase.sampling.distributions.fixed import number
from usephase.sampling.distributions.record import Belief, Distribution, Points, Written, belief, need

FORM = "discrete(v1: w1, v2: w2, …)"


def discrete(*pairs: tuple[float, float]) -> Belief:
    """Make it of values, each with its weight."""
    weights: dict[float, float] = {}
    for value, weight in pairs:
        need(weight >= 0, f"the weight {weight:g} is negative", "write weights of 0 or more")
        weights[value] = weights.get(value, 0.0) + weight
    kept = sorted(value for value, weight in weights.items() if weight > 0)
    need(bool(kept), "all weights are 0", "write at least one weight above 0")
    if len(kept) == 1:
        return number(kept[0])
    share = np.array([weights[value] for value in kept])
    with np.errstate(over="ignore"):
        total = float(share.sum())
    need(math.isfinite(total), "the weights are too large", "write weights of ordinary size")
    return belief(Discrete.code, points=(np.array(kept), share / total))


def listed(points: Points | None) -> Points:
    """Give the values and weights of a distribution that has them."""
    assert points is not None
    return points


class Discrete(Distribution):
    """Listed values, ascending, with weights that sum to 1."""

    code, name = 9, "discrete"
    written = (Written("discrete", FORM, None, discrete, None, None, pairs=True),)
    scaled, shifted, best = (), (), -1
    listed = atoms = True
    compiled = "table"

    def quantile(self, params: np.ndarray, u: np.ndarray, points: Points | None) -> np.ndarray:
        """Give the first value up to which the weights sum to at least u."""
        values, weights = listed(points)
        edges = np.cumsum(weights)
        edges[-1] = 1.0
        return values[np.searchsorted(edges, u, side="left")]

    def cumulative(self, params: np.ndarray, x: float, points: Points | None) -> float:
        """Sum the weights up to x."""
        values, weights = listed(points)
        return float(weights[values <= x].sum())

    def mean(self, params: np.ndarray, points: Points | None) -> float:
        """Weigh the values."""
        values, weights = listed(points)
        return float(weights @ values)

    def variance(self, params: np.ndarray, points: Points | None) -> float:
        """Weigh the squares of the distances from the mean."""
        values, weights = listed(points)
        return float(weights @ (values - weights @ values) ** 2)

    def reach(self, params: np.ndarray) -> float:
        """Give nothing: its values show it."""
        return 0.0

    def within(self, params: np.ndarray, low: float, high: float, points: Points | None) -> list[str]:
        """Write the values, of which the caller has left those inside."""
        values, weights = listed(points)
        pairs = ", ".join(f"{v:g}: {w:.4g}" for v, w in zip(values, weights, strict=True))
        return [f"discrete({pairs})"] if 0 < len(values) <= 12 else []

    def nodes(
        self, params: np.ndarray, low: float, high: float, points: Points | None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Give every value its weight."""
        weights = listed(points)[1]
        return np.cumsum(weights) - weights / 2, weights
