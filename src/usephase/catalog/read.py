"""A catalog from its files: which file is which table, and everything that is wrong with how they are written.

A folder holds catalog.toml and a ``NAME.csv`` or ``NAME.parquet`` a table. A workbook holds a sheet a table and a sheet
`catalog`; sheets called README, and those whose name begins with `#`, are comments.
"""

import dataclasses
import hashlib
from collections.abc import Mapping
from os import PathLike
from pathlib import Path

from usephase.catalog.files import Files, bad_name, read_bytes
from usephase.catalog.limits import MAX_BYTES, MAX_TOTAL_BYTES, clip
from usephase.catalog.parquet import read_parquet
from usephase.catalog.schema import TABLES, TableSchema
from usephase.catalog.settings import FILE, SHEET, ReadSettings, from_sheet, from_toml
from usephase.catalog.sources import RawTable, read_csv
from usephase.catalog.table import Catalog, Table
from usephase.catalog.tables import ReadTable, empty_table, read_table
from usephase.catalog.workbook import read_workbook
from usephase.errors import CatalogError, Problem
from usephase.units import nearest

_NAMES = tuple(name for name in TABLES if name != "settings")
_READ = (".csv", ".parquet")
# Other forms of a table: whoever saves `modes.xlsx` in the folder expects it to be read.
_TABLE_LIKE = (".xlsx", ".xls", ".ods", ".tsv", ".txt", ".json", ".feather", ".gz", ".zip")


def load(path: str | PathLike[str]) -> tuple[Catalog, list[Problem]]:
    """Read a catalog, without the rules that join its tables.

    Parameters
    ----------
    path : str or path-like
        A folder or an .xlsx workbook.

    Returns
    -------
    Catalog
        What could be read. With an error among the problems it is incomplete.
    list of Problem
        Everything that is wrong with single cells, rows, columns, files and settings, and warnings.

    Raises
    ------
    CatalogError
        If there is neither a folder nor a workbook, or a workbook that is not read at all.
    """
    files, problems = _bytes(Path(path))
    if problems and not Path(path).is_dir():  # the one file: of what it holds nothing is known
        raise CatalogError(problems)
    catalog, found = load_files(files, str(path))
    refused = {problem.where for problem in problems}
    # What was not read seems empty, and is not.
    return catalog, problems + [problem for problem in found if problem.where.partition(":")[0] not in refused]


def load_files(files: Mapping[str, bytes], path: str = "") -> tuple[Catalog, list[Problem]]:
    """Read a catalog from its files' bytes.

    Parameters
    ----------
    files : mapping of str to bytes
        One .xlsx, or catalog.toml and the tables, by file name.
    path : str
        Where they come from.

    Returns
    -------
    Catalog, list of Problem
        As `load`.
    """
    books = [name for name in files if name.lower().endswith(".xlsx")]
    sheet = len(files) == 1 and len(books) == 1
    raw, settings, problems = _workbook(files[books[0]], books[0]) if sheet else _folder(files)
    read: dict[str, ReadTable] = {}
    tables: dict[str, Table] = {}
    for name in _NAMES:
        schema = TABLES[name]
        table = raw.get(name)
        if table is not None:
            read[name] = read_table(table, schema)
            problems += read[name].problems
            tables[name] = read[name].table
        else:
            tables[name] = empty_table(schema, name if sheet else f"{name}.csv", sheet=sheet)
        problems += _needed(schema, name in raw, read.get(name), table, sheet=sheet)
        if table is not None:
            raw[name] = table = None  # what stood in the file is not needed any more
    tables["settings"] = settings.table
    problems += settings.problems
    sold = tables["sales"].frame["year"]
    made = settings.settings(int(sold.max()) if len(sold) else 2000)
    labels = read["products"].labels if "products" in read else ()
    return Catalog(path, made, tables, labels, Files(files), digest(files)), problems


def digest(files: Mapping[str, bytes]) -> str:
    """Give the SHA-256 of a catalog's files: name, length and content of each, by name."""
    total = hashlib.sha256()
    for name in sorted(files):
        total.update(name.encode(errors="surrogatepass") + b"\0" + str(len(files[name])).encode() + b"\0" + files[name])
    return total.hexdigest()


def complete(catalog: Catalog, problems: list[Problem]) -> Catalog:
    """Give a checked catalog with its warnings.

    Raises
    ------
    CatalogError
        With every problem, if one is an error.
    """
    if any(problem.severity == "error" for problem in problems):
        raise CatalogError(problems)
    return dataclasses.replace(catalog, warnings=tuple(problems))


def _needed(
    schema: TableSchema, there: bool, read: ReadTable | None, raw: RawTable | None, *, sheet: bool
) -> list[Problem]:
    """Ask for a required table and for rows in it."""
    if not schema.required:
        return []
    if not there:
        thing = f"the sheet `{schema.name}`" if sheet else f"{schema.name}.csv or {schema.name}.parquet"
        where = schema.name if sheet else f"{schema.name}.csv"
        return [Problem(where=where, what="the required table is missing", fix=f"add {thing}")]
    if read is not None and raw is not None and not len(raw) and not read.problems:
        where = raw.place(raw.header_line)
        return [Problem(where=where, what="the required table has no rows", fix="write a row below the column names")]
    return []


# -- folder --------------------------------------------------------------------------------------------------


def _bytes(path: Path) -> tuple[dict[str, bytes], list[Problem]]:
    """Read the files of a catalog that a table or the settings can be in."""
    try:
        if path.is_dir():
            found = [entry for entry in sorted(path.iterdir()) if not entry.name.startswith((".", "~$"))]
        elif path.is_file() and path.suffix.lower() == ".xlsx":
            found = [path]
        else:
            what = "neither a folder nor an .xlsx workbook" if path.exists() else "there is no such folder or workbook"
            fix = "give a folder with catalog.toml, or a workbook; `usephase init DIR` makes one"
            raise CatalogError([Problem(where=str(path), what=what, fix=fix)])
    except OSError as error:
        what = f"the folder cannot be read ({error.strerror or error})"
        raise CatalogError(
            [Problem(where=clip(str(path), 200), what=what, fix="check the path and its rights")]
        ) from error
    files: dict[str, bytes] = {}
    problems: list[Problem] = []
    for entry in found:
        suffix, stem = entry.suffix.lower(), entry.name.partition(".")[0]
        if entry.name != FILE and suffix not in _READ and entry != path:
            if suffix in _TABLE_LIKE and stem in _NAMES:
                fix = f"save it as {stem}.csv or {stem}.parquet, or move it elsewhere"
                problems.append(Problem(where=entry.name, what="a table in a form that is not read", fix=fix))
            continue
        problem = bad_name(entry.name)
        if problem is None:
            most = min(MAX_BYTES, MAX_TOTAL_BYTES - sum(map(len, files.values())))
            files[entry.name], problem = read_bytes(entry, None if entry == path else path, most)
        if problem is not None:
            problems.append(problem)
    return files, problems


def _folder(files: Mapping[str, bytes]) -> tuple[dict[str, RawTable | None], ReadSettings, list[Problem]]:
    raw: dict[str, RawTable | None] = {}
    problems: list[Problem] = []
    for name in sorted(files):
        stem, dot, suffix = name.rpartition(".")
        if f".{suffix.lower()}" not in _READ:
            continue
        if stem not in _NAMES or f"{dot}{suffix}" not in _READ:
            problems.append(_unknown_file(name, stem))
    for name in _NAMES:
        here = [f"{name}{suffix}" for suffix in _READ if f"{name}{suffix}" in files]
        if len(here) == 2:
            what = f"the table is there twice: {here[0]} and {here[1]}"
            problems.append(Problem(where=here[0], what=what, fix="delete one of the two files"))
        if here:
            reader = read_csv if here[0].endswith(".csv") else read_parquet
            table, found = reader(files[here[0]], here[0])
            problems += found
            raw[name] = table
    if FILE in files:
        return raw, from_toml(files[FILE]), problems
    settings = from_toml(b"")
    close = nearest(FILE, [name for name in files if name.endswith(".toml")])
    fix = f"rename {close}" if close else "write it, with at least `name` and `reporting_year` under `[catalog]`"
    problems.append(Problem(where=FILE, what="the settings file is missing", fix=fix))
    return raw, dataclasses.replace(settings, problems=[]), problems


def _unknown_file(name: str, stem: str) -> Problem:
    if stem.casefold() == "settings":
        return Problem(where=name, what="settings are no table", fix=f"write them in {FILE}")
    close = nearest(stem, _NAMES)
    hint = f"did you mean {close}.{name.rpartition('.')[2].lower()}? " if close else ""
    fix = f"{hint}Known are {', '.join(_NAMES)}; move other files elsewhere"
    return Problem(where=name, what="no table has this name", fix=fix)


# -- workbook ------------------------------------------------------------------------------------------------


def _workbook(data: bytes, name: str) -> tuple[dict[str, RawTable | None], ReadSettings, list[Problem]]:
    sheets, problems = read_workbook(data, name)
    unreadable = bool(problems) and not sheets
    raw: dict[str, RawTable | None] = {}
    settings = dataclasses.replace(from_toml(b""), problems=[])
    for title, table in sheets.items():
        if title == SHEET:
            if table is not None:
                settings = from_sheet(table)
        elif title in _NAMES:
            raw[title] = table
        else:
            problems.append(_unknown_sheet(title))
    if unreadable:
        raw = dict.fromkeys(_NAMES)  # one problem is enough
    elif sheets.get(SHEET) is None:
        fix = f"add a sheet `{SHEET}` with the columns `setting` and `value`"
        problems.append(Problem(where=SHEET, what="the sheet with the settings is missing or empty", fix=fix))
    return raw, settings, problems


def _unknown_sheet(title: str) -> Problem:
    if title.casefold() == "settings":
        return Problem(where=title, what="settings are no table", fix=f"write them in the sheet `{SHEET}`")
    close = nearest(title, (*_NAMES, SHEET))
    hint = f"did you mean `{close}`? " if close else ""
    fix = f"{hint}Known are {', '.join((*_NAMES, SHEET))}; begin the name of a sheet of notes with `#`"
    return Problem(where=title, what="no table has this name", fix=fix)
