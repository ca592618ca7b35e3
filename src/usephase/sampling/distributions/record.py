"""What a distribution of a cell answers: one record each, in a file of its own.

A cell's parameters are `WIDTH` numbers, those that its distribution does not need being 0; a distribution of listed
values has these beside them, as `Points`.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import cache
from typing import ClassVar, Literal, NamedTuple

import numpy as np
from scipy import special

WIDTH = 6
"""Parameters of a cell."""
Z95 = special.ndtri(0.975)
"""The 97.5 % point of the standard normal: a 95 % half-width over the standard deviation."""
NODES = 48
"""Values by which a mean over a distribution is summed."""
REACH = 0.999
"""The probability at which a distribution is asked how far it reaches."""

Points = tuple[np.ndarray, np.ndarray]
"""Listed values and their weights, which sum to 1."""

Params = tuple[float, ...]


class Unfit(ValueError):  # noqa: N818 (it is no failure of the program)
    """Parameters that no distribution has: what is wrong, what to do, and texts to write instead with their meaning."""

    def __init__(self, what: str, fix: str, *tries: tuple[str, str]) -> None:
        self.what, self.fix, self.tries = what, fix, tries
        super().__init__(f"{what} → {fix}")


class Belief(NamedTuple):
    """Hold a distribution and its parameters, as a text says them."""

    kind: int
    params: Params
    points: Points | None = None


class Written(NamedTuple):
    """Tell how a function is written.

    Attributes
    ----------
    name, form : str
        ``normal`` and ``normal(mean, sd)``.
    counts : tuple of int or None
        How many arguments it may have; None for any number of them.
    make : callable
        Turns numbers into a `Belief`, or raises `Unfit`.
    scaled, moved : tuple of int or None
        Arguments that are multiplied with the value, and those to which is added what is added to it; None: all. No
        argument in `moved`: the result of adding is no distribution of this kind.
    defaults : tuple of float
        The last arguments, where they are left out.
    inner : bool
        Whether the first argument is itself a distribution.
    pairs : bool
        Whether each argument is a value and its weight, ``v: w``; the value is scaled and moved.
    named : bool
        Whether the arguments are the names of a joint sample and of its column.
    """

    name: str
    form: str
    counts: tuple[int, ...] | None
    make: Callable[..., Belief]
    scaled: tuple[int, ...] | None
    moved: tuple[int, ...] | None
    defaults: tuple[float, ...] = ()
    pairs: bool = False
    inner: bool = False
    named: bool = False


Compiled = Literal["number", "formula", "table", "smooth", "given"]
"""How draws are made in compiled code: a formula or a table of `usephase.engine.program.cells`, polynomials of
`usephase.sampling.smooth`, or handed over as this record draws them."""


class Distribution(ABC):
    """Answer every question about one distribution.

    Attributes
    ----------
    code : int
        Its number in arrays of kinds.
    name : str
    written : tuple of Written
    scaled, shifted : tuple of int
        Parameters that are multiplied with the value, and those that move with it.
    best : int
        The parameter that is the best estimate; −1: the median is.
    listed : bool
        Whether its values stand in `Points`.
    atoms : bool
        Whether single values have probabilities: what lies outside a range is left out, not cut by probability.
    joint : bool
        Whether cells of one name take the same row in a draw: they share one unknown, and no correlation applies.
    compiled : Compiled
    """

    code: ClassVar[int]
    name: ClassVar[str]
    written: ClassVar[tuple[Written, ...]]
    scaled: ClassVar[tuple[int, ...]]
    shifted: ClassVar[tuple[int, ...]]
    best: ClassVar[int]
    listed: ClassVar[bool] = False
    atoms: ClassVar[bool] = False
    joint: ClassVar[bool] = False
    compiled: ClassVar[Compiled]

    @abstractmethod
    def quantile(self, params: np.ndarray, u: np.ndarray, points: Points | None) -> np.ndarray:
        """Give the value at probabilities in (0, 1). Shaped as `u`."""

    @abstractmethod
    def cumulative(self, params: np.ndarray, x: float, points: Points | None) -> float:
        """Give the probability of a value of at most a finite `x`."""

    @abstractmethod
    def mean(self, params: np.ndarray, points: Points | None) -> float:
        """Give the mean; infinite where there is none."""

    @abstractmethod
    def variance(self, params: np.ndarray, points: Points | None) -> float:
        """Give the variance; infinite where there is none."""

    def endless(self, params: np.ndarray) -> bool:
        """Tell whether it has no variance."""
        return False

    def percentile(self, params: np.ndarray, u: float, points: Points | None) -> float:
        """Give the value below which a share u lies; for all but joint samples the quantile."""
        return float(self.quantile(params, np.array(u), points))

    def best_estimate(self, params: np.ndarray, points: Points | None) -> float:
        """Give what stands for the value where one number has to."""
        if self.best >= 0:
            return float(params[self.best])
        return float(self.quantile(params, np.array(0.5), points))

    def scale(self, params: np.ndarray, factor: float) -> np.ndarray:
        """Give the parameters of `factor` (> 0) times the value; listed values are the caller's to scale."""
        out = np.array(params, dtype=float)
        out[list(self.scaled)] *= factor
        return out

    def inside(self, params: np.ndarray, low: float, high: float) -> bool:
        """Tell at little cost whether nothing that matters lies outside a range; where in doubt say no."""
        return False

    def arranged(self, params: np.ndarray) -> np.ndarray:
        """Give the parameters as compiled code takes them."""
        return params

    def bound(self, params: Params, low: float, high: float) -> Params:
        """Give the parameters in a column of a range; raises `Unfit`."""
        return params

    def reach(self, params: np.ndarray) -> float:
        """Give how far from 0 it reaches, if that does not show in its parameters."""
        return float(np.abs(self.quantile(params, np.array([1 - REACH, REACH]), None)).max())

    def within(self, params: np.ndarray, low: float, high: float, points: Points | None) -> list[str]:
        """Write distributions like this one that stay within a range, the best first.

        Notes
        -----
        If nothing better is known, a triangular one on what is left between the 2.5 % and the 97.5 % point.
        """
        ends = self.quantile(params, np.array([0.025, 0.975]), points)
        mode = self.best_estimate(params, points)
        return triangle("triangular", np.array([ends.min(), mode, ends.max()]), low, high)

    def cumulatives(self, params: np.ndarray, x: float) -> np.ndarray:
        """Give `cumulative` at one finite `x` for many cells, the same bits. Shape (cell,)."""
        # The same distribution is often written in many cells; each is asked once.
        _, first, again = np.unique(params, axis=0, return_index=True, return_inverse=True)
        return np.array([self.cumulative(params[i], x, None) for i in first])[again.reshape(-1)]

    def quantiles(self, params: np.ndarray, low: float, high: float, u: float) -> np.ndarray:
        """Give the quantile of many cells that are cut to a range. Shape (cell,)."""
        _, first, again = np.unique(params, axis=0, return_index=True, return_inverse=True)
        return np.array([self._cut(params[i], low, high, u) for i in first])[again.reshape(-1)]

    def _cut(self, params: np.ndarray, low: float, high: float, u: float) -> float:
        below = self.cumulative(params, low, None) if np.isfinite(low) else 0.0
        above = self.cumulative(params, high, None) if np.isfinite(high) else 1.0
        return float(self.quantile(params, np.array(below + u * (above - below)), None))

    def nodes(
        self, params: np.ndarray, low: float, high: float, points: Points | None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Give probabilities of the distribution between two of its own at which to evaluate it, and their weights.

        Notes
        -----
        The value as a function of a normal score is smooth, tails and bounds included: Gauss–Hermite is exact to
        rounding. Records of distributions with corners have nodes of their own.
        """
        return _normal_nodes()


@cache
def _normal_nodes() -> tuple[np.ndarray, np.ndarray]:
    z, w = special.roots_hermitenorm(NODES)
    # Beyond these a quantile is infinite; what they weigh is below rounding.
    return np.clip(special.ndtr(z), 1e-16, 1 - 2e-16), w / w.sum()


class Smooth(Distribution):
    """A distribution without a short formula, drawn as `usephase.sampling.smooth` tells."""

    compiled = "smooth"

    @abstractmethod
    def standard(self, params: np.ndarray) -> tuple[int, float, float, float, float]:
        """Give the family (the kind of a record that is smooth), its two shapes, the location and the scale."""

    @abstractmethod
    def standard_quantile(self, first: float, second: float, z: np.ndarray) -> np.ndarray:
        """Give the quantile at normal scores, from the nearer end, so that probabilities near 1 lose no digits."""

    @abstractmethod
    def standard_density(self, first: float, second: float, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Give the logarithm of the density, and its derivative."""

    @abstractmethod
    def size(self, first: float) -> float:
        """Give the range or mean of the standard form: what its errors are held against."""


def belief(kind: int, *params: float, points: Points | None = None) -> Belief:
    """Make a belief of few parameters."""
    return Belief(kind, (*params, *(0.0,) * (WIDTH - len(params))), points)


def need(condition: bool, what: str, fix: str) -> None:
    """Raise `Unfit` unless a condition holds."""
    if not condition:
        raise Unfit(what, fix)


def triangle(name: str, params: np.ndarray, low: float, high: float) -> list[str]:
    """Write a triangular or a PERT distribution on what is left of it in a range; nothing if that is one value."""
    least, mode, most = (min(max(float(x), low), high) for x in params[:3])
    return [f"{name}({least:.4g}, {mode:.4g}, {most:.4g})"] if least < most else []
