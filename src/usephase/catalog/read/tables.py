"""From a raw table to a table: columns by their schema, rows sorted by key, everything wrong by its place."""

import csv
import dataclasses
import difflib
import io
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Context, Decimal
from functools import cache
from typing import Any, Literal

import numpy as np
import pandas as pd

from usephase.catalog.read import texts
from usephase.catalog.read.damage import KINDS, Damage, named
from usephase.catalog.read.headers import advise_column, other_word
from usephase.catalog.read.limits import MAX_FINDINGS, MAX_MESSAGE, clip, each
from usephase.catalog.read.sources import RawTable
from usephase.catalog.schema import ADDS_UP, Column, TableSchema
from usephase.catalog.table import Table, Values
from usephase.catalog.values.columns import CERTAIN, COUNTED, LIKELY, OPEN, Finding, matches, read_values
from usephase.catalog.values.grammar import settled
from usephase.catalog.values.pedigree import sigma
from usephase.catalog.values.refusal import DECIMALS, Refusal, two_readings
from usephase.catalog.values.units import unit_rule
from usephase.errors import Problem
from usephase.sampling.distributions import ABSENT
from usephase.units import nearest

UNIT_COLUMNS = {
    ("modes", "rate_unit"): "rate", ("use_profiles", "amount_unit"): "amount", ("carriers", "unit"): "",
    ("archetype_modes", "rate_unit"): "rate", ("archetype_modes", "amount_unit"): "amount",
}  # fmt: skip
"""Columns of units, and of the numbers in them (a carrier's factors are per unit)."""
_FREE_TEXT = ("name", "source")  # nothing refers to them: a date or a truth value in Excel is as good as a text

_ALIKE = 0.85
"""How much a label may look like a known column (`difflib`'s ratio) without a warning: `familiy` is at 0.92."""

# What results can be grouped by without a label.
_GROUPINGS = (
    "total", "region", "segment", "component", "mode", "material", "calendar_year", "coverage", "year", "ledger",
    "phase", "option",
)  # fmt: skip

_STEP = re.compile(r"\s*([*+]?)\s*(.*)", re.DOTALL)
_FIFTEEN = Context(prec=15)
"""Digits of a sum: more are the rounding of whatever program made the numbers."""
_PLAIN = re.compile(r"\d+(\.\d+)?")


@dataclass(frozen=True)
class ReadTable:
    """Hold a table as read, its labels, and what is wrong with it."""

    table: Table
    labels: tuple[str, ...]
    problems: list[Problem]
    damaged: tuple[Damage, ...] = ()


def read_table(raw: RawTable, schema: TableSchema, extra: Iterable[str] = ()) -> ReadTable:
    """Read a table.

    Parameters
    ----------
    raw : RawTable
        The table as it stands in its file.
    schema : TableSchema
        What it may hold.
    extra : iterable of str
        Further columns of text that are allowed (the reference's licence and basis).

    Returns
    -------
    ReadTable
        Rows without a usable key, and repeated ones, are left out; a refused cell is absent.
    """
    return _Reader(raw, schema, tuple(extra)).read()


def empty_table(schema: TableSchema, origin: str, *, sheet: bool = False) -> Table:
    """Make a table without rows."""
    made = _empty(schema)
    return dataclasses.replace(made, frame=made.frame.copy(), origin=origin, sheet=sheet)


@cache
def _empty(schema: TableSchema) -> Table:
    blank = {column.name: np.empty(0, dtype=object) for column in schema.columns}
    return read_table(RawTable("", blank, np.empty(0, dtype=np.int64)), schema).table


@dataclass
class _Reader:
    raw: RawTable
    schema: TableSchema
    extra: tuple[str, ...]
    found: list[tuple[int, Problem]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.cells: dict[str, np.ndarray] = {}
        self.void: dict[str, np.ndarray] = {}  # cells that are refused already: reported once, then absent
        self.labels: tuple[str, ...] = ()
        self.damaged: list[Damage] = []

    def read(self) -> ReadTable:
        self._columns()
        self._clean()
        data = self._plain_columns()
        order, kept = self._order(data)
        # Sorted before the values are read: what is numbered in order of appearance is then numbered by key.
        self.raw = self.raw.take(order)
        for held in (self.cells, self.void, data):
            held.update({name: column[order] for name, column in held.items()})
        values, units = self._values(data)
        data.update(units)
        frame = pd.DataFrame(_plain_series(data, kept), index=pd.RangeIndex(kept))
        table = Table(
            self.schema.name,
            frame,
            {name: _first(column, kept) for name, column in values.items()},
            self.raw.line[:kept],
            self.raw.origin,
            self.raw.sheet,
            dict(self.raw.letters),
        )
        self.found.sort(key=lambda pair: pair[0])
        return ReadTable(table, self.labels, [problem for _, problem in self.found], self._damage())

    # -- problems --------------------------------------------------------------------------------------------

    def _add(
        self, line: int, column: str, what: str, fix: str, severity: Literal["error", "warning"] = "error"
    ) -> None:
        what, fix = clip(what, MAX_MESSAGE), clip(fix, MAX_MESSAGE)
        problem = Problem(where=self.raw.place(line, column), what=what, fix=fix, severity=severity)
        self.found.append((line, problem))

    def _report(self, column: str, findings: Iterable[Finding]) -> None:
        """Report findings, each cell's first error only."""
        void = self.void[column]
        for found in findings:
            if found.severity == "error":
                if void[found.row]:
                    continue
                void[found.row] = True
                self._damaged(found, column)
            self._add(int(self.raw.line[found.row]), column, found.what, found.fix, found.severity)

    def _damaged(self, found: Finding, column: str) -> None:
        texts = (str(self.cells[c.name][found.row]) for c in self.schema.columns if c.name in (*KINDS, "row"))
        place = self.raw.place(int(self.raw.line[found.row]), column) if found.impossible else ""
        self.damaged.append(Damage(self.schema.name, frozenset({column}), named(texts), place=place))

    def _damage(self) -> tuple[Damage, ...]:
        """Give what could not be read; very much of a table is all of it."""
        if len(self.damaged) <= MAX_FINDINGS:
            return tuple(self.damaged)
        return (Damage(self.schema.name, whole=True),)

    def _top(self, name: str, what: str, fix: str, severity: Literal["error", "warning"] = "error") -> None:
        """Report what concerns a column as a whole: at the table, before its rows."""
        if severity == "error":
            self.damaged.append(Damage(self.schema.name, whole=True))
        where = self.raw.place(self.raw.header_line, name if name in self.raw.cells else "")
        self.found.append((0, Problem(where=where, what=what, fix=fix, severity=severity)))

    # -- columns ---------------------------------------------------------------------------------------------

    def _columns(self) -> None:
        known = [column.name for column in self.schema.columns]
        further = [name for name in self.raw.cells if name not in known and name not in self.extra]
        missing = [c.name for c in self.schema.columns if c.required and c.name not in self.raw.cells]
        years = [name for name in further if name.isdecimal() and len(name) == len("2024")]
        slips = self._slips(further, [name for name in known if name not in self.raw.cells])
        if len(further) > 1 and missing and not set(known) & set(self.raw.cells):
            what = f"none of the column names of `{self.schema.name}` is in its first row"
            self._top("", what, f"write them there: {', '.join(missing)}, and further ones as needed")
            further, missing = [], known
        elif len(years) > 1 and "year" in missing:
            what = f"the years {years[0]} to {years[-1]} stand side by side, each in a column of its own"
            names = ", ".join(c.name for c in self.schema.columns if c.required)
            self._top(years[0], what, f"write a row for each year, with the columns {names}")
            further = [name for name in further if name not in years]
        elif len(missing) == len(further) == 1 and not self.schema.labels:
            what = f"the column `{further[0]}` is not known, and the required column `{missing[0]}` is missing"
            fix = f"rename it to `{missing[0]}`, if that is what it is. Known are {', '.join(known)}"
            self._top(further.pop(), what, fix)
        else:
            for name in missing:
                close = next((given for given, meant in slips.items() if meant == name), "")
                fix = f"add it, or rename the column `{close}`" if close else f"add a column `{name}`"
                self._top(name, f"the required column `{name}` is missing", fix)
            further = [name for name in further if slips.get(name) not in missing]
        if self.schema.labels:
            self.labels = tuple(sorted(name for name in further if self._label(name, known, slips.get(name, ""))))
        else:
            for name in further:
                fix = f"{advise_column(name, self.schema, self.raw.cells)}Known are {', '.join(known)}"
                self._top(name, f"the column `{name}` is not known", fix)
        count = len(self.raw)
        for name in (*known, *self.extra, *self.labels):
            column = self.raw.cells.get(name)
            self.cells[name] = np.full(count, "", dtype=object) if column is None else column
            self.void[name] = np.full(count, name in missing or name in slips.values())

    def _slips(self, further: list[str], absent: list[str]) -> dict[str, str]:
        """Tell which columns are one that is absent, misspelt: what only follows from it is not said."""
        words = {name: other_word(name, self.schema) for name in further}
        close = {
            name: (meant if meant in absent else "") if meant or advice else nearest(name, absent)
            for name, (meant, advice) in words.items()
        }
        if self.schema.labels:
            needed = {column.name for column in self.schema.columns if column.required} | {*KINDS, "archetype"}
            return {name: known for name, known in close.items() if known in needed and _alike(name, known)}
        return {name: known for name, known in close.items() if known}

    def _label(self, name: str, known: list[str], meant: str) -> bool:
        if name.casefold() in _GROUPINGS or any(mark in name for mark in ":=;,"):
            what = f"a label cannot be called `{name}`: results have a grouping or a mark of that name"
            self._top(name, what, "give the column another name, without `:`, `=`, `;` and `,`")
            return False
        if meant:
            what = f"the column `{name}` looks like `{meant}`, which is not there"
            self._top(name, what, f"rename it to `{meant}`; if it is a label, give it a name less like that")
            return False
        close = nearest(name, known)
        if close and _alike(name, close):
            what = f"the column `{name}` is taken as a label, though it looks like `{close}`"
            self._top(name, what, f"rename it to `{close}` if that is what it is", "warning")
        return True

    def _clean(self) -> None:
        for name, column in self.cells.items():
            if name not in self.raw.cells:
                continue
            self.cells[name], findings = texts.cleaned(column)
            self._report(name, findings)
            free = name in _FREE_TEXT or name in self.labels
            typed = self.raw.typed.get(name, {})
            refused = {row: kind for row, kind in typed.items() if not free or kind.startswith("a formula")}
            self._report(name, _wrong_types(refused, self.cells[name]))

    def _plain_columns(self) -> dict[str, np.ndarray]:
        """Read every column that holds no uncertain value."""
        data: dict[str, np.ndarray] = {}
        for column in self.schema.columns:
            if column.kind != "value":
                data[column.name] = self._plain(column)
                self._require(column)
        for name in (*self.extra, *self.labels):
            self._report(name, texts.errors(self.cells[name]))
            data[name] = self.cells[name]
        return data

    def _plain(self, column: Column) -> np.ndarray:
        name, cells = column.name, self.cells[column.name]
        out: np.ndarray
        if column.kind == "year":
            out, findings = texts.years(cells)
        elif column.kind == "number":
            out, findings = texts.numbers(self.schema.name, column, cells)
        elif column.kind == "choice":
            numbers = UNIT_COLUMNS.get((self.schema.name, name))
            number = self.cells.get(numbers or "")
            out, findings = texts.choices(cells, column, units=numbers is not None, numbers=number)
        else:
            out, findings = np.where(cells == "", column.default or "", cells), texts.errors(cells)
            if name == "pedigree":
                out, findings = _pedigrees(cells)
            elif (self.schema.name, name) == ("options", "value"):
                findings += _points_of_options(cells, self._evidence(name))
        self._report(name, findings)
        return out

    def _require(self, column: Column) -> None:
        if column.required:
            empty = np.flatnonzero(self.cells[column.name] == "")
            fix = "write it: the column is required"
            self._report(column.name, _each(empty, f"`{column.name}` is empty", fix))

    # -- rows ------------------------------------------------------------------------------------------------

    def _order(self, data: Mapping[str, np.ndarray]) -> tuple[np.ndarray, int]:
        """Sort rows by key; those without one, and repeated ones, come last. Gives the order and how many stay."""
        keys = self.schema.keys
        count = len(self.raw)
        usable = ~np.logical_or.reduce([self.void[name] for name in keys]) if keys else np.ones(count, dtype=bool)
        codes = [data[name] if data[name].dtype != object else pd.factorize(data[name], sort=True)[0] for name in keys]
        repeated = np.zeros(count, dtype=bool)
        order = np.arange(count)
        if count and keys:
            order = np.lexsort([*reversed(codes), ~usable])
            good = order[: int(usable.sum())]
            same = np.logical_and.reduce([code[good][1:] == code[good][:-1] for code in codes])
            first = (
                good[np.maximum.accumulate(np.where(np.r_[True, ~same], np.arange(len(good)), 0))]
                if len(good)
                else good
            )
            pairs = list(zip(good[1:][same].tolist(), first[1:][same].tolist(), strict=True))
            repeated[good[1:][same]] = True
            all_rows: dict[int, list[int]] = {}
            for row, original in pairs:
                all_rows.setdefault(original, [original]).append(row)
            for row, original in pairs[:MAX_FINDINGS]:
                self._repeated(row, all_rows[original], data)
            if len(pairs) > MAX_FINDINGS:
                what, line = f"and {len(pairs) - MAX_FINDINGS:,} more like these", self.raw.line[pairs[MAX_FINDINGS][0]]
                self._add(int(line), keys[0], what, "deal with them as with those above")
        stays = usable & ~repeated
        order = np.concatenate([order[stays[order]], order[~stays[order]]])
        return order, int(stays.sum())

    def _repeated(self, row: int, rows: list[int], data: Mapping[str, np.ndarray]) -> None:
        lines, original = self.raw.line, rows[0]
        key = ";".join(f"{name}={data[name][row]}" for name in self.schema.keys if data[name][row] not in ("", -1))
        spelt = [
            f"`{written[row]}` here and `{written[original]}` there are one {name}"
            for name, written in self.raw.written.items()
            if name in self.schema.keys and written[row] != written[original]
        ]
        told = f" ({', '.join(spelt)})" if spelt else ""
        what = f"`{key}` is there twice{told}: also in {'row' if self.raw.sheet else 'line'} {lines[original]}"
        self._add(int(lines[row]), self.schema.keys[0], what, self._one_row(rows, bool(spelt)))

    def _one_row(self, rows: list[int], spelt: bool) -> str:
        """Say what becomes of rows with one key: what adds up is added, so that no units or mass are lost."""
        name = ADDS_UP.get(self.schema.name)
        rows = rows[: MAX_FINDINGS + 1]
        if name is None or (not spelt and len({self.cells[name][row] for row in rows}) == 1):
            return "delete one of the two rows, or change its key"
        many = f"the {'two ' if len(rows) == 2 else ''}rows"
        one = f"if each counts, add the {name} of {many} in one row"
        numbers = [str(self.cells[name][row]) for row in rows]
        if len(rows) <= MAX_FINDINGS and all(_PLAIN.fullmatch(number) for number in numbers):
            first = {of: str(self.raw.written.get(of, cells)[rows[0]]) for of, cells in self.raw.cells.items()}
            first[name] = f"{_FIFTEEN.plus(sum(map(Decimal, numbers), Decimal())).normalize():f}"
            one += f": `{_as_line(first.values())}`"
        return f"{one}; if they say one thing twice, delete all but one"

    # -- uncertain values ------------------------------------------------------------------------------------

    def _values(self, data: Mapping[str, np.ndarray]) -> tuple[dict[str, Values], dict[str, np.ndarray]]:
        """Read the uncertain columns; also the unit columns that they complete."""
        values: dict[str, Values] = {}
        units: dict[str, np.ndarray] = {}
        for column in self.schema.columns:
            if column.kind != "value":
                continue
            name = column.name
            _, unit_column = unit_rule(self.schema.name, column)
            row_units = data[unit_column] if unit_column else np.full(len(self.raw), "", dtype=object)
            self._require(column)
            if unit_column and (column.required or name in ("rate", "amount")):
                self.void[name] |= self.void[unit_column]
            if (self.schema.name, name) == ("use_profiles", "amount"):
                self._amounts(row_units)
            cells = np.where(self.void[name], "", self.cells[name])
            read = read_values(self.schema.name, column, cells, row_units, data["pedigree"], self._evidence(name))
            self._report(name, read.findings)
            kind = read.values.kind.copy()
            kind[self.void[name]] = ABSENT
            values[name] = Values(
                kind, read.values.params, self.cells[name], column.low, column.high, read.values.points
            )  # fmt: skip
            if (self.schema.name, unit_column) in UNIT_COLUMNS and self.schema.name != "carriers":
                units[unit_column] = np.where(read.unit == "", row_units, read.unit)
        return values, units

    def _evidence(self, name: str) -> np.ndarray:
        """Tell how sure it is that points part decimals. Shape (row,)."""
        open_ = self.raw.sheet or (self.schema.name, name) == COUNTED
        sure = np.full(len(self.raw), OPEN if open_ else LIKELY)
        numbers = self.raw.numbers.get(name)
        return sure if numbers is None else np.where(numbers, CERTAIN, sure)

    def _amounts(self, row_units: np.ndarray) -> None:
        empty = np.flatnonzero((self.cells["amount"] == "") & (row_units != "rest"))
        fix = "write the amount, or `rest` as its unit"
        self._report("amount", _each(empty, "`amount` is empty", fix))


def _alike(name: str, known: str) -> bool:
    return difflib.SequenceMatcher(None, name, known).ratio() >= _ALIKE


def _each(rows: np.ndarray, what: str, fix: str) -> list[Finding]:
    return each(rows, lambda row: Finding(row, what, fix), lambda row, more: Finding(row, more, fix))


def _wrong_types(typed: Mapping[int, str], cells: np.ndarray) -> list[Finding]:
    return each(
        np.array(list(typed), dtype=np.int64),
        lambda row: Finding(row, f"the cell holds {typed[row]} (`{clip(cells[row])}`)", _typed_fix(typed[row])),
        lambda row, more: Finding(row, more, "repair those first"),
    )


def _first(values: Values, count: int) -> Values:
    kind, params, text = values.kind[:count], values.params[:count], values.text[:count]
    return Values(kind, params, text, values.low, values.high, values.points)


def _plain_series(data: Mapping[str, np.ndarray], count: int) -> dict[str, "pd.Series[Any]"]:
    """Make the first rows of columns into series: one for all columns of text that hold one text alone."""
    whole: dict[str, pd.Series[Any]] = {}
    out = {}
    for name, column in data.items():
        rows = column[:count]
        if rows.dtype != object or not len(rows) or (rows != rows[0]).any():
            out[name] = _series(rows)
        else:
            out[name] = whole.setdefault(rows[0], _series(rows) if rows[0] not in whole else whole[rows[0]])
    return out


def _series(column: np.ndarray) -> "pd.Series[Any]":
    return pd.Series(column, dtype="str") if column.dtype == object else pd.Series(column)


def _typed_fix(kind: str) -> str:
    if kind.startswith("a formula"):
        return "open the workbook in a spreadsheet program and save it, or write the value"
    return "format the cell as text or number and write it again"


def _points_of_options(cells: np.ndarray, evidence: np.ndarray) -> list[Finding]:
    """Find the values of options, and steps such as `+1.234`, whose points can be read in two ways."""
    found = {}
    for row in np.flatnonzero((evidence != CERTAIN) & matches(cells, r"[1-9][0-9]{0,2}\.[0-9]{3}")).tolist():
        told = _STEP.fullmatch(cells[row])
        refusal = two_readings(told[2]) if told else None
        tries = [(f"{told[1]}{text}", why) for text, why in settled(refusal).tries] if told and refusal else []
        if refusal is not None and len(tries) > 1:
            what = f"`{clip(cells[row])}` can be read as {tries[0][0]} or as {tries[1][0]}"
            found[row] = Refusal(what, refusal.otherwise, tries)
    refused = [Finding(row, told.what, told.fix) for row, told in found.items() if evidence[row] == OPEN]
    taken = [row for row in found if evidence[row] != OPEN]
    if not taken or matches(cells, DECIMALS).any():
        return refused
    thousands, decimals = (text for text, _ in found[taken[0]].tries)
    what = f"{found[taken[0]].what}: it is read as {decimals}, unless it is a count"
    fix = f"nothing to do, unless it is {thousands}"
    return [*refused, Finding(taken[0], what, fix, "warning")]


def _pedigrees(cells: np.ndarray) -> tuple[np.ndarray, list[Finding]]:
    codes, unique = pd.factorize(cells)
    refused: dict[int, Refusal] = {}
    for i, text in enumerate(unique):
        try:
            if text:
                sigma(text)
        except Refusal as refusal:
            refused[i] = refusal
    clean = np.array(["" if i in refused else text for i, text in enumerate(unique)], dtype=object)
    findings = each(
        np.flatnonzero(np.isin(codes, list(refused))) if refused else np.empty(0, dtype=np.int64),
        lambda row: Finding(row, refused[codes[row]].what, refused[codes[row]].fix),
        lambda row, more: Finding(row, more, "repair those first"),
    )
    return clean[codes], findings


def _as_line(texts: Iterable[str]) -> str:
    stream = io.StringIO()
    csv.writer(stream, lineterminator="").writerow(texts)
    return stream.getvalue()
