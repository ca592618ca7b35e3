"""The quasi design compiled: the same bits as `usephase.sampling.design`, in nanoseconds a number."""

import numpy as np
from numba import njit

_SCRAMBLE = (np.uint32(0x3D20ADEA), np.uint32(0x05526C56), np.uint32(0x53A22864))


@njit(cache=True, nogil=True, error_model="numpy")
def positions(words: np.ndarray, start: int, stop: int) -> np.ndarray:
    """Give the point of the sequence that each draw takes.

    Parameters
    ----------
    words : ndarray of uint64 (level, round, replicate)
        Key words of each dyadic range.
    start, stop : int
        The range of draws.

    Returns
    -------
    ndarray of int64 (draw,)
    """
    rounds, replicates = words.shape[1], words.shape[2]
    out = np.empty(stop - start, dtype=np.int64)
    for i in range(start, stop):
        replicate = i % replicates
        point = i // replicates
        if point < 2:
            out[i - start] = point
            continue
        bits = 0
        while (point >> (bits + 1)) > 0:
            bits += 1
        mask = np.uint64((1 << bits) - 1)
        shift = np.uint64((bits + 1) // 2)
        x = np.uint64(point - (1 << bits))
        for r in range(rounds):
            word = words[bits, r, replicate]
            x = (x * ((word >> np.uint64(7)) | np.uint64(1)) + word) & mask
            x = x ^ (x >> shift)
        out[i - start] = (1 << bits) + np.int64(x)
    return out


@njit(cache=True, nogil=True, error_model="numpy")
def scrambled(digits: np.ndarray, points: np.ndarray, seeds: np.ndarray, start: int) -> np.ndarray:
    """Scramble the digits of points and turn them into numbers in (0, 1).

    Parameters
    ----------
    digits : ndarray of uint32 (point,)
        Reversed digits of one Sobol dimension.
    points : ndarray of int64 (draw,)
    seeds : ndarray of uint32 (replicate,)
    start : int
        Index of the first draw.
    """
    replicates = seeds.size
    out = np.empty(points.size)
    for i in range(points.size):
        seed = seeds[(start + i) % replicates]
        x = digits[points[i]]
        x = np.uint32(x ^ np.uint32(x * _SCRAMBLE[0]))
        x = np.uint32(x + seed)
        x = np.uint32(x * np.uint32(np.uint32(seed >> np.uint32(16)) | np.uint32(1)))
        x = np.uint32(x ^ np.uint32(x * _SCRAMBLE[1]))
        x = np.uint32(x ^ np.uint32(x * _SCRAMBLE[2]))
        x = np.uint32((x >> np.uint32(16)) | (x << np.uint32(16)))
        x = np.uint32(((x >> np.uint32(8)) & np.uint32(0x00FF00FF)) | ((x & np.uint32(0x00FF00FF)) << np.uint32(8)))
        x = np.uint32(((x >> np.uint32(4)) & np.uint32(0x0F0F0F0F)) | ((x & np.uint32(0x0F0F0F0F)) << np.uint32(4)))
        x = np.uint32(((x >> np.uint32(2)) & np.uint32(0x33333333)) | ((x & np.uint32(0x33333333)) << np.uint32(2)))
        x = np.uint32(((x >> np.uint32(1)) & np.uint32(0x55555555)) | ((x & np.uint32(0x55555555)) << np.uint32(1)))
        out[i] = (np.float64(x) + 0.5) * 2.0**-32
    return out
