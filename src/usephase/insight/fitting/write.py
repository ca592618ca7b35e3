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
from usephase.insight.fitting.amount import AmountFit
from usephase.insight.fitting.api import Fit
from usephase.insight.fitting.evidence import Sample
from usephase.insight.fitting.lifetime import LifetimeFit
from usephase.units import nearest

Rows = Sequence[tuple[Mapping[str, str], Mapping[str, str]]]
"""Keys and cells of each row."""

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
    missing = [c.name for c in TABLES[table].columns if c.key and c.required and not made.keys.get(c.name)]
    if missing:
        fix = f"add `{missing[0]}=…` to it"
        raise StudyError([Problem(where="--write", what=f"a row of {table} needs its `{missing[0]}`", fix=fix)])
    return made


@dataclass(frozen=True)
class Written:
    """Say what a fit makes of a catalog.

    Attributes
    ----------
    catalog : Catalog
        As it was read.
    files : mapping of str to bytes
        Those that change, by name.
    row : mapping of str to str
        The row, of several the first one.
    sample : str or None
        The file of a joint sample.
    """

    catalog: Catalog
    files: Mapping[str, bytes]
    row: Mapping[str, str]
    sample: str | None = None

    @property
    def paths(self) -> tuple[str, ...]:
        """Where the files are."""
        root = Path(self.catalog.path)
        return tuple((root / name if root.is_dir() else root).as_posix() for name in sorted(self.files))


def fitted(found: Fit, to: str, *, mode: str = "", joint: bool = False) -> Written:
    """Put a fit into a catalog in memory; it is judged as a whole, and what it would refuse is refused.

    Parameters
    ----------
    found : Fit
    to : str
        ``CATALOG:TABLE:ROW``, of several groups with their labels: ``region={region}``.
    mode : str
        Whose hours or cycles a life counts; by default that of the row that is there.
    joint : bool
        Whether mean and shape of a life go in as a joint sample, and the row names it.

    Raises
    ------
    StudyError, CatalogError
    """
    if not isinstance(found, LifetimeFit):
        groups = [(part.group, found.cells(part)) for part in found.parts] if isinstance(found, AmountFit) else [
            ({}, found.cells)
        ]  # fmt: skip
        kind, rows = str(found.to_document()["kind"]), []
        for group, held in groups:
            where = target(_filled(to, group, len(groups)), kind)
            rows.append((where.keys, {where.column: held["value"], **{k: v for k, v in held.items() if k != "value"}}))
        return _rows_in(where, rows)
    where = target(to, "lifetime")
    key, catalog = where.keys["lifetime"], read_catalog(where.catalog)
    if found.lives.unit != "year" and not mode:
        mode = _mode_of(catalog, key)
    row = found.row(key, mode) | (found.joint_cells(key) if joint else {})
    return _rows_in(
        where, [(where.keys, row)], {"survival": found.survival_rows(key)}, {key: found.sample()} if joint else {}
    )


def _filled(to: str, group: Mapping[str, str], count: int) -> str:
    """Put a group's labels into the row that is written."""
    missing = [name for name in group if f"{{{name}}}" not in to] if count > 1 else []
    if missing:
        fix = f"name it in the row: such as region={{{missing[0]}}}"
        what = f"all groups of `{missing[0]}` would go into one row"
        raise StudyError([Problem(where="--write", what=what, fix=fix)])
    return re.sub(r"\{(\w+)\}", lambda found: group.get(found[1], found[0]), to)


def _mode_of(catalog: Catalog, key: str) -> str:
    """Give the mode that the row names already, or ask for it."""
    frame = catalog["lifetimes"].frame
    named = [mode for mode in frame.loc[frame["lifetime"] == key, "mode"] if mode]
    if not named:
        fix = "name the mode whose hours or cycles they are"
        raise StudyError([Problem(where="--mode", what="a life in hours or cycles needs a mode", fix=fix)])
    return str(named[0])


def _rows_in(
    to: Target, rows: Rows, more: Mapping[str, Sequence[Mapping[str, str]]] | None = None,
    samples: Mapping[str, Sample] | None = None,
) -> Written:  # fmt: skip
    """Put rows into a catalog: of the target's table, which are changed or added, `more` of others, and `samples`."""
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
        if added:
            catalog, files = _after(catalog, add_rows(catalog, table, added), files)
    sampled = next((f"{to.catalog}/{FOLDER}/{name}.csv" for name in samples or {}), None)
    return Written(before, files, rows[0][1], sampled)


def write_fit(found: Fit, to: str, *, mode: str = "", joint: bool = False) -> Written:
    """Write a fit into the files of a catalog, as `fitted` gives them: all of them or none."""
    made = fitted(found, to, mode=mode, joint=joint)
    write(made.catalog, made.files)
    return made


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
