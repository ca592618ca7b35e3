"""Write edits as rows of `options`, so that the option means what the edited cells would."""

import math

import numpy as np

from usephase.catalog.edit.cell import Spot
from usephase.catalog.edit.tables import Desk
from usephase.catalog.edit.text import moved, number
from usephase.catalog.options.changes import CHANGEABLE, Step, read_step
from usephase.catalog.options.understand import BASE
from usephase.catalog.values import cells
from usephase.catalog.values.grammar import naming, parse
from usephase.catalog.values.refusal import Refusal
from usephase.errors import CatalogError, Problem
from usephase.sampling import distributions as dist


def option_rows(desk: Desk, spots: "list[tuple[Spot, str]]", option: str) -> list[dict[str, str]]:
    """Lay out edits as rows of `options`.

    Raises
    ------
    CatalogError
        If the name is taken or no name, or an edit is nothing that an option can say.
    """
    problems = _name_problems(desk, option)
    rows = []
    for spot, text in spots:
        try:
            value = _value(desk, spot, text)
        except Refusal as refusal:
            problems.append(Problem(where=spot.place, what=refusal.what, fix=refusal.fix))
            continue
        table, row, column = spot.address
        rows.append({"option": option.strip(), "table": table, "row": row, "column": column, "value": value})
    if problems:
        raise CatalogError(problems)
    return rows


def _name_problems(desk: Desk, option: str) -> list[Problem]:
    name = option.strip()
    found = []
    if not name or name == BASE or "," in name:
        what = f"`{option}` cannot name an option"
        found.append(Problem(where="option", what=what, fix=f"write a name without commas, other than `{BASE}`"))
    elif name in set(desk.catalog["options"].frame["option"]):
        what = f"there is an option `{name}` already"
        found.append(Problem(where="option", what=what, fix="give the new one another name"))
    return found


def _value(desk: Desk, spot: Spot, text: str) -> str:
    """Write what an option must say so that it means what the cell would.

    Notes
    -----
    A cell without unit is in its column's unit; an option without unit in the base cell's. A plain number takes its
    row's pedigree in the cell, and none in an option: there its distribution is written out.
    """
    if spot.edit.table == "settings" and spot.address[1] != "grid":
        raise Refusal("a setting is no design", "save it in place")
    if not spot.is_value:
        if text == "":
            raise Refusal("an option cannot empty a cell", "save the edit in place, or write what stands there instead")
        return text
    if spot.edit.table not in CHANGEABLE:
        raise Refusal(f"options do not change {spot.edit.table}", "save the edit in place")
    if read_step(spot.edit.text) is not None:
        return spot.edit.text.strip()
    if text == "":
        return _default(spot)
    read = spot.read(text)
    errors = [found for found in read.findings if found.severity == "error"]
    if errors:
        raise Refusal(errors[0].what, errors[0].fix)
    with naming(spot.samples):
        parsed = parse(text)
        written = parse(spot.written).unit if spot.written else ""
    unit = parsed.unit
    if spot.pedigree and parsed.plain and int(read.values.kind[0]) != dist.FIXED:
        if int(read.values.kind[0]) == dist.LOGIT_NORMAL:
            return _factor(spot, float(read.values.params[0, 0]))
        median, sigma = (float(x) for x in read.values.params[0, :2])
        text, unit = f"lognormal({median!r}, {math.exp(sigma)!r})", ""
    canonical = str(read.unit[0])
    if unit or (not written and text == spot.edit.text.strip()):
        return text
    if canonical:
        return f"{text} {canonical}"
    return f"{moved(text, Step('*', 100.0, ''))} %" if written == "%" else text


def _factor(spot: Spot, median: float) -> str:
    """Write a number on the odds of a pedigree, which no text can say, as a factor on the base's draw."""
    base = cells.take(spot.table.values[spot.column.name], np.array([spot.at]))
    now = float(cells.best_estimates(base)[0])
    if int(base.kind[0]) != dist.LOGIT_NORMAL or not now > 0:
        fix = "write its distribution, as `beta(2, 5)`"
        raise Refusal("the number takes its error from the row's pedigree, which an option does not", fix)
    return f"*{number(median / now)}"


def _default(spot: Spot) -> str:
    if spot.column.default is None:
        raise Refusal("an option cannot empty a cell", "save the edit in place, or write what stands there instead")
    return spot.column.default
