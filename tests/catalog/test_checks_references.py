"""Names that refer to nothing, each by the place that names them."""

import pytest

from tests.catalog.sound import BASE, also, but, one, problems
from usephase.errors import Problem

DRIL = {"product": "DRIL"}


def test_a_sound_catalog_has_no_problems():
    assert problems() == []


@pytest.mark.parametrize(
    ("table", "row", "line"),
    [
        ("sales", {"region": "DEU", "year": "2024", "units": "1"}, 4),
        ("modes", {"mode": "on", "carrier": "electricity", "rate": "1", "rate_unit": "W"}, 3),
        ("materials", {"part": "product", "material": "steel", "mass": "1"}, 3),
        ("segments", {"segment": "home", "share": "1"}, 2),
        ("refrigerants", {"gas": "r32", "charge": "1"}, 2),
    ],
)
def test_an_unknown_product_is_named_with_the_nearest(table, row, line):
    one(
        "error",
        f"{table}.csv:{line}:product",
        "`DRIL` is not in products",
        "`DRILL`",
        **{table: also(table, DRIL | row)},
    )


@pytest.mark.parametrize(
    ("column", "name", "near"),
    [
        ("use_profile", "hoby", "hobby"),
        ("use_profile", "dyi", "diy"),
        ("lifetime", "tol", "tool"),
        ("lifetime", "dril", "drill"),
    ],
)
def test_an_unknown_profile_or_lifetime_is_named_with_the_nearest_of_catalog_and_reference(column, name, near):
    said = problems(products=but("products", **{column: name}))
    assert ("error", f"products.csv:2:{column}") == said[0][:2]
    assert f"did you mean `{near}`" in said[0][3]
    segment = {"product": "DRILL", "segment": "home", "share": "1", column: name}
    said = problems(segments=[segment])
    assert ("error", f"segments.csv:2:{column}") == said[0][:2]


def test_an_unknown_carrier_is_named_with_the_nearest():
    one(
        "error",
        "modes.csv:2:carrier",
        "`petrl` is not known",
        "`petrol`",
        modes=but("modes", carrier="petrl", rate_unit="L/h"),
    )
    one("error", "modes.csv:2:carrier", "`electricity`", modes=but("modes", carrier="Electricity"))


def test_an_unknown_gas_is_named():
    one(
        "error",
        "refrigerants.csv:2:gas",
        "`r33`",
        "`r32`",
        refrigerants=[{"product": "DRILL", "gas": "r33", "charge": "1"}],
    )


def test_electricity_cannot_be_a_carrier_with_factors():
    rows = [{"carrier": "electricity", "unit": "kWh", "combustion": "0.4"}]
    one("error", "carriers.csv:2:carrier", "grid", carriers=rows)


def test_an_unknown_family_of_a_coverage_is_named():
    one("error", "coverage.csv:2:family", "`Tool`", "`Tools`", coverage=[{"family": "Tool", "covered": "0.9"}])


def test_no_products_is_one_problem_and_not_one_a_row():
    assert [p[1] for p in problems(products=[])] == ["products.csv"]


def test_a_used_product_needs_a_lifetime():
    one("error", "products.csv:2:lifetime", "needs a lifetime", products=but("products", lifetime=""), lifetimes=[])


def test_a_cooled_product_needs_a_lifetime():
    products = also("products", {"product": "FRIDGE"})
    fridge = {"product": "FRIDGE", "gas": "r32", "charge": "0.1"}
    sales = also("sales", {"product": "FRIDGE", "region": "DEU", "year": "2024", "units": "1"})
    one("error", "products.csv:3:lifetime", "needs a lifetime", products=products, refrigerants=[fridge], sales=sales)


def test_a_lifetime_may_stand_in_the_segments_alone():
    products = but("products", lifetime="")
    home = {"product": "DRILL", "segment": "home", "share": "0.5", "lifetime": "drill"}
    trade = {"product": "DRILL", "segment": "trade", "share": "0.5"}
    one("error", "segments.csv:3:lifetime", "neither", products=products, segments=[home, trade])
    assert problems(products=products, segments=[home, trade | {"lifetime": "drill"}]) == []


def test_a_product_without_use_needs_no_lifetime():
    assert (
        problems(
            products=also("products", {"product": "BOX"}), sales=also("sales", {**BASE["sales"][1], "product": "BOX"})
        )
        == []
    )


def test_rows_with_the_same_fault_are_named_one_by_one_up_to_a_limit():
    sales = [{"product": "X", "region": "DEU", "year": str(year), "units": "1"} for year in range(2021, 2041)]
    said = [p for p in problems(sales=also("sales", *sales)) if p[0] == "error"]
    assert [p[1] for p in said] == [f"sales.csv:{line}:product" for line in range(4, 15)]
    assert "and 9 more rows" in said[-1][2]


def test_many_different_faults_end_in_a_count():
    sales = [{"product": f"X{i}", "region": "DEU", "year": "2024", "units": "1"} for i in range(150)]
    said = [p for p in problems(sales=also("sales", *sales)) if p[0] == "error"]
    assert len(said) == 101
    assert "and 49 more such cases" in said[-1][2]


def test_what_follows_from_a_dropped_row_is_said_once():
    found = [Problem(where="products.csv:3:product", what="empty", fix="fill it")]
    sales = [{"product": "SAW", "region": "DEU", "year": str(year), "units": "1"} for year in (2022, 2023, 2024)]
    said = [p for p in problems(found=found, sales=also("sales", *sales)) if p[0] == "error"]
    assert [p[1] for p in said] == ["sales.csv:4:product", "sales.csv:5:product"]
    assert "1 more" in said[1][2] or "more rows" in said[1][2]


def test_a_place_that_reading_refused_is_not_refused_again():
    found = [Problem(where="modes.csv:2:carrier", what="unreadable", fix="write it anew")]
    modes = but("modes", carrier="petrl", rate_unit="L/h")
    assert [p for p in problems(found=found, modes=modes) if p[0] == "error"] == []
