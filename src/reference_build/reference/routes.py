"""Shares of the waste routes by country.

Three kinds of discarded things: devices (every material without a row of its own), batteries (`li_ion_cells`) and
packaging (`cardboard`, `plastic_film`). A collected device or battery is recycled; what is not collected goes where
the country's residual waste goes; packaging goes where the country's municipal waste goes.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

from reference.common import FACTS, Row, Sources, codes, read, text
from reference.losses import NOT_A_COUNTRY

WASTE = "World Bank, What a Waste 2.0, 2018 (data of about 2010-2017)"
MONITOR = "Global E-waste Monitor"
NO_LICENCE = "CC BY 4.0 (split), single facts quoted (rate)"

SOURCES: Sources = {
    "municipal": (f"{WASTE}: treatment of municipal waste, normalized", "CC BY 4.0", "derived"),
    "municipal_europe": (
        f"{WASTE}: treatment of municipal waste, plain mean of the 27 members, normalized", "CC BY 4.0", "derived",
    ),
    "municipal_world": (f"{WASTE}: treatment in the whole world as the report gives it, recalled", "CC BY 4.0",
                        "memory_unverified"),
    "device_country": (
        f"{MONITOR} 2020, annex: documented collection over e-waste generated in 2019, recalled and rounded to 1 %; "
        f"the rest by {WASTE}",
        NO_LICENCE,
        "memory_unverified (collected share); derived (other routes)",
    ),
    "device_usa": (
        f"{MONITOR} 2024: documented collection over e-waste generated in 2022, what the Americas' sum leaves the "
        f"United States (table collection_rates); the rest by {WASTE}",
        NO_LICENCE,
        "derived",
    ),
    "device_americas": (
        f"{MONITOR} 2024: documented collection over e-waste generated in 2022, of the Americas without the United "
        f"States (table collection_rates); the rest by {WASTE}",
        NO_LICENCE,
        "proxy (collected share); derived (other routes)",
    ),
    "device_australia": (
        f"{MONITOR} 2024: documented collection over e-waste generated in 2022, of Oceania, recalled; the rest by "
        f"{WASTE}",
        NO_LICENCE,
        "proxy (collected share, recalled); derived (other routes)",
    ),
    "device_region": (
        f"{MONITOR} 2024: documented collection over e-waste generated in 2022, of the continent; the rest by {WASTE}",
        NO_LICENCE,
        "proxy (collected share); derived (other routes)",
    ),
    "device_europe": (
        f"{MONITOR} 2024: documented collection over e-waste generated in 2022, Europe; the rest by {WASTE}, plain "
        "mean of the 27 members",
        NO_LICENCE,
        "proxy (collected share); derived (other routes)",
    ),
    "device_world": (
        f"{MONITOR} 2024: documented collection over e-waste generated in 2022, world; the rest by {WASTE}, recalled",
        NO_LICENCE,
        "cited_text (collected share); memory_unverified (other routes)",
    ),
    "battery_country": (
        "Eurostat, portable batteries: collected over the mean sales of three years, 2018 (Cyprus 2017); the rest by "
        f"{WASTE}",
        NO_LICENCE,
        "cited_text (collected share); derived (other routes)",
    ),
    "battery_europe": (
        f"Eurostat, portable batteries: collected over the mean sales of three years, EU 2022; the rest by {WASTE}",
        NO_LICENCE,
        "proxy (collected share); derived (other routes)",
    ),
}  # fmt: skip

EU27 = codes(
    "AUT BEL BGR CYP CZE DEU DNK ESP EST FIN FRA GRC HRV HUN IRL ITA LTU LUX LVA MLT NLD POL PRT ROU SVK SVN SWE"
)
BATTERY_AS_EU = EU27 | codes("GBR CHE NOR ISL LIE")
OCEANIA = codes("ASM AUS COK FJI FSM GUM KIR MHL MNP NCL NFK NIU NRU NZL PCN PLW PNG PYF SLB TON TUV UMI VUT WLF WSM")
AFRICA_NORTH = codes("DZA EGY ESH LBY MAR SDN TUN")
EUROPE_EAST = codes("BLR MDA RUS UKR")
CONTINENT = {
    "remind_eur": "REG_EUROPE", "remind_neu": "REG_EUROPE", "remind_ref": "REG_ASIA", "remind_mea": "REG_ASIA",
    "remind_cha": "REG_ASIA", "remind_ind": "REG_ASIA", "remind_jpn": "REG_ASIA", "remind_oas": "REG_ASIA",
    "remind_lam": "REG_AMERICAS", "remind_usa": "REG_AMERICAS", "remind_caz": "REG_AMERICAS",
    "remind_ssa": "REG_AFRICA",
}  # fmt: skip

# Shares of what is burnt that is burnt without use of the heat (mode, high): our assumption, see SOURCES.md.
RECOVERING = (0.05, 0.2)
OTHERWISE = (0.3, 0.75)
USES_THE_HEAT = frozenset({"CHN"})

# Recalled world shares of What a Waste 2.0; the sum of the rest closes to 1.
WORLD = {"recycling": 0.135, "composting": 0.055, "burnt": 0.11, "landfill": 0.37, "open_dump": 0.33}

ROUTES = ("recycling", "composting", "landfill", "open_dump", "energy_recovery", "incineration")
Shares = Mapping[str, float]


def _continent(zone: str, model_region: str) -> str:
    if zone in OCEANIA:
        return "REG_OCEANIA"
    if zone in AFRICA_NORTH:
        return "REG_AFRICA"
    if zone in EUROPE_EAST:
        return "REG_EUROPE"
    return CONTINENT[model_region]


def municipal(row: Row) -> dict[str, float]:
    """Split a country's municipal waste; what is unaccounted for is buried (high income) or dumped (else)."""
    percent = {key.removesuffix("_percent"): float(value) for key, value in row.items() if key.endswith("_percent")}
    shares = {
        "recycling": percent["recycling"],
        "composting": percent["compost_and_digestion"],
        "burnt": percent["incineration"],
        "landfill": percent["landfill_controlled"] + percent["landfill_unspecified"],
        "open_dump": percent["open_dump"],
    }
    shares["landfill" if row["income_group"] == "HIC" else "open_dump"] += percent["other_or_unaccounted"]
    total = sum(shares.values())
    return {route: share / total for route, share in shares.items()}


def without(shares: Shares, *routes: str) -> dict[str, float]:
    rest = {route: share for route, share in shares.items() if route not in routes}
    total = sum(rest.values())
    return {route: share / total for route, share in rest.items()}


def collected(rate: float, shares: Shares) -> dict[str, float]:
    """Recycle what is collected; send the rest where residual waste goes."""
    residual = without(shares, "recycling", "composting")
    return {"recycling": rate, **{route: (1 - rate) * share for route, share in residual.items()}}


def write(
    zone: str, material: str, shares: Shares, source: str, *, wild: tuple[float, float], recycled: str
) -> Iterator[Row]:
    """Write one set: ten-thousandths that sum to 1; the recycled and the wastefully burnt share uncertain.

    `recycled` writes the recycled share's cell, with {low}, {mode} and {high} of its triangle to hand.
    """
    burnt = shares.get("burnt", 0.0)
    exact = {**shares, "energy_recovery": burnt * (1 - wild[0]), "incineration": burnt * wild[0]}
    parts = {route: round(exact.get(route, 0.0) * 10_000) for route in ROUTES}
    free = max(("landfill", "open_dump", "energy_recovery"), key=lambda route: parts[route])
    parts[free] += 10_000 - sum(parts.values())
    for route, count in parts.items():
        share = count / 10_000
        cell = text(share, 4)
        if count == 0:
            continue
        if route == "recycling":
            cell = recycled.format(low=text(0.5 * share), mode=cell, high=text(min(1.0, 1.5 * share)),
                                   farther=text(min(1.0, 2 * share)))  # fmt: skip
        elif route == "incineration":
            cell = f"triangular(0, {cell}, {text(min(1.0, share * wild[1] / wild[0]), 4)})"
        yield {"zone": zone, "material": material, "route": route, "share": cell, "source": source}


KNOWN = "triangular({low}, {mode}, {high})"
GUESSED = "triangular(0, {mode}, {farther})"
OLD = "{mode} */ 1.3"


def collection(raw: Path) -> list[Row]:
    """Give what is known of collection: the raw rows, and those of the facts in place of rows of their key."""
    known = {}
    for row in (*read(raw, "ewaste_battery_collection_rates"), *read(FACTS, "collection_2022")):
        known[row["stream"], row["region_code"], row["year"], row["rate_definition"]] = row
    return list(known.values())


def _rates(raw: Path) -> dict[tuple[str, str, str], float]:
    rows = collection(raw)
    return {
        (row["stream"], row["region_code"], row["year"]): float(row["collection_rate_percent"]) / 100
        for row in rows
        if row["stream"] != "ewaste" or row["rate_definition"].endswith("ewaste_generated")
    }


def rows(raw: Path) -> Iterator[Row]:
    rates = _rates(raw)
    table = {row["iso3"]: row for row in read(raw, "msw_treatment_split") if row["iso3"] not in NOT_A_COUNTRY}
    region = {row["iso3"]: row["remind_region_key"] for row in read(raw, "country_region_map")}
    split = {zone: municipal(row) for zone, row in table.items()}
    for zone, shares in split.items():
        wild = RECOVERING if table[zone]["income_group"] == "HIC" or zone in USES_THE_HEAT else OTHERWISE
        rate, source, cell = _device_rate(zone, _continent(zone, region[zone]), rates)
        yield from write(zone, "*", collected(rate, shares), source, wild=wild, recycled=cell)
        if zone in BATTERY_AS_EU:
            own = rates.get(("portable_batteries", zone, "2018"), rates.get(("portable_batteries", zone, "2017")))
            source = "battery_europe" if own is None else "battery_country"
            rate = rates["portable_batteries", "EU27", "2022"] if own is None else own
            yield from write(zone, "li_ion_cells", collected(rate, shares), source, wild=wild, recycled=KNOWN)
        yield from _packaging(zone, shares, "municipal", wild)

    europe = {route: sum(split[zone][route] for zone in sorted(EU27)) / 27 for route in WORLD}
    rate = rates["ewaste", "REG_EUROPE", "2022"]
    yield from write("EU27", "*", collected(rate, europe), "device_europe", wild=RECOVERING, recycled=KNOWN)
    rate = rates["portable_batteries", "EU27", "2022"]
    yield from write("EU27", "li_ion_cells", collected(rate, europe), "battery_europe", wild=RECOVERING, recycled=KNOWN)
    yield from _packaging("EU27", europe, "municipal_europe", RECOVERING)

    world = without(WORLD)
    rate = rates["ewaste", "WLD", "2022"]
    # most of what the world burns is burnt in rich countries and China
    yield from write("*", "*", collected(rate, world), "device_world", wild=RECOVERING, recycled=GUESSED)
    yield from _packaging("*", world, "municipal_world", RECOVERING)


def _device_rate(zone: str, continent: str, rates: Mapping[tuple[str, str, str], float]) -> tuple[float, str, str]:
    """Give the share of devices collected, its source and its cell: the newest of the country, else around it."""
    if ("ewaste", zone, "2022") in rates:
        return rates["ewaste", zone, "2022"], OF_2022[zone], KNOWN
    if ("ewaste", zone, "2019") in rates:
        return rates["ewaste", zone, "2019"], "device_country", KNOWN
    if continent == "REG_AMERICAS":  # the continent's rate is the United States'
        return rates["ewaste", "REG_AMERICAS_REST", "2022"], "device_americas", GUESSED
    return rates["ewaste", continent, "2022"], "device_region", GUESSED


OF_2022 = {"USA": "device_usa", "AUS": "device_australia"}


def _packaging(zone: str, shares: Shares, source: str, wild: tuple[float, float]) -> Iterator[Row]:
    yield from write(zone, "cardboard", shares, source, wild=wild, recycled=OLD)
    film = without(shares, "composting")
    yield from write(zone, "plastic_film", film, source, wild=wild, recycled=OLD)
