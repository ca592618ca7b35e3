"""The catalog to look through: its tables, their rows with badges, a search over all, and one cell at a time."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from markupsafe import Markup

from usephase.catalog.descriptions import describe
from usephase.catalog.edit.records import Cell
from usephase.catalog.resolve import Resolved
from usephase.catalog.row_texts import row_texts
from usephase.catalog.schema import TABLES, Column
from usephase.catalog.table import Table
from usephase.catalog.values import cells
from usephase.report.language import Language
from usephase.serve.api.rows import NAMES, Listed
from usephase.serve.pages.cells import Caption, caption, captions
from usephase.serve.workbench import Workbench

PAGE_ROWS = 50
HITS_SHOWN = 6

Pending = Mapping[Cell, tuple[str, Caption]]
"""The texts of pending edits by table, row and column, and what they mean."""


@dataclass(frozen=True)
class Badge:
    """Say where a value comes from, in a word and in a sentence."""

    kind: str
    text: str
    told: str


@dataclass(frozen=True)
class Shown:
    """Show a cell: what is written, what it means, and what would be written."""

    column: str
    text: str
    default: bool
    meaning: str
    picture: Markup
    edit: str | None
    key: bool
    value: bool


@dataclass(frozen=True)
class Line:
    """Show a row."""

    row: str
    place: str
    badge: Badge
    source: str
    cells: tuple[Shown, ...]


def badge_of(origin: str, data_type: str = "", basis: str = "") -> Badge:
    """Choose the badge: where a value is written, and the `data_type` that its row states; no word of a source counts.

    Parameters
    ----------
    origin : {"catalog", "reference", "default"}
    data_type : str
        Of the row; empty is `default`.
    basis : str
        What the reference's row rests on: said, but of no weight.
    """
    kind = data_type or "default"
    if origin == "catalog":
        if kind == "estimate":
            return Badge("assumption", "catalog, estimate", "from the catalog's own files, which call it an estimate")
        said = "no data_type is stated" if kind == "default" else f"data_type {kind}"
        return Badge("catalog", "catalog" if kind == "default" else f"catalog, {kind}",
                     f"from the catalog's own files; {said}")  # fmt: skip
    if origin == "reference":
        resting = f", {basis.replace('_', ' ')}" if basis else ""
        return Badge("reference", "reference", f"built-in reference data, of data_type {kind}{resting}")
    return Badge("default", "default", "nobody wrote it: the default of the column")


def pending_of(workbench: Workbench, words: Language) -> Pending:
    """Arrange pending edits by their cell."""
    edits = workbench.edits
    meant = captions(workbench.desk, [one.settled for one in edits], words) if edits else {}
    return {one.cell: (one.text, meant[one.cell]) for one in edits}


def tables(resolved: Resolved, words: Language) -> list[dict[str, Any]]:
    """List the tables with the number of their rows by origin; those without rows too."""
    found = []
    for name in NAMES:
        table = resolved.tables[name]
        own = int((table.frame["origin"] == "catalog").sum()) if "origin" in table.frame else len(table)
        values = [str(column) for column in table.values]
        uncertain = sum(int(cells.uncertain(column).sum()) for column in table.values.values())
        found.append({
            "name": name, "rows": len(table), "own": words.count(own), "reference": words.count(len(table) - own),
            "uncertain": words.count(uncertain), "values": ", ".join(values), "there": len(table) > 0,
        })  # fmt: skip
    return found


def hits(workbench: Workbench, search: str, pending: Pending, words: Language) -> list[dict[str, Any]]:
    """Search all tables: by table the first rows found, and how many there are."""
    answer = []
    for name in NAMES:
        listed = workbench.rows(name)
        rows = listed.found(search)
        if len(rows):
            shown = lines(listed, rows[:HITS_SHOWN], pending, words)
            answer.append({"name": name, "columns": headers(listed), "lines": shown, "count": len(rows)})
    return answer


def page_of(listed: Listed, search: str, origin: str, page: int, pending: Pending, words: Language) -> dict[str, Any]:
    """Give one page of a table's rows."""
    rows = listed.found(search, origin if origin in ("catalog", "reference") else "")
    last = max(math.ceil(len(rows) / PAGE_ROWS), 1)
    page = min(max(page, 1), last)
    first = (page - 1) * PAGE_ROWS
    return {
        "table": listed.table.name, "columns": headers(listed), "total": len(rows), "page": page, "last": last,
        "lines": lines(listed, rows[first : first + PAGE_ROWS], pending, words), "search": search, "origin": origin,
    }  # fmt: skip


def headers(listed: Listed) -> list[dict[str, Any]]:
    """Name the columns, each with its meaning and unit."""
    name = listed.table.name
    return [{"name": c.name, "told": meaning(name, c.name), "unit": c.unit, "key": c.key} for c in _kept(listed)]


def meaning(table: str, column: str) -> str:
    """Say what a column means; a label has no description."""
    found = describe(table, column)
    return found.meaning if found else ""


def lines(listed: Listed, rows: np.ndarray, pending: Pending, words: Language) -> list[Line]:
    """Show rows of a table; what is edited means what the edit says."""
    name, columns = listed.table.name, _kept(listed)
    types = _types(listed.table)
    meant = {c.name: _meanings(listed, c, rows, words) for c in columns if c.name in listed.table.values}
    shown = []
    for i, row in enumerate(rows.tolist()):
        about = listed.about.iloc[row]
        key = str(about["row"])
        held = []
        for column in columns:
            text = str(listed.texts[column.name].iloc[row])
            edit, said = pending.get((name, key, column.name), (None, Caption("")))
            if edit is None and column.name in meant:
                said = meant[column.name][i]
            default = column.default or "" if not text else ""
            held.append(
                Shown(column.name, text or default, not text, said.text, said.picture, edit, column.key,
                      column.kind == "value")
            )  # fmt: skip
        badge = badge_of(about["origin"], types[row], about["basis"])
        shown.append(Line(key, about["place"], badge, about["source"], tuple(held)))
    return shown


def products_of(resolved: Resolved) -> list[dict[str, str]]:
    """Name the products, with their names and families."""
    frame = resolved.tables["products"].frame
    return [
        {"product": str(row["product"]), "name": str(row["name"]), "family": str(row["family"])}
        for row in frame[["product", "name", "family"]].to_dict("records")
    ]


def editable(table: str, column: str) -> bool:
    """Tell whether a cell of a column has an editor: all but keys, in tables of the catalog."""
    if table not in TABLES:
        return False
    known = {c.name: c for c in TABLES[table].columns}
    return not known[column].key if column in known else TABLES[table].labels


def cell_badge(resolved: Resolved, table: str, row: str, column: str, origin: str) -> Badge:
    """Choose the badge of one cell: that of its row, or that of a default."""
    held = resolved.tables[table]
    found = np.flatnonzero(row_texts(held) == row)
    if origin == "default" or not len(found):
        return badge_of(origin)
    at = int(found[0])
    basis = str(held.frame["basis"].iloc[at]) if "basis" in held.frame else ""
    return badge_of(origin, _types(held)[at], basis)


def _types(table: Table) -> list[str]:
    """Give the `data_type` of every row; "" where the table has none."""
    frame = table.frame
    return frame["data_type"].astype(str).tolist() if "data_type" in frame else [""] * len(frame)


def _kept(listed: Listed) -> list[Column]:
    # Sources have a place of their own; columns that nobody filled are left out but for what they are about.
    kept = []
    for column in listed.columns:
        if column.name == "source":
            continue
        filled = bool((listed.texts[column.name] != "").any())
        if filled or column.key or (column.kind == "value" and column.default is None and column.required):
            kept.append(column)
    return kept


def _meanings(listed: Listed, column: Column, rows: np.ndarray, words: Language) -> list[Caption]:
    values = cells.take(listed.table.values[column.name], rows)
    units, uncertain = _units(listed, column, rows), cells.uncertain(values)
    return [caption(values, i, units[i], words) if uncertain[i] else Caption("") for i in range(len(rows))]


def _units(listed: Listed, column: Column, rows: np.ndarray) -> list[str]:
    holder = {"rate": "rate_unit", "amount": "amount_unit"}.get(column.name)
    frame = listed.table.frame
    if holder is not None and holder in frame:
        return [str(unit) for unit in frame[holder].iloc[rows]]
    return [column.unit] * len(rows)
