"""Estimators of first-order and total-order indices, and their bootstrap intervals.

With A and B two independent sample matrices, A_B the matrix A whose factor comes from B and B_A the other way round,

    S1 = E[(f(B) − f(B_A)) (f(A_B) − f(A))] / (2 V),
    ST = E[(f(A_B) − f(A))² + (f(B_A) − f(B))²] / (4 V).

S1 is Saltelli's estimator taken in both directions: only differences enter, so that neither the mean nor what the
factor does not move adds noise, and a small index has a small error. ST is Jansen's, over both directions.

Every evaluation of the largest factors serves the variance: A and B are independent, and so are A_B and B_A, so that

    V = Σ_i w_i E[(f(A) − f(B))² + (f(A_B) − f(B_A))²] / 4,   w_i the part of factor i in the sum of their ST.

Products of what x_i adds and what the others add have opposite signs in the two squares, and cancel.

References
----------
A. Saltelli et al., "Variance based sensitivity analysis of model output", Computer Physics Communications 181 (2010);
M. J. W. Jansen, "Analysis of variance designs for model output", Computer Physics Communications 117 (1999);
I. Azzini, T. A. Mara and R. Rosati, "Comparison of two sets of Monte Carlo estimators of Sobol' indices",
Environmental Modelling & Software 144 (2021): both directions, and all four evaluations in the variance.
"""

from dataclasses import dataclass, field

import numpy as np

from usephase.engine.adjoint.passes import BLOCKS
from usephase.errors import NumericError, not_finite
from usephase.insight.sensitivity.intervals import intervals

RESAMPLES = 200
CONFIDENCE = 0.95
LARGEST = 8
"""Factors whose evaluations serve the variance."""
LEAST = 1e-24
"""Part of the squared size of a figure below which its variance is rounding."""


def block_sums(x: np.ndarray, start: int = 0) -> np.ndarray:
    """Add up draws by block.

    Parameters
    ----------
    x : ndarray (…, draw)
    start : int
        Index of the first draw, a multiple of `BLOCKS`.

    Returns
    -------
    ndarray (…, block)
    """
    assert start % BLOCKS == 0
    whole = x.shape[-1] // BLOCKS * BLOCKS
    out: np.ndarray = x[..., :whole].reshape(*x.shape[:-1], -1, BLOCKS).sum(axis=-2)
    out[..., : x.shape[-1] - whole] += x[..., whole:]
    return out


@dataclass
class OutputSums:
    """Sums over both sample matrices from which a resampled variance follows.

    Attributes
    ----------
    center : float
        Taken from every output before it is squared.
    """

    center: float
    count: np.ndarray = field(default_factory=lambda: np.zeros(BLOCKS))
    first: np.ndarray = field(default_factory=lambda: np.zeros(BLOCKS))
    second: np.ndarray = field(default_factory=lambda: np.zeros(BLOCKS))
    low: float = np.inf
    high: float = -np.inf
    squares: np.ndarray | None = None
    """Sums over pairs of independent evaluations, the largest factors' included, from which the variance follows."""

    def add(self, f_a: np.ndarray, f_b: np.ndarray) -> None:
        """Add draws of both matrices. Shape (draw,)."""
        if not (np.isfinite(f_a).all() and np.isfinite(f_b).all()):
            bad = int(np.argmin(np.isfinite(f_a) & np.isfinite(f_b)))
            raise not_finite(f"draw {bad} has no finite value, so no index can be given")
        self.count += block_sums(np.ones_like(f_a))
        for f in (f_a, f_b):
            self.first += block_sums(f - self.center) / 2
            self.second += block_sums((f - self.center) ** 2) / 2
            self.low, self.high = min(self.low, f.min()), max(self.high, f.max())

    def variance(self, weights: np.ndarray | None = None) -> np.ndarray:
        """Give the variance, or one for each resample of the blocks. Shape () or (resample,)."""
        if weights is None:
            weights = np.ones(BLOCKS)
        n = weights @ self.count
        if self.squares is not None:
            return np.asarray(weights @ self.squares / np.maximum(n, 1))
        mean = weights @ self.first / n
        return np.asarray((weights @ self.second / n - mean**2) * n / np.maximum(n - 0.5, 0.5))

    @property
    def constant(self) -> bool:
        """Tell whether the output is the same in all draws, to rounding."""
        scale = max(abs(self.low), abs(self.high))
        return bool((self.high - self.low) ** 2 <= LEAST * scale * scale)


@dataclass(frozen=True)
class Indices:
    """Indices with intervals; nan where the output does not vary. Shapes (factor,)."""

    s1: np.ndarray
    s1_low: np.ndarray
    s1_high: np.ndarray
    st: np.ndarray
    st_low: np.ndarray
    st_high: np.ndarray
    st_most: np.ndarray
    """The largest ST in any resample."""


def largest(squared: np.ndarray, count: int = LARGEST) -> tuple[np.ndarray, np.ndarray]:
    """Give the factors of largest total-order index and their parts in the sum of these. Shapes (factor,)."""
    size = squared.sum(axis=1)
    at = np.argsort(-size, kind="stable")[:count]
    at = at[size[at] > 0]
    return at, size[at] / size[at].sum()


def squares(f_a: np.ndarray, f_b: np.ndarray, there: np.ndarray, back: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """Sum by block what the variance follows from.

    Parameters
    ----------
    f_a, f_b : ndarray (draw,)
    there, back : ndarray (factor, draw)
        f(A_B) − f(A) and f(B_A) − f(B) of the largest factors.
    shares : ndarray (factor,)
        Their weights, which sum to 1; none if the figure does not vary.
    """
    apart = f_a - f_b
    mixed = shares @ (apart + there - back) ** 2 if shares.size else apart**2
    return block_sums((apart**2 + mixed) / 4)


def resampling(seed: int, resamples: int = RESAMPLES) -> np.ndarray:
    """Draw how often each block is taken in each resample. Shape (resample, block)."""
    rng = np.random.default_rng([abs(seed), 0x5EED])
    return rng.multinomial(BLOCKS, np.full(BLOCKS, 1 / BLOCKS), size=resamples).astype(float)


def indices(
    output: OutputSums, joint: np.ndarray, squared: np.ndarray, weights: np.ndarray, workers: int = 1
) -> Indices:
    """Turn sums by block into indices with percentile intervals.

    Parameters
    ----------
    output : OutputSums
    joint : ndarray (factor, block)
        Sums of (f(B) − f(B_A)) (f(A_B) − f(A)) / 2.
    squared : ndarray (factor, block)
        Sums of ((f(A_B) − f(A))² + (f(B_A) − f(B))²) / 4.
    weights : ndarray (resample, block)
        From `resampling`.
    workers : int
        Threads; changes no figure.
    """
    if output.constant:
        nothing = np.full(len(joint), np.nan)
        return Indices(nothing, nothing, nothing, nothing, nothing, nothing, nothing)
    scale = 1 / (output.count.sum() * float(output.variance()))
    weights, scales = usable(output, weights)
    first, total = (intervals(sums, weights, scales, CONFIDENCE, workers) for sums in (joint, squared))
    s1, st = joint.sum(axis=1) * scale, squared.sum(axis=1) * scale
    # S1 is a mean of products, which chance may put below 0, where no index is; ST is one of squares.
    s1, low, high = (np.maximum(x, 0.0) for x in (s1, first.low, first.high))
    return Indices(s1, low, high, st, total.low, total.high, total.most)


def usable(output: OutputSums, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Give the resamples that have draws at all, and what turns their sums into indices.

    Returns
    -------
    weights : ndarray (resample, block)
    scales : ndarray (resample,)
    """
    weights = weights[(weights[:, output.count > 0] @ output.count[output.count > 0]) > 0]
    return weights, 1 / ((weights @ output.count) * np.maximum(output.variance(weights), 1e-300))


def from_outputs(
    f_a: np.ndarray, f_b: np.ndarray, f_ab: np.ndarray, f_ba: np.ndarray, *, seed: int = 1, resamples: int = RESAMPLES
) -> Indices:
    """Estimate indices from outputs of any model.

    Parameters
    ----------
    f_a, f_b : ndarray (draw,)
        The model at A and at B.
    f_ab, f_ba : ndarray (factor, draw)
        The model at A with each factor from B, and at B with each factor from A.
    seed : int
        Of the resampling; 0 is a seed like any other.
    resamples : int

    Raises
    ------
    NumericError
        If any output is not finite.
    """
    f_a, f_b, f_ab, f_ba = (np.asarray(f, dtype=float) for f in (f_a, f_b, f_ab, f_ba))
    output = OutputSums(float(f_a[0]))
    output.add(f_a, f_b)
    there, back = f_ab - f_a, f_ba - f_b
    finite = np.isfinite(f_ab).all(axis=1) & np.isfinite(f_ba).all(axis=1)
    if not finite.all():
        bad = int(np.argmin(finite))
        raise NumericError(f"an output with factor {bad} swapped is not finite → narrow that factor's distribution")
    joint, squared = products(there, back)
    at, shares = largest(squared)
    output.squares = squares(f_a, f_b, there[at], back[at], shares)
    return indices(output, joint, squared, resampling(seed, resamples))


def products(there: np.ndarray, back: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Sum by block what both estimators need.

    Parameters
    ----------
    there, back : ndarray (factor, draw)
        f(A_B) − f(A) and f(B_A) − f(B).

    Returns
    -------
    joint, squared : ndarray (factor, block)
    """
    return block_sums(there * back) / -2, block_sums(there * there + back * back) / 4
