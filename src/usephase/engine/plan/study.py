"""How a plan is drawn and cut: what blocks, kernels and runs agree on."""

from collections.abc import Callable
from typing import Literal, NamedTuple

import numpy as np

from usephase.compiling import is_compiled
from usephase.engine.plan.records import Plan
from usephase.engine.plan.sums import Key
from usephase.sampling.design import Design, make_design

TILE = 64
"""Products summed at a time. A constant: another tile would give sums other last bits."""
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
    """How to draw: the design's name, the seed, the number of draws, the kernel."""

    design: str
    seed: int
    draws: int
    kernel: Kernel = "numpy"

    def make(self) -> Design:
        """Make the design; one a thread, since a design keeps the order of the group it drew last."""
        return make_design(self.design, self.seed, self.draws)  # type: ignore[arg-type]


def choose_kernel(plan: Plan, draws: int, wanted: KernelChoice = "auto") -> Kernel:
    """Choose who executes, by time alone: the bits are the same."""
    if wanted != "auto":
        return wanted
    size = draws * sum(len(product.sales) for product in plan.products)
    return "numba" if size >= WORTH_COMPILING or (size >= WORTH_CALLING and is_compiled()) else "numpy"


def spans(plan: Plan) -> list[range]:
    """Cut the products into tiles."""
    count = len(plan.products)
    return [range(first, min(first + TILE, count)) for first in range(0, count, TILE)]
