"""Usage: which rows change any figure, and warnings of those that change none."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from usephase.catalog.rules.context import Context
from usephase.catalog.rules.listing import listed, series
from usephase.errors import Problem

_FEW = 5
# What a row is named by, and what is said of it when nothing uses it.
_NAMED: dict[str, tuple[tuple[str, ...], str]] = {
    "products": (("product",), "is not sold"),
    "lifetimes": (("lifetime",), "is the life of nothing that is sold"),
    "use_profiles": (("use_profile", "mode", "region"), "is used by nothing that is sold"),
    "carriers": (("carrier",), "drives nothing that is sold"),
    "gases": (("gas",), "is in nothing that is sold"),
    "regions": (("region",), "has no sales"),
    "zones": (("zone",), "is in no region that is sold in"),
    "grid": (("zone", "scenario"), "supplies nothing that is sold"),
    "end_of_life": (("zone", "material"), "answers for nothing that is sold"),
    "treatments": (("material", "route"), "treats nothing that is sold"),
    "coverage": (("family",), "has no sales"),
}


def used_rows(ctx: Context) -> dict[str, np.ndarray]:
    """Tell which rows of every table some figure depends on.

    Parameters
    ----------
    ctx : Context
        The resolved catalog.

    Returns
    -------
    dict of str to ndarray of bool (row,)
        Options and correlations, which hold no values, are left out.
    """
    out = {"settings": np.ones(len(ctx.table("settings")), dtype=bool)}
    sold = np.zeros(len(ctx.products) + 1, dtype=bool)  # the last one stands for an unknown product
    sold[ctx.sold["product"].to_numpy(dtype=int)] = True
    out["products"] = sold[:-1]
    for name in ("sales", "segments", "modes", "materials", "refrigerants"):
        out[name] = sold[ctx.product(name)]
    uses = ctx.uses[sold[ctx.uses["product"].to_numpy(dtype=int)]]
    out["lifetimes"] = _in(ctx, "lifetimes", "lifetime", set(uses["lifetime"]))
    out["use_profiles"] = _profiles_used(ctx, uses, sold)
    out["carriers"] = _in(ctx, "carriers", "carrier", set(ctx.text("modes", "carrier")[out["modes"]]))
    out["gases"] = _in(ctx, "gases", "gas", set(ctx.text("refrigerants", "gas")[out["refrigerants"]]))
    out["regions"] = _in(ctx, "regions", "region", set(ctx.resolved.regions))
    out["coverage"] = _in(ctx, "coverage", "family", set(ctx.text("products", "family")[out["products"]]))

    resolved = ctx.resolved
    out["zones"] = _in(ctx, "zones", "zone", set(resolved.zone_row))
    electric = {zone for region in ctx.electric_regions for zone, _ in resolved.regions[region]}
    sources = {resolved.path_zone[zone] for zone in electric}
    out["grid"] = _at(ctx, "grid", [rows for (zone, _), rows in resolved.paths.items() if zone in sources])
    errors = [np.array([row]) for zone, row in resolved.path_error.items() if zone in sources]
    out["reference_grid"] = _at(ctx, "reference_grid", errors)
    out["end_of_life"] = _at(ctx, "end_of_life", list(resolved.waste.values()))
    out["treatments"] = _at(ctx, "treatments", list(resolved.treatment.values()))
    return out


def _in(ctx: Context, name: str, column: str, wanted: set[str]) -> np.ndarray:
    return pd.Series(ctx.text(name, column), dtype=object).isin(wanted).to_numpy(dtype=bool)


def _at(ctx: Context, name: str, rows: list[np.ndarray]) -> np.ndarray:
    out = np.zeros(len(ctx.table(name)), dtype=bool)
    for some in rows:
        out[some] = True
    return out


def _profiles_used(ctx: Context, uses: pd.DataFrame, sold: np.ndarray) -> np.ndarray:
    """Tell which rows say how long a mode runs that something has, is worn out by, or leaves the rest of the year."""
    supply = ctx.supply
    demand = ctx.demand[sold[ctx.demand["product"].to_numpy(dtype=int)]]
    distinct = demand[["profile", "mode"]].drop_duplicates()
    modes = set(zip(distinct["profile"], distinct["mode"], strict=True))
    lives = dict(zip(ctx.text("lifetimes", "lifetime"), ctx.text("lifetimes", "mode"), strict=True))
    worn = uses[["profile", "lifetime"]].drop_duplicates()
    modes |= {(p, lives.get(life, "")) for p, life in zip(worn["profile"], worn["lifetime"], strict=True)}
    resting = set(supply.loc[supply["unit"] == "rest", "profile"]) & set(uses["profile"])
    here = ~(supply["region"] != "") | supply["region"].isin(ctx.resolved.regions)
    wanted = [
        profile in resting or (profile, mode) in modes
        for profile, mode in zip(supply["profile"], supply["mode"], strict=True)
    ]
    return np.asarray(np.array(wanted, dtype=bool) & here.to_numpy(dtype=bool), dtype=bool)


def rows_change_something(ctx: Context) -> Iterator[Problem]:
    """A row that no figure depends on is allowed, and said so."""
    if any(ctx.incomplete(name) for name in ("products", "sales", "regions", "modes")) or not len(ctx.sold):
        return
    used = used_rows(ctx)
    for name, (keys, what) in _NAMED.items():
        rows = np.flatnonzero(~used[name] & ctx.own(name))
        if not len(rows):
            continue
        table = ctx.table(name)
        texts = ["/".join(filter(None, (str(ctx.text(name, key)[row]) for key in keys))) for row in rows]
        first = pd.Series(rows, index=texts).sort_values(key=lambda r: pd.Series(table.line[r], r.index))
        first = first[~first.index.duplicated()]
        fix = "remove it, or refer to it"
        if len(first) <= _FEW:
            for text, row in first.items():
                yield from listed(table, [int(row)], keys[0], f"`{text}` {what}", fix, "warning")
        else:
            text = f"{len(first):,} entries: each {what} ({series(texts, 5)})"
            yield from listed(table, [int(first.iloc[0])], keys[0], text, "remove them, or refer to them", "warning")


def profiles_have_modes(ctx: Context) -> Iterator[Problem]:
    """A product with a use profile and no modes uses nothing."""
    with_modes = set(ctx.product("modes")) | set(ctx.product("refrigerants"))
    profile = ctx.text("products", "use_profile")
    rows = [int(row) for row in np.flatnonzero(profile != "") if row not in with_modes]
    what = "the product has a use profile but no modes: it uses no energy"
    if not ctx.incomplete("modes"):
        yield from listed(ctx.table("products"), rows, "use_profile", what, "give it modes", "warning", limit=5)


RULES = (rows_change_something, profiles_have_modes)
