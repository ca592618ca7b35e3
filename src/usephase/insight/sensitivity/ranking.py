"""The answer of a ranking: rows, groups, a summary, and its JSON."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from usephase.results.run import UNIT, records

SCHEMA = "usephase.rank/1"
INDEX_COLUMNS = ("s1", "s1_low", "s1_high", "st", "st_low", "st_high")
ROW_COLUMNS = ("rank", "table", "row", "column", *INDEX_COLUMNS, "share_of_variance")
GROUP_COLUMNS = ("by", "group", "cells", *INDEX_COLUMNS, "share_of_variance")
MOST_OF_VARIANCE = 0.8
ORDERED_BY = {
    "sobol": "st", "closed_form": "st", "morris": "mu_star", "delta": "delta", "pawn": "median", "regression": "srrc",
    "given_data": "s1",
}  # fmt: skip
"""The column whose size orders each method's rows."""


@dataclass(frozen=True, eq=False)
class Ranking:
    """Hold what drives a figure.

    Attributes
    ----------
    figure : str
        ``LEDGER`` or ``LEDGER:BY=GROUP``.
    method : str
    rows : DataFrame
        A row a cell (or a group of correlated cells), the most important first; columns `ROW_COLUMNS`, then what is
        the method's own, then ``source``, ``data_type`` and ``verification``.
    groups : DataFrame
        By table, column, family, source and type of data; columns `GROUP_COLUMNS`.
    tornado : DataFrame
        Each cell at its 5th and 95th percentile with the others at best estimate, of the leading rows.
    measure_next : DataFrame
        What knowing a cell, or a source's cells, takes off the 95 % interval.
    pairs : DataFrame
        Second-order indices of the most important cells, if asked for.
    summary : mapping
        Scalars: sum of S1, share of interactions, number of cells that make 80 % of the variance, …
    evaluations : int
        Evaluations of one product in one draw.
    notes : tuple of str
        What a reader must know: groups ranked as one, indices that are not given, and why.
    """

    figure: str
    method: str
    rows: pd.DataFrame
    groups: pd.DataFrame
    summary: Mapping[str, Any]
    evaluations: int
    draws: int
    seed: int
    notes: tuple[str, ...] = ()
    pairs: pd.DataFrame = field(default_factory=pd.DataFrame)
    tornado: pd.DataFrame = field(default_factory=pd.DataFrame)
    measure_next: pd.DataFrame = field(default_factory=pd.DataFrame)
    seconds: float = 0.0

    @property
    def importance(self) -> pd.Series:
        """What the rows are ordered by, as a size; nan where nothing varies."""
        return self.rows[ORDERED_BY[self.method]].abs()

    def to_document(self, top: int | None = None) -> dict[str, Any]:
        """Give the answer of ``usephase rank --json``; `top` limits the rows."""
        return {
            "schema": SCHEMA,
            "figure": self.figure,
            "method": self.method,
            "unit": UNIT,
            "draws": self.draws,
            "seed": self.seed,
            "rows": records(self.rows if top is None else self.rows.head(top)),
            "groups": records(self.groups),
            "pairs": records(self.pairs),
            "tornado": records(self.tornado if top is None else self.tornado.head(top)),
            "measure_next": records(self.measure_next),
            "summary": dict(self.summary),
            "evaluations": self.evaluations,
            "notes": list(self.notes),
        }


def ranked(frame: pd.DataFrame, method: str) -> pd.DataFrame:
    """Sort by the size that a method ranks by, ties by address; number the rows.

    The share of the variance is nan except where there are total-order indices to divide it by.
    """
    by = ORDERED_BY[method]
    size = np.abs(frame[by].to_numpy(dtype=float))
    weight = np.where(np.isfinite(size), size, 0.0)
    shared = by == "st" and weight.sum() > 0
    out = frame.assign(
        _size=np.where(np.isfinite(size), -size, np.inf),
        share_of_variance=weight / weight.sum() if shared else np.nan,
    )
    keys = ["_size", *(c for c in ("table", "row", "column") if c in frame)]
    out = out.sort_values(keys, ignore_index=True, kind="stable").drop(columns="_size")
    out.insert(0, "rank", np.arange(1, len(out) + 1))
    return out


def cells_that_make(shares: np.ndarray, part: float = MOST_OF_VARIANCE) -> int | None:
    """Count the leading rows that make a part of the variance; None if nothing varies."""
    if not len(shares) or not np.isfinite(shares).all():
        return None
    return int(np.searchsorted(np.cumsum(shares), part - 1e-12) + 1)
