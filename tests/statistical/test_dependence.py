"""What is not declared to be correlated is independent, and what is declared is met: cells of whole catalogs."""

import math

import numpy as np
import pytest
from scipy import stats

from tests.laws.catalogs import read
from tests.reference.random_catalogs import random_catalog
from usephase.engine.run.estimate import cell_draws

DRAWS = 2048
# Of so many pairs of independent draws the largest rank correlation stays below this many standard errors with
# near certainty: the bound of Bonferroni at one in a thousand.
ERROR = 0.001


def ranks(x: np.ndarray) -> np.ndarray:
    return stats.rankdata(x, axis=1)


def uncertain(seed: int, design: str) -> tuple[list[tuple[str, str, str]], np.ndarray]:
    """Draw every continuous cell of a random catalog. Shape (cell, draw)."""
    settings, tables = random_catalog(np.random.default_rng(seed), "small")
    drawn = cell_draws(read(settings, tables), draws=DRAWS, seed=seed, design=design)
    held = {address: x for address, x in drawn.items() if x.dtype == float and len(np.unique(x)) > DRAWS // 2}
    return list(held), np.stack(list(held.values()))


def bound(pairs: int) -> float:
    return float(stats.norm.isf(ERROR / (2 * pairs)) / math.sqrt(DRAWS - 1))


@pytest.mark.parametrize("design", ["quasi", "latin_hypercube", "random"])
def test_undeclared_pairs_are_independent(design: str) -> None:
    """Every pair of cells, of one group or of two, on three catalogs."""
    for seed in range(3):
        names, draws = uncertain(seed, design)
        above = np.triu_indices(len(names), 1)
        found = np.corrcoef(ranks(draws))[above]
        worst = int(np.argmax(np.abs(found)))
        pair = [names[above[side][worst]] for side in (0, 1)]
        assert len(found) > 200
        assert abs(found[worst]) < bound(len(found)), (seed, pair, found[worst])
        # Not one pair alone: all of them scatter as independent ones do, or less.
        assert found.std() * math.sqrt(DRAWS - 1) < 1.05


@pytest.mark.parametrize("correlation", [0.0, 0.3, 0.6, 0.95])
@pytest.mark.parametrize("design", ["quasi", "random"])
def test_declared_correlations_are_met(design: str, correlation: float) -> None:
    """Normal scores of every pair of a group correlate as declared; ranks by 6/π asin(ρ/2), whatever the marginals."""
    texts = ["100 */ 1.5", "uniform(80, 120)", "triangular(60, 80, 110)", "gamma(4, 25)", "normal(100, 10)"]
    names = [f"P{i}" for i in range(len(texts))]
    tables = {
        "products": [{"product": n, "use_profile": "use", "lifetime": "life"} for n in names],
        "modes": [
            {"product": n, "mode": "on", "carrier": "electricity", "rate": f"{text} W"}
            for n, text in zip(names, texts, strict=True)
        ],
        "use_profiles": [{"use_profile": "use", "mode": "on", "amount": "1000 */ 1.2 h/year"}],
        "lifetimes": [{"lifetime": "life", "mean": "7 */ 1.2"}],
        "sales": [{"product": n, "region": "Area", "year": "2024", "units": "10"} for n in names],
        "grid": [{"zone": "Area", "scenario": "flat", "year": "2024", "intensity": "0.5"}],
        "correlations": [
            {"group": "g", "table": "modes", "row": "", "column": "rate", "correlation": str(correlation)}
        ],
    }
    settings = {"catalog": {"name": "Correlations", "reporting_year": 2024}, "grid": {"scenarios": {"flat": 1.0}}}
    draws = 16384
    held = cell_draws(read(settings, tables), draws=draws, design=design)
    rates = np.stack([held["modes", f"product={n};mode=on", "rate"] for n in names])
    others = np.stack(
        [held["use_profiles", "use_profile=use;mode=on", "amount"], held["lifetimes", "lifetime=life", "mean"]]
    )
    order = ranks(np.concatenate([rates, others]))
    scores = stats.norm.ppf((order - 0.5) / draws)
    tolerance = 4.5 / math.sqrt(draws)
    count = len(names)
    rank_correlation = 6 / math.pi * math.asin(correlation / 2)
    for matrix, expected in ((np.corrcoef(scores), correlation), (np.corrcoef(order), rank_correlation)):
        inside = matrix[:count, :count][np.triu_indices(count, 1)]
        np.testing.assert_allclose(inside, expected, atol=tolerance)
        np.testing.assert_allclose(matrix[:count, count:], 0, atol=tolerance)


def test_a_correlation_leaves_the_marginals_alone() -> None:
    """Correlated uniforms are uniform: the largest distance of Kolmogorov and Smirnov stays below 1.95/√n (0.1 %)."""
    from usephase.sampling.dependence import correlated
    from usephase.sampling.design import Quasi, Random

    for design in (Quasi(3), Random(3)):
        own, common = (design.uniforms(g, 0, 0, 8192) for g in ("a", "b"))
        mixed = correlated(own, common, 0.7)
        assert stats.kstest(mixed, "uniform").statistic < 1.95 / math.sqrt(8192)
