"""Distributions of a cell: quantile, distribution function and best estimate, vectorized over probability."""

import numpy as np
from scipy import special

ABSENT = -1
FIXED = 0  # value
NORMAL = 1  # mean, standard deviation
LOGNORMAL = 2  # median, sigma of the logarithm
UNIFORM = 3  # low, high
TRIANGULAR = 4  # low, mode, high
PERT = 5  # low, mode, high; Beta-PERT with lambda = 4
BETA = 6  # a, b, low, high
GAMMA = 7  # shape, scale
WEIBULL = 8  # shape, scale
DISCRETE = 9  # index of the pair (values, weights)
LOGIT_NORMAL = 10  # median, sigma of the log-odds, low, high

NAMES = {
    FIXED: "fixed", NORMAL: "normal", LOGNORMAL: "lognormal", UNIFORM: "uniform", TRIANGULAR: "triangular",
    PERT: "pert", BETA: "beta", GAMMA: "gamma", WEIBULL: "weibull", DISCRETE: "discrete",
    LOGIT_NORMAL: "logit-normal",
}  # fmt: skip

Z95 = special.ndtri(0.975)
"""The 97.5 % point of the standard normal: a 95 % half-width over the standard deviation."""

Points = tuple[np.ndarray, np.ndarray]


def pert_shapes(low: float, mode: float, high: float) -> tuple[float, float]:
    """Give the two shapes of the Beta-PERT distribution, lambda = 4."""
    return 1 + 4 * (mode - low) / (high - low), 1 + 4 * (high - mode) / (high - low)


def quantile(kind: int, params: np.ndarray, u: np.ndarray, points: Points | None = None) -> np.ndarray:
    """Invert a cell's distribution function, untruncated.

    Parameters
    ----------
    kind : int
        One of this module's kinds.
    params : ndarray (4,)
        Its parameters.
    u : ndarray
        Probabilities in (0, 1).
    points : (values, weights), optional
        Of a discrete distribution, values ascending, weights summing to 1.

    Returns
    -------
    ndarray, shaped as `u`.
    """
    a, b, c, d = (float(p) for p in params)
    if kind == FIXED:
        return np.full(np.shape(u), a)
    if kind == NORMAL:
        return a + b * special.ndtri(u)
    if kind == LOGNORMAL:
        return a * np.exp((b if a > 0 else -b) * special.ndtri(u))  # a negative median falls as its size grows
    if kind == UNIFORM:
        return a + (b - a) * u
    if kind == TRIANGULAR:
        return triangular_quantile(a, b, c, u)
    if kind == PERT:
        return a + (c - a) * special.betaincinv(*pert_shapes(a, b, c), u)
    if kind == BETA:
        return c + (d - c) * special.betaincinv(a, b, u)
    if kind == GAMMA:
        return b * special.gammaincinv(a, u)
    if kind == WEIBULL:
        return b * (-np.log1p(-u)) ** (1 / a)
    if kind == DISCRETE:
        assert points is not None
        values, weights = points
        edges = np.cumsum(weights)
        edges[-1] = 1.0
        return values[np.searchsorted(edges, u, side="left")]
    if kind == LOGIT_NORMAL:
        return c + (d - c) * special.expit(special.logit((a - c) / (d - c)) + b * special.ndtri(u))
    raise ValueError(f"no distribution of kind {kind}")


def triangular_quantile(
    a: float | np.ndarray, b: float | np.ndarray, c: float | np.ndarray, u: np.ndarray
) -> np.ndarray:
    """Invert triangular distributions from `a` over the mode `b` to `c`; shapes broadcast."""
    split = (b - a) / (c - a)
    rising = a + np.sqrt(u * ((c - a) * (b - a)))
    falling = c - np.sqrt((1 - u) * ((c - a) * (c - b)))
    return np.where(u < split, rising, falling)


def cumulative(kind: int, params: np.ndarray, x: float, points: Points | None = None) -> float:
    """Give the probability of a value of at most `x`."""
    a, b, c, d = (float(p) for p in params)
    if np.isinf(x):
        return 0.0 if x < 0 else 1.0
    if kind == FIXED:
        return float(x >= a)
    if kind == NORMAL:
        return float(special.ndtr((x - a) / b)) if b > 0 else float(x >= a)
    if kind == LOGNORMAL:
        if a < 0:
            return 1 - cumulative(LOGNORMAL, np.array([-a, b, c, d]), -x)
        return float(special.ndtr(np.log(x / a) / b)) if x > 0 else 0.0
    if kind == UNIFORM:
        return float(np.clip((x - a) / (b - a), 0, 1))
    if kind == TRIANGULAR:
        if x <= a or x >= c:
            return float(x >= c)
        # Quotients first: squares of what a catalog may say need not be numbers.
        if x < b:
            return float((x - a) / (c - a) * ((x - a) / (b - a)))
        return float(1 - (c - x) / (c - a) * ((c - x) / (c - b)))
    if kind == PERT:
        return float(special.betainc(*pert_shapes(a, b, c), np.clip((x - a) / (c - a), 0, 1)))
    if kind == BETA:
        return float(special.betainc(a, b, np.clip((x - c) / (d - c), 0, 1)))
    if kind == GAMMA:
        return float(special.gammainc(a, max(x, 0) / b))
    if kind == WEIBULL:
        with np.errstate(over="ignore"):
            return float(-np.expm1(-np.float_power(max(x, 0) / b, a)))
    if kind == DISCRETE:
        assert points is not None
        return float(points[1][points[0] <= x].sum())
    if kind == LOGIT_NORMAL:
        if x <= c or x >= d:
            return float(x >= d)
        return float(special.ndtr((special.logit((x - c) / (d - c)) - special.logit((a - c) / (d - c))) / b))
    raise ValueError(f"no distribution of kind {kind}")


def best_estimate(kind: int, params: np.ndarray, points: Points | None = None) -> float:
    """Give a cell's best estimate.

    A number is itself; of a normal the mean, of a lognormal the median, of a triangular or a PERT the mode, of
    any other the median.
    """
    a, b, *_ = (float(p) for p in params)
    if kind in (FIXED, NORMAL, LOGNORMAL, LOGIT_NORMAL):
        return a
    if kind in (TRIANGULAR, PERT):
        return b
    if kind == ABSENT:
        return float("nan")
    return float(quantile(kind, params, np.array(0.5), points))


def scaled(kind: int, params: np.ndarray, factor: float) -> np.ndarray:
    """Give the parameters of `factor` (> 0) times a value; the points of a discrete one are the caller's to scale."""
    out = np.array(params, dtype=float)
    if kind == LOGNORMAL:
        out[0] *= factor
    elif kind in (FIXED, NORMAL, UNIFORM, TRIANGULAR, PERT):
        out *= factor
    elif kind == BETA:
        out[2:] *= factor
    elif kind in (GAMMA, WEIBULL):
        out[1] *= factor
    elif kind == LOGIT_NORMAL:
        out[[0, 2, 3]] *= factor
    return out
