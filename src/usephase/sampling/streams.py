"""Keyed streams of uniforms: every number is a function of its key and its draw's index, nothing else.

Keys are hashes of names (BLAKE2b), words come from the counter-based generator Philox 4×32-10, so no stream has a
state, an order, or a neighbour that could move it.

References
----------
J. K. Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC11 (2011): Philox.
"""

import hashlib

import numpy as np

_MULTIPLIERS = (np.uint64(0xD2511F53), np.uint64(0xCD9E8D57))
_WEYL = (0x9E3779B9, 0xBB67AE85)
_LOW = np.uint64(0xFFFFFFFF)
_HALF = np.uint64(32)


def key(*parts: object) -> int:
    """Hash names and numbers to a 64-bit key."""
    text = "\x1f".join(str(part) for part in parts)
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little")


def philox(stream: int, counter: np.ndarray, high: np.ndarray | int = 0) -> tuple[np.ndarray, ...]:
    """Turn counters into random words.

    Parameters
    ----------
    stream : int
        The 64-bit key.
    counter : ndarray of uint64
        Lower 64 bits of the counter.
    high : ndarray or int
        Next 32 bits of the counter.

    Returns
    -------
    tuple of four ndarray of uint64, each below 2**32, shaped as `counter`.
    """
    counter = np.asarray(counter, dtype=np.uint64)
    c0, c1 = counter & _LOW, counter >> _HALF
    c2 = np.broadcast_to(np.asarray(high, dtype=np.uint64), counter.shape)
    c3 = np.zeros_like(counter)
    k0, k1 = stream & 0xFFFFFFFF, stream >> 32
    for _ in range(10):
        p0, p1 = _MULTIPLIERS[0] * c0, _MULTIPLIERS[1] * c2
        c0, c1, c2, c3 = (
            (p1 >> _HALF) ^ c1 ^ np.uint64(k0),
            p1 & _LOW,
            (p0 >> _HALF) ^ c3 ^ np.uint64(k1),
            p0 & _LOW,
        )
        k0, k1 = (k0 + _WEYL[0]) & 0xFFFFFFFF, (k1 + _WEYL[1]) & 0xFFFFFFFF
    return c0, c1, c2, c3


def random_uniforms(stream: int, index: np.ndarray) -> np.ndarray:
    """Draw independent uniforms in (0, 1) with 53 bits, one for each index."""
    w0, w1, _, _ = philox(stream, index)
    bits = (w0 << np.uint64(21)) ^ (w1 >> np.uint64(11))
    return (bits.astype(np.float64) + 0.5) * 2.0**-53


def permute_bits(x: np.ndarray, bits: int, words: np.ndarray) -> np.ndarray:
    """Permute the numbers 0 … 2**bits − 1 by a key.

    Rounds of odd multiplication, addition and xor-shift, each a bijection on `bits` bits.

    Parameters
    ----------
    x : ndarray of uint64
        Numbers below ``2**bits``.
    words : ndarray of uint64 (round, …)
        A key word a round, broadcast against `x`.
    """
    if bits == 0:
        return x
    mask = np.uint64((1 << bits) - 1)
    shift = np.uint64((bits + 1) // 2)
    for word in words:
        odd = (word >> np.uint64(7)) | np.uint64(1)
        x = ((x * odd) + word) & mask
        x = x ^ (x >> shift)
    return x
