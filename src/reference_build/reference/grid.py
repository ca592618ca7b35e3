"""Grid intensities split at the stacks: official factors first, else from the mix; and where they may go."""

import math
from collections.abc import Iterator
from pathlib import Path

from reference import losses
from reference.common import AR5, OWN, Output, Row, Sources, read, table, text
from reference.electricity import official, paths, states, widths
from reference.electricity.mix import WINDOW, Mixes, robust_line
from reference.names import HERE as NAMES

FIRST_YEAR = 2000
FIRST_YEAR_WITHIN = 2016
"""First year of zones within a country."""
SPLIT = "direct CO2e of generation at the stacks; fuel supply and plants in upstream; losses in neither"
MIX = (
    "Ember and Energy Institute via Our World in Data, shares of generation, early 2026, times direct and upstream "
    "factors of technologies (UNECE 2022, IPCC AR5, publishers named in SOURCES.md)"
)

BOUNDARIES = {
    "egrid_2023": "direct CO2e per net kWh generated",
    "eccc_nir_2022": "direct CO2e per kWh generated",
    "eccc_ef_v4": "direct CO2e per kWh consumed; the country's mean loss is taken out",
    "nga_2024": "scope 2, direct CO2e per kWh supplied; data of the year before the edition",
    "nga_2025": "scope 2, direct CO2e per kWh supplied; data of the year before the edition",
    "nga_2026": "scope 2, direct CO2e per kWh supplied; data of the year before the edition",
    "mee_2021": "direct CO2 per kWh generated, trade between provinces included",
    "mee_2022": "direct CO2 per kWh generated, trade between provinces included",
    "mee_2023": "direct CO2 per kWh generated, trade between provinces included",
    "cea_v22": "direct CO2 per net kWh generated, imports included; fiscal year from April",
    "dffe_2023": "direct CO2e per kWh sent out, domestic generation",
    "desnz_2025": "direct CO2e per kWh generated; data of 2023",
    "desnz_2026": "direct CO2e per kWh generated; data of 2025 after a change of method",
    "mfe_2026v2": "direct CO2e per kWh purchased, without losses, annual average",
    "semarnat": "direct CO2e per kWh of the national system",
    "moe_jp": "direct CO2 per kWh sold, mean of all retailers; the mean loss is taken out",
    "gir_kr": "direct CO2e per kWh consumed; the mean loss is taken out",
    "moea_tw": "direct CO2e per kWh of public supply; private generation is not in it",
    "ema_sg": "direct CO2 per kWh of the grid",
    "mcti": "direct CO2 per kWh of the interconnected system, mean of the year",
    "monre_vn": "direct CO2 per kWh of the national grid (letter 1726/BDKH-PTCBT); a third above what the mix gives, "
    "its method was not seen",
    "eea_2024": "direct CO2e per gross kWh, heat of CHP allocated out, as corrected 10 July 2026: compared only",
    "uba": "direct CO2 per kWh consumed, heat of CHP not allocated out; the mean loss is taken out: compared only",
    "eia_faq": "direct CO2 per net kWh of utility-scale plants: compared only",
    "st_my": "direct CO2, Peninsular Malaysia, one unchecked copy: shown only",
    "tgo": "boundary and year not stated: shown only",
}

SOURCES: Sources = {
    "grid_mix": (f"{MIX}; {SPLIT}", "CC BY 4.0", "derived"),
    "grid_mix_scaled": (
        f"{MIX}; level of the official factors of the zone's other years (table grid_official); {SPLIT}",
        "CC BY 4.0", "derived",
    ),
    "grid_within": (
        "Change of the country's mean on the level of the zone's official factors (table grid_official); upstream of "
        f"the country's plants, fuel supply going with the stacks; {SPLIT}",
        "CC BY 4.0", "derived",
    ),
    "grid_states": (
        "Mean of the eGRID subregions in the state (table zones, note), by dwelling units: areas of NREL's ReEDS, "
        f"their emissions region in Cambium 2021 and their dwelling units in ResStock; {SPLIT}",
        "CC BY 4.0 (level), BSD-3-Clause", "derived",
    ),
    "grid_aggregate": (
        "Ember and Energy Institute via Our World in Data, life-cycle intensity of the aggregate, 2026, split as the "
        f"world's mix is in the same year; {SPLIT}",
        "CC BY 4.0", "derived",
    ),
    "frozen": (f"Last observation of the zone held; {SPLIT}", "CC BY 4.0", "derived"),
    "trend_10y": (
        f"Own projection: median slope (Theil-Sen) of each technology's share over {WINDOW} years on the last "
        f"observation, carried on for {WINDOW} years, then held; within a country the country's change; {SPLIT}",
        "CC BY 4.0", "derived",
    ),
    **{
        name: (
            f"{one.publisher}, {one.vintage} (predates {one.predates}): {one.note}; {SPLIT}",
            f"CC BY 4.0 (level), {one.licence}", "derived",
        )
        for name, one in paths.SCENARIOS.items()
    },
    "official_egrid_2023_states": (
        "US EPA, eGRID2023 revision 2, 2025: direct CO2e per net kWh generated in the state, not of what is used in "
        "it: shown only, a state uses its subregion's path",
        "US public domain", "source_dataset",
    ),
    "scenarios": ("Whose path each scenario is", OWN, "derived"),
    "level_official": ("Error of official factors: spread of editions, publishers and rounding", OWN, "assumption"),
    "level_state": (
        "Error of a state's mix: official factors of its subregions, and which of them supplies whom",
        OWN, "assumption",
    ),
    "level_public_supply": ("Error of an official factor that leaves private generation out", OWN, "assumption"),
    "level_unseen_method": (
        "Error of an official factor whose method was not seen: reaches what the mix gives", OWN, "assumption",
    ),
    "level_computed": (
        "Error of intensities computed from the mix: the technologies' widths, one method, statistics and their age; "
        "calibrated so that 95 % of official factors that were not used lie inside",
        OWN, "derived",
    ),
    "level_ancient": ("No usable observation for a decade", OWN, "assumption"),
    "level_aggregate": ("Error of aggregates split as the world's mix is", OWN, "assumption"),
}  # fmt: skip

GWP_SETS = {
    **dict.fromkeys(
        (
            "grid_mix",
            "grid_mix_scaled",
            "grid_within",
            "grid_states",
            "grid_aggregate",
            "frozen",
            "trend_10y",
            *paths.SCENARIOS,
        ),
        f"intensity: {AR5}; upstream: {AR5}",
    ),
    **{f"official_{name}": f"intensity: {AR5}; upstream: {AR5}" for name in BOUNDARIES},
}
"""CH4 and N2O are below 1 % at the stacks; upstream, and where a publisher names none, as IPCC AR5 has it."""

LEVELS = {
    "level_official": "1 */ 1.1", "level_state": "1 */ 1.15", "level_public_supply": "1 */ 1.2",
    "level_unseen_method": "1 */ 1.4", "level_ancient": "1 */ 2", "level_aggregate": "1 */ 1.2",
}  # fmt: skip
ODD_OFFICIALS = {"TWN": "level_public_supply", "VNM": "level_unseen_method"}
STALE, SMALL = 0.05, 0.1
"""Further relative error of statistics that end before 2023, and of systems below about 1 TWh a year."""

Series = dict[int, float]


def is_small(series: Series) -> bool:
    """Tell whether a zone's figures are ratios of small whole numbers: statistics of less than about 1 TWh.

    Emissions come in 10 kt and generation in 10 GWh; below 100 units of generation (1 TWh) the ratio shows it.
    """

    def ratio_of_small(value: float) -> bool:
        share = value / 1000
        return any(abs(round(share * n) / n - share) <= 0.501e-5 for n in range(1, 101))

    last = [value for _, value in sorted(series.items())[-10:]]
    return sum(map(ratio_of_small, last)) * 2 >= len(last)


class _Grid:
    """All zones with their history: direct, upstream and source by year."""

    def __init__(self, raw: Path) -> None:
        self.mixes = Mixes(raw)
        self.within = {row["zone"]: row for row in read(NAMES, "subnational") if not row["grid"]}
        parent = {zone: row["parent"] for zone, row in self.within.items()}
        self.officials = list(official.factors(raw, losses.mean_losses(raw), parent))
        self.computed = {
            (zone, year): self.mixes.split(zone, year)
            for zone, years in self.mixes.shares.items() for year in years if year >= FIRST_YEAR
        }  # fmt: skip
        self.direct: dict[str, Series] = {}
        self.upstream: dict[str, Series] = {}
        self.source: dict[tuple[str, int], str] = {}
        self.life_cycle = _history(raw)
        self._countries(official.upstream(raw))
        self._within_countries()
        self._aggregates()

    def used(self, zone: str) -> dict[int, official.Official]:
        first = FIRST_YEAR_WITHIN if zone in self.within else FIRST_YEAR
        return {
            one.year: one
            for one in self.officials
            if one.zone == zone and one.use == official.USED and one.year >= first
        }

    def _put(self, zone: str, base: Series, source: str) -> None:
        """Give a zone its direct series: official years as published, others on their level."""
        known = self.used(zone)
        ratio = paths.interpolation(
            {y: one.generated / base[min(y, max(base))] for y, one in known.items()} or {0: 1.0}
        )
        years = sorted({*base, *known})
        self.direct[zone] = {y: known[y].generated if y in known else base[y] * ratio(y) for y in years}
        for year in years:
            scaled = f"{source}_scaled" if known and source == "grid_mix" else source
            self.source[zone, year] = f"official_{known[year].source}" if year in known else scaled

    def _countries(self, published: dict[tuple[str, int], tuple[float, str]]) -> None:
        for zone in self.mixes.shares:
            base = {year: split.direct for (name, year), split in self.computed.items() if name == zone}
            self._put(zone, base, "grid_mix")
            before = {y: self.computed[zone, y].upstream for y in base}
            for year in self.direct[zone].keys() - base.keys():
                last = max(base)
                before[year] = self.mixes.upstream_beside(zone, last, self.direct[zone][year] / self.direct[zone][last])
            ratios = {y: value / before[y] for (name, y), (value, _) in published.items() if name == zone}
            ratio = paths.interpolation(ratios or {0: 1.0})
            self.upstream[zone] = {y: value * ratio(y) for y, value in before.items()}

    def beside(self, country: str, year: int, direct: float) -> float:
        """Give the upstream of a zone or path whose stacks emit otherwise than its country's in a year."""
        shown = min(year, max(self.mixes.shares[country]))
        whole = self.direct[country][year]
        own = self.mixes.upstream_beside(country, shown, 1.0)
        return self.mixes.upstream_beside(country, shown, direct / whole if whole else 1.0) * (
            self.upstream[country][year] / own if year == shown else 1.0
        )

    def _within_countries(self) -> None:
        for zone, row in self.within.items():
            country = row["parent"]
            shown = {y: v for y, v in self.direct[country].items() if y >= FIRST_YEAR_WITHIN}
            self._put(zone, shown, "grid_within")
            self.upstream[zone] = {y: self.beside(country, y, v) for y, v in self.direct[zone].items()}

    def _aggregates(self) -> None:
        world = self.life_cycle["WLD"]
        for zone in self.life_cycle.keys() - self.mixes.shares.keys():
            series = {y: g / 1000 for y, g in self.life_cycle[zone].items() if y >= FIRST_YEAR and y in world}
            for kind, to in (("direct", self.direct), ("upstream", self.upstream)):
                to[zone] = {
                    y: value * getattr(self.computed["WLD", y], kind) / (world[y] / 1000) for y, value in series.items()
                }
            self.source |= {(zone, y): "grid_aggregate" for y in series}

    def trend(self, zone: str) -> dict[int, tuple[float, float]]:
        """Give direct and upstream of the own trend by year, after the last observation."""
        last = max(self.direct[zone])
        end = self.direct[zone][last], self.upstream[zone][last]
        if zone in self.mixes.shares:
            steps = [self.mixes.trend(zone, kind) for kind in ("direct", "upstream")]
            computed = self.computed[zone, max(self.mixes.shares[zone])].direct
            scale = end[0] / computed if computed else 1.0
            return {
                last + ahead: (max(0.0, end[0] + steps[0][ahead] * scale), max(0.0, end[1] + steps[1][ahead]))
                for ahead in steps[0]
            }
        country = self.within[zone]["parent"] if zone in self.within else ""
        if country and len(self.used(zone)) <= WINDOW:
            whole = self.direct[country][last]
            return {
                year: (end[0] * direct / whole, self._beside_path(country, last, end, direct / whole))
                for year, (direct, _) in self.trend(country).items()
            }
        window = dict(sorted(self.direct[zone].items())[-WINDOW - 1 :])
        _, slope = robust_line({year: math.log(value) for year, value in window.items()})
        out = {}
        for ahead in (WINDOW // 2, WINDOW):
            change = math.exp(slope * ahead)
            upstream = self._beside_path(country, last, end, change) if country else end[1] * change
            out[last + ahead] = end[0] * change, upstream
        return out

    def _beside_path(self, country: str, last: int, end: tuple[float, float], change: float) -> float:
        """Give the upstream of a path: the zone's own at its start, then fuel supply with the stacks."""
        start = self.beside(country, last, end[0])
        return end[1] * self.beside(country, last, end[0] * change) / start if start else end[1]


def _history(raw: Path) -> dict[str, Series]:
    out: dict[str, Series] = {}
    for row in read(raw, "grid_intensity_history"):
        grams = float(row["intensity_g_co2e_per_kwh"])
        if grams > 0:
            out.setdefault(row["region_code"], {})[int(row["year"])] = grams
    return out


def compared(grid: "_Grid") -> list[widths.Compared]:
    """Give the official factors that were not used in computing, beside what the mix gives."""
    found = []
    for one in grid.officials:
        eu = one.source == "eea_2024" and one.zone != "EU27"
        if not eu and not (one.zone in widths.INDEPENDENT and one.use == official.USED):
            continue
        newest = max(o.year for o in grid.officials if o.zone == one.zone and o.source == one.source)
        split = grid.computed.get((one.zone, one.year))
        if split and one.year == newest and one.generated > 0:
            found.append(widths.Compared(one.zone, split.direct, split.direct_95, one.generated))
    return found


def _level(grid: "_Grid", zone: str, multiple: float) -> tuple[str, str]:
    """Give the error of a zone's path, and where it comes from."""
    if grid.used(zone):
        source = ODD_OFFICIALS.get(zone, "level_official")
        return LEVELS[source], source
    last = max(grid.direct[zone])
    if last < 2015:
        return LEVELS["level_ancient"], "level_ancient"
    if zone not in grid.mixes.shares:
        return LEVELS["level_aggregate"], "level_aggregate"
    quality = math.hypot(STALE if last < 2023 else 0.0, SMALL if is_small(grid.life_cycle[zone]) else 0.0)
    recent = [grid.computed[zone, year] for year in sorted(grid.direct[zone])[-3:]]
    width = multiple * max(widths.raw(split.direct, split.direct_95, quality) for split in recent)
    return f"1 */ {math.ceil(100 * (1 + min(width, widths.WIDEST))) / 100}", "level_computed"


def _number(value: float, published: bool = False) -> str:
    """Write an intensity: as published, or to what computing it is worth: a gram, less of small ones."""
    return text(value, 5 if value < 0.01 else 4 if published or value < 0.1 else 3)


def _row(zone: str, scenario: str, year: int, direct: float, upstream: float, source: str) -> Row:
    return {
        "zone": zone, "scenario": scenario, "year": str(year),
        "intensity": _number(direct, source.startswith("official_")),
        "upstream": text(upstream, 3 if upstream >= 0.02 else 4), "source": source,
    }  # fmt: skip


def _rows(grid: "_Grid", zone: str, published: paths.Published) -> Iterator[Row]:
    for year, direct in sorted(grid.direct[zone].items()):
        yield _row(zone, "*", year, direct, grid.upstream[zone][year], grid.source[zone, year])
    last = max(grid.direct[zone])
    end = grid.direct[zone][last], grid.upstream[zone][last]
    yield _row(zone, "frozen", last + 1, *end, "frozen")
    for year, (direct, upstream) in grid.trend(zone).items():
        yield _row(zone, "trend_10y", year, direct, upstream, "trend_10y")
    within = grid.within.get(zone)
    country = within["parent"] if within else zone
    if country not in grid.mixes.shares:
        return
    models = tuple(within["model_regions"].split()) if within else ()
    for scenario, point in published.points(zone, country, models, last, end[0]):
        change = point.direct / end[0] if end[0] else 1.0
        yield _row(zone, scenario, point.year, point.direct, grid._beside_path(country, last, end, change), scenario)


def tables(raw: Path) -> Iterator[Output]:
    grid, published = _Grid(raw), paths.Published(raw)
    multiple = widths.calibrated(compared(grid))
    print(
        f"widths: {multiple:.3f} times the raw ones hold {widths.COVERED:.0%} of {len(compared(grid))} official factors"
    )
    zones = sorted(grid.direct)
    rows = {zone: list(_rows(grid, zone, published)) for zone in zones}
    of_states = {state: shares for state, shares in states.subregions().items() if len(shares) > 1}
    for state, shares in of_states.items():
        rows[state] = [
            _row(state, scenario, year, direct, upstream, "grid_states" if scenario == "*" else scenario)
            for scenario, year, direct, upstream in states.mixed(shares, rows)
        ]
    yield table("grid", "zone scenario year", "intensity upstream", [row for z in rows for row in rows[z]])
    levels = [(zone, *_level(grid, zone, multiple)) for zone in zones]
    levels += [(state, LEVELS["level_state"], "level_state") for state in of_states]
    yield table("reference_grid", "zone", "level", [{"zone": z, "level": w, "source": s} for z, w, s in levels])
    beside = {key: split.direct for key, split in grid.computed.items()}
    columns = "published generated computed"
    yield table("grid_official", "zone year publisher", f"use {columns}", official.table_rows(grid.officials, beside))
    yield table("scenarios", "scenario", "family coverage publisher vintage predates note", paths.scenario_rows())


def further_sources(raw: Path) -> Sources:
    """Name the publishers of official factors as the list of sources does, with the boundary of each."""
    found: Sources = {}
    for row in read(raw / "electricity", "sources"):
        if row["code"] in BOUNDARIES:
            told = f"{row['publisher']}, {row['title']}" + (f" ({row['year']})" if row["year"] else "")
            read_from = f"read from {row['read_from']}" if row["read_from"] else "copy not named"
            basis = "cited_text" if "quoted" in row["how"] or "one copy" in row["how"] else "source_dataset"
            found[f"official_{row['code']}"] = (
                f"{told}: {BOUNDARIES[row['code']]}; {read_from}",
                row["licence"],
                basis,
            )
    return found
