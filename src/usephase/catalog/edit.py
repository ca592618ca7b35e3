"""Edit a catalog's cells: judge, apply, show what would change in the files, and write it; never silently."""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from usephase.catalog import edit_book, edit_csv
from usephase.catalog.changes import SETTINGS_ROW
from usephase.catalog.edit_desk import Desk, setting_name, setting_row
from usephase.catalog.edit_judge import judge
from usephase.catalog.edit_option import option_rows
from usephase.catalog.edit_preview import preview
from usephase.catalog.edit_records import CellChange, CellView, Edit, FileChange, Judgement
from usephase.catalog.edit_spot import Spot
from usephase.catalog.edit_toml import with_setting
from usephase.catalog.edit_write import write
from usephase.catalog.refusal import Refusal
from usephase.catalog.settings import SHEET
from usephase.catalog.sources import letter
from usephase.catalog.table import Catalog
from usephase.errors import CatalogError, Problem

__all__ = [
    "CellChange", "CellView", "Edit", "FileChange", "Judgement", "apply", "as_option", "in_place", "judge", "preview",
    "write",
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
    from usephase.catalog import read_files

    desk = Desk(catalog)
    rows = option_rows(desk, desk.spots(edits), option)
    if not rows:
        return MappingProxyType({})
    file = desk.file_of("options")
    data = catalog.files.get(file, b"")
    if file.endswith(".parquet"):
        raise CatalogError([_parquet(file, "store the table as options.csv")])
    if desk.book:
        raw = desk.raw("options")
        columns = {name: i for i, name in enumerate(_OPTION_COLUMNS, start=1)}
        names: list[tuple[str, int, int, str]] = []
        if raw is None:
            names = [("options", 1, at, name) for name, at in columns.items()]
        else:
            columns = {name: _position(raw.letters[name]) for name in raw.letters}
        at = max(edit_book.last_row(data, "options"), 1) + 1
        try:
            new = edit_book.with_cells(data, [*names, *edit_book.row_cells("options", at, columns, rows)])
        except Refusal as refusal:
            raise CatalogError([Problem(where=file, what=refusal.what, fix=refusal.fix)]) from None
    else:
        new = edit_csv.with_rows(data, rows)
    read_files({**catalog.files, file: new}, catalog.path)
    return MappingProxyType({file: new})


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
                cells = [(int(spot.table.line[spot.at]), spot.column.name, text) for spot, text in mine]
                changed[file] = edit_csv.with_cells(desk.catalog.files[file], cells)
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
                out.append((name, line, _position(raw.letters["setting"]), setting))
            out.append((name, line, _position(raw.letters["value"]), text))
            continue
        column = spot.column.name
        if column not in raw.letters and (name, column) not in added:
            last = max(map(_position, raw.letters.values()))
            at = last + 1 + sum(1 for sheet, _ in added if sheet == name)
            added[name, column] = at
            out.append((name, raw.header_line, at, column))
        at = _position(raw.letters[column]) if column in raw.letters else added[name, column]
        out.append((name, int(raw.line[desk.raw_row(name, spot.row)]), at, text))
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
