"""Zones by name, and what is lost between power station and socket."""

from collections.abc import Iterator
from pathlib import Path

from reference.common import Output, Row, Sources, read, table, text

WDI = "World Bank, World Development Indicators EG.ELC.LOSS.ZS (IEA statistics), 2014 (Benin 2008)"
PSI = "Paul Scherrer Institut, carculator_utils, cumulative losses down to low voltage (retrieved 2026)"
LOW_OVER_AVERAGE = 1.29
"""Low-voltage loss over the loss of all supply: median of the countries that have both."""

SOURCES: Sources = {
    "loss_low_voltage": (f"{PSI}; share of generation, about a decade old", "BSD-3-Clause", "source_dataset"),
    "loss_flagged": (
        f"{PSI}; share of generation; above 30 % (theft and unmetered use count as loss) or at odds with {WDI}",
        "BSD-3-Clause",
        "source_dataset",
    ),
    "loss_average": (f"{WDI}; loss of all supply x {LOW_OVER_AVERAGE} for low voltage", "CC BY 4.0", "derived"),
    "loss_region": (f"{PSI}, mean of Europe", "BSD-3-Clause", "proxy"),
    "loss_income_group": (
        f"{WDI}; loss of the World Bank income group x {LOW_OVER_AVERAGE} for low voltage",
        "CC BY 4.0",
        "proxy",
    ),
    "loss_world": (f"{WDI}; loss of a wider region or the world x {LOW_OVER_AVERAGE}", "CC BY 4.0", "proxy"),
}
SPREAD = {
    "loss_low_voltage": "1.25", "loss_flagged": "1.4", "loss_average": "1.4", "loss_region": "1.4",
    "loss_income_group": "1.6", "loss_world": "1.6",
}  # fmt: skip
INCOME = {"HIC": "INC_HIGH", "UMC": "INC_UPPER_MIDDLE", "LMC": "INC_LOWER_MIDDLE", "LIC": "INC_LOW"}
STAND_IN = {
    "REG_G7": "INC_HIGH", "REG_OECD": "INC_HIGH", "REG_NORTH_AMERICA": "INC_HIGH", "REG_OCEANIA": "INC_HIGH",
    "REG_AFRICA": "REG_SUB_SAHARAN_AFRICA", "REG_MIDDLE_EAST": "REG_MIDDLE_EAST_NORTH_AFRICA",
}  # fmt: skip
NOT_A_COUNTRY = {"CHI"}
"""The Channel Islands of the waste data: not an ISO code (CHL is Chile, CHI nobody)."""


def names(raw: Path) -> dict[str, str]:
    """Name every zone of the grid, loss and waste data."""
    countries = {row["iso3"]: row["country_name"] for row in read(raw, "country_region_map")}
    history = {row["region_code"]: row["region_name"] for row in read(raw, "grid_intensity_history")}
    lossy = {row["region_code"] for row in read(raw, "electricity_td_losses") if row["region_type"] == "country"}
    waste = {row["iso3"] for row in read(raw, "msw_treatment_split")} - NOT_A_COUNTRY
    return {zone: history.get(zone) or countries[zone] for zone in history.keys() | lossy | waste}


def _loss(zone: str, rows: dict[str, dict[str, str]], income: dict[str, str]) -> tuple[float, str]:
    def average(code: str) -> float:
        return float(rows[code]["td_loss_percent_of_output"]) / 100 * LOW_OVER_AVERAGE

    own = rows.get(zone)
    if zone in ("EU27", "REG_EUROPE"):
        return float(rows["REG_EUROPE"]["lv_loss_share_of_generation"]), "loss_region"
    if own and own["lv_loss_share_of_generation"]:
        known = "loss_low_voltage" if own["quality_flag"] == "ok" else "loss_flagged"
        return float(own["lv_loss_share_of_generation"]), known
    if own:
        return average(zone), "loss_average"
    if zone in income:
        return average(INCOME[income[zone]]), "loss_income_group"
    return average(STAND_IN.get(zone, "WLD")), "loss_world"


def tables(raw: Path) -> Iterator[Output]:
    rows = {row["region_code"]: row for row in read(raw, "electricity_td_losses")}
    income = {row["iso3"]: row["income_group"] for row in read(raw, "msw_treatment_split")}
    out: list[Row] = []
    for zone, name in names(raw).items():
        share, source = _loss(zone, rows, income)
        out.append({"zone": zone, "name": name, "loss": f"{text(share, 4)} */ {SPREAD[source]}", "source": source})
    yield table("zones", "zone", "name loss", out)
