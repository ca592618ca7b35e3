"""How likely other parameters than the best are: a grid over scale and shape, with what was believed before.

Notes
-----
Without a prior, equal weight is given to equal ratios of scales and of shapes. For lives whose logarithm has a place
and a spread (Weibull, lognormal, log-logistic) and as many failures as were waited for, the intervals of percentiles
then hold in exactly the share of samples that they name [1]_; with few failures they are wider than those from the
curvature of the likelihood, as they must be.

References
----------
.. [1] Lawless, J.F., *Statistical Models and Methods for Lifetime Data*, 2nd ed., Wiley 2003, app. E.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from usephase.insight.fitting.families import Family
from usephase.insight.fitting.likelihood import Maximum, likelihood_of
from usephase.insight.fitting.lives import Lives, lives_of
from usephase.sampling.streams import key, random_uniforms

Belief = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""The logarithm of a density over the logarithms of mean life and shape, up to a constant."""

_SIDE, _FINE_SIDE = 25, 81
_DROP = 16.0
"""A likelihood lower than the highest by this (in logarithms) is left out."""
_GROW_MAX = 12
_ROWS_MAX = 1500


@dataclass(frozen=True)
class Plausible:
    """Hold parameters with their weights.

    Attributes
    ----------
    scale, shape, mean, weight : ndarray (point,)
        Weights sum to 1.
    edge : bool
        Whether shapes at the end of what is considered are still plausible: the data do not bound the shape.
    points, step : ndarray (point, 2), ndarray (2, 2)
        The logarithms of the age at which `share` has failed and of the shape, and the sides of one cell of the grid.
    share : float
    """

    family: Family
    scale: np.ndarray
    shape: np.ndarray
    mean: np.ndarray
    weight: np.ndarray
    edge: bool
    points: np.ndarray
    step: np.ndarray
    share: float

    def interval(self, of: np.ndarray, level: float = 0.95) -> tuple[float, float]:
        """Give the interval of a quantity, by point, that leaves equal weight on both sides."""
        low, high = quantiles(of, self.weight, ((1 - level) / 2, (1 + level) / 2))
        return float(low), float(high)

    def survival(self, ages: np.ndarray, level: float = 0.95) -> np.ndarray:
        """Give the band of survival at some ages. Shape (2, age)."""
        keep = np.argsort(self.weight)[::-1][: max(int((self.weight > self.weight.max() * 1e-7).sum()), 1)]
        curves = self.family.survival(ages[:, None], self.scale[keep], self.shape[keep])
        sides = ((1 - level) / 2, (1 + level) / 2)
        return np.array([quantiles(curve, self.weight[keep], sides) for curve in curves]).T

    def draw(self, count: int, seed: int = 1) -> np.ndarray:
        """Draw parameters: one row an equally likely state of knowledge, mean and shape. Shape (count, 2)."""
        index = np.arange(count, dtype=np.uint64)
        uniform = np.array([random_uniforms(key("fit", seed, name), index) for name in ("point", "first", "second")])
        edges = np.cumsum(self.weight)
        at = np.searchsorted(edges / edges[-1], (np.arange(count) + uniform[0]) / count)
        near = self.points[at] + (uniform[1:].T - 0.5) @ self.step.T
        shape = np.clip(np.exp(near[:, 1]), self.family.least, self.family.most)
        scale = np.exp(near[:, 0]) / self.family.quantile(self.share, 1.0, shape)
        return np.column_stack([self.family.mean(scale, shape), shape])


def plausible(best: Maximum, lives: Lives, belief: Belief | None = None) -> Plausible:
    """Weigh parameters around the best ones by likelihood, and by what was believed before.

    Parameters
    ----------
    belief : callable, optional
        The prior; none gives equal weight to equal ratios.
    """
    family, likelihood = best.family, likelihood_of(_fewer(lives))
    share = min(max(lives.failures / lives.units, 1e-6), 0.9) / 2

    def height(points: np.ndarray) -> np.ndarray:
        """Give the log-weight of (log quantile, log shape), −∞ outside of what is considered."""
        shape = np.exp(points[:, 1])
        inside = (shape >= family.least) & (shape <= family.most)
        out = np.full(len(points), -np.inf)
        scale = np.exp(points[inside, 0]) / family.quantile(share, 1.0, shape[inside])
        out[inside] = likelihood(family, scale, shape[inside], best.never)
        if belief is not None:
            out[inside] += belief(np.log(family.mean(scale, shape[inside])), np.log(shape[inside]))
        return out

    middle = np.array([np.log(family.quantile(share, best.scale, best.shape)), np.log(best.shape)])
    turn = np.linalg.cholesky(_turned(best, share))
    box = np.array([[-4.0, 4.0], [-4.0, 4.0]])
    for _ in range(_GROW_MAX):
        points, at = _grid(box, _SIDE, middle, turn)
        heights = height(points).reshape(_SIDE, _SIDE)
        there = heights > heights.max() - _DROP
        grown = box.copy()
        for axis in (0, 1):
            line = np.flatnonzero(there.any(axis=1 - axis))
            step = (box[axis, 1] - box[axis, 0]) / (_SIDE - 1)
            grown[axis] = at[axis][line[0]] - step, at[axis][line[-1]] + step
            for side, end in ((0, 0), (1, _SIDE - 1)):
                if line[-side] == end:
                    grown[axis, side] += (2 * side - 1) * 0.5 * (box[axis, 1] - box[axis, 0])
        done = np.all(grown[:, 0] >= box[:, 0] - 1e-9) and np.all(grown[:, 1] <= box[:, 1] + 1e-9)
        small = np.any(grown[:, 1] - grown[:, 0] < 0.4 * (box[:, 1] - box[:, 0]))
        box = grown
        if done and not small:
            break
    points, at = _grid(box, _FINE_SIDE, middle, turn)
    heights = height(points)
    weight = np.exp(heights - heights.max())
    weight /= weight.sum()
    keep = weight > 0
    shape = np.exp(points[keep, 1])
    scale = np.exp(points[keep, 0]) / family.quantile(share, 1.0, shape)
    ends = (shape < family.least * 1.1) | (shape > family.most / 1.1)
    step = turn @ np.diag([axis[1] - axis[0] for axis in at])
    edge = bool(weight[keep][ends].sum() > 0.005)
    mean = family.mean(scale, shape)
    return Plausible(family, scale, shape, mean, weight[keep], edge, points[keep], step, share)


def quantiles(of: np.ndarray, weight: np.ndarray, shares: tuple[float, ...]) -> np.ndarray:
    """Give quantiles of weighted points, between their middles linear."""
    order = np.argsort(of)
    total = np.cumsum(weight[order])
    return np.interp(shares, (total - weight[order] / 2) / total[-1], of[order])


def _grid(box: np.ndarray, side: int, middle: np.ndarray, turn: np.ndarray) -> tuple[np.ndarray, Any]:
    at = [np.linspace(float(first), float(last), side) for first, last in box]
    standard = np.stack(np.meshgrid(*at, indexing="ij"), axis=-1).reshape(-1, 2)
    return middle + standard @ turn.T, at


def _turned(best: Maximum, share: float) -> np.ndarray:
    """Turn the covariance of (log scale, log shape) into that of (log quantile, log shape)."""
    step = 1e-4
    ends = [np.log(best.family.quantile(share, 1.0, best.shape * np.exp(sign * step))) for sign in (1, -1)]
    slope = float(ends[0] - ends[1]) / (2 * step)
    jacobian = np.array([[1.0, slope], [0.0, 1.0]])
    return np.asarray(jacobian @ best.covariance[:2, :2] @ jacobian.T)


def _fewer(lives: Lives) -> Lives:
    """Put exact ages that are close together at their mean: what is asked here is how the likelihood falls off."""
    if len(lives.low) <= _ROWS_MAX:
        return lives
    exact = lives.exact
    some = lives.take(exact & (lives.entry == 0))
    rest = lives.take(~(exact & (lives.entry == 0)))
    if len(some.low) < _ROWS_MAX // 3:
        return lives
    parts = np.array_split(np.arange(len(some.low)), _ROWS_MAX // 3)
    ages = np.array([np.exp(np.average(np.log(some.low[p]), weights=some.count[p])) for p in parts])
    counts = np.array([some.count[p].sum() for p in parts])
    joined = [np.concatenate([new, old]) for new, old in (
        (ages, rest.low), (ages, rest.high), (0 * ages, rest.entry), (counts, rest.count), (0 * ages, rest.spread)
    )]  # fmt: skip
    return lives_of(joined[0], joined[1], joined[2], joined[3], joined[4], unit=lives.unit)
