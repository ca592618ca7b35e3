"""Borgonovo's delta against SALib's estimator and against densities that are known."""

import numpy as np
import pytest
from SALib.analyze.delta import calc_delta
from scipy import integrate, stats

from usephase.insight.sensitivity.draws.delta import borgonovo, class_edges, density, distance, noise


def linear(draws: int) -> tuple[np.ndarray, np.ndarray]:
    x = np.random.default_rng(7).normal(size=(3, draws))
    return x, np.array([2.0, 1.0, 0.0]) @ x


@pytest.mark.parametrize("draws", [300, 2048])
def test_the_distance_is_salibs(draws: int) -> None:
    x, y = linear(draws)
    y = np.exp(y)
    grid, edges, whole = np.linspace(y.min(), y.max(), 100), class_edges(draws), np.empty(100)
    density(y, grid, whole)
    np.testing.assert_allclose(whole, stats.gaussian_kde(y, bw_method="silverman")(grid), rtol=1e-12, atol=1e-300)
    for values in x:
        mine = distance(y[np.argsort(values, kind="stable")], edges, grid, whole)
        assert mine == pytest.approx(calc_delta(y, grid, values, edges), rel=1e-9)


def test_delta_of_a_linear_model_of_normals() -> None:
    # y = 2 x1 + x2: half the area between N(0, √5) and N(2 x1, 1), averaged over x1; and so on.
    def known(slope: float) -> float:
        left = np.sqrt(5 - slope**2)

        def area(x: float) -> float:
            y = np.linspace(-15, 15, 4001)
            apart = np.abs(stats.norm.pdf(y, 0, np.sqrt(5)) - stats.norm.pdf(y, slope * x, left))
            return float(integrate.trapezoid(apart, y)) / 2 * float(stats.norm.pdf(x))

        at = np.linspace(-6, 6, 241)
        return float(integrate.trapezoid([area(x) for x in at], at))

    found, half = borgonovo(*linear(8192))
    np.testing.assert_allclose(found, [known(2.0), known(1.0), 0.0], atol=0.05)
    assert (half < 0.03).all()


def test_an_area_is_never_negative() -> None:
    # An output of two clusters: the correction for what no effect adds takes off more than there is.
    rng = np.random.default_rng(4)
    found = borgonovo(rng.random((24, 256)), (rng.random(256) < 0.1) + 1e-3 * rng.random(256))[0]
    assert (found >= 0).all()
    assert (found == 0).any()


def test_an_input_that_does_not_vary_has_no_delta() -> None:
    x, y = linear(256)
    x[1] = 3.0
    assert np.isnan(borgonovo(x, y)[0]).tolist() == [False, True, False]


def test_threads_change_nothing_and_the_seed_does() -> None:
    x, y = linear(512)
    np.testing.assert_array_equal(borgonovo(x, y, 0, workers=3), borgonovo(x, y, 0))
    assert not np.array_equal(borgonovo(x, y, 0), borgonovo(x, y, 1))


def test_a_class_without_variance_is_left_out() -> None:
    # A quarter of the outputs is 0: the classes of small x have no density.
    x = np.arange(400.0)
    y = np.where(x < 100, 0.0, np.sin(x))
    grid, edges, whole = np.linspace(-1, 1, 100), class_edges(400), np.empty(100)
    density(y, grid, whole)
    assert distance(y, edges, grid, whole) == pytest.approx(calc_delta(y, grid, x, edges), rel=1e-9)


def test_noise_is_what_an_input_without_effect_may_have() -> None:
    x, y = linear(2048)
    largest = noise(y)
    assert 0 < largest < 0.1
    assert borgonovo(x[:2], y)[0].min() > largest
    assert borgonovo(np.random.default_rng(9).random((20, 2048)), y)[0].max() < 1.5 * largest
