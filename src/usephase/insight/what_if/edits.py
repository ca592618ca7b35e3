"""From edits of cells to what changes: other numbers in cells that are drawn, or another catalog."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from usephase.catalog.checks import RULES
from usephase.catalog.edit.cell import Spot
from usephase.catalog.edit.records import Edit
from usephase.catalog.edit.tables import Desk
from usephase.catalog.options.changes import read_change, read_step
from usephase.catalog.options.records import Edit as CellEdit
from usephase.catalog.options.tables import filled, focused
from usephase.catalog.resolve import Resolved, reference_of, resolve
from usephase.catalog.rules.context import Context
from usephase.catalog.table import Catalog
from usephase.catalog.values import cells
from usephase.catalog.values.grammar import naming
from usephase.catalog.values.refusal import Refusal
from usephase.errors import CatalogError, Problem
from usephase.insight.comparison.between_cells import broken
from usephase.sampling import distributions as dist

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
    spots = desk.spots(edits)
    # A unit that changes too says what the row's numbers mean: they are read with it.
    reworded = {spot.address[:2] for spot, _ in spots if not spot.is_value}
    for spot, text in spots:
        if spot.address[:2] in reworded or text == "" or not _has_number(spot):
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


def restructured(desk: Desk, meant: Meant, product: str) -> tuple[Catalog, tuple[Problem, ...], bool]:
    """Give the catalog with the structural edits, what should be known about them, and whether they stand alone.

    What they break may be put right by the other edits.

    Raises
    ------
    CatalogError
        If it could not be evaluated.
    """
    catalog, problems = desk.edited(meant.structural)
    if any(problem.severity == "error" for problem in problems):
        raise CatalogError(_new(problems, desk.catalog))
    look = reference_of(catalog)
    resolved = resolve(focused(catalog, [product]), look)
    new: tuple[Problem, ...] = ()
    for edits in ((), meant.cells) if meant.cells else ((),):
        ctx = Context(filled(resolved, edits), look, tuple(problems))
        new = _new([*problems, *(problem for rule in _STRUCTURAL for problem in rule(ctx))], desk.catalog)
        if not any(problem.severity == "error" for problem in new):
            return catalog, new, not edits
    raise CatalogError(new)


def refuse_broken(resolved: Resolved, edits: Sequence[CellEdit], base: Catalog) -> None:
    """Refuse numbers that break a rule between cells.

    Raises
    ------
    CatalogError
    """
    new = _new(broken(resolved, edits), base)
    if any(problem.severity == "error" for problem in new):
        raise CatalogError(new)


def _new(problems: Sequence[Problem], base: Catalog) -> tuple[Problem, ...]:
    known = set(base.warnings)
    return tuple(problem for problem in dict.fromkeys(problems) if problem not in known)


def _has_number(spot: Spot) -> bool:
    return bool(spot.table.values[spot.column.name].kind[spot.at] != dist.ABSENT)


def _cell_edit(spot: Spot, text: str) -> CellEdit:
    if read_step(spot.edit.text) is not None:
        with naming(spot.samples):
            change = read_change(spot.edit.text, spot.table, spot.at, spot.column.name)
        return CellEdit(spot.address, change.operation, change.number, change.kind, change.params, change.points)
    values = spot.read(text).values
    points = cells.points_of(values, 0)
    best = float(cells.best_estimates(values)[0])
    return CellEdit(spot.address, "set", best, int(values.kind[0]), np.array(values.params[0]), points)
