"""Differences of computed figures: what is rounding of the arithmetic is nothing."""

from collections.abc import Sequence

import numpy as np

LAST_PLACES = 8
"""Units in the last place of what is compared with; spec/model.md, "Options"."""


def gap(option: np.ndarray, against: np.ndarray) -> np.ndarray:
    """Take one side from the other.

    Parameters
    ----------
    option, against : ndarray
        Of shapes that broadcast.

    Returns
    -------
    ndarray
        option − against, and exactly 0 where that is within `LAST_PLACES` units in the last place of `against`.
    """
    return settled(np.asarray(option - against, dtype=float), against)


def settled(apart: np.ndarray, against: np.ndarray) -> np.ndarray:
    """Give a difference, or a part of one, as exactly 0 where it is rounding of what is compared with."""
    return np.where(np.abs(apart) <= LAST_PLACES * np.spacing(np.abs(against)), 0.0, apart)


def reaches(x: np.ndarray, limit: float) -> np.ndarray:
    """Tell where a number is at least a limit; one that is below it by rounding alone is."""
    return np.asarray(gap(x, np.asarray(limit)) >= 0)


def total(terms: Sequence[np.ndarray]) -> np.ndarray:
    """Add up terms of either sign; exactly 0 where they cancel but for rounding."""
    added = np.asarray(sum(terms[1:], start=terms[0]), dtype=float)
    largest = np.abs(terms[0])
    for term in terms[1:]:
        largest = np.maximum(largest, np.abs(term))
    return settled(added, largest)
