"""Warnings of double counting: fuel, packs and chargers, leases, intermediate products."""

import pytest

from tests.catalog.sound import BASE, also, one, problems

PETROL = {"carrier": "petrol", "rate": "1", "rate_unit": "L/cycle"}
ONCE = {"mode": "burning", "amount": "1", "amount_unit": "cycle/life"}


def sold(product, region="DEU", year="2024", units="5"):
    return {"product": product, "region": region, "year": year, "units": units}


def fuel(region="DEU", **cells):
    """A mower that burns petrol, and petrol sold by the litre."""
    return {
        "products": also(
            "products",
            {"product": "MOWER", "use_profile": "lawn", "lifetime": "drill"},
            {"product": "PETROL", "use_profile": "tank", "lifetime": "drill", **cells},
        ),
        "modes": also(
            "modes",
            {"product": "MOWER", "mode": "on", "carrier": "petrol", "rate": "1", "rate_unit": "L/h"},
            {"product": "PETROL", "mode": "burning", **PETROL},
        ),
        "use_profiles": also(
            "use_profiles",
            {"use_profile": "lawn", "mode": "on", "amount": "10", "amount_unit": "h/year"},
            {"use_profile": "tank", **ONCE},
        ),
        "sales": also("sales", sold("MOWER"), sold("PETROL", region)),
        "materials": also(
            "materials",
            *({"product": name, "part": "product", "material": "steel", "mass": "12"} for name in ("MOWER", "PETROL")),
        ),
    }


def test_fuel_that_is_sold_is_not_burnt_again_in_machines_that_are_sold():
    one("warning", "products.csv:4:product", "petrol it sells", "`MOWER`", "count twice", "allocation", **fuel())


@pytest.mark.parametrize("changed", [{"region": "FRA"}, {"allocation": "0.4"}])
def test_fuel_that_goes_elsewhere_is_sold_once(changed):
    said = [p for p in problems(**fuel(**changed)) if p[1].startswith("products") and "petrol" in p[2]]
    assert said == []


def test_a_machine_that_burns_fuel_by_the_cycle_is_no_fuel_unless_it_says_so():
    changes = fuel()
    changes["use_profiles"][-1] = {**changes["use_profiles"][-1], "amount": "300"}
    assert problems(**changes) == []
    changes["products"][-1]["sold_as"] = "fuel"
    one("warning", "products.csv:4:product", "petrol it sells", **changes)


def kit(pack=None, tool=None, kit_sales=(), pack_sales=()):
    """A kit that books the losses of charging and the standby of its charger, and a pack sold alone."""
    charging = {"mode": "charging", "carrier": "electricity", "rate": "9", "rate_unit": "Wh/cycle"}
    standby = {"mode": "charger_waiting", "carrier": "electricity", "rate": "1", "rate_unit": "W"}
    products = [
        {**BASE["products"][0], "product": "KIT", **(tool or {})},
        {"product": "PACK", "use_profile": "cells", "lifetime": "drill", **(pack or {})},
    ]
    modes = [{**BASE["modes"][0], "product": "KIT", "efficiency": "0.8"}, {"product": "KIT", **standby}]
    return {
        "products": products,
        "modes": [*modes, {"product": "PACK", **charging}],
        "use_profiles": also(
            "use_profiles",
            {"use_profile": "diy", "mode": "charger_waiting", "amount": "5", "amount_unit": "h/day"},
            {"use_profile": "cells", "mode": "charging", "amount": "1", "amount_unit": "cycle/week"},
        ),
        "sales": [*(kit_sales or [sold("KIT"), sold("KIT", year="2021", units="9")]),
                  *(pack_sales or [sold("PACK"), sold("PACK", year="2021", units="1")])],
        "materials": [],
    }  # fmt: skip


def test_a_pack_and_the_kits_beside_it_book_the_losses_of_charging_once():
    one("warning", "products.csv:3:allocation", "charging losses", "count twice", "allocation below 1", **kit())
    assert problems(**kit({"allocation": "0.5", "sold_as": "accessory"})) == []
    elsewhere = [sold("PACK", "FRA"), sold("PACK", "FRA", year="2021", units="1")]
    assert problems(**kit(pack_sales=elsewhere)) == []


def test_a_tool_without_a_charger_is_a_kit_if_it_says_so():
    changes = kit()
    changes["modes"] = [row for row in changes["modes"] if row["mode"] != "charger_waiting"]
    changes["use_profiles"] = [row for row in changes["use_profiles"] if row["mode"] != "charger_waiting"]
    assert problems(**changes) == []
    changes["products"][0]["sold_as"] = "kit"
    one("warning", "products.csv:3:allocation", "charging losses", **changes)


def test_packs_that_come_in_kits_are_not_sales_of_their_own():
    same = [sold("PACK"), sold("PACK", year="2021", units="9")]
    changes = kit({"allocation": "0.5", "sold_as": "accessory"}, pack_sales=same)
    one("warning", "products.csv:3:product", "units are those of `KIT`", "sold alone", **changes)


def test_what_is_leased_is_in_one_category():
    products = [{**BASE["products"][0], "sold_as": "lease"}]
    one("warning", "products.csv:2:product", "Category 13", "leave them out", products=products)
    products = [{**BASE["products"][0], "channel": "Rental"}]
    one("warning", "products.csv:2:product", "Category 13", labels=("channel",), products=products)
    products[0]["channel"] = "retail"
    assert problems(labels=("channel",), products=products) == []


@pytest.mark.parametrize(
    ("cells", "gone", "where", "words"),
    [
        ({"sold_as": "intermediate"}, "materials", "product", "disposal (Category 12) is not"),
        ({"allocation": "0.04"}, "materials", "product", "disposal (Category 12) is not"),
        ({"sold_as": "intermediate", "use_profile": ""}, "modes", "allocation", "use (Category 11) is not"),
        ({"allocation": "0"}, "", "allocation", "use (Category 11) is not"),
    ],
)
def test_categories_of_an_intermediate_product_stand_or_fall_together(cells, gone, where, words):
    changes = {"products": [{**BASE["products"][0], **cells}], **({gone: []} if gone else {})}
    if gone == "modes":
        changes |= {"use_profiles": [], "lifetimes": [], "products": [{**changes["products"][0], "lifetime": ""}]}
    one("warning", f"products.csv:2:{where}", words, "9, 10, 11 and 12 together", **changes)


def test_an_intermediate_product_without_either_is_to_be_disclosed():
    products = [{"product": "DRILL", "sold_as": "intermediate"}]
    changes = {"modes": [], "use_profiles": [], "lifetimes": [], "materials": []}
    one("warning", "products.csv:2:product", "neither", "disclose and justify", products=products, **changes)


def test_an_intermediate_product_with_both_is_no_matter():
    assert problems(products=[{**BASE["products"][0], "sold_as": "intermediate", "allocation": "0.1"}]) == []
