"""Zones by name, whose grid and waste routes they use, and what is lost between power station and socket."""

from collections.abc import Iterator
from pathlib import Path
from statistics import median

from reference.common import Output, Row, Sources, read, table, text
from reference.electricity import states
from reference.names import HERE as NAMES

EIA = "US EIA, international electricity statistics: distribution losses over supply, mean of 2017 to 2021"
LOW_OVER_AVERAGE = 1.29
"""Low-voltage loss over the loss of all supply: median of countries with both (PSI, carculator_utils; EIA)."""
LOW = f"x {LOW_OVER_AVERAGE} for low voltage"
MOST = 0.5
"""No average of a year's supply above this is believed to be lost for good at low voltage."""

SOURCES: Sources = {
    "loss_eia": (f"{EIA}; {LOW}; theft and unmetered use count as lost", "US public domain", "derived"),
    "loss_eia_unsteady": (
        f"{EIA}; {LOW}; theft and unmetered use count as lost; the last year is far from the mean, or the loss above "
        "30 %",
        "US public domain", "derived",
    ),
    "loss_national_GBR": (
        "UK DESNZ, conversion factors 2026: transmission and distribution over both and generation; all users",
        "OGL v3.0", "derived",
    ),
    "loss_national_NZL": (
        "New Zealand MfE, measuring emissions 2026 v2: losses over use and losses; all users", "CC BY 4.0", "derived",
    ),
    "loss_national_ZAF": (
        "South Africa DFFE, grid emission factors 2023: transmission and distribution over domestic generation; all "
        "users of Eskom's network", "government publication; facts quoted", "derived",
    ),
    "loss_within": (f"The country's: {EIA}; {LOW}", "US public domain", "proxy"),
    "loss_neighbour": (f"{EIA} of a country near by; {LOW}", "US public domain", "proxy"),
    "loss_group": (f"{EIA}, median of the group's countries; {LOW}", "US public domain", "proxy"),
}  # fmt: skip
SPREAD = {
    "loss_eia": "1.25", "loss_eia_unsteady": "1.6", "loss_national_GBR": "1.3", "loss_national_NZL": "1.3",
    "loss_national_ZAF": "1.6", "loss_within": "1.4", "loss_neighbour": "1.6", "loss_group": "1.6",
}  # fmt: skip
NATIONAL = ("GBR", "NZL", "ZAF")
UNSTEADY, HIGH = 1.2, 0.3
"""Last year over the mean, either way, and a loss, beyond which a mean says less."""
NEIGHBOURS = {"ESH": "MAR", "GLP": "FRA", "GUF": "FRA", "MTQ": "FRA", "REU": "FRA"}
INCOME = {"HIC": "INC_HIGH", "UMC": "INC_UPPER_MIDDLE", "LMC": "INC_LOWER_MIDDLE", "LIC": "INC_LOW"}
LISTED = {
    "EU27": "EU", "REG_ASEAN": "ASEAN", "REG_G20": "G20", "REG_G7": "G7", "REG_OECD": "OECD",
}  # fmt: skip
"""Aggregates whose members `place_groups` lists."""
REGIONS = {
    "REG_AFRICA": "remind_ssa", "REG_ASIA": "remind_oas", "REG_EUROPE": "remind_eur",
    "REG_LATIN_AMERICA_CARIBBEAN": "remind_lam", "REG_SOUTH_AMERICA": "remind_lam", "REG_MIDDLE_EAST": "remind_mea",
}  # fmt: skip
"""Aggregates whose members are those of a model's region."""
FEW = {"REG_NORTH_AMERICA": ("USA", "CAN", "MEX"), "REG_OCEANIA": ("AUS", "NZL")}
NOT_A_COUNTRY = {"CHI", "ANT"}
"""The Channel Islands of the waste data (CHL is Chile, CHI nobody); the Netherlands Antilles, which are no more."""


def mean_losses(raw: Path) -> dict[str, float]:
    """Give the mean loss of all voltages by country: what separates a kWh sold from a kWh generated."""
    rows = read(raw / "electricity", "td_losses_open")
    return {row["zone"]: float(row["average_for_use"]) for row in rows if row["average_for_use"]}


def names(raw: Path) -> dict[str, str]:
    """Name every zone of the grid, loss and waste data."""
    countries = {row["iso3"]: row["country_name"] for row in read(raw, "country_region_map")}
    history = {row["region_code"]: row["region_name"] for row in read(raw, "grid_intensity_history")}
    waste = {row["iso3"] for row in read(raw, "msw_treatment_split")}
    known = (history.keys() | mean_losses(raw).keys() | waste) - NOT_A_COUNTRY
    within = {row["zone"]: row["name"] for row in read(NAMES, "subnational")}
    return {zone: history.get(zone) or countries[zone] for zone in known} | within


class _Losses:
    """What is known of losses, and who stands in for whom."""

    def __init__(self, raw: Path) -> None:
        self.mean = mean_losses(raw)
        rows = {row["zone"]: row for row in read(raw / "electricity", "td_losses_open") if row["average_for_use"]}
        self.last = {
            zone: float(row["loss_share_last_year"]) for zone, row in rows.items() if row["loss_share_last_year"]
        }
        self.national = {
            row["zone"]: float(row["loss_share_of_net_generation"])
            for row in read(raw / "electricity", "td_losses_open")
            if row["zone"] in NATIONAL and not row["average_for_use"]
        }  # the newest edition comes last
        self.parent = {row["zone"]: row["parent"] for row in read(NAMES, "subnational")}
        groups = {row["name"]: row["members"].split() for row in read(NAMES, "place_groups")}
        income = {row["iso3"]: INCOME[row["income_group"]] for row in read(raw, "msw_treatment_split")}
        region = {row["iso3"]: row["remind_region_key"] for row in read(raw, "country_region_map")}
        self.income = income
        self.members: dict[str, tuple[str, ...]] = {
            **{name: tuple(groups[group]) for name, group in LISTED.items()},
            **{name: tuple(c for c, r in region.items() if r == key) for name, key in REGIONS.items()},
            **{name: tuple(c for c, g in income.items() if g == name) for name in INCOME.values()},
            **FEW, "WLD": tuple(groups["G20"]),
        }  # fmt: skip

    def low(self, zone: str) -> float:
        return min(MOST, self.mean[zone] * LOW_OVER_AVERAGE)

    def of(self, zone: str) -> tuple[float, str]:
        if zone in self.national:
            return self.national[zone], f"loss_national_{zone}"
        if zone in self.mean:
            drift = self.last.get(zone, self.mean[zone]) / self.mean[zone]
            unsteady = not 1 / UNSTEADY < drift < UNSTEADY or self.mean[zone] > HIGH
            return self.low(zone), "loss_eia_unsteady" if unsteady else "loss_eia"
        if zone in self.parent:
            country = self.parent[zone]
            return (self.of(country)[0], "loss_within")
        if zone in NEIGHBOURS:
            return self.low(NEIGHBOURS[zone]), "loss_neighbour"
        members = self.members.get(zone) or self.members[self.income.get(zone, "WLD")]
        return median(self.low(one) for one in members if one in self.mean), "loss_group"


def tables(raw: Path) -> Iterator[Output]:
    losses = _Losses(raw)
    within = {row["zone"]: row for row in read(NAMES, "subnational")}
    mixes = states.subregions()
    out: list[Row] = []
    for zone, name in names(raw).items():
        share, source = losses.of(zone)
        about = within.get(zone, {"grid": "", "parent": "", "also": ""})
        parts = mixes.get(zone, {})
        mix = " ".join(f"{one} {text(part, 3)}" for one, part in parts.items()) if len(parts) > 1 else ""
        further = " ".join(one for one in about["also"].split() if one not in parts)
        told = [mix and f"mean of {mix}", further and f"parts of it lie in {further}"]
        out.append({
            "zone": zone, "name": name, "note": "; ".join(filter(None, told)),
            "grid": "" if mix else next(iter(parts), about["grid"]), "end_of_life": about["parent"],
            "loss": f"{text(share, 4)} */ {SPREAD[source]}", "source": source,
        })  # fmt: skip
    yield table("zones", "zone", "name grid end_of_life loss note", out)
