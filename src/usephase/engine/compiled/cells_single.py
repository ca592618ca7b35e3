"""Draws in single precision: the usual distributions computed so, all others in double precision and rounded.

A number of the quasi design has 32 bits, a float32 has 24: both its distances, to 0 and to 1, are rounded, so that
neither tail is coarse and neither distance is 0.
"""

from typing import Any

import numpy as np
from numba import njit

from usephase.engine.compiled.cells import NARROW, fill
from usephase.engine.compiled.code import LANES
from usephase.model.mathematics_single import ONE, ZERO, exp, normal_quantile
from usephase.sampling.compiled import fill_positions, fill_scrambled
from usephase.sampling.distributions import LOGIT_NORMAL, LOGNORMAL, NORMAL, TRIANGULAR, UNIFORM


@njit(error_model="numpy", fastmath={"contract"})
def fill_single(
    cell: int,
    start: int,
    known: int,
    points: np.ndarray,
    u: np.ndarray,
    drawn: np.ndarray,
    pair: np.ndarray,
    kind: np.ndarray,
    params: np.ndarray,
    group: np.ndarray,
    dimension: np.ndarray,
    seeds: np.ndarray,
    words: np.ndarray,
    digits: np.ndarray,
    place: np.ndarray,
    table: np.ndarray,
    best: np.ndarray,
    given: np.ndarray,
    out: np.ndarray,
) -> int:
    """Draw one cell for `LANES` draws from `start`.

    Parameters
    ----------
    u, drawn : ndarray (LANES,)
        Scratch.
    pair : ndarray of float32 (2 · LANES,)
        Scratch.
    out : ndarray of float32 (LANES,)
        The other parameters and the result are those of `usephase.engine.compiled.cells.fill`.
    """
    what = kind[cell]
    low, high = params[cell, 4], params[cell, 5]
    usual = what in (NORMAL, LOGNORMAL, LOGIT_NORMAL, UNIFORM, TRIANGULAR) and high - low > NARROW
    if start < 0 or not usual:
        known = fill(cell, start, known, points, u, kind, params, group, dimension, seeds, words, digits, place,
                     table, best, given, drawn)  # fmt: skip
        for i in range(LANES):
            out[i] = drawn[i]
        return known
    if group[cell] != known:
        known = group[cell]
        fill_positions(words[known], start, points)
    fill_scrambled(digits[dimension[cell]], points, seeds[cell], start, u)
    _distances(pair, u, low, high)
    p0, p1 = np.float32(params[cell, 0]), np.float32(params[cell, 1])
    p2, p3 = np.float32(params[cell, 2]), np.float32(params[cell, 3])
    if what == NORMAL:
        _normal_scores(pair)
        for i in range(LANES):
            out[i] = p0 + p1 * pair[i]
    elif what == LOGNORMAL:
        _normal_scores(pair)
        s = p1 if p0 > ZERO else -p1
        for i in range(LANES):
            out[i] = p0 * exp(s * pair[i])
    elif what == LOGIT_NORMAL:
        _normal_scores(pair)
        middle = np.float32(np.log((params[cell, 0] - params[cell, 2]) / (params[cell, 3] - params[cell, 0])))
        for i in range(LANES):
            out[i] = p2 + (p3 - p2) / (ONE + exp(-(middle + p1 * pair[i])))
    elif what == UNIFORM:
        for i in range(LANES):
            out[i] = p0 + (p1 - p0) * pair[i]
    else:
        _triangular(out, pair, p0, p1, p2)
    return known


@njit(error_model="numpy", fastmath={"contract"})
def _distances(pair: np.ndarray, u: np.ndarray, low: float, high: float) -> None:
    """Give the distances to 0 and, after them, to 1 of numbers between `low` and `high`."""
    span, above = high - low, 1.0 - high
    for i in range(LANES):
        pair[i] = low + u[i] * span
    for i in range(LANES):
        pair[LANES + i] = above + (1.0 - u[i]) * span


@njit(error_model="numpy", fastmath={"contract"})
def _normal_scores(pair: np.ndarray) -> None:
    for i in range(LANES):
        pair[i] = normal_quantile(pair[i], pair[LANES + i])


@njit(error_model="numpy", fastmath={"contract"})
def _triangular(out: np.ndarray, pair: np.ndarray, p0: Any, p1: Any, p2: Any) -> None:
    whole = p2 - p0
    split, rise, fall = (p1 - p0) / whole, whole * (p1 - p0), whole * (p2 - p1)
    for i in range(LANES):
        u = pair[i]
        rising = p0 + np.sqrt(u * rise)
        falling = p2 - np.sqrt(pair[LANES + i] * fall)
        out[i] = rising if u < split else falling
