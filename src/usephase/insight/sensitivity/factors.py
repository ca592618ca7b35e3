"""What is ranked: each uncertain cell, each group of correlated cells as one, and groups of them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from usephase.catalog.resolve import Resolved
from usephase.catalog.row_texts import row_texts
from usephase.engine.plan.cells import DEPENDENCE, SCENARIO
from usephase.sampling.distributions import SAMPLE
from usephase.sampling.draws import Cells

CORRELATIONS, SAMPLES = "correlations", "samples"
NO_SOURCE = "none given"
SHARED = "(shared by products)"
TYPES = ("default", "estimate", "secondary", "primary")
VERIFIED = ("none", "limited", "reasonable")
"""Types of data and verification, the least known first: of several values the least known one speaks for all."""
LEAST_KNOWN = (TYPES[0], VERIFIED[0])
GUESSES = ("default", "estimate")
"""Types of data that nobody measured or published for this kind of product or place."""


@dataclass(frozen=True)
class Factor:
    """Cells that are swapped together: one cell, or cells that depend on each other.

    Attributes
    ----------
    table, row, column : str
        The cell's address; of a correlation group ``correlations``, ``group=NAME`` and "", of a joint sample of several
        cells ``samples``, ``sample=NAME`` and "", and of a common error
        ``dependence``, ``TABLE.COLUMN`` and "".
    cells : frozenset of int
    source, data_type, verification : str
        Where the belief comes from, as the cell's row says; nothing for the weights of the grid scenarios.
    """

    table: str
    row: str
    column: str
    cells: frozenset[int]
    source: str = ""
    data_type: str = "default"
    verification: str = "none"

    @property
    def joint(self) -> str:
        """Name of the group of `correlations`, or of the joint sample, that it is; "" where it is neither."""
        return self.row.partition("=")[2] if self.table in (CORRELATIONS, SAMPLES) else ""

    @property
    def weak(self) -> bool:
        """Whether it is a guess that nobody independent has verified."""
        return self.data_type in GUESSES and self.verification == "none"


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
        Gives source, type of data and verification of each cell.
    """
    origin = origins(resolved) if resolved is not None else {}
    joint: dict[str, list[int]] = defaultdict(list)
    for cell, (stream, correlation) in cells.factor.items():
        if correlation > 0 and stream not in cells.common:
            joint[stream.removeprefix(f"{CORRELATIONS}:")].append(cell)
    drawn: dict[str, list[int]] = defaultdict(list)
    for cell in np.flatnonzero(cells.kind == SAMPLE).tolist():
        drawn[cells.samples.get(cells.group[cell], cells.group[cell])].append(cell)
    together = [(CORRELATIONS, f"group={name}", members) for name, members in joint.items()]
    together += [(SAMPLES, f"sample={name}", members) for name, members in drawn.items()]
    several = {cell for _, _, members in together if len(members) > 1 for cell in members}
    single = 1 if len(cells.points[len(cells) - 1][0]) == 1 else 0  # one scenario is no unknown
    out = []

    def least_known(members: Sequence[int]) -> list[str]:
        known = [origin.get(cells.name[cell][:2], ("", *LEAST_KNOWN)) for cell in members]
        return [min((k[i + 1] for k in known), key=ranks.index) for i, ranks in enumerate((TYPES, VERIFIED))]

    for cell, (table, row, column) in enumerate(cells.name[: len(cells) - single]):
        if cell in cells.partners:
            if cells.partners[cell]:  # not all in groups of `correlations`
                out.append(Factor(table, row, column, frozenset((cell,)), "", *least_known(cells.partners[cell])))
        elif cell not in several:
            told = ("", "", "") if (table, row, column) == SCENARIO else origin.get((table, row), ("",))
            out.append(Factor(table, row, column, frozenset((cell,)), *told))
    for table, row, members in together:
        if len(members) > 1:
            out.append(Factor(table, row, "", frozenset(members), "", *least_known(members)))
    return out


def tied(factor: Factor) -> str:
    """Say what ties the cells of a factor together."""
    how = "of the joint sample" if factor.table == SAMPLES else "correlated as"
    return f"{how} {factor.joint!r}"


def known_of(factors: Sequence[Factor]) -> dict[str, list[str]]:
    """Give the columns of a ranking that say where each cell's belief comes from."""
    return {name: [str(getattr(f, name)) for f in factors] for name in ("source", "data_type", "verification")}


def origins(resolved: Resolved) -> dict[tuple[str, str], tuple[str, str, str]]:
    """Give source, type of data and verification of every row, by table and row."""
    out: dict[tuple[str, str], tuple[str, str, str]] = {}
    for name, table in resolved.tables.items():
        if not len(table):
            continue
        frame, empty = table.frame, [""] * len(table)
        columns = (frame.get(column, empty) for column in ("source", "data_type", "verification"))
        for row, source, kind, verified in zip(row_texts(table), *columns, strict=True):
            out[name, str(row)] = (str(source), str(kind) or "default", str(verified) or "none")
    return out


def list_groups(factors: list[Factor], families: Mapping[str, str]) -> list[Group]:
    """Group factors by table, by column, by family, by data source and by type of data.

    Parameters
    ----------
    factors : list of Factor
    families : mapping of str to str
        Family of each product.

    Notes
    -----
    Correlated cells stay together: they form a group of their own in every grouping. A common error counts with the
    column whose cells share it; its cells have many sources.
    """
    found: dict[tuple[str, str], list[int]] = defaultdict(list)
    for i, factor in enumerate(factors):
        if factor.joint:
            found["data_type", factor.data_type].append(i)
            for by in ("table", "column", "source"):
                found[by, f"{factor.table} {factor.joint}"].append(i)
            continue
        if factor.table == DEPENDENCE:
            found["table", factor.row.partition(".")[0]].append(i)
            found["column", factor.row].append(i)
            found["family", SHARED].append(i)
            found["source", f"{DEPENDENCE} {factor.row}"].append(i)
            found["data_type", factor.data_type].append(i)
            continue
        found["table", factor.table].append(i)
        found["column", f"{factor.table}.{factor.column}"].append(i)
        product = _product(factor)
        if product is not None:
            found["family", families.get(product, "")].append(i)
        elif (factor.table, factor.row, factor.column) != SCENARIO:
            found["family", SHARED].append(i)
        found["source", factor.source or NO_SOURCE].append(i)
        found["data_type", factor.data_type or "weights of the grid scenarios"].append(i)
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
