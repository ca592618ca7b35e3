"""The worked example: what it promises, read here with the csv module; then as the package reads it."""

import csv
import re
from collections import defaultdict
from pathlib import Path

import pytest

import usephase
from usephase.catalog.checks import check
from usephase.catalog.read.load import load

FOLDER = Path(__file__).parents[2] / "product_catalog"

Rows = list[dict[str, str]]


@pytest.fixture(scope="module")
def tables() -> dict[str, Rows]:
    found = {}
    for path in FOLDER.glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as stream:
            found[path.stem] = list(csv.DictReader(stream))
    return found


def test_range_is_wide(tables: dict[str, Rows]) -> None:
    products = tables["products"]
    assert len(products) >= 44
    assert len({row["family"] for row in products}) >= 8
    assert {row["power_source"] for row in products} == {"battery", "mains", "petrol", "propane"}
    assert {"brand", "power_source", "channel"} <= set(products[0])


def test_sales_reach_four_continents_and_two_regions(tables: dict[str, Rows]) -> None:
    regions = {row["region"] for row in tables["sales"]}
    several = {row["region"] for row in tables["regions"]}
    assert several == {"ALPINE", "LATAM", "NORDICS"}
    assert several < regions
    assert len(regions - several) >= 14
    for continent in (
        {"USA", "CAN", "MEX"},
        {"DEU", "FRA", "GBR", "POL"},
        {"CHN", "JPN", "IND"},
        {"AUS", "NZL"},
        {"ZAF"},
    ):
        assert continent <= regions
    years = {int(row["year"]) for row in tables["sales"]}
    assert years == set(range(2021, 2027))


def test_petrol_falls_and_battery_grows(tables: dict[str, Rows]) -> None:
    family = {row["product"]: row["family"] for row in tables["products"]}
    units: dict[tuple[str, int], float] = defaultdict(float)
    for row in tables["sales"]:
        units[family[row["product"]], int(row["year"])] += float(row["units"].split()[0])
    for year in range(2021, 2026):
        assert units["Petrol outdoor", year + 1] < units["Petrol outdoor", year]
        assert units["Battery outdoor", year + 1] > units["Battery outdoor", year]


def test_every_row_says_where_it_is_from(tables: dict[str, Rows]) -> None:
    for name, rows in tables.items():
        assert all(len(row["source"]) >= 10 for row in rows), name


def test_every_row_says_truly_what_kind_of_number_it_holds(tables: dict[str, Rows]) -> None:
    """An invented firm has measured nothing; what follows a publication names it and assumes nothing else."""
    published = ("NONROAD2008a", "BEIS", "DESNZ", "IPCC", "EU WEEE", "EU 665/2013")
    for name, rows in tables.items():
        for row in rows:
            from_one = any(word in row["source"] for word in published) and "assumption" not in row["source"]
            assert row["data_type"] == ("secondary" if from_one else "estimate"), (name, row)
    kinds = {row["data_type"] for name in ("modes", "materials", "lifetimes", "use_profiles") for row in tables[name]}
    assert kinds == {"secondary", "estimate"}


def test_keys_are_unique_and_names_resolve(tables: dict[str, Rows]) -> None:
    keys = {
        "products": ("product",), "segments": ("product", "segment"), "modes": ("product", "mode"),
        "use_profiles": ("use_profile", "mode", "region"), "lifetimes": ("lifetime",),
        "sales": ("product", "region", "year"), "materials": ("product", "part", "material"),
        "options": ("option", "table", "row", "column"),
    }  # fmt: skip
    for name, columns in keys.items():
        found = [tuple(row[column] for column in columns) for row in tables[name]]
        assert len(set(found)) == len(found), name
    products = {row["product"] for row in tables["products"]}
    for name in ("segments", "modes", "sales", "materials", "refrigerants"):
        assert {row["product"] for row in tables[name]} <= products, name
    assert {row["product"] for row in tables["sales"]} == products
    assert {row["product"] for row in tables["materials"]} == products
    profiles = {row["use_profile"] for row in tables["use_profiles"]}
    used = {row["use_profile"] for name in ("products", "segments") for row in tables[name]}
    assert used == profiles, "every profile is used, every use has a profile"


def test_every_product_comes_in_packaging_and_batteries_have_cells(tables: dict[str, Rows]) -> None:
    parts = defaultdict(set)
    for row in tables["materials"]:
        if row["mass"] != "0":
            parts[row["product"]].add((row["part"], row["material"]))
    kits = [
        row["product"] for row in tables["products"] if row["power_source"] == "battery" and "bare" not in row["name"]
    ]
    assert len(kits) >= 15
    for product, found in parts.items():
        assert ("packaging", "cardboard") in found, product
        assert (("battery", "li_ion_cells") in found) == (product in kits), product


def test_charging_is_counted_once(tables: dict[str, Rows]) -> None:
    names = {row["product"]: row for row in tables["products"]}
    modes = defaultdict(dict)
    for row in tables["modes"]:
        modes[row["product"]][row["mode"]] = row
    for product, row in names.items():
        if "bare" in row["name"]:  # at the pack's terminals, no charger
            assert all(not mode["efficiency"] and "charger" not in name for name, mode in modes[product].items())
    for product in ("PACK-18-2", "PACK-18-5"):  # losses only, and the share of its cycles in bare tools
        assert names[product]["allocation"]
        capacity_wh = 18 * float(product.rpartition("-")[2])
        loss_wh = float(modes[product]["charging"]["rate"].split()[0])
        assert loss_wh == pytest.approx(capacity_wh * (1 / 0.8 - 1))
    for product in ("CHARGER-18", "CHARGER-36R"):
        assert set(modes[product]) == {"charger_maintaining", "charger_empty"}


def test_fuel_rates_follow_their_source(tables: dict[str, Rows]) -> None:
    """Litres an hour at full load = shaft kW · g/kWh ÷ 739.3 g/L (EPA NONROAD2008a, latest technology)."""
    rates = {
        (row["product"], row["rate_unit"]): float(row["rate"].split()[0])
        for row in tables["modes"]
        if row["carrier"].startswith("petrol")
    }
    for product, power_kw, grams in [
        ("PETROL-MOWER", 3.057, 526.2), ("PETROL-TRACTOR", 10.149, 447.1), ("PETROL-CHAINSAW", 1.573, 503.0),
        ("PETROL-CHAINSAW-PRO", 2.920, 369.8), ("PETROL-TRIMMER", 1.044, 503.0), ("PETROL-BLOWER", 1.051, 503.0),
        ("GENERATOR-3", 3.406, 526.2),
    ]:  # fmt: skip
        assert rates[product, "L/h"] == pytest.approx(power_kw * grams / 739.3, rel=0.01), product
    assert rates["PETROL-WASHER", "gal/h"] == pytest.approx(3.599 * 526.2 / 739.3 / 3.785411784, rel=0.01)


def test_shares_of_users_and_routes_sum_to_one(tables: dict[str, Rows]) -> None:
    def best(cell: str) -> float:
        inside = re.fullmatch(r"pert\(([^,]+), ([^,]+), ([^,]+)\)", cell)
        return float(inside[2]) if inside else float(cell.split()[0])

    sums: dict[tuple[str, ...], float] = defaultdict(float)
    for row in tables["segments"]:
        sums[("segment", row["product"])] += best(row["share"])
    for row in tables["end_of_life"]:
        sums[("route", row["zone"], row["material"], row["year"])] += best(row["share"])
    assert len(sums) >= 15
    assert all(total == pytest.approx(1) for total in sums.values())


def test_three_studies_change_cells_that_exist(tables: dict[str, Rows]) -> None:
    assert {row["option"] for row in tables["options"]} >= {"efficient_drill", "battery_mower", "durable_vacuum"}
    for row in tables["options"]:
        wanted = dict(part.split("=", 1) for part in row["row"].split(";"))
        matching = [r for r in tables[row["table"]] if all(r[key] == value for key, value in wanted.items())]
        assert len(matching) == 1, row
        assert row["column"] in matching[0]


def test_battery_mowers_replace_petrol_mowers_one_for_one(tables: dict[str, Rows]) -> None:
    sold = {(row["product"], row["region"], row["year"]): float(row["units"].split()[0]) for row in tables["sales"]}
    change: dict[str, dict[str, float]] = defaultdict(dict)
    for row in tables["options"]:
        if row["option"] == "battery_mower":
            key = dict(part.split("=") for part in row["row"].split(";"))
            base = sold[key["product"], key["region"], key["year"]]
            change[key["region"]][key["product"]] = float(row["value"]) - base
    assert len(change) == 6
    for region, by_product in change.items():
        assert by_product["PETROL-MOWER"] == -sold["PETROL-MOWER", region, "2024"]
        assert by_product["MOWER-36"] == -by_product["PETROL-MOWER"]


def test_files_are_plain_text_for_excel_and_git() -> None:
    for path in FOLDER.glob("*.csv"):
        data = path.read_bytes()
        assert data.isascii(), path.name
        assert b"\r" not in data
        assert data.endswith(b"\n")


def test_it_is_read_without_a_complaint() -> None:
    catalog, problems = load(FOLDER)
    found = [*problems, *check(catalog)]
    # What is to be sold in 2025 and 2026 is a forecast, and said to be one.
    assert [(problem.severity, "forecast" in problem.what) for problem in found] == [("warning", True)]
    assert (catalog.settings.base_year, catalog.settings.reporting_year) == (2021, 2024)
    assert sum(catalog.settings.scenarios.values()) == pytest.approx(1)


@pytest.fixture(scope="module")
def per_unit_kg(tables: dict[str, Rows]) -> dict[str, float]:
    """Category 11, best estimate, kg CO2e a unit sold in 2024."""
    run = usephase.estimate(usephase.read_catalog(FOLDER), draws=16)
    rows = run.figures.query("by == 'product' and ledger == 'category_11' and phase == 'direct'")
    units: dict[str, float] = defaultdict(float)
    for row in tables["sales"]:
        if row["year"] == "2024":
            units[row["product"]] += float(row["units"].split()[0])
    return {group: 1000 * t / units[group] for group, t in zip(rows["group"], rows["best_estimate"], strict=True)}


def test_petrol_burnt_is_the_life_at_full_load_times_the_rate(per_unit_kg: dict[str, float]) -> None:
    """Hours a year and load cancel: litres = full-load hours × rate; ages over `max_years` take less than 1 %."""
    petrol, two_stroke = 2.378385, 2.456219
    for product, litres, factor in [
        ("PETROL-MOWER", 0.95 * 47.9 * 2.18 + 0.05 * 268 * 2.18, petrol),
        ("PETROL-TRACTOR", 114.8 * 6.14, petrol),
        ("PETROL-CHAINSAW", 39.2 * 1.07, two_stroke),
        ("PETROL-CHAINSAW-PRO", 191 * 1.46, two_stroke),
        ("GENERATOR-3", 200 * 2.42, petrol),
    ]:
        assert per_unit_kg[product] == pytest.approx(litres * factor, rel=0.01), product


def test_figures_of_a_unit_are_of_a_believable_size(per_unit_kg: dict[str, float]) -> None:
    for product, low, high in [
        ("DRILL-18", 5, 40), ("JIGSAW-18", 1, 10), ("DRILL-650", 3, 30), ("MOWER-36", 20, 90),
        ("PETROL-MOWER", 150, 600), ("UPRIGHT-850", 40, 250), ("STICK-25", 10, 60),
        ("FAN-HEATER-2000", 150, 900), ("DEHUMIDIFIER-290", 300, 1500),
        ("PACK-18-5", 0.5, 5), ("CHARGER-18", 2, 15), ("LIGHT-18", 2, 30),
    ]:  # fmt: skip
        assert low < per_unit_kg[product] < high, product
