"""Arithmetic on rows of draws.

A row is named by its number in an array of rows; row −1 stands for the number 1. Loops have the constant length
`LANES` and unsigned indices: one that might be negative would keep the compiler from vectorizing them.
"""

from typing import Any

import numpy as np
from numba import njit

from usephase.engine.program.code import LANES

NO, ALL = np.uint64(0), np.uint64(LANES)
_2, _3, _4, _5 = (np.uint64(n) for n in range(2, 6))


@njit(inline="always", error_model="numpy")
def begin(row: int) -> Any:
    """Give where a row begins."""
    return np.uint64(row) * ALL


@njit(error_model="numpy")
def row_of(w: np.ndarray, row: int) -> np.ndarray:
    """Give a row as a slice."""
    return w[row * LANES : (row + 1) * LANES]


@njit(error_model="numpy")
def fill_row(out: np.ndarray, dst: int, x: float) -> None:
    """Give the same number in every draw."""
    o = begin(dst)
    for i in range(NO, ALL):
        out[o + i] = x


@njit(error_model="numpy")
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


@njit(error_model="numpy")
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


@njit(error_model="numpy")
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


@njit(error_model="numpy")
def divide(w: np.ndarray, dst: int, c: float, a: int, b: int) -> None:
    """Give c·a/b."""
    o, x, y = begin(dst), begin(a), begin(b)
    if a >= 0:
        for i in range(NO, ALL):
            w[o + i] = c * w[x + i] / w[y + i]
    else:
        for i in range(NO, ALL):
            w[o + i] = c / w[y + i]


@njit(error_model="numpy")
def add(w: np.ndarray, dst: int, c: float, d: float, a: int, b: int) -> None:
    """Give c·a + d·b."""
    o, x, y = begin(dst), begin(a), begin(b)
    if b >= 0:
        for i in range(NO, ALL):
            w[o + i] = c * w[x + i] + d * w[y + i]
    else:
        for i in range(NO, ALL):
            w[o + i] = c * w[x + i] + d


@njit(error_model="numpy")
def rest(w: np.ndarray, dst: int, c: float, d: float, a: int) -> None:
    """Give c·a + d, at least 0."""
    o, x = begin(dst), begin(a)
    for i in range(NO, ALL):
        w[o + i] = max(c * w[x + i] + d, 0.0)


@njit(error_model="numpy")
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


@njit(error_model="numpy")
def emit_regions(
    sums: np.ndarray, column: int, w: np.ndarray, dst: int, entries: np.ndarray, units: np.ndarray,
    first: int, last: int, c: float, a: int, d: float, b: int, scratch: np.ndarray,
) -> None:  # fmt: skip
    """Give Σ t, t = units · (c·a·factor + d·b), and add each t to its sum; an entry has sum, row of units, factor.

    A sum of −1 is none: nobody asks for it.
    `scratch` holds three rows.
    """
    o, at_b, at_t = begin(dst), begin(1), begin(2)
    j = np.uint64(column)
    multiply(scratch, 0, c, w, a, -1)
    multiply(scratch, 1, d, w, b, -1)
    fill_row(w, dst, 0.0)
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
        if entries[e, 0] >= 0:
            for i in range(NO, ALL):
                sums[k, j + i] += scratch[at_t + i]


@njit(error_model="numpy")
def add_parts(w: np.ndarray, dst: int, entries: np.ndarray, units: np.ndarray, first: int, last: int,
              scratch: np.ndarray) -> None:  # fmt: skip
    """Add up six factors over zones, each times its units: see `PARTS`.

    `scratch` holds seven rows.
    """
    for part in range(6):
        fill_row(scratch, part, 0.0)
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
        multiply(w, dst + part, 1.0, scratch, part, -1)


@njit(error_model="numpy")
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


@njit(error_model="numpy")
def _add_weighed(out: np.ndarray, dst: int, w: np.ndarray, a: int, b: int) -> None:
    """Add row 6 of the same array times a·b of another."""
    o, by, x, y = begin(dst), begin(6), begin(a), begin(b)
    if b >= 0:
        for i in range(NO, ALL):
            out[o + i] += out[by + i] * w[x + i] * w[y + i]
    else:
        for i in range(NO, ALL):
            out[o + i] += out[by + i] * w[x + i]


@njit(error_model="numpy")
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


@njit(error_model="numpy")
def add_row(out: np.ndarray, dst: int, x: np.ndarray, a: int) -> None:
    """Add a row of another array."""
    o, at = begin(dst), begin(a)
    for i in range(NO, ALL):
        out[o + i] += x[at + i]


@njit(error_model="numpy")
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


@njit(error_model="numpy")
def leak_charge(
    service: np.ndarray, dst: int, retired: np.ndarray, gone: int, a: int, b: int, w: np.ndarray, leak: int,
    ends: np.ndarray, ages: int,
) -> None:  # fmt: skip
    """Follow a hermetic charge over a life: years of full charge, and the charge in what is retired.

    As `usephase.model.end_of_life.charge_retired`, one row after the other.
    """
    by = begin(leak)
    share, held, alive = np.ones(LANES), np.ones(LANES), np.ones(LANES)
    start = 0.0
    for k in range(ages):
        step = ends[k] - start
        start = ends[k]
        o, p, x, y = begin(dst + k), begin(gone + k), begin(a + k), begin(b + k)
        for i in range(NO, ALL):
            full = service[x + i] * share[i]
            later = held[i] - w[by + i] * share[i] * step
            still = alive[i] - retired[y + i] if k < ages - 1 else 0.0
            service[o + i] = full
            retired[p + i] = max(held[i] * alive[i] - later * still - w[by + i] * full, 0.0)
            held[i], alive[i] = later, still
            share[i] *= 1.0 - w[by + i]


@njit(error_model="numpy")
def copy(out: np.ndarray, x: np.ndarray) -> None:
    """Copy a row."""
    for i in range(LANES):
        out[i] = x[i]
