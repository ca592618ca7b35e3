"""Draws of a product's own cells, compiled: the bits of `usephase.sampling.design.Quasi`, the quantiles to rounding.

A sweep asks for every own cell of a catalog twice. Here a cell costs some nanoseconds a draw and no call of Python.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from usephase.compiling import compiled
from usephase.model.mathematics import exp, log, middle_quantile, near_tail, normal_quantile
from usephase.sampling.compiled import philox_words, scrambled_bits
from usephase.sampling.design import REPLICATES
from usephase.sampling.distributions import FIXED, LOGIT_NORMAL, LOGNORMAL, NORMAL, TRIANGULAR, UNIFORM

KINDS = (FIXED, NORMAL, LOGNORMAL, UNIFORM, TRIANGULAR, LOGIT_NORMAL)
"""Distributions whose quantile is written here; the others are drawn outside."""

_ROUNDS = 4
_ORDER = np.uint64(0x8000)
_MIDDLE = 0.425
"""Distance from ½ up to which the quantile of the normal distribution is one quotient, without a logarithm."""
_FAR = 1e-10
"""Probabilities nearer to 0 or 1 than this are left to the function that knows the far tail."""


class Scratch(NamedTuple):
    """What a draw needs of memory: digits and seeds by draw, and the places and values of the tails."""

    digits: np.ndarray
    seeds: np.ndarray
    at: np.ndarray
    far: np.ndarray


@njit(error_model="numpy")
def scratch_for(draws: int) -> Scratch:
    """Make scratch memory for this many draws at a time."""
    return Scratch(
        np.empty(draws, dtype=np.uint32), np.empty(draws, dtype=np.uint32), np.empty(draws + 1, dtype=np.uint32),
        np.empty(draws),
    )  # fmt: skip


@compiled(fastmath={"contract"})
def points_of(stream: np.uint64, start: int, out: np.ndarray) -> None:
    """Fill in the point of the sequence that each draw takes.

    Parameters
    ----------
    stream : uint64
        Key of the group.
    start : int
        Index of the first draw, a multiple of the number of replicates.
    out : ndarray of uint32 (draw,)
    """
    keys = np.empty((_ROUNDS, REPLICATES), dtype=np.uint32)
    level = -1
    for i in range(0, out.size, REPLICATES):
        point = (start + i) // REPLICATES
        many = min(REPLICATES, out.size - i)
        if point < 2:
            for r in range(many):
                out[i + r] = point
            continue
        bits = 0
        while (point >> (bits + 1)) > 0:
            bits += 1
        if bits != level:
            level = bits
            for r in range(REPLICATES):
                w0, w1, w2, w3 = philox_words(np.uint64(stream), np.uint64((bits << 8) + r), _ORDER)
                keys[0, r], keys[1, r] = np.uint32(w0), np.uint32(w1)
                keys[2, r], keys[3, r] = np.uint32(w2), np.uint32(w3)
        mask, shift = np.uint32((1 << bits) - 1), np.uint32((bits + 1) // 2)
        for r in range(many):
            # Below 2^32 only the low words matter, so that 32 bits do what the 64 of the design do.
            x = np.uint32(point - (1 << bits))
            for k in range(_ROUNDS):
                word = keys[k, r]
                x = np.uint32(np.uint32(x * np.uint32((word >> np.uint32(7)) | np.uint32(1)) + word) & mask)
                x = np.uint32(x ^ np.uint32(x >> shift))
            out[i + r] = np.uint32((1 << bits) + x)


@compiled(fastmath={"contract"})
def seeds_of(stream: np.uint64, dimension: int, out: np.ndarray) -> None:
    """Fill in the seed of each replicate's scrambling of one dimension. Shape (replicate,), uint32."""
    for r in range(REPLICATES):
        out[r] = np.uint32(philox_words(np.uint64(stream), np.uint64(r), np.uint64(dimension + 1))[0])


@compiled(fastmath={"contract"})
def draw_cell(
    seeds: np.ndarray,
    digits: np.ndarray,
    points: np.ndarray,
    kind: int,
    params: np.ndarray,
    low: float,
    high: float,
    scratch: Scratch,
    out: np.ndarray,
) -> None:
    """Draw one cell.

    Parameters
    ----------
    seeds : ndarray of uint32 (replicate,)
        From `seeds_of`.
    digits : ndarray of uint32 (point,)
        Reversed digits of its dimension.
    points : ndarray of uint32 (draw,)
        The first is of a draw whose index is a multiple of the number of replicates.
    kind, params, low, high
        Of the cell; the kind is one of `KINDS`.
    scratch : Scratch
    out : ndarray (draw,)
    """
    n = points.size
    _uniforms(seeds, digits, points, low, high - low, scratch, out)
    a, b, c, d = params[0], params[1], params[2], params[3]
    if kind == LOGNORMAL:
        spread = b if a > 0 else -b
        _quantiles(scratch, out)
        for i in range(n):
            out[i] = a * exp(spread * out[i])
    elif kind == NORMAL:
        _quantiles(scratch, out)
        for i in range(n):
            out[i] = a + b * out[i]
    elif kind == UNIFORM:
        for i in range(n):
            out[i] = a + (b - a) * out[i]
    elif kind == TRIANGULAR:
        split = (b - a) / (c - a)
        for i in range(n):
            u = out[i]
            rising = a + np.sqrt(u * ((c - a) * (b - a)))
            falling = c - np.sqrt((1 - u) * ((c - a) * (c - b)))
            out[i] = rising if u < split else falling
    elif kind == LOGIT_NORMAL:
        middle = (a - c) / (d - c)
        center = log(middle) - log(1 - middle)
        _quantiles(scratch, out)
        for i in range(n):
            out[i] = c + (d - c) / (1 + exp(-(center + b * out[i])))
    else:
        for i in range(n):
            out[i] = a


@compiled(fastmath={"contract"})
def _uniforms(
    seeds: np.ndarray, digits: np.ndarray, points: np.ndarray, low: float, width: float, scratch: Scratch,
    out: np.ndarray,
) -> None:  # fmt: skip
    """Scramble the digits of points and turn them into numbers between `low` and `low` + `width`."""
    n = points.size
    words, seed = scratch.digits, scratch.seeds
    for i in range(0, n, REPLICATES):
        for r in range(min(REPLICATES, n - i)):
            seed[i + r] = seeds[r]
    for i in range(n):
        words[i] = digits[points[i]]
    for i in range(n):
        words[i] = scrambled_bits(words[i], seed[i])
    for i in range(n):
        out[i] = low + (np.float64(words[i]) + 0.5) * 2.0**-32 * width


@compiled(fastmath={"contract"})
def _quantiles(scratch: Scratch, out: np.ndarray) -> None:
    """Turn probabilities into quantiles of the normal distribution, the few in the tails apart from the others."""
    at, far, many = scratch.at, scratch.far, 0
    for i in range(out.size):
        at[many] = i
        many += abs(out[i] - 0.5) > _MIDDLE
    for k in range(many):
        far[k] = out[at[k]]
    farther = 0
    for k in range(many):
        u = far[k]
        end = max(min(u, 1.0 - u), 1e-300)
        farther += end < _FAR
        z = near_tail(np.sqrt(-log(end)))
        far[k] = z if u > 0.5 else -z
    if farther > 0:
        for k in range(many):
            u = out[at[k]]
            if min(u, 1.0 - u) < _FAR:
                far[k] = normal_quantile(u)
    for i in range(out.size):
        out[i] = middle_quantile(out[i] - 0.5)
    for k in range(many):
        out[at[k]] = far[k]
