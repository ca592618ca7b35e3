"""Bootstrap intervals of many indices, compiled: each factor's resampled sums and the tails of their distribution."""

from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np

from usephase.compiling import compiled

_PART = 4096


class Interval(NamedTuple):
    """Percentile interval of each index, and the largest value in any resample. Shapes (factor,)."""

    low: np.ndarray
    high: np.ndarray
    most: np.ndarray


def intervals(
    sums: np.ndarray, weights: np.ndarray, scales: np.ndarray, confidence: float, workers: int = 1
) -> Interval:
    """Resample sums by block.

    Parameters
    ----------
    sums : ndarray (factor, block)
    weights : ndarray (resample, block)
        How often each block is taken.
    scales : ndarray (resample,)
        What turns a resampled sum into an index.
    confidence : float
        Probability within the interval.
    workers : int
        Threads, each with a range of factors; changes no figure.
    """
    out = Interval(*(np.empty(len(sums)) for _ in range(3)))
    by_block = np.ascontiguousarray((weights * scales[:, None]).T)
    at = (len(weights) - 1) * (1 - confidence) / 2

    def part(first: int) -> None:
        _intervals(sums, by_block, int(at), at - int(at), first, min(first + _PART, len(sums)), *out)

    with ThreadPoolExecutor(max_workers=workers) as pool:
        list(pool.map(part, range(0, len(sums), _PART)))
    return out


@compiled()
def _intervals(
    sums: np.ndarray,
    by_block: np.ndarray,
    whole: int,
    rest: float,
    first: int,
    last: int,
    low: np.ndarray,
    high: np.ndarray,
    most: np.ndarray,
) -> None:
    """Fill in the order statistics `whole` and `whole` + 1 from either end, between them by `rest`."""
    blocks, resamples = by_block.shape
    whole_fours = blocks // 4 * 4
    again = np.empty(resamples)
    kept = min(whole + 2, resamples)
    smallest, largest = np.empty(kept), np.empty(kept)
    for f in range(first, last):
        again[:] = 0.0
        for k in range(0, whole_fours, 4):  # four at a time: the resampled sums are read and written less
            x, y, z, w = sums[f, k], sums[f, k + 1], sums[f, k + 2], sums[f, k + 3]
            for r in range(resamples):
                again[r] += (
                    x * by_block[k, r] + y * by_block[k + 1, r] + z * by_block[k + 2, r] + w * by_block[k + 3, r]
                )
        for k in range(whole_fours, blocks):
            x = sums[f, k]
            for r in range(resamples):
                again[r] += x * by_block[k, r]
        smallest[:] = np.inf
        largest[:] = -np.inf
        for r in range(resamples):
            x = again[r]
            if x < smallest[kept - 1]:
                i = kept - 1
                while i > 0 and smallest[i - 1] > x:
                    smallest[i] = smallest[i - 1]
                    i -= 1
                smallest[i] = x
            if x > largest[kept - 1]:
                i = kept - 1
                while i > 0 and largest[i - 1] < x:
                    largest[i] = largest[i - 1]
                    i -= 1
                largest[i] = x
        a, b = smallest[min(whole, kept - 1)], smallest[kept - 1]
        low[f] = a + (b - a) * rest
        a, b = largest[min(whole, kept - 1)], largest[kept - 1]
        high[f] = a + (b - a) * rest
        most[f] = largest[0]
