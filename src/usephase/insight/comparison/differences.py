"""From paired draws to statistics: the difference, its probability, and what makes it up."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from usephase.catalog.options.records import Address
from usephase.engine.plan.records import PHASES
from usephase.engine.plan.sums import COUNTED, ON_GRID, SCENARIO, Key
from usephase.engine.run.statistics import describe
from usephase.insight.comparison.measures import Quantity, ratio
from usephase.insight.comparison.records import CONTRIBUTION_COLUMNS, PART_COLUMNS
from usephase.insight.comparison.shapley import Shares
from usephase.insight.comparison.ties import gap, settled

Sums = Mapping[Key, np.ndarray]
APART_BY = ("segment", "region")
"""Groupings of both categories that a difference is split by."""


def numbers(option: np.ndarray, against: np.ndarray, replicated: bool, margin: float) -> dict[str, float]:
    """Describe a paired difference.

    Parameters
    ----------
    option, against : ndarray (draw,)
        Both sides, draw by draw.
    replicated : bool
        As in `usephase.engine.run.statistics.describe`.
    margin : float
        The x of "better by more than x", as a share of `against`.

    Returns
    -------
    dict of str to float
        Differences and regret in the unit of the sides; probabilities and relative changes as shares.

    Notes
    -----
    The regret of choosing a side is what it emits more than the better one, on average over the draws.
    """
    apart = gap(option, against)
    # A change from nothing has no relative size.
    size = np.where(against == 0, np.nan, np.abs(against))
    relative = np.where(apart == 0, 0.0, apart / size)
    better = (apart < 0) & (option < against - margin * np.abs(against))
    rows = np.stack(
        [
            apart,
            relative,
            apart < 0,
            better,
            np.maximum(apart, 0.0),
            np.maximum(-apart, 0.0),
            apart == 0,
        ]
    ).astype(float)
    mean, sd, mcse, p2_5, p5, p25, p50, p75, p95, p97_5 = describe(rows, replicated).T
    return {
        "mean": mean[0], "sd": sd[0], "mcse": mcse[0], "p2_5": p2_5[0], "p5": p5[0], "p25": p25[0], "p50": p50[0],
        "p75": p75[0], "p95": p95[0], "p97_5": p97_5[0], "option_mean": float(option.mean()),
        "against_mean": float(against.mean()), "probability_lower": mean[2], "probability_lower_mcse": mcse[2],
        "relative_mean": mean[1], "relative_mcse": mcse[1], "relative_p2_5": p2_5[1], "relative_p97_5": p97_5[1],
        "margin": margin, "probability_lower_by_margin": mean[3], "probability_lower_by_margin_mcse": mcse[3],
        "regret_option": mean[4], "regret_option_mcse": mcse[4], "regret_against": mean[5],
        "regret_against_mcse": mcse[5], "probability_equal": mean[6],
    }  # fmt: skip


def contributions(
    shares: Shares | None, names: Sequence[Address], against: np.ndarray, replicated: bool
) -> pd.DataFrame:
    """Lay out what each change contributes.

    Parameters
    ----------
    shares : Shares or None
    names : sequence of (table, row, column)
        Of every player.
    against : ndarray (draw,)
        What the option is compared with.
    replicated : bool

    Returns
    -------
    DataFrame, the largest first.
    """
    rows: list[tuple[Any, ...]] = []
    if shares is not None and shares.players:
        statistics = describe(settled(shares.draws, against), replicated)
        errors = shares.errors(against.size)
        for i, player in enumerate(shares.players):
            mean, _, mcse, p2_5, *_, p97_5 = statistics[i]
            rows.append((*names[player], mean, mcse, errors[i], p2_5, p97_5))
    rows.sort(key=lambda row: -abs(row[3]))
    return pd.DataFrame(rows, columns=list(CONTRIBUTION_COLUMNS))


def under_scenarios(
    option: Sums, against: Sums, quantities: tuple[Quantity, Quantity], measure: str, products: Sequence[str],
    weights: Mapping[str, float], *, replicated: bool, margin: float,
) -> tuple[dict[str, Any], ...]:  # fmt: skip
    """Describe a difference under each grid scenario, on all draws of both sides.

    Parameters
    ----------
    option, against : mapping of engine keys to ndarray (draw,)
    quantities : (Quantity, Quantity)
        Of both: what no scenario changes, and what to divide by.
    measure : str
    products : sequence of str
        Those of the difference.
    weights : mapping of str to float
        Of the scenarios; where there is one, the difference itself is under it.
    """
    rows = []
    for name, weight in weights.items():
        after, before = (
            _tonnes(sums, quantity, products, name) * ratio(quantity, measure)
            for sums, quantity in zip((option, against), quantities, strict=True)
        )
        found = numbers(after, before, replicated, margin)
        shown = ("mean", "p2_5", "p50", "p97_5", "probability_lower", "relative_mean")
        rows.append({"scenario": name, "weight": weight, **{key: _finite(found[key]) for key in shown}})
    return tuple(rows)


def _tonnes(sums: Sums, quantity: Quantity, products: Sequence[str], scenario: str) -> np.ndarray:
    """Give both categories of some products under one grid scenario; what is not on a grid is as it is."""
    use = np.zeros_like(quantity.tonnes)
    for product in products:
        key = ("group", "category_11", PHASES[0], "product", product)
        use = use + sums.get((SCENARIO, scenario, *key), sums.get(key, 0.0))
    return np.asarray(quantity.tonnes - quantity.use + use)


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def parts(
    option: Sums, against: Sums, quantities: tuple[Quantity, Quantity], measure: str, headline: tuple[str, str]
) -> pd.DataFrame:
    """Split a difference by ledger, component, mode, segment, region and calendar year; each sums to the difference.

    Parameters
    ----------
    option, against : mapping of engine keys to ndarray (draw,)
    quantities : (Quantity, Quantity)
        Of both, for the division.
    measure : str
    headline : (grid basis, boundary)
    """
    after, before = split(option, headline), split(against, headline)
    upper, lower = (ratio(q, measure) for q in quantities)
    rows = []
    for key in sorted({*after, *before}):
        apart = gap(after.get(key, 0.0) * upper, before.get(key, 0.0) * lower)
        if np.any(apart):
            low, high = np.quantile(apart, (0.025, 0.975))
            rows.append((*key, float(apart.mean()), float(low), float(high), float((apart < 0).mean())))
    return pd.DataFrame(rows, columns=list(PART_COLUMNS))


def split(sums: Sums, headline: tuple[str, str]) -> dict[tuple[str, str], np.ndarray]:
    """Pick the headline's sums by (grouping, group); waste is grouped by its materials' end of life as a whole."""
    basis, boundary = headline
    out: dict[tuple[str, str], np.ndarray] = {}
    direct = PHASES[0]

    def add(by: str, group: str, x: np.ndarray) -> None:
        out[by, group] = out[by, group] + x if (by, group) in out else x

    for key, x in sums.items():
        kind = key[0]
        if kind == "component":
            _, phase, its_basis, name = key
            if phase == direct and name in COUNTED[boundary] and its_basis == (basis if name in ON_GRID else ""):
                add("component", name, x)
        elif kind == "calendar":
            add("calendar_year", key[2], x)
        elif kind == "group":
            _, ledger, phase, by, group = key
            counted = ledger == "category_12" or (ledger == "category_11" and phase == direct)
            if counted and by in APART_BY:
                add(by, group, x)
            if counted and by == "total":
                add("ledger", ledger, x)
                if ledger == "category_12":
                    add("component", "end_of_life", x)
                    add("mode", "end_of_life", x)
            elif ledger == "category_11" and phase == direct and by == "mode":
                add("mode", group, x)
    return out
