"""Explain a number: a figure as a tree, from sums down to units × energy × years × factor, and to cells and sources."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd

from usephase.errors import Problem, StudyError
from usephase.insight.figure import PARTIAL, Figure, grouped, parse
from usephase.insight.quality.behind import Behind, Cell
from usephase.insight.quality.durability import resolved_of
from usephase.insight.quality.worked import BEST, JOINT, MEAN, worked
from usephase.results.run import Run

At = Literal["mean", "best_estimate"]
PRODUCTS = 3
"""Products of a sum that are worked out, unless asked otherwise."""
BY = ("total", "product", "family", "region", "segment", "mode", "material")
EXPLAINED = ("total", "category_11", "category_12")
_TERMS = ("units", "quantity", "years", "share", "factor")
_LEDGER = {"electricity": "category_11", "fuel": "category_11", "leak": "category_11", "waste": "category_12",
           "gas": "category_12"}  # fmt: skip
_SAME = 1e-9


class Term(NamedTuple):
    """Hold one factor of a line: its value and unit, and the cells behind it."""

    name: str
    value: float
    unit: str
    cells: tuple[Cell, ...]


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
    asked = _known(run, parse(figure))
    sold = _sold(run, asked)
    chosen, value = sold[: max(products, 1)], _value(run, asked, at)
    lines = worked(run, set(chosen), full=False, means=at == "mean", choices=False).lines
    lines = lines[lines["at"] == (MEAN if at == "mean" else BEST)]
    lines = lines[np.array([_counts(row, asked) for row in _records(lines)], dtype=bool)]
    behind = Behind(run, resolved_of(run), mean=at == "mean")
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


def _product(run: Run, name: str, lines: pd.DataFrame, asked: Figure, at: At | None, behind: Behind) -> Node:
    parts = []
    for (kind, what), mine in lines[lines["kind"] != JOINT].groupby(["kind", "what"], sort=False):
        made = [_line(row, behind) for row in _records(mine) if row["t"]]
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


def _line(row: Mapping[str, Any], behind: Behind) -> Node:
    units = {"units": "units", "quantity": row["quantity_unit"], "years": "year", "share": "",
             "factor": row["factor_unit"]}  # fmt: skip
    terms = tuple(
        Term(name, float(row[name]), units[name], behind.cells(name, row))
        for name in _TERMS
        if row[name] is not None and math.isfinite(row[name])
    )
    return Node("line", "region", str(row["region"]), str(row["segment"]), float(row["t"]), terms)


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
    return float(found[at].iloc[0]) if len(found) else 0.0


def _known(run: Run, asked: Figure) -> Figure:
    """Give a figure as the run has it; refuse one that it has not, or that is no sum of lines."""
    if asked.ledger not in EXPLAINED:
        raise _refused(asked, "is no sum of lines that multiply out", f"explain {', '.join(EXPLAINED)}")
    if asked.by not in BY:
        what = f"by {asked.by!r} there is no sum of lines that multiply out"
        raise _refused(asked, what, f"explain a category or their total, by {', '.join(BY[1:])}")
    listed = run.select(asked.ledger, asked.by)
    if listed.empty:
        whole = asked.ledger == "total" and asked.by in PARTIAL
        fix = f"ask for category_11 or category_12 by {asked.by}" if whole else "name one of figures.csv"
        raise _refused(asked, "the run has no such figure", fix)
    return grouped(asked, listed["group"].astype(str)) if asked.by != "total" else asked


def _sold(run: Run, asked: Figure) -> list[str]:
    """Name the products of a figure, the largest first."""
    listed = run.select(asked.ledger, "product").sort_values("mean", ascending=False, kind="stable")
    names = [str(name) for name in listed["group"]]
    if asked.by == "product":
        return [asked.group]
    if asked.by == "family":
        products = resolved_of(run).tables["products"].frame
        family = dict(zip(products["product"], products["family"], strict=True))
        return [name for name in names if family.get(name) == asked.group]
    return names


def _refused(asked: Figure, what: str, fix: str) -> StudyError:
    return StudyError([Problem(where=str(asked), what=what, fix=fix)])
