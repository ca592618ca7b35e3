"""The reference tables: figures worked out by hand from the publishers' numbers, and rules that every row obeys."""

import math
from importlib.resources import files

import numpy as np
import pandas as pd
import pytest

from usephase.catalog import reference
from usephase.catalog.rules.notes import spreads_of_users
from usephase.catalog.schema import TABLES
from usephase.catalog.values import cells
from usephase.sampling import distributions as dist

RUN = ("grid", "reference_grid", "zones", "carriers", "gases", "treatments", "end_of_life", "lifetimes", "use_profiles")
SETS = ("AR4", "AR5", "AR6")
EVERYWHERE = {"frozen", "trend_10y", "oecm_1p5c", "remind_ssp2_base", "remind_ssp2_rcp37"}
US = {
    "eia_aeo2025_reference", "eia_aeo2025_highztc_highogs", "eia_aeo2025_lowztc_lowogs", "nrel_cambium2024_midcase",
    "nrel_cambium2023_95by2050", "nrel_cambium2023_100by2035",
}  # fmt: skip
SIMPLE = {"frozen", "trend_10y"}
MARKS = (
    "source_dataset", "derived", "cited_text", "regulation_recalled", "memory_unverified", "assumption", "proxy",
)  # fmt: skip
ROUTES = {"recycling", "landfill", "incineration", "energy_recovery", "open_dump", "composting"}
MATERIALS = {
    "ferrous", "aluminium", "copper", "other_metals", "plastic", "plastic_film", "electronics", "li_ion_cells",
    "glass", "rubber", "textile", "cardboard", "other", "*",
}  # fmt: skip


def _best(name: str, column: str, gwp: str = "AR6", **key: object) -> float:
    table = reference.table(name, gwp)
    chosen = np.logical_and.reduce([(table.frame[k] == v).to_numpy() for k, v in key.items()])
    assert chosen.sum() == 1, f"{name}: {key} is in {chosen.sum()} rows"
    return float(cells.best_estimates(table.values[column])[chosen][0])


def _written(name: str, column: str, **key: str) -> str:
    rows = reference.frame(name)
    return str(rows[np.logical_and.reduce([rows[k] == v for k, v in key.items()])][column].item())


# -- figures by hand -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("carrier", "gwp", "combustion"),
    [
        # kg CO2 + g CH4 · GWP + g N2O · GWP a litre (natural gas: m3), US EPA 2021
        ("petrol", "AR6", 2.31943 + 1.54276e-3 * 29.8 + 0.04755e-3 * 273),
        ("petrol", "AR5", 2.31943 + 1.54276e-3 * 30 + 0.04755e-3 * 265),
        ("petrol", "AR4", 2.31943 + 1.54276e-3 * 25 + 0.04755e-3 * 298),
        ("petrol_two_stroke", "AR6", 2.32932 + 4.11316e-3 * 29.8 + 0.01585e-3 * 273),
        ("diesel", "AR5", 2.6972 + 0.08718e-3 * 30 + 0.12416e-3 * 265),
        ("propane", "AR6", 1.51106 + 0.07133e-3 * 29.8 + 0.01321e-3 * 273),
        ("lpg", "AR4", 1.5005 + 0.07397e-3 * 25 + 0.01585e-3 * 298),
        ("natural_gas", "AR6", 1.92253 + 0.03637e-3 * 29.8 + 0.00353e-3 * 273),
        # the CO2 of grown fuel is in its own ledger; its methane is not of fossil origin
        ("ethanol", "AR6", 0.02378e-3 * 27 + 0.00264e-3 * 273),
        ("biodiesel", "AR5", 0.03698e-3 * 28 + 0.00264e-3 * 265),
        ("petrol_blend_uk", "AR5", 2.075),  # UK DESNZ 2026, as it prints the sum
        ("diesel_blend_uk", "AR5", 2.58354),
        ("diesel_blend_uk", "AR6", 2.55035 + 0.00029 * 27 / 28 + 0.0329 * 273 / 265),
    ],
)
def test_combustion_adds_up_the_three_gases(carrier, gwp, combustion):
    assert _best("carriers", "combustion", gwp, carrier=carrier) == pytest.approx(combustion, abs=6e-7)


def test_upstream_and_biogenic_are_as_published():
    assert _best("carriers", "upstream", carrier="petrol") == 0.60664
    assert _best("carriers", "upstream", carrier="diesel") == 0.62409
    assert _best("carriers", "upstream", carrier="kerosene") == 0.53078
    assert _best("carriers", "biogenic", carrier="ethanol") == 1.51899
    assert _best("carriers", "biogenic", carrier="petrol") == 0
    # 1 - 2.0844/2.35372 = 11.44 % of the litre is not mineral; as ethanol
    assert _best("carriers", "biogenic", carrier="petrol_blend_uk") == pytest.approx(0.1144 * 1.51899, abs=1e-4)


@pytest.mark.parametrize(
    ("gas", "gwp", "value"),
    [
        ("r134a", "AR4", 1430), ("r134a", "AR5", 1300), ("r134a", "AR6", 1530), ("r32", "AR6", 771),
        ("r410a", "AR6", (771 + 3740) / 2),
        ("r404a", "AR6", 0.44 * 3740 + 0.04 * 1530 + 0.52 * 5810),
        ("r407c", "AR5", 0.23 * 677 + 0.25 * 3170 + 0.52 * 1300),
        ("r290", "AR6", 0.02), ("sf6", "AR5", 23500), ("r744", "AR6", 1), ("r1234yf", "AR5", 0.501),
    ],
)  # fmt: skip
def test_warming_potentials(gas, gwp, value):
    assert _best("gases", "gwp", gwp, gas=gas) == pytest.approx(value, abs=0.051 if value > 1000 else 1e-9)


@pytest.mark.parametrize(
    ("zone", "loss"),
    [
        ("DEU", "0.0635 */ 1.25"),  # EIA: 4.92 % of supply in the mean of 2017 to 2021, · 1.29
        ("LAO", "0.4153 */ 1.6"),  # 32.19 % in the mean, 6.89 % in the last year
        ("IRQ", "0.5 */ 1.6"),  # no more than half is believed
        ("GBR", "0.0902 */ 1.3"),  # DESNZ 2026: 0.01299 / (0.13096 + 0.01299)
        ("CA-ON", "0.0748 */ 1.4"),  # Canada's 5.8 % · 1.29
        ("REU", "0.1011 */ 1.6"),  # France's 7.84 % · 1.29
    ],
)
def test_losses(zone, loss):
    assert _written("zones", "loss", zone=zone) == loss


@pytest.mark.parametrize(
    ("material", "route", "factor"),
    [
        ("ferrous", "recycling", 0.00468568),  # UK: collection and sorting, 4.68568 kg/t
        ("plastic", "energy_recovery", 0.00468568),
        ("plastic", "incineration", 2.34 / 0.90718474),  # EPA, t a short ton
        ("plastic_film", "incineration", 2.80 / 0.90718474),
        ("electronics", "incineration", 0.87 / 0.90718474),
        ("li_ion_cells", "incineration", 1.2),
        ("cardboard", "landfill", 1.1644894),
        ("rubber", "landfill", 0.02 / 0.90718474),  # the UK has none
        ("glass", "open_dump", 0.00898311),
        ("cardboard", "composting", 0.00898311),
    ],
)
def test_treatments(material, route, factor):
    assert _best("treatments", "factor", material=material, route=route) == pytest.approx(factor, abs=6e-7)


def test_devices_not_collected_go_where_residual_waste_goes():
    # China: 15 % of devices collected; 29.84 % burnt, 60.16 % landfilled, 8.21 % dumped: residual 98.21 %.
    burnt = 0.85 * 29.84 / 98.21
    expected = {
        "recycling": 0.15,
        "landfill": 0.85 * 60.16 / 98.21,
        "open_dump": 0.85 * 8.21 / 98.21,
        "energy_recovery": 0.95 * burnt,
        "incineration": 0.05 * burnt,
    }
    for route, share in expected.items():
        # ten-thousandths, of which one may have closed the sum
        assert _best("end_of_life", "share", zone="CHN", material="*", route=route) == pytest.approx(share, abs=2e-4)


def test_packaging_goes_where_municipal_waste_goes():
    # Vietnam: 23 % recycled, 15 % composted, the rest unaccounted for and, below high income, dumped.
    shares = [
        _best("end_of_life", "share", zone="VNM", material="cardboard", route=route)
        for route in ("recycling", "composting", "open_dump")
    ]
    assert shares == [0.23, 0.15, 0.62]
    # film does not compost
    assert _best("end_of_life", "share", zone="VNM", material="plastic_film", route="recycling") == pytest.approx(
        0.23 / 0.85, abs=1e-4
    )


def test_lifetimes():
    # scale 11.28 years, shape 1.82
    mean = 11.28 * math.gamma(1 + 1 / 1.82)
    assert _best("lifetimes", "mean", lifetime="unu_0601") == pytest.approx(mean, abs=6e-4)
    # median 47.9 h at full load, shape 3.5
    mean = 47.9 / math.log(2) ** (1 / 3.5) * math.gamma(1 + 1 / 3.5)
    assert _best("lifetimes", "mean", lifetime="nonroad_mower_residential") == pytest.approx(mean, abs=0.06)
    table = reference.table("lifetimes").frame.set_index("lifetime")
    assert tuple(table.loc["nonroad_mower_residential", ["unit", "mode"]]) == ("full_load_hour", "operating")
    assert "3-6 hp" in table.loc["nonroad_mower_residential", "source"]
    assert _written("lifetimes", "mean", lifetime="life_drill_diy") == "triangular(5, 10, 15)"
    assert _written("use_profiles", "amount", use_profile="drill_diy") == "p5_p50_p95(3, 8, 20)"
    assert _written("use_profiles", "amount", use_profile="nonroad_mower_commercial") == "406 */ 2.25"


# -- rules that every row obeys ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", RUN)
@pytest.mark.parametrize("gwp", SETS)
def test_every_value_parses_and_stays_in_its_range(name, gwp):
    table = reference.table(name, gwp)
    for column, values in table.values.items():
        if column in reference.frame(name):
            written = values.text != ""
            assert (values.present() == (written | (values.kind == dist.FIXED))).all()
        for row in np.flatnonzero(cells.uncertain(values)):
            kind, params = int(values.kind[row]), values.params[row]
            below, above = dist.cumulative(kind, params, values.low), dist.cumulative(kind, params, values.high)
            assert below + 1 - above <= 0.01, table.key(row)
        fixed = values.params[values.kind == dist.FIXED, 0]
        assert ((fixed >= values.low) & (fixed <= values.high)).all()


@pytest.mark.parametrize("name", RUN)
def test_required_columns_are_filled_and_rows_sorted_by_key(name):
    table = reference.table(name)
    keys = list(TABLES[name].keys) if name in TABLES else ["zone"]
    assert not table.frame.duplicated(keys).any()
    assert table.frame[keys].equals(table.frame[keys].sort_values(keys, kind="stable").reset_index(drop=True))
    for column in TABLES[name].columns if name in TABLES else ():
        if column.required:
            filled = table.values[column.name].present() if column.kind == "value" else table.frame[column.name] != ""
            assert np.all(filled), column.name
        if column.kind == "choice":
            assert set(table.frame[column.name]) <= {*column.choices, ""}
    assert (table.line == -1).all()


@pytest.mark.parametrize("name", [name for name in reference.names() if name != "sources"])
def test_every_row_says_where_it_comes_from(name):
    rows = reference.frame(name)
    assert len(rows) > 0
    assert not rows.isna().any().any()
    for column in ("source", "licence", "basis"):
        assert (rows[column] != "").all(), column
    assert all(any(mark in basis for mark in MARKS) for basis in rows["basis"].unique())


def test_recalled_values_keep_their_mark():
    carriers = reference.table("carriers").frame
    assert carriers["basis"].str.contains("memory_unverified (density, heating_value)", regex=False).all()
    cell_fire = reference.frame("treatments").query("material == 'li_ion_cells' and route == 'incineration'")
    assert cell_fire["basis"].item() == "memory_unverified"
    assert set(reference.frame("battery_chargers")["basis"]) == {"memory_unverified"}
    assert {"cited_text", "memory_unverified", "source_dataset"} == set(reference.frame("battery")["basis"])


def test_every_zone_has_a_past_all_its_futures_an_error_and_a_name():
    grid = reference.table("grid").frame
    years = {key: group["year"] for key, group in grid.groupby(["zone", "scenario"])}
    zones = sorted(set(grid["zone"]))
    countries = [zone for zone in zones if "-" not in zone]
    assert len(countries) == 232
    assert (
        len(zones) == 232 + 27 + 13 + 8 + 30 + 7 + 19
    )  # eGRID, Canada, Australia, China by province and grid, US mixes
    simple = 0
    for zone in zones:
        last = years[zone, "*"].max()
        scenarios = {scenario for where, scenario in years if where == zone} - {"*"}
        if zone.startswith(("REG_", "INC_")):
            assert scenarios == SIMPLE
            simple += 1
        else:
            assert scenarios - US - {"eccc_2021_reference", "cea_nep_2023"} == EVERYWHERE
        assert all(years[zone, scenario].min() > last for scenario in scenarios)
        assert all(years[zone, scenario].max() <= 2050 for scenario in scenarios)
    assert simple == 16
    for scenario, number in (
        ("nrel_cambium2024_midcase", 23 + 19),
        ("eia_aeo2025_reference", 22 + 19),
        ("cea_nep_2023", 1),
    ):
        assert sum(name == scenario for _, name in years) == number
    assert set(reference.table("reference_grid").frame["zone"]) == set(zones)
    assert set(zones) <= set(reference.table("zones").frame["zone"])
    assert (reference.table("zones").frame["name"] != "").all()
    assert set(grid["scenario"]) - {"*"} == set(reference.frame("scenarios")["scenario"])


def test_units_are_sane():
    intensity = reference.table("grid").values["intensity"].params[:, 0]
    assert intensity.min() >= 0
    assert 0.9 < intensity.max() < 1.2  # Greek lignite
    upstream = reference.table("grid").values["upstream"].params[:, 0]
    assert ((upstream > 0.004) & (upstream < 0.9)).all()  # nuclear power; leaky gas
    assert (intensity + upstream > 0.01).all()
    loss = cells.best_estimates(reference.table("zones").values["loss"])
    assert ((loss > 0.01) & (loss <= 0.5)).all()
    fossil = reference.table("carriers")
    litre = (fossil.frame["unit"] == "L") & ~fossil.frame["carrier"].isin(["ethanol", "biodiesel"])
    combustion = cells.best_estimates(fossil.values["combustion"])[litre]
    assert ((combustion > 1.4) & (combustion < 2.8)).all()
    # between 60 and 80 g CO2e a MJ: density and heating value belong to the litre's combustion
    heat = [cells.best_estimates(fossil.values[name])[litre] for name in ("density", "heating_value")]
    assert ((combustion / np.prod(heat, axis=0) > 0.06) & (combustion / np.prod(heat, axis=0) < 0.08)).all()
    factor = cells.best_estimates(reference.table("treatments").values["factor"])
    assert ((factor > 0.004) & (factor < 3.2)).all()
    years = reference.table("lifetimes")
    mean = cells.best_estimates(years.values["mean"])
    assert ((mean > 0.5) & (mean < 35))[years.frame["unit"] == "year"].all()
    assert (mean[years.frame["unit"] == "full_load_hour"] < 2000).all()
    hours = reference.table("use_profiles")
    amount = cells.best_estimates(hours.values["amount"])
    assert ((amount >= 3) & (amount <= 4000)).all()
    assert set(hours.frame["amount_unit"]) == {"h/year", "cycle/year"}


def test_shares_sum_to_one_and_every_route_has_a_treatment():
    table = reference.table("end_of_life")
    share = pd.Series(cells.best_estimates(table.values["share"]))
    sums = share.groupby([table.frame["zone"], table.frame["material"], table.frame["year"]]).sum()
    np.testing.assert_allclose(sums, 1, atol=1e-12)
    assert set(table.frame["route"]) == ROUTES
    assert set(table.frame["material"]) == {"*", "li_ion_cells", "cardboard", "plastic_film"}
    assert ("*", "*", -1) in sums.index
    treated = set(zip(*(reference.table("treatments").frame[key] for key in ("material", "route")), strict=True))
    assert {material for material, _ in treated} == MATERIALS
    assert all((material, route) in treated for material in MATERIALS for route in ROUTES - {"composting"})
    composted = set(table.frame["material"][table.frame["route"] == "composting"])
    assert composted == {"cardboard"}
    assert ("cardboard", "composting") in treated


def test_sets_differ_only_where_gases_are_added_up():
    by_set = {gwp: reference.table("carriers", gwp) for gwp in SETS}
    assert len({tuple(table.frame["carrier"]) for table in by_set.values()}) == 1
    combustion = {gwp: cells.best_estimates(table.values["combustion"]) for gwp, table in by_set.items()}
    assert (combustion["AR4"] != combustion["AR6"]).sum() == 12
    assert reference.table("grid", "AR4").frame.equals(reference.table("grid", "AR6").frame)


def test_what_is_not_there_is_named():
    with pytest.raises(KeyError, match="no reference table 'fuels'"):
        reference.frame("fuels")
    with pytest.raises(KeyError, match="that a run reads"):
        reference.table("nonroad")
    with pytest.raises(KeyError, match="AR3"):
        reference.table("gases", "AR3")


def test_a_frame_may_be_changed_by_who_asked_for_it():
    rows = reference.frame("gases")
    rows["gwp"] = "0"
    assert "1530" in set(reference.frame("gases")["gwp"])


def test_the_tables_are_small_and_have_unix_lines():
    folder = files("usephase.catalog.reference")
    contents = [entry.read_bytes() for entry in folder.iterdir() if entry.name.endswith(".csv")]
    assert len(contents) == len(reference.names())
    assert sum(map(len, contents)) < 2_500_000
    assert not any(b"\r" in content for content in contents)


def test_no_use_profile_reads_like_how_users_differ():
    """What `check` asks of a user's own rows holds for the reference's: one that cannot be wider is the exception."""
    profiles = reference.table("use_profiles")
    wide = spreads_of_users(profiles.values["amount"])
    assert profiles.frame["use_profile"][wide].tolist() == ["charger_only"]
