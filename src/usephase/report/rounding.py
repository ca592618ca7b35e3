"""Numbers for readers: as many digits as the interval supports, thousands separated, the unit at hand."""

import math
from collections.abc import Iterable, Sequence
from typing import Any

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
    last = _place(low, high)
    if last is not None:
        return last
    return _place_without_width([v for v in (low, high, *values) if math.isfinite(v) and v != 0])


def common_place(rows: Iterable[Any], *columns: str) -> int:
    """Find the one decimal place of a table: the coarsest that the interval of any row supports, or one digit finer.

    Finer where another row's interval supports it: the widest then has a digit more than it needs, and those of a
    tenth of its width still have theirs.

    Parameters
    ----------
    rows : iterable of mappings with "mean", "p2_5" and "p97_5"
        Amounts of one unit; NaN where there is none.
    *columns : str
        Further amounts of the rows, None where there is none; they decide only where no row has a width.

    Notes
    -----
    What is smaller than the place keeps one digit (see `number`): it changes no sum that is shown.
    """
    listed = [row for row in rows if math.isfinite(row["mean"])]
    found = [last for row in listed if (last := _place(row["p2_5"], row["p97_5"])) is not None]
    values = [row[name] for row in listed for name in ("mean", "p2_5", "p97_5", *columns)]
    return (
        max(found) - (min(found) < max(found))
        if found
        else _place_without_width([v for v in values if v and math.isfinite(v)])
    )


def unit_places(rows: Iterable[tuple[str, Any]]) -> dict[str, int]:
    """Find the place of each unit in a table of several: rows of one unit have one (see `common_place`).

    Parameters
    ----------
    rows : iterable of (str, mapping)
        The unit of each row, and its amounts.
    """
    found: dict[str, list[Any]] = {}
    for unit, row in rows:
        found.setdefault(unit, []).append(row)
    return {unit: common_place(mine) for unit, mine in found.items()}


def as_given(value: float) -> str:
    """Write a number as a form's own number is read, to three decimals at most: words and number agree."""
    text = number(value, -3)
    return text.rstrip("0").rstrip(".") if "." in text and "e" not in text else text


def adds_up(parts: Sequence[float], whole: float, last_place: int) -> bool:
    """Tell whether numbers, as they are shown, add up to their sum as it is shown."""
    shown = [shown_number(x, last_place) for x in parts]
    return abs(math.fsum(shown) - shown_number(whole, last_place)) <= 10.0**last_place * 0.500001


def shown_number(value: float, last_place: int) -> float:
    """Give a number as it is shown."""
    return float(number(value, last_place).replace(",", ""))


def _place(low: float, high: float) -> int | None:
    half = (high - low) / 2
    return _exponent(half) - 1 if math.isfinite(half) and half > 1e-12 * max(abs(low), abs(high)) else None


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


def interval(low: float, high: float, unit: str = "", *, value: float = 0.0, last: int | None = None) -> str:
    """Write a 95 % interval: ``10,200 to 14,800 t CO2e``; a single number if it has no width.

    In a table, `last` is the place that all rows have.
    """
    last = place(low, high, value) if last is None else last
    ends = number(low, last), number(high, last)
    return _with_unit(ends[0] if ends[0] == ends[1] else " to ".join(ends), unit)


def percent_place(shares: Iterable[float]) -> int:
    """Find the one place of a column of percentages: tenths where one of them is below ten, else ones."""
    sizes = [abs(share) * 100 for share in shares]
    return -1 if any(0 < size < 9.95 for size in sizes) else 0


def percent(share: float, last: int | None = None) -> str:
    """Write a share as a percentage with about two digits: ``34 %``, ``3.4 %``, ``< 0.1 %``.

    In a column of percentages, `last` is the place that all rows have (`percent_place`).
    """
    if not math.isfinite(share):
        return "n/a"
    if share == 0:
        return "0 %"
    if abs(share) * 100 < 0.1:
        return "< 0.1 %"
    return f"{share * 100:,.{-(percent_place([share]) if last is None else last)}f} %"


def percents(shares: Iterable[float]) -> list[str]:
    """Write a column of percentages with one common place; what is not given (NaN) is blank."""
    listed = list(shares)
    last = percent_place(listed)
    return ["" if math.isnan(share) else percent(share, last) for share in listed]


def percents_add_up(parts: Sequence[float], whole: float, last: int) -> bool:
    """Tell whether percentages, as they are shown, add up to their sum as it is shown; true where none are shown."""
    return math.isnan(whole) or adds_up([100 * x for x in parts], 100 * whole, last)


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
