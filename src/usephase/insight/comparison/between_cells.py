"""Rules between cells that other numbers in some of them may break: shares that sum to 1, the hours of a year."""

from collections.abc import Sequence

import numpy as np

from usephase.catalog.options.changes import matching, read_row
from usephase.catalog.options.records import Address, Edit
from usephase.catalog.options.tables import filled
from usephase.catalog.resolve import Resolved, reference_of
from usephase.catalog.rules import grids, hours, lives, waste
from usephase.catalog.rules.context import Context
from usephase.catalog.table import Table
from usephase.errors import Problem

SETS = {"segments": ("product",), "end_of_life": ("zone", "material", "year")}
"""What the shares of one sum have in common."""
_HOURS = (hours.a_year_has_8760_hours, lives.wear_has_amounts, lives.wear_has_the_right_amounts)
RULES = {
    ("segments", "share"): (hours.segment_shares_sum_to_one,),
    ("end_of_life", "share"): (),  # looked at apart: sets of the reference too
    ("use_profiles", "amount"): _HOURS,
    ("products", "annual_use_change"): (grids.changes_of_a_year,),
    ("zones", "trend"): (grids.trends_leave_something, grids.changes_of_a_year),
    ("settings", "trend"): (grids.trends_leave_something, grids.changes_of_a_year),
    **{
        ("lifetimes", name): (lives.lives_described, lives.ages_in_order, hours.a_year_has_8760_hours)
        for name in ("mean", "shape", "t50", "t90", "scale", "median", "max_years")
    },
}
"""Rules between cells that another number in a column may break; all others look at a cell alone, or at texts."""


def broken(resolved: Resolved, edits: Sequence[Edit]) -> list[Problem]:
    """Find what numbers break: shares that do not sum to 1, a year of 9,000 hours.

    Parameters
    ----------
    resolved : Resolved
        Without the edits.
    edits : sequence of Edit
        Those that write best estimates; what is taken from another cell is left out.
    """
    made = [edit for edit in edits if edit.operation != "take"]
    touched = [(edit.address[0], edit.address[2]) for edit in made]
    if RULES.keys().isdisjoint(touched):
        return []
    rules = dict.fromkeys(rule for name in touched for rule in RULES.get(name, ()))
    moved = [edit.address for edit in made if edit.address[0] == "end_of_life" and edit.address[2] == "share"]
    ctx = Context(filled(resolved, made), reference_of(resolved.catalog))
    found = [problem for rule in rules for problem in rule(ctx)]
    if moved:
        # A share of the reference's is moved in a set that is not the catalog's own.
        table = ctx.table("end_of_life")
        at = np.concatenate([row_of(table, row) for _, row, _ in moved])
        found += waste.waste_shares_sum_to_one(ctx, set_of(table, at, ("zone", "material")))
    return found


def is_share(address: Address) -> bool:
    """Tell whether a cell is one of the shares of a sum."""
    return address[0] in SETS and address[2] == "share"


def in_proportion(rest: np.ndarray, free: np.ndarray) -> np.ndarray:
    """Share out what is left of 1 to the shares that nobody set: as they stand to each other, equally where all are 0.

    Parameters
    ----------
    rest : ndarray (draw,)
    free : ndarray (share, draw)

    Returns
    -------
    ndarray (share, draw)
    """
    now = free.sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        parts = np.where(now > 0, free / now, 1 / len(free))
    return np.asarray(np.maximum(rest, 0.0) * parts)


def before_division(share: np.ndarray, best: float) -> np.ndarray:
    """Give the draw of a share that the division by the sum of all makes `share`, the others in proportion.

    Parameters
    ----------
    share : ndarray (draw,)
        What it is to be.
    best : float
        Its best estimate, as those of the others stand; the best estimates of a set sum to 1.

    Returns
    -------
    ndarray (draw,)
        s' = s (1 - b)/(1 - s), since s'/(s' + 1 - b) = s; as drawn where the others have nothing to give or to take.
    """
    inside = (share < 1) & (best < 1)
    return np.where(inside, share * (1 - best) / np.where(inside, 1 - share, 1.0), share)


def row_of(table: Table, row: str) -> np.ndarray:
    """Find the row that a text names. Shape (1,), or (0,) where there is none."""
    return matching(table, read_row(row, table.name), exact=True)


def set_of(table: Table, at: np.ndarray, keys: Sequence[str] = ()) -> np.ndarray:
    """Find the rows that have the keys of a set in common with any of some rows. Shape (row,)."""
    keys = list(keys or SETS[table.name])
    wanted = {tuple(key) for key in table.frame[keys].iloc[at].itertuples(index=False)}
    there = [tuple(key) in wanted for key in table.frame[keys].itertuples(index=False)]
    return np.flatnonzero(there)
