"""Which option to choose, how sure the choice is, what it costs, and what knowing more would be worth."""

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from usephase.engine.run.statistics import describe
from usephase.insight.comparison.draws import ALL
from usephase.insight.comparison.ties import gap
from usephase.insight.decision.costs import cost_draws, efficient

if TYPE_CHECKING:
    from usephase.insight.comparison.paired import Paired

RANKING_COLUMNS = (
    "option", "mean", "p2_5", "p97_5", "probability_best", "probability_best_mcse", "regret", "regret_mcse",
    "dominated_by", "cost", "cost_p2_5", "cost_p97_5", "cost_per_t_avoided", "efficient",
)  # fmt: skip


def rank_options(paired: "Paired") -> tuple[pd.DataFrame, dict[str, Any]]:
    """Rank the options by the mean emissions of the products compared.

    Returns
    -------
    DataFrame
        `RANKING_COLUMNS`. `dominated_by` names an option that emits less in every draw; `efficient` tells whether no
        other option has both less emissions and less cost on average (None without costs). Amounts in t CO2e.
    dict
        The expected value of perfect information: what is lost, on average, by having to choose before knowing.
        [t CO2e]
    """
    names = [choice.name for choice in paired.chosen]
    totals = np.stack([paired.quantity(name, ALL).tonnes for name in names])
    least = totals.min(axis=0)
    over = gap(totals, least)
    best = (over == 0) / (over == 0).sum(axis=0)
    replicated = paired.replicated
    amounts, chance, lost = (describe(x, replicated) for x in (totals, best, over))
    costs = [cost_draws(paired, name) for name in names]
    prices = np.array([np.nan if cost is None else cost.mean() for cost in costs])
    told = any(cost is not None for cost, choice in zip(costs, paired.chosen, strict=True) if choice.members)
    good = efficient(amounts[:, 0], prices)
    rows = []
    for i, name in enumerate(names):
        by = [other for j, other in enumerate(names) if j != i and (gap(totals[j], totals[i]) < 0).all()]
        cost = costs[i]
        ends = (np.nan, np.nan) if cost is None else np.quantile(cost, (0.025, 0.975))
        saved = amounts[0, 0] - amounts[i, 0]
        spent = prices[i] - prices[0]
        rows.append((
            name, amounts[i, 0], amounts[i, 3], amounts[i, 9], chance[i, 0], chance[i, 2], lost[i, 0], lost[i, 2],
            by[0] if by else "", *((prices[i], *ends) if told else (np.nan,) * 3),
            spent / saved if told and saved > 0 else np.nan,
            bool(good[i]) if told and not np.isnan(prices[i]) else None,
        ))  # fmt: skip
    chosen = int(np.argmin(amounts[:, 0]))
    decision = {"choice": names[chosen], "evpi": float(lost[chosen, 0]), "evpi_mcse": float(lost[chosen, 2]),
                "unit": "t CO2e"}  # fmt: skip
    rows.sort(key=lambda row: row[1])
    return pd.DataFrame(rows, columns=list(RANKING_COLUMNS)), decision
