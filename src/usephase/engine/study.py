"""How a plan is drawn and cut: what blocks, kernels and runs agree on."""

from collections.abc import Callable
from typing import Literal, NamedTuple

import numpy as np

from usephase.engine.plan import Plan
from usephase.engine.sums import Key
from usephase.sampling.design import Design, make_design

TILE = 64
"""Products summed at a time. A constant: another tile would give sums other last bits."""
LARGE = 4_000_000
"""Draws times products times sale years from which compiling pays."""

Kernel = Literal["numpy", "numba"]
KernelChoice = Literal["auto", "numpy", "numba"]
Progress = Callable[[int, int], None]


class Tile(NamedTuple):
    """The sums of one tile of products: draws (draw,) and best estimates by key."""

    draws: dict[Key, np.ndarray]
    best: dict[Key, float]


class Study(NamedTuple):
    """How to draw: the design's name, the seed, the number of draws, the precision of the arithmetic, the kernel."""

    design: str
    seed: int
    draws: int
    precision: str = "double"
    kernel: Kernel = "numpy"

    def make(self) -> Design:
        """Make the design; one a thread, since a design keeps the order of the group it drew last."""
        return make_design(self.design, self.seed, self.draws)  # type: ignore[arg-type]

    @property
    def dtype(self) -> type:
        """Type of the arithmetic."""
        return np.float32 if self.precision == "single" else np.float64


def choose_kernel(plan: Plan, draws: int, wanted: KernelChoice = "auto") -> Kernel:
    """Choose the kernel: the compiled one for large runs, by the size of the run alone."""
    if wanted != "auto":
        return wanted
    sales = sum(len(product.sales) for product in plan.products)
    return "numba" if sales * draws >= LARGE else "numpy"


def spans(plan: Plan) -> list[range]:
    """Cut the products into tiles."""
    count = len(plan.products)
    return [range(first, min(first + TILE, count)) for first in range(0, count, TILE)]
