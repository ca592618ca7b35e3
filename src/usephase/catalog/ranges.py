"""The physical range of a column: what lies outside, what is cut off, and which distribution would fit."""

import math
from dataclasses import dataclass

import numpy as np

from usephase.catalog.refusal import Refusal
from usephase.catalog.values import Parsed
from usephase.sampling import distributions as dist

MAX_OUTSIDE = 0.01
"""The largest probability outside a column's range that is cut off; more is refused."""
UNSEEN = 1e-7
"""A probability outside that no run sees in a figure; it is cut off without a word."""


@dataclass(frozen=True)
class Range:
    """Bound a quantity; an open bound is itself excluded."""

    low: float = -math.inf
    high: float = math.inf
    low_open: bool = False
    high_open: bool = False

    def __str__(self) -> str:
        low = "" if math.isinf(self.low) else f"{'above' if self.low_open else 'at least'} {self.low:g}"
        high = "" if math.isinf(self.high) else f"{'below' if self.high_open else 'at most'} {self.high:g}"
        return " and ".join(part for part in (low, high) if part) or "any number"

    def outside(self, x: np.ndarray) -> np.ndarray:
        """Tell which numbers lie outside. Shaped as `x`."""
        below = x <= self.low if self.low_open else x < self.low
        above = x >= self.high if self.high_open else x > self.high
        return np.asarray(below | above)


def probability_outside(value: Parsed, bounds: Range) -> float:
    """Give the probability of a value outside a range."""
    params = np.array(value.params)
    if value.points is not None:
        return float(value.points[1][bounds.outside(value.points[0])].sum())
    if value.kind == dist.FIXED:
        return float(bounds.outside(params[0]))
    below = dist.cumulative(value.kind, params, bounds.low)
    return below + 1 - dist.cumulative(value.kind, params, bounds.high)


def _plainly_inside(value: Parsed, bounds: Range) -> bool:
    """Spare the common forms the distribution function: six standard deviations leave 1e-9."""
    a, b, c, _ = value.params
    if value.kind == dist.NORMAL:
        return a - 6 * b >= bounds.low and a + 6 * b <= bounds.high
    if value.kind == dist.LOGNORMAL:
        return a > 0 >= bounds.low and bounds.high == math.inf
    if value.kind in (dist.TRIANGULAR, dist.PERT):
        return a >= bounds.low and c <= bounds.high
    return False


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
    if _plainly_inside(value, bounds):
        return value, None
    share = probability_outside(value, bounds)
    if share <= (0.0 if value.points is not None else UNSEEN):
        return value, None
    if value.kind == dist.FIXED:
        raise outside(value.params[0], bounds)
    fit = suggestion(value, bounds)
    fit += f" {value.unit}" if fit and value.unit else ""
    what = f"{_percent(share)} of the distribution lies outside the possible range ({bounds})"
    if share > MAX_OUTSIDE:
        raise Refusal(what, f"write a distribution that fits, such as `{fit}`" if fit else f"write values {bounds}")
    fix = f"it is cut off; to lose nothing write `{fit}`" if fit else "it is cut off"
    return _without_points_outside(value, bounds), Refusal(what, fix)


def outside(number: float, bounds: Range) -> Refusal:
    """Refuse a plain number."""
    share = (bounds.low, bounds.high) == (0, 1) and 1 < number <= 100
    hint = f"write `{number / 100:g}` or `{number:g} %` if percent is meant; else " if share else "write "
    return Refusal(f"{number:g} is outside the possible range", f"{hint}a value {bounds}")


def _percent(share: float) -> str:
    return f"{100 * share:.3g} %"


def _without_points_outside(value: Parsed, bounds: Range) -> Parsed:
    if value.points is None:
        return value
    x, weight = value.points
    kept = ~bounds.outside(x)
    if kept.sum() == 1:
        return Parsed(dist.FIXED, (float(x[kept][0]), 0.0, 0.0, 0.0), value.unit)
    return value._replace(points=(x[kept], weight[kept] / weight[kept].sum()))


def suggestion(value: Parsed, bounds: Range) -> str:
    """Write a distribution like `value` that stays within `bounds`; "" if there is none.

    Notes
    -----
    A normal keeps its mean and standard deviation: as a lognormal where only 0 bounds it from below, as a beta where
    both sides are bounded. Anything else, and a normal that neither can follow, becomes a triangular distribution
    on what is left of its range.
    """
    candidates = []
    if value.kind == dist.NORMAL:
        mean, sd = value.params[:2]
        if bounds.low == 0 and math.isinf(bounds.high) and mean > 0:
            spread = math.log1p(sd / mean * (sd / mean))
            if math.isfinite(spread):
                candidates.append(f"lognormal({mean / math.exp(spread / 2):.4g}, {math.exp(math.sqrt(spread)):.4g})")
        elif math.isfinite(bounds.low) and math.isfinite(bounds.high) and bounds.low < mean < bounds.high:
            candidates.append(_beta(mean, sd, bounds.low, bounds.high))
    if value.kind == dist.UNIFORM:
        low, high = (min(max(p, bounds.low), bounds.high) for p in value.params[:2])
        candidates.append(f"uniform({low:.4g}, {high:.4g})" if low < high else "")
    candidates.append(_clipped(value, bounds))
    return next((text for text in candidates if text), "")


def _beta(mean: float, sd: float, low: float, high: float) -> str:
    """Match mean and variance; "" where the density would pile up at a bound (a shape below 1)."""
    centre, spread = (mean - low) / (high - low), sd / (high - low)
    variance = spread * spread
    if not 0 < variance < math.inf:
        return ""
    total = centre * (1 - centre) / variance - 1
    if min(centre, 1 - centre) * total < 1:
        return ""
    ends = "" if (low, high) == (0, 1) else f", {low:g}, {high:g}"
    return f"beta({centre * total:.4g}, {(1 - centre) * total:.4g}{ends})"


def _clipped(value: Parsed, bounds: Range) -> str:
    if value.points is not None:
        x, weight = value.points
        kept = ~bounds.outside(x)
        pairs = ", ".join(f"{v:g}: {w:.4g}" for v, w in zip(x[kept], weight[kept], strict=True))
        return f"discrete({pairs})" if kept.any() and kept.sum() <= 12 else ""
    params = np.array(value.params)
    if value.kind in (dist.TRIANGULAR, dist.PERT):
        low, mode, high = (float(p) for p in params[:3])
        name = dist.NAMES[value.kind]
    else:
        low, high = (float(dist.quantile(value.kind, params, np.array(u))) for u in (0.025, 0.975))
        low, high = min(low, high), max(low, high)
        mode, name = dist.best_estimate(value.kind, params), "triangular"
    low, mode, high = (min(max(x, bounds.low), bounds.high) for x in (low, mode, high))
    return f"{name}({low:.4g}, {mode:.4g}, {high:.4g})" if low < high else ""
