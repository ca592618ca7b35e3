"""Years, regions, zones, grids and waste: what is missing, and where."""

import pytest

from tests.catalog.sound import BASE, also, but, one, problems


def sold(region, year="2024"):
    return also("sales", {"product": "DRILL", "region": region, "year": year, "units": "5"})


def path(zone, *years, scenario="flat"):
    return [{"zone": zone, "scenario": scenario, "year": year, "intensity": "0.4"} for year in years]


ANYWHERE = [{"zone": "*", "material": "*", "route": "recycling", "share": "1"}]


def test_the_reporting_year_has_sales():
    said = problems({"reporting_year": 2023})
    assert said[0][:2] == ("error", "catalog.toml:catalog.reporting_year")
    assert "2021–2024" in said[0][3]


def test_the_base_year_has_sales_and_lies_before():
    one("error", "catalog.toml:catalog.base_year", "2020", settings={"base_year": 2020})
    assert problems({"base_year": 2021}) == []
    said = problems({"base_year": 2024, "reporting_year": 2021})
    assert ("error", "catalog.toml:catalog.base_year") in [p[:2] for p in said]


def test_no_sales_is_one_problem():
    assert [p[1] for p in problems(sales=[]) if p[0] == "error"] == ["sales.csv"]


def test_later_sales_are_a_forecast():
    later = [{**row, "units": "100"} for row in sold("DEU", "2026")]
    one("warning", "sales.csv:4:year", "1 rows", "2024", sales=later)


def test_zero_units_are_said():
    one("warning", "sales.csv:2:units", "0 units", sales=but("sales", units="0"))


def test_a_scenario_with_a_weight_is_known_somewhere():
    one("error", "catalog.toml:grid.scenarios.gren", "`green`", settings={"scenarios": {"gren": 1.0, "flat": 1.0}})
    assert problems({"scenarios": {"green": 0.5, "flat": 0.5}}) == []
    assert [p for p in problems({"scenarios": {"gren": 0.0, "flat": 1.0}}) if p[0] == "error"] == []


def test_weights_of_scenarios_add_up_to_something():
    one("error", "catalog.toml:grid.scenarios", "no scenario", settings={"scenarios": {"flat": 0.0}})
    one("error", "catalog.toml:grid.scenarios.flat", "negative", settings={"scenarios": {"flat": -1.0, "green": 1.0}})


@pytest.mark.parametrize(
    ("region", "advice"),
    [("Germny", "did you mean Germany? Then write `DEU`"), ("DEX", "give it rows in grid"), ("Atlantis", "regions")],
)
def test_a_region_without_a_path_is_named_with_the_nearest_zone(region, advice):
    one(
        "error",
        "sales.csv:4:region",
        f"no grid path for the zone `{region}`",
        advice,
        sales=sold(region),
        end_of_life=ANYWHERE,
    )


def test_a_zone_of_a_region_without_a_path_is_named_where_it_is_listed():
    regions = [{"region": "EU", "zone": "DEU"}, {"region": "EU", "zone": "Frannce"}]
    said = problems(regions=regions, sales=sold("EU"), end_of_life=ANYWHERE)
    assert said[0][:2] == ("error", "regions.csv:3:zone")
    assert "did you mean France? Then write `FRA`" in said[0][3]


def test_a_zone_lacks_a_path_in_one_of_the_scenarios():
    weights = {"scenarios": {"flat": 1.0, "green": 1.0}}
    sales = sold("FRA")
    one(
        "error",
        "sales.csv:4:region",
        "`FRA` has no path in the scenario `green`",
        settings=weights,
        sales=sales,
        end_of_life=ANYWHERE,
    )


def test_history_alone_is_no_path_of_a_scenario():
    one(
        "error",
        "sales.csv:4:region",
        "no path in the scenario `flat`",
        sales=sold("REG"),
        end_of_life=ANYWHERE,
        zones=[{"zone": "REG", "loss": "0.1"}],
    )


def test_a_path_of_ones_own_for_every_scenario_is_one():
    grid = path("HOME", "2020", scenario="*")
    assert problems(sales=sold("HOME"), grid=grid, zones=[{"zone": "HOME", "loss": "0.1"}], end_of_life=ANYWHERE) == []


def test_where_nothing_electric_is_used_no_path_is_needed():
    modes = but("modes", carrier="petrol", rate_unit="L/h")
    said = problems(modes=modes, sales=sold("XYZ"), end_of_life=ANYWHERE)
    assert [p[:2] for p in said] == [("warning", "sales.csv:4:region")]
    assert "`XYZ`" in said[0][2]


def test_a_path_begins_before_the_first_sale():
    one("error", "grid.csv:2:year", "begins in 2022", "2021", grid=path("DEU", "2022", "2030"))
    assert problems(grid=path("DEU", "2021", "2030")) == []


def test_an_alias_leads_to_a_zone_with_a_path():
    zones = [{"zone": "HOME", "grid": "DEX", "loss": "0.1"}]
    one(
        "error",
        "zones.csv:2:grid",
        "`DEX` has no grid path",
        "give it rows in grid",
        zones=zones,
        sales=sold("HOME"),
        end_of_life=ANYWHERE,
    )
    zones[0]["grid"] = "DEU"
    assert problems(zones=zones, sales=sold("HOME"), end_of_life=ANYWHERE) == []


def test_an_alias_does_not_lead_to_an_alias():
    zones = [{"zone": "A", "grid": "B", "loss": "0.1"}, {"zone": "B", "grid": "DEU", "loss": "0.1"}]
    sales = [*sold("A"), {"product": "DRILL", "region": "B", "year": "2024", "units": "5"}]
    one("error", "zones.csv:2:grid", "`B` itself uses", "`DEU`", zones=zones, sales=sales, end_of_life=ANYWHERE)


def test_an_alias_of_waste_leads_to_a_zone_with_routes():
    zones = [{"zone": "HOME", "grid": "DEU", "end_of_life": "GER", "loss": "0.1"}]
    said = problems(zones=zones, sales=sold("HOME"))
    assert ("error", "zones.csv:2:end_of_life") in [p[:2] for p in said]


def test_trends_leave_something_of_the_intensity():
    zones = [{"zone": "DEU", "trend": "-0.6", "loss": "0.1"}]
    one("error", "zones.csv:2:trend", "below 0", zones=zones, grid_settings={"trend": "-0.5"})
    zones[0]["trend"] = "-0.5"
    assert problems(zones=zones, grid_settings={"trend": "-0.4"}) == []


def test_an_assumed_loss_of_zero_is_said():
    grid = path("HOME", "2020")
    one("warning", "sales.csv:4:region", "no network loss", sales=sold("HOME"), grid=grid, end_of_life=ANYWHERE)
    zones = [{"zone": "HOME", "level": "1.1"}]
    one(
        "warning",
        "zones.csv:2:loss",
        "no network loss",
        sales=sold("HOME"),
        grid=grid,
        end_of_life=ANYWHERE,
        zones=zones,
    )
    assert problems(zones=[{"zone": "DEU", "level": "1.1"}]) == []


def test_a_material_has_routes_where_it_is_sold():
    wood = also("materials", {"product": "DRILL", "part": "packaging", "material": "stel", "mass": "1"})
    one("error", "materials.csv:3:material", "`stel` has no waste routes in `DEU`", "`steel`", materials=wood)


def test_a_route_has_a_treatment():
    rows = [{"zone": "DEU", "material": "*", "route": "landfil", "share": "1"}]
    one("error", "end_of_life.csv:2:route", "`landfil` has no treatment for `steel`", "`landfill`", end_of_life=rows)


def test_a_material_that_only_any_answers_for_is_said():
    wood = [{"product": "DRILL", "part": "product", "material": "steell", "mass": "1"}]
    one(
        "warning",
        "materials.csv:2:material",
        "`steell`",
        "`ferrous`",
        materials=wood,
        reference={"end_of_life": ANYWHERE},
    )


def routes(*shares):
    return [{"zone": "DEU", "material": "*", "route": r, "year": y, "share": s} for r, y, s in shares]


def test_shares_of_routes_sum_to_one():
    one(
        "error",
        "end_of_life.csv:2:share",
        "sum to 0.9,",
        end_of_life=routes(("landfill", "", "0.4"), ("recycling", "", "0.5")),
    )
    assert problems(end_of_life=routes(("landfill", "", "0.4"), ("recycling", "", "normal(0.6,0.1)"))) == []


def test_shares_sum_to_one_in_every_listed_year():
    dated = routes(
        ("landfill", "2020", "0.5"),
        ("landfill", "2030", "0.2"),
        ("recycling", "2020", "0.5"),
        ("recycling", "2030", "0.7"),
    )
    one("error", "end_of_life.csv:3:share", "sum to 0.9 in 2030", end_of_life=dated)


def test_dated_routes_are_read_along_the_line_between_their_years():
    # In 2025 landfill is half way between 0.5 and 0.2; recycling says 0.65 there: the sum is 1 in all three years.
    dated = routes(
        ("landfill", "2020", "0.5"), ("landfill", "2030", "0.2"),
        ("recycling", "2020", "0.5"), ("recycling", "2025", "0.65"), ("recycling", "2030", "0.8"),
    )  # fmt: skip
    assert problems(end_of_life=dated) == []


def test_a_route_is_dated_or_not():
    mixed = routes(("landfill", "", "0.5"), ("landfill", "2030", "0.2"), ("recycling", "", "0.5"))
    one("error", "end_of_life.csv:2:year", "with a year and one without", end_of_life=mixed)
    rows = [{"material": "steel", "route": "recycling", "year": y, "factor": "0.1"} for y in ("", "2030")]
    one("error", "treatments.csv:2:year", "with a year and one without", treatments=rows)


UNUSED = [
    ("products", {"product": "BOX"}, "product", "not sold"),
    ("lifetimes", {"lifetime": "other", "mean": "3"}, "lifetime", "`other`"),
    (
        "use_profiles",
        {"use_profile": "other", "mode": "on", "amount": "3", "amount_unit": "h/year"},
        "use_profile",
        "`other/on`",
    ),
    (
        "use_profiles",
        {"use_profile": "diy", "mode": "idle", "amount": "3", "amount_unit": "h/year"},
        "use_profile",
        "`diy/idle`",
    ),
    ("use_profiles", {**BASE["use_profiles"][0], "region": "FRA"}, "use_profile", "`diy/on/FRA`"),
    ("carriers", {"carrier": "hay", "unit": "kg", "combustion": "0"}, "carrier", "`hay`"),
    ("gases", {"gas": "r99", "gwp": "1"}, "gas", "`r99`"),
    ("regions", {"region": "EU", "zone": "DEU"}, "region", "no sales"),
    ("zones", {"zone": "ITA", "loss": "0.1"}, "zone", "`ITA`"),
    ("grid", path("DEU", "2020", scenario="dark")[0], "zone", "`DEU/dark`"),
    ("end_of_life", {"zone": "ITA", "material": "*", "route": "landfill", "share": "1"}, "zone", "`ITA/*`"),
    ("treatments", {"material": "glass", "route": "landfill", "factor": "1"}, "material", "`glass/landfill`"),
]


@pytest.mark.parametrize(("table", "row", "column", "says"), UNUSED)
def test_a_row_that_changes_nothing_is_said(table, row, column, says):
    rows = also(table, row)
    one("warning", f"{table}.csv:{len(rows) + 1}:{column}", says, **{table: rows})


def test_a_mode_that_shortens_the_rest_changes_something():
    rows = [
        {"use_profile": "diy", "mode": "on", "amount_unit": "rest"},
        {"use_profile": "diy", "mode": "away", "amount": "3000", "amount_unit": "h/year"},
    ]
    assert problems(use_profiles=rows) == []


def test_many_rows_that_change_nothing_are_one_line():
    rows = [{"carrier": f"c{i}", "unit": "kg", "combustion": "1"} for i in range(8)]
    one("warning", "carriers.csv:2:carrier", "8 entries", carriers=rows)
