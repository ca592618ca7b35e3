"""Quantiles without a short formula as piecewise polynomials of the normal score.

As a function of z = Φ⁻¹(u) the quantile of a beta or gamma distribution is smooth up to far into its tails. Between
nodes it is the polynomial of degree five that meets value, slope and curvature at both; with x' = φ(z)/f(x), f the
density, and s = f'/f, the curvature is x'' = −x' (z + s x'). The error at the middle of every piece is checked.
"""

from functools import lru_cache

import numpy as np
from scipy import special

from usephase.sampling.distributions import BETA, GAMMA, PERT, pert_shapes

PIECES = 192
REACH = 6.4
"""Normal scores covered on either side: the quasi design reaches 2⁻³³, which is −6.24."""
TOLERANCE = 1e-11
"""Largest error, as a share of the distribution's range or mean."""
DEGREE = 5


def standard_form(kind: int, params: np.ndarray) -> tuple[int, float, float, float, float]:
    """Give the family (`BETA` or `GAMMA`), its two shapes, the location and the scale of a cell."""
    a, b, c, d = (float(p) for p in params)
    if kind == PERT:
        first, second = pert_shapes(a, b, c)
        return BETA, first, second, a, c - a
    if kind == BETA:
        return BETA, a, b, c, d - c
    if kind == GAMMA:
        return GAMMA, a, 0.0, 0.0, b
    raise ValueError(f"a distribution of kind {kind} has a formula")


@lru_cache(maxsize=4096)
def pieces(family: int, first: float, second: float) -> np.ndarray | None:
    """Give the polynomials of a standard beta or gamma quantile.

    Parameters
    ----------
    family : int
        `BETA` on 0 … 1 with shapes `first` and `second`, or `GAMMA` with shape `first` and scale 1.

    Returns
    -------
    ndarray (piece, coefficient), lowest power first, of t = 0 … 1 across the piece; None if they are not close enough.
    """
    z = np.linspace(-REACH, REACH, 2 * PIECES + 1)
    x = standard_quantile(family, first, second, z)
    nodes, at = z[::2], x[::2]
    with np.errstate(all="ignore"):
        log_density, score = _density(family, first, second, at)
        slope = np.exp(-0.5 * nodes * nodes - log_density) / np.sqrt(2 * np.pi)
        curve = -slope * (nodes + score * slope)
    h = nodes[1] - nodes[0]
    y0, y1 = at[:-1], at[1:]
    d0, d1 = h * slope[:-1], h * slope[1:]
    c0, c1 = h * h * curve[:-1], h * h * curve[1:]
    rise = y1 - y0
    out = np.stack(
        [
            y0,
            d0,
            c0 / 2,
            10 * rise - 6 * d0 - 4 * d1 - 1.5 * c0 + 0.5 * c1,
            -15 * rise + 8 * d0 + 7 * d1 + 1.5 * c0 - c1,
            6 * rise - 3 * d0 - 3 * d1 - 0.5 * c0 + 0.5 * c1,
        ],
        axis=1,
    )
    middle = out @ 0.5 ** np.arange(DEGREE + 1)
    size = 1.0 if family == BETA else first
    if not (np.isfinite(out).all() and np.abs(middle - x[1::2]).max() <= TOLERANCE * size):
        return None
    return out


def standard_quantile(family: int, first: float, second: float, z: np.ndarray) -> np.ndarray:
    """Give the quantile at normal scores, from the nearer end, so that probabilities near 1 lose no digits."""
    tail = special.ndtr(-np.abs(z))
    if family == GAMMA:
        return np.where(z <= 0, special.gammaincinv(first, tail), special.gammainccinv(first, tail))
    return np.where(z <= 0, special.betaincinv(first, second, tail), 1 - special.betaincinv(second, first, tail))


def _density(family: int, first: float, second: float, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Give the logarithm of the density, and its derivative."""
    if family == GAMMA:
        return (first - 1) * np.log(x) - x - special.gammaln(first), (first - 1) / x - 1
    log = special.xlogy(first - 1, x) + special.xlog1py(second - 1, -x) - special.betaln(first, second)
    return log, (first - 1) / x - (second - 1) / (1 - x)
