"""Families of lives: a scale and a shape each, as the catalog's lifetimes have them.

Each is written by its logarithms of density and survival at z = age / scale, from scipy's special functions: those of
`scipy.stats` check and copy their arguments, which took four fifths of a fit.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import special

Curve = Callable[[Any, Any], Any]


@dataclass(frozen=True)
class Family:
    """Hold a family of life distributions.

    Attributes
    ----------
    name : str
        As in `lifetimes`.
    log_density, log_survival : callable of (z, shape)
        At the age over the scale.
    unit_quantile : callable of (share, shape)
        The age over the scale at which a share has failed.
    unit_mean : callable of shape
        The mean over the scale.
    least, most : float
        Shapes that are considered; the data rarely bound them where failures are few.
    """

    name: str
    log_density: Curve
    log_survival: Curve
    unit_quantile: Curve
    unit_mean: Callable[[Any], Any]
    least: float
    most: float

    def mean(self, scale: Any, shape: Any) -> Any:
        """Give the mean life."""
        return scale * self.unit_mean(shape)

    def survival(self, age: Any, scale: Any, shape: Any) -> Any:
        """Give the share alive after an age."""
        with np.errstate(divide="ignore", over="ignore"):
            return np.exp(self.log_survival(np.asarray(age) / scale, shape))

    def quantile(self, share: Any, scale: Any, shape: Any) -> Any:
        """Give the age at which a share has failed."""
        return scale * self.unit_quantile(share, shape)


_HALF_LOG_2PI = float(np.log(2 * np.pi) / 2)


def _loglogistic_mean(shape: Any) -> Any:
    angle = np.pi / np.asarray(shape)
    return angle / np.sin(angle)


FAMILIES = {
    family.name: family
    for family in (
        Family(
            "weibull", lambda z, k: np.log(k) + (k - 1) * np.log(z) - z**k, lambda z, k: -(z**k),
            lambda p, k: (-np.log1p(-p)) ** (1 / k), lambda k: special.gamma(1 + 1 / np.asarray(k)), 0.15, 50.0,
        ),
        Family(
            "lognormal", lambda z, s: -((np.log(z) / s) ** 2) / 2 - np.log(z * s) - _HALF_LOG_2PI,
            lambda z, s: special.log_ndtr(-np.log(z) / s), lambda p, s: np.exp(s * special.ndtri(p)),
            lambda s: np.exp(np.asarray(s) ** 2 / 2), 0.02, 4.0,
        ),
        Family(
            "loglogistic", lambda z, b: np.log(b) + (b - 1) * np.log(z) - 2 * np.log1p(z**b),
            lambda z, b: -np.log1p(z**b), lambda p, b: (p / (1 - p)) ** (1 / b), _loglogistic_mean, 1.02, 50.0,
        ),
        Family(
            "gamma", lambda z, k: (k - 1) * np.log(z) - z - special.gammaln(k),
            lambda z, k: np.log(special.gammaincc(k, z)), lambda p, k: special.gammaincinv(k, p),
            lambda k: np.asarray(k) * 1.0, 0.05, 2000.0,
        ),
    )
}  # fmt: skip
"""By name. A log-logistic life has a mean only where its shape exceeds 1."""
