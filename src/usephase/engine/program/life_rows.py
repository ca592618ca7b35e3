"""Weibull lives of rows of draws, cut at an age of scrapping."""

import numpy as np
from numba import njit

from usephase.compiling import compiled
from usephase.engine.program.arithmetic import copy, row_of
from usephase.engine.program.code import AGES, LANES
from usephase.model.mathematics import exp, fma, log, log_gamma
from usephase.model.weibull import fill_lives

LATE, FLATTEST, LEVELS = 1.5, 0.3, 84.0
"""From this x = (t/λ)^k on, and for these Weibull shapes, LEVELS/x levels of a fraction leave 5e-15 of a mean life."""


@njit(error_model="numpy")
def live(
    w: np.ndarray, mean: int, shape: int, limit: int, to: int, service: np.ndarray, retired: np.ndarray,
    ends: np.ndarray, terms: np.ndarray, life: np.ndarray,
) -> int:  # fmt: skip
    """Fill a slot with the lives that three rows describe, and give the number of calendar years.

    Parameters
    ----------
    w : ndarray (row · draw,)
    mean, shape, limit, to : int
        Rows; `limit` is −1 if nothing is scrapped, `to` takes the mean life.
    service, retired : ndarray (age · draw,)
        Overwritten, as far as the years given.
    ends, terms : ndarray
        As `usephase.model.weibull.fill_lives`.
    life : ndarray (9, draw)
        Scratch.
    """
    copy(life[1], row_of(w, mean))
    copy(life[2], row_of(w, shape))
    if limit >= 0:
        copy(life[3], row_of(w, limit))
    years, shares = service[: AGES * LANES].reshape((AGES, LANES)), retired[: AGES * LANES].reshape((AGES, LANES))
    count = _live(life, limit >= 0, ends, terms, years, shares)
    copy(row_of(w, to), life[0])
    return count


@compiled()
def live_rows(
    mean: np.ndarray, shape: np.ndarray, limit: np.ndarray, ends: np.ndarray, terms: np.ndarray, service: np.ndarray,
    retired: np.ndarray, to: np.ndarray, ages: np.ndarray,
) -> None:  # fmt: skip
    """Give many rows of lives, with zeros after the last year of each row.

    Parameters
    ----------
    mean, shape, limit, to : ndarray (draw,)
        Whole rows; `limit` is empty if nothing is scrapped, `to` takes the mean life.
    service, retired : ndarray (age, draw)
    ages : ndarray of int (row,)
        Takes the number of calendar years.
    """
    life, years, shares = np.empty((9, LANES)), np.empty((AGES, LANES)), np.empty((AGES, LANES))
    service[:] = 0.0
    retired[:] = 0.0
    for row in range(ages.size):
        first, stop = row * LANES, (row + 1) * LANES
        copy(life[1], mean[first:stop])
        copy(life[2], shape[first:stop])
        if limit.size > 0:
            copy(life[3], limit[first:stop])
        ages[row] = _live(life, limit.size > 0, ends, terms, years, shares)
        service[: ages[row], first:stop] = years[: ages[row]]
        retired[: ages[row], first:stop] = shares[: ages[row]]
        copy(to[first:stop], life[0])


@njit(error_model="numpy")
def _live(
    life: np.ndarray, scrapped: bool, ends: np.ndarray, terms: np.ndarray, years: np.ndarray, shares: np.ndarray
) -> int:
    """Fill years and retirements of lives with the mean, shape and limit of rows 1 to 3; row 0 takes the mean life."""
    copy(life[0], life[1])
    if scrapped:
        scrap(life, terms)
    else:
        life[3] = np.inf
    return fill_lives(life[0], life[1], life[2], life[3], ends, terms, years, shares)


@njit(error_model="numpy")
def scrap(life: np.ndarray, terms: np.ndarray) -> None:
    """Give in row 0 the mean of lives (mean 1, shape 2) that end at an age (3): the incomplete gamma function.

    Rows 4 to 8 are scratch. Where little is left at that age, what is left is taken from the mean; else the series of
    `usephase.model.weibull` is summed, as long as the longest life needs.
    """
    mean, shape, age, x = life[1], life[2], life[3], life[4]
    for i in range(LANES):
        scale = log(mean[i]) - log_gamma(1.0 + 1.0 / shape[i])
        x[i] = exp(min(shape[i] * (log(age[i]) - scale), 3.8))
    least, top, flattest = np.inf, 0.0, np.inf
    for i in range(LANES):
        least, flattest = min(least, x[i]), min(flattest, shape[i])
        if x[i] < 42.0:
            top = max(top, x[i])
    if least >= LATE and flattest >= FLATTEST:
        _left(life, max(int(np.ceil(LEVELS / least)), 8))
    else:
        _served(life, terms[min(int(np.ceil(top)), terms.size - 1)])


@njit(error_model="numpy")
def _served(life: np.ndarray, count: int) -> None:
    mean, shape, age, x, term, total = life[1], life[2], life[3], life[4], life[5], life[6]
    for i in range(LANES):
        term[i] = 1.0
        total[i] = 1.0
    for n in range(1, count):
        for i in range(LANES):
            term[i] *= x[i] * shape[i] / fma(n, shape[i], 1.0)
            total[i] += term[i]
    for i in range(LANES):
        served = min(age[i] * exp(-x[i]) * total[i], mean[i])
        life[0, i] = mean[i] if x[i] >= 42.0 else served


@njit(error_model="numpy")
def _left(life: np.ndarray, levels: int) -> None:
    """Take from the mean what is left after an age: its continued fraction, DLMF 8.9.2, as one quotient."""
    mean, shape, age, x = life[1], life[2], life[3], life[4]
    before, p, under, q = life[5], life[6], life[7], life[8]
    for i in range(LANES):
        before[i], p[i], under[i], q[i] = 0.0, 1.0, 1.0, x[i] + 1.0 - 1.0 / shape[i]
        life[0, i] = 1.0 / shape[i]
    for n in range(1, levels + 1):
        for i in range(LANES):
            a = life[0, i]
            c, b = n * (a - n), x[i] + (2.0 * n + 1.0) - a
            up, down = fma(b, p[i], c * before[i]), fma(b, q[i], c * under[i])
            before[i], under[i] = p[i], q[i]
            p[i], q[i] = up, down
    for i in range(LANES):
        life[0, i] = mean[i] - age[i] * life[0, i] * exp(-x[i]) * p[i] / q[i]
