"""Electricity factors: a zone's generation and fuel supply by calendar year, and network losses."""

import numpy as np

Array = np.ndarray
Value = np.ndarray | float


def bracket(years: Array, year: int) -> tuple[int, int, float]:
    """Place a year between listed years: (left, right, weight of the right); constant outside them."""
    right = int(np.searchsorted(years, year, side="left"))
    if right == 0:
        return 0, 0, 0.0
    if right == len(years):
        return right - 1, right - 1, 0.0
    if years[right] == year:
        return right, right, 0.0
    left = right - 1
    return left, right, float(year - years[left]) / float(years[right] - years[left])


def between(left: Value, right: Value, weight: float) -> Value:
    """Interpolate linearly; exact at the ends."""
    return left if weight == 0.0 else left + (right - left) * weight


def lost_per_delivered(loss: Value) -> Value:
    """Give the generation lost for each kWh delivered: loss/(1 − loss)."""
    return loss / (1 - loss)
