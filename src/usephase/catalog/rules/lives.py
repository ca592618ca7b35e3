"""Rules of life: what describes a life, and what wears it out."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from scipy import special

from usephase.catalog.read.texts import NO_YEAR
from usephase.catalog.rules.context import CYCLES, HOURS, PER_LIFE, Context
from usephase.catalog.rules.listing import listed, series
from usephase.catalog.table import Values
from usephase.catalog.values import cells
from usephase.catalog.values.ranges import MAX_OUTSIDE, UNSEEN
from usephase.errors import Problem
from usephase.model.lifetime import DEFAULT_SHAPE, LEAST_SHAPE, mean_and_shape, survival_curves
from usephase.sampling import distributions as dist

CROSSING = 1e-6
"""A smaller probability of a `t90` before its `t50` is cut off without a word."""
_LENGTHS = ("mean", "scale", "median")
_WEAR_UNITS = {"hour": HOURS, "full_load_hour": HOURS, "cycle": CYCLES}
_Z = np.linspace(-8.0, 8.0, 641)


def lives_described(ctx: Context) -> Iterator[Problem]:
    """A life has one of mean, median, and as a Weibull life scale or `t50` and `t90`; nothing given does nothing."""
    table = ctx.table("lifetimes")
    kind = ctx.text("lifetimes", "distribution")
    given = {name: ~cells.empty(table.values[name]) for name in (*_LENGTHS, "shape", "t50", "t90")}
    weibull, any_, both = kind == "weibull", given["t50"] | given["t90"], given["t50"] & given["t90"]
    ways = sum(given[name].astype(int) for name in _LENGTHS) + any_
    one = (ways == 1) & weibull
    choice = "give one of mean, median and, for a Weibull life, scale or t50 and t90"
    for fault, column, what, fix in (
        ((ways == 0) & (kind != "table"), "mean", "the length of the life is missing", choice),
        ((ways == 1) & any_ & ~weibull, "t50", "t50 and t90 describe a Weibull life only",
         "give mean or median, or make it `weibull`"),
        ((ways == 1) & given["scale"] & ~weibull, "scale", "scale describes a Weibull life only",
         "give mean or median, or make it `weibull`"),
        (one & any_ & ~both, "t50", "t50 or t90 is missing", "give both, or mean, median or scale instead"),
        (one & both & given["shape"], "shape", "t50 and t90 fix the shape already", "leave shape empty"),
        ((kind == "fixed") & given["shape"], "shape", "a fixed life has no shape", "leave shape empty"),
        ((kind == "table") & given["shape"], "shape", "the life's shape is its curve in survival", "leave shape empty"),
    ):  # fmt: skip
        yield from listed(table, np.flatnonzero(fault & ctx.own("lifetimes")), column, what, fix)
    for row in np.flatnonzero((ways > 1) & ctx.own("lifetimes")):
        there = [name for name in _LENGTHS if given[name][row]] + ["t50 or t90"] * bool(any_[row])
        both = "both " if len(there) == 2 else ""
        what = f"{both}{' and '.join(there)} are given, and each is the length of the life"
        yield from listed(table, [int(row)], there[0], what, "keep one of them (t50 and t90 count as one)")


def survival_described(ctx: Context) -> Iterator[Problem]:
    """The curve of a life begins with 1 at age 0, never rises, ends with 0, and is that of a `table` life."""
    if ctx.incomplete("survival"):
        return
    table, lives = ctx.table("survival"), ctx.table("lifetimes")
    named = list(zip(ctx.text("lifetimes", "lifetime"), ctx.text("lifetimes", "from_year"), strict=True))
    tabled = ctx.text("lifetimes", "distribution") == "table"
    points = pd.DataFrame({"age": ctx.text("survival", "age"), "share": ctx.text("survival", "share")})
    keys = [ctx.text("survival", "lifetime"), ctx.text("survival", "from_year")]
    curves = {key: rows.sort_values("age") for key, rows in points.groupby(keys)}
    bare = [row for row in np.flatnonzero(tabled).tolist() if named[row] not in curves]
    what = "the life is a table, and survival has no rows for it"
    fix = "give its curve there, from 1 at age 0 to 0, or take another distribution"
    yield from listed(lives, bare, "distribution", what, fix)
    expected = {key for key, is_table in zip(named, tabled, strict=True) if is_table}
    for key, rows in curves.items():
        age, share, at = rows["age"].to_numpy(), rows["share"].to_numpy(), rows.index.to_numpy()
        if key not in expected and key[0] in {life for life, _ in named}:
            what = f"the curve of `{key[0]}` does nothing: that life is no `table`"
            if any(life == key[0] for life, _ in expected):
                what = f"the curve of `{key[0]}` does nothing: no `table` life of that name holds from that year"
            fix = "make it one, or remove the rows"
            yield from listed(table, at[:1], "lifetime", what, fix, "warning")
        if age[0] != 0.0 or share[0] != 1.0:
            what, fix = "a curve begins with the share 1 at age 0", "write 1 at age 0"
            yield from listed(table, at[:1], "age" if age[0] else "share", what, fix)
        if share[-1] != 0.0:
            what, fix = (
                f"a curve ends with the share 0, and this one with {share[-1]:g}",
                "add the age that none outlives",
            )
            yield from listed(table, at[-1:], "share", what, fix)
        rising = np.flatnonzero(np.diff(share) > 0) + 1
        what, fix = "more survive than at the age before", "write shares that never rise, 1 to 0"
        yield from listed(table, at[rising], "share", what, fix)


def lives_hold_when_sold(ctx: Context) -> Iterator[Problem]:
    """Of every product there is a life for its first sale year."""
    from_year = pd.Series(ctx.text("lifetimes", "from_year")).groupby(ctx.text("lifetimes", "lifetime")).min()
    late = from_year[from_year > NO_YEAR]
    uses = ctx.uses[ctx.uses["lifetime"].isin(late.index)]
    if uses.empty or ctx.incomplete("lifetimes"):
        return
    number = ctx.product("sales")
    sold = pd.Series(ctx.text("sales", "year")[number >= 0]).groupby(number[number >= 0]).min()
    uses = uses.assign(first=uses["lifetime"].map(late), sold=uses["product"].map(sold))
    for life, rows in uses[uses["sold"] < uses["first"]].groupby("lifetime"):
        at = np.flatnonzero(
            (ctx.text("lifetimes", "lifetime") == life) & (ctx.text("lifetimes", "from_year") == late[life])
        )
        what = f"`{life}` holds from {late[life]} on, and is the life of what is sold in {rows['sold'].min():.0f}"
        fix = "leave from_year empty in the row that holds for the years before"
        yield from listed(ctx.table("lifetimes"), at, "from_year", what, fix)


def shapes_have_a_mean(ctx: Context) -> Iterator[Problem]:
    """A log-logistic life of shape 1 or less has no mean."""
    table = ctx.table("lifetimes")
    shape, kind = table.values["shape"], ctx.text("lifetimes", "distribution")
    for name, least in LEAST_SHAPE.items():
        rows = np.flatnonzero((kind == name) & shape.present() & ctx.own("lifetimes"))
        for row in rows.tolist():
            points = cells.points_of(shape, row)
            below = dist.cumulative(int(shape.kind[row]), shape.params[row], least, points)
            if below > UNSEEN:
                share = "" if below > 0.999 else f" with a probability of {100 * below:.2g} %"
                what = f"a {name} life has no mean at a shape of {least:g} or less, and this is{share}"
                yield from listed(table, [row], "shape", what, f"write a shape above {least:g}, such as 3")


def ages_in_order(ctx: Context) -> Iterator[Problem]:
    """The age at which 90 % are gone lies after that at which 50 % are; 1 % of the draws may be cut off."""
    table = ctx.table("lifetimes")
    t50, t90 = table.values["t50"], table.values["t90"]
    weibull = ctx.text("lifetimes", "distribution") == "weibull"
    for row in np.flatnonzero(t50.present() & t90.present() & weibull & ctx.own("lifetimes")):
        crossing = crossing_probability(t50, t90, int(row))
        if crossing > MAX_OUTSIDE:
            said = f"t90 lies before t50 with a probability of {100 * crossing:.2g} %"
            what = "t90 does not lie after t50" if crossing > 0.999 else said
            yield from listed(table, [int(row)], "t90", what, "move the two apart, or make them less uncertain")
        elif crossing > CROSSING:
            what = f"t90 lies before t50 with a probability of {100 * crossing:.2g} %: that is cut off"
            fix = "nothing to do; to lose nothing move the two apart, or make them less uncertain"
            yield from listed(table, [int(row)], "t90", what, fix, "warning")


def crossing_probability(t50: Values, t90: Values, row: int) -> float:
    """Give the probability that one row's `t90` is not above its `t50`, if the two are independent."""
    first, last = int(t50.kind[row]), int(t90.kind[row])
    points = cells.points_of(t90, row)
    if first == dist.FIXED:
        return dist.cumulative(last, t90.params[row], float(t50.params[row, 0]), points)
    # Integrate over the normal score of t50: tails of 1e-6 need nodes far out.
    weight = np.exp(-(_Z**2) / 2)
    ages = dist.quantile(first, t50.params[row], special.ndtr(_Z), cells.points_of(t50, row))
    below = [dist.cumulative(last, t90.params[row], float(age), points) for age in ages]
    return float(np.dot(weight, below) / weight.sum())


def wear_modes_given(ctx: Context) -> Iterator[Problem]:
    """A life in hours or cycles says of which mode; one in years has none."""
    table, own = ctx.table("lifetimes"), ctx.own("lifetimes")
    unit, mode = ctx.text("lifetimes", "unit"), ctx.text("lifetimes", "mode")
    worn = np.isin(unit, list(_WEAR_UNITS))
    what, fix = "a life in hours or cycles needs a mode", "name the mode that wears it out, or give the life in years"
    yield from listed(table, np.flatnonzero(worn & (mode == "") & own), "mode", what, fix)
    what, fix = "the mode does nothing for a life in years", "leave it empty, or give the life in hours or cycles"
    yield from listed(table, np.flatnonzero((unit == "year") & (mode != "") & own), "mode", what, fix, "warning")


def _worn(ctx: Context) -> pd.DataFrame:
    """List every use whose life is in hours or cycles: product, segment, profile, life (row), unit, mode."""
    lives = pd.DataFrame(
        {
            "lifetime": ctx.text("lifetimes", "lifetime"),
            "life": np.arange(len(ctx.table("lifetimes"))),
            "unit": ctx.text("lifetimes", "unit"),
            "mode": ctx.text("lifetimes", "mode"),
        }
    )
    lives = lives[lives["unit"].isin(_WEAR_UNITS) & (lives["mode"] != "")]
    return ctx.uses.merge(lives, on="lifetime") if len(lives) else ctx.uses.iloc[:0].assign(life=0, unit="", mode="")


def _at_user(ctx: Context, rows: pd.DataFrame, what: str, fix: str) -> Iterator[Problem]:
    """Point to the product, or to the segment, whose life it is."""
    whole, part = rows[rows["segment"] < 0], rows[rows["segment"] >= 0]
    yield from listed(ctx.table("products"), whole["product"].unique(), "lifetime", what, fix)
    yield from listed(ctx.table("segments"), part["segment"].unique(), "lifetime", what, fix)


def wear_has_amounts(ctx: Context) -> Iterator[Problem]:
    """The mode that wears a product out is in its use profile, wherever it is sold."""
    worn = _worn(ctx)
    bare = worn[worn["profile"] == ""]
    for _, rows in bare.groupby("lifetime"):
        what = f"the life `{rows['lifetime'].iloc[0]}` is worn out by use, and there is no use profile"
        yield from _at_user(ctx, rows, what, "name a use_profile, or take a lifetime in years")
    known = worn[worn["profile"].isin(set(ctx.supply["profile"]))]
    for (profile, mode, region), rows in ctx.missing(known).groupby(["profile", "mode", "region"]):
        where = f" in region `{region}`" if region else ""
        life = rows["lifetime"].iloc[0]
        what = f"use profile `{profile}` has no mode `{mode}`{where}, which wears out the life `{life}`"
        modes = series(ctx.supply.loc[ctx.supply["profile"] == profile, "mode"])
        yield from _at_user(
            ctx, rows, what, f"give use_profiles a row for it ({profile} has {modes}), or take another life"
        )


def wear_has_the_right_amounts(ctx: Context) -> Iterator[Problem]:
    """What wears a life out is counted in the life's unit, is not counted per life, and is not zero."""
    worn = _worn(ctx)
    if worn.empty:
        return
    pairs = worn.drop_duplicates(["lifetime", "profile", "mode"])
    joined = pairs.merge(ctx.supply, on=["profile", "mode"], suffixes=("", "_there"))
    table = ctx.table("use_profiles")
    fitting = [there in _WEAR_UNITS[unit] for unit, there in zip(joined["unit"], joined["unit_there"], strict=True)]
    # An empty unit was refused in reading.
    unfit = joined[~np.array(fitting, dtype=bool) & (joined["unit_there"] != "").to_numpy(dtype=bool)]
    for _, rows in unfit.groupby("lifetime"):
        life, unit, there = (rows[name].iloc[0] for name in ("lifetime", "unit", "unit_there"))
        what = f"the life `{life}` is in the unit {unit}, the mode that wears it out in {there}"
        yield from listed(table, rows["at"].unique(), "amount_unit", what, "give both in hours or both in cycles")
    ok = joined[np.array(fitting, dtype=bool)]
    per_life = set(ctx.supply.loc[ctx.supply["unit"].isin(PER_LIFE) & ctx.supply["unit"].isin(HOURS), "profile"])
    circular = ok[ok["unit_there"].isin(PER_LIFE) | ((ok["unit_there"] == "rest") & ok["profile"].isin(per_life))]
    for _, rows in circular.groupby("lifetime"):
        what = f"the amount that wears out the life `{rows['lifetime'].iloc[0]}` depends on that life"
        yield from listed(table, rows["at"].unique(), "amount_unit", what, "give amounts a year, or the life in years")
    zero = ok["at"][_can_be_zero(table.values["amount"], ok["at"].to_numpy()) & (ok["unit_there"] != "rest").to_numpy()]
    what = "an amount of 0 never wears a life out"
    yield from listed(table, zero.unique(), "amount", what, "give an amount above 0, or the life in years")


def _can_be_zero(values: Values, rows: np.ndarray) -> np.ndarray:
    """Tell which cells are 0, or a choice that includes 0."""
    out = (values.kind[rows] == dist.FIXED) & (values.params[rows, 0] == 0)
    for i, row in enumerate(rows):
        points = cells.points_of(values, int(row))
        out[i] |= points is not None and bool((points[0] == 0).any())
    return np.asarray(out)


def full_load_needs_a_load(ctx: Context) -> Iterator[Problem]:
    """Full-load hours are hours times the load of the product's own mode, which must be above 0."""
    worn = _worn(ctx)
    worn = worn[worn["unit"] == "full_load_hour"]
    if worn.empty:
        return
    modes = pd.DataFrame(
        {"product": ctx.product("modes"), "mode": ctx.text("modes", "mode"), "row": np.arange(len(ctx.table("modes")))}
    )
    joined = worn.merge(modes, on=["product", "mode"], how="left")
    for _, rows in joined[joined["row"].isna()].groupby(["lifetime", "mode"]):
        life, mode = rows["lifetime"].iloc[0], rows["mode"].iloc[0]
        what = f"the life `{life}` is in full-load hours of `{mode}`, which the product does not have"
        yield from _at_user(ctx, rows, what, "give the product that mode, or take a life in hours or years")
    there = joined["row"].dropna().astype(int).unique()
    zero = there[_can_be_zero(ctx.table("modes").values["load"], there)]
    what = "a load of 0 never wears out a life in full-load hours"
    yield from listed(ctx.table("modes"), zero, "load", what, "give a load above 0, or a life in hours or years")


def _means(ctx: Context) -> np.ndarray:
    """Give the mean of every life before scrapping, at best estimates; NaN where it is not known. Shape (row,)."""
    best = {name: ctx.best("lifetimes", name) for name in (*_LENGTHS, "t50", "t90", "shape")}
    kinds, names = ctx.text("lifetimes", "distribution"), ctx.text("lifetimes", "lifetime")
    curves = survival_curves(ctx.table("survival").frame)
    out = np.full(len(kinds), np.nan)
    for row, kind in enumerate(kinds):
        points = curves.get((str(names[row]), int(ctx.text("lifetimes", "from_year")[row])))
        if kind == "table" and (points is None or not points.whole):
            continue
        given = {name: float(column[row]) for name, column in best.items() if not np.isnan(column[row])}
        one = [name for name in _LENGTHS if name in given]
        ways = len(one) + (given.get("t90", 0) > given.get("t50", np.inf))
        if kind in DEFAULT_SHAPE and (ways == 1 or (kind == "table" and ways == 0)):
            out[row] = mean_and_shape(kind, points=points if kind == "table" else None, **given)[0]
    return out


def shortest_life_years(ctx: Context) -> dict[str, float]:
    """Give the shortest mean life, at best estimates, of the uses of each profile, in years.

    Notes
    -----
    Only lives in years count, and a cut at `max_years` is counted as if nothing else ended before: the true mean is
    shorter, so that hours a year from hours a life are never overstated.
    """
    mean = np.fmin(_means(ctx), ctx.best("lifetimes", "max_years"))
    years = pd.Series(
        np.where(ctx.text("lifetimes", "unit") == "year", mean, np.nan), ctx.text("lifetimes", "lifetime")
    )
    uses = ctx.uses[ctx.uses["profile"] != ""]
    shortest = uses["lifetime"].map(years.groupby(level=0).min()).groupby(uses["profile"]).min()
    return {str(profile): float(life) for profile, life in shortest.items()}


RULES = (
    lives_described, survival_described, lives_hold_when_sold, shapes_have_a_mean, ages_in_order, wear_modes_given,
    wear_has_amounts, wear_has_the_right_amounts,
    full_load_needs_a_load,
)  # fmt: skip
