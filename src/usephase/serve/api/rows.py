"""Rows of the catalog as its browser shows them: every cell as its file has it, with its meaning beside it."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from usephase.catalog.read.load import raw_table
from usephase.catalog.resolve import Resolved
from usephase.catalog.row_texts import row_texts
from usephase.catalog.schema import TABLES, Column
from usephase.catalog.table import Catalog, Table
from usephase.catalog.values import cells
from usephase.sampling import distributions as dist

LOW, HIGH = 0.025, 0.975
ABOUT = ("row", "place", "origin", "basis", "source", "licence")
NAMES = (*TABLES, "reference_grid")


@dataclass(frozen=True)
class Listed:
    """Hold a table's rows: what is said about each (`ABOUT`), the texts of its cells, and what they mean."""

    table: Table
    columns: tuple[Column, ...]
    about: pd.DataFrame
    texts: pd.DataFrame

    def found(self, search: str = "", origin: str = "") -> np.ndarray:
        """Find the rows with every word of a search somewhere, in any case. Row numbers."""
        keep = np.ones(len(self.about), dtype=bool)
        if origin:
            keep &= (self.about["origin"] == origin).to_numpy(dtype=bool)
        words = search.casefold().split()
        if words:
            columns = [self.about[name].tolist() for name in ABOUT] + [self.texts[name].tolist() for name in self.texts]
            whole = ["\n".join(map(str, row)).casefold() for row in zip(*columns, strict=True)]
            keep &= np.array([all(word in text for word in words) for text in whole], dtype=bool)
        return np.flatnonzero(keep)

    def to_document(self, rows: np.ndarray) -> list[dict[str, Any]]:
        """Give rows as the API shows them."""
        meant = {name: _meaning(self.table, name, rows) for name in self.table.values}
        out = []
        for i, row in enumerate(rows.tolist()):
            held = {
                str(name): {"text": self.texts[name].iloc[row], **(meant[name][i] if name in meant else {})}
                for name in self.texts.columns
            }
            out.append({**{name: self.about[name].iloc[row] for name in ABOUT}, "cells": held})
        return out


def list_rows(resolved: Resolved, name: str) -> Listed:
    """List a table of a resolved catalog, with the reference rows that it uses.

    Parameters
    ----------
    resolved : Resolved
    name : str
        One of `NAMES`.
    """
    table = resolved.tables[name]
    count = len(table)
    columns = _columns(resolved.catalog, table)
    raw = raw_table(resolved.catalog.files, name) if name in TABLES else None
    at = {} if raw is None else {int(line): i for i, line in enumerate(raw.line)}
    own = np.array([at.get(int(line), -1) for line in table.line], dtype=int)
    origin = _column(table, "origin")
    own[origin != "catalog"] = -1
    texts = {}
    for column in columns:
        shown = _shown(table, column.name)
        if raw is not None and column.name in raw.cells and (own >= 0).any():
            shown = shown.copy()
            shown[own >= 0] = raw.cells[column.name][own[own >= 0]]
        texts[column.name] = shown
    places = [table.place(i) if origin[i] == "catalog" and name != "settings" else "" for i in range(count)]
    if name == "settings":
        places = [f"{table.origin}:grid"] * count
    about = pd.DataFrame(
        {
            "row": row_texts(table), "place": np.array(places, dtype=object), "origin": origin,
            **{n: _column(table, n) for n in ("basis", "source", "licence")},
        },
        dtype=object,
    )  # fmt: skip
    return Listed(table, columns, about, pd.DataFrame(texts, index=about.index, dtype=object))


def column_document(column: Column) -> dict[str, Any]:
    """Describe a column as the API does."""
    return {
        "name": column.name, "kind": column.kind, "key": column.key, "required": column.required,
        "default": column.default, "choices": list(column.choices), "unit": column.unit,
        "low": column.low if math.isfinite(column.low) and column.kind in ("value", "number") else None,
        "high": column.high if math.isfinite(column.high) and column.kind in ("value", "number") else None,
    }  # fmt: skip


def _columns(catalog: Catalog, table: Table) -> tuple[Column, ...]:
    if table.name not in TABLES:
        keys = [name for name in table.frame if name in ("zone",)]
        return (*(Column(name=name, key=True) for name in keys), *(Column(name=n, kind="value") for n in table.values))
    schema = TABLES[table.name]
    if schema.labels:
        return (*schema.columns, *(Column(name=label) for label in catalog.labels))
    return schema.columns


def _column(table: Table, name: str) -> np.ndarray:
    if name in table.frame:
        return table.frame[name].astype(str).to_numpy(dtype=object)
    return np.full(len(table), "", dtype=object)


def _shown(table: Table, name: str) -> np.ndarray:
    """Write a column that stands in no file of the catalog."""
    if name in table.values:
        return table.values[name].text
    if name not in table.frame:
        return np.full(len(table), "", dtype=object)
    column = table.frame[name]
    if column.dtype.kind == "i":
        return np.array(["" if year == -1 else str(year) for year in column], dtype=object)
    if column.dtype.kind == "f":
        return np.array([f"{number:.15g}" for number in column], dtype=object)
    return column.astype(str).to_numpy(dtype=object)


def _meaning(table: Table, name: str, rows: np.ndarray) -> list[dict[str, Any]]:
    picked = cells.take(table.values[name], rows)
    best, low, high = cells.best_estimates(picked), cells.quantiles(picked, LOW), cells.quantiles(picked, HIGH)
    return [
        {} if kind == dist.ABSENT else {
            "best_estimate": float(b), "low": float(lo), "high": float(hi), "distribution": dist.NAMES[int(kind)]
        }
        for kind, b, lo, hi in zip(picked.kind, best, low, high, strict=True)
    ]  # fmt: skip
