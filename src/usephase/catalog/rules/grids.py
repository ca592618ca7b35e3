"""Rules of place and time: years of sale, regions, zones, and the paths of their grids."""

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd

from usephase.catalog.names import READINGS, english_place, folded, groups, is_code, place_name
from usephase.catalog.reference.rows import editions_known, frame
from usephase.catalog.resolve import ANY, Reference, Resolved, reference_of
from usephase.catalog.rules.context import Context
from usephase.catalog.rules.listing import advise, by_value, listed
from usephase.catalog.rules.unknown import advise_group, advise_place
from usephase.catalog.values import cells
from usephase.errors import Problem

_LEAST = 0.02
"""Below this a direct factor tells nothing of its boundary. [kg/kWh]"""
_FAR = math.log(1.25)
"""A factor further from all three readings is of another year, place or method."""
_ALIKE = 1.05
"""Where fuel supply adds less than this, it does not matter which was meant."""


def setting(ctx: Context, name: str) -> str:
    """Name the place of a setting: ``catalog.toml:catalog.base_year``."""
    table = ctx.table("settings")
    return table.letters.get(name) or f"{table.origin}{'!' if table.sheet else ':'}{name}"


def years_of_sale(ctx: Context) -> Iterator[Problem]:
    """The reporting year has sales, and so has a base year before it."""
    settings, years = ctx.catalog.settings, ctx.text("sales", "year")
    if not len(years):
        if not any(p.where.startswith(ctx.table("sales").origin) for p in ctx.found):
            what = "there are no sales"
            yield Problem(
                where=ctx.table("sales").origin, what=what, fix="give the units sold by product, region and year"
            )
        return
    if "year" in ctx.lost:
        return
    spread = f"sales are of {years.min()}–{years.max()}" if years.min() < years.max() else f"sales are of {years.min()}"
    if settings.reporting_year not in years:
        what = f"no sales of the reporting year {settings.reporting_year}"
        fix = f"add them, or change the reporting year ({spread})"
        yield Problem(where=setting(ctx, "catalog.reporting_year"), what=what, fix=fix)
    base = settings.base_year
    if base is not None and base not in years:
        what, fix = f"no sales of the base year {base}", f"add them, or change or remove base_year ({spread})"
        yield Problem(where=setting(ctx, "catalog.base_year"), what=what, fix=fix)
    if base is not None and base > settings.reporting_year:
        what = f"the base year {base} is after the reporting year {settings.reporting_year}"
        yield Problem(where=setting(ctx, "catalog.base_year"), what=what, fix="name an earlier year")


def scenarios_known(ctx: Context) -> Iterator[Problem]:
    """Every scenario with a weight has a path somewhere; weights are not negative, nor all 0."""
    if "scenario" in ctx.lost:
        return
    weights = ctx.catalog.settings.scenarios
    known = _scenarios(ctx)
    for name, weight in weights.items():
        where = setting(ctx, f"grid.scenarios.{name}")
        if weight < 0:
            yield Problem(where=where, what=f"the weight {weight:g} is negative", fix="write a weight of 0 or more")
        if weight > 0 and name not in known:
            fix = advise(name, known, f"give grid rows of it, or take one of {', '.join(sorted(known))}")
            yield Problem(where=where, what=f"no grid path is of the scenario `{name}`", fix=fix)
    if not any(weight > 0 for weight in weights.values()):
        what, fix = "no scenario has a weight", "give at least one scenario a weight above 0"
        yield Problem(where=setting(ctx, "grid.scenarios"), what=what, fix=fix)


def _scenarios(ctx: Context) -> set[str]:
    return {*ctx.text("grid", "scenario"), *ctx.reference("grid").frame["scenario"].unique()} - {ANY}


def _zone_cells(ctx: Context, zones: set[str], regions: dict[str, int]) -> Iterator[tuple[str, str, np.ndarray, str]]:
    """Say where zones are named: table, column, rows and zone; in `regions`, or as the region of sales."""
    region_zone, listed_ = ctx.text("regions", "zone"), set(ctx.text("regions", "region"))
    used = np.isin(ctx.text("regions", "region"), list(regions))
    for zone in sorted(zones):
        rows = np.flatnonzero((region_zone == zone) & used)
        if len(rows):
            yield "regions", "zone", rows, zone
        elif zone not in listed_:
            yield "sales", "region", np.flatnonzero(ctx.text("sales", "region") == zone), zone


def zones_have_paths(ctx: Context) -> Iterator[Problem]:
    """Where electric products are used, the grid has a path in every scenario with a weight."""
    if "scenario" in ctx.lost:
        return
    resolved, regions = ctx.resolved, ctx.electric_regions
    known = _scenarios(ctx)
    scenarios = sorted(s for s, weight in ctx.catalog.settings.scenarios.items() if weight > 0 and s in known)
    zones = {zone for region in regions for zone, _ in resolved.regions[region]}
    lacking: dict[str, list[str]] = {}
    for zone in sorted(zones):
        missing = [s for s in scenarios if not _has_path(ctx, resolved.path_zone[zone], s)]
        if missing and resolved.path_zone[zone] == zone:
            lacking[zone] = missing
    any_path = {*ctx.text("grid", "zone"), *ctx.reference("grid").frame["zone"].unique()}
    for name, column, rows, zone in _zone_cells(ctx, set(lacking), regions):
        if zone in any_path:
            what = f"the grid of zone `{zone}` has no path in {_scenario_names(lacking[zone])}"
            fix = f"give grid rows of it, or name another zone's path in zones, column grid{_paths_of_all(ctx)}"
        else:
            what = f"there is no grid path for the zone `{zone}`"
            fix = advise_place(zone, set(ctx.text("grid", "zone")))
        limit = 1 if ctx.incomplete("grid") or ctx.incomplete("regions") else 3
        yield from listed(ctx.table(name), rows, column, what, fix, limit=limit)


def _paths_of_all(ctx: Context) -> str:
    """Name the paths that all places sold to have."""
    shared = [one.scenario for one in _known_paths(ctx) if one.everywhere]
    return f"; all places sold to have {', '.join(sorted(shared))}" if shared else ""


def _has_path(ctx: Context, zone: str, scenario: str) -> bool:
    """Tell whether a path is there; history alone is none, unless the catalog means it for all scenarios."""
    rows = ctx.resolved.paths.get((zone, scenario))
    if rows is None:
        return False
    return bool(ctx.own("grid")[rows[0]]) or scenario in ctx.text("grid", "scenario")[rows]


def _scenario_names(names: list[str]) -> str:
    return ("the scenario " if len(names) == 1 else "the scenarios ") + ", ".join(f"`{name}`" for name in names)


OWN = "the catalog"
"""Whose a path is that the catalog brings."""


class KnownPath(NamedTuple):
    """A scenario: whose it is, from when, its weight, the zones that have it, and whether these are all."""

    scenario: str
    publisher: str
    vintage: str
    weight: float
    zones: tuple[str, ...]
    everywhere: bool


def known_paths(resolved: Resolved, reference: Reference | None = None) -> tuple[KnownPath, ...]:
    """List the scenarios that any zone of a region sold to has a path in; those that all have come first.

    Parameters
    ----------
    resolved : Resolved
    reference : callable, optional
        Gives a reference table by name; by default the catalog's own or the package's.
    """
    return _known_paths(Context(resolved, reference or reference_of(resolved.catalog)))


def _known_paths(ctx: Context) -> tuple[KnownPath, ...]:
    resolved = ctx.resolved
    zones = sorted({zone for region in ctx.electric_regions for zone, _ in resolved.regions[region]})
    own, other = resolved.catalog["grid"].frame, ctx.reference("grid").frame
    own, other = (rows[rows["scenario"] != ANY] for rows in (own, other))
    having = {name: {**rows.groupby("scenario")["zone"].agg(set)} for name, rows in (("own", own), ("other", other))}
    about = frame("scenarios").set_index("scenario")
    out = []
    for scenario in sorted({*having["own"], *having["other"]}):
        mine = having["own"].get(scenario, set())
        there = mine | having["other"].get(scenario, set())
        its = tuple(zone for zone in zones if resolved.path_zone[zone] in there)
        if its:
            known = scenario in about.index
            publisher = str(about.loc[scenario, "publisher"]) if known else OWN
            vintage = str(about.loc[scenario, "vintage"]) if known else ""
            weight = resolved.catalog.settings.scenarios.get(scenario, 0.0)
            out.append(KnownPath(scenario, publisher, vintage, weight, its, len(its) == len(zones)))
    return tuple(sorted(out, key=lambda one: (not one.everywhere, one.publisher, one.scenario)))


def paths_begin_in_time(ctx: Context) -> Iterator[Problem]:
    """A path begins no later than the first sale that needs it."""
    resolved, regions = ctx.resolved, ctx.electric_regions
    needed: dict[str, int] = {}
    for region, year in regions.items():
        for zone, _ in resolved.regions[region]:
            source = resolved.path_zone[zone]
            needed[source] = min(year, needed.get(source, year))
    grid, years = ctx.table("grid"), ctx.text("grid", "year")
    said: set[tuple[str, int]] = set()
    for (zone, scenario), rows in resolved.paths.items():
        first = int(years[rows[0]])
        if zone not in needed or first <= needed[zone] or (zone, first) in said:
            continue
        said.add((zone, first))
        what = (
            f"the path of `{zone}` in `{scenario}` begins in {first}, the first sale that needs it is of {needed[zone]}"
        )
        yield from listed(grid, rows[:1], "year", what, f"add a row of {needed[zone]} or before, or remove the sale")


def aliases_lead_to_zones(ctx: Context) -> Iterator[Problem]:
    """A zone that uses another one's path or waste routes names a zone that has them itself."""
    zones = ctx.text("zones", "zone")
    for column, target in (("grid", "grid"), ("end_of_life", "end_of_life")):
        alias = ctx.text("zones", column)
        listed_here = set(ctx.text(target, "zone")) - {ANY}
        own = listed_here.union(ctx.reference(target).frame["zone"].unique()) - {ANY}
        onward = {zone: other for zone, other in zip(zones, alias, strict=True) if other not in ("", zone)}
        chained = np.flatnonzero([other in onward and other != zone for zone, other in zip(zones, alias, strict=True)])
        noun = "grid path" if column == "grid" else "waste routes"

        def say_chain(value: str, onward: dict[str, str] = onward) -> tuple[str, str]:
            return f"`{value}` itself uses those of `{onward[value]}`", f"write `{onward[value]}`"

        yield from by_value(ctx.table("zones"), chained, alias[chained], column, say_chain)
        lost = np.flatnonzero([other != "" and other not in own and other not in onward for other in alias])

        def say_lost(value: str, own: set[str] = listed_here, noun: str = noun) -> tuple[str, str]:
            return f"the zone `{value}` has no {noun}", advise_place(value, own)

        yield from by_value(ctx.table("zones"), lost, alias[lost], column, say_lost)


def trends_leave_something(ctx: Context) -> Iterator[Problem]:
    """The two trends of a zone together stay above −1, even where both are low."""
    common = float(cells.quantiles(ctx.table("settings").values["trend"], 1e-4)[0])
    low = cells.quantiles(ctx.table("zones").values["trend"], 1e-4)
    rows = np.flatnonzero(common + low <= -1)
    what = "together with the trend of all grids the intensity would fall below 0"
    yield from listed(ctx.table("zones"), rows, "trend", what, "trends are relative changes a year, such as -0.03")


MOST_A_YEAR = 10.0
"""No change a year is meant to be more: a life long, such growth has no end."""


def changes_of_a_year(ctx: Context) -> Iterator[Problem]:
    """A change a year is some percent: what grows elevenfold every year has no finite figure."""
    for name, column in (("products", "annual_use_change"), ("zones", "trend"), ("settings", "trend")):
        table = ctx.table(name)
        high = cells.quantiles(table.values[column], 1 - 1e-4)
        rows = np.flatnonzero((high > MOST_A_YEAR) & ctx.own(name))
        what = f"more than {MOST_A_YEAR:g} a year: what grows so is beyond all figures after some years"
        fix = "write the relative change a year, such as `0.03` or `-0.03`"
        for problem in listed(table, rows, column, what, fix):
            yield problem if name != "settings" else problem.model_copy(update={"where": setting(ctx, "grid.trend")})


def zones_known(ctx: Context) -> Iterator[Problem]:
    """A zone that nothing else names is probably mistyped, even if no electricity is used there."""
    resolved, regions = ctx.resolved, ctx.electric_regions
    needed = {zone for region in regions for zone, _ in resolved.regions[region]}
    own = {*ctx.text("grid", "zone"), *ctx.catalog["zones"].frame["zone"], *ctx.text("end_of_life", "zone")}
    known = own.union(ctx.reference("grid").frame["zone"].unique(), ctx.reference("zones").frame["zone"])
    strange = {zone for zone in resolved.zone_row if zone not in known and zone not in needed}
    everywhere = dict.fromkeys(resolved.regions, 0)
    for name, column, rows, zone in _zone_cells(ctx, strange, everywhere):
        what = f"no grid, zone or waste route is named `{zone}`: what holds everywhere holds there"
        yield from listed(ctx.table(name), rows[:1], column, what, advise_place(zone, own), "warning")


def edition_shipped(ctx: Context) -> Iterator[Problem]:
    """A catalog that pins an edition of the reference data is computed with no other one."""
    asked, known = ctx.catalog.settings.edition, editions_known()
    if asked is None or asked in known or ctx.catalog.reference:  # a stored run brings the rows that it used
        return
    what = f"there are no reference data of the edition `{asked}`"
    fix = (
        f"write {' or '.join(f'`{name}`' for name in known)}, or delete the setting; figures of `{asked}` need the "
        "version of usephase that has it, or a run of it, which stores the rows that it used"
    )
    yield Problem(where=setting(ctx, "reference.edition"), what=what, fix=fix)


def codes_with_two_meanings(ctx: Context) -> Iterator[Problem]:
    """A country's code may be meant as a group of countries, and a name as another place."""
    written = {text: read for naming, text, read in ctx.catalog.aliases if naming == "place"}
    plain = {*ctx.text("sales", "region"), *ctx.text("regions", "zone")} - {*written.values()}
    for text, read in sorted((written | {code: code for code in plain if english_place(code) == code}).items()):
        if (group := groups().get(folded(text))) is not None:
            others = group._replace(members=tuple(code for code in group.members if code != read))
            what = f"`{text}` is read as {'the code of ' if is_code(text) else ''}{place_name(read)} (`{read}`)"
            several = "" if group.note.startswith(READINGS) else "if it stands for several countries, "
            fix = several + advise_group(text, others)
            rows = np.flatnonzero(ctx.text("sales", "region") == read)[:1]
            where = ctx.table("sales").place(int(rows[0]), "region") if len(rows) else ctx.table("sales").origin
            yield Problem(where=where, what=what, fix=fix, severity="warning")


def weights_filled_in(ctx: Context) -> Iterator[Problem]:
    """A known group of countries that all weigh the same is one whose shares of sales were not filled in."""
    regions, weights = ctx.text("regions", "region"), ctx.table("regions").frame["weight"].to_numpy()
    for region in sorted({*regions} & {*ctx.resolved.regions}):
        rows = np.flatnonzero(regions == region)
        if folded(region) in groups() and len(rows) > 1 and len({*weights[rows]}) == 1:
            one, two = (place_name(zone) for zone in ctx.text("regions", "zone")[rows[:2]])
            what = f"the {len(rows)} zones of `{region}` have one weight: as many units are used in {one} as in {two}"
            fix = "give each zone its share of the region's sales as weight"
            yield from listed(ctx.table("regions"), rows[:1], "weight", what, fix, "warning")


def losses_assumed(ctx: Context) -> Iterator[Problem]:
    """A zone without a loss has none in the life-cycle boundary."""
    resolved, regions = ctx.resolved, ctx.electric_regions
    frame = ctx.table("zones").frame
    used = sorted({zone for region in regions for zone, _ in resolved.regions[region]})
    # What has no path has a problem of its own already.
    placed = {zone for zone, _ in resolved.paths}
    used = [zone for zone in used if resolved.path_zone[zone] in placed]
    assumed = {zone for zone in used if _no_loss_known(frame, resolved.zone_row[zone])}
    own = {zone for zone in assumed if ctx.own("zones")[resolved.zone_row[zone]]}
    fix = "give the share lost in zones, column loss"

    def what(zone: str) -> str:
        return f"no network loss is known for `{zone}`: the life_cycle boundary counts none"

    for zone in sorted(own):
        yield from listed(ctx.table("zones"), [resolved.zone_row[zone]], "loss", what(zone), fix, "warning")
    for name, column, rows, zone in _zone_cells(ctx, assumed - own, regions):
        first = rows[np.argmin(ctx.table(name).line[rows])]
        yield from listed(ctx.table(name), [first], column, what(zone), fix, "warning")


def _no_loss_known(frame: pd.DataFrame, row: int) -> bool:
    prefix = "loss_" if frame["origin"].iloc[row] == "catalog" else ""
    return bool(frame[f"{prefix}basis"].iloc[row] == "assumption" and not frame[f"{prefix}source"].iloc[row])


def single_factors(ctx: Context) -> Iterator[Problem]:
    """A path without an upstream part holds fuel supply or lacks it; either way one boundary is wrong."""
    grid, own = ctx.table("grid"), ctx.own("grid")
    zones, years = ctx.text("grid", "zone"), ctx.text("grid", "year")
    upstream, given = ctx.best("grid", "upstream"), ctx.best("grid", "intensity")
    for zone in sorted({*zones[own]}):
        rows = np.flatnonzero(own & (zones == zone))
        known = _readings(ctx, zone) if np.nansum(upstream[rows]) == 0 else {}
        rows = rows[np.isin(years[rows], list(known))]
        if not len(rows):
            continue
        row = int(rows[np.argmax(years[rows])])
        direct, whole, lost = known[int(years[row])]
        if direct < _LEAST or whole / direct < _ALIKE or not given[row] > 0:
            continue
        named = {"direct": direct, "with fuel supply and plants": whole, "with fuel supply and losses": lost}
        kind, reference = min(named.items(), key=lambda item: abs(math.log(given[row] / item[1])))
        if abs(math.log(given[row] / reference)) > _FAR:
            continue
        what = (
            f"one factor without an upstream part, most likely {kind}: {place_name(zone)} has {direct:.3g} at the "
            f"stacks, {whole:.3g} with fuel supply, {lost:.3g} with losses too ({years[row]})"
        )
        add = f"give the fuel supply in upstream, such as {whole - direct:.2g}"
        fix = add if kind == "direct" else f"leave what leaves the stacks in intensity, such as {direct:.3g}, and {add}"
        yield from listed(grid, [row], "intensity", what, fix, "warning")


def _readings(ctx: Context, zone: str) -> dict[int, tuple[float, float, float]]:
    """Give what the reference has for a zone by year: direct, with fuel supply, and with losses too. [kg/kWh]"""
    grid, zones = ctx.reference("grid"), ctx.reference("zones")
    rows = np.flatnonzero(((grid.frame["zone"] == zone) & (grid.frame["scenario"] == ANY)).to_numpy())
    at = np.flatnonzero((zones.frame["zone"] == zone).to_numpy())
    if not len(rows) or not len(at):
        return {}
    loss = float(cells.best_estimates(zones.values["loss"])[at[0]])
    direct, upstream = (cells.best_estimates(grid.values[name])[rows] for name in ("intensity", "upstream"))
    whole = direct + upstream
    years = grid.frame["year"].to_numpy()[rows]
    return {
        int(year): (float(d), float(w), float(w) / (1 - loss)) for year, d, w in zip(years, direct, whole, strict=True)
    }


RULES = (
    edition_shipped, years_of_sale, scenarios_known, zones_have_paths, paths_begin_in_time, aliases_lead_to_zones,
    trends_leave_something, changes_of_a_year, zones_known, codes_with_two_meanings, weights_filled_in,
    losses_assumed, single_factors,
)  # fmt: skip
