"""How a plan is drawn and cut: what blocks, kernels and runs agree on.

Products that follow each other by name are computed together, as a block. Where a block ends is decided by the names
around that place alone: by which of them has the greatest hash. So neither the order of rows nor other products move
it, an added product nearly always touches the one block that it comes to lie in, and what has names alike, a family or
a series, shares few blocks.
"""

import hashlib
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Literal, NamedTuple

import numpy as np

from usephase.compiling import is_compiled
from usephase.engine.plan.records import Plan
from usephase.engine.plan.sums import INVENTORY, Key, Wanted
from usephase.sampling.design import Design, make_design

TILE = 64
"""Products summed at a time, at most. A constant: another tile would give sums other last bits."""
MOST_TILES = 3
"""Tiles of a block, at most."""
WORTH_CALLING, WORTH_COMPILING = 50_000, 4_000_000
"""Draws times products times sale years from which compiled code pays where it is there, and where it is not yet."""

Kernel = Literal["numpy", "numba"]
KernelChoice = Literal["auto", "numpy", "numba"]
Progress = Callable[[int, int], None]


class Tile(NamedTuple):
    """The sums of one tile of products: draws (draw,) and best estimates by key."""

    draws: dict[Key, np.ndarray]
    best: dict[Key, float]


class Study(NamedTuple):
    """How to draw, and what: the design's name, the seed, the number of draws, the kernel, a tile's sums."""

    design: str
    seed: int
    draws: int
    kernel: Kernel = "numpy"
    wanted: Wanted = INVENTORY

    def make(self) -> Design:
        """Make the design; one a thread, since a design keeps the order of the group it drew last."""
        return make_design(self.design, self.seed, self.draws)  # type: ignore[arg-type]


def choose_kernel(plan: Plan, draws: int, wanted: KernelChoice = "auto") -> Kernel:
    """Choose who executes, by time alone: the bits are the same."""
    if wanted != "auto":
        return wanted
    size = draws * sum(len(product.sales) for product in plan.products)
    return "numba" if size >= WORTH_COMPILING or (size >= WORTH_CALLING and is_compiled()) else "numpy"


def cut_blocks(plan: Plan) -> list[range]:
    """Cut the products into blocks: more than `TILE` of them each, save at the ends, and `MOST_TILES` tiles at most."""
    names = [product.name for product in plan.products]
    if len(names) <= TILE:
        return [range(len(names))] if names else []
    return cut_by(hashes(names), TILE, MOST_TILES * TILE)


def tiles_of(block: range) -> list[range]:
    """Cut a block into tiles."""
    return [range(first, min(first + TILE, block.stop)) for first in range(block.start, block.stop, TILE)]


def spans(plan: Plan) -> list[range]:
    """Give the tiles of all blocks."""
    return [tile for block in cut_blocks(plan) for tile in tiles_of(block)]


def hashes(names: Sequence[str], purpose: str = "") -> np.ndarray:
    """Give a number of 64 bits for each name. Shape (name,)."""
    key = purpose.encode()
    digests = (hashlib.blake2b(name.encode("utf-8", "surrogatepass"), digest_size=8, key=key) for name in names)
    return np.frombuffer(b"".join(digest.digest() for digest in digests), dtype="<u8")


def cut_by(numbers: np.ndarray, near: int, most: int) -> list[range]:
    """Cut a sequence before each number that is the greatest of all as near as that, and then what is too long.

    Parameters
    ----------
    numbers : ndarray of uint64 (item,)
    near : int
        Items on either side that a number is held against.
    most : int
        Items of a part, at most.
    """
    count = len(numbers)
    padded = np.concatenate([np.zeros(near, dtype=np.uint64), numbers, np.zeros(near, dtype=np.uint64)])
    peak = np.lib.stride_tricks.sliding_window_view(padded, 2 * near + 1).max(axis=1) == numbers
    at = np.arange(count)
    edges = [0, *np.flatnonzero(peak & (at > near // 2) & (at < count - near // 2)).tolist(), count]
    waiting, parts = [range(a, b) for a, b in pairwise(edges)][::-1], []
    while waiting:
        part = waiting.pop()
        if len(part) <= most:
            parts.append(part)
            continue
        low, high = part.start + max(len(part) // 4, 1), part.stop - len(part) // 4
        middle = low + int(np.argmax(numbers[low:high]))
        waiting += [range(middle, part.stop), range(part.start, middle)]
    return parts
