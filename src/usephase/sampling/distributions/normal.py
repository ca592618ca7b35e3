"""The normal distribution: mean, standard deviation."""

import math

import numpy as np
from scipy import special

from usephase.sampling.distributions.fixed import number
from usephase.sampling.distributions.record import Z95, Belief, Distribution, Points, Written, belief, need


def normal(mean: float, sd: float) -> Belief:
    """Make it of mean and standard deviation."""
    need(sd >= 0, f"the standard deviation {sd:g} is negative", "write 0 or more")
    return belief(Normal.code, mean, sd) if sd > 0 else number(mean)


def mean_of(mean: float, variance: float, count: float = math.inf) -> Belief:
    """Make the mean of all users of the moments of how they differ: known exactly, or from a sample of so many."""
    finite = math.isfinite(mean) and math.isfinite(variance)
    need(finite, "it has no finite variance", "narrow it, or write the mean itself with its doubt")
    need(count >= 1, f"a sample of {count:g} has no mean", "write how many were measured, 1 or more")
    return normal(mean, math.sqrt(variance / count))


def around(mean: float, half: float) -> Belief:
    """Make it of the mean and the half-width of the 95 % interval: ``12.5 ± 3``."""
    return normal(mean, half / float(Z95))


class Normal(Distribution):
    """Normal: mean, standard deviation."""

    code, name = 1, "normal"
    written = (
        Written("normal", "normal(mean, sd)", (2,), normal, (0, 1), (0,)),
        Written("mean_of", "mean_of(DIST) or mean_of(DIST, n)", (1, 2), mean_of, (0,), (0,), inner=True),
    )
    scaled, shifted, best = (0, 1), (0,), 0
    compiled = "formula"

    def quantile(self, params: np.ndarray, u: np.ndarray, points: Points | None) -> np.ndarray:
        """Give mean + sd · Φ⁻¹(u)."""
        return np.asarray(float(params[0]) + float(params[1]) * special.ndtri(u))

    def cumulative(self, params: np.ndarray, x: float, points: Points | None) -> float:
        """Give Φ((x − mean)/sd)."""
        a, b = float(params[0]), float(params[1])
        return float(special.ndtr((x - a) / b)) if b > 0 else float(x >= a)

    def mean(self, params: np.ndarray, points: Points | None) -> float:
        """Give the mean."""
        return float(params[0])

    def variance(self, params: np.ndarray, points: Points | None) -> float:
        """Give sd²."""
        return float(params[1]) ** 2

    def inside(self, params: np.ndarray, low: float, high: float) -> bool:
        """Six standard deviations leave 1e-9."""
        return bool(params[0] - 6 * params[1] >= low and params[0] + 6 * params[1] <= high)

    def reach(self, params: np.ndarray) -> float:
        """Give nothing: its parameters show it."""
        return 0.0

    def within(self, params: np.ndarray, low: float, high: float, points: Points | None) -> list[str]:
        """Keep mean and standard deviation: as a lognormal above 0, as a beta between two bounds."""
        mean, sd = float(params[0]), float(params[1])
        out = []
        if low == 0 and math.isinf(high) and mean > 0:
            spread = math.log1p(sd / mean * (sd / mean))
            if math.isfinite(spread):
                out.append(f"lognormal({mean / math.exp(spread / 2):.4g}, {math.exp(math.sqrt(spread)):.4g})")
        elif math.isfinite(low) and math.isfinite(high) and low < mean < high:
            out += _beta(mean, sd, low, high)
        return out + super().within(params, low, high, points)

    def cumulatives(self, params: np.ndarray, x: float) -> np.ndarray:
        """Give Φ of the scores."""
        a, b = params[:, 0], params[:, 1]
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(b > 0, special.ndtr((x - a) / b), (x >= a).astype(float))

    def quantiles(self, params: np.ndarray, low: float, high: float, u: float) -> np.ndarray:
        """Invert truncated normals."""
        centre, sd = params[:, 0], params[:, 1]
        bounds = np.broadcast_to(np.array([[low], [high]]), (2, len(params)))
        with np.errstate(divide="ignore", invalid="ignore"):
            below, above = special.ndtr((bounds - centre) / sd)
        z = special.ndtri(below + u * (above - below))
        return np.asarray(centre + np.where(sd > 0, z * sd, 0.0))


def _beta(mean: float, sd: float, low: float, high: float) -> list[str]:
    """Match mean and variance; nothing where the density would pile up at a bound (a shape below 1)."""
    centre, spread = (mean - low) / (high - low), sd / (high - low)
    variance = spread * spread
    if not 0 < variance < math.inf:
        return []
    total = centre * (1 - centre) / variance - 1
    if min(centre, 1 - centre) * total < 1:
        return []
    ends = "" if (low, high) == (0, 1) else f", {low:g}, {high:g}"
    return [f"beta({centre * total:.4g}, {(1 - centre) * total:.4g}{ends})"]
