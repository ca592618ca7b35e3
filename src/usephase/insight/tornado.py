"""Tornado: each cell at its 5th and 95th percentile with all others at best estimate."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from usephase.engine.plan import Plan
from usephase.engine.values import Values
from usephase.insight.codes import Codes, list_codes
from usephase.insight.dependence import Dependence
from usephase.insight.factors import Factor
from usephase.insight.jobs import Job, make_jobs
from usephase.insight.kernel import forward
from usephase.insight.leaves import Swap, World
from usephase.insight.tape import Key, Tape
from usephase.sampling.draws import values_at

LOW, HIGH = 0.05, 0.95
COLUMNS = ("table", "row", "column", "low", "best_estimate", "high", "swing", "at_low", "at_high")


class _Fixed(Values):
    """The same two or three numbers for every cell: its percentiles, or its best estimate."""

    def __init__(self, like: Values, ends: bool) -> None:
        super().__init__(like.cells, None, 0, 1)
        self.size, self.ends = 2, ends

    def cell(self, cell: int) -> np.ndarray:
        """Give the value at the low and at the high end. Shape (2,)."""
        best = float(self.cells.best[cell])
        return values_at(self.cells, cell, np.array([LOW, HIGH])) if self.ends else np.array([best, best])


class _One(_Fixed):
    """Some cells at their percentiles, the others at best estimate."""

    def __init__(self, like: Values, moved: frozenset[int]) -> None:
        super().__init__(like, False)
        self.moved = moved

    def cell(self, cell: int) -> np.ndarray:
        """Give the value at the low and at the high end. Shape (2,)."""
        self.ends = cell in self.moved
        return super().cell(cell)


def tornado(plan: Plan, tapes: Sequence[tuple[str, Tape]], factors: Sequence[Factor]) -> pd.DataFrame:
    """Move each cell alone between its 5th and 95th percentile.

    Parameters
    ----------
    tapes : sequence of (str, Tape)
        Of the figure; from `usephase.insight.jobs.list_tapes`.
    factors : sequence of Factor
        Correlated cells move together, all to the same percentile.

    Returns
    -------
    DataFrame, columns `COLUMNS`, the widest swing first. [t CO2e]

    Notes
    -----
    A scenario has no percentiles: it moves between the figures of its lowest and highest member.
    """
    sets = [f.cells for f in factors]
    jobs = make_jobs(plan, tapes, sets)
    like = Values(plan.cells, None, 0, 1)
    dependence = Dependence(plan)
    best, ends = (World(plan, _Fixed(like, moved), dependence) for moved in (False, True))
    change = np.zeros((len(factors), 2))
    total = 0.0
    worlds: dict[int, World] = {}
    common: dict[tuple[Key, frozenset[int]], Any] = {}
    codes = list_codes([job.tape for job in jobs], dependence)
    every = _at_best(codes, best)
    for i, job in enumerate(jobs):
        leaves = every[codes.starts[i] : codes.starts[i + 1]]
        middle = _evaluate(job, leaves)
        total += float(middle[0])
        for k, f in enumerate(job.factors):
            if f not in worlds:
                swap = Swap(best, ends, sets[f], common)
                worlds[f] = World(plan, _One(like, sets[f]), dependence, swap)
            moved = leaves.copy()
            for leaf in job.leaf[job.starts[k] : job.starts[k + 1]]:
                moved[leaf] = worlds[f](job.tape.keys[leaf])
            change[f] += _evaluate(job, moved) - middle
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


def _at_best(codes: Codes, best: World) -> np.ndarray:
    """Give the best estimates of all leaves. Shape (leaf, 2)."""
    out = np.append(best.values.cells.best, np.nan)[codes.cell]
    out[codes.inverse] = 1 / out[codes.inverse]
    others = np.array([np.broadcast_to(best(key), (2,))[0] for key in codes.others])
    at = np.flatnonzero(codes.other >= 0)
    out[at] = others[codes.other[at]] if at.size else out[at]
    return np.repeat(out[:, None], 2, axis=1)


def _evaluate(job: Job, leaves: np.ndarray) -> np.ndarray:
    tape = job.tape
    values = np.empty((len(leaves) + len(tape.code), leaves.shape[1]))
    values[: len(leaves)] = leaves
    forward(tape.code, tape.left, tape.right, tape.a, tape.b, values, len(leaves))
    return np.asarray(values[tape.root] * tape.scale)
