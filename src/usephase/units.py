"""Units: from a unit as written to the factor into another unit of the same dimension.

A unit is a base unit or a ratio of two (``W``, ``kWh/cycle``, ``kg CO2e/kWh``). Factors are kept as fractions, so that
``57 %`` is 0.57 to the last bit.

References
----------
hp and gal: NIST SP 811 (2008), appendix B.8 (mechanical horsepower 550 ft·lbf/s; US liquid gallon 231 in³); lb and oz:
avoirdupois, the same table. A year is 365 days.
"""

import difflib
import re
from collections.abc import Iterable
from fractions import Fraction
from functools import cache
from typing import NamedTuple

PURE = ""
"""The unit of a pure number."""

# unit: (dimension, size in the dimension's base unit). Bases: W, kWh, L, kg, h, cycle, life, 1.
_BASE: dict[str, tuple[str, Fraction]] = {
    "W": ("power", Fraction(1)),
    "kW": ("power", Fraction(1000)),
    "hp": ("power", Fraction("745.699872")),
    "Wh": ("energy", Fraction(1, 1000)),
    "kWh": ("energy", Fraction(1)),
    "MWh": ("energy", Fraction(1000)),
    "J": ("energy", Fraction(1, 3_600_000)),
    "kJ": ("energy", Fraction(1, 3600)),
    "MJ": ("energy", Fraction(10, 36)),
    "GJ": ("energy", Fraction(10_000, 36)),
    "mL": ("volume", Fraction(1, 1000)),
    "L": ("volume", Fraction(1)),
    "m3": ("volume", Fraction(1000)),
    "cm3": ("volume", Fraction(1, 1000)),
    "gal": ("volume", Fraction("3.785411784")),
    "mg": ("mass", Fraction(1, 1_000_000)),
    "g": ("mass", Fraction(1, 1000)),
    "kg": ("mass", Fraction(1)),
    "t": ("mass", Fraction(1000)),
    "lb": ("mass", Fraction("0.45359237")),
    "oz": ("mass", Fraction("0.028349523125")),
    "h": ("time", Fraction(1)),
    "day": ("time", Fraction(24)),
    "week": ("time", Fraction(7 * 24)),
    "month": ("time", Fraction(365 * 24, 12)),
    "year": ("time", Fraction(365 * 24)),
    "cycle": ("cycle", Fraction(1)),
    "life": ("life", Fraction(1)),
    "%": ("number", Fraction(1, 100)),
    PURE: ("number", Fraction(1)),
}

_SPELLINGS = {
    "l": "L", "ml": "mL", "litre": "L", "litres": "L", "liter": "L", "liters": "L", "m³": "m3", "cm³": "cm3",
    "gallon": "gal", "gallons": "gal", "hours": "h", "hour": "h", "hr": "h", "days": "day", "d": "day",
    "weeks": "week", "months": "month", "years": "year", "yr": "year", "a": "year", "cycles": "cycle",
    "watt": "W", "watts": "W", "percent": "%",
}  # fmt: skip

_GAS = re.compile(r"\s*CO(?:2|₂)(?:\s*-?eq?)?$")


class UnitError(ValueError):
    """A unit that is not known, or is of another dimension than the one asked for."""


class Factor(NamedTuple):
    """Convert by ``value * numerator / denominator`` (two correctly rounded steps at most)."""

    numerator: float
    denominator: float

    def times(self, value: float) -> float:
        """Convert one number."""
        return value * self.numerator / self.denominator


ONE = Factor(1.0, 1.0)


def _part(text: str) -> str:
    plain = _GAS.sub("", text.strip())
    return _SPELLINGS.get(plain, plain)


@cache
def spell(unit: str) -> str:
    """Write a unit in the one way used here.

    Parameters
    ----------
    unit : str
        As somebody wrote it: ``l / h``, ``kg CO2e/kWh``, ``hours/yr``.

    Returns
    -------
    str
        ``L/h``, ``kg/kWh``, ``h/year``; an unknown part stays as it is.
    """
    return "/".join(_part(part) for part in unit.split("/"))


@cache
def _measure(unit: str) -> tuple[tuple[str, ...], Fraction]:
    """Give dimension and size of a unit as spelled here."""
    parts = unit.split("/")
    if len(parts) > 2 or (len(parts) == 2 and "" in parts) or any(part not in _BASE for part in parts):
        raise UnitError(f"`{unit}` is not a unit that is known here")
    found = [_BASE[part] for part in parts]
    size = found[0][1] / found[1][1] if len(found) == 2 else found[0][1]
    return tuple(dimension for dimension, _ in found), size


def is_known(unit: str) -> bool:
    """Tell whether a unit, in any spelling, is known."""
    try:
        _measure(spell(unit))
    except UnitError:
        return False
    return True


@cache
def conversion(unit: str, to: str) -> Factor:
    """Give the factor from one unit into another.

    Parameters
    ----------
    unit, to : str
        In any spelling; "" is a pure number.

    Returns
    -------
    Factor

    Raises
    ------
    UnitError
        If a unit is unknown or the dimensions differ.
    """
    source, target = spell(unit), spell(to)
    if source == target:
        return ONE
    dimension, size = _measure(source)
    wanted, base = _measure(target)
    if dimension != wanted:
        aim = f"`{target}`" if target else "a pure number"
        raise UnitError(f"`{source}` cannot be converted to {aim}")
    ratio = size / base
    return Factor(float(ratio.numerator), float(ratio.denominator))


_RATES = {
    ("power",): "W",
    ("energy", "cycle"): "kWh/cycle",
    ("volume", "time"): "L/h",
    ("mass", "time"): "kg/h",
    ("volume", "cycle"): "L/cycle",
    ("mass", "cycle"): "kg/cycle",
}


def canonical_rate(unit: str) -> str:
    """Name the canonical unit of a rate: W, kWh/cycle, L/h, kg/h, L/cycle or kg/cycle.

    Parameters
    ----------
    unit : str
        In any spelling.

    Returns
    -------
    str

    Raises
    ------
    UnitError
        If it is no unit of a rate.
    """
    dimension, _ = _measure(spell(unit))
    try:
        return _RATES[dimension]
    except KeyError:
        raise UnitError(f"`{unit}` is not a power, an energy or fuel per cycle, or a fuel per hour") from None


def nearest(word: str, known: Iterable[str]) -> str:
    """Find the known word that looks most like `word`; "" if none does."""
    folded = {name.casefold(): name for name in known}
    close = difflib.get_close_matches(word.strip().casefold(), folded, n=1, cutoff=0.6)
    return folded[close[0]] if close else ""
