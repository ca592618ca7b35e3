"""The triangular distribution: low, mode, high."""

import numpy as np

from usephase.sampling.distributions.fixed import number
from usephase.sampling.distributions.record import NODES, Belief, Distribution, Points, Unfit, Written, belief, triangle


def of_three(kind: int, name: str, low: float, mode: float, high: float) -> Belief:
    """Make a distribution of low, mode and high."""
    a, b, c = sorted((low, mode, high))
    if not low <= mode <= high:
        again = (f"{name}({a:g}, {b:g}, {c:g})", "if that is what is meant")
        raise Unfit(f"{name} takes low, mode, high in ascending order", "write them so", again)
    return belief(kind, low, mode, high) if low < high else number(low)


def triangular(low: float, mode: float, high: float) -> Belief:
    """Make it of low, mode and high."""
    return of_three(Triangular.code, "triangular", low, mode, high)


class Triangular(Distribution):
    """Triangular: low, mode, high."""

    code, name = 4, "triangular"
    written = (Written("triangular", "triangular(low, mode, high)", (3,), triangular, (0, 1, 2), (0, 1, 2)),)
    scaled, shifted, best = (0, 1, 2), (0, 1, 2), 1
    compiled = "formula"

    def quantile(self, params: np.ndarray, u: np.ndarray, points: Points | None) -> np.ndarray:
        """Give a root on either side of the mode."""
        return _quantile(float(params[0]), float(params[1]), float(params[2]), u)

    def cumulative(self, params: np.ndarray, x: float, points: Points | None) -> float:
        """Give the area of a triangle."""
        a, b, c = (float(p) for p in params[:3])
        if x <= a or x >= c:
            return float(x >= c)
        # Quotients first: squares of what a catalog may say need not be numbers.
        if x < b:
            return float((x - a) / (c - a) * ((x - a) / (b - a)))
        return float(1 - (c - x) / (c - a) * ((c - x) / (c - b)))

    def mean(self, params: np.ndarray, points: Points | None) -> float:
        """Give the third of the sum."""
        return float(params[:3].sum()) / 3

    def variance(self, params: np.ndarray, points: Points | None) -> float:
        """Give ((mode − low)² + (high − mode)² + (high − low)²)/36."""
        a, b, c = (float(p) for p in params[:3])
        return ((b - a) ** 2 + (c - b) ** 2 + (c - a) ** 2) / 36

    def inside(self, params: np.ndarray, low: float, high: float) -> bool:
        """Compare the ends."""
        return bool(params[0] >= low and params[2] <= high)

    def reach(self, params: np.ndarray) -> float:
        """Give nothing: its parameters show it."""
        return 0.0

    def within(self, params: np.ndarray, low: float, high: float, points: Points | None) -> list[str]:
        """Clip all three."""
        return triangle(self.name, params, low, high)

    def cumulatives(self, params: np.ndarray, x: float) -> np.ndarray:
        """Few reach beyond a bound: only those are asked one by one."""
        a, c = params[:, 0], params[:, 2]
        out = (x >= c).astype(float)
        cut = (x > a) & (x < c)
        if cut.any():
            out[cut] = super().cumulatives(params[cut], x)
        return out

    def quantiles(self, params: np.ndarray, low: float, high: float, u: float) -> np.ndarray:
        """Invert truncated triangles."""
        least, mode, most = params[:, :3].T
        below = np.where(low > least, self.cumulatives(params, low), 0.0) if np.isfinite(low) else np.zeros(len(params))
        above = (
            np.where(high < most, self.cumulatives(params, high), 1.0) if np.isfinite(high) else np.ones(len(params))
        )
        return _quantile(least, mode, most, below + u * (above - below))

    def nodes(
        self, params: np.ndarray, low: float, high: float, points: Points | None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Give each side, which is a root, nodes of its own."""
        least, mode, most = (float(p) for p in params[:3])
        rise = np.clip(((mode - least) / (most - least) - low) / (high - low), 0, 1)
        x, w = np.polynomial.legendre.leggauss(NODES // 2)
        x, w = (x + 1) / 2, w * x / 2 + w / 2  # of x² on (0, 1)
        return np.concatenate([rise * x**2, 1 - (1 - rise) * x**2]), np.concatenate([rise * w, (1 - rise) * w])


def _quantile(a: float | np.ndarray, b: float | np.ndarray, c: float | np.ndarray, u: np.ndarray) -> np.ndarray:
    split = (b - a) / (c - a)
    rising = a + np.sqrt(u * ((c - a) * (b - a)))
    falling = c - np.sqrt((1 - u) * ((c - a) * (c - b)))
    return np.where(u < split, rising, falling)
