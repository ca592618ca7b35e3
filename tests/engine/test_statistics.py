"""Percentiles by ranking against numpy's own."""

import numpy as np
import pytest

from usephase.engine.statistics import NAMES, PROBABILITIES, describe, quantiles


@pytest.mark.parametrize("count", [2, 3, 7, 64, 1000, 8191, 8192])
def test_the_same_bits_as_numpy(count: int) -> None:
    rng = np.random.default_rng(count)
    draws = rng.lognormal(size=(20, count)) * 10 ** rng.uniform(-9, 9, (20, 1))
    found = quantiles(np.sort(draws, axis=1), PROBABILITIES)
    np.testing.assert_array_equal(found, np.quantile(draws, PROBABILITIES, axis=1))


def test_a_number_that_is_none_spoils_its_row_alone() -> None:
    draws = np.random.default_rng(1).normal(size=(3, 100))
    draws[1, 50] = np.nan
    found = describe(draws, replicated=False)
    assert np.isnan(found[1]).all()
    np.testing.assert_array_equal(found[[0, 2], NAMES.index("p50")], np.median(draws[[0, 2]], axis=1))
