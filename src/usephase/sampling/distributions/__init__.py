"""Distributions of a cell: one record each, and what is asked of a kind, its parameters and its points.

A new distribution is a file with its record and a line here; with a formula of its own in compiled code also a branch
of `usephase.engine.program.cells.fill`. Whoever needs to know something of a distribution asks its record.
"""

from collections.abc import Callable, Mapping

import numpy as np

from usephase.sampling.distributions.beta import Beta, Pert
from usephase.sampling.distributions.discrete import Discrete
from usephase.sampling.distributions.empirical import Empirical
from usephase.sampling.distributions.fixed import Fixed
from usephase.sampling.distributions.gamma import Gamma
from usephase.sampling.distributions.logit_normal import LogitNormal
from usephase.sampling.distributions.lognormal import Lognormal
from usephase.sampling.distributions.metalog import Metalog
from usephase.sampling.distributions.normal import Normal
from usephase.sampling.distributions.record import WIDTH, Z95, Belief, Distribution, Params, Points, Unfit, Written
from usephase.sampling.distributions.sample import Sample, sample_stream, stream_of
from usephase.sampling.distributions.student import Student
from usephase.sampling.distributions.triangular import Triangular
from usephase.sampling.distributions.uniform import Uniform
from usephase.sampling.distributions.weibull import Weibull

RECORDS: dict[int, Distribution] = {
    record.code: record
    for record in (
        Fixed(), Normal(), Lognormal(), Uniform(), Triangular(), Pert(), Beta(), Gamma(), Weibull(), Discrete(),
        LogitNormal(), Student(), Metalog(), Empirical(), Sample(),
    )
}  # fmt: skip
"""Every distribution by its kind."""
ABSENT = -1
"""The kind of an empty cell."""
FIXED, NORMAL, LOGNORMAL, UNIFORM, TRIANGULAR = Fixed.code, Normal.code, Lognormal.code, Uniform.code, Triangular.code
PERT, BETA, GAMMA, WEIBULL, DISCRETE, LOGIT_NORMAL, METALOG, EMPIRICAL, SAMPLE = (
    Pert.code, Beta.code, Gamma.code, Weibull.code, Discrete.code, LogitNormal.code, Metalog.code, Empirical.code,
    Sample.code,
)  # fmt: skip
NAMES = {code: record.name for code, record in RECORDS.items()}
FUNCTIONS: dict[str, Written] = {its.name: its for record in RECORDS.values() for its in record.written}
"""Every function of the grammar by its name."""

__all__ = [
    "ABSENT", "BETA", "DISCRETE", "EMPIRICAL", "FIXED", "FUNCTIONS", "GAMMA", "LOGIT_NORMAL", "LOGNORMAL", "METALOG",
    "NAMES", "NORMAL", "PERT", "RECORDS", "SAMPLE", "TRIANGULAR", "UNIFORM", "WEIBULL", "WIDTH", "Z95", "Belief",
    "Distribution", "Params", "Points", "Unfit", "Written", "best_estimate", "best_estimates", "cumulative",
    "is_listed", "mean", "quantile", "sample_stream", "scaled", "stream_of", "truncation", "truncations", "variance",
]  # fmt: skip


def quantile(kind: int, params: np.ndarray, u: np.ndarray, points: Points | None = None) -> np.ndarray:
    """Invert a cell's distribution function, untruncated.

    Parameters
    ----------
    kind : int
        A key of `RECORDS`.
    params : ndarray (WIDTH,)
        Its parameters.
    u : ndarray
        Probabilities in (0, 1).
    points : (values, weights), optional
        Of a distribution of listed values.

    Returns
    -------
    ndarray, shaped as `u`.
    """
    return RECORDS[kind].quantile(params, u, points)


def cumulative(kind: int, params: np.ndarray, x: float, points: Points | None = None) -> float:
    """Give the probability of a value of at most `x`."""
    if np.isinf(x):
        return 0.0 if x < 0 else 1.0
    return RECORDS[kind].cumulative(params, x, points)


def mean(kind: int, params: np.ndarray, points: Points | None = None) -> float:
    """Give the mean of the untruncated distribution; infinite where there is none."""
    return RECORDS[kind].mean(params, points)


def variance(kind: int, params: np.ndarray, points: Points | None = None) -> float:
    """Give the variance of the untruncated distribution; infinite where there is none."""
    return RECORDS[kind].variance(params, points)


def best_estimate(kind: int, params: np.ndarray, points: Points | None = None) -> float:
    """Give a cell's best estimate; NaN where it is empty.

    A number is itself; of a normal the mean, of a lognormal the median, of a triangular or a PERT the mode, of
    any other the median.
    """
    return float("nan") if kind == ABSENT else RECORDS[kind].best_estimate(params, points)


def best_estimates(kind: np.ndarray, params: np.ndarray, points: Callable[[int], Points | None]) -> np.ndarray:
    """Give the best estimate of each cell, NaN where it is empty; `points` gives those of one. Shape (cell,)."""
    out = np.full(len(kind), np.nan)
    for code in np.unique(kind[kind != ABSENT]).tolist():
        record, rows = RECORDS[code], np.flatnonzero(kind == code)
        if record.best >= 0:
            out[rows] = params[rows, record.best]
        else:
            out[rows] = [record.best_estimate(params[row], points(row)) for row in rows.tolist()]
    return out


def scaled(kind: int, params: np.ndarray, factor: float) -> np.ndarray:
    """Give the parameters of `factor` (> 0) times a value; listed values are the caller's to scale."""
    return RECORDS[kind].scale(params, factor)


def is_listed(kind: int) -> bool:
    """Tell whether the values of a cell of this kind stand in points."""
    return kind != ABSENT and RECORDS[kind].listed


def truncation(kind: int, params: np.ndarray, low: float, high: float, points: Points | None) -> tuple[float, float]:
    """Give the probabilities at the bounds between which a cell is drawn."""
    if RECORDS[kind].atoms:
        return 0.0, 1.0
    return cumulative(kind, params, low, points), cumulative(kind, params, high, points)


def truncations(
    kind: np.ndarray, params: np.ndarray, low: float, high: float, points: Mapping[int, Points]
) -> tuple[np.ndarray, np.ndarray]:
    """Give `truncation` of many cells of one column, the same bits. Shapes (cell,)."""
    below, above = np.zeros(len(kind)), np.ones(len(kind))
    for code in np.unique(kind).tolist():
        record, rows = RECORDS[code], np.flatnonzero(kind == code)
        if record.atoms:
            continue
        for out, x in ((below, low), (above, high)):
            if not np.isfinite(x):
                continue
            if record.listed:
                out[rows] = [record.cumulative(params[row], x, points[row]) for row in rows.tolist()]
            else:
                out[rows] = record.cumulatives(params[rows], x)
    return below, above
