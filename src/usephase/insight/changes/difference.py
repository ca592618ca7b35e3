"""Differences between two catalogs: which rows, of what kind, and catalogs that lie between the two."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from usephase.catalog.schema import ARCHETYPES, MUTE, TABLES
from usephase.catalog.table import Catalog, Table, Values
from usephase.catalog.values import cells
from usephase.sampling.distributions import is_listed

METHOD = ("grid_basis", "boundary", "sales_timing", "gwp")
CLASSES = {
    "method": "method: basis, boundary, timing, warming potentials",
    "factors": "factor set: grid, fuels, gases, treatments",
    "assumptions": "assumptions: lives, use, users, waste routes, scenarios",
    "product_data": "product data: energy, masses, refrigerants",
    "sales_data": "sales data: units of the base year",
    "grid_observed": "observed grid: years after the base year that were a forecast and have been observed since",
    "outlook": "grid outlook: revised forecast of the years after the reporting year",
    "organic": "organic: other sale years",
}
"""Kinds of differences; what recalculates a base year comes first."""
TRIGGERS = ("method", "factors", "assumptions", "product_data", "sales_data")
_CLASS_OF = {
    "zones": "factors", "carriers": "factors", "gases": "factors", "treatments": "factors", "grid": "factors",
    "end_of_life": "assumptions", "lifetimes": "assumptions", "use_profiles": "assumptions",
    "segments": "assumptions", "regions": "assumptions", "correlations": "assumptions", "settings": "assumptions",
    **dict.fromkeys(ARCHETYPES, "assumptions"),
    "products": "product_data", "modes": "product_data", "refrigerants": "product_data",
    "materials": "product_data", "sales": "sales_data",
}  # fmt: skip
"""Tables in an order in which each finds what it refers to."""
_TOGETHER = {
    "grid": ("zone", "scenario"), "end_of_life": ("zone", "material"), "treatments": ("material", "route"),
    "use_profiles": ("use_profile",), "segments": ("product",), "regions": ("region",), "correlations": ("group",),
    **dict.fromkeys(ARCHETYPES, ("archetype",)),
    "modes": ("product",), "refrigerants": ("product",), "materials": ("product",), "sales": ("product",),
}  # fmt: skip
"""Rows that only make sense together change together."""


@dataclass(frozen=True)
class Unit:
    """Differences that change together.

    Attributes
    ----------
    kind : str
        A key of `CLASSES`.
    table, row : str
        The rows, as far as they have the same key; of settings the setting's name.
    rows : tuple of (int, int)
        Rows of both tables; −1 where one has none.
    removed : bool
        The second catalog has none of it.
    """

    kind: str
    table: str
    row: str
    rows: tuple[tuple[int, int], ...] = ()
    removed: bool = False


def units(first: Catalog, second: Catalog, year: int) -> list[Unit]:
    """List what differs, in an order in which one can be put after the other.

    Parameters
    ----------
    first, second : Catalog
    year : int
        The sale year that matters: the base year.
    """
    found = [Unit("method", "settings", name) for name in METHOD if _setting(first, name) != _setting(second, name)]
    stated = ("scenarios", "dependence")
    found += [
        Unit("assumptions", "settings", name) for name in stated if _setting(first, name) != _setting(second, name)
    ]
    for name in _CLASS_OF:
        found += _of_table(name, first[name], second[name], year, second.settings.reporting_year)
    order = list(CLASSES)
    tables = ["settings", *_CLASS_OF]

    # What is gone is taken away last, and in the opposite order: nothing may refer to it any more.
    def rank(unit: Unit) -> tuple[Any, ...]:
        sign = -1 if unit.removed else 1
        return unit.removed, sign * order.index(unit.kind), sign * tables.index(unit.table), unit.row

    return sorted(found, key=rank)


def cell_rows(first: Catalog, second: Catalog, changed: Sequence[Unit]) -> list[dict[str, Any]]:
    """List every cell that differs, with its text in both catalogs."""
    rows: list[dict[str, Any]] = []
    for unit in changed:
        if unit.table == "settings" and not unit.rows:
            before, after = (str(_setting(catalog, unit.row)) for catalog in (first, second))
            rows.append({**_place(unit, "grid", unit.row), "before": before, "after": after})
            continue
        a, b = first[unit.table], second[unit.table]
        for i, j in unit.rows:
            key = (a.key(i) if i >= 0 else b.key(j)) if unit.table != "settings" else "grid"
            rows += [
                {**_place(unit, key, column), "before": before, "after": after}
                for column in _columns(a, b)
                if (before := _text(a, i, column)) != (after := _text(b, j, column))
                or (i >= 0 and j >= 0 and _cell(a, i, column) != _cell(b, j, column))
            ]
    return rows


def between(first: Catalog, second: Catalog, changed: Iterable[Unit]) -> Catalog:
    """Give the first catalog with some differences put into it; with all of them it computes what the second does."""
    settings = first.settings
    by_table: dict[str, list[tuple[int, int]]] = {}
    for unit in changed:
        if unit.table == "settings" and not unit.rows:
            settings = settings.model_copy(update={unit.row: _setting(second, unit.row)})
        else:
            by_table.setdefault(unit.table, []).extend(unit.rows)
    tables = dict(first.tables)
    for name, rows in by_table.items():
        tables[name] = _mixed(first[name], second[name], rows)
    labels = tuple(dict.fromkeys((*first.labels, *second.labels)))
    products = tables["products"]
    lacking = {label: "" for label in labels if label not in products.frame.columns}
    if lacking:
        tables["products"] = replace(products, frame=products.frame.assign(**lacking))
    return replace(first, tables=tables, settings=settings, labels=labels)


def _setting(catalog: Catalog, name: str) -> Any:
    return getattr(catalog.settings, name)


def _place(unit: Unit, row: str, column: str) -> dict[str, Any]:
    return {"kind": unit.kind, "table": unit.table, "row": row, "column": column}


def _of_table(name: str, a: Table, b: Table, year: int, observed: int) -> list[Unit]:
    left, right = _signatures(a), _signatures(b)
    together: dict[tuple[Any, ...], list[tuple[int, int]]] = {}
    own: dict[tuple[Any, ...], set[bool]] = {}
    for key in dict.fromkeys((*left, *right)):
        i, j = left.get(key, (-1, None)), right.get(key, (-1, None))
        group = _group(name, a, b, i[0], j[0], year, observed)
        own.setdefault(group, set()).update({i[0] >= 0 and j[0] >= 0})
        if i[1] != j[1]:
            together.setdefault(group, []).append((i[0], j[0]))
    made = []
    # A path of which no row stays is another source's: a factor set, not a revision.
    whole = {group[:-1] for group, both in own.items() if True in both}
    for group, rows in together.items():
        kind = _CLASS_OF[name]
        if name == "sales":
            kind = group[-1] or kind
        if name == "grid" and group[-1] and group[:-1] in whole:
            kind = group[-1]
        made.append(Unit(kind, name, ";".join(map(str, group[:-1])), tuple(rows), all(j < 0 for _, j in rows)))
    return made


def _group(name: str, a: Table, b: Table, i: int, j: int, year: int, observed: int) -> tuple[Any, ...]:
    """Name the rows that change together; the last part is their kind where it depends on the year, else ""."""
    table, row = (a, i) if i >= 0 else (b, j)
    if name == "settings":
        return ("grid", "")
    columns = _TOGETHER.get(name, TABLES[name].keys)
    named = ((column, table.frame[column].iloc[row]) for column in columns)
    parts = tuple(f"{column}={value}" for column, value in named if value not in ("", -1))
    at = int(table.frame["year"].iloc[row]) if name in ("sales", "grid") else year
    if name == "sales":
        return (*parts, "" if at == year else "organic")
    return (*parts, "" if at <= year else "grid_observed" if at <= observed else "outlook")


def _signatures(table: Table) -> dict[tuple[Any, ...], tuple[int, tuple[Any, ...]]]:
    """Give every row's place and content by its key."""
    keys = TABLES[table.name].keys
    texts = [c for c in sorted(table.frame.columns) if c not in MUTE and c not in keys]
    plain = list(zip(*(table.frame[c] for c in texts), strict=True)) if texts else [()] * len(table)
    named = list(zip(*(table.frame[c] for c in keys), strict=True)) if keys else [()] * len(table)
    # A label that only one catalog has is empty in the other.
    return {
        named[i]: (
            i,
            (
                tuple((c, x) for c, x in zip(texts, plain[i], strict=True) if x not in ("", -1)),
                tuple((c, _held(v, i)) for c, v in sorted(table.values.items())),
            ),
        )
        for i in range(len(table))
    }


def _held(values: Values, row: int) -> tuple[Any, ...]:
    kind = int(values.kind[row])
    if is_listed(kind):
        points = values.points[int(values.params[row, 0])]
        return (kind, *points[0].tolist(), *points[1].tolist())
    return (kind, *values.params[row].tolist())


def _columns(a: Table, b: Table) -> list[str]:
    keys = TABLES[a.name].keys
    names = dict.fromkeys((*a.frame.columns, *b.frame.columns, *a.values))
    return [name for name in names if name not in MUTE and name not in keys]


def _text(table: Table, row: int, column: str) -> str:
    if row < 0:
        return ""
    if column in table.values:
        written = str(table.values[column].text[row])
        default = TABLES[table.name].column(column).default
        return written or default or ""
    return str(table.frame[column].iloc[row]) if column in table.frame.columns else ""


def _cell(table: Table, row: int, column: str) -> Any:
    if column in table.values:
        return _held(table.values[column], row)
    return table.frame[column].iloc[row] if column in table.frame.columns else ""


def _mixed(a: Table, b: Table, rows: Sequence[tuple[int, int]]) -> Table:
    """Take rows of the second table in the place of rows of the first."""
    gone = {i for i, _ in rows}
    kept = np.array([i for i in range(len(a)) if i not in gone], dtype=np.intp)
    taken = np.array([j for _, j in rows if j >= 0], dtype=np.intp)
    columns = list(dict.fromkeys((*a.frame.columns, *b.frame.columns)))
    parts = [t.frame.iloc[at].reindex(columns=columns, fill_value="") for t, at in ((a, kept), (b, taken)) if len(at)]
    if not parts:
        frame, order = a.frame.iloc[:0], np.empty(0, dtype=np.intp)
    else:
        frame = pd.concat(parts, ignore_index=True)
        keys = list(TABLES[a.name].keys)
        order = frame.sort_values(keys, kind="stable").index.to_numpy() if keys else np.arange(len(frame))
    values = {
        name: cells.take(cells.join(cells.take(a.values[name], kept), cells.take(b.values[name], taken)), order)
        for name in a.values
    }
    line = np.concatenate([a.line[kept], b.line[taken]])[order]
    return replace(a, frame=frame.iloc[order].reset_index(drop=True), values=values, line=line)
