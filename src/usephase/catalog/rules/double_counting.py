"""Double counting: emissions that two products, or two categories of the inventory, would both hold."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from usephase.catalog.resolve import ELECTRICITY
from usephase.catalog.rules.context import Context
from usephase.catalog.rules.listing import listed, series
from usephase.catalog.schema import COMPUTED
from usephase.errors import Problem

FUEL_RATES = ("L/cycle", "kg/cycle")
LEASED = frozenset({"lease", "leased", "leasing", "rent", "rental", "rented", "renting"})
"""Values of a label that say that units are let, not sold."""
_CHARGE = "charg"
_NAMED = 3
_LIMIT = 3


def energy_counted_once(ctx: Context) -> Iterator[Problem]:
    """A pack or charger sold alone should not count again what the tools it serves count."""
    service, allocation = ctx.text("products", "service_mode"), ctx.best("products", "allocation")
    electric = ctx.text("modes", "carrier") == ELECTRICITY
    demand = ctx.demand[electric[ctx.demand["row"].to_numpy(dtype=int)]]
    demand = demand[demand["product"].isin(ctx.sold["product"])]
    if not (service != "").any():
        return
    # Products with the same modes are told by a sum of one random number a mode.
    codes, modes = pd.factorize(demand["mode"])
    marks = np.random.Generator(np.random.PCG64(0)).integers(1, 1 << 62, len(modes), dtype=np.uint64)
    sums = demand.assign(marks=marks[codes]).groupby(["profile", "product"], as_index=False)["marks"].sum()
    kinds = sums.assign(service=service[sums["product"]]).drop_duplicates(["profile", "marks", "service"])
    sets = (
        kinds.merge(demand, on=["profile", "product"]).groupby(["profile", "marks", "service"])["mode"].agg(frozenset)
    )
    accessories = set()
    for (profile, mark, _), own in sets.items():
        wholes = sets[profile]
        if any(own < whole and mode in whole - own for (_, mode), whole in wholes.items()):
            accessories.add((profile, mark))
    listed_kinds = pd.MultiIndex.from_frame(sums[["profile", "marks"]])
    part = sums[listed_kinds.isin(accessories) & (allocation[sums["product"]] == 1)] if accessories else sums.iloc[:0]
    for profile, rows in part.groupby("profile"):
        what = f"its modes are also modes of whole tools on `{profile!s}`: what it does for them would count twice"
        fix = "give it an allocation below 1 or a profile of its own, if it serves tools that are listed too"
        yield from listed(ctx.table("products"), rows["product"], "use_profile", what, fix, "warning", limit=3)


def fuel_counted_once(ctx: Context) -> Iterator[Problem]:
    """Fuel that is sold should not be counted again where a machine that is sold burns it."""
    direct = ctx.text("modes", "phase") == "direct"
    carriers, products = ctx.text("modes", "carrier"), ctx.product("modes")
    fuels = _fuels(ctx)
    sold = ctx.sold.groupby("product")["region"].agg(frozenset)
    burnt = direct & (carriers != ELECTRICITY) & np.isin(products, sold.index)
    allocation = ctx.best("products", "allocation")
    for fuel in sorted(fuels & set(sold.index)):
        if allocation[fuel] != 1:
            continue
        for carrier in dict.fromkeys(carriers[direct & (products == fuel)]):
            users = dict.fromkeys(int(p) for p in products[burnt & (carriers == carrier)] if p not in fuels)
            met = [str(ctx.products[p]) for p in users if sold[p] & sold[fuel]]
            if met:
                what = f"the {carrier} it sells is also burnt in use by {series(met, _NAMED)}: it would count twice"
                fix = "give it an allocation below 1: the share that goes into machines of others"
                yield from listed(ctx.table("products"), [fuel], "product", what, fix, "warning")


def _fuels(ctx: Context) -> set[int]:
    """Find the products that are fuel: those that say so, and those whose one cycle of life burns a unit of it."""
    kinds = ctx.text("products", "sold_as")
    found = {int(p) for p in np.flatnonzero(kinds == "fuel")}
    rates, carriers, number = ctx.text("modes", "rate_unit"), ctx.text("modes", "carrier"), ctx.product("modes")
    burns = (carriers != ELECTRICITY) & np.isin(rates, FUEL_RATES)
    candidates = set(number[burns].tolist()) - set(number[~burns].tolist()) - {-1}
    candidates = {p for p in candidates if kinds[p] == "final"}
    if candidates:
        demand = ctx.demand[ctx.demand["product"].isin(candidates)]
        lives = demand.merge(ctx.supply, on=["profile", "mode"])
        once = (lives["unit"] == "cycle/life") & (lives["best"] <= 1)
        found |= {int(p) for p in lives.loc[once, "product"]} - {int(p) for p in lives.loc[~once, "product"]}
    return found


def charging_counted_once(ctx: Context) -> Iterator[Problem]:
    """A pack that books charging losses should not book those that the tools it serves book."""
    electric = ctx.text("modes", "carrier") == ELECTRICITY
    number, names = ctx.product("modes"), ctx.text("modes", "mode")
    charges = _charges(names)
    per_cycle = np.array([str(unit).endswith("/cycle") for unit in ctx.text("modes", "rate_unit")], dtype=bool)
    kinds, allocation = ctx.text("products", "sold_as"), ctx.best("products", "allocation")
    losing = electric & ~charges & (ctx.best("modes", "efficiency") < 1)
    # What loses energy in charging says so by a mode of its charger, or by being sold as a kit.
    tools = set(number[losing].tolist()) & (
        set(number[charges].tolist()) | set(np.flatnonzero(kinds == "kit").tolist())
    )
    packs = set(number[electric & charges & per_cycle].tolist()) - set(number[~charges].tolist()) - {-1}
    accessory = np.append(kinds == "accessory", False)[number]  # the last one stands for an unknown product
    packs |= set(number[electric & per_cycle & accessory].tolist())
    if not tools or not packs:
        return
    sold = ctx.sold.groupby("product")["region"].agg(frozenset)
    served = frozenset().union(*(sold[tool] for tool in (tools - packs) & set(sold.index)))
    rows = [pack for pack in sorted(packs & set(sold.index)) if allocation[pack] == 1 and sold[pack] & served]
    what = "it books charging losses that tools sold beside it book with their `efficiency`: they would count twice"
    fix = "give it an allocation below 1: the share of its cycles in tools that book no losses"
    yield from listed(ctx.table("products"), rows, "allocation", what, fix, "warning", limit=_LIMIT)


def parts_of_kits_are_not_sales(ctx: Context) -> Iterator[Problem]:
    """Packs and chargers that come in kits should not be listed as sales of their own."""
    number, names = ctx.product("modes"), ctx.text("modes", "mode")
    charges = _charges(names)
    kinds = ctx.text("products", "sold_as")
    charging, working = set(number[charges].tolist()), set(number[~charges].tolist())
    parts = ((charging - working) | set(np.flatnonzero(kinds == "accessory").tolist())) - {-1}
    batteries = set(ctx.product("materials")[ctx.text("materials", "part") == "battery"].tolist())
    kits = ((charging | batteries) & working | set(np.flatnonzero(kinds == "kit").tolist())) - parts - {-1}
    if not parts or not kits:
        return
    sold = _sold_units(ctx, parts | kits)
    alike: dict[frozenset[tuple[str, int, float]], list[int]] = {}
    for product in kits:
        if product in sold:
            alike.setdefault(sold[product], []).append(product)
    for part in sorted(parts):
        found = sorted(alike.get(sold.get(part, frozenset()), ()))
        if found:
            kit = series([str(ctx.products[p]) for p in found], _NAMED)
            what = f"its units are those of {kit} in every region and year: packed with it, it would count twice"
            fix = "list as sales only what is sold alone; the kit's own rows hold what is packed with it"
            yield from listed(ctx.table("products"), [part], "product", what, fix, "warning")


def _sold_units(ctx: Context, products: set[int]) -> dict[int, frozenset[tuple[str, int, float]]]:
    """Give what is sold where and when, of products with more than one sale above 0."""
    rows = np.flatnonzero(np.isin(ctx.product("sales"), list(products)))
    units = ctx.best("sales", "units")[rows]
    frame = pd.DataFrame({
        "product": ctx.product("sales")[rows], "region": ctx.text("sales", "region")[rows],
        "year": ctx.text("sales", "year")[rows], "units": units,
    })  # fmt: skip
    out = {}
    for _, mine in frame[frame["units"] > 0].groupby("product"):
        if len(mine) > 1:
            sales = zip(mine["region"], mine["year"].astype(int), mine["units"], strict=True)
            out[int(mine["product"].iloc[0])] = frozenset(sales)
    return out


def leased_units_are_in_one_category(ctx: Context) -> Iterator[Problem]:
    """What is leased is booked here over its life, or in Category 13, never in both."""
    said = ctx.text("products", "sold_as") == "lease"
    for label in ctx.catalog.labels:
        said = said | np.array([str(x).strip().casefold() in LEASED for x in ctx.text("products", label)], dtype=bool)
    rows = np.flatnonzero(said & np.isin(np.arange(len(ctx.products)), ctx.sold["product"]))
    what = "leased units are booked here over their whole life: Category 13 must not hold them as well"
    fix = "leave them out of Category 13, or take their sales out of this catalog"
    yield from listed(ctx.table("products"), rows, "product", what, fix, "warning", limit=_LIMIT)


def intermediate_products_are_whole(ctx: Context) -> Iterator[Problem]:
    """Categories 9 to 12 of an intermediate product are left out together or not at all."""
    if any(ctx.incomplete(name) for name in ("products", "modes", "materials")):
        return
    count = len(ctx.products)
    allocation, kinds = ctx.best("products", "allocation"), ctx.text("products", "sold_as")
    sold = np.isin(np.arange(count), ctx.sold["product"])
    named = kinds == "intermediate"
    charging = set(ctx.product("modes")[_charges(ctx.text("modes", "mode"))].tolist())
    # A pack has an allocation for another reason: its charging belongs to tools in part.
    asked = sold & (named | ((allocation < 1) & (kinds == "final") & ~np.isin(np.arange(count), list(charging))))
    direct = ctx.text("modes", "phase") == "direct"
    profiled = ctx.uses.loc[ctx.uses["profile"] != "", "product"]
    with_modes, cooled = ctx.product("modes")[direct], ctx.product("refrigerants")
    used = np.isin(np.arange(count), with_modes) & np.isin(np.arange(count), profiled)
    used = (used | np.isin(np.arange(count), cooled)) & (allocation > 0)
    wasted = np.isin(np.arange(count), ctx.product("materials")) | np.isin(np.arange(count), cooled)
    why = "its end use is not known to you: leave out 9, 10, 11 and 12 together, and disclose why"
    for rows, column, what, fix in (
        (asked & used & ~wasted, "product", "its use (Category 11) is counted and its disposal (Category 12) is not",
         f"give it materials; or, if {why}"),
        (asked & wasted & ~used, "allocation", "its disposal (Category 12) is counted and its use (Category 11) is not",
         f"give it a use profile and modes; or, if {why}"),
        (named & sold & ~used & ~wasted, "product", "neither its use nor its disposal is counted",
         "leave out Categories 9 and 10 as well, and disclose and justify that all four are left out"),
    ):  # fmt: skip
        yield from listed(ctx.table("products"), np.flatnonzero(rows), column, what, fix, "warning", limit=_LIMIT)


def computed_categories_come_from_the_catalog(ctx: Context) -> Iterator[Problem]:
    """Categories 11 and 12 are computed: a number of another source beside them is not added."""
    rows = np.flatnonzero(np.isin(ctx.text("scope3", "category").astype(str), COMPUTED))
    what = "this category is computed from the catalog: the number is not used"
    yield from listed(ctx.table("scope3"), rows, "category", what, "delete the row", "warning", limit=_LIMIT)


def _charges(names: np.ndarray) -> np.ndarray:
    """Tell which modes are those of a charger, by their names."""
    return np.array([_CHARGE in str(name).casefold() for name in names], dtype=bool)


RULES = (
    energy_counted_once, fuel_counted_once, charging_counted_once, parts_of_kits_are_not_sales,
    leased_units_are_in_one_category, intermediate_products_are_whole, computed_categories_come_from_the_catalog,
)  # fmt: skip
