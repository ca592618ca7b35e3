"""Truncation and best estimates of many cells at once: the same bits as one by one."""

from collections.abc import Mapping

import numpy as np
from scipy import special

from usephase.sampling.distributions import (
    DISCRETE,
    FIXED,
    LOGIT_NORMAL,
    LOGNORMAL,
    NORMAL,
    PERT,
    TRIANGULAR,
    Points,
    best_estimate,
)
from usephase.sampling.draws import truncation

_FIRST, _SECOND = (FIXED, NORMAL, LOGNORMAL, LOGIT_NORMAL), (TRIANGULAR, PERT)


def truncations(kind: np.ndarray, params: np.ndarray, low: float, high: float) -> tuple[np.ndarray, np.ndarray]:
    """Give the probabilities at a column's bounds between which its cells are drawn.

    Parameters
    ----------
    kind : ndarray of int (cell,)
    params : ndarray (cell, 4)
    low, high : float
        The column's bounds.

    Returns
    -------
    low, high : ndarray (cell,)
        As `usephase.sampling.draws.truncation` gives them for each.
    """
    below, above = np.zeros(len(kind)), np.ones(len(kind))
    done = np.ones(len(kind), dtype=bool)
    for out, x in ((below, low), (above, high)):
        if np.isfinite(x):
            done &= _easy(kind, params, x, out)
    done |= kind == DISCRETE
    below[kind == DISCRETE], above[kind == DISCRETE] = 0.0, 1.0
    known: dict[tuple[float, ...], tuple[float, float]] = {}
    for i in np.flatnonzero(~done).tolist():
        cell = (float(kind[i]), *params[i].tolist())
        if cell not in known:
            known[cell] = truncation(int(kind[i]), params[i], low, high, None)
        below[i], above[i] = known[cell]
    return below, above


def _easy(kind: np.ndarray, params: np.ndarray, x: float, out: np.ndarray) -> np.ndarray:
    """Fill in the probabilities of at most `x` that take one vectorized step, and tell which these are."""
    a, b, c = params[:, 0], params[:, 1], params[:, 2]
    normal = (kind == NORMAL) & (b > 0)
    out[normal] = special.ndtr((x - a[normal]) / b[normal])
    nothing = ((kind == LOGNORMAL) & (a > 0) & (x <= 0)) | ((kind == TRIANGULAR) & (x <= a) & (x < c))
    out[nothing] = 0.0
    whole = (kind == TRIANGULAR) & (x >= c)
    out[whole] = 1.0
    return np.asarray(normal | nothing | whole)


def best_estimates(kind: np.ndarray, params: np.ndarray, points: Mapping[int, Points]) -> np.ndarray:
    """Give the best estimate of each cell; `points` are those of the discrete ones, by position. Shape (cell,)."""
    second = np.isin(kind, _SECOND)
    out = np.where(second, params[:, 1], params[:, 0])
    for i in np.flatnonzero(~second & ~np.isin(kind, _FIRST)).tolist():
        out[i] = best_estimate(int(kind[i]), params[i], points.get(i))
    return out
