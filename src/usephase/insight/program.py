"""The jobs of a sweep laid out flat, so that compiled code runs through any range of products by itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from usephase.engine.plan import Plan
from usephase.insight.codes import Codes, list_codes, starts_of
from usephase.insight.dependence import Dependence
from usephase.insight.drawn import KINDS
from usephase.insight.jobs import Job
from usephase.insight.layout import CELL, INVERSE, OWN, SHARED, WHOLE, Common, Swaps, Tapes
from usephase.insight.tape import Key
from usephase.sampling.design import REPLICATES, directions, sobol_digits


class Row(NamedTuple):
    """A leaf's values at both sample matrices, each with some cells from the other (none: as they are)."""

    key: Key
    swapped: frozenset[int]


NOT_SWAPPED: frozenset[int] = frozenset()


@dataclass
class Program:
    """All tapes, leaves and swaps of a sweep, one after the other.

    Attributes
    ----------
    tapes : Tapes
    swaps : Swaps
        Without the touches of the factors in `common`.
    common : Common
    touched : ndarray of int (factor,)
        Number of products that each factor touches.
    nodes : int
        Most nodes of a product.
    shared : list of Row
        What products share; a row of a table a span of draws.
    own : list of list of Row
        What must be made for a single product outside of the compiled code.
    """

    tapes: Tapes
    swaps: Swaps
    common: Common
    touched: np.ndarray
    nodes: int
    shared: list[Row]
    own: list[list[Row]]


def write_program(
    plan: Plan, jobs: Sequence[Job], factors: Sequence[frozenset[int]], dependence: Dependence, quasi: bool
) -> Program:
    """Lay out jobs.

    Parameters
    ----------
    quasi : bool
        Whether the design is the quasi design, which compiled code knows.
    """
    tapes = [job.tape for job in jobs]
    codes = list_codes(tapes, dependence)
    table = _Table(dependence)
    kind, at = _leaves(plan, codes, table, quasi)
    own = _own_leaves(codes, kind, at, len(jobs))
    touches = _Touches(
        factor=_joined([job.factors for job in jobs], np.int32), affine=_joined([job.affine for job in jobs], np.bool_),
        entries=_joined([np.diff(job.starts) for job in jobs], np.int64),
        product=np.repeat(np.arange(len(jobs)), [job.factors.size for job in jobs]),
        leaf=_joined([job.leaf for job in jobs], np.int32), whole=_joined([job.whole for job in jobs], np.bool_),
    )  # fmt: skip
    leaves = codes.starts[np.repeat(touches.product, touches.entries)] + touches.leaf
    touched = np.bincount(touches.factor, minlength=len(factors))
    together = _together(touches, kind[leaves] == SHARED, touched)
    chosen = np.repeat(together[touches.factor], touches.entries)
    common = _common(np.repeat(touches.factor, touches.entries), at[leaves], touches.whole, chosen, factors, table)
    swaps = _swaps(touches, ~together[touches.factor], leaves, codes, factors, table, own)
    summed = np.full(len(table.rows) + 1, -1, dtype=np.int64)
    summed[common.rows] = np.arange(common.rows.size)
    laid = Tapes(
        op_starts=starts_of([t.code.size for t in tapes]), code=_joined([t.code for t in tapes], np.int32),
        left=_joined([t.left for t in tapes], np.int32), right=_joined([t.right for t in tapes], np.int32),
        a=_joined([t.a for t in tapes], np.float64), b=_joined([t.b for t in tapes], np.float64),
        roots=np.array([t.root for t in tapes], dtype=np.int64),
        scales=np.array([t.scale for t in tapes], dtype=np.float64), leaf_starts=codes.starts, leaf_kind=kind,
        leaf_at=at, leaf_sum=summed[np.where(kind == SHARED, at, -1)],
    )  # fmt: skip
    nodes = max((len(t.keys) + t.code.size for t in tapes), default=1)
    return Program(laid, swaps, common, touched, nodes, list(table.rows), [list(mine) for mine in own])


class _Table:
    """The rows that products share, and where the value of a swapped one is."""

    def __init__(self, dependence: Dependence) -> None:
        self.dependence, self.rows = dependence, dict[Row, int]()

    def row(self, row: Row) -> int:
        return self.rows.setdefault(row, len(self.rows))


@dataclass(frozen=True)
class _Touches:
    """What factors swap, product by product: shapes (touch,) and, of leaves, (entry,)."""

    factor: np.ndarray
    affine: np.ndarray
    entries: np.ndarray
    product: np.ndarray
    leaf: np.ndarray
    whole: np.ndarray


def _leaves(plan: Plan, codes: Codes, table: _Table, quasi: bool) -> tuple[np.ndarray, np.ndarray]:
    """Say what each leaf is and where; the rows of single products are still to be numbered."""
    cells, wide = plan.cells, directions().shape[0]
    # The compiled code draws the cells of a quasi design with a quantile written there; the last answers for −1.
    fits = np.append(np.isin(cells.kind, KINDS) & (cells.dimension < wide) & quasi, False)
    fits[list(cells.factor)] = False
    drawn = np.where(codes.inverse, INVERSE, CELL)
    kind = np.where(codes.local, np.where(fits[codes.cell], drawn, OWN), SHARED).astype(np.int8)
    at = np.where(kind == SHARED, -1, codes.cell)
    shared = np.flatnonzero(kind == SHARED)
    number = np.where(codes.other >= 0, ~codes.other, 2 * codes.cell + codes.inverse)[shared]
    _, first, place = np.unique(number, return_index=True, return_inverse=True)
    rows = np.array([table.row(Row(codes.key(leaf), NOT_SWAPPED)) for leaf in shared[first].tolist()], dtype=np.int64)
    at[shared] = rows[place] if shared.size else at[shared]
    return kind, at


def _own_leaves(codes: Codes, kind: np.ndarray, at: np.ndarray, products: int) -> list[dict[Row, int]]:
    """Number the rows that must be made for single products; give them product by product."""
    own: list[dict[Row, int]] = [{} for _ in range(products)]
    leaves = np.flatnonzero(kind == OWN)
    owners = np.searchsorted(codes.starts, leaves, side="right") - 1
    for leaf, p in zip(leaves.tolist(), owners.tolist(), strict=True):
        at[leaf] = own[p].setdefault(Row(codes.key(leaf), NOT_SWAPPED), len(own[p]))
    return own


def _together(touches: _Touches, shared: np.ndarray, touched: np.ndarray) -> np.ndarray:
    """Tell of which factors the slopes may be added up: affine everywhere, and in rows that products share."""
    owner = np.repeat(np.arange(touches.factor.size), touches.entries)
    good = touches.affine & (np.bincount(owner, ~shared, minlength=touches.factor.size) == 0)
    return np.asarray((touched > 0) & (np.bincount(touches.factor, good, minlength=touched.size) == touched))


def _common(
    factor: np.ndarray, at: np.ndarray, whole: np.ndarray, chosen: np.ndarray, factors: Sequence[frozenset[int]],
    table: _Table,
) -> Common:  # fmt: skip
    """List the rows that the chosen factors move; each is the same in all products."""
    width = len(table.rows) + 1
    pairs, first = np.unique(factor[chosen].astype(np.int64) * width + at[chosen], return_index=True)
    number, row, whole = pairs // width, pairs % width, whole[chosen][first]
    rows, place = np.unique(row, return_inverse=True)
    keys = [r.key for r in table.rows]
    kinds, new = np.full(pairs.size, WHOLE, dtype=np.int8), np.zeros(pairs.size, dtype=np.int64)
    for e in np.flatnonzero(~whole):
        key = keys[row[e]]
        kinds[e], new[e] = SHARED, table.row(Row(key, factors[number[e]] & table.dependence(key)))
    return Common(rows, number, place, kinds, new)


def _swaps(
    touches: _Touches, kept: np.ndarray, leaves: np.ndarray, codes: Codes, factors: Sequence[frozenset[int]],
    table: _Table, own: list[dict[Row, int]],
) -> Swaps:  # fmt: skip
    """Lay out the kept touches and say where the values of their leaves are."""
    entries = np.repeat(kept, touches.entries)
    whole, leaves, counts = touches.whole[entries], leaves[entries], touches.entries[kept]
    kinds, rows = np.full(whole.size, WHOLE, dtype=np.int8), np.zeros(whole.size, dtype=np.int64)
    factor, product = (np.repeat(x[kept], counts) for x in (touches.factor, touches.product))
    for e in np.flatnonzero(~whole):
        key = codes.key(leaves[e])
        new = Row(key, factors[factor[e]] & table.dependence(key))
        if codes.local[leaves[e]]:
            mine = own[product[e]]
            kinds[e], rows[e] = OWN, mine.setdefault(new, len(mine))
        else:
            kinds[e], rows[e] = SHARED, table.row(new)
    return Swaps(
        starts=starts_of(np.bincount(touches.product[kept], minlength=len(own))), factor=touches.factor[kept],
        affine=touches.affine[kept], entry_starts=starts_of(counts), leaf=touches.leaf[entries], kind=kinds, row=rows,
        own_starts=starts_of([len(mine) for mine in own]),
    )  # fmt: skip


def digits_of(plan: Plan, program: Program, draws: int) -> np.ndarray:
    """Give the reversed digits of the dimensions that are drawn. Shape (dimension, point)."""
    kinds, at = program.tapes.leaf_kind, program.tapes.leaf_at
    cells = at[(kinds == CELL) | (kinds == INVERSE)]
    most = int(plan.cells.dimension[cells].max()) + 1 if cells.size else 1
    size = 1 << max(-(-draws // REPLICATES) - 1, 0).bit_length()
    return np.array([sobol_digits(d, size) for d in range(most)])


def _joined(parts: list[np.ndarray], dtype: type) -> np.ndarray:
    return np.concatenate(parts).astype(dtype) if parts else np.zeros(0, dtype=dtype)
