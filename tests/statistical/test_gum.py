"""The examples of JCGM 101:2008 (Supplement 1 to the GUM) that the catalog's distributions express.

Their quantities are cells of a catalog, drawn as any run draws them. Published: JCGM 101:2008, 9.2 (tables 2 to 4),
9.3 (table 6) and 9.4 (tables 7 and 8), Monte Carlo columns, 10⁵ to 10⁶ trials; the intervals are 95 %, and the shortest
where the standard gives the shortest. Ours come from 65,536 draws; they are compared to the last published digit and a
Monte Carlo error.
"""

from pathlib import Path

import numpy as np
import pytest

import usephase
from tests.reference.folder import write_catalog
from usephase.catalog.table import Catalog
from usephase.engine.run.estimate import cell_draws

DRAWS = 65536


def catalog(folder: Path, texts: list[str], correlation: str = "") -> Catalog:
    """Products of 1 t that is emitted at disposal, so that the units sold are the figure."""
    names = [f"X{i + 1}" for i in range(len(texts))]
    tables = {
        "products": [{"product": name} for name in names],
        "sales": [
            {"product": name, "region": "Lab", "year": "2024", "units": text}
            for name, text in zip(names, texts, strict=True)
        ],
        "materials": [{"product": name, "part": "product", "material": "m", "mass": "1000"} for name in names],
        "end_of_life": [{"zone": "*", "material": "*", "route": "all", "share": "1"}],
        "treatments": [{"material": "*", "route": "all", "factor": "1"}],
        "correlations": [{"group": "g", "table": "sales", "row": "", "column": "units", "correlation": correlation}]
        if correlation
        else [],
    }
    settings = {"catalog": {"name": "GUM", "reporting_year": 2024}}
    return usephase.read_catalog(write_catalog(folder, settings, tables))


def drawn(folder: Path, texts: list[str], correlation: str = "") -> list[np.ndarray]:
    held = cell_draws(catalog(folder, texts, correlation), draws=DRAWS)
    return [held["sales", f"product=X{i + 1};region=Lab;year=2024", "units"] for i in range(len(texts))]


def shortest(draws: np.ndarray) -> tuple[float, float]:
    """Give the shortest interval that holds 95 % of the draws."""
    ordered = np.sort(draws)
    held = round(0.95 * len(ordered))
    first = int(np.argmin(ordered[held:] - ordered[:-held]))
    return float(ordered[first]), float(ordered[first + held])


# Each quantity is shifted by 50, as units sold are not negative; the portfolio is their sum.
ADDITIVE = {
    "9.2.2 normal": (["normal(50, 1)"] * 4, 2.00, 3.92),
    "9.2.3 rectangular": ([f"uniform({50 - 3**0.5!r}, {50 + 3**0.5!r})"] * 4, 2.00, 3.88),
    "9.2.4 one dominates": (
        [*[f"uniform({50 - 3**0.5!r}, {50 + 3**0.5!r})"] * 3, f"uniform({50 - 300**0.5!r}, {50 + 300**0.5!r})"],
        10.15,
        17.0,
    ),
}


@pytest.mark.parametrize("name", ADDITIVE)
def test_additive_model(name: str, tmp_path: Path) -> None:
    texts, spread, half_width = ADDITIVE[name]
    figure = usephase.estimate(catalog(tmp_path / "c", texts), draws=DRAWS).figure("category_12")
    assert figure["mean"] == pytest.approx(200, abs=0.01)
    assert figure["sd"] == pytest.approx(spread, abs=0.01 * spread)
    tolerance = 0.004 * half_width + 0.01
    assert figure["p97_5"] - 200 == pytest.approx(half_width, abs=tolerance)
    assert figure["p2_5"] - 200 == pytest.approx(-half_width, abs=tolerance)


def test_mass_calibration(tmp_path: Path) -> None:
    """δm = (m_R + δm_R) (1 + (ρ_a − 1.2) (1/ρ_W − 1/ρ_R)) − 100 g: mean 1.234 mg, u 0.0754 mg, [1.0834, 1.3825] mg.

    m_R is taken from 100 g, in mg and by 100, so that its 0.05 mg are no rounding of 100,000.
    """
    texts = ["normal(100, 0.05)", "normal(1.2340, 0.02)", "uniform(1.1, 1.3)", "uniform(7000, 9000)",
             "uniform(7950, 8050)"]  # fmt: skip
    above, correction, air, weight, reference = drawn(tmp_path / "c", texts)
    mass = 100_000 + (above - 100) + correction
    buoyancy = mass * (air - 1.2) * (1 / weight - 1 / reference)
    found = (above - 100) + correction + buoyancy
    assert found.mean() == pytest.approx(1.2340, abs=0.0005)
    assert found.std(ddof=1) == pytest.approx(0.0754, abs=0.0003)
    low, high = shortest(found)
    assert low == pytest.approx(1.0834, abs=0.003)
    assert high == pytest.approx(1.3825, abs=0.003)


# x1, correlation, and what is published in units of 1e-6: mean, standard uncertainty, shortest interval.
LOSS = [
    (0.0, "", 50, 50, (0, 150)),
    (0.010, "", 150, 112, (0, 367)),
    (0.050, "", 2551, 502, (1590, 3543)),
    (0.0, "0.9", 50, 67, (0, 185)),
    (0.010, "0.9", 150, 121, (13, 398)),
    (0.050, "0.9", 2551, 505, (1628, 3555)),
]


@pytest.mark.parametrize(("x1", "correlation", "mean", "spread", "interval"), LOSS)
def test_comparison_loss(
    x1: float, correlation: str, mean: float, spread: float, interval: tuple[float, float], tmp_path: Path
) -> None:
    """δY = X1² + X2² of two normal quantities about x1 and 0, each with u = 0.005, correlated or not."""
    first, second = drawn(tmp_path / "c", [f"normal({1 + x1!r}, 0.005)", "normal(1, 0.005)"], correlation)
    found = ((first - 1) ** 2 + (second - 1) ** 2) * 1e6
    assert found.mean() == pytest.approx(mean, abs=0.01 * mean)
    assert found.std(ddof=1) == pytest.approx(spread, rel=0.015)
    low, high = shortest(found)
    assert low == pytest.approx(interval[0], abs=0.02 * interval[1])
    assert high == pytest.approx(interval[1], rel=0.02)
