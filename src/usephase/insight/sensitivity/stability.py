"""How firm the order of a ranking is under resampling."""

import numpy as np

from usephase.insight.sensitivity.estimators import Indices, OutputSums, usable

TOP = 10


def stability(
    found: Indices, output: OutputSums, squared: np.ndarray, weights: np.ndarray, top: int = TOP
) -> dict[str, float | None]:
    """Tell how firm an order by total-order indices is.

    Parameters
    ----------
    found : Indices
        Of the factors, then of what else.
    output : OutputSums
    squared : ndarray (factor, block)
        Of the factors alone.
    weights : ndarray (resample, block)

    Returns
    -------
    dict with ``top_overlap``, the mean share of the leading `top` that stay among them, and ``rank_correlation``, the
    mean rank correlation of their order with the resampled one.
    """
    st = found.st[: len(squared)]
    effective = int((st > 0).sum())
    if output.constant or effective < 2:
        return {"top_overlap": None, "rank_correlation": None}
    count = min(top, effective)
    leading = np.argsort(-st, kind="stable")[:count]
    weights, scales = usable(output, weights)
    mine = (squared[leading] @ weights.T) * scales
    # Only these can overtake a leading factor in any resample.
    rivals = np.flatnonzero(found.st_most[: len(squared)] >= mine.min())
    others = (squared[np.setdiff1d(rivals, leading)] @ weights.T) * scales
    inside = np.partition(np.concatenate([mine, others]), len(others), axis=0)[len(others)]
    order = np.argsort(np.argsort(-mine, axis=0, kind="stable"), axis=0)
    spread = count * (count**2 - 1) / 6
    correlation = 1 - ((order - np.arange(count)[:, None]) ** 2).sum(axis=0) / spread
    return {"top_overlap": float((mine >= inside).mean()), "rank_correlation": float(correlation.mean())}
