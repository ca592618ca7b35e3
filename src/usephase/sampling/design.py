"""Designs: how the uniforms of a group of cells fill the unit cube over the draws.

A group is a product's own cells, or one row of a shared table. Within a group the cells are the dimensions of one
point set; between groups the order of the points is permuted by the group's key, which makes groups independent
(Latin supercube sampling). Draw i belongs to replicate i mod 8; replicates are independently randomized, and their
spread is the Monte Carlo error of a mean.

The quasi design is a Sobol sequence with hash-based nested uniform (Owen) scrambling. Point j of a replicate is
taken from the same dyadic range [2**m, 2**(m+1)) as j itself, by a keyed permutation of that range: the first 2**m
points are a net whatever the number of draws, and a draw depends on seed, group and index alone.

References
----------
A. B. Owen, "Latin supercube sampling for very high-dimensional simulations", ACM TOMACS 8 (1998).
S. Laine and T. Karras, "Stratified sampling for stochastic transparency", EGSR (2011); B. Burley, "Practical
hash-based Owen scrambling", JCGT 9(4) (2020): scrambling by hashing reversed bits.
S. Joe and F. Y. Kuo, "Constructing Sobol sequences with better two-dimensional projections", SISC 30 (2008).
"""

from functools import cache, lru_cache
from importlib import resources
from typing import Literal, Protocol

import numpy as np

from usephase.sampling.streams import key, permute_bits, philox, random_uniforms

REPLICATES = 8
_ROUNDS = 4
KEPT = 8192
"""Key words remembered, so that the next block of draws need not make them again."""
_STEP = 2.0**-32

DesignName = Literal["quasi", "latin_hypercube", "random"]


class Design(Protocol):
    """Give the uniforms of one cell of one group."""

    replicated: bool

    def uniforms(self, group: str, dimension: int, start: int, stop: int) -> np.ndarray:
        """Give the uniforms in (0, 1) of draws `start` … `stop` − 1. Shape (draw,)."""
        ...


def make_design(name: DesignName, seed: int, draws: int) -> Design:
    """Make a design by its name."""
    if name == "quasi":
        return Quasi(seed)
    if name == "latin_hypercube":
        return LatinHypercube(seed, draws)
    return Random(seed)


class Random:
    """Independent draws."""

    replicated = False

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def uniforms(self, group: str, dimension: int, start: int, stop: int) -> np.ndarray:
        """Give the uniforms of draws `start` … `stop` − 1."""
        return random_uniforms(key(self.seed, group, dimension), np.arange(start, stop, dtype=np.uint64))


class LatinHypercube:
    """One draw in each of n equal strata of every cell, in each replicate."""

    replicated = True

    def __init__(self, seed: int, draws: int) -> None:
        self.seed = seed
        self.draws = draws

    def uniforms(self, group: str, dimension: int, start: int, stop: int) -> np.ndarray:
        """Give the uniforms of draws `start` … `stop` − 1."""
        stream = key(self.seed, group, dimension, "strata")
        out = np.empty(stop - start)
        index = np.arange(start, stop)
        for replicate in range(min(REPLICATES, self.draws)):
            mine = index % REPLICATES == replicate
            strata = np.arange(replicate, self.draws, REPLICATES).size
            order = np.argsort(random_uniforms(stream, np.arange(strata) + (replicate << 40)), kind="stable")
            out[mine] = order[index[mine] // REPLICATES]
            jitter = random_uniforms(stream ^ 1, index[mine].astype(np.uint64))
            out[mine] = (out[mine] + jitter) / strata
        return out


class Quasi:
    """A scrambled Sobol set a group, its run order permuted by the group's key."""

    replicated = True

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self._kept: tuple[tuple[str, int, int], np.ndarray] | None = None

    def uniforms(self, group: str, dimension: int, start: int, stop: int) -> np.ndarray:
        """Give the uniforms of draws `start` … `stop` − 1."""
        from usephase.sampling.compiled import scrambled

        wide = directions().shape[0]
        name = group if dimension < wide else f"{group}\x1f{dimension // wide}"
        points = self._points(name, start, stop)
        digits = sobol_digits(dimension % wide, _power_of_two(-(-stop // REPLICATES)))
        return scrambled(digits, points, scramble_seeds(key(self.seed, name), dimension % wide), start)

    def _points(self, group: str, start: int, stop: int) -> np.ndarray:
        """Give the point of the sequence that each draw takes; a group's cells are usually asked for in a row."""
        from usephase.sampling.compiled import positions

        if self._kept is None or self._kept[0] != (group, start, stop):
            words = order_words(key(self.seed, group), _power_of_two(-(-stop // REPLICATES)).bit_length())
            self._kept = ((group, start, stop), positions(words, start, stop))
        return self._kept[1]


def _power_of_two(least: int) -> int:
    return 1 << max(least - 1, 0).bit_length()


@lru_cache(maxsize=KEPT)
def order_words(stream: int, levels: int) -> np.ndarray:
    """Give the key words that permute the run order. Shape (level, round, replicate)."""
    counters = (np.arange(levels)[:, None] << 8) + np.arange(REPLICATES)
    return np.stack(philox(stream, counters.astype(np.uint64), 0x8000)[:_ROUNDS], axis=1)


@lru_cache(maxsize=KEPT)
def scramble_seeds(stream: int, dimension: int) -> np.ndarray:
    """Give the seed of each replicate's scrambling of one dimension. Shape (replicate,)."""
    return philox(stream, np.arange(REPLICATES), dimension + 1)[0].astype(np.uint32)


def run_order(stream: int, size: int) -> np.ndarray:
    """Permute 0 … `size` − 1 within each dyadic range, a column a replicate. Shape (index, replicate)."""
    order = np.zeros((size, REPLICATES), dtype=np.int64)
    words = order_words(stream, size.bit_length())
    for m in range(size.bit_length() - 1):
        span = 1 << m
        x = np.arange(span, dtype=np.uint64)[:, None]
        order[span : 2 * span] = span + permute_bits(x, m, words[m, :, None, :]).astype(np.int64)
    return order


def quasi_uniforms(seed: int, group: str, dimension: int, draws: int) -> np.ndarray:
    """Give the first `draws` uniforms of a quasi design in plain numpy: the slow twin of `Quasi.uniforms`."""
    size = _power_of_two(-(-draws // REPLICATES))
    index = np.arange(draws)
    stream = key(seed, group)
    points = run_order(stream, size)[index // REPLICATES, index % REPLICATES]
    seeds = scramble_seeds(stream, dimension)
    return unit_interval(scramble(sobol_digits(dimension, size)[points], seeds[index % REPLICATES]))


@cache
def directions() -> np.ndarray:
    """Load the direction numbers, bits reversed. Shape (dimension, bit)."""
    with resources.files("usephase.sampling").joinpath("sobol_directions.npy").open("rb") as file:
        return np.asarray(np.load(file, allow_pickle=False))


@cache
def sobol_digits(dimension: int, size: int) -> np.ndarray:
    """Give the first `size` points of one Sobol dimension as reversed 32-bit digits. Shape (point,)."""
    digits = np.zeros(size, dtype=np.uint32)
    index = np.arange(size)
    for bit in range((size - 1).bit_length()):
        digits ^= np.where((index >> bit) & 1, directions()[dimension, bit], 0).astype(np.uint32)
    return digits


def scramble(digits: np.ndarray, seeds: np.ndarray) -> np.ndarray:
    """Scramble reversed digits so that each depends on the more significant ones only."""
    x = digits
    x = x ^ (x * np.uint32(0x3D20ADEA))
    x = x + seeds
    x = x * ((seeds >> np.uint32(16)) | np.uint32(1))
    x = x ^ (x * np.uint32(0x05526C56))
    return np.asarray(x ^ (x * np.uint32(0x53A22864)))


def unit_interval(x: np.ndarray) -> np.ndarray:
    """Turn reversed digits into numbers in (0, 1), the middle of each 2**-32 step."""
    x = x.astype(np.uint32).byteswap()
    for shift, mask in ((4, 0x0F0F0F0F), (2, 0x33333333), (1, 0x55555555)):
        x = ((x >> np.uint32(shift)) & np.uint32(mask)) | ((x & np.uint32(mask)) << np.uint32(shift))
    return (x.astype(np.float64) + 0.5) * _STEP
