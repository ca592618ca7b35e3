"""Pedigree: from five scores of data quality to the spread of a plain number.

References
----------
Frischknecht et al. (2005), *The ecoinvent database: overview and methodological framework*, Int. J. LCA 10, 3–9: the
uncertainty factors and the rule that combines them. The result is the square of the geometric standard deviation.
"""

import math
import re
from functools import cache

import numpy as np
import pandas as pd

from usephase.catalog.values.ranges import Range
from usephase.catalog.values.refusal import Refusal
from usephase.sampling import distributions as dist

# One row a score: reliability, completeness, temporal, geographical and technological correlation; best first.
_FACTORS = (
    (1.0, 1.05, 1.10, 1.20, 1.50),
    (1.0, 1.02, 1.05, 1.10, 1.20),
    (1.0, 1.03, 1.10, 1.20, 1.50),
    (1.0, 1.01, 1.02, 1.05, 1.10),
    (1.0, 1.05, 1.20, 1.50, 2.00),
)
_BASIC = 1.05
_SCORES = re.compile(r"[1-5](?:\s*,\s*[1-5]){4}")


@cache
def sigma(scores: str) -> float:
    """Give the standard deviation of the logarithm that five scores stand for.

    Parameters
    ----------
    scores : str
        ``r,c,t,g,f``, each from 1 (best) to 5.

    Returns
    -------
    float

    Raises
    ------
    Refusal
        If the text is not five scores.

    Notes
    -----
    σ = ln(SDg95)/2 with SDg95 = exp √(Σ ln² U) over the five factors and the basic one.
    """
    if not _SCORES.fullmatch(scores):
        raise Refusal(
            f"`{scores}` is not a pedigree",
            "write five scores from 1 (best) to 5, such as `2,3,1,2,2` (in quotes in CSV)",
        )
    factors = [row[int(score) - 1] for row, score in zip(_FACTORS, scores.split(","), strict=True)]
    return math.sqrt(sum(math.log(factor) ** 2 for factor in (*factors, _BASIC))) / 2


def spread(numbers: np.ndarray, pedigrees: np.ndarray, bounds: Range) -> tuple[np.ndarray, np.ndarray]:
    """Give plain numbers the spread of their row's pedigree.

    Parameters
    ----------
    numbers : ndarray (row,)
        Plain numbers in the column's unit, within its range.
    pedigrees : ndarray of object (row,)
        Their scores; "" = none.
    bounds : Range
        The column's range.

    Returns
    -------
    kind : ndarray of int8 (row,)
        Lognormal, or logit-normal in a column that is bounded on both sides; 0 and the bounds stay fixed.
    params : ndarray (row, WIDTH)
    """
    kind = np.full(len(numbers), dist.FIXED, dtype=np.int8)
    params = np.zeros((len(numbers), dist.WIDTH))
    params[:, 0] = numbers
    codes, scores = pd.factorize(pedigrees)
    widths = np.array([sigma(text) if text else 0.0 for text in scores])
    width = widths[codes] if len(scores) else np.zeros(0)
    free = (width > 0) & (numbers != 0) & (numbers != bounds.low) & (numbers != bounds.high)
    params[free, 1] = width[free]
    if math.isfinite(bounds.low) and math.isfinite(bounds.high):
        kind[free] = dist.LOGIT_NORMAL
        params[free, 2], params[free, 3] = bounds.low, bounds.high
    else:
        kind[free] = dist.LOGNORMAL
    return kind, params
