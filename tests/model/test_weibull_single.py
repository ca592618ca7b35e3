"""Lives and elementary functions in single precision against those in double."""

from typing import Any

import numpy as np
import pytest
from numba import njit
from scipy import special

from usephase.model import mathematics_single as single
from usephase.model.lifetime import LAST_YEAR
from usephase.model.weibull import weibull_years_in_service
from usephase.model.weibull_single import LANES, MOST_STEPS, SMOOTH, weibull_years_in_service_single

COUNT = 8 * LANES - 5


def _whole(x: np.ndarray) -> np.ndarray:
    return np.vstack([x, np.zeros((LAST_YEAR - len(x), x.shape[1]))]).astype(float)


@pytest.mark.parametrize("timing", ["mid_year", "start_of_year"])
@pytest.mark.parametrize(("low", "high"), [(0.5, 1), (1, 3), (3, 12)])
@pytest.mark.parametrize("scrapped", ["never", "at 30", "at any age"])
def test_lives(timing: str, low: float, high: float, scrapped: str) -> None:
    rng = np.random.default_rng(0)
    mean, shape = np.exp(rng.uniform(np.log(0.3), np.log(60), COUNT)), rng.uniform(low, high, COUNT)
    mean = np.maximum(mean, 1.1 * shape / (SMOOTH * MOST_STEPS))  # shorter lives are refused
    limit = {"never": np.inf, "at 30": 30.0, "at any age": rng.uniform(0.6, 40, COUNT)}[scrapped]
    mean, shape, limit = (np.float32(x).astype(float) for x in np.broadcast_arrays(mean, shape, limit))
    made = weibull_years_in_service_single(mean, shape, limit, timing)
    assert made is not None
    service, retired, life = weibull_years_in_service(mean, shape, limit, timing)
    assert (np.abs(_whole(made[0]) - _whole(service)) <= 2e-6 * mean).all()
    np.testing.assert_allclose(made[2], life, rtol=2e-6)
    # What is left of a life may be retired a year apart: then both years together agree.
    shares, exact = _whole(made[1]).cumsum(axis=0), _whole(retired).cumsum(axis=0)
    assert np.quantile(np.abs(shares - exact), 0.999) < 2e-6
    assert np.abs(shares - exact).max() < 1e-4
    np.testing.assert_allclose(shares[-1], 1.0, rtol=2e-6)
    assert (made[0] >= 0).all()
    assert made[0].dtype == made[1].dtype == made[2].dtype == np.float32


def test_early_retirements_keep_their_digits() -> None:
    mean, shape = np.full(LANES, 20.0), np.linspace(2.0, 6.0, LANES)
    made = weibull_years_in_service_single(mean, shape, None, "start_of_year")
    assert made is not None
    retired = weibull_years_in_service(mean, np.float32(shape).astype(float), None, "start_of_year")[1]
    np.testing.assert_allclose(made[1][:5], retired[:5], rtol=1e-5)


@pytest.mark.parametrize(("mean", "shape", "limit"), [(0.1, 2.0, None), (5.0, 0.2, None), (90.0, 2.0, 149.0)])
def test_unusual_lives_are_refused(mean: float, shape: float, limit: float | None) -> None:
    row = np.full(3, mean)
    assert weibull_years_in_service_single(row, np.full(3, shape), limit, "mid_year") is None


@njit(fastmath={"contract"})
def _exp(x: np.ndarray, out: np.ndarray) -> None:
    for i in range(x.size):
        out[i] = single.exp(x[i])


@njit(fastmath={"contract"})
def _exp2(x: np.ndarray, out: np.ndarray) -> None:
    for i in range(x.size):
        out[i] = single.exp2(x[i])


@njit(fastmath={"contract"})
def _log(x: np.ndarray, out: np.ndarray) -> None:
    for i in range(x.size):
        out[i] = single.log(x[i])


@njit(fastmath={"contract"})
def _quantile(below: np.ndarray, above: np.ndarray, out: np.ndarray) -> None:
    for i in range(below.size):
        out[i] = single.normal_quantile(below[i], above[i])


def test_elementary_functions() -> None:
    rng = np.random.default_rng(1)
    out = np.empty(40000, dtype=np.float32)
    x = np.concatenate([rng.uniform(-87, 88, 20000), rng.uniform(-1, 1, 20000)]).astype(np.float32)
    _exp(x, out)
    np.testing.assert_allclose(out, np.exp(x.astype(float)), rtol=3e-7)
    _exp2(x, out)
    np.testing.assert_allclose(out, np.exp2(x.astype(float)), rtol=3e-7)
    x = np.exp(np.concatenate([rng.uniform(-80, 80, 20000), rng.uniform(-1, 1, 20000)])).astype(np.float32)
    _log(x, out)
    np.testing.assert_allclose(out, np.log(x.astype(float)), rtol=3e-7, atol=1e-7)


def test_normal_quantile_keeps_both_tails() -> None:
    rng = np.random.default_rng(2)
    out = np.empty(40000, dtype=np.float32)
    below = np.concatenate([rng.uniform(0, 1, 20000), np.exp(rng.uniform(-22.8, -0.7, 20000))])
    exact = special.ndtri(below)
    _quantile(np.float32(below), np.float32(1 - below), out)
    assert (np.abs(out - exact) <= 6e-7 * np.maximum(1, np.abs(exact))).all()
    _quantile(np.float32(1 - below), np.float32(below), out)
    assert (np.abs(out + exact) <= 6e-7 * np.maximum(1, np.abs(exact))).all()


@pytest.mark.parametrize(("function", "count"), [(_exp, 2), (_exp2, 2), (_log, 2), (_quantile, 3)])
def test_nothing_is_widened(function: Any, count: int) -> None:
    function(*np.full((count, 4), 0.5, dtype=np.float32))
    code = "\n".join(function.inspect_llvm().values())
    assert "fpext float" not in code
    assert "fmul contract float" in code
