"""A ranking as tables for a workbook and a page: what each sheet or section shows."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from usephase.insight.ranking import Ranking

ROWS_MAX = 200
COLUMNS = {
    "rank": "Rank", "table": "Table", "row": "Row", "column": "Column", "s1": "S1", "s1_low": "S1 low",
    "s1_high": "S1 high", "st": "ST", "st_low": "ST low", "st_high": "ST high",
    "share_of_variance": "Share of variance", "cumulative": "Cumulative share", "source": "Source", "basis": "Basis",
}  # fmt: skip


class RankingTables(NamedTuple):
    """Tables of a ranking, with headings a reader understands."""

    cells: pd.DataFrame
    groups: pd.DataFrame
    tornado: pd.DataFrame
    measure_next: pd.DataFrame


def ranking_tables(ranking: Ranking, most: int = ROWS_MAX) -> RankingTables:
    """Make the tables of the sheet and of the report's section; at most `most` cells, the leading ones."""
    rows = ranking.rows.head(most).copy()
    rows["cumulative"] = cumulative_share(ranking)[: len(rows)]
    known = [name for name in COLUMNS if name in rows]
    return RankingTables(
        cells=rows[known].rename(columns=COLUMNS),
        groups=ranking.groups.rename(columns={**COLUMNS, "by": "By", "group": "Group", "cells": "Cells"}),
        tornado=ranking.tornado,
        measure_next=ranking.measure_next,
    )


def cumulative_share(ranking: Ranking) -> np.ndarray:
    """Give the share of variance of each row and those before it. Shape (row,)."""
    return np.asarray(ranking.rows["share_of_variance"].cumsum().to_numpy(dtype=float))
