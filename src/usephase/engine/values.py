"""Where the model's numbers come from in one block of draws: fixed numbers, drawn cells, or best estimates."""

import numpy as np

from usephase.engine.cells import Ref
from usephase.sampling.design import Design
from usephase.sampling.draws import Cells, draw

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
    dtype : numpy dtype
        Of the arithmetic.
    """

    def __init__(self, cells: Cells, design: Design | None, start: int, stop: int, dtype: type = np.float64) -> None:
        self.cells = cells
        self.design = design
        self.start, self.stop = start, stop
        self.size = stop - start if design else 1
        self.dtype = dtype
        self._kept: dict[int, np.ndarray] = {}

    def __call__(self, ref: Ref) -> Value:
        """Give a fixed number as a scalar and a cell as an array. Shape (draw,)."""
        if ref.cell < 0:
            return ref.value
        if ref.cell not in self._kept:
            self._kept[ref.cell] = self.cell(ref.cell).astype(self.dtype, copy=False)
        return self._kept[ref.cell]

    def cell(self, cell: int) -> np.ndarray:
        """Draw one cell. Shape (draw,)."""
        if self.design is None:
            return self.cells.best[cell : cell + 1]
        return draw(self.cells, self.design, cell, self.start, self.stop)

    def optional(self, ref: Ref | None) -> Value | None:
        """Give a value, or None where there is none."""
        return None if ref is None else self(ref)

    def forget(self, prefix: str) -> None:
        """Drop the kept draws of the groups with a prefix: a product's own cells are not needed twice."""
        group = self.cells.group
        for cell in [c for c in self._kept if group[c].startswith(prefix)]:
            del self._kept[cell]
