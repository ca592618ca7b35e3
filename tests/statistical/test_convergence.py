"""How fast the error of a mean falls, percentiles against closed forms, and the honesty of the stated errors."""

import math

import numpy as np
import pytest
from scipy import stats

import usephase
from tests.laws.catalogs import read
from usephase.catalog.table import Catalog
from usephase.results.run import Run

Z95 = stats.norm.ppf(0.975)


def one_product(rate: str, level: str = "1", hours: str = "1000") -> Catalog:
    """1,000 units used 1,000 h a year for 4 years at 0.5 kg/kWh: 2 t CO2e a watt."""
    settings = {"catalog": {"name": "One", "reporting_year": 2024}, "grid": {"level": level, "scenarios": {"s": 1.0}}}
    tables = {
        "products": [{"product": "P", "use_profile": "use", "lifetime": "life"}],
        "modes": [{"product": "P", "mode": "on", "carrier": "electricity", "rate": rate, "rate_unit": "W"}],
        "use_profiles": [{"use_profile": "use", "mode": "on", "amount": hours, "amount_unit": "h/year"}],
        "lifetimes": [{"lifetime": "life", "distribution": "fixed", "mean": "4"}],
        "sales": [{"product": "P", "region": "Area", "year": "2024", "units": "1000"}],
        "grid": [{"zone": "Area", "scenario": "s", "year": "2024", "intensity": "0.5"}],
    }
    return read(settings, tables)


def run(catalog: Catalog, draws: int, seed: int, design: str) -> Run:
    return usephase.estimate(catalog, draws=draws, seed=seed, design=design)


def errors(catalog: Catalog, exact: float, design: str, sizes: tuple[int, ...], seeds: int) -> list[float]:
    """Root mean square of the error of the mean, by number of draws."""
    found = []
    for draws in sizes:
        means = [run(catalog, draws, seed, design).figure("category_11")["mean"] for seed in range(seeds)]
        found.append(math.sqrt(np.mean((np.array(means) - exact) ** 2)))
    return found


def slope(sizes: tuple[int, ...], found: list[float]) -> float:
    return float(np.polyfit(np.log(sizes), np.log(found), 1)[0])


THREE = ("100 */ 1.5", "1 */ 1.3", "triangular(800, 1000, 1300)")


def exact_mean() -> float:
    own, common = (stats.lognorm(math.log(f) / Z95).mean() for f in (1.5, 1.3))
    return 200.0 * own * common * (800 + 1000 + 1300) / 3000


def test_the_error_of_quasi_falls_faster_than_random_ones() -> None:
    """Three factors in three groups: steeper than n^−½ from 64 to 2,048 draws, there less than half of random ones."""
    catalog, sizes = one_product(*THREE), (64, 2048)
    quasi = errors(catalog, exact_mean(), "quasi", sizes, 8)
    plain = errors(catalog, exact_mean(), "random", sizes[-1:], 8)
    assert slope(sizes, quasi) < -0.55
    assert quasi[-1] < plain[-1] / 2


@pytest.mark.slow
def test_rates_of_convergence() -> None:
    """Independent draws at n^−½, three lognormal and triangular factors of three groups faster; one uniform cell alone
    near n^−1.5, as theory has it for a scrambled net and a smooth figure."""
    sizes = (64, 256, 1024, 4096)
    plain = slope(sizes, errors(one_product(*THREE), exact_mean(), "random", sizes, 24))
    assert plain == pytest.approx(-0.5, abs=0.15)
    three = slope(sizes, errors(one_product(*THREE), exact_mean(), "quasi", sizes, 24))
    assert three < -0.55
    assert slope(sizes, errors(one_product("uniform(80, 140)"), 220.0, "quasi", sizes, 24)) < -1.2


# One uncertain rate: the figure is 2 t a watt, so its percentiles are the rate's.
RATES = {
    "normal": ("normal(100, 10)", stats.norm(100, 10)),
    "plus or minus": ("100 ± 20%", stats.norm(100, 20 / Z95)),
    "lognormal": ("lognormal(100, 1.3)", stats.lognorm(math.log(1.3), scale=100)),
    "times or over": ("100 */ 1.4", stats.lognorm(math.log(1.4) / Z95, scale=100)),
    "uniform": ("uniform(80, 140)", stats.uniform(80, 60)),
    "triangular": ("triangular(60, 80, 110)", stats.triang(0.4, 60, 50)),
    "pert": ("pert(60, 80, 110)", stats.beta(2.6, 3.4, 60, 50)),
    "beta": ("beta(2, 5, 50, 150)", stats.beta(2, 5, 50, 100)),
    "gamma": ("gamma(4, 25)", stats.gamma(4, scale=25)),
    "weibull": ("weibull(1.8, 110)", stats.weibull_min(1.8, scale=110)),
}
POINTS = {"p2_5": 0.025, "p5": 0.05, "p25": 0.25, "p50": 0.5, "p75": 0.75, "p95": 0.95, "p97_5": 0.975}


@pytest.mark.parametrize("name", RATES)
def test_percentiles_are_the_closed_forms(name: str) -> None:
    """Within one draw in a thousand of the right probability; mean and spread within 0.1 % and 0.5 %."""
    text, exact = RATES[name]
    row = run(one_product(text), 4096, 1, "quasi").figure("category_11")
    for column, p in POINTS.items():
        assert exact.cdf(row[column] / 2) == pytest.approx(p, abs=1e-3), column
    assert row["mean"] == pytest.approx(2 * exact.mean(), rel=1e-3)
    assert row["sd"] == pytest.approx(2 * exact.std(), rel=5e-3)


@pytest.mark.slow
@pytest.mark.parametrize("design", ["quasi", "latin_hypercube", "random"])
def test_percentiles_scatter_no_more_than_order_statistics(design: str) -> None:
    """Over 200 seeds the probability at a percentile is right on average, and scatters at most as √(p(1 − p)/n)."""
    catalog, draws, seeds = one_product("100 */ 1.4"), 512, 200
    exact = stats.lognorm(math.log(1.4) / Z95, scale=100)
    rows = [run(catalog, draws, seed, design).figure("category_11") for seed in range(seeds)]
    for column, p in POINTS.items():
        at = exact.cdf(np.array([row[column] for row in rows]) / 2)
        theory = math.sqrt(p * (1 - p) / draws)
        assert at.mean() == pytest.approx(p, abs=1 / draws + 4 * theory / math.sqrt(seeds))
        assert at.std() < 1.2 * theory


@pytest.mark.slow
def test_intervals_of_the_mean_cover_with_a_latin_hypercube() -> None:
    """mean ± t · mcse (7 degrees of freedom, from 8 replicates) holds the exact mean in 95 ± 3 % of 400 runs."""
    catalog, exact = one_product(*THREE), exact_mean()
    inside = 0
    for seed in range(400):
        row = run(catalog, 512, seed, "latin_hypercube").figure("category_11")
        inside += abs(row["mean"] - exact) <= stats.t.ppf(0.975, 7) * row["mcse"]
    assert 0.92 <= inside / 400 <= 0.98
