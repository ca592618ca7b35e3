"""Which row answers for what."""

import numpy as np
import pytest

from tests.catalog import build
from usephase.catalog.resolve import resolve
from usephase.sampling import distributions as dist

HISTORY = [
    {"zone": "AAA", "scenario": "*", "year": y, "intensity": i} for y, i in ((2010, 0.9), (2020, 0.6), (2023, 0.5))
]
REFERENCE = {
    "grid": [
        *HISTORY,
        {"zone": "AAA", "scenario": "flat", "year": 2030, "intensity": 0.4},
        {"zone": "AAA", "scenario": "green", "year": 2030, "intensity": 0.1},
        {"zone": "BBB", "scenario": "flat", "year": 2020, "intensity": 0.8},
    ],
    "reference_grid": [{"zone": "AAA", "level": "lognormal(1,0.05)"}, {"zone": "BBB", "level": "lognormal(1,0.1)"}],
    "zones": [
        {"zone": "AAA", "name": "Aland", "loss": "0.05", "source": "S", "basis": "derived", "licence": "L"},
        {"zone": "BBB", "name": "Bland", "loss": "triangular(0.06,0.08,0.1)"},
    ],
    "carriers": [{"carrier": "petrol", "unit": "L", "combustion": "2.3"}, {"carrier": "lpg", "combustion": "1.5"}],
    "gases": [{"gas": "r32", "gwp": "771"}],
    "lifetimes": [{"lifetime": "drill", "mean": "10"}, {"lifetime": "saw", "mean": "8"}],
    "use_profiles": [
        {"use_profile": "diy", "mode": "on", "amount": "10", "amount_unit": "h/year"},
        {"use_profile": "diy", "mode": "off", "amount_unit": "rest"},
        {"use_profile": "pro", "mode": "on", "amount": "500", "amount_unit": "h/year"},
    ],
    "end_of_life": [
        {"zone": "AAA", "material": "steel", "route": "recycling", "share": "1"},
        {"zone": "*", "material": "*", "route": "landfill", "share": "1"},
    ],
    "treatments": [
        {"material": "*", "route": "landfill", "factor": "0.1"},
        {"material": "*", "route": "recycling", "factor": "0.02"},
        {"material": "plastic", "route": "landfill", "factor": "0.3"},
        {"material": "glass", "route": "landfill", "factor": "0.01"},
    ],
}
BASE = {
    "products": [{"product": "D", "use_profile": "diy", "lifetime": "drill"}],
    "modes": [{"product": "D", "mode": "on", "carrier": "electricity", "rate": "100", "rate_unit": "W"}],
    "sales": [{"product": "D", "region": "AAA", "year": "2024", "units": "1"}],
    "materials": [
        {"product": "D", "part": "product", "material": "steel", "mass": "1"},
        {"product": "D", "part": "product", "material": "plastic", "mass": "1"},
    ],
}


def made(settings=None, reference=None, **changes):
    """Resolve the base catalog with some tables replaced."""
    return resolve(
        build.catalog(settings, **{**BASE, **changes}), build.reference(**{**REFERENCE, **(reference or {})})
    )


def keys(resolved, name, rows):
    return [resolved.tables[name].key(int(row)) for row in rows]


def test_pulls_in_only_the_reference_rows_that_are_referred_to():
    got = made()
    assert list(got.tables["lifetimes"].frame["lifetime"]) == ["drill"]
    assert list(got.tables["use_profiles"].frame["mode"]) == ["off", "on"]
    assert len(got.tables["carriers"]) == 0
    assert len(got.tables["gases"]) == 0
    assert set(got.tables["lifetimes"].frame["origin"]) == {"reference"}
    assert list(got.tables["lifetimes"].line) == [-1]
    assert list(got.tables["sales"].frame["origin"]) == ["catalog"]


def test_pulls_in_carriers_and_gases():
    got = made(
        modes=[{"product": "D", "mode": "on", "carrier": "petrol", "rate": "1", "rate_unit": "L/h"}],
        refrigerants=[{"product": "D", "gas": "r32", "charge": "1"}],
    )
    assert list(got.tables["carriers"].frame["carrier"]) == ["petrol"]
    assert got.tables["gases"].values["gwp"].params[0, 0] == 771


def test_a_profile_of_the_catalog_replaces_the_reference_profile_whole():
    got = made(use_profiles=[{"use_profile": "diy", "mode": "on", "amount": "7", "amount_unit": "h/year"}])
    profile = got.tables["use_profiles"]
    assert keys(got, "use_profiles", [0]) == ["use_profile=diy;mode=on"]
    assert len(profile) == 1
    assert profile.values["amount"].params[0, 0] == 7


def test_a_reference_path_is_history_then_scenario_from_the_first_sale_on():
    got = made()
    rows = got.paths["AAA", "flat"]
    assert list(got.tables["grid"].frame["year"].iloc[rows]) == [2023, 2030]
    assert list(got.tables["grid"].values["intensity"].params[rows, 0]) == [0.5, 0.4]
    earlier = made(sales=[{"product": "D", "region": "AAA", "year": "2020", "units": "1"}])
    rows = earlier.paths["AAA", "flat"]
    assert list(earlier.tables["grid"].frame["year"].iloc[rows]) == [2020, 2023, 2030]


def test_scenarios_share_the_rows_of_history():
    got = made({"scenarios": {"flat": 1.0, "green": 2.0, "off": 0.0}})
    flat, green = got.paths["AAA", "flat"], got.paths["AAA", "green"]
    assert flat[0] == green[0]
    assert flat[1] != green[1]
    assert ("AAA", "off") not in got.paths
    assert len(got.tables["grid"]) == 3


def test_a_path_of_the_catalog_is_taken_whole_and_has_no_reference_error():
    own = [{"zone": "AAA", "scenario": "flat", "year": "2024", "intensity": "0.7"}]
    got = made({"scenarios": {"flat": 1.0}}, grid=own)
    assert keys(got, "grid", got.paths["AAA", "flat"]) == ["zone=AAA;scenario=flat;year=2024"]
    assert got.path_error == {}
    assert len(got.tables["reference_grid"]) == 0


def test_a_path_of_the_catalog_for_every_scenario_beats_the_reference_path_of_one():
    own = [{"zone": "AAA", "scenario": "*", "year": "2024", "intensity": "0.7"}]
    got = made(grid=own)
    assert keys(got, "grid", got.paths["AAA", "flat"]) == ["zone=AAA;scenario=*;year=2024"]


def test_a_scenario_row_beats_the_row_of_all_scenarios_in_its_year():
    own = [
        {"zone": "AAA", "scenario": "*", "year": "2023", "intensity": "0.7"},
        {"zone": "AAA", "scenario": "*", "year": "2024", "intensity": "0.6"},
        {"zone": "AAA", "scenario": "flat", "year": "2024", "intensity": "0.5"},
    ]
    got = made(grid=own)
    rows = got.paths["AAA", "flat"]
    assert list(got.tables["grid"].values["intensity"].params[rows, 0]) == [0.7, 0.5]


def test_the_error_of_a_reference_path_is_found_by_path_zone():
    zones = [{"zone": "X", "grid": "BBB"}]
    got = made(zones=zones, sales=[{"product": "D", "region": "X", "year": "2024", "units": "1"}])
    assert got.path_zone == {"X": "BBB"}
    assert set(got.paths) == {("BBB", "flat")}
    row = got.path_error["BBB"]
    assert got.tables["reference_grid"].values["level"].params[row, 1] == 0.1


def test_regions_are_zones_by_weight_or_zones_of_the_same_name():
    regions = [
        {"region": "R", "zone": "BBB", "weight": "3"},
        {"region": "R", "zone": "AAA", "weight": "1"},
        {"region": "unsold", "zone": "CCC"},
    ]
    sales = [{"product": "D", "region": r, "year": "2024", "units": "1"} for r in ("R", "AAA")]
    got = made(regions=regions, sales=sales)
    assert got.regions == {"AAA": (("AAA", 1.0),), "R": (("AAA", 0.25), ("BBB", 0.75))}
    assert set(got.zone_row) == {"AAA", "BBB"}


def test_a_loss_is_the_catalogs_or_the_references_or_none():
    sales = [{"product": "D", "region": r, "year": "2024", "units": "1"} for r in ("AAA", "BBB", "CCC", "DDD")]
    zones = [{"zone": "AAA", "loss": "0.2"}, {"zone": "BBB", "level": "1.5"}, {"zone": "DDD"}]
    got = made(zones=zones, sales=sales)
    frame, loss = got.tables["zones"].frame, got.tables["zones"].values["loss"]
    row = got.zone_row
    assert [loss.params[row[z], 0] for z in ("AAA", "CCC", "DDD")] == [0.2, 0, 0]
    assert loss.kind[row["BBB"]] == dist.TRIANGULAR
    assert list(loss.params[row["BBB"], :3]) == [0.06, 0.08, 0.1]
    assert got.tables["zones"].values["level"].params[row["BBB"], 0] == 1.5
    assert [frame["origin"].iat[row[z]] for z in ("AAA", "BBB", "CCC", "DDD")] == [
        *["catalog"] * 2,
        "reference",
        "catalog",
    ]
    assert frame["basis"].iat[row["CCC"]] == "assumption"
    assert frame["loss_basis"].iat[row["DDD"]] == "assumption"


def test_a_reference_zone_keeps_its_source():
    got = made()
    frame = got.tables["zones"].frame
    assert list(frame.loc[got.zone_row["AAA"], ["origin", "source", "basis", "licence"]]) == [
        "reference",
        "S",
        "derived",
        "L",
    ]
    borrowed = made(zones=[{"zone": "AAA", "level": "1.1"}]).tables["zones"].frame
    assert list(borrowed.loc[0, ["origin", "source", "loss_source", "loss_licence"]]) == ["catalog", "", "S", "L"]


@pytest.mark.parametrize(
    ("own", "winner"),
    [
        ([], "zone=AAA;material=steel;route=recycling"),
        ([("*", "*")], "zone=*;material=*;route=landfill"),
        ([("*", "*"), ("*", "steel")], "zone=*;material=steel;route=landfill"),
        ([("*", "*"), ("*", "steel"), ("AAA", "*")], "zone=AAA;material=*;route=landfill"),
        ([("*", "*"), ("*", "steel"), ("AAA", "*"), ("AAA", "steel")], "zone=AAA;material=steel;route=landfill"),
    ],
)
def test_the_most_specific_waste_rows_win_zone_before_material_catalog_before_reference(own, winner):
    rows = [{"zone": z, "material": m, "route": "landfill", "share": "1"} for z, m in own]
    got = made(end_of_life=rows)
    assert keys(got, "end_of_life", got.waste["AAA", "steel"]) == [winner]


def test_waste_routes_follow_the_alias():
    zones = [{"zone": "X", "end_of_life": "AAA", "grid": "AAA"}]
    got = made(zones=zones, sales=[{"product": "D", "region": "X", "year": "2024", "units": "1"}])
    assert keys(got, "end_of_life", got.waste["X", "steel"]) == ["zone=AAA;material=steel;route=recycling"]
    assert keys(got, "end_of_life", got.waste["X", "plastic"]) == ["zone=*;material=*;route=landfill"]


def test_treatments_are_found_for_the_routes_taken():
    got = made()
    assert set(got.treatment) == {("steel", "recycling"), ("plastic", "landfill")}
    assert keys(got, "treatments", got.treatment["plastic", "landfill"]) == ["material=plastic;route=landfill"]
    assert list(got.tables["treatments"].frame["material"]) == ["*", "plastic"]
    own = made(treatments=[{"material": "*", "route": "landfill", "factor": "0.9"}])
    assert keys(own, "treatments", own.treatment["plastic", "landfill"]) == ["material=*;route=landfill"]


def test_dated_treatments_come_in_the_order_of_years():
    rows = [
        {"material": "plastic", "route": "landfill", "year": y, "factor": f}
        for y, f in (("2030", "0.1"), ("2020", "0.3"))
    ]
    got = made(treatments=rows)
    assert list(got.tables["treatments"].values["factor"].params[got.treatment["plastic", "landfill"], 0]) == [0.3, 0.1]


def test_what_nothing_answers_for_is_not_there():
    got = made(
        sales=[{"product": "D", "region": "ZZZ", "year": "2024", "units": "1"}],
        reference={"end_of_life": [], "treatments": []},
    )
    assert got.paths == {}
    assert got.waste == {}
    assert got.treatment == {}
    assert got.path_zone == {"ZZZ": "ZZZ"}


def test_materials_of_unsold_products_need_no_routes():
    got = made(
        products=[*BASE["products"], {"product": "E"}],
        materials=[*BASE["materials"], {"product": "E", "part": "product", "material": "glass", "mass": "1"}],
    )
    assert {material for _, material in got.waste} == {"steel", "plastic"}


def test_tables_stay_sorted_and_aligned_when_rows_join():
    profiles = [{"use_profile": "a", "mode": "on", "amount": "discrete(1:1,2:1)", "amount_unit": "h/year"}]
    extra = {"use_profile": "diy", "mode": "m", "amount": "discrete(5:1,6:1)", "amount_unit": "h/year"}
    got = made(use_profiles=profiles, reference={"use_profiles": [*REFERENCE["use_profiles"], extra]})
    table = got.tables["use_profiles"]
    assert [table.key(i) for i in range(len(table))] == [
        "use_profile=a;mode=on", "use_profile=diy;mode=m", "use_profile=diy;mode=off", "use_profile=diy;mode=on",
    ]  # fmt: skip
    amount = table.values["amount"]
    np.testing.assert_array_equal(amount.points[int(amount.params[1, 0])][0], [5, 6])
    np.testing.assert_array_equal(amount.points[int(amount.params[0, 0])][0], [1, 2])
    assert amount.params[3, 0] == 10
