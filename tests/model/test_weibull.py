"""The compiled Weibull lives against the plain ones, and the compiled functions against numpy and scipy."""

from collections.abc import Callable

import numpy as np
import pytest
from numba import njit
from scipy import special

from usephase.model import mathematics
from usephase.model.lifetime import LAST_YEAR, years_in_service
from usephase.model.weibull import weibull_years_in_service


@pytest.mark.parametrize("timing", ["mid_year", "start_of_year"])
@pytest.mark.parametrize(("low", "high"), [(0.25, 1), (1, 3), (3, 40)])
@pytest.mark.parametrize("scrapped", [False, True])
def test_lives(timing: str, low: float, high: float, scrapped: bool) -> None:
    rng = np.random.default_rng(0)
    mean, shape = np.exp(rng.uniform(np.log(0.1), np.log(300), 999)), rng.uniform(low, high, 999)
    limit = rng.uniform(0.3, 40, 999) if scrapped else None
    plain = years_in_service("weibull", mean, shape, limit, timing)
    fast = weibull_years_in_service(mean, shape, limit, timing)
    for a, b, unit in zip(fast, plain, (mean, 1.0, mean), strict=True):
        a, b = (np.vstack([x, np.zeros((LAST_YEAR - len(x), 999))]) if x.ndim > 1 else x for x in (a, b))
        # What is left below 1e-9 of a life may be booked a year apart.
        np.testing.assert_allclose(a / unit, b / unit, rtol=0, atol=2e-9)
        assert np.mean(np.abs(a - b) / unit < 1e-12) > 0.999
    np.testing.assert_allclose(fast[0].sum(axis=0), fast[2], rtol=1e-12)


@pytest.mark.parametrize(
    ("function", "reference", "low", "high", "error"),
    [
        (mathematics.exp, np.exp, -700, 700, 4e-16),
        (mathematics.log, lambda y: np.log(y), 1e-30, 1e30, 4e-16),
        (mathematics.normal_quantile, special.ndtri, 1e-15, 1 - 1e-15, 1e-14),
        (mathematics.normal_quantile_within, special.ndtri, 2e-11, 1 - 2e-11, 1e-14),
        (mathematics.log_gamma, special.gammaln, 1.0, 40.0, 2e-15),
    ],
)
def test_functions(function: Callable, reference: Callable, low: float, high: float, error: float) -> None:
    @njit
    def apply(x: np.ndarray) -> np.ndarray:
        out = np.empty_like(x)
        for i in range(x.size):
            out[i] = function(x[i])
        return out

    rng = np.random.default_rng(1)
    x = rng.uniform(low, high, 20000)
    if low > 0:
        x = np.concatenate([x, np.exp(rng.uniform(np.log(low), np.log(min(high, 1.0)), 20000))])
    exact = reference(x)
    atol = 4e-15 * np.maximum(1, special.gammaln(x + 8)) if function is mathematics.log_gamma else 1e-16
    assert (np.abs(apply(x) - exact) <= error * np.abs(exact) + atol).all()
