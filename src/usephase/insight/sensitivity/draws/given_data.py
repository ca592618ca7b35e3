"""Rankings from draws that exist already: no further evaluations of the model.

References
----------
S. Chatterjee, "A new coefficient of correlation", JASA 116 (2021); F. Gamboa, P. Gremaud, T. Klein and A. Lagnoux,
"Global sensitivity analysis: a novel generation of mighty estimators based on rank statistics", Bernoulli 28 (2022).
"""

import numpy as np

from usephase.errors import NumericError


def rank_first_order(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Estimate first-order indices from one sample by ranks.

    Parameters
    ----------
    x : ndarray (factor, draw)
        Inputs.
    y : ndarray (draw,)
        Output.

    Returns
    -------
    ndarray (factor,); nan where the output does not vary.

    Notes
    -----
    r = (mean of y_i · y of the next larger x − ȳ²) / V, and S1 = max(0, ((n − 1) r + 1) / n): of a factor without
    effect the mean of r is −1/(n − 1). Equal inputs are taken in a fixed random order. Without effect the estimate
    scatters by 1/√n, and what chance puts below 0, where no index is, reads 0.
    """
    _refuse(x, y)
    n = y.size
    shuffle = np.random.default_rng(n).permutation(n)
    x, centered = x[:, shuffle], y[shuffle] - y.mean()
    variance = float((centered**2).mean())
    if variance <= 1e-24 * float((y**2).mean()):
        return np.full(len(x), np.nan)
    order = np.argsort(x, axis=1, kind="stable")
    sorted_y = centered[order]
    together = (sorted_y * np.roll(sorted_y, -1, axis=1)).mean(axis=1) / variance
    return np.maximum(((n - 1) * together + 1) / n, 0.0)


def regression(x: np.ndarray, y: np.ndarray) -> dict[str, np.ndarray]:
    """Standardized regression on values and on ranks, and partial rank correlation.

    Parameters
    ----------
    x : ndarray (factor, draw)
        Inputs that vary; fewer than half the draws.
    y : ndarray (draw,)

    Returns
    -------
    dict of ndarray (factor,): ``src``, ``srrc``, ``prcc``; and ``r2``, ``r2_ranks`` of the two regressions, shape (1,).
    """
    from scipy.stats import rankdata

    _refuse(x, y)
    factors, n = x.shape
    if 2 * factors > n:
        raise NumericError(f"{n} draws are too few to regress on {factors} cells → ask for at least {2 * factors}")
    out: dict[str, np.ndarray] = {}
    for name, fit, (inputs, output) in (
        ("src", "r2", (x, y)),
        ("srrc", "r2_ranks", (rankdata(x, axis=1), rankdata(y))),
    ):
        z, t = _standard(inputs), _standard(output[None, :])[0]
        gram = z @ z.T / n
        slopes = np.linalg.solve(gram, z @ t / n)
        out[name] = slopes
        out[fit] = np.array([slopes @ (z @ t / n)])
        if name == "srrc":
            # Partial correlation follows from the inverse of the joint correlation matrix.
            joint = np.linalg.inv(np.block([[gram, (z @ t / n)[:, None]], [(z @ t / n)[None, :], np.ones((1, 1))]]))
            out["prcc"] = -joint[:-1, -1] / np.sqrt(np.diag(joint)[:-1] * joint[-1, -1])
    return out


def _standard(x: np.ndarray) -> np.ndarray:
    return np.asarray((x - x.mean(axis=1, keepdims=True)) / x.std(axis=1, keepdims=True))


def _refuse(x: np.ndarray, y: np.ndarray) -> None:
    if not np.isfinite(x).all():
        raise NumericError("a draw is not finite, so nothing can be ranked → narrow the distribution behind it")
    refuse_boundless(y)


def refuse_boundless(y: np.ndarray) -> None:
    """Refuse an output without a finite variance."""
    with np.errstate(over="ignore", invalid="ignore"):
        if not np.isfinite(np.square(y).sum()):
            raise NumericError(
                "the variance of the figure is not finite, so nothing can be ranked → narrow the distribution behind it"
            )
