"""What to measure next: how much narrower the interval would be if a cell, or all cells of a source, were known."""

import numpy as np
import pandas as pd

from usephase.insight.factors import NO_SOURCE, UNVERIFIED
from usephase.insight.ranking import Ranking

COLUMNS = ("what", "table", "row", "column", "shrinkage", "shrinkage_low", "shrinkage_high", "source", "basis", "weak")


def measure_next(ranking: Ranking, top: int = 20) -> pd.DataFrame:
    """Tell what knowing a cell, or all cells of a source, would take off the 95 % interval.

    Parameters
    ----------
    ranking : Ranking
        With first-order indices.
    top : int
        Rows of cells and rows of sources.

    Returns
    -------
    DataFrame, columns `COLUMNS`; ``what`` is ``cell`` or ``source``; ``shrinkage`` is a share of the interval's width;
    ``weak`` marks a cell without a source or whose basis is an assumption. The most useful first.

    Notes
    -----
    Knowing x leaves on average the variance V (1 − S1), so the interval's width shrinks by 1 − √(1 − S1) if its shape
    stays; by Jensen's inequality the expected width is at most that of the mean variance, so this is a lower bound of
    the expected shrinkage where the shape stays. What interacts with x shrinks as well, and S1 counts that on average.
    """
    cells = ranking.rows.assign(what="cell", weak=weak(ranking.rows))
    sources = ranking.groups[ranking.groups["by"] == "source"].rename(columns={"group": "source"})
    sources = sources.assign(what="source", table="", row="", column="", basis="", weak=sources["source"] == NO_SOURCE)
    parts = []
    for frame in (cells, sources):
        out = frame.copy()
        for name, index in (("shrinkage", "s1"), ("shrinkage_low", "s1_low"), ("shrinkage_high", "s1_high")):
            out[name] = shrinkage(out[index].to_numpy(dtype=float))
        keys = ["shrinkage", "table", "row", "column", "source"]
        out = out.sort_values(keys, ascending=[False, True, True, True, True], ignore_index=True)
        parts.append(out[list(COLUMNS)].head(top))
    return pd.concat(parts, ignore_index=True)


def shrinkage(s1: np.ndarray) -> np.ndarray:
    """Give the share of an interval's width that knowing an input of first-order index `s1` takes off.

    An estimate of an index may lie a little outside of [0, 1]: no interval shrinks by less than nothing.
    """
    return 1 - np.sqrt(1 - np.where(np.isnan(s1), np.nan, np.minimum(np.maximum(s1, 0.0), 1.0)))


def weak(rows: pd.DataFrame) -> pd.Series:
    """Tell which cells have no source, or a basis that nobody checked."""
    return (rows["source"] == "") | rows["basis"].isin(UNVERIFIED)
