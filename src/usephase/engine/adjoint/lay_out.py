"""The jobs of a sweep laid out flat, so that compiled code runs through any range of products by itself."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from usephase.engine.adjoint.graph import SEVERAL, Graph
from usephase.engine.adjoint.jobs import Job, starts_of
from usephase.engine.adjoint.layout import OWN, SHARED, WHOLE, Common, Swaps, Tapes
from usephase.engine.adjoint.rows import Row


@dataclass
class Layout:
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


def lay_out(graph: Graph, jobs: Sequence[Job], factors: Sequence[frozenset[int]]) -> Layout:
    """Lay out jobs."""
    tapes = [job.tape for job in jobs]
    starts = starts_of([len(tape.leaves) for tape in tapes])
    nodes = np.array([node for tape in tapes for node in tape.leaves], dtype=np.int64)
    table = _Table(graph)
    kind, at, own = _leaves(graph, nodes, starts, table)
    touches = _Touches(
        factor=_joined([job.factors for job in jobs], np.int32), affine=_joined([job.affine for job in jobs], np.bool_),
        entries=_joined([np.diff(job.starts) for job in jobs], np.int64),
        product=np.repeat(np.arange(len(jobs)), [job.factors.size for job in jobs]),
        leaf=_joined([job.leaf for job in jobs], np.int32), whole=_joined([job.whole for job in jobs], np.bool_),
    )  # fmt: skip
    leaves = starts[np.repeat(touches.product, touches.entries)] + touches.leaf
    touched = np.bincount(touches.factor, minlength=len(factors))
    together = _together(touches, kind[leaves] == SHARED, touched)
    chosen = np.repeat(together[touches.factor], touches.entries)
    common = _common(np.repeat(touches.factor, touches.entries), at[leaves], touches.whole, chosen, factors, table)
    swaps = _swaps(touches, ~together[touches.factor], leaves, nodes, kind, factors, table, own)
    summed = np.full(len(table.rows) + 1, -1, dtype=np.int64)
    summed[common.rows] = np.arange(common.rows.size)
    laid = Tapes(
        op_starts=starts_of([t.code.size for t in tapes]), code=_joined([t.code for t in tapes], np.int32),
        left=_joined([t.left for t in tapes], np.int32), right=_joined([t.right for t in tapes], np.int32),
        a=_joined([t.a for t in tapes], np.float64), b=_joined([t.b for t in tapes], np.float64),
        roots=np.array([t.root for t in tapes], dtype=np.int64),
        scales=np.array([t.scale for t in tapes], dtype=np.float64), leaf_starts=starts, leaf_kind=kind,
        leaf_at=at, leaf_sum=summed[np.where(kind == SHARED, at, -1)],
    )  # fmt: skip
    most = max((len(t.leaves) + t.code.size for t in tapes), default=1)
    return Layout(laid, swaps, common, touched, most, list(table.rows), [list(mine) for mine in own])


class _Table:
    """The rows that products share, and where the value of a swapped one is."""

    def __init__(self, graph: Graph) -> None:
        self.graph, self.rows = graph, dict[Row, int]()

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


def _leaves(
    graph: Graph, nodes: np.ndarray, starts: np.ndarray, table: _Table
) -> tuple[np.ndarray, np.ndarray, list[dict[Row, int]]]:
    """Say of which kind each leaf is and which row of its table; give the rows of single products."""
    kind, at = np.full(nodes.size, OWN, dtype=np.int8), np.empty(nodes.size, dtype=np.int64)
    own: list[dict[Row, int]] = [{} for _ in range(len(starts) - 1)]
    for p, mine in enumerate(own):
        for leaf in range(starts[p], starts[p + 1]):
            node = int(nodes[leaf])
            if graph.owner[node] == SEVERAL:
                kind[leaf], at[leaf] = SHARED, table.row(Row(node))
            else:
                at[leaf] = mine.setdefault(Row(node), len(mine))
    return kind, at, own


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
    nodes = [r.node for r in table.rows]
    kinds, new = np.full(pairs.size, WHOLE, dtype=np.int8), np.zeros(pairs.size, dtype=np.int64)
    for e in np.flatnonzero(~whole):
        node = nodes[row[e]]
        kinds[e], new[e] = SHARED, table.row(Row(node, factors[number[e]] & table.graph.below(node)))
    return Common(rows, number, place, kinds, new)


def _swaps(
    touches: _Touches, kept: np.ndarray, leaves: np.ndarray, nodes: np.ndarray, kind: np.ndarray,
    factors: Sequence[frozenset[int]], table: _Table, own: list[dict[Row, int]],
) -> Swaps:  # fmt: skip
    """Lay out the kept touches and say where the values of their leaves are."""
    entries = np.repeat(kept, touches.entries)
    whole, leaves, counts = touches.whole[entries], leaves[entries], touches.entries[kept]
    kinds, rows = np.full(whole.size, WHOLE, dtype=np.int8), np.zeros(whole.size, dtype=np.int64)
    factor, product = (np.repeat(x[kept], counts) for x in (touches.factor, touches.product))
    for e in np.flatnonzero(~whole):
        node = int(nodes[leaves[e]])
        new = Row(node, factors[factor[e]] & table.graph.below(node))
        if kind[leaves[e]] == OWN:
            mine = own[product[e]]
            kinds[e], rows[e] = OWN, mine.setdefault(new, len(mine))
        else:
            kinds[e], rows[e] = SHARED, table.row(new)
    return Swaps(
        starts=starts_of(np.bincount(touches.product[kept], minlength=len(own))), factor=touches.factor[kept],
        affine=touches.affine[kept], entry_starts=starts_of(counts), leaf=touches.leaf[entries], kind=kinds, row=rows,
        own_starts=starts_of([len(mine) for mine in own]),
    )  # fmt: skip


def _joined(parts: list[np.ndarray], dtype: type) -> np.ndarray:
    return np.concatenate(parts).astype(dtype) if parts else np.zeros(0, dtype=dtype)
