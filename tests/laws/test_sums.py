"""Laws of sums: parts make up the whole, draw by draw, however a figure is divided."""

import copy

import numpy as np
import pytest

import usephase
from tests.laws.catalogs import (
    DRAWS,
    PAIRS,
    PHASES,
    Law,
    Settings,
    Tables,
    groups,
    headline,
    heads,
    hold,
    read,
    run_of,
    total,
)
from usephase.engine.run.estimate import cell_draws
from usephase.model.lifetime import weibull_from_quantiles
from usephase.results.run import Run

RELATIVE = 1e-12
KG_PER_T = 1000.0


def parts_sum_to_the_whole(settings: Settings, tables: Tables) -> None:
    labels = [name for name in ("brand", "channel") if any(name in row for row in tables["products"])]
    run = run_of(settings, tables, by=labels)
    stages_sum_to_the_total(run)
    components_sum_to_their_ledger(run)
    groups_sum_to_their_ledger(run, labels)
    a_wider_boundary_only_adds(run)


def stages_sum_to_the_total(run: Run) -> None:
    for basis, boundary in PAIRS:
        labels = {"grid_basis": basis, "boundary": boundary}
        parts = total(run, "category_11", **labels) + total(run, "category_12")
        np.testing.assert_allclose(total(run, "total", **labels), parts, rtol=RELATIVE)


def components_sum_to_their_ledger(run: Run) -> None:
    for ledger, labels in heads(run):
        parts = groups(run, ledger, "component", **labels)
        if len(parts):
            np.testing.assert_allclose(parts.sum(), total(run, ledger, **labels), rtol=RELATIVE, err_msg=ledger)


def groups_sum_to_their_ledger(run: Run, labels: list[str]) -> None:
    """Products to the portfolio, and families, regions, kinds of users and labels."""
    compared = 0
    for ledger, head in headline(run):
        whole = total(run, ledger, **head)
        for by in ("product", "family", "region", "segment", *labels):
            if whole.any():
                np.testing.assert_allclose(total(run, ledger, by, **head), whole, rtol=RELATIVE, err_msg=by)
                compared += 1
    assert compared


def calendar_years_sum_to_all_sales(settings: Settings, tables: Tables) -> None:
    """What is emitted in all calendar years is what the sales of all years are booked with."""
    run = run_of(settings, tables)
    years = {int(row["year"]) for row in tables["sales"]} - {2025}
    runs = [run_of(settings, tables, year=year) for year in sorted(years)]
    for ledger in ("category_11", "category_12", "total"):
        booked = np.sum([total(one, ledger) for one in runs], axis=0)
        np.testing.assert_allclose(total(run, ledger, "calendar_year"), booked, rtol=1e-11, err_msg=ledger)


def a_wider_boundary_only_adds(run: Run) -> None:
    """The life-cycle boundary holds the minimum one."""
    for basis in ("projected", "frozen"):
        for phase in PHASES:
            few, many = (
                total(run, "category_11", phase=phase, grid_basis=basis, boundary=boundary)
                for boundary in ("minimum", "life_cycle")
            )
            assert (many >= few * (1 - RELATIVE)).all()


def coverage_extrapolates(settings: Settings, tables: Tables) -> None:
    """Listed is the figure; extrapolated is what 1/covered adds, family by family."""
    tables = copy.deepcopy(tables)
    for row in tables["products"]:
        row["family"] = "Saws"
    tables["coverage"] = [{"family": "Saws", "covered": "0.8"}]
    run = run_of(settings, tables)
    for ledger in ("category_11", "category_12", "total"):
        parts = groups(run, ledger, "coverage")
        if total(run, ledger).any():
            np.testing.assert_allclose(parts.loc["listed"], total(run, ledger), rtol=RELATIVE)
            np.testing.assert_allclose(parts.loc["extrapolated"], 0.25 * total(run, ledger), rtol=RELATIVE)


def every_unit_and_every_kilogram_is_discarded_once(settings: Settings, tables: Tables) -> None:
    """With every treatment at 1 kg a kg, Category 12 is the mass sold: retirements and shares each sum to 1."""
    tables = copy.deepcopy(tables) | {"refrigerants": [], "gases": []}
    for row in tables["treatments"]:
        row["factor"] = "1"
        row.pop("pedigree", None)
    catalog = read(settings, tables)
    run = usephase.estimate(catalog, draws=DRAWS)
    drawn = cell_draws(catalog, draws=DRAWS)
    mass: dict[str, np.ndarray] = {}
    for row in tables["materials"]:
        key = f"product={row['product']};part={row['part']};material={row['material']}"
        mass[row["product"]] = mass.get(row["product"], 0.0) + drawn["materials", key, "mass"]
    expected = np.zeros(DRAWS)
    for row in tables["sales"]:
        if row["year"] == "2024":
            key = f"product={row['product']};region={row['region']};year=2024"
            expected += drawn["sales", key, "units"] * mass.get(row["product"], 0.0) / KG_PER_T
    np.testing.assert_allclose(total(run, "category_12"), expected, rtol=1e-11)


def years_in_service_sum_to_the_life(settings: Settings, tables: Tables) -> None:
    """A kilowatt for an hour a year on a grid of 1 kg/kWh emits as many kilograms as the mean life has years."""
    settings = settings | {"grid": {"scenarios": {"flat": 1.0}}, "catalog": {"name": "Lives", "reporting_year": 2024}}
    lives = [row for row in tables["lifetimes"] if row.get("unit", "year") == "year" and "max_years" not in row]
    if not lives:
        return
    names = [row["lifetime"] for row in lives]
    made: Tables = {
        "products": [{"product": name, "use_profile": "hour", "lifetime": name} for name in names],
        "modes": [{"product": name, "mode": "on", "carrier": "electricity", "rate": "1 kW"} for name in names],
        "use_profiles": [{"use_profile": "hour", "mode": "on", "amount": "1 h/year"}],
        "lifetimes": lives,
        "sales": [{"product": name, "region": "Isle", "year": "2024", "units": "1000"} for name in names],
        "grid": [{"zone": "Isle", "scenario": "flat", "year": "2024", "intensity": "1"}],
    }
    catalog = read(settings, made)
    run = usephase.estimate(catalog, draws=DRAWS)
    drawn = cell_draws(catalog, draws=DRAWS)
    for row in lives:
        key = f"lifetime={row['lifetime']}"
        if "t50" in row:
            life, _ = weibull_from_quantiles(drawn["lifetimes", key, "t50"], drawn["lifetimes", key, "t90"])
        elif "scale" in row or "median" in row:
            continue  # with the drawn shape: held against the twin
        else:
            life = drawn["lifetimes", key, "mean"]
        years = groups(run, "category_11", "product").loc[row["lifetime"]]
        np.testing.assert_allclose(years, life, rtol=1e-10, err_msg=str(row))


LAWS: list[Law] = [
    parts_sum_to_the_whole,
    calendar_years_sum_to_all_sales,
    coverage_extrapolates,
    every_unit_and_every_kilogram_is_discarded_once,
    years_in_service_sum_to_the_life,
]


@pytest.mark.parametrize("law", LAWS)
def test_law(law: Law) -> None:
    hold(law, 1)


@pytest.mark.slow
@pytest.mark.parametrize("law", LAWS)
def test_law_on_many_catalogs(law: Law) -> None:
    hold(law, 4)
