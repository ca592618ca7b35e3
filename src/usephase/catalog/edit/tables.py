"""The catalog on the desk: its tables as they stand in the files, and which cell an edit means."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from usephase.catalog.archetypes import ORIGIN
from usephase.catalog.edit.cell import Spot
from usephase.catalog.edit.records import Edit
from usephase.catalog.edit.toml_file import with_setting
from usephase.catalog.edit.workbook import is_stored_number
from usephase.catalog.names import DEFINING, respell
from usephase.catalog.options.changes import SETTINGS_ROW, matching, of_same_places, read_row
from usephase.catalog.options.understand import address_row
from usephase.catalog.read.headers import folded
from usephase.catalog.read.load import raw_table
from usephase.catalog.read.sources import RawTable
from usephase.catalog.read.tables import read_table
from usephase.catalog.resolve import Resolved, resolve
from usephase.catalog.schema import TABLES, Column
from usephase.catalog.settings import FILE, SHEET, ReadSettings, from_sheet, from_toml
from usephase.catalog.table import Catalog, Table
from usephase.catalog.values import cells
from usephase.catalog.values.grammar import naming
from usephase.catalog.values.refusal import Refusal
from usephase.catalog.values.units import unit_rule
from usephase.errors import CatalogError, Problem
from usephase.units import nearest

SECTIONS = ("grid", "catalog", "method", "monte_carlo", "grid.scenarios")
"""Rows of `settings` that an edit can name."""
_LISTED = 2000


@dataclass
class Desk:
    """Find and change cells of a catalog in memory; keeps the tables as they stand in the files."""

    catalog: Catalog
    _raw: dict[str, RawTable] = field(default_factory=dict)

    @cached_property
    def book(self) -> str:
        """The workbook's name; "" for a folder."""
        names = list(self.catalog.files)
        return names[0] if len(names) == 1 and names[0].lower().endswith(".xlsx") else ""

    @cached_property
    def resolved(self) -> Resolved:
        """The catalog with the reference rows it uses."""
        return resolve(self.catalog)

    def file_of(self, name: str) -> str:
        """Name the file that holds a table, or would hold it."""
        if self.book:
            return self.book
        if name == "settings":
            return FILE
        other = f"{name}.parquet"
        return other if other in self.catalog.files else f"{name}.csv"

    def raw(self, name: str) -> RawTable | None:
        """Give a table as it stands in its file; None where there is none."""
        if name not in self._raw and (table := raw_table(self.catalog.files, name)) is not None:
            self._raw[name] = table
        return self._raw.get(name)

    # -- which cell ------------------------------------------------------------------------------------------

    def locate(self, edit: Edit) -> Spot:
        """Find the cell that an edit means.

        Raises
        ------
        Refusal
            If there is none.
        """
        if edit.table == "settings" and edit.row not in ("", "grid"):
            return self._setting(edit)
        if edit.table not in self.catalog.tables:
            raise Refusal(f"`{edit.table}` is no table", _advise(edit.table, list(TABLES)))
        column = self._column(edit)
        wanted = read_row(edit.row, edit.table)
        own = self.catalog[edit.table]
        rows = np.array([0]) if edit.table == "settings" else matching(own, wanted, exact=True)
        if len(rows) == 1:
            return self._own(edit, column, own, int(rows[0]))
        table = self.resolved.tables[edit.table]
        rows = matching(table, wanted, exact=True)
        if len(rows) != 1:
            keys = [address_row(table, i) for i in range(len(table))] if len(table) <= _LISTED else []
            raise Refusal(
                f"no row of {edit.table} is `{edit.row}`",
                _advise(edit.row, of_same_places(edit.table, edit.row, keys), "write a row's keys"),
            )
        if column.kind != "value":
            fix = f"copy the row into {self.file_of(edit.table)}, and change it there"
            raise Refusal("the row is the reference's: only its values can be tried otherwise", fix)
        at = int(rows[0])
        unit_column = unit_rule(edit.table, column)[1]
        unit = str(table.frame[unit_column].iloc[at]) if unit_column else ""
        return Spot(edit, column, -1, table, at, unit, samples=self.catalog.samples)

    def _column(self, edit: Edit) -> Column:
        known = {c.name: c for c in TABLES[edit.table].columns}
        if edit.table == "products":
            known |= {name: Column(name=name) for name in self.catalog.labels}
        if edit.table == "settings":
            known = {name: known[name] for name in ("level", "trend")}
        if edit.column not in known:
            raise Refusal(f"`{edit.column}` is not a column of {edit.table}", _advise(edit.column, list(known)))
        column = known[edit.column]
        if column.key:
            fix = "change it in the file, with everything that refers to it"
            raise Refusal(f"`{edit.column}` is a key: it says which row it is", fix)
        return column

    def _own(self, edit: Edit, column: Column, own: Table, row: int) -> Spot:
        unit, pedigree = "", str(own.frame["pedigree"].iloc[row]) if "pedigree" in own.frame else ""
        unit_column = unit_rule(edit.table, column)[1] if column.kind == "value" else ""
        if unit_column:
            raw = self.raw(edit.table)
            # The frame holds canonical units: what the row itself says is in the file.
            if raw is not None and unit_column in raw.cells:
                unit = str(raw.cells[unit_column][self.raw_row(edit.table, row)]).strip()
            unit = unit or str(TABLES[edit.table].column(unit_column).default or "")
        if column.kind == "value" and (edit.table, column.name) == ("zones", "loss"):
            held = self.resolved.tables["zones"]
            there = matching(held, {"zone": str(own.frame["zone"].iloc[row])}, exact=True)
            if cells.empty(own.values["loss"])[row] and len(there):
                return Spot(edit, column, row, held, int(there[0]), unit, pedigree, self.catalog.samples)
        return Spot(edit, column, row, own, row, unit, pedigree, self.catalog.samples)

    def _setting(self, edit: Edit) -> Spot:
        if edit.row not in SECTIONS:
            raise Refusal(f"`{edit.row}` is no section of the settings", _advise(edit.row, SECTIONS))
        return Spot(edit, Column(name=edit.column), -1, self.catalog["settings"], 0)

    def raw_row(self, name: str, row: int) -> int:
        """Give the row of the raw table that a row of the catalog's table was read from."""
        raw = self.raw(name)
        assert raw is not None
        return int(np.flatnonzero(raw.line == self.catalog[name].line[row])[0])

    def present(self, spot: Spot) -> str:
        """Give the text that a cell has now, a unit as its user wrote it; or of a setting."""
        name = spot.edit.table
        if spot.is_value:
            return spot.written
        if name == "settings":
            if spot.edit.row == "grid.scenarios":
                weight = self.catalog.settings.scenarios.get(spot.edit.column)
                return "" if weight is None else f"{weight:.12g}"
            value = getattr(self.catalog.settings, spot.edit.column, None)
            return "" if value is None else str(value)
        raw = self.raw(name)
        if raw is None or spot.row < 0 or spot.column.name not in raw.cells:
            return ""
        return str(raw.cells[spot.column.name][self.raw_row(name, spot.row)]).strip()

    # -- the catalog with edits ------------------------------------------------------------------------------

    def spots(self, edits: Iterable[Edit]) -> list[tuple[Spot, str]]:
        """Find the cells of edits, and what would stand in them; of several edits of one cell the last holds.

        Raises
        ------
        CatalogError
            With everything that names no cell, or finds nothing to act on.
        """
        found: dict[tuple[str, str, str], tuple[Spot, str]] = {}
        problems = []
        for edit in edits:
            try:
                spot = self.locate(edit)
                found[spot.address] = spot, spot.text()
            except Refusal as refusal:
                where = f"{edit.table}:{edit.row}:{edit.column}"
                problems.append(Problem(where=where, what=refusal.what, fix=refusal.fix))
        if problems:
            raise CatalogError(problems)
        return list(found.values())

    def edited(self, spots: Sequence[tuple[Spot, str]]) -> tuple[Catalog, list[Problem]]:
        """Read tables again with other texts in some cells of the catalog; gives what reading finds, unchecked.

        Raises
        ------
        CatalogError
            If a cell is the reference's.
        """
        catalog, problems = self.catalog, self.foreign(spots)
        if problems:
            raise CatalogError(problems)
        tables = dict(catalog.tables)
        by_table = defaultdict(list)
        for spot, text in spots:
            by_table[spot.edit.table].append((spot, text))
        files = {name: self._written(name, changes) for name, changes in by_table.items() if name != "settings"}
        defining = {name: table for name in DEFINING if (table := self.raw(name)) is not None}
        respelt, _ = respell(defining | files)
        for name, changes in by_table.items():
            if name == "settings":
                settings = self._read_settings(changes)
                problems += settings.problems
                tables["settings"] = settings.table
                catalog = replace(catalog, settings=settings.settings(catalog.settings.reporting_year))
                continue
            with naming(catalog.samples):
                read = read_table(respelt[name], TABLES[name])
            problems += read.problems
            tables[name] = read.table
        return replace(catalog, tables=tables), problems

    def _written(self, name: str, changes: Sequence[tuple[Spot, str]]) -> RawTable:
        """Give a table as its file would have it."""
        raw = self.raw(name)
        assert raw is not None
        return _with(raw, [(self.raw_row(name, spot.row), spot.column.name, text) for spot, text in changes])

    def foreign(self, spots: Iterable[tuple[Spot, str]]) -> list[Problem]:
        """Say which cells are no cells of the catalog's files."""
        fix = "save the edit as an option, or copy the row (of a path or a set: all rows) into the catalog's own table"
        problems = []
        for spot, _ in spots:
            if spot.row >= 0 or spot.edit.table == "settings":
                continue
            if "origin" in spot.table.frame and spot.table.frame["origin"].iloc[spot.at] == ORIGIN:
                # One row of the product's own would take the place of all that it has from there.
                first = "save the edit as an option, or run `usephase refine` first"
                problems.append(Problem(where=spot.place, what="the row comes from an archetype", fix=first))
            else:
                what = "the row is the reference's, not the catalog's"
                problems.append(Problem(where=spot.place, what=what, fix=fix))
        return problems

    def _read_settings(self, changes: Sequence[tuple[Spot, str]]) -> ReadSettings:
        if not self.book:
            data = self.catalog.files.get(FILE, b"")
            for spot, text in changes:
                data = with_setting(data, spot.edit.row or SETTINGS_ROW, spot.column.name, text)
            return from_toml(data)
        raw = self.raw(SHEET)
        assert raw is not None
        for spot, text in changes:
            raw = _with_sheet_setting(raw, setting_name(spot.edit), text)
        return from_sheet(raw)


def setting_name(edit: Edit) -> str:
    """Write a setting as the sheet `catalog` does: ``grid.level``."""
    return f"{edit.row or SETTINGS_ROW}.{edit.column}"


def setting_row(raw: RawTable, name: str) -> int:
    """Find a setting's row in the sheet `catalog`, with or without its section; -1 where it is not written."""
    for wanted in (name, name.partition(".")[2]):
        for row, text in enumerate(raw.cells.get("setting", ())):
            parts = str(text).strip().split(".")
            if ".".join([*map(folded, parts[:2]), *parts[2:]]) == wanted:
                return row
    return -1


def _with(raw: RawTable, changes: Iterable[tuple[int, str, str]]) -> RawTable:
    """Put other texts into cells of a raw table; a column that is missing is added."""
    columns = dict(raw.cells)
    typed = {name: dict(kinds) for name, kinds in raw.typed.items()}
    numbers = {name: mask.copy() for name, mask in raw.numbers.items()}
    for row, name, text in changes:
        if name in numbers:
            numbers[name][row] = is_stored_number(text)
        held = columns.get(name)
        columns[name] = np.full(len(raw), "", dtype=object) if held is None else held.copy()
        columns[name][row] = text
        typed.get(name, {}).pop(row, None)
    return replace(raw, cells=columns, typed=typed, numbers=numbers)


def _with_sheet_setting(raw: RawTable, name: str, text: str) -> RawTable:
    row = setting_row(raw, name)
    if row >= 0:
        return _with(raw, [(row, "value", text)])
    added = {"setting": name, "value": text}
    cells_of = {c: np.append(column, np.array([added.get(c, "")], dtype=object)) for c, column in raw.cells.items()}
    return replace(raw, cells=cells_of, line=np.append(raw.line, raw.line.max(initial=raw.header_line) + 1))


def _advise(name: str, known: Sequence[str], otherwise: str = "") -> str:
    close = nearest(name, known)
    rest = otherwise or f"write one of {', '.join(f'`{k}`' for k in list(known)[:24])}"
    return f"did you mean `{close}`? Otherwise {rest}" if close else rest
