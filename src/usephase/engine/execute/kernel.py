"""Execute a tape over blocks of draws, without the interpreter and without its lock.

Every loop over draws has the constant length `LANES` and touches few arrays, so that it is vectorized.
"""

from typing import Any

import numpy as np
from numba import njit

from usephase.compiling import compiled
from usephase.engine.execute.borrowed import borrowed
from usephase.engine.program.arithmetic import (
    accumulate,
    accumulate_aged,
    accumulate_rate,
    add,
    add_parts,
    add_product,
    add_row,
    add_scaled,
    clear_sum,
    divide,
    emit_regions,
    fill_row,
    leak_charge,
    multiply,
    open_sum,
    raise_to_ages,
    rest,
    row_of,
)
from usephase.engine.program.cells import fill
from usephase.engine.program.code import (
    ACCUMULATE,
    ADD,
    AGEING,
    AGES,
    CALENDAR,
    CALENDAR_DATED,
    CHARGE,
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
    SCENARIO,
    WEIGH,
    YEARS,
)
from usephase.engine.program.electricity import WIDE, met_over_life, rates_of_years
from usephase.engine.program.life_rows import live


def aligned(size: int) -> np.ndarray:
    """Make an array, of any values, that begins where a line of the caches does: no row's part then lies in two."""
    line = 64
    raw = np.empty(size * 8 + line, dtype=np.uint8)
    first = -raw.ctypes.data % line
    return raw[first : first + size * 8].view(np.float64)


def scratch(sizes: np.ndarray, sums: int) -> tuple[np.ndarray, ...]:
    """Make the arrays that `execute` writes while it runs.

    Parameters
    ----------
    sizes : ndarray of int
        As in `Program`.
    sums : int
        How many there are.
    """
    rows, slots, longest, scenarios = (int(n) for n in sizes[:4])
    most = AGES + WIDE + longest
    counts = (rows, slots * (AGES + WIDE), slots * AGES, most, most, most, 7)
    return (
        *(aligned(n * LANES) for n in counts),
        aligned(9 * LANES).reshape(9, LANES), aligned(LANES), aligned(LANES),
        np.empty(LANES, dtype=np.int32), np.zeros(slots, dtype=np.int64), np.empty(LANES, dtype=np.int64),
        np.empty(scenarios + 1, dtype=np.int64), np.zeros(LANES, dtype=np.int64),
        np.full(sums, -2),
    )  # fmt: skip


@compiled()
def execute(
    first: int,
    last: int,
    start: int,
    origin: int,
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
    sums: np.ndarray,
    touched: np.ndarray,
    room: Any,
) -> int:
    """Run a tape for draws `first` … `last` − 1; the parameters are those of `Program`.

    Parameters
    ----------
    start : int
        The draw that the columns of what is handed over begin with. A negative `first` asks for best estimates, in
        column 0.
    origin : int
        The draw that the columns of `sums` begin with.
    sums : ndarray (sum, draw)
        Overwritten; with room for whole rows of `LANES` draws.
    touched : ndarray of bool (sum,)
        Which sums something was added to: those are marked.
    room : tuple of ndarray
        As `scratch` gives it; it belongs to the caller, like all other arrays, so that none need be counted here.

    Returns
    -------
    0, or 1 + the number of the operation that met a life which is not a finite positive number.
    """
    (w, service, retired, packed, met, rates, scratch, life, u, drawn, where, ages, order, counts,
     scenario, seen) = room  # fmt: skip
    w, service, retired, packed, met = (
        borrowed(w), borrowed(service), borrowed(retired), borrowed(packed), borrowed(met),
    )  # fmt: skip
    rates, scratch, life = borrowed(rates), borrowed(scratch), borrowed(life)
    u, drawn, where, ages = borrowed(u), borrowed(drawn), borrowed(where), borrowed(ages)
    order, counts, scenario = borrowed(order), borrowed(counts), borrowed(scenario)
    seen = borrowed(seen)
    operations, constants, lists = borrowed(operations), borrowed(constants), borrowed(lists)
    coefficients, sizes, ends, terms = borrowed(coefficients), borrowed(sizes), borrowed(ends), borrowed(terms)
    sets, weights, kind, params = borrowed(sets), borrowed(weights), borrowed(kind), borrowed(params)
    group, dimension, seeds, words = borrowed(group), borrowed(dimension), borrowed(seeds), borrowed(words)
    digits, place, points, best = borrowed(digits), borrowed(place), borrowed(points), borrowed(best)
    given, given_lives, given_ages = borrowed(given), borrowed(given_lives), borrowed(given_ages)
    sums, touched = borrowed(sums), borrowed(touched)
    years, gone_years = AGES + WIDE, AGES  # rows of a slot
    for at in range(first, last, LANES):
        known = -1
        column = max(at - origin, 0)  # best estimates: in the first
        mine = given[:, max(at - start, 0) :]
        _choose_scenario(sizes[4], at, where, u, kind, params, group, dimension, seeds, words, digits, place, points,
                         best, mine, drawn, scenario, order, counts)  # fmt: skip
        for o in range(operations.shape[0]):
            code, dst, a, b = operations[o, 0], operations[o, 1], operations[o, 2], operations[o, 3]
            lo, hi = operations[o, 4], operations[o, 5]
            c, d = constants[o, 0], constants[o, 1]
            if code == MULTIPLY:
                multiply(w, dst, c, w, a, b)
            elif code == ACCUMULATE:
                open_sum(sums, dst, column, seen, touched, at)
                accumulate(sums, dst, column, c, w, a, b)
            elif code == DOT:
                fill_row(w, dst, 0.0)
                for e in range(lo, hi):
                    add_product(w, dst, coefficients[e], lists[e, 1], lists[e, 2], lists[e, 3])
            elif code == REGIONS:
                for e in range(lo, hi):
                    if lists[e, 0] >= 0:
                        open_sum(sums, lists[e, 0], column, seen, touched, at)
                emit_regions(sums, column, w, dst, lists, coefficients, lo, hi, c, a, d, b, scratch)
            elif code == MANY:
                for e in range(lo, hi):
                    if lists[e, 3] < 0:
                        multiply(w, lists[e, 0], coefficients[e], w, lists[e, 1], lists[e, 2])
                    else:
                        fill_row(w, lists[e, 0], 0.0)
                        add_product(w, lists[e, 0], coefficients[e], lists[e, 1], lists[e, 2], lists[e, 3])
            elif code == MORE:
                for e in range(lo, hi):
                    add_product(w, lists[e, 0], coefficients[e], lists[e, 1], lists[e, 2], lists[e, 3])
            elif code == HOLD:
                add_product(w, dst, c, a, b, -1)
            elif code == ADD:
                add(w, dst, c, d, a, b)
            elif code == DIVIDE:
                divide(w, dst, c, a, b)
            elif code == REST:
                rest(w, dst, c, d, a)
            elif code == DRAW:
                for e in range(lo, hi):
                    known = fill(lists[e, 0], at, known, where, u, kind, params, group, dimension, seeds, words,
                                 digits, place, points, best, mine, row_of(w, lists[e, 1]))  # fmt: skip
            elif code == CHOOSE:
                for i in range(LANES):
                    e = lo + scenario[i]
                    w[dst * LANES + i] = coefficients[e] * (w[lists[e, 1] * LANES + i] if lists[e, 1] >= 0 else 1.0)
            elif code == CLEAR:
                for k in range(dst, dst + lo):
                    fill_row(w, k, 0.0)
            elif code == LIFE:
                x, y = row_of(w, a), row_of(w, b)
                for i in range(LANES):
                    if not (0.0 < x[i] < np.inf and 0.0 < y[i] < np.inf):
                        return 1 + o
                ages[dst] = live(w, a, b, lo, hi, service[dst * years * LANES :], retired[dst * gone_years * LANES :],
                                 ends, terms, life)  # fmt: skip
                for k in range(ages[dst], ages[dst] + WIDE):
                    fill_row(service, dst * years + k, 0.0)
            elif code == GIVEN_LIFE:
                ages[dst] = given_ages[lo]
                from_ = max(at - start, 0)
                for i in range(LANES):
                    j = min(from_ + i, given_lives.shape[3] - 1)
                    for k in range(ages[dst]):
                        service[(dst * years + k) * LANES + i] = given_lives[lo, 0, k, j]
                        retired[(dst * gone_years + k) * LANES + i] = given_lives[lo, 1, k, j]
                    w[hi * LANES + i] = given_lives[lo, 2, 0, j]
                for k in range(ages[dst], ages[dst] + WIDE):
                    fill_row(service, dst * years + k, 0.0)
            elif code == POWER:
                ages[dst] = ages[a]
                raise_to_ages(service, dst * years, service, a * years, w, b, lo, ages[a])
                for k in range(ages[dst], ages[dst] + WIDE):
                    fill_row(service, dst * years + k, 0.0)
            elif code == CHARGE:
                ages[dst] = ages[a]
                leak_charge(service, dst * years, retired, dst * gone_years, a * years, a * gone_years, w, b, ends,
                            ages[a])  # fmt: skip
                for k in range(ages[dst], ages[dst] + WIDE):
                    fill_row(service, dst * years + k, 0.0)
            elif code == YEARS:
                fill_row(w, dst, 0.0)
                for k in range(ages[a]):
                    add_row(w, dst, service, a * years + k)
            elif code == WEIGH:
                met_over_life(w, dst, service, a * years, ages[a], lists, lo, hi, sets, b, weights, order, counts,
                              packed, met)  # fmt: skip
            elif code == PARTS:
                add_parts(w, dst, lists, coefficients, lo, hi, scratch)
            elif code == CALENDAR:
                for k in range(ages[a] + 1):
                    fill_row(rates, k, 0.0)
                for e in range(lo, hi):  # each entry is a range of entries that share a set of weights
                    rates_of_years(rates, ages[a], w, lists, coefficients, lists[e, 1], lists[e, 2], sets,
                                   lists[e, 0], weights, order, counts, packed, met)  # fmt: skip
                for k in range(ages[a]):
                    open_sum(sums, dst + k, column, seen, touched, at)
                    accumulate_rate(sums, dst + k, column, service, a * years + k, rates, k, w, b)
            elif code == AGEING:
                for k in range(ages[a]):
                    open_sum(sums, dst + k, column, seen, touched, at)
                    if lo > 0:
                        accumulate_aged(sums, dst + k, column, c, retired, a * gone_years + k, w, b, -1)
                    else:
                        accumulate_aged(sums, dst + k, column, c, service, a * years + k, w, b, -1)
            elif code == DATED:
                fill_row(w, dst, 0.0)
                for k in range(ages[a]):
                    add_scaled(w, dst, retired, a * gone_years + k, b + min(k, lo))
            elif code == SCENARIO:
                _choose_scenario(dst, at, where, u, kind, params, group, dimension, seeds, words, digits, place, points,
                                 best, mine, drawn, scenario, order, counts)  # fmt: skip
                known = -1
            elif code == CALENDAR_DATED:
                for k in range(ages[a]):
                    open_sum(sums, dst + k, column, seen, touched, at)
                    accumulate_aged(sums, dst + k, column, c, retired, a * gone_years + k, w, b + min(k, lo), hi)
        for key in range(seen.size):
            if seen[key] != at:
                clear_sum(sums, key, column)
    return 0


@njit(error_model="numpy")
def _choose_scenario(
    cell: int, at: int, where: np.ndarray, u: np.ndarray, kind: np.ndarray, params: np.ndarray, group: np.ndarray,
    dimension: np.ndarray, seeds: np.ndarray, words: np.ndarray, digits: np.ndarray, place: np.ndarray,
    points: np.ndarray, best: np.ndarray, given: np.ndarray, drawn: np.ndarray, scenario: np.ndarray,
    order: np.ndarray, counts: np.ndarray,
) -> None:  # fmt: skip
    """Draw the scenario of each draw by a cell, if there is one, and put the draws in the order of their scenarios."""
    if cell >= 0:
        fill(cell, at, -1, where, u, kind, params, group, dimension, seeds, words, digits, place, points, best, given,
             drawn)  # fmt: skip
        for i in range(LANES):
            scenario[i] = int(drawn[i])
    n = 0
    for s in range(counts.size - 1):
        counts[s] = n
        for i in range(LANES):
            if scenario[i] == s:
                order[n] = i
                n += 1
    counts[counts.size - 1] = n
