"""Weibull lives in single precision: the formulas of `usephase.model.weibull`, for lives as they usually are.

Years in service are within 2e-6 of a mean life of those in double precision, shares retired within 2e-6. What would
be lost as a difference of nearly equal numbers is got otherwise: a scrapped life is the sum of its years, a life has
ended when the first term of what is left is negligible, and the shares retired early are made from 1 − e^{−x}. Lives
that wear out within a fraction of a year and ages of scrapping near the last year are refused.

Notes
-----
Survival and its first three derivatives at both ends of a year suffice (error 3.9e-8 of the eighth derivative):

    ∫₀¹ S(t) dt = Σ_{j<4} c_j (S⁽ʲ⁾(0) + (−1)ʲ S⁽ʲ⁾(1)),  c = 1/2, 3/28, 1/84, 1/1680.

A year in which some unit is scrapped is integrated by Gauss's rule of four points, up to each draw's own end.
What is left after the age t is t e^{−x} / (kx + k − 1), nearly, for great x: the incomplete gamma function's continued
fraction (DLMF 8.9.2).
"""

import math
from typing import Any

import numpy as np
from numba import njit

from usephase.compiling import compiled
from usephase.model import mathematics
from usephase.model.lifetime import LAST_YEAR, NEGLIGIBLE, Timing, edges
from usephase.model.mathematics_single import HALF, ONE, ZERO, F, exp, exp2, log

LANES = 128
"""Draws of a call."""
SMOOTH = 0.75
"""Greatest shape/scale, a year, at which the two-point rule holds 1e-6 of a life over a year."""
MOST_STEPS = 8
"""A year is cut for shorter lives, into this many steps at most; still shorter ones are refused."""
LEAST_SHAPE = 0.25
_ROWS = range(0, 16 * LANES, LANES)
# One scratch array and constant offsets into it: so the compiler sees that its rows do not overlap, and vectorizes.
_SHAPE, _LESS, _SHIFT, _LITTLE, _LIMIT, _LOG_LIMIT, _X, _STILL = _ROWS[:8]
_EVEN, _ODD, _GOING, _ALIVE, _NOW, _SERVED, _OUT, _GONE = _ROWS[8:]
_LOG2_FAR = F(math.log2(42.0))
_NEAR = 1.0
"""The series serves up to here in any case …"""
_SMOOTH_FROM = 2.1
"""… and where a step begins nearer to 0 than so many of its lengths: survival has a kink there."""
_LOG2E = F(math.log2(math.e))
_C1, _C2, _C3, _THREE = F(3 / 28), F(1 / 84), F(1 / 1680), F(3.0)
_FEW, _SOME, _MANY = 6, 12, 40
"""Terms of the series that x ≤ 0.1, 1 and 6 need: xⁿ/n! < 2e-9 eˣ beyond."""
_MOST_X = 6.0
_NODES = tuple(F(0.5 * (1 + s * math.sqrt(3 / 7 + r * 2 / 7 * math.sqrt(6 / 5)))) for s in (-1, 1) for r in (-1, 1))
_PARTS = tuple(F(0.5 * (18 - r * math.sqrt(30)) / 36) for s in (-1, 1) for r in (-1, 1))
_NEVER = F(1e6)


def weibull_years_in_service_single(
    mean: np.ndarray, shape: np.ndarray, max_years: np.ndarray | float | None, timing: Timing
) -> tuple[np.ndarray, np.ndarray, np.ndarray] | None:
    """Split Weibull lives over calendar years; as `usephase.model.weibull.weibull_years_in_service`.

    Returns
    -------
    Service, retired and life of float32; None if one of the lives is refused.
    """
    limits = np.inf if max_years is None else max_years
    rows = [np.ascontiguousarray(x, dtype=F) for x in np.broadcast_arrays(mean, shape, limits)]
    size = rows[0].size
    rows = [np.pad(x, (0, -size % LANES), mode="edge") for x in rows]
    service = np.zeros((LAST_YEAR, rows[0].size), dtype=F)
    retired, life = np.zeros_like(service), np.zeros_like(rows[0])
    ages = 0
    one, other = np.empty(LAST_YEAR * LANES, dtype=F), np.empty(LAST_YEAR * LANES, dtype=F)
    for start in range(0, rows[0].size, LANES):
        part = slice(start, start + LANES)
        means, shapes, ages_of_scrapping = (x[part] for x in rows)
        count = fill_lives(means, shapes, ages_of_scrapping, edges(timing), one, other, life[part])
        if count < 0:
            return None
        service[:count, part] = one[: count * LANES].reshape(count, LANES)
        retired[:count, part] = other[: count * LANES].reshape(count, LANES)
        ages = max(ages, count)
    return service[:ages, :size], retired[:ages, :size], life[:size]


@compiled(fastmath={"contract"})
def fill_lives(
    mean: np.ndarray,
    shape: np.ndarray,
    limit: np.ndarray,
    ends: np.ndarray,
    service: np.ndarray,
    retired: np.ndarray,
    life: np.ndarray,
) -> int:
    """Fill years in service and retirements of `LANES` draws, and give the number of calendar years, −1 if refused.

    Parameters
    ----------
    mean, shape, limit : ndarray of float32 (draw,)
        Mean life before scrapping, Weibull shape, age of scrapping.
    ends : ndarray (age,)
        As `usephase.model.lifetime.edges`.
    service, retired : ndarray of float32 (age · draw,)
        Overwritten, as far as the years given.
    life : ndarray of float32 (draw,)
        Mean life after scrapping, overwritten.
    """
    w = np.empty(16 * LANES, dtype=np.float32)
    coefficients = np.empty(_MANY * LANES, dtype=np.float32)
    for i in range(LANES):
        w[_SHAPE + i] = shape[i]
        w[_LIMIT + i] = limit[i]
        w[_OUT + i] = mean[i]
    rate = _begin(w)
    first_cut, last_cut = np.inf, 0.0
    for i in range(LANES):
        first_cut = min(first_cut, limit[i])
        if limit[i] < np.inf:
            last_cut = max(last_cut, limit[i])
    least_shape = shape[0]
    for i in range(LANES):
        least_shape = min(least_shape, shape[i])
    if rate > SMOOTH * MOST_STEPS or last_cut > ends[-1] - 1.0 or least_shape < LEAST_SHAPE:
        return -1
    steps = 1
    while rate > SMOOTH * steps:
        steps *= 2
    h = np.float32(1.0 / steps)
    known, series = 1, True
    for i in range(LANES):
        coefficients[i] = ONE
    for k in range(ends.size):
        before, t = ends[k - 1] if k > 0 else 0.0, ends[k]
        log_t, end = np.float32(math.log2(t)), np.float32(t)
        cut = t > first_cut
        if series:
            _survival(w, log_t, cut)
            top = _greatest(w, _X)
            if before * steps > _SMOOTH_FROM and top > _NEAR:
                series = False
                _survival(w, np.float32(math.log2(before)), False)
                _step(w, np.float32(1.0 / before), h)
            elif top > _MOST_X:
                return -1
            else:
                count = _FEW if top <= 0.1 else (_SOME if top <= 1.0 else _MANY)
                _more_coefficients(w, coefficients, known, count)
                known = max(known, count)
                _sum_series(w, coefficients, count)
                _early_year(w, end)
        if not series:
            if cut:
                _cut_year(w, np.float32(before), end, steps)
                _survival(w, log_t, False)
            else:
                for i in range(LANES):
                    w[_NOW + i] = ZERO
                for step in range(1, steps):
                    between = before + step / steps
                    _survival(w, np.float32(math.log2(between)), False)
                    _step(w, np.float32(1.0 / between), h)
                _survival(w, log_t, False)
                _step(w, np.float32(1.0 / t), h)
            _late_retirements(w)
        if k == ends.size - 1:
            for i in range(LANES):
                w[_NOW + i] = mean[i] - w[_SERVED + i]
                w[_LIMIT + i] = ZERO
        _close(w, end)
        at = k * LANES
        years, shares = service[at : at + LANES], retired[at : at + LANES]
        for i in range(LANES):
            years[i] = w[_NOW + i]
        for i in range(LANES):
            shares[i] = w[_OUT + i]
        if _greatest(w, _GOING) == 0.0:
            break
    for i in range(LANES):
        life[i] = w[_SERVED + i] if limit[i] < np.inf else mean[i]
    return k + 1


@njit(error_model="numpy", fastmath={"contract"})
def _begin(w: np.ndarray) -> float:
    """Set out, and give the greatest k/λ; the scale is made in double precision."""
    ln_scale = np.empty(LANES)
    for i in range(LANES):
        ln_scale[i] = mathematics.log(float(w[_OUT + i])) - mathematics.log_gamma(1.0 + 1.0 / float(w[_SHAPE + i]))
    for i in range(LANES):
        w[_SHIFT + i] = np.float32(ln_scale[i] * 1.4426950408889634)
    for i in range(LANES):
        w[_LESS + i] = w[_SHAPE + i] - ONE
        w[_LITTLE + i] = F(NEGLIGIBLE) * w[_OUT + i]
        w[_LOG_LIMIT + i] = log(min(w[_LIMIT + i], _NEVER)) * _LOG2E
        w[_GOING + i] = ONE
        w[_ALIVE + i] = ONE
        w[_GONE + i] = ZERO
        w[_SERVED + i] = ZERO
        w[_EVEN + i] = ZERO
        w[_ODD + i] = ZERO
        w[_NOW + i] = ZERO
        w[_X + i] = w[_SHAPE + i] * exp2(-w[_SHIFT + i])
    return float(_greatest(w, _X))


@njit(error_model="numpy", fastmath={"nnan", "nsz", "reassoc"})  # a greatest value has no rounding to reorder
def _greatest(w: np.ndarray, row: int) -> float:
    top = w[row]
    for i in range(1, LANES):
        top = max(top, w[row + i])
    return top


@njit(error_model="numpy", fastmath={"contract"})
def _survival(w: np.ndarray, log_t: Any, cut: bool) -> None:
    """Give x = (t/λ)^k, 42 at most, and e^{−x}; at the age of scrapping if that comes first, when `cut`."""
    if cut:
        for i in range(LANES):
            age = min(log_t, w[_LOG_LIMIT + i])
            w[_X + i] = exp2(min(w[_SHAPE + i] * (age - w[_SHIFT + i]), _LOG2_FAR))
    else:
        for i in range(LANES):
            w[_X + i] = exp2(min(w[_SHAPE + i] * (log_t - w[_SHIFT + i]), _LOG2_FAR))
    for i in range(LANES):
        w[_STILL + i] = exp(-w[_X + i])


@njit(error_model="numpy", fastmath={"contract"})
def _more_coefficients(w: np.ndarray, c: np.ndarray, known: int, count: int) -> None:
    for n in range(known, count):
        one, before = c[n * LANES : (n + 1) * LANES], c[(n - 1) * LANES : n * LANES]
        m = np.float32(n)
        for i in range(LANES):
            p = w[_SHAPE + i]
            one[i] = before[i] * (p / (ONE + m * p))


@njit(error_model="numpy", fastmath={"contract"})
def _sum_series(w: np.ndarray, c: np.ndarray, count: int) -> None:
    row = c[(count - 1) * LANES : count * LANES]
    for i in range(LANES):
        w[_OUT + i] = row[i]
    for n in range(count - 2, -1, -1):
        row = c[n * LANES : (n + 1) * LANES]
        for i in range(LANES):
            w[_OUT + i] = w[_OUT + i] * w[_X + i] + row[i]


@njit(error_model="numpy", fastmath={"contract"})
def _early_year(w: np.ndarray, t: Any) -> None:
    """Turn the series' sum into the year's service, and give the share retired."""
    for i in range(LANES):
        w[_NOW + i] = max(min(t, w[_LIMIT + i]) * w[_STILL + i] * w[_OUT + i] - w[_SERVED + i], ZERO)
    for i in range(LANES):
        x = w[_X + i]
        p = F(-1 / 3628800) * x + F(1 / 362880)  # (1 − e^{−x})/x, of use for x ≤ 1/2
        p = p * x - F(1 / 40320)
        p = p * x + F(1 / 5040)
        p = p * x - F(1 / 720)
        p = p * x + F(1 / 120)
        p = p * x - F(1 / 24)
        p = p * x + F(1 / 6)
        p = p * x - HALF
        p = p * x + ONE
        gone = x * p if x < HALF else ONE - w[_STILL + i]
        w[_OUT + i] = gone - w[_GONE + i]
        w[_GONE + i] = gone


@njit(error_model="numpy", fastmath={"contract"})
def _late_retirements(w: np.ndarray) -> None:
    for i in range(LANES):
        w[_OUT + i] = w[_ALIVE + i] - w[_STILL + i]


@njit(error_model="numpy", fastmath={"contract"})
def _step(w: np.ndarray, per_t: Any, h: Any) -> None:
    """Add a step of `h` years to the year, and replace the sums of derivatives at its start by those at its end."""
    p = per_t * h
    d0, d1, d2, d3 = HALF * h, _C1 * h * p, _C2 * h * p * p, _C3 * h * p * p * p
    for i in range(LANES):
        m = w[_LESS + i]
        v = w[_SHAPE + i] * w[_X + i]
        even = w[_STILL + i] * (d0 + v * (d2 * (v - m)))
        odd = w[_STILL + i] * (-v * (d1 + d3 * (m * (m - ONE) - v * (_THREE * m - v))))
        w[_NOW + i] += (w[_EVEN + i] + w[_ODD + i]) + (even - odd)
        w[_EVEN + i] = even
        w[_ODD + i] = odd


@njit(error_model="numpy", fastmath={"contract"})
def _cut_year(w: np.ndarray, before: Any, t: Any, steps: int) -> None:
    """Integrate survival over a year, up to each draw's age of scrapping."""
    part = np.float32(1.0 / steps)
    for i in range(LANES):
        w[_NOW + i] = ZERO
    for step in range(steps):
        for q in range(4):
            share, at = part * _PARTS[q], part * (np.float32(step) + _NODES[q])
            for i in range(LANES):
                span = min(t, w[_LIMIT + i]) - before
                age = log(before + span * at) * _LOG2E
                x = exp2(min(w[_SHAPE + i] * (age - w[_SHIFT + i]), _LOG2_FAR))
                w[_NOW + i] += span * share * exp(-x)


@njit(error_model="numpy", fastmath={"contract"})
def _close(w: np.ndarray, t: Any) -> None:
    """End the lives that end in this year, and leave out those that ended before."""
    for i in range(LANES):
        still, going = w[_STILL + i], w[_GOING + i]
        left = w[_LITTLE + i] * (w[_SHAPE + i] * w[_X + i] + w[_LESS + i])
        lives = ZERO if (still * t < left) | (t >= w[_LIMIT + i]) else ONE
        now = max(going * w[_NOW + i], ZERO)
        w[_NOW + i] = now
        w[_SERVED + i] += now
        w[_OUT + i] = going * (lives * w[_OUT + i] + (ONE - lives) * w[_ALIVE + i])
        w[_ALIVE + i] = still
        w[_GOING + i] = lives * going
