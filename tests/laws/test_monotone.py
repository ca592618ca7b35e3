"""Laws of direction: more of a factor never lowers what it multiplies, in any draw."""

import copy

import pytest

import usephase
from tests.laws.catalogs import DRAWS, PHASES, Law, Settings, Tables, heads, hold, plus, read, times, total
from usephase.catalog.table import Catalog
from usephase.results.run import Run

# Less of these (shares and the like, which 1 bounds) lowers the figures: table, column.
LESS_IS_LESS = (
    ("products", "allocation"), ("modes", "load"), ("sales", "units"), ("modes", "rate"), ("zones", "level"),
    ("zones", "loss"), ("grid", "intensity"), ("grid", "upstream"), ("carriers", "combustion"),
    ("carriers", "upstream"), ("refrigerants", "charge"), ("refrigerants", "annual_leak"),
    ("refrigerants", "end_of_life_loss"), ("gases", "gwp"), ("materials", "mass"), ("treatments", "factor"),
    ("settings", "level"), ("treatments", "avoided"), ("treatments", "biogenic"), ("carriers", "biogenic"),
)  # fmt: skip
LESS_IS_MORE = (("modes", "efficiency"), ("coverage", "covered"))
SHIFTED = (("settings", "trend", 0.01), ("zones", "trend", 0.01), ("products", "annual_use_change", 0.02))
SLACK = 1e-12


def by_years(settings: Settings, tables: Tables) -> tuple[Settings, Tables]:
    """Give the catalog lives in years, and no amounts a life: else more use is a shorter life, and the reverse."""
    tables = copy.deepcopy(tables)
    for row in tables["lifetimes"]:
        if row.get("unit", "year") != "year":
            row |= {"unit": "year", "mode": "", "pedigree": ""}
            row |= {length: "7 */ 1.3" for length in ("mean", "scale", "median") if row.get(length)}
            if "t50" in row:
                row |= {"t50": "6 ± 10%", "t90": "11"}
    for row in tables["use_profiles"]:
        unit = row.get("amount_unit") or row["amount"].split()[-1]
        if unit.endswith("/life"):
            row |= {"amount": "200", "amount_unit": unit.replace("/life", "/year"), "pedigree": ""}
    return settings, tables


def never_less(high: Run, low: Run, what: object) -> bool:
    """Compare every ledger draw by draw; tell whether anything moved."""
    moved = False
    for ledger, labels in heads(low):
        more, less = total(high, ledger, **labels), total(low, ledger, **labels)
        assert (more >= less * (1 - SLACK)).all(), (what, ledger, labels)
        moved = moved or bool((more > less).any())
    return moved


def estimated(catalog: Catalog) -> Run:
    return usephase.estimate(catalog, draws=DRAWS)


def monotone_in_every_factor(settings: Settings, tables: Tables) -> None:
    catalog = read(*by_years(settings, tables))
    base = estimated(catalog)
    for table, column in LESS_IS_LESS:
        never_less(base, estimated(times(catalog, table, 0.9, column)), (table, column))
    for table, column in LESS_IS_MORE:
        never_less(estimated(times(catalog, table, 0.9, column)), base, (table, column))


def monotone_in_every_trend(settings: Settings, tables: Tables) -> None:
    """From plain numbers: a shift has no distribution of its own."""
    catalog = read(*by_years(settings, tables))
    for table, column, shift in SHIFTED:
        low, high = (estimated(plus(catalog, table, by, column)) for by in (0.0, shift))
        never_less(high, low, (table, column))


def longer_life_never_lowers_category_11(settings: Settings, tables: Tables) -> None:
    catalog = read(*by_years(settings, tables))
    base = estimated(catalog)
    longer = times(catalog, "lifetimes", 1.2, "mean", "t50", "t90", "scale", "median")
    scrapped_later = times(catalog, "lifetimes", 1.5, "max_years")
    for other in (longer, scrapped_later):
        run = estimated(other)
        for phase in PHASES:
            for labels in ({"grid_basis": b, "boundary": "life_cycle"} for b in ("projected", "frozen")):
                more, less = (total(r, "category_11", phase=phase, **labels) for r in (run, base))
                assert (more >= less * (1 - 1e-9)).all(), phase


def more_use_never_lowers_category_11(settings: Settings, tables: Tables) -> None:
    """Where no other mode rests meanwhile."""
    settings, tables = by_years(settings, tables)
    for row in tables["use_profiles"]:
        if row.get("amount_unit") == "rest":
            row |= {"amount": "100", "amount_unit": "h/year"}
    catalog = read(settings, tables)
    never_less(estimated(catalog), estimated(times(catalog, "use_profiles", 0.9, "amount")), "amount")


LAWS: list[Law] = [
    monotone_in_every_factor,
    monotone_in_every_trend,
    longer_life_never_lowers_category_11,
    more_use_never_lowers_category_11,
]


@pytest.mark.parametrize("law", LAWS)
def test_law(law: Law) -> None:
    hold(law, 1 if law in LAWS[:2] else 2)


@pytest.mark.slow
@pytest.mark.parametrize("law", LAWS)
def test_law_on_many_catalogs(law: Law) -> None:
    hold(law, 2 if law is monotone_in_every_factor else 3)
