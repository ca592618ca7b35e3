"""Rules of use: every mode has an amount, in the kind that its rate asks for."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from usephase.catalog.resolve import ELECTRICITY
from usephase.catalog.rules.context import CYCLES, HOURS, Context
from usephase.catalog.rules.listing import advise, by_value, listed, place, series
from usephase.catalog.schema import YEARLY_UNIT
from usephase.catalog.values import cells
from usephase.errors import Problem

FUEL_RATES = frozenset({"L/h", "kg/h", "L/cycle", "kg/cycle"})
_KIND = {
    "W": "energy",
    YEARLY_UNIT: "energy",
    "kWh/cycle": "energy",
    "L/h": "volume",
    "L/cycle": "volume",
    "kg/h": "mass",
    "kg/cycle": "mass",
}
_CARRIER_KIND = {"L": "volume", "m3": "volume", "kg": "mass", "kWh": "energy", "MJ": "energy"}
_NEEDS = {
    frozenset({"volume", "mass"}): ("density",),
    frozenset({"mass", "energy"}): ("heating_value",),
    frozenset({"volume", "energy"}): ("density", "heating_value"),
}
"""What a conversion between two kinds of quantity takes."""


def conversion_needs(rate_unit: str, carrier_unit: str) -> tuple[str, ...]:
    """Name the columns of a carrier that a rate takes to be in the carrier's unit."""
    return _NEEDS.get(frozenset({_KIND[rate_unit], _CARRIER_KIND[carrier_unit]}), ())


def amounts_given(ctx: Context) -> Iterator[Problem]:
    """A row of a use profile has an amount, unless it is the rest of the year."""
    table = ctx.table("use_profiles")
    open_ = cells.empty(table.values["amount"]) & ~np.isin(ctx.text("use_profiles", "amount_unit"), ["rest", ""])
    rows = [int(row) for row in np.flatnonzero(open_) if not ctx.refused("use_profiles", int(row))]
    yield from listed(table, rows, "amount", "the amount is missing", "write how much, or `rest` as its unit")


def modes_have_amounts(ctx: Context) -> Iterator[Problem]:
    """Every mode of a product needs an amount in its use profile, wherever it is sold."""
    missing = ctx.missing(ctx.demand)
    if missing.empty:
        return
    modes_of = ctx.supply.groupby("profile")["mode"].agg(set)

    def say(value: str) -> tuple[str, str]:
        profile, mode, region = value.split("\t")
        what = f"use profile `{profile}` has no amount for the mode `{mode}`" + (
            f" in region `{region}`" if region else ""
        )
        otherwise = f"give use_profiles a row for it; `{profile}` has {series(modes_of[profile])}"
        return what, otherwise if region else advise(mode, modes_of[profile], otherwise)

    keys = (missing["profile"] + "\t" + missing["mode"] + "\t" + missing["region"]).to_numpy(dtype=object)
    limit = 1 if ctx.incomplete("use_profiles") else 10
    yield from by_value(ctx.table("modes"), missing["row"].to_numpy(), keys, "mode", say, limit=limit)


def rates_fit_amounts(ctx: Context) -> Iterator[Problem]:
    """A rate per hour needs hours, a rate per cycle needs cycles."""
    unit = ctx.text("modes", "rate_unit")
    demand = ctx.demand.assign(rate=unit[ctx.demand["row"]])
    distinct = demand.drop_duplicates(["profile", "mode", "rate"])[["profile", "mode", "rate"]]
    distinct = distinct[distinct["rate"] != ""]
    joined = distinct.merge(ctx.supply, on=["profile", "mode"])
    per_cycle = joined["rate"].str.endswith("/cycle")
    wrong = joined[(per_cycle & joined["unit"].isin(HOURS)) | (~per_cycle & joined["unit"].isin(CYCLES))]
    wrong = wrong.drop_duplicates(["profile", "mode", "rate"])
    columns = (wrong[name] for name in ("profile", "mode", "rate", "unit", "at"))
    for profile, mode, rate, unit_there, at in zip(*columns, strict=True):
        same = demand[(demand["profile"] == profile) & (demand["mode"] == mode) & (demand["rate"] == rate)]
        where = place(ctx.table("use_profiles"), int(at), "amount_unit")
        what = f"the rate is in {rate}, the amount of `{mode}` in `{profile}` is in {unit_there} ({where})"
        fix = (
            "give the amount in cycles, or the rate per hour or as a power"
            if rate.endswith("/cycle")
            else "give the amount in hours, or the rate per cycle"
        )
        yield from listed(ctx.table("modes"), same["row"].to_numpy(), "rate_unit", what, fix)


def electricity_has_no_fuel_rate(ctx: Context) -> Iterator[Problem]:
    """Electricity is drawn in watts or kilowatt-hours."""
    fuel = np.isin(ctx.text("modes", "rate_unit"), list(FUEL_RATES))
    rows = np.flatnonzero(fuel & (ctx.text("modes", "carrier") == ELECTRICITY))
    fix = "write a power or an energy per cycle, or name the fuel as the carrier"
    yield from listed(ctx.table("modes"), rows, "rate_unit", "electricity has no litres or kilograms", fix)


def rates_convert_to_carriers(ctx: Context) -> Iterator[Problem]:
    """A rate in another kind than the carrier's unit needs the density, the heating value, or both."""
    carriers = ctx.table("carriers")
    row_of = {name: row for row, name in enumerate(ctx.text("carriers", "carrier"))}
    unit_of = ctx.text("carriers", "unit")
    empty = {column: cells.empty(carriers.values[column]) for column in ("density", "heating_value")}
    used, rates = ctx.text("modes", "carrier"), ctx.text("modes", "rate_unit")
    fuelled = np.flatnonzero(used != ELECTRICITY)
    for carrier, rate in sorted(set(zip(used[fuelled], rates[fuelled], strict=True))):
        if carrier not in row_of or rate not in _KIND or unit_of[row_of[carrier]] not in _CARRIER_KIND:
            continue
        at = row_of[carrier]
        lacking = [column for column in conversion_needs(rate, unit_of[at]) if empty[column][at]]
        if lacking:
            rows = fuelled[(used[fuelled] == carrier) & (rates[fuelled] == rate)]
            needed = " and ".join(lacking).replace("_", " ")
            what = f"from {rate} to the {unit_of[at]} of `{carrier}` takes its {needed}"
            fix = f"fill {', '.join(lacking)} at {place(carriers, at)}, or give the rate in another unit"
            yield from listed(ctx.table("modes"), rows, "rate_unit", what, fix)


def modes_are_used(ctx: Context) -> Iterator[Problem]:
    """What a product draws needs a use profile that says for how long."""
    uses = ctx.uses
    used = set(uses.loc[uses["profile"] != "", "product"])
    product = ctx.product("modes")
    idle = [n >= 0 and n not in used and not yearly for n, yearly in zip(product, ctx.yearly, strict=True)]
    rows = np.flatnonzero(idle)
    _, first = np.unique(product[rows], return_index=True)
    what = "the product has modes but no use profile: they would count for nothing"
    fix = "name its use_profile in products or segments, or remove its modes"
    yield from listed(ctx.table("modes"), rows[first], "product", what, fix)


def yearly_modes_take_no_amount(ctx: Context) -> Iterator[Problem]:
    """The amount of a mode whose rate is a year's energy is not multiplied with it."""
    rows = np.flatnonzero(ctx.yearly)
    if not len(rows):
        return
    modes = pd.DataFrame({"row": rows, "product": ctx.product("modes")[rows], "mode": ctx.text("modes", "mode")[rows]})
    joined = modes.merge(ctx.uses[["product", "profile"]], on="product")
    joined = joined.merge(ctx.supply.drop_duplicates(["profile", "mode"]), on=["profile", "mode"])
    for profile, mine in joined.groupby("profile"):
        what = f"a rate in {YEARLY_UNIT} takes no amount: that of use profile `{profile}` is not used for it"
        fix = "nothing to do, unless the rate is meant per hour or per cycle: then write W or kWh/cycle"
        yield from listed(ctx.table("modes"), mine["row"].unique(), "rate_unit", what, fix, "warning")


def service_modes(ctx: Context) -> Iterator[Problem]:
    """The mode whose amount is the service must be one of the product, in every profile it is used under."""
    products, service = ctx.table("products"), ctx.text("products", "service_mode")
    rows = np.flatnonzero(service != "")
    if not len(rows):
        return
    pairs = pd.DataFrame({"product": rows, "mode": service[rows]})
    have = pd.DataFrame({"product": ctx.product("modes"), "mode": ctx.text("modes", "mode")})
    lacking = rows[~pd.MultiIndex.from_frame(pairs).isin(pd.MultiIndex.from_frame(have))]

    def say(value: str) -> tuple[str, str]:
        product, mode = value.split("\t")
        own = have.loc[have["product"] == ctx.products.get_loc(product), "mode"]
        return f"`{mode}` is not a mode of `{product}`", advise(
            mode, own, f"write one of its modes: {series(own) or 'none'}"
        )

    keys = np.array([f"{ctx.products[row]}\t{service[row]}" for row in lacking], dtype=object)
    yield from by_value(products, lacking, keys, "service_mode", say)

    # A mode of the product without an amount is named by `modes_have_amounts`, at its own row.
    uses = ctx.uses.merge(pairs[~pairs["product"].isin(lacking)], on="product")
    unused = uses.loc[uses["profile"] == "", "product"].unique()
    what = "the service of a product that has no use profile cannot be counted"
    yield from listed(products, unused, "service_mode", what, "name its use_profile, or leave service_mode empty")
    yearly = have[ctx.yearly].assign(yearly=True).drop_duplicates()
    counted = uses[uses["profile"] != ""].merge(yearly, on=["product", "mode"])[["product", "profile", "mode"]]
    bare = ctx.missing(counted)["product"].unique()
    what = f"the service mode is in {YEARLY_UNIT} and has no amount in the use profile: there is nothing to count"
    yield from listed(
        products, bare, "service_mode", what, "give use_profiles a row for it, or leave service_mode empty"
    )


RULES = (
    amounts_given, modes_have_amounts, rates_fit_amounts, electricity_has_no_fuel_rate, rates_convert_to_carriers,
    modes_are_used, yearly_modes_take_no_amount, service_modes,
)  # fmt: skip
