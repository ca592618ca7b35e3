"""Statistics of draws: mean, spread, Monte Carlo error and percentiles."""

from collections.abc import Sequence

import numpy as np

from usephase.engine.plan.study import Kernel
from usephase.sampling.design import REPLICATES

PROBABILITIES = (0.025, 0.05, 0.25, 0.5, 0.75, 0.95, 0.975)
TOGETHER = 32
"""Rows described at a time, for numpy copies what it describes; a thread takes so many. Changes no figure."""
NAMES = ("mean", "sd", "mcse", "p2_5", "p5", "p25", "p50", "p75", "p95", "p97_5")


def describe(draws: np.ndarray, replicated: bool, kernel: Kernel = "numpy") -> np.ndarray:
    """Describe rows of draws.

    Parameters
    ----------
    draws : ndarray (row, draw)
        At least two draws.
    replicated : bool
        Whether draw i belongs to replicate i mod `REPLICATES` of a design with independent replicates.
    kernel : str
        ``numba`` picks percentiles by compiled code, which pays in large runs; the bits are the same.

    Returns
    -------
    ndarray (row, statistic), statistics as in `NAMES`. Percentiles interpolate linearly, as `numpy.quantile`.

    Notes
    -----
    Draws that are all the same have exactly that mean and no spread.
    """
    out = np.empty((len(draws), len(NAMES)))
    for first in range(0, len(draws), TOGETHER):
        some, numbers = draws[first : first + TOGETHER], out[first : first + TOGETHER]
        least, most, points = quantiles(some, PROBABILITIES, kernel)
        numbers[:, 0], numbers[:, 1] = some.mean(axis=1), some.std(axis=1, ddof=1)
        numbers[:, 2], numbers[:, 3:] = standard_error(some, replicated), points.T
        same = least == most
        numbers[same, 0] = some[same, 0]
        numbers[same, 1:3] = 0.0
    return out


def quantiles(
    draws: np.ndarray, probabilities: Sequence[float], kernel: Kernel = "numpy"
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Give least, greatest and quantiles of rows of draws, bit by bit as `numpy.quantile`.

    Shapes (row,), (row,) and (probability, row).
    """
    last = draws.shape[1] - 1
    at = np.asarray(probabilities) * last
    before = np.floor(at).astype(np.int64)
    after = np.minimum(before + 1, last)
    ranks = np.unique([0, *before, *after, last])
    if kernel == "numba":
        from usephase.engine.execute.ranks import ranked

        picked = ranked(draws, ranks).T
    else:  # one sorting takes a fifth of the time that `numpy.quantile` takes to part seven points
        picked = np.sort(draws, axis=1).T[ranks]
    part = (at - before)[:, None]
    low, high = picked[np.searchsorted(ranks, before)], picked[np.searchsorted(ranks, after)]
    gap = high - low
    out = np.where(part >= 0.5, high - gap * (1 - part), low + gap * part)
    out[:, np.isnan(picked[-1])] = np.nan
    return picked[0], picked[-1], out


def standard_error(draws: np.ndarray, replicated: bool) -> np.ndarray:
    """Give the Monte Carlo standard error of each row's mean. Shape (row,).

    Of a replicated design it is the spread of the replicates' means; of independent draws sd/√n.
    """
    count = draws.shape[1]
    if not replicated or count < 2 * REPLICATES:
        return draws.std(axis=1, ddof=1) / np.sqrt(count)
    means = np.stack([draws[:, r::REPLICATES].mean(axis=1) for r in range(REPLICATES)], axis=1)
    return means.std(axis=1, ddof=1) / np.sqrt(REPLICATES)
