"""The two sample matrices A and B over a span of draws, and both with some cells from the other."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from usephase.engine.cells import Ref
from usephase.engine.plan import Plan
from usephase.engine.values import Values
from usephase.insight.dependence import Dependence
from usephase.insight.leaves import Swap, World
from usephase.insight.program import Row
from usephase.insight.quick import quick
from usephase.insight.tape import Key
from usephase.sampling.design import Design

SECOND = "second sample\x1f"


class SecondSample:
    """A design independent of another one: the same, with other names of groups."""

    def __init__(self, design: Design) -> None:
        self.design = design
        self.replicated = design.replicated

    def uniforms(self, group: str, dimension: int, start: int, stop: int) -> np.ndarray:
        """Give the uniforms of draws `start` … `stop` − 1."""
        return self.design.uniforms(SECOND + group, dimension, start, stop)


class Swapped(Values):
    """The draws of A, with some cells' draws from B."""

    def __init__(self, a: Values, b: Values, swapped: frozenset[int]) -> None:
        super().__init__(a.cells, a.design, a.start, a.stop, a.dtype)
        self._a, self._b, self._swapped = a, b, swapped

    def cell(self, cell: int) -> np.ndarray:
        """Give one cell. Shape (draw,)."""
        value = (self._b if cell in self._swapped else self._a)(Ref(cell, 0.0))
        return np.asarray(value)


class Pair:
    """Give leaves at A and at B.

    Parameters
    ----------
    plan : Plan
    dependence : Dependence
    design : callable
        Makes a design.
    start, stop : int
        The range of draws.
    trunk : Pair, optional
        Keeps what products share; this pair makes only what belongs to single products, and may do so in a thread of
        its own.
    """

    def __init__(
        self,
        plan: Plan,
        dependence: Dependence,
        design: Callable[[], Design],
        start: int,
        stop: int,
        trunk: "Pair | None" = None,
    ) -> None:
        self.plan, self.dependence, self.design, self.start, self.stop = plan, dependence, design, start, stop
        # Two designs: each keeps the order of the group that it drew last.
        a = Values(plan.cells, quick(design()), start, stop)
        b = Values(plan.cells, SecondSample(quick(design())), start, stop)
        kept: tuple[Any, Any] = (None, None) if trunk is None else (trunk.worlds[0], trunk.worlds[1])
        self.worlds: tuple[World, ...] = tuple(
            World(plan, v, dependence, trunk=t) for v, t in zip((a, b), kept, strict=True)
        )
        self._swapped: dict[frozenset[int], tuple[World, World]] = {}
        self._common: tuple[dict[tuple[Key, frozenset[int]], Any], ...] = ({}, {})

    def branch(self) -> "Pair":
        """Give a pair for the leaves of single products."""
        return Pair(self.plan, self.dependence, self.design, self.start, self.stop, self)

    def table(self, rows: Sequence[Row]) -> np.ndarray:
        """Give rows at both. Shape (side, row, draw)."""
        out = np.empty((2, len(rows), self.stop - self.start))
        for i, row in enumerate(rows):
            for side, world in enumerate(self._at(row.swapped)):
                out[side, i] = world(row.key)
        self._swapped.clear()
        for common in self._common:
            common.clear()
        return out

    def own(self, rows: Sequence[Sequence[Row]]) -> np.ndarray:
        """Give rows of one product after the other. Shape (side, row, draw)."""
        parts = []
        for mine in rows:
            if mine:
                parts.append(self.table(mine))
                for world in self.worlds:
                    world.forget()
        return np.concatenate(parts, axis=1) if parts else np.empty((2, 0, self.stop - self.start))

    def _at(self, swapped: frozenset[int]) -> tuple[World, World]:
        a, b = self.worlds
        if not swapped:
            return a, b
        if swapped not in self._swapped:
            made = [
                World(
                    self.plan, Swapped(here.values, other.values, swapped), self.dependence,
                    Swap(here, other, swapped, common),
                )
                for here, other, common in ((a, b, self._common[0]), (b, a, self._common[1]))
            ]  # fmt: skip
            self._swapped[swapped] = (made[0], made[1])
        return self._swapped[swapped]
