"""Uncertain cells as arrays, and their draws in compiled code.

Kinds whose quantile is a short formula, drawn in the quasi design and not correlated, are drawn by `fill`; the draws
of all others are made beforehand by `usephase.sampling.draws` and handed over.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numba import njit

from usephase.compiling import compiled
from usephase.engine.compiled.code import LANES
from usephase.model.mathematics import exp, log, normal_quantile_within
from usephase.sampling.compiled import EIGHT, fill_positions, fill_scrambled, philox_words
from usephase.sampling.design import directions, sobol_digits
from usephase.sampling.distributions import (
    DISCRETE,
    FIXED,
    LOGIT_NORMAL,
    LOGNORMAL,
    NORMAL,
    TRIANGULAR,
    UNIFORM,
    WEIBULL,
)
from usephase.sampling.draws import Cells
from usephase.sampling.smooth import DEGREE, PIECES, REACH, pieces, standard_form
from usephase.sampling.streams import key

GIVEN = 100
SMOOTH = 101
SHORT = (FIXED, NORMAL, LOGNORMAL, UNIFORM, TRIANGULAR, WEIBULL, DISCRETE, LOGIT_NORMAL)
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
    params : ndarray (cell, 6)
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
    params = np.zeros((count, 6))
    params[:, :4], params[:, 4], params[:, 5] = cells.params[at], cells.low[at], cells.high[at]
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
        smooth = None
        if quasi_seed is not None and cell not in cells.factor and kind[i] not in SHORT:
            family, a, b, location, scale = standard_form(int(kind[i]), params[i, :4])
            wide_enough = params[i, 5] - params[i, 4] > NARROW
            smooth = pieces(family, a, b) if wide_enough else None
        if smooth is not None:
            if (family, a, b) not in first:
                first[family, a, b] = len(edges)
                edges += [0.0] * smooth.size
                values += smooth.ravel().tolist()
            kind[i], place[i], params[i, :2] = SMOOTH, first[family, a, b], (location, scale)
        elif quasi_seed is None or cell in cells.factor or kind[i] not in SHORT:
            kind[i], place[i] = GIVEN, len(given)
            given.append(int(cell))
            continue
        if kind[i] == DISCRETE:
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
        tuple(given),
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
    low, high = params[cell, 4], params[cell, 5]
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
            out[i] = p1 * exp(log(-np.log1p(-u[i])) / p0)
    elif what == DISCRETE:
        first, count = place[cell], int(p0)
        for i in range(LANES):
            j = 0
            while j < count - 1 and table[0, first + j] < u[i]:
                j += 1
            out[i] = table[1, first + j]
    elif what == SMOOTH:
        _normal_scores(u)
        _smooth(out, u, table[1, place[cell] :], p0, p1)
    elif what == LOGIT_NORMAL:
        middle = np.log((p0 - p2) / (p3 - p0))
        for i in range(LANES):
            out[i] = p2 + (p3 - p2) / (1.0 + exp(-(middle + p1 * u[i])))
    else:
        out[:] = p0
    return known


@njit(error_model="numpy")
def _normal_scores(u: np.ndarray) -> None:
    """Turn uniforms of the quasi design, which are at least 2⁻³³ from 0 and from 1, into scores."""
    for i in range(u.size):
        u[i] = normal_quantile_within(u[i])


@njit(error_model="numpy", fastmath={"contract"})
def _smooth(out: np.ndarray, z: np.ndarray, c: np.ndarray, location: float, scale: float) -> None:
    """Evaluate the polynomials of `usephase.sampling.smooth`."""
    for i in range(z.size):
        at = (z[i] + REACH) * (0.5 * PIECES / REACH)
        piece = min(max(int(at), 0), PIECES - 1)
        t, k = at - piece, piece * (DEGREE + 1)
        value = c[k + 5]
        for n in range(4, -1, -1):
            value = value * t + c[k + n]
        out[i] = location + scale * value
