"""The beta distribution, and Beta-PERT: a beta that a mode describes."""

import numpy as np
from scipy import special

from usephase.sampling.distributions.fixed import number
from usephase.sampling.distributions.record import (
    Belief,
    Points,
    Smooth,
    Unfit,
    Written,
    belief,
    need,
    triangle,
)
from usephase.sampling.distributions.triangular import of_three


def pert(low: float, mode: float, high: float) -> Belief:
    """Make it of low, mode and high."""
    return of_three(Pert.code, "pert", low, mode, high)


def beta(a: float, b: float, low: float = 0.0, high: float = 1.0) -> Belief:
    """Make it of two shapes and its ends."""
    need(a > 0 and b > 0, "the shapes of a beta are not above 0", "write shapes above 0, such as `beta(2, 5)`")
    if low > high:
        again = (f"beta({a:g}, {b:g}, {high:g}, {low:g})", "")
        raise Unfit(f"low {low:g} is above high {high:g}", "write the low end first", again)
    return belief(Beta.code, a, b, low, high) if low < high else number(low)


class _Bounded(Smooth):
    """A beta distribution between two ends."""

    def standard_quantile(self, first: float, second: float, z: np.ndarray) -> np.ndarray:
        """Invert the regularized incomplete beta function on 0 … 1."""
        tail = special.ndtr(-np.abs(z))
        return np.where(z <= 0, special.betaincinv(first, second, tail), 1 - special.betaincinv(second, first, tail))

    def standard_density(self, first: float, second: float, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Give ln x^(a − 1) (1 − x)^(b − 1)/B(a, b), and its derivative."""
        log = special.xlogy(first - 1, x) + special.xlog1py(second - 1, -x) - special.betaln(first, second)
        return log, (first - 1) / x - (second - 1) / (1 - x)

    def size(self, first: float) -> float:
        """Give the range."""
        return 1.0

    def quantile(self, params: np.ndarray, u: np.ndarray, points: Points | None) -> np.ndarray:
        """Invert the regularized incomplete beta function."""
        _, a, b, low, width = self.standard(params)
        return np.asarray(low + width * special.betaincinv(a, b, u))

    def cumulative(self, params: np.ndarray, x: float, points: Points | None) -> float:
        """Give the regularized incomplete beta function."""
        _, a, b, low, width = self.standard(params)
        return float(special.betainc(a, b, np.clip((x - low) / width, 0, 1)))

    def mean(self, params: np.ndarray, points: Points | None) -> float:
        """Give low + width · a/(a + b)."""
        _, a, b, low, width = self.standard(params)
        return low + width * a / (a + b)

    def variance(self, params: np.ndarray, points: Points | None) -> float:
        """Give width² a b/((a + b)² (a + b + 1))."""
        _, a, b, _, width = self.standard(params)
        return width**2 * a * b / ((a + b) ** 2 * (a + b + 1))

    def reach(self, params: np.ndarray) -> float:
        """Give nothing: its parameters show it."""
        return 0.0


class Pert(_Bounded):
    """Beta-PERT: low, mode, high; λ = 4."""

    code, name = 5, "pert"
    written = (Written("pert", "pert(low, mode, high)", (3,), pert, (0, 1, 2), (0, 1, 2)),)
    scaled, shifted, best = (0, 1, 2), (0, 1, 2), 1

    def standard(self, params: np.ndarray) -> tuple[int, float, float, float, float]:
        """Give shapes 1 + 4 · (distance of the mode from an end)/width."""
        low, mode, high = (float(p) for p in params[:3])
        first, second = 1 + 4 * (mode - low) / (high - low), 1 + 4 * (high - mode) / (high - low)
        return Beta.code, first, second, low, high - low

    def inside(self, params: np.ndarray, low: float, high: float) -> bool:
        """Compare the ends."""
        return bool(params[0] >= low and params[2] <= high)

    def within(self, params: np.ndarray, low: float, high: float, points: Points | None) -> list[str]:
        """Clip all three."""
        return triangle(self.name, params, low, high)


class Beta(_Bounded):
    """Beta: two shapes, low, high."""

    code, name = 6, "beta"
    written = (
        Written(
            "beta", "beta(a, b) or beta(a, b, low, high)", (2, 4), beta, (2, 3), (2, 3), defaults=(0.0, 1.0),
        ),
    )  # fmt: skip
    scaled, shifted, best = (2, 3), (2, 3), -1

    def standard(self, params: np.ndarray) -> tuple[int, float, float, float, float]:
        """Give the parameters."""
        a, b, low, high = (float(p) for p in params[:4])
        return self.code, a, b, low, high - low
