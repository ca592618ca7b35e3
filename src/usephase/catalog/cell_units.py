"""Which unit the cells of a column are converted to, and where a cell's unit may come from."""

from collections.abc import Callable
from typing import NamedTuple

from usephase.catalog.refusal import Refusal
from usephase.catalog.schema import AMOUNT_UNITS, RATE_UNITS, Column
from usephase.units import ONE, Factor, UnitError, canonical_rate, conversion, nearest, spell


class Target(NamedTuple):
    """Hold the unit a cell is kept in and the factor into it."""

    unit: str
    factor: Factor


UnitRule = Callable[[str, str], Target]
"""From the unit in a cell and the unit its row names ("" = none) to the target; raises Refusal."""

_LIFE = {"year": "year", "hour": "h", "full_load_hour": "h", "cycle": "cycle"}


def _converted(unit: str, to: str) -> Target:
    try:
        return Target(to, conversion(unit, to) if unit else ONE)
    except UnitError as error:
        raise Refusal(str(error), f"write the value in {to}, with or without the unit") from None


def _pure(cell: str, row: str) -> Target:
    if spell(cell) not in ("", "%"):
        raise Refusal(
            f"the unit `{cell}` stands in a column of pure numbers", "write the number without a unit (or with %)"
        )
    return Target("", conversion(cell, ""))


def _count(cell: str, row: str) -> Target:
    if cell:
        raise Refusal(f"the unit `{cell}` stands in a column of counts", "write the number without a unit")
    return Target("", ONE)


def _one_of(cell: str, row: str, column: str, allowed: tuple[str, ...]) -> str:
    """Settle the unit of a cell that may be given twice."""
    if cell and row and spell(cell) != spell(row):
        raise Refusal(
            f"the cell is in `{spell(cell)}`, its `{column}` is `{spell(row)}`",
            f"write one unit, in the cell or in `{column}`",
        )
    unit = spell(cell or row)
    if not unit:
        raise Refusal("the unit is missing", f"write it after the value or in `{column}`: one of {', '.join(allowed)}")
    if unit not in allowed:
        raise Refusal(f"`{cell or row}` is not a unit of this column", unknown(cell or row, allowed))
    return unit


def unknown(word: str, allowed: tuple[str, ...]) -> str:
    """Advise on a word that is not one of those allowed."""
    close = nearest(word, allowed)
    return (f"did you mean `{close}`? " if close else "") + f"write one of {', '.join(allowed)}"


def _rate(cell: str, row: str) -> Target:
    unit = _one_of(cell, row, "rate_unit", RATE_UNITS)
    canonical = canonical_rate(unit)
    return Target(canonical, conversion(unit, canonical))


def _amount(cell: str, row: str) -> Target:
    if spell(row) == "rest" and not cell:
        raise Refusal("an amount is given, but its unit is `rest`", "leave the amount empty, or write its unit")
    return Target(_one_of(cell, row, "amount_unit", AMOUNT_UNITS), ONE)


def _life(cell: str, row: str) -> Target:
    return _converted(cell, _LIFE[row]) if row in _LIFE else Target(row, ONE)


def _per_carrier(cell: str, row: str) -> Target:
    return _converted(cell, f"kg/{row}") if row else Target("", ONE)


def _canonical(unit: str) -> UnitRule:
    return lambda cell, row: _converted(cell, unit)


_BY_ROW: dict[tuple[str, str], tuple[UnitRule, str]] = {
    ("modes", "rate"): (_rate, "rate_unit"),
    ("use_profiles", "amount"): (_amount, "amount_unit"),
    **{("lifetimes", name): (_life, "unit") for name in ("mean", "t50", "t90")},
    **{("carriers", name): (_per_carrier, "unit") for name in ("combustion", "upstream", "biogenic")},
    ("sales", "units"): (_count, ""),
    ("gases", "gwp"): (_count, ""),
}


def unit_rule(table: str, column: Column) -> tuple[UnitRule, str]:
    """Give the rule of a column, and the name of the column that holds its rows' unit ("" = none)."""
    if (table, column.name) in _BY_ROW:
        return _BY_ROW[table, column.name]
    return (_canonical(column.unit) if column.unit else _pure), ""
