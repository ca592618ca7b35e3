"""Design options and correlations: which cells a row text means, and how an option changes a cell."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np

from usephase.catalog.names import canonical
from usephase.catalog.read.limits import clip
from usephase.catalog.schema import TABLES, schema_of
from usephase.catalog.table import Table
from usephase.catalog.values import cells
from usephase.catalog.values.columns import COUNTED, two_meanings
from usephase.catalog.values.grammar import NUMBER, Parsed, in_unit, parse, settled
from usephase.catalog.values.ranges import Range, within
from usephase.catalog.values.refusal import Refusal
from usephase.catalog.values.units import OtherUnit, unit_rule
from usephase.sampling import distributions as dist
from usephase.sampling.distributions import Points
from usephase.units import Factor, nearest

SETTINGS_ROW = "grid"
CHANGEABLE = tuple(name for name, schema in TABLES.items() if schema.value_columns and name != "coverage")
"""Tables with uncertain values that a product's figures depend on."""

_STEP = re.compile(rf"([*+])\s*({NUMBER})\s*(.*)", re.DOTALL)
_MEANT = re.compile(r"([*x×/+-]?)\s*(?:[(]\s*)?([0-9]+(?:[.,][0-9]+)?)\s*(?:[)]\s*)?(%|[^\W\d_][\w/]*|)", re.IGNORECASE)
_WIDTH = re.compile(r"[(±]|\+\s*/?\s*-|[*×]\s*/?\s*[/÷]")
"""What only uncertain values are written with."""
_PERCENT_LOST = re.compile(rf"({NUMBER})\s*(?:±|\+\s*/?\s*-)\s*([0-9.]+)\s*")
"""A factor with a width that is larger than itself: per cent, most likely."""
_SIGN = re.compile(r"\s*([*+]?)\s*(.*)", re.DOTALL)


class Step(NamedTuple):
    """Hold ``*0.9`` or ``+5 W``."""

    operation: str
    number: float
    unit: str


@dataclass(frozen=True)
class Change:
    """Hold what an option does to a cell.

    Attributes
    ----------
    operation : {"set", "multiply", "add"}
        `multiply` and `add` act on the base's draw.
    number : float
        The factor, or the addend in the cell's canonical unit, or the value: the best estimate of it.
    kind : int
        Of the distribution of it.
    params : ndarray (WIDTH,) or None
        Its parameters; None of a plain step.
    points : (values, weights) or None
        Of one of listed values.
    """

    operation: Literal["set", "multiply", "add"]
    number: float
    kind: int = dist.FIXED
    params: np.ndarray | None = None
    points: Points | None = None


def read_row(text: str, name: str) -> dict[str, str]:
    """Read a row text such as ``product=DRILL;mode=drilling``.

    Parameters
    ----------
    text : str
        "" names nothing; the settings' row is ``grid``.
    name : str
        The table.

    Returns
    -------
    dict of str to str
        Key columns and their values.

    Raises
    ------
    Refusal
        If a part is not ``key=value`` with a key of the table.
    """
    if name == "settings":
        if text not in ("", SETTINGS_ROW):
            raise Refusal(f"`{text}` is no row of the settings", f"write `{SETTINGS_ROW}`")
        return {}
    keys = schema_of(name).keys
    form = ";".join(f"{key}=…" for key in keys)
    wanted: dict[str, str] = {}
    for part in filter(None, (part.strip() for part in text.split(";"))):
        key, sign, value = (piece.strip() for piece in part.partition("="))
        if not sign:
            raise Refusal(f"`{part}` does not say which column it means", f"write `{form}`")
        if key not in keys:
            close = nearest(key, keys)
            hint = f"did you mean `{close}`? " if close else ""
            raise Refusal(f"`{key}` is not a key of {name}", f"{hint}write `{form}`")
        if key in wanted:
            raise Refusal(f"`{key}` is given twice", f"write `{form}`")
        wanted[key] = value
    return wanted


def matching(table: Table, wanted: dict[str, str], *, exact: bool) -> np.ndarray:
    """Find the rows that a row text means.

    Parameters
    ----------
    table : Table
        Where to look.
    wanted : dict of str to str
        As from `read_row`.
    exact : bool
        Whether an omitted key means its default ("" or no year; as options do) or anything (as correlations do).

    Returns
    -------
    ndarray of int
    """
    keep = np.ones(len(table), dtype=bool)
    for column in schema_of(table.name).columns:
        if not column.key or (column.name not in wanted and not exact):
            continue
        value = wanted.get(column.name, "")
        if column.kind == "year":
            year = int(value) if value.isdigit() else -1 if value == "" else -2
            keep &= table.frame[column.name].to_numpy() == year
        else:
            its = table.frame[column.name]
            if column.naming and value and not (its == value).any():
                value = canonical(column.naming, value)
            keep &= (its == value).to_numpy(dtype=bool)
    return np.flatnonzero(keep)


def of_same_places(name: str, text: str, keys: Iterable[str]) -> list[str]:
    """Leave out the rows of other places and materials: none is proposed in the place of the one that was written."""
    asked = dict(part.split("=", 1) for part in text.split(";") if "=" in part)
    naming = {column.name: column.naming for column in schema_of(name).columns if column.naming and column.key}
    wanted = {
        key.strip(): {text.strip(), canonical(naming[key.strip()], text.strip())}
        for key, text in asked.items()
        if key.strip() in naming
    }
    return [
        row for row in keys if all(read_row(row, name).get(column, "") in texts for column, texts in wanted.items())
    ]


def read_step(text: str) -> Step | None:
    """Read ``*0.9`` or ``+5``; None where the text is a value of its own.

    Raises
    ------
    Refusal
        If a factor is negative or has a unit.
    """
    match = _STEP.fullmatch(text.strip())
    if match is None:
        return None
    step = Step(match[1], float(match[2]), match[3].strip())
    if step.operation == "*" and (step.unit or step.number < 0):
        raise Refusal(f"`{text}` is not a factor", "write a number of 0 or more behind `*`")
    return step


def refuse_two_meanings(table: str, column: str, text: str) -> None:
    """Refuse a count, a step or a factor of it that can be read as two numbers: ``60.000``, ``+5.000``.

    Raises
    ------
    Refusal
    """
    match = _SIGN.fullmatch(text.strip())
    found = two_meanings(table, column, match[2]) if match and (table, column) == COUNTED else None
    if match and found is not None:
        tries = [(f"{match[1]}{again}", why) for again, why in settled(found).tries]
        readings = " or as ".join(again for again, _ in tries)
        raise Refusal(f"`{clip(text)}` can be read as {readings}", found.otherwise, tries)


def read_change(text: str, table: Table, row: int, column: str) -> Change:
    """Read what an option writes into a cell.

    Parameters
    ----------
    text : str
        A value, ``*0.9``, or ``+5``. Without a unit it is in the unit in which the base cell is written.
    table : Table
        The resolved table.
    row : int
        The row of the base cell.
    column : str
        Its column.

    Returns
    -------
    Change

    Raises
    ------
    Refusal
        If the text is no change, or leads out of the column's range.
    """
    try:
        return _read_change(text, table, row, column)
    except Refusal as refusal:
        tries = list(refusal.tries) or _steps_meant(text, TABLES[table.name].column(column).high == 1)
        if isinstance(refusal, OtherUnit):
            tries = [(in_unit(text, refusal.of, refusal.unit), f"({refusal.said})")]
        raise refusal.narrowed([each for each in tries if each[0] and _taken(each[0], table, row, column)]) from None


def _steps_meant(text: str, share: bool) -> list[tuple[str, str]]:
    """Give the steps that a text may mean: ``x0.9``, ``*90%``, ``/2``, ``-10%``, ``90%``, ``-0.2``."""
    match = _MEANT.fullmatch(" ".join(text.split()).replace("\u2212", "-"))
    if match is None:
        return []
    sign, number, unit = match[1], float(match[2].replace(",", ".")), match[3]
    size = number / 100 if unit == "%" else number
    if sign in ("-", "+") and unit == "%":
        change, word = (size, "more") if sign == "+" else (-size, "less")
        points = [(f"+{change:.6g}", f"for {number:g} points {word}")] if share else []
        return [(f"*{1 + change:.6g}", f"for {number:g} % {word}"), *points]
    if sign == "-":
        return [(f"+-{number:g}{unit and f' {unit}'}", "for a step down")]
    if sign == "/":
        return [(f"*{1 / size:.6g}", "")] if size and not unit else []
    return [(f"*{size:.6g}", "" if sign else "for that part of the base")] if unit in ("", "%") and sign != "+" else []


def read_uncertain_step(text: str) -> tuple[str, Parsed] | None:
    """Read ``*0.85 ± 5%`` or ``+triangular(1, 2, 4) W``: what to do, and with what; None where a step has no width.

    Raises
    ------
    Refusal
        If what has a width is no value, or a factor of it has a unit.
    """
    match = _SIGN.fullmatch(text.strip())
    if not match or not match[1] or not _WIDTH.search(match[2]):
        return None
    factor = match[1] == "*"
    try:
        step = parse(match[2])
        if factor and step.unit:
            raise Refusal(f"`{clip(text)}` is not a factor", "write a value without a unit behind `*`")
        if factor:
            step, _ = within(step, Range(low=0.0))
    except Refusal as refusal:
        tries = [(f"{match[1]}{again}", why) for again, why in refusal.tries]
        if factor and (lost := _PERCENT_LOST.fullmatch(match[2])):
            tries = [(f"*{lost[1]} ± {lost[2]}%", "for per cent")]
        if not tries:
            forms = "`*0.85 ± 5%`, `*triangular(0.75, 0.85, 0.95)` or `+5 ± 1`"
            raise Refusal(f"`{clip(text)}` is no step: {refusal.what}", f"write it as {forms}") from None
        raise refusal.narrowed(tries) from None
    return match[1], step


def _taken(text: str, table: Table, row: int, column: str) -> bool:
    try:
        _read_change(text, table, row, column)
    except Refusal:
        return False
    return True


def _read_change(text: str, table: Table, row: int, column: str) -> Change:
    declared = TABLES[table.name].column(column)
    bounds = Range(declared.low, declared.high, declared.low_open, declared.high_open)
    base = float(cells.best_estimates(cells.take(table.values[column], np.array([row])))[0])
    refuse_two_meanings(table.name, column, text)
    operation: Literal["multiply", "add"]
    if uncertain := read_uncertain_step(text):
        sign, step = uncertain
        operation = "multiply" if sign == "*" else "add"
        if sign == "+":
            step, _ = within(_in_units(step, table, row, column), Range())
        params = np.array(step.params)
        change = Change(operation, dist.best_estimate(step.kind, params, step.points), step.kind, params, step.points)
    elif plain := read_step(text):
        if plain.operation == "*":
            change = Change("multiply", plain.number)
        else:
            addend = parse(f"{plain.number!r} {plain.unit}".strip())
            change = Change("add", _in_units(addend, table, row, column).params[0])
    else:
        value, _ = within(_in_units(parse(text), table, row, column), bounds)
        params = np.array(value.params)
        return Change("set", dist.best_estimate(value.kind, params, value.points), value.kind, params, value.points)
    if np.isnan(base):
        raise Refusal("the base cell is empty: there is nothing to multiply or to add to", "write a value")
    after = base * change.number if change.operation == "multiply" else base + change.number
    if bounds.outside(np.array(after)):
        raise Refusal(f"`{text}` leads to {after:g}, which is outside the possible range", f"stay {bounds}")
    return change


def _in_units(value: Parsed, table: Table, row: int, column: str) -> Parsed:
    """Express an option's value in the unit in which the table holds the cell."""
    rule, unit_column = unit_rule(table.name, TABLES[table.name].column(column))
    row_unit = str(table.frame[unit_column].iloc[row]) if unit_column else ""
    values = table.values[column]
    text = str(values.text[row])
    if value.unit:
        # Rates of one kind convert into each other; the row's unit was rewritten to the canonical one in reading.
        target = rule(value.unit, "" if column == "rate" else row_unit)
        if column == "rate" and row_unit and target.unit != row_unit:
            raise Refusal(f"the option is in {value.unit}, the cell in {row_unit}", f"write a value in {row_unit}")
        return value.convert(target.factor)
    written = parse(text) if text else None
    if written is not None and written.unit:
        return value.convert(rule(written.unit, "" if column == "rate" else row_unit).factor)
    if written is not None and column == "rate":
        return value.convert(_factor(written, values.params[row], cells.points_of(values, row)))
    return value


def _factor(written: Parsed, params: np.ndarray, points: Points | None) -> Factor:
    """Find the factor by which reading converted a cell, from what was written and what is held."""
    if points is not None and written.points is not None:
        last = int(np.argmax(np.abs(written.points[0])))
        return Factor(float(points[0][last]), float(written.points[0][last]))
    at = max(dist.RECORDS[written.kind].scaled, key=lambda i: abs(written.params[i]))
    if written.params[at] == 0:
        return Factor(1.0, 1.0)
    return Factor(float(params[at]), written.params[at])
