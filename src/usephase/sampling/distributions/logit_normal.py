"""Normal odds: what a pedigree makes of a number in a column that is bounded on both sides."""

import numpy as np
from scipy import special

from usephase.sampling.distributions.record import Distribution, Points

_Z = np.linspace(-9.0, 9.0, 3601)
_WEIGHT = np.exp(-(_Z**2) / 2) / np.exp(-(_Z**2) / 2).sum()
"""The trapezoidal rule on normal scores: a smooth function's mean to rounding."""


class LogitNormal(Distribution):
    """Median, standard deviation of the logarithm of the odds, low, high."""

    code, name, written = 10, "logit-normal", ()
    scaled, shifted, best = (0, 2, 3), (0, 2, 3), 0
    compiled = "formula"

    def quantile(self, params: np.ndarray, u: np.ndarray, points: Points | None) -> np.ndarray:
        """Give the value of which the odds are those of the median times exp(σ Φ⁻¹(u))."""
        return self._at(params, special.ndtri(u))

    def _at(self, params: np.ndarray, z: np.ndarray) -> np.ndarray:
        a, b, c, d = (float(p) for p in params[:4])
        return np.asarray(c + (d - c) * special.expit(special.logit((a - c) / (d - c)) + b * z))

    def cumulative(self, params: np.ndarray, x: float, points: Points | None) -> float:
        """Give Φ of the distance of the odds' logarithms over σ."""
        a, b, c, d = (float(p) for p in params[:4])
        if x <= c or x >= d:
            return float(x >= d)
        return float(special.ndtr((special.logit((x - c) / (d - c)) - special.logit((a - c) / (d - c))) / b))

    def mean(self, params: np.ndarray, points: Points | None) -> float:
        """Integrate over the normal score."""
        return float(_WEIGHT @ self._at(params, _Z))

    def variance(self, params: np.ndarray, points: Points | None) -> float:
        """Integrate over the normal score."""
        x = self._at(params, _Z)
        return float(_WEIGHT @ (x - _WEIGHT @ x) ** 2)

    def reach(self, params: np.ndarray) -> float:
        """Give nothing: its parameters show it."""
        return 0.0
