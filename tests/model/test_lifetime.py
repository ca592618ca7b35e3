"""Life integrals against arbitrary precision quadrature and hand-worked cases."""

import mpmath as mp
import numpy as np
import pytest

from usephase.model.lifetime import (
    CURVES,
    LAST_YEAR,
    Points,
    edges,
    mean_and_shape,
    weibull_from_quantiles,
    years_in_service,
)

SHAPES = {"weibull": (0.6, 1.0, 2.0, 5.5), "lognormal": (0.1, 0.4, 1.2), "gamma": (0.5, 1.0, 4.0, 30.0),
          "normal": (0.05, 0.25, 0.8), "loglogistic": (1.2, 3.0, 9.0)}  # fmt: skip


def survival_mp(name: str, mean: float, shape: float) -> object:
    """Write the survival function from its definition, at 30 digits."""
    m, s = mp.mpf(mean), mp.mpf(shape)
    if name == "weibull":
        scale = m / mp.gamma(1 + 1 / s)
        return lambda t: mp.exp(-((t / scale) ** s))
    if name == "lognormal":
        mu = mp.log(m) - s * s / 2
        return lambda t: mp.mpf(1) if t == 0 else 1 - mp.ncdf((mp.log(t) - mu) / s)
    if name == "loglogistic":
        alpha = m * mp.sin(mp.pi / s) / (mp.pi / s)
        return lambda t: 1 / (1 + (t / alpha) ** s)
    if name == "gamma":
        return lambda t: mp.gammainc(s, t * s / m, mp.inf, regularized=True)
    sd = s * m
    kept = 1 - mp.ncdf(0, m, sd)
    cut_mean = mp.quad(lambda x: (1 - mp.ncdf(x, m, sd)) / kept, [0, m, m + 12 * sd])
    return lambda t: (1 - mp.ncdf(t * cut_mean / m, m, sd)) / kept


@pytest.mark.parametrize(("name", "shape"), [(n, s) for n, all_ in SHAPES.items() for s in all_])
@pytest.mark.parametrize("t", [0.5, 3.0, 11.0])
def test_integral_of_survival(name: str, shape: float, t: float) -> None:
    mean = 7.3
    with mp.workdps(30):
        alive = survival_mp(name, mean, shape)
        exact = mp.quad(alive, [0, t / 1000, t / 30, t / 2, t])
        still = alive(mp.mpf(t))
    survival, served = CURVES[name]
    got = served(t, np.array([mean]), np.array([shape]))[0]
    assert got == pytest.approx(float(exact), rel=1e-11)
    assert survival(t, np.array([mean]), np.array([shape]))[0] == pytest.approx(float(still), rel=1e-11, abs=1e-14)


@pytest.mark.parametrize("name", CURVES)
@pytest.mark.parametrize("timing", ["start_of_year", "mid_year"])
def test_parts_sum_to_the_mean_life_and_to_one(name: str, timing: str) -> None:
    mean = np.array([0.3, 4.0, 40.0, 400.0])
    service, retired, life = years_in_service(
        name, mean, np.full(4, 1.7 if name == "loglogistic" else 0.7), None, timing
    )
    np.testing.assert_allclose(service.sum(axis=0), mean, rtol=1e-12)
    np.testing.assert_allclose(retired.sum(axis=0), 1, rtol=1e-12)
    np.testing.assert_array_equal(life, mean)
    assert len(service) <= LAST_YEAR
    assert (service >= 0).all()
    assert (retired >= 0).all()


def test_fixed_life_by_hand() -> None:
    service, retired, _ = years_in_service("fixed", np.array([2.25]), np.array([1.0]), None, "mid_year")
    np.testing.assert_allclose(service[:, 0], [0.5, 1, 0.75])
    np.testing.assert_allclose(retired[:, 0], [0, 0, 1])
    service, retired, _ = years_in_service("fixed", np.array([2.0]), np.array([1.0]), None, "start_of_year")
    np.testing.assert_allclose(service[:, 0], [1, 1])
    np.testing.assert_allclose(retired[:, 0], [0, 1])


def test_scrapped_at_the_latest() -> None:
    # Exponential life of mean 5, scrapped at 3: ∫₀³ e^{−t/5} dt = 5 (1 − e^{−0.6}).
    service, retired, life = years_in_service("weibull", np.array([5.0]), np.array([1.0]), np.array([3.0]), "mid_year")
    assert life[0] == pytest.approx(5 * (1 - np.exp(-0.6)), rel=1e-13)
    assert service.sum() == pytest.approx(life[0], rel=1e-13)
    # Sold in mid-year, scrapped at age 3: the survivors retire in calendar year 3 (age 2½ to 3½).
    assert retired[3, 0] == pytest.approx(np.exp(-0.5), rel=1e-12)
    assert len(retired) == 4


def test_quantiles_define_a_weibull() -> None:
    mean, shape = weibull_from_quantiles(np.array([6.0]), np.array([11.0]))
    survival = CURVES["weibull"][0]
    assert survival(6.0, mean, shape)[0] == pytest.approx(0.5, rel=1e-12)
    assert survival(11.0, mean, shape)[0] == pytest.approx(0.1, rel=1e-12)


def test_edges() -> None:
    assert edges("mid_year")[:3].tolist() == [0.5, 1.5, 2.5]
    assert edges("start_of_year")[:3].tolist() == [1, 2, 3]


@pytest.mark.parametrize(("name", "shape"), [(n, s) for n, all_ in SHAPES.items() for s in all_])
def test_half_are_gone_at_the_median(name: str, shape: float) -> None:
    mean, same = mean_and_shape(name, median=np.array([7.3]), shape=np.array([shape]))
    assert same == shape
    with mp.workdps(30):
        alive = survival_mp(name, float(mean[0]), shape)(mp.mpf("7.3"))
    assert float(alive) == pytest.approx(0.5, abs=1e-13)


def test_a_characteristic_life_is_what_exp_minus_one_survive() -> None:
    mean, shape = mean_and_shape("weibull", scale=np.array([9.0]), shape=np.array([1.7]))
    assert CURVES["weibull"][0](9.0, mean, shape)[0] == pytest.approx(np.exp(-1), rel=1e-14)
    # exponential: the mean is the characteristic life; shape 2, the default: the mean of a Rayleigh life
    assert mean_and_shape("weibull", scale=9.0, shape=1.0)[0] == pytest.approx(9.0, rel=1e-15)
    assert mean_and_shape("weibull", scale=9.0)[0] == pytest.approx(9.0 * np.sqrt(np.pi) / 2, rel=1e-15)
    assert mean_and_shape("fixed", median=9.0)[0] == 9.0


def test_a_curve_of_points_is_integrated_along_its_lines():
    points = Points(np.array([0.0, 4.0, 10.0, 18.0]), np.array([1.0, 0.9, 0.4, 0.0]))
    assert points.mean == pytest.approx(3.8 + 3.9 + 1.6)
    assert points.median == pytest.approx(4 + 6 * 0.4 / 0.5)
    t, mean = np.array([0.0, 3.0, 6.0, 11.0, 30.0]), 2 * points.mean
    grid = np.linspace(0, 40, 400_001)
    alive = np.interp(grid / 2, points.age, points.share)
    for x in t:
        expected = np.trapezoid(alive[grid <= x], grid[grid <= x])
        assert points.survival(x, np.array(mean), np.array(1.0)) == pytest.approx(
            np.interp(x / 2, points.age, points.share)
        )
        assert points.served(x, np.array(mean), np.array(1.0)) == pytest.approx(expected, abs=1e-4)
    service, retired, life = years_in_service("table", mean, 1.0, np.array([9.5]), "mid_year", points)
    assert service.sum() == pytest.approx(points.served(9.5, np.array(mean), np.array(1.0)))
    assert retired.sum() == pytest.approx(1)
    assert life[0] == pytest.approx(service.sum())
    assert mean_and_shape("table", median=2 * points.median, points=points)[0] == pytest.approx(mean)
    assert mean_and_shape("table", points=points)[0] == points.mean
