"""Factors met over a life, and rates of calendar years: small matrix products of fixed weights with rows of draws.

Weights are fixed numbers: a zone's path by scenario, or the interpolation between the nodes of an uncertain path. A
set of weights has a row in `sets`: where it begins, from scenario to scenario, from series to series, and the number
of scenarios, one if the weights are the same in all. Draws are put in the order of their scenarios first, so that
every scenario's weights meet neighbours.

Indices are unsigned, and arrays are handed over whole with the place to begin: see `arithmetic`.
"""

import numpy as np
from numba import njit

from usephase.engine.program.arithmetic import ALL, NO, add_row, begin, fill_row
from usephase.engine.program.code import LANES

WIDE = 8
"""Terms that one pass over a row adds up; rows are padded with zeros to a multiple."""
_2, _3, _4, _5, _6, _7 = (np.uint64(n) for n in range(2, WIDE))


@njit(error_model="numpy")
def met_over_life(
    w: np.ndarray,
    dst: int,
    service: np.ndarray,
    slot: int,
    ages: int,
    lists: np.ndarray,
    lo: int,
    hi: int,
    sets: np.ndarray,
    which: int,
    weights: np.ndarray,
    order: np.ndarray,
    counts: np.ndarray,
    packed: np.ndarray,
    scratch: np.ndarray,
) -> None:
    """Give ``w[dst + r] = Σ_k weights[scenario, series[r], k] · service[slot + k]``.

    Parameters
    ----------
    w, service : ndarray (row · draw,)
        Of the service `ages` rows from `slot` on, and zeros up to a multiple of `WIDE`.
    lists, lo, hi : ndarray of int, int, int
        The entries that name the series wanted.
    sets, which : ndarray of int, int
        The set of weights.
    order, counts : ndarray of int
        Draws by scenario, and where each scenario begins.
    packed, scratch : ndarray
        Room for the rows in the order of scenarios.
    """
    first, stride, span, scenarios = sets[which, 0], sets[which, 1], sets[which, 2], sets[which, 3]
    padded = (ages + WIDE - 1) // WIDE * WIDE
    if scenarios == 1:
        _weigh(w, dst * LANES, service, slot * LANES, padded, weights, first, span, lists, lo, hi, LANES)
        return
    for k in range(padded):
        o, p = begin(k), begin(slot + k)
        for i in range(NO, ALL):
            packed[o + i] = service[p + np.uint64(order[i])]
    for s in range(scenarios):
        size = counts[s + 1] - counts[s]
        if size > 0:
            _weigh(scratch, counts[s], packed, counts[s], padded, weights, first + s * stride, span, lists, lo, hi,
                   size)  # fmt: skip
    for r in range(hi - lo):
        o, p = begin(dst + r), begin(r)
        for i in range(NO, ALL):
            w[o + np.uint64(order[i])] = scratch[p + i]


@njit(error_model="numpy")
def rates_of_years(
    rates: np.ndarray,
    ages: int,
    w: np.ndarray,
    lists: np.ndarray,
    factors: np.ndarray,
    lo: int,
    hi: int,
    sets: np.ndarray,
    which: int,
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
    lists, lo, hi : ndarray of int, int, int
        Entries: series, and rows x, y and z; missing ones, which stand for the number 1, come last.
    factors : ndarray (entry,)
    """
    first, stride, span, scenarios = sets[which, 0], sets[which, 1], sets[which, 2], sets[which, 3]
    count = hi - lo
    padded = (count + WIDE - 1) // WIDE * WIDE
    for e in range(padded):
        if e >= count:
            fill_row(packed, e, 0.0)
            continue
        factor, x, y, z = factors[lo + e], lists[lo + e, 1], lists[lo + e, 2], lists[lo + e, 3]
        if scenarios == 1:
            _multiplied(packed, e, factor, w, x, y, z)
            continue
        _multiplied(scratch, 0, factor, w, x, y, z)
        o = begin(e)
        for i in range(NO, ALL):
            packed[o + i] = scratch[np.uint64(order[i])]
    near = np.zeros(2 * WIDE)
    for s in range(scenarios):
        at, size = (0, LANES) if scenarios == 1 else (counts[s], counts[s + 1] - counts[s])
        if size == 0:
            continue
        base = first + s * stride
        for k in range(0, ages, 2):
            _clear(scratch, k * LANES + at, size)
            _clear(scratch, (k + 1) * LANES + at, size)
            for e in range(0, padded, WIDE):
                for n in range(WIDE):
                    j = base + lists[min(lo + e + n, hi - 1), 0] * span + k
                    near[n], near[WIDE + n] = weights[j], weights[j + 1]
                _pair(scratch, k * LANES + at, packed, e * LANES + at, near, 0, WIDE, size)
    for k in range(ages):
        if scenarios == 1:
            add_row(rates, k, scratch, k)
        else:
            o = begin(k)
            for i in range(NO, ALL):
                rates[o + np.uint64(order[i])] += scratch[o + i]


@njit(error_model="numpy")
def _multiplied(out: np.ndarray, dst: int, factor: float, w: np.ndarray, a: int, b: int, c: int) -> None:
    """Give factor · a · b · c; the rows that are there come first."""
    o, x, y, z = begin(dst), begin(a), begin(b), begin(c)
    if c >= 0:
        for i in range(NO, ALL):
            out[o + i] = factor * w[x + i] * w[y + i] * w[z + i]
    elif b >= 0:
        for i in range(NO, ALL):
            out[o + i] = factor * w[x + i] * w[y + i]
    elif a >= 0:
        for i in range(NO, ALL):
            out[o + i] = factor * w[x + i]
    else:
        for i in range(NO, ALL):
            out[o + i] = factor


@njit(error_model="numpy")
def _clear(out: np.ndarray, first: int, size: int) -> None:
    o = np.uint64(first)
    for i in range(NO, np.uint64(size)):
        out[o + i] = 0.0


@njit(error_model="numpy")
def _weigh(
    out: np.ndarray,
    at: int,
    x: np.ndarray,
    row: int,
    terms: int,
    weights: np.ndarray,
    first: int,
    span: int,
    lists: np.ndarray,
    lo: int,
    hi: int,
    size: int,
) -> None:
    count = hi - lo
    for r in range(0, count - 1, 2):
        o = at + r * LANES
        _clear(out, o, size)
        _clear(out, o + LANES, size)
        v, u = first + lists[lo + r, 0] * span, first + lists[lo + r + 1, 0] * span
        for k in range(0, terms, WIDE):
            _pair(out, o, x, row + k * LANES, weights, v + k, u + k, size)
    if count % 2:
        o = at + (count - 1) * LANES
        _clear(out, o, size)
        v = first + lists[hi - 1, 0] * span
        for k in range(0, terms, WIDE):
            _single(out, o, x, row + k * LANES, weights, v + k, size)


@njit(error_model="numpy")
def _pair(out: np.ndarray, o: int, x: np.ndarray, p: int, weights: np.ndarray, v: int, w: int, size: int) -> None:
    a0, a1, a2, a3 = weights[v], weights[v + 1], weights[v + 2], weights[v + 3]
    a4, a5, a6, a7 = weights[v + 4], weights[v + 5], weights[v + 6], weights[v + 7]
    b0, b1, b2, b3 = weights[w], weights[w + 1], weights[w + 2], weights[w + 3]
    b4, b5, b6, b7 = weights[w + 4], weights[w + 5], weights[w + 6], weights[w + 7]
    one, other = np.uint64(o), np.uint64(o) + ALL
    p0, p1, p2, p3 = np.uint64(p), np.uint64(p) + ALL, np.uint64(p) + ALL * _2, np.uint64(p) + ALL * _3
    p4, p5, p6, p7 = p0 + ALL * _4, p0 + ALL * _5, p0 + ALL * _6, p0 + ALL * _7
    for i in range(NO, np.uint64(size)):
        x0, x1, x2, x3 = x[p0 + i], x[p1 + i], x[p2 + i], x[p3 + i]
        x4, x5, x6, x7 = x[p4 + i], x[p5 + i], x[p6 + i], x[p7 + i]
        y, z = out[one + i], out[other + i]
        y, z = y + a0 * x0, z + b0 * x0
        y, z = y + a1 * x1, z + b1 * x1
        y, z = y + a2 * x2, z + b2 * x2
        y, z = y + a3 * x3, z + b3 * x3
        y, z = y + a4 * x4, z + b4 * x4
        y, z = y + a5 * x5, z + b5 * x5
        y, z = y + a6 * x6, z + b6 * x6
        y, z = y + a7 * x7, z + b7 * x7
        out[one + i], out[other + i] = y, z


@njit(error_model="numpy")
def _single(out: np.ndarray, o: int, x: np.ndarray, p: int, weights: np.ndarray, v: int, size: int) -> None:
    a0, a1, a2, a3 = weights[v], weights[v + 1], weights[v + 2], weights[v + 3]
    a4, a5, a6, a7 = weights[v + 4], weights[v + 5], weights[v + 6], weights[v + 7]
    one, p0 = np.uint64(o), np.uint64(p)
    for i in range(NO, np.uint64(size)):
        y = out[one + i]
        y = y + a0 * x[p0 + i]
        y = y + a1 * x[p0 + ALL + i]
        y = y + a2 * x[p0 + ALL * _2 + i]
        y = y + a3 * x[p0 + ALL * _3 + i]
        y = y + a4 * x[p0 + ALL * _4 + i]
        y = y + a5 * x[p0 + ALL * _5 + i]
        y = y + a6 * x[p0 + ALL * _6 + i]
        y = y + a7 * x[p0 + ALL * _7 + i]
        out[one + i] = y
