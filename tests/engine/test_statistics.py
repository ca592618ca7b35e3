"""Percentiles by ranking against numpy's own, by both kernels."""

import numpy as np
import pytest

from tests.seeds import some
from usephase.engine.plan.study import Kernel
from usephase.engine.run.statistics import NAMES, PROBABILITIES, describe, quantiles

KERNELS: list[Kernel] = ["numpy", "numba"]
SHAPES = {
    "normal": lambda rng, size: rng.normal(size=size),
    "far from 0": lambda rng, size: 1e6 + rng.normal(size=size),
    "skewed": lambda rng, size: rng.lognormal(0, 2, size),
    "skewed down": lambda rng, size: -rng.lognormal(0, 2, size),
    "both tails": lambda rng, size: rng.standard_cauchy(size),
    "tail without end": lambda rng, size: rng.pareto(0.05, size),
    "few values": lambda rng, size: rng.integers(0, 3, size).astype(float),
    "two heaps": lambda rng, size: np.where(rng.random(size) < 0.5, rng.normal(0, 1e-9, size), rng.normal(1, 1, size)),
    "mostly one value": lambda rng, size: np.where(rng.random(size) < 0.97, 7.0, rng.normal(size=size)),
    "in order": lambda rng, size: np.sort(rng.normal(size=size), axis=-1),
    "a line": lambda rng, size: np.broadcast_to(np.arange(size[-1], dtype=float), size).copy(),
    "the greatest numbers": lambda rng, size: rng.choice([-1.0, 1.0], size) * rng.uniform(1e307, 1.7e308, size),
    "the least numbers": lambda rng, size: rng.choice([-1.0, 1.0], size) * rng.uniform(0, 1e-310, size),
}


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("count", [2, 3, 7, 64, 1000, 8191, 8192])
def test_the_same_bits_as_numpy(count: int, kernel: Kernel) -> None:
    rng = np.random.default_rng(count)
    draws = rng.lognormal(size=(20, count)) * 10 ** rng.uniform(-9, 9, (20, 1))
    least, most, found = quantiles(draws, PROBABILITIES, kernel)
    np.testing.assert_array_equal(found, np.quantile(draws, PROBABILITIES, axis=1))
    np.testing.assert_array_equal(least, draws.min(axis=1))
    np.testing.assert_array_equal(most, draws.max(axis=1))


@pytest.mark.parametrize("seed", some(1, 40))
@pytest.mark.parametrize("shape", SHAPES)
def test_kernels_give_the_same_bits_whatever_the_draws_look_like(shape: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    draws = SHAPES[shape](rng, (12, int(rng.integers(2, 5000))))
    for one, other in zip(*(quantiles(draws, PROBABILITIES, kernel) for kernel in KERNELS), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("kernel", KERNELS)
def test_what_is_not_finite_is_ranked_as_by_sorting(kernel: Kernel) -> None:
    draws = np.random.default_rng(2).normal(size=(4, 4097))
    draws[0, 5], draws[1, :300], draws[2, :200], draws[2, 300] = np.inf, -np.inf, np.inf, -np.inf
    ranked = np.sort(draws, axis=1)
    with np.errstate(invalid="ignore"):
        least, most, found = quantiles(draws, (0.0, 0.25, 0.5, 0.75), kernel)
    np.testing.assert_array_equal(least, ranked[:, 0])
    np.testing.assert_array_equal(most, ranked[:, -1])
    np.testing.assert_array_equal(found[1:], ranked.T[[1024, 2048, 3072]])


@pytest.mark.parametrize("kernel", KERNELS)
def test_a_number_that_is_none_spoils_its_row_alone(kernel: Kernel) -> None:
    draws = np.random.default_rng(1).normal(size=(3, 1000))
    draws[1, 500] = np.nan
    found = describe(draws, replicated=False, kernel=kernel)
    assert np.isnan(found[1]).all()
    np.testing.assert_array_equal(found[[0, 2], NAMES.index("p50")], np.median(draws[[0, 2]], axis=1))
