"""Where a zone's grid may go: published paths put on the zone's last observation, its own trend, and none at all."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from reference.common import Row, read

Series = dict[int, float]
POLICY_BEGAN = 2020
"""First year in which the model runs of 2019 to 2022 differ by policy."""
LAST_YEAR = 2050
DENSE = 2035
"""Year of a model after which decades are enough: paths are linear between their years."""
NEARLY_NONE = 0.005
"""Below this a published path has no shape that could be put on another level. [kg/kWh]"""


@dataclass(frozen=True)
class Scenario:
    """A published path.

    Attributes
    ----------
    delayed : bool
        The path begins anew at the last observation: what the model has n years after its policy began is taken n
        years after it. What the model had for the years until today has not happened.
    """

    family: str
    coverage: str
    publisher: str
    vintage: str
    predates: str
    note: str
    licence: str
    delayed: bool = False


PIK = "Potsdam Institute for Climate Impact Research (PIK)"
RESTARTED = (
    "begun anew at the zone's last observation: what the model has n years after 2020 is taken n years after it, "
    "since the fall that it has until today was not observed"
)
SHAPE = "the region's relative change on the zone's own level; no forecast for the zone by the publisher"
SOLD = "per kWh sold: the shape alone is used, so that its losses fall out"
AEO_PREDATES = "the US tax law of July 2025"
SCENARIOS = {
    "remind_ssp2_base": Scenario(
        "baseline_no_new_policy", "12 world regions", PIK, "REMIND SSP2, model of 2019/20",
        "policies and prices since 2020", SHAPE, "BSD-3-Clause",
    ),
    "remind_ssp2_rcp37": Scenario(
        "moderate_mitigation", "12 world regions", PIK, "REMIND SSP2 RCP3.7, model of 2019/20",
        "policies and prices since 2020", f"{SHAPE}; {RESTARTED}", "BSD-3-Clause", True,
    ),
    "oecm_1p5c": Scenario(
        "net_zero_1p5c", "world, Europe, North America", "UTS Institute for Sustainable Futures",
        "One Earth Climate Model 1.5 degrees, 2022", "policies and prices since 2022",
        f"what 1.5 degrees would take, no forecast; {SHAPE}; {RESTARTED}; held after its end", "Apache-2.0", True,
    ),
    "eia_aeo2025_reference": Scenario(
        "current_policies", "22 eGRID subregions", "US EIA", "AEO 2025 Reference (via Scout)", AEO_PREDATES,
        f"mean of the EMM regions that make up the subregion; {SOLD}", "US public domain",
    ),
    "eia_aeo2025_highztc_highogs": Scenario(
        "current_policies", "22 eGRID subregions", "US EIA",
        "AEO 2025, high zero-carbon technology cost, high oil and gas supply (via Scout)", AEO_PREDATES,
        f"mean of the EMM regions that make up the subregion; {SOLD}", "US public domain",
    ),
    "eia_aeo2025_lowztc_lowogs": Scenario(
        "current_policies", "22 eGRID subregions", "US EIA",
        "AEO 2025, low zero-carbon technology cost, low oil and gas supply (via Scout)", AEO_PREDATES,
        f"mean of the EMM regions that make up the subregion; {SOLD}", "US public domain",
    ),
    "nrel_cambium2024_midcase": Scenario(
        "current_policies", "USA and 22 eGRID subregions", "NREL", "Cambium 2024 Mid-case (via Scout)", AEO_PREDATES,
        f"shape from 2025 on, its first own year; {SOLD}", "CC BY 4.0 (shape), Apache-2.0 (file)",
    ),
    "nrel_cambium2023_95by2050": Scenario(
        "strong_mitigation_2c", "USA and 22 eGRID subregions", "NREL", "Cambium 2023, 95 % by 2050 (via Scout)",
        f"the 2024 edition and {AEO_PREDATES}", f"shape from 2025 on, its first own year; {SOLD}",
        "CC BY 4.0 (shape), Apache-2.0 (file)",
    ),
    "nrel_cambium2023_100by2035": Scenario(
        "net_zero_1p5c", "USA and 22 eGRID subregions", "NREL", "Cambium 2023, 100 % by 2035 (via Scout)",
        f"the 2024 edition and {AEO_PREDATES}", f"shape from 2025 on, its first own year; {SOLD}; below 0 is 0",
        "CC BY 4.0 (shape), Apache-2.0 (file)",
    ),
    "eccc_2021_reference": Scenario(
        "current_policies", "Canadian provinces and territories", "Environment and Climate Change Canada",
        "reference case 2021, published April 2022", "what was observed from 2021 to 2024",
        f"{SOLD}; put on the last observation, held after 2030", "Open Government Licence - Canada",
    ),
    "cea_nep_2023": Scenario(
        "current_policies", "India", "Central Electricity Authority, India",
        "National Electricity Plan 2023, Volume I, Exhibit 10.4", "what was observed since",
        "the plan's own values for 2026 and 2031 (fiscal years), held after it", "government publication; facts quoted",
    ),
}  # fmt: skip
OWN = {
    "frozen": ("constant", "all zones", "the last observation, held"),
    "trend_10y": (
        "historic_trend", "all zones",
        "median slope (Theil-Sen) of each technology's share over ten years, carried on for ten years, rises "
        "and falls alike, then held; zones without a mix: of their intensity, or their country's change",
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Point:
    """A year of a path, and how its stacks stand to those of the last observation. [kg/kWh]"""

    year: int
    direct: float


class Published:
    """The published paths: what each gives for a zone whose last observation is known."""

    def __init__(self, raw: Path) -> None:
        self.series: dict[tuple[str, str], Series] = {}
        for row in read(raw, "grid_projection_regional"):
            scenario = _CAMBIUM.get(row["scenario_id"], row["scenario_id"])
            self._add(scenario, row["region_key"], int(row["year"]), float(row["intensity_g_co2_per_kwh"]) / 1000)
        for row in read(raw / "electricity", "grid_projections_official"):
            self._add(row["scenario"], row["zone"], int(row["year"]), float(row["kg_per_kwh"]))
        self.regions = {
            row["iso3"]: (row["remind_region_key"], row["oecm_region_key"]) for row in read(raw, "country_region_map")
        }
        self.regions["WLD"] = ("remind_world", "oecm_global")
        self.regions["EU27"] = ("remind_eur", "oecm_europe")

    def _add(self, scenario: str, region: str, year: int, value: float) -> None:
        if scenario in SCENARIOS:
            self.series.setdefault((scenario, region), {})[year] = value

    def points(
        self, zone: str, country: str, models: tuple[str, ...], last: int, value: float
    ) -> Iterator[tuple[str, Point]]:
        """Give every published path of a zone after its last observation."""
        for scenario in SCENARIOS:
            found = [self.series[key] for key in self._keys(scenario, zone, country, models) if key in self.series]
            if not found:
                continue
            shape = {year: sum(one[year] for one in found) / len(found) for year in found[0]}
            if scenario == "cea_nep_2023":
                yield from ((scenario, Point(year, v)) for year, v in shape.items() if year > last)
                continue
            yield from ((scenario, point) for point in _on_level(scenario, shape, last, value))

    def _keys(self, scenario: str, zone: str, country: str, models: tuple[str, ...]) -> Iterator[tuple[str, str]]:
        if scenario.startswith(("remind", "oecm")):
            if country in self.regions:
                yield scenario, self.regions[country][scenario.startswith("oecm")]
        elif scenario.startswith(("eia", "nrel")):
            if zone == "USA":
                yield scenario, "usa"
            yield from ((scenario, model) for model in models)
        else:
            yield scenario, zone


_CAMBIUM = {
    "cambium_midcase": "nrel_cambium2024_midcase", "cambium_95by2050": "nrel_cambium2023_95by2050",
    "cambium_100by2035": "nrel_cambium2023_100by2035",
}  # fmt: skip


def _on_level(scenario: str, shape: Series, last: int, value: float) -> Iterator[Point]:
    about = SCENARIOS[scenario]
    if scenario.startswith("nrel"):
        shape = {year: one for year, one in shape.items() if year >= 2025}  # 2024 is another model's
    start = POLICY_BEGAN if about.delayed else max(last, min(shape))
    shift = last - POLICY_BEGAN if about.delayed else 0
    at = interpolation(shape)
    base = at(start)
    for year in sorted(shape):
        if year <= start or year + shift > LAST_YEAR or year % (10 if year > DENSE else 5):
            continue
        change = max(0.0, at(year)) / base if base >= NEARLY_NONE else 1.0
        yield Point(year + shift, value * change)


def interpolation(series: Series) -> Callable[[float], float]:
    """Read a path between its years; before the first and after the last it is constant."""
    years = sorted(series)

    def at(year: float) -> float:
        if year <= years[0] or year >= years[-1]:
            return series[years[0] if year <= years[0] else years[-1]]
        after = next(i for i, y in enumerate(years) if y >= year)
        a, b = years[after - 1], years[after]
        return series[a] + (series[b] - series[a]) * (year - a) / (b - a)

    return at


def scenario_rows() -> Iterator[Row]:
    """Write the look-up table of scenarios: whose each is, of when, and what it could not know."""
    for name, (family, coverage, note) in OWN.items():
        yield {
            "scenario": name, "family": family, "coverage": coverage, "publisher": "usephase, from the history",
            "vintage": "this edition", "predates": "", "note": note, "source": "scenarios",
        }  # fmt: skip
    for name, one in SCENARIOS.items():
        yield {
            "scenario": name, "family": one.family, "coverage": one.coverage, "publisher": one.publisher,
            "vintage": one.vintage, "predates": one.predates, "note": one.note, "source": name,
        }  # fmt: skip
