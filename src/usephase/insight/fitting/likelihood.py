"""The likelihood of observed lives, its maximum, and how it falls off around it.

Notes
-----
A failure at an exact age counts with the density f, one between two ages with S(low) − S(high), a unit still alive
with S(low), each divided by S(entry) for a unit that was watched from an age on only [1]_. Where ages are less than
written by a time uniform over a month, the probability is averaged over it with five Gauss–Legendre nodes. With a
share `never` that cannot fail, S is replaced by never + (1 − never)·S [2]_.

References
----------
.. [1] Meeker, W.Q. and Escobar, L.A., *Statistical Methods for Reliability Data*, Wiley 1998, ch. 8 and 11.
.. [2] Meeker, W.Q., "Limited failure population life tests", Technometrics 29 (1987) 51-65.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import optimize, special

from usephase.insight.fitting.families import Family
from usephase.insight.fitting.lives import Lives

_NODES = 5
_CELLS_MAX = 2_000_000
_FAR = -1e12
"""The logarithm of what is impossible: an optimizer compares numbers."""


@dataclass(frozen=True)
class Maximum:
    """Hold the most likely parameters of a family.

    Attributes
    ----------
    scale, shape, never : float
    log_likelihood : float
    covariance : ndarray (2, 2) or (3, 3)
        Of the logarithms of scale and shape, and of the log-odds of `never` where there is any.
    """

    family: Family
    scale: float
    shape: float
    never: float
    log_likelihood: float
    covariance: np.ndarray

    @property
    def errors(self) -> dict[str, float]:
        """Standard errors of scale and shape, from the curvature of the likelihood."""
        by_log = np.sqrt(np.diag(self.covariance))
        return {"scale": float(self.scale * by_log[0]), "shape": float(self.shape * by_log[1])}

    @property
    def mean(self) -> float:
        """The mean life."""
        return float(self.family.mean(self.scale, self.shape))

    @property
    def aic(self) -> float:
        """Akaike's criterion: 2 · parameters − 2 · log-likelihood."""
        return 2 * (3 if self.never else 2) - 2 * self.log_likelihood


LogLikelihood = Callable[..., np.ndarray]


def likelihood_of(lives: Lives) -> LogLikelihood:
    """Make the log-likelihood of lives: a function of family, scales, shapes (each (point,)) and a share `never`.

    It gives one number a point, −1e12 where the data are impossible.
    """
    terms = _terms(lives)
    step = max(_CELLS_MAX // max(sum(term.size for term in terms), 1), 1)

    def of(family: Family, scale: Any, shape: Any, never: float = 0.0) -> np.ndarray:
        scales, shapes = np.atleast_1d(np.asarray(scale, float)), np.atleast_1d(np.asarray(shape, float))
        total = np.zeros(len(scales))
        with np.errstate(divide="ignore", over="ignore", under="ignore", invalid="ignore"):
            for start in range(0, len(scales), step):
                at = slice(start, start + step)
                for term in terms:
                    total[at] += term.of(family, scales[at, None], shapes[at, None], never)
        return np.where(np.isfinite(total), total, _FAR)

    return of


Term = Callable[[Family, np.ndarray, np.ndarray, float], np.ndarray]


@dataclass(frozen=True)
class _Term:
    """Hold what a kind of rows adds to the log-likelihood, and how many ages it is evaluated at."""

    of: Term
    size: int


def _terms(lives: Lives) -> list[_Term]:
    exact, alive, spread = lives.exact, lives.alive, lives.spread > 0
    terms = []
    if exact.any():
        terms.append(_exactly(lives.take(exact)))
    if (seen := alive & ~spread).any():
        terms.append(_survived(lives.low[seen], lives.count[seen]))
    if (seen := alive & spread).any():
        terms.append(_averaged(lives.take(seen)))
    between = ~exact & ~alive
    terms += [_averaged(lives.take(seen)) for seen in (between & spread, between & ~spread) if seen.any()]
    if (late := lives.entry > 0).any():
        terms.append(_survived(lives.entry[late], -lives.count[late]))
    return terms


def _exactly(lives: Lives) -> _Term:
    def of(family: Family, scale: np.ndarray, shape: np.ndarray, never: float) -> np.ndarray:
        density = family.log_density(lives.low / scale, shape) - np.log(scale)
        return np.asarray(density @ lives.count + np.log1p(-never) * lives.count.sum())

    return _Term(of, len(lives.low))


def _survived(ages: np.ndarray, count: np.ndarray) -> _Term:
    def of(family: Family, scale: np.ndarray, shape: np.ndarray, never: float) -> np.ndarray:
        alive = family.log_survival(ages / scale, shape)
        return np.asarray((np.logaddexp(np.log(never), np.log1p(-never) + alive) if never else alive) @ count)

    return _Term(of, len(ages))


def _averaged(lives: Lives) -> _Term:
    """Average the probability of a row over how much less than written its ages may be; each age is evaluated once."""
    nodes, weights = np.polynomial.legendre.leggauss(_NODES if lives.spread.any() else 1)
    less = lives.spread * ((nodes[:, None] + 1) / 2 if lives.spread.any() else np.zeros((1, 1)))
    alive = bool(lives.alive.all())
    both = np.concatenate([lives.low - less, *([] if alive else [lives.high - less])])
    written = np.maximum(np.round(both, 12), 0.0)
    ages, at = np.unique(written, return_inverse=True)
    at = at.reshape(written.shape)
    first, last = at[: len(nodes)], at[len(nodes) :]
    weight = weights / weights.sum()

    def of(family: Family, scale: np.ndarray, shape: np.ndarray, never: float) -> np.ndarray:
        log_alive = family.log_survival(ages / scale, shape)
        here, gone = np.exp(log_alive), -np.expm1(log_alive)
        if alive:
            mean = np.einsum("n,pnr->pr", weight, here[:, first])
            return np.asarray(np.log(never + (1 - never) * mean) @ lives.count)
        # The smaller of the two is exact to its last digits.
        low = here[:, first]
        lost = np.where(low < 0.5, low - here[:, last], gone[:, last] - gone[:, first])
        return np.asarray((np.log(np.einsum("n,pnr->pr", weight, lost)) + np.log1p(-never)) @ lives.count)

    return _Term(of, ages.size + 2 * at.size)


def maximize(family: Family, lives: Lives, *, never: bool = False) -> Maximum:
    """Find the most likely parameters.

    Parameters
    ----------
    never : bool
        With a share of units that cannot fail.
    """
    failed = lives.take(~lives.alive)
    middle, weight = failed.middle, failed.count / failed.count.sum()
    failed_share = min(max(lives.failures / lives.units, 1e-6), 0.9)
    shape = min(max(1.5 if family.name != "lognormal" else 0.8, family.least * 1.1), family.most)
    quantile = float(np.exp(weight @ np.log(middle)))
    start = [np.log(quantile / max(float(family.quantile(failed_share / 2, 1.0, shape)), 1e-300)), np.log(shape)]

    height = likelihood_of(lives)

    def lack(theta: np.ndarray) -> float:
        scale, found = np.exp(np.clip(theta[:2], -700, 700))
        if not family.least <= found <= family.most:
            return -_FAR
        share = float(special.expit(theta[2])) if len(theta) > 2 else 0.0
        return -float(height(family, scale, found, share)[0])

    if never:  # most of those that can fail have failed: their own ages are a start
        start = [np.log(quantile), np.log(shape), special.logit(1 - min(1.1 * failed_share, 0.95))]
    options = {"xatol": 1e-8, "fatol": 1e-10, "maxiter": 4000, "maxfev": 4000}
    best = optimize.minimize(lack, np.array(start), method="Nelder-Mead", options=options)
    scale, found = np.exp(best.x[:2])
    share = float(special.expit(best.x[2])) if never else 0.0
    return Maximum(family, float(scale), float(found), share, -float(best.fun), _covariance(lack, best.x))


def _covariance(lack: Any, at: np.ndarray, step: float = 1e-4) -> np.ndarray:
    """Invert the curvature, by central differences; a wide one where there is none."""
    size = len(at)
    steps = np.eye(size) * step
    hessian = np.empty((size, size))
    for i, a in enumerate(steps):
        for j, b in enumerate(steps[: i + 1]):
            mixed = lack(at + a + b) - lack(at + a - b) - lack(at - a + b) + lack(at - a - b)
            hessian[i, j] = hessian[j, i] = mixed / (4 * step**2)
    if np.all(np.isfinite(hessian)) and np.all(np.linalg.eigvalsh(hessian) > 1e-8):
        return np.asarray(np.linalg.inv(hessian))
    return np.eye(size)
