"""The assumption register: every value that a figure depends on, with its error and where it comes from."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from usephase.catalog.archetypes import LABELLED, ORIGIN
from usephase.catalog.edit.reviewed import UNREVIEWED, reviewed
from usephase.catalog.resolve import Resolved, reference_of
from usephase.catalog.row_texts import row_texts
from usephase.catalog.rules.context import Context
from usephase.catalog.rules.usage import lent_cells, used_rows
from usephase.catalog.rules.use import conversion_needs
from usephase.catalog.schema import ARCHETYPES, DEFAULT, EVERYWHERE, TABLES
from usephase.catalog.table import Table
from usephase.catalog.values import cells
from usephase.model.lifetime import DEFAULT_SHAPE
from usephase.results.content import REGISTER_COLUMNS
from usephase.sampling import distributions as dist

LOW, HIGH = 0.025, 0.975
TOGETHER = 32_768
"""Rows listed at a time: their texts are Python's own for a moment, which takes memory."""
# Defaults that are assumptions about the world rather than the absence of an effect: listed though nobody wrote them.
_TELLING = {("zones", "loss"), ("refrigerants", "end_of_life_loss")}
_NAMED = {"material": "materials", "carrier": "modes"}
"""The table in which a common name of each naming is listed."""
_NONE = np.empty(0, dtype=bool)
_LENT = {
    **{name: TABLES[name].value_columns for name in ARCHETYPES},
    "products": ("rated_power", LABELLED),
}
"""Columns whose cells count only through rows of other tables that they lend them to."""
_ABOUT = {column.name: column.default or "" for column in EVERYWHERE}
_NOT_THE_ROWS = ("data_type", "verification")
"""What a row says of the values that somebody wrote in it: not of a column's default."""


def register(resolved: Resolved) -> pd.DataFrame:
    """List every value used.

    Parameters
    ----------
    resolved : Resolved
        The catalog and the reference rows it uses.

    Returns
    -------
    DataFrame
        Columns `REGISTER_COLUMNS`: value as written, distribution, best estimate, 2.5 and 97.5 % points after
        truncation in the column's unit, and where it comes from. Sorted by table, row and column.

    Notes
    -----
    Of the defaults that nobody wrote only those are listed that assume something: a loss that nobody knows, the
    refrigerant lost at the end, the shape of a life.
    """
    used = used_rows(Context(resolved, reference_of(resolved.catalog)))
    lent = lent_cells(resolved, used)
    order = {name: i for i, name in enumerate([*TABLES, "reference_grid"])}
    listed: list[_Columns] = []
    for name in sorted(used, key=order.__getitem__):
        table = resolved.tables[name]
        # What rows have from an archetype is listed once, with the archetype's.
        rows = np.flatnonzero(used[name] & (table.frame["origin"] != ORIGIN).to_numpy(dtype=bool))
        only = {column: lent.get((name, column), _NONE) for column in _LENT.get(name, ())}
        if name == "carriers":
            only = _converting(resolved, used["modes"])
        for first in range(0, len(rows), TOGETHER):
            listed += _part(table, rows[first : first + TOGETHER], only)
    listed += _aliases(resolved.catalog.aliases)
    if not listed:
        return pd.DataFrame({name: [] for name in REGISTER_COLUMNS})
    # Column by column, each let go of when it is joined: the parts need not stand beside the whole.
    named = [name for name in REGISTER_COLUMNS if name not in UNREVIEWED]
    whole = {name: pd.concat([part.pop(name) for part in listed], ignore_index=True) for name in named}
    return reviewed(pd.DataFrame(whole, copy=False), resolved.tables["reviews"].frame)


_Columns = dict[str, Any]
"""Arrays, or series, of a part of the register by column; `_at` is the row of the table."""


def _converting(resolved: Resolved, used: np.ndarray) -> dict[str, np.ndarray]:
    """Tell of which carriers a rate in another kind of quantity takes the density or the heating value.

    The reference's are listed all the same: a run is read again with the rows of its register, and every uncertain cell
    of a row has its place among the random numbers.
    """
    carriers, modes = resolved.tables["carriers"].frame, resolved.tables["modes"].frame[used]
    unit = dict(zip(carriers["carrier"], carriers["unit"], strict=True))
    rates = set(zip(modes["carrier"], modes["rate_unit"], strict=True))
    needed = {(c, column) for c, rate in rates if c in unit for column in conversion_needs(rate, unit[c])}
    return {
        column: np.array([(c, column) in needed for c in carriers["carrier"]], dtype=bool)
        | (carriers["origin"] == "reference").to_numpy(dtype=bool)
        for column in ("density", "heating_value")
    }


def _part(table: Table, rows: np.ndarray, only: Mapping[str, np.ndarray]) -> list[_Columns]:
    """List some rows of a table, in the order of their keys, columns in that of the schema; nothing if nothing is.

    Of a column that `only` has, its cells are left out where that does not say so.
    """
    own = _own(table, rows)
    columns = [part for name in table.values for part in _listed(table, own, name, only.get(name))]
    if not columns:
        return []
    counts = [len(part["_at"]) for part in columns]
    order = np.lexsort((np.repeat(np.arange(len(columns)), counts), np.concatenate([part["_at"] for part in columns])))
    out = {}
    for name in (name for name in REGISTER_COLUMNS if name not in UNREVIEWED):
        values = np.concatenate([part.pop(name) for part in columns])[order]
        # Arrow's texts, where this pandas has them: half the memory of as many Python objects.
        out[name] = pd.Series(values) if values.dtype == float else pd.Series(values).astype(str)
    return [out]


def _aliases(aliases: Iterable[tuple[str, str, str]]) -> list[_Columns]:
    """List the common names of materials and carriers that were read as those of the reference."""
    rows = [each for each in aliases if each[0] in _NAMED]
    if not rows:
        return []
    texts = {"distribution": "name", "origin": "catalog"}
    texts |= {"basis": "assumption", "data_type": _ABOUT["data_type"], "verification": _ABOUT["verification"]}
    part: _Columns = {
        name: _objects([texts.get(name, "")] * len(rows)) for name in REGISTER_COLUMNS if name not in UNREVIEWED
    }
    part["table"] = _objects(_NAMED[naming] for naming, _, _ in rows)
    part["column"] = _objects(naming for naming, _, _ in rows)
    part["row"] = _objects(f"{naming}={read}" for naming, _, read in rows)
    part["value"] = _objects(written for _, written, _ in rows)
    part["source"] = _objects(f"read as `{read}` (reference {naming}_aliases)" for naming, _, read in rows)
    part |= dict.fromkeys(("best_estimate", "low", "high"), np.full(len(rows), np.nan))
    return [{name: pd.Series(values) for name, values in part.items()}]


def _listed(table: Table, own: _Columns, column: str, only: np.ndarray | None) -> list[_Columns]:
    """List one column of the rows used; nothing if nothing is."""
    values, rows = table.values[column], own["_at"]
    written = (values.text[rows] != "") | ((table.name, column) in _TELLING)
    if only is not None:
        written = written & (only[rows] if len(only) else False)
    there = written & values.present()[rows]
    parts = []
    if there.any():
        picked = cells.take(values, rows[there])
        best = cells.best_estimates(picked)
        unwritten = picked.text == ""
        part = _picked(own, there, column) | {
            "value": _objects(text or f"{number:g}" for text, number in zip(picked.text, best, strict=True)),
            "distribution": _objects(dist.NAMES[kind] for kind in picked.kind.tolist()),
            "best_estimate": best,
            "low": cells.quantiles(picked, LOW),
            "high": cells.quantiles(picked, HIGH),
        }
        if (table.name, column) == ("zones", "loss"):
            _name_loss_sources(table, part)
        elif unwritten.any():
            part["basis"] = np.where(unwritten, "assumption", part["basis"])
            part["source"] = np.where(unwritten, DEFAULT, part["source"])
        for name in _NOT_THE_ROWS:
            part[name] = np.where(unwritten, _ABOUT[name], part[name])
        parts.append(part)
    if (table.name, column) == ("lifetimes", "shape"):
        parts += _default_shapes(table, own, column)
    return parts


def _own(table: Table, rows: np.ndarray) -> _Columns:
    """Give what is the same for all columns of some rows."""
    texts = {
        name: cells.objects(table.frame[name].iloc[rows]) if name in table.frame else _same("", rows)
        for name in ("origin", "basis", "licence", *_ABOUT)
    }
    for name, default in _ABOUT.items():
        texts[name] = np.where(texts[name] == "", default, texts[name])
    if table.name in ARCHETYPES:
        marked = (f"{ORIGIN}; {text.removeprefix(f'{ORIGIN}; ')}" if text else ORIGIN for text in texts["basis"])
        texts["basis"] = _objects(marked)
    return {"table": _same(table.name, rows), "row": row_texts(table, rows), **texts, "_at": rows}


def _picked(own: _Columns, there: np.ndarray, column: str) -> _Columns:
    part = {name: values[there] for name, values in own.items()}
    return part | {"column": _same(column, part["_at"])}


def _same(text: str, rows: np.ndarray) -> np.ndarray:
    return np.full(len(rows), text, dtype=object)


def _objects(texts: Iterable[str]) -> np.ndarray:
    return np.array([*texts], dtype=object)


def _name_loss_sources(table: Table, part: _Columns) -> None:
    """Give a loss that a row of the catalog left open the reference's source."""
    rows: np.ndarray = part["_at"]
    frame = table.frame.iloc[rows]
    borrowed = ((frame["loss_source"] != "") | (frame["loss_basis"] != "")).to_numpy(dtype=bool)
    for name in ("basis", "source", "licence"):
        part[name] = np.where(borrowed, frame[f"loss_{name}"].to_numpy(dtype=object), part[name])
    part["origin"] = np.where(borrowed, "reference", part["origin"])
    bare = np.asarray((part["basis"] == "assumption") & (part["source"] == ""), dtype=bool)
    part["source"] = np.where(bare, f"{DEFAULT}: no loss is known", part["source"])


def _default_shapes(table: Table, own: _Columns, column: str) -> list[_Columns]:
    """List the shapes that lives have though nobody wrote one."""
    described = [table.values[name].present() for name in ("mean", "scale", "median")]
    open_ = cells.empty(table.values[column]) & np.logical_or.reduce(described)
    kind = table.frame["distribution"].to_numpy(dtype=object)
    part = _picked(own, (open_ & ~np.isin(kind, ["fixed", "table"]))[own["_at"]], column)
    rows = part["_at"]
    if not len(rows):
        return []
    shapes = np.array([DEFAULT_SHAPE[str(kind[row])] for row in rows], dtype=float)
    return [
        part
        | {
            "value": _objects(f"{shape:g}" for shape in shapes),
            "distribution": _same(dist.NAMES[dist.FIXED], rows),
            "best_estimate": shapes, "low": shapes, "high": shapes,
            "basis": _same("assumption", rows), "source": _same(DEFAULT, rows),
            **{name: _same(_ABOUT[name], rows) for name in _NOT_THE_ROWS},
        }
    ]  # fmt: skip
