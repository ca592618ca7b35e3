"""Weibull lives compiled: years in service and retirements of many draws at once.

The same figures as `usephase.model.lifetime.years_in_service`, about ten times faster.

Notes
-----
With x = (t/λ)^k and a = 1/k the integral of survival is

    I(t) = t e^{−x} Σ_n x^n / ((a + 1)(a + 2)…(a + n)),

the power series of the incomplete gamma function (DLMF 8.7.1) with λ^{−1} Γ(1 + a)^{−1} taken out. All terms are
positive, so the sum loses no digits; it is cut where a term falls below 2⁻⁵⁴ of the sum's bound e^x. The
coefficients are the same for all ages of a draw, and the sum is a Horner scheme over them.
"""

import math

import numpy as np
from numba import njit
from scipy import special

from usephase.model.lifetime import LAST_YEAR, NEGLIGIBLE, Timing, edges
from usephase.model.mathematics import exp

LANES = 64
"""Draws handled together: their coefficients stay in the cache."""
MOST_TERMS = 128
_FAR = 42.0  # e^{−42} is below a double's last digit: nobody is left


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
_TERMS = terms_by_power()
assert _TERMS.max() < MOST_TERMS


def weibull_years_in_service(
    mean: np.ndarray, shape: np.ndarray, max_years: np.ndarray | float | None, timing: Timing
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Split Weibull lives over calendar years; parameters and result as `years_in_service`."""
    mean, shape = (np.ascontiguousarray(x, dtype=float) for x in np.broadcast_arrays(mean, shape))
    if max_years is None:
        limit, life = np.full(mean.shape, np.inf), mean
    else:
        limit = np.array(np.broadcast_to(max_years, mean.shape), dtype=float)
        scale = mean / special.gamma(1 + 1 / shape)
        life = np.minimum(mean * special.gammainc(1 / shape, (limit / scale) ** shape), mean)
    log_scale = np.log(mean) - special.gammaln(1 + 1 / shape)
    service = np.zeros((LAST_YEAR, mean.size))
    retired = np.zeros((LAST_YEAR, mean.size))
    last = _fill(life, shape, log_scale, limit, edges(timing), _TERMS, service, retired)
    return service[:last], retired[:last], life


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract"})
def _fill(
    life: np.ndarray,
    shape: np.ndarray,
    log_scale: np.ndarray,
    limit: np.ndarray,
    ends: np.ndarray,
    terms: np.ndarray,
    service: np.ndarray,
    retired: np.ndarray,
) -> int:
    coefficients = np.empty((MOST_TERMS, LANES))
    x, total, served, alive = np.empty(LANES), np.empty(LANES), np.empty(LANES), np.empty(LANES)
    still = np.empty(LANES)
    going, power, shift, whole, latest = (
        np.empty(LANES),
        np.empty(LANES),
        np.empty(LANES),
        np.empty(LANES),
        np.empty(LANES),
    )
    longest = 0
    for start in range(0, life.size, LANES):
        size = min(LANES, life.size - start)
        for i in range(LANES):  # a last, short group is filled up with its own last draw
            j = start + min(i, size - 1)
            power[i] = shape[j]
            shift[i] = shape[j] * log_scale[j]
            whole[i] = life[j]
            latest[i] = limit[j]
            coefficients[0, i] = 1.0
            served[i] = 0.0
            alive[i] = 1.0
            going[i] = 1.0
        known = 0
        for k in range(ends.size):
            t = ends[k]
            log_t = math.log(t)
            _powers(power, shift, going, log_t, x)
            _exponentials(x, still)
            top = x.max()
            count = terms[min(math.ceil(top), terms.size - 1) if top > 0.01 else 0]
            for n in range(known + 1, count):
                for i in range(LANES):
                    coefficients[n, i] = coefficients[n - 1, i] * power[i] / (1.0 + n * power[i])
            known = max(known, count - 1)
            _horner(coefficients, x, total, count)
            last = 1.0 if k == ends.size - 1 else 0.0
            left = 0.0
            for i in range(LANES):
                sum_ = t * still[i] * total[i]
                ended = (whole[i] - sum_ < NEGLIGIBLE * whole[i]) | (t >= latest[i]) | (x[i] >= 0.999999 * _FAR)
                lives = 0.0 if ended else going[i] * (1.0 - last)
                sum_ = lives * sum_ + (1.0 - lives) * whole[i]
                x[i] = sum_ - served[i]
                total[i] = alive[i] - lives * still[i]
                served[i] = sum_
                alive[i] = lives * still[i]
                going[i] = lives
                left += lives
            for i in range(size):
                service[k, start + i] = x[i]
                retired[k, start + i] = total[i]
            if left == 0.0:
                longest = max(longest, k + 1)
                break
    return longest


@njit(error_model="numpy", fastmath={"contract"})
def _powers(power: np.ndarray, shift: np.ndarray, going: np.ndarray, log_t: float, x: np.ndarray) -> None:
    """Give x = (t/λ)^k of the draws still going, at most `_FAR`; 0 of the others."""
    for i in range(x.size):
        x[i] = going[i] * exp(min(power[i] * log_t - shift[i], _LOG_FAR))


@njit(error_model="numpy", fastmath={"contract"})
def _exponentials(x: np.ndarray, still: np.ndarray) -> None:
    """Give e^{−x}."""
    for i in range(x.size):
        still[i] = exp(-x[i])


@njit(inline="always", error_model="numpy", fastmath={"contract"})
def _horner(c: np.ndarray, x: np.ndarray, total: np.ndarray, count: int) -> None:
    """Sum c[n] xⁿ, sixteen lanes abreast: written out, because only so the compiler keeps them in registers."""
    for g in range(0, LANES, 16):
        last = count - 1
        x0, x1, x2, x3, x4, x5, x6, x7, x8, x9, x10, x11, x12, x13, x14, x15 = (
            x[g + 0],
            x[g + 1],
            x[g + 2],
            x[g + 3],
            x[g + 4],
            x[g + 5],
            x[g + 6],
            x[g + 7],
            x[g + 8],
            x[g + 9],
            x[g + 10],
            x[g + 11],
            x[g + 12],
            x[g + 13],
            x[g + 14],
            x[g + 15],
        )
        t0, t1, t2, t3, t4, t5, t6, t7, t8, t9, t10, t11, t12, t13, t14, t15 = (
            c[last, g + 0],
            c[last, g + 1],
            c[last, g + 2],
            c[last, g + 3],
            c[last, g + 4],
            c[last, g + 5],
            c[last, g + 6],
            c[last, g + 7],
            c[last, g + 8],
            c[last, g + 9],
            c[last, g + 10],
            c[last, g + 11],
            c[last, g + 12],
            c[last, g + 13],
            c[last, g + 14],
            c[last, g + 15],
        )
        for n in range(last - 1, -1, -1):
            t0 = t0 * x0 + c[n, g + 0]
            t1 = t1 * x1 + c[n, g + 1]
            t2 = t2 * x2 + c[n, g + 2]
            t3 = t3 * x3 + c[n, g + 3]
            t4 = t4 * x4 + c[n, g + 4]
            t5 = t5 * x5 + c[n, g + 5]
            t6 = t6 * x6 + c[n, g + 6]
            t7 = t7 * x7 + c[n, g + 7]
            t8 = t8 * x8 + c[n, g + 8]
            t9 = t9 * x9 + c[n, g + 9]
            t10 = t10 * x10 + c[n, g + 10]
            t11 = t11 * x11 + c[n, g + 11]
            t12 = t12 * x12 + c[n, g + 12]
            t13 = t13 * x13 + c[n, g + 13]
            t14 = t14 * x14 + c[n, g + 14]
            t15 = t15 * x15 + c[n, g + 15]
        total[g + 0] = t0
        total[g + 1] = t1
        total[g + 2] = t2
        total[g + 3] = t3
        total[g + 4] = t4
        total[g + 5] = t5
        total[g + 6] = t6
        total[g + 7] = t7
        total[g + 8] = t8
        total[g + 9] = t9
        total[g + 10] = t10
        total[g + 11] = t11
        total[g + 12] = t12
        total[g + 13] = t13
        total[g + 14] = t14
        total[g + 15] = t15
