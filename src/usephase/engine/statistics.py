"""Statistics of draws: mean, spread, Monte Carlo error and percentiles."""

import numpy as np

from usephase.sampling.design import REPLICATES

PROBABILITIES = (0.025, 0.05, 0.25, 0.5, 0.75, 0.95, 0.975)
NAMES = ("mean", "sd", "mcse", "p2_5", "p5", "p25", "p50", "p75", "p95", "p97_5")


def describe(draws: np.ndarray, replicated: bool) -> np.ndarray:
    """Describe rows of draws.

    Parameters
    ----------
    draws : ndarray (row, draw)
        At least two draws.
    replicated : bool
        Whether draw i belongs to replicate i mod `REPLICATES` of a design with independent replicates.

    Returns
    -------
    ndarray (row, statistic), statistics as in `NAMES`. Percentiles interpolate linearly, as `numpy.quantile`.

    Notes
    -----
    Draws that are all the same have exactly that mean and no spread.
    """
    mean = draws.mean(axis=1)
    sd = draws.std(axis=1, ddof=1)
    mcse = standard_error(draws, replicated)
    points = np.quantile(draws, PROBABILITIES, axis=1)
    out = np.column_stack([mean, sd, mcse, *points])
    same = draws.min(axis=1) == draws.max(axis=1)
    out[same, 0] = draws[same, 0]
    out[same, 1:3] = 0.0
    return out


def standard_error(draws: np.ndarray, replicated: bool) -> np.ndarray:
    """Give the Monte Carlo standard error of each row's mean. Shape (row,).

    Of a replicated design it is the spread of the replicates' means; of independent draws sd/√n.
    """
    count = draws.shape[1]
    if not replicated or count < 2 * REPLICATES:
        return draws.std(axis=1, ddof=1) / np.sqrt(count)
    means = np.stack([draws[:, r::REPLICATES].mean(axis=1) for r in range(REPLICATES)], axis=1)
    return means.std(axis=1, ddof=1) / np.sqrt(REPLICATES)
