"""Weibull lives compiled: years in service and retirements of many draws at once.

The same figures as `usephase.model.lifetime.years_in_service`, some thirty times faster.

Notes
-----
With x = (t/λ)^k and a = 1/k the integral of survival is

    I(t) = t e^{−x} Σ_n x^n / ((a + 1)(a + 2)…(a + n)),

the power series of the incomplete gamma function (DLMF 8.7.1) with λ^{−1} Γ(1 + a)^{−1} taken out. All terms are
positive, so the sum loses no digits; it is cut where a term falls below 2⁻⁵⁴ of the sum's bound e^x. The
coefficients are the same for all ages of a draw, and the sum is a Horner scheme over them.

Past x = 1 survival is smooth over a year, unless the life is short, and a year in service is integrated from survival
and its first five derivatives at both ends (two-point Taylor rule, error 1.7e-13 of the twelfth derivative):

    ∫₀¹ S(t) dt = Σ_{j<6} c_j (S⁽ʲ⁾(0) + (−1)ʲ S⁽ʲ⁾(1)),  c_j = C(6, j + 1) / (C(12, j + 1) (j + 1)!).

With θ = t d/dt and v = kx, θS = −v S and the derivatives are polynomials in v: tʲ S⁽ʲ⁾ = θ(θ − 1)…(θ − j + 1) S.

References
----------
P. J. Davis and P. Rabinowitz, "Methods of numerical integration" (1984), 2.11: Hermite two-point rules.
"""

import math

import numpy as np
from numba import njit
from scipy import special

from usephase.compiling import compiled
from usephase.model.horner import LANES, horner
from usephase.model.lifetime import LAST_YEAR, NEGLIGIBLE, Timing, edges
from usephase.model.mathematics import exp, fma, log, log_gamma

MOST_TERMS = 128
SMOOTH = 0.5
"""Greatest shape/scale, a year, at which the two-point rule holds 1e-12 of a life over a year."""
MOST_STEPS = 8
"""A year is cut for shorter lives, into this many steps at most; the shortest are left to the series."""
_FAR = 42.0  # e^{−42} is below a double's last digit: nobody is left
_NEAR = 1.0  # the series serves up to here in any case
_SMOOTH_FROM = 2.1  # … and where a step begins nearer to 0 than so many of its lengths: survival has a kink there
# One scratch array and constant offsets into it: so the compiler sees that its rows do not overlap, and vectorizes.
_ROWS = range(0, 13 * LANES, LANES)
_X, _STILL, _TOTAL, _SERVED, _ALIVE, _EVEN, _ODD, _GOING, _POWER, _SHIFT, _WHOLE, _LATEST, _NOW = _ROWS
_C1, _C2, _C3, _C4, _C5 = 5 / 44, 1 / 66, 1 / 792, 1 / 15840, 1 / 665280


def terms_by_power() -> np.ndarray:
    """Give the number of terms that x ≤ 0, 1, 2, … `_FAR` needs: x^n/n! < 2⁻⁵⁴ e^x beyond its largest term."""
    out = []
    for x in (0.01, *range(1, int(_FAR) + 1)):
        n, term = 1, float(x)
        while term > 2.0**-54 * math.exp(x) or n < x:
            n += 1
            term *= x / n
        out.append(n + 1)
    return np.array(out)


_LOG_FAR = math.log(_FAR)
TERMS = terms_by_power()
assert TERMS.max() < MOST_TERMS


def weibull_years_in_service(
    mean: np.ndarray, shape: np.ndarray, max_years: np.ndarray | float | None, timing: Timing
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Split Weibull lives over calendar years; parameters and result as `years_in_service`."""
    mean, shape = (np.ascontiguousarray(x, dtype=float) for x in np.broadcast_arrays(mean, shape))
    if max_years is None:
        limit, life = np.full(mean.shape, np.inf), mean
    else:
        limit = np.array(np.broadcast_to(max_years, mean.shape), dtype=float)
        life = scrapped_life(mean, shape, limit)
    service = np.empty((LAST_YEAR, mean.size))
    retired = np.empty((LAST_YEAR, mean.size))
    last = fill_lives(life, mean, shape, limit, edges(timing), TERMS, service, retired)
    return service[:last], retired[:last], life


def scrapped_life(mean: np.ndarray, shape: np.ndarray, limit: np.ndarray) -> np.ndarray:
    """Give the mean life of units that are scrapped at an age at the latest. Shape (draw,). [yr]"""
    scale = mean / special.gamma(1 + 1 / shape)
    return np.asarray(np.minimum(mean * special.gammainc(1 / shape, (limit / scale) ** shape), mean))


@compiled()
def fill_lives(
    life: np.ndarray,
    mean: np.ndarray,
    shape: np.ndarray,
    limit: np.ndarray,
    ends: np.ndarray,
    terms: np.ndarray,
    service: np.ndarray,
    retired: np.ndarray,
) -> int:
    """Fill years in service and retirements of draws, and give the number of calendar years.

    Parameters
    ----------
    life, mean, shape, limit : ndarray (draw,)
        Mean life after and before scrapping, Weibull shape, age of scrapping.
    ends : ndarray (age,)
        As `usephase.model.lifetime.edges`.
    terms : ndarray
        `TERMS`.
    service, retired : ndarray (age, draw)
        Overwritten, as far as the years given.
    """
    coefficients = np.empty((MOST_TERMS, LANES))
    w = np.empty(13 * LANES)
    longest = 0
    for start in range(0, life.size, LANES):
        size = min(LANES, life.size - start)
        for i in range(LANES):  # a last, short group is filled up with its own last draw
            j = start + min(i, size - 1)
            w[_POWER + i] = shape[j]
            w[_TOTAL + i] = mean[j]
            w[_WHOLE + i] = life[j]
            w[_LATEST + i] = limit[j]
            w[_SERVED + i] = 0.0
            w[_ALIVE + i] = 1.0
            w[_GOING + i] = 1.0
            coefficients[0, i] = 1.0
        rate = _shifts(w)
        steps = 1
        while rate > SMOOTH * steps and steps <= MOST_STEPS:
            steps *= 2
        known = 0
        series = True
        for k in range(ends.size):
            t = ends[k]
            _survival(w, log(t))
            if series:
                top = _greatest(w, _X)
                if k > 0 and top > _NEAR and steps <= MOST_STEPS and ends[k - 1] * steps > _SMOOTH_FROM:
                    series = False
                    _survival(w, log(ends[k - 1]))
                    _step(w, 1.0 / ends[k - 1], 1.0 / steps)
                    _survival(w, log(t))
            if series:
                count = terms[min(math.ceil(top), terms.size - 1) if top > 0.01 else 0]
                for n in range(known + 1, count):
                    for i in range(LANES):
                        p = w[_POWER + i]
                        coefficients[n, i] = coefficients[n - 1, i] * p / fma(n, p, 1.0)
                known = max(known, count - 1)
                horner(coefficients, w[_X : _X + LANES], w[_TOTAL : _TOTAL + LANES], count)
                for i in range(LANES):
                    total = t * w[_STILL + i] * w[_TOTAL + i]
                    w[_TOTAL + i] = total
                    w[_NOW + i] = total - w[_SERVED + i]
            else:
                _begin_year(w)
                for step in range(1, steps):
                    between = t - 1.0 + step / steps
                    _survival(w, log(between))
                    _step(w, 1.0 / between, 1.0 / steps)
                if steps > 1:
                    _survival(w, log(t))
                _step(w, 1.0 / t, 1.0 / steps)
                _end_year(w)
            _close(w, t, 1.0 if k == ends.size - 1 else 0.0)
            for i in range(size):
                service[k, start + i] = w[_X + i]
                retired[k, start + i] = w[_TOTAL + i]
            if _greatest(w, _GOING) == 0.0:
                break
        own = k + 1
        for k in range(longest, own):  # draws before these have ended
            service[k, :start] = 0.0
            retired[k, :start] = 0.0
        for k in range(own, longest):
            service[k, start : start + size] = 0.0
            retired[k, start : start + size] = 0.0
        longest = max(longest, own)
    return longest


@njit(error_model="numpy")
def _shifts(w: np.ndarray) -> float:
    """Give k ln λ, and the greatest k/λ."""
    for i in range(LANES):
        w[_SHIFT + i] = log(w[_TOTAL + i]) - log_gamma(1.0 + 1.0 / w[_POWER + i])
    rate = 0.0
    for i in range(LANES):
        rate = max(rate, w[_POWER + i] * exp(-w[_SHIFT + i]))
    for i in range(LANES):
        w[_SHIFT + i] = w[_POWER + i] * w[_SHIFT + i]
    return rate


@njit(error_model="numpy", fastmath={"nnan", "nsz", "reassoc"})  # a greatest value has no rounding to reorder
def _greatest(w: np.ndarray, row: int) -> float:
    top = w[row]
    for i in range(1, LANES):
        top = max(top, w[row + i])
    return top


@njit(error_model="numpy")
def _survival(w: np.ndarray, log_t: float) -> None:
    """Give x = (t/λ)^k, at most `_FAR` and 0 for draws that have ended, and e^{−x}."""
    for i in range(LANES):
        w[_X + i] = w[_GOING + i] * exp(min(fma(w[_POWER + i], log_t, -w[_SHIFT + i]), _LOG_FAR))
    for i in range(LANES):
        w[_STILL + i] = exp(-w[_X + i])


@njit(error_model="numpy")
def _begin_year(w: np.ndarray) -> None:
    for i in range(LANES):
        w[_NOW + i] = 0.0


@njit(error_model="numpy")
def _end_year(w: np.ndarray) -> None:
    for i in range(LANES):
        w[_TOTAL + i] = w[_SERVED + i] + w[_NOW + i]


@njit(error_model="numpy")
def _step(w: np.ndarray, per_t: float, h: float) -> None:
    """Add a step of `h` years to the year, and replace the sums of derivatives at its start by those at its end."""
    p = per_t * h
    e4, o3, o5 = h * _C4 * p * p * p * p, h * _C3 * p * p * p, h * _C5 * p * p * p * p * p
    c1, c2 = h * _C1 * p, h * _C2 * p * p
    half = 0.5 * h
    for i in range(LANES):
        k = w[_POWER + i]
        v = k * w[_X + i]
        e3 = 6.0 * (1.0 - k) * e4
        e2 = fma(e4, fma(fma(7.0, k, -18.0), k, 11.0), c2)
        e1 = fma(c2, 1.0 - k, e4 * fma(fma(6.0 - k, k, -11.0), k, 6.0))
        even = w[_STILL + i] * fma(v, fma(v, fma(v, fma(v, e4, e3), e2), e1), half)
        o4 = 10.0 * (k - 1.0) * o5
        d3 = fma(o5, fma(fma(25.0, k, -60.0), k, 35.0), o3)
        d2 = fma(3.0 * (k - 1.0), o3, o5 * fma(fma(fma(15.0, k, -70.0), k, 105.0), k, -50.0))
        d1 = fma(o5, fma(fma(fma(k - 10.0, k, 35.0), k, -50.0), k, 24.0), fma(o3, fma(k - 3.0, k, 2.0), c1))
        odd = w[_STILL + i] * (-v * fma(-v, fma(-v, fma(-v, fma(-v, o5, o4), d3), d2), d1))
        w[_NOW + i] += (w[_EVEN + i] + w[_ODD + i]) + (even - odd)
        w[_EVEN + i] = even
        w[_ODD + i] = odd


@njit(error_model="numpy")
def _close(w: np.ndarray, t: float, last: float) -> None:
    """Turn what is served and alive at an age into the year's service and retirements."""
    for i in range(LANES):
        whole, still, total = w[_WHOLE + i], w[_STILL + i], w[_TOTAL + i]
        ended = (whole - total < NEGLIGIBLE * whole) | (t >= w[_LATEST + i]) | (w[_X + i] >= 0.999999 * _FAR)
        lives = 0.0 if ended else w[_GOING + i] * (1.0 - last)
        w[_X + i] = lives * w[_NOW + i] + (1.0 - lives) * (whole - w[_SERVED + i])
        total = lives * total + (1.0 - lives) * whole
        w[_TOTAL + i] = w[_ALIVE + i] - lives * still
        w[_SERVED + i] = total
        w[_ALIVE + i] = lives * still
        w[_GOING + i] = lives
