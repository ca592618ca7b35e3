"""Quantile and distribution function are each other's inverse, and best estimates are what the catalog promises."""

import numpy as np
import pytest
from scipy import stats

from usephase.sampling import distributions as dist

U = np.array([1e-9, 0.01, 0.3, 0.5, 0.77, 0.999])
CASES = {
    dist.NORMAL: ((3.0, 0.5, 0, 0), stats.norm(3, 0.5), 3.0),
    dist.LOGNORMAL: ((3.0, 0.5, 0, 0), stats.lognorm(0.5, scale=3), 3.0),
    dist.UNIFORM: ((1.0, 4.0, 0, 0), stats.uniform(1, 3), 2.5),
    dist.TRIANGULAR: ((1.0, 2.0, 5.0, 0), stats.triang(0.25, 1, 4), 2.0),
    dist.PERT: ((1.0, 2.0, 5.0, 0), stats.beta(2, 4, 1, 4), 2.0),
    dist.BETA: ((2.0, 3.0, 0.0, 2.0), stats.beta(2, 3, 0, 2), stats.beta(2, 3, 0, 2).median()),
    dist.GAMMA: ((2.5, 3.0, 0, 0), stats.gamma(2.5, scale=3), stats.gamma(2.5, scale=3).median()),
    dist.WEIBULL: ((1.7, 3.0, 0, 0), stats.weibull_min(1.7, scale=3), stats.weibull_min(1.7, scale=3).median()),
}


@pytest.mark.parametrize("kind", CASES)
def test_against_scipy(kind: int) -> None:
    params, reference, best = CASES[kind]
    x = dist.quantile(kind, np.array(params), U)
    np.testing.assert_allclose(x, reference.ppf(U), rtol=1e-9)
    assert [dist.cumulative(kind, np.array(params), v) for v in x] == pytest.approx(U.tolist(), rel=1e-7)
    assert dist.best_estimate(kind, np.array(params)) == pytest.approx(best, rel=1e-12)


def test_odds_are_lognormal() -> None:
    params = np.array([0.2, 0.3, 0.0, 1.0])
    x = dist.quantile(dist.LOGIT_NORMAL, params, U)
    odds = stats.lognorm(0.3, scale=0.25).ppf(U)
    np.testing.assert_allclose(x, odds / (1 + odds), rtol=1e-12)
    assert [dist.cumulative(dist.LOGIT_NORMAL, params, v) for v in x] == pytest.approx(U.tolist(), rel=1e-7)


def test_negative_median_rises_with_probability() -> None:
    params = np.array([-0.02, 0.3, 0.0, 0.0])
    x = dist.quantile(dist.LOGNORMAL, params, U)
    assert (np.diff(x) > 0).all()
    assert [dist.cumulative(dist.LOGNORMAL, params, v) for v in x] == pytest.approx(U.tolist(), rel=1e-7)


def test_discrete() -> None:
    points = (np.array([1.0, 2.0, 5.0]), np.array([0.25, 0.25, 0.5]))
    x = dist.quantile(dist.DISCRETE, np.zeros(4), np.array([0.1, 0.25, 0.26, 0.5, 0.51, 0.999]), points)
    assert x.tolist() == [1, 1, 2, 2, 5, 5]
    assert dist.best_estimate(dist.DISCRETE, np.zeros(4), points) == 2
    assert dist.cumulative(dist.DISCRETE, np.zeros(4), 2.5, points) == 0.5


def test_scaling() -> None:
    for kind, (params, reference, _) in CASES.items():
        x = dist.quantile(kind, dist.scaled(kind, np.array(params), 10.0), U)
        np.testing.assert_allclose(x, 10 * reference.ppf(U), rtol=1e-9)
