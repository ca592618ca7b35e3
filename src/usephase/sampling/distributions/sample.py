"""A column of a joint sample: equally likely rows, of which all cells of one sample take the same in a draw."""

import hashlib

import numpy as np

from usephase.sampling.distributions.discrete import listed
from usephase.sampling.distributions.record import Belief, Distribution, Points, Written, triangle

FORM = "sample(NAME, column)"
_BYTES = 6  # a double holds so many exactly


def key_of(name: str) -> float:
    """Give the number by which the parameters of its cells know a sample."""
    return float(int.from_bytes(hashlib.blake2b(name.encode(), digest_size=_BYTES).digest(), "little"))


def stream_of(params: np.ndarray) -> str:
    """Name the group of a cell's sample, whose one dimension says the row."""
    return f"samples:{int(params[1])}"


def sample_stream(name: str) -> str:
    """Name the group of a sample by its name."""
    return f"samples:{int(key_of(name))}"


def sample(name: str, column: np.ndarray) -> Belief:
    """Make it of a sample's name and a column, in the order of its rows."""
    weights = np.full(len(column), 1 / len(column))
    return Belief(Sample.code, (0.0, key_of(name), 0.0, 0.0, 0.0, 0.0), (column, weights))


class Sample(Distribution):
    """Values in the order of the sample's rows; the quantile at u is the value of row ⌊u · n⌋."""

    code, name = 14, "sample"
    written = (Written("sample", FORM, (2,), sample, (), (), named=True),)
    scaled, shifted, best = (), (), -1
    listed = atoms = joint = True
    compiled = "given"

    def quantile(self, params: np.ndarray, u: np.ndarray, points: Points | None) -> np.ndarray:
        """Take the value of row ⌊u · n⌋."""
        values = listed(points)[0]
        row = np.minimum((np.asarray(u) * len(values)).astype(np.int64), len(values) - 1)
        return np.asarray(values[row])

    def percentile(self, params: np.ndarray, u: float, points: Points | None) -> float:
        """Interpolate between ordered values, as ``numpy.quantile``."""
        return float(np.quantile(listed(points)[0], u))

    def cumulative(self, params: np.ndarray, x: float, points: Points | None) -> float:
        """Count the values up to x."""
        return float((listed(points)[0] <= x).mean())

    def mean(self, params: np.ndarray, points: Points | None) -> float:
        """Average the values."""
        return float(listed(points)[0].mean())

    def variance(self, params: np.ndarray, points: Points | None) -> float:
        """Average the squares of the distances from the mean."""
        return float(listed(points)[0].var())

    def best_estimate(self, params: np.ndarray, points: Points | None) -> float:
        """Give the median of the values."""
        return self.percentile(params, 0.5, points)

    def reach(self, params: np.ndarray) -> float:
        """Give nothing: its values show it."""
        return 0.0

    def within(self, params: np.ndarray, low: float, high: float, points: Points | None) -> list[str]:
        """Write one of its own, for what the caller has left of its values: it no longer moves with the others."""
        values = listed(points)[0]
        return triangle("triangular", np.quantile(values, [0, 0.5, 1]), low, high) if len(values) else []

    def nodes(
        self, params: np.ndarray, low: float, high: float, points: Points | None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Give every row its weight."""
        weights = listed(points)[1]
        return np.cumsum(weights) - weights / 2, weights
