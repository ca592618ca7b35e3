"""Arithmetic on rows of draws.

Loops have the constant length `LANES` and run over slices: an index that might be negative would keep the compiler
from vectorizing them. Row −1 stands for the number 1.
"""

import numpy as np
from numba import njit

from usephase.engine.compiled.code import LANES
from usephase.model.mathematics import exp, log, log_gamma


@njit(error_model="numpy", fastmath={"contract"})
def row_of(w: np.ndarray, row: int) -> np.ndarray:
    """Give a row as a slice."""
    return w[row * LANES : (row + 1) * LANES]


@njit(error_model="numpy", fastmath={"contract"})
def to_sums(sums: np.ndarray, key: int, column: int, x: np.ndarray, size: int) -> None:
    """Add the first `size` draws of a row to a sum, from a column on."""
    row = sums[key, column : column + size]
    for i in range(size):
        row[i] += x[i]


@njit(error_model="numpy", fastmath={"contract"})
def multiply(out: np.ndarray, c: float, w: np.ndarray, a: int, b: int) -> None:
    """Give c·a·b."""
    if b >= 0:
        x, y = row_of(w, a), row_of(w, b)
        for i in range(LANES):
            out[i] = c * x[i] * y[i]
    elif a >= 0:
        x = row_of(w, a)
        for i in range(LANES):
            out[i] = c * x[i]
    else:
        out[:] = c


@njit(error_model="numpy", fastmath={"contract"})
def divide(out: np.ndarray, c: float, w: np.ndarray, a: int, b: int) -> None:
    """Give c·a/b."""
    y = row_of(w, b)
    if a >= 0:
        x = row_of(w, a)
        for i in range(LANES):
            out[i] = c * x[i] / y[i]
    else:
        for i in range(LANES):
            out[i] = c / y[i]


@njit(error_model="numpy", fastmath={"contract"})
def add(out: np.ndarray, c: float, d: float, w: np.ndarray, a: int, b: int) -> None:
    """Give c·a + d·b."""
    x = row_of(w, a)
    if b >= 0:
        y = row_of(w, b)
        for i in range(LANES):
            out[i] = c * x[i] + d * y[i]
    else:
        for i in range(LANES):
            out[i] = c * x[i] + d


@njit(error_model="numpy", fastmath={"contract"})
def add_product(out: np.ndarray, c: float, w: np.ndarray, a: int, b: int, e: int) -> None:
    """Add c·a·b·e."""
    if e >= 0:
        x, y, z = row_of(w, a), row_of(w, b), row_of(w, e)
        for i in range(LANES):
            out[i] += c * x[i] * y[i] * z[i]
    elif b >= 0:
        x, y = row_of(w, a), row_of(w, b)
        for i in range(LANES):
            out[i] += c * x[i] * y[i]
    elif a >= 0:
        x = row_of(w, a)
        for i in range(LANES):
            out[i] += c * x[i]
    else:
        for i in range(LANES):
            out[i] += c


@njit(error_model="numpy", fastmath={"contract"})
def emit_region(
    t: np.ndarray, out: np.ndarray, units: float, unit_row: int, factor: int,
    c: float, a: int, d: float, b: int, w: np.ndarray,
) -> None:  # fmt: skip
    """Give t = units · (c·a·factor + d·b), and add it to `out`."""
    if factor < 0:
        t[:] = 0.0
    elif a >= 0:
        multiply(t, c, w, a, factor)
    else:
        multiply(t, c, w, factor, -1)
    if b >= 0 or d != 0.0:
        add_product(t, d, w, b, -1, -1)
    if unit_row >= 0:
        x = row_of(w, unit_row)
        for i in range(LANES):
            t[i] *= units * x[i]
    else:
        for i in range(LANES):
            t[i] *= units
    for i in range(LANES):
        out[i] += t[i]


@njit(error_model="numpy", fastmath={"contract"})
def add_parts(w: np.ndarray, first: int, entries: np.ndarray, units: np.ndarray) -> None:
    """Add up six factors over zones, each times its units: an entry has six rows and that of the units."""
    w[first * LANES : (first + 6) * LANES] = 0.0
    for e in range(entries.shape[0]):
        for part in range(6):
            row = entries[e, part]
            if row >= 0:
                add_product(row_of(w, first + part), units[e], w, row, entries[e, 6], -1)


@njit(error_model="numpy", fastmath={"contract"})
def emit_rate(t: np.ndarray, service: np.ndarray, rate: np.ndarray, w: np.ndarray, fuel: int) -> None:
    """Give service · (rate of the grid + rate of fuels) in a year."""
    if fuel >= 0:
        x = row_of(w, fuel)
        for i in range(LANES):
            t[i] = service[i] * (rate[i] + x[i])
    else:
        for i in range(LANES):
            t[i] = service[i] * rate[i]


@njit(error_model="numpy", fastmath={"contract"})
def scale_product(t: np.ndarray, c: float, x: np.ndarray, y: np.ndarray) -> None:
    """Give c·x·y of two rows."""
    for i in range(LANES):
        t[i] = c * x[i] * y[i]


@njit(error_model="numpy", fastmath={"contract"})
def add_to(out: np.ndarray, x: np.ndarray) -> None:
    """Add a row."""
    for i in range(LANES):
        out[i] += x[i]


@njit(error_model="numpy")
def raise_to_ages(out: np.ndarray, x: np.ndarray, base: np.ndarray, lag: int, ages: int) -> None:
    """Multiply ages by powers of a row, from an age on."""
    power = np.ones(LANES)
    for _ in range(-lag - 1):
        for i in range(LANES):
            power[i] *= base[i]
    for k in range(ages):
        if k > lag:
            for i in range(LANES):
                power[i] *= base[i]
        to, from_ = row_of(out, k), row_of(x, k)
        for i in range(LANES):
            to[i] = from_[i] * power[i]


@njit(error_model="numpy", fastmath={"contract"})
def scrap(life: np.ndarray, terms: np.ndarray) -> None:
    """Give in row 0 the mean of lives (mean 1, shape 2) that end at an age (3): the incomplete gamma function.

    Rows 4 to 6 are scratch. The series is the one of `usephase.model.weibull`, as long as the longest life needs.
    """
    mean, shape, age = life[1], life[2], life[3]
    x, term, total = life[4], life[5], life[6]
    top = 0.0
    for i in range(LANES):
        scale = log(mean[i]) - log_gamma(1.0 + 1.0 / shape[i])
        x[i] = exp(min(shape[i] * (log(age[i]) - scale), 3.8))
        term[i] = 1.0
        total[i] = 1.0
    for i in range(LANES):
        if x[i] < 42.0:
            top = max(top, x[i])
    for n in range(1, terms[min(int(np.ceil(top)), terms.size - 1)]):
        for i in range(LANES):
            term[i] *= x[i] * shape[i] / (1.0 + n * shape[i])
            total[i] += term[i]
    for i in range(LANES):
        served = min(age[i] * exp(-x[i]) * total[i], mean[i])
        life[0, i] = mean[i] if x[i] >= 42.0 else served


@njit(error_model="numpy", fastmath={"contract"})
def copy(out: np.ndarray, x: np.ndarray) -> None:
    """Copy a row."""
    for i in range(LANES):
        out[i] = x[i]
