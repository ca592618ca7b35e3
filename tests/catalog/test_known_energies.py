"""Archetypes against published energies a year: the table of the guide, computed again."""

import re

import numpy as np
import pytest

import usephase
from tests.laws.catalogs import read
from usephase import guide
from usephase.catalog.reference.rows import frame
from usephase.engine.run.estimate import cell_draws

ROW = re.compile(
    r"^\| `(\w+)` \| (home|professional) \| (USA|Europe|elsewhere) \| ([\d.]+) (kWh|L|kg) \| ([\d.]+) to ([\d.]+) \| "
    r"(independent|partly the same|the same) \|",
    re.MULTILINE,
)
PLACES = {"USA": "USA", "Europe": "DEU", "elsewhere": "VNM"}
FUELS = ("petrol", "petrol_two_stroke", "natural_gas")
KNOWN = ROW.findall(guide.page("archetypes"))
LIFE_AND_MASS = re.compile(
    r"^\| `(\w+)` \| (\d{4}) \| ([\d.]+) years \| ([\d.]+) to ([\d.]+) \| [\w ]+ "
    r"\| ([\d.]+) kg \| ([\d.]+) to ([\d.]+) \|",
    re.MULTILINE,
)
WIDE = 6.0
"""Intervals are not to be wider than this factor to either side of their median."""


def intervals(fuel: bool) -> dict[int, tuple[float, float, float]]:
    """Give the 95 % interval, and the median, of a year's electricity, or of a year's fuel, of the rows that tell it.

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
    return {int(str(name)[1:]): tuple(np.quantile(draws.loc[name], [0.025, 0.975, 0.5])) for name in draws.index}


@pytest.mark.slow
def test_published_energies_are_inside_the_intervals_of_the_guide() -> None:
    assert len(KNOWN) == 52
    found = intervals(fuel=False) | intervals(fuel=True)
    inside = []
    for i, (name, _, _, published, _, low, high, rests) in enumerate(KNOWN):
        assert found[i][:2] == pytest.approx((float(low), float(high)), rel=0.06), name
        inside.append((rests, found[i][0] <= float(published) <= found[i][1]))
    assert np.mean([its for _, its in inside]) >= 0.9
    assert np.mean([its for rests, its in inside if rests == "independent"]) >= 0.9
    wide = [row[0] for i, row in enumerate(KNOWN) if _sides(*found[i]) > WIDE]
    told = re.search(r"(\d+) intervals are wider than a factor of 6 to one side", guide.page("archetypes"))
    assert told is not None
    assert len(wide) == int(told[1]), wide


def _sides(low: float, high: float, median: float) -> float:
    return max(median / low, high / median)


def test_published_lives_and_masses_are_inside_the_intervals_of_the_guide() -> None:
    known = LIFE_AND_MASS.findall(guide.page("archetypes"))
    assert len(known) == 17
    tables = {
        "products": [{"product": row[0], "archetype": row[0], "user": "home"} for row in known],
        "sales": [{"product": row[0], "region": "VNM", "year": "2024", "units": "1"} for row in known],
    }
    draws = cell_draws(read({"catalog": {"name": "Known", "reporting_year": 2024}}, tables), draws=2048)
    means = frame("lifetimes").set_index("lifetime")["mean"]
    lives = means[means.index.str.fullmatch(r"unu_\d{4}")].str.partition(" ")[0].astype(float)
    masses = (
        frame("product_masses").astype({"year": int}).set_index(["unu_key", "year"])["average_mass_kg"].astype(float)
    )
    inside, wide = [], []
    for name, key, life, life_low, life_high, mass, mass_low, mass_high in known:
        assert float(life) == pytest.approx(lives[f"unu_{key}"], rel=0.01), name
        assert float(mass) == pytest.approx(masses[key, 2021], rel=0.01), name
        part = f"archetype={name};part=product;"
        kg = sum(x for (table, row, _), x in draws.items() if table == "archetype_materials" and row.startswith(part))
        years = draws["archetype_lives", f"archetype={name};user=home", "mean"]
        for published, told, drawn in (
            (life, (life_low, life_high), years), (mass, (mass_low, mass_high), np.asarray(kg)),
        ):  # fmt: skip
            low, high, median = np.quantile(drawn, [0.025, 0.975, 0.5])
            assert (low, high) == pytest.approx(tuple(map(float, told)), rel=0.06), name
            inside.append(low <= float(published) <= high)
            wide += [name] if _sides(low, high, median) > WIDE else []
    assert np.mean(inside) >= 0.9
    assert wide == ["game_console"]
