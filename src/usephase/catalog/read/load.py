"""A catalog from its files: which file is which table, and everything that is wrong with how they are written.

A folder holds catalog.toml and a ``NAME.csv`` or ``NAME.parquet`` a table. A workbook holds a sheet a table and a sheet
`catalog`; sheets called README or start, and those whose name begins with `#`, are comments.
"""

import dataclasses
import hashlib
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from os import PathLike
from pathlib import Path

import numpy as np

from usephase.catalog.names import respell
from usephase.catalog.read.csv_file import read_csv
from usephase.catalog.read.damage import Damage
from usephase.catalog.read.files import Files, bad_name, read_bytes
from usephase.catalog.read.headers import folded, known_name, with_known_names
from usephase.catalog.read.limits import MAX_BYTES, MAX_TOTAL_BYTES, clip
from usephase.catalog.read.parquet import read_parquet
from usephase.catalog.read.set_apart import COUNTED_TWICE, set_apart
from usephase.catalog.read.sources import RawTable
from usephase.catalog.read.tables import ReadTable, empty_table, read_table
from usephase.catalog.read.workbook import read_workbook
from usephase.catalog.read.workbook_scan import SAVE_AS
from usephase.catalog.samples import FOLDER, samples_of, samples_of_files
from usephase.catalog.samples import SHEET as SAMPLES
from usephase.catalog.schema import TABLES, TableSchema
from usephase.catalog.settings import FILE, SETTINGS, SHEET, ReadSettings, from_sheet, from_toml
from usephase.catalog.table import Catalog, Table
from usephase.catalog.values.grammar import naming
from usephase.errors import CatalogError, Problem
from usephase.heap import texts_apart_where
from usephase.results.atomic import finish_renaming
from usephase.units import nearest

_NAMES = tuple(name for name in TABLES if name != "settings")
_SHEETS = {**{name: TABLES[name] for name in _NAMES}, SHEET: SETTINGS}
_READ = (".csv", ".parquet")
_SMALL_BYTES = 2**20
TO_DECIDE = "to_decide.csv"
"""What `usephase import` lists as open: no table of the catalog."""
# Other kinds of workbooks: they hold a catalog, and are not read.
_BOOKS = (".xls", ".xlsb", ".xlsm", ".ods", ".fods", ".numbers")
# Other forms of a table: whoever saves `modes.xlsx` in the folder expects it to be read.
_TABLE_LIKE = (".xlsx", *_BOOKS, ".tsv", ".txt", ".json", ".feather", ".gz", ".zip")


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


def _are_small(files: Mapping[str, bytes]) -> bool:
    return sum(map(len, files.values())) <= _SMALL_BYTES


@texts_apart_where(_are_small)
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
    raw, settings, problems, samples = _workbook(files[books[0]], books[0]) if sheet else _folder(files)
    unread = _unread(problems)
    respelt, aliases = respell({name: table for name, table in raw.items() if table is not None})
    raw |= respelt
    read: dict[str, ReadTable] = {}
    tables: dict[str, Table] = {}
    for name in _NAMES:
        schema = TABLES[name]
        table = raw.get(name)
        if table is not None:
            with naming(samples):
                read[name] = read_table(table, schema)
            problems += read[name].problems
            tables[name] = read[name].table
        else:
            tables[name] = empty_table(schema, name if sheet else f"{name}.csv", sheet=sheet)
        if not any(damage.table == name for damage in unread):
            problems += _needed(schema, name in raw, read.get(name), table, sheet=sheet)
        if table is not None:
            raw[name] = table = None  # what stood in the file is not needed any more
    tables["settings"] = settings.table
    problems += settings.problems
    sold = tables["sales"].frame["year"]
    made = settings.settings(int(sold.max()) if len(sold) else 2000)
    labels = read["products"].labels if "products" in read else ()
    damaged = (*unread, *settings.damaged, *(damage for one in read.values() for damage in one.damaged))
    catalog = Catalog(
        path, made, tables, labels, Files(files), digest(files), aliases=aliases, damaged=damaged, samples=samples
    )  # fmt: skip
    return catalog, problems


def raw_table(files: Mapping[str, bytes], name: str) -> RawTable | None:
    """Give a table, or the sheet `catalog`, as it stands in a catalog's files; None if it is not there."""
    books = [file for file in files if file.lower().endswith(".xlsx")]
    if books and len(files) == 1:
        sheets, _ = read_workbook(files[books[0]], books[0], _SHEETS)
        titled = next((table for title, table in sheets.items() if known_name(title, [name])), None)
        return _laid_out(titled, _SHEETS[name], [], lambda: _names(raw_table(files, "products")))[0]
    here = [f for s in _READ for f in sorted(files) if f.casefold().endswith(s) and known_name(f[: -len(s)], [name])]
    if not here:
        return None
    return read_file(files[here[0]], here[0], name, lambda: _names(raw_table(files, "products")))[0]


def _names(products: RawTable | None) -> Collection[str]:
    """Give the products that the table of products names."""
    return () if products is None else {str(text).strip() for text in products.cells.get("product", ())}


def _unread(problems: Iterable[Problem]) -> list[Damage]:
    """Name the tables of which rows, or everything, could not be read, or that are called otherwise."""
    lost = [p for p in problems if p.severity == "error" and not p.what.startswith(COUNTED_TWICE)]
    stems = {re.split(r"[:!.]", problem.where, maxsplit=1)[0] for problem in lost}
    names = {known_name(stem, _NAMES) or nearest(stem, _NAMES) for stem in stems} - {""}
    return [Damage(name, whole=True) for name in sorted(names)]


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
        finish_renaming(path if path.is_dir() else path.parent)
        if path.is_dir():
            found = [entry for entry in sorted(path.iterdir()) if not entry.name.startswith((".", "~$"))]
        elif path.is_file() and path.suffix.lower() == ".xlsx":
            found = [path]
        else:
            what = "neither a folder nor an .xlsx workbook" if path.exists() else "there is no such folder or workbook"
            fix = "give a folder with catalog.toml, or a workbook; `usephase init DIR` makes one"
            if path.exists() and path.suffix.lower() in _BOOKS:
                what, fix = f"a workbook of another kind ({path.suffix})", SAVE_AS
            raise CatalogError([Problem(where=str(path), what=what, fix=fix)])
        more, problems = _samples(path)
        found += more
    except OSError as error:
        what = f"the folder cannot be read ({error.strerror or error})"
        raise CatalogError(
            [Problem(where=clip(str(path), 200), what=what, fix="check the path and its rights")]
        ) from error
    files: dict[str, bytes] = {}
    for entry in found:
        suffix, stem = entry.suffix.lower(), entry.name.partition(".")[0]
        if entry.name == TO_DECIDE:
            continue
        name = entry.name if entry.parent in (path, path.parent) else f"{FOLDER}/{entry.name}"
        if name != FILE and suffix not in _READ and entry != path:
            if suffix in (".xlsx", *_BOOKS) and not any(e.name == FILE or e.suffix.lower() in _READ for e in found):
                fix = f"give the workbook itself: {entry}" if suffix == ".xlsx" else SAVE_AS
                raise CatalogError([Problem(where=entry.name, what="a workbook, in a folder without tables", fix=fix)])
            if suffix in _TABLE_LIKE and stem in _NAMES and name == entry.name:
                fix = f"save it as {stem}.csv or {stem}.parquet, or move it elsewhere"
                problems.append(Problem(where=entry.name, what="a table in a form that is not read", fix=fix))
            continue
        problem = bad_name(entry.name)
        if problem is None:
            most = min(MAX_BYTES, MAX_TOTAL_BYTES - sum(map(len, files.values())))
            files[name], problem = read_bytes(entry, None if entry == path else path, most)
        if problem is not None:
            problems.append(problem)
    return files, problems


_Parts = tuple[dict[str, RawTable | None], ReadSettings, list[Problem], dict[str, dict[str, np.ndarray]]]
"""Tables, settings, what is wrong with them, and joint samples."""


def _samples(path: Path) -> tuple[list[Path], list[Problem]]:
    """List the files of a folder's joint samples."""
    folder = path / FOLDER
    if not path.is_dir() or not folder.is_dir():
        return [], []
    if not folder.resolve().is_relative_to(path.resolve()):
        what, fix = (
            "a link that leads out of the catalog's folder",
            "put the folder itself there: a run stores what it reads",
        )
        return [], [Problem(where=FOLDER, what=what, fix=fix)]
    return [entry for entry in sorted(folder.iterdir()) if not entry.name.startswith((".", "~$"))], []


def _folder(files: Mapping[str, bytes]) -> _Parts:
    raw: dict[str, RawTable | None] = {}
    samples, problems = samples_of_files(files)
    for name in sorted(files):
        stem, _, suffix = name.rpartition(".")
        if f".{suffix.lower()}" not in _READ or name.startswith(f"{FOLDER}/"):
            continue
        if not known_name(stem, _NAMES):
            problems.append(_unknown_file(name, stem))
    for name in _NAMES:
        mine = [file for file in sorted(files) if known_name(file.rpartition(".")[0], [name])]
        here = [file for suffix in _READ for file in mine if file.casefold().endswith(suffix)]
        if len(here) >= 2:
            what = f"the table is there twice: {here[0]} and {here[1]}"
            problems.append(Problem(where=here[0], what=what, fix="delete one of the two files"))
        if here:
            raw[name], found = read_file(files[here[0]], here[0], name, lambda: _names(raw.get("products")))
            problems += found
    if FILE in files:
        with naming(samples):
            return raw, from_toml(files[FILE]), problems, samples
    settings = from_toml(b"")
    close = nearest(FILE, [name for name in files if name.endswith(".toml")])
    fix = f"rename {close}" if close else "write it, with at least `name` and `reporting_year` under `[catalog]`"
    problems.append(Problem(where=FILE, what="the settings file is missing", fix=fix))
    return raw, dataclasses.replace(settings, problems=[]), problems, samples


def read_file(
    data: bytes, file: str, name: str, products: Callable[[], Collection[str]] = tuple
) -> tuple[RawTable | None, list[Problem]]:
    """Read the file of a table as text, without the rows that are none; a row of one of the products is one."""
    is_csv = file.casefold().endswith(".csv")
    table, problems = read_csv(data, file, TABLES[name]) if is_csv else read_parquet(data, file)
    return _laid_out(table, TABLES[name], problems, products)


def _laid_out(
    table: RawTable | None, schema: TableSchema, problems: list[Problem], products: Callable[[], Collection[str]]
) -> tuple[RawTable | None, list[Problem]]:
    """Name the columns of a table as they are known, and leave out the rows that are none."""
    if table is None:
        return None, problems
    named, found = with_known_names(table, [column.name for column in schema.columns])
    left, said = set_apart(named, schema, products)
    return left, problems + found + said


def _unknown_file(name: str, stem: str) -> Problem:
    if stem.casefold() == "settings":
        return Problem(where=name, what="settings are no table", fix=f"write them in {FILE}")
    close = nearest(stem, _NAMES)
    hint = f"did you mean {close}.{name.rpartition('.')[2].lower()}? " if close else ""
    fix = f"{hint}Known are {', '.join(_NAMES)}; move other files elsewhere"
    return Problem(where=name, what="no table has this name", fix=fix)


# -- workbook ------------------------------------------------------------------------------------------------


def _workbook(data: bytes, file: str) -> _Parts:
    sheets, problems = read_workbook(data, file, _SHEETS)
    sampled = [title for title in sheets if title.casefold().startswith(SAMPLES)]
    samples, found = samples_of({title[len(SAMPLES) :]: sheets.pop(title) for title in sampled})
    problems += found
    unreadable = bool(problems) and not sheets
    raw: dict[str, RawTable | None] = {}
    unknown = {title: table for title, table in sheets.items() if not known_name(title, _SHEETS)}
    for title, table in sorted(sheets.items(), key=lambda sheet: not known_name(sheet[0], ["products"])):
        name = known_name(title, _SHEETS)
        if name in raw:
            problems.append(
                Problem(where=title, what=f"another sheet is `{name}` too", fix="delete or rename one of them")
            )
        elif name:
            raw[name], problems = _laid_out(table, _SHEETS[name], problems, lambda: _names(raw.get("products")))
    for title, table in unknown.items():
        if table is not None:
            problems.append(_unknown_sheet(title, table, raw))
    sheet = raw.pop(SHEET, None)
    with naming(samples):
        settings = from_sheet(sheet) if sheet is not None else dataclasses.replace(from_toml(b""), problems=[])
    if unreadable:
        raw = dict.fromkeys(_NAMES)  # one problem is enough
    elif sheet is None and not any(nearest(p.where.partition("!")[0], _SHEETS) == SHEET for p in problems):
        fix = f"add a sheet `{SHEET}` with the columns `setting` and `value`"
        problems.append(Problem(where=SHEET, what="the sheet with the settings is missing or empty", fix=fix))
    return raw, settings, problems, samples


def _unknown_sheet(title: str, table: RawTable, there: Iterable[str]) -> Problem:
    """Ask for the right name of a sheet that holds a table; any other one is left aside."""
    if title.casefold() == "settings":
        return Problem(where=title, what="settings are no table", fix=f"write them in the sheet `{SHEET}`")
    names = {folded(name) for name in table.cells}
    close = nearest(title, _SHEETS)
    fits = [name for name, schema in _SHEETS.items() if {c.name for c in schema.columns if c.required} <= names]
    fits = [close] if close in fits or (close and names & {c.name for c in _SHEETS[close].columns}) else fits
    missing = [name for name in fits if name not in there]
    if missing:
        fix = (
            f"did you mean `{missing[0]}`? Known are {', '.join(_SHEETS)}; begin the name of a sheet of notes with `#`"
        )
        return Problem(where=title, what="no table has this name", fix=fix)
    hidden = " (it is hidden)" if table.marks.hidden else ""
    what = f"a sheet that is no table of the catalog{hidden}: not read"
    fix = "begin its name with `#`, and it is not mentioned; tables are " + ", ".join(_SHEETS)
    return Problem(where=title, what=what, fix=fix, severity="warning")
