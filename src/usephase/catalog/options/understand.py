"""Design options: what each row of the table `options` does to the catalog.

A row with a value, ``*0.9`` or ``+5`` changes one uncertain cell. ``+`` and ``-`` in the column add and remove a row;
a column of text is replaced; ``product`` in `sales` gives the units of one product to another; the table ``option``
says what the option costs.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from usephase.catalog.archetypes import ORIGIN
from usephase.catalog.options.changes import CHANGEABLE, SETTINGS_ROW, matching, of_same_places, read_change, read_row
from usephase.catalog.options.records import Address, Cost, Edit, OptionRow, Options, RowChange, RowRefusal
from usephase.catalog.options.tables import new_rows
from usephase.catalog.resolve import Resolved, reference_of
from usephase.catalog.schema import MUTE, TABLES, Column
from usephase.catalog.table import Table
from usephase.catalog.values import cells
from usephase.catalog.values.grammar import NUMBER, naming, parse
from usephase.catalog.values.ranges import Range, within
from usephase.catalog.values.refusal import Refusal
from usephase.sampling import distributions as dist
from usephase.units import nearest

BASE = "base"
ADD, REMOVE = "+", "-"
COST_TABLE = "option"
STRUCTURED = tuple(name for name in TABLES if name not in ("settings", "options", "correlations", "coverage"))
"""Tables whose rows an option may add, remove, or change in a column of text."""

_EXCLUDING = {
    *(("lifetimes", name) for name in ("mean", "t50", "t90", "scale", "median")), ("use_profiles", "amount"),
}  # fmt: skip
"""Cells that are empty because something else stands in their place."""
_UNITS = ("rate_unit", "amount_unit")
_SUBSTITUTE = re.compile(rf"(.+?)(?:\s*\*\s*({NUMBER}))?")


def read_options(resolved: Resolved) -> tuple[Options, list[tuple[int, RowRefusal]]]:
    """Understand every row of `options`.

    Parameters
    ----------
    resolved : Resolved

    Returns
    -------
    Options
        Those rows that can be understood.
    list of (row, RowRefusal)
        What is wrong with the others.
    """
    table = resolved.tables["options"]
    rows: dict[str, list[OptionRow]] = {}
    costs: dict[str, list[Cost]] = {}
    refused = []
    seen: dict[tuple[str, Address], int] = {}
    with naming(resolved.catalog.samples):
        for i in range(len(table)):
            record = {name: str(table.frame[name].iat[i]).strip() for name in (*TABLES["options"].keys, "value")}
            try:
                if record["table"] == COST_TABLE:
                    costs.setdefault(record["option"], []).append(_cost(record))
                    rows.setdefault(record["option"], [])
                    continue
                read = _Row(resolved, record, i).read()
                _once(read, seen, table)
            except RowRefusal as refusal:
                refused.append((i, refusal))
                continue
            rows.setdefault(read.option, []).append(read)
    return Options({k: tuple(v) for k, v in rows.items()}, {k: tuple(v) for k, v in costs.items()}), refused


def _once(read: OptionRow, seen: dict[tuple[str, Address], int], table: Table) -> None:
    """Refuse a second change of the same cell: what it would act on would depend on the order of the rows."""
    for edit in read.edits:
        if edit.operation == "take":
            continue
        first = seen.setdefault((read.option, edit.address), read.number)
        if first != read.number:
            what = f"`{read.option}` changes this cell twice ({table.place(first)})"
            raise RowRefusal(Refusal(what, "remove one of the two rows"), "row")


def _cost(record: Mapping[str, str]) -> Cost:
    try:
        at = "row"
        if record["row"] not in ("unit", "total"):
            raise Refusal(f"`{record['row']}` is not what a cost can be given for", "write `unit` or `total`")
        at = "column"
        if record["column"] != "cost":
            raise Refusal(f"`{record['column']}` is nothing an option itself has", "write `cost`")
        at = "value"
        value = parse(record["value"])
        if value.unit:
            raise Refusal(f"the cost has the unit `{value.unit}`", "write the number alone: all costs in one currency")
        value, _ = within(value, Range())
    except Refusal as refusal:
        raise RowRefusal(refusal, at) from None
    per: Literal["unit", "total"] = "unit" if record["row"] == "unit" else "total"
    return Cost(record["option"], per, value.kind, np.array(value.params), value.points)


@dataclass
class _Row:
    """Understand one row; `at` follows the column that is being looked at."""

    resolved: Resolved
    record: Mapping[str, str]
    number: int
    at: str = "table"

    def read(self) -> OptionRow:
        try:
            return self._read()
        except RowRefusal:
            raise
        except Refusal as refusal:
            raise RowRefusal(refusal, self.at) from None

    def _read(self) -> OptionRow:
        name, column = self.record["table"], self.record["column"]
        if name not in STRUCTURED and name not in CHANGEABLE:
            known = (*STRUCTURED, "settings", COST_TABLE)
            raise Refusal(f"`{name}` is not a table that an option can change", _advise(name, known))
        if column in (ADD, REMOVE):
            return self._rows(name, column)
        if (name, column) == ("sales", "product"):
            return self._substitution()
        self.at = "column"
        declared = self._declared(name, column)
        self.at = "row"
        row = self._one(name)
        if declared.kind != "value":
            self._own(name, row)
        self.at = "value"
        if not self.record["value"]:
            raise Refusal("`value` is empty", "write it: the column is required")
        if declared.kind != "value":
            return self._text(name, declared, row)
        return self._value(name, column, row)

    def _declared(self, name: str, column: str) -> Column:
        known = [c.name for c in TABLES[name].columns if not c.key and c.name not in (*MUTE, *_UNITS)]
        if name == "products":
            known += self.resolved.catalog.labels
        if column in known:
            labels = self.resolved.catalog.labels
            return Column(name=column) if column in labels else TABLES[name].column(column)
        if column in _UNITS:
            raise Refusal("a unit is no design", f"write the unit behind the value of `{column.removesuffix('_unit')}`")
        what = f"`{column}` is not a column of {name} that an option can change"
        raise Refusal(what, _advise(column, known))

    def _one(self, name: str) -> int:
        """Find the one row that is meant."""
        text = self.record["row"]
        wanted = read_row(text, name)
        table = self.resolved.tables[name]
        missing = _missing_keys(name, wanted)
        if missing:
            raise Refusal(f"the row does not say which {' and '.join(missing)}", f"write {missing} too, as `key=value`")
        rows = matching(table, wanted, exact=True)
        if len(rows) != 1:
            keys = [table.key(i) for i in range(len(table))] if len(table) <= 2000 else []
            otherwise = f"write the keys of a row of {name} that is used, or add one (column `{ADD}`)"
            raise Refusal(f"no row of {name} is `{text}`", _advise(text, of_same_places(name, text, keys), otherwise))
        return int(rows[0])

    def _own(self, name: str, row: int) -> None:
        """Refuse to reword or remove what a product has from its archetype: no other row would say the rest."""
        frame = self.resolved.tables[name].frame
        if frame["origin"].iat[row] == ORIGIN:
            what = "the row comes from an archetype: its values can be changed, its words and the row itself not"
            raise Refusal(what, f"write rows of its own for the product in {name}, or change its `archetype`")

    def _made(self, row: str, **parts: Any) -> OptionRow:
        record = self.record
        return OptionRow(
            record["option"], record["table"], row, record["column"], record["value"], self.number, **parts
        )

    def _value(self, name: str, column: str, row: int) -> OptionRow:
        table = self.resolved.tables[name]
        empty = bool(cells.empty(table.values[column])[row])
        if empty and (name, column) in _EXCLUDING:
            self.at = "column"
            raise Refusal("the base cell is empty because the row is given otherwise", "change the cell that is filled")
        change = read_change(self.record["value"], table, row, column)
        text = address_row(table, row)
        edit = Edit((name, text, column), change.operation, change.number, change.kind, change.params, change.points)
        if empty:
            keys = read_row(text, name)
            return self._made(text, change=RowChange("fill", name, keys, {column: self.record["value"]}, edit))
        if change.operation in ("multiply", "add"):
            _stays_inside(table, row, edit, self.record["value"])
        return self._made(text, edits=(edit,))

    def _text(self, name: str, column: Column, row: int) -> OptionRow:
        value = self.record["value"]
        if column.kind == "choice" and value not in column.choices:
            raise Refusal(f"`{value}` is not a {column.name}", _advise(value, column.choices))
        if column.kind == "number" and not (re.fullmatch(NUMBER, value) and float(value) > 0):
            raise Refusal(f"`{value}` is not a {column.name}", "write a number above 0")
        self._known(name, column.name, value)
        text = address_row(self.resolved.tables[name], row)
        return self._made(text, change=RowChange("text", name, read_row(text, name), {column.name: value}))

    def _known(self, name: str, column: str, value: str) -> None:
        """Refuse a name that nothing in the catalog or the reference answers to; new rows are checked later."""
        home = {"use_profile": "use_profiles", "lifetime": "lifetimes", "carrier": "carriers"}.get(column)
        if home is None or value == "electricity":
            return
        key = TABLES[home].keys[0]
        own = self.resolved.catalog.tables[home].frame[key]
        other = reference_of(self.resolved.catalog)(home).frame[key]
        options = self.resolved.catalog.tables["options"].frame
        new = options["row"][(options["table"] == home) & (options["column"] == ADD)]
        added = [read_row(str(text), home).get(key, "") for text in new]
        known = sorted({*map(str, own), *map(str, other), *added})
        if value not in known:
            raise Refusal(
                f"there is no {column.replace('_', ' ')} `{value}`", _advise(value, known, f"add it to {home}")
            )

    def _rows(self, name: str, column: str) -> OptionRow:
        """Add or remove a row."""
        if name not in STRUCTURED:
            raise Refusal(f"rows of {name} cannot be added or removed", f"use one of {', '.join(STRUCTURED)}")
        self.at = "row"
        keys = read_row(self.record["row"], name)
        table = self.resolved.tables[name]
        if column == REMOVE:
            row = self._one(name)
            self._own(name, row)
            self.at = "value"
            if self.record["value"] != "remove":
                raise Refusal(f"`{self.record['value']}` stands where a row is removed", "write `remove`")
            text = address_row(table, row)
            return self._made(text, change=RowChange("remove", name, keys, {}))
        missing = _missing_keys(name, keys)
        if missing:
            raise Refusal(f"the new row does not say which {' and '.join(missing)}", "write every key, as `key=value`")
        if len(matching(table, keys, exact=True)) and not self._replaced(name, keys):
            fix = f"change its cells, or remove it too (column `{REMOVE}`)"
            raise Refusal(f"{name} has the row `{self.record['row']}` already", fix)
        self.at = "value"
        text = ";".join(f"{key}={keys[key]}" for key in TABLES[name].keys if keys.get(key))
        change = RowChange("add", name, keys, read_cells(self.record["value"], name))
        new_rows(self.resolved.catalog, [change])
        return self._made(text, change=change)

    def _replaced(self, name: str, keys: Mapping[str, str]) -> bool:
        frame = self.resolved.tables["options"].frame
        same = (frame["option"] == self.record["option"]) & (frame["table"] == name) & (frame["column"] == REMOVE)
        return any(read_row(str(text), name) == dict(keys) for text in frame["row"][same])

    def _substitution(self) -> OptionRow:
        """Give the units of a product to another one, with a ratio."""
        self.at = "row"
        wanted = read_row(self.record["row"], "sales")
        if "product" not in wanted:
            raise Refusal("the row does not say which product", "write `product=…`, and region and year if not all")
        table = self.resolved.tables["sales"]
        rows = matching(table, wanted, exact=False)
        if not len(rows):
            text = self.record["row"]
            raise Refusal(f"no row of sales matches `{text}`", "name a product that is sold")
        self.at = "value"
        match = _SUBSTITUTE.fullmatch(self.record["value"])
        other, ratio = (match[1], float(match[2] or 1)) if match else ("", 1.0)
        frame = self.resolved.tables["options"].frame
        new = frame["row"][(frame["table"] == "products") & (frame["column"] == ADD)]
        added = {read_row(str(text), "products").get("product", "") for text in new}
        known = sorted({*map(str, self.resolved.catalog["products"].frame["product"]), *added})
        if other not in known or other == wanted["product"]:
            fix = _advise(other, [k for k in known if k != wanted["product"]], "write a product, as `OTHER *0.9`")
            raise Refusal(f"`{other}` is not another product", fix)
        if ratio < 0:
            raise Refusal(f"the ratio {ratio:g} is negative", "write units of the other product for each unit")
        edits: list[Edit] = []
        lots = []
        for row in rows:
            source = ("sales", address_row(table, int(row)), "units")
            region, year = str(table.frame["region"].iat[row]), str(table.frame["year"].iat[row])
            goal = ("sales", f"product={other};region={region};year={year}", "units")
            edits.append(Edit(source, "set", 0.0, dist.FIXED, np.zeros(dist.WIDTH)))
            edits.append(Edit(goal, "take", ratio, source=source))
            lots.append((other, region, year))
        return self._made(self.record["row"], edits=tuple(edits), lots=tuple(lots))


def address_row(table: Table, row: int) -> str:
    """Write a row's key as addresses do; the settings' row is ``grid``."""
    return SETTINGS_ROW if table.name == "settings" else table.key(row)


def read_cells(text: str, name: str) -> dict[str, str]:
    """Read the cells of a new row: ``carrier=electricity; rate=0.4 W``.

    Raises
    ------
    Refusal
        If a part is not ``column=value`` with a column of the table that is no key.
    """
    known = [c.name for c in TABLES[name].columns if not c.key]
    cells_of: dict[str, str] = {}
    for part in filter(None, (part.strip() for part in text.split(";"))):
        column, sign, value = (piece.strip() for piece in part.partition("="))
        if not sign:
            raise Refusal(f"`{part}` does not say which column it fills", "write `column=value; column=value`")
        if column not in known and name != "products":
            raise Refusal(f"`{column}` is not a column of {name} to fill", _advise(column, known))
        if column in cells_of:
            raise Refusal(f"`{column}` is given twice", "write it once")
        cells_of[column] = value
    return cells_of


def _missing_keys(name: str, wanted: Mapping[str, str]) -> list[str]:
    return [c.name for c in TABLES[name].columns if c.key and c.required and not wanted.get(c.name)]


def _advise(name: str, known: "list[str] | tuple[str, ...]", otherwise: str = "") -> str:
    close = nearest(name, known)
    rest = otherwise or f"write one of {', '.join(f'`{k}`' for k in list(known)[:20])}"
    return f"did you mean `{close}`? Otherwise {rest}" if close else rest


_STEPS = 256
"""So many values stand for an uncertain step where it is held against the possible range."""


def shifted_bounds(low: float, high: float, factor: float, addend: float) -> tuple[float, float]:
    """Give the base values between which ``factor · x + addend`` and `x` itself stay inside a column's range."""
    if factor == 0:
        return low, high
    return max(low, (low - addend) / factor), min(high, (high - addend) / factor)


def _stays_inside(table: Table, row: int, edit: Edit, text: str) -> None:
    """Refuse a step that leads more than 1 % of the base's draws out of the possible range."""
    values = table.values[edit.address[2]]
    kind, params, points = int(values.kind[row]), values.params[row], cells.points_of(values, row)
    if kind == dist.ABSENT or (kind == dist.FIXED and not edit.uncertain_step):
        return
    kept = whole = 0.0
    for number, weight in _steps_of(edit):
        shift = (number, 0.0) if edit.operation == "multiply" else (1.0, number)
        low, high = shifted_bounds(values.low, values.high, *shift)
        if kind == dist.FIXED:
            whole += weight
            kept += weight * (low <= params[0] <= high)
        elif dist.RECORDS[kind].atoms and points is not None:
            whole += weight  # the weights sum to 1 but for rounding
            kept += weight * (1 - float(points[1][(points[0] < low) | (points[0] > high)].sum()))
        else:
            ends = (
                dist.truncation(kind, params, *limits, points) for limits in ((values.low, values.high), (low, high))
            )
            all_of_it, inside = (above - below for below, above in ends)
            whole += weight * all_of_it
            kept += weight * inside
    if kept < (1.0 if dist.RECORDS[kind].atoms and not edit.uncertain_step else 0.99) * whole:
        out = f"{100 * (1 - kept / whole):.0f} %"
        fix = f"write a smaller change, or a distribution that stays between {values.low:g} and {values.high:g}"
        raise Refusal(f"`{text}` leads {out} of the base's values out of the possible range", fix)


def _steps_of(edit: Edit) -> list[tuple[float, float]]:
    """Give the values of a step, and their weights."""
    if not edit.uncertain_step or edit.params is None:
        return [(edit.number, 1.0)]
    if dist.RECORDS[edit.kind].atoms and edit.points is not None:
        return list(zip(*(x.tolist() for x in edit.points), strict=True))
    at = (np.arange(_STEPS) + 0.5) / _STEPS
    steps = dist.quantile(edit.kind, edit.params, at, edit.points)
    return [(max(x, 0.0) if edit.operation == "multiply" else x, 1 / _STEPS) for x in steps.tolist()]
