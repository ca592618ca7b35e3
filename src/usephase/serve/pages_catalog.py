"""The catalog to look through: its tables, their rows with badges, a search over all, and one cell at a time."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from markupsafe import Markup

from usephase.catalog import cells
from usephase.catalog.descriptions import describe
from usephase.catalog.edit_records import Edit
from usephase.catalog.resolve import Resolved
from usephase.catalog.row_texts import row_texts
from usephase.catalog.schema import TABLES, Column
from usephase.report.language import Language
from usephase.sampling import distributions as dist
from usephase.serve.pages_cells import spark
from usephase.serve.rows import HIGH, LOW, NAMES, Listed
from usephase.serve.workbench import Workbench

PAGE_ROWS = 50
HITS_SHOWN = 6
UNSURE = ("memory_unverified", "assumption")
"""Words of a basis that say that a number, or a part of it, is not verified."""

Pending = Mapping[tuple[str, str, str], str]
"""The texts of pending edits by table, row and column."""


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


def badge_of(origin: str, basis: str, *, written: bool = True) -> Badge:
    """Choose the badge: catalog, reference, or assumption where nothing firmer stands behind a value."""
    if origin == "catalog" and written:
        return Badge("catalog", "catalog", "from the catalog's own files")
    if any(word in basis for word in UNSURE):
        return Badge("assumption", "assumption", f"reference data, not verified: {basis.replace('_', ' ')}")
    if origin == "reference":
        told = f"reference data: {basis.replace('_', ' ')}" if basis else "reference data"
        return Badge("reference", "reference", told)
    return Badge("default", "default", "an assumption that nobody wrote it: the default of the column")


def pending_of(edits: Sequence[Edit]) -> Pending:
    """Arrange pending edits by their cell."""
    return {(edit.table, edit.row, edit.column): edit.text for edit in edits}


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
    """Show rows of a table."""
    name, columns = listed.table.name, _kept(listed)
    meant = {c.name: _meanings(listed, c, rows, words) for c in columns if c.name in listed.table.values}
    shown = []
    for i, row in enumerate(rows.tolist()):
        about = listed.about.iloc[row]
        key = str(about["row"])
        held = []
        for column in columns:
            text = str(listed.texts[column.name].iloc[row])
            told, picture = meant[column.name][i] if column.name in meant else ("", Markup(""))
            default = column.default or "" if not text else ""
            held.append(
                Shown(column.name, text or default, not text, told, picture,
                      pending.get((name, key, column.name)), column.key, column.kind == "value")
            )  # fmt: skip
        badge = badge_of(about["origin"], about["basis"])
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
    if origin == "catalog":
        return badge_of("catalog", "")
    if origin == "default":
        return badge_of("default", "", written=False)
    held = resolved.tables[table]
    found = np.flatnonzero(row_texts(held) == row)
    basis = str(held.frame["basis"].iloc[int(found[0])]) if len(found) and "basis" in held.frame else ""
    return badge_of("reference", basis)


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


def _meanings(listed: Listed, column: Column, rows: np.ndarray, words: Language) -> list[tuple[str, Markup]]:
    values = cells.take(listed.table.values[column.name], rows)
    best, low, high = cells.best_estimates(values), cells.quantiles(values, LOW), cells.quantiles(values, HIGH)
    units = _units(listed, column, rows)
    out = []
    for i, (kind, b, lo, hi) in enumerate(zip(values.kind, best, low, high, strict=True)):
        if kind in (dist.ABSENT, dist.FIXED):
            out.append(("", Markup("")))
            continue
        text = f"{words.amount(float(b), float(lo), float(hi), units[i])} ({words.interval(float(lo), float(hi))})"
        out.append((text, spark(values, i)))
    return out


def _units(listed: Listed, column: Column, rows: np.ndarray) -> list[str]:
    holder = {"rate": "rate_unit", "amount": "amount_unit"}.get(column.name)
    frame = listed.table.frame
    if holder is not None and holder in frame:
        return [str(unit) for unit in frame[holder].iloc[rows]]
    return [column.unit] * len(rows)
