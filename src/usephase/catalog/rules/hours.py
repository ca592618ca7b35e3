"""Rules of sums at best estimates: the hours of a year, the shares of segments."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from usephase.catalog.rules.context import A_YEAR, HOURS, Context
from usephase.catalog.rules.listing import listed
from usephase.catalog.rules.lives import shortest_life_years
from usephase.errors import Problem
from usephase.model.energy import HOURS_A_YEAR

SHARE_TOLERANCE = 0.001


def segment_shares_sum_to_one(ctx: Context) -> Iterator[Problem]:
    """The shares of a product's segments sum to 1."""
    best, number = ctx.best("segments", "share"), ctx.product("segments")
    rows = np.flatnonzero(number >= 0)
    sums = pd.Series(best[rows]).groupby(number[rows]).agg(lambda shares: shares.sum(skipna=False))
    for product, total in sums[(sums - 1).abs() > SHARE_TOLERANCE + 1e-12].items():
        first = rows[number[rows] == product][:1]
        what = f"the shares of the segments of `{ctx.products[int(str(product))]}` sum to {total:.6g}, not 1"
        yield from listed(
            ctx.table("segments"), first, "share", what, "change the shares so that they sum to 1 ± 0.001"
        )


def _everywhere(ctx: Context) -> pd.DataFrame:
    """Sum up what holds in every profile and region: ``hours`` and ``rests``."""
    supply = ctx.supply
    life = shortest_life_years(ctx)
    per_year = supply["unit"].map(A_YEAR)
    per_life = np.where(supply["unit"] == "h/life", 1 / supply["profile"].map(life).astype(float), 0.0)
    hours = np.where(supply["unit"].isin(HOURS), supply["best"] * per_year.fillna(0) + 0.0, 0.0)
    hours = hours + np.nan_to_num(np.where(supply["unit"] == "h/life", supply["best"] * per_life, 0.0))
    hours = np.where(supply["unit"] == "rest", 0.0, hours)
    rows = supply.assign(hours=hours, rests=(supply["unit"] == "rest").astype(float))
    base = rows[rows["region"] == ""]
    regional = rows[rows["region"] != ""].merge(
        base[["profile", "mode", "hours", "rests"]], on=["profile", "mode"], how="left", suffixes=("", "_replaced")
    )
    filled = regional.fillna({"hours_replaced": 0.0, "rests_replaced": 0.0})
    change = filled.assign(
        hours=filled["hours"] - filled["hours_replaced"], rests=filled["rests"] - filled["rests_replaced"]
    )
    total = base.groupby("profile").agg(hours=("hours", lambda h: h.sum(skipna=False)), rests=("rests", "sum"))
    there = change.groupby(["profile", "region"]).agg(
        hours=("hours", lambda h: h.sum(skipna=False)), rests=("rests", "sum")
    )
    there = there.reset_index().merge(
        total[["hours", "rests"]], left_on="profile", right_index=True, how="left", suffixes=("", "_base")
    )
    there = there.fillna({"hours_base": 0.0, "rests_base": 0.0})
    there = there.assign(hours=there["hours"] + there["hours_base"], rests=there["rests"] + there["rests_base"])
    columns = ["profile", "region", "hours", "rests"]
    return pd.concat([total.reset_index().assign(region="")[columns], there[columns]], ignore_index=True)


def a_year_has_8760_hours(ctx: Context) -> Iterator[Problem]:
    """The hours of a profile's modes fit into a year; one mode at most takes the rest."""
    sums = _everywhere(ctx)
    table = ctx.table("use_profiles")
    wrong = (sums["hours"] > HOURS_A_YEAR * (1 + 1e-9)) | (sums["rests"] > 1.5)
    rows = sums[wrong]
    supply = ctx.supply.assign(line=table.line)
    for profile, region, hours, rests in zip(*(rows[name] for name in rows.columns), strict=True):
        here = supply[(supply["profile"] == profile) & (supply["region"] == region)].sort_values("line")
        where = f"`{profile}`" + (f" in region `{region}`" if region else "")
        if hours > HOURS_A_YEAR * (1 + 1e-9):
            what = f"the modes of {where} take {hours:,.6g} hours a year, more than 8,760"
            yield from listed(
                table, here["at"].iloc[:1], "amount", what, "lower the hours, or give one mode `rest` as its unit"
            )
        if rests > 1.5:
            what = f"{int(rests)} modes of {where} take the rest of the year"
            last = here.loc[here["unit"] == "rest", "at"].iloc[-1:]
            yield from listed(
                table, last, "amount_unit", what, "leave `rest` to one mode and give the others an amount"
            )


RULES = (segment_shares_sum_to_one, a_year_has_8760_hours)
