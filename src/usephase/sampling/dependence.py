"""Declared correlations and common errors: a one-factor Gaussian copula between cells."""

import numpy as np
from scipy import special


def correlated(own: np.ndarray, common: np.ndarray, correlation: float) -> np.ndarray:
    """Mix a cell's own uniform with one that it has in common with others.

    Any two of these cells then have normal scores with the given correlation.

    Parameters
    ----------
    own, common : ndarray
        Independent uniforms in (0, 1).
    correlation : float
        In [0, 1).

    Returns
    -------
    ndarray of uniforms in (0, 1).
    """
    score = np.sqrt(correlation) * special.ndtri(common) + np.sqrt(1 - correlation) * special.ndtri(own)
    return np.asarray(special.ndtr(score))
