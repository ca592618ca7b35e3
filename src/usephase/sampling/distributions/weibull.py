"""The Weibull distribution of a cell: shape, scale."""

import numpy as np
from scipy import special

from usephase.sampling.distributions.record import Belief, Distribution, Points, Written, belief, need


def weibull(shape: float, scale: float) -> Belief:
    """Make it of shape and scale."""
    need(shape > 0 and scale > 0, "shape or scale is not above 0", "write both above 0, such as `weibull(2, 12)`")
    return belief(Weibull.code, shape, scale)


class Weibull(Distribution):
    """Weibull: shape, scale."""

    code, name = 8, "weibull"
    written = (Written("weibull", "weibull(shape, scale)", (2,), weibull, (1,), ()),)
    scaled, shifted, best = (1,), (), -1
    compiled = "formula"

    def quantile(self, params: np.ndarray, u: np.ndarray, points: Points | None) -> np.ndarray:
        """Give scale · (−ln(1 − u))^(1/shape)."""
        return np.asarray(float(params[1]) * (-np.log1p(-u)) ** (1 / float(params[0])))

    def cumulative(self, params: np.ndarray, x: float, points: Points | None) -> float:
        """Give 1 − exp(−(x/scale)^shape)."""
        with np.errstate(over="ignore"):
            return float(-np.expm1(-np.float_power(max(x, 0) / float(params[1]), float(params[0]))))

    def mean(self, params: np.ndarray, points: Points | None) -> float:
        """Give scale · Γ(1 + 1/shape)."""
        return float(params[1] * special.gamma(1 + 1 / params[0]))

    def variance(self, params: np.ndarray, points: Points | None) -> float:
        """Give scale² (Γ(1 + 2/shape) − Γ(1 + 1/shape)²)."""
        return float(params[1] ** 2 * (special.gamma(1 + 2 / params[0]) - special.gamma(1 + 1 / params[0]) ** 2))
