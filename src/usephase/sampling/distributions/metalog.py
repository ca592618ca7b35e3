"""Three quantiles as an expert gives them: the metalog through a symmetric-percentile triplet.

Notes
-----
y = M(u) = a₁ + a₂ L + a₃ (u − ½) L with L = ln(u/(1 − u)), where y is the value itself, the logarithm of its distance
to the bound of a column that has one, or the logarithm of the ratio of its distances to both. With y_α, y_½, y_(1−α)
the three given: a₁ = y_½, a₂ = (y_(1−α) − y_α)/(2 ln((1−α)/α)), a₃ = (y_α + y_(1−α) − 2 y_½)/((1 − 2α) ln((1−α)/α)).
M rises everywhere if and only if |a₃| < 1.667… a₂.

References
----------
T. W. Keelin, "The metalog distributions", Decision Analysis 13(4) (2016): 3.1, 3.3, 3.4 and the symmetric-percentile
triplet.
"""

import math
from functools import partial

import numpy as np
from scipy import special

from usephase.sampling.distributions.fixed import number
from usephase.sampling.distributions.record import Belief, Distribution, Params, Points, Unfit, Written, belief

STEEPEST = 1.66711311920193
"""The largest |a₃|/a₂ of a quantile that rises: 1/(u − ½ + u (1 − u) logit u), where (2u − 1) logit u = 2."""
UNBOUNDED, ABOVE, BELOW, BETWEEN = range(4)
_PER_STEP = 8
_L = np.arange(-700 * _PER_STEP, 700 * _PER_STEP + 1) / _PER_STEP
"""Nodes of the trapezoidal rule on L: integrands are analytic in a strip of ±π, and fall off exponentially."""


def triplet(share: float, low: float, middle: float, high: float) -> Belief:
    """Make it of the quantiles at a share, at one half and at 1 − share."""
    name = _name(share)
    if not low <= middle <= high:
        a, b, c = sorted((low, middle, high))
        again = (f"{name}({a:g}, {b:g}, {c:g})", "if that is what is meant")
        raise Unfit(f"{name} takes three values in ascending order", "write them so", again)
    if low == high:
        return number(low)
    if middle in (low, high):
        raise Unfit(f"two of the values of {name} are equal", "write three different values, or a `triangular`")
    return belief(Metalog.code, low, middle, high, share)


def _name(share: float) -> str:
    return f"p{100 * share:.0f}_p50_p{100 - 100 * share:.0f}"


class Metalog(Distribution):
    """Three quantiles, the probability of the first, and the bounds of the column (both 0: not known yet)."""

    code, name = 12, "metalog"
    written = tuple(
        Written(_name(share), f"{_name(share)}(low, middle, high)", (3,), partial(triplet, share), (0, 1, 2), (0, 1, 2))
        for share in (0.1, 0.05)
    )
    scaled, shifted, best = (0, 1, 2, 4, 5), (0, 1, 2, 4, 5), 1
    compiled = "formula"

    def bound(self, params: Params, low: float, high: float) -> Params:
        """Fit it between a column's bounds; refuse what has no distribution there."""
        out = (*params[:4], low, high)
        name, given = _name(params[3]), ", ".join(f"{x:g}" for x in params[:3])
        if not (params[0] > low and params[2] < high):
            ends = " and ".join(
                text
                for text in (f"above {low:g}" * math.isfinite(low), f"below {high:g}" * math.isfinite(high))
                if text
            )
            raise Unfit(f"{name}({given}) reaches a bound of the column", f"write values {ends}")
        _, second, third, *_, form = self.arranged(np.array(out)).tolist()
        if abs(third) < STEEPEST * second:
            return out
        # Where a₃ = ± STEEPEST a₂, a little inside.
        a, b = (_scored(x, low, high, int(form)) for x in (params[0], params[2]))
        inside = (1 - STEEPEST * (0.5 - params[3])) / 2 + 1e-3
        ends_ = [_unscored(a + r * (b - a), low, high, int(form)) for r in (inside, 1 - inside)]
        if low == 0 or params[0] > 0:
            fix = f"between {ends_[0] / params[0]:.4g} and {ends_[1] / params[0]:.4g} times the lowest"
        else:
            fix = f"between {ends_[0]:.4g} and {ends_[1]:.4g}"
        what = f"no metalog passes through {given}: the middle value is too near to an end"
        raise Unfit(what, f"write a middle value {fix}, or a `triangular`")

    def arranged(self, params: np.ndarray) -> np.ndarray:
        """Give a₁, a₂, a₃, the bounds, and which of them there are."""
        share, low, high = (float(p) for p in params[3:6])
        if low == high:
            low, high = -math.inf, math.inf
        form = (BETWEEN if math.isfinite(high) else ABOVE) if math.isfinite(low) else (
            BELOW if math.isfinite(high) else UNBOUNDED
        )  # fmt: skip
        first, middle, last = (_scored(float(p), low, high, form) for p in params[:3])
        odds = math.log((1 - share) / share)
        bounds = (low if math.isfinite(low) else 0.0, high if math.isfinite(high) else 0.0)
        a2, a3 = (last - first) / (2 * odds), (first + last - 2 * middle) / ((1 - 2 * share) * odds)
        return np.array([middle, a2, a3, *bounds, form])

    def quantile(self, params: np.ndarray, u: np.ndarray, points: Points | None) -> np.ndarray:
        """Give the value of which M(u) is the score."""
        a, b, c, low, high, form = self.arranged(params).tolist()
        u = np.asarray(u)
        odds = special.logit(u)
        return np.asarray(_unscored(a + b * odds + c * (u - 0.5) * odds, low, high, int(form)))

    def cumulative(self, params: np.ndarray, x: float, points: Points | None) -> float:
        """Invert M."""
        a, b, c, low, high, form = self.arranged(params).tolist()
        if form in (ABOVE, BETWEEN) and x <= low:
            return 0.0
        if form in (BELOW, BETWEEN) and x >= high:
            return 1.0
        y = _scored(x, low, high, int(form))

        def over(odds: float) -> float:
            return float(a + b * odds + c * (special.expit(odds) - 0.5) * odds - y)

        if over(-700.0) >= 0:
            return 0.0
        if over(700.0) <= 0:
            return 1.0
        from scipy.optimize import brentq

        return float(special.expit(brentq(over, -700.0, 700.0, xtol=1e-14)))

    def mean(self, params: np.ndarray, points: Points | None) -> float:
        """Give a₁ + a₃/2; between bounds integrate."""
        a, _, c, *_, form = self.arranged(params).tolist()
        return float(a + c / 2) if form == UNBOUNDED else self._moment(params, 1)

    def variance(self, params: np.ndarray, points: Points | None) -> float:
        """Give a₂² π²/3 + a₃² (1/12 + π²/36) of an unbounded one; between bounds integrate."""
        _, b, c, *_, form = self.arranged(params).tolist()
        if form == UNBOUNDED:
            return float(b * b * math.pi**2 / 3 + c * c * (1 / 12 + math.pi**2 / 36))
        return self._moment(params, 2)

    def endless(self, params: np.ndarray) -> bool:
        """Tell whether its tail is so heavy that it has no variance: where the odds' slope there is ½ or more."""
        _, b, c, *_, form = self.arranged(params).tolist()
        return 2 * {ABOVE: b + c / 2, BELOW: b - c / 2}.get(int(form), 0.0) >= 1

    def _moment(self, params: np.ndarray, order: int) -> float:
        """Integrate over L; infinite where the tail has no such moment."""
        a, b, c, low, high, form = self.arranged(params).tolist()
        tail = {ABOVE: b + c / 2, BELOW: b - c / 2}.get(int(form), 0.0)
        if order * tail >= 1:
            return math.inf
        weight = special.expit(_L) * special.expit(-_L) / _PER_STEP
        x = np.asarray(_unscored(a + b * _L + c * (special.expit(_L) - 0.5) * _L, low, high, int(form)))
        mean = float(weight @ x)
        return mean if order == 1 else float(weight @ (x - mean) ** 2)

    def nodes(
        self, params: np.ndarray, low: float, high: float, points: Points | None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Follow the tails, which a normal score does not."""
        odds = np.linspace(-36.0, 36.0, 289)
        u = special.expit(odds)
        weight = u * special.expit(-odds)
        return u, weight / weight.sum()


def _scored(x: float, low: float, high: float, form: int) -> float:
    if form == UNBOUNDED:
        return x
    if form == ABOVE:
        return math.log(x - low)
    return -math.log(high - x) if form == BELOW else math.log((x - low) / (high - x))


def _unscored(y: np.ndarray | float, low: float, high: float, form: int) -> np.ndarray | float:
    if form == UNBOUNDED:
        return y
    if form == ABOVE:
        return low + np.exp(y)
    return high - np.exp(-np.asarray(y)) if form == BELOW else low + (high - low) * special.expit(y)
