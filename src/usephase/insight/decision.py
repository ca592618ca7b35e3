"""Which option to choose, how sure the choice is, and what knowing more would be worth."""

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from usephase.engine.statistics import describe
from usephase.insight.paired_draws import ALL

if TYPE_CHECKING:
    from usephase.insight.compare import Paired

RANKING_COLUMNS = (
    "option", "mean", "probability_best", "probability_best_mcse", "regret", "regret_mcse", "dominated_by",
)  # fmt: skip


def rank_options(paired: "Paired") -> tuple[pd.DataFrame, dict[str, Any]]:
    """Rank the options by their mean for the portfolio.

    Returns
    -------
    DataFrame
        `RANKING_COLUMNS`; `dominated_by` names an option that emits less in every draw.
    dict
        The expected value of perfect information: what is lost, on average, by having to choose before knowing.
        [t CO2e]
    """
    names = [choice.name for choice in paired.chosen]
    totals = np.stack([paired.quantity(name, ALL).tonnes for name in names])
    least = totals.min(axis=0)
    best = (totals == least) / (totals == least).sum(axis=0)
    regret = totals - least
    chance, lost = describe(best, paired.replicated), describe(regret, paired.replicated)
    rows = []
    for i, name in enumerate(names):
        by = [other for j, other in enumerate(names) if j != i and (totals[j] < totals[i]).all()]
        mean = float(totals[i].mean())
        rows.append((name, mean, chance[i, 0], chance[i, 2], lost[i, 0], lost[i, 2], by[0] if by else ""))
    rows.sort(key=lambda row: row[1])
    chosen = int(np.argmin(totals.mean(axis=1)))
    decision = {"choice": names[chosen], "evpi": float(lost[chosen, 0]), "evpi_mcse": float(lost[chosen, 2]),
                "unit": "t CO2e"}  # fmt: skip
    return pd.DataFrame(rows, columns=list(RANKING_COLUMNS)), decision
