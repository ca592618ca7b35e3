"""Judge one edit as it is typed: what `check` would say of it, and what the cell would mean."""

import math
from collections.abc import Iterable, Sequence
from typing import Literal

import numpy as np

from usephase.catalog.checks import check
from usephase.catalog.edit.cell import Spot
from usephase.catalog.edit.records import CellView, Edit, Judgement
from usephase.catalog.edit.tables import Desk
from usephase.catalog.schema import TABLES, Column
from usephase.catalog.table import Catalog, Values
from usephase.catalog.values import cells
from usephase.catalog.values.columns import range_of
from usephase.catalog.values.refusal import Refusal
from usephase.errors import Problem
from usephase.sampling import distributions as dist

POINTS = 61
"""Points of the picture of a distribution."""
_TAIL = 0.002


def judge(catalog: Catalog, edit: Edit, beside: Iterable[Edit] = ()) -> Judgement:
    """Say what would come of an edit; nothing is changed.

    Parameters
    ----------
    catalog : Catalog
        As read and checked.
    edit : Edit
    beside : iterable of Edit
        Made too: what is wrong in their own cells is not said again.

    Returns
    -------
    Judgement
        An edit that names no cell is judged too: its problems say so.

    Raises
    ------
    CatalogError
        If one of `beside` names no cell.
    """
    desk = Desk(catalog)
    where = f"{edit.table}:{edit.row}:{edit.column}"
    try:
        spot = desk.locate(edit)
    except Refusal as refusal:
        return Judgement(edit, edit.text, (Problem(where=where, what=refusal.what, fix=refusal.fix),), kind="text")
    before = (
        _view(spot, spot.table.values[spot.column.name], spot.at) if spot.is_value else CellView(desk.present(spot))
    )
    try:
        text = spot.text()
    except Refusal as refusal:
        problem = Problem(where=spot.place, what=refusal.what, fix=refusal.fix)
        return _made(spot, edit.text, (problem,), before, None)
    others = [other for other in desk.spots(beside) if other[0].address != spot.address]
    problems = _problems(desk, spot, text, others)
    if not spot.is_value:
        return _made(spot, text, problems, before, CellView(text))
    read = spot.read(text)
    understood = not any(found.severity == "error" for found in read.findings)
    after = _view(spot, read.values, 0) if understood else None
    return _made(spot, text, problems, before, after)


def _made(
    spot: Spot, text: str, problems: tuple[Problem, ...], before: CellView | None, after: CellView | None
) -> Judgement:
    return Judgement(
        spot.edit, text, problems, spot.column.kind, allowed(spot.column), before, after, _origin(spot), spot.place
    )


def allowed(column: Column) -> str:
    """Say what a column takes: its words, or its range."""
    if column.kind == "choice":
        return ", ".join(column.choices)
    return str(range_of(column)) if column.kind in ("value", "number") else ""


def _problems(desk: Desk, spot: Spot, text: str, others: Sequence[tuple[Spot, str]]) -> tuple[Problem, ...]:
    """Find what `check` would say that it does not say now."""
    if spot.row < 0 and spot.edit.table != "settings":
        # Only an option can change the reference's row: what the cell itself says is all there is to judge.
        found = spot.read(text).findings
        return tuple(Problem(where=spot.place, what=f.what, fix=f.fix, severity=f.severity) for f in found)
    try:
        own = [other for other in others if other[0].row >= 0 or other[0].edit.table == "settings"]
        catalog, problems = desk.edited([*own, (spot, text)])
    except Refusal as refusal:
        return (Problem(where=spot.place, what=refusal.what, fix=refusal.fix),)
    # A cell that is refused says it all: the rules between cells would only repeat it.
    if not any(problem.severity == "error" for problem in problems):
        problems = check(catalog, problems)
    known, elsewhere = set(desk.catalog.warnings), {other.place for other, _ in others} - {spot.place}
    return tuple(p for p in dict.fromkeys(problems) if p not in known and p.where not in elsewhere)


def _origin(spot: Spot) -> Literal["catalog", "reference", "default"]:
    if spot.is_value and spot.written == "":
        return "default"
    answers = spot.table.frame.get("loss_source" if spot.column.name == "loss" else "origin")
    from_reference = answers is not None and str(answers.iloc[spot.at]) not in ("", "catalog")
    return "reference" if (spot.row < 0 and spot.edit.table != "settings") or from_reference else "catalog"


def _view(spot: Spot, values: Values, row: int) -> CellView:
    one = cells.take(values, np.array([row]))
    text, kind = str(one.text[0]), int(one.kind[0])
    if kind == dist.ABSENT:
        return CellView(text, _unit(spot))
    best = float(cells.best_estimates(one)[0])
    low, high = (float(cells.quantiles(one, u)[0]) for u in (0.025, 0.975))
    return CellView(text, _unit(spot), dist.NAMES[kind], best, low, high, density(one))


def _unit(spot: Spot) -> str:
    """Name the canonical unit of a cell's numbers."""
    column = spot.column.name
    for name in ("rate_unit", "amount_unit"):
        if column == name.removesuffix("_unit") and name in spot.table.frame:
            return str(spot.table.frame[name].iloc[spot.at])
    read = spot.read("1")
    return str(read.unit[0]) if not read.findings else TABLES[spot.table.name].column(column).unit


def density(values: Values) -> tuple[tuple[float, float], ...]:
    """Give a picture of one cell's distribution, truncated to its range: values and densities, the highest 1."""
    kind, params, points = int(values.kind[0]), values.params[0], cells.points_of(values, 0)
    if kind in (dist.ABSENT, dist.FIXED):
        return ()
    if points is not None and dist.RECORDS[kind].atoms:
        return tuple(zip(map(float, points[0]), map(float, points[1]), strict=True))
    low, high = (float(cells.quantiles(values, u)[0]) for u in (_TAIL, 1 - _TAIL))
    if not (math.isfinite(low) and math.isfinite(high)) or not low < high:
        return ()
    edges = np.linspace(low, high, POINTS + 1)
    share = np.diff([dist.cumulative(kind, params, float(x), points) for x in edges])
    top = float(share.max())
    centres = (edges[:-1] + edges[1:]) / 2
    return tuple((float(x), float(y) / top) for x, y in zip(centres, share, strict=True)) if top > 0 else ()
