"""The physical range of a column: what lies outside, what is cut off, and which distribution would fit."""

import math
from dataclasses import dataclass

import numpy as np

from usephase.catalog.values.grammar import Parsed, averaged
from usephase.catalog.values.refusal import Refusal, certain
from usephase.sampling import distributions as dist
from usephase.sampling.distributions.fixed import number

LARGEST = 1e15
"""No input is meant to be larger, in any unit: beyond it answers overflow in silence."""
MAX_OUTSIDE = 0.01
"""The largest probability outside a column's range that is cut off; more is refused."""
UNSEEN = 1e-7
"""A probability outside that no run sees in a figure; it is cut off without a word."""


@dataclass(frozen=True)
class Range:
    """Bound a quantity; an open bound is itself excluded. `below` is what to do with less, if it is meant otherwise."""

    low: float = -math.inf
    high: float = math.inf
    low_open: bool = False
    high_open: bool = False
    below: str = ""

    def __str__(self) -> str:
        low = "" if math.isinf(self.low) else f"{'above' if self.low_open else 'at least'} {self.low:g}"
        high = "" if math.isinf(self.high) else f"{'below' if self.high_open else 'at most'} {self.high:g}"
        return " and ".join(part for part in (low, high) if part) or "any number"

    def too_small(self, x: float) -> bool:
        """Tell whether a number is so near to an open bound at 0 that nothing can be divided by it."""
        return self.low_open and self.low == 0 and 0 < x < 1 / LARGEST

    def outside(self, x: np.ndarray) -> np.ndarray:
        """Tell which numbers lie outside. Shaped as `x`."""
        below = x <= self.low if self.low_open else x < self.low
        if self.low_open and self.low == 0:
            below |= x < 1 / LARGEST
        above = x >= self.high if self.high_open else x > self.high
        return np.asarray(below | above | (np.abs(x) > LARGEST))


def probability_outside(value: Parsed, bounds: Range) -> float:
    """Give the probability of a value outside a range."""
    params = np.array(value.params)
    if dist.RECORDS[value.kind].atoms and value.points is not None:
        return float(value.points[1][bounds.outside(value.points[0])].sum())
    if value.kind == dist.FIXED:
        return float(bounds.outside(params[0]))
    below = dist.cumulative(value.kind, params, bounds.low, value.points)
    return below + 1 - dist.cumulative(value.kind, params, bounds.high, value.points)


def within(value: Parsed, bounds: Range) -> tuple[Parsed, Refusal | None]:
    """Hold a value against a range.

    Parameters
    ----------
    value : Parsed
        In the unit of `bounds`.
    bounds : Range
        What is physically possible.

    Returns
    -------
    Parsed
        The value. A discrete one has lost its points outside; any other is truncated where it is drawn.
    Refusal or None
        What is cut off, and a distribution that would lose nothing; None where nothing is.

    Raises
    ------
    Refusal
        If a fixed value, or more than 1 % of a distribution, lies outside.
    """
    if value.users is not None:
        users, lost = within(value.users, bounds)
        if lost is not None and not dist.RECORDS[users.kind].endless(np.array(users.params)):  # that has its own words
            raise Refusal(lost.what, "write how users differ so that none of them is outside")
        value = averaged(users, value.sample)._replace(unit=value.unit)
    largest = max(map(abs, value.params)) if value.points is None else float(np.abs(value.points[0]).max())
    if largest > LARGEST:
        raise outside(largest, bounds)
    value = _believable(value, bounds)
    record = dist.RECORDS[value.kind]
    if record.endless(np.array(value.params)):
        return value, _endless(value)
    if record.inside(np.array(value.params), bounds.low, bounds.high):
        return value, None
    share = probability_outside(value, bounds)
    if share <= (0.0 if record.atoms else UNSEEN):
        return value, None
    if value.kind == dist.FIXED:
        raise outside(value.params[0], bounds)
    fit = suggestion(value, bounds)
    fit += f" {value.unit}" if fit and value.unit else ""
    what = f"{_percent(share)} of the distribution lies outside the possible range ({bounds})"
    centre = dist.best_estimate(value.kind, np.array(value.params), value.points)
    if share > MAX_OUTSIDE and bounds.below and centre <= bounds.low:
        raise _impossible(what, bounds.below.partition(": ")[0])
    if share > MAX_OUTSIDE:
        lead = "write a distribution that fits, such as "
        raise Refusal(what, f"write values {bounds}", [(fit, "")] if fit else [], impossible=True, lead=lead)
    fix = f"it is cut off; to lose nothing write `{fit}`" if fit else "it is cut off"
    return _without_points_outside(value, bounds), Refusal(what, fix)


def _endless(value: Parsed) -> Refusal:
    """Say that a distribution has no variance, and propose a lognormal about the same middle."""
    params = np.array(value.params)
    low, middle, high, rare = (dist.quantile(value.kind, params, np.array([u]))[0] for u in (0.05, 0.5, 0.95, 0.9999))
    what = (
        f"its tail is so heavy that it has no variance, and a draw in 10,000 is above {rare:.3g}: shares of variance "
        "then hang on single draws"
    )
    factor = (high / low) ** (1.959964 / (2 * 1.644854)) if 0 < low < high else 0.0
    tries = [(f"{middle:.4g} */ {factor:.3g} {value.unit}".strip(), "for a lognormal, whose tail ends sooner")]
    return Refusal(what, "give the ends closer together", tries if factor else [])


def _impossible(what: str, fix: str) -> Refusal:
    return Refusal(what, fix, impossible=True)


def outside(number: float, bounds: Range, *, guess: bool = True) -> Refusal:
    """Refuse a plain number; `guess` whether it may be meant in percent."""
    if abs(number) > LARGEST:
        return _impossible(f"{number:g} is larger than anything that can be meant", f"write at most {LARGEST:g}")
    if bounds.too_small(number):
        what = f"{number:g} is closer to 0 than anything that can be meant"
        return _impossible(what, f"write at least {1 / LARGEST:g}")
    if number < bounds.low and bounds.below:
        return _impossible(f"{number:g} is negative", bounds.below.format(f"{-number:g}"))
    share = (bounds.low, bounds.high) == (0, 1) and 1 < number <= 100
    share |= bounds.low == -1 and -100 < number <= -1
    hint = f"write `{number / 100:g}` or `{number:g} %` if percent is meant; else " if share and guess else "write "
    return _impossible(f"{number:g} is outside the possible range", f"{hint}a value {bounds}")


def _believable(value: Parsed, bounds: Range) -> Parsed:
    """Put a value into a range; refuse what is wider, reaches further or is nearer to 0 than can be meant."""
    record = dist.RECORDS[value.kind]
    if record.best == 0 and bounds.too_small(value.params[0]):
        raise outside(value.params[0], bounds)
    try:
        value = value._replace(params=record.bound(value.params, bounds.low, bounds.high))
    except dist.Unfit as unfit:
        raise Refusal(unfit.what, unfit.fix, unfit.tries, impossible=True) from None
    top = record.reach(np.array(value.params))
    if top > LARGEST:
        raise _impossible(f"it reaches {top:.3g}, which is larger than anything that can be meant", "narrow it")
    return value


def _percent(share: float) -> str:
    return f"{100 * share:.3g} %"


def _without_points_outside(value: Parsed, bounds: Range) -> Parsed:
    if value.points is None or not dist.RECORDS[value.kind].atoms:
        return value
    x, weight = value.points
    kept = ~bounds.outside(x)
    if dist.RECORDS[value.kind].joint:  # its rows stay where they are
        return value._replace(points=(np.clip(x, x[kept].min(), x[kept].max()), weight))
    if kept.sum() == 1:
        return Parsed(dist.FIXED, number(float(x[kept][0])).params, value.unit)
    return value._replace(points=(x[kept], weight[kept] / weight[kept].sum()))


def suggestion(value: Parsed, bounds: Range) -> str:
    """Write a distribution like `value` that stays within `bounds`; "" if there is none."""
    points = value.points
    if points is not None:
        kept = ~bounds.outside(points[0])
        points = (points[0][kept], points[1][kept])
    found = dist.RECORDS[value.kind].within(np.array(value.params), bounds.low, bounds.high, points)
    return certain(found[0]) if found else ""
