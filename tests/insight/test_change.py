"""The logarithmic mean and the split of a change, by hand and on random chains with zeros."""

import math

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from usephase.insight.tracking.change import logarithmic_mean, split


def chain(*factors: float) -> np.ndarray:
    return np.cumprod(np.array(factors, dtype=float))[:, None]


def test_logarithmic_mean_by_hand() -> None:
    assert logarithmic_mean(np.array(math.e), np.array(1.0)) == pytest.approx(math.e - 1, rel=1e-15)
    assert logarithmic_mean(np.array(4.0), np.array(4.0)) == 4.0
    assert logarithmic_mean(np.array(4.0), np.array(0.0)) == 0.0
    assert logarithmic_mean(np.array(0.0), np.array(0.0)) == 0.0


@pytest.mark.parametrize("gap", [1e-16, 1e-12, 1e-8, 1e-5, 9.9e-4, 1.01e-3, 0.1, 10.0])
@pytest.mark.parametrize("sign", [1, -1])
def test_logarithmic_mean_keeps_its_digits_near_equality(gap: float, sign: int) -> None:
    b = 3.0
    a = b * (1 + gap) if sign > 0 else b / (1 + gap)
    with mpmath.workdps(60):
        exact = b if a == b else (mpmath.mpf(a) - b) / mpmath.log(mpmath.mpf(a) / b)
    assert float(logarithmic_mean(np.array(a), np.array(b))) == pytest.approx(float(exact), rel=5e-15)


def test_a_change_of_one_factor_is_all_its_own() -> None:
    parts = split(chain(100, 0.5, 3, 0.4), chain(100, 0.5, 2, 0.4))[:, 0]
    assert parts == pytest.approx([0, 0, 40 - 60, 0], abs=1e-12)


def test_two_factors_by_hand() -> None:
    # 2·3 = 6 to 4·5 = 20: L = 14/ln(20/6); parts L ln 2 and L ln(5/3).
    mean = 14 / math.log(20 / 6)
    parts = split(chain(2, 3), chain(4, 5))[:, 0]
    assert parts == pytest.approx([mean * math.log(2), mean * math.log(5 / 3)], rel=1e-14)


@pytest.mark.parametrize(("zero_at", "taker"), [(0, 0), (1, 1), (2, 2), (3, 3)])
@pytest.mark.parametrize("appears", [True, False])
def test_the_factor_that_is_zero_takes_the_whole_change(zero_at: int, taker: int, appears: bool) -> None:
    factors = [100, 0.5, 3, 0.4]
    there, gone = chain(*factors), chain(*(0 if i == zero_at else f for i, f in enumerate(factors)))
    parts = split(gone, there) if appears else split(there, gone)
    expected = np.zeros(4)
    expected[taker] = 60 if appears else -60
    assert parts[:, 0] == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("zero_at", [0, 1, 2, 3])
def test_zeros_are_the_limit_of_small_values(zero_at: int) -> None:
    # Only the factor at zero moves; the small value goes to 0 slowly in the logarithm, so the limit is seen from afar.
    factors = [100.0, 0.5, 3.0, 0.4]
    small = [1e-300 if i == zero_at else f for i, f in enumerate(factors)]
    gone = [0.0 if i == zero_at else f for i, f in enumerate(factors)]
    near = split(chain(*small), chain(*factors))[:, 0]
    limit = split(chain(*gone), chain(*factors))[:, 0]
    assert limit == pytest.approx(near, abs=1e-9 * 60)


amounts = st.one_of(st.just(0.0), st.floats(1e-6, 1e6))


@given(st.lists(st.tuples(amounts, amounts), min_size=1, max_size=8))
def test_parts_sum_to_the_change_whatever_is_zero(factors: list[tuple[float, float]]) -> None:
    before, after = chain(*(f[0] for f in factors)), chain(*(f[1] for f in factors))
    parts = split(before, after)
    level = max(before[-1, 0], after[-1, 0])
    assert np.isfinite(parts).all()
    assert abs(parts.sum() - (after[-1, 0] - before[-1, 0])) <= 1e-12 * level


@given(st.lists(st.tuples(amounts, amounts), min_size=1, max_size=6))
def test_time_reversed_the_parts_change_their_sign(factors: list[tuple[float, float]]) -> None:
    before, after = chain(*(f[0] for f in factors)), chain(*(f[1] for f in factors))
    level = max(before[-1, 0], after[-1, 0])
    assert split(before, after) == pytest.approx(-split(after, before), abs=1e-11 * level + 1e-300)
