"""A plain number."""

import numpy as np

from usephase.sampling.distributions.record import Belief, Distribution, Points, belief


def number(value: float) -> Belief:
    """Make a plain number."""
    return belief(Fixed.code, value)


class Fixed(Distribution):
    """The value itself."""

    code, name, written = 0, "fixed", ()
    scaled, shifted, best = (0,), (0,), 0
    compiled = "number"

    def quantile(self, params: np.ndarray, u: np.ndarray, points: Points | None) -> np.ndarray:
        """Give the number."""
        return np.full(np.shape(u), float(params[0]))

    def cumulative(self, params: np.ndarray, x: float, points: Points | None) -> float:
        """Give a step."""
        return float(x >= params[0])

    def mean(self, params: np.ndarray, points: Points | None) -> float:
        """Give the number."""
        return float(params[0])

    def variance(self, params: np.ndarray, points: Points | None) -> float:
        """Give 0."""
        return 0.0

    def reach(self, params: np.ndarray) -> float:
        """Give nothing: it is its parameter."""
        return 0.0

    def quantiles(self, params: np.ndarray, low: float, high: float, u: float) -> np.ndarray:
        """Give the numbers."""
        return params[:, 0]
