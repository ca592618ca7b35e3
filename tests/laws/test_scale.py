"""Laws of scale: what is doubled doubles, what is nothing gives nothing, and units of measure make no difference."""

import copy

import numpy as np
import pytest

import usephase
from tests.laws.catalogs import DRAWS, PHASES, Law, Settings, Tables, groups, heads, hold, read, run_of, times, total
from tests.reference.beliefs import FACTORS, best_estimate
from usephase.catalog.table import Catalog
from usephase.results.content import STATISTICS
from usephase.results.run import Run

LEDGERS = ("category_11", "category_12", "total", "avoided", "biogenic_co2")
# Units of one kind of rate or amount, and the number of each that is one of the first.
SAME_AMOUNTS = (("h/year", "h/day", 365), ("cycle/year", "cycle/day", 365), ("cycle/year", "cycle/week", 365 / 7))


def estimated(catalog: Catalog) -> Run:
    return usephase.estimate(catalog, draws=DRAWS)


def twice_the_units_twice_the_figures(settings: Settings, tables: Tables) -> None:
    """Doubling is exact in binary, so it is exact in every statistic of every figure; per service nothing changes."""
    catalog = read(settings, tables)
    once, twice = estimated(catalog), estimated(times(catalog, "sales", 2.0, "units"))
    for name in STATISTICS:
        np.testing.assert_allclose(twice.figures[name], 2 * once.figures[name], rtol=1e-14, err_msg=name)
        served = [run.service[name].to_numpy(dtype=float) for run in (twice, once)]
        np.testing.assert_allclose(*served, rtol=1e-13, atol=1e-18, err_msg=name)


def without_power_no_use_phase(settings: Settings, tables: Tables) -> None:
    """Nothing is left of Category 11 but refrigerants."""
    tables = copy.deepcopy(tables)
    for row in tables["modes"]:
        row |= {"rate": "0", "rate_unit": _two_units(row)[0], "pedigree": ""}
    run = run_of(settings, tables)
    for phase in PHASES:
        parts = groups(run, "category_11", "component", phase=phase)
        for name in parts.index:
            assert name == "refrigerant" or not parts.loc[name].any(), name
    tables |= {"refrigerants": [], "gases": []}
    assert not total(run_of(settings, tables), "category_11").any()


def half_the_allocation_half_the_use(settings: Settings, tables: Tables) -> None:
    """An intermediate product's share divides its use phase."""
    catalog = read(settings, tables)
    whole, half = estimated(catalog), estimated(times(catalog, "products", 0.5, "allocation"))
    for ledger, labels in heads(whole):
        if ledger == "category_11":
            np.testing.assert_allclose(total(half, ledger, **labels), total(whole, ledger, **labels) / 2, rtol=1e-12)


def on_a_constant_grid_frozen_is_projected(settings: Settings, tables: Tables) -> None:
    """Without trends, and with one year a path, the two bases agree."""
    tables = copy.deepcopy(tables)
    settings = copy.deepcopy(settings)
    settings["grid"].pop("trend", None)
    for row in tables["zones"]:
        row.pop("trend", None)
    first: dict[tuple[str, str], dict[str, str]] = {}
    for row in sorted(tables["grid"], key=lambda row: int(row["year"])):
        first.setdefault((row["zone"], row["scenario"]), row)
    tables["grid"] = list(first.values())
    run = run_of(settings, tables)
    for boundary in ("minimum", "life_cycle"):
        for phase in PHASES:
            bases = [
                total(run, "category_11", phase=phase, grid_basis=basis, boundary=boundary)
                for basis in ("projected", "frozen")
            ]
            np.testing.assert_allclose(*bases, rtol=1e-12)


def units_of_measure_make_no_difference(settings: Settings, tables: Tables) -> None:
    """The best estimates, written as plain numbers in other units of the same kind, give the same figures."""
    plain, other = copy.deepcopy(tables), copy.deepcopy(tables)
    for one, two in zip(plain["modes"], other["modes"], strict=True):
        value = best_estimate(one["rate"], one.get("rate_unit", ""))
        unit, new = _two_units(one)
        one |= {"rate": repr(value / FACTORS[unit]), "rate_unit": unit, "pedigree": ""}
        two |= {"rate": f"{value / FACTORS[new]!r} {new}", "rate_unit": "", "pedigree": ""}
    for one, two in zip(plain["materials"], other["materials"], strict=True):
        value = best_estimate(one["mass"])
        one |= {"mass": repr(value), "pedigree": ""}
        two |= {"mass": f"{value * 1000!r} g", "pedigree": ""}
    for one, two in zip(plain["use_profiles"], other["use_profiles"], strict=True):
        if "amount" not in one:
            continue
        written = one.get("amount_unit") or one["amount"].split()[-1]
        for low, high, number in SAME_AMOUNTS:
            if written in (low, high):
                value = best_estimate(one["amount"]) * (number if written == high else 1)
                one |= {"amount": repr(value), "amount_unit": low, "pedigree": ""}
                two |= {"amount": f"{value / number!r} {high}", "amount_unit": "", "pedigree": ""}
                break
    a, b = run_of(settings, plain), run_of(settings, other)
    both = a.figures["by"] != "calendar_year"
    for name in STATISTICS:
        if name not in ("sd", "mcse"):
            np.testing.assert_allclose(b.figures[both][name], a.figures[both][name], rtol=1e-11, err_msg=name)


def _two_units(row: dict[str, str]) -> tuple[str, str]:
    """Give the unit that a rate is written in, or one like it, and another of the same kind."""
    kinds = [("W", "kW", "hp"), ("kWh/cycle", "Wh/cycle", "MJ/cycle"), ("L/h", "mL/h", "gal/h"), ("kg/h", "g/h")]
    written = row.get("rate_unit") or row["rate"].split()[-1]
    for kind in kinds:
        if written in kind:
            return kind[0], kind[1 + len(row["product"] + row["mode"]) % (len(kind) - 1)]
    return written, written


def the_order_of_rows_makes_no_difference(settings: Settings, tables: Tables) -> None:
    """Not in one bit."""
    rng = np.random.default_rng(len(tables["sales"]))
    mixed = {name: [rows[i] for i in rng.permutation(len(rows))] for name, rows in tables.items()}
    a, b = run_of(settings, tables), run_of(settings, mixed)
    labels = ["ledger", "grid_basis", "boundary", "phase", "by", "group"]
    ordered = [run.figures.sort_values(labels, ignore_index=True) for run in (a, b)]
    np.testing.assert_array_equal(*(frame[list(STATISTICS)].to_numpy() for frame in ordered))


def one_product_as_two_is_the_same_product(settings: Settings, tables: Tables) -> None:
    """A plain product, its sales divided between two names, emits the same."""
    made: Tables = copy.deepcopy(tables)
    name = made["products"][0]["product"]
    for table in ("products", "segments", "modes", "materials", "refrigerants"):
        for row in [row for row in made[table] if row["product"] == name]:
            for column in row:
                if column in ("share", "rate", "load", "efficiency", "mass", "charge", "annual_leak", "allocation",
                              "end_of_life_loss", "annual_use_change"):  # fmt: skip
                    unit = row[column].split()[-1] if row[column].split()[-1] in FACTORS else ""
                    divisor = FACTORS[unit] if unit else 1.0
                    row[column] = f"{best_estimate(row[column]) / divisor!r} {unit}".strip()
            row["pedigree"] = ""
    whole = copy.deepcopy(made)
    for table in ("products", "segments", "modes", "materials", "refrigerants"):
        made[table] += [row | {"product": "Twin"} for row in made[table] if row["product"] == name]
    for row in [row for row in made["sales"] if row["product"] == name]:
        row |= {"units": "600", "pedigree": ""}
        made["sales"].append(row | {"product": "Twin", "units": "400"})
    for row in whole["sales"]:
        if row["product"] == name:
            row |= {"units": "1000", "pedigree": ""}
    one, two = run_of(settings, whole), run_of(settings, made)
    for ledger in LEDGERS:
        np.testing.assert_allclose(total(two, ledger), total(one, ledger), rtol=1e-12, err_msg=ledger)


LAWS: list[Law] = [
    twice_the_units_twice_the_figures,
    without_power_no_use_phase,
    half_the_allocation_half_the_use,
    on_a_constant_grid_frozen_is_projected,
    units_of_measure_make_no_difference,
    the_order_of_rows_makes_no_difference,
    one_product_as_two_is_the_same_product,
]


@pytest.mark.parametrize("law", LAWS)
def test_law(law: Law) -> None:
    hold(law, 1)


@pytest.mark.slow
@pytest.mark.parametrize("law", LAWS)
def test_law_on_many_catalogs(law: Law) -> None:
    hold(law, 3)
