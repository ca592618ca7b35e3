"""The compiled heart of a sweep: responses to swapped cells and their sums, for a range of products at once."""

import numpy as np

from usephase.compiling import compiled
from usephase.engine.adjoint.layout import SHARED, WHOLE, Swaps, Tapes

BLOCKS = 64
"""Draws are added up, and resampled, in this many interleaved blocks: draw i is in block i mod `BLOCKS`."""
TILE = 256
"""Draws handled at a time, a multiple of `BLOCKS`: a product's nodes stay in the processor's cache."""


@compiled()
def run(
    first: int,
    last: int,
    nodes: int,
    tapes: Tapes,
    swaps: Swaps,
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
    nodes : int
        Most nodes of a product.
    tapes : Tapes
    swaps : Swaps
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
        The figure; the first draw is one whose index is a multiple of `BLOCKS`.
    joint, squared : ndarray (factor, block)
        Sums of the factors of one product; see `usephase.insight.sensitivity.estimators.products`.
    """
    draws = f_a.size
    code, left, right, a, b = tapes.code, tapes.left, tapes.right, tapes.a, tapes.b
    leaf_kind, leaf_at, leaf_sum = tapes.leaf_kind, tapes.leaf_at, tapes.leaf_sum
    value = np.empty((2, nodes, TILE))
    slope = np.empty((2, nodes, TILE))
    moved = np.empty((2, nodes, TILE))
    change = np.empty((2, TILE))
    marked = np.zeros(nodes, dtype=np.bool_)
    for p in range(first, last):
        op0, ops = tapes.op_starts[p], tapes.op_starts[p + 1] - tapes.op_starts[p]
        leaf0, leaves = tapes.leaf_starts[p], tapes.leaf_starts[p + 1] - tapes.leaf_starts[p]
        root, scale, row0 = tapes.roots[p], tapes.scales[p], swaps.own_starts[p] - swaps.own_starts[first]
        for t0 in range(0, draws, TILE):
            n = min(TILE, draws - t0)
            for side in range(2):
                for k in range(leaves):
                    what, at, out = leaf_kind[leaf0 + k], leaf_at[leaf0 + k], value[side, k, :n]
                    table = shared if what == SHARED else own
                    row = at if what == SHARED else row0 + at
                    out[:] = table[side, row, t0 : t0 + n]
                evaluate(op0, ops, leaves, code, left, right, a, b, value[side], n)
                slopes_of(op0, ops, leaves, code, left, right, a, b, root, scale, value[side], slope[side], marked, n)
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


@compiled()
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


@compiled()
def evaluate(
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


@compiled()
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


@compiled()
def slopes_of(
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


@compiled()
def _times(p: float, s: np.ndarray, y: np.ndarray, out: np.ndarray, add: bool, n: int) -> None:
    """Put, or add, p · s · y."""
    if add:
        for i in range(n):
            out[i] += p * s[i] * y[i]
    else:
        for i in range(n):
            out[i] = p * s[i] * y[i]


@compiled()
def _plus(p: float, s: np.ndarray, out: np.ndarray, add: bool, n: int) -> None:
    """Put, or add, p · s."""
    if add:
        for i in range(n):
            out[i] += p * s[i]
    else:
        for i in range(n):
            out[i] = p * s[i]


@compiled()
def _add_blocks(change: np.ndarray, joint: np.ndarray, squared: np.ndarray, n: int) -> None:
    """Add what both estimators need of a factor of one product."""
    for base in range(0, n, BLOCKS):
        for j in range(min(BLOCKS, n - base)):
            x, y = change[0, base + j], change[1, base + j]
            joint[j] += x * y * -0.5
            squared[j] += (x * x + y * y) * 0.25


@compiled()
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
