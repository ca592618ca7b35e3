"""Numbers for readers: as many digits as the interval supports, thousands separated, the unit at hand."""

import math

_FIXED_DIGITS = 6
"""Significant digits of a number without spread: enough to check it by hand, few enough to read."""

_SMALLEST_DECIMAL = -9
"""Below this power of ten a number is written with an exponent."""


def place(low: float, high: float, *values: float) -> int:
    """Find the last decimal place that an interval supports.

    Parameters
    ----------
    low, high : float
        The 95 % interval.
    *values : float
        Numbers to be shown with it; they decide only where the interval has no width.

    Returns
    -------
    int
        The power of ten of the last digit worth printing: 2 means hundreds, -1 tenths.

    Notes
    -----
    The half-width keeps two significant digits, so the rounding error is at most 5 % of it: with the interval
    10,200 to 14,800 the half-width is 2,300 and hundreds are printed.
    """
    half = (high - low) / 2
    if math.isfinite(half) and half > 1e-12 * max(abs(low), abs(high)):
        return _exponent(half) - 1
    return _place_without_width([v for v in (low, high, *values) if math.isfinite(v) and v != 0])


def number(value: float, last_place: int) -> str:
    """Write a number rounded at a decimal place.

    A number smaller than its last place keeps one significant digit, so that what is not zero is never shown
    as zero.
    """
    if not math.isfinite(value):
        return "n/a" if math.isnan(value) else ("infinite" if value > 0 else "-infinite")
    if value == 0:
        return "0"
    last = min(last_place, _exponent(value))
    if last < _SMALLEST_DECIMAL:
        digits = max(_exponent(value) - last, 0)
        return f"{value:.{digits}e}"
    return f"{round(value, -last):,.{max(-last, 0)}f}"


def amount(value: float, low: float, high: float, unit: str = "") -> str:
    """Write a value as its 95 % interval allows: ``12,300 t CO2e``."""
    return _with_unit(number(value, place(low, high, value)), unit)


def interval(low: float, high: float, unit: str = "", *, value: float = 0.0) -> str:
    """Write a 95 % interval: ``10,200 to 14,800 t CO2e``; a single number if it has no width."""
    last = place(low, high, value)
    ends = number(low, last), number(high, last)
    return _with_unit(ends[0] if ends[0] == ends[1] else " to ".join(ends), unit)


def percent(share: float) -> str:
    """Write a share as a percentage with about two digits: ``34 %``, ``3.4 %``, ``< 0.1 %``."""
    if not math.isfinite(share):
        return "n/a"
    size = abs(share) * 100
    if size == 0:
        return "0 %"
    if size < 0.1:
        return "< 0.1 %"
    return f"{share * 100:.0f} %" if size >= 9.95 else f"{share * 100:.1f} %"


def _place_without_width(values: list[float]) -> int:
    if not values:
        return 0
    last = min(_exponent(max(map(abs, values))) - (_FIXED_DIGITS - 1), 0)
    # Zeros at the end say nothing about a number that is exact.
    while last < 0 and all(round(v, -last) == round(v, -last - 1) for v in values):
        last += 1
    return last


def _exponent(value: float) -> int:
    # By way of rounded decimal text: 0.7 - 0.5 is a bit below 0.2, and log10 of 1000 may be a bit below 3.
    return int(f"{abs(value):.12e}".partition("e")[2])


def _with_unit(text: str, unit: str) -> str:
    return f"{text} {unit}" if unit else text
