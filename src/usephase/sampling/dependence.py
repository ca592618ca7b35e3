"""Declared correlations and common errors: a one-factor Gaussian copula between cells."""

import numpy as np
from scipy import special


def score(common: np.ndarray) -> np.ndarray:
    """Turn uniforms in (0, 1) into normal scores."""
    return np.asarray(special.ndtri(common))


def correlated(own: np.ndarray, common: np.ndarray, correlation: float) -> np.ndarray:
    """Mix a cell's own uniform with the normal score of what it has in common with others.

    Any two of these cells then have normal scores with the given correlation.

    Parameters
    ----------
    own : ndarray
        Uniforms in (0, 1).
    common : ndarray
        Normal scores, independent of them.
    correlation : float
        In [0, 1).

    Returns
    -------
    ndarray of uniforms in (0, 1).
    """
    return np.asarray(special.ndtr(np.sqrt(correlation) * common + np.sqrt(1 - correlation) * score(own)))
