"""Borgonovo's delta from given draws: SALib's estimator, compiled, so that it answers for a thousand cells.

Delta is half the area between the density of the figure and its density if the cell were known, on average over the
cell. Densities are kernel estimates, the cell is known to one of some classes of equally many draws; what that
adds where the cell has no effect is taken off by resampling.

References
----------
E. Borgonovo, "A new uncertainty importance measure", Reliability Engineering & System Safety 92 (2007).
E. Plischke, E. Borgonovo and C. L. Smith, "Global sensitivity measures from given data", European Journal of
Operational Research 226 (2013): equations 26 and 30.
"""

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from usephase.compiling import compiled
from usephase.model.mathematics import exp

GRID, MOST_CLASSES, RESAMPLES = 100, 48, 10
IDLE = 39
"""Inputs without effect that tell the noise: the largest of their deltas is passed by one more in 40 only."""


def borgonovo(x: np.ndarray, y: np.ndarray, seed: int = 1, workers: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Estimate delta of each input and half its 95 % interval.

    Parameters
    ----------
    x : ndarray (factor, draw)
        Inputs.
    y : ndarray (draw,)
        An output that varies.
    seed : int
        Of the resampling.
    workers : int
        Threads; changes no figure.

    Returns
    -------
    delta, half : ndarray (factor,)
        nan where an input does not vary.
    """
    rng = np.random.default_rng([abs(seed), 0xDE17A])
    taken = np.ones((1 + RESAMPLES, y.size), dtype=np.int64)  # how often each draw is; at first as they are
    for row in taken[1:]:
        row[:] = np.bincount(rng.integers(y.size, size=y.size), minlength=y.size)
    grid, edges = np.linspace(y.min(), y.max(), GRID), class_edges(y.size)
    wholes = np.empty((len(taken), GRID))
    for row, times in zip(wholes, taken, strict=True):
        density(np.repeat(y, times), grid, row)

    def one(values: np.ndarray) -> tuple[float, float]:
        if values.min() == values.max():
            return np.nan, np.nan
        order = np.argsort(values, kind="stable")
        found = np.array([
            distance(np.repeat(y[order], times[order]), edges, grid, whole)
            for times, whole in zip(taken, wholes, strict=True)
        ])  # fmt: skip
        reduced = 2 * found[0] - found[1:]
        # The correction may take off more than there is; an area is never negative.
        return max(float(reduced.mean()), 0.0), 1.96 * float(reduced.std(ddof=1))

    with ThreadPoolExecutor(max_workers=workers) as pool:
        answers = np.array(list(pool.map(one, x))).reshape(-1, 2)
    return answers[:, 0], answers[:, 1]


def noise(y: np.ndarray, seed: int = 1, workers: int = 1) -> float:
    """Estimate what delta an input without effect may have by chance."""
    idle = np.random.default_rng([abs(seed), 0x1D7E]).random((IDLE, y.size))
    return float(borgonovo(idle, y, seed, workers)[0].max())


def class_edges(draws: int) -> np.ndarray:
    """Give the ranks that part the classes, as Plischke et al. advise for a number of draws."""
    power = 2 / (7 + np.tanh((1500 - draws) / 500))
    return np.linspace(0, draws, round(min(int(np.ceil(draws**power)), MOST_CLASSES)) + 1)


@compiled()
def distance(y: np.ndarray, edges: np.ndarray, grid: np.ndarray, whole: np.ndarray) -> float:
    """Give the mean area between the density of all outputs and those of classes, halved.

    Parameters
    ----------
    y : ndarray (draw,)
        Outputs in the order of an input.
    edges : ndarray (class + 1,)
        Ranks that part the classes.
    grid : ndarray (point,)
    whole : ndarray (point,)
        The density of all outputs.
    """
    mine, total = np.empty(grid.size), 0.0
    for j in range(edges.size - 1):
        first, last = int(np.floor(edges[j])), int(np.floor(edges[j + 1]))
        if last > first and density(y[first:last], grid, mine):
            area = 0.0
            for g in range(1, grid.size):
                apart = abs(mine[g] - whole[g]) + abs(mine[g - 1] - whole[g - 1])
                area += apart * (grid[g] - grid[g - 1]) / 2
            total += (last - first) / (2 * y.size) * area
    return total


@compiled()
def density(y: np.ndarray, grid: np.ndarray, out: np.ndarray) -> bool:
    """Fill in a kernel estimate of a density with Silverman's bandwidth; tell whether there is one.

    Parameters
    ----------
    y : ndarray (draw,)
    grid, out : ndarray (point,)
    """
    mean, spread, varies = y.mean(), 0.0, False
    for i in range(y.size):
        spread += (y[i] - mean) ** 2
        varies = varies or y[i] != y[0]
    if not varies:
        return False
    width = np.sqrt(spread / (y.size - 1)) * (3 * y.size / 4) ** -0.2
    scale = np.sqrt(0.5) / width
    out[:] = 0.0
    for i in range(y.size):
        for g in range(grid.size):
            z = (grid[g] - y[i]) * scale
            out[g] += exp(-z * z)
    out /= y.size * width * np.sqrt(2 * np.pi)
    return True
