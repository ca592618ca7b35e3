"""Questions about products: power, energy, hours, lives and masses against what is known of such a product."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from usephase.catalog.resolve import ELECTRICITY
from usephase.catalog.rules.context import A_YEAR, CYCLES, HOURS, PER_LIFE, Context
from usephase.catalog.rules.listing import place
from usephase.catalog.rules.lives import shortest_life_years
from usephase.catalog.rules.plausible.bands import BETWEEN, PRODUCTS, Names, anything, engine_of, idle, signs, words_of
from usephase.catalog.rules.plausible.outside import Doubts, as_written, figure, times
from usephase.catalog.table import Table
from usephase.catalog.values import cells
from usephase.errors import Problem
from usephase.model.energy import HOURS_A_YEAR

_KWH = 3600.0
"""Kilojoules."""
_PACKAGING = "packaging"
_INDIRECT = "cycle of hot water or another indirect use"


def names(ctx: Context) -> Names:
    """Find what kind of thing every product is: by family and name, and by the reference's rows that it uses."""
    return _names(ctx)[0]


def _texts(ctx: Context) -> list[str]:
    columns = [ctx.text("products", name) for name in ("family", "name", "product")]
    known = [
        set(ctx.text(table, key)[~ctx.own(table)])
        for table, key in (("use_profiles", "use_profile"), ("lifetimes", "lifetime"))
    ]
    used = [ctx.text("products", name) for name in ("use_profile", "lifetime")]
    kinds = ctx.table("products").frame.get("archetype")
    texts = []
    for row, (family, name, product) in enumerate(zip(*columns, strict=True)):
        parts = [family, name or product]
        parts += [column[row] for column, rows in zip(used, known, strict=True) if column[row] in rows]
        if kinds is not None:
            parts.append(kinds.iloc[row])
        texts.append(BETWEEN.join(map(str, parts)))
    return texts


def _names(ctx: Context) -> tuple[Names, list[str]]:
    if "names" not in ctx.__dict__:
        texts = _texts(ctx)
        ctx.__dict__["names"] = Names(texts, PRODUCTS), texts
    return ctx.__dict__["names"]


def _of_product(ctx: Context, table: str, quantity: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Give the band of the product of every row of a table; that of anything for rows of an unknown product."""
    low, high, of = names(ctx).bands(quantity)
    number = ctx.product(table)
    free = anything(quantity)
    return np.append(low, free.low)[number], np.append(high, free.high)[number], np.append(of, "")[number]


class _Modes:
    """Hold the modes as numbers: what is electric, what waits, how much a fuel mode burns."""

    def __init__(self, ctx: Context) -> None:
        self.table = ctx.table("modes")
        self.rate, self.unit = ctx.best("modes", "rate"), ctx.text("modes", "rate_unit")
        self.product = ctx.product("modes")
        self.electric = ctx.text("modes", "carrier") == ELECTRICITY
        self.idle = idle(ctx.text("modes", "mode"))
        self.direct = ctx.text("modes", "phase") == "direct"
        self.own = ctx.own("modes")

    def leading(self, value: np.ndarray, among: np.ndarray) -> np.ndarray:
        """Tell which row is the largest of its product among some: only there is little too little."""
        out = np.zeros(len(value), dtype=bool)
        rows = np.flatnonzero(among & np.isfinite(value) & (self.product >= 0))
        if len(rows):
            order = rows[np.lexsort((rows, -value[rows], self.product[rows]))]
            first = np.append(True, self.product[order][1:] != self.product[order][:-1])
            out[order[first]] = True
        return out


def engines(ctx: Context, doubts: Doubts) -> Iterator[Problem]:
    """An engine rated in power burns several times what it delivers; what it says of that is what engines do."""
    modes = _Modes(ctx)
    efficiency = ctx.best("modes", "efficiency")
    rows = np.flatnonzero((modes.unit == "W") & ~modes.electric & modes.own & np.isfinite(modes.rate))
    carriers, texts = ctx.text("modes", "carrier"), _names(ctx)[1]
    burners, motors, fuels = signs("burner"), signs("engine"), signs("motor fuel")
    what, fix, kept = [], [], []
    for row in rows.tolist():
        number, power_kw = int(modes.product[row]), float(modes.rate[row]) / 1000
        said = set(words_of(f"{texts[number] if number >= 0 else ''} {ctx.text('modes', 'mode')[row]}"))
        fuel = set(words_of(str(carriers[row]))) & fuels
        horses = as_written(modes.table, "rate", row, "W")[0] == "hp"
        if power_kw <= 0 or not (horses or said & motors or (fuel and not said & burners)):
            continue
        engine, given = engine_of(str(carriers[row]), power_kw), float(efficiency[row])
        least, most = engine.low / anything("efficiency").high, engine.high * anything("efficiency").high
        if given < 1 and least <= given <= most:
            continue
        kept.append(row)
        off = given / engine.efficiency
        many = f"{off:.1f} times too little" if off > 1 else f"{1 / off:.1f} times too much"
        what.append(
            f"{figure(power_kw)} kW of `{carriers[row]}` {'without an' if given == 1 else f'at {given:g}'} efficiency: "
            f"an engine delivers {engine.low:g} to {engine.high:g} of its fuel's energy, so that this burns {many}"
        )
        fix.append(
            f"write the efficiency: a {engine.name} of this power has typically {engine.efficiency:g} "
            f"({engine.fuel_g_per_kwh:g} g/kWh, US EPA NONROAD)"
        )
    yield from doubts.tell(modes.table, "efficiency", kept, what, fix)


def powers(ctx: Context, doubts: Doubts) -> Iterator[Problem]:
    """The power of a mode against that of such products."""
    modes = _Modes(ctx)
    watts = modes.own & (modes.unit == "W") & np.isfinite(modes.rate)
    waiting = anything("standby_power")
    rows = np.flatnonzero(watts & modes.idle & modes.electric)
    yield from doubts.outside(
        modes.table, "rate", rows, modes.rate[rows], waiting.low, waiting.high, "standby_power", "W", waiting.of
    )
    working = watts & ~modes.idle & modes.electric
    fuelled = np.zeros(len(ctx.products) + 1, dtype=bool)
    fuelled[modes.product[~modes.electric]] = True
    low, high, of = _of_product(ctx, "modes", "power")
    low = np.where(modes.leading(modes.rate, working) & ~fuelled[modes.product], low, 0.0)
    rows = np.flatnonzero(working)
    yield from doubts.outside(
        modes.table, "rate", rows, modes.rate[rows], low[rows], high[rows], "power", "W", of[rows]
    )
    yield from _fuels(ctx, doubts, modes)


def _fuels(ctx: Context, doubts: Doubts, modes: _Modes) -> Iterator[Problem]:
    """Compare what a fuel mode burns, as power, with that of such products."""
    power = _burnt(ctx, modes)
    at = modes.own & np.isfinite(power)
    low, high, of = _of_product(ctx, "modes", "fuel_power")
    low = np.where(modes.leading(power, at), low, 0.0)
    rows = np.flatnonzero(at)
    for unit in np.unique(modes.unit[rows].astype(str)).tolist():
        here = rows[modes.unit[rows] == unit]
        yield from doubts.outside(
            modes.table, "rate", here, power[here], low[here], high[here],
            "power" if unit == "W" else "fuel_power", "W", of[here], shown=modes.rate[here], shown_unit=unit,
            subject="" if unit == "W" else "the fuel burnt in an hour has ",
        )  # fmt: skip


def _burnt(ctx: Context, modes: _Modes) -> np.ndarray:
    """Give the watts of fuel that every mode burns while it is on, NaN where it is electric or burns a cycle's."""
    power = np.where(
        modes.unit == "W", modes.rate / ctx.best("modes", "efficiency"), modes.rate * _heat(ctx, modes) / _KWH * 1e6
    )
    return np.where(np.isin(modes.unit, ["W", "L/h", "kg/h"]) & ~modes.electric, power, np.nan)


def _heat(ctx: Context, modes: _Modes) -> np.ndarray:
    """Give the heat of the unit of every mode's fuel in megajoules: by its carrier, else as petrol or diesel have."""
    carriers = ctx.table("carriers")
    row_of = {name: row for row, name in enumerate(ctx.text("carriers", "carrier"))}
    density, heat = ctx.best("carriers", "density"), ctx.best("carriers", "heating_value")
    burnt = ctx.text("modes", "carrier")
    at = np.array([row_of.get(name, -1) for name in burnt], dtype=np.intp)
    heat = np.append(heat, np.nan)[at] if len(carriers) else np.full(len(burnt), np.nan)
    density = np.append(density, np.nan)[at] if len(carriers) else np.full(len(burnt), np.nan)
    heat = np.where(np.isfinite(heat) & (heat > 1) & (heat < 150), heat, 43.0)
    density = np.where(np.isfinite(density) & (density > 5e-5) & (density < 2), density, 0.8)
    litre = np.char.startswith(modes.unit.astype(str), "L") if len(modes.unit) else np.zeros(0, dtype=bool)
    return np.where(litre, heat * density, heat)


def energies(ctx: Context, doubts: Doubts) -> Iterator[Problem]:
    """The energy of a cycle, or of a year, against that of such products."""
    modes = _Modes(ctx)
    for unit, quantity in (("kWh/cycle", "energy_per_cycle"), ("kWh/year", "energy_per_year")):
        at = modes.own & (modes.unit == unit) & modes.electric & np.isfinite(modes.rate)
        if not at.any():
            continue
        low, high, of = _of_product(ctx, "modes", quantity)
        free = anything(quantity)
        leading = modes.leading(modes.rate, at & modes.direct & ~modes.idle)
        low = np.where(leading, low, free.low if quantity == "energy_per_year" else 0.0)
        other = anything(quantity, _INDIRECT).high if quantity == "energy_per_cycle" else free.high
        high, of = np.where(modes.direct, high, other), np.where(modes.direct, of, "")
        rows = np.flatnonzero(at)
        yield from doubts.outside(
            modes.table, "rate", rows, modes.rate[rows], low[rows], high[rows], quantity, unit, of[rows]
        )


def amounts(ctx: Context, doubts: Doubts) -> Iterator[Problem]:
    """The hours and cycles of a profile against those of the products that have it."""
    table = ctx.table("use_profiles")
    supply = ctx.supply
    lives = supply["profile"].map(shortest_life_years(ctx)).astype(float)
    yearly = supply["best"] * supply["unit"].map(A_YEAR).fillna(1 / lives.where(supply["unit"].isin(PER_LIFE)))
    own = ctx.own("use_profiles")
    waiting = idle(supply["mode"])
    pairs = ctx.demand.assign(direct=ctx.text("modes", "phase")[ctx.demand["row"]] == "direct")
    for hours, quantity in ((True, "hours_per_year"), (False, "cycles_per_year")):
        kind = supply["unit"].isin((HOURS if hours else CYCLES) - {"rest"}).to_numpy()
        at = kind & own & np.isfinite(yearly.to_numpy(dtype=float))
        if not at.any():
            continue
        value = yearly.to_numpy(dtype=float)
        if hours:
            at &= value <= HOURS_A_YEAR  # more are refused
        low, high, of = _of_users(ctx, pairs, supply, quantity)
        free = anything(quantity)
        loose = waiting | ~np.isfinite(low)
        largest = _largest(supply, np.where(at & ~loose, value, -np.inf))
        low = np.where(loose | ~largest, free.low, low)
        high = np.where(loose, free.high, high)
        rows = np.flatnonzero(at)
        unit = supply["unit"].to_numpy(dtype=object)
        for written in sorted(set(unit[rows])):
            here = rows[unit[rows] == written]
            yield from doubts.outside(
                table, "amount", here, value[here], low[here], high[here], quantity,
                "h/year" if hours else "cycle/year", np.where(loose, "", of)[here],
                shown=supply["best"].to_numpy(dtype=float)[here], shown_unit=written,
            )  # fmt: skip


def _of_users(
    ctx: Context, pairs: pd.DataFrame, supply: pd.DataFrame, quantity: str
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Join the bands of all products that use a row of a profile; NaN where none does with its own energy."""
    low, high, of = names(ctx).bands(quantity)
    used = pairs[pairs["direct"]][["profile", "mode", "product"]].drop_duplicates()
    if used.empty:
        nothing = np.full(len(supply), np.nan)
        return nothing, nothing, np.full(len(supply), "", dtype=object)
    number = used["product"].to_numpy(dtype=np.intp)
    bands = used.assign(low=low[number], high=high[number], of=of[number]).groupby(["profile", "mode"])
    joined = bands.agg(low=("low", "min"), high=("high", "max"), of=("of", "first")).reset_index()
    found = supply[["profile", "mode"]].merge(joined, on=["profile", "mode"], how="left")
    columns = found["low"].to_numpy(dtype=float), found["high"].to_numpy(dtype=float)
    return *columns, found["of"].fillna("").to_numpy(dtype=object)


def _largest(supply: pd.DataFrame, value: np.ndarray) -> np.ndarray:
    """Tell which row has the most of its profile and region."""
    most = pd.Series(value).groupby([supply["profile"].to_numpy(), supply["region"].to_numpy()]).transform("max")
    return np.asarray((value == most.to_numpy()) & np.isfinite(value))


_LIFE_UNITS = {"life_years": "years", "life_hours": "h", "life_cycles": "cycles"}


def lives(ctx: Context, doubts: Doubts) -> Iterator[Problem]:
    """Lives against those of the products that have them."""
    table = ctx.table("lifetimes")
    own, unit = ctx.own("lifetimes"), ctx.text("lifetimes", "unit")
    uses = ctx.uses[ctx.uses["lifetime"] != ""]
    row_of = pd.Series(np.arange(len(table)), index=ctx.text("lifetimes", "lifetime"))
    row_of = row_of[~row_of.index.duplicated()]
    rows_used = uses["lifetime"].map(row_of)
    product = uses["product"].to_numpy(dtype=np.intp)[rows_used.notna()]
    at = rows_used.dropna().to_numpy(dtype=np.intp)
    for quantity, units in (
        ("life_years", ("year",)),
        ("life_hours", ("hour", "full_load_hour")),
        ("life_cycles", ("cycle",)),
    ):
        free = anything(quantity)
        low, high = np.full(len(table), free.low), np.full(len(table), free.high)
        of = np.full(len(table), "", dtype=object)
        if quantity != "life_cycles" and len(at):
            least, most, things = names(ctx).bands(quantity)
            ends = pd.DataFrame(
                {"at": at, "low": least[product], "high": most[product], "of": things[product]}
            ).groupby("at")
            joined = ends.agg(low=("low", "min"), high=("high", "max"), of=("of", "first"))
            low[joined.index], high[joined.index], of[joined.index] = joined["low"], joined["high"], joined["of"]
        for column in ("mean", "median", "scale", "t50", "t90"):
            if column not in table.values:
                continue
            best = ctx.best("lifetimes", column)
            rows = np.flatnonzero(own & np.isin(unit, units) & np.isfinite(best))
            above = 2.0 if column == "t90" else 1.0
            yield from doubts.outside(
                table,
                column,
                rows,
                best[rows],
                low[rows],
                high[rows] * above,
                quantity,
                _LIFE_UNITS[quantity],
                of[rows],
            )
        if quantity == "life_years":
            most_years = ctx.best("lifetimes", "max_years")
            rows = np.flatnonzero(own & np.isfinite(most_years))
            yield from doubts.outside(
                table, "max_years", rows, most_years[rows], low[rows], np.inf, quantity, "years", of[rows],
                likely=np.sqrt(low * high)[rows],
            )  # fmt: skip
    shape = ctx.best("lifetimes", "shape")
    rows = np.flatnonzero(
        own & np.isfinite(shape) & ~np.isin(ctx.text("lifetimes", "distribution"), ["normal", "lognormal"])
    )
    band = anything("shape")
    yield from doubts.outside(table, "shape", rows, shape[rows], band.low, band.high, "shape", "", "a life's shape")


def worn_out(ctx: Context, doubts: Doubts) -> Iterator[Problem]:
    """A life in hours or cycles, at the hours or cycles of a year or at the age of scrapping, is some years."""
    table = ctx.table("lifetimes")
    unit, mode, mean = ctx.text("lifetimes", "unit"), ctx.text("lifetimes", "mode"), ctx.best("lifetimes", "mean")
    at = np.flatnonzero(ctx.own("lifetimes") & (unit != "year") & np.isfinite(mean))
    if not len(at):
        return
    worn = pd.DataFrame({"lifetime": ctx.text("lifetimes", "lifetime")[at], "mode": mode[at], "at": at})
    uses = ctx.uses[["product", "profile", "lifetime"]].merge(worn, on="lifetime")
    supply = ctx.supply[ctx.supply["region"] == ""]
    supply = supply.assign(yearly=supply["best"] * supply["unit"].map(A_YEAR))
    joined = uses.merge(supply[["profile", "mode", "yearly", "at"]], on=["profile", "mode"], suffixes=("", "_amount"))
    loads = pd.DataFrame(
        {"product": ctx.product("modes"), "mode": ctx.text("modes", "mode"), "load": ctx.best("modes", "load")}
    )
    joined = joined.merge(loads, on=["product", "mode"], how="left")
    full = unit[joined["at"]] == "full_load_hour"
    with np.errstate(divide="ignore", invalid="ignore"):
        years = mean[joined["at"]] / (joined["yearly"] * np.where(full, joined["load"], 1.0))
    scrapped = ctx.best("lifetimes", "max_years")[joined["at"]]
    joined = joined.assign(years=np.fmin(years, scrapped))[np.isfinite(years)]
    joined = joined[[not doubts.said("use_profiles", row, "amount") for row in joined["at_amount"]]]
    if joined.empty:
        return
    # The longest and the shortest life among the uses of a row: one of them inside is enough.
    ends = joined.groupby("at")["years"].agg(["min", "max"])
    band = anything("life_years")
    rows = ends.index.to_numpy()
    value = np.where(ends["min"] > band.high, ends["min"], np.where(ends["max"] < band.low, ends["max"], np.nan))
    quantity = "life_hours"
    yield from doubts.outside(
        table, "mean", rows, value, band.low, band.high, quantity, "years", "", shown=mean[rows], shown_unit="",
        subject="at the use of a year the life is ",
    )  # fmt: skip


def masses(ctx: Context, doubts: Doubts) -> Iterator[Problem]:
    """The mass of a product without its packaging against that of such products; of a part of anything."""
    table = ctx.table("materials")
    mass, product = ctx.best("materials", "mass"), ctx.product("materials")
    at = np.flatnonzero(ctx.own("materials") & np.isfinite(mass) & (product >= 0))
    if not len(at):
        return
    part = ctx.text("materials", "part")
    frame = pd.DataFrame({"at": at, "product": product[at], "part": part[at], "mass": mass[at]})
    low, high, of = names(ctx).bands("mass")
    inside = frame[frame["part"] != _PACKAGING]
    if len(inside):
        heaviest = inside.loc[inside.groupby("product")["mass"].idxmax()]
        total = inside.groupby("product")["mass"].sum().loc[heaviest["product"]].to_numpy()
        number = heaviest["product"].to_numpy(dtype=np.intp)
        known = of[number] != ""
        rows = heaviest["at"].to_numpy()
        yield from doubts.outside(
            table, "mass", rows[known], total[known], low[number][known], high[number][known], "mass", "kg",
            of[number][known], shown=mass[rows][known], subject="the parts of the product weigh ",
        )  # fmt: skip
    yield from _packaging(doubts, table, frame)
    free = anything("mass")
    unknown = frame[(of[frame["product"]] == "") | (frame["part"] == _PACKAGING)]
    if len(unknown):
        groups = unknown.groupby(["product", "part"])["mass"]
        heaviest = unknown.loc[groups.idxmax()]
        total = groups.sum().to_numpy()
        rows = heaviest["at"].to_numpy()
        yield from doubts.outside(
            table, "mass", rows, total, free.low, free.high, "mass", "kg", "a part of what is not known",
            shown=mass[rows], subject="the part weighs ",
        )  # fmt: skip


def _packaging(doubts: Doubts, table: Table, frame: pd.DataFrame) -> Iterator[Problem]:
    """Packaging weighs some times what is packed at most."""
    packed = frame["part"] == _PACKAGING
    inside = frame[~packed].groupby("product")["mass"].sum()
    around = frame[packed & frame["product"].isin(inside.index[inside > 0])]
    asked = frame.loc[doubts.asked(table, frame["at"].to_numpy(), "mass"), "product"]
    around = around[~around["product"].isin(asked)]
    if around.empty:
        return
    heaviest = around.loc[around.groupby("product")["mass"].idxmax()]
    total = around.groupby("product")["mass"].sum().loc[heaviest["product"]]
    share = total.to_numpy() / inside.loc[heaviest["product"]].to_numpy()
    rows, band = heaviest["at"].to_numpy(), anything("packaging_share")
    yield from doubts.outside(
        table, "mass", rows, share, band.low, band.high, "mass", "", "packaging over what is packed",
        shown=heaviest["mass"].to_numpy(), shown_unit="kg", subject="mass of the packaging over that of the product: ",
    )  # fmt: skip


def mass_and_power(ctx: Context, doubts: Doubts) -> Iterator[Problem]:
    """A kilowatt weighs about the same in small and large products of a kind: of mass and power one may be at fault."""
    modes, table = _Modes(ctx), ctx.table("materials")
    mass, owner = ctx.best("materials", "mass"), ctx.product("materials")
    at = np.flatnonzero(ctx.own("materials") & np.isfinite(mass) & (owner >= 0))
    at = at[ctx.text("materials", "part")[at] != _PACKAGING]
    if not len(at):
        return
    inside = pd.DataFrame({"at": at, "product": owner[at], "mass": mass[at]})
    weight = inside.groupby("product")["mass"].sum()
    heaviest = inside.loc[inside.groupby("product")["mass"].idxmax()].set_index("product")["at"]
    burnt = _burnt(ctx, modes)
    fuelled = np.zeros(len(ctx.products) + 1, dtype=bool)
    fuelled[modes.product[~modes.electric]] = True
    electric = (modes.unit == "W") & modes.electric & ~modes.idle & ~fuelled[modes.product]
    for quantity, power, among in (
        ("power", modes.rate, electric), ("fuel_power", burnt, np.isfinite(burnt)),
    ):  # fmt: skip
        rows = np.flatnonzero(modes.leading(power, among & modes.own) & (power > 0))
        number = modes.product[rows]
        kg = pd.Series(number).map(weight).to_numpy(dtype=float)
        low, high, of = (band[number] for band in names(ctx).bands(f"mass_per_{quantity}"))
        ratio = kg / power[rows] * 1000
        odd = np.flatnonzero((kg > 0) & ((ratio > high) | (ratio < low)))
        if not len(odd):
            continue
        # Whichever is farther from the middle of its own band is the likelier slip.
        off = {
            name: _off(value, *(band[number] for band in names(ctx).bands(name)[:2]))
            for name, value in (("mass", kg), (quantity, power[rows]))
        }
        found: dict[str, list[tuple[int, str, str]]] = {"mass": [], "rate": []}
        for i in odd.tolist():
            cell = int(heaviest[number[i]])
            if doubts.said("modes", rows[i], "rate", "efficiency") or doubts.said("materials", cell, "mass"):
                continue
            big = ratio[i] > high[i]
            apart = f"{figure(kg[i])} kg and {figure(power[rows[i]])} W"
            what = (
                f"{apart} are {figure(ratio[i])} kg/kW: {times(ratio[i] / high[i] if big else low[i] / ratio[i])} "
                f"{'the most' if big else 'less than the least'} that is believed "
                f"({figure(high[i] if big else low[i])} kg/kW; {of[i]})"
            )
            heavy = off["mass"][i] if big else -off["mass"][i]
            weak = -off[quantity][i] if big else off[quantity][i]
            fix = f"of {place(table, cell, 'mass')} and {place(modes.table, int(rows[i]), 'rate')} one has a wrong unit"
            column, row = ("mass", cell) if heavy > weak else ("rate", int(rows[i]))
            found[column].append((row, what, fix))
        for column, listed in found.items():
            if listed:
                yield from doubts.tell(table if column == "mass" else modes.table, column, *zip(*listed, strict=True))


def _off(value: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Tell how far a number is from the middle of its band, in half widths of the band. Shape (n,)."""
    low = np.maximum(low, high * 1e-6)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.log(value / np.sqrt(low * high)) / (np.log(high / low) / 2))


def changes_of_use(ctx: Context, doubts: Doubts) -> Iterator[Problem]:
    """Use changes by some percent a year."""
    best, band = ctx.best("products", "annual_use_change"), anything("use_change")
    rows = np.flatnonzero(~cells.empty(ctx.table("products").values["annual_use_change"]) & np.isfinite(best))
    yield from doubts.outside(
        ctx.table("products"),
        "annual_use_change",
        rows,
        best[rows],
        band.low,
        band.high,
        "use_change",
        "a year",
        "a change of use",
    )


QUESTIONS = (
    engines,
    powers,
    energies,
    amounts,
    lives,
    masses,
    mass_and_power,
    worn_out,
    changes_of_use,
)
