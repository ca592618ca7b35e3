"""Observed lives: what is known of the age at which each unit failed, and from which age on it was watched."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

ROWS_MAX = 20_000
"""Distinct rows that a likelihood is summed over; more of them are put together where their ages are all but equal."""
_ALIKE = 3e-4
"""… which is within this share of the age: the likelihood changes by its square."""


@dataclass(frozen=True)
class Lives:
    """Hold observed lives, each row standing for `count` units.

    Attributes
    ----------
    low, high : ndarray (row,)
        The unit failed between these ages: at `low` exactly where both are equal, still alive at `low` where `high` is
        infinite. In the unit of `unit`.
    entry : ndarray (row,)
        The age from which on it was watched: had it failed before, nobody would know of it.
    count : ndarray (row,)
        Units.
    spread : ndarray (row,)
        Ages are less than written by a time that is uniform between 0 and this: units of one month were not all sold
        on its first day.
    unit : str
        ``year``, ``hour`` or ``cycle``.
    """

    low: np.ndarray
    high: np.ndarray
    entry: np.ndarray
    count: np.ndarray
    spread: np.ndarray
    unit: str = "year"

    @property
    def exact(self) -> np.ndarray:
        """Which failures are known to the age. Shape (row,)."""
        return self.low == self.high

    @property
    def alive(self) -> np.ndarray:
        """Which units have not failed yet. Shape (row,)."""
        return np.isinf(self.high)

    @property
    def units(self) -> float:
        """Units in all."""
        return float(self.count.sum())

    @property
    def failures(self) -> float:
        """Units that have failed."""
        return float(self.count[~self.alive].sum())

    @property
    def last_age(self) -> float:
        """The highest age at which anything is known."""
        return float(np.where(self.alive, self.low, self.high).max())

    @property
    def middle(self) -> np.ndarray:
        """One age a row: of a failure between two ages their middle, less half of what they may be less. (row,)."""
        middle = np.where(self.alive, self.low, (self.low + np.where(self.alive, self.low, self.high)) / 2)
        middle = middle - self.spread / 2
        # Of the first month the middle would be 0, an age at which nothing fails.
        return np.where((middle <= 0) & ~self.alive, self.high / 4, np.maximum(middle, 0.0))

    def take(self, rows: np.ndarray) -> "Lives":
        """Keep some of the rows."""
        parts = (self.low, self.high, self.entry, self.count, self.spread)
        low, high, entry, count, spread = (part[rows] for part in parts)
        return Lives(low, high, entry, count, spread, self.unit)

    def scaled(self, factor: np.ndarray | float, unit: str) -> "Lives":
        """Give ages times a factor, as of hours a year."""
        return Lives(
            self.low * factor, self.high * factor, self.entry * factor, self.count, self.spread * factor, unit
        )  # fmt: skip

    def cut(self, age: float) -> "Lives":
        """Take what is beyond an age as unseen: whoever is older was alive at it."""
        beyond = self.high > age
        low, high = np.where(beyond, np.minimum(self.low, age), self.low), np.where(beyond, np.inf, self.high)
        there = self.entry < age
        return Lives(low, high, self.entry, self.count, self.spread, self.unit).take(there)


def lives_of(low: Any, high: Any, entry: Any = 0.0, count: Any = 1.0, spread: Any = 0.0, unit: str = "year") -> Lives:
    """Make lives of arrays or numbers that broadcast; equal rows are put together."""
    parts = np.broadcast_arrays(*(np.asarray(part, dtype=np.float64) for part in (low, high, entry, spread)))
    frame = pd.DataFrame(dict(zip(("low", "high", "entry", "spread"), (p.ravel() for p in parts), strict=True)))
    frame["count"] = np.broadcast_to(np.asarray(count, dtype=np.float64), parts[0].shape).ravel()
    frame = frame[frame["count"] > 0]
    keys = ["low", "high", "entry", "spread"]
    grouped = frame.groupby(keys, sort=True, as_index=False)["count"].sum()
    if len(grouped) > ROWS_MAX:
        for name in ("low", "high", "entry"):
            grouped[name] = _rounded(grouped[name].to_numpy())
        grouped = grouped.groupby(keys, sort=True, as_index=False)["count"].sum()
    low, high, since, units, less = (grouped[name].to_numpy() for name in ("low", "high", "entry", "count", "spread"))
    return Lives(low, high, since, units, less, unit)


def _rounded(ages: np.ndarray) -> np.ndarray:
    inside = (ages > 0) & np.isfinite(ages)
    out = ages.copy()
    out[inside] = np.exp(np.round(np.log(ages[inside]) / _ALIKE) * _ALIKE)
    return out
