"""What nothing that is sold uses is not refused for what it means: of every table and column."""

import copy

import pytest

import usephase
from tests.catalog.test_one_slip import FULL, SETTINGS, problems
from tests.laws.catalogs import Tables, read
from usephase.catalog.schema import TABLES

SPARE: Tables = {
    "products": [{"product": "S", "family": "Spares", "use_profile": "spare", "lifetime": "spare",
                  "service_mode": "turn", "annual_use_change": "0", "allocation": "1"}],
    "segments": [{"product": "S", "segment": "all", "share": "1", "use_profile": "spare", "lifetime": "spare"}],
    "modes": [{"product": "S", "mode": "turn", "carrier": "oil", "rate": "2", "rate_unit": "kg/h", "load": "1",
               "efficiency": "1"}],
    "use_profiles": [{"use_profile": "spare", "mode": "turn", "amount": "10", "amount_unit": "h/year"}],
    "lifetimes": [{"lifetime": "spare", "distribution": "weibull", "mean": "8", "shape": "2", "max_years": "30"}],
    "regions": [{"region": "R9", "zone": "Z9", "weight": "1"}],
    "zones": [{"zone": "Z9", "level": "1", "trend": "0", "loss": "0.05"}],
    "grid": [{"zone": "Z9", "scenario": scenario, "year": "2020", "intensity": "0.4", "upstream": "0.1"}
             for scenario in ("calm", "brisk")],
    "carriers": [{"carrier": "oil", "unit": "L", "combustion": "2.6", "upstream": "0.5", "biogenic": "0",
                  "density": "0.84", "heating_value": "42"}],
    "refrigerants": [{"product": "S", "gas": "warm", "charge": "0.2", "annual_leak": "0.01",
                      "end_of_life_loss": "0.5"}],
    "gases": [{"gas": "warm", "gwp": "1400"}],
    "materials": [{"product": "S", "part": "product", "material": "m9", "mass": "3"}],
    "end_of_life": [{"zone": "Z9", "material": "m9", "route": "sink", "share": "1"}],
    "treatments": [{"material": "m9", "route": "sink", "factor": "0.1", "avoided": "0", "biogenic": "0"}],
    "coverage": [{"family": "Spares", "covered": "0.9"}],
}  # fmt: skip
SOLD = {"option": "launch", "table": "sales", "row": "product=S;region=R9;year=2024", "column": "+", "value": "units=5"}
CELLS = [(name, column) for name, rows in SPARE.items() for column in rows[0]]
NUMBERS = [(n, c) for n, c in CELLS if TABLES[n].column(c).kind in ("value", "number")]
NAMES = [
    ("products", "use_profile"), ("products", "lifetime"), ("products", "service_mode"), ("segments", "use_profile"),
    ("segments", "lifetime"), ("modes", "carrier"), ("modes", "mode"), ("refrigerants", "gas"), ("zones", "grid"),
    ("zones", "end_of_life"), ("end_of_life", "route"), ("regions", "zone"),
]  # fmt: skip


def spare() -> Tables:
    return {name: [*copy.deepcopy(rows), *copy.deepcopy(SPARE.get(name, []))] for name, rows in FULL.items()}


def with_cells(*cells: tuple[str, str, str]) -> Tables:
    tables = spare()
    for name, column, text in cells:
        tables[name][len(FULL[name])][column] = text
    return tables


def places(cells: list[tuple[str, str]]) -> set[str]:
    return {f"{name}.csv:{len(FULL[name]) + 2}:{column}" for name, column in cells}


def errors(tables: Tables) -> list[str]:
    return [problem.where for problem in problems(tables) if problem.severity == "error"]


def test_the_spare_rows_are_sound_and_none_of_them_is_used() -> None:
    assert errors(spare()) == []
    unused = {p.where.partition(".")[0] for p in problems(spare()) if p.fix == "remove it, or refer to it"}
    assert unused >= {"products", "lifetimes", "use_profiles", "carriers", "gases", "regions", "zones", "grid"}
    assert errors({**spare(), "options": [*FULL["options"], SOLD]}) == []


@pytest.mark.parametrize("text", ["-7", "1e17"])
def test_impossible_numbers_are_warnings_unless_an_option_uses_them(text: str) -> None:
    tables = with_cells(*((name, column, text) for name, column in NUMBERS))
    found = problems(tables)
    told = {p.where for p in found if "no product that is sold uses it" in p.what}
    assert errors(tables) == []
    assert told >= places(NUMBERS) - places([("grid", "intensity")] if text == "-7" else []), places(NUMBERS) - told
    tables["options"].append(SOLD)
    known = {"coverage.csv:3:covered"}  # an option that sells another product's family changes no coverage
    assert set(errors(tables)) >= places(NUMBERS) - known


def test_what_is_no_number_at_all_stays_an_error() -> None:
    assert set(errors(with_cells(*((name, column, "ten") for name, column in NUMBERS)))) == places(NUMBERS)


@pytest.mark.parametrize(
    ("name", "column"), [c if i % 4 == 0 else pytest.param(*c, marks=pytest.mark.slow) for i, c in enumerate(NAMES)]
)
def test_an_unknown_name_is_a_warning(name: str, column: str) -> None:
    assert errors(with_cells((name, column, "nowhere"))) == []


def test_rows_of_an_unknown_product_may_be_meant_for_one_that_is_sold() -> None:
    tables = copy.deepcopy(FULL)
    wanted = set()
    for name in ("segments", "modes", "refrigerants", "materials", "sales"):
        tables[name].append({**FULL[name][0], "product": "AA"})
        wanted.add(f"{name}.csv:{len(FULL[name]) + 2}:product")
    assert set(errors(tables)) >= wanted


def test_a_coverage_of_an_unknown_family_may_be_meant_for_one_that_is_sold() -> None:
    assert errors(with_cells(("coverage", "family", "nowhere"))) == ["coverage.csv:3:family"]


def test_sums_of_unused_rows_are_warnings() -> None:
    sums = [("segments", "share", "0.4"), ("end_of_life", "share", "0.4"), ("use_profiles", "amount", "9000")]
    found = problems(with_cells(*sums))
    assert {p.severity for p in found} == {"warning"}
    told = {p.where for p in found if "no product that is sold uses it" in p.what}
    assert told >= places([(name, column) for name, column, _ in sums])


def test_a_row_of_waste_is_used_by_both_of_its_keys() -> None:
    """A material that is sold, in a zone that is not: no option, whatever it names, can make anything of it."""
    tables = copy.deepcopy(FULL)
    tables["zones"].append({"zone": "Z9"})
    tables["end_of_life"].append({"zone": "Z9", "material": "m1", "route": "burn", "share": "0.5"})
    tables["treatments"].append({"material": "m9", "route": "burn", "factor": "-1"})
    assert errors(tables) == []


def test_a_run_does_not_look_at_what_nothing_uses() -> None:
    tables = spare()
    for name, column in NUMBERS:
        tables[name][len(FULL[name])][column] = "-7"
    for name, column in NAMES[:6]:
        tables[name][len(FULL[name])][column] = "nowhere"
    plain, spoilt = (usephase.estimate(read(SETTINGS, one), draws=16) for one in (FULL, tables))
    assert plain.draws("total").to_numpy().tolist() == spoilt.draws("total").to_numpy().tolist()
