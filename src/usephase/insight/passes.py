"""The compiled heart of a sweep: draws, responses to swapped cells and their sums, for a range of products at once."""

import numpy as np

from usephase.compiling import compiled
from usephase.insight.drawn import Scratch, draw_cell, points_of, scratch_for, seeds_of
from usephase.insight.estimators import BLOCKS
from usephase.insight.layout import CELL, INVERSE, OWN, SHARED, WHOLE, OwnCells, Swaps, Tapes
from usephase.sampling.design import REPLICATES

TILE = 256
"""Draws handled at a time, a multiple of `BLOCKS`: a product's nodes stay in the processor's cache."""


@compiled(fastmath={"contract"})
def run(
    first: int,
    last: int,
    start: int,
    nodes: int,
    tapes: Tapes,
    swaps: Swaps,
    cells: OwnCells,
    shared: np.ndarray,
    own: np.ndarray,
    sums: np.ndarray,
    slopes: np.ndarray,
    common: np.ndarray,
    there: np.ndarray,
    back: np.ndarray,
    f_a: np.ndarray,
    f_b: np.ndarray,
    joint: np.ndarray,
    squared: np.ndarray,
) -> None:
    """Add what products `first` … `last` − 1 make of a range of draws.

    Parameters
    ----------
    start : int
        Index of the first draw, a multiple of `BLOCKS`; `f_a` has as many as there are.
    nodes : int
        Most nodes of a product.
    tapes : Tapes
    swaps : Swaps
    cells : OwnCells
    shared, own : ndarray (side, row, draw)
    sums : ndarray of int (sum,)
        The row of `slopes` of a row whose slopes are added up.
    slopes : ndarray (side, row, draw)
        Sums of derivatives of the figure.
    common : ndarray of int (factor,)
        The row of `there` and `back` of a factor that touches several products, else −1.
    there, back : ndarray (row, draw)
        Changes by those factors of the figure at A and at B.
    f_a, f_b : ndarray (draw,)
        The figure.
    joint, squared : ndarray (factor, block)
        Sums of the factors of one product; see `usephase.insight.estimators.products`.
    """
    draws = f_a.size
    code, left, right, a, b = tapes.code, tapes.left, tapes.right, tapes.a, tapes.b
    leaf_kind, leaf_at, leaf_sum = tapes.leaf_kind, tapes.leaf_at, tapes.leaf_sum
    value = np.empty((2, nodes, TILE))
    slope = np.empty((2, nodes, TILE))
    moved = np.empty((2, nodes, TILE))
    change = np.empty((2, TILE))
    marked = np.zeros(nodes, dtype=np.bool_)
    points = np.empty((2, draws), dtype=np.uint32)
    seeds = np.empty((2, nodes, REPLICATES), dtype=np.uint32)
    scratch = scratch_for(TILE)
    for p in range(first, last):
        op0, ops = tapes.op_starts[p], tapes.op_starts[p + 1] - tapes.op_starts[p]
        leaf0, leaves = tapes.leaf_starts[p], tapes.leaf_starts[p + 1] - tapes.leaf_starts[p]
        root, scale, row0 = tapes.roots[p], tapes.scales[p], swaps.own_starts[p] - swaps.own_starts[first]
        _begin(p, start, leaf_kind[leaf0 : leaf0 + leaves], leaf_at[leaf0 : leaf0 + leaves], cells, points, seeds)
        for t0 in range(0, draws, TILE):
            n = min(TILE, draws - t0)
            for side in range(2):
                for k in range(leaves):
                    what, at, out = leaf_kind[leaf0 + k], leaf_at[leaf0 + k], value[side, k, :n]
                    if what == SHARED:
                        out[:] = shared[side, at, t0 : t0 + n]
                    elif what == OWN:
                        out[:] = own[side, row0 + at, t0 : t0 + n]
                    else:
                        _draw(what, at, cells, seeds[side, k], points[side, t0 : t0 + n], scratch, out)
                _evaluate(op0, ops, leaves, code, left, right, a, b, value[side], n)
                _slopes(op0, ops, leaves, code, left, right, a, b, root, scale, value[side], slope[side], marked, n)
                for k in range(leaves):
                    if leaf_sum[leaf0 + k] >= 0:
                        s, into = slope[side, k], slopes[side, sums[leaf_sum[leaf0 + k]], t0 : t0 + n]
                        for i in range(n):
                            into[i] += s[i]
            for i in range(n):
                f_a[t0 + i] += value[0, root, i] * scale
                f_b[t0 + i] += value[1, root, i] * scale
            for k in range(swaps.starts[p], swaps.starts[p + 1]):
                e, row = swaps.entry_starts[k], common[swaps.factor[k]]
                one = swaps.entry_starts[k + 1] - e == 1 and swaps.kind[e] == WHOLE
                if one and row < 0 and swaps.affine[k]:
                    x, s = value[:, swaps.leaf[e]], slope[:, swaps.leaf[e]]
                    _add_one(x[0], x[1], s[0], s[1], joint[swaps.factor[k]], squared[swaps.factor[k]], n)
                    continue
                if swaps.affine[k]:
                    change[:] = 0.0
                    for e in range(swaps.entry_starts[k], swaps.entry_starts[k + 1]):
                        leaf = swaps.leaf[e]
                        for side in range(2):
                            new = _swapped(side, leaf, swaps.kind[e], swaps.row[e], row0, t0, n, value, shared, own)
                            s, x, out = slope[side, leaf], value[side, leaf], change[side]
                            for i in range(n):
                                out[i] += s[i] * (new[i] - x[i])
                else:
                    marked[: leaves + ops] = False
                    for e in range(swaps.entry_starts[k], swaps.entry_starts[k + 1]):
                        leaf = swaps.leaf[e]
                        marked[leaf] = True
                        for side in range(2):
                            new = _swapped(side, leaf, swaps.kind[e], swaps.row[e], row0, t0, n, value, shared, own)
                            moved[side, leaf, :n] = new
                    _again(op0, ops, leaves, code, left, right, a, b, value, moved, marked, n)
                    for side in range(2):
                        for i in range(n):
                            change[side, i] = (moved[side, root, i] - value[side, root, i]) * scale
                if row >= 0:
                    for i in range(n):
                        there[row, t0 + i] += change[0, i]
                        back[row, t0 + i] += change[1, i]
                else:
                    _add_blocks(change, joint[swaps.factor[k]], squared[swaps.factor[k]], n)


@compiled(fastmath={"contract"})
def _begin(
    p: int, start: int, kinds: np.ndarray, at: np.ndarray, cells: OwnCells, points: np.ndarray, seeds: np.ndarray
) -> None:
    """Fill in what the draws of a product's own cells have in common: points by draw, seeds by leaf."""
    drawn = False
    for k in range(kinds.size):
        if kinds[k] == CELL or kinds[k] == INVERSE:
            drawn = True
            for side in range(2):
                seeds_of(cells.streams[p, side], cells.dimension[at[k]], seeds[side, k])
    if drawn:
        for side in range(2):
            points_of(cells.streams[p, side], start, points[side])


@compiled(fastmath={"contract"})
def _draw(
    what: int, at: int, cells: OwnCells, seeds: np.ndarray, points: np.ndarray, scratch: Scratch, out: np.ndarray
) -> None:
    """Draw an own cell, or one over it."""
    digits = cells.digits[cells.dimension[at]]
    draw_cell(seeds, digits, points, cells.kind[at], cells.params[at], cells.low[at], cells.high[at], scratch, out)
    if what == INVERSE:
        for i in range(out.size):
            out[i] = 1 / out[i]


@compiled(fastmath={"contract"})
def _swapped(
    side: int,
    leaf: int,
    what: int,
    row: int,
    row0: int,
    t0: int,
    n: int,
    value: np.ndarray,
    shared: np.ndarray,
    own: np.ndarray,
) -> np.ndarray:
    """Give the value of a swapped leaf. Shape (draw,)."""
    if what == WHOLE:
        return value[1 - side, leaf, :n]
    if what == SHARED:
        return shared[side, row, t0 : t0 + n]
    return own[side, row0 + row, t0 : t0 + n]


@compiled(fastmath={"contract"})
def _evaluate(
    op0: int,
    ops: int,
    leaves: int,
    code: np.ndarray,
    left: np.ndarray,
    right: np.ndarray,
    a: np.ndarray,
    b: np.ndarray,
    value: np.ndarray,
    n: int,
) -> None:
    """Fill in the operations of a tape; the leaves are given."""
    for k in range(ops):
        x, y, out = value[left[op0 + k]], value[right[op0 + k]], value[leaves + k]
        p, q = a[op0 + k], b[op0 + k]
        if code[op0 + k] == 0:
            for i in range(n):
                out[i] = p * x[i] * y[i]
        else:
            for i in range(n):
                out[i] = p * x[i] + q * y[i]


@compiled(fastmath={"contract"})
def _again(
    op0: int,
    ops: int,
    leaves: int,
    code: np.ndarray,
    left: np.ndarray,
    right: np.ndarray,
    a: np.ndarray,
    b: np.ndarray,
    value: np.ndarray,
    moved: np.ndarray,
    dirty: np.ndarray,
    n: int,
) -> None:
    """Evaluate the operations above moved leaves, both sides."""
    for k in range(ops):
        l, r = left[op0 + k], right[op0 + k]  # noqa: E741
        if not (dirty[l] or dirty[r]):
            continue
        dirty[leaves + k] = True
        p, q = a[op0 + k], b[op0 + k]
        for side in range(2):
            x = moved[side, l] if dirty[l] else value[side, l]
            y = moved[side, r] if dirty[r] else value[side, r]
            out = moved[side, leaves + k]
            if code[op0 + k] == 0:
                for i in range(n):
                    out[i] = p * x[i] * y[i]
            else:
                for i in range(n):
                    out[i] = p * x[i] + q * y[i]


@compiled(fastmath={"contract"})
def _slopes(
    op0: int,
    ops: int,
    leaves: int,
    code: np.ndarray,
    left: np.ndarray,
    right: np.ndarray,
    a: np.ndarray,
    b: np.ndarray,
    root: int,
    scale: float,
    value: np.ndarray,
    slope: np.ndarray,
    met: np.ndarray,
    n: int,
) -> None:
    """Fill in the derivative of the figure by every node."""
    met[: leaves + ops] = False
    met[root] = True
    slope[root, :n] = scale
    for k in range(ops - 1, -1, -1):
        l, r = left[op0 + k], right[op0 + k]  # noqa: E741
        s = slope[leaves + k]
        if not met[leaves + k]:
            s[:n] = 0.0
        if code[op0 + k] == 0:
            _times(a[op0 + k], s, value[r], slope[l], met[l], n)
            met[l] = True
            _times(a[op0 + k], s, value[l], slope[r], met[r], n)
        else:
            _plus(a[op0 + k], s, slope[l], met[l], n)
            met[l] = True
            _plus(b[op0 + k], s, slope[r], met[r], n)
        met[r] = True
    for k in range(leaves):
        if not met[k]:
            slope[k, :n] = 0.0


@compiled(fastmath={"contract"})
def _times(p: float, s: np.ndarray, y: np.ndarray, out: np.ndarray, add: bool, n: int) -> None:
    """Put, or add, p · s · y."""
    if add:
        for i in range(n):
            out[i] += p * s[i] * y[i]
    else:
        for i in range(n):
            out[i] = p * s[i] * y[i]


@compiled(fastmath={"contract"})
def _plus(p: float, s: np.ndarray, out: np.ndarray, add: bool, n: int) -> None:
    """Put, or add, p · s."""
    if add:
        for i in range(n):
            out[i] += p * s[i]
    else:
        for i in range(n):
            out[i] = p * s[i]


@compiled(fastmath={"contract"})
def _add_blocks(change: np.ndarray, joint: np.ndarray, squared: np.ndarray, n: int) -> None:
    """Add what both estimators need of a factor of one product."""
    for base in range(0, n, BLOCKS):
        for j in range(min(BLOCKS, n - base)):
            x, y = change[0, base + j], change[1, base + j]
            joint[j] += x * y * -0.5
            squared[j] += (x * x + y * y) * 0.25


@compiled(fastmath={"contract"})
def _add_one(
    x_a: np.ndarray, x_b: np.ndarray, s_a: np.ndarray, s_b: np.ndarray, joint: np.ndarray, squared: np.ndarray, n: int
) -> None:
    """Add what both estimators need of one whole leaf in which the figure is affine."""
    for base in range(0, n, BLOCKS):
        for j in range(min(BLOCKS, n - base)):
            change = x_b[base + j] - x_a[base + j]
            x, y = s_a[base + j] * change, s_b[base + j] * change
            joint[j] += x * y * 0.5
            squared[j] += (x * x + y * y) * 0.25
