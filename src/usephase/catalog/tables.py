"""From a raw table to a table: columns by their schema, rows sorted by key, everything wrong by its place."""

import dataclasses
import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal

import numpy as np
import pandas as pd

from usephase.catalog import texts
from usephase.catalog.cell_units import unit_rule
from usephase.catalog.columns import Finding, read_values
from usephase.catalog.limits import MAX_FINDINGS, MAX_MESSAGE, clip, each
from usephase.catalog.pedigree import sigma
from usephase.catalog.refusal import Refusal
from usephase.catalog.schema import Column, TableSchema
from usephase.catalog.sources import RawTable
from usephase.catalog.table import Table, Values
from usephase.errors import Problem
from usephase.sampling.distributions import ABSENT
from usephase.units import nearest

_UNIT_COLUMNS = {("modes", "rate_unit"), ("use_profiles", "amount_unit"), ("carriers", "unit")}
_FREE_TEXT = ("name", "source")  # nothing refers to them: a date or a truth value in Excel is as good as a text

_ALIKE = 0.85
"""How much a label may look like a known column (`difflib`'s ratio) without a warning: `familiy` is at 0.92."""

# What results can be grouped by without a label.
_GROUPINGS = (
    "total", "region", "segment", "component", "mode", "material", "calendar_year", "coverage", "year", "ledger",
    "phase", "option",
)  # fmt: skip


@dataclass(frozen=True)
class ReadTable:
    """Hold a table as read, its labels, and what is wrong with it."""

    table: Table
    labels: tuple[str, ...]
    problems: list[Problem]


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
        return ReadTable(table, self.labels, [problem for _, problem in self.found])

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
            self._add(int(self.raw.line[found.row]), column, found.what, found.fix, found.severity)

    def _top(self, name: str, what: str, fix: str, severity: Literal["error", "warning"] = "error") -> None:
        """Report what concerns a column as a whole: at the table, before its rows."""
        where = self.raw.place(self.raw.header_line, name if name in self.raw.cells else "")
        self.found.append((0, Problem(where=where, what=what, fix=fix, severity=severity)))

    # -- columns ---------------------------------------------------------------------------------------------

    def _columns(self) -> None:
        known = [column.name for column in self.schema.columns]
        further = [name for name in self.raw.cells if name not in known and name not in self.extra]
        missing = [c.name for c in self.schema.columns if c.required and c.name not in self.raw.cells]
        for name in missing:
            close = nearest(name, further)
            fix = f"add it, or rename the column `{close}`" if close else f"add a column `{name}`"
            self._top(name, f"the required column `{name}` is missing", fix)
        if self.schema.labels:
            self.labels = tuple(sorted(name for name in further if self._label(name, known)))
        else:
            for name in further:
                close = nearest(name, known)
                fix = f"did you mean `{close}`? " if close else ""
                self._top(name, f"the column `{name}` is not known", f"{fix}Known are {', '.join(known)}")
        count = len(self.raw)
        for name in (*known, *self.extra, *self.labels):
            column = self.raw.cells.get(name)
            self.cells[name] = np.full(count, "", dtype=object) if column is None else column
            self.void[name] = np.full(count, name in missing)

    def _label(self, name: str, known: list[str]) -> bool:
        if name.casefold() in _GROUPINGS or any(mark in name for mark in ":=;,"):
            what = f"a label cannot be called `{name}`: results have a grouping or a mark of that name"
            self._top(name, what, "give the column another name, without `:`, `=`, `;` and `,`")
            return False
        close = nearest(name, known)
        if name.casefold() == close:
            self._top(name, f"the column `{name}` is not known", f"did you mean `{close}`?")
            return False
        if close and difflib.SequenceMatcher(None, name, close).ratio() >= _ALIKE:
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
            out, findings = texts.choices(cells, column, units=(self.schema.name, name) in _UNIT_COLUMNS)
        else:
            out, findings = np.where(cells == "", column.default or "", cells), texts.errors(cells)
            if name == "pedigree":
                out, findings = _pedigrees(cells)
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
            for row, original in pairs[:MAX_FINDINGS]:
                self._repeated(row, original, data)
            if len(pairs) > MAX_FINDINGS:
                what, line = f"and {len(pairs) - MAX_FINDINGS:,} more like these", self.raw.line[pairs[MAX_FINDINGS][0]]
                self._add(int(line), keys[0], what, "delete the repeated rows, or change their keys")
        stays = usable & ~repeated
        order = np.concatenate([order[stays[order]], order[~stays[order]]])
        return order, int(stays.sum())

    def _repeated(self, row: int, original: int, data: Mapping[str, np.ndarray]) -> None:
        lines = self.raw.line
        key = ";".join(f"{name}={data[name][row]}" for name in self.schema.keys if data[name][row] not in ("", -1))
        what = f"`{key}` is there twice: also in {'row' if self.raw.sheet else 'line'} {lines[original]}"
        self._add(int(lines[row]), self.schema.keys[0], what, "delete one of the two rows, or change its key")

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
            if (unit_column and column.required) or (self.schema.name, name) == ("use_profiles", "amount"):
                self.void[name] |= self.void[unit_column]
            if (self.schema.name, name) == ("use_profiles", "amount"):
                self._amounts(row_units)
            cells = np.where(self.void[name], "", self.cells[name])
            read = read_values(self.schema.name, column, cells, row_units, data["pedigree"])
            self._report(name, read.findings)
            kind = read.values.kind.copy()
            kind[self.void[name]] = ABSENT
            values[name] = Values(
                kind, read.values.params, self.cells[name], column.low, column.high, read.values.points
            )  # fmt: skip
            if (self.schema.name, unit_column) in _UNIT_COLUMNS and self.schema.name != "carriers":
                units[unit_column] = np.where(read.unit == "", row_units, read.unit)
        return values, units

    def _amounts(self, row_units: np.ndarray) -> None:
        empty = np.flatnonzero((self.cells["amount"] == "") & (row_units != "rest"))
        fix = "write the amount, or `rest` as its unit"
        self._report("amount", _each(empty, "`amount` is empty", fix))


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
    """Make the first rows of columns into series: one for all columns of text that nobody filled."""
    blank = _series(np.full(count, "", dtype=object))
    columns = {name: column[:count] for name, column in data.items()}
    return {n: blank if x.dtype == object and not any(x) else _series(x) for n, x in columns.items()}


def _series(column: np.ndarray) -> "pd.Series[Any]":
    return pd.Series(column, dtype="str") if column.dtype == object else pd.Series(column)


def _typed_fix(kind: str) -> str:
    if kind.startswith("a formula"):
        return "open the workbook in a spreadsheet program and save it, or write the value"
    return "format the cell as text or number and write it again"


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
