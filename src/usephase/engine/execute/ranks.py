"""Values of given ranks among draws, without sorting them all.

Draws fall into bins of their distance from a middle one, to either side, 128 bins to each doubling of the distance:
so neither a long tail nor a narrow middle crowds them. The bin is read off the distance's own bits. Only the few
bins in which a wanted rank lies are put in order. The values are those of a sorted row, whatever the draws are.
"""

import numpy as np
from numba import njit

from usephase.compiling import compiled
from usephase.model.mathematics import bits

SIDE = 2048
"""Bins of one side: sixteen doublings below the greatest distance; what is nearer shares the innermost bin."""
_DROPPED, _SIGN = 45, 63  # bits of a double: beyond the first seven after its leading one; that of its sign
_SAMPLE = 33  # draws whose median is the middle one
_CROWDED, _MOST = 8, 512  # a row is sorted as a whole if the bins wanted hold more than this part, or one so many


def ranked(draws: np.ndarray, ranks: np.ndarray) -> np.ndarray:
    """Give the values of some ranks in each row of draws.

    Parameters
    ----------
    draws : ndarray of float64 (row, draw)
    ranks : ndarray of int64 (rank,)
        Ascending, each once; 0 is the least draw.

    Returns
    -------
    ndarray (row, rank)
        Bit by bit as of sorted rows.
    """
    out = np.empty((len(draws), len(ranks)))
    crowded = np.zeros(len(draws), dtype=bool)
    _rows(draws, ranks, out, crowded)
    if crowded.any():
        out[crowded] = np.sort(draws[crowded], axis=1)[:, ranks]
    return out


@compiled()
def _rows(draws: np.ndarray, ranks: np.ndarray, out: np.ndarray, crowded: np.ndarray) -> None:
    count = draws.shape[1]
    bins = np.empty(count, dtype=np.int32)
    within = np.empty(2 * SIDE, dtype=np.int32)
    kept = np.empty(max(count // _CROWDED, 1))
    place = np.empty(ranks.size, dtype=np.int64)
    for row in range(draws.shape[0]):
        crowded[row] = not _picked(draws[row], ranks, bins, within, kept, place, out[row])


@njit(error_model="numpy")
def _picked(
    x: np.ndarray, ranks: np.ndarray, bins: np.ndarray, within: np.ndarray, kept: np.ndarray, place: np.ndarray,
    out: np.ndarray,
) -> bool:  # fmt: skip
    """Fill in the values of the ranks; False if too many draws share their bins, or some are not finite."""
    least, most, finite = _ends(x)
    if not finite:
        return False
    if least == most:
        out[:] = least
        return True
    some = min(_SAMPLE, kept.size)
    for i in range(some):
        kept[i] = x[i * (x.size // some)]
    _order(kept, some)
    middle = kept[some // 2]
    furthest = max(most - middle, middle - least)
    if not furthest < np.inf:
        return False
    _bins(x, middle, (bits(furthest) >> _DROPPED) - (SIDE - 1), bins)
    within[:] = 0
    for i in range(x.size):
        within[bins[i]] += 1
    below, held, r = 0, 0, 0
    for b in range(within.size):
        inside = within[b]
        within[b] = -1
        if r < ranks.size and ranks[r] < below + inside:
            if held + inside > kept.size or inside > _MOST:
                return False
            within[b] = held  # where its draws begin among those kept
            while r < ranks.size and ranks[r] < below + inside:
                place[r] = held + ranks[r] - below
                r += 1
            held += inside
        below += inside
    for i in range(x.size):
        b = bins[i]
        if within[b] >= 0:
            kept[within[b]] = x[i]
            within[b] += 1
    _order(kept, held)  # quick: the bins follow one another already
    for r in range(ranks.size):
        out[r] = kept[place[r]]
    return True


@njit(error_model="numpy")
def _order(x: np.ndarray, count: int) -> None:
    """Put the first numbers in ascending order, by insertion."""
    for i in range(1, count):
        mine, j = x[i], i
        while j > 0 and x[j - 1] > mine:
            x[j] = x[j - 1]
            j -= 1
        x[j] = mine


@njit(error_model="numpy", fastmath={"nsz", "reassoc"})  # least and greatest have no rounding to reorder
def _ends(x: np.ndarray) -> tuple[float, float, bool]:
    """Give the least and the greatest draw, and whether all are finite."""
    least, most, nothing = x[0], x[0], 0.0
    for i in range(x.size):
        least, most = min(least, x[i]), max(most, x[i])
        nothing += x[i] * 0.0
    return least, most, nothing == 0.0


@njit(error_model="numpy")
def _bins(x: np.ndarray, middle: float, first: int, bins: np.ndarray) -> None:
    for i in range(x.size):
        its = bits(x[i] - middle)
        outwards = max(((its & 0x7FFFFFFFFFFFFFFF) >> _DROPPED) - first, 0)
        bins[i] = SIDE + (outwards ^ (its >> _SIGN))
