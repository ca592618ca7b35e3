"""How well a zone's intensity is known: widths calibrated on the official factors that the mixes know nothing of."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

METHOD = 0.15
"""Part of the error that all computed zones share: one set of technology factors."""
FLOOR = 0.008
"""Intensity below which an error in per cent says nothing. [kg/kWh]"""
ABSOLUTE = 0.004
"""What small plants and islands, which statistics miss, emit at least. [kg/kWh]"""
COVERED = 0.95
WIDEST = 1.5
"""No width is above this: a factor of 2.5 says that nearly nothing is known."""
INDEPENDENT = ("BRA", "MEX", "JPN", "KOR", "TWN", "SGP", "VNM")
"""Zones outside the EU whose technology factors were set without the publisher of their official factor."""


@dataclass(frozen=True)
class Compared:
    """A computed intensity beside an official one. [kg/kWh]"""

    zone: str
    computed: float
    half_width: float
    official: float

    @property
    def needed(self) -> float:
        """Multiple of the raw width that just reaches the official value."""
        return (math.exp(abs(math.log(self.official / self.computed))) - 1) / raw(self.computed, self.half_width)


def raw(direct: float, half_width: float, quality: float = 0.0) -> float:
    """Give the relative width before calibration: technologies, method, small plants, old statistics."""
    shown = max(direct, FLOOR)
    return math.hypot(half_width / shown, METHOD, ABSOLUTE / shown, quality)


def calibrated(compared: Iterable[Compared]) -> float:
    """Find the multiple of the raw widths that holds 95 % of the official values."""
    needed = sorted(one.needed for one in compared)
    return needed[math.ceil(COVERED * len(needed)) - 1]
