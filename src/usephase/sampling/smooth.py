"""Quantiles without a short formula as piecewise polynomials of the normal score.

As a function of z = Φ⁻¹(u) the quantile of a beta or gamma distribution is smooth up to far into its tails. Between
nodes it is the polynomial of degree five that meets value, slope and curvature at both; with x' = φ(z)/f(x), f the
density, and s = f'/f, the curvature is x'' = −x' (z + s x'). The error at the middle of every piece is checked.
"""

from functools import lru_cache

import numpy as np

from usephase.sampling.distributions import RECORDS
from usephase.sampling.distributions.record import Smooth

PIECES = 192
REACH = 6.4
"""Normal scores covered on either side: the quasi design reaches 2⁻³³, which is −6.24."""
TOLERANCE = 1e-11
"""Largest error, as a share of the distribution's range or mean."""
DEGREE = 5


@lru_cache(maxsize=4096)
def pieces(family: int, first: float, second: float) -> np.ndarray | None:
    """Give the polynomials of a standard beta or gamma quantile.

    Parameters
    ----------
    family : int
        The kind of a smooth distribution, in its standard form: `BETA` on 0 … 1, `GAMMA` of scale 1.
    first, second : float
        Its shapes.

    Returns
    -------
    ndarray (piece, coefficient), lowest power first, of t = 0 … 1 across the piece; None if they are not close enough.
    """
    record = RECORDS[family]
    assert isinstance(record, Smooth)
    z = np.linspace(-REACH, REACH, 2 * PIECES + 1)
    x = record.standard_quantile(first, second, z)
    nodes, at = z[::2], x[::2]
    with np.errstate(all="ignore"):
        log_density, score = record.standard_density(first, second, at)
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
    if not (np.isfinite(out).all() and np.abs(middle - x[1::2]).max() <= TOLERANCE * record.size(first)):
        return None
    return out
