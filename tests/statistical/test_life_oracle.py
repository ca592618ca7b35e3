"""Years in service and retirements, year by year, against integrals of 30 digits: extreme shapes and means."""

from collections.abc import Callable
from functools import cache
from typing import Any

import mpmath as mp
import numpy as np
import pytest

from usephase.model.lifetime import edges, years_in_service
from usephase.model.weibull import weibull_years_in_service

MEANS = (0.02, 0.7, 6.5, 60.0, 2500.0)
SHAPES = {
    "weibull": (0.3, 0.55, 1.0, 3.7, 25.0, 80.0),
    "lognormal": (0.02, 0.4, 1.0, 2.2),
    "gamma": (0.15, 0.6, 1.0, 9.0, 900.0),
    "normal": (0.02, 0.25, 1.0, 4.0),
    "loglogistic": (1.1, 2.0, 3.7, 40.0),
}
CHECKED = (0, 1, 2, 5, 11, 30, 80, 148)
DIGITS = 30
# What is left of a life after the last year with more than 1e-9 of it is booked in that year.
CUT = 1.1e-9


def integrals(name: str, mean: float, shape: float) -> tuple[Callable[[Any], Any], Callable[[Any], Any]]:
    """Write S(t) and ∫₀ᵗ S from their closed forms in special functions of arbitrary precision."""
    m, s = mp.mpf(mean), mp.mpf(shape)
    if name == "weibull":
        scale = m / mp.gamma(1 + 1 / s)
        return (
            lambda t: mp.exp(-((t / scale) ** s)),
            lambda t: m * mp.gammainc(1 / s, 0, (t / scale) ** s, regularized=True),
        )
    if name == "gamma":
        scale = m / s

        def alive(t: Any) -> Any:
            return mp.gammainc(s, t / scale, mp.inf, regularized=True)

        return alive, lambda t: t * alive(t) + m * mp.gammainc(s + 1, 0, t / scale, regularized=True)
    if name == "loglogistic":
        alpha = m * mp.sin(mp.pi / s) / (mp.pi / s)

        def lasting(t: Any) -> Any:
            return 1 / (1 + (t / alpha) ** s)

        def lived(t: Any) -> Any:
            odds = (t / alpha) ** s
            return m * mp.betainc(1 / s, 1 - 1 / s, 0, odds / (1 + odds), regularized=True)

        return lasting, lived
    if name == "lognormal":
        mu = mp.log(m) - s * s / 2

        def living(t: Any) -> Any:
            return mp.mpf(1) if t == 0 else mp.ncdf((mu - mp.log(t)) / s)

        def served(t: Any) -> Any:
            return mp.mpf(0) if t == 0 else t * living(t) + m * mp.ncdf((mp.log(t) - mu - s * s) / s)

        return living, served
    # A normal cut at 0 with parameter mean 1 and deviation s, stretched so that its mean is m.
    kept = mp.ncdf(1 / s)
    cut_mean = 1 + s * mp.npdf(1 / s) / kept

    def left(t: Any) -> Any:
        return mp.ncdf((1 - t * cut_mean / m) / s) / kept

    def upper(x: Any) -> Any:
        """Give ∫ₓ^∞ of the unstretched survival function."""
        z = (x - 1) / s
        return s * (mp.npdf(z) - z * mp.ncdf(-z)) / kept

    return left, lambda t: (upper(mp.mpf(0)) - upper(t * cut_mean / m)) * m / cut_mean


@cache
def exact(name: str, mean: float, shape: float, timing: str) -> tuple[tuple[float, float], ...]:
    """Service and retirements in the checked years."""
    with mp.workdps(DIGITS):
        alive, served = integrals(name, mean, shape)
        bounds = [mp.mpf(0), *(mp.mpf(float(edge)) for edge in edges(timing))]
        return tuple(
            (float(served(bounds[k + 1]) - served(bounds[k])), float(alive(bounds[k]) - alive(bounds[k + 1])))
            for k in CHECKED
        )


def compare(service: np.ndarray, retired: np.ndarray, name: str, mean: float, shape: float, timing: str) -> int:
    """Compare all checked years but the last one booked; give their number."""
    compared = 0
    for k, (years, retirements) in zip(CHECKED, exact(name, mean, shape, timing), strict=True):
        if k >= len(service) - 1:
            # After the last year less than the cut is left of a life that ends within 150 years.
            assert len(service) == 150 or k == len(service) - 1 or years <= CUT * mean
            continue
        assert service[k] == pytest.approx(years, rel=1e-9, abs=1e-12 * mean), (k, "service")
        assert retired[k] == pytest.approx(retirements, rel=1e-8, abs=1e-11), (k, "retirements")
        compared += 1
    return compared


CASES = [(name, shape) for name, shapes in SHAPES.items() for shape in shapes]


@pytest.mark.parametrize("timing", ["mid_year", "start_of_year"])
@pytest.mark.parametrize(("name", "shape"), CASES)
def test_years_in_service(name: str, shape: float, timing: str) -> None:
    compared = 0
    for mean in MEANS:
        service, retired, life = years_in_service(name, np.array([mean]), np.array([shape]), None, timing)
        compared += compare(service[:, 0], retired[:, 0], name, mean, shape, timing)
        assert service.sum() == pytest.approx(mean, rel=1e-12)
        assert retired.sum() == pytest.approx(1, rel=1e-12)
        assert life[0] == pytest.approx(mean, rel=1e-12)
    assert compared > 8


@pytest.mark.parametrize("timing", ["mid_year", "start_of_year"])
@pytest.mark.parametrize("shape", SHAPES["weibull"])
def test_compiled_weibull_lives(shape: float, timing: str) -> None:
    """The compiled form alone, where it is used."""
    for mean in MEANS:
        service, retired, _ = weibull_years_in_service(np.array([mean]), np.array([shape]), None, timing)
        compare(service[:, 0], retired[:, 0], "weibull", mean, shape, timing)


def test_the_oracle_is_the_integral() -> None:
    """The oracle's own closed forms against quadrature of the survival function."""
    for name, shape in (("weibull", 0.55), ("gamma", 0.6), ("lognormal", 1.0), ("normal", 1.0), ("loglogistic", 2.5)):
        with mp.workdps(DIGITS):
            alive, served = integrals(name, 6.5, shape)
            for t in (mp.mpf("0.5"), mp.mpf(7), mp.mpf(40)):
                by_parts = mp.quad(alive, [0, t / 10000, t / 100, t / 10, t / 2, t])
                assert abs(by_parts - served(t)) < mp.mpf(10) ** -9
            assert abs(served(mp.mpf(10) ** 7) - mp.mpf(6.5)) < mp.mpf(10) ** -6
