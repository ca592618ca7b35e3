"""The lognormal distribution: median, standard deviation of the logarithm."""

import math

import numpy as np
from scipy import special

from usephase.sampling.distributions.fixed import number
from usephase.sampling.distributions.record import Z95, Belief, Distribution, Points, Unfit, Written, belief, need

WIDEST = 1000.0
"""No geometric standard deviation is meant to be larger: 95 % of the values then lie within a factor of 750,000."""


def lognormal(median: float, gsd: float) -> Belief:
    """Make it of median and geometric standard deviation."""
    need(median != 0, "the median of a lognormal is 0", "write a median that is not 0, or the number `0` alone")
    need(gsd >= 1, f"the geometric standard deviation {gsd:g} is below 1", "write 1 or more, such as 1.2")
    return belief(Lognormal.code, median, math.log(gsd)) if gsd > 1 else number(median)


def times(median: float, factor: float) -> Belief:
    """Make it of the median and the factor of the 95 % interval: ``12.5 */ 1.4``."""
    return belief(Lognormal.code, median, math.log(factor) / float(Z95))


class Lognormal(Distribution):
    """Lognormal: median, σ of the logarithm; a negative median falls as its size grows."""

    code, name = 2, "lognormal"
    written = (Written("lognormal", "lognormal(median, gsd)", (2,), lognormal, (0,), ()),)
    scaled, shifted, best = (0,), (), 0
    compiled = "formula"

    def quantile(self, params: np.ndarray, u: np.ndarray, points: Points | None) -> np.ndarray:
        """Give median · exp(σ Φ⁻¹(u))."""
        a, b = float(params[0]), float(params[1])
        return np.asarray(a * np.exp((b if a > 0 else -b) * special.ndtri(u)))

    def cumulative(self, params: np.ndarray, x: float, points: Points | None) -> float:
        """Give Φ(ln(x/median)/σ)."""
        a, b = float(params[0]), float(params[1])
        if a < 0:
            return 1 - self.cumulative(np.array([-a, b]), -x, None)
        return float(special.ndtr(np.log(x / a) / b)) if x > 0 else 0.0

    def mean(self, params: np.ndarray, points: Points | None) -> float:
        """Give median · exp(σ²/2)."""
        return float(params[0] * np.exp(params[1] ** 2 / 2))

    def variance(self, params: np.ndarray, points: Points | None) -> float:
        """Give mean² (exp(σ²) − 1)."""
        return float(self.mean(params, None) ** 2 * np.expm1(params[1] ** 2))

    def inside(self, params: np.ndarray, low: float, high: float) -> bool:
        """A positive one stays above 0."""
        return bool(params[0] > 0 >= low and high == math.inf)

    def bound(self, params: tuple[float, ...], low: float, high: float) -> tuple[float, ...]:
        """Refuse what is wider than anything that can be meant."""
        if params[1] > math.log(WIDEST):
            gsd = f"{math.exp(params[1]):.3g}" if params[1] < math.log(1e300) else "more than 1e300"
            what = f"a geometric standard deviation of {gsd} is wider than anything that can be meant"
            raise Unfit(what, f"write one of at most {WIDEST:g}")
        return params

    def reach(self, params: np.ndarray) -> float:
        """Give the 99.9 % point: 3.0902 standard deviations up."""
        return abs(float(params[0])) * math.exp(min(3.0902 * float(params[1]), 700.0))

    def cumulatives(self, params: np.ndarray, x: float) -> np.ndarray:
        """Spare those that a bound at or below 0 leaves whole."""
        out = np.zeros(len(params))
        rest = (params[:, 0] <= 0) | (x > 0)
        if rest.any():
            out[rest] = super().cumulatives(params[rest], x)
        return out

    def quantiles(self, params: np.ndarray, low: float, high: float, u: float) -> np.ndarray:
        """Invert truncated normals of the logarithm of the cell over its median."""
        centre, sd = params[:, 0], params[:, 1]
        bounds = np.broadcast_to(np.array([[low], [high]]), (2, len(params)))
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = np.sort(bounds / centre, axis=0)  # a negative median turns the range round
            below, above = special.ndtr(np.log(np.maximum(ratio, 0)) / sd)
        z = special.ndtri(below + np.where(centre < 0, 1 - u, u) * (above - below))
        return np.asarray(centre * np.exp(np.where(sd > 0, z * sd, 0.0)))
