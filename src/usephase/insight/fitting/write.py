"""Write a fitted value into a catalog: its row changed or added, all or nothing."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from usephase.catalog import read_catalog
from usephase.catalog.edit.apply import add_rows, in_place
from usephase.catalog.edit.records import Edit
from usephase.catalog.edit.write import write
from usephase.catalog.options.changes import matching, read_row
from usephase.catalog.samples import FOLDER
from usephase.catalog.schema import TABLES
from usephase.catalog.table import Catalog
from usephase.catalog.values.refusal import Refusal
from usephase.errors import Problem, StudyError
from usephase.insight.fitting.evidence import Sample
from usephase.units import nearest

_COLUMNS = {"use_profiles": "amount", "modes": "rate", "lifetimes": "mean", "materials": "mass", "sales": "units"}
"""Where a value goes if no column is named."""
_OTHER_FORMS = ("t50", "t90", "scale", "median")
"""Columns that say the mean of a life in another way: emptied where it is written."""


@dataclass(frozen=True)
class Target:
    """Name where a fitted value goes: ``CATALOG:TABLE:ROW``, or with a ``:COLUMN`` that is not the usual one."""

    catalog: str
    table: str
    row: str
    column: str

    @property
    def keys(self) -> dict[str, str]:
        """The row's keys."""
        try:
            return read_row(self.row, self.table)
        except Refusal as refusal:
            raise StudyError([Problem(where="--write", what=refusal.what, fix=refusal.fix)]) from None


def target(text: str, kind: str) -> Target:
    """Read where to write.

    Raises
    ------
    StudyError
        If it is of another form, or names no table or column.
    """
    tables = [name for name in TABLES if name != "settings"]
    found = re.fullmatch(r"(.+?):([a-z0-9_]+):([^:]*=[^:]*)(?::([a-z0-9_]+))?", text)
    fix = "write CATALOG:TABLE:ROW, such as product_catalog:lifetimes:lifetime=tool_home"
    if found is None:
        raise StudyError([Problem(where="--write", what=f"`{text}` names no row of a catalog", fix=fix)])
    folder, table, row, column = found[1], found[2], found[3], found[4] or ""
    if table not in tables:
        close = nearest(table, tables)
        fix = f"did you mean `{close}`?" if close else f"choose one of: {', '.join(tables)}"
        raise StudyError([Problem(where="--write", what=f"`{table}` is no table of a catalog", fix=fix)])
    if (kind == "lifetime") != (table == "lifetimes"):
        what = f"a fitted {kind} does not go into `{table}`"
        fix = "write a life into lifetimes" if kind == "lifetime" else "write it into another table"
        raise StudyError([Problem(where="--write", what=what, fix=fix)])
    column = column or _COLUMNS.get(table, "")
    values = TABLES[table].value_columns
    if column not in values:
        what = f"`{column}` is no uncertain column of {table}" if column else f"no column of {table} is named"
        raise StudyError([Problem(where="--write", what=what, fix=f"add one behind the row: {', '.join(values)}")])
    made = Target(folder, table, row, column)
    unkeyed = [name for name in made.keys if name not in TABLES[table].keys]
    if unkeyed:
        fix = f"its keys are {', '.join(TABLES[table].keys)}"
        raise StudyError([Problem(where="--write", what=f"`{unkeyed[0]}` is no key of {table}", fix=fix)])
    return made


def write_rows(
    to: Target,
    rows: Sequence[tuple[Mapping[str, str], Mapping[str, str]]],
    more: Mapping[str, Sequence[Mapping[str, str]]] | None = None,
    samples: Mapping[str, Sample] | None = None,
) -> tuple[str, ...]:
    """Write rows into the catalog of a target; it is judged as a whole first, and nothing is written if it is refused.

    Parameters
    ----------
    rows : sequence of (keys, cells)
        Of the target's table; a row that is there is changed, another one added.
    more : mapping of str to rows, optional
        Rows to be added to other tables.
    samples : mapping of str to Sample, optional
        Joint samples that the rows name; one of that name is replaced.

    Returns
    -------
    tuple of str
        The files written.
    """
    catalog = read_catalog(to.catalog)
    before = catalog
    files: dict[str, bytes] = {}
    for name, sample in (samples or {}).items():
        if not Path(to.catalog).is_dir():
            what, fix = "a joint sample goes into a catalog's folder", "write it without --joint, or into a folder"
            raise StudyError([Problem(where="--joint", what=what, fix=fix)])
        catalog, files = _after(catalog, {f"{FOLDER}/{name}.csv": sample.csv()}, files)
    for keys, cells in rows:
        catalog, files = _after(catalog, _one(catalog, to.table, keys, cells), files)
    for table, added in (more or {}).items():
        catalog, files = _after(catalog, add_rows(catalog, table, added), files)
    write(before, files)
    root = Path(to.catalog)
    return tuple((root / name if root.is_dir() else root).as_posix() for name in sorted(files))


def _after(
    catalog: Catalog, changed: Mapping[str, bytes], files: Mapping[str, bytes]
) -> tuple[Catalog, dict[str, bytes]]:
    from usephase.catalog import read_files

    held = {**files, **changed}
    return read_files({**catalog.files, **held}, catalog.path), held


def _one(catalog: Catalog, table: str, keys: Mapping[str, str], cells: Mapping[str, str]) -> Mapping[str, bytes]:
    schema = TABLES[table]
    there = matching(catalog[table], dict(keys), exact=True)
    if not len(there):
        return add_rows(catalog, table, [{**keys, **{name: text for name, text in cells.items() if text}}])
    row = ";".join(f"{name}={keys[name]}" for name in schema.keys if keys.get(name))
    edits = [Edit(table, row, name, text) for name, text in cells.items() if name not in schema.keys]
    if table == "lifetimes" and "mean" in cells:
        said = catalog[table].values
        edits += [Edit(table, row, name, "") for name in _OTHER_FORMS if str(said[name].text[there[0]])]
    return in_place(catalog, edits)
