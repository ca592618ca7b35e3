"""The uniform distribution: low, high."""

import numpy as np

from usephase.sampling.distributions.fixed import number
from usephase.sampling.distributions.record import Belief, Distribution, Points, Unfit, Written, belief


def uniform(low: float, high: float) -> Belief:
    """Make it of its ends."""
    if low > high:
        what = f"low {low:g} is above high {high:g}"
        raise Unfit(what, "write the low end first", (f"uniform({high:g}, {low:g})", ""))
    return belief(Uniform.code, low, high) if low < high else number(low)


class Uniform(Distribution):
    """Uniform: low, high."""

    code, name = 3, "uniform"
    written = (Written("uniform", "uniform(low, high)", (2,), uniform, (0, 1), (0, 1)),)
    scaled, shifted, best = (0, 1), (0, 1), -1
    compiled = "formula"

    def quantile(self, params: np.ndarray, u: np.ndarray, points: Points | None) -> np.ndarray:
        """Give low + (high − low) u."""
        a, b = float(params[0]), float(params[1])
        return np.asarray(a + (b - a) * u)

    def cumulative(self, params: np.ndarray, x: float, points: Points | None) -> float:
        """Give (x − low)/(high − low)."""
        a, b = float(params[0]), float(params[1])
        return float(np.clip((x - a) / (b - a), 0, 1))

    def mean(self, params: np.ndarray, points: Points | None) -> float:
        """Give the middle."""
        return float(params[0] + params[1]) / 2

    def variance(self, params: np.ndarray, points: Points | None) -> float:
        """Give (high − low)²/12."""
        return float(params[1] - params[0]) ** 2 / 12

    def reach(self, params: np.ndarray) -> float:
        """Give nothing: its parameters show it."""
        return 0.0

    def within(self, params: np.ndarray, low: float, high: float, points: Points | None) -> list[str]:
        """Clip the ends."""
        a, b = (min(max(float(p), low), high) for p in params[:2])
        return [f"uniform({a:.4g}, {b:.4g})"] if a < b else super().within(params, low, high, points)
