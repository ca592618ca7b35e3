"""Explain a number: a figure as a tree, from sums down to units × energy × years × factor, and to cells and sources."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd

from usephase.catalog.resolve import Resolved
from usephase.errors import Problem, StudyError
from usephase.insight.figure import Figure, parse
from usephase.insight.quality.durability import resolved_of
from usephase.insight.quality.worked import BEST, JOINT, MEAN, worked
from usephase.results.run import Run

At = Literal["mean", "best_estimate"]
PRODUCTS = 3
"""Products of a sum that are worked out, unless asked otherwise."""
CELLS_MAX = 12
"""Cells that are named behind one factor."""
BY = ("total", "product", "family", "region", "segment", "mode", "material")
_TERMS = ("units", "quantity", "years", "share", "factor")
_LEDGER = {"electricity": "category_11", "fuel": "category_11", "leak": "category_11", "waste": "category_12",
           "gas": "category_12"}  # fmt: skip
_SAME = 1e-9


class Cell(NamedTuple):
    """Name a cell of the assumption register, with what is written there and where that is from."""

    table: str
    row: str
    column: str
    value: str
    source: str
    data_type: str


class Term(NamedTuple):
    """Hold one factor of a line: its value and unit, and the cells behind it; `more` counts those left out."""

    name: str
    value: float
    unit: str
    cells: tuple[Cell, ...]
    more: int


@dataclass(frozen=True)
class Node:
    """Hold one number of the tree.

    Attributes
    ----------
    kind : {"figure", "product", "part", "line", "joint", "rest"}
        A line multiplies out; the others are the sums of their children. `joint` is what the mean of products is more
        than the product of means, `rest` what is not worked out here.
    by, group : str
        What it is of: ``product`` ``DRILL``, ``electricity`` ``drilling``, ``region`` ``DEU``.
    segment : str
        Of a line; "" where there are none.
    t : float
        [t CO2e]
    terms : tuple of Term
        Of a line: their product over 1000 is `t`.
    children : tuple of Node
        The largest first.
    """

    kind: str
    by: str
    group: str
    segment: str
    t: float
    terms: tuple[Term, ...] = ()
    children: "tuple[Node, ...]" = ()

    def to_document(self) -> dict[str, Any]:
        """Give a JSON-able form."""
        return {
            "kind": self.kind, "by": self.by, "group": self.group, "segment": self.segment, "t": self.t,
            "terms": [
                {**term._asdict(), "cells": [cell._asdict() for cell in term.cells]} for term in self.terms
            ],
            "children": [child.to_document() for child in self.children],
        }  # fmt: skip


def explain(run: Run, figure: str = "total", *, at: At = "mean", products: int = PRODUCTS) -> Node:
    """Work a figure of a run out, from its stored catalog and on its draws.

    Parameters
    ----------
    run : Run
    figure : str
        ``total``, ``category_11:family=Saws``, ``category_12:material=plastic`` …, on the headline.
    at : {"mean", "best_estimate"}
    products : int
        How many of the products of a sum are worked out: the largest.

    Raises
    ------
    StudyError
        If the run has no such figure, or it is no sum of lines.
    CatalogError
        If the stored catalog cannot be read any more.

    Notes
    -----
    The lines are those of `usephase.insight.quality.worked`: the chains of factors of the program. At means each
    factor is the mean of its draws; what varies together is a node of its own, so that the tree adds up.
    """
    asked = parse(figure)
    sold = _sold(run, asked)
    chosen, value = sold[: max(products, 1)], _value(run, asked, at)
    lines = worked(run, set(chosen), full=False, means=at == "mean", choices=False).lines
    lines = lines[lines["at"] == (MEAN if at == "mean" else BEST)]
    lines = lines[np.array([_counts(row, asked) for row in _records(lines)], dtype=bool)]
    resolved = resolved_of(run)
    behind = _Behind(run, resolved)
    whole = asked.by in ("total", "product", "family")
    children = []
    for name in chosen:
        mine = lines[lines["product"] == name]
        if len(mine):
            children.append(_product(run, name, mine, asked, at if whole else None, behind))
    left = value - math.fsum(child.t for child in children)
    everything = len(chosen) == len(sold)
    rest = (Node("joint" if everything else "rest", "", "", "", left),) if abs(left) > _SAME * abs(value) else ()
    return Node("figure", asked.by, str(asked), "", value, (), (*_ordered(children), *rest))


def _product(run: Run, name: str, lines: pd.DataFrame, asked: Figure, at: At | None, behind: "_Behind") -> Node:
    parts = []
    for (kind, what), mine in lines[lines["kind"] != JOINT].groupby(["kind", "what"], sort=False):
        made = [behind.line(row) for row in _records(mine) if row["t"]]
        if made:
            parts.append(Node("part", str(kind), str(what), "", math.fsum(n.t for n in made), (), _ordered(made)))
    children = _ordered(parts)
    total = math.fsum(part.t for part in parts)
    if at is not None:
        figure = Figure(asked.ledger, "product", name)
        total, added = _value(run, figure, at), total
        if abs(total - added) > _SAME * abs(total):
            children = (*children, Node("joint", "", "", "", total - added))
    return Node("product", "product", name, "", total, (), children)


class _Behind:
    """Find the cells behind the factors of lines."""

    def __init__(self, run: Run, resolved: Resolved) -> None:
        self.year = str(run.meta["reporting_year"])
        self.tables = resolved.tables
        wanted = ("table", "row", "column", "value", "source", "data_type")
        self.cells: dict[str, list[tuple[dict[str, str], Cell]]] = {}
        self.by_key: dict[tuple[str, str, str], list[tuple[dict[str, str], Cell]]] = {}
        for record in run.register[list(wanted)].astype(str).to_dict("records"):
            keys = dict(part.split("=", 1) for part in record["row"].split(";") if "=" in part)
            held = keys, Cell(*(record[name] for name in wanted))
            self.cells.setdefault(record["table"], []).append(held)
            for key, value in keys.items():
                self.by_key.setdefault((record["table"], key, value), []).append(held)
        self._kept: dict[tuple[Any, ...], tuple[Cell, ...]] = {}

    def line(self, row: Mapping[str, Any]) -> Node:
        """Make the node of a line."""
        units = {"units": "units", "quantity": row["quantity_unit"], "years": "year", "share": "",
                 "factor": row["factor_unit"]}  # fmt: skip
        terms = []
        for name in _TERMS:
            if row[name] is not None and math.isfinite(row[name]):
                found = self._of(name, row)
                terms.append(
                    Term(name, float(row[name]), units[name], found[:CELLS_MAX], max(len(found) - CELLS_MAX, 0))
                )
        return Node("line", "region", str(row["region"]), str(row["segment"]), float(row["t"]), tuple(terms))

    def _of(self, name: str, row: Mapping[str, Any]) -> tuple[Cell, ...]:
        product, kind, what, region, segment = (
            str(row[key]) for key in ("product", "kind", "what", "region", "segment")
        )
        key = name, product, kind, what, region, segment
        if key not in self._kept:
            self._kept[key] = tuple(self._found(*key))
        return self._kept[key]

    def _found(self, name: str, product: str, kind: str, what: str, region: str, segment: str) -> Iterable[Cell]:
        own = {"product": product}
        if name == "units":
            yield from self._where("sales", {**own, "region": region, "year": self.year})
            yield from self._where("segments", {**own, "segment": segment}, ("share",))
        elif name == "years":
            yield from self._where("lifetimes", {"lifetime": self._refers(product, segment, "lifetime")})
        elif name == "share":
            yield from self._where("products", own, ("allocation",))
            if kind == "leak":
                yield from self._where("gases", {})
        elif name == "quantity" and kind in ("electricity", "fuel"):
            yield from self._where("modes", {**own, "mode": what})
            profile = self._refers(product, segment, "use_profile")
            yield from self._where("use_profiles", {"use_profile": profile, "mode": what})
            yield from self._where("products", own, ("annual_use_change",))
        elif name == "quantity" and kind == "waste":
            yield from self._where("materials", {**own, "material": what})
        elif name == "factor" and kind == "electricity":
            for zone in self._zones(region):
                for table in ("zones", "grid", "reference_grid"):
                    yield from self._where(table, {"zone": zone})
            yield from self._where("settings", {})
        elif name == "factor" and kind == "fuel":
            frame = self.tables["modes"].frame
            mine = frame[(frame["product"] == product) & (frame["mode"] == what)]
            for carrier in dict.fromkeys(mine["carrier"].astype(str)):
                yield from self._where("carriers", {"carrier": carrier})
        elif name == "factor" and kind == "waste":
            zones = (*self._zones(region), "*")
            for zone in zones:
                yield from self._where("end_of_life", {"zone": zone, "material": (what, "*")})
            yield from self._where("treatments", {"material": (what, "*")})
        else:
            yield from self._where("refrigerants", own)

    def _where(self, table: str, keys: Mapping[str, Any], columns: Sequence[str] = ()) -> Iterable[Cell]:
        # The first key that is one value leaves few rows to look at.
        first = next(((k, v) for k, v in keys.items() if not isinstance(v, tuple) and v), None)
        rows = self.cells.get(table, ()) if first is None else self.by_key.get((table, *first), ())
        for held, cell in rows:
            fits = all(held.get(k, "") in v if isinstance(v, tuple) else held.get(k, "") == v for k, v in keys.items())
            if fits and (not columns or cell.column in columns):
                yield cell

    def _refers(self, product: str, segment: str, column: str) -> str:
        segments = self.tables["segments"].frame
        mine = segments[(segments["product"] == product) & (segments["segment"] == segment)]
        found = str(mine[column].iloc[0]) if len(mine) else ""
        if found:
            return found
        products = self.tables["products"].frame
        return str(products[products["product"] == product][column].iloc[0])

    def _zones(self, region: str) -> list[str]:
        frame = self.tables["regions"].frame
        return [str(zone) for zone in frame["zone"][frame["region"] == region]] or [region]


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(name): value for name, value in row.items()} for row in frame.to_dict("records")]


def _ordered(nodes: Sequence[Node]) -> tuple[Node, ...]:
    return tuple(sorted(nodes, key=lambda node: -abs(node.t)))


def _counts(row: Mapping[str, Any], asked: Figure) -> bool:
    """Tell whether a line belongs to a figure."""
    if row["kind"] == JOINT:
        return False
    if asked.ledger != "total" and _LEDGER[str(row["kind"])] != asked.ledger:
        return False
    if asked.by in ("total", "product", "family"):
        return True  # by the choice of products
    column = "what" if asked.by in ("mode", "material") else asked.by
    return str(row[column]) == asked.group


def _value(run: Run, asked: Figure, at: At) -> float:
    found = run.select(asked.ledger, asked.by)
    found = found[found["group"] == asked.group] if asked.by != "total" else found
    if found.empty:
        if asked.by == "product":
            return 0.0
        raise _refused(asked, "the run has no such figure", "name one of figures.csv, such as category_11:family=Saws")
    return float(found[at].iloc[0])


def _sold(run: Run, asked: Figure) -> list[str]:
    """Name the products of a figure, the largest first."""
    if asked.by not in BY or asked.ledger not in ("total", "category_11", "category_12"):
        fix = f"explain a category or their total, by {', '.join(BY[1:])}"
        raise _refused(asked, "is no sum of lines that multiply out", fix)
    listed = run.select(asked.ledger, "product").sort_values("mean", ascending=False, kind="stable")
    names = [str(name) for name in listed["group"]]
    if asked.by == "product":
        if asked.group not in names:
            raise _refused(asked, "the run has no such product in this category", "name one of its products")
        return [asked.group]
    if asked.by == "family":
        products = resolved_of(run).tables["products"].frame
        family = dict(zip(products["product"], products["family"], strict=True))
        return [name for name in names if family.get(name) == asked.group]
    return names


def _refused(asked: Figure, what: str, fix: str) -> StudyError:
    return StudyError([Problem(where=str(asked), what=what, fix=fix)])
