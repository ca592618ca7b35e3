"""Execute a tape over blocks of draws, without the interpreter and without its lock.

Every loop over draws has the constant length `LANES` and touches few arrays, so that it is vectorized.
"""

import numpy as np
from numba import njit

from usephase.compiling import compiled
from usephase.engine.compiled.cells import fill
from usephase.engine.compiled.code import (
    ACCUMULATE,
    ADD,
    AGEING,
    AGES,
    CALENDAR,
    CALENDAR_DATED,
    CHOOSE,
    CLEAR,
    DATED,
    DIVIDE,
    DOT,
    DRAW,
    GIVEN_LIFE,
    HOLD,
    LANES,
    LIFE,
    MANY,
    MORE,
    MULTIPLY,
    PARTS,
    POWER,
    REGIONS,
    REST,
    WEIGH,
    YEARS,
)
from usephase.engine.compiled.electricity import WIDE, met_over_life, rates_of_years
from usephase.model.mathematics import exp, log, log_gamma
from usephase.model.weibull import fill_lives


@compiled(fastmath={"contract"})
def execute(
    first: int,
    last: int,
    total: int,
    operations: np.ndarray,
    constants: np.ndarray,
    lists: np.ndarray,
    coefficients: np.ndarray,
    sizes: np.ndarray,
    ends: np.ndarray,
    terms: np.ndarray,
    sets: np.ndarray,
    weights: np.ndarray,
    kind: np.ndarray,
    params: np.ndarray,
    group: np.ndarray,
    dimension: np.ndarray,
    seeds: np.ndarray,
    words: np.ndarray,
    digits: np.ndarray,
    place: np.ndarray,
    points: np.ndarray,
    best: np.ndarray,
    given: np.ndarray,
    given_lives: np.ndarray,
    given_ages: np.ndarray,
    zero: np.ndarray,
    sums: np.ndarray,
    touched: np.ndarray,
) -> int:
    """Run a tape for draws `first` … `last` − 1; the parameters are those of `Program`.

    Parameters
    ----------
    total : int
        Draws that the columns of `sums` begin with: column = draw − `total`. A negative `first` asks for best
        estimates, in column 0.
    zero : ndarray (0,)
        Its type is that of the arithmetic.
    sums : ndarray (sum, draw)
        Added to.
    touched : ndarray of bool (sum,)
        Which sums were added to.

    Returns
    -------
    0, or 1 + the number of the operation that met a life which is not a finite positive number.
    """
    rows, slots = sizes[0], sizes[1]
    w = np.empty(rows * LANES, dtype=zero.dtype)
    service = np.empty((slots, (AGES + WIDE) * LANES), dtype=zero.dtype)
    retired = np.empty((slots, AGES * LANES), dtype=zero.dtype)
    ages = np.zeros(slots, dtype=np.int64)
    whole, gone = np.empty((AGES, LANES)), np.empty((AGES, LANES))
    life = np.empty((4, LANES))
    room = AGES + WIDE + sizes[2]
    packed, met = np.empty(room * LANES, dtype=zero.dtype), np.empty(room * LANES, dtype=zero.dtype)
    rates = np.empty(room * LANES, dtype=zero.dtype)
    t, u = np.empty(LANES, dtype=zero.dtype), np.empty(LANES)
    drawn, where = np.empty(LANES), np.empty(LANES, dtype=np.int32)
    order, counts = np.empty(LANES, dtype=np.int64), np.empty(sizes[3] + 1, dtype=np.int64)
    scenario = np.zeros(LANES, dtype=np.int64)
    for at in range(first, last, LANES):
        known = -1
        size = min(LANES, last - at)
        column = at - total
        if first < 0:
            size, column = 1, 0
        if sizes[4] >= 0:
            fill(sizes[4], at, -1, where, u, kind, params, group, dimension, seeds, words, digits, place, points,
                 best, given[:, max(at - total, 0):], drawn)  # fmt: skip
            for i in range(LANES):
                scenario[i] = int(drawn[i])
        n = 0
        for s in range(sizes[3]):
            counts[s] = n
            for i in range(LANES):
                if scenario[i] == s:
                    order[n] = i
                    n += 1
        counts[sizes[3]] = n
        for o in range(operations.shape[0]):
            code, dst, a, b = operations[o, 0], operations[o, 1] * LANES, operations[o, 2], operations[o, 3]
            lo, hi = operations[o, 4], operations[o, 5]
            c, d = constants[o, 0], constants[o, 1]
            if code == MULTIPLY:
                _product(w, dst, c, a, b)
            elif code == DOT:
                w[dst : dst + LANES] = 0.0
                for e in range(lo, hi):
                    _add_product(w, dst, coefficients[e], lists[e, 1], lists[e, 2], lists[e, 3])
            elif code == ACCUMULATE:
                _product(w, 0, c, a, b) if a >= 0 else _constant(w, c)
                _to_sums(sums, operations[o, 1], column, w, 0, size)
                touched[operations[o, 1]] = True
            elif code == REGIONS:
                w[dst : dst + LANES] = 0.0
                for e in range(lo, hi):
                    _region(w, dst, coefficients[e], lists[e, 1], lists[e, 2], c, a, d, b)
                    _to_sums(sums, lists[e, 0], column, w, 0, size)
                    touched[lists[e, 0]] = True
            elif code == MANY:
                for e in range(lo, hi):
                    to = lists[e, 0] * LANES
                    if lists[e, 3] < 0:
                        _product(w, to, coefficients[e], lists[e, 1], lists[e, 2])
                    else:
                        w[to : to + LANES] = 0.0
                        _add_product(w, to, coefficients[e], lists[e, 1], lists[e, 2], lists[e, 3])
            elif code == MORE:
                for e in range(lo, hi):
                    _add_product(w, lists[e, 0] * LANES, coefficients[e], lists[e, 1], lists[e, 2], lists[e, 3])
            elif code == HOLD:
                _add_product(w, dst, c, a, b, -1)
            elif code == ADD:
                _sum(w, dst, c, a, d, b)
            elif code == DIVIDE:
                _quotient(w, dst, c, a, b)
            elif code == REST:
                for i in range(LANES):
                    w[dst + i] = max(c * w[a * LANES + i] + d, 0.0)
            elif code == DRAW:
                for e in range(lo, hi):
                    known = fill(lists[e, 0], at, known, where, u, kind, params, group, dimension, seeds, words,
                                 digits, place, points, best, given[:, max(at - total, 0):], drawn)  # fmt: skip
                    row = lists[e, 1] * LANES
                    for i in range(LANES):
                        w[row + i] = drawn[i]
            elif code == CHOOSE:
                for i in range(LANES):
                    e = lo + scenario[i]
                    row = lists[e, 1]
                    w[dst + i] = coefficients[e] * (w[row * LANES + i] if row >= 0 else 1.0)
            elif code == CLEAR:
                w[dst : dst + lo * LANES] = 0.0
            elif code == LIFE:
                slot = operations[o, 1]
                for i in range(LANES):
                    life[0, i] = w[a * LANES + i]
                    life[1, i] = w[a * LANES + i]
                    life[2, i] = w[b * LANES + i]
                    life[3, i] = w[lo * LANES + i] if lo >= 0 else np.inf
                    if not (0.0 < life[1, i] < np.inf and 0.0 < life[2, i] < np.inf):
                        return 1 + o
                if lo >= 0:
                    _scrap(life)
                for i in range(LANES):
                    w[hi * LANES + i] = life[0, i]
                ages[slot] = fill_lives(life[0], life[1], life[2], life[3], ends, terms, whole, gone)
                for k in range(ages[slot]):
                    for i in range(LANES):
                        service[slot, k * LANES + i] = whole[k, i]
                    for i in range(LANES):
                        retired[slot, k * LANES + i] = gone[k, i]
                service[slot, ages[slot] * LANES : (ages[slot] + WIDE) * LANES] = 0.0
            elif code == GIVEN_LIFE:
                slot = operations[o, 1]
                ages[slot] = given_ages[lo]
                from_ = max(at - total, 0)
                for k in range(ages[slot]):
                    for i in range(LANES):
                        j = min(from_ + i, given_lives.shape[3] - 1)
                        service[slot, k * LANES + i] = given_lives[lo, 0, k, j]
                        retired[slot, k * LANES + i] = given_lives[lo, 1, k, j]
                service[slot, ages[slot] * LANES : (ages[slot] + WIDE) * LANES] = 0.0
                for i in range(LANES):
                    w[hi * LANES + i] = given_lives[lo, 2, 0, min(from_ + i, given_lives.shape[3] - 1)]
            elif code == POWER:
                slot = operations[o, 1]
                ages[slot] = ages[a]
                _power(service[slot], service[a], w, b * LANES, lo, ages[a])
                service[slot, ages[slot] * LANES : (ages[slot] + WIDE) * LANES] = 0.0
            elif code == YEARS:
                w[dst : dst + LANES] = 0.0
                for k in range(ages[a]):
                    row = service[a, k * LANES : (k + 1) * LANES]
                    for i in range(LANES):
                        w[dst + i] += row[i]
            elif code == WEIGH:
                met_over_life(w, operations[o, 1], service[a], ages[a], lists[lo:hi, 0], sets[b], weights, order,
                              counts, packed, met)  # fmt: skip
            elif code == PARTS:
                _parts(w, dst, lists[lo:hi], coefficients[lo:hi])
            elif code == CALENDAR:
                rates[: ages[a] * LANES] = 0.0
                for e in range(lo, hi):  # each entry is a range of entries that share a set of weights
                    rates_of_years(rates, ages[a], w, lists[lists[e, 1] : lists[e, 2]], sets[lists[e, 0]], weights,
                                   order, counts, packed, met)  # fmt: skip
                for k in range(ages[a]):
                    _rate(t, service[a], k, rates, w, b)
                    _to_sums(sums, operations[o, 1] + k, column, t, 0, size)
                    touched[operations[o, 1] + k] = True
            elif code == AGEING:
                for k in range(ages[a]):
                    rows_ = retired[a] if lo > 0 else service[a]
                    for i in range(LANES):
                        t[i] = c * rows_[k * LANES + i] * w[b * LANES + i]
                    _to_sums(sums, operations[o, 1] + k, column, t, 0, size)
                    touched[operations[o, 1] + k] = True
            elif code == DATED:
                w[dst : dst + LANES] = 0.0
                for k in range(ages[a]):
                    row = (b + min(k, lo)) * LANES
                    for i in range(LANES):
                        w[dst + i] += retired[a, k * LANES + i] * w[row + i]
            elif code == CALENDAR_DATED:
                for k in range(ages[a]):
                    row = (b + min(k, lo)) * LANES
                    for i in range(LANES):
                        t[i] = c * retired[a, k * LANES + i] * w[hi * LANES + i] * w[row + i]
                    _to_sums(sums, operations[o, 1] + k, column, t, 0, size)
                    touched[operations[o, 1] + k] = True
    return 0


@njit(error_model="numpy", fastmath={"contract"})
def _to_sums(sums: np.ndarray, key: int, column: int, x: np.ndarray, at: int, size: int) -> None:
    row = sums[key, column : column + size]
    for i in range(size):
        row[i] += x[at + i]


@njit(error_model="numpy", fastmath={"contract"})
def _constant(w: np.ndarray, c: float) -> None:
    for i in range(LANES):
        w[i] = c


@njit(error_model="numpy", fastmath={"contract"})
def _product(w: np.ndarray, dst: int, c: float, a: int, b: int) -> None:
    if b >= 0:
        for i in range(LANES):
            w[dst + i] = c * w[a * LANES + i] * w[b * LANES + i]
    elif a >= 0:
        for i in range(LANES):
            w[dst + i] = c * w[a * LANES + i]
    else:
        for i in range(LANES):
            w[dst + i] = c


@njit(error_model="numpy", fastmath={"contract"})
def _quotient(w: np.ndarray, dst: int, c: float, a: int, b: int) -> None:
    if a >= 0:
        for i in range(LANES):
            w[dst + i] = c * w[a * LANES + i] / w[b * LANES + i]
    else:
        for i in range(LANES):
            w[dst + i] = c / w[b * LANES + i]


@njit(error_model="numpy", fastmath={"contract"})
def _sum(w: np.ndarray, dst: int, c: float, a: int, d: float, b: int) -> None:
    if b >= 0:
        for i in range(LANES):
            w[dst + i] = c * w[a * LANES + i] + d * w[b * LANES + i]
    else:
        for i in range(LANES):
            w[dst + i] = c * w[a * LANES + i] + d


@njit(error_model="numpy", fastmath={"contract"})
def _add_product(w: np.ndarray, dst: int, c: float, x: int, y: int, z: int) -> None:
    if z >= 0:
        for i in range(LANES):
            w[dst + i] += c * w[x * LANES + i] * w[y * LANES + i] * w[z * LANES + i]
    elif y >= 0:
        for i in range(LANES):
            w[dst + i] += c * w[x * LANES + i] * w[y * LANES + i]
    elif x >= 0:
        for i in range(LANES):
            w[dst + i] += c * w[x * LANES + i]
    else:
        for i in range(LANES):
            w[dst + i] += c


@njit(error_model="numpy", fastmath={"contract"})
def _region(
    w: np.ndarray, dst: int, units: float, unit_row: int, factor: int, c: float, a: int, d: float, b: int
) -> None:
    """Give units · (c·a·factor + d·b) in row 0, and add it to the destination."""
    if factor >= 0:
        _product(w, 0, c, a, factor) if a >= 0 else _product(w, 0, c, factor, -1)
    else:
        _constant(w, 0.0)
    if b >= 0:
        for i in range(LANES):
            w[i] += d * w[b * LANES + i]
    elif d != 0.0:
        for i in range(LANES):
            w[i] += d
    if unit_row >= 0:
        for i in range(LANES):
            w[i] *= units * w[unit_row * LANES + i]
    else:
        for i in range(LANES):
            w[i] *= units
    for i in range(LANES):
        w[dst + i] += w[i]


@njit(error_model="numpy", fastmath={"contract"})
def _parts(w: np.ndarray, dst: int, entries: np.ndarray, units: np.ndarray) -> None:
    """Add up factor rows over zones, each times its units: entries are (factor, units' row, fixed factor, …)."""
    w[dst : dst + 6 * LANES] = 0.0
    for e in range(entries.shape[0]):
        for part in range(6):
            row = entries[e, part]
            if row >= 0:
                _add_product(w, dst + part * LANES, units[e], row, entries[e, 6], -1)


@njit(error_model="numpy", fastmath={"contract"})
def _rate(t: np.ndarray, service: np.ndarray, k: int, rates: np.ndarray, w: np.ndarray, fuel: int) -> None:
    """Give service · (rate of the grid + rate of fuels) in a year."""
    if fuel >= 0:
        for i in range(LANES):
            t[i] = service[k * LANES + i] * (rates[k * LANES + i] + w[fuel * LANES + i])
    else:
        for i in range(LANES):
            t[i] = service[k * LANES + i] * rates[k * LANES + i]


@njit(error_model="numpy")
def _power(out: np.ndarray, x: np.ndarray, w: np.ndarray, row: int, lag: int, ages: int) -> None:
    """Multiply ages by powers of a row, from an age on."""
    power = np.ones(LANES)
    for _ in range(-lag - 1):
        for i in range(LANES):
            power[i] *= w[row + i]
    for k in range(ages):
        if k > lag:
            for i in range(LANES):
                power[i] *= w[row + i]
        for i in range(LANES):
            out[k * LANES + i] = x[k * LANES + i] * power[i]


@njit(error_model="numpy", fastmath={"contract"})
def _scrap(life: np.ndarray) -> None:
    """Give in row 0 the mean of lives (mean 1, shape 2) that end at an age (3): the incomplete gamma function."""
    for i in range(LANES):
        k = life[2, i]
        a = 1.0 / k
        x = exp(min(k * (log(life[3, i]) - log(life[1, i]) + log_gamma(1.0 + a)), 3.8))
        if x > 42.0:
            life[0, i] = life[1, i]
            continue
        term, total, n = 1.0, 1.0, 1
        while term > 1e-17 * total or n < x:
            term *= x / (a + n)
            total += term
            n += 1
        life[0, i] = min(life[3, i] * exp(-x) * total, life[1, i])
