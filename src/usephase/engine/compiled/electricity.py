"""Factors met over a life, and rates of calendar years: small matrix products of fixed weights with rows of draws.

Weights are fixed numbers: a zone's path by scenario, or the interpolation between the nodes of an uncertain path. A
set of weights has a row in `sets`: where it begins, from scenario to scenario, from series to series, and the number
of scenarios, one if the weights are the same in all. Draws are put in the order of their scenarios first, so that
every scenario's weights meet neighbours.

Rows are taken as slices before a loop: an index that might be negative would keep the compiler from vectorizing it.
"""

import numpy as np
from numba import njit

from usephase.engine.compiled.code import LANES

WIDE = 8
"""Terms that one pass over a row adds up; rows are padded with zeros to a multiple."""


@njit(error_model="numpy", fastmath={"contract"})
def met_over_life(
    out: np.ndarray,
    at: int,
    x: np.ndarray,
    ages: int,
    series: np.ndarray,
    this: np.ndarray,
    weights: np.ndarray,
    order: np.ndarray,
    counts: np.ndarray,
    packed: np.ndarray,
    scratch: np.ndarray,
) -> None:
    """Give ``out[at + r] = Σ_k weights[scenario, series[r], k] · x[k]``.

    Parameters
    ----------
    out : ndarray (row · draw,)
    x : ndarray (age · draw,)
        `ages` rows, and zeros up to a multiple of `WIDE`.
    series : ndarray of int
        The series wanted.
    this : ndarray of int
        The row of `sets`.
    order, counts : ndarray of int
        Draws by scenario, and where each scenario begins.
    packed, scratch : ndarray
        Room for the rows in the order of scenarios.
    """
    first, stride, span, scenarios = this[0], this[1], this[2], this[3]
    padded = (ages + WIDE - 1) // WIDE * WIDE
    if scenarios == 1:
        _weigh(out, at * LANES, x, 0, padded, weights, first, span, series, LANES)
        return
    _pack(packed, x, 0, padded, order)
    for s in range(scenarios):
        size = counts[s + 1] - counts[s]
        if size > 0:
            _weigh(scratch, counts[s], packed, counts[s], padded, weights, first + s * stride, span, series, size)
    for r in range(series.size):
        row, to = scratch[r * LANES : (r + 1) * LANES], out[(at + r) * LANES : (at + r + 1) * LANES]
        for i in range(LANES):
            to[order[i]] = row[i]


@njit(error_model="numpy", fastmath={"contract"})
def rates_of_years(
    rates: np.ndarray,
    ages: int,
    w: np.ndarray,
    entries: np.ndarray,
    factors: np.ndarray,
    this: np.ndarray,
    weights: np.ndarray,
    order: np.ndarray,
    counts: np.ndarray,
    packed: np.ndarray,
    scratch: np.ndarray,
) -> None:
    """Add ``Σ_e weights[scenario, series_e, k] · factor_e · x_e · y_e · z_e`` to each year's rate.

    Parameters
    ----------
    rates : ndarray (age · draw,)
    w : ndarray (row · draw,)
    entries : ndarray of int (entry, 4 or more)
        Series, and rows x, y and z, or −1 for the number 1.
    factors : ndarray (entry,)
    """
    first, stride, span, scenarios = this[0], this[1], this[2], this[3]
    count = entries.shape[0]
    padded = (count + WIDE - 1) // WIDE * WIDE
    for e in range(padded):
        to = packed[e * LANES : (e + 1) * LANES]
        if e >= count:
            to[:] = 0.0
            continue
        scratch[:LANES] = factors[e]
        for j in range(1, 4):
            if entries[e, j] >= 0:
                _multiplied(scratch[:LANES], w[entries[e, j] * LANES : (entries[e, j] + 1) * LANES])
        if scenarios == 1:
            to[:] = scratch[:LANES]
        else:
            for i in range(LANES):
                to[i] = scratch[order[i]]
    some = np.zeros((2, WIDE), dtype=weights.dtype)
    for s in range(scenarios):
        begin, size = counts[s], counts[s + 1] - counts[s]
        if scenarios == 1:
            begin, size = 0, LANES
        if size == 0:
            continue
        base = first + s * stride
        for k in range(0, ages, 2):
            scratch[k * LANES + begin : k * LANES + begin + size] = 0.0
            scratch[(k + 1) * LANES + begin : (k + 1) * LANES + begin + size] = 0.0
            for e in range(0, padded, WIDE):
                for j in range(WIDE):
                    at = base + entries[min(e + j, count - 1), 0] * span + k
                    some[0, j], some[1, j] = weights[at], weights[at + 1]
                _pair(scratch, k * LANES + begin, packed, e * LANES + begin, some.ravel(), 0, WIDE, size)
    if scenarios == 1:
        _added(rates[: ages * LANES], scratch[: ages * LANES])
    else:
        for k in range(ages):
            row, to = scratch[k * LANES : (k + 1) * LANES], rates[k * LANES : (k + 1) * LANES]
            for i in range(LANES):
                to[order[i]] += row[i]


@njit(error_model="numpy", fastmath={"contract"})
def _multiplied(out: np.ndarray, x: np.ndarray) -> None:
    for i in range(LANES):
        out[i] *= x[i]


@njit(error_model="numpy", fastmath={"contract"})
def _added(out: np.ndarray, x: np.ndarray) -> None:
    for i in range(out.size):
        out[i] += x[i]


@njit(error_model="numpy", fastmath={"contract"})
def _pack(packed: np.ndarray, x: np.ndarray, first: int, rows: int, order: np.ndarray) -> None:
    for k in range(rows):
        row, to = x[(first + k) * LANES : (first + k + 1) * LANES], packed[k * LANES : (k + 1) * LANES]
        for i in range(LANES):
            to[i] = row[order[i]]


@njit(error_model="numpy", fastmath={"contract"})
def _weigh(
    out: np.ndarray,
    at: int,
    x: np.ndarray,
    row: int,
    terms: int,
    weights: np.ndarray,
    first: int,
    span: int,
    series: np.ndarray,
    size: int,
) -> None:
    count = series.size
    for r in range(0, count - 1, 2):
        o = at + r * LANES
        out[o : o + size] = 0.0
        out[o + LANES : o + LANES + size] = 0.0
        v, u = first + series[r] * span, first + series[r + 1] * span
        for k in range(0, terms, WIDE):
            _pair(out, o, x, row + k * LANES, weights, v + k, u + k, size)
    if count % 2:
        o = at + (count - 1) * LANES
        out[o : o + size] = 0.0
        v = first + series[count - 1] * span
        for k in range(0, terms, WIDE):
            _single(out, o, x, row + k * LANES, weights, v + k, size)


@njit(error_model="numpy", fastmath={"contract"})
def _pair(out: np.ndarray, o: int, x: np.ndarray, p: int, weights: np.ndarray, v: int, w: int, size: int) -> None:
    a0, a1, a2, a3 = weights[v], weights[v + 1], weights[v + 2], weights[v + 3]
    a4, a5, a6, a7 = weights[v + 4], weights[v + 5], weights[v + 6], weights[v + 7]
    b0, b1, b2, b3 = weights[w], weights[w + 1], weights[w + 2], weights[w + 3]
    b4, b5, b6, b7 = weights[w + 4], weights[w + 5], weights[w + 6], weights[w + 7]
    row, to = x[p:], out[o:]
    for i in range(size):
        x0, x1, x2, x3 = row[i], row[LANES + i], row[2 * LANES + i], row[3 * LANES + i]
        x4, x5, x6, x7 = row[4 * LANES + i], row[5 * LANES + i], row[6 * LANES + i], row[7 * LANES + i]
        y, z = to[i], to[LANES + i]
        y, z = y + a0 * x0, z + b0 * x0
        y, z = y + a1 * x1, z + b1 * x1
        y, z = y + a2 * x2, z + b2 * x2
        y, z = y + a3 * x3, z + b3 * x3
        y, z = y + a4 * x4, z + b4 * x4
        y, z = y + a5 * x5, z + b5 * x5
        y, z = y + a6 * x6, z + b6 * x6
        y, z = y + a7 * x7, z + b7 * x7
        to[i], to[LANES + i] = y, z


@njit(error_model="numpy", fastmath={"contract"})
def _single(out: np.ndarray, o: int, x: np.ndarray, p: int, weights: np.ndarray, v: int, size: int) -> None:
    a0, a1, a2, a3 = weights[v], weights[v + 1], weights[v + 2], weights[v + 3]
    a4, a5, a6, a7 = weights[v + 4], weights[v + 5], weights[v + 6], weights[v + 7]
    row, to = x[p:], out[o:]
    for i in range(size):
        y = to[i]
        y = y + a0 * row[i]
        y = y + a1 * row[LANES + i]
        y = y + a2 * row[2 * LANES + i]
        y = y + a3 * row[3 * LANES + i]
        y = y + a4 * row[4 * LANES + i]
        y = y + a5 * row[5 * LANES + i]
        y = y + a6 * row[6 * LANES + i]
        y = y + a7 * row[7 * LANES + i]
        to[i] = y
