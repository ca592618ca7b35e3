"""Rules of disposal: every material has routes wherever it is sold, and every route a treatment."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from usephase.catalog.resolve import ANY
from usephase.catalog.rules.context import Context
from usephase.catalog.rules.hours import SHARE_TOLERANCE
from usephase.catalog.rules.listing import advise, by_value, listed, series
from usephase.catalog.rules.unknown import advise_material
from usephase.errors import Problem


def materials_have_routes(ctx: Context) -> Iterator[Problem]:
    """A material that is sold in a zone has waste routes there."""
    resolved = ctx.resolved
    material = ctx.text("materials", "material")
    sold = np.isin(ctx.product("materials"), ctx.sold["product"].unique())
    gaps: dict[str, list[str]] = {}
    for name in sorted(set(material[sold])):
        zones = [zone for zone in resolved.zone_row if (zone, name) not in resolved.waste]
        if zones:
            gaps[name] = zones
    for name, zones in gaps.items():
        named = np.flatnonzero((material == name) & sold)
        regions = [r for r, shares in resolved.regions.items() if any(zone in zones for zone, _ in shares)]
        here = ctx.sold[ctx.sold["region"].isin(regions)]["product"].unique()
        rows = named[np.isin(ctx.product("materials")[named], here)]
        otherwise = "give end_of_life rows for it, with `*` for any zone or any material"
        fix = advise_material(name, set(ctx.text("end_of_life", "material")) - {ANY}, otherwise)
        what = f"`{name}` has no waste routes in {series(zones, 5)}"
        yield from listed(ctx.table("materials"), rows, "material", what, fix)


def routes_have_treatments(ctx: Context) -> Iterator[Problem]:
    """A route that a material takes has a treatment of that material, or of any."""
    resolved = ctx.resolved
    table, route = ctx.table("end_of_life"), ctx.text("end_of_life", "route")
    lacking: dict[tuple[str, str], list[int]] = {}
    for (_, material), rows in resolved.waste.items():
        for row in rows:
            if (material, route[row]) not in resolved.treatment:
                lacking.setdefault((material, str(route[row])), []).append(int(row))
    if not lacking:
        return
    known = {*ctx.text("treatments", "route"), *ctx.reference("treatments").frame["route"].unique()}
    by_route: dict[str, list[int]] = {}
    of: dict[str, set[str]] = {}
    for (material, name), at in lacking.items():
        by_route.setdefault(name, []).extend(at)
        of.setdefault(name, set()).add(material)
    limit = 1 if ctx.incomplete("treatments") else 10
    for name, places in by_route.items():
        what = f"the route `{name}` has no treatment for {series(of[name], 5)}"
        otherwise = "give treatments a row for it, with `*` for any material"
        fix = advise(name, known - {name}, otherwise) if name not in known else otherwise
        yield from listed(table, set(places), "route", what, fix, limit=limit)


def routes_are_dated_or_not(ctx: Context) -> Iterator[Problem]:
    """A route of a set has either years, or one row for all years."""
    for name, keys in (("end_of_life", ["zone", "material", "route"]), ("treatments", ["material", "route"])):
        table = ctx.table(name)
        frame = table.frame.assign(row=np.arange(len(table)), dated=table.frame["year"] >= 0)[ctx.own(name)]
        both = frame.groupby(keys)["dated"].transform("max") & ~frame.groupby(keys)["dated"].transform("min")
        rows = frame.loc[both & ~frame["dated"], "row"].to_numpy()
        what = "this route has rows with a year and one without"
        yield from listed(
            table, rows, "year", what, "give every row of the route a year, or remove those that have one"
        )


def waste_shares_sum_to_one(ctx: Context, within: np.ndarray | None = None) -> Iterator[Problem]:
    """The shares of one zone and material sum to 1 in every year that is listed.

    Looked at are the sets of the catalog's own, or the rows `within`.
    """
    looked = ctx.own("end_of_life") if within is None else within
    table, best = ctx.table("end_of_life"), ctx.best("end_of_life", "share")
    frame = table.frame[["zone", "material", "route", "year"]].assign(best=best, row=np.arange(len(table)))
    for (zone, material), rows in frame.iloc[np.arange(len(table))[looked]].groupby(["zone", "material"]):
        undated = set(rows.loc[rows["year"] < 0, "route"])
        if rows["best"].isna().any() or undated & set(rows.loc[rows["year"] >= 0, "route"]):
            continue
        dated = np.unique(rows.loc[rows["year"] >= 0, "year"].to_numpy(dtype=np.int64))
        years = dated if len(dated) else np.array([-1])
        total = np.zeros(len(years))
        for _, part in rows.sort_values("year").groupby("route"):
            total += np.interp(years, part["year"].to_numpy(dtype=float), part["best"].to_numpy(dtype=float))
        wrong = np.flatnonzero(np.abs(total - 1) > SHARE_TOLERANCE + 1e-12)
        if len(wrong):
            year, at = int(years[wrong[0]]), float(total[wrong[0]])
            when = f" in {year}" if year >= 0 else ""
            what = f"the shares of zone `{zone}` and material `{material}` sum to {at:.6g}{when}, not 1"
            here = rows[rows["year"] == year] if year >= 0 else rows
            fix = "change the shares so that they sum to 1 ± 0.001"
            yield from listed(table, [here["row"].min()], "share", what, fix)


def products_have_materials(ctx: Context) -> Iterator[Problem]:
    """Where products list materials, one that is used and has none is left out of Category 12, and said so."""
    table = ctx.table("products")
    if not len(ctx.table("materials")) or ctx.incomplete("products") or ctx.incomplete("materials"):
        return
    held = np.concatenate([ctx.product("materials"), ctx.product("refrigerants")])
    kinds = ctx.text("products", "sold_as")
    used = set(ctx.sold["product"]) & set(ctx.product("modes").tolist()) - set(held.tolist())
    rows = [row for row in sorted(used) if kinds[row] in ("final", "kit")]
    what = "it has no materials: Category 12 leaves its disposal out"
    yield from listed(table, rows, "product", what, "write its materials, packaging included", "warning", limit=3)


def materials_named_as_known(ctx: Context) -> Iterator[Problem]:
    """A material that only the reference's rows for any material answer for may be mistyped."""
    reference = ctx.reference("treatments").frame
    known = {*reference["material"].unique(), *ctx.reference("end_of_life").frame["material"].unique()} - {ANY}
    own_names = {*ctx.catalog["treatments"].frame["material"], *ctx.catalog["end_of_life"].frame["material"]} - {ANY}
    named = known | own_names
    own = ctx.own("treatments")
    only_any = {
        material for (material, _), rows in ctx.resolved.treatment.items() if material not in named and not own[rows[0]]
    }
    material = ctx.text("materials", "material")
    rows = np.flatnonzero(pd.Series(material).isin(only_any).to_numpy())

    def say(value: str) -> tuple[str, str]:
        what = f"no treatment is of `{value}`: the factors of any material are used"
        return what, advise_material(value, own_names, "give treatments rows for it, if they are known")

    yield from by_value(ctx.table("materials"), rows, material[rows], "material", say, "warning", limit=1)


RULES = (
    materials_have_routes, routes_have_treatments, routes_are_dated_or_not, waste_shares_sum_to_one,
    materials_named_as_known, products_have_materials,
)  # fmt: skip
