"""The quasi design compiled: the same bits as `usephase.sampling.design`, in a few nanoseconds a number.

Replicates are interleaved, so that eight neighbouring draws belong to eight replicates: inner loops run over those,
with what differs by replicate in short arrays, and are vectorized.
"""

from typing import Any

import numpy as np
from numba import njit, types
from numba.extending import intrinsic

from usephase.compiling import compiled

EIGHT = 8  # `usephase.sampling.design.REPLICATES`, known to the compiler
_SCRAMBLE = (np.uint32(0x3D20ADEA), np.uint32(0x05526C56), np.uint32(0x53A22864))
_U1, _U16 = np.uint32(1), np.uint32(16)
_LOW, _HALF = np.uint64(0xFFFFFFFF), np.uint64(32)
_M0, _M1 = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)
_W0, _W1 = np.uint64(0x9E3779B9), np.uint64(0xBB67AE85)
_intrinsic: Any = intrinsic  # called without the compiler's own first argument


@njit(inline="always", error_model="numpy")
def philox_words(stream: Any, counter: Any, high: Any) -> Any:
    """Give the four words for one counter, all uint64; as `usephase.sampling.streams.philox`."""
    c0, c1, c2, c3 = counter & _LOW, counter >> _HALF, high, np.uint64(0)
    k0, k1 = stream & _LOW, stream >> _HALF
    for _ in range(10):
        p0, p1 = _M0 * c0, _M1 * c2
        c0, c1, c2, c3 = (p1 >> _HALF) ^ c1 ^ k0, p1 & _LOW, (p0 >> _HALF) ^ c3 ^ k1, p0 & _LOW
        k0, k1 = (k0 + _W0) & _LOW, (k1 + _W1) & _LOW
    return c0, c1, c2, c3


@compiled()
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
    ndarray of int32 (draw,)
    """
    out = np.empty(stop - start, dtype=np.int32)
    fill_positions(words, start, out)
    return out


@compiled()
def fill_positions(words: np.ndarray, start: int, out: np.ndarray) -> None:
    """Fill `out` with the points of the draws from `start`; as `positions`."""
    stop = start + out.size
    plus = np.empty(4 * EIGHT, dtype=np.uint32)
    times = np.empty(4 * EIGHT, dtype=np.uint32)
    eight = np.empty(EIGHT, dtype=np.int32)
    first = start // EIGHT
    bits = -1
    for point in range(first, (stop + EIGHT - 1) // EIGHT):
        if point < 2:
            eight[:] = point
        else:
            if bits < 0 or point >> (bits + 1) > 0:
                bits = 0
                while (point >> (bits + 1)) > 0:
                    bits += 1
                _load(words[bits], bits, plus, times)
            _permute(np.uint32(point - (1 << bits)), bits, plus, times, eight)
        at = point * EIGHT
        if at >= start and at + EIGHT <= stop:
            for r in range(EIGHT):
                out[at - start + r] = eight[r]
        else:
            for i in range(max(at, start), min(at + EIGHT, stop)):
                out[i - start] = eight[i - at]


@njit(error_model="numpy")
def _load(words: np.ndarray, bits: int, plus: np.ndarray, times: np.ndarray) -> None:
    mask = np.uint64((1 << bits) - 1)
    for k in range(4):
        for r in range(EIGHT):
            plus[EIGHT * k + r] = np.uint32(words[k, r] & mask)
            times[EIGHT * k + r] = np.uint32(((words[k, r] >> np.uint64(7)) | np.uint64(1)) & mask)


@njit(error_model="numpy")
def _permute(place: Any, bits: int, plus: np.ndarray, times: np.ndarray, out: np.ndarray) -> None:
    """Permute a place in a dyadic range, for each replicate."""
    mask = np.uint32((1 << bits) - 1)
    shift = np.uint32((bits + 1) // 2)
    base = np.uint32(1 << bits)
    for r in range(EIGHT):
        x = np.uint32(place)
        x = np.uint32(np.uint32(x * times[r]) + plus[r]) & mask
        x = np.uint32(x ^ np.uint32(x >> shift))
        x = np.uint32(np.uint32(x * times[EIGHT + r]) + plus[EIGHT + r]) & mask
        x = np.uint32(x ^ np.uint32(x >> shift))
        x = np.uint32(np.uint32(x * times[2 * EIGHT + r]) + plus[2 * EIGHT + r]) & mask
        x = np.uint32(x ^ np.uint32(x >> shift))
        x = np.uint32(np.uint32(x * times[3 * EIGHT + r]) + plus[3 * EIGHT + r]) & mask
        x = np.uint32(x ^ np.uint32(x >> shift))
        out[r] = np.int32(np.uint32(x + base))


@compiled()
def scrambled(digits: np.ndarray, points: np.ndarray, seeds: np.ndarray, start: int) -> np.ndarray:
    """Scramble the digits of points and turn them into numbers in (0, 1).

    Parameters
    ----------
    digits : ndarray of uint32 (point,)
        Reversed digits of one Sobol dimension.
    points : ndarray of int32 (draw,)
    seeds : ndarray of uint32 (replicate,)
    start : int
        Index of the first draw.
    """
    out = np.empty(points.size)
    fill_scrambled(digits, points, seeds, start, out)
    return out


@compiled()
def fill_scrambled(digits: np.ndarray, points: np.ndarray, seeds: np.ndarray, start: int, out: np.ndarray) -> None:
    """Fill `out` with scrambled numbers; as `scrambled`."""
    whole = points.size // EIGHT * EIGHT if start % EIGHT == 0 else 0
    for at in range(0, whole, EIGHT):
        for r in range(EIGHT):
            out[at + r] = _number(scrambled_bits(digits[points[at + r]], seeds[r]))
    for i in range(whole, points.size):
        out[i] = _number(scrambled_bits(digits[points[i]], seeds[(start + i) % EIGHT]))


@_intrinsic
def _reversed(typingctx: Any, x: Any) -> Any:
    """Reverse the bits of a word."""
    from llvmlite import ir

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.call(builder.module.declare_intrinsic("llvm.bitreverse", [ir.IntType(32)]), [args[0]])

    return types.uint32(types.uint32), codegen


@njit(inline="always", error_model="numpy")
def scrambled_bits(x: Any, seed: Any) -> Any:
    """Scramble reversed digits by a seed, both uint32, and turn them round: a number in units of 2⁻³²."""
    x = np.uint32(x ^ np.uint32(x * _SCRAMBLE[0]))
    x = np.uint32(x + seed)
    x = np.uint32(x * np.uint32(np.uint32(seed >> _U16) | _U1))
    x = np.uint32(x ^ np.uint32(x * _SCRAMBLE[1]))
    x = np.uint32(x ^ np.uint32(x * _SCRAMBLE[2]))
    return _reversed(x)


@njit(inline="always", error_model="numpy")
def _number(x: Any) -> float:
    return float((np.float64(x) + 0.5) * 2.0**-32)
