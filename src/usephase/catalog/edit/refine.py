"""Refine: write what a product has from its archetype as rows of its own, ready to be replaced one by one."""

from collections.abc import Iterator, Mapping

import numpy as np

from usephase.catalog.archetypes import LABELLED, ORIGIN, profile_name, source_of
from usephase.catalog.edit.apply import add_rows, in_place
from usephase.catalog.edit.records import Edit
from usephase.catalog.edit.write import write
from usephase.catalog.resolve import Resolved, resolve
from usephase.catalog.schema import TABLES
from usephase.catalog.table import Catalog, Table
from usephase.catalog.values import cells
from usephase.catalog.values.grammar import naming, parse
from usephase.errors import Problem, StudyError
from usephase.units import nearest

_SHARED = {"use_profiles": "use_profile", "lifetimes": "lifetime"}
_ORDER = ("use_profiles", "lifetimes", "segments", "modes", "materials")
"""Each table after those that its rows refer to, so that the catalog is sound after every step."""
_UNITS = {"rate": "rate_unit", "amount": "amount_unit"}

Row = dict[str, str]


def refine(catalog: Catalog, product: str) -> dict[str, int]:
    """Write into a catalog's files what a product has from its archetype.

    Parameters
    ----------
    catalog : Catalog
        As read from its files.
    product : str

    Returns
    -------
    dict of str to int
        The rows added, by table.

    Raises
    ------
    StudyError
        If there is no such product, or it names no archetype.
    CatalogError
        If a table is a Parquet file.
    """
    from usephase.catalog import read_files

    row = _row_of(catalog, product)
    resolved = resolve(catalog)
    names = _names(resolved, product)
    rows = {table: [*_rows(resolved, table, product, names)] for table in _ORDER}
    now, files = catalog, dict[str, bytes]()
    for table, added in rows.items():
        if added:
            files |= add_rows(now, table, added)
            now = read_files({**catalog.files, **files}, catalog.path)
    said = resolved.tables["products"].frame
    texts = {column: names.get(str(said[column].iloc[row]), "") for column in _SHARED.values()}
    if any(segment["use_profile"] for segment in rows["segments"]):
        texts = {}
    own = catalog["products"].frame
    texts = {column: text for column, text in texts.items() if text and not own[column].iloc[row]}
    texts |= dict.fromkeys(("archetype", "user", "rated_power"), "")
    held = [Edit("products", f"product={product}", column, text) for column, text in texts.items()]
    files |= in_place(now, [edit for edit in held if edit.text or _filled(catalog, row, edit.column)])
    write(catalog, files)
    return {table: len(added) for table, added in rows.items() if added}


def _row_of(catalog: Catalog, product: str) -> int:
    frame = catalog["products"].frame
    at = np.flatnonzero(frame["product"] == product)
    if not len(at):
        close = nearest(product, list(frame["product"]))
        fix = f"did you mean `{close}`?" if close else "name a product of the catalog"
        raise StudyError([Problem(where="PRODUCT", what=f"there is no product `{product}`", fix=fix)])
    if not frame["archetype"].iloc[at[0]]:
        what = f"`{product}` names no archetype: its rows are its own already"
        raise StudyError([Problem(where="PRODUCT", what=what, fix="name a product that has an archetype")])
    return int(at[0])


def _filled(catalog: Catalog, row: int, column: str) -> bool:
    table = catalog["products"]
    if column in table.values:
        return bool(table.values[column].text[row])
    return str(table.frame[column].iloc[row]) not in ("", TABLES["products"].column(column).default)


def _names(resolved: Resolved, product: str) -> Mapping[str, str]:
    """Name the product's own use profiles and lives by those of the archetype."""
    used: set[str] = set()
    for table in ("products", "segments"):
        frame = resolved.tables[table].frame
        mine = frame[frame["product"] == product]
        used |= {str(name) for column in _SHARED.values() for name in mine[column]}
    made: set[str] = set()
    for table, key in _SHARED.items():
        frame = resolved.tables[table].frame
        made |= set(frame.loc[frame["origin"] == ORIGIN, key]) & used
    return {name: profile_name(product, name.partition("/")[2] if len(made) > 1 else "") for name in made}


def _rows(resolved: Resolved, name: str, product: str, names: Mapping[str, str]) -> Iterator[Row]:
    """Write the rows of one table that are from the archetype, under the product's names."""
    table = resolved.tables[name]
    key = _SHARED.get(name, "product")
    wanted = names if name in _SHARED else {product: product}
    segments = resolved.tables["segments"].frame
    for at in np.flatnonzero((table.frame["origin"] == ORIGIN) & table.frame[key].isin(list(wanted))).tolist():
        if name == "modes" and table.frame["mode"].iloc[at] == LABELLED:
            continue  # it stays what the label says
        row = {**_texts(table, at), **_values(resolved, table, at), key: wanted[str(table.frame[key].iloc[at])]}
        if name == "segments":
            row |= {column: names.get(str(segments[column].iloc[at]), row[column]) for column in _SHARED.values()}
        yield row


def _texts(table: Table, at: int) -> Row:
    out = {}
    for column in TABLES[table.name].columns:
        if column.kind not in ("value", "year"):
            text = str(table.frame[column.name].iloc[at])
            out[column.name] = "" if text == column.default else text
    return out


def _values(resolved: Resolved, table: Table, at: int) -> Row:
    """Write the values, with the units that their texts leave open, and where the row is from."""
    out: Row = {}
    sources: dict[str, list[str]] = {}
    for column, values in table.values.items():
        text = str(values.text[at])
        if not text and column == "amount" and values.present()[at]:
            text = f"{cells.best_estimates(cells.take(values, np.array([at])))[0]:g}"
        out[column] = text
        unit = _UNITS.get(column)
        with naming(resolved.catalog.samples):
            if unit and text and parse(text).unit:
                out[unit] = ""
        found = source_of(resolved.loans, table.name, at, column)
        if found is not None and text:
            sources.setdefault(str(resolved.tables[found[0]].frame["source"].iloc[found[1]]), []).append(column)
    told = {text: columns for text, columns in sources.items() if text}
    if told:  # the row's own power may be from a list, and its load a guess
        alone = len(told) == 1
        out["source"] = "; ".join(text if alone else f"{', '.join(columns)}: {text}" for text, columns in told.items())
    return out
