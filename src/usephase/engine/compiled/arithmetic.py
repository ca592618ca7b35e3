"""Arithmetic on rows of draws.

A row is named by its number in an array of rows; row −1 stands for the number 1. Loops have the constant length
`LANES` and unsigned indices: one that might be negative would keep the compiler from vectorizing them.
"""

from typing import Any

import numpy as np
from numba import njit

from usephase.engine.compiled.code import LANES
from usephase.model.mathematics import exp, log, log_gamma

NO, ALL = np.uint64(0), np.uint64(LANES)
_2, _3, _4, _5 = (np.uint64(n) for n in range(2, 6))
LATE, FLATTEST, LEVELS = 1.5, 0.3, 84.0
"""From this x = (t/λ)^k on, and for these Weibull shapes, LEVELS/x levels of a fraction leave 5e-15 of a mean life."""


@njit(inline="always", error_model="numpy")
def begin(row: int) -> Any:
    """Give where a row begins."""
    return np.uint64(row) * ALL


@njit(error_model="numpy", fastmath={"contract"})
def row_of(w: np.ndarray, row: int) -> np.ndarray:
    """Give a row as a slice."""
    return w[row * LANES : (row + 1) * LANES]


@njit(error_model="numpy", fastmath={"contract"})
def fill_row(out: np.ndarray, dst: int, x: float) -> None:
    """Give the same number in every draw."""
    o = begin(dst)
    for i in range(NO, ALL):
        out[o + i] = x


@njit(error_model="numpy", fastmath={"contract"})
def multiply(out: np.ndarray, dst: int, c: float, w: np.ndarray, a: int, b: int) -> None:
    """Give c·a·b."""
    o, x, y = begin(dst), begin(a), begin(b)
    if b >= 0:
        for i in range(NO, ALL):
            out[o + i] = c * w[x + i] * w[y + i]
    elif a >= 0:
        for i in range(NO, ALL):
            out[o + i] = c * w[x + i]
    else:
        fill_row(out, dst, c)


@njit(error_model="numpy")
def open_sum(sums: np.ndarray, key: int, column: int, seen: np.ndarray, touched: np.ndarray, block: int) -> None:
    """Begin a sum with 0 in a block of draws, unless something was added to it there before."""
    if seen[key] != block:
        seen[key] = block
        touched[key] = True
        clear_sum(sums, key, column)


@njit(error_model="numpy")
def clear_sum(sums: np.ndarray, key: int, column: int) -> None:
    """Set a sum to 0, from a column on."""
    k, j = np.uint64(key), np.uint64(column)
    for i in range(NO, ALL):
        sums[k, j + i] = 0.0


@njit(error_model="numpy", fastmath={"contract"})
def accumulate(sums: np.ndarray, key: int, column: int, c: float, w: np.ndarray, a: int, b: int) -> None:
    """Add c·a·b to a sum, from a column on."""
    k, j, x, y = np.uint64(key), np.uint64(column), begin(a), begin(b)
    if b >= 0:
        for i in range(NO, ALL):
            sums[k, j + i] += c * w[x + i] * w[y + i]
    elif a >= 0:
        for i in range(NO, ALL):
            sums[k, j + i] += c * w[x + i]
    else:
        for i in range(NO, ALL):
            sums[k, j + i] += c


@njit(error_model="numpy", fastmath={"contract"})
def accumulate_aged(sums: np.ndarray, key: int, column: int, c: float, v: np.ndarray, a: int, w: np.ndarray, b: int,
                    e: int) -> None:  # fmt: skip
    """Add c·a·b·e to a sum, a of another array than b and e."""
    k, j, x, y, z = np.uint64(key), np.uint64(column), begin(a), begin(b), begin(e)
    if e >= 0:
        for i in range(NO, ALL):
            sums[k, j + i] += c * v[x + i] * w[y + i] * w[z + i]
    else:
        for i in range(NO, ALL):
            sums[k, j + i] += c * v[x + i] * w[y + i]


@njit(error_model="numpy", fastmath={"contract"})
def divide(w: np.ndarray, dst: int, c: float, a: int, b: int) -> None:
    """Give c·a/b."""
    o, x, y = begin(dst), begin(a), begin(b)
    if a >= 0:
        for i in range(NO, ALL):
            w[o + i] = c * w[x + i] / w[y + i]
    else:
        for i in range(NO, ALL):
            w[o + i] = c / w[y + i]


@njit(error_model="numpy", fastmath={"contract"})
def add(w: np.ndarray, dst: int, c: float, d: float, a: int, b: int) -> None:
    """Give c·a + d·b."""
    o, x, y = begin(dst), begin(a), begin(b)
    if b >= 0:
        for i in range(NO, ALL):
            w[o + i] = c * w[x + i] + d * w[y + i]
    else:
        for i in range(NO, ALL):
            w[o + i] = c * w[x + i] + d


@njit(error_model="numpy", fastmath={"contract"})
def rest(w: np.ndarray, dst: int, c: float, d: float, a: int, nothing: float) -> None:
    """Give c·a + d, at least `nothing`, which is 0 of the rows' type."""
    o, x = begin(dst), begin(a)
    for i in range(NO, ALL):
        w[o + i] = max(c * w[x + i] + d, nothing)


@njit(error_model="numpy", fastmath={"contract"})
def add_product(w: np.ndarray, dst: int, c: float, a: int, b: int, e: int) -> None:
    """Add c·a·b·e."""
    o, x, y, z = begin(dst), begin(a), begin(b), begin(e)
    if e >= 0:
        for i in range(NO, ALL):
            w[o + i] += c * w[x + i] * w[y + i] * w[z + i]
    elif b >= 0:
        for i in range(NO, ALL):
            w[o + i] += c * w[x + i] * w[y + i]
    elif a >= 0:
        for i in range(NO, ALL):
            w[o + i] += c * w[x + i]
    else:
        for i in range(NO, ALL):
            w[o + i] += c


@njit(error_model="numpy", fastmath={"contract"})
def emit_regions(
    sums: np.ndarray, column: int, w: np.ndarray, dst: int, entries: np.ndarray, units: np.ndarray,
    first: int, last: int, c: float, a: int, d: float, b: int, scratch: np.ndarray,
) -> None:  # fmt: skip
    """Give Σ t, t = units · (c·a·factor + d·b), and add each t to its sum; an entry has sum, row of units, factor.

    `scratch` holds three rows.
    """
    o, at_b, at_t = begin(dst), begin(1), begin(2)
    j = np.uint64(column)
    multiply(scratch, 0, c, w, a, -1)
    multiply(scratch, 1, d, w, b, -1)
    fill_row(w, dst, units.dtype.type(0.0))
    for e in range(first, last):
        k, u, f, q = np.uint64(entries[e, 0]), begin(entries[e, 1]), begin(entries[e, 2]), units[e]
        if entries[e, 2] >= 0:
            for i in range(NO, ALL):
                scratch[at_t + i] = q * (scratch[i] * w[f + i] + scratch[at_b + i])
        else:
            for i in range(NO, ALL):
                scratch[at_t + i] = q * scratch[at_b + i]
        if entries[e, 1] >= 0:
            for i in range(NO, ALL):
                scratch[at_t + i] *= w[u + i]
        for i in range(NO, ALL):
            w[o + i] += scratch[at_t + i]
        for i in range(NO, ALL):
            sums[k, j + i] += scratch[at_t + i]


@njit(error_model="numpy", fastmath={"contract"})
def add_parts(w: np.ndarray, dst: int, entries: np.ndarray, units: np.ndarray, first: int, last: int,
              scratch: np.ndarray) -> None:  # fmt: skip
    """Add up six factors over zones, each times its units: see `PARTS`.

    `scratch` holds seven rows.
    """
    nothing = units.dtype.type(0.0)
    for part in range(6):
        fill_row(scratch, part, nothing)
    for e in range(first, last):
        path, supply, scale, lost = entries[e, 0], entries[e, 1], entries[e, 2], entries[e, 3]
        f, g, h, its = entries[e, 4], entries[e, 5], entries[e, 6], entries[e, 7]
        if min(path, supply, scale, lost, f, g, h) >= 0 and its < 0:
            _add_six(scratch, w, units[e], path, supply, scale, lost, f, g, h)
            continue
        multiply(scratch, 6, units[e], w, its, -1)
        for part, x, y in (
            (0, path, scale), (1, supply, scale), (2, path, lost), (2, supply, lost),
            (3, f, -1), (4, g, -1), (5, h, -1),
        ):  # fmt: skip
            if x >= 0:
                _add_weighed(scratch, part, w, x, y)
    for part in range(6):
        multiply(w, dst + part, units.dtype.type(1.0), scratch, part, -1)


@njit(error_model="numpy", fastmath={"contract"})
def _add_six(out: np.ndarray, w: np.ndarray, q: float, path: int, supply: int, scale: int, lost: int, f: int, g: int,
             h: int) -> None:  # fmt: skip
    """Add to rows at constant places of one array: so the compiler need not ask of each whether it overlaps others."""
    a, b, s, r = begin(path), begin(supply), begin(scale), begin(lost)
    x, y, z = begin(f), begin(g), begin(h)
    for i in range(NO, ALL):
        generation, upstream, of_both = w[a + i], w[b + i], q * w[r + i]
        by = q * w[s + i]
        out[i] += by * generation
        out[ALL + i] += by * upstream
        out[_2 * ALL + i] += of_both * (generation + upstream)
        out[_3 * ALL + i] += q * w[x + i]
        out[_4 * ALL + i] += q * w[y + i]
        out[_5 * ALL + i] += q * w[z + i]


@njit(error_model="numpy", fastmath={"contract"})
def _add_weighed(out: np.ndarray, dst: int, w: np.ndarray, a: int, b: int) -> None:
    """Add row 6 of the same array times a·b of another."""
    o, by, x, y = begin(dst), begin(6), begin(a), begin(b)
    if b >= 0:
        for i in range(NO, ALL):
            out[o + i] += out[by + i] * w[x + i] * w[y + i]
    else:
        for i in range(NO, ALL):
            out[o + i] += out[by + i] * w[x + i]


@njit(error_model="numpy", fastmath={"contract"})
def accumulate_rate(sums: np.ndarray, key: int, column: int, service: np.ndarray, s: int, rates: np.ndarray, r: int,
                    w: np.ndarray, fuel: int) -> None:  # fmt: skip
    """Add service · (rate of the grid + rate of fuels) in a year to a sum."""
    k, j, x, y, z = np.uint64(key), np.uint64(column), begin(s), begin(r), begin(fuel)
    if fuel >= 0:
        for i in range(NO, ALL):
            sums[k, j + i] += service[x + i] * (rates[y + i] + w[z + i])
    else:
        for i in range(NO, ALL):
            sums[k, j + i] += service[x + i] * rates[y + i]


@njit(error_model="numpy", fastmath={"contract"})
def add_row(out: np.ndarray, dst: int, x: np.ndarray, a: int) -> None:
    """Add a row of another array."""
    o, at = begin(dst), begin(a)
    for i in range(NO, ALL):
        out[o + i] += x[at + i]


@njit(error_model="numpy", fastmath={"contract"})
def add_scaled(w: np.ndarray, dst: int, x: np.ndarray, a: int, b: int) -> None:
    """Add row a of another array times row b."""
    o, at, y = begin(dst), begin(a), begin(b)
    for i in range(NO, ALL):
        w[o + i] += x[at + i] * w[y + i]


@njit(error_model="numpy")
def raise_to_ages(
    out: np.ndarray, dst: int, x: np.ndarray, a: int, w: np.ndarray, base: int, lag: int, ages: int
) -> None:
    """Multiply ages, rows from `a` on, by powers of a row, from an age on."""
    by = begin(base)
    power = np.ones(LANES)
    for _ in range(-lag - 1):
        for i in range(NO, ALL):
            power[i] *= w[by + i]
    for k in range(ages):
        if k > lag:
            for i in range(NO, ALL):
                power[i] *= w[by + i]
        o, at = begin(dst + k), begin(a + k)
        for i in range(NO, ALL):
            out[o + i] = x[at + i] * power[i]


@njit(error_model="numpy", fastmath={"contract"})
def scrap(life: np.ndarray, terms: np.ndarray) -> None:
    """Give in row 0 the mean of lives (mean 1, shape 2) that end at an age (3): the incomplete gamma function.

    Rows 4 to 8 are scratch. Where little is left at that age, what is left is taken from the mean; else the series of
    `usephase.model.weibull` is summed, as long as the longest life needs.
    """
    mean, shape, age, x = life[1], life[2], life[3], life[4]
    for i in range(LANES):
        scale = log(mean[i]) - log_gamma(1.0 + 1.0 / shape[i])
        x[i] = exp(min(shape[i] * (log(age[i]) - scale), 3.8))
    least, top, flattest = np.inf, 0.0, np.inf
    for i in range(LANES):
        least, flattest = min(least, x[i]), min(flattest, shape[i])
        if x[i] < 42.0:
            top = max(top, x[i])
    if least >= LATE and flattest >= FLATTEST:
        _left(life, max(int(np.ceil(LEVELS / least)), 8))
    else:
        _served(life, terms[min(int(np.ceil(top)), terms.size - 1)])


@njit(error_model="numpy", fastmath={"contract"})
def _served(life: np.ndarray, count: int) -> None:
    mean, shape, age, x, term, total = life[1], life[2], life[3], life[4], life[5], life[6]
    for i in range(LANES):
        term[i] = 1.0
        total[i] = 1.0
    for n in range(1, count):
        for i in range(LANES):
            term[i] *= x[i] * shape[i] / (1.0 + n * shape[i])
            total[i] += term[i]
    for i in range(LANES):
        served = min(age[i] * exp(-x[i]) * total[i], mean[i])
        life[0, i] = mean[i] if x[i] >= 42.0 else served


@njit(error_model="numpy", fastmath={"contract"})
def _left(life: np.ndarray, levels: int) -> None:
    """Take from the mean what is left after an age: its continued fraction, DLMF 8.9.2, as one quotient."""
    mean, shape, age, x = life[1], life[2], life[3], life[4]
    before, p, under, q = life[5], life[6], life[7], life[8]
    for i in range(LANES):
        before[i], p[i], under[i], q[i] = 0.0, 1.0, 1.0, x[i] + 1.0 - 1.0 / shape[i]
        life[0, i] = 1.0 / shape[i]
    for n in range(1, levels + 1):
        for i in range(LANES):
            a = life[0, i]
            c, b = n * (a - n), x[i] + (2.0 * n + 1.0) - a
            up, down = b * p[i] + c * before[i], b * q[i] + c * under[i]
            before[i], under[i] = p[i], q[i]
            p[i], q[i] = up, down
    for i in range(LANES):
        life[0, i] = mean[i] - age[i] * life[0, i] * exp(-x[i]) * p[i] / q[i]


@njit(error_model="numpy", fastmath={"contract"})
def copy(out: np.ndarray, x: np.ndarray) -> None:
    """Copy a row."""
    for i in range(LANES):
        out[i] = x[i]
