"""Bootstrap intervals and the firmness of an order, against plain numpy."""

import numpy as np
import pytest

from usephase.engine.adjoint.passes import BLOCKS
from usephase.insight.sensitivity.estimators import OutputSums, indices, resampling
from usephase.insight.sensitivity.intervals import intervals
from usephase.insight.sensitivity.stability import stability


@pytest.mark.parametrize("resamples", [1, 2, 39, 200, 1000])
def test_intervals_are_numpys_quantiles(resamples: int) -> None:
    rng = np.random.default_rng(resamples)
    sums, weights = rng.lognormal(size=(50, BLOCKS)), resampling(3, resamples)
    sums[7] = 0.0
    scales = rng.uniform(0.5, 2, resamples)
    again = sums @ weights.T * scales
    found = intervals(sums, weights, scales, 0.95)
    np.testing.assert_allclose([found.low, found.high], np.quantile(again, [0.025, 0.975], axis=1), rtol=1e-12)
    np.testing.assert_allclose(found.most, again.max(axis=1), rtol=1e-12)
    for one, two in zip(found, intervals(sums, weights, scales, 0.95, workers=2), strict=True):
        np.testing.assert_array_equal(one, two)


def test_stability_looks_at_all_factors() -> None:
    rng = np.random.default_rng(2)
    output = OutputSums(0.0)
    f_a, f_b = rng.normal(size=(2, 1024))
    output.add(f_a, f_b)
    squared = rng.gamma(1.0, 1.0, size=(300, BLOCKS)) * np.linspace(0.5, 1, 300)[:, None]
    weights = resampling(1)
    found = indices(output, squared, squared, weights)
    # The same from every factor in every resample.
    again = squared @ weights.T
    leading = np.argsort(-squared.sum(axis=1))[:10]
    places = np.argsort(np.argsort(-again, axis=0), axis=0)[leading]
    got = stability(found, output, squared, weights)
    assert got["top_overlap"] == pytest.approx((places < 10).mean())
    among = np.argsort(np.argsort(-again[leading], axis=0), axis=0)
    spearman = [np.corrcoef(among[:, r], np.arange(10))[0, 1] for r in range(len(weights))]
    assert got["rank_correlation"] == pytest.approx(np.mean(spearman))
