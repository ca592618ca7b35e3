"""How long things live and how much they are used."""

import math
from collections.abc import Iterator
from pathlib import Path

from reference.common import OWN, Output, Row, Sources, read, table, text, triangular

NONROAD = "US EPA, NONROAD2008a input data (surveys of about 1990-2000)"
MIT_UNU = "European Commission, WEEE Calculation Tool (UNU/UNITAR), 2023"

SOURCES: Sources = {
    "unu_weibull": (
        f"{MIT_UNU}: Weibull of the Netherlands, France and Belgium, purchase to discard with storage; ± is ours",
        "MIT",
        "source_dataset (mean, shape); assumption (error)",
    ),
    "unu_weibull_ita": (
        f"{MIT_UNU}: Weibull of Italy, purchase to discard with storage; ± is ours",
        "MIT",
        "source_dataset (mean, shape); assumption (error)",
    ),
    "nonroad_life": (
        f"{NONROAD}: median life in hours at full load; shape such that twice the median outlives nearly all; errors "
        "are ours, a factor 2.25 (geometric standard deviation 1.5)",
        "US public domain",
        "derived (mean); assumption (shape, error)",
    ),
    "nonroad_hours": (
        f"{NONROAD}: hours a year; error is ours, a factor 2.25 (geometric standard deviation 1.5)",
        "US public domain",
        "source_dataset (amount); assumption (error)",
    ),
    "use_assumed": ("Own estimate of an ordinary use, to be replaced by one's own data", OWN, "assumption"),
    "use_nonroad": (
        f"{NONROAD}: the middle; the ends are our doubt about the mean of all users",
        "US public domain",
        "source_dataset (middle); assumption (range)",
    ),
    "use_regulation": (
        "EU Regulations 665/2013 and 666/2013, vacuum cleaners: 50 cleanings of an hour a year, recalled; "
        "life around the median of the WEEE Calculation Tool; ranges are ours",
        "EU law; WEEE tool MIT",
        "regulation_recalled (mode); assumption (range)",
    ),
    "use_battery_article": (
        "Outdoor equipment maker's support article on Li-ion packs: 300 to 500 cycles, about three years; split by "
        "year is ours",
        "single fact quoted",
        "cited_text (life); assumption (cycles a year)",
    ),
    "battery_cycles": (
        "Outdoor equipment maker's support article (300 to 500 cycles) and a retailer's page (1,000)",
        "single fact quoted",
        "cited_text",
    ),
    "battery_years": ("Usual calendar life of Li-ion packs, recalled", OWN, "memory_unverified"),
}

NONROAD_SHAPE = 3.5
WIDE = 4.0
"""Highest over lowest value from which `check` asks whether a range is doubt or how users differ."""
YEAR_HOURS = 8760.0
# name → equipment, sector, engine; of several power classes the one with the most machines in use
MACHINES = {
    "mower_residential": ("Lawn mowers", "residential", "gasoline_4_stroke"),
    "mower_commercial": ("Lawn mowers", "commercial", "gasoline_4_stroke"),
    "rider_residential": ("Rear Engine Riding Mowers", "residential", "gasoline_4_stroke"),
    "rider_commercial": ("Rear Engine Riding Mowers", "commercial", "gasoline_4_stroke"),
    "lawn_tractor_residential": ("Lawn & Garden Tractors", "residential", "gasoline_4_stroke"),
    "lawn_tractor_commercial": ("Lawn & Garden Tractors", "commercial", "gasoline_4_stroke"),
    "turf_commercial": ("Commercial Turf Equipment", "commercial", "gasoline_4_stroke"),
    "tiller_residential": ("Rotary Tillers < 6 HP", "residential", "gasoline_4_stroke"),
    "tiller_commercial": ("Rotary Tillers < 6 HP", "commercial", "gasoline_4_stroke"),
    "chainsaw_residential": ("Chain Saws < 6 HP", "residential", "gasoline_2_stroke"),
    "chainsaw_commercial": ("Chain Saws < 6 HP", "commercial", "gasoline_2_stroke"),
    "trimmer_residential": ("Trimmers/Edgers/Brush Cutter", "residential", "gasoline_2_stroke"),
    "trimmer_commercial": ("Trimmers/Edgers/Brush Cutter", "commercial", "gasoline_2_stroke"),
    "blower_residential": ("Leafblowers/Vacuums", "residential", "gasoline_2_stroke"),
    "blower_commercial": ("Leafblowers/Vacuums", "commercial", "gasoline_2_stroke"),
    "snowblower_residential": ("Snowblowers", "residential", "gasoline_4_stroke"),
    "snowblower_commercial": ("Snowblowers", "commercial", "gasoline_4_stroke"),
    "shredder": ("Shredders < 6 HP", "commercial", "gasoline_4_stroke"),
    "chipper": ("Chippers/Stump Grinders", "commercial", "gasoline_4_stroke"),
    "generator": ("Generator Sets", "unspecified", "gasoline_4_stroke"),
    "pump": ("Pumps", "unspecified", "gasoline_4_stroke"),
    "compressor": ("Air Compressors", "unspecified", "gasoline_4_stroke"),
    "welder": ("Welders", "unspecified", "gasoline_4_stroke"),
    "pressure_washer": ("Pressure Washers", "unspecified", "gasoline_4_stroke"),
    "cutoff_saw": ("Concrete/Industrial Saws", "unspecified", "gasoline_2_stroke"),
    "plate_compactor": ("Plate Compactors", "unspecified", "gasoline_4_stroke"),
    "rammer": ("Tampers/Rammers", "unspecified", "gasoline_2_stroke"),
}

MODES = {
    "hours": ("operating", "h/year"),
    "plugged_in_hours": ("plugged_in", "h/year"),
    "cycles": ("charging", "cycle/year"),
}
PROFILE_SOURCES = {
    "assumption": "use_assumed", "source_dataset": "use_nonroad", "regulation_recalled": "use_regulation",
    "cited_text": "use_battery_article",
}  # fmt: skip


def _machines(raw: Path) -> Iterator[tuple[str, dict[str, str], str]]:
    rows = [row for row in read(raw, "nonroad_equipment_us_epa") if row["quality_flag"] == "ok"]
    for name, wanted in MACHINES.items():
        fitting = [row for row in rows if (row["equipment"], row["sector"], row["engine_type"]) == wanted]
        row = max(fitting, key=lambda row: float(row["population_units_us"]))
        low, high = (text(float(row[f"power_bin_{end}_hp"])) for end in ("min", "max"))
        note = f"{row['equipment']}, {row['sector']}, {row['engine_type']}, {low}-{high} hp"
        yield name, row, note


def mean_of_median(median: float, shape: float) -> float:
    """Give the mean of a Weibull from its median."""
    return median / math.log(2) ** (1 / shape) * math.gamma(1 + 1 / shape)


def _life(name: str, mean: str, source: str, note: str, *, unit: str = "year", mode: str = "", shape: str = "") -> Row:
    return {
        "lifetime": name, "distribution": "weibull", "mean": mean, "unit": unit, "mode": mode, "shape": shape,
        "note": note, "source": source,
    }  # fmt: skip


def _lifetimes(raw: Path) -> Iterator[Row]:
    rows = read(raw, "product_lifetime_weibull_unu")
    main = {row["unu_key"]: row for row in rows if row["region_code"] == "NLD_FRA_BEL"}
    for row in rows:
        key, italian = row["unu_key"], row["region_code"] == "ITA"
        same = all(row[name] == main[key][name] for name in ("weibull_shape", "weibull_scale_years"))
        if italian and same:
            continue
        mean, shape = float(row["weibull_scale_years"]), float(row["weibull_shape"])
        mean *= math.gamma(1 + 1 / shape)
        yield _life(
            f"unu_{key}{'_ita' if italian else ''}", f"{text(mean, 3)} ± 20%",
            "unu_weibull_ita" if italian else "unu_weibull", row["unu_description"], shape=f"{text(shape)} ± 15%",
        )  # fmt: skip
    for name, row, note in _machines(raw):
        median = float(row["median_life_hours_full_load"])
        yield _life(
            f"nonroad_{name}", f"{text(mean_of_median(median, NONROAD_SHAPE), 1)} */ 2.25", "nonroad_life",
            f"{note}, median {text(median)} h", unit="full_load_hour", mode="operating",
            shape=f"{text(NONROAD_SHAPE)} */ 1.3",
        )  # fmt: skip
    for row in read(raw, "use_profiles_default"):
        low, mode, high = (float(row[f"lifetime_years_{end}"]) for end in ("low", "mode", "high"))
        source = PROFILE_SOURCES[row["basis"]]
        yield _life(f"life_{row['use_profile_id']}", triangular(low, mode, high), source, row["description"])
    battery = {row["parameter"]: row for row in read(raw, "battery_parameters")}
    for name, parameter, unit, mode, source in (
        ("battery_cycles", "cycle_life_cycles", "cycle", "charging", "battery_cycles"),
        ("battery_years", "calendar_life_years", "year", "", "battery_years"),
    ):
        low, middle, high = (float(battery[parameter][f"value_{end}"]) for end in ("low", "mode", "high"))
        yield _life(name, triangular(low, middle, high), source, "Li-ion pack", unit=unit, mode=mode)


def _doubt(low: float, middle: float, high: float) -> str:
    """Write what is known of the mean of all users; a wide triangle would read as how users differ."""
    if high < WIDE * low or high >= YEAR_HOURS:
        return triangular(low, middle, high)
    return f"p5_p50_p95({text(low)}, {text(middle)}, {text(high)})"


def _profiles(raw: Path) -> Iterator[Row]:
    for row in read(raw, "use_profiles_default"):
        mode, unit = MODES[row["activity_mode"]]
        column = "cycles_per_year" if row["activity_mode"] == "cycles" else "annual_hours"
        low, middle, high = (float(row[f"{column}_{end}"]) for end in ("low", "mode", "high"))
        yield {
            "use_profile": row["use_profile_id"], "mode": mode, "region": "", "amount": _doubt(low, middle, high),
            "amount_unit": unit, "note": row["description"], "source": PROFILE_SOURCES[row["basis"]],
        }  # fmt: skip
    for name, row, note in _machines(raw):
        yield {
            "use_profile": f"nonroad_{name}", "mode": "operating", "region": "",
            "amount": f"{text(float(row['activity_hours_per_year']))} */ 2.25", "amount_unit": "h/year",
            "note": note, "source": "nonroad_hours",
        }  # fmt: skip


def tables(raw: Path) -> Iterator[Output]:
    yield table("lifetimes", "lifetime", "distribution mean unit mode shape note", _lifetimes(raw))
    yield table("use_profiles", "use_profile mode region", "amount amount_unit note", _profiles(raw))
