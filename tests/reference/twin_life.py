"""The slow twin's lives: every integral of the survival is taken numerically, year by year."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from scipy.integrate import quad
from scipy.optimize import brentq
from scipy.special import gammaincc

HORIZON_YEARS = 150
LEFT_SHARE = 1e-9
DEFAULT_SHAPE = {"fixed": 0.0, "weibull": 2.0, "lognormal": 0.4, "gamma": 4.0, "normal": 0.25, "loglogistic": 3.0}


@dataclass(frozen=True)
class Life:
    """Survival by age in years, the ages at which it jumps, and its integral."""

    survival: Callable[[float], float]
    jumps: tuple[float, ...]
    mean_years: float


def survival_function(distribution: str, mean: float, shape: float) -> Callable[[float], float]:
    """S(t) = P(T > t) of a life with that mean and shape."""
    if distribution == "fixed":
        return lambda t: 1.0 if t < mean else 0.0
    if distribution == "weibull":
        scale = mean / math.gamma(1 + 1 / shape)
        return lambda t: math.exp(-((t / scale) ** shape))
    if distribution == "lognormal":
        mu = math.log(mean) - shape**2 / 2
        return lambda t: 1.0 if t <= 0 else 0.5 * math.erfc((math.log(t) - mu) / (shape * math.sqrt(2)))
    if distribution == "gamma":
        return lambda t: float(gammaincc(shape, t / (mean / shape)))
    if distribution == "loglogistic":
        alpha = mean * math.sin(math.pi / shape) / (math.pi / shape)
        return lambda t: 1 / (1 + (t / alpha) ** shape)
    if distribution == "normal":
        sd = shape * mean
        alive_at_0 = 0.5 * math.erfc(-mean / (sd * math.sqrt(2)))
        density_at_0 = math.exp(-0.5 * (mean / sd) ** 2) / math.sqrt(2 * math.pi)
        stretch = mean / (mean + sd * density_at_0 / alive_at_0)
        return lambda t: 0.5 * math.erfc((t / stretch - mean) / (sd * math.sqrt(2))) / alive_at_0
    raise ValueError(distribution)


def weibull_from_ages(t50: float, t90: float) -> tuple[float, float]:
    """Mean and shape of the Weibull life of which 50 % are gone at t50 and 90 % at t90."""
    shape = math.log(math.log(10) / math.log(2)) / math.log(t90 / t50)
    scale = t50 / math.log(2) ** (1 / shape)
    return scale * math.gamma(1 + 1 / shape), shape


def mean_of_scale(scale: float, shape: float | None) -> float:
    """Mean of a Weibull life of that characteristic life."""
    return scale * math.gamma(1 + 1 / (DEFAULT_SHAPE["weibull"] if shape is None else shape))


def mean_of_median(distribution: str, median: float, shape: float | None) -> float:
    """The mean whose life half survive at `median`: every curve is one in age over mean, so that t = 1 is asked."""
    form = DEFAULT_SHAPE[distribution] if shape is None else shape
    if distribution == "fixed":
        return median
    ratio = brentq(lambda x: survival_function(distribution, x, form)(1.0) - 0.5, 1e-3, 1e6, xtol=1e-15, rtol=1e-14)
    return median * float(ratio)


def mean_of_points(points: Sequence[tuple[float, float]]) -> float:
    """Area under the straight lines between the points of a survival curve."""
    return math.fsum((b[0] - a[0]) * (a[1] + b[1]) / 2 for a, b in pairwise(sorted(points)))


def between_points(points: Sequence[tuple[float, float]], mean: float) -> tuple[Callable[[float], float], list[float]]:
    """S(t) along the points, their ages stretched to that mean, and those ages."""
    stretch = mean / mean_of_points(points)
    stretched = [(age * stretch, share) for age, share in sorted(points)]

    def alive(t: float) -> float:
        for (a, high), (b, low) in pairwise(stretched):
            if a <= t < b:
                return high + (low - high) * (t - a) / (b - a)
        return 0.0

    return alive, [age for age, _ in stretched]


def make_life(
    distribution: str,
    mean: float,
    shape: float | None,
    max_years: float | None,
    points: Sequence[tuple[float, float]] = (),
) -> Life:
    """Life in years; scrapped at `max_years` whatever the wear."""
    jumps: tuple[float, ...] = (mean,) if distribution == "fixed" else ()
    if distribution == "table":
        alive, kinks = between_points(points, mean)
        jumps = tuple(kinks)
    else:
        alive = survival_function(distribution, mean, DEFAULT_SHAPE[distribution] if shape is None else shape)
    if max_years is None:
        return Life(alive, jumps, mean)
    jumps = (*jumps, max_years)
    capped = Life(lambda t: alive(t) if t < max_years else 0.0, jumps, math.nan)
    whole = math.floor(max_years)
    years = [*range(whole + 1)] + ([max_years] if max_years > whole else [])
    mean_years = math.fsum(area(capped, years[i], years[i + 1]) for i in range(len(years) - 1))
    return Life(capped.survival, jumps, mean_years)


def area(life: Life, low: float, high: float) -> float:
    """∫ S(t) dt between two ages, split where S jumps."""
    edges = [low, *sorted(age for age in life.jumps if low < age < high), high]
    total = 0.0
    for start, end in pairwise(edges):
        middle = 0.5 * (start + end)
        if end - start > 0 and life.survival(start + 1e-3 * (middle - start)) > 0:
            total += quad(life.survival, start, end, epsabs=1e-13, epsrel=1e-11, limit=400)[0]
    return total


def age_edges(timing: str, k: int) -> tuple[float, float]:
    """Ages of a unit at the start and the end of calendar year y + k."""
    if timing == "start_of_year":
        return float(k), float(k + 1)
    if timing == "mid_year":
        return (0.0, 0.5) if k == 0 else (k - 0.5, k + 0.5)
    raise ValueError(timing)


def schedule(life: Life, timing: str) -> tuple[list[float], list[float]]:
    """Years in service and retirements in calendar year y + k, k = 0, 1, 2, …, per unit sold.

    The last year takes what is left, once less than 1e-9 of the mean life is left, or after 150 years.
    """
    service: list[float] = []
    retired: list[float] = []
    for k in range(HORIZON_YEARS):
        low, high = age_edges(timing, k)
        service.append(area(life, low, high))
        retired.append(life.survival(low) - life.survival(high))
        left = life.mean_years - math.fsum(service)
        if left < LEFT_SHARE * life.mean_years or k == HORIZON_YEARS - 1:
            service[-1] += left
            retired[-1] += life.survival(high)
            break
    return service, retired


def hermetic_charge(
    leak: float, service: list[float], retired: list[float], timing: str
) -> tuple[list[float], list[float]]:
    """Years of full charge, and the share of the charge in what is retired, of a charge that is not topped up.

    A unit at hand loses `leak` · (1 − leak)^k of its first charge a year; those retired in a year take along what is
    then left: what the units held at its begin, less what they hold at its end and what has leaked meanwhile.
    """
    charged, discarded = [], []
    a_unit, alive = 1.0, 1.0
    for k, (years, gone) in enumerate(zip(service, retired, strict=True)):
        low, high = age_edges(timing, k)
        rate = leak * (1 - leak) ** k
        later, still = a_unit - rate * (high - low), 0.0 if k == len(retired) - 1 else alive - gone
        charged.append((1 - leak) ** k * years)
        discarded.append(max(a_unit * alive - later * still - rate * years, 0.0))
        a_unit, alive = later, still
    return charged, discarded
