"""Where the model's numbers come from in one block of draws: fixed numbers, drawn cells, or best estimates."""

import numpy as np

from usephase.engine.plan.cells import Ref
from usephase.sampling.design import Design
from usephase.sampling.distributions import RECORDS
from usephase.sampling.draws import Cells, Law, draw, law

Value = np.ndarray | float


def is_zero(x: Value) -> bool:
    """Tell a fixed zero: what is 0 whatever is drawn, and has no rows among the figures."""
    return np.ndim(x) == 0 and float(x) == 0.0


def times(x: Value, y: Value) -> Value:
    """Multiply; a fixed zero times anything is one."""
    return 0.0 if is_zero(x) or is_zero(y) else x * y


class Values:
    """Give the values of references for a range of draws.

    Parameters
    ----------
    cells : Cells
    design : Design or None
        None: every cell is at its best estimate, as one draw.
    start, stop : int
        The range of draws.
    """

    def __init__(self, cells: Cells, design: Design | None, start: int, stop: int) -> None:
        self.cells = cells
        self.design = design
        self.start, self.stop = start, stop
        self.size = stop - start if design else 1
        self._kept: dict[int, np.ndarray] = {}
        self._scores: dict[str, np.ndarray] = {}

    def __call__(self, ref: Ref) -> Value:
        """Give a fixed number as a scalar and a cell as an array. Shape (draw,)."""
        if ref.cell < 0:
            return ref.value
        if ref.cell not in self._kept:
            self._kept[ref.cell] = self.cell(ref.cell)
        return self._kept[ref.cell]

    def cell(self, cell: int) -> np.ndarray:
        """Draw one cell. Shape (draw,)."""
        if self.design is None:
            return self.cells.best[cell : cell + 1]
        return draw(self.cells, self.design, cell, self.start, self.stop, self._scores)

    def optional(self, ref: Ref | None) -> Value | None:
        """Give a value, or None where there is none."""
        return None if ref is None else self(ref)

    def law(self, cell: int) -> Law | None:
        """Give what a cell is drawn from; None where it is a number, whatever it is in each draw."""
        return None if RECORDS[int(self.cells.kind[cell])].joint else law(self.cells, cell)

    def in_order(self, first: Ref, last: Ref) -> tuple[Value, Value]:
        """Give two values of which the first lies below the last in every draw.

        Where it does not, the last is drawn above all that the first can be, and then the first below it.
        """
        low, high = self(first), self(last)
        if not np.any(low >= high):
            return low, high
        lows, highs = (np.array(np.broadcast_to(x, (self.size,)), dtype=float) for x in (low, high))
        under = None if first.cell < 0 else self.law(first.cell)
        over = None if last.cell < 0 else self.law(last.cell)
        for i in np.flatnonzero(lows >= highs).tolist():
            least = float(lows[i]) if under is None else under.lowest()
            if over is not None and highs[i] <= least:
                highs[i] = over.above(float(highs[i]), least)
            if under is not None and lows[i] >= highs[i]:
                lows[i] = under.below(float(lows[i]), float(highs[i]))
        return lows, highs

    def forget(self, prefix: str) -> None:
        """Drop the kept draws of the groups with a prefix: a product's own cells are not needed twice."""
        group = self.cells.group
        for cell in [c for c in self._kept if group[c].startswith(prefix)]:
            del self._kept[cell]
