"""Random small catalogs that are valid and, over many seeds, touch every table, column and form.

They bring every row they need: no name in them is a reference's.
"""

from typing import Any

from numpy.random import Generator

from tests.reference import random_background as background
from tests.reference import random_use as usage
from tests.reference.random_archetypes import add_archetypes
from tests.reference.random_values import centred_share, chance, number, pick, positive, share, signed

Row = dict[str, str]
Tables = dict[str, list[Row]]
REPORTING_YEAR = 2024
MATERIALS = ("steel1", "plastic1", "cells1")
# Tables whose rows may get scores; rows with a plain negative number are left out.
SCORED = ("products", "modes", "use_profiles", "lifetimes", "sales", "zones", "grid", "carriers", "refrigerants",
          "gases", "materials", "end_of_life", "treatments", "segments", "coverage")  # fmt: skip
DEPENDENT = ("use_profiles.amount", "lifetimes.mean", "modes.rate", "segments.share", "materials.mass", "sales.units",
             "grid.intensity", "treatments.factor")  # fmt: skip
COUNTS = {"small": (2, 6, 4), "tiny": (1, 2, 2)}


def random_catalog(
    rng: Generator, size: str = "small", *, extras: bool = False, archetypes: bool = False
) -> tuple[dict[str, Any], Tables]:
    """Draw settings and tables.

    Parameters
    ----------
    rng : Generator
        Source of all choices.
    size : str
        `tiny` or `small`.
    extras : bool
        Add options, correlations and common errors.
    archetypes : bool
        Add kinds of products, and products that take from them.
    """
    fewest, most, most_regions = COUNTS[size]
    products = [f"P{i}" for i in range(int(rng.integers(fewest, most + 1)))]
    regions = [*("North", "South", "East")[: int(rng.integers(1, most_regions))], "Isle"]
    scenarios = ["calm", "brisk", "storm"][: int(rng.integers(1, 4))]
    years = [2024, *(year for year in (2022, 2023) if chance(rng, 0.6))]
    kinds = [usage.make_kind(rng, name) for name in ("A", "B")]
    tables: Tables = {name: [] for name in ("products", "segments", "modes", "use_profiles", "lifetimes", "sales")}
    _profiles_and_lives(rng, tables, kinds, regions)
    needs: dict[str, set[str]] = {}
    for product in products:
        _product(rng, tables, kinds, product, needs)
    _sales(rng, tables, products, regions, years)
    tables["regions"], zones = background.zones_and_regions(rng, regions)
    tables["zones"] = background.zone_rows(rng, zones)
    aliased = {row["zone"] for row in tables["zones"] if "grid" in row}
    tables["grid"] = background.grid_rows(rng, [z for z in zones if z not in aliased], scenarios, min(years))
    tables["carriers"] = usage.carrier_rows(rng, needs)
    _goods(rng, tables, products)
    waste_alias = any("end_of_life" in row for row in tables["zones"])
    tables["end_of_life"] = background.end_of_life_rows(rng, zones, MATERIALS, aliased=waste_alias)
    tables["treatments"] = background.treatment_rows(rng, MATERIALS)
    families = sorted({row["family"] for row in tables["products"] if row.get("family")})
    tables["coverage"] = [
        {"family": family, "covered": share(rng, 0.5 + 0.45 * rng.random())} for family in families if chance(rng, 0.6)
    ]
    _scores(rng, tables)
    (other,) = rng.spawn(1)
    tables["lifetimes"], tables["survival"] = usage.further_lives(other, tables["lifetimes"], years)
    if extras:
        _extras(rng, tables)
    if archetypes:
        add_archetypes(rng, tables, MATERIALS)
    settings = _settings(rng, scenarios, years)
    if extras:
        (other,) = rng.spawn(1)
        settings["dependence"] = {name: 0.1 + 0.8 * other.random() for name in DEPENDENT if chance(other, 0.5)}
    return settings, tables


def _settings(rng: Generator, scenarios: list[str], years: list[int]) -> dict[str, Any]:
    catalog: dict[str, Any] = {"name": "Random things", "reporting_year": REPORTING_YEAR}
    if 2022 in years and chance(rng, 0.5):
        catalog |= {"base_year": 2022, "company": "Random Ltd"}
    grid: dict[str, Any] = {}
    if chance(rng, 0.7):
        grid["level"] = positive(rng, 0.9 + 0.2 * rng.random())
    if chance(rng, 0.7):
        grid["trend"] = signed(rng, -0.01, 0.01)
    weights = [1.0 + 0.3 * i + 0.2 * float(rng.random()) for i in range(len(scenarios))]
    grid["scenarios"] = dict(zip(scenarios, weights, strict=True))
    return {
        "catalog": catalog,
        "method": {
            "grid_basis": pick(rng, "projected", "frozen"),
            "boundary": pick(rng, "minimum", "life_cycle"),
            "sales_timing": pick(rng, "start_of_year", "mid_year"),
            "gwp": pick(rng, "AR4", "AR5", "AR6"),
        },
        "monte_carlo": {
            "draws": 64,
            "seed": int(rng.integers(0, 5)),
            "design": pick(rng, "quasi", "latin_hypercube", "random"),
        },
        "grid": grid,
    }


def _profiles_and_lives(rng: Generator, tables: Tables, kinds: list[usage.Kind], regions: list[str]) -> None:
    for kind in kinds:
        kind.profiles = [f"use{kind.name}{i}" for i in range(2)]
        kind.lifetimes = [f"life{kind.name}{i}" for i in range(2)]
        for name in kind.profiles:
            tables["use_profiles"] += usage.profile_rows(rng, kind, name, regions)
        for name in kind.lifetimes:
            tables["lifetimes"].append(usage.lifetime_row(rng, name, kind))
    tables["lifetimes"].append(usage.lifetime_row(rng, "shelf", None))


def _product(rng: Generator, tables: Tables, kinds: list[usage.Kind], product: str, needs: dict[str, set[str]]) -> None:
    row = {"product": product}
    tables["products"].append(row)
    for column, choices in (("family", ("Saws", "Fans")), ("brand", ("Red", "Blue")), ("channel", ("Shop", "Web"))):
        if chance(rng, 0.7):
            row[column] = pick(rng, *choices)
    if chance(rng, 0.2):
        row["name"] = f"Thing {product}"
    if chance(rng, 0.3):
        row["allocation"] = share(rng, 0.2 + 0.7 * rng.random())
    form = pick(rng, "used", "used", "used", "used", "kept", "thrown")
    if form == "thrown":
        return
    if form == "kept":
        row["lifetime"] = "shelf"
        return
    kind = kinds[int(rng.integers(len(kinds)))]
    row |= {"use_profile": pick(rng, *kind.profiles), "lifetime": pick(rng, *kind.lifetimes)}
    if chance(rng, 0.5):
        row["annual_use_change"] = signed(rng, -0.05 + 0.06 * rng.random(), 0.01)
    modes = usage.mode_rows(rng, kind, product, needs)
    tables["modes"] += modes
    if chance(rng, 0.6):
        row["service_mode"] = pick(rng, *(mode["mode"] for mode in modes))
    if chance(rng, 0.4):
        names = ["home", "trade", "loan"][: int(rng.integers(1, 4))]
        for name, part in zip(names, background.shares_to_one(rng, len(names)), strict=True):
            segment = {"product": product, "segment": name, "share": centred_share(rng, part)}
            if chance(rng, 0.6):
                segment["use_profile"] = pick(rng, *kind.profiles)
            if chance(rng, 0.6):
                segment["lifetime"] = pick(rng, *kind.lifetimes)
            tables["segments"].append(segment)


def _sales(rng: Generator, tables: Tables, products: list[str], regions: list[str], years: list[int]) -> None:
    for product in products:
        sold_in = [region for region in regions if chance(rng, 0.6)] or [regions[-1]]
        for region in sold_in:
            for year in [*years, *([2025] if chance(rng, 0.2) else [])]:
                if year == REPORTING_YEAR or chance(rng, 0.8):
                    units = positive(rng, 1000 + 20000 * rng.random())
                    tables["sales"].append({"product": product, "region": region, "year": str(year), "units": units})


def _goods(rng: Generator, tables: Tables, products: list[str]) -> None:
    tables["materials"], tables["refrigerants"] = [], []
    lived = {row["product"] for row in tables["products"] if row.get("lifetime")}
    for product in products:
        for part in ("product", "battery", "packaging", "blade"):
            for material in MATERIALS:
                if chance(rng, 0.25):
                    mass = 0.05 + 5 * rng.random()
                    text = positive(rng, 1000 * mass, "g") if chance(rng, 0.2) else positive(rng, mass)
                    tables["materials"].append({"product": product, "part": part, "material": material, "mass": text})
        for gas in ("cool1", "cool2"):
            if product in lived and chance(rng, 0.2):
                row = {"product": product, "gas": gas, "charge": positive(rng, 0.1 + rng.random())}
                if chance(rng, 0.2):
                    row["charge"] = positive(rng, 300.0, "g")
                if chance(rng, 0.7):
                    row["annual_leak"] = share(rng, 0.02 + 0.1 * rng.random())
                if len(tables["refrigerants"]) % 2:
                    row["service"] = "hermetic"
                if chance(rng, 0.6):
                    row["end_of_life_loss"] = share(rng, 0.2 + 0.7 * rng.random())
                tables["refrigerants"].append(row)
    used = sorted({row["gas"] for row in tables["refrigerants"]})
    tables["gases"] = [{"gas": gas, "gwp": positive(rng, 3 + 2000 * rng.random())} for gas in used]


def _scores(rng: Generator, tables: Tables) -> None:
    for name in SCORED:
        if not chance(rng, 0.2):
            continue
        for row in tables[name]:
            negative = any(text.startswith("-") for text in row.values())
            if chance(rng, 0.5) and not negative and "t50" not in row:
                row["pedigree"] = ",".join(str(int(score)) for score in rng.integers(1, 5, 5))
            if chance(rng, 0.3):
                row["source"] = "measured, 2023"


def _extras(rng: Generator, tables: Tables) -> None:
    changed = [row for row in tables["modes"] if chance(rng, 0.5)]
    tables["options"] = [
        {"option": "lean", "table": "modes", "row": f"product={row['product']};mode={row['mode']}", "column": "rate",
         "value": f"*{number(0.7 + 0.2 * rng.random())}"}
        for row in changed
    ]  # fmt: skip
    drawn = [row for row in tables["modes"] if "pedigree" in row or any(sign in row["rate"] for sign in "(±+÷*")]
    tables["correlations"] = [
        {"group": "rates", "table": "modes", "row": f"product={product}", "column": "rate", "correlation": "0.6"}
        for product in sorted({row["product"] for row in drawn})
    ]
