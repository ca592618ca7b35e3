"""Archetypes against published energies a year: the table of the guide, computed again."""

import re

import numpy as np
import pytest

import usephase
from tests.laws.catalogs import read
from usephase import guide

ROW = re.compile(
    r"^\| `(\w+)` \| (home|professional) \| (USA|Europe|elsewhere) \| ([\d.]+) (kWh|L|kg) \| ([\d.]+) to ([\d.]+) \| "
    r"(independent|partly the same|the same) \|",
    re.MULTILINE,
)
PLACES = {"USA": "USA", "Europe": "DEU", "elsewhere": "VNM"}
FUELS = ("petrol", "petrol_two_stroke", "natural_gas")
KNOWN = ROW.findall(guide.page("archetypes"))


def intervals(fuel: bool) -> dict[int, tuple[float, float]]:
    """Give the 95 % interval of a year's electricity, or of a year's fuel, of the rows that tell it.

    A life of one year from its start, at 1 kg CO2e a kWh or a unit of fuel and 0 of the other, makes tonnes of a
    thousand units the energy of one.
    """
    mine = {i: row for i, row in enumerate(KNOWN) if (row[4] != "kWh") == fuel}
    one, other = "01"[fuel], "10"[fuel]
    tables = {
        "products": [
            {"product": f"K{i}", "archetype": row[0], "user": row[1], "lifetime": "year"} for i, row in mine.items()
        ],
        "sales": [
            {"product": f"K{i}", "region": PLACES[row[2]], "year": "2024", "units": str(1000)}
            for i, row in mine.items()
        ],
        "lifetimes": [{"lifetime": "year", "distribution": "fixed", "mean": "1"}],
        "grid": [
            {"zone": zone, "scenario": "trend_10y", "year": "2020", "intensity": other} for zone in PLACES.values()
        ],
        "zones": [{"zone": zone, "loss": "0"} for zone in PLACES.values()],
        "carriers": [
            {"carrier": name, "unit": "kg" if name == "natural_gas" else "L", "combustion": one} for name in FUELS
        ],
    }
    settings = {
        "catalog": {"name": "Known", "reporting_year": 2024}, "method": {"sales_timing": "start_of_year"},
        "monte_carlo": {"draws": 2048},
    }  # fmt: skip
    draws = usephase.estimate(read(settings, tables)).draws("category_11", "product")
    return {int(str(name)[1:]): tuple(np.quantile(draws.loc[name], [0.025, 0.975])) for name in draws.index}


@pytest.mark.slow
def test_published_energies_are_inside_the_intervals_of_the_guide() -> None:
    assert len(KNOWN) == 52
    found = intervals(fuel=False) | intervals(fuel=True)
    inside = []
    for i, (name, _, _, published, _, low, high, rests) in enumerate(KNOWN):
        assert found[i] == pytest.approx((float(low), float(high)), rel=0.06), name
        inside.append((rests, found[i][0] <= float(published) <= found[i][1]))
    assert np.mean([its for _, its in inside]) >= 0.9
    assert np.mean([its for rests, its in inside if rests == "independent"]) >= 0.9
