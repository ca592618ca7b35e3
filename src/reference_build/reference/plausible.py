"""What is known of products, fuels, grids and waste: the bands outside which a check asks, and the slips it names.

A band is wider than what is known: it must stay quiet on everything honest, and slips are factors of 10 and more. What
is judgement stands in the folder ``judged``; the script adds what the data say and widens it.
"""

import itertools
import math
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from reference.common import OWN, Output, Row, Sources, read, table, text

SOURCES: Sources = {
    "band_archetype": (
        "Ranges of the archetypes of such products (many ends are estimates), for masses and lives also of their UNU "
        "key (Statistics Netherlands; EU WEEE tool, 2023); widened",
        OWN,
        "derived",
    ),
    "band_nonroad": (
        "US EPA, NONROAD2008a: hours, lives at full load and fuel of such machines, all classes and users; widened",
        "US public domain",
        "derived",
    ),
    "band_unu": (
        "UNU keys: mean mass (Statistics Netherlands), mean life and shape (EU WEEE tool, 2023); widened",
        "MIT",
        "derived",
    ),
    "band_reference": ("Extremes of the reference table of that name; widened", "as that table", "derived"),
    "band_physics": ("All carbon burnt: 44/12 kg CO2 a kg of carbon, and a tenth for CH4 and N2O", OWN, "derived"),
    "band_ipcc_energy": (
        "IPCC 2006 Guidelines, Volume 2, Tables 1.2 and 1.4: heating values and CO2 of fuels (recalled); widened",
        "single facts quoted",
        "memory_unverified",
    ),
    "band_ipcc_charge": (
        "IPCC 2006 Guidelines, Volume 3, Table 7.9: charges and yearly leaks of cooling equipment (recalled); widened",
        "single facts quoted",
        "memory_unverified",
    ),
    "band_judged": ("Judgement: beyond this a slip is likelier than such a product", OWN, "assumption"),
    "band_spec": ("Judgement: the bound for what nothing else is known of", OWN, "assumption"),
    "engine_bsfc": (
        "US EPA, NONROAD2008a, BSFC.EMF: overhead-valve or latest engines as typical, the range of all; above its "
        "power classes the range of large engines (judgement)",
        "US public domain",
        "derived_from_components",
    ),
    "slip_kinds": ("Slips of units, the decimal mark and lost thousands, as spreadsheets have them", OWN, "assumption"),
}  # fmt: skip

JUDGED = Path(__file__).resolve().parents[1] / "judged"

WIDER = {
    "power": (8, 8), "fuel_power": (8, 8), "energy_per_cycle": (8, 8), "energy_per_year": (8, 4),
    "hours_per_year": (10, 3), "cycles_per_year": (20, 5), "life_years": (8, 2.5), "life_hours": (10, 5),
    "mass": (5, 4), "mass_per_power": (6, 6), "mass_per_fuel_power": (6, 6),
    "shape": (4, 5), "grid_step_up": (1, 1.5), "grid_step_down": (1, 1.5),
}  # fmt: skip
"""By how much a band begins below the least and ends above the most that is known."""
_AT_MOST = {"hours_per_year": 8760.0, "life_years": 60.0}

UNITS = {
    "power": "W", "standby_power": "W", "fuel_power": "W", "energy_per_cycle": "kWh/cycle",
    "energy_per_year": "kWh/year",
    "hours_per_year": "h/year", "cycles_per_year": "cycle/year", "life_years": "year", "life_hours": "h",
    "life_cycles": "cycle", "mass": "kg", "mass_per_power": "kg/kW", "mass_per_fuel_power": "kg/kW",
    "charge": "kg", "grid_intensity": "kg/kWh", "grid_upstream": "kg/kWh",
    "carbon_per_kg": "kg/kg", "carbon_per_mj": "kg/MJ", "carbon_per_m3": "kg/m3", "heating_value": "MJ/kg",
    "density": "kg/L", "treatment": "kg/kg", "avoided": "kg/kg",
}  # fmt: skip

Band = tuple[float, float]
Known = dict[str, list[Band]]


def tables(raw: Path) -> Iterator[Output]:
    judged: dict[str, dict[str, tuple[Band, str]]] = {}
    for row in read(JUDGED, "bands"):
        band = float(row["low"]), float(row["high"] or math.inf)
        judged.setdefault(row["subject"], {})[row["quantity"]] = band, row["source"]
    subjects = read(JUDGED, "subjects")
    rows = [*_archetypes(raw, subjects, judged), *_families(raw, subjects, judged)]
    for row in subjects:
        known: Known = {}
        if row["level"] == "kind":
            known = _unu(raw, row["unu_keys"].split())
        elif row["level"] == "nonroad":
            known = _nonroad(raw, row["subject"])
        elif row["level"] != "any":
            continue
        level = "any" if row["level"] == "any" else "kind"
        source = "band_nonroad" if row["level"] == "nonroad" else "band_unu"
        name = f"{row['subject']} (US EPA)" if row["level"] == "nonroad" else row["subject"]
        rows += _rows(name, row["words"], level, known, judged.get(row["subject"], {}), source)
    rows += _rows("life", "", "any", _shapes(raw), {}, "band_unu")
    rows += _rows("path", "", "any", _steps(raw), {}, "band_reference")
    yield table("plausible", "quantity subject", "name low high unit words level", rows)
    yield _engines(raw)
    slips = enumerate(read(JUDGED, "slips"), 10)
    yield table(
        "slips", "quantity rank", "factor slip", ({**row, "rank": str(n), "source": "slip_kinds"} for n, row in slips)
    )


def _rows(
    subject: str,
    words: str,
    level: str,
    known: Known,
    judged: dict[str, tuple[Band, str]],
    source: str,
    name: str = "",
) -> Iterator[Row]:
    """Write the bands of a subject: what is known, widened, joined with what is judged."""
    for quantity in sorted({*known, *judged}):
        bands = [_wider(quantity, known[quantity])] if quantity in known else []
        if quantity == "energy_per_year":
            bands = [_of_sizes(band, known, judged) for band in bands]
        if quantity in judged:
            bands.append(judged[quantity][0])
        low, high = _joined(bands)
        yield {
            "quantity": quantity, "subject": subject, "name": name or subject, "low": _number(low),
            "high": _number(high), "unit": UNITS.get(quantity, ""), "words": words, "level": level,
            "source": judged[quantity][1] if quantity in judged else source,
        }  # fmt: skip


def _of_sizes(yearly: Band, known: Known, judged: dict[str, tuple[Band, str]]) -> Band:
    """Widen a year's energy as far as the judged power, or energy of a cycle, is wider than what is known of it."""
    low, high = yearly
    for size in ("power", "energy_per_cycle"):
        if size in known and size in judged:
            (least, most), (smallest, largest) = _wider(size, known[size]), judged[size][0]
            low, high = min(low, yearly[0] * smallest / least), max(high, yearly[1] * largest / most)
    return low, high


def _number(value: float) -> str:
    return "" if not math.isfinite(value) else text(float(f"{value:.3g}"), 9)


def _joined(bands: Iterable[Band]) -> Band:
    lows, highs = zip(*bands, strict=True)
    return min(lows), max(highs)


def _wider(quantity: str, bands: list[Band]) -> Band:
    low, high = _joined(bands)
    below, above = WIDER[quantity]
    return low / below, min(high * above, _AT_MOST.get(quantity, math.inf))


_STANDBY = ("idle", "standby", "dock", "losses")
_LITRE_W = {"petrol": 0.745 * 44.3e6 / 3600, "diesel": 0.84 * 43e6 / 3600, "lpg": 0.507 * 47.3e6 / 3600}
"""Watts of a litre an hour, by the densities and heating values of the table carriers."""
_KG_KWH = 48 / 3.6
"""Kilowatt-hours of a kilogram of natural gas."""


def _known(raw: Path) -> dict[str, Known]:
    """Collect what is known of each archetype: the ranges of all users, working modes only."""
    out: dict[str, Known] = {}

    def add(archetype: str, quantity: str, low: str, high: str, factor: float = 1.0) -> None:
        if float(high) > 0:
            least = float(low) if float(low) > 0 else float(high) / 20
            out.setdefault(archetype, {}).setdefault(quantity, []).append((least * factor, float(high) * factor))

    for row in read(raw / "archetypes", "archetypes"):
        if any(word in row["mode"] for word in _STANDBY):
            continue
        rate = row["rate_unit"]
        quantity, factor = {
            "W": ("power", 1.0), "L/h": ("fuel_power", _LITRE_W.get(row["carrier"], _LITRE_W["petrol"])),
            "kg/cycle": ("energy_per_cycle", _KG_KWH), "kWh/cycle": ("energy_per_cycle", 1.0),
            "Wh/cycle": ("energy_per_cycle", 1e-3),
        }[rate]  # fmt: skip
        add(row["archetype"], quantity, row["rate_low"], row["rate_high"], factor)
        amount = {"h/year": "hours_per_year", "cycle/year": "cycles_per_year"}[row["amount_unit"]]
        add(row["archetype"], amount, row["amount_low"], row["amount_high"])
        if row["carrier"] == "electricity":
            kilo = 1e-3 if rate in ("W", "Wh/cycle") else 1.0
            yearly = [
                kilo * float(row[f"rate_{end}"]) * float(row[f"load_{end}"] or row["load_mode"] or 1)
                / float(row[f"efficiency_{other}"] or row["efficiency_mode"] or 1) * float(row[f"amount_{end}"])
                for end, other in (("low", "high"), ("high", "low"))
            ]  # fmt: skip
            add(row["archetype"], "energy_per_year", *map(str, yearly))
    for row in read(raw / "archetypes", "archetype_lives"):
        quantity = {"year": "life_years", "hour": "life_hours"}[row["unit"]]
        add(row["archetype"], quantity, row["mean_low"], row["mean_high"])
        if row["max_years"]:
            add(row["archetype"], "life_years", row["max_years"], row["max_years"])
    masses: dict[str, list[float]] = {}
    for row in read(raw / "archetypes", "archetype_masses"):
        if row["part"] != "packaging":
            sums = masses.setdefault(row["archetype"], [0.0, 0.0])
            sums[0] += float(row["mass_low"])
            sums[1] += float(row["mass_high"])
    for archetype, (low, high) in masses.items():
        add(archetype, "mass", str(low), str(high))
        for power in ("power", "fuel_power"):
            if power in out[archetype]:
                least, most = _joined(out[archetype][power])
                add(archetype, f"mass_per_{power}", str(low / most * 1000), str(high / least * 1000))
    for row in read(raw / "archetypes", "archetype_index"):
        for quantity, bands in _unu(raw, row["unu_key"].split()).items():
            out[row["archetype"]].setdefault(quantity, []).extend(bands)
    return out


def _unu(raw: Path, keys: Sequence[str]) -> Known:
    """Collect mean masses and lives of UNU keys."""
    out: Known = {}
    for quantity, file, column in (
        ("mass", "product_mass_unu", "average_mass_kg"),
        ("life_years", "product_lifetime_weibull_unu", "mean_lifetime_years"),
    ):
        numbers = [float(row[column]) for row in read(raw, file) if row["unu_key"] in keys]
        if numbers := [number for number in numbers if number > 0]:
            out[quantity] = [(min(numbers), max(numbers))]
    return out


def _archetypes(
    raw: Path, subjects: list[dict[str, str]], judged: dict[str, dict[str, tuple[Band, str]]]
) -> Iterator[Row]:
    """Write the bands of every archetype, joined with those that the name of a family does not tell apart from it."""
    known = _known(raw)
    more = {row["subject"]: row for row in subjects if row["level"] == "archetype"}
    ambiguous = {word for row in subjects if row["level"] == "ambiguous" for word in row["words"].split("|")}
    for row in read(raw / "archetypes", "archetype_index"):
        archetype = row["archetype"]
        extra = more.get(archetype, {"words": "", "joined": ""})
        words = [*extra["words"].split("|"), *(word for word in row["keywords"].split("|") if word not in ambiguous)]
        joined: Known = {}
        for part in (archetype, *extra["joined"].split()):
            for quantity, bands in known[part].items():
                joined.setdefault(quantity, []).extend(bands)
        phrases = "|".join(dict.fromkeys(word for word in words if word))
        name = row["name"][:1].lower() + row["name"][1:] if row["name"][1:2].islower() else row["name"]
        yield from _rows(archetype, phrases, "kind", joined, judged.get(archetype, {}), "band_archetype", name)


def _families(
    raw: Path, subjects: list[dict[str, str]], judged: dict[str, dict[str, tuple[Band, str]]]
) -> Iterator[Row]:
    """Write the bands of broad families: those of all their archetypes."""
    known = _known(raw)
    for subject in subjects:
        if subject["level"] != "family":
            continue
        joined: Known = {}
        larger: dict[str, tuple[Band, str]] = {}
        for row in read(raw / "archetypes", "archetype_index"):
            if row["family"] == subject["subject"]:
                for quantity, bands in known[row["archetype"]].items():
                    joined.setdefault(quantity, []).extend(bands)
                for quantity, (band, source) in judged.get(row["archetype"], {}).items():
                    held = [larger[quantity][0]] if quantity in larger else []
                    larger[quantity] = _joined([band, *held]), source
        yield from _rows(subject["subject"], subject["words"], "family", joined, larger, "band_archetype")


def _nonroad(raw: Path, equipment: str) -> Known:
    """Collect what NONROAD says of a kind of equipment, over all power classes and users."""
    rows = [row for row in read(raw, "nonroad_equipment_us_epa") if row["equipment"] == equipment]
    out: Known = {}
    for quantity, column, factor in (
        ("hours_per_year", "activity_hours_per_year", 1.0), ("life_hours", "median_life_hours_full_load", 1.0),
        ("fuel_power", "fuel_use_l_per_hour_at_load", _LITRE_W["petrol"]),
    ):  # fmt: skip
        numbers = [float(row[column]) * factor for row in rows if row[column]]
        out[quantity] = [(min(numbers), max(numbers))]
    return out


def _shapes(raw: Path) -> Known:
    shapes = [float(row["weibull_shape"]) for row in read(raw, "product_lifetime_weibull_unu")]
    return {"shape": [(min(shapes), max(shapes))]}


def _steps(raw: Path) -> Known:
    """Find by how much the reference's paths rise and fall from one listed year to the next at most."""
    known: dict[tuple[str, str], list[tuple[int, float]]] = {}
    for file, scenario, column in (
        ("grid_projection_country", "scenario_id", "intensity_g_co2e_per_kwh"),
        ("grid_intensity_history", "region_type", "intensity_g_co2e_per_kwh"),
    ):
        for row in read(raw, file):
            known.setdefault((row["region_code"], row[scenario]), []).append((int(row["year"]), float(row[column])))
    ratios = []
    for path in known.values():
        numbers = [intensity for _, intensity in sorted(path)]
        ratios += [after / before for before, after in itertools.pairwise(numbers) if before > 0 < after]
    return {"grid_step_up": [(0.0, max(ratios))], "grid_step_down": [(0.0, 1 / min(ratios))]}


_G_PER_KWH = 608.277
"""Grams a kilowatt-hour of a pound a horsepower-hour."""


def _engines(raw: Path) -> Output:
    """Write the efficiency of engines by fuel and power; the fuel use of the cleaned table must lie among them."""
    judged = read(JUDGED, "engines")
    cleaned = [float(row["bsfc_latest_standard_g_per_kwh"]) for row in read(raw, "nonroad_equipment_us_epa")]
    pounds = [float(row[name]) * _G_PER_KWH for row in judged for name in ("least", "most")]
    assert min(pounds) < min(cleaned) < max(cleaned) < max(pounds)
    rows = []
    for row in judged:
        grams = {name: float(row[name]) * _G_PER_KWH for name in ("typical", "least", "most")}
        share = {name: 3600 / (gram * float(row["mj_per_kg"])) for name, gram in grams.items()}
        rows.append({
            "engine": row["engine"], "from_kw": row["from_kw"], "to_kw": row["to_kw"], "words": row["words"],
            "efficiency": text(share["typical"], 3), "low": text(share["most"], 3), "high": text(share["least"], 3),
            "fuel_g_per_kwh": text(grams["typical"], 0), "source": "engine_bsfc",
        })  # fmt: skip
    return table("engines", "engine from_kw", "to_kw words efficiency low high fuel_g_per_kwh", rows)
