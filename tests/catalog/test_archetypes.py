"""Archetypes: what a product takes from one, whose draws it has, and what is refused.

Hand numbers: grid of 0.5 kg CO2e/kWh, a fixed life of 10 years sold in mid-year, so that a year's use counts 10 times.
"""

import copy
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

import usephase
from tests.laws.catalogs import read
from tests.reference.folder import write_catalog
from usephase.catalog import reference
from usephase.catalog.edit.apply import in_place
from usephase.catalog.edit.records import Edit
from usephase.catalog.register import register
from usephase.catalog.resolve import resolve
from usephase.cli import main
from usephase.results.run import Run

SETTINGS: dict[str, Any] = {"catalog": {"name": "Kinds", "reporting_year": 2024}, "monte_carlo": {"draws": 64}}
YEARS = 10
TABLES: dict[str, list[dict[str, str]]] = {
    "products": [{"product": "P", "archetype": "driller"}],
    "sales": [{"product": "P", "region": "Home", "year": "2024", "units": "1000"}],
    "grid": [{"zone": "Home", "scenario": "trend_10y", "year": "2020", "intensity": "0.5"}],
    "zones": [{"zone": "Home", "loss": "0"}],
    "archetypes": [{"archetype": "driller"}],
    "archetype_modes": [
        {"archetype": "driller", "mode": "on", "carrier": "electricity", "rate": "400 W", "load": "0.5",
         "efficiency": "0.8", "rated": "yes"},
        {"archetype": "driller", "mode": "on", "user": "home", "amount": "10 h/year"},
        {"archetype": "driller", "mode": "on", "user": "professional", "amount": "100 h/year"},
        {"archetype": "driller", "mode": "on", "user": "home", "region": "DEU", "amount": "20 h/year"},
        {"archetype": "driller", "mode": "wait", "carrier": "electricity", "rate": "2 W", "amount": "500 h/year"},
    ],
    "archetype_lives": [
        {"archetype": "driller", "user": "home", "share": "0.75", "mean": "10", "shape": "1000"},
        {"archetype": "driller", "user": "professional", "share": "0.25", "mean": "1000", "unit": "hour", "mode": "on",
         "shape": "1000"},
    ],
    "archetype_materials": [
        {"archetype": "driller", "part": "product", "material": "ferrous", "mass": "1.2 */ 1.3"},
        {"archetype": "driller", "part": "product", "material": "plastic", "mass": "0.8 */ 1.3"},
        {"archetype": "driller", "part": "packaging", "material": "cardboard", "mass": "0.25"},
    ],
    "end_of_life": [{"zone": "*", "material": "*", "route": "landfill", "share": "1"}],
    "treatments": [{"material": "*", "route": "landfill", "factor": "2"}],
}  # fmt: skip
# kWh a year: 0.4 kW · 0.5 / 0.8 = 0.25 kW while on, and 1 kWh of waiting.
HOME, TRADE = 0.25 * 10 + 1, 0.25 * 100 + 1


def tables(**product: str) -> dict[str, list[dict[str, str]]]:
    """Give a copy of the tables, the product changed."""
    out = copy.deepcopy(TABLES)
    out["products"][0] |= product
    return out


def use_t(run: Run, product: str = "P") -> float:
    """Category 11 of a product at best estimates. [t CO2e]"""
    found = run.select("category_11", "product")
    return float(found.loc[found["group"] == product, "best_estimate"].iloc[0])


def of(kwh_a_year: float) -> float:
    """A thousand units over ten years, at 0.5 kg/kWh. [t CO2e]"""
    return 1000 * kwh_a_year * YEARS * 0.5 / 1000


@pytest.mark.parametrize(
    ("product", "kwh"),
    [
        ({}, 0.75 * HOME + 0.25 * TRADE),
        ({"user": "home"}, HOME),
        ({"user": "professional"}, TRADE),
        ({"user": "home", "rated_power": "0.8 kW"}, 0.5 * 10 + 1),
        ({"user": "home", "energy_per_year": "7 kWh"}, 7),
    ],
)
def test_the_use_phase_by_hand(product, kwh):
    run = usephase.estimate(read(SETTINGS, tables(**product)), draws=2)
    assert use_t(run) == pytest.approx(of(kwh), rel=1e-3)  # a life of shape 1000 is 0.06 % shorter than its mean


def test_a_place_has_its_own_amount_and_a_region_of_several_the_general_one():
    own = tables(user="home")
    own["sales"][0]["region"] = "Berlin"
    own["regions"] = [{"region": "Berlin", "zone": "DEU"}]
    own["grid"][0]["zone"], own["zones"][0]["zone"] = "DEU", "DEU"
    assert use_t(usephase.estimate(read(SETTINGS, own), draws=2)) == pytest.approx(of(0.25 * 20 + 1), rel=1e-3)
    own["regions"].append({"region": "Berlin", "zone": "FRA"})
    own["grid"].append(own["grid"][0] | {"zone": "FRA"})
    own["zones"].append({"zone": "FRA", "loss": "0"})
    assert use_t(usephase.estimate(read(SETTINGS, own), draws=2)) == pytest.approx(of(HOME), rel=1e-3)


def test_a_year_on_the_label_needs_no_more_than_a_life():
    own = {name: TABLES[name] for name in ("sales", "grid", "zones")}
    own["products"] = [{"product": "P", "energy_per_year": "30", "lifetime": "ten"}]
    own["lifetimes"] = [{"lifetime": "ten", "distribution": "fixed", "mean": "10"}]
    assert use_t(usephase.estimate(read(SETTINGS, own), draws=2)) == pytest.approx(of(30), rel=1e-12)


def test_a_mass_scales_the_materials_and_not_the_packaging():
    """2 kg CO2e/kg: 3 kg of product whatever its parts are drawn to, and 0.25 kg of packaging."""
    run = usephase.estimate(read(SETTINGS, tables(mass="3 kg")))
    total = run.draws("category_12", "product").loc["P"].to_numpy()
    np.testing.assert_allclose(total, 1000 * (3 + 0.25) * 2 / 1000, rtol=1e-9)
    parts = run.draws("category_12", "material")
    free = usephase.estimate(read(SETTINGS, TABLES)).draws("category_12", "material")
    ratio = parts.loc["ferrous"] / parts.loc["plastic"]
    np.testing.assert_allclose(ratio, free.loc["ferrous"] / free.loc["plastic"], rtol=1e-9)
    assert np.ptp(ratio) > 0.1
    assert np.corrcoef(np.log(free.loc["ferrous"]), np.log(free.loc["plastic"]))[0, 1] == pytest.approx(0.9, abs=0.05)


WIDE = {"rate": "400 W ± 20%", "load": "0.5 ± 10%"}


def test_products_of_one_kind_share_its_draws_and_one_more_changes_no_bit():
    one = tables(user="home")
    one["archetype_modes"][0] |= WIDE
    two = copy.deepcopy(one)
    two["products"] += [{"product": "A", "archetype": "driller", "user": "home"},
                        {"product": "Q", "archetype": "driller", "rated_power": "500 ± 5%"}]  # fmt: skip
    two["sales"] += [{"product": name, "region": "Home", "year": "2024", "units": "1000"} for name in ("A", "Q")]
    alone = usephase.estimate(read(SETTINGS, one)).draws("total", "product")
    together = usephase.estimate(read(SETTINGS, two)).draws("total", "product")
    np.testing.assert_array_equal(together.loc["P"], alone.loc["P"])
    np.testing.assert_array_equal(together.loc["A"], together.loc["P"])
    assert np.ptp(alone.loc["P"]) > 0


def test_own_rows_replace_those_of_their_table_whole():
    own = tables()
    own["modes"] = [{"product": "P", "mode": "on", "carrier": "electricity", "rate": "100 W"}]
    own["segments"] = [{"product": "P", "segment": "home", "share": "0.5"},
                       {"product": "P", "segment": "professional", "share": "0.5"}]  # fmt: skip
    own["materials"] = [{"product": "P", "part": "product", "material": "ferrous", "mass": "5"}]
    run = usephase.estimate(read(SETTINGS, own), draws=2)
    assert use_t(run) == pytest.approx(of(0.1 * (0.5 * 10 + 0.5 * 100)), rel=1e-3)
    assert set(run.select("category_12", "material")["group"]) == {"ferrous"}


def test_the_register_lists_a_kind_once_with_its_mark_and_no_row_made_of_it():
    own = tables()
    own["products"].append({"product": "Q", "archetype": "driller", "rated_power": "500 ± 5%", "user": "home"})
    own["sales"].append(own["sales"][0] | {"product": "Q"})
    listed = register(resolve(read(SETTINGS, own)))
    mine = listed[listed["table"].str.startswith("archetype")]
    assert not mine.duplicated(["table", "row", "column"]).any()
    assert set(mine["basis"]) == {"archetype"}
    assert set(mine["data_type"]) == {"default"}
    assert len(mine) == 3 + 1 + 1 + 2 + (2 + 2 + 2) + 3  # modes: on, home, trade, waiting; lives; masses
    assert not set(listed["table"]) & {"modes", "use_profiles", "lifetimes", "segments", "materials"}


def test_an_option_changes_a_kind_or_one_product_of_it_on_the_same_draws():
    own = tables(user="home")
    own["archetype_modes"][0] |= WIDE | {"guess": "loads"}
    own["archetype_modes"][4] |= {"load": "0.9 ± 5%", "guess": "loads"}
    own["products"].append({"product": "Q", "archetype": "driller", "user": "home"})
    own["sales"].append(own["sales"][0] | {"product": "Q"})
    own["options"] = [
        {"option": "one", "table": "modes", "row": "product=P;mode=on", "column": "rate", "value": "*0.5"},
        {"option": "kind", "table": "archetype_modes", "row": "archetype=driller;mode=on", "column": "rate",
         "value": "*0.5"},
        {"option": "load", "table": "modes", "row": "product=P;mode=on", "column": "load", "value": "*0.5"},
        {"option": "plate", "table": "products", "row": "product=P", "column": "rated_power", "value": "200 W"},
    ]  # fmt: skip
    catalog = read(SETTINGS, own)
    for option, touched in (("one", 1), ("load", 1), ("kind", 2), ("plate", 1)):
        done = usephase.compare(catalog, ["base", option], draws=64)
        found = done.to_document()["differences"]
        saved = next(d for d in found if d["product"] is None and d["per"] == "portfolio")
        assert saved["mean"] == pytest.approx(-touched * of(0.5 * 0.25 * 10), rel=0.03), option
        if option != "plate":  # halved in every draw, of the same draws
            assert saved["relative_p2_5"] < -0.2
            assert saved["probability_lower"] == 1
    wrong = copy.deepcopy(own)
    wrong["options"][0] |= {"column": "carrier", "value": "petrol"}
    with pytest.raises(usephase.CatalogError, match=r"options.csv:2:row: the row comes from an archetype"):
        read(SETTINGS, wrong)


def test_a_row_that_a_product_has_from_its_kind_is_not_edited_alone():
    """One row of its own in modes would take the place of all."""
    for edit in (
        Edit("modes", "product=P;mode=on", "rate", "5"),
        Edit("lifetimes", "lifetime=driller/home", "mean", "5"),
    ):
        with pytest.raises(usephase.CatalogError, match="from an archetype → save the edit as an option, or run"):
            in_place(read(SETTINGS, TABLES), [edit])


REFUSED = [
    ({"archetype": "drill_cordles"}, "archetype", "did you mean `drill_cordless`"),
    ({"archetype": "fridge_freezer"}, "archetype", "did you mean `refrigerator`?"),
    # What the product lacks, or names, only because its kind is not known, is not said.
    (
        {"archetype": "kettel", "user": "home", "service_mode": "boiling", "rated_power": "2000"},
        "archetype",
        "`kettle`",
    ),
    ({"archetype": "freezr", "energy_per_year": "200", "service_mode": "cooling"}, "archetype", "`freezer`"),
    ({"archetype": "kettle", "user": "professional"}, "user", "has no professional users → write `home`"),
    ({"archetype": "", "user": "home"}, "user", "leave `user` empty"),
    ({"archetype": "", "rated_power": "100"}, "rated_power", "write it as `rate` in modes"),
    ({"archetype": "", "mass": "2"}, "mass", "write its materials"),
]


@pytest.mark.parametrize(("product", "column", "says"), REFUSED)
def test_what_is_refused_says_what_to_do(product, column, says):
    with pytest.raises(usephase.CatalogError) as refused:
        read(SETTINGS, tables(**product))
    (problem,) = (p for p in refused.value.problems if p.severity == "error")
    assert problem.where == f"products.csv:2:{column}"
    assert says in str(problem)


def test_electricity_is_not_counted_twice_and_a_rated_power_not_used_is_said():
    own = tables(energy_per_year="9")
    own["modes"] = [{"product": "P", "mode": "on", "carrier": "electricity", "rate": "100 W"}]
    with pytest.raises(usephase.CatalogError, match=r"products.csv:2:energy_per_year: .* would count twice"):
        read(SETTINGS, own)
    for product in ({"archetype": "refrigerator"}, {"archetype": "mower_walk_petrol"}, {"energy_per_year": "9"}):
        own = tables(rated_power="300", **product)
        del own["archetype_modes"][1:4], own["archetype_lives"][1:]
        own["archetype_modes"][0]["amount"] = "10 h/year"
        warned = [w for w in read(SETTINGS, own).warnings if w.where == "products.csv:2:rated_power"]
        assert len(warned) == 1, product
        assert "is not used" in warned[0].what


@pytest.mark.parametrize(
    ("energy", "power", "says"),
    # 10 to 100 h/year at 0.5 / 0.8 of the power are 6.25 to 62.5 hours at full power.
    [("9", "400", ""), ("9000", "400", "22,500 hours a year at full rated power, more than a year has"),
     ("0.1", "400", "0.25 hours a year at full rated power, where the archetype has 6.25 to 62.5")],
)  # fmt: skip
def test_a_year_s_energy_and_a_rated_power_that_contradict_each_other_are_said(energy, power, says):
    own = tables(energy_per_year=energy, rated_power=power)
    own["archetype_lives"][1] |= {"unit": "year", "mode": "", "mean": "5"}
    (warned,) = (w for w in read(SETTINGS, own).warnings if w.where == "products.csv:2:rated_power")
    assert says in warned.what
    assert ("contradict" in warned.what, "nothing to do" in warned.fix) == (bool(says), not says)
    # A value that nothing uses is not in the register.
    listed = register(resolve(read(SETTINGS, own)))
    assert set(listed["column"][listed["table"] == "products"]) == {"energy_per_year"}


@pytest.mark.parametrize(
    ("product", "column", "says"),
    [
        ({"archetype": "heat_gun", "rated_power": "1.8"}, "rated_power", "times less than the least that is believed"),
        ({"archetype": "drill_cordless", "mass": "1600"}, "mass", "times the most that is believed"),
        ({"archetype": "refrigerator", "energy_per_year": "180000"}, "energy_per_year", "times the most"),
        ({"archetype": "refrigerator", "energy_per_year": "0.2"}, "energy_per_year", "kWh"),
    ],
)
def test_a_number_far_from_its_kind_is_asked_about(product, column, says):
    own = {name: TABLES[name] for name in ("sales", "grid", "zones")}
    own["products"] = [{"product": "P", **product}]
    (warned,) = read(SETTINGS, own).warnings
    assert warned.where == f"products.csv:2:{column}"
    assert "archetype `" in warned.what
    assert says in str(warned)
    own["products"] = [{"product": "P", "archetype": "refrigerator", "energy_per_year": "95", "mass": "80"},
                       {"product": "Q", "archetype": "drill_cordless", "mass": "1.1"}]  # fmt: skip
    own["sales"] = [own["sales"][0] | {"product": name, "units": units} for name, units in (("P", "7"), ("Q", "8"))]
    assert read(SETTINGS, own).warnings == ()


@pytest.mark.parametrize(
    "product",
    [
        pytest.param({"archetype": "drill_cordless"}, marks=pytest.mark.slow),
        {"archetype": "drill_cordless", "user": "professional", "rated_power": "0.5 kW", "mass": "1.4"},
        {"archetype": "refrigerator", "energy_per_year": "190 ± 5%"},
        pytest.param({"archetype": "boiler_gas"}, marks=pytest.mark.slow),
    ],
)
def test_refining_writes_rows_of_its_own_and_keeps_every_best_estimate(product, tmp_path):
    own = {"products": [{"product": "P", **product}, {"product": "Q", "archetype": "drill_cordless"}],
           "sales": [{"product": name, "region": region, "year": "2024", "units": units}
                     for name, units in (("P", "100"), ("Q", "70")) for region in ("DEU", "USA")]}  # fmt: skip
    write_catalog(tmp_path / "c", SETTINGS, own)
    before = usephase.estimate(usephase.read_catalog(tmp_path / "c"), draws=2).figures
    done = CliRunner().invoke(main, ["refine", str(tmp_path / "c"), "P"])
    assert done.exit_code == 0, done.output
    catalog = usephase.read_catalog(tmp_path / "c")
    assert list(catalog["products"].frame["archetype"]) == ["", "drill_cordless"]
    after = usephase.estimate(catalog, draws=2).figures
    keys = ["ledger", "grid_basis", "boundary", "phase", "by", "group"]
    before, after = (frame[frame["by"] != "calendar_year"] for frame in (before, after))  # which ends with the draws
    both = before.merge(after, on=[*keys, "year"], suffixes=("", "_after"))
    assert len(both) == len(before) == len(after)
    np.testing.assert_allclose(both["best_estimate"].to_numpy(), both["best_estimate_after"].to_numpy(), rtol=1e-9)
    assert catalog["modes"].frame["source"].str.startswith("Product archetypes").all()
    again = CliRunner().invoke(main, ["refine", str(tmp_path / "c"), "P"])
    assert "names no archetype" in again.output


def test_refined_rows_say_which_values_are_the_products_own(tmp_path):
    own = {"products": [{"product": "P", "archetype": "drill_corded", "rated_power": "650 W", "source": "our list"}],
           "sales": [{"product": "P", "region": "DEU", "year": "2024", "units": "100"}]}  # fmt: skip
    write_catalog(tmp_path / "c", SETTINGS, own)
    done = CliRunner().invoke(main, ["refine", str(tmp_path / "c"), "P"])
    assert done.exit_code == 0, done.output
    (source,) = usephase.read_catalog(tmp_path / "c")["modes"].frame["source"]
    assert "rate: our list" in source
    assert "load" in source
    assert "Product archetypes" in source


def test_every_kind_of_the_reference_is_whole():
    """All of them, for both kinds of users, in three places: computed without a question."""
    names = list(reference.frame("archetypes")["archetype"])
    assert len(names) == 119
    own: dict[str, list[dict[str, str]]] = {
        "products": [{"product": name, "archetype": name} for name in names],
        "sales": [{"product": name, "region": region, "year": "2024", "units": str(10 + i)}
                  for i, name in enumerate(names) for region in ("DEU", "USA", "VNM")],
    }  # fmt: skip
    catalog = read(SETTINGS, own)
    assert [str(w) for w in catalog.warnings] == []
    run = usephase.estimate(catalog, draws=8)
    found = run.select("total", "product")
    assert set(found["group"]) == set(names)
    assert (found["p2_5"] > 0).all()
    listed = run.register[run.register["table"].str.startswith("archetype")]
    assert listed["source"].str.startswith("Product archetypes").all()
    assert set(listed["origin"]) == {"reference"}
    # A stored run is computed again from its register.
    assert usephase.catalog.read_files(dict(run.files), register=run.register).reference.keys() >= {"archetype_modes"}


def test_an_earlier_edition_has_no_archetypes():
    settings = SETTINGS | {"reference": {"edition": "2026-11-28"}}
    own = {name: TABLES[name] for name in ("sales", "grid", "zones")}
    own["products"] = [{"product": "P", "archetype": "kettle"}]
    with pytest.raises(usephase.CatalogError, match="the archetype `kettle` is not known"):
        read(settings, own)
