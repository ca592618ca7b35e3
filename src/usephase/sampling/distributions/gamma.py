"""The gamma distribution: shape, scale."""

import numpy as np
from scipy import special

from usephase.sampling.distributions.record import Belief, Points, Smooth, Written, belief, need


def gamma(shape: float, scale: float) -> Belief:
    """Make it of shape and scale."""
    need(shape > 0 and scale > 0, "shape or scale is not above 0", "write both above 0, such as `gamma(4, 3)`")
    return belief(Gamma.code, shape, scale)


class Gamma(Smooth):
    """Gamma: shape, scale."""

    code, name = 7, "gamma"
    written = (Written("gamma", "gamma(shape, scale)", (2,), gamma, (1,), ()),)
    scaled, shifted, best = (1,), (), -1

    def standard(self, params: np.ndarray) -> tuple[int, float, float, float, float]:
        """Give shape and scale."""
        return self.code, float(params[0]), 0.0, 0.0, float(params[1])

    def standard_quantile(self, first: float, second: float, z: np.ndarray) -> np.ndarray:
        """Invert the regularized incomplete gamma function."""
        tail = special.ndtr(-np.abs(z))
        return np.where(z <= 0, special.gammaincinv(first, tail), special.gammainccinv(first, tail))

    def standard_density(self, first: float, second: float, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Give ln x^(k − 1) e^(−x)/Γ(k), and its derivative."""
        return (first - 1) * np.log(x) - x - special.gammaln(first), (first - 1) / x - 1

    def size(self, first: float) -> float:
        """Give the mean."""
        return first

    def quantile(self, params: np.ndarray, u: np.ndarray, points: Points | None) -> np.ndarray:
        """Invert the regularized incomplete gamma function."""
        return np.asarray(float(params[1]) * special.gammaincinv(float(params[0]), u))

    def cumulative(self, params: np.ndarray, x: float, points: Points | None) -> float:
        """Give the regularized incomplete gamma function."""
        return float(special.gammainc(float(params[0]), max(x, 0) / float(params[1])))

    def mean(self, params: np.ndarray, points: Points | None) -> float:
        """Give shape · scale."""
        return float(params[0] * params[1])

    def variance(self, params: np.ndarray, points: Points | None) -> float:
        """Give shape · scale²."""
        return float(params[0] * params[1] ** 2)
