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
    start: int,
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
    start : int
        The draw that the columns of what is handed over begin with. A negative `first` asks for best estimates, in
        column 0.
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
        column = at
        if first < 0:
            size, column = 1, 0
        if sizes[4] >= 0:
            fill(sizes[4], at, -1, where, u, kind, params, group, dimension, seeds, words, digits, place, points,
                 best, given[:, max(at - start, 0):], drawn)  # fmt: skip
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
            code, dst, a, b = operations[o, 0], operations[o, 1], operations[o, 2], operations[o, 3]
            lo, hi = operations[o, 4], operations[o, 5]
            c, d = constants[o, 0], constants[o, 1]
            if code == MULTIPLY:
                _product(_row(w, dst), c, w, a, b)
            elif code == ACCUMULATE:
                _product(t, c, w, a, b)
                _to_sums(sums, dst, column, t, size)
                touched[dst] = True
            elif code == DOT:
                w[dst * LANES : (dst + 1) * LANES] = 0.0
                for e in range(lo, hi):
                    _add_product(_row(w, dst), coefficients[e], w, lists[e, 1], lists[e, 2], lists[e, 3])
            elif code == REGIONS:
                w[dst * LANES : (dst + 1) * LANES] = 0.0
                for e in range(lo, hi):
                    _region(t, _row(w, dst), coefficients[e], lists[e, 1], lists[e, 2], c, a, d, b, w)
                    _to_sums(sums, lists[e, 0], column, t, size)
                    touched[lists[e, 0]] = True
            elif code == MANY:
                for e in range(lo, hi):
                    if lists[e, 3] < 0:
                        _product(_row(w, lists[e, 0]), coefficients[e], w, lists[e, 1], lists[e, 2])
                    else:
                        w[lists[e, 0] * LANES : (lists[e, 0] + 1) * LANES] = 0.0
                        _add_product(_row(w, lists[e, 0]), coefficients[e], w, lists[e, 1], lists[e, 2], lists[e, 3])
            elif code == MORE:
                for e in range(lo, hi):
                    _add_product(_row(w, lists[e, 0]), coefficients[e], w, lists[e, 1], lists[e, 2], lists[e, 3])
            elif code == HOLD:
                _add_product(_row(w, dst), c, w, a, b, -1)
            elif code == ADD:
                _sum(_row(w, dst), c, d, w, a, b)
            elif code == DIVIDE:
                _quotient(_row(w, dst), c, w, a, b)
            elif code == REST:
                x, y = _row(w, dst), _row(w, a)
                for i in range(LANES):
                    x[i] = max(c * y[i] + d, 0.0)
            elif code == DRAW:
                for e in range(lo, hi):
                    known = fill(lists[e, 0], at, known, where, u, kind, params, group, dimension, seeds, words,
                                 digits, place, points, best, given[:, max(at - start, 0):], drawn)  # fmt: skip
                    _copied(_row(w, lists[e, 1]), drawn)
            elif code == CHOOSE:
                x = _row(w, dst)
                for i in range(LANES):
                    e = lo + scenario[i]
                    x[i] = coefficients[e] * (w[lists[e, 1] * LANES + i] if lists[e, 1] >= 0 else 1.0)
            elif code == CLEAR:
                w[dst * LANES : (dst + lo) * LANES] = 0.0
            elif code == LIFE:
                _copied(life[0], _row(w, a))
                _copied(life[1], _row(w, a))
                _copied(life[2], _row(w, b))
                for i in range(LANES):
                    if not (0.0 < life[1, i] < np.inf and 0.0 < life[2, i] < np.inf):
                        return 1 + o
                if lo >= 0:
                    _copied(life[3], _row(w, lo))
                    _scrap(life)
                else:
                    life[3] = np.inf
                _copied(_row(w, hi), life[0])
                ages[dst] = fill_lives(life[0], life[1], life[2], life[3], ends, terms, whole, gone)
                for k in range(ages[dst]):
                    _copied(_row(service[dst], k), whole[k])
                    _copied(_row(retired[dst], k), gone[k])
                service[dst, ages[dst] * LANES : (ages[dst] + WIDE) * LANES] = 0.0
            elif code == GIVEN_LIFE:
                ages[dst] = given_ages[lo]
                from_ = max(at - start, 0)
                for i in range(LANES):
                    j = min(from_ + i, given_lives.shape[3] - 1)
                    for k in range(ages[dst]):
                        service[dst, k * LANES + i] = given_lives[lo, 0, k, j]
                        retired[dst, k * LANES + i] = given_lives[lo, 1, k, j]
                    w[hi * LANES + i] = given_lives[lo, 2, 0, j]
                service[dst, ages[dst] * LANES : (ages[dst] + WIDE) * LANES] = 0.0
            elif code == POWER:
                ages[dst] = ages[a]
                _power(service[dst], service[a], _row(w, b), lo, ages[a])
                service[dst, ages[dst] * LANES : (ages[dst] + WIDE) * LANES] = 0.0
            elif code == YEARS:
                w[dst * LANES : (dst + 1) * LANES] = 0.0
                for k in range(ages[a]):
                    _added(_row(w, dst), _row(service[a], k))
            elif code == WEIGH:
                met_over_life(w, dst, service[a], ages[a], lists[lo:hi, 0], sets[b], weights, order, counts, packed,
                              met)  # fmt: skip
            elif code == PARTS:
                _parts(w, dst, lists[lo:hi], coefficients[lo:hi])
            elif code == CALENDAR:
                rates[: (ages[a] + 1) * LANES] = 0.0
                for e in range(lo, hi):  # each entry is a range of entries that share a set of weights
                    rates_of_years(rates, ages[a], w, lists[lists[e, 1] : lists[e, 2]], sets[lists[e, 0]], weights,
                                   order, counts, packed, met)  # fmt: skip
                for k in range(ages[a]):
                    _rate(t, _row(service[a], k), _row(rates, k), w, b)
                    _to_sums(sums, dst + k, column, t, size)
                    touched[dst + k] = True
            elif code == AGEING:
                for k in range(ages[a]):
                    _three(t, c, _row(retired[a], k) if lo > 0 else _row(service[a], k), _row(w, b))
                    _to_sums(sums, dst + k, column, t, size)
                    touched[dst + k] = True
            elif code == DATED:
                w[dst * LANES : (dst + 1) * LANES] = 0.0
                for k in range(ages[a]):
                    _three(t, 1.0, _row(retired[a], k), _row(w, b + min(k, lo)))
                    _added(_row(w, dst), t)
            elif code == CALENDAR_DATED:
                for k in range(ages[a]):
                    _three(t, c, _row(retired[a], k), _row(w, b + min(k, lo)))
                    x = _row(w, hi)
                    for i in range(LANES):
                        t[i] *= x[i]
                    _to_sums(sums, dst + k, column, t, size)
                    touched[dst + k] = True
    return 0


@njit(error_model="numpy", fastmath={"contract"})
def _row(w: np.ndarray, row: int) -> np.ndarray:
    return w[row * LANES : (row + 1) * LANES]


@njit(error_model="numpy", fastmath={"contract"})
def _to_sums(sums: np.ndarray, key: int, column: int, x: np.ndarray, size: int) -> None:
    row = sums[key, column : column + size]
    for i in range(size):
        row[i] += x[i]


@njit(error_model="numpy", fastmath={"contract"})
def _product(out: np.ndarray, c: float, w: np.ndarray, a: int, b: int) -> None:
    if b >= 0:
        x, y = _row(w, a), _row(w, b)
        for i in range(LANES):
            out[i] = c * x[i] * y[i]
    elif a >= 0:
        x = _row(w, a)
        for i in range(LANES):
            out[i] = c * x[i]
    else:
        out[:] = c


@njit(error_model="numpy", fastmath={"contract"})
def _quotient(out: np.ndarray, c: float, w: np.ndarray, a: int, b: int) -> None:
    y = _row(w, b)
    if a >= 0:
        x = _row(w, a)
        for i in range(LANES):
            out[i] = c * x[i] / y[i]
    else:
        for i in range(LANES):
            out[i] = c / y[i]


@njit(error_model="numpy", fastmath={"contract"})
def _sum(out: np.ndarray, c: float, d: float, w: np.ndarray, a: int, b: int) -> None:
    x = _row(w, a)
    if b >= 0:
        y = _row(w, b)
        for i in range(LANES):
            out[i] = c * x[i] + d * y[i]
    else:
        for i in range(LANES):
            out[i] = c * x[i] + d


@njit(error_model="numpy", fastmath={"contract"})
def _add_product(out: np.ndarray, c: float, w: np.ndarray, a: int, b: int, e: int) -> None:
    if e >= 0:
        x, y, z = _row(w, a), _row(w, b), _row(w, e)
        for i in range(LANES):
            out[i] += c * x[i] * y[i] * z[i]
    elif b >= 0:
        x, y = _row(w, a), _row(w, b)
        for i in range(LANES):
            out[i] += c * x[i] * y[i]
    elif a >= 0:
        x = _row(w, a)
        for i in range(LANES):
            out[i] += c * x[i]
    else:
        for i in range(LANES):
            out[i] += c


@njit(error_model="numpy", fastmath={"contract"})
def _region(
    t: np.ndarray, out: np.ndarray, units: float, unit_row: int, factor: int,
    c: float, a: int, d: float, b: int, w: np.ndarray,
) -> None:  # fmt: skip
    """Give t = units · (c·a·factor + d·b), and add it to `out`."""
    if factor < 0:
        t[:] = 0.0
    elif a >= 0:
        _product(t, c, w, a, factor)
    else:
        _product(t, c, w, factor, -1)
    if b >= 0 or d != 0.0:
        _add_product(t, d, w, b, -1, -1)
    if unit_row >= 0:
        x = _row(w, unit_row)
        for i in range(LANES):
            t[i] *= units * x[i]
    else:
        for i in range(LANES):
            t[i] *= units
    for i in range(LANES):
        out[i] += t[i]


@njit(error_model="numpy", fastmath={"contract"})
def _parts(w: np.ndarray, first: int, entries: np.ndarray, units: np.ndarray) -> None:
    """Add up six factors over zones, each times its units: an entry has six rows and that of the units."""
    w[first * LANES : (first + 6) * LANES] = 0.0
    for e in range(entries.shape[0]):
        for part in range(6):
            row = entries[e, part]
            if row >= 0:
                _add_product(_row(w, first + part), units[e], w, row, entries[e, 6], -1)


@njit(error_model="numpy", fastmath={"contract"})
def _rate(t: np.ndarray, service: np.ndarray, rate: np.ndarray, w: np.ndarray, fuel: int) -> None:
    """Give service · (rate of the grid + rate of fuels) in a year."""
    if fuel >= 0:
        x = _row(w, fuel)
        for i in range(LANES):
            t[i] = service[i] * (rate[i] + x[i])
    else:
        for i in range(LANES):
            t[i] = service[i] * rate[i]


@njit(error_model="numpy", fastmath={"contract"})
def _three(t: np.ndarray, c: float, x: np.ndarray, y: np.ndarray) -> None:
    for i in range(LANES):
        t[i] = c * x[i] * y[i]


@njit(error_model="numpy", fastmath={"contract"})
def _added(out: np.ndarray, x: np.ndarray) -> None:
    for i in range(LANES):
        out[i] += x[i]


@njit(error_model="numpy")
def _power(out: np.ndarray, x: np.ndarray, base: np.ndarray, lag: int, ages: int) -> None:
    """Multiply ages by powers of a row, from an age on."""
    power = np.ones(LANES)
    for _ in range(-lag - 1):
        for i in range(LANES):
            power[i] *= base[i]
    for k in range(ages):
        if k > lag:
            for i in range(LANES):
                power[i] *= base[i]
        to, from_ = _row(out, k), _row(x, k)
        for i in range(LANES):
            to[i] = from_[i] * power[i]


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


@njit(error_model="numpy", fastmath={"contract"})
def _copied(out: np.ndarray, x: np.ndarray) -> None:
    for i in range(LANES):
        out[i] = x[i]
