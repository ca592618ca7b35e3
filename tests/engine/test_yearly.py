"""Rates that are a year's energy: they take no amount, in every evaluator."""

import pytest

import usephase
from tests.laws.catalogs import Tables, read
from usephase.errors import CatalogError

SETTINGS = {"catalog": {"name": "Labels", "reporting_year": 2024, "base_year": 2023}}


def tables(**product: str) -> Tables:
    """A fridge of 200 kWh a year, load 0.9, efficiency 0.8, for 10 years: 2,250 kWh at 0.4 kg/kWh, 900 kg a unit."""
    return {
        "products": [{"product": "F", "lifetime": "l", **product}],
        "modes": [{"product": "F", "mode": "cooling", "carrier": "electricity", "rate": "200", "rate_unit": "kWh/year",
                   "load": "0.9", "efficiency": "0.8"}],
        "lifetimes": [{"lifetime": "l", "distribution": "fixed", "mean": "10"}],
        "sales": [{"product": "F", "region": "Z", "year": year, "units": "1000"} for year in ("2023", "2024")],
        "zones": [{"zone": "Z", "loss": "0.05"}],
        "grid": [{"zone": "Z", "scenario": "trend_10y", "year": "2020", "intensity": "0.4"}],
    }  # fmt: skip


@pytest.mark.parametrize("unit", ["kWh/year", "kWh/a", "kwh/YEAR", "kWh / yr", "kWh per year", "kWh p.a."])
def test_a_year_of_energy_needs_no_profile_only_a_life(unit: str) -> None:
    made = tables()
    made["modes"][0]["rate_unit"] = unit
    assert usephase.estimate(read(SETTINGS, made), draws=4).figure("category_11")["mean"] == pytest.approx(900)
    made["modes"][0] |= {"rate": f"200 {unit}", "rate_unit": ""}
    assert usephase.estimate(read(SETTINGS, made), draws=4).figure("category_11")["mean"] == pytest.approx(900)
    made["products"][0]["lifetime"] = ""
    with pytest.raises(CatalogError, match="needs a lifetime"):
        read(SETTINGS, made)


def test_every_evaluator_takes_it() -> None:
    made = tables()
    made["modes"][0]["rate"] = "200 \u00b1 10%"
    made["options"] = [{"option": "A", "table": "modes", "row": "product=F;mode=cooling", "column": "rate",
                        "value": "*0.5"}]  # fmt: skip
    catalog = read(SETTINGS, made)
    assert catalog.warnings == ()
    for kernel in ("numpy", "numba"):
        assert usephase.estimate(catalog, draws=64, kernel=kernel).figure("category_11")["mean"] == pytest.approx(
            900, rel=3e-3
        )
    difference = usephase.compare(catalog, ["base", "A"], draws=64).to_document()["differences"][0]
    assert difference["mean"] == pytest.approx(-450, rel=3e-3)
    ranked = usephase.rank(catalog, draws=64).to_document()["rows"]
    assert [row["column"] for row in ranked] == ["rate"]
    years = usephase.track(catalog, draws=64).to_document()
    assert years["base_year"] == 2023


def test_fuel_a_year_goes_through_the_heating_value() -> None:
    made = tables()
    made["modes"][0]["carrier"] = "gas"
    made["carriers"] = [{"carrier": "gas", "unit": "kg", "combustion": "3", "heating_value": "36"}]
    # 225 kWh a year are 810 MJ, 22.5 kg and 67.5 kg CO2e: 675 t of 1,000 units in 10 years
    assert usephase.estimate(read(SETTINGS, made), draws=4).figure("category_11")["mean"] == pytest.approx(675)


def test_an_amount_of_it_is_said_not_to_count_and_may_be_the_service() -> None:
    made = tables(use_profile="u", service_mode="cooling")
    made["use_profiles"] = [{"use_profile": "u", "mode": "cooling", "amount": "24 h/day"}]
    catalog = read(SETTINGS, made)
    assert [w.where for w in catalog.warnings] == ["modes.csv:2:rate_unit"]
    assert "takes no amount" in catalog.warnings[0].what
    run = usephase.estimate(catalog, draws=4)
    assert run.figure("category_11")["mean"] == pytest.approx(900)
    service = run.service[run.service["ledger"] == "category_11"]
    assert service["mean"].iloc[0] == pytest.approx(900 / (10 * 8760))
    made["use_profiles"][0]["mode"] = "other"
    with pytest.raises(CatalogError, match="nothing to count"):
        read(SETTINGS, made)
