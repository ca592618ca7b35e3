"""Uncertain cells as arrays, and their draws in compiled code.

Kinds whose quantile is a short formula, drawn in the quasi design and not correlated, are drawn by `fill`; the draws
of all others are made beforehand by `usephase.sampling.draws` and handed over.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numba import njit

from usephase.compiling import compiled
from usephase.engine.program.code import LANES
from usephase.model.mathematics import exp, fma, log, normal_quantile_within
from usephase.sampling.compiled import EIGHT, fill_positions, fill_scrambled, philox_words
from usephase.sampling.design import directions, sobol_digits
from usephase.sampling.distributions import (
    DISCRETE,
    EMPIRICAL,
    LOGIT_NORMAL,
    LOGNORMAL,
    METALOG,
    NORMAL,
    RECORDS,
    TRIANGULAR,
    UNIFORM,
    WEIBULL,
    WIDTH,
)
from usephase.sampling.distributions.metalog import ABOVE, BELOW, BETWEEN
from usephase.sampling.distributions.record import Smooth
from usephase.sampling.draws import Cells
from usephase.sampling.smooth import DEGREE, PIECES, REACH, pieces
from usephase.sampling.streams import key

GIVEN = 100
SMOOTH = 101
_ROUNDS = 4
NARROW = 0.25
"""Cells cut to less of their distribution are handed over: their scores might lie beyond what is covered."""


@dataclass(frozen=True)
class CellArrays:
    """What `fill` needs of the cells that one tape draws.

    Attributes
    ----------
    kind : ndarray of int (cell,)
        As `usephase.sampling.distributions`, or `GIVEN`, or `SMOOTH`: polynomials of the normal score.
    params : ndarray (cell, WIDTH + 2)
        Parameters, and the probabilities between which the cell is drawn.
    group : ndarray of int (cell,)
        Position of its point set in `words`.
    dimension : ndarray of int (cell,)
    seeds : ndarray of uint32 (cell, replicate)
    words : ndarray of uint64 (group, level, round, replicate)
    digits : ndarray of uint32 (dimension, point)
    place : ndarray of int (cell,)
        Of a given cell its row among those; of a discrete or smooth one its first column in `points`.
    points : ndarray (2, point)
        Upper edges and values of discrete cells, one after the other; in the second row the coefficients of smooth
        ones.
    best : ndarray (cell,)
    given : tuple of int
        The cells, as numbered in the plan, whose draws are handed over.
    cell : ndarray of int (cell,)
        The number of each in the plan.
    """

    kind: np.ndarray
    params: np.ndarray
    group: np.ndarray
    dimension: np.ndarray
    seeds: np.ndarray
    words: np.ndarray
    digits: np.ndarray
    place: np.ndarray
    points: np.ndarray
    best: np.ndarray
    given: tuple[int, ...]
    cell: np.ndarray


def cell_arrays(cells: Cells, wanted: Sequence[int], quasi_seed: int | None, draws: int) -> CellArrays:
    """Collect the arrays of cells.

    Parameters
    ----------
    cells : Cells
    wanted : sequence of int
        Their numbers in `cells`.
    quasi_seed : int or None
        None if the design is not the quasi one: all draws are handed over.
    draws : int
        Draws in all.
    """
    count = len(wanted)
    at = np.asarray(wanted, dtype=np.intp)
    kind = cells.kind[at].astype(np.int64)
    params = np.column_stack([cells.params[at], cells.low[at], cells.high[at]])
    place = np.zeros(count, dtype=np.int64)
    given: list[int] = []
    edges: list[float] = []
    values: list[float] = []
    groups: dict[str, int] = {}
    group = np.zeros(count, dtype=np.int64)
    dimension = np.zeros(count, dtype=np.int64)
    wide = directions().shape[0]
    first: dict[tuple[int, float, float], int] = {}
    for i, cell in enumerate(wanted):
        record = RECORDS[int(kind[i])]
        ours = quasi_seed is not None and cell not in cells.factor
        smooth = None
        if ours and isinstance(record, Smooth) and params[i, WIDTH + 1] - params[i, WIDTH] > NARROW:
            family, a, b, location, scale = record.standard(params[i])
            smooth = pieces(family, a, b)
        if smooth is not None:
            if (family, a, b) not in first:
                first[family, a, b] = len(edges)
                edges += [0.0] * smooth.size
                values += smooth.ravel().tolist()
            kind[i], place[i], params[i, :2] = SMOOTH, first[family, a, b], (location, scale)
        elif not ours or record.compiled in ("given", "smooth"):
            kind[i], place[i] = GIVEN, len(given)
            given.append(int(cell))
            continue
        if kind[i] != SMOOTH:
            params[i, :WIDTH] = record.arranged(params[i, :WIDTH])
        if kind[i] in (DISCRETE, EMPIRICAL):
            its, weights = cells.points[int(cell)]
            ends = np.cumsum(weights)
            ends[-1] = 1.0
            place[i], params[i, 0] = len(edges), len(its)
            edges += ends.tolist()
            values += np.asarray(its, dtype=float).tolist()
        d = int(cells.dimension[cell])
        name = cells.group[cell] if d < wide else f"{cells.group[cell]}\x1f{d // wide}"
        group[i] = groups.setdefault(name, len(groups))
        dimension[i] = d % wide
    streams = np.array([key(quasi_seed, name) for name in groups], dtype=np.uint64)
    size = 1 << (-(-max(draws, LANES) // EIGHT) - 1).bit_length()
    words = np.zeros((len(groups), size.bit_length(), _ROUNDS, EIGHT), dtype=np.uint64)
    seeds = np.zeros((count, EIGHT), dtype=np.uint32)
    _fill_words(streams, words)
    if groups:
        _fill_seeds(streams[group], dimension, seeds)
    most = int(dimension.max(initial=0)) + 1
    digits = np.stack([sobol_digits(d, size) for d in range(most)])
    return CellArrays(
        kind, params, group, dimension, seeds, words, digits, place, np.array([edges, values]), cells.best[at],
        tuple(given), at,
    )  # fmt: skip


@compiled()
def _fill_words(streams: np.ndarray, words: np.ndarray) -> None:
    for g in range(streams.size):
        for level in range(words.shape[1]):
            for r in range(words.shape[3]):
                its = words[g, level]
                its[0, r], its[1, r], its[2, r], its[3, r] = philox_words(
                    streams[g], np.uint64((level << 8) + r), np.uint64(0x8000)
                )


@compiled()
def _fill_seeds(streams: np.ndarray, dimension: np.ndarray, seeds: np.ndarray) -> None:
    for i in range(streams.size):
        for r in range(seeds.shape[1]):
            seeds[i, r] = np.uint32(philox_words(streams[i], np.uint64(r), np.uint64(dimension[i] + 1))[0])


@compiled()
def fill(
    cell: int,
    start: int,
    known: int,
    points: np.ndarray,
    u: np.ndarray,
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
    cell, start : int
        A negative `start` asks for the best estimate.
    known : int
        The group whose points are in `points`, −1 if none.
    points, u : ndarray (LANES,)
        Scratch.
    given : ndarray (row, draw)
        Draws handed over, of this block alone.
    out : ndarray (LANES,)

    Returns
    -------
    The group whose points are now in `points`.
    """
    p0, p1, p2, p3 = params[cell, 0], params[cell, 1], params[cell, 2], params[cell, 3]
    if start < 0:
        out[:] = best[cell]
        return known
    what = kind[cell]
    if what == GIVEN:
        row = given[place[cell]]
        n = min(LANES, row.size)
        for i in range(n):
            out[i] = row[i]
        for i in range(n, LANES):
            out[i] = row[n - 1]
        return known
    if group[cell] != known:
        known = group[cell]
        fill_positions(words[known], start, points)
    fill_scrambled(digits[dimension[cell]], points, seeds[cell], start, u)
    low, high = params[cell, WIDTH], params[cell, WIDTH + 1]
    if low > 0.0 or high < 1.0:
        for i in range(LANES):
            u[i] = low + u[i] * (high - low)
    if what in (NORMAL, LOGNORMAL, LOGIT_NORMAL):
        _normal_scores(u)
    if what == NORMAL:
        for i in range(LANES):
            out[i] = p0 + p1 * u[i]
    elif what == LOGNORMAL:
        s = p1 if p0 > 0.0 else -p1
        for i in range(LANES):
            out[i] = p0 * exp(s * u[i])
    elif what == UNIFORM:
        for i in range(LANES):
            out[i] = p0 + (p1 - p0) * u[i]
    elif what == TRIANGULAR:
        split = (p1 - p0) / (p2 - p0)
        for i in range(LANES):
            rising = p0 + np.sqrt(u[i] * ((p2 - p0) * (p1 - p0)))
            falling = p2 - np.sqrt((1.0 - u[i]) * ((p2 - p0) * (p2 - p1)))
            out[i] = rising if u[i] < split else falling
    elif what == WEIBULL:
        for i in range(LANES):
            survives = 1.0 - u[i]
            out[i] = p1 * exp(log(-log(survives) * (u[i] / (1.0 - survives))) / p0)  # ln(1 − u) to the last digit
    elif what == DISCRETE:
        first, count = place[cell], int(p0)
        for i in range(LANES):
            j = 0
            while j < count - 1 and table[0, first + j] < u[i]:
                j += 1
            out[i] = table[1, first + j]
    elif what == EMPIRICAL:
        first, count = place[cell], int(p0)
        for i in range(LANES):
            rank = u[i] * (count - 1)
            j = min(int(rank), count - 2)
            out[i] = table[1, first + j] + (rank - j) * (table[1, first + j + 1] - table[1, first + j])
    elif what == METALOG:
        bottom, top, form = params[cell, 3], params[cell, 4], params[cell, 5]
        for i in range(LANES):
            odds = log(u[i] / (1.0 - u[i]))
            y = p0 + p1 * odds + p2 * (u[i] - 0.5) * odds
            out[i] = y
            if form == ABOVE:
                out[i] = bottom + exp(y)
            elif form == BELOW:
                out[i] = top - exp(-y)
            elif form == BETWEEN:
                out[i] = bottom + (top - bottom) / (1.0 + exp(-y))
    elif what == SMOOTH:
        _normal_scores(u)
        _smooth(out, u, table[1, place[cell] :], p0, p1)
    elif what == LOGIT_NORMAL:
        middle = log((p0 - p2) / (p3 - p0))
        for i in range(LANES):
            out[i] = p2 + (p3 - p2) / (1.0 + exp(-(middle + p1 * u[i])))
    else:
        out[:] = p0
    return known


@compiled()
def fill_rows(
    wanted: np.ndarray, at: int, kind: np.ndarray, params: np.ndarray, group: np.ndarray, dimension: np.ndarray,
    seeds: np.ndarray, words: np.ndarray, digits: np.ndarray, place: np.ndarray, table: np.ndarray, best: np.ndarray,
    given: np.ndarray, skipped: int, rows: np.ndarray, out: np.ndarray,
) -> None:  # fmt: skip
    """Draw cells for many rows of draws from `at`.

    Parameters
    ----------
    wanted, rows : ndarray of int (cell,)
        The cells, and where each goes.
    given : ndarray (row, draw)
    skipped : int
        Draws of `given` before those wanted.
    out : ndarray (row, draw)
    """
    where, u = np.empty(LANES, dtype=np.int32), np.empty(LANES)
    for first in range(0, out.shape[1], LANES):
        known = -1
        mine = given[:, skipped + first :]
        start = at + first if at >= 0 else at
        for i in range(wanted.size):
            known = fill(wanted[i], start, known, where, u, kind, params, group, dimension, seeds, words, digits,
                         place, table, best, mine, out[rows[i], first : first + LANES])  # fmt: skip


@njit(error_model="numpy")
def _normal_scores(u: np.ndarray) -> None:
    """Turn uniforms of the quasi design, which are at least 2⁻³³ from 0 and from 1, into scores."""
    for i in range(u.size):
        u[i] = normal_quantile_within(u[i])


@njit(error_model="numpy")
def _smooth(out: np.ndarray, z: np.ndarray, c: np.ndarray, location: float, scale: float) -> None:
    """Evaluate the polynomials of `usephase.sampling.smooth`."""
    for i in range(z.size):
        at = (z[i] + REACH) * (0.5 * PIECES / REACH)
        piece = min(max(int(at), 0), PIECES - 1)
        t, k = at - piece, piece * (DEGREE + 1)
        value = c[k + 5]
        for n in range(4, -1, -1):
            value = fma(value, t, c[k + n])
        out[i] = location + scale * value
