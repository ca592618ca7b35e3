"""Edit a catalog's cells: judge, apply, show what would change in the files, and write it; never silently."""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from usephase.catalog.edit import csv_file as edit_csv
from usephase.catalog.edit import workbook as edit_book
from usephase.catalog.edit.cell import Spot
from usephase.catalog.edit.judge import judge
from usephase.catalog.edit.option import option_rows
from usephase.catalog.edit.preview import preview
from usephase.catalog.edit.records import Cell, CellChange, CellView, Edit, FileChange, Judgement, Pending
from usephase.catalog.edit.tables import Desk, setting_name, setting_row
from usephase.catalog.edit.toml_file import with_setting
from usephase.catalog.edit.write import write
from usephase.catalog.options.changes import SETTINGS_ROW
from usephase.catalog.read.sources import letter
from usephase.catalog.schema import TABLES
from usephase.catalog.settings import SHEET
from usephase.catalog.table import Catalog
from usephase.catalog.values.refusal import Refusal
from usephase.errors import CatalogError, Problem

__all__ = [
    "CellChange", "CellView", "Edit", "FileChange", "Judgement", "Pending", "add_rows", "apply", "as_option",
    "in_place", "judge", "present", "preview", "settle", "write",
]  # fmt: skip

Spots = Sequence[tuple[Spot, str]]
_OPTION_COLUMNS = ("option", "table", "row", "column", "value")


def apply(catalog: Catalog, edits: Iterable[Edit]) -> Catalog:
    """Give the catalog with edits, as if they were saved: nothing is written.

    Raises
    ------
    CatalogError
        With every problem of the edits, or of the catalog with them.
    """
    from usephase.catalog import read_files

    desk = Desk(catalog)
    spots = desk.spots(edits)
    files = {**catalog.files, **_placed(desk, spots, parquet=True)}
    # A Parquet table that is edited is held as CSV instead.
    files = {name: data for name, data in files.items() if data or not name.endswith(".parquet")}
    return read_files(files, catalog.path) if spots else catalog


def settle(desk: Desk, edits: Iterable[Edit]) -> tuple[Pending, ...]:
    """Say once what edits make of their cells; of several edits of one cell the last holds.

    Raises
    ------
    CatalogError
        With everything that names no cell, or finds nothing to act on.
    """
    return tuple(
        Pending(Edit(*spot.address, spot.edit.text.strip()), desk.present(spot), text)
        for spot, text in desk.spots(edits)
    )


def present(desk: Desk, cells: Iterable[Cell]) -> list[tuple[Cell, str | None]]:
    """Give cells, each written in one way, with what they say now; None of one that is not there."""
    found: list[tuple[Cell, str | None]] = []
    for cell in cells:
        try:
            spot = desk.locate(Edit(*cell, ""))
            found.append((spot.address, desk.present(spot)))
        except Refusal:
            found.append((cell, None))
    return found


def in_place(catalog: Catalog, edits: Iterable[Edit]) -> Mapping[str, bytes]:
    """Give the files with only the edited cells changed.

    Parameters
    ----------
    catalog : Catalog
    edits : iterable of Edit

    Returns
    -------
    mapping of str to bytes
        The files that change, by name. In CSV and TOML every other byte is as it was.

    Raises
    ------
    CatalogError
        If a cell is not in a file that can be edited (Parquet, the reference), or the catalog would be refused.
    """
    from usephase.catalog import read_files

    desk = Desk(catalog)
    changed = _placed(desk, desk.spots(edits), parquet=False)
    if changed:
        read_files({**catalog.files, **changed}, catalog.path)
    return MappingProxyType(changed)


def as_option(catalog: Catalog, edits: Iterable[Edit], option: str) -> Mapping[str, bytes]:
    """Give the files with the edits as a new design option; the catalog's own cells stay as they are.

    Parameters
    ----------
    catalog : Catalog
    edits : iterable of Edit
    option : str
        A new name.

    Returns
    -------
    mapping of str to bytes
        ``options.csv`` (made if there is none), or the workbook.

    Raises
    ------
    CatalogError
        If an option cannot say an edit, there is one of that name, or the catalog would be refused.
    """
    desk = Desk(catalog)
    rows = option_rows(desk, desk.spots(edits), option)
    if not rows:
        return MappingProxyType({})
    return add_rows(catalog, "options", rows, _OPTION_COLUMNS)


def add_rows(
    catalog: Catalog, table: str, rows: Sequence[Mapping[str, str]], known: Sequence[str] = ()
) -> Mapping[str, bytes]:
    """Give the files with further rows in a table.

    Parameters
    ----------
    catalog : Catalog
    table : str
    rows : sequence of mapping of str to str
        Texts by column.
    known : sequence of str, optional
        The columns that the table may have; those of its schema if not given.

    Returns
    -------
    mapping of str to bytes
        ``TABLE.csv`` (made if there is none), or the workbook.

    Raises
    ------
    CatalogError
        If the table is a Parquet file, or the catalog would be refused.
    """
    from usephase.catalog import read_files

    desk, names = Desk(catalog), list(known) or [column.name for column in TABLES[table].columns]
    file = desk.file_of(table)
    data = catalog.files.get(file, b"")
    if file.endswith(".parquet"):
        raise CatalogError([_parquet(file, f"store the table as {table}.csv")])
    if desk.book:
        used = [name for name in names if any(row.get(name) for row in rows)]
        raw = desk.raw(table)
        columns = {name: i for i, name in enumerate(used, start=1)}
        header: list[tuple[str, int, int, str]] = []
        sheet = raw.origin if raw is not None else table
        if raw is None:
            header = [(table, 1, at, name) for name, at in columns.items()]
        else:
            columns = {name: _position(raw.letters[name]) for name in raw.letters}
            last = max(columns.values())
            new = {name: last + i for i, name in enumerate((n for n in used if n not in columns), start=1)}
            header = [(sheet, raw.header_line, at, name) for name, at in new.items()]
            columns |= new
        at = max(edit_book.last_row(data, sheet), 1) + 1
        try:
            new_book = edit_book.with_cells(data, [*header, *edit_book.row_cells(sheet, at, columns, rows)])
        except Refusal as refusal:
            raise CatalogError([Problem(where=file, what=refusal.what, fix=refusal.fix)]) from None
        changed = {file: new_book}
    else:
        changed = {file: edit_csv.with_rows(data, rows, names)}
    read_files({**catalog.files, **changed}, catalog.path)
    return MappingProxyType(changed)


def _placed(desk: Desk, spots: Spots, *, parquet: bool) -> dict[str, bytes]:
    problems = desk.foreign(spots)
    by_file: dict[str, list[tuple[Spot, str]]] = {}
    for spot, text in spots:
        by_file.setdefault(desk.file_of(spot.edit.table), []).append((spot, text))
    if not parquet:
        fix = "save the edits as an option, or store the table as CSV"
        problems += [_parquet(file, fix) for file in by_file if file.endswith(".parquet")]
    if problems:
        raise CatalogError(problems)
    changed: dict[str, bytes] = {}
    for file, mine in by_file.items():
        try:
            if desk.book:
                changed[file] = edit_book.with_cells(desk.catalog.files[file], _sheet_cells(desk, mine))
            elif file.endswith(".toml"):
                changed[file] = _settings(desk.catalog.files[file], mine)
            elif file.endswith(".parquet"):
                changed |= {f"{mine[0][0].edit.table}.csv": _as_csv(desk, mine), file: b""}
            else:
                schema = TABLES[mine[0][0].edit.table]
                cells = [(int(spot.table.line[spot.at]), spot.column.name, text) for spot, text in mine]
                changed[file] = edit_csv.with_cells(desk.catalog.files[file], cells, [c.name for c in schema.columns])
        except Refusal as refusal:
            problems.append(Problem(where=file, what=refusal.what, fix=refusal.fix))
    if problems:
        raise CatalogError(problems)
    return {file: data for file, data in changed.items() if data != desk.catalog.files.get(file)}


def _settings(data: bytes, spots: Spots) -> bytes:
    for spot, text in spots:
        data = with_setting(data, spot.edit.row or SETTINGS_ROW, spot.column.name, text)
    return data


def _sheet_cells(desk: Desk, spots: Spots) -> list[tuple[str, int, int, str]]:
    out = []
    added: dict[tuple[str, str], int] = {}
    for spot, text in spots:
        name = SHEET if spot.edit.table == "settings" else spot.edit.table
        raw = desk.raw(name)
        assert raw is not None
        if name == SHEET:
            setting = setting_name(spot.edit)
            row = setting_row(raw, setting)
            line = (
                int(raw.line[row])
                if row >= 0
                else added.setdefault((name, setting), int(raw.line.max()) + 1 + len(added))
            )
            if row < 0:
                out.append((raw.origin, line, _position(raw.letters["setting"]), setting))
            out.append((raw.origin, line, _position(raw.letters["value"]), text))
            continue
        column = spot.column.name
        if column not in raw.letters and (name, column) not in added:
            last = max(map(_position, raw.letters.values()))
            at = last + 1 + sum(1 for sheet, _ in added if sheet == name)
            added[name, column] = at
            out.append((raw.origin, raw.header_line, at, column))
        at = _position(raw.letters[column]) if column in raw.letters else added[name, column]
        out.append((raw.origin, int(raw.line[desk.raw_row(name, spot.row)]), at, text))
    return out


def _as_csv(desk: Desk, spots: Spots) -> bytes:
    """Write a Parquet table as CSV, in memory: its cells are texts by now."""
    name = spots[0][0].edit.table
    raw = desk.raw(name)
    assert raw is not None
    rows = [dict(zip(raw.cells, row, strict=True)) for row in zip(*raw.cells.values(), strict=True)]
    for spot, text in spots:
        rows[desk.raw_row(name, spot.row)][spot.column.name] = text
    columns = dict.fromkeys([*raw.cells, *(spot.column.name for spot, _ in spots)])
    return edit_csv.with_rows(b"", [{column: row.get(column, "") for column in columns} for row in rows])


def _parquet(file: str, fix: str) -> Problem:
    what = "a Parquet file is written as a whole, with types and statistics: single cells of it are not edited"
    return Problem(where=file, what=what, fix=fix)


def _position(letters: str) -> int:
    """Give a sheet's column, counted from 1."""
    return next(i for i in range(1, 20000) if letter(i - 1) == letters)
