"""Questions about energy and gases: grids, fuels, refrigerants and the factors of waste."""

import re
from collections.abc import Iterator

import numpy as np
import pandas as pd

from usephase.catalog.rules.context import Context
from usephase.catalog.rules.grids import setting
from usephase.catalog.rules.plausible.bands import COOLING, FUELS, Names, anything, signs, slips
from usephase.catalog.rules.plausible.outside import CHECK, Doubts, figure, times
from usephase.catalog.table import Table
from usephase.catalog.values import cells
from usephase.errors import Problem


def intensities(ctx: Context, doubts: Doubts) -> Iterator[Problem]:
    """No grid emits more than some kilograms a kilowatt-hour, nor 50 times the reference's of its country."""
    table = ctx.table("grid")
    own = ctx.own("grid")
    best = ctx.best("grid", "intensity")
    rows = np.flatnonzero(own & np.isfinite(best))
    if not len(rows):
        return
    band, ratio = anything("grid_intensity"), anything("like_reference", "zone").high
    least, most = _of_reference(ctx, rows)
    low = np.where(np.isfinite(least), least / ratio, band.low)
    of = np.where(np.isfinite(least) & (best[rows] < low), "this grid", "any grid")
    world = cells.best_estimates(ctx.reference("grid").values["intensity"])
    likely = np.where(np.isfinite(most), most, np.nanmedian(world))
    yield from doubts.outside(
        table, "intensity", rows, best[rows], low, band.high, "grid_intensity", "kg/kWh", of,
        least=float(np.nanmin(world)), likely=likely,
    )  # fmt: skip
    yield from _steps(ctx, doubts, rows, best)
    upstream, band = ctx.best("grid", "upstream"), anything("grid_upstream")
    yield from doubts.outside(
        table,
        "upstream",
        rows,
        upstream[rows],
        band.low,
        band.high,
        "grid_upstream",
        "kg/kWh",
        "the supply of any grid's fuels",
    )


def _of_reference(ctx: Context, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Give the least and the most that the reference has of a zone in any year and scenario, NaN where it has none."""
    zone = ctx.text("grid", "zone")[rows]
    table = ctx.reference("grid")
    there = table.frame["zone"].isin(set(zone)).to_numpy()
    if not there.any():
        return np.full(len(rows), np.nan), np.full(len(rows), np.nan)
    numbers = cells.best_estimates(cells.take(table.values["intensity"], np.flatnonzero(there)))
    of_zone = pd.Series(numbers).groupby(table.frame["zone"].to_numpy(dtype=object)[there])
    zones = pd.Series(zone, dtype=object)
    return zones.map(of_zone.min()).to_numpy(dtype=float), zones.map(of_zone.max()).to_numpy(dtype=float)


def _steps(ctx: Context, doubts: Doubts, rows: np.ndarray, best: np.ndarray) -> Iterator[Problem]:
    """Ask about a path that jumps from one listed year to the next by more than any path of the reference does."""
    zone, scenario, year = (ctx.text("grid", name) for name in ("zone", "scenario", "year"))
    odd = steps(
        [zone[rows], scenario[rows]], year[rows].astype(int), best[rows],
        anything("grid_step_up").high, anything("grid_step_down").high,
    )  # fmt: skip
    what, fix, at = [], [], []
    for i, other in odd:
        row, before = int(rows[i]), int(rows[other])
        at.append(row)
        apart = best[row] / best[before]
        jump = f"{times(apart)} the" if apart > 1 else f"{times(1 / apart)} less than the"
        what.append(
            f"{figure(best[row])} kg/kWh in {year[row]}: {jump} {figure(best[before])} of {year[before]}; "
            "no path of the reference jumps so"
        )
        nearest = min(slips("grid_intensity"), key=lambda slip: abs(np.log(slip.factor * apart)))
        meant = best[row] * nearest.factor
        near = best[before] / anything("grid_step_down").high <= meant <= best[before] * anything("grid_step_up").high
        fix.append(f"{figure(best[row])} looks like {nearest.name}: {figure(meant)} kg/kWh" if near else CHECK)
    yield from doubts.tell(ctx.table("grid"), "intensity", at, what, fix)


def steps(keys: list[np.ndarray], year: np.ndarray, value: np.ndarray, up: float, down: float) -> list[tuple[int, int]]:
    """Find jumps along years, each with the one number at fault.

    Parameters
    ----------
    keys : list of ndarray (row,)
        What tells series apart.
    year : ndarray of int (row,)
        The year.
    value : ndarray (row,)
        The numbers; those that are not above 0 are left out.
    up, down : float
        From one year to the next a number may rise and fall by such a factor.

    Returns
    -------
    list of (row, row)
        The number at fault (of the two the one farther from the middle of its series, else the later one) and its
        neighbour.
    """
    there = np.flatnonzero(value > 0)
    if len(there) < 2:
        return []
    codes = [pd.factorize(key[there])[0] for key in keys]
    order = np.lexsort([year[there], *reversed(codes)])
    rows, log = there[order], np.log(value[there][order])
    same = np.logical_and.reduce([code[order][1:] == code[order][:-1] for code in codes])
    change = np.diff(log)
    jumps = np.flatnonzero(same & ((change > np.log(up) + 1e-9) | (change < -np.log(down) - 1e-9)))
    if not len(jumps):
        return []
    series = np.concatenate([[0], np.cumsum(~same)])
    found: dict[int, int] = {}
    for jump in jumps.tolist():
        mine = log[np.searchsorted(series, series[jump]) : np.searchsorted(series, series[jump], side="right")]
        middle = float(np.median(mine))
        first, last = abs(log[jump] - middle), abs(log[jump + 1] - middle)
        at, other = (jump, jump + 1) if first > last + 1e-9 else (jump + 1, jump)
        found.setdefault(int(rows[at]), int(rows[other]))
    return list(found.items())


def zone_errors(ctx: Context, doubts: Doubts) -> Iterator[Problem]:
    """Levels are near 1, trends some percent, losses below a half."""
    table = ctx.table("zones")
    own = ctx.own("zones")
    for column, quantity, unit, of in (
        ("level", "grid_level", "", "a level"), ("trend", "trend", "a year", "a trend"),
        ("loss", "loss", "", "a network's loss"),
    ):  # fmt: skip
        best, band = ctx.best("zones", column), anything(quantity)
        written = table.values[column].text != ""
        rows = np.flatnonzero(own & written & np.isfinite(best))
        yield from doubts.outside(table, column, rows, best[rows], band.low, band.high, quantity, unit, of)
    settings = ctx.table("settings")
    for column, quantity, unit in (("level", "grid_level", ""), ("trend", "trend", "a year")):
        best, band = ctx.best("settings", column), anything(quantity)
        rows = np.flatnonzero(np.isfinite(best))
        for problem in doubts.outside(
            settings, column, rows, best[rows], band.low, band.high, quantity, unit, f"a {column}"
        ):
            yield problem.model_copy(update={"where": setting(ctx, f"grid.{column}")})


def fuels(ctx: Context, doubts: Doubts) -> Iterator[Problem]:
    """A fuel burns to no more than its own carbon, and has about the heat and density of its kind."""
    table = ctx.table("carriers")
    own = ctx.own("carriers")
    rows = np.flatnonzero(own)
    if not len(rows):
        return
    kinds = Names(ctx.text("carriers", "carrier")[rows], FUELS)
    numbers = {name: ctx.best("carriers", name)[rows] for name in table.values}
    unit = ctx.text("carriers", "unit")[rows]
    for column, quantity in (("density", "density"), ("heating_value", "heating_value")):
        low, high, of = kinds.bands(quantity)
        free = anything(quantity)
        low, high = np.where(np.isfinite(high), low, free.low), np.where(np.isfinite(high), high, free.high)
        of = np.where(of == "", "a fuel", of)
        at = np.isfinite(numbers[column])
        yield from doubts.outside(
            table,
            column,
            rows[at],
            numbers[column][at],
            low[at],
            high[at],
            quantity,
            {"density": "kg/L"}.get(column, "MJ/kg"),
            of[at],
        )
    yield from _carbon(doubts, table, rows, kinds, numbers, unit)
    with np.errstate(divide="ignore", invalid="ignore"):
        burnt = numbers["combustion"] + numbers["biogenic"]
        share = np.where(burnt > 0.05, numbers["upstream"] / burnt, np.nan)
    band = anything("upstream_share")
    at = np.isfinite(share) & ~doubts.asked(table, rows, "combustion")
    yield from doubts.outside(
        table, "upstream", rows[at], share[at], band.low, band.high, "upstream_share", "",
        "a fuel's supply over its combustion", shown=numbers["upstream"][at], subject="upstream over combustion: ",
    )  # fmt: skip


def _carbon(
    doubts: Doubts,
    table: Table,
    rows: np.ndarray,
    kinds: Names,
    numbers: dict[str, np.ndarray],
    unit: np.ndarray,
) -> Iterator[Problem]:
    """Compare what a fuel emits with its carbon: by kilogram where mass is known, else by heat or volume."""
    low, high, of = kinds.bands("carbon_per_kg")
    free = anything("carbon_per_kg")
    known = np.isfinite(high)
    low, high = np.where(known, low, free.low), np.where(known, high, free.high)
    typical = kinds.bands("density")
    with np.errstate(invalid="ignore"):
        middle = np.where(np.isfinite(typical[1]), np.sqrt(np.maximum(typical[0], 1e-9) * typical[1]), np.nan)
    density = numbers["density"].copy()
    density = np.where(doubts.asked(table, rows, "density") | ~np.isfinite(density), middle, density)
    # A gas's density at the pump and in the pipe differ by a factor of 500.
    gas = np.isin(of, ["LPG", "natural gas"]) & ~np.isfinite(numbers["density"])
    density = np.where(gas, np.nan, density)
    heat = np.where(np.isfinite(numbers["heating_value"]), numbers["heating_value"], np.nan)
    plants = np.nan_to_num(numbers["biogenic"])
    emitted = numbers["combustion"] + plants
    fossil = numbers["combustion"]
    per_kg = {
        "kg": np.ones(len(rows)), "L": 1 / density, "m3": 1 / (density * 1000), "MJ": heat, "kWh": heat / 3.6,
    }  # fmt: skip
    for name, factor in per_kg.items():
        here = unit == name
        known = here & np.isfinite(emitted * factor)
        value = emitted * factor
        things = np.where(of == "", "a fuel: all its carbon burnt", of)
        for column, at in (("combustion", known & (plants <= fossil)), ("biogenic", known & (plants > fossil))):
            yield from doubts.outside(
                table, column, rows[at], value[at], low[at], high[at], "carbon", "kg of CO2 a kg", things[at],
                shown=numbers[column][at], shown_unit=f"kg/{name}",
            )  # fmt: skip
        rest = here & ~known & np.isfinite(fossil)
        quantity = {"m3": "carbon_per_m3", "MJ": "carbon_per_mj", "kWh": "carbon_per_mj"}.get(name, "")
        band = anything(quantity) if quantity else None
        most = band.high * (3.6 if name == "kWh" else 1.0) if band else free.high
        # A litre or a cubic metre of something unknown: no heavier than the heaviest fuel.
        most = most * anything("density").high if name == "L" else most
        yield from doubts.outside(
            table,
            "combustion",
            rows[rest],
            fossil[rest],
            0.0,
            most,
            "carbon",
            f"kg/{name}",
            "a fuel",
            shown_unit=f"kg/{name}",
        )


_FLUORINATED = re.compile(r"^r\d{2,4}[a-z]{0,6}$|^(?:sf6|nf3)$")


def warming(ctx: Context, doubts: Doubts) -> Iterator[Problem]:
    """A known gas warms about as the IPCC says; a fluorinated one not less than carbon dioxide."""
    table = ctx.table("gases")
    own = ctx.own("gases")
    best = ctx.best("gases", "gwp")
    rows = np.flatnonzero(own & np.isfinite(best))
    if not len(rows):
        return
    reference = ctx.reference("gases")
    known = dict(zip(map(_plain, reference.frame["gas"]), cells.best_estimates(reference.values["gwp"]), strict=True))
    gases = ctx.text("gases", "gas")[rows]
    expected = np.array([known.get(_plain(str(gas)), np.nan) for gas in gases], dtype=float)
    ratio, free = anything("like_reference", "gas").high, anything("gwp", "gas")
    little, strong = anything("gwp", "gas that warms little"), anything("gwp", "fluorinated gas")
    mild, fluorine = signs("gas that warms little"), signs("fluorinated gas")
    plain = [_plain(str(gas)) for gas in gases]
    small = np.array(
        [
            (bool(_FLUORINATED.match(gas)) or any(sign in gas for sign in fluorine))
            and not any(sign in gas for sign in mild)
            for gas in plain
        ],
        dtype=bool,
    )
    low = np.where(expected > 2, expected / ratio, np.where(small & ~np.isfinite(expected), strong.low, 0.0))
    high = np.where(expected > 2, expected * ratio, np.where(np.isfinite(expected), little.high, free.high))
    of = np.where(np.isfinite(expected), [f"`{gas}` in the IPCC's sets" for gas in gases], "a fluorinated gas")
    yield from doubts.outside(table, "gwp", rows, best[rows], low, high, "gwp", "", of)


def _plain(gas: str) -> str:
    """Write a gas as the reference does: ``HFC-32``, ``R 32`` and ``r32`` are one."""
    plain = re.sub(r"[^a-z0-9]", "", str(gas).casefold())
    return re.sub(r"^(?:hfc|hcfc|cfc|pfc|hfo|r)(?=\d)", "r", plain)


def refrigerants(ctx: Context, doubts: Doubts) -> Iterator[Problem]:
    """A charge is that of such a circuit and a part of its product; what leaks in a life is less than the charge."""
    table = ctx.table("refrigerants")
    if not len(table):
        return
    own, product = ctx.own("refrigerants"), ctx.product("refrigerants")
    charge = ctx.best("refrigerants", "charge")
    columns = [ctx.text("products", name) for name in ("family", "name", "product")]
    texts = [f"{family} | {name or key}" for family, name, key in zip(*columns, strict=True)]
    kinds = Names([texts[number] if number >= 0 else "" for number in product], COOLING)
    low, high, of = kinds.bands("charge")
    rows = np.flatnonzero(own & np.isfinite(charge))
    yield from doubts.outside(
        table,
        "charge",
        rows,
        charge[rows],
        low[rows],
        high[rows],
        "charge",
        "kg",
        np.where(of == "", "a cooling circuit", of)[rows],
    )
    mass = ctx.best("materials", "mass")
    weights = pd.Series(mass).groupby(ctx.product("materials")).sum()
    share = charge / pd.Series(product).map(weights).to_numpy(dtype=float)
    band = anything("charge_share")
    at = rows[np.isfinite(share[rows]) & (share[rows] > band.high)]
    heavy = ctx.product("materials")[doubts.asked(ctx.table("materials"), np.arange(len(mass)), "mass")]
    at = at[~np.isin(product[at], heavy)]
    what = [f"the charge of {figure(charge[row])} kg is {share[row]:.0%} of the mass of its product" for row in at]
    fix = [f"{figure(charge[row])} looks like g, written as kg: {figure(charge[row] / 1000)} kg" for row in at]
    yield from doubts.tell(table, "charge", at.tolist(), what, fix)
    leak, band = ctx.best("refrigerants", "annual_leak"), anything("leak")
    rows = np.flatnonzero(own & np.isfinite(leak))
    yield from doubts.outside(
        table, "annual_leak", rows, leak[rows], band.low, band.high, "leak", "a year", "a cooling circuit"
    )
    yield from _topped_up(ctx, doubts)


def _topped_up(ctx: Context, doubts: Doubts) -> Iterator[Problem]:
    """A circuit that is kept full loses more than it holds only if somebody refills it."""
    table = ctx.table("refrigerants")
    kept = ctx.text("refrigerants", "service") == "topped_up"
    uses = ctx.uses
    years = _years(ctx)
    mean = uses["lifetime"].map(years).groupby(uses["product"]).mean()
    life = pd.Series(ctx.product("refrigerants")).map(mean).to_numpy(dtype=float)
    leak, lost = ctx.best("refrigerants", "annual_leak"), ctx.best("refrigerants", "end_of_life_loss")
    share = leak * life + lost
    rows = np.flatnonzero(ctx.own("refrigerants") & kept & (share > 1 + 1e-6))
    asked = {str(ctx.text("lifetimes", "lifetime")[row]) for table, row, _ in doubts.cells if table == "lifetimes"}
    doubted = set(uses.loc[uses["lifetime"].isin(asked), "product"])
    number = ctx.product("refrigerants")
    rows = rows[[number[row] not in doubted for row in rows]]
    what = [
        f"{leak[row]:.3g} a year over {life[row]:.3g} years and {lost[row]:.3g} at the end are {share[row]:.0%} of the "
        "charge: more than it holds, unless it is refilled"
        for row in rows
    ]
    fix = ["write `hermetic` as its service, unless it is refilled as it leaks"] * len(rows)
    yield from doubts.tell(table, "annual_leak", rows.tolist(), what, fix)


def _years(ctx: Context) -> dict[str, float]:
    """Give the mean life of every life in years, at best estimates; those that wear out are left out."""
    mean = ctx.best("lifetimes", "mean")
    years = np.where(ctx.text("lifetimes", "unit") == "year", mean, np.nan)
    years = np.fmin(years, np.where(np.isfinite(years), ctx.best("lifetimes", "max_years"), np.nan))
    return dict(zip(map(str, ctx.text("lifetimes", "lifetime")), years.tolist(), strict=True))


def treatments(ctx: Context, doubts: Doubts) -> Iterator[Problem]:
    """A kilogram of waste emits some kilograms at most."""
    table = ctx.table("treatments")
    own = ctx.own("treatments")
    for column, quantity in (("factor", "treatment"), ("avoided", "avoided")):
        best, band = ctx.best("treatments", column), anything(quantity)
        rows = np.flatnonzero(own & np.isfinite(best))
        yield from doubts.outside(table, column, rows, best[rows], band.low, band.high, quantity, "kg/kg", "any waste")


QUESTIONS = (intensities, zone_errors, fuels, warming, refrigerants, treatments)
