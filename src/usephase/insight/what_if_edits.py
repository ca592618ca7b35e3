"""From edits of cells to what changes: other numbers in cells that are drawn, or another catalog."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from usephase.catalog import cells
from usephase.catalog.changes import read_change
from usephase.catalog.checks import RULES
from usephase.catalog.edit_desk import Desk
from usephase.catalog.edit_records import Edit
from usephase.catalog.edit_spot import Spot
from usephase.catalog.edit_text import read_step
from usephase.catalog.option_records import Edit as CellEdit
from usephase.catalog.option_rows import filled, focused
from usephase.catalog.refusal import Refusal
from usephase.catalog.resolve import Resolved, package_reference, resolve
from usephase.catalog.rules import grids, hours, lives, waste
from usephase.catalog.rules.context import Context
from usephase.catalog.table import Catalog
from usephase.errors import CatalogError, Problem
from usephase.sampling import distributions as dist

_HOURS = (hours.a_year_has_8760_hours, lives.wear_has_amounts, lives.wear_has_the_right_amounts)
_SUMS = {
    ("segments", "share"): (hours.segment_shares_sum_to_one,),
    ("use_profiles", "amount"): _HOURS,
    ("end_of_life", "share"): (waste.waste_shares_sum_to_one,),
    ("zones", "trend"): (grids.trends_leave_something,),
    ("settings", "trend"): (grids.trends_leave_something,),
    **{
        ("lifetimes", name): (lives.lives_described, lives.ages_in_order, hours.a_year_has_8760_hours)
        for name in ("mean", "shape", "t50", "t90", "max_years")
    },
}
"""Rules between cells that another number in a column may break; all others look at a cell alone, or at texts."""
_STRUCTURAL = tuple(rule for rule in RULES if not rule.__module__.endswith((".options", ".usage", ".notes")))


class Meant(NamedTuple):
    """Hold edits, understood.

    Attributes
    ----------
    cells : tuple
        Other numbers in cells that hold one.
    structural : tuple of (Spot, str)
        Everything else: texts, units, cells that were empty or shall be.
    problems : tuple of Problem
        Warnings.
    """

    cells: tuple[CellEdit, ...]
    structural: tuple[tuple[Spot, str], ...]
    problems: tuple[Problem, ...]


def understand(desk: Desk, edits: Sequence[Edit]) -> Meant:
    """Read edits.

    Raises
    ------
    CatalogError
        With everything that names no cell, or that a cell cannot hold.
    """
    changed: list[CellEdit] = []
    structural: list[tuple[Spot, str]] = []
    problems: list[Problem] = []
    for spot, text in desk.spots(edits):
        if not spot.is_value or text == "" or not _has_number(spot):
            structural.append((spot, text))
            continue
        read = spot.read(text)
        problems += [
            Problem(where=spot.place, what=found.what, fix=found.fix, severity=found.severity)
            for found in read.findings
        ]
        if not any(found.severity == "error" for found in read.findings):
            try:
                changed.append(_cell_edit(spot, text))
            except Refusal as refusal:
                problems.append(Problem(where=spot.place, what=refusal.what, fix=refusal.fix))
    if any(problem.severity == "error" for problem in problems):
        raise CatalogError(problems)
    return Meant(tuple(changed), tuple(structural), tuple(problems))


def restructured(desk: Desk, meant: Meant, product: str) -> tuple[Catalog, tuple[Problem, ...]]:
    """Give the catalog with the structural edits.

    Raises
    ------
    CatalogError
        If it could not be evaluated.
    """
    catalog, problems = desk.edited(meant.structural)
    known = set(desk.catalog.warnings)
    look = package_reference(catalog.settings.gwp)
    if not any(problem.severity == "error" for problem in problems):
        ctx = Context(resolve(focused(catalog, [product]), look), look, tuple(problems))
        problems += [problem for rule in _STRUCTURAL for problem in rule(ctx)]
    new = [problem for problem in dict.fromkeys(problems) if problem not in known]
    if any(problem.severity == "error" for problem in new):
        raise CatalogError(new)
    return catalog, tuple(new)


def broken(resolved: Resolved, edits: Sequence[CellEdit], known: Sequence[Problem]) -> tuple[Problem, ...]:
    """Name the rules between cells that other numbers break: shares that do not sum to 1, a year of 9,000 hours.

    The figures are those of the model all the same, which divides shares by their sum; saved it cannot be.
    """
    rules = dict.fromkeys(rule for edit in edits for rule in _SUMS.get((edit.address[0], edit.address[2]), ()))
    if not rules:
        return ()
    ctx = Context(filled(resolved, edits), package_reference(resolved.catalog.settings.gwp))
    found = [problem for rule in rules for problem in rule(ctx)]
    return tuple(problem for problem in dict.fromkeys(found) if problem not in known)


def _has_number(spot: Spot) -> bool:
    return bool(spot.table.values[spot.column.name].kind[spot.at] != dist.ABSENT)


def _cell_edit(spot: Spot, text: str) -> CellEdit:
    if read_step(spot.edit.text) is not None:
        change = read_change(spot.edit.text, spot.table, spot.at, spot.column.name)
        return CellEdit(spot.address, change.operation, change.number)
    values = spot.read(text).values
    points = cells.points_of(values, 0)
    best = float(cells.best_estimates(values)[0])
    return CellEdit(spot.address, "set", best, int(values.kind[0]), np.array(values.params[0]), points)
