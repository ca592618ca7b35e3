"""Questions about what a product says beside its archetype: power, energy a year and mass against those of its kind."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from usephase.catalog.archetypes import ELECTRICITY, LABELLED
from usephase.catalog.rules.context import A_YEAR, Context
from usephase.catalog.rules.plausible.outside import Doubts
from usephase.catalog.schema import YEARLY_UNIT
from usephase.catalog.values import cells
from usephase.errors import Problem
from usephase.model.energy import HOURS_A_YEAR

_ROOM = 3.0
"""So many times beyond the 95 % interval of its kind a power or a mass is asked about."""
_ENERGY = 15.0
"""So many times more, or less, than its kind draws: hours of home tools are hardly known."""
_PACKAGING = "packaging"
_TO_KWH = {"W": 1e-3, "kWh/cycle": 1.0, YEARLY_UNIT: 1.0}

Ends = pd.DataFrame
"""Columns ``low`` and ``high`` by archetype."""


def _given(ctx: Context, column: str, ends: Ends) -> tuple[np.ndarray, Ends]:
    """Give the products that say something that is known of their kind, and what."""
    kind = ctx.text("products", "archetype")
    known = ctx.table("products").values[column].present() & np.isin(kind, ends.index.to_numpy(dtype=object))
    rows = np.flatnonzero(known)
    return rows, ends.loc[kind[rows]]


def _tell(ctx: Context, doubts: Doubts, column: str, quantity: str, unit: str, ends: Ends) -> Iterator[Problem]:
    rows, its = _given(ctx, column, ends[ends["high"] > 0])  # of a kind that draws nothing, nothing is known
    if len(rows):
        of = np.array([f"archetype `{name}`" for name in its.index], dtype=object)
        low, high = (its[end].to_numpy(dtype=float) for end in ("low", "high"))
        value = ctx.best("products", column)[rows]
        yield from doubts.outside(ctx.table("products"), column, rows, value, low, high, quantity, unit, of)


def powers_of_kinds(ctx: Context, doubts: Doubts) -> Iterator[Problem]:
    """A rated power against the rates that it takes the place of."""
    table = ctx.table("archetype_modes")
    rate = table.values["rate"]
    mine = ((table.frame["rated"] == "yes") & rate.present()).to_numpy(dtype=bool)
    ends = pd.DataFrame({"low": cells.quantiles(rate, 0.025) / _ROOM, "high": cells.quantiles(rate, 0.975) * _ROOM})
    by = ends[mine].groupby(table.frame["archetype"].to_numpy(dtype=object)[mine])
    yield from _tell(ctx, doubts, "rated_power", "power", "W", by.agg({"low": "min", "high": "max"}))


def masses_of_kinds(ctx: Context, doubts: Doubts) -> Iterator[Problem]:
    """A mass against the masses of the materials that are scaled to it."""
    table = ctx.table("archetype_materials")
    inside = (table.frame["part"] != _PACKAGING).to_numpy(dtype=bool)
    mass = table.values["mass"]
    ends = pd.DataFrame({"low": cells.quantiles(mass, 0.025) / _ROOM, "high": cells.quantiles(mass, 0.975) * _ROOM})
    by = ends[inside].groupby(table.frame["archetype"].to_numpy(dtype=object)[inside])
    yield from _tell(ctx, doubts, "mass", "mass", "kg", by.sum())


def energies_of_kinds(ctx: Context, doubts: Doubts) -> Iterator[Problem]:
    """A year's energy against what the electric modes that it takes the place of draw."""
    rows = ctx.table("archetype_modes").frame
    best = {name: ctx.best("archetype_modes", name) for name in ("rate", "load", "efficiency", "amount")}
    unit = ctx.text("archetype_modes", "rate_unit")
    general = (rows["carrier"] == ELECTRICITY).to_numpy(dtype=bool) & np.isin(unit, list(_TO_KWH))
    if not general.any():
        return
    per = pd.Series(best["rate"] * best["load"] / best["efficiency"], dtype=float)[general]
    per *= pd.Series(unit[general], index=per.index).map(_TO_KWH).astype(float)
    keys = ["archetype", "mode"]
    drawn = rows.loc[general, keys].assign(per=per, yearly=unit[general] == YEARLY_UNIT)
    amounts = rows[[*keys, "user", "region"]].assign(
        amount=best["amount"] * rows["amount_unit"].map(A_YEAR).to_numpy(dtype=float)
    )
    amounts["amount"] = amounts["amount"].where(rows["amount_unit"] != "rest", HOURS_A_YEAR)
    joined = amounts.merge(drawn, on=keys).dropna(subset=["per"])
    joined["kwh"] = joined["per"] * joined["amount"].where(~joined["yearly"], 1.0)
    drawing = joined[joined["kwh"] > 0]
    by_user = drawing.groupby(["archetype", "user"])["kwh"].sum().groupby("archetype")
    ends = pd.DataFrame({"low": by_user.min() / _ENERGY, "high": by_user.sum() * _ENERGY})
    yield from _tell(ctx, doubts, LABELLED, "energy_per_year", YEARLY_UNIT, ends)


QUESTIONS = (powers_of_kinds, masses_of_kinds, energies_of_kinds)
