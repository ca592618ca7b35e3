"""A Horner scheme over many lanes at once, written out so that the compiler keeps the lanes in registers."""

import numpy as np
from numba import njit

from usephase.model.mathematics import fma

LANES = 64
"""Draws handled together: their coefficients stay in the cache."""


@njit(inline="always", error_model="numpy")
def horner(c: np.ndarray, x: np.ndarray, total: np.ndarray, count: int) -> None:
    """Sum c[n] xⁿ over n < `count` in each lane, sixteen lanes abreast.

    Parameters
    ----------
    c : ndarray (term, lane)
    x, total : ndarray (lane,)
        Argument, and the sum.
    """
    for g in range(0, LANES, 16):
        last = count - 1
        x0, x1, x2, x3, x4, x5, x6, x7, x8, x9, x10, x11, x12, x13, x14, x15 = (
            x[g + 0],
            x[g + 1],
            x[g + 2],
            x[g + 3],
            x[g + 4],
            x[g + 5],
            x[g + 6],
            x[g + 7],
            x[g + 8],
            x[g + 9],
            x[g + 10],
            x[g + 11],
            x[g + 12],
            x[g + 13],
            x[g + 14],
            x[g + 15],
        )
        t0, t1, t2, t3, t4, t5, t6, t7, t8, t9, t10, t11, t12, t13, t14, t15 = (
            c[last, g + 0],
            c[last, g + 1],
            c[last, g + 2],
            c[last, g + 3],
            c[last, g + 4],
            c[last, g + 5],
            c[last, g + 6],
            c[last, g + 7],
            c[last, g + 8],
            c[last, g + 9],
            c[last, g + 10],
            c[last, g + 11],
            c[last, g + 12],
            c[last, g + 13],
            c[last, g + 14],
            c[last, g + 15],
        )
        for n in range(last - 1, -1, -1):
            t0 = fma(t0, x0, c[n, g + 0])
            t1 = fma(t1, x1, c[n, g + 1])
            t2 = fma(t2, x2, c[n, g + 2])
            t3 = fma(t3, x3, c[n, g + 3])
            t4 = fma(t4, x4, c[n, g + 4])
            t5 = fma(t5, x5, c[n, g + 5])
            t6 = fma(t6, x6, c[n, g + 6])
            t7 = fma(t7, x7, c[n, g + 7])
            t8 = fma(t8, x8, c[n, g + 8])
            t9 = fma(t9, x9, c[n, g + 9])
            t10 = fma(t10, x10, c[n, g + 10])
            t11 = fma(t11, x11, c[n, g + 11])
            t12 = fma(t12, x12, c[n, g + 12])
            t13 = fma(t13, x13, c[n, g + 13])
            t14 = fma(t14, x14, c[n, g + 14])
            t15 = fma(t15, x15, c[n, g + 15])
        total[g + 0] = t0
        total[g + 1] = t1
        total[g + 2] = t2
        total[g + 3] = t3
        total[g + 4] = t4
        total[g + 5] = t5
        total[g + 6] = t6
        total[g + 7] = t7
        total[g + 8] = t8
        total[g + 9] = t9
        total[g + 10] = t10
        total[g + 11] = t11
        total[g + 12] = t12
        total[g + 13] = t13
        total[g + 14] = t14
        total[g + 15] = t15
