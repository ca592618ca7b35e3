"""Questions about what is sold: fractions of units, and jumps from one year to the next."""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pandas as pd

from usephase.catalog.rules.context import Context
from usephase.catalog.rules.plausible.bands import Band, anything, slips
from usephase.catalog.rules.plausible.energy import steps
from usephase.catalog.rules.plausible.outside import Doubts, figure, times
from usephase.errors import Problem
from usephase.sampling import distributions as dist

_FAR_YEARS = 3
"""So many years before the next one a year of sales is far from the others."""
_NEAR_ONE = 0.02
"""Shares that people round sum to 1 as nearly."""


def fractions(ctx: Context, doubts: Doubts) -> Iterator[Problem]:
    """Whole units are sold; a fraction is a thousands mark that was taken for a decimal one, or an average."""
    table, units = ctx.table("sales"), ctx.table("sales").values["units"]
    value = units.params[:, 0]
    with np.errstate(invalid="ignore"):
        rows = np.flatnonzero((units.kind == dist.FIXED) & (value != np.rint(value)))
    what = [f"{value[row]:.12g} units: nobody sells a part of one" for row in rows]
    fix = []
    for row in rows:
        whole = value[row] * 1000
        if 1 <= whole < 1e6 and abs(whole - round(whole)) < 1e-6 * max(1.0, whole):
            fix.append(f"{value[row]:.12g} looks like thousands lost: {whole:.0f}")
        else:
            fix.append(f"write whole units, such as {value[row]:.0f}")
    yield from doubts.tell(table, "units", rows.tolist(), what, fix)


def jumps(ctx: Context, doubts: Doubts) -> Iterator[Problem]:
    """Sales of a product in a region do not jump by more than some times from one year to the next."""
    table, best = ctx.table("sales"), ctx.best("sales", "units")
    band = anything("units")
    rows = np.flatnonzero(np.isfinite(best))
    yield from doubts.outside(
        table, "units", rows, best[rows], band.low, band.high, "units", "units", "one product in a place and year"
    )
    year, most = ctx.text("sales", "year").astype(int), anything("units_step").high
    odd = steps([ctx.text("sales", "product"), ctx.text("sales", "region")], year, best, most, most)
    what, fix, at = [], [], []
    few = anything("units_few").high
    for row, other in odd:
        if max(best[row], best[other]) <= few:
            continue
        ratio = best[row] / best[other]
        apart = f"{times(ratio)} the" if ratio > 1 else f"{times(1 / ratio)} less than the"
        what.append(f"{figure(best[row])} units in {year[row]} are {apart} {figure(best[other])} of {year[other]}")
        near = Band(best[other] / most, best[other] * most, "")
        meant = ((slip, best[row] * slip.factor) for slip in slips("units"))
        slip = next((slip for slip, units in meant if near.low <= units <= near.high and units == np.rint(units)), None)
        advice = "check the number, and the year before"
        fix.append(f"{figure(best[row])} looks like {slip.name}: {figure(best[row] * slip.factor)}" if slip else advice)
        at.append(row)
    yield from doubts.tell(table, "units", at, what, fix)


def years(ctx: Context, doubts: Doubts) -> Iterator[Problem]:
    """A year far before all others may be mistyped: one of its digits, or two that changed places."""
    table, settings = ctx.table("sales"), ctx.catalog.settings
    year = ctx.text("sales", "year").astype(int)
    there = np.unique(year[year <= settings.reporting_year])
    alone = [
        int(one) for one, after in pairwise(there) if after - one >= _FAR_YEARS and one != settings.base_year
    ]  # fmt: skip
    if not alone:
        return
    others = there[there > max(alone)]
    if len(others) < 2:  # a base year and a reporting year are far from each other
        return
    pairs: dict[tuple[str, str], set[int]] = {}
    keys = [*zip(ctx.text("sales", "product"), ctx.text("sales", "region"), strict=True)]
    for key, one in zip(keys, year.tolist(), strict=True):
        pairs.setdefault(key, set()).add(one)
    what, fix, at = [], [], []
    for row in np.flatnonzero(np.isin(year, alone)).tolist():
        lacks = [m for m in range(int(others[0]) - 1, settings.reporting_year + 1) if m not in pairs[keys[row]]]
        meant = next((m for m in lacks if _mistyped(int(year[row]), m)), None)
        if meant is not None:
            at.append(row)
            what.append(f"{year[row]} is long before the other years of sales ({others[0]} to {others[-1]})")
            fix.append(f"{year[row]} looks like {meant}, which this product lacks here")
    yield from doubts.tell(table, "year", at, what, fix)


def _mistyped(one: int, other: int) -> bool:
    """Tell whether two years differ in one digit, or in the order of their digits."""
    first, second = str(one), str(other)
    return sorted(first) == sorted(second) or sum(a != b for a, b in zip(first, second, strict=False)) == 1


def masses(ctx: Context, doubts: Doubts) -> Iterator[Problem]:
    """The mean mass of a family's units does not jump from one year to the next, when a product replaces another."""
    family = ctx.text("products", "family")
    mass, owner = ctx.best("materials", "mass"), ctx.product("materials")
    if not len(owner) or not (family != "").any():
        return
    heavy = pd.Series(mass).groupby(owner).sum()
    number, units = ctx.product("sales"), ctx.best("sales", "units")
    each = pd.Series(number).map(heavy).to_numpy(dtype=float)
    rows = np.flatnonzero((number >= 0) & np.isfinite(each) & (units > 0))
    if not len(rows):
        return
    sold = pd.DataFrame({
        "family": family[number[rows]], "year": ctx.text("sales", "year")[rows].astype(int), "units": units[rows],
        "mass": units[rows] * each[rows],
    })  # fmt: skip
    years = sold[sold["family"] != ""].groupby(["family", "year"], as_index=False).sum()
    if years.empty:
        return
    most = anything("mass_step").high
    mean = (years["mass"] / years["units"]).to_numpy(dtype=float)
    total = years["mass"].to_numpy(dtype=float)
    kind, when = years["family"].to_numpy(dtype=object), years["year"].to_numpy(dtype=int)
    what, fix, at = [], [], []
    for place, other in steps([kind], when, mean, most, most):
        apart = max(total[place] / total[other], total[other] / total[place])
        if apart <= most:
            continue
        # The product whose mass makes the difference: the heaviest of the family in the heavier year.
        heavier = place if mean[place] > mean[other] else other
        here = rows[
            (family[number[rows]] == kind[place]) & (ctx.text("sales", "year")[rows].astype(int) == when[heavier])
        ]
        product = int(number[here[np.argmax(each[here])]])
        mine = np.flatnonzero(owner == product)
        if doubts.asked(ctx.table("sales"), rows[family[number[rows]] == kind[place]], "units").any():
            continue
        row = int(mine[np.nanargmax(mass[mine])])
        if doubts.asked(ctx.table("materials"), mine, "mass").any():
            continue
        at.append(row)
        jump = times(max(mean[place] / mean[other], mean[other] / mean[place]))
        what.append(
            f"a unit of the family `{kind[place]}` weighs {figure(mean[place])} kg in {when[place]} and "
            f"{figure(mean[other])} kg in {when[other]}: {jump} apart"
        )
        fix.append(f"check the masses of `{ctx.products[product]}`: g, written as kg?")
    yield from doubts.tell(ctx.table("materials"), "mass", at, what, fix)


def weights(ctx: Context, doubts: Doubts) -> Iterator[Problem]:
    """A weight that makes its region's sum to 1 as a percentage is one, beside shares."""
    region, weight = ctx.text("regions", "region"), ctx.text("regions", "weight").astype(float)
    sums = pd.Series(weight).groupby(region).transform("sum").to_numpy(dtype=float)
    others = sums - weight
    rows = np.flatnonzero((weight > 1) & (others > 0) & (abs(others + weight / 100 - 1) < _NEAR_ONE))
    what = [f"{figure(weight[row])} beside weights that sum to {figure(others[row])}" for row in rows]
    fix = [f"{figure(weight[row])} looks like a percentage, written as a share: {weight[row] / 100:g}" for row in rows]
    yield from doubts.tell(ctx.table("regions"), "weight", rows.tolist(), what, fix)


QUESTIONS = (fractions, jumps, years, masses, weights)
