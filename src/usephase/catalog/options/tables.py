"""Tables with rows added, removed or reworded, as options do."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from usephase.catalog.merge import defaults, joined
from usephase.catalog.options.changes import matching
from usephase.catalog.options.records import Edit, RowChange
from usephase.catalog.read.sources import RawTable
from usephase.catalog.read.tables import read_table
from usephase.catalog.resolve import Resolved
from usephase.catalog.schema import TABLES
from usephase.catalog.table import Catalog, Table, Values
from usephase.catalog.values import cells
from usephase.catalog.values.grammar import naming
from usephase.catalog.values.refusal import Refusal

PRODUCT_TABLES = tuple(name for name, schema in TABLES.items() if "product" in schema.keys)
"""Tables whose rows belong to one product."""


def restructured(catalog: Catalog, changes: Iterable[RowChange], base: Resolved | None = None) -> Catalog:
    """Apply added, removed and reworded rows to a catalog.

    Parameters
    ----------
    catalog : Catalog
    changes : iterable of RowChange
        "fill" is not among what is applied here: see `filled`.
    base : Resolved, optional
        The resolved catalog: a reference row that is reworded becomes the catalog's own, with its whole set.

    Returns
    -------
    Catalog
        Not checked.
    """
    tables = dict(catalog.tables)
    listed = list(changes)
    for change in listed:
        if change.kind in ("text", "remove") and base is not None:
            tables[change.table] = _owned(tables[change.table], base, change)
    # What rows of archetypes are made with has to be there before they are made.
    _put(tables, [c.edit for c in listed if c.kind == "fill" and c.table == "products" and c.edit is not None])
    for change in (c for c in listed if c.kind in ("remove", "text")):
        table = tables[change.table]
        rows = matching(table, dict(change.keys), exact=True)
        if change.kind == "remove":
            tables[change.table] = kept(table, np.setdiff1d(np.arange(len(table)), rows))
        elif len(rows):
            tables[change.table] = _reworded(table, int(rows[0]), change)
    added = [c for c in listed if c.kind == "add"]
    for name in sorted({c.table for c in added}):
        new = new_rows(catalog, [c for c in added if c.table == name])
        tables[name] = joined(tables[name], new)
    return replace(catalog, tables=tables)


def filled(resolved: Resolved, edits: Iterable[Edit]) -> Resolved:
    """Write values into cells of a resolved catalog: those of "set" as they are, others as best estimates."""
    tables = dict(resolved.tables)
    done = _put(tables, edits)
    for (name, column), loans in resolved.loans.items():  # what is lent is what its owner has
        for loan in loans:
            owned = np.isin(loan.source, list(done.get((loan.table, loan.column), ())))
            lent = owned & ~np.isin(loan.rows, list(done.get((name, column), ())))
            if lent.any():
                source = tables[loan.table].values[loan.column]
                new = cells.replace(tables[name].values[column], loan.rows[lent], source, loan.source[lent])
                tables[name] = replace(tables[name], values={**tables[name].values, column: new})
    return replace(resolved, tables=tables)


def _put(tables: dict[str, Table], edits: Iterable[Edit]) -> dict[tuple[str, str], set[int]]:
    """Write values into cells of tables; give the rows by table and column."""
    written: dict[tuple[str, str], set[int]] = {}
    for edit in edits:
        name, row_text, column = edit.address
        table = tables[name]
        rows = _at(table, row_text)
        if not len(rows):
            continue
        values = table.values[column]
        base = float(cells.best_estimates(cells.take(values, rows))[0])
        if edit.operation == "set" and edit.params is not None:
            params = edit.params.copy()
            points = () if edit.points is None else (edit.points,)
            params[0] = 0 if points else params[0]
            new = Values(np.array([edit.kind], np.int8), params[None], np.array([""], dtype=object),
                         values.low, values.high, points)  # fmt: skip
        else:
            after = base * edit.number if edit.operation == "multiply" else base + edit.number
            new = cells.fixed(np.array([after]), values.low, values.high)
        filled_ = cells.replace(values, rows, new, np.array([0]))
        tables[name] = replace(table, values={**table.values, column: filled_})
        written.setdefault((name, column), set()).update(rows.tolist())
    return written


def focused(catalog: Catalog, products: Iterable[str], year: int | None = None) -> Catalog:
    """Keep only what belongs to some products, and optionally only one year's sales, without a base year then."""
    wanted = set(products)
    tables = dict(catalog.tables)
    for name in PRODUCT_TABLES:
        table = tables[name]
        keep = table.frame["product"].isin(wanted).to_numpy()
        if name == "sales" and year is not None:
            keep = keep & (table.frame["year"].to_numpy() == year)
        tables[name] = kept(table, np.flatnonzero(keep))
    settings = catalog.settings if year is None else catalog.settings.model_copy(update={"base_year": None})
    return replace(catalog, tables=tables, settings=settings)


def kept(table: Table, rows: np.ndarray) -> Table:
    """Keep some rows of a table."""
    return replace(
        table,
        frame=table.frame.iloc[rows].reset_index(drop=True),
        values={name: cells.take(values, rows) for name, values in table.values.items()},
        line=table.line[rows],
    )


def new_rows(catalog: Catalog, changes: Sequence[RowChange]) -> Table:
    """Read new rows of one table.

    Raises
    ------
    Refusal
        What reading refuses, of the first row that it refuses.
    """
    schema = TABLES[changes[0].table]
    names = dict.fromkeys(c.name for c in schema.columns)
    names.update(dict.fromkeys(catalog.labels if schema.labels else ()))
    texts = {name: np.array([{**c.keys, **c.cells}.get(name, "") for c in changes], dtype=object) for name in names}
    for change in changes:
        unknown = [name for name in change.cells if name not in names]
        if unknown:
            raise Refusal(f"`{unknown[0]}` is not a column of {schema.name} to fill", f"known are {', '.join(names)}")
    with naming(catalog.samples):
        read = read_table(RawTable("options", texts, np.arange(len(changes))), schema)
    for problem in read.problems:
        if problem.severity == "error":
            column = problem.where.rpartition(":")[2]
            raise Refusal(f"`{column}` of the new row: {problem.what}", problem.fix)
    return read.table


def empty_lots(catalog: Catalog, lots: Iterable[tuple[str, str, str]]) -> Catalog:
    """Add sales rows without units, where a substitution will put some."""
    sales = catalog["sales"]
    frame = sales.frame
    there = set(zip(frame["product"], frame["region"], frame["year"].astype(str), strict=True))
    missing = sorted(set(lots) - there)
    if not missing:
        return catalog
    changes = [RowChange("add", "sales", {"product": p, "region": r, "year": y}, {"units": "0"}) for p, r, y in missing]
    return replace(catalog, tables={**catalog.tables, "sales": joined(sales, new_rows(catalog, changes))})


def _at(table: Table, row_text: str) -> np.ndarray:
    if table.name == "settings":
        return np.array([0])
    wanted = dict(part.split("=", 1) for part in row_text.split(";"))
    return matching(table, wanted, exact=True)


def _reworded(table: Table, row: int, change: RowChange) -> Table:
    frame = table.frame.copy()
    for column, text in change.cells.items():
        numeric = frame[column].dtype.kind in "if"
        frame.loc[row, column] = float(text) if numeric else text
    return replace(table, frame=frame)


_WHOLE = {"use_profiles": ("use_profile",), "grid": ("zone", "scenario"), "end_of_life": ("zone", "material"),
          "treatments": ("material", "route")}  # fmt: skip


def _owned(table: Table, base: Resolved, change: RowChange) -> Table:
    """Take a reference row over into the catalog, with the set that it belongs to."""
    if len(matching(table, dict(change.keys), exact=True)):
        return table
    source = base.tables[change.table]
    wanted = {k: change.keys.get(k, "") for k in _WHOLE.get(change.table, TABLES[change.table].keys)}
    rows = matching(source, wanted, exact=False)
    rows = rows[source.frame["origin"].to_numpy()[rows] == "reference"]
    if not len(rows):
        return table
    new = kept(source, rows)
    columns = [c for c in table.frame.columns if c in new.frame]
    values = {n: new.values[n] if n in new.values else defaults(table.name, n, len(rows)) for n in table.values}
    return joined(
        table, replace(new, frame=new.frame[columns], values=values, line=np.zeros(len(rows), dtype=np.int64))
    )
