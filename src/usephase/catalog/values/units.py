"""Which unit the cells of a column are converted to, and where a cell's unit may come from."""

from collections.abc import Callable
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

from usephase.catalog.schema import AMOUNT_UNITS, RATE_UNITS, YEARLY_UNIT, Column
from usephase.catalog.values.refusal import Refusal, decimal_text
from usephase.units import ONE, Factor, UnitError, canonical_rate, conversion, equal, nearest, respelt, spell

if TYPE_CHECKING:
    from usephase.catalog.table import Table


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
        raise Refusal(f"`{cell}` stands in a column of counts", "write the number alone, of what the column counts")
    return Target("", ONE)


def _one_of(cell: str, row: str, column: str, allowed: tuple[str, ...]) -> str:
    """Settle the unit of a cell that may be given twice."""
    unit = spell(cell or row)
    if cell and row and unit != spell(row):
        what = f"the cell is in `{unit}`, its `{column}` is `{spell(row)}`"
        fix = f"write one unit, in the cell or in `{column}`"
        known = unit in allowed
        raise wrong_unit(
            what, cell, (spell(row),), fix if known else f"write the value in `{spell(row)}`, or {fix[6:]}"
        )
    if not unit:
        raise Refusal("the unit is missing", f"write it after the value or in `{column}`: one of {', '.join(allowed)}")
    if unit not in allowed:
        raise wrong_unit(f"`{cell or row}` is not a unit of this column", cell or row, allowed)
    return unit


def unknown(word: str, allowed: tuple[str, ...]) -> str:
    """Advise on a word that is not one of those allowed."""
    close = nearest(word, allowed)
    return (f"did you mean `{close}`? " if close else "") + f"write one of {', '.join(allowed)}"


class OtherUnit(Refusal):
    """A unit that the column does not take, though it can be converted to one that it does."""

    def __init__(self, what: str, said: str, unit: str, factor: Fraction) -> None:
        self.said, self.unit, self.factor = said, unit, factor
        super().__init__(what, f"{said}: write the unit `{unit}`, and the number in it")

    def of(self, number: float) -> str:
        """Give a number in the unit that is taken; "" where it is of no ordinary size."""
        value = number * self.factor.numerator / self.factor.denominator
        return decimal_text(f"{value:.12f}".rstrip("0").rstrip(".")) if 1e-9 <= abs(value) < 1e15 else ""


def wrong_unit(what: str, word: str, allowed: tuple[str, ...], fix: str = "") -> Refusal:
    """Refuse a word that is not one of the units allowed: the same unit in another spelling, or its conversion."""
    fix = fix or f"write one of {', '.join(allowed)}"
    if close := respelt(word, allowed):
        return Refusal(what, f"did you mean `{close}`? {fix}")
    if (found := equal(word, allowed)) is None:
        return Refusal(what, fix)
    unit, factor = found
    there, back = _plain(factor), _plain(1 / factor)
    said = f"{back} {word} = 1 {unit}" if factor < 1 and len(back) <= len(there) else f"1 {word} = {there} {unit}"
    return OtherUnit(what, said, unit, factor)


def _plain(factor: Fraction) -> str:
    return f"{int(factor):,}" if factor.denominator == 1 else f"{float(factor):,.10g}"


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


def _yearly(cell: str, row: str) -> Target:
    """Take `kWh` for what a label says of a year."""
    try:
        return Target(YEARLY_UNIT, conversion(cell, "kWh") if cell else ONE)
    except UnitError:
        return _converted(cell, YEARLY_UNIT)


def _canonical(unit: str) -> UnitRule:
    return lambda cell, row: _converted(cell, unit)


_BY_ROW: dict[tuple[str, str], tuple[UnitRule, str]] = {
    ("modes", "rate"): (_rate, "rate_unit"),
    ("use_profiles", "amount"): (_amount, "amount_unit"),
    ("archetype_modes", "rate"): (_rate, "rate_unit"),
    ("archetype_modes", "amount"): (_amount, "amount_unit"),
    ("archetype_lives", "mean"): (_life, "unit"),
    ("products", "energy_per_year"): (_yearly, ""),
    **{("lifetimes", name): (_life, "unit") for name in ("mean", "t50", "t90", "scale", "median")},
    **{("carriers", name): (_per_carrier, "unit") for name in ("combustion", "upstream", "biogenic")},
    ("sales", "units"): (_count, ""),
    ("gases", "gwp"): (_count, ""),
}


def unit_rule(table: str, column: Column) -> tuple[UnitRule, str]:
    """Give the rule of a column, and the name of the column that holds its rows' unit ("" = none)."""
    if (table, column.name) in _BY_ROW:
        return _BY_ROW[table, column.name]
    return (_canonical(column.unit) if column.unit else _pure), ""


def canonical_unit(table: "Table", at: int, column: Column) -> str:
    """Name the unit in which a row's number is kept; "" where the row names none."""
    rule, unit_column = unit_rule(table.name, column)
    row_unit = str(table.frame[unit_column].iloc[at]) if unit_column else ""
    return "" if unit_column and not row_unit else rule("", row_unit).unit
