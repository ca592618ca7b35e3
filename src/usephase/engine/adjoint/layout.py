"""How tapes and swaps lie in memory, so that compiled code runs through any range of products by itself."""

from typing import NamedTuple

import numpy as np

SHARED, OWN = 0, 1
"""What a leaf is: a row that products share, or a row made for the product."""
WHOLE = -1
"""What a swapped leaf takes: its value at the other sample matrix; else the row of a table."""


class Tapes(NamedTuple):
    """The tapes of all products, one after the other.

    Attributes
    ----------
    op_starts : ndarray (product + 1,)
    code, left, right, a, b : ndarray (operation,)
        As in `usephase.engine.adjoint.tape.Tape`.
    roots, scales : ndarray (product,)
    leaf_starts : ndarray (product + 1,)
    leaf_kind, leaf_at : ndarray (leaf,)
        What a leaf is, and the row of its table.
    leaf_sum : ndarray (leaf,)
        The row of the table into which the slopes of a leaf that products share are added up, else −1.
    """

    op_starts: np.ndarray
    code: np.ndarray
    left: np.ndarray
    right: np.ndarray
    a: np.ndarray
    b: np.ndarray
    roots: np.ndarray
    scales: np.ndarray
    leaf_starts: np.ndarray
    leaf_kind: np.ndarray
    leaf_at: np.ndarray
    leaf_sum: np.ndarray


class Swaps(NamedTuple):
    """The factors that touch each product, and what they swap there.

    Attributes
    ----------
    starts : ndarray (product + 1,)
    factor : ndarray (touch,)
        Numbers of factors.
    affine : ndarray of bool (touch,)
        Whether the figure is affine in the leaves that are swapped.
    entry_starts : ndarray (touch + 1,)
    leaf, kind, row : ndarray (entry,)
        A swapped leaf and where its value is: `WHOLE`, or `SHARED` or `OWN` and a row.
    own_starts : ndarray (product + 1,)
        Where each product's rows of the table of `OWN` start.
    """

    starts: np.ndarray
    factor: np.ndarray
    affine: np.ndarray
    entry_starts: np.ndarray
    leaf: np.ndarray
    kind: np.ndarray
    row: np.ndarray
    own_starts: np.ndarray


class Common(NamedTuple):
    """Factors that move nothing but what products share, the figure being affine in it: slopes are added up first.

    The change of the figure by such a factor is Σ (sum of slopes of a row) · (change of the row), over its rows.

    Attributes
    ----------
    rows : ndarray (sum,)
        The rows of the table of `SHARED` whose slopes are added up.
    factor, sum, kind, row : ndarray (entry,)
        A factor, the row of the table of sums, and where the swapped value is: `WHOLE`, or `SHARED` and a row.
    """

    rows: np.ndarray
    factor: np.ndarray
    sum: np.ndarray
    kind: np.ndarray
    row: np.ndarray
