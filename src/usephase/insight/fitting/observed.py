"""What was observed, free of any family: failed shares by age, for the eye and for the goodness of a fit."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from usephase.insight.fitting.lives import Lives

_POINTS_MAX = 300


@dataclass(frozen=True)
class Points:
    """Hold plotting positions.

    Attributes
    ----------
    age : ndarray (point,)
    failed : ndarray (point,)
        The share that has failed at it.
    median_ranks : bool
        Whether the shares are median ranks; from the product limit where units came in late.
    """

    age: np.ndarray
    failed: np.ndarray
    median_ranks: bool

    def gap(self, survival: Callable[[np.ndarray], np.ndarray]) -> float:
        """Give the largest distance between the points and a curve, as a share."""
        return float(np.abs(1 - survival(self.age) - self.failed).max()) if len(self.age) else float("nan")


def plotting_points(lives: Lives) -> Points:
    """Give the shares failed by age.

    Notes
    -----
    Adjusted ranks [1]_ and Benard's approximation of their median, (i − 0.3)/(n + 0.4). Failures between two ages
    stand at the middle. Units that came in late are at risk from their entry on; the shares then are those of the
    product limit, halfway between its steps.

    References
    ----------
    .. [1] Johnson, L.G., *The Statistical Treatment of Fatigue Experiments*, Elsevier 1964.
    """
    failed = ~lives.alive
    ages, at = np.unique(lives.middle[failed], return_inverse=True)
    deaths = np.bincount(at.reshape(-1), weights=lives.count[failed])
    order = np.argsort(lives.middle, kind="stable")
    ordered, total = lives.middle[order], np.cumsum(lives.count[order])
    gone = np.concatenate([[0.0], total])[np.searchsorted(ordered, ages, side="left")]
    late = np.argsort(lives.entry, kind="stable")
    came = np.concatenate([[0.0], np.cumsum(lives.count[late])])
    there = came[np.searchsorted(lives.entry[late], ages, side="left" if lives.entry.any() else "right")]
    risk = there - gone
    if lives.entry.any():
        alive = np.cumprod(1 - np.minimum(deaths / np.maximum(risk, deaths), 1))
        share = 1 - (np.concatenate([[1.0], alive[:-1]]) + alive) / 2
    else:
        size = float(lives.count.sum())
        rank, ranks = 0.0, []
        for dead, left in zip(deaths.tolist(), risk.tolist(), strict=True):
            # Of several at one age the middle one stands for all.
            step = (size + 1 - rank) / (left + 1)
            ranks.append(rank + step * (dead + 1) / 2)
            rank += step * dead
        share = (np.array(ranks) - 0.3) / (size + 0.4)
    keep = np.unique(np.linspace(0, len(ages) - 1, min(len(ages), _POINTS_MAX)).round().astype(int))
    return Points(ages[keep], np.clip(share, 1e-9, 1 - 1e-9)[keep], not lives.entry.any())
