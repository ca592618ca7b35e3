"""Survival of sold units: the life distributions, years in service and retirements.

Every distribution is described by its mean and a shape; `served` is the exact integral of its survival function.
Symbols as in the guide's page "model".
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from scipy import special

Array = np.ndarray
Value = np.ndarray | float
Timing = Literal["start_of_year", "mid_year"]

LAST_YEAR = 150
"""The sum over ages ends here at the latest; what is left of the life is in the last year."""
NEGLIGIBLE = 1e-9
"""… and earlier, once less than this share of the mean life is left."""

DEFAULT_SHAPE = {
    "fixed": 1.0, "weibull": 2.0, "lognormal": 0.4, "gamma": 4.0, "normal": 0.25, "loglogistic": 3.0, "table": 1.0,
}  # fmt: skip
LEAST_SHAPE = {"loglogistic": 1.0}
"""The shape above which a life has a mean, where not every one has."""


def fixed_survival(t: float, mean: Array, shape: Array) -> Array:
    """Give the share of units alive after age `t` when all last exactly `mean`."""
    return np.where(t < mean, 1.0, 0.0)


def fixed_served(t: float, mean: Array, shape: Array) -> Array:
    """Integrate `fixed_survival` from 0 to `t`."""
    return np.minimum(t, mean)


def weibull_survival(t: float, mean: Array, shape: Array) -> Array:
    """Give exp(−(t/λ)^k), λ = mean/Γ(1 + 1/k)."""
    return np.exp(-np.power(t * special.gamma(1 + 1 / shape) / mean, shape))


def weibull_served(t: float, mean: Array, shape: Array) -> Array:
    """Integrate `weibull_survival` from 0 to `t`: mean · P(1/k, (t/λ)^k), P the regularized incomplete Γ."""
    return mean * special.gammainc(1 / shape, np.power(t * special.gamma(1 + 1 / shape) / mean, shape))


def lognormal_survival(t: float, mean: Array, shape: Array) -> Array:
    """Give Φ((μ − ln t)/σ), σ = shape, μ = ln mean − σ²/2."""
    if t <= 0:
        return np.ones(np.broadcast_shapes(np.shape(mean), np.shape(shape)))
    return special.ndtr((np.log(mean) - shape * shape / 2 - np.log(t)) / shape)


def lognormal_served(t: float, mean: Array, shape: Array) -> Array:
    """Integrate `lognormal_survival` from 0 to `t`: t S(t) + mean · Φ((ln t − μ − σ²)/σ)."""
    if t <= 0:
        return np.zeros(np.broadcast_shapes(np.shape(mean), np.shape(shape)))
    score = (np.log(t) - np.log(mean) - shape * shape / 2) / shape
    return t * special.ndtr(-score - shape) + mean * special.ndtr(score)


def gamma_survival(t: float, mean: Array, shape: Array) -> Array:
    """Give Q(k, t/θ), θ = mean/k, Q the upper regularized incomplete gamma function."""
    return special.gammaincc(shape, t * shape / mean)


def gamma_served(t: float, mean: Array, shape: Array) -> Array:
    """Integrate `gamma_survival` from 0 to `t`: t Q(k, t/θ) + mean · P(k + 1, t/θ)."""
    x = t * shape / mean
    return t * special.gammaincc(shape, x) + mean * special.gammainc(shape + 1, x)


def _rescaled_normal(t: float, mean: Array, shape: Array) -> tuple[Array, Array, Array]:
    """Give the age in units of the untruncated normal's sd, the probability kept, and the rescaling.

    The normal with coefficient of variation `shape`, cut at 0, has the mean `mean`·(1 + shape φ/Φ); stretching the
    age by the inverse of that brings the mean back.
    """
    kept = special.ndtr(1 / shape)
    density = np.exp(-0.5 / (shape * shape)) / np.sqrt(2 * np.pi)
    stretch = 1 / (1 + shape * density / kept)
    return (t / (stretch * mean) - 1) / shape, kept, stretch


def normal_survival(t: float, mean: Array, shape: Array) -> Array:
    """Give the survival of a normal of coefficient of variation `shape`, cut at 0 and rescaled to its mean."""
    score, kept, _ = _rescaled_normal(t, mean, shape)
    return special.ndtr(-score) / kept


def normal_served(t: float, mean: Array, shape: Array) -> Array:
    """Integrate `normal_survival` from 0 to `t`; ∫Φ(−z)dz = zΦ(−z) − φ(z)."""
    score, kept, stretch = _rescaled_normal(t, mean, shape)
    start = -1 / shape

    def primitive(z: Array) -> Array:
        return z * special.ndtr(-z) - np.exp(-0.5 * z * z) / np.sqrt(2 * np.pi)

    return stretch * mean * shape * (primitive(score) - primitive(start)) / kept


def _log_odds(t: float, mean: Array, shape: Array) -> Array:
    """Give ln((t/α)^β), β = shape, α = mean sin(π/β)/(π/β)."""
    with np.errstate(divide="ignore"):
        return np.asarray(shape * (np.log(t) - np.log(mean * np.sinc(1 / shape))))


def loglogistic_survival(t: float, mean: Array, shape: Array) -> Array:
    """Give 1/(1 + (t/α)^β)."""
    return np.asarray(special.expit(-_log_odds(t, mean, shape)))


def loglogistic_served(t: float, mean: Array, shape: Array) -> Array:
    """Integrate `loglogistic_survival` from 0 to `t`: mean · I_y(1/β, 1 − 1/β), y = 1 − S(t), I the incomplete beta."""
    odds, a = _log_odds(t, mean, shape), 1 / shape
    left = mean * special.betainc(1 - a, a, special.expit(-odds))  # from the nearer end: digits of 1 − y are lost
    return np.where(odds < 0, mean * special.betainc(a, 1 - a, special.expit(odds)), mean - left)


Curve = Callable[[Any, Any, Any], Array]
CURVES: dict[str, tuple[Curve, Curve]] = {
    "fixed": (fixed_survival, fixed_served),
    "weibull": (weibull_survival, weibull_served),
    "lognormal": (lognormal_survival, lognormal_served),
    "gamma": (gamma_survival, gamma_served),
    "normal": (normal_survival, normal_served),
    "loglogistic": (loglogistic_survival, loglogistic_served),
}
"""Survival and its integral of each distribution with a formula; that of `table` stands in its points."""


@dataclass(frozen=True, slots=True, eq=False)
class Points:
    """A survival curve given by points, linear between them.

    Attributes
    ----------
    age : ndarray (point,)
        Ascending from 0, in any unit.
    share : ndarray (point,)
        Surviving: 1 at first, never rising, 0 at last.
    """

    age: Array
    share: Array

    @property
    def whole(self) -> bool:
        """Tell whether the points are a survival curve."""
        ends = self.age[0] == 0.0 and self.share[0] == 1.0 and self.share[-1] == 0.0
        return bool(ends and len(self.age) > 1 and (np.diff(self.share) <= 0).all())

    @property
    def mean(self) -> float:
        """The mean life of the curve as given. [unit of the ages]"""
        return float(self._areas()[-1])

    @property
    def median(self) -> float:
        """The first age that half of the units do not pass. [unit of the ages]"""
        after = int(np.argmax(self.share <= 0.5))
        (a, b), (high, low) = self.age[after - 1 : after + 1], self.share[after - 1 : after + 1]
        return float(a + (b - a) * (high - 0.5) / (high - low))

    def _areas(self) -> Array:
        parts = np.diff(self.age) * (self.share[1:] + self.share[:-1]) / 2
        return np.concatenate([[0.0], np.cumsum(parts)])

    def survival(self, t: float, mean: Array, shape: Array) -> Array:
        """Give the share of units alive after age `t`, the ages stretched so that the mean life is `mean`."""
        return np.interp(np.asarray(t * self.mean / mean), self.age, self.share)

    def served(self, t: float, mean: Array, shape: Array) -> Array:
        """Integrate `survival` from 0 to `t`."""
        x = np.minimum(np.asarray(t * self.mean / mean), self.age[-1])
        at = np.clip(np.searchsorted(self.age, x, side="right") - 1, 0, len(self.age) - 2)
        last = (x - self.age[at]) * (self.share[at] + np.interp(x, self.age, self.share)) / 2
        return np.asarray((self._areas()[at] + last) * mean / self.mean)


def survival_curves(frame: pd.DataFrame) -> dict[tuple[str, int], Points]:
    """Give the curve of every life in a table `survival`, by the life and the sale year from which it holds."""
    out = {}
    for _, rows in frame.sort_values("age").groupby(["lifetime", "from_year"], observed=True):
        key = str(rows["lifetime"].iloc[0]), int(rows["from_year"].iloc[0])
        out[key] = Points(rows["age"].to_numpy(dtype=float), rows["share"].to_numpy(dtype=float))
    return out


def curve_of(distribution: str, points: Points | None) -> tuple[Curve, Curve]:
    """Give survival and its integral of a life."""
    return CURVES[distribution] if points is None else (points.survival, points.served)


def weibull_from_quantiles(t50: Value, t90: Value) -> tuple[Value, Value]:
    """Give mean and shape of the Weibull life of which 50 % are gone at `t50` and 90 % at `t90`."""
    shape = np.log(np.log(10) / np.log(2)) / np.log(t90 / t50)
    scale = t50 / np.power(np.log(2), 1 / shape)
    return scale * special.gamma(1 + 1 / shape), shape


def mean_of_median(distribution: str, median: Value, shape: Value, points: Points | None = None) -> Value:
    """Give the mean of the life that half of the units reach.

    Notes
    -----
    Weibull: λ = median/(ln 2)^(1/k), mean = λ Γ(1 + 1/k); lognormal: median · exp(σ²/2); gamma: median · k/Q⁻¹(k, ½);
    normal, cut at 0 and rescaled: the untruncated score of the median is −Φ⁻¹(Φ(1/shape)/2); log-logistic: the median
    is α; fixed: the median itself; table: in the ratio of its own two.
    """
    if points is not None:
        return median * (points.mean / points.median)
    if distribution == "weibull":
        return median / np.power(np.log(2), 1 / shape) * special.gamma(1 + 1 / shape)
    if distribution == "lognormal":
        return median * np.exp(shape * shape / 2)
    if distribution == "gamma":
        return median * shape / special.gammainccinv(shape, 0.5)
    if distribution == "loglogistic":
        return np.asarray(median / np.sinc(1 / shape))
    if distribution == "normal":
        _, kept, stretch = _rescaled_normal(0.0, np.asarray(1.0), np.asarray(shape))
        return np.asarray(median / (stretch * (1 - shape * special.ndtri(kept / 2))))
    return median


def mean_and_shape(
    distribution: str,
    *,
    mean: Value | None = None,
    scale: Value | None = None,
    median: Value | None = None,
    t50: Value | None = None,
    t90: Value | None = None,
    shape: Value | None = None,
    points: Points | None = None,
) -> tuple[Value, Value]:
    """Give mean and shape of a life, whatever it is described by.

    Parameters
    ----------
    distribution : str
        A key of `DEFAULT_SHAPE`.
    mean, scale, median, t50, t90 : ndarray (draw,), scalar or None
        The mean life; the characteristic life of a Weibull life; the age that half of the units reach; or the ages at
        which 50 % and 90 % of a Weibull life are gone. Exactly one description is given. [unit of the life]
    shape : ndarray (draw,), scalar or None
        None: the distribution's default.
    points : Points, optional
        Of a `table`: without another description its mean is its own.

    Returns
    -------
    mean, shape : ndarray (draw,) or scalar
    """
    if t50 is not None and t90 is not None:
        return weibull_from_quantiles(t50, t90)
    form = DEFAULT_SHAPE[distribution] if shape is None else shape
    if scale is not None:
        return scale * special.gamma(1 + 1 / form), form
    if median is not None:
        return mean_of_median(distribution, median, form, points), form
    if mean is None:
        assert points is not None
        return points.mean, form
    return mean, form


def edges(timing: Timing) -> Array:
    """Give the ages at which the calendar years of a unit's life end. Shape (LAST_YEAR,). [yr]"""
    ends = np.arange(1.0, LAST_YEAR + 1.0)
    return ends - 0.5 if timing == "mid_year" else ends


def mean_life(served: Curve, mean: Array, shape: Array, max_years: Array | None) -> Array:
    """Give the mean life after scrapping at `max_years`, of the integral of a survival. [yr]"""
    if max_years is None:
        return mean
    return np.minimum(served_by(served, max_years, mean, shape), mean)


def served_by(served: Curve, t: Array, mean: Array, shape: Array) -> Array:
    """Evaluate an integral curve at an age a draw; every curve is one in t/mean."""
    return np.asarray(t * served(1.0, mean / t, shape))


def years_in_service(
    distribution: str, mean: Value, shape: Value, max_years: Value | None, timing: Timing,
    points: Points | None = None,
) -> tuple[Array, Array, Array]:  # fmt: skip
    """Split a unit's life over calendar years.

    Parameters
    ----------
    distribution : str
        A key of `DEFAULT_SHAPE`.
    mean, shape : ndarray (draw,) or scalar
        Mean life before scrapping [yr] and shape.
    max_years : ndarray (draw,), scalar or None
        Age at which a unit is scrapped whatever its wear. [yr]
    timing : str
        ``start_of_year``: year k is age k … k + 1; ``mid_year``: sold in the middle of year 0.
    points : Points, optional
        Of a `table`.

    Returns
    -------
    service : ndarray (year, draw)
        Years in service a unit sold; sums to the mean life. [yr]
    retired : ndarray (year, draw)
        Share retired; sums to 1.
    life : ndarray (draw,)
        Mean life. [yr]

    Notes
    -----
    service_k = ∫ S(t) dt and retired_k = S(start) − S(end) over the ages of calendar year k, exactly. The sum ends,
    draw by draw, when less than `NEGLIGIBLE` of the mean life is left, or at `LAST_YEAR`; what is left is put in the
    last year.
    """
    survival, served = curve_of(distribution, points)
    means, shapes = np.broadcast_arrays(np.atleast_1d(mean), np.atleast_1d(shape))
    limit: Array | None = None
    if max_years is not None:
        means, shapes, limit = np.broadcast_arrays(means, shapes, np.atleast_1d(max_years))
    life = mean_life(served, means, shapes, limit)
    service, retired = [], []
    served_before, alive_before = np.zeros_like(life), np.ones_like(life)
    going = np.arange(len(life))  # draws whose life has not ended yet
    for k, t in enumerate(edges(timing)):
        total, alive = life.copy(), np.zeros_like(life)
        now, lasts = np.minimum(served(t, means[going], shapes[going]), life[going]), life[going]
        on = lasts - now >= NEGLIGIBLE * lasts
        if limit is not None:
            on &= t < limit[going]
        if k == LAST_YEAR - 1:
            on[:] = False
        going = going[on]
        total[going] = now[on]
        alive[going] = survival(t, means[going], shapes[going])
        service.append(total - served_before)
        retired.append(alive_before - alive)
        if not going.size:
            break
        served_before, alive_before = total, alive
    return np.stack(service), np.stack(retired), life
