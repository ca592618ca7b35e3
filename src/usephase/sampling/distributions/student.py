"""Student's t: what few measurements say of a mean."""

import math

import numpy as np
from scipy import special

from usephase.sampling.distributions.fixed import number
from usephase.sampling.distributions.record import Belief, Distribution, Points, Written, belief, need

_W = np.linspace(-40.0, 40.0, 801)
"""Nodes of the trapezoidal rule on arsinh t: tails fall off exponentially there."""


def student(mean: float, scale: float, df: float) -> Belief:
    """Make it of mean, scale (s/√n) and degrees of freedom (n − 1)."""
    need(scale >= 0, f"the scale {scale:g} is negative", "write 0 or more: s/√n")
    fix = "fewer than 4 measurements need a judged width: `normal(mean, sd)` or a triangular"
    need(df > 2, f"with {df:g} degrees of freedom it has no standard deviation", fix)
    return belief(Student.code, mean, scale, df) if scale > 0 else number(mean)


class Student(Distribution):
    """Student t: mean, scale, degrees of freedom."""

    code, name = 11, "student"
    written = (Written("student", "student(mean, scale, df)", (3,), student, (0, 1), (0,)),)
    scaled, shifted, best = (0, 1), (0,), 0
    compiled = "given"

    def quantile(self, params: np.ndarray, u: np.ndarray, points: Points | None) -> np.ndarray:
        """Give mean + scale · t(u), from the nearer end."""
        u = np.asarray(u)
        t = special.stdtrit(float(params[2]), np.minimum(u, 1 - u))
        return np.asarray(float(params[0]) + float(params[1]) * np.where(u <= 0.5, t, -t))

    def cumulative(self, params: np.ndarray, x: float, points: Points | None) -> float:
        """Give the distribution function of t = (x − mean)/scale."""
        return float(special.stdtr(float(params[2]), (x - float(params[0])) / float(params[1])))

    def mean(self, params: np.ndarray, points: Points | None) -> float:
        """Give the mean."""
        return float(params[0])

    def variance(self, params: np.ndarray, points: Points | None) -> float:
        """Give scale² df/(df − 2)."""
        return float(params[1] ** 2 * params[2] / (params[2] - 2))

    def nodes(
        self, params: np.ndarray, low: float, high: float, points: Points | None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Follow the tails, which a normal score does not."""
        df = float(params[2])
        t = np.sinh(_W)
        log = special.gammaln((df + 1) / 2) - special.gammaln(df / 2) - math.log(df * math.pi) / 2
        weight = np.exp(log - (df + 1) / 2 * np.log1p(t * t / df)) * np.cosh(_W)
        kept = weight > 1e-18 * weight.max()
        return np.clip(special.stdtr(df, t[kept]), 1e-16, 1 - 2e-16), weight[kept] / weight[kept].sum()
