"""What is not declared to be correlated is independent, and what is declared is met: cells of whole catalogs."""

import math
from collections.abc import Mapping

import numpy as np
import pytest
from scipy import integrate, optimize, stats

import usephase
from tests.laws.catalogs import read
from tests.reference.random_catalogs import random_catalog
from usephase.catalog.table import Catalog
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


@pytest.mark.parametrize(
    "design", ["quasi", *(pytest.param(name, marks=pytest.mark.slow) for name in ("latin_hypercube", "random"))]
)
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


def rated(texts: list[str], dependence: dict[str, float], correlations: list[dict[str, str]] = []) -> Catalog:  # noqa: B006
    """Products of these rates, and of a use that is the same for all."""
    names = [f"P{i}" for i in range(len(texts))]
    tables = {
        "products": [{"product": n, "use_profile": "use", "lifetime": "life"} for n in names],
        "modes": [
            {"product": n, "mode": "on", "carrier": "electricity", "rate": f"{text} W"}
            for n, text in zip(names, texts, strict=True)
        ],
        "use_profiles": [{"use_profile": "use", "mode": "on", "amount": "1000 h/year"}],
        "lifetimes": [{"lifetime": "life", "mean": "10", "distribution": "fixed"}],
        "sales": [{"product": n, "region": "Area", "year": "2024", "units": "100"} for n in names],
        "grid": [{"zone": "Area", "scenario": "flat", "year": "2024", "intensity": "1"}],
        "zones": [{"zone": "Area", "loss": "0"}],
        "correlations": correlations,
    }
    settings = {"catalog": {"name": "Common", "reporting_year": 2024}, "grid": {"scenarios": {"flat": 1.0}}}
    return read({**settings, "dependence": dependence}, tables)


def rates(held: Mapping[tuple[str, str, str], np.ndarray], count: int) -> np.ndarray:
    return np.stack([held["modes", f"product=P{i};mode=on", "rate"] for i in range(count)])


@pytest.mark.parametrize("design", ["quasi", "latin_hypercube"])
def test_a_common_error_is_one_score_of_the_column(design: str) -> None:
    """ln x = ln m + σ(√ρ Z + √(1 − ρ) ε), with ε as it was and Z in a stream of its own; 0 and groups change no bit."""
    texts, rho = ["100 */ 1.5", "10 */ 2", "20 */ 3", "triangular(60, 80, 110)"], 0.3
    tie = [{"group": "g", "table": "modes", "row": f"product=P{i}", "column": "rate", "correlation": "0.5"}
           for i in (2, 3)]  # fmt: skip
    options = {"draws": 512, "design": design}
    plain = cell_draws(rated(texts, {}, tie), **options)
    none = cell_draws(rated(texts, {"modes.rate": 0.0}, tie), **options)
    held = cell_draws(rated(texts, {"modes.rate": rho}, tie), **options)
    assert none.keys() == plain.keys()
    assert all((none[name] == plain[name]).all() for name in plain)
    shared = held["dependence", "modes.rate", ""]
    for i, (median, factor) in enumerate([(100.0, 1.5), (10.0, 2.0)]):
        sigma = math.log(factor) / stats.norm.ppf(0.975)
        own, mixed = (np.log(rates(of, 4)[i] / median) / sigma for of in (plain, held))
        np.testing.assert_allclose(mixed, math.sqrt(rho) * shared + math.sqrt(1 - rho) * own, atol=1e-9)
    np.testing.assert_array_equal(rates(held, 4)[2:], rates(plain, 4)[2:])
    more = cell_draws(rated([*texts, "5 */ 2"], {"modes.rate": rho}, tie), **options)
    np.testing.assert_array_equal(rates(more, 4), rates(held, 4))


def test_a_sum_of_lognormals_with_a_common_error() -> None:
    """Its sd from the moments of lognormals, and of two the percentiles by integrating over one of them."""
    factors, rho, draws = [1.5, 2.0, 3.0, 2.5, 2.0, 1.2], 0.5, 16384
    sigma = [math.log(f) / stats.norm.ppf(0.975) for f in factors]
    for count in (2, 6):
        run = usephase.estimate(rated([f"100 */ {f}" for f in factors[:count]], {"modes.rate": rho}), draws=draws)
        total, unit = run.figure("total"), 100.0 * 1000 / 1e3 * 10 * 100 / 1e3  # t of a product at its median
        pairs = [(a, b, a * b * (1 if i == j else rho)) for i, a in enumerate(sigma[:count])
                 for j, b in enumerate(sigma[:count])]  # fmt: skip
        variance = sum(math.exp((a * a + b * b) / 2) * math.expm1(c) for a, b, c in pairs)
        assert total["sd"] == pytest.approx(unit * math.sqrt(variance), rel=0.02)
        if count > 2:
            continue
        first, second = sigma[:2]

        def below(t: float, first: float = first, second: float = second) -> float:
            top = math.log(t) / first

            def density(z: float) -> float:
                other = math.log(max(t - math.exp(first * z), 1e-300)) / second
                return stats.norm.pdf(z) * stats.norm.cdf((other - rho * z) / math.sqrt(1 - rho**2))

            return float(integrate.quad(density, -9, min(top, 9))[0])

        for name, p in (("p2_5", 0.025), ("p50", 0.5), ("p97_5", 0.975)):
            expected = optimize.brentq(lambda t, p=p: below(t) - p, 0.1, 20)
            assert total[name] == pytest.approx(unit * expected, rel=0.02), name


def test_a_correlation_leaves_the_marginals_alone() -> None:
    """Correlated uniforms are uniform: the largest distance of Kolmogorov and Smirnov stays below 1.95/√n (0.1 %)."""
    from usephase.sampling.dependence import correlated, score
    from usephase.sampling.design import Quasi, Random

    for design in (Quasi(3), Random(3)):
        own, common = (design.uniforms(g, 0, 0, 8192) for g in ("a", "b"))
        mixed = correlated(own, score(common), 0.7)
        assert stats.kstest(mixed, "uniform").statistic < 1.95 / math.sqrt(8192)
