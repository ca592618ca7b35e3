"""Figures of whole runs against closed forms: lognormal products, and sums that share a factor."""

from pathlib import Path

import numpy as np
import pytest
from scipy import stats

import usephase
from tests.reference.folder import write_catalog
from usephase.catalog.table import Catalog
from usephase.results.run import Run

Z95 = stats.norm.ppf(0.975)
YEARS, KG_PER_KWH = 4.0, 0.5


def portfolio(folder: Path, products: int, level: str, rate: str, draws: int) -> Run:
    return usephase.estimate(catalog_of(folder, products, level, rate), draws=draws, seed=1)


def catalog_of(folder: Path, products: int, level: str, rate: str) -> Catalog:
    """Products of 100 W used 1,000 h a year for 4 years, 10 sold of each: 2 t CO2e each at the best estimate."""
    names = [f"P{i}" for i in range(products)]
    settings = {
        "catalog": {"name": "Closed forms", "reporting_year": 2024},
        "grid": {"level": level, "scenarios": {"flat": 1.0}},
    }
    tables = {
        "products": [{"product": n, "use_profile": "use", "lifetime": "life"} for n in names],
        "modes": [
            {"product": n, "mode": "on", "carrier": "electricity", "rate": rate, "rate_unit": "W"} for n in names
        ],
        "use_profiles": [{"use_profile": "use", "mode": "on", "amount": "1000", "amount_unit": "h/year"}],
        "lifetimes": [{"lifetime": "life", "distribution": "fixed", "mean": str(YEARS)}],
        "sales": [{"product": n, "region": "Area", "year": "2024", "units": "10"} for n in names],
        "grid": [{"zone": "Area", "scenario": "flat", "year": "2024", "intensity": str(KG_PER_KWH)}],
    }
    return usephase.read_catalog(write_catalog(folder, settings, tables))


def test_product_of_lognormals_is_lognormal(tmp_path: Path) -> None:
    """Median 2 t; σ² is the sum of the squares: (ln 1.5/1.96)² + (ln 1.2/1.96)²."""
    row = portfolio(tmp_path / "c", 1, "1 */ 1.2", "100 */ 1.5", 8192).figure("category_11")
    sigma = np.hypot(np.log(1.5), np.log(1.2)) / Z95
    exact = stats.lognorm(sigma, scale=2.0)
    assert row["best_estimate"] == pytest.approx(2.0, rel=1e-12)
    assert row["mean"] == pytest.approx(exact.mean(), abs=5 * row["mcse"] + 1e-4)
    assert row["sd"] == pytest.approx(exact.std(), rel=0.01)
    for column, p in (("p2_5", 0.025), ("p50", 0.5), ("p95", 0.95), ("p97_5", 0.975)):
        assert row[column] == pytest.approx(exact.ppf(p), rel=0.01), column


@pytest.mark.parametrize("products", [10, 100])
def test_common_grid_error_does_not_average_out(products: int, tmp_path: Path) -> None:
    """Var Σ = G²-moment · (n Var X + n² E²X) − …, with G the shared factor and X the products' own."""
    row = portfolio(tmp_path / "c", products, "1 */ 1.3", "100 */ 1.5", 8192).figure("category_11")
    own, common = (stats.lognorm(np.log(f) / Z95) for f in (1.5, 1.3))
    mean = 2.0 * products * own.mean() * common.mean()
    second = (common.var() + common.mean() ** 2) * (products * own.var() + (products * own.mean()) ** 2) * 4.0
    assert row["mean"] == pytest.approx(mean, rel=0.003)
    assert row["sd"] == pytest.approx(np.sqrt(second - mean**2), rel=0.03)


def test_independent_products_average_out(tmp_path: Path) -> None:
    """The spread of a sum of independent products grows with √n, whatever the net: its groups are independent."""
    products = 80
    ratios = []
    catalog = catalog_of(tmp_path / "c", products, "1", "100 */ 1.5")
    for seed in range(10):
        row = usephase.estimate(catalog, draws=2048, seed=seed).figure("category_11")
        ratios.append(row["sd"] / (2.0 * stats.lognorm(np.log(1.5) / Z95).std() * np.sqrt(products)))
    assert np.mean(ratios) == pytest.approx(1.0, abs=0.025)


@pytest.mark.slow
@pytest.mark.parametrize("design", ["quasi", "random"])
def test_intervals_of_the_mean_cover(design: str, tmp_path: Path) -> None:
    """mean ± t · mcse holds the exact mean in 95 ± 3 % of 400 runs."""
    catalog = catalog_of(tmp_path / "c", 3, "1 */ 1.3", "100 */ 1.5")
    exact = 3 * 2.0 * stats.lognorm(np.log(1.5) / Z95).mean() * stats.lognorm(np.log(1.3) / Z95).mean()
    inside = 0
    for seed in range(400):
        row = usephase.estimate(catalog, draws=512, seed=seed, design=design).figure("category_11")
        width = stats.t.ppf(0.975, 7 if design == "quasi" else 511) * row["mcse"]
        inside += abs(row["mean"] - exact) <= width
    assert 0.92 <= inside / 400 <= 0.98
