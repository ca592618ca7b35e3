"""Grid intensities: what was observed, and where it may go; and the default error of each zone's path."""

import math
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from statistics import median

from reference.common import OWN, Output, Row, Sources, read, table, text

FIRST_YEAR = 2000
LIFE_CYCLE = "life-cycle: fuel supply and plant construction included, so upstream is 0"
HISTORY = (
    "Ember (yearly electricity data) and Energy Institute (Statistical Review of World Energy), via Our World in Data"
)
OWN_PATH = (
    f"own projection for the zone, no forecast by the institution named; starts from the last observation; {LIFE_CYCLE}"
)

SOURCES: Sources = {
    "ember": (
        f"{HISTORY}: Carbon intensity of electricity generation, download of 2026; {LIFE_CYCLE}",
        "CC BY 4.0",
        "source_dataset",
    ),
    "grid_frozen": (f"{HISTORY}, 2026: last observation held; {OWN_PATH}", "CC BY 4.0", "derived"),
    "grid_trend_10y": (
        f"{HISTORY}, 2026: median slope (Theil-Sen) of the logarithm over the last ten years, held between -8 and 0 % "
        f"a year; {OWN_PATH}",
        "CC BY 4.0",
        "derived",
    ),
    "grid_remind_ssp2_base": (
        f"PIK, REMIND SSP2 without climate policy, model of 2019/20: shape of the region's path; {OWN_PATH}",
        "CC BY 4.0 (level), BSD-3-Clause (shape)",
        "derived",
    ),
    "grid_remind_ssp2_rcp37": (
        f"PIK, REMIND SSP2 RCP3.7, model of 2019/20: shape of the region's path; {OWN_PATH}",
        "CC BY 4.0 (level), BSD-3-Clause (shape)",
        "derived",
    ),
    "grid_remind_ssp2_rcp26": (
        f"PIK, REMIND SSP2 RCP2.6, model of 2019/20: shape of the region's path; {OWN_PATH}",
        "CC BY 4.0 (level), BSD-3-Clause (shape)",
        "derived",
    ),
    "grid_oecm_1p5c": (
        "UTS Institute for Sustainable Futures, One Earth Climate Model 1.5 degrees, 2022: shape of the region's path, "
        f"held after 2050; {OWN_PATH}",
        "CC BY 4.0 (level), Apache-2.0 (shape)",
        "derived",
    ),
    "grid_cambium_midcase": (
        f"NREL, Cambium 2024 Mid-case, as used in Scout: shape of the path; {OWN_PATH}",
        "CC BY 4.0 (level), Apache-2.0 (shape)",
        "derived",
    ),
    "grid_cambium_95by2050": (
        f"NREL, Cambium 2023, 95 % decarbonized by 2050, as used in Scout: shape of the path; {OWN_PATH}",
        "CC BY 4.0 (level), Apache-2.0 (shape)",
        "derived",
    ),
    "grid_cambium_100by2035": (
        f"NREL, Cambium 2023, fully decarbonized by 2035, as used in Scout: shape of the path; {OWN_PATH}",
        "CC BY 4.0 (level), Apache-2.0 (shape)",
        "derived",
    ),
    "grid_held_zeros": (
        f"{HISTORY}, 2026: later observations are zeros that only rounding can explain; the last value above zero is "
        f"held in every scenario; {LIFE_CYCLE}",
        "CC BY 4.0",
        "assumption",
    ),
    "level_recent": ("Error of life-cycle averages and statistics: data to 2023 or later", OWN, "assumption"),
    "level_stale": ("Error of life-cycle averages and statistics: last observation 2022 or before", OWN, "assumption"),
    "level_small": (
        "Error of rounded statistics: a system below about 1 TWh a year, whose values are ratios of whole units of "
        "10 GWh and 10 kt",
        OWN,
        "assumption",
    ),
    "level_small_stale": (
        "Error of rounded statistics: a system below about 1 TWh a year, last observation 2022 or before",
        OWN,
        "assumption",
    ),
    "level_ancient": ("No usable observation for a decade", OWN, "assumption"),
}

LEVELS = {
    "level_recent": "1 */ 1.1",
    "level_stale": "1 */ 1.15",
    "level_small": "1 */ 1.25",
    "level_small_stale": "1 */ 1.3",
    "level_ancient": "1 */ 2",
}

Series = dict[int, float]


def trend(series: Series) -> float:
    """Take the median slope of the logarithm over the last ten years, held between -8 % and 0 a year."""
    points = sorted(series.items())[-11:]
    slopes = [math.log(b / a) / (t - s) for (s, a), (t, b) in combinations(points, 2)]
    return min(0.0, max(-0.08, median(slopes)))


def is_small(series: Series) -> bool:
    """Tell whether a zone's figures are ratios of small whole numbers: statistics of less than about 1 TWh.

    Emissions come in 10 kt and generation in 10 GWh; below 100 units of generation (1 TWh) the ratio shows it.
    """

    def ratio_of_small(value: float) -> bool:
        share = value / 1000
        return any(abs(round(share * n) / n - share) <= 0.501e-5 for n in range(1, 101))

    last = [value for _, value in sorted(series.items())[-10:]]
    return sum(map(ratio_of_small, last)) * 2 >= len(last)


def _history(raw: Path) -> dict[str, Series]:
    out: dict[str, Series] = {}
    for row in read(raw, "grid_intensity_history"):
        out.setdefault(row["region_code"], {})[int(row["year"])] = float(row["intensity_g_co2e_per_kwh"])
    return out


def _projections(raw: Path) -> dict[str, dict[str, Series]]:
    out: dict[str, dict[str, Series]] = {}
    for row in read(raw, "grid_projection_country"):
        path = out.setdefault(row["region_code"], {}).setdefault(row["scenario_id"], {})
        path[int(row["year"])] = float(row["intensity_g_co2e_per_kwh"])
    return out


def _simple_paths(series: Series, years: list[int]) -> dict[str, Series]:
    """Give the two paths that need no model: for zones without a region of their own in the models."""
    last = max(series)
    slope, base = trend(series), series[last]
    falling = {year: max(base * math.exp(slope * (year - last)), min(base, 15.0)) for year in years}
    return {"frozen": dict.fromkeys(years, base), "trend_10y": falling}


def _rows(zone: str, scenario: str, series: Series, source: str) -> Iterator[Row]:
    for year, grams in series.items():
        yield {
            "zone": zone, "scenario": scenario, "year": str(year), "intensity": text(grams / 1000, 5), "source": source,
        }  # fmt: skip


def _level(series: Series) -> str:
    if max(series) < 2015:
        return "level_ancient"
    if is_small(series):
        return "level_small" if max(series) > 2022 else "level_small_stale"
    return "level_recent" if max(series) > 2022 else "level_stale"


def tables(raw: Path) -> Iterator[Output]:
    projections = _projections(raw)
    years = sorted(projections["WLD"]["frozen"])
    grid: list[Row] = []
    levels: list[Row] = []
    for zone, observed in _history(raw).items():
        series = {year: grams for year, grams in observed.items() if grams > 0}
        paths = projections.get(zone) or _simple_paths(series, years)
        vanished = observed[max(observed)] == 0
        grid += _rows(zone, "*", {y: g for y, g in series.items() if y >= FIRST_YEAR}, "ember")
        for scenario, path in paths.items():
            later = {year: grams for year, grams in path.items() if year > max(series)}
            if vanished:
                later = dict.fromkeys(later, series[max(series)])
            grid += _rows(zone, scenario, later, "grid_held_zeros" if vanished else f"grid_{scenario}")
        source = _level(series)
        levels.append({"zone": zone, "level": LEVELS[source], "source": source})
    yield table("grid", "zone scenario year", "intensity", grid)
    yield table("reference_grid", "zone", "level", levels)
