"""Every value that a figure depends on, with its error and its source."""

import numpy as np
import pytest
from scipy import stats

from tests.catalog import build
from tests.catalog.sound import BASE, REFERENCE, also, but
from usephase.catalog.register import register
from usephase.catalog.resolve import resolve
from usephase.catalog.values import cells
from usephase.results.content import REGISTER_COLUMNS


def listed(settings=None, reference=None, **changes):
    catalog = build.catalog(settings, **{**BASE, **changes})
    made = register(resolve(catalog, build.reference(**{**REFERENCE, **(reference or {})})))
    return made.set_index(["table", "row", "column"])


def test_the_columns_are_those_of_a_run():
    assert tuple(listed().reset_index().columns) == REGISTER_COLUMNS
    empty = listed(sales=[], materials=[])
    assert set(empty.reset_index()["table"]) <= {"settings"}


def test_a_value_has_its_text_its_distribution_and_its_interval():
    row = listed().loc[("modes", "product=DRILL;mode=on", "rate")]
    assert row["value"] == "normal(100,5)"
    assert row["distribution"] == "normal"
    assert row["best_estimate"] == 100
    # 1.959964 standard deviations on both sides
    assert row["low"] == pytest.approx(100 - 1.959964 * 5, abs=1e-5)
    assert row["high"] == pytest.approx(100 + 1.959964 * 5, abs=1e-5)
    assert row["origin"] == "catalog"


def test_a_plain_number_has_no_width():
    row = listed().loc[("sales", "product=DRILL;region=DEU;year=2024", "units")]
    assert list(row[["distribution", "best_estimate", "low", "high"]]) == ["fixed", 100, 100, 100]


def test_source_and_pedigree_come_along():
    got = listed(modes=but("modes", source="test bench", pedigree="1,2,3,4,5"))
    assert list(got.loc[("modes", "product=DRILL;mode=on", "rate")][["source", "pedigree"]]) == [
        "test bench",
        "1,2,3,4,5",
    ]


def test_a_row_says_of_what_kind_its_values_are_and_not_of_what_nobody_wrote():
    life = {"lifetime": "tool", "mean": "10", "data_type": "primary", "verification": "reasonable"}
    got = listed(products=but("products", lifetime="tool"), lifetimes=[life])
    about = ["data_type", "verification"]
    assert list(got.loc[("lifetimes", "lifetime=tool", "mean")][about]) == ["primary", "reasonable"]
    assert list(got.loc[("lifetimes", "lifetime=tool", "shape")][about]) == ["default", "none"]  # 2, a guess of ours
    assert list(got.loc[("sales", "product=DRILL;region=DEU;year=2024", "units")][about]) == ["default", "none"]
    reference = got[got["origin"] == "reference"]
    assert set(reference["data_type"]) == {"default"}
    assert set(reference["verification"]) == {"none"}


def test_reference_rows_bring_source_basis_and_licence():
    life = [{"lifetime": "tool", "mean": "10", "source": "S", "basis": "derived", "licence": "CC BY 4.0"}]
    got = listed(products=but("products", lifetime="tool"), reference={"lifetimes": life})
    row = got.loc[("lifetimes", "lifetime=tool", "mean")]
    assert list(row[["origin", "source", "basis", "licence"]]) == ["reference", "S", "derived", "CC BY 4.0"]


def test_only_what_is_used_is_listed():
    got = listed(
        lifetimes=also("lifetimes", {"lifetime": "other", "mean": "3"}),
        carriers=[{"carrier": "hay", "unit": "kg", "combustion": "1"}],
    )
    assert "lifetime=other" not in got.index.get_level_values("row")
    assert "carriers" not in got.index.get_level_values("table")
    assert set(got.loc["grid"].index.get_level_values("row")) == {
        "zone=DEU;scenario=*;year=2020", "zone=DEU;scenario=flat;year=2030",
    }  # fmt: skip
    assert ("reference_grid", "zone=DEU", "level") in got.index


def test_defaults_that_assume_something_are_listed_and_others_not():
    fridge = [{"product": "DRILL", "gas": "r32", "charge": "0.1"}]
    got = listed(refrigerants=fridge)
    assert got.loc[("refrigerants", "product=DRILL;gas=r32", "end_of_life_loss")]["basis"] == "assumption"
    assert got.loc[("lifetimes", "lifetime=drill", "shape")]["best_estimate"] == 2
    assert ("modes", "product=DRILL;mode=on", "load") not in got.index
    fixed = listed(lifetimes=[{"lifetime": "drill", "mean": "8", "distribution": "fixed"}])
    assert ("lifetimes", "lifetime=drill", "shape") not in fixed.index
    aged = listed(lifetimes=[{"lifetime": "drill", "t50": "8", "t90": "15"}])
    assert ("lifetimes", "lifetime=drill", "shape") not in aged.index


def test_the_source_of_a_loss_is_that_of_the_loss():
    zones = [{"zone": "DEU", "name": "Germany", "loss": "0.04", "source": "W", "basis": "derived", "licence": "L"}]
    own = [{"zone": "DEU", "level": "1.1", "source": "mine"}]
    got = listed(zones=own, reference={"zones": zones})
    assert list(got.loc[("zones", "zone=DEU", "loss")][["origin", "source", "licence"]]) == ["reference", "W", "L"]
    assert list(got.loc[("zones", "zone=DEU", "level")][["origin", "source"]]) == ["catalog", "mine"]
    given = listed(zones=[{**own[0], "loss": "0.1"}], reference={"zones": zones})
    assert list(given.loc[("zones", "zone=DEU", "loss")][["origin", "source"]]) == ["catalog", "mine"]


def test_an_unknown_loss_is_an_assumption():
    grid = [{"zone": "HOME", "scenario": "flat", "year": "2020", "intensity": "0.4"}]
    sales = also("sales", {"product": "DRILL", "region": "HOME", "year": "2024", "units": "1"})
    row = listed(grid=grid, sales=sales).loc[("zones", "zone=HOME", "loss")]
    assert row["best_estimate"] == 0
    assert row["basis"] == "assumption"
    assert "no loss is known" in row["source"]


def test_settings_are_one_row():
    row = listed(grid_settings={"level": "lognormal(1,0.1)"}).loc[("settings", "grid", "level")]
    assert row["high"] == pytest.approx(np.exp(0.1959964), rel=1e-6)


TRUNCATED = {
    "normal(0.5,0.4)": stats.truncnorm(-1.25, 1.25, 0.5, 0.4),
    "uniform(-1,3)": stats.uniform(0, 1),
    "triangular(0,0.5,1)": stats.triang(0.5),
    "lognormal(0.5,0.2)": None,
}


@pytest.mark.parametrize("text", TRUNCATED)
@pytest.mark.parametrize("u", [0.025, 0.5, 0.975])
def test_quantiles_are_those_of_the_truncated_distribution(text, u):
    values = build.table("segments", [{"product": "P", "segment": s, "share": text} for s in "ab"]).values["share"]
    got = cells.quantiles(values, u)
    if TRUNCATED[text] is None:
        whole = stats.lognorm(0.2, scale=0.5)
        expected = whole.ppf(u * whole.cdf(1))
    else:
        expected = TRUNCATED[text].ppf(u)
    np.testing.assert_allclose(got, expected, rtol=1e-10)


def test_the_quantile_of_a_choice_is_one_of_its_values():
    values = build.table("sales", [{"product": "P", "region": "R", "year": "1", "units": "discrete(1:1,5:9)"}]).values[
        "units"
    ]
    assert cells.quantiles(values, 0.05) == 1
    assert cells.quantiles(values, 0.5) == 5


def test_quantiles_of_a_negative_lognormal_ascend():
    values = build.table("zones", [{"zone": "A", "trend": "lognormal(-0.03,0.3)"}]).values["trend"]
    low, high = cells.quantiles(values, 0.025)[0], cells.quantiles(values, 0.975)[0]
    assert low == pytest.approx(-0.03 * np.exp(0.3 * 1.959964), rel=1e-6)
    assert high == pytest.approx(-0.03 * np.exp(-0.3 * 1.959964), rel=1e-6)


def test_a_density_is_listed_where_a_rate_takes_it():
    fuel = {"carrier": "fuel", "unit": "L", "combustion": "2", "density": "0.7", "heating_value": "43"}
    for unit, columns in (("L/h", {"combustion"}), ("kg/h", {"combustion", "density"}),
                          ("W", {"combustion", "density", "heating_value"})):  # fmt: skip
        got = listed(carriers=[fuel], modes=but("modes", carrier="fuel", rate="1", rate_unit=unit))
        assert set(got.loc["carriers"].index.get_level_values("column")) == columns, unit
