"""Sentences on what a run rests on: each true of its catalog, by hand, and false of none."""

import csv
import re
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

import usephase
from tests.insight.test_rank_sobol import small
from tests.reference.folder import write_catalog
from tests.report.html_reader import read
from usephase.report.disclosure.export import fill
from usephase.report.disclosure.facts import Facts
from usephase.report.disclosure.ghg_protocol import ghg_protocol
from usephase.report.html.page import render_page
from usephase.report.html.result import headline
from usephase.report.language import language, languages
from usephase.report.method import statements
from usephase.report.rests import (
    boundaries,
    coverage,
    difference,
    gwp,
    known,
    lead,
    location,
    measured,
    offsets,
    partners,
    recycling,
)
from usephase.results.run import Run

TWO = [{"product": "A", "rate": "50", "family": "Fans"}, {"product": "B", "rate": "150", "family": "Saws"}]
"""100 units each of 500 and 1,500 kWh a life at 0.5 kg/kWh: 25 t and 75 t; by 1,000 h in each of 10 years."""


def run_of(tmp_path: Path, **tables: Any) -> Run:
    return usephase.estimate(small(tmp_path, TWO, **tables), draws=16)


def plain(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ")


def test_coverage_names_the_share_extrapolated_and_the_sum(tmp_path: Path) -> None:
    # A fifth of the fans is not listed: 25 t / 0.8 = 31.25 t, 6.25 t more; of 106.25 t that is 5.9 %.
    rows = [{"family": "Fans", "covered": "0.8"}, {"family": "Saws", "covered": "1"}]
    run = run_of(tmp_path, coverage=rows)
    said = plain(coverage(run))
    assert "extrapolated: Fans 20 %. The listed sales emit 100" in said
    assert "6.25" in said
    assert said.endswith("both together 106.25 t CO2e, 5.9 % of it extrapolated.")
    page = plain(read(render_page(run)).text())
    assert page.count(said) == 3  # beside the headline, in its section, in the method statement
    exclusions = next(x.answer.value for x in ghg_protocol(Facts(run)).lines if x.field.key == "exclusions")
    assert said in plain(str(exclusions))
    assert plain(dict(statements(run))["Coverage"]) == said


def test_parts_of_an_uncertain_coverage_add_up_as_shown(tmp_path: Path) -> None:
    run = run_of(tmp_path, coverage=[{"family": "Fans", "covered": "0.75 ± 0.1"}], level="1 */ 1.3")
    listed, more, both = (float(x.replace(",", "")) for x in re.findall(r"([0-9.,]+) t CO2e", plain(coverage(run))))
    assert listed + more == pytest.approx(both, abs=1e-9)


def test_a_coverage_whose_best_estimate_is_all_names_its_family(tmp_path: Path) -> None:
    run = run_of(tmp_path, coverage=[{"family": "Fans", "covered": "triangular(0.6, 1, 1)"}])
    assert "Fans" in coverage(run)


def test_nothing_is_said_to_be_extrapolated_where_nothing_is(tmp_path: Path) -> None:
    everything = run_of(tmp_path / "all", coverage=[{"family": "Fans", "covered": "1"}])
    for run in (run_of(tmp_path), everything):
        assert "nothing was extrapolated" in coverage(run)


MODE = {"mode": "on", "carrier": "electricity", "rate": "100", "rate_unit": "W"}
BURNER = {"mode": "on", "carrier": "petrol", "rate": "1 L/h"}


def one(
    tmp_path: Path, mode: dict[str, str], gwp: str = "AR6", *, draws: int = 16, level: str = "1",
    scenarios: dict[str, float] | None = None, **tables: Any,
) -> Run:  # fmt: skip
    """Run one product in Germany on what the package ships, but for what is given."""
    given: dict[str, Any] = {
        "products": [{"product": "P", "use_profile": "use", "lifetime": "life"}],
        "modes": [{"product": "P", **mode}],
        "use_profiles": [{"use_profile": "use", "mode": "on", "amount": "1000", "amount_unit": "h/year"}],
        "lifetimes": [{"lifetime": "life", "distribution": "fixed", "mean": "10"}],
        "sales": [{"product": "P", "region": "DEU", "year": "2024", "units": "100"}],
        **tables,
    }
    grid = {"level": level, "scenarios": scenarios or {"trend_10y": 1.0}}
    settings = {"catalog": {"name": "One", "reporting_year": 2024}, "method": {"gwp": gwp}, "grid": grid}
    there = {name: rows for name, rows in given.items() if rows}
    return usephase.estimate(usephase.read_catalog(write_catalog(tmp_path / "one", settings, there)), draws=draws)


def inside(text: str) -> str:
    return text.partition(": ")[2]


RUBBER = [{"product": "P", "part": "product", "material": "rubber", "mass": "1"}]
GLASS = [{"product": "P", "part": "product", "material": "glass", "mass": "1"}]
GAS = [{"product": "P", "gas": "r32", "charge": "1", "annual_leak": "0.01"}]
OWN_GRID = [{"zone": "DEU", "scenario": "trend_10y", "year": "2020", "intensity": "0.4"}]
TREATED = [{"material": m, "route": r, "factor": "1"} for m in ("glass",) for r in ("recycling", "landfill",
           "incineration", "energy_recovery", "open_dump", "composting")]  # fmt: skip


@pytest.mark.parametrize("chosen", ["AR4", "AR5", "AR6"])
def test_the_sets_inside_are_those_of_the_factors_used(tmp_path: Path, chosen: str) -> None:
    # Series of electricity are of AR5. Germany's tyres: UK haulage (AR5), US EPA landfill and fire (AR4).
    electric = one(tmp_path / "e", MODE, chosen)
    assert inside(gwp(electric)) == "AR5 in grid factors. It is one set for everything."
    burner = one(tmp_path / "b", BURNER, chosen)
    mixed = " It is not one set for everything, as the standard asks: factors that their publishers added up are taken"
    if chosen == "AR5":
        assert inside(gwp(burner)) == "AR5 in fuel combustion, fuel supply. It is one set for everything."
    else:
        parts = sorted([f"{chosen} in fuel combustion", "AR5 in fuel supply"], reverse=True)
        assert inside(gwp(burner)).startswith("; ".join(parts) + "." + mixed)
    rubber = one(tmp_path / "r", {**MODE, "rate": "0"}, chosen, materials=RUBBER, refrigerants=GAS)
    said = gwp(rubber)
    assert "AR4 in" in said
    assert all(f"{name} in" in said for name in {"AR4", "AR5", chosen})
    assert dict(statements(rubber))["Global warming potentials"] == said


def test_a_gas_that_the_set_does_not_list_is_told_with_its_own(tmp_path: Path) -> None:
    gas = [{**GAS[0], "gas": "r1234yf"}]
    run = one(tmp_path, {**MODE, "rate": "0"}, "AR4", refrigerants=gas, grid=OWN_GRID)
    assert inside(gwp(run)).startswith(
        "AR6 in gases; no set named for 1 of the catalog's own factors, which have no source (grid factors)."
    )


def test_no_set_is_said_of_own_factors(tmp_path: Path) -> None:
    sourced = [{**row, "source": "a register"} for row in TREATED]
    run = one(tmp_path, MODE, grid=OWN_GRID, materials=GLASS, treatments=sourced)
    own = "whatever set their sources took, in the catalog's own waste factors"
    assert inside(gwp(run)) == (
        f"{own}; no set named for 1 of the catalog's own factors, which have no source (grid factors)."
    )


def test_electricity_of_the_reference_is_split(tmp_path: Path) -> None:
    run = one(tmp_path, MODE)
    said = boundaries(run)
    assert said.startswith(
        "Electricity (Germany; generation and upstream given apart): the minimum boundary holds generation"
    )
    assert said.endswith("and adds losses in the networks.")
    assert said in dict(statements(run))["Boundary"]
    assert said in plain(read(render_page(run)).text())


@pytest.mark.parametrize(
    ("upstream", "loss", "begins", "ends"),
    [
        (
            "0.05",
            "0.1",
            "Electricity (Germany; generation and upstream given apart)",
            "and adds losses in the networks.",
        ),
        (
            "0",
            "0.1",
            "Electricity (Germany; no upstream given)",
            "boundary adds losses in the networks.",
        ),
        ("", "0", "Electricity (Germany; no upstream given)", "adds nothing: no losses are given."),
    ],
)
def test_own_electricity_is_told_by_what_is_given(
    tmp_path: Path, upstream: str, loss: str, begins: str, ends: str
) -> None:
    run = one(tmp_path, MODE, grid=[{**OWN_GRID[0], "upstream": upstream}], zones=[{"zone": "DEU", "loss": loss}])
    said = boundaries(run)
    assert said.startswith(begins)
    assert said.endswith(ends)
    both = [float(run.figure("total", boundary=name)["mean"]) for name in ("minimum", "life_cycle")]
    # 100 units × 1,000 kWh a life × 0.4 kg/kWh; with upstream, by what is left after losses.
    assert both == pytest.approx([40, (40 + 100 * float(upstream or 0)) / (1 - float(loss))])


def test_fuels_are_told_by_whether_their_supply_is_given(tmp_path: Path) -> None:
    petrol = one(tmp_path / "p", BURNER)
    said = "Fuels (petrol): the minimum boundary holds combustion, the life-cycle boundary adds the supply."
    assert boundaries(petrol) == said
    bare = [{"carrier": "spirit", "unit": "L", "combustion": "1.5"}]
    spirit = one(tmp_path / "e", {**BURNER, "carrier": "spirit"}, refrigerants=GAS, carriers=bare)
    said = boundaries(spirit)
    assert said.startswith("Fuels (spirit): combustion alone in both boundaries, no supply is given")
    assert said.endswith("Refrigerants: what leaks counts alike in both boundaries.")


def test_every_language_says_it(tmp_path: Path) -> None:
    run = one(tmp_path, BURNER, refrigerants=GAS, materials=GLASS)
    for code in languages():
        words = language(code)
        assert "petrol" in boundaries(run, words)
        assert "AR5" in gwp(run, words)


def test_every_source_of_a_factor_names_its_set() -> None:
    here = files("usephase.catalog.reference")
    with here.joinpath("sources.csv").open(encoding="utf-8", newline="") as stream:
        sources = {row["code"]: row for row in csv.DictReader(stream)}
    wanted = {"grid": ["intensity"], "gases": ["gwp"], "carriers": ["combustion", "upstream"], "treatments": ["factor"]}
    silent = set()
    for table, columns in wanted.items():
        with here.joinpath(f"{table}.csv").open(encoding="utf-8", newline="") as stream:
            for row in csv.DictReader(stream):
                said = sources[row["source"]]["gwp_set"]
                silent |= {row["source"] for c in columns if row[c] != "0" and f"{c}: " not in said}
    assert silent == {"combusted_cells"}  # CO2 of burnt cells alone


def test_own_factors_of_recycling_are_told(tmp_path: Path) -> None:
    built_in = recycling(one(tmp_path / "b", MODE, materials=GLASS))
    assert "own" not in built_in
    own = one(tmp_path / "o", MODE, materials=GLASS, treatments=TREATED)
    assert "cut off at collection" in built_in
    assert "cut off at collection" not in recycling(own)
    assert recycling(own).startswith("2 factors of recycling and energy recovery are the catalog's own")
    landfill = [{"material": "glass", "route": "landfill", "factor": "1"}]
    assert recycling(one(tmp_path / "l", MODE, materials=GLASS, treatments=landfill)) == built_in


def test_a_run_without_any_variance_has_fixed_inputs(tmp_path: Path) -> None:
    fixed = one(tmp_path / "f", MODE, grid=OWN_GRID)
    assert "variance" not in fixed.meta
    assert lead(fixed).startswith("All inputs that the total depends on are fixed")
    wide = one(tmp_path / "w", {**MODE, "rate": "100 +/- 10%"}, grid=OWN_GRID)
    assert "was not computed" in lead(wide)


def test_what_is_measured_is_counted_by_data_type(tmp_path: Path) -> None:
    hours = {"use_profile": "use", "mode": "on", "amount": "1000", "amount_unit": "h/year", "source": "metered"}
    run = one(tmp_path / "n", MODE, use_profiles=[hours])
    assert "Of 2 values of power, load and use, 0 are called measured" in measured(run)
    run = one(tmp_path / "p", MODE, use_profiles=[{**hours, "data_type": "primary"}])
    assert "Of 2 values of power, load and use, 1 are called measured" in measured(run)


def test_electricity_is_location_based_only_where_it_is_built_in(tmp_path: Path) -> None:
    assert location(one(tmp_path / "b", MODE)).startswith("Location-based: average factors")
    own = location(one(tmp_path / "o", MODE, grid=OWN_GRID))
    assert "Location-based" not in own
    assert own.startswith("The catalog's own are the factors of Germany: whether these follow contracts")
    without = one(tmp_path / "w", BURNER)
    assert location(without).startswith("No electricity is drawn")


ELSEWHERE = [{"region": "DEU", "zone": "SWE"}]


def test_places_of_electricity_are_those_whose_factors_are_used(tmp_path: Path) -> None:
    # Sold in Germany, used in Sweden; or used in Germany with another zone's path.
    for name, tables in {"r": {"regions": ELSEWHERE}, "z": {"zones": [{"zone": "DEU", "grid": "SWE"}]}}.items():
        assert location(one(tmp_path / name, MODE, **tables)).startswith("Location-based: average factors of Sweden;")


@pytest.mark.parametrize("level", ["0.1", "uniform(0.5, 1.5)"])
def test_a_level_of_the_catalogs_own_may_be_a_contract(tmp_path: Path, level: str) -> None:
    for name, more in {"zone": {"zones": [{"zone": "DEU", "level": level}]}, "all": {"level": level}}.items():
        run = one(tmp_path / name, MODE, **more)
        assert location(run).startswith("Average factors of Germany. The catalog's own are levels that scale factors")
        assert "1 emission factors, and levels that scale them, are the catalog's own" in offsets(run)
    plain_one = one(tmp_path / "one", MODE, zones=[{"zone": "DEU", "level": "1"}])
    assert location(plain_one).startswith("Location-based")
    assert "own" not in offsets(plain_one)


def test_zones_without_losses_are_named(tmp_path: Path) -> None:
    sales = [{"product": "P", "region": zone, "year": "2024", "units": "1"} for zone in ("DEU", "VNM")]
    said = boundaries(one(tmp_path, MODE, sales=sales, zones=[{"zone": "DEU", "loss": "0"}]))
    assert said.endswith("and adds losses in the networks, but none for Germany, where none are given.")


def test_sales_that_are_not_listed_and_emit_nothing_are_told(tmp_path: Path) -> None:
    products = [{"product": "P", "use_profile": "use", "lifetime": "life", "family": "Fans"}]
    coverage_rows = [{"family": "Fans", "covered": "0.5"}]
    run = one(tmp_path, {**MODE, "rate": "0"}, products=products, coverage=coverage_rows)
    assert plain(coverage(run)).startswith("Of the sales of these families a share is not listed: Fans 50 %.")
    assert plain(coverage(run)).endswith("so nothing was extrapolated.")


def test_a_mean_above_the_best_estimate_is_not_put_down_to_skewed_inputs_alone(tmp_path: Path) -> None:
    # A symmetric efficiency: the mean of 1/x over 0.3 to 0.9 is ln(3)/0.6 = 1.83, of 1/0.6 = 1.67 it is 9.9 % more.
    curved = one(tmp_path / "c", {**MODE, "efficiency": "uniform(0.3, 0.9)"}, grid=OWN_GRID, draws=256)
    said = plain(difference(curved))
    assert re.match(r"The mean is (9\.\d|10) % above the best estimate: inputs are skewed upward, or act on the", said)
    assert said.endswith("in a curve.")
    assert said in plain(" ".join(headline(curved, language()).remarks))
    # Nothing, or 2,000 h: the best estimate is the median, 0.
    rare = "discrete(0: 0.6, 2000: 0.4)"
    hours = [{"use_profile": "use", "mode": "on", "amount": rare, "amount_unit": "h/year"}]
    assert difference(one(tmp_path / "r", MODE, grid=OWN_GRID, use_profiles=hours)).startswith("The mean is far above")


def test_what_varies_without_guesses_may_be_the_scenario(tmp_path: Path) -> None:
    run = one(tmp_path, MODE)
    parts = [{"kind": "scenario", "sort": "scenario", "share": 0.7}, {"kind": "use", "sort": "known", "share": 0.3}]
    told = replace(run, meta={**run.meta, "variance": {"draws": 9, "shares": parts}})
    assert plain(lead(told)) == (
        "Less than 1 % of the variance of the total comes from guesses. About 30 % comes from values of the data_type "
        "primary or secondary. About 70 % comes from which grid scenario comes true, by the weights given."
    )


def test_how_a_name_was_read_is_no_value(tmp_path: Path) -> None:
    steel = [{"product": "P", "part": "product", "material": "steel", "mass": "1"}]
    named, canonical = (
        one(tmp_path / name, MODE, materials=[{**steel[0], "material": name}]) for name in ("steel", "ferrous")
    )
    assert len(named.register) == len(canonical.register) + 1
    assert known(named) == known(canonical)
    forms = [fill(Facts(run), "ifrs").find("sources").answer.value for run in (named, canonical)]
    assert forms[0] == forms[1]


def test_scenarios_are_in_the_interval_and_share_the_past_only_where_they_do(tmp_path: Path) -> None:
    def path(*scenarios: str) -> list[dict[str, str]]:
        row = {"zone": "DEU", "year": "2020", "intensity": "0.4"}
        return [{**row, "scenario": name} for name in scenarios]

    alone = dict(statements(one(tmp_path / "1", MODE)))
    assert alone["Grid scenarios"] == "trend_10y."
    assert "which grid scenario" not in alone["Interval"]
    shared = {"scenarios": {"trend_10y": 0.5, "frozen": 0.5}}
    built_in = dict(statements(one(tmp_path / "b", MODE, **shared)))
    assert built_in["Grid scenarios"].endswith("Past years belong to every scenario.")
    assert "and which grid scenario comes true, by the weights given" in built_in["Interval"]
    own = one(tmp_path / "o", MODE, grid=path("a", "b"), scenarios={"a": 0.5, "b": 0.5})
    assert "Past years" not in dict(statements(own))["Grid scenarios"]


def test_forms_claim_no_more_than_the_catalog_has(tmp_path: Path) -> None:
    chair = {"products": [{"product": "P"}], "modes": [], "use_profiles": [], "lifetimes": [], "materials": GLASS}
    run = one(tmp_path / "chair", MODE, **chair)
    facts = Facts(run, {2030: 0.25})
    nothing = [
        fill(facts, form).find("gross", row, column).answer.note
        for form, row, column in (
            ("esrs", "Category 11, use of sold products", "N (2024)"),
            ("ifrs", "Category 11, use of sold products", ""),
        )
    ]
    assert all(note.startswith("Nothing that the catalog lists emits here") for note in nothing)
    rate = fill(facts, "esrs").find("annual_target", "Categories 11 and 12", "Annual % target / base year")
    assert rate.answer.note == "the catalog names no base_year"
    page = plain(read(render_page(run)).text())
    assert "No figure per service: no product that emits has a service_mode." in page
    assert "one without a life in the sale year too" in page
    # The built-in factor of recycling is haulage and sorting: to say that no transport is counted would be wrong.
    assert "Transport of waste (optional) is counted only as far as a treatment's factor holds it." in page
    # Of gas alone, no waste is treated.
    gas = one(tmp_path / "gas", MODE, refrigerants=GAS)
    method = fill(Facts(gas), "cdp").find("methodology", "End-of-life treatment of sold products").answer
    assert (method.value, method.status) == (None, "to fill in")
    treated = one(tmp_path / "both", MODE, refrigerants=GAS, materials=GLASS)
    method = fill(Facts(treated), "cdp").find("methodology", "End-of-life treatment of sold products").answer
    assert method.value == ("Waste-type-specific method",)


def test_factors_of_the_catalogs_own_may_hold_what_a_run_cannot_know(tmp_path: Path) -> None:
    built_in, own = one(tmp_path / "b", MODE), one(tmp_path / "o", MODE, grid=OWN_GRID)
    assert offsets(built_in) == "No offset, credit or trade is taken off any figure."
    assert "are the catalog's own: the run cannot know" in offsets(own)
    for run in (built_in, own):
        for form, field in (("ghg-protocol", "trades"), ("esrs", "")):
            filled = fill(Facts(run), form)
            said = [line.text() for line in filled.lines if line.field.key == field] or [" ".join(filled.notes)]
            assert offsets(run) in str(said[0])
        assert plain(offsets(run)) in plain(read(render_page(run)).text())


def test_the_share_of_partners_is_said_if_it_is_given(tmp_path: Path) -> None:
    run = one(tmp_path, MODE)
    assert "is not given" in partners(run)
    given = replace(run, meta={**run.meta, "partner_data": {"category_12": 0.25}})
    assert plain(partners(given)).endswith("as the settings give it: Category 12, end of life 25 %.")
    assert plain(partners(given)) in plain(read(render_page(given)).text())


def test_a_best_estimate_outside_its_own_interval_is_explained(tmp_path: Path) -> None:
    """Most likely 1 h, and 2.5 % of the draws below 2.2 h: 1 + 99 (1 − √0.975)."""
    hours = [{"use_profile": "use", "mode": "on", "amount": "triangular(1, 1, 100)", "amount_unit": "h/year"}]
    run = one(tmp_path / "a", MODE, grid=OWN_GRID, use_profiles=hours, draws=512)
    assert run.figure("total")["p2_5"] / run.figure("total")["best_estimate"] == pytest.approx(2.24, rel=0.02)
    assert "outside the 95 % interval" in plain(difference(run))
    hours[0]["amount"] = "triangular(1, 50, 100)"
    assert "outside" not in difference(one(tmp_path / "b", MODE, grid=OWN_GRID, use_profiles=hours, draws=512))
