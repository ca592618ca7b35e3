"""Indices of functions whose indices are known, and the outputs that estimators stumble over."""

import math
from collections.abc import Callable

import numpy as np
import pytest

from usephase.engine.adjoint.rows import SecondSample
from usephase.errors import NumericError
from usephase.insight.sensitivity.estimators import Indices, from_outputs, squares
from usephase.sampling.design import make_design

DRAWS = 4096
Model = Callable[[np.ndarray], np.ndarray]


def indices_of(model: Model, factors: int, draws: int = DRAWS, seed: int = 1) -> Indices:
    """Swap each factor of a model of uniforms (factor, draw)."""
    first = make_design("quasi", seed, draws)
    second = SecondSample(first)
    a = np.stack([first.uniforms("model", i, 0, draws) for i in range(factors)])
    b = np.stack([second.uniforms("model", i, 0, draws) for i in range(factors)])
    return from_outputs(model(a), model(b), swapped(model, a, b), swapped(model, b, a), seed=seed)


def swapped(model: Model, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Evaluate at one sample with each factor from the other. Shape (factor, draw)."""
    rows = np.arange(len(a))[:, None]
    return np.array([model(np.where(rows == i, b, a)) for i in range(len(a))])


def ishigami(u: np.ndarray, a: float = 7.0, b: float = 0.1) -> np.ndarray:
    x = math.pi * (2 * u - 1)
    return np.asarray(np.sin(x[0]) + a * np.sin(x[1]) ** 2 + b * x[2] ** 4 * np.sin(x[0]))


def test_ishigami() -> None:
    a, b, pi = 7.0, 0.1, math.pi
    v1, v2, v13 = 0.5 * (1 + b * pi**4 / 5) ** 2, a**2 / 8, 8 * b**2 * pi**8 / 225
    whole = v1 + v2 + v13
    found = indices_of(ishigami, 3)
    np.testing.assert_allclose(found.s1, [v1 / whole, v2 / whole, 0.0], atol=0.02)
    np.testing.assert_allclose(found.st, [(v1 + v13) / whole, v2 / whole, v13 / whole], atol=0.02)
    assert (found.s1_low <= found.s1).all()
    assert (found.st_high >= found.st).all()


def test_sobol_g() -> None:
    a = np.array([0.0, 1.0, 4.5, 9.0, 99.0, 99.0])

    def g(u: np.ndarray) -> np.ndarray:
        return np.asarray(np.prod((np.abs(4 * u - 2) + a[:, None]) / (1 + a[:, None]), axis=0))

    part = 1 / (3 * (1 + a) ** 2)
    whole = np.prod(1 + part) - 1
    found = indices_of(g, 6)
    np.testing.assert_allclose(found.s1, part / whole, atol=0.02)
    np.testing.assert_allclose(found.st, part * (whole + 1) / (1 + part) / whole, atol=0.02)


def test_linear_model() -> None:
    slopes = np.array([1.0, 2.0, 3.0, 0.0])

    def linear(u: np.ndarray) -> np.ndarray:
        # A mean that dwarfs the spread: without centering S1 would be lost in it.
        return np.asarray(1e4 + slopes @ u)

    expected = slopes**2 / (slopes**2).sum()
    found = indices_of(linear, 4)
    np.testing.assert_allclose(found.s1, expected, atol=0.02)
    np.testing.assert_allclose(found.st, expected, atol=0.02)
    # A factor without effect has exactly none.
    assert found.s1[3] == found.st[3] == found.st_high[3] == 0


def test_two_factors_that_add_make_up_the_variance_in_any_sample() -> None:
    # D = (x' − x) + (y' − y) with A and B as they are, (x' − x) − (y' − y) with one factor exchanged: half the sum of
    # the squares has no product of both left, so that the parts sum to 1 however few the draws.
    found = indices_of(lambda u: np.asarray(3 * np.exp(u[0]) + u[1] ** 2), 2, draws=64)
    assert found.s1.sum() == pytest.approx(1, abs=1e-12)
    np.testing.assert_allclose(found.st, found.s1, rtol=1e-12)


def test_the_variance_has_no_bias_and_less_noise_than_that_of_two_samples() -> None:
    # A product of two uniforms: 1/9 − 1/16.
    rng = np.random.default_rng(11)
    found, plain = np.zeros(2000), np.zeros(2000)
    for k in range(found.size):
        a, b = rng.random((2, 2, 16))
        f_a, f_b = a.prod(axis=0), b.prod(axis=0)
        there, back = np.array([b[0] * a[1], a[0] * b[1]]) - f_a, np.array([a[0] * b[1], b[0] * a[1]]) - f_b
        found[k] = squares(f_a, f_b, there, back, np.array([0.5, 0.5])).sum() / 16
        plain[k] = squares(f_a, f_b, there[:0], back[:0], np.zeros(0)).sum() / 16
    for x in (found, plain):
        assert abs(x.mean() - (1 / 9 - 1 / 16)) < 4 * x.std() / math.sqrt(x.size)
    assert found.std() < 0.8 * plain.std()


def test_intervals_hold_the_truth_about_as_often_as_they_say() -> None:
    slopes = np.array([1.0, 2.0, 3.0])
    truth = slopes**2 / (slopes**2).sum()
    inside = total = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        a, b = rng.random((3, 512)), rng.random((3, 512))

        def model(u: np.ndarray) -> np.ndarray:
            return np.asarray(slopes @ np.exp(u))

        found = from_outputs(model(a), model(b), swapped(model, a, b), swapped(model, b, a), seed=seed)
        for value, low, high in ((truth, found.s1_low, found.s1_high), (truth, found.st_low, found.st_high)):
            inside += int(((low <= value) & (value <= high)).sum())
            total += 3
    assert 0.88 <= inside / total <= 0.99


def test_two_factors_only() -> None:
    found = indices_of(lambda u: np.asarray(u[0] * u[1]), 2)
    # V(E[f|u1]) = V(u)/4, V(f) = 1/9 − 1/16.
    first = (1 / 12 / 4) / (1 / 9 - 1 / 16)
    np.testing.assert_allclose(found.s1, first, atol=0.02)
    np.testing.assert_allclose(found.st, 1 - first, atol=0.02)


def test_a_constant_output_has_no_indices() -> None:
    found = from_outputs(np.full(128, 3.3), np.full(128, 3.3), np.full((2, 128), 3.3), np.full((2, 128), 3.3))
    assert np.isnan(found.s1).all()
    assert np.isnan(found.st).all()


@pytest.mark.parametrize("where", ["a", "b", "ab", "ba"])
def test_one_nan_is_refused(where: str) -> None:
    rng = np.random.default_rng(0)
    f = {"a": rng.random(128), "b": rng.random(128), "ab": rng.random((2, 128)), "ba": rng.random((2, 128))}
    f[where].flat[77] = np.nan
    with pytest.raises(NumericError, match="finite"):
        from_outputs(f["a"], f["b"], f["ab"], f["ba"])


def test_seed_zero_is_a_seed() -> None:
    one, again, other = (indices_of(ishigami, 3, 256, seed) for seed in (0, 0, 5))
    np.testing.assert_array_equal(one.s1_low, again.s1_low)
    assert (one.s1 != other.s1).any()
