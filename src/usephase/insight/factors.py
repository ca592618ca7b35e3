"""What is ranked: each uncertain cell, each group of correlated cells as one, and groups of them."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from usephase.catalog.resolve import Resolved
from usephase.catalog.row_texts import row_texts
from usephase.engine.cells import SCENARIO
from usephase.sampling.draws import Cells

CORRELATIONS = "correlations"
UNVERIFIED = ("assumption", "memory_unverified")
NO_SOURCE = "none given"
SPREAD = {"error", "range"}
"""How a basis names the spread of a row's values."""


@dataclass(frozen=True)
class Factor:
    """Cells that are swapped together: one cell, or cells that depend on each other.

    Attributes
    ----------
    table, row, column : str
        The cell's address; of a correlation group ``correlations``, ``group=NAME`` and "".
    cells : frozenset of int
    source, basis : str
        Where the belief comes from.
    """

    table: str
    row: str
    column: str
    cells: frozenset[int]
    source: str = ""
    basis: str = ""


@dataclass(frozen=True)
class Group:
    """Factors that are swapped together for an index of the group."""

    by: str
    name: str
    members: tuple[int, ...]
    cells: frozenset[int]


def list_factors(cells: Cells, resolved: Resolved | None = None) -> list[Factor]:
    """List what is ranked, in the order of the cells.

    Parameters
    ----------
    cells : Cells
    resolved : Resolved, optional
        Gives source and basis of each cell.
    """
    origin = _origins(resolved) if resolved is not None else {}
    joint: dict[str, list[int]] = defaultdict(list)
    for cell, (group, correlation) in cells.factor.items():
        if correlation > 0:
            joint[group].append(cell)
    tied = {cell for members in joint.values() if len(members) > 1 for cell in members}
    single = 1 if len(cells.points[len(cells) - 1][0]) == 1 else 0  # one scenario is no unknown
    out = []
    for cell, (table, row, column) in enumerate(cells.name[: len(cells) - single]):
        if cell not in tied:
            source, basis = origin.get((table, row), ("", ""))
            out.append(Factor(table, row, column, frozenset((cell,)), source, basis_of(basis, column)))
    for group, members in joint.items():
        if len(members) > 1:
            out.append(Factor(CORRELATIONS, f"group={group}", "", frozenset(members)))
    return out


def basis_of(basis: str, column: str) -> str:
    """Give what a cell rests on where its row says so by column: ``source_dataset (mean); assumption (error)``.

    A spread that is assumed decides: it is what the cell is ranked by.
    """
    parts = [(kind.strip(), set(words.rstrip(")").split(", "))) for kind, bracket, words in
             (part.partition(" (") for part in basis.split(";")) if bracket]  # fmt: skip
    for kind, words in parts:
        if kind in UNVERIFIED and words & SPREAD:
            return kind
    return next((kind for kind, words in parts if column in words), basis)


def _origins(resolved: Resolved) -> dict[tuple[str, str], tuple[str, str]]:
    out: dict[tuple[str, str], tuple[str, str]] = {}
    for name, table in resolved.tables.items():
        if not len(table):
            continue
        frame, empty = table.frame, [""] * len(table)
        sources = frame.get("source", empty)
        bases = frame.get("basis", empty)
        for row, source, basis in zip(row_texts(table), sources, bases, strict=True):
            out[name, str(row)] = (str(source), str(basis))
    return out


def list_groups(factors: list[Factor], families: Mapping[str, str]) -> list[Group]:
    """Group factors by table, by column, by family and by data source.

    Parameters
    ----------
    factors : list of Factor
    families : mapping of str to str
        Family of each product.

    Notes
    -----
    Correlated cells stay together: they form a group of their own in every grouping.
    """
    found: dict[tuple[str, str], list[int]] = defaultdict(list)
    for i, factor in enumerate(factors):
        if factor.table == CORRELATIONS:
            for by in ("table", "column", "source"):
                found[by, f"{CORRELATIONS} {factor.row.removeprefix('group=')}"].append(i)
            continue
        found["table", factor.table].append(i)
        found["column", f"{factor.table}.{factor.column}"].append(i)
        product = _product(factor)
        if product is not None:
            found["family", families.get(product, "")].append(i)
        elif (factor.table, factor.row, factor.column) != SCENARIO:
            found["family", "(shared by products)"].append(i)
        found["source", factor.source or NO_SOURCE].append(i)
        if factor.basis in UNVERIFIED:
            found["basis", factor.basis].append(i)
    return [
        Group(by, name, tuple(members), frozenset().union(*(factors[i].cells for i in members)))
        for (by, name), members in found.items()
    ]


def _product(factor: Factor) -> str | None:
    for part in factor.row.split(";"):
        if part.startswith("product="):
            return part.removeprefix("product=")
    return None


def products_of(cells: Cells) -> np.ndarray:
    """Number the products that own cells; −1 for a shared cell. Shape (cell,)."""
    seen: dict[str, int] = {}
    return np.array(
        [seen.setdefault(g, len(seen)) if g.startswith("product:") else -1 for g in cells.group], dtype=np.int64
    )
