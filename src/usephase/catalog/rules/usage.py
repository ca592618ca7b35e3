"""Usage: which rows change any figure, and warnings of those that change none."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence, Set

import numpy as np
import pandas as pd

from usephase.catalog.names import english_place, material
from usephase.catalog.read.damage import ANYTHING, KINDS
from usephase.catalog.read.texts import NO_YEAR
from usephase.catalog.resolve import Resolved
from usephase.catalog.rules.context import Context
from usephase.catalog.rules.listing import listed, series
from usephase.catalog.samples import FOLDER, SHEET
from usephase.catalog.schema import ARCHETYPES, TABLES
from usephase.errors import Problem

_FEW = 5
# What a row is named by, and what is said of it when nothing uses it.
_NAMED: dict[str, tuple[tuple[str, ...], str]] = {
    "products": (("product",), "is not sold"),
    "lifetimes": (("lifetime", "from_year"), "is used by no product that is sold"),
    "survival": (("lifetime", "from_year"), "is the curve of no product that is sold"),
    "use_profiles": (("use_profile", "mode", "region"), "is used by no product that is sold"),
    "carriers": (("carrier",), "is used by no product that is sold"),
    "gases": (("gas",), "is in no product that is sold"),
    "regions": (("region",), "has no sales"),
    "zones": (("zone",), "is in no region that is sold in"),
    "grid": (("zone", "scenario"), "supplies no product that is sold"),
    "end_of_life": (("zone", "material"), "applies to no product that is sold"),
    "treatments": (("material", "route"), "treats no product that is sold"),
    "coverage": (("family",), "has no sales"),
    "archetypes": (("archetype",), "is the kind of no product that is sold"),
    "archetype_modes": (("archetype", "mode", "user", "region"), "is used by no product that is sold"),
    "archetype_lives": (("archetype", "user"), "is the life of no product that is sold"),
    "archetype_materials": (("archetype", "part", "material"), "is in no product that is sold"),
}
OF_PRODUCTS = ("sales", "segments", "modes", "materials", "refrigerants")
"""Tables of numbers of products, to which no other table refers by a name of its own."""
_ANY_OF = ("end_of_life", "treatments")
"""Tables whose first key may be `*`: rows are found by the second one too."""
_DEPENDS = {
    "lifetimes": {"product", "lifetime"},
    "survival": {"product", "lifetime"},
    "use_profiles": {"product", "use_profile", "mode", "lifetime", "place"},
    "carriers": {"product", "carrier"},
    "gases": {"product", "gas"},
    "regions": {"product", "place"},
    "zones": {"product", "place"},
    "grid": {"product", "place", "carrier", "scenario"},
    "end_of_life": {"product", "place", "material"},
    "treatments": {"product", "place", "material", "route"},
    "coverage": {"product", "family"},
    **{name: {"product", "archetype", "mode", "place", "material", "part"} for name in ARCHETYPES},
}
"""The kinds of names by which a row is found to be used, of all but the tables of products."""
_SAMPLE = re.compile(r"sample\(\s*([^\s,]+)")
_PARTS = re.compile(r"[;=*]")


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
    for name in OF_PRODUCTS:
        out[name] = sold[ctx.product(name)]
    uses = ctx.uses[sold[ctx.uses["product"].to_numpy(dtype=int)]]
    out["lifetimes"], out["survival"] = _lives_used(ctx, uses)
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
    out["archetypes"] = _in(ctx, "archetypes", "archetype", set(ctx.text("products", "archetype")[out["products"]]))
    lent = lent_cells(resolved, out)
    for name in ARCHETYPES[1:]:
        used = np.zeros(len(ctx.table(name)), dtype=bool)
        out[name] = np.logical_or.reduce([used, *(its for (table, _), its in lent.items() if table == name)])
    return out


def lent_cells(resolved: Resolved, used: Mapping[str, np.ndarray]) -> dict[tuple[str, str], np.ndarray]:
    """Tell which cells of archetypes are in rows that some figure depends on.

    Parameters
    ----------
    resolved : Resolved
    used : mapping of str to ndarray of bool (row,)
        As of `used_rows`, of the tables whose rows are made of archetypes.

    Returns
    -------
    dict of (table, column) to ndarray of bool (row,)
    """
    out: dict[tuple[str, str], np.ndarray] = {}
    for (name, _), loans in resolved.loans.items():
        for loan in loans:
            its = out.setdefault((loan.table, loan.column), np.zeros(len(resolved.tables[loan.table]), dtype=bool))
            its[loan.source[used[name][loan.rows]]] = True
    return out


def _in(ctx: Context, name: str, column: str, wanted: set[str]) -> np.ndarray:
    return pd.Series(ctx.text(name, column), dtype=object).isin(wanted).to_numpy(dtype=bool)


def _at(ctx: Context, name: str, rows: list[np.ndarray]) -> np.ndarray:
    out = np.zeros(len(ctx.table(name)), dtype=bool)
    for some in rows:
        out[some] = True
    return out


def _lives_used(ctx: Context, uses: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Tell which lives hold for something that is sold, and which points are of their curves."""
    names, first = ctx.text("lifetimes", "lifetime"), ctx.text("lifetimes", "from_year")
    number = ctx.product("sales")
    sold = pd.DataFrame({"product": number, "year": ctx.text("sales", "year")})[number >= 0].drop_duplicates()
    dated = set(names[first != NO_YEAR])
    used = _in(ctx, "lifetimes", "lifetime", set(uses["lifetime"]))
    if dated:
        asked = uses.loc[uses["lifetime"].isin(dated), ["product", "lifetime"]].merge(sold, on="product")
        lives = pd.DataFrame({"lifetime": names, "first": first, "row": np.arange(len(names))})
        held = asked.merge(lives, on="lifetime")
        earliest = held.groupby("lifetime")["first"].transform("min")  # meant, even if something is sold before
        held = held[(held["first"] <= held["year"]) | (held["first"] == earliest)].sort_values("first")
        newest = held.groupby(["lifetime", "year"])["row"].last()
        used = used & (np.isin(np.arange(len(names)), newest) | ~np.isin(names, list(dated)))
    wanted = set(zip(names[used], first[used], strict=True))
    points = zip(ctx.text("survival", "lifetime"), ctx.text("survival", "from_year"), strict=True)
    return used, np.array([point in wanted for point in points], dtype=bool)


def _profiles_used(ctx: Context, uses: pd.DataFrame, sold: np.ndarray) -> np.ndarray:
    """Tell which rows say how long a mode runs that something has, is worn out by, or leaves the rest of the year."""
    supply = ctx.supply
    demand = ctx.demand[sold[ctx.demand["product"].to_numpy(dtype=int)]]
    distinct = demand[["profile", "mode"]].drop_duplicates()
    modes = set(zip(distinct["profile"], distinct["mode"], strict=True))
    lives = pd.DataFrame({"lifetime": ctx.text("lifetimes", "lifetime"), "mode": ctx.text("lifetimes", "mode")})
    worn = uses[["profile", "lifetime"]].drop_duplicates().merge(lives, on="lifetime")
    modes |= set(zip(worn["profile"], worn["mode"], strict=True))
    service = ctx.text("products", "service_mode")[uses["product"].to_numpy(dtype=int)]
    modes |= {(profile, mode) for profile, mode in zip(uses["profile"], service, strict=True) if mode}
    resting = set(supply.loc[supply["unit"] == "rest", "profile"]) & set(uses["profile"])
    here = ~(supply["region"] != "") | supply["region"].isin(ctx.resolved.regions)
    wanted = [
        profile in resting or (profile, mode) in modes
        for profile, mode in zip(supply["profile"], supply["mode"], strict=True)
    ]
    return np.asarray(np.array(wanted, dtype=bool) & here.to_numpy(dtype=bool), dtype=bool)


def _mentioned(ctx: Context, there: Mapping[str, set[str]]) -> set[str]:
    """Name what options or rows without a usable key speak of, and all that this refers to in turn."""
    texts = [*ctx.text("options", "row"), *ctx.text("options", "value")]
    names = {part.strip() for text in texts for part in _PARTS.split(str(text))}
    names |= {read(name) for name in names for read in (english_place, material)}
    lost = [damage for damage in ctx.catalog.damaged if damage.columns & set(TABLES[damage.table].keys)]
    names = names.union(*(damage.names for damage in lost)) - ANYTHING
    before = -1
    while before < len(names):
        before = len(names)
        for name in (*OF_PRODUCTS, *_NAMED):
            rows = np.flatnonzero(_named_in(ctx, name, names, there))
            referring = [c.name for c in TABLES[name].columns if c.name in KINDS and c.kind == "text"]
            names |= {str(text) for column in referring for text in set(ctx.text(name, column)[rows])} - ANYTHING
    return names


def _named_in(ctx: Context, name: str, names: set[str], there: Mapping[str, set[str]]) -> np.ndarray:
    """Tell which rows are of something that is named; of waste by one key, and by the other of what is sold."""
    keys = TABLES[name].keys[: 2 if name in _ANY_OF else 1]
    named = np.logical_or.reduce([_in(ctx, name, key, names) for key in keys])
    if name in _ANY_OF:
        named &= np.logical_and.reduce([_in(ctx, name, key, names | there[key] | ANYTHING) for key in keys])
    return np.asarray(named, dtype=bool)


def _of_waste(ctx: Context, used: Mapping[str, np.ndarray]) -> dict[str, set[str]]:
    """Name the zones, materials and routes of what is sold, by the keys of the tables of waste."""
    return {
        "zone": {*ctx.resolved.zone_row, *ctx.text("zones", "end_of_life")[used["zones"]]},
        "material": set(ctx.text("materials", "material")[used["materials"]]),
        "route": set(ctx.text("end_of_life", "route")[used["end_of_life"]]),
    }


def unused_rows(ctx: Context, unsure: Set[str]) -> dict[str, np.ndarray]:
    """Tell which of the catalog's rows nothing uses: neither what is sold nor an option.

    Parameters
    ----------
    ctx : Context
    unsure : frozenset of str
        Kinds of things of which a name is misspelt or lost, so that what has that name only seems unused.

    Returns
    -------
    dict of str to ndarray of bool (row,)
        By table; rows of a product or a family that is not known are none: they may be meant for one that is sold.
    """
    used, out = used_rows(ctx), {}
    there = _of_waste(ctx, used)
    names = _mentioned(ctx, there)
    for name in (*OF_PRODUCTS, *_NAMED):
        if not unsure & _DEPENDS.get(name, {"product"}):
            out[name] = ~used[name] & ctx.own(name) & ~_named_in(ctx, name, names, there)
            if name in OF_PRODUCTS:
                out[name] &= ctx.product(name) >= 0
            elif name == "coverage":
                out[name] &= _in(ctx, name, "family", set(ctx.text("products", "family")))
            elif name == "survival":
                out[name] &= _in(ctx, name, "lifetime", set(ctx.text("lifetimes", "lifetime")))
    return out


def lines_of_nothing(ctx: Context, unsure: Set[str]) -> set[str]:
    """Name the lines of the rows that nothing uses, as problems do: see `unused_rows`."""
    found = unused_rows(ctx, unsure).items()
    return {ctx.line(ctx.table(name).place(row)) for name, rows in found for row in np.flatnonzero(rows).tolist()}


def of_unused_rows(
    ctx: Context, problems: Sequence[Problem], unsure: Set[str], unread: Collection[str]
) -> list[Problem]:
    """Turn errors in rows that nothing uses into warnings.

    Parameters
    ----------
    ctx : Context
    problems : sequence of Problem
    unsure : frozenset of str
        As of `unused_rows`.
    unread : collection of str
        Places of what cannot be read at all: that stays an error.
    """
    if not any(problem.severity == "error" and problem.where not in unread for problem in problems):
        return list(problems)
    unused = lines_of_nothing(ctx, unsure)
    return [
        problem.model_copy(update={"severity": "warning", "what": f"{problem.what} (no product that is sold uses it)"})
        if problem.severity == "error" and problem.where not in unread and ctx.line(problem.where) in unused
        else problem
        for problem in problems
    ]


def rows_change_something(ctx: Context, unsure: Set[str]) -> Iterator[Problem]:
    """A row that no figure depends on is allowed, and said so."""
    if any(damage.whole for damage in ctx.catalog.damaged) or not len(ctx.sold):
        return
    for name, unused in unused_rows(ctx, unsure).items():
        rows = np.flatnonzero(unused)
        if name not in _NAMED or not len(rows):
            continue
        keys, what = _NAMED[name]
        table = ctx.table(name)
        texts = [
            "/".join(str(text) for key in keys if (text := ctx.text(name, key)[row]) not in ("", NO_YEAR))
            for row in rows
        ]
        first = pd.Series(rows, index=texts).sort_values(key=lambda r: pd.Series(table.line[r], r.index))
        first = first[~first.index.duplicated()]
        fix = "remove it, or refer to it"
        if len(first) <= _FEW:
            for text, row in first.items():
                yield from listed(table, [int(row)], keys[0], f"`{text}` {what}", fix, "warning")
        else:
            text = f"{len(first):,} entries: each {what} ({series(texts, 5)})"
            yield from listed(table, [int(first.iloc[0])], keys[0], text, "remove them, or refer to them", "warning")


def samples_are_named(ctx: Context) -> Iterator[Problem]:
    """A joint sample that no cell names is allowed, and said so."""
    catalog = ctx.catalog
    if not catalog.samples or any(damage.whole for damage in catalog.damaged):
        return
    texts = [v.text for name in (*TABLES, "settings") for v in ctx.table(name).values.values() if len(v.text)]
    texts.append(ctx.text("options", "value"))
    named = {found[1] for column in texts for text in set(column.tolist()) if (found := _SAMPLE.search(str(text)))}
    for name in sorted(set(catalog.samples) - named):
        file = next((f for f in catalog.files if f.rpartition(".")[0] == f"{FOLDER}/{name}"), f"{SHEET}{name}")
        fix = f"write `sample({name}, {next(iter(catalog.samples[name]), 'column')})` where it belongs, or remove it"
        yield Problem(where=file, what=f"no cell names the joint sample `{name}`", fix=fix, severity="warning")


def profiles_have_modes(ctx: Context) -> Iterator[Problem]:
    """A product with a use profile and no modes uses nothing."""
    with_modes = set(ctx.product("modes")) | set(ctx.product("refrigerants"))
    profile = ctx.text("products", "use_profile")
    rows = [int(row) for row in np.flatnonzero(profile != "") if row not in with_modes]
    what = "the product has a use profile but no modes: it uses no energy"
    if not ctx.incomplete("modes"):
        yield from listed(ctx.table("products"), rows, "use_profile", what, "give it modes", "warning", limit=5)


RULES = (profiles_have_modes, samples_are_named)
