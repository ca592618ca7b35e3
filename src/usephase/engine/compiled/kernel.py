"""Execute a tape over blocks of draws, without the interpreter and without its lock.

Every loop over draws has the constant length `LANES` and touches few arrays, so that it is vectorized.
"""

import numpy as np

from usephase.compiling import compiled
from usephase.engine.compiled.arithmetic import (
    add,
    add_parts,
    add_product,
    add_to,
    divide,
    emit_rate,
    emit_region,
    multiply,
    raise_to_ages,
    row_of,
    scale_product,
    to_sums,
)
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
from usephase.engine.compiled.precision import draw_row, live


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
    life = np.empty((7, LANES))
    room = AGES + WIDE + sizes[2]
    packed, met = np.empty(room * LANES, dtype=zero.dtype), np.empty(room * LANES, dtype=zero.dtype)
    rates = np.empty(room * LANES, dtype=zero.dtype)
    t, u = np.empty(LANES, dtype=zero.dtype), np.empty(LANES)
    drawn, where = np.empty(LANES), np.empty(LANES, dtype=np.int32)
    pair = np.empty(2 * LANES, dtype=zero.dtype)
    nothing, one = zero.dtype.type(0.0), zero.dtype.type(1.0)
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
                multiply(row_of(w, dst), c, w, a, b)
            elif code == ACCUMULATE:
                multiply(t, c, w, a, b)
                to_sums(sums, dst, column, t, size)
                touched[dst] = True
            elif code == DOT:
                w[dst * LANES : (dst + 1) * LANES] = 0.0
                for e in range(lo, hi):
                    add_product(row_of(w, dst), coefficients[e], w, lists[e, 1], lists[e, 2], lists[e, 3])
            elif code == REGIONS:
                w[dst * LANES : (dst + 1) * LANES] = 0.0
                for e in range(lo, hi):
                    emit_region(t, row_of(w, dst), coefficients[e], lists[e, 1], lists[e, 2], c, a, d, b, w)
                    to_sums(sums, lists[e, 0], column, t, size)
                    touched[lists[e, 0]] = True
            elif code == MANY:
                for e in range(lo, hi):
                    if lists[e, 3] < 0:
                        multiply(row_of(w, lists[e, 0]), coefficients[e], w, lists[e, 1], lists[e, 2])
                    else:
                        w[lists[e, 0] * LANES : (lists[e, 0] + 1) * LANES] = 0.0
                        add_product(row_of(w, lists[e, 0]), coefficients[e], w, lists[e, 1], lists[e, 2], lists[e, 3])
            elif code == MORE:
                for e in range(lo, hi):
                    add_product(row_of(w, lists[e, 0]), coefficients[e], w, lists[e, 1], lists[e, 2], lists[e, 3])
            elif code == HOLD:
                add_product(row_of(w, dst), c, w, a, b, -1)
            elif code == ADD:
                add(row_of(w, dst), c, d, w, a, b)
            elif code == DIVIDE:
                divide(row_of(w, dst), c, w, a, b)
            elif code == REST:
                x, y = row_of(w, dst), row_of(w, a)
                for i in range(LANES):
                    x[i] = max(c * y[i] + d, nothing)
            elif code == DRAW:
                for e in range(lo, hi):
                    known = draw_row(row_of(w, lists[e, 1]), pair, lists[e, 0], at, known, where, u, drawn, kind,
                                     params, group, dimension, seeds, words, digits, place, points, best,
                                     given[:, max(at - start, 0):])  # fmt: skip
            elif code == CHOOSE:
                x = row_of(w, dst)
                for i in range(LANES):
                    e = lo + scenario[i]
                    x[i] = coefficients[e] * (w[lists[e, 1] * LANES + i] if lists[e, 1] >= 0 else 1.0)
            elif code == CLEAR:
                w[dst * LANES : (dst + lo) * LANES] = 0.0
            elif code == LIFE:
                x, y = row_of(w, a), row_of(w, b)
                for i in range(LANES):
                    if not (0.0 < x[i] < np.inf and 0.0 < y[i] < np.inf):
                        return 1 + o
                ages[dst] = live(w, a, b, lo, hi, service[dst], retired[dst], ends, terms, life, whole, gone)
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
                raise_to_ages(service[dst], service[a], row_of(w, b), lo, ages[a])
                service[dst, ages[dst] * LANES : (ages[dst] + WIDE) * LANES] = 0.0
            elif code == YEARS:
                w[dst * LANES : (dst + 1) * LANES] = 0.0
                for k in range(ages[a]):
                    add_to(row_of(w, dst), row_of(service[a], k))
            elif code == WEIGH:
                met_over_life(w, dst, service[a], ages[a], lists[lo:hi, 0], sets[b], weights, order, counts, packed,
                              met)  # fmt: skip
            elif code == PARTS:
                add_parts(w, dst, lists[lo:hi], coefficients[lo:hi])
            elif code == CALENDAR:
                rates[: (ages[a] + 1) * LANES] = 0.0
                for e in range(lo, hi):  # each entry is a range of entries that share a set of weights
                    rates_of_years(rates, ages[a], w, lists[lists[e, 1] : lists[e, 2]],
                                   coefficients[lists[e, 1] : lists[e, 2]], sets[lists[e, 0]], weights, order,
                                   counts, packed, met)  # fmt: skip
                for k in range(ages[a]):
                    emit_rate(t, row_of(service[a], k), row_of(rates, k), w, b)
                    to_sums(sums, dst + k, column, t, size)
                    touched[dst + k] = True
            elif code == AGEING:
                for k in range(ages[a]):
                    scale_product(t, c, row_of(retired[a], k) if lo > 0 else row_of(service[a], k), row_of(w, b))
                    to_sums(sums, dst + k, column, t, size)
                    touched[dst + k] = True
            elif code == DATED:
                w[dst * LANES : (dst + 1) * LANES] = 0.0
                for k in range(ages[a]):
                    scale_product(t, one, row_of(retired[a], k), row_of(w, b + min(k, lo)))
                    add_to(row_of(w, dst), t)
            elif code == CALENDAR_DATED:
                for k in range(ages[a]):
                    scale_product(t, c, row_of(retired[a], k), row_of(w, b + min(k, lo)))
                    x = row_of(w, hi)
                    for i in range(LANES):
                        t[i] *= x[i]
                    to_sums(sums, dst + k, column, t, size)
                    touched[dst + k] = True
    return 0
