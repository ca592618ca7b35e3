"""The compiled heart of a sensitivity sweep: a tape forwards, backwards, and its responses to swapped cells."""

import numpy as np
from numba import njit


@njit(cache=True, nogil=True, error_model="numpy")
def forward(
    code: np.ndarray, left: np.ndarray, right: np.ndarray, a: np.ndarray, b: np.ndarray, values: np.ndarray, leaves: int
) -> None:
    """Evaluate the operations of a tape in place.

    Parameters
    ----------
    code, left, right, a, b : ndarray (operation,)
        Of the tape.
    values : ndarray (node, draw)
        The rows of the leaves are given, those of the operations are filled.
    leaves : int
        Number of leaves.
    """
    for op in range(code.size):
        x, y, out = values[left[op]], values[right[op]], values[leaves + op]
        p, q = a[op], b[op]
        if code[op] == 0:
            for i in range(out.size):
                out[i] = p * x[i] * y[i]
        else:
            for i in range(out.size):
                out[i] = p * x[i] + q * y[i]


@njit(cache=True, nogil=True, error_model="numpy")
def backward(
    code: np.ndarray,
    left: np.ndarray,
    right: np.ndarray,
    a: np.ndarray,
    b: np.ndarray,
    values: np.ndarray,
    leaves: int,
    root: int,
    scale: float,
    slopes: np.ndarray,
) -> None:
    """Fill ``slopes`` (node, draw) with the derivative of the figure by every node."""
    slopes[:] = 0.0
    slopes[root] = scale
    for op in range(code.size - 1, -1, -1):
        s, p, q = slopes[leaves + op], a[op], b[op]
        x, y = values[left[op]], values[right[op]]
        dx, dy = slopes[left[op]], slopes[right[op]]
        if code[op] == 0:
            for i in range(s.size):
                dx[i] += p * s[i] * y[i]
                dy[i] += p * s[i] * x[i]
        else:
            for i in range(s.size):
                dx[i] += p * s[i]
                dy[i] += q * s[i]


@njit(cache=True, nogil=True, error_model="numpy")
def respond(
    code: np.ndarray,
    left: np.ndarray,
    right: np.ndarray,
    a: np.ndarray,
    b: np.ndarray,
    root: int,
    scale: float,
    first: np.ndarray,
    second: np.ndarray,
    extra: np.ndarray,
    starts: np.ndarray,
    leaf: np.ndarray,
    source: np.ndarray,
    affine: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Evaluate a product at one sample matrix and with each factor's leaves swapped from the other.

    Parameters
    ----------
    first, second : ndarray (leaf, draw)
        The leaves at this sample matrix and at the other.
    extra : ndarray (row, draw)
        Leaves of which a factor swaps a part only.
    starts : ndarray of int (factor + 1,)
        Where each factor's leaves start in `leaf` and `source`.
    leaf, source : ndarray of int
        A swapped leaf, and where its value is: a row of `second`, or beyond those of `extra`.
    affine : ndarray of bool (factor,)
        Whether the figure is affine in the factor's leaves.

    Returns
    -------
    f : ndarray (draw,)
        The figure here.
    change : ndarray (factor, draw)
        What swapping each factor adds to it.
    """
    leaves, draws = first.shape
    values, slopes = np.empty((leaves + code.size, draws)), np.empty((leaves + code.size, draws))
    values[:leaves] = first
    forward(code, left, right, a, b, values, leaves)
    f = values[root] * scale
    backward(code, left, right, a, b, values, leaves, root, scale, slopes)
    change = np.zeros((affine.size, draws))
    work = np.empty((leaves + code.size, draws))
    for k in range(affine.size):
        out = change[k]
        if affine[k]:
            for j in range(starts[k], starts[k + 1]):
                row = second[source[j]] if source[j] < leaves else extra[source[j] - leaves]
                s, x = slopes[leaf[j]], first[leaf[j]]
                for i in range(draws):
                    out[i] += s[i] * (row[i] - x[i])
        else:
            work[:leaves] = first
            for j in range(starts[k], starts[k + 1]):
                work[leaf[j]] = second[source[j]] if source[j] < leaves else extra[source[j] - leaves]
            forward(code, left, right, a, b, work, leaves)
            for i in range(draws):
                out[i] = work[root, i] * scale - f[i]
    return f, change
