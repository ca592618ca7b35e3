"""Tornado: each cell at its 5th and 95th percentile with all others at best estimate."""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
import pandas as pd

from usephase.engine.plan.values import Values
from usephase.insight.comparison.between_cells import before_division, is_share
from usephase.insight.sensitivity.draws.samples import evaluate
from usephase.insight.sensitivity.factors import Factor
from usephase.insight.sensitivity.subject import Subject
from usephase.sampling.draws import uniforms_given, values_at

LOW, HIGH = 0.05, 0.95
COLUMNS = ("table", "row", "column", "low", "best_estimate", "high", "swing", "at_low", "at_high")


class _Moved(Values):
    """Best estimates in the first draw; then each factor at its low and at its high end, the others as they were."""

    def __init__(self, like: Values, factors: Sequence[Factor]) -> None:
        super().__init__(like.cells, None, 0, 1)
        self.size = 1 + 2 * len(factors)
        self._at: dict[int, list[tuple[int, frozenset[int]]]] = defaultdict(list)
        self._shares = {cell for f in factors if is_share((f.table, f.row, f.column)) for cell in f.cells}
        for i, factor in enumerate(factors):
            for unknown in factor.cells:
                for cell in like.cells.partners.get(unknown, (unknown,)):
                    self._at[cell].append((1 + 2 * i, factor.cells))

    def cell(self, cell: int) -> np.ndarray:
        """Give the values of a cell. Shape (draw,)."""
        out = np.full(self.size, self.cells.best[cell])
        for at, moved in self._at.get(cell, ()):
            u = uniforms_given(self.cells, cell, dict.fromkeys(moved, np.array([LOW, HIGH])))
            assert u is not None
            ends = values_at(self.cells, cell, u)
            out[at : at + 2] = before_division(ends, float(out[0])) if cell in self._shares else ends
        return out


def tornado(subject: Subject, factors: Sequence[Factor]) -> pd.DataFrame:
    """Move each cell alone between its 5th and 95th percentile.

    Parameters
    ----------
    subject : Subject
    factors : sequence of Factor
        Correlated cells move together, all to the same percentile.

    Returns
    -------
    DataFrame, columns `COLUMNS`, the widest swing first. [t CO2e]

    Notes
    -----
    A common error moves all cells that have a part in it.
    A scenario has no percentiles: it moves between the figures of its lowest and highest member. Where a share of a sum
    moves, the others move in proportion, so that they sum to 1.
    """
    found = evaluate(subject, _Moved(Values(subject.plan.cells, None, 0, 1), factors))
    total, change = float(found[0]), found[1:].reshape(-1, 2) - found[0]
    ordered = np.sort(change, axis=1)
    frame = pd.DataFrame(
        {
            "table": [f.table for f in factors], "row": [f.row for f in factors], "column": [f.column for f in factors],
            "low": total + ordered[:, 0], "best_estimate": total, "high": total + ordered[:, 1],
            "swing": ordered[:, 1] - ordered[:, 0], "at_low": total + change[:, 0], "at_high": total + change[:, 1],
        }
    )  # fmt: skip
    return frame.sort_values(
        ["swing", "table", "row", "column"], ascending=[False, True, True, True], ignore_index=True
    )
