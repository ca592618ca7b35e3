"""One tape forwards and backwards, compiled."""

import numpy as np

from usephase.compiling import compiled


@compiled(fastmath={"contract"})
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


@compiled(fastmath={"contract"})
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
